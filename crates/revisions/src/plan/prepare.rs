//! A route to a plan: the SQL of one dialect for every step, or every reason why there is none.
//!
//! Read [`Plan::prepare`] first.

use std::sync::Arc;

use super::{Direction, Move, Plan, Route, Stamp, Step};
use crate::diagnose::{Code, Diagnose, Exit, Place, Several};
use crate::dialect::DialectName;
use crate::graph::{Applied, NodeId, RevisionGraph};
use crate::revision::RevisionId;
use crate::script::{Script, Section, Statement};
use crate::split::{self, SplitError};

impl Plan {
    /// Returns the plan that takes a route on this dialect.
    ///
    /// # Errors
    /// All steps at once that have no SQL for this direction and dialect, or SQL that cannot run.
    pub fn prepare(graph: &RevisionGraph, route: &Route, dialect: DialectName) -> Result<Plan, PlanFaults> {
        let mut steps = Vec::with_capacity(route.moves.len());
        let mut faults = Vec::new();
        for step in &route.moves {
            match prepared(graph, step, dialect) {
                Ok(step) => steps.push(step),
                Err(fault) => faults.push(fault),
            }
        }
        match PlanFaults::new(faults) {
            Some(faults) => Err(faults),
            None => {
                let applied = applied(graph, &route.from);
                Ok(Plan { steps, applied, ..Plan::still(dialect, &route.from, &route.to) })
            }
        }
    }

    /// Returns the plan that moves the rows and runs nothing.
    pub fn stamp(stamp: &Stamp, dialect: DialectName) -> Plan {
        Plan { stamp: Some(stamp.change.clone()), ..Plan::still(dialect, &stamp.from, &stamp.to) }
    }

    /// Returns the plan that deletes every row, known or not, and then writes those of the stamp, which was made for
    /// an empty database.
    pub fn purge(stamp: &Stamp, dialect: DialectName) -> Plan {
        Plan { purge: true, ..Plan::stamp(stamp, dialect) }
    }

    fn still(dialect: DialectName, from: &[RevisionId], to: &[RevisionId]) -> Plan {
        let (from, to) = (from.to_vec(), to.to_vec());
        Plan { dialect, from, to, steps: Vec::new(), stamp: None, purge: false, applied: Vec::new() }
    }
}

/// Returns the scripts of the rows and of all their ancestors, in load order.
fn applied(graph: &RevisionGraph, rows: &[RevisionId]) -> Vec<Arc<Script>> {
    let applied = Applied::up_to(graph, rows.iter().filter_map(|row| graph.get(row.as_str())));
    applied.nodes().iter().map(|node| Arc::clone(graph.script(node))).collect()
}

fn prepared(graph: &RevisionGraph, step: &Move, dialect: DialectName) -> Result<Step, PlanFault> {
    let script = graph.script(step.node);
    let id = || graph.id(step.node).clone();
    let Some(section) = script.section(step.direction, dialect) else {
        return Err(missing(graph, step, dialect));
    };
    if let (Direction::Down, Some(reason)) = (step.direction, &section.settings.irreversible) {
        return Err(PlanFault::Irreversible {
            id: id(),
            reason: reason.clone(),
            place: Box::new(marker(graph, step.node, section)),
        });
    }
    let statements = statements(script, section, dialect)?;
    Ok(Step {
        direction: step.direction,
        script: Arc::clone(script),
        statements,
        transaction: section.settings.transaction,
        rebuild: section.settings.rebuild,
        rust: section.settings.rust,
        change: step.change.clone(),
    })
}

/// Returns the statements of a section, if they can be told apart and run as its settings say.
pub fn statements(script: &Script, section: &Section, dialect: DialectName) -> Result<Vec<Statement>, PlanFault> {
    let statements = split::statements(script, section, dialect)?;
    if section.settings.transaction
        && let Some((statement, word)) = transaction_control(&statements)
    {
        let id = script.revision.id.clone();
        return Err(PlanFault::TransactionControl { id, word, place: Box::new(place_of(statement)) });
    }
    Ok(statements)
}

fn transaction_control(statements: &[Statement]) -> Option<(&Statement, String)> {
    statements.iter().find_map(|statement| {
        let word = split::transaction_control(&statement.source.text, &statement.range)?;
        Some((statement, word.to_ascii_uppercase()))
    })
}

fn missing(graph: &RevisionGraph, step: &Move, dialect: DialectName) -> PlanFault {
    let id = graph.id(step.node).clone();
    let place = Box::new(graph.place(step.node, ""));
    let has_some = graph.script(step.node).sections.iter().any(|section| section.direction == step.direction);
    match step.direction {
        Direction::Down if !has_some => PlanFault::MissingDowngrade { id, place },
        direction => PlanFault::MissingSection { id, direction, dialect, place },
    }
}

fn marker(graph: &RevisionGraph, node: NodeId, section: &Section) -> Place {
    Place { span: section.marker, ..graph.place(node, "") }
}

fn place_of(statement: &Statement) -> Place {
    Place::new(Arc::clone(&statement.source), statement.range.clone())
}

/// Why a step has no SQL that could run.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PlanFault {
    #[error("revision `{id}` has no section `[{word}]` and none `[{word}.{dialect}]`", word = word(*.direction))]
    MissingSection { id: RevisionId, direction: Direction, dialect: DialectName, place: Box<Place> },
    #[error("revision `{id}` has no downgrade")]
    MissingDowngrade { id: RevisionId, place: Box<Place> },
    #[error("revision `{id}` cannot be taken back: {}", .reason.escape_debug())]
    Irreversible { id: RevisionId, reason: String, place: Box<Place> },
    #[error("revision `{id}` says {word} inside of the transaction that its section runs in")]
    TransactionControl { id: RevisionId, word: String, place: Box<Place> },
    #[error(transparent)]
    Split(#[from] SplitError),
}

fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "upgrade",
        Direction::Down => "downgrade",
    }
}

impl Diagnose for PlanFault {
    fn code(&self) -> Code {
        Code(match self {
            PlanFault::MissingSection { .. } => "A0411",
            PlanFault::MissingDowngrade { .. } => "A0412",
            PlanFault::Irreversible { .. } => "A0413",
            PlanFault::TransactionControl { .. } => "A0414",
            PlanFault::Split(error) => return error.code(),
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            PlanFault::MissingSection { .. } => "MissingSection",
            PlanFault::MissingDowngrade { .. } => "MissingDowngrade",
            PlanFault::Irreversible { .. } => "Irreversible",
            PlanFault::TransactionControl { .. } => "TransactionControl",
            PlanFault::Split(error) => error.kind(),
        }
    }

    fn exit(&self) -> Exit {
        Exit::Project
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            PlanFault::MissingSection { direction, dialect, .. } => {
                let word = word(*direction);
                format!("write the SQL below a line `-- [{word}.{dialect}]`, or below `-- [{word}]` for every database")
            }
            PlanFault::MissingDowngrade { .. } => {
                "write the SQL that undoes it below a line `-- [downgrade]`, or below that line `-- irreversible = \"why\"`"
                    .to_owned()
            }
            PlanFault::Irreversible { .. } => {
                "restore a backup, or go on with a new revision: `cargo alembic revision -m \"…\"`".to_owned()
            }
            PlanFault::TransactionControl { word, .. } => format!(
                "remove {word}, or write `-- transaction = false` below the section's marker to run without a transaction"
            ),
            PlanFault::Split(error) => return error.help(),
        })
    }

    fn notes(&self) -> Vec<String> {
        vec!["nothing was run".to_owned()]
    }

    fn places(&self) -> Vec<Place> {
        match self {
            PlanFault::MissingSection { place, .. }
            | PlanFault::MissingDowngrade { place, .. }
            | PlanFault::Irreversible { place, .. }
            | PlanFault::TransactionControl { place, .. } => vec![(**place).clone()],
            PlanFault::Split(error) => error.places(),
        }
    }
}

/// All faults of a plan, in the order of its steps; nothing ran.
pub type PlanFaults = Several<PlanFault>;

#[cfg(test)]
pub(in crate::plan) mod tests;
