//! The graph of a plan: the checkout's scripts and, if they are wanted, those that only the history has.
//!
//! A file of the checkout always wins over what the history keeps. Read [`graph`] first.

use std::rc::Rc;

use alembic_revisions::{Code, Diagnose, Exit, RevisionGraph};
use alembic_runtime::journal::{history, stored};

use super::{Migration, Unknown};
use crate::app::{App, Failure};

/// Returns the graph in which a plan is made from these rows.
pub fn graph(app: &App, migration: &Migration<'_>, rows: &[String]) -> Result<Rc<RevisionGraph>, Failure> {
    let graph = app.graph()?;
    let is_known = |id: &str| graph.get(id).is_some();
    if rows.iter().all(|row| is_known(row)) {
        return Ok(graph);
    }
    match migration.unknown {
        Unknown::Allowed => Ok(graph),
        Unknown::Refused => {
            let entries = app.read(history::read)?;
            let kept = stored::kept(&entries, rows, &is_known);
            if kept.stored.is_empty() || !kept.lacking.is_empty() {
                return Ok(graph);
            }
            let again = if migration.command == "downgrade" {
                app.words.with(&["--stored"])
            } else {
                app.words.instead(&["downgrade", "TARGET", "--stored"])
            };
            Err(OnlyStored { revisions: kept.stored, again }.into())
        }
        Unknown::FromHistory => {
            let scripts = app.read(async |session, table| stored::scripts(session, table, rows, &is_known).await)??;
            for script in &scripts {
                app.ui.note(format!("`{}` has no file here; its script is read from the database", script.revision.id));
            }
            Ok(Rc::new(app.graph_with(scripts)?))
        }
    }
}

/// The database has revisions that no file has, and keeps their scripts.
#[derive(Debug, thiserror::Error)]
#[error("the database is at {}, which this checkout does not have", .revisions.iter().map(|id| format!("`{}`", id.escape_debug())).collect::<Vec<_>>().join(", "))]
struct OnlyStored {
    revisions: Vec<String>,
    /// The command line that takes them back.
    again: String,
}

impl Diagnose for OnlyStored {
    fn code(&self) -> Code {
        Code("A0209")
    }

    fn kind(&self) -> &'static str {
        "NotFound"
    }

    fn exit(&self) -> Exit {
        Exit::Disagree
    }

    fn help(&self) -> Option<String> {
        Some(format!(
            "check out the code that has it (newer code was deployed, or the file was deleted); or take it back with the \
             script that the database keeps: `{}`",
            self.again
        ))
    }
}
