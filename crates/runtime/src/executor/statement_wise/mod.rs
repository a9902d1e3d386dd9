//! Revisions with `transaction = false`: statement by statement, each kept as soon as it ran.
//!
//! The journal's progress says which ones ran, so that whoever comes next goes on there. A failure after the first
//! statement leaves the revision half applied, and the error says what ran. Read [`run`] first.

pub(super) mod outside;
mod postgres;
mod probe;
pub(super) mod resume;
mod sqlite;

use std::time::Instant;

use alembic_revisions::DialectName;
use alembic_revisions::diagnose::Place;

use super::failure::{Cause, ExecuteError, Kept, Remains};
use super::patience::reconnect;
use super::run::{Run, Work};
use super::text::place;
use crate::session::{DatabaseError, ErrorKind};

/// How often a revision goes on after a lost connection: its own statement may be what ends the server.
pub(super) const LOSSES: usize = 3;

/// How often a revision is looked at again because a dead run's statement has just come to its end.
const LOOKS: usize = 10;

/// Runs the work with the index `at`, or what is left of it.
pub(super) async fn run(run: &mut Run<'_>, at: usize) -> Result<(), ExecuteError> {
    let work = run.work[at];
    let mut trip = Trip { work, started: Instant::now(), attempt: None, told: false };
    let (mut losses, mut looks) = (0, 0);
    loop {
        let outcome = match run.table.dialect().name() {
            DialectName::Sqlite => sqlite::run(run, &mut trip).await,
            DialectName::Postgres | DialectName::Mysql => postgres::run(run, &mut trip).await,
        };
        match outcome {
            Ok(()) => break,
            Err(Halt::Stopped(Stopped { error: Some(error), .. }))
                if error.kind == ErrorKind::ConnectionLost && losses < LOSSES =>
            {
                losses += 1;
                reconnect(run, &error).await?;
            }
            Err(Halt::GoneOn(_)) if looks < LOOKS => looks += 1,
            Err(Halt::Stopped(fault) | Halt::GoneOn(fault)) => return Err(stopped(run, work, fault)),
            Err(Halt::Failed(error)) => return Err(error),
        }
    }
    run.finished(work, trip.started.elapsed());
    Ok(())
}

/// One work, over all connections that it takes.
struct Trip<'a> {
    work: Work<'a>,
    started: Instant,
    /// The last attempt; its COMMIT may have happened though nobody answered.
    attempt: Option<String>,
    /// The observer knows that it began.
    told: bool,
}

impl Trip<'_> {
    fn tell(&mut self, run: &mut Run<'_>) {
        if !self.told {
            run.started(self.work);
            self.told = true;
        }
    }
}

/// Why a work did not come to its end.
pub(super) enum Halt {
    /// Midway.
    Stopped(Stopped),
    /// The attempt before this one was not over when it was looked at; now it is one statement further, so look again.
    GoneOn(Stopped),
    /// Before it began, or for a reason that its statements have nothing to do with.
    Failed(ExecuteError),
}

impl From<ExecuteError> for Halt {
    fn from(error: ExecuteError) -> Self {
        Halt::Failed(error)
    }
}

impl From<Stopped> for Halt {
    fn from(stopped: Stopped) -> Self {
        Halt::Stopped(stopped)
    }
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

    /// The run stopped between two statements.
    pub fn between(ran: usize, error: DatabaseError) -> Self {
        Stopped { index: None, ..Stopped::at(ran, error) }
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
        let nothing = || DatabaseError::new(ErrorKind::Other, stopped.reason.clone());
        return run.fail(Cause::Database(stopped.error.unwrap_or_else(nothing)));
    };
    if stopped.error.as_ref().is_some_and(|error| run.is_interruption(error)) {
        let kept = Kept { ran: stopped.ran, total: work.len() };
        let nothing = stopped.ran == 0 && stopped.remains == Remains::Nothing;
        return run.interrupted((!nothing).then_some(kept));
    }
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
