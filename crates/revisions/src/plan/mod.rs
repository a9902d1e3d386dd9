//! What would happen to a database, as a value: printed, serialized, asked about and run, always the same one.
//!
//! A [`Route`] is the decision of the graph (which revisions, in which order, and what the version table holds after
//! each); a [`Plan`] adds the SQL of one dialect. Read [`upgrade`] first, then [`Plan::prepare`].

mod chosen;
mod create;
mod downgrade;
mod error;
mod history;
mod offline;
mod prepare;
mod rows;
mod stamp;
mod upgrade;

use std::sync::Arc;

use crate::dialect::DialectName;
use crate::graph::NodeId;
use crate::revision::RevisionId;
use crate::script::{Script, Statement};

pub use crate::script::Direction;

pub use chosen::{Meeting, in_order, meetings};
pub use create::{Attach, CreateError, Draft, NewRevision, create, merge};
pub use downgrade::downgrade;
pub use error::PlanError;
pub use history::history;
pub use offline::{offline, offline_range};
pub use prepare::{PlanFault, PlanFaults, statements};
pub use stamp::{Stamp, stamp};
pub use upgrade::upgrade;

/// The change of the version table that one step makes: a set difference, never flags (`revision-graph.md` §10.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowsChange {
    pub delete: Vec<RevisionId>,
    /// The one row that becomes another: `(old, new)`.
    pub update: Option<(RevisionId, RevisionId)>,
    pub insert: Vec<RevisionId>,
}

impl RowsChange {
    /// True if the version table stays as it is.
    pub fn is_empty(&self) -> bool {
        self.delete.is_empty() && self.update.is_none() && self.insert.is_empty()
    }

    /// Changes `rows` as the version table is changed.
    pub fn apply(&self, rows: &mut Vec<RevisionId>) {
        rows.retain(|row| !self.delete.contains(row));
        if let Some((old, new)) = &self.update {
            rows.iter_mut().filter(|row| *row == old).for_each(|row| *row = new.clone());
        }
        rows.extend(self.insert.iter().cloned());
    }
}

/// One revision on a [`Route`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    pub node: NodeId,
    pub direction: Direction,
    pub change: RowsChange,
}

/// Which revisions run, in order, from the rows `from` to the rows `to` (both in load order).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    pub from: Vec<RevisionId>,
    pub to: Vec<RevisionId>,
    pub moves: Vec<Move>,
    /// Those of `moves` that the words of the target do not suggest (§8.4): beyond the steps asked for, or outside of
    /// the branch that was named. Whoever runs a downgrade with some asks first.
    pub surplus: Vec<NodeId>,
}

/// One revision with the SQL that runs for it.
#[derive(Clone, Debug)]
pub struct Step {
    pub direction: Direction,
    pub script: Arc<Script>,
    /// Empty for a section without SQL, as a merge has it.
    pub statements: Vec<Statement>,
    /// False: the statements run one by one, outside a transaction.
    pub transaction: bool,
    pub rebuild: bool,
    /// Rust code that an application has registered runs behind the statements.
    pub rust: bool,
    pub change: RowsChange,
}

impl Step {
    /// Returns what the upgrade says of programs that do not know it; a downgrade says nothing.
    pub fn breaking(&self, dialect: DialectName) -> Option<bool> {
        let section = self.script.section(self.direction, dialect)?;
        section.settings.breaking
    }
}

/// A complete list of what would run, for one dialect. The executor refuses it if the rows are no longer `from`.
#[derive(Clone, Debug)]
pub struct Plan {
    pub dialect: DialectName,
    pub from: Vec<RevisionId>,
    pub to: Vec<RevisionId>,
    pub steps: Vec<Step>,
    /// For a stamp: the rows move without a step.
    pub stamp: Option<RowsChange>,
    /// For `stamp --purge`: every row is deleted first, whatever it says, and `from` is empty and not compared.
    pub purge: bool,
    /// The scripts that the database has already, for those who check whether they were edited since.
    pub applied: Vec<Arc<Script>>,
}
