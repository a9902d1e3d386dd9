//! From a checked header to a written script: what `revision` and `merge` share.
//!
//! The graph has the last word before anything is written: the new script is parsed and the whole graph is built with
//! it. Read [`write`] first.

use std::rc::Rc;
use std::sync::Arc;

use alembic_revisions::plan::NewRevision;
use alembic_revisions::{NodeId, RevisionGraph, RevisionId, Source, file};
use camino::Utf8PathBuf;
use serde_json::{Value, json};

use crate::app::{App, Failure};
use crate::listing::Listing;
use crate::scaffold::{self, Message, NewScript};
use crate::ui::ask::{Entry, Select};
use crate::ui::{Outcome, Page, Text};
use crate::workspace::Package;

/// What becomes of a new script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Written,
    /// `--dry-run`
    Shown,
}

/// A script that is about to be written.
pub struct NewFile<'a> {
    pub header: NewRevision,
    pub message: Message,
    pub template: &'a str,
    pub feature: &'a Package,
}

/// The outcome of `revision` and `merge`.
struct Written {
    listing: Listing,
    node: NodeId,
    path: Utf8PathBuf,
    /// The script, where it is only shown.
    text: Option<String>,
}

/// Renders, checks and writes a new script.
pub fn write(app: &App, new: &NewFile<'_>, fate: Fate) -> Result<Box<dyn Outcome>, Failure> {
    let workspace = app.workspace()?;
    let created = app.now();
    let name = scaffold::file_name(&workspace.settings.file_template, &new.header.id, &new.message, created)?;
    let absolute = new.feature.migrations_dir().join(name);
    let path = workspace.shown(&absolute);
    let dialects = &workspace.settings.dialects;
    let text = app.templates()?.get(new.template)?.render(&NewScript {
        message: &new.message,
        revision: &new.header.id,
        parents: &new.header.parents,
        depends_on: &new.header.depends_on,
        branch_labels: &new.header.labels,
        created,
        feature: &new.feature.name,
        dialects,
        upgrade: &[],
        downgrade: &[],
    })?;
    let source = Arc::new(Source { path: path.clone(), text });
    let script = file::parse(Arc::clone(&source), &new.feature.name.as_str().into())?;

    let graph = app.graph()?;
    let scripts = graph.nodes().map(|node| Arc::clone(graph.script(node))).chain([Arc::new(script)]).collect();
    let graph = Rc::new(RevisionGraph::build(scripts)?);
    let node = graph.get(new.header.id.as_str()).expect("the graph was built with it");
    if fate == Fate::Written {
        scaffold::write_new_file(&absolute, &source.text)?;
        app.ui.status("Creating", path.as_str());
    }
    let text = (fate == Fate::Shown).then(|| source.text.clone());
    Ok(Box::new(Written { listing: Listing::new(graph, Vec::new()), node, path, text }))
}

impl Outcome for Written {
    fn json(&self) -> Value {
        json!({ "revision": self.listing.json(self.node), "path": self.path.as_str() })
    }

    fn render(&self, page: &mut Page) {
        match &self.text {
            Some(text) => page.verbatim(text),
            None => page.line(Text::from(self.path.as_str())),
        }
    }
}

/// Returns where the script would be, from the workspace's root; nothing if no file can have this name.
pub fn path(app: &App, feature: &Package, id: &RevisionId, message: &Message) -> String {
    let place = || -> Result<Utf8PathBuf, Failure> {
        let workspace = app.workspace()?;
        let name = scaffold::file_name(&workspace.settings.file_template, id, message, app.now())?;
        Ok(workspace.shown(&feature.migrations_dir().join(name)))
    };
    place().map(Utf8PathBuf::into_string).unwrap_or_default()
}

/// Returns the message of `-m`, else what a person types; the file name that it gives is shown meanwhile.
pub fn message(
    app: &App,
    given: Option<&str>,
    initial: &str,
    file: &dyn Fn(&Message) -> String,
) -> Result<Message, Failure> {
    if let Some(given) = given {
        return Ok(given.parse()?);
    }
    let check = |typed: &str| typed.parse::<Message>().map(|_| ()).map_err(|error| error.to_string());
    let hint = |typed: &str| typed.parse().map(|message| file(&message)).unwrap_or_default();
    let question = Entry {
        initial: initial.to_owned(),
        hint: &hint,
        answers: vec![app.words.with(&["-m", if initial.is_empty() { ANY_MESSAGE } else { initial }])],
        ..Entry::new("What does the revision do?", &check)
    };
    let message: Message = app.ui.ask().text(&question)?.parse()?;
    app.words.answer(&["-m", message.as_str()]);
    Ok(message)
}

/// A message for a command line that a person completes.
pub const ANY_MESSAGE: &str = "what it does";

/// Returns the feature of `-p`, else the one around the current folder, else the only one.
pub fn known_feature(app: &App) -> Result<Option<&Package>, Failure> {
    let workspace = app.workspace()?;
    if let [name, ..] = app.options.packages.packages.as_slice() {
        return Ok(Some(workspace.feature(name)?));
    }
    let features = workspace.require_features()?;
    let here = workspace.feature_at(app.environment.current_dir());
    Ok(here.or(if let [only] = features.as_slice() { Some(only) } else { None }))
}

/// Returns the feature that a person chooses; `more` is what the command line lacks besides.
pub fn choose_feature<'a>(app: &'a App, more: &[&str]) -> Result<&'a Package, Failure> {
    let features = app.workspace()?.require_features()?;
    let answer = |feature: &&Package| app.words.with(&[&["-p", feature.name.as_str()], more].concat());
    let question = Select {
        question: "Which feature does the revision belong to?".to_owned(),
        items: features.iter().map(|feature| feature.name.clone()).collect(),
        answers: features.iter().map(answer).collect(),
        ..Select::default()
    };
    let chosen = features[app.ui.ask().select(&question)?];
    app.words.answer(&["-p", &chosen.name]);
    Ok(chosen)
}
