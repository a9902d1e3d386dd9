//! From checked headers to written scripts: what `revision`, `merge` and `generate` share.
//!
//! The graph has the last word before anything is written: new scripts are parsed and the whole graph is built with
//! them. Read [`write`] first.

mod chain;

use std::rc::Rc;
use std::sync::Arc;

use alembic_revisions::plan::NewRevision;
use alembic_revisions::{NodeId, RevisionGraph, RevisionId, Script, Source, file};
use camino::Utf8PathBuf;
use serde_json::{Value, json};

use crate::app::{App, Failure};
use crate::listing::Listing;
use crate::scaffold::{self, Message, NewScript, Sections};
use crate::ui::ask::{Entry, Select};
use crate::ui::{Outcome, Page, Text};
use crate::workspace::Package;

pub use chain::{Link, Placement, add_label, chain};

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
    /// Generated SQL; empty for a person to fill in.
    pub sections: Sections,
}

/// New scripts that the graph has taken; none is written yet.
pub struct Drawn {
    pub listing: Listing,
    pub scripts: Vec<DrawnScript>,
}

pub struct DrawnScript {
    pub node: NodeId,
    /// From the workspace's root.
    pub path: Utf8PathBuf,
    absolute: Utf8PathBuf,
    pub text: String,
}

/// The outcome of `revision` and `merge`.
struct Written {
    listing: Listing,
    script: DrawnScript,
    fate: Fate,
}

/// Renders, checks and writes a new script.
pub fn write(app: &App, new: NewFile<'_>, fate: Fate) -> Result<Box<dyn Outcome>, Failure> {
    let Drawn { listing, mut scripts } = draw(app, &[new])?;
    if fate == Fate::Written {
        write_all(app, &scripts)?;
    }
    let script = scripts.remove(0);
    Ok(Box::new(Written { listing, script, fate }))
}

/// Renders new scripts, parses them, and builds the whole graph with all of them.
pub fn draw(app: &App, new: &[NewFile<'_>]) -> Result<Drawn, Failure> {
    let drawn = new.iter().map(|new| draw_one(app, new)).collect::<Result<Vec<_>, Failure>>()?;
    let graph = app.graph()?;
    let known = graph.nodes().map(|node| Arc::clone(graph.script(node)));
    let graph =
        Rc::new(RevisionGraph::build(known.chain(drawn.iter().map(|(_, script)| Arc::clone(script))).collect())?);
    let script = |(absolute, script): (Utf8PathBuf, Arc<Script>)| {
        let node = graph.get(script.revision.id.as_str()).expect("the graph was built with it");
        let source = script.source();
        DrawnScript { node, path: source.path.clone(), absolute, text: source.text.clone() }
    };
    let scripts = drawn.into_iter().map(script).collect();
    Ok(Drawn { listing: Listing::new(graph, Vec::new()), scripts })
}

fn draw_one(app: &App, new: &NewFile<'_>) -> Result<(Utf8PathBuf, Arc<Script>), Failure> {
    let workspace = app.workspace()?;
    let created = app.now();
    let name = scaffold::file_name(&workspace.settings.file_template, &new.header.id, &new.message, created)?;
    let absolute = new.feature.migrations_dir().join(name);
    let text = app.templates()?.get(new.template)?.render(&NewScript {
        message: &new.message,
        revision: &new.header.id,
        parents: &new.header.parents,
        depends_on: &new.header.depends_on,
        branch_labels: &new.header.labels,
        created,
        feature: &new.feature.name,
        dialects: &workspace.settings.dialects,
        upgrade: &new.sections.upgrade,
        downgrade: &new.sections.downgrade,
    })?;
    let source = Arc::new(Source { path: workspace.shown(&absolute), text });
    let script = file::parse(source, &new.feature.name.as_str().into())?;
    Ok((absolute, Arc::new(script)))
}

/// Writes all scripts, or none: where one cannot be written, those before it are removed again.
pub fn write_all(app: &App, scripts: &[DrawnScript]) -> Result<(), Failure> {
    for (at, script) in scripts.iter().enumerate() {
        if let Err(error) = scaffold::write_new_file(&script.absolute, &script.text) {
            for written in &scripts[..at] {
                // Nothing better can be done; the error that is told is the first one.
                let _ = fs_err::remove_file(&written.absolute);
            }
            return Err(error.into());
        }
    }
    for script in scripts {
        app.ui.status("Creating", script.path.as_str());
    }
    Ok(())
}

impl Outcome for Written {
    fn json(&self) -> Value {
        json!({ "revision": self.listing.json(self.script.node), "path": self.script.path.as_str() })
    }

    fn render(&self, page: &mut Page) {
        match self.fate {
            Fate::Shown => page.verbatim(&self.script.text),
            Fate::Written => page.line(Text::from(self.script.path.as_str())),
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
