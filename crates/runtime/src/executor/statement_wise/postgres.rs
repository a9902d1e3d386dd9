//! PostgreSQL: one connection holds the lock in an idle transaction, a second one works.
//!
//! The idle one is READ COMMITTED and holds the lock's row only: so it does not block CREATE INDEX CONCURRENTLY, and
//! neither do those who wait, since they ask outside any transaction. Read [`run`] first.

use super::super::failure::{Cause, ExecuteError, Remains};
use super::super::patience::{Retry, Wait, reconnect};
use super::super::run::{Run, Work};
use super::super::text::{Origin, Text};
use super::{Stopped, stopped};
use crate::session::{BatchError, DatabaseError, ErrorKind, Session};
use crate::version_table::{Rows, first_value, first_value_of, lock};

pub(super) async fn run(run: &mut Run<'_>, work: Work<'_>) -> Result<(), ExecuteError> {
    let token = own_lock(run).await?;
    run.started(work);
    let mut worker = match run.session.open_beside().await {
        Ok(worker) => worker,
        Err(error) => {
            let _ = run.batch("ROLLBACK").await;
            return Err(run.fail(error));
        }
    };
    let outcome = statements(run, &mut *worker, work).await;
    worker.close().await;
    let outcome = match outcome {
        Ok(()) => finish(run, work, token).await,
        Err(fault) => Err(fault),
    };
    if outcome.is_err() {
        let _ = run.batch("ROLLBACK").await;
    }
    outcome.map_err(|fault| stopped(run, work, fault))
}

/// Waits until the session's transaction owns the lock's row, and returns the token.
async fn own_lock(run: &mut Run<'_>) -> Result<i64, ExecuteError> {
    let begin = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = 0; \
         SET LOCAL idle_in_transaction_session_timeout = 0; SELECT token FROM {} WHERE id = 1 FOR UPDATE NOWAIT",
        run.table.lock_sql()
    );
    let mut wait = Wait::new();
    loop {
        run.check_cancelled()?;
        let token = match run.session.answers(&begin).await {
            Ok(answers) => first_value_of(answers),
            Err(BatchError { error, .. }) if error.kind == ErrorKind::ConnectionLost => {
                reconnect(run, &error).await?;
                continue;
            }
            Err(BatchError { error, .. }) => {
                let _ = run.batch("ROLLBACK").await;
                if !error.is_transient() {
                    return Err(run.fail(Cause::Database(error)));
                }
                wait.poll(run).await?;
                continue;
            }
        };
        match token.and_then(|token| token.parse().ok()) {
            Some(token) => {
                expect_rows(run).await?;
                return Ok(token);
            }
            None => {
                let _ = run.batch("ROLLBACK").await;
                run.table.ensure_lock_row(run.session).await.map_err(|error| run.fail(error))?;
            }
        }
    }
}

async fn expect_rows(run: &mut Run<'_>) -> Result<(), ExecuteError> {
    let error = match run.table.rows(run.session).await {
        Ok(rows) => {
            let rows: Rows = rows.into_iter().collect();
            if rows == run.rows {
                return Ok(());
            }
            run.stale(&rows)
        }
        Err(error) => run.fail(error),
    };
    let _ = run.batch("ROLLBACK").await;
    Err(error)
}

async fn statements(run: &mut Run<'_>, worker: &mut dyn Session, work: Work<'_>) -> Result<(), Stopped> {
    let invalid = invalid_indexes(worker).await;
    for (index, sql) in work.statements().enumerate() {
        // Whoever lost the lock must not go on.
        if let Err(error) = run.batch("SELECT 1").await {
            let reason = format!("the lock was lost: {error}");
            return Err(Stopped { index: None, ran: index, remains: Remains::Nothing, error: Some(error), reason });
        }
        let error = match surrounded(run, worker, work, (index, sql)).await {
            Ok(()) => continue,
            Err(error) if error.kind == ErrorKind::ForbiddenInTransaction => match worker.execute(sql).await {
                Ok(_) => continue,
                Err(error) => error,
            },
            Err(error) => error,
        };
        let mut fault = Stopped::at(index, error);
        fault.remains = left_behind(worker, &invalid, fault.error.as_ref()).await;
        return Err(fault);
    }
    Ok(())
}

/// Tries the statement in a transaction of its own, which most of them take, and which can be repeated.
async fn surrounded(
    run: &mut Run<'_>,
    worker: &mut dyn Session,
    work: Work<'_>,
    (index, sql): (usize, &str),
) -> Result<(), DatabaseError> {
    let mut retry = Retry::new();
    loop {
        let mut text = Text::default();
        text.own("BEGIN ISOLATION LEVEL READ COMMITTED");
        text.own("SET LOCAL lock_timeout = '2s'");
        text.own("SAVEPOINT alembic_statement");
        text.script(index, sql);
        text.own("RELEASE SAVEPOINT alembic_statement");
        text.own("COMMIT");
        let Err(failed) = worker.batch(&text.sql).await else { return Ok(()) };
        if failed.error.kind != ErrorKind::ConnectionLost {
            let _ = worker.execute("ROLLBACK").await;
        }
        let (origin, position) = text.blame(&failed);
        let mut error = failed.error;
        error.position = position.filter(|_| origin == Origin::Script(index));
        let pause = if error.is_transient() { retry.pause(run.options.retry_for) } else { None };
        match pause {
            Some(pause) => run.pause(work, &error, pause).await,
            None => return Err(error),
        }
    }
}

/// Moves the rows in the transaction that holds the lock.
async fn finish(run: &mut Run<'_>, work: Work<'_>, token: i64) -> Result<(), Stopped> {
    let told = |error: DatabaseError| Stopped::after_all(work, error.to_string());
    own_table(run, work).await?;
    let rows = run.table.rows(run.session).await.map_err(|error| Stopped::after_all(work, error.to_string()))?;
    if rows.into_iter().collect::<Rows>() != run.rows {
        return Err(Stopped::after_all(work, "another program changed the version table meanwhile"));
    }
    let mut text = Text::default();
    for sql in run.table.change(work.change) {
        text.own(&sql);
    }
    text.own(&lock::count_up(run.table.dialect(), &run.table.lock_name(), token, &run.options.owner));
    let counts = run.batch(&text.sql).await.map_err(told)?;
    if counts.iter().any(|count| *count != 1) {
        return Err(Stopped::after_all(work, "the version table or its lock changed meanwhile"));
    }
    match run.batch("COMMIT").await {
        Ok(_) => Ok(()),
        Err(error) if error.kind == ErrorKind::ConnectionLost => find_out(run, work, error).await,
        Err(error) => Err(told(error)),
    }
}

/// Keeps Alembic out while the rows move; not earlier, because a waiting Alembic would stop CREATE INDEX CONCURRENTLY.
async fn own_table(run: &mut Run<'_>, work: Work<'_>) -> Result<(), Stopped> {
    let lock = format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE NOWAIT", run.table.sql());
    let mut wait = Wait::new();
    loop {
        let error = match run.batch(&format!("SAVEPOINT alembic_table; {lock}")).await {
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        let back = run.batch("ROLLBACK TO SAVEPOINT alembic_table").await;
        if !error.is_transient() || back.is_err() {
            return Err(Stopped::after_all(work, error.to_string()));
        }
        wait.poll(run).await.map_err(|error| Stopped::after_all(work, error.to_string()))?;
    }
}

/// The answer to the COMMIT is lost: the rows tell, once the old connection has ended.
async fn find_out(run: &mut Run<'_>, work: Work<'_>, lost: DatabaseError) -> Result<(), Stopped> {
    let committed = run.after(work);
    let unknown = |error: String| Stopped::after_all(work, format!("the answer to COMMIT was lost; {error}"));
    reconnect(run, &lost).await.map_err(|error| unknown(error.to_string()))?;
    match own_lock(run).await {
        // The rows are still those from before: it did not happen.
        Ok(token) => Box::pin(finish(run, work, token)).await,
        Err(error) => match &*error.cause {
            Cause::StalePlan { now, .. } if now.iter().cloned().collect::<Rows>() == committed => Ok(()),
            _ => Err(unknown(error.to_string())),
        },
    }
}

const INVALID: &str = "SELECT DISTINCT indexrelid::regclass::text FROM pg_catalog.pg_index WHERE NOT indisvalid";

async fn invalid_indexes(worker: &mut dyn Session) -> Vec<String> {
    let rows = worker.rows(INVALID).await.unwrap_or_default();
    rows.into_iter().filter_map(|row| first_value(vec![row])).collect()
}

/// Returns what a failed statement left: a CREATE INDEX CONCURRENTLY leaves an invalid index.
async fn left_behind(worker: &mut dyn Session, before: &[String], error: Option<&DatabaseError>) -> Remains {
    if error.is_some_and(|error| error.kind == ErrorKind::ConnectionLost) {
        return Remains::Unknown;
    }
    let new: Vec<String> = invalid_indexes(worker).await.into_iter().filter(|index| !before.contains(index)).collect();
    if new.is_empty() {
        return Remains::Nothing;
    }
    Remains::Objects(new.iter().map(|index| format!("the invalid index `{index}`")).collect())
}
