//! SQLite: statements such as VACUUM, which no transaction may surround.
//!
//! No lock of the database outlasts a statement, so a file beside it is locked: that lock dies with its process, too.
//! All others share a transaction with the note that they are done; those that cannot may all be repeated. Read
//! [`run`] first.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::PathBuf;

use super::super::failure::{Cause, ExecuteError};
use super::super::foreign_keys::{self, REBUILD_BEGINS, REBUILD_ENDS, exceeds, is_rebuild, violations};
use super::super::journal::Course;
use super::super::patience::{Retry, Wait};
use super::super::run::{Run, Work};
use super::super::text::{Origin, Text};
use super::super::words::first_words;
use super::resume::{course, sets_session};
use super::{Halt, Stopped, Trip};
use crate::journal::history::Start;
use crate::session::{BatchError, DatabaseError, ErrorKind};
use alembic_revisions::{DialectName, TableName};

pub(super) async fn run(run: &mut Run<'_>, trip: &mut Trip<'_>) -> Result<(), Halt> {
    let held = own_lock(run).await?;
    let name = run.table.progress_name();
    let outcome = locked(run, trip, &name).await;
    drop(held);
    outcome
}

async fn locked(run: &mut Run<'_>, trip: &mut Trip<'_>, name: &TableName) -> Result<(), Halt> {
    let Some(course) = begin(run, trip, name).await? else { return Ok(()) };
    let mut steps = Steps { run, course, name, own_transaction: None };
    if is_rebuild(&trip.work) {
        steps.rebuild().await?
    } else {
        steps.all().await?
    }
    let Steps { run, course, .. } = steps;
    finish(run, trip, &course, name).await
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

/// Makes the journal's row ours, in a transaction that proves that nobody moved the rows; from then on nobody does.
async fn begin<'a>(
    run: &mut Run<'_>,
    trip: &mut Trip<'a>,
    name: &TableName,
) -> Result<Option<Course<'a>>, ExecuteError> {
    let mut wait = Wait::new();
    let (mut answers, glance) = loop {
        let mut text = Text::default();
        // The script before may have turned them on.
        text.own("PRAGMA foreign_keys = OFF");
        text.own("BEGIN IMMEDIATE");
        let glance = run.glance(&mut text);
        match run.session.answers(&text.sql).await {
            Ok(answers) => break (answers, glance),
            Err(BatchError { error, .. }) => {
                let _ = run.batch("ROLLBACK").await;
                if !error.is_transient() {
                    return Err(run.fail(Cause::Database(error)));
                }
                wait.poll(run).await?;
            }
        }
    };
    let begun = match run.seen(&mut answers, &glance, trip.work) {
        Ok(seen) => course(run, trip, seen).await,
        Err(error) => Err(error),
    };
    let Ok(Some(mut course)) = begun else {
        let _ = run.batch("ROLLBACK").await;
        return begun;
    };
    let mut text = Text::default();
    if let Some(sql) = course.begin(run, name) {
        text.one(DialectName::Sqlite, &sql);
    }
    if let Err(BatchError { error, .. }) = committed(run, trip.work, &mut text).await {
        let _ = run.batch("ROLLBACK").await;
        return Err(run.fail(Cause::Database(error)));
    }
    course.begun = true;
    Ok(Some(course))
}

/// Sends a text with COMMIT behind it. A reader in the way of the COMMIT leaves the transaction open, so only that is
/// repeated.
async fn committed(run: &mut Run<'_>, work: Work<'_>, text: &mut Text) -> Result<(), BatchError> {
    let commit = text.own("COMMIT");
    let Err(mut failed) = run.session.batch(&text.sql).await else { return Ok(()) };
    let mut retry = Retry::new();
    while failed.completed == commit {
        let Some(pause) = retry.after(&failed.error, run.options) else { break };
        run.pause(work, &failed.error, pause).await;
        match run.batch("COMMIT").await {
            Ok(_) => return Ok(()),
            Err(error) => failed.error = error,
        }
    }
    Err(failed)
}

struct Steps<'s, 'r, 'a> {
    run: &'s mut Run<'r>,
    course: Course<'a>,
    name: &'s TableName,
    /// The statement with which the script began a transaction of its own.
    own_transaction: Option<usize>,
}

impl Steps<'_, '_, '_> {
    /// Runs the statements in the mode of a rebuild. What it broke can only be told: nothing is left to roll back.
    async fn rebuild(&mut self) -> Result<(), Halt> {
        let (work, ran) = (self.course.work, self.course.next);
        let between = |error| Stopped::between(ran, error);
        let known = foreign_keys::check(self.run).await.map_err(between)?;
        self.run.batch(REBUILD_BEGINS).await.map_err(between)?;
        let outcome = self.all().await;
        let ended = self.run.batch(REBUILD_ENDS).await;
        outcome?;
        let told = |error: DatabaseError| Stopped::after_all(work, error.to_string());
        ended.map_err(told)?;
        let found = foreign_keys::check(self.run).await.map_err(told)?;
        if exceeds(&found, Some(&known)) {
            return Err(Stopped::after_all(work, violations(&found, Some(&known)).join("; ")).into());
        }
        Ok(())
    }

    async fn all(&mut self) -> Result<(), Halt> {
        for index in 0..self.course.next {
            let sql = self.course.work.sql(index);
            if sets_session(sql) {
                let ran = self.course.next;
                self.run.batch(sql).await.map_err(|error| Stopped { ran, ..Stopped::at(index, error) })?;
            }
        }
        let mut retry = Retry::new();
        let mut index = self.course.next;
        while index < self.course.work.len() {
            let done = match self.run.wish() {
                Some(wish) => Err(wish),
                None => self.statement(index).await,
            };
            let Err(error) = done else {
                index += 1;
                self.run.ran(self.course.work, index);
                retry = Retry::new();
                continue;
            };
            match retry.after(&error, self.run.options) {
                Some(pause) => self.run.pause(self.course.work, &error, pause).await,
                None => return Err(self.failed(index, error).await.into()),
            }
        }
        Ok(())
    }

    async fn statement(&mut self, index: usize) -> Result<(), DatabaseError> {
        let sql = self.course.work.sql(index);
        let words = first_words(sql, 1);
        match (words.first().map_or("", String::as_str), self.own_transaction) {
            ("BEGIN", None) => {
                self.run.batch(sql).await?;
                self.own_transaction = Some(index);
            }
            ("COMMIT" | "END", Some(begin)) => {
                let noted = self.noted(begin, index);
                self.committed(noted, index).await?;
                self.own_transaction = None;
            }
            ("ROLLBACK", Some(begin)) => {
                self.run.batch(sql).await?;
                self.own_transaction = None;
                let noted = self.noted(begin, index);
                self.run.batch(&noted.sql).await?;
            }
            (_, Some(_)) => _ = self.run.batch(sql).await?,
            ("PRAGMA" | "VACUUM" | "ATTACH" | "DETACH", None) => self.outside(index).await?,
            (_, None) => self.surrounded(index).await?,
        }
        Ok(())
    }

    /// Returns a text that notes the statements from `from` up to `index` as done.
    fn noted(&self, from: usize, index: usize) -> Text {
        let mut text = Text::default();
        let done = self.course.slip(self.run, self.name).done(from, index + 1, self.course.ran(index + 1));
        text.one(DialectName::Sqlite, &done);
        text
    }

    async fn surrounded(&mut self, index: usize) -> Result<(), DatabaseError> {
        let mut text = Text::default();
        text.own("BEGIN IMMEDIATE");
        let done = self.course.slip(self.run, self.name).done(index, index + 1, self.course.ran(index + 1));
        text.one(DialectName::Sqlite, &done);
        text.script(index, self.course.work.sql(index));
        let Err(error) = self.committed(text, index).await else { return Ok(()) };
        let _ = self.run.batch("ROLLBACK").await;
        if error.kind == ErrorKind::ForbiddenInTransaction { self.outside(index).await } else { Err(error) }
    }

    async fn outside(&mut self, index: usize) -> Result<(), DatabaseError> {
        self.run.batch(self.course.work.sql(index)).await?;
        let noted = self.noted(index, index);
        self.run.batch(&noted.sql).await.map(|_| ())
    }

    async fn committed(&mut self, mut text: Text, index: usize) -> Result<(), DatabaseError> {
        let Err(failed) = committed(self.run, self.course.work, &mut text).await else { return Ok(()) };
        let (origin, position) = text.blame(&failed);
        let mut error = failed.error;
        error.position = position.filter(|_| origin == Origin::Script(index));
        Err(error)
    }

    /// A transaction that the script has begun is undone.
    async fn failed(&mut self, index: usize, error: DatabaseError) -> Stopped {
        let mut fault = Stopped::at(index, error);
        let _ = self.run.batch("ROLLBACK").await;
        fault.ran = self.own_transaction.unwrap_or(index);
        let _ = self.run.batch(&self.course.slip(self.run, self.name).delete_unless_begun()).await;
        fault
    }
}

async fn finish(run: &mut Run<'_>, trip: &Trip<'_>, course: &Course<'_>, name: &TableName) -> Result<(), Halt> {
    let work = trip.work;
    let mut text = Text::default();
    text.own("BEGIN IMMEDIATE");
    text.own(&super::super::text::stop_unless(&format!("({})", run.table.holds(&run.rows))));
    for sql in run.table.change(work.change) {
        text.one(DialectName::Sqlite, &sql);
    }
    text.one(DialectName::Sqlite, &course.slip(run, name).delete());
    let record = run.history_row(work, &course.attempt, Start::Ago(trip.started.elapsed()));
    record.iter().for_each(|record| _ = text.own(record));
    let mut retry = Retry::new();
    loop {
        let Err(BatchError { error, .. }) = committed(run, work, &mut text.clone()).await else { return Ok(()) };
        let _ = run.batch("ROLLBACK").await;
        match retry.after(&error, run.options) {
            Some(pause) => run.pause(work, &error, pause).await,
            None if error.message.contains("integer overflow") => {
                let reason = "another program changed the version table or the journal meanwhile";
                return Err(Stopped::after_all(work, reason).into());
            }
            None => return Err(Stopped::after_all(work, error.to_string()).into()),
        }
    }
}
