//! The sides of each merge in both orders: they must give one schema, since a team's databases will see both.
//!
//! Read [`of`] first.

use alembic_revisions::plan::{Meeting, meetings};
use alembic_schema::catalogue::{Catalogue, Comparison, compare};

use super::stage::Stage;
use super::stopped::Stopped;
use crate::app::Failure;

/// What came of one merge, or of heads that nobody merged.
#[derive(Clone, Debug)]
pub struct Met {
    pub meeting: Meeting,
    /// What the last side first gave, compared with the first side first; the stop of an order that does not run.
    pub outcome: Result<Comparison, Stopped>,
}

/// Runs both orders of every meeting in the stage's graph.
pub fn of(stage: &mut Stage<'_>) -> Result<Vec<Met>, Failure> {
    let graph = stage.graph.clone();
    meetings(&graph).into_iter().map(|meeting| met(stage, meeting)).collect()
}

fn met(stage: &mut Stage<'_>, meeting: Meeting) -> Result<Met, Failure> {
    let outcome = match one(stage, &meeting.forwards)? {
        Ok(forwards) => one(stage, &meeting.backwards)?.map(|backwards| compare(&forwards, &backwards)),
        Err(stopped) => Err(stopped),
    };
    Ok(Met { meeting, outcome })
}

fn one(stage: &mut Stage<'_>, order: &[alembic_revisions::NodeId]) -> Result<Result<Catalogue, Stopped>, Failure> {
    stage.renew()?;
    match stage.climb(order)? {
        Ok(()) => Ok(Ok(stage.catalogue()?)),
        Err(stopped) => Ok(Err(stopped)),
    }
}
