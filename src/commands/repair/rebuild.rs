//! The bookkeeping anew, from where a person says that the database is.
//!
//! The rows move as `stamp --purge` moves them. Read [`run`] first.

use std::sync::Arc;

use alembic_revisions::{Applied, NodeId, Plan, RevisionGraph, Script, plan};
use alembic_runtime::journal::progress::{self, Progress};
use alembic_runtime::journal::rebuild;
use alembic_runtime::{History, Transactions};
use serde_json::{Value, json};

use super::agree;
use crate::app::{App, Failure};
use crate::hooks::HookFlags;
use crate::listing::half_applied;
use crate::migrate::{self, Agreed, Migration, Proposal, RunFlags, Unknown};
use crate::ui::{Outcome, Page, Text, plural};

pub fn run(app: &App, typed: &[String], confirm: Option<&str>) -> Result<Box<dyn Outcome>, Failure> {
    let targets = migrate::targets(typed)?;
    let keeps_history = app.settings()?.history == History::Required;
    let strange = app.read(rebuild::strange_tables)?;
    let progress_is_strange = strange.iter().any(|table| table.name.ends_with("_progress"));
    let open = if progress_is_strange { Vec::new() } else { app.read(progress::read)? };
    let graph = app.graph()?;
    let stamp = plan::stamp(&graph, &Applied::nothing(&graph), &targets)?;
    let scripts = scripts(&graph, &stamp.applied);
    let mut remarks: Vec<Text> = strange
        .iter()
        .map(|table| {
            let text = format!("! {table} has other columns: it will be called {}", rebuild::aside(table).name);
            Text::new().caution(text)
        })
        .collect();
    remarks.extend(open.iter().map(forgotten));
    remarks.push(Text::from(format!("{} will count as applied, and nothing else", plural(scripts.len(), "revision"))));
    if keeps_history {
        remarks.push(Text::from("the history will note their files as what the database has"));
    }
    let flags = RunFlags { dry_run: false, sql: false, tag: None };
    let migration = Migration {
        command: "repair",
        flags: &flags,
        targets: &targets,
        transactions: Transactions::PerRevision,
        plan: &|_, _, dialect| Ok(Proposal { plan: Plan::purge(&stamp, dialect), remarks: remarks.clone() }),
        approve: &|proposal| {
            agree(app, proposal.details(app), "Make the bookkeeping anew? No script is run.", confirm)?;
            app.read(async |session, _| rebuild::move_aside(session, &strange).await)?;
            Ok(Agreed::AsItIs)
        },
        backup: None,
        hooks: HookFlags::default(),
        unknown: Unknown::Allowed,
    };
    let stamped = migrate::run(app, &migration)?;
    let (owner, stored) = (app.owner(), app.settings()?.scripts);
    let noted = match keeps_history {
        true => app.read(async |session, table| rebuild::note(session, table, &scripts, &owner, stored).await)?,
        false => 0,
    };
    let revisions = scripts.iter().map(|file| file.revision.id.to_string()).collect();
    Ok(Box::new(Rebuilt { stamped, revisions, noted }))
}

fn scripts(graph: &RevisionGraph, nodes: &[NodeId]) -> Vec<Arc<Script>> {
    nodes.iter().map(|node| Arc::clone(graph.script(*node))).collect()
}

fn forgotten(progress: &Progress) -> Text {
    half_applied::line(progress).caution("; that will be forgotten")
}

struct Rebuilt {
    stamped: Box<dyn Outcome>,
    revisions: Vec<String>,
    /// How many the history did not know, or knew otherwise.
    noted: usize,
}

impl Outcome for Rebuilt {
    fn json(&self) -> Value {
        let stamped = self.stamped.json();
        json!({
            "command": "repair",
            "action": "rebuild",
            "revisions": self.revisions,
            "from": stamped["from"],
            "to": stamped["to"],
        })
    }

    fn render(&self, page: &mut Page) {
        let count = plural(self.revisions.len(), "revision");
        let text = format!("{count} applied, {} of them new to the history; nothing was run", self.noted);
        page.line(Text::new().good("made anew: ").plain(text));
    }
}
