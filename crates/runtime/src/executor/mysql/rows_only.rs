//! A revision that only changes rows: its statements, its version row and the proof of the lock in one transaction.
//!
//! Read [`run`] first.

use super::super::failure::{Cause, ExecuteError, Remains};
use super::super::patience::Retry;
use super::super::run::{Run, Work};
use super::super::statement_wise::{Stopped, stopped};
use super::lock::Lock;
use super::{Outcome, change_rows, find_out};
use crate::session::{DatabaseError, ErrorKind};

/// Where an attempt stopped.
enum Fault {
    Statement(usize, DatabaseError),
    Own(DatabaseError),
    Commit(DatabaseError),
    RowMismatch,
}

impl Fault {
    fn error(&self) -> Option<&DatabaseError> {
        match self {
            Fault::Statement(_, error) | Fault::Own(error) | Fault::Commit(error) => Some(error),
            Fault::RowMismatch => None,
        }
    }
}

pub(super) async fn run(run: &mut Run<'_>, lock: &mut Lock, work: Work<'_>) -> Result<(), ExecuteError> {
    let mut retry = Retry::new();
    let mut losses = 0;
    loop {
        let Err(fault) = attempt(run, lock, work).await else { return Ok(()) };
        let lost = fault.error().filter(|error| error.kind == ErrorKind::ConnectionLost).cloned();
        if let Some(error) = lost
            && losses < 3
        {
            losses += 1;
            match find_out(run, lock, work, &error).await? {
                Outcome::Committed => return Ok(()),
                Outcome::NotCommitted => continue,
            }
        }
        let stayed = rollback(run).await;
        let transient = fault.error().filter(|error| error.is_transient() && !stayed).cloned();
        if let Some(error) = transient
            && let Some(pause) = retry.pause(run.options.retry_for)
        {
            run.pause(work, &error, pause).await;
            run.check_cancelled()?;
            continue;
        }
        return Err(failure(run, work, fault, stayed));
    }
}

async fn attempt(run: &mut Run<'_>, lock: &mut Lock, work: Work<'_>) -> Result<(), Fault> {
    run.batch("START TRANSACTION").await.map_err(Fault::Own)?;
    for (index, sql) in work.statements().enumerate() {
        let answer = lock.kept_alive(run.session.execute(sql)).await;
        answer.map_err(|error| Fault::Statement(index, error))?;
    }
    if !change_rows(run, lock, work).await.map_err(Fault::Own)? {
        return Err(Fault::RowMismatch);
    }
    run.batch("COMMIT").await.map(|_| ()).map_err(Fault::Commit)
}

/// Returns true if rows of tables without transactions (MyISAM, Aria) stay changed.
async fn rollback(run: &mut Run<'_>) -> bool {
    let _ = run.batch("ROLLBACK").await;
    let warnings = run.session.rows("SHOW WARNINGS").await.unwrap_or_default();
    warnings.iter().any(|row| row.get(1).is_some_and(|code| code.as_deref() == Some("1196")))
}

fn failure(run: &Run<'_>, work: Work<'_>, fault: Fault, stayed: bool) -> ExecuteError {
    match fault {
        Fault::Statement(index, error) if stayed => {
            let reason = format!("{error}; some of its tables have no transactions, so their rows stay changed");
            stopped(run, work, Stopped { remains: Remains::Unknown, reason, ..Stopped::at(index, error) })
        }
        Fault::Statement(index, error) => stopped(run, work, Stopped { ran: 0, ..Stopped::at(index, error) }),
        Fault::Own(error) => run.fail(Cause::Database(error)),
        Fault::Commit(error) => run.fail(match run.at(work, None, None) {
            Some(at) => Cause::Commit { at, error },
            None => Cause::Database(error),
        }),
        Fault::RowMismatch => run.fail(match run.at(work, None, None) {
            Some(at) => Cause::RowMismatch { at },
            None => Cause::Database(DatabaseError::new(ErrorKind::Other, "the version table changed under its lock")),
        }),
    }
}
