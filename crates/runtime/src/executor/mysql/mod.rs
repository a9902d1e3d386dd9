//! MySQL and MariaDB, where each CREATE and ALTER commits by itself.
//!
//! A revision that only changes rows shares one transaction with its version row. Any other runs statement by
//! statement, and an error says what stays. The lock is held from the first revision to the last. Read [`run`] first.

mod lock;
mod rows_only;

use std::time::Instant;

use super::failure::{Cause, ExecuteError, Remains};
use super::patience::{Retry, reconnect};
use super::run::{Run, Work};
use super::statement_wise::{Stopped, stopped};
use super::words::{first_words, is_dml};
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
        let rows = rows_now(run, lock, work).await?;
        if !run.accepts(&rows, work) {
            return Err(run.stale(&rows));
        }
        run.started(work);
        let surrounded = work.step.is_none_or(|step| step.transaction) && work.statements().all(is_dml);
        if surrounded {
            rows_only::run(run, lock, work).await?;
        } else {
            let outcome = one_by_one(run, lock, work).await;
            outcome.map_err(|fault| stopped(run, work, fault))?;
        }
        run.finished(work, started.elapsed());
    }
    Ok(())
}

/// Puts back the session's settings, which a script may have changed, and reads the rows.
async fn rows_now(run: &mut Run<'_>, lock: &mut Lock, work: Work<'_>) -> Result<Rows, ExecuteError> {
    let text = format!("{};\n{}", lock.settings, run.table.select());
    let answers = match run.session.answers(&text).await {
        Ok(answers) => answers,
        Err(BatchError { error, .. }) if error.kind == ErrorKind::ConnectionLost => {
            reconnect(run, &error).await?;
            lock::own_again(run, lock).await?;
            let rows = run.table.rows(run.session).await;
            return Ok(rows.map_err(|error| run.fail(error))?.into_iter().collect());
        }
        Err(BatchError { error, .. }) => return Err(run.fail(Cause::Database(error))),
    };
    let rows = answers.into_iter().next_back().map(|answer| answer.rows).unwrap_or_default();
    run.texts(rows, work)
}

async fn one_by_one(run: &mut Run<'_>, lock: &mut Lock, work: Work<'_>) -> Result<(), Stopped> {
    let mut retry = Retry::new();
    let mut index = 0;
    while index < work.len() {
        if lock.is_lost() {
            let reason = "another migrator took the lock over, because ours had expired".to_owned();
            return Err(Stopped { index: None, ran: index, remains: Remains::Nothing, error: None, reason });
        }
        let sql = work.sql(index);
        let Err(error) = lock.kept_alive(run.session.execute(sql)).await else {
            index += 1;
            retry = Retry::new();
            continue;
        };
        let pause = if error.is_transient() { retry.pause(run.options.retry_for) } else { None };
        match pause {
            Some(pause) => run.pause(work, &error, pause).await,
            None => return Err(failed(run, index, sql, error).await),
        }
    }
    finish(run, lock, work).await
}

async fn failed(run: &mut Run<'_>, index: usize, sql: &str, error: DatabaseError) -> Stopped {
    let lost = error.kind == ErrorKind::ConnectionLost;
    // A DROP of several tables drops those that it can.
    let partly = first_words(sql, 1).first().is_some_and(|word| word == "DROP") && sql.contains(',');
    if !lost {
        let _ = run.batch("ROLLBACK").await;
    }
    let remains = if lost || partly { Remains::Unknown } else { Remains::Nothing };
    Stopped { remains, ..Stopped::at(index, error) }
}

/// Moves the rows in a transaction that proves the lock.
async fn finish(run: &mut Run<'_>, lock: &mut Lock, work: Work<'_>) -> Result<(), Stopped> {
    let mut retry = Retry::new();
    loop {
        let error = match move_rows(run, lock, work).await {
            Ok(true) => return Ok(()),
            Ok(false) => return Err(Stopped::after_all(work, "the version table or its lock changed meanwhile")),
            Err(error) => error,
        };
        if error.kind == ErrorKind::ConnectionLost {
            let found = find_out(run, lock, work, &error).await;
            match found.map_err(|error| Stopped::after_all(work, error.to_string()))? {
                Outcome::Committed => return Ok(()),
                Outcome::NotCommitted => continue,
            }
        }
        let _ = run.batch("ROLLBACK").await;
        let pause = if error.is_transient() { retry.pause(run.options.retry_for) } else { None };
        match pause {
            Some(pause) => run.pause(work, &error, pause).await,
            None => return Err(Stopped::after_all(work, error.to_string())),
        }
    }
}

/// Returns false, with everything undone, if a row was not what the plan says.
async fn move_rows(run: &mut Run<'_>, lock: &mut Lock, work: Work<'_>) -> Result<bool, DatabaseError> {
    run.batch("START TRANSACTION").await?;
    if change_rows(run, lock, work).await? {
        run.batch("COMMIT").await?;
        return Ok(true);
    }
    run.batch("ROLLBACK").await?;
    Ok(false)
}

async fn change_rows(run: &mut Run<'_>, lock: &mut Lock, work: Work<'_>) -> Result<bool, DatabaseError> {
    let mut statements = run.table.change(work.change);
    statements.push(lock.proof(&run.table));
    if work.purge {
        run.batch(&run.table.delete_all()).await?;
    }
    let counts = run.batch(&statements.join(";\n")).await?;
    Ok(counts.len() == statements.len() && counts.iter().all(|count| *count == 1))
}

enum Outcome {
    Committed,
    NotCommitted,
}

/// The answer to a COMMIT is lost. Owning the lock proves that the old connection is over; the rows then tell.
async fn find_out(
    run: &mut Run<'_>,
    lock: &mut Lock,
    work: Work<'_>,
    lost: &DatabaseError,
) -> Result<Outcome, ExecuteError> {
    reconnect(run, lost).await?;
    lock::own_again(run, lock).await?;
    let rows = run.table.rows(run.session).await.map_err(|error| run.fail(error))?;
    let rows: Rows = rows.into_iter().collect();
    if rows == run.after(work) {
        return Ok(Outcome::Committed);
    }
    if rows == run.rows { Ok(Outcome::NotCommitted) } else { Err(run.stale(&rows)) }
}
