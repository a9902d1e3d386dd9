//! MySQL and MariaDB, where each CREATE and ALTER commits by itself.
//!
//! A revision that only changes rows shares one transaction with its version row. Any other runs statement by
//! statement, with a journal. The lock is held from the first revision to the last. Read [`run`] first.

mod fingerprint;
mod lock;
mod one_by_one;
mod rows_only;

use std::time::Instant;

use super::failure::{Cause, ExecuteError};
use super::journal::Seen;
use super::patience::reconnect;
use super::run::{Run, Work};
use super::text::Text;
use super::words::is_dml;
use crate::session::{BatchError, DatabaseError, ErrorKind};
use crate::version_table::Rows;
use lock::Lock;

pub(super) async fn run(run: &mut Run<'_>) -> Result<(), ExecuteError> {
    let mut lock = lock::own(run).await?;
    let outcome = works(run, &mut lock).await;
    lock::release(run, lock).await;
    outcome
}

async fn works(run: &mut Run<'_>, lock: &mut Lock) -> Result<(), ExecuteError> {
    for at in 0..run.work.len() {
        run.check_cancelled()?;
        let work = run.work[at];
        let started = Instant::now();
        let seen = rows_now(run, lock, work).await?;
        if !seen.edited.is_empty() {
            return Err(run.refuse_edited(seen.edited).await);
        }
        if !run.accepts(&seen.rows, work) {
            return Err(run.stale(&seen.rows));
        }
        let surrounded = work.step.is_none_or(|step| step.transaction) && work.statements().all(is_dml);
        if work.step.is_none() || surrounded && seen.progress.is_empty() {
            run.started(work);
            rows_only::run(run, lock, work).await?;
        } else {
            one_by_one::run(run, lock, work, seen.progress).await?;
        }
        run.finished(work, started.elapsed());
    }
    Ok(())
}

/// Puts back the session's settings, which a script may have changed, and reads what the run needs to know.
async fn rows_now(run: &mut Run<'_>, lock: &mut Lock, work: Work<'_>) -> Result<Seen, ExecuteError> {
    loop {
        let mut text = Text::default();
        let before = lock.settings.matches(";\n").count() + 1;
        text.own(&lock.settings);
        let glance = run.glance(&mut text);
        let mut answers = match run.session.answers(&text.sql).await {
            Ok(answers) => answers,
            Err(BatchError { error, .. }) if error.kind == ErrorKind::ConnectionLost => {
                reconnect(run, &error).await?;
                lock::own_again(run, lock).await?;
                continue;
            }
            Err(BatchError { error, .. }) => return Err(run.fail(Cause::Database(error))),
        };
        // The settings are several statements.
        answers.drain(..before - 1);
        return run.seen(&mut answers, &glance, work);
    }
}

enum Outcome {
    Committed,
    NotCommitted,
}

/// The answer to a COMMIT may be lost. Owning the lock proves that the old connection is over; the history then tells,
/// without one the rows.
async fn find_out(
    run: &mut Run<'_>,
    lock: &mut Lock,
    work: Work<'_>,
    attempt: Option<&str>,
    lost: &DatabaseError,
) -> Result<Outcome, ExecuteError> {
    reconnect(run, lost).await?;
    lock::own_again(run, lock).await?;
    let known = match attempt {
        Some(attempt) => run.happened(attempt).await.map_err(|error| run.fail(Cause::Database(error)))?,
        None => None,
    };
    if known == Some(true) {
        return Ok(Outcome::Committed);
    }
    let rows = run.table.rows(run.session).await.map_err(|error| run.fail(error))?;
    let rows: Rows = rows.into_iter().collect();
    if known.is_none() && rows == run.after(work) {
        return Ok(Outcome::Committed);
    }
    if rows == run.rows { Ok(Outcome::NotCommitted) } else { Err(run.stale(&rows)) }
}
