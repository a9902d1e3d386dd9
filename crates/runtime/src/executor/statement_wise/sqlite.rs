//! SQLite: statements such as VACUUM, which no transaction may surround.
//!
//! No lock of the database outlasts a statement, so a file beside it is locked: that lock dies with its process, too.
//! Read [`run`] first.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::PathBuf;

use super::super::failure::{Cause, ExecuteError};
use super::super::foreign_keys::{self, REBUILD_BEGINS, REBUILD_ENDS, exceeds, is_rebuild, violations};
use super::super::patience::{Retry, Wait};
use super::super::run::{Run, Work};
use super::super::words::first_words;
use super::{Stopped, stopped};
use crate::session::{DatabaseError, ErrorKind};
use crate::version_table::Rows;

pub(super) async fn run(run: &mut Run<'_>, work: Work<'_>) -> Result<(), ExecuteError> {
    let held = own_lock(run).await?;
    let rows = run.table.rows(run.session).await.map_err(|error| run.fail(error))?;
    let rows: Rows = rows.into_iter().collect();
    if rows != run.rows {
        return Err(run.stale(&rows));
    }
    run.started(work);
    let outcome = if is_rebuild(&work) { rebuild(run, work).await } else { statements(run, work).await };
    let outcome = match outcome {
        Ok(()) => finish(run, work).await,
        Err(fault) => Err(fault),
    };
    drop(held);
    outcome.map_err(|fault| stopped(run, work, fault))
}

/// Waits for the lock's file; a database in memory has no other users.
async fn own_lock(run: &mut Run<'_>) -> Result<Option<File>, ExecuteError> {
    let Some(path) = run.session.url().file().and_then(|file| file.path.clone()) else { return Ok(None) };
    let mut name = path.into_os_string();
    name.push("-alembic-lock");
    let path = PathBuf::from(name);
    let refused = |error: std::io::Error| {
        let message = format!("cannot lock `{}`: {error}", path.display());
        Cause::Database(DatabaseError::new(ErrorKind::Other, message))
    };
    let file = OpenOptions::new().create(true).append(true).open(&path).map_err(|error| run.fail(refused(error)))?;
    let mut wait = Wait::new();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) => wait.poll(run).await?,
            Err(TryLockError::Error(error)) => return Err(run.fail(refused(error))),
        }
    }
}

/// Runs the statements in the mode of a rebuild. What it broke can only be told: nothing is left to roll back.
async fn rebuild(run: &mut Run<'_>, work: Work<'_>) -> Result<(), Stopped> {
    let between = |error| Stopped { index: None, ..Stopped::at(0, error) };
    let known = foreign_keys::check(run).await.map_err(between)?;
    run.batch(REBUILD_BEGINS).await.map_err(between)?;
    let outcome = statements(run, work).await;
    let ended = run.batch(REBUILD_ENDS).await;
    outcome?;
    let told = |error: DatabaseError| Stopped::after_all(work, error.to_string());
    ended.map_err(told)?;
    let found = foreign_keys::check(run).await.map_err(told)?;
    if exceeds(&found, Some(&known)) {
        return Err(Stopped::after_all(work, violations(&found, Some(&known)).join("; ")));
    }
    Ok(())
}

async fn statements(run: &mut Run<'_>, work: Work<'_>) -> Result<(), Stopped> {
    // The script before may have turned them on.
    run.batch("PRAGMA foreign_keys = OFF").await.map_err(|error| Stopped { index: None, ..Stopped::at(0, error) })?;
    let mut retry = Retry::new();
    let mut index = 0;
    while index < work.len() {
        let Err(error) = run.batch(work.sql(index)).await else {
            index += 1;
            retry = Retry::new();
            continue;
        };
        let pause = if error.is_transient() { retry.pause(run.options.retry_for) } else { None };
        match pause {
            Some(pause) => run.pause(work, &error, pause).await,
            None => return Err(failed(run, work, index, error).await),
        }
    }
    Ok(())
}

/// A script may have begun a transaction of its own; that one is undone.
async fn failed(run: &mut Run<'_>, work: Work<'_>, index: usize, error: DatabaseError) -> Stopped {
    let mut fault = Stopped::at(index, error);
    if run.batch("ROLLBACK").await.is_ok() {
        let begins = |at: &usize| first_words(work.sql(*at), 1).first().is_some_and(|word| word == "BEGIN");
        fault.ran = (0..index).rev().find(begins).unwrap_or(index);
    }
    fault
}

async fn finish(run: &mut Run<'_>, work: Work<'_>) -> Result<(), Stopped> {
    let told = |error: DatabaseError| Stopped::after_all(work, error.to_string());
    let mut retry = Retry::new();
    while let Err(error) = run.batch("BEGIN IMMEDIATE").await {
        let pause = if error.is_transient() { retry.pause(run.options.retry_for) } else { None };
        let Some(pause) = pause else { return Err(told(error)) };
        run.pause(work, &error, pause).await;
    }
    let rows = run.table.rows(run.session).await;
    let unmoved = rows.is_ok_and(|rows| rows.into_iter().collect::<Rows>() == run.rows);
    let changes = run.table.change(work.change).join(";\n");
    let counts = if unmoved { run.batch(&changes).await.map_err(told) } else { Ok(vec![0]) };
    if counts.as_ref().is_ok_and(|counts| counts.iter().all(|count| *count == 1)) {
        loop {
            let Err(error) = run.batch("COMMIT").await else { return Ok(()) };
            let pause = if error.is_transient() { retry.pause(run.options.retry_for) } else { None };
            let Some(pause) = pause else { break };
            run.pause(work, &error, pause).await;
        }
    }
    let _ = run.batch("ROLLBACK").await;
    counts?;
    Err(Stopped::after_all(work, "another program changed or locked the version table meanwhile"))
}
