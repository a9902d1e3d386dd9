//! From the rows of a version table to what a program would run, and why there may be no such plan.
//!
//! Pure. Read [`Wish::plan`] first.

use alembic_revisions::diagnose::{Diagnose, Transparent};
use alembic_revisions::graph::RowsError;
use alembic_revisions::plan::{PlanError, PlanFaults, Route};
use alembic_revisions::{Applied, DialectName, Plan, RevisionGraph, Target, plan};

/// What a program wants its database to be.
pub(super) struct Wish<'a> {
    pub graph: &'a RevisionGraph,
    pub targets: &'a [Target],
}

impl Wish<'_> {
    /// Returns which revisions are not applied yet.
    pub fn route(&self, rows: &[String]) -> Result<Route, Unplanned> {
        let applied = Applied::from_rows(self.graph, rows)?;
        Ok(plan::upgrade(self.graph, &applied, self.targets)?)
    }

    /// Returns what would run.
    pub fn plan(&self, rows: &[String], dialect: DialectName) -> Result<Plan, Unplanned> {
        Ok(Plan::prepare(self.graph, &self.route(rows)?, dialect)?)
    }
}

/// Returns what would be taken back.
pub(super) fn way_down(
    graph: &RevisionGraph,
    rows: &[String],
    target: &Target,
    dialect: DialectName,
) -> Result<Plan, Unplanned> {
    let applied = Applied::from_rows(graph, rows)?;
    Ok(Plan::prepare(graph, &plan::downgrade(graph, &applied, target)?, dialect)?)
}

/// Why there is no plan.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unplanned {
    #[error(transparent)]
    Rows(#[from] RowsError),
    #[error(transparent)]
    Target(#[from] PlanError),
    #[error(transparent)]
    Scripts(#[from] PlanFaults),
}

impl Transparent for Unplanned {
    fn reason(&self) -> &dyn Diagnose {
        match self {
            Unplanned::Rows(error) => error,
            Unplanned::Target(error) => error,
            Unplanned::Scripts(faults) => faults,
        }
    }
}
