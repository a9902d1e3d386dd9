//! Revisions with `transaction = false`: statement by statement, each kept as soon as it ran.
//!
//! A failure after the first statement leaves the revision half applied, and the error says what ran. Read [`run`]
//! first.

mod postgres;
mod sqlite;

use std::time::Instant;

use alembic_revisions::DialectName;
use alembic_revisions::diagnose::Place;

use super::failure::{Cause, ExecuteError, Remains};
use super::run::{Run, Work};
use super::text::place;
use crate::session::DatabaseError;

/// Runs the work with the index `at`.
pub(super) async fn run(run: &mut Run<'_>, at: usize) -> Result<(), ExecuteError> {
    let work = run.work[at];
    let started = Instant::now();
    match run.table.dialect().name() {
        DialectName::Sqlite => sqlite::run(run, work).await?,
        DialectName::Postgres | DialectName::Mysql => postgres::run(run, work).await?,
    }
    run.finished(work, started.elapsed());
    Ok(())
}

/// A statement that failed, and what is known about the ones before it.
pub(super) struct Stopped {
    /// The statement that failed; none if the run stopped between statements or after the last one.
    pub index: Option<usize>,
    /// How many statements took effect.
    pub ran: usize,
    pub remains: Remains,
    pub error: Option<DatabaseError>,
    pub reason: String,
}

impl Stopped {
    pub fn at(index: usize, error: DatabaseError) -> Self {
        let reason = error.to_string();
        Stopped { index: Some(index), ran: index, remains: Remains::Nothing, error: Some(error), reason }
    }

    /// All statements ran, but the version row could not be moved.
    pub fn after_all(work: Work<'_>, reason: impl Into<String>) -> Self {
        Stopped { index: None, ran: work.len(), remains: Remains::Nothing, error: None, reason: reason.into() }
    }
}

/// Returns the error for a step that stopped midway: an ordinary one if nothing of it remains.
pub(super) fn stopped(run: &Run<'_>, work: Work<'_>, stopped: Stopped) -> ExecuteError {
    let place = stopped.index.and_then(|index| statement_place(run, work, index, stopped.error.as_ref()));
    let rows_after = run.rows_after(work);
    let Some(at) = run.at(work, stopped.index, place) else {
        let nothing = || DatabaseError::new(crate::session::ErrorKind::Other, stopped.reason.clone());
        return run.fail(Cause::Database(stopped.error.unwrap_or_else(nothing)));
    };
    let clean = stopped.ran == 0 && stopped.remains == Remains::Nothing;
    run.fail(match stopped.error {
        Some(error) if clean && stopped.index.is_some() => Cause::Statement { at, error },
        Some(error) if clean => Cause::Database(error),
        _ => Cause::HalfApplied { at, ran: stopped.ran, reason: stopped.reason, remains: stopped.remains, rows_after },
    })
}

fn statement_place(run: &Run<'_>, work: Work<'_>, index: usize, error: Option<&DatabaseError>) -> Option<Place> {
    let statement = work.step?.statements.get(index)?;
    let error = error?;
    Some(place(statement, error.position.clone(), error, run.table.dialect().name()))
}
