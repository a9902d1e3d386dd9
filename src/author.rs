//! From a checked header to a written script: what `revision` and `merge` share.
//!
//! The graph has the last word before anything is written: the new script is parsed and the whole graph is built with
//! it. Read [`write`] first.

use std::rc::Rc;
use std::sync::Arc;

use alembic_revisions::plan::NewRevision;
use alembic_revisions::{NodeId, RevisionGraph, Source, file};
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

/// Returns the message of `-m`, else what a person types; the file name that it gives is shown meanwhile.
pub fn message(app: &App, given: Option<&str>, initial: &str) -> Result<Message, Failure> {
    if let Some(given) = given {
        return Ok(given.parse()?);
    }
    let check = |typed: &str| typed.parse::<Message>().map(|_| ()).map_err(|error| error.to_string());
    let hint = |typed: &str| format!("…_{}.sql", scaffold::slug(typed));
    let question = Entry {
        initial: initial.to_owned(),
        hint: &hint,
        answers: vec![
            app.again(&["-m", &crate::app::quoted(if initial.is_empty() { "what it does" } else { initial })]),
        ],
        ..Entry::new("What does the revision do?", &check)
    };
    Ok(app.ui.ask().text(&question)?.parse()?)
}

/// Returns the feature of `-p`, else the one around the current folder, else the only one, else `fallback`, else what a
/// person chooses.
pub fn feature<'a>(app: &'a App, fallback: Option<&str>) -> Result<&'a Package, Failure> {
    let workspace = app.workspace()?;
    if let [name, ..] = app.options.packages.packages.as_slice() {
        return Ok(workspace.feature(name)?);
    }
    let features = workspace.require_features()?;
    let here = workspace.feature_at(app.environment.current_dir());
    if let Some(feature) = here.or(if let [only] = features.as_slice() { Some(only) } else { None }) {
        return Ok(feature);
    }
    if let Some(name) = fallback {
        return Ok(workspace.feature(name)?);
    }
    let question = Select {
        question: "Which feature does the revision belong to?".to_owned(),
        items: features.iter().map(|feature| feature.name.clone()).collect(),
        answers: features.iter().map(|feature| app.again(&["-p", &feature.name])).collect(),
        ..Select::default()
    };
    Ok(features[app.ui.ask().select(&question)?])
}
