//! Whether a program may run on a database that has revisions which the program does not know.
//!
//! Decides over plain values: the graph, the rows of the version table, the history. Read [`beyond`] first.

use std::collections::{BTreeMap, BTreeSet};

use alembic_revisions::diagnose::{Code, Diagnose, Exit};
use alembic_revisions::plan::PlanError;
use alembic_revisions::revision::RevisionId;
use alembic_revisions::{Applied, NodeId, RevisionGraph, Target, plan};

use crate::journal::history::{Entry, Way};

/// An applied revision that the graph does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    pub id: String,
    /// What the history says of it; none where it was stamped, or written by Alembic.
    pub record: Option<Record>,
}

/// What the history says of an applied revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub feature: String,
    /// What its script says; none where that says nothing, which counts as breaking.
    pub breaking: Option<bool>,
    /// In UTC, by the database's clock.
    pub applied_at: String,
    /// The program that applied it.
    pub tool: String,
    pub owner: String,
}

impl Unknown {
    /// True unless its script says that older programs run on with it.
    pub fn is_breaking(&self) -> bool {
        self.record.as_ref().and_then(|record| record.breaking) != Some(false)
    }
}

/// How far a database is ahead of a program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the database is ahead: it has {}, which this program does not know", shown(.unknown.iter().map(|unknown| &unknown.id)))]
pub struct Beyond {
    /// Those of the rows first, then what they stand on.
    pub unknown: Vec<Unknown>,
    /// Revisions of the program's own targets that are not applied.
    pub missing: Vec<RevisionId>,
}

impl Beyond {
    /// True if nothing that the program needs is missing, and nothing that it does not know breaks it.
    pub fn permits(&self) -> bool {
        self.missing.is_empty() && !self.unknown.iter().any(Unknown::is_breaking)
    }
}

/// Returns how far a database with these rows and this history is ahead of a program with this graph and these targets.
///
/// The rows say what is applied; the history only adds what unknown revisions stand on, and what they are.
pub fn beyond(
    graph: &RevisionGraph,
    targets: &[Target],
    rows: &[String],
    history: &[Entry],
) -> Result<Beyond, PlanError> {
    let net = net(history);
    let mut known: Vec<NodeId> = Vec::new();
    let mut unknown = Vec::new();
    let mut seen = BTreeSet::new();
    let mut names: Vec<&str> = rows.iter().map(String::as_str).collect();
    let mut at = 0;
    while let Some(name) = names.get(at).copied() {
        at += 1;
        // What a revision stands on may be named by a label.
        if let Some(node) = graph.get(name).or_else(|| graph.labeled(name)) {
            known.push(node);
            continue;
        }
        if !seen.insert(name) {
            continue;
        }
        let entry = net.get(name).copied();
        names.extend(entry.iter().flat_map(|entry| entry.parents.iter().map(String::as_str)));
        unknown.push(Unknown { id: name.to_owned(), record: entry.map(record) });
    }
    let applied = Applied::up_to(graph, known);
    let route = plan::upgrade(graph, &applied, targets)?;
    let nodes: Vec<NodeId> = route.moves.iter().map(|step| step.node).collect();
    Ok(Beyond { unknown, missing: graph.ids(&nodes) })
}

/// Returns, for each revision that the history says is applied, the row that says so.
fn net(history: &[Entry]) -> BTreeMap<&str, &Entry> {
    let mut net = BTreeMap::new();
    for entry in history {
        let Some(revision) = entry.revision.as_deref() else { continue };
        match entry.way {
            Way::Up => _ = net.insert(revision, entry),
            Way::Down => _ = net.remove(revision),
            // What ran stays what ran when a person accepts another text.
            Way::Accept => _ = net.entry(revision).or_insert(entry),
            Way::Stamp => {}
        }
    }
    net
}

fn record(entry: &Entry) -> Record {
    Record {
        feature: entry.feature.clone(),
        breaking: entry.breaking,
        applied_at: entry.finished_at.clone(),
        tool: entry.tool.clone(),
        owner: entry.owner.clone(),
    }
}

/// So many are told one by one.
const TOLD: usize = 8;

/// Returns names between commas; a version table of something else may have any number of rows.
pub(super) fn shown(names: impl ExactSizeIterator<Item: std::fmt::Display>) -> String {
    let more = names.len().checked_sub(TOLD).filter(|more| *more > 0).map(|more| format!("{more} more"));
    let shown = names.take(TOLD).map(|name| format!("`{}`", name.to_string().escape_debug()));
    shown.chain(more).collect::<Vec<_>>().join(", ")
}

impl Diagnose for Beyond {
    fn code(&self) -> Code {
        Code("A0531")
    }

    fn kind(&self) -> &'static str {
        "Ahead"
    }

    fn exit(&self) -> Exit {
        Exit::Disagree
    }

    fn help(&self) -> Option<String> {
        let newest = self.unknown.first().map_or("", |unknown| &unknown.id).escape_debug();
        let forward = format!("roll forward: start a program that has `{newest}`");
        Some(if self.permits() {
            format!("{forward}; or let this one run on with the policy `run-on`: nothing between breaks it")
        } else {
            format!("{forward}; or take the database back with `cargo alembic downgrade`, where its script is at hand")
        })
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self.unknown.iter().take(TOLD).map(told).collect();
        if !self.missing.is_empty() {
            let is = if self.missing.len() == 1 { "is" } else { "are" };
            notes.push(format!("{} of this program {is} not applied", shown(self.missing.iter())));
        }
        notes
    }
}

fn told(unknown: &Unknown) -> String {
    let id = unknown.id.escape_debug();
    let Some(record) = &unknown.record else {
        return format!("`{id}` has no row in the history, so whether it breaks this program is not known");
    };
    let breaking = match record.breaking {
        Some(true) => "breaks programs that do not know it",
        Some(false) => "breaks nothing",
        None => "does not say whether it breaks programs that do not know it",
    };
    let plain = |text: &str| text.escape_debug().to_string();
    format!(
        "`{id}` of `{}` was applied on {} UTC with {} by {}; it {breaking}",
        plain(&record.feature),
        plain(record.applied_at.split('.').next().unwrap_or_default()),
        plain(&record.tool),
        plain(&record.owner)
    )
}

#[cfg(test)]
mod tests;
