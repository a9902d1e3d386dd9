//! A revision that only changes rows: its statements, its version row and the proof of the lock in one transaction.
//!
//! Read [`run`] first.

use std::time::Instant;

use alembic_revisions::DialectName;

use super::super::failure::{Cause, ExecuteError, Remains};
use super::super::patience::Retry;
use super::super::run::{Run, Work};
use super::super::rust_step::{self, RustFailure};
use super::super::statement_wise::{Stopped, stopped};
use super::super::text::Text;
use super::lock::Lock;
use super::{Outcome, find_out};
use crate::journal::history::Start;
use crate::session::{BatchError, DatabaseError, ErrorKind};

/// Where an attempt stopped.
enum Fault {
    Statement(usize, DatabaseError),
    Own(DatabaseError),
    Commit(DatabaseError),
    History(DatabaseError),
    RowMismatch,
    Rust(RustFailure),
    /// The Rust code ended the transaction.
    Ended,
}

impl Fault {
    fn error(&self) -> Option<&DatabaseError> {
        match self {
            Fault::Statement(_, error) | Fault::Own(error) | Fault::Commit(error) | Fault::History(error) => {
                Some(error)
            }
            Fault::Rust(failure) => failure.database(),
            Fault::RowMismatch | Fault::Ended => None,
        }
    }
}

pub(super) async fn run(run: &mut Run<'_>, lock: &mut Lock, work: Work<'_>) -> Result<(), ExecuteError> {
    let mut retry = Retry::new();
    let mut losses = 0;
    loop {
        let id = crate::journal::attempt();
        let Err(fault) = attempt(run, lock, work, &id).await else { return Ok(()) };
        let lost = fault.error().filter(|error| error.kind == ErrorKind::ConnectionLost).cloned();
        if let Some(error) = lost
            && losses < 3
        {
            losses += 1;
            match find_out(run, lock, work, Some(&id), &error).await? {
                Outcome::Committed => return Ok(()),
                Outcome::NotCommitted => continue,
            }
        }
        let stayed = rollback(run).await;
        let interrupted = match &fault {
            Fault::Rust(_) => run.options.cancel.is_requested(),
            fault => fault.error().is_some_and(|error| run.is_interruption(error)),
        };
        if !stayed && interrupted {
            return Err(run.interrupted(None));
        }
        let transient = fault.error().filter(|_| !stayed).cloned();
        if let Some(error) = transient
            && let Some(pause) = retry.after(&error, run.options)
        {
            run.pause(work, &error, pause).await;
            run.check_cancelled()?;
            continue;
        }
        return Err(failure(run, work, fault, stayed));
    }
}

async fn attempt(run: &mut Run<'_>, lock: &mut Lock, work: Work<'_>, id: &str) -> Result<(), Fault> {
    let started = Instant::now();
    let mut text = Text::default();
    text.own("START TRANSACTION");
    for (index, sql) in work.statements().enumerate() {
        text.script(index, sql);
        let running = run.under_way.begin(lock.cancellation());
        let sent = lock.kept_alive(run.session.batch(&text.sql)).await;
        drop(running);
        sent.map_err(|BatchError { mut error, .. }| {
            error.position = text.near(index, &error.message);
            Fault::Statement(index, error)
        })?;
        text = Text::default();
    }
    if rust_step::is_wanted(run, work) {
        text = rust(run, lock, work, text).await?;
    }
    let mut guards = Vec::new();
    if work.purge {
        text.own(&run.table.delete_all());
    }
    let changes = run.table.change(work.change).into_iter().chain([lock.proof(&run.table)]);
    changes.for_each(|sql| guards.push(text.one(DialectName::Mysql, &sql)));
    run.forget_progress(work).iter().for_each(|sql| _ = text.own(sql));
    let row = run.history_row(work, id, Start::Ago(started.elapsed()));
    let recorded = row.map(|sql| text.own(&sql));
    let commit = text.own("COMMIT");
    match run.session.batch(&text.sql).await {
        Ok(_) => Ok(()),
        Err(failed) if guards.contains(&failed.completed) && failed.error.kind == ErrorKind::Other => {
            Err(Fault::RowMismatch)
        }
        Err(failed) if Some(failed.completed) == recorded => Err(Fault::History(failed.error)),
        Err(failed) if failed.completed == commit => Err(Fault::Commit(failed.error)),
        Err(failed) => Err(Fault::Own(failed.error)),
    }
}

/// Sends what was not sent yet and runs the Rust code; returns an empty text. A savepoint proves that the transaction
/// around the code is still there: DDL would have ended it.
async fn rust(run: &mut Run<'_>, lock: &mut Lock, work: Work<'_>, mut text: Text) -> Result<Text, Fault> {
    let guard = format!("alembic_{:012x}", fastrand::u64(..) >> 16);
    text.own(&format!("SAVEPOINT {guard}"));
    run.batch(&text.sql).await.map_err(Fault::Own)?;
    let running = run.under_way.begin(lock.cancellation());
    let outcome = lock.kept_alive(rust_step::run(run, work)).await;
    drop(running);
    let released = run.batch(&format!("RELEASE SAVEPOINT {guard}")).await;
    match (outcome, released) {
        (_, Err(error)) if error.kind == ErrorKind::NoTransaction => Err(Fault::Ended),
        (Err(failure), _) => Err(Fault::Rust(failure)),
        (Ok(()), Err(error)) => Err(Fault::Own(error)),
        (Ok(()), Ok(_)) => Ok(Text::default()),
    }
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
        Fault::History(error) => run.fail(run.table.no_history(error.into())),
        Fault::Commit(error) => run.fail(match run.at(work, None, None) {
            Some(at) => Cause::Commit { at, error },
            None => Cause::Database(error),
        }),
        Fault::Rust(error) => run.fail(match run.at(work, None, None) {
            Some(at) => Cause::RustStep { at, error },
            None => Cause::Database(DatabaseError::new(ErrorKind::Other, error.to_string())),
        }),
        Fault::Ended => run.fail(match run.at(work, None, None) {
            Some(at) => Cause::TransactionEnded { at, rows_after: run.rows_after(work) },
            None => Cause::Database(DatabaseError::new(ErrorKind::Other, "the transaction ended by itself")),
        }),
        Fault::RowMismatch => run.fail(match run.at(work, None, None) {
            Some(at) => Cause::RowMismatch { at },
            None => Cause::Database(DatabaseError::new(ErrorKind::Other, "the version table changed under its lock")),
        }),
    }
}
