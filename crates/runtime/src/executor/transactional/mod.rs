//! Revisions whose statements, version row and lock share one transaction: PostgreSQL and SQLite.
//!
//! Whatever happens, a revision is there as a whole or not at all. COMMIT travels with the next revision's BEGIN, so a
//! revision costs two round trips on PostgreSQL. Read [`run`] first.

mod ahead;
mod commit;
mod fault;
mod postgres;
mod sqlite;

use std::ops::Range;
use std::time::Instant;

use alembic_revisions::DialectName;

use super::failure::ExecuteError;
use super::foreign_keys::Violations;
use super::journal::Glance;
use super::options::Transactions;
use super::patience::{Retry, Wait, reconnect};
use super::run::{Run, Work};
use super::text::Text;
use crate::journal::history::Start;
use crate::session::{Answer, BatchError, DatabaseError, ErrorKind};
use crate::version_table::{Rows, first_value};
use fault::Fault;
pub(super) use postgres::CHECK_CONNECTION;

/// How often a step is begun again after the connection was lost: its own statement may be what ends the server.
const LOSSES: usize = 3;

/// How far a segment came.
pub(super) enum Reached {
    End,
    /// The work with this index did not begin, because a revision is half applied.
    HalfApplied {
        at: usize,
    },
}

/// Runs the works of `range` in order.
pub(super) async fn run(run: &mut Run<'_>, range: Range<usize>) -> Result<Reached, ExecuteError> {
    let mut segment = Segment::new(run, range);
    while segment.at < segment.range.end {
        if segment.open.is_none() {
            if segment.run_ahead().await? {
                continue;
            }
            if segment.at == segment.range.end {
                break;
            }
            segment.begin().await?;
        }
        if segment.half_applied {
            return Ok(Reached::HalfApplied { at: segment.at });
        }
        // The wish may have come with the last COMMIT, which began this transaction.
        if let Err(error) = segment.run.check_cancelled() {
            segment.rollback().await;
            return Err(error);
        }
        match segment.apply().await {
            Ok(()) => segment.commit().await?,
            Err(fault) => segment.recover(fault).await?,
        }
    }
    Ok(Reached::End)
}

/// A transaction that owns the lock.
struct Open {
    /// PostgreSQL: the lock's token.
    token: i64,
    /// The savepoint that proves, as long as it is there, that the script did not end the transaction.
    guard: Option<String>,
}

/// Consecutive works that are all transactional.
struct Segment<'r, 'a> {
    run: &'r mut Run<'a>,
    range: Range<usize>,
    /// The work that is next or under way.
    at: usize,
    open: Option<Open>,
    mode: Mode,
    /// When the work `at` was begun; none until its first attempt.
    started: Option<Instant>,
    retry: Retry,
    losses: usize,
    /// What a rollback of a single transaction goes back to.
    origin: (Rows, usize),
    /// SQLite: foreign keys that pointed nowhere before the step.
    known_violations: Option<Violations>,
    pace: ahead::Pace,
    /// The id of the last attempt at the work `at`, which the history knows if it was committed.
    attempt: String,
    /// Some revision is half applied; nothing is open.
    half_applied: bool,
}

#[derive(Clone, Copy)]
enum Mode {
    Postgres,
    Sqlite,
}

/// Which answers of a text are the lock's token and what the run needs to know.
struct Reading {
    token: Option<usize>,
    glance: Glance,
}

impl<'r, 'a> Segment<'r, 'a> {
    fn new(run: &'r mut Run<'a>, range: Range<usize>) -> Self {
        let mode = match run.table.dialect().name() {
            DialectName::Postgres => Mode::Postgres,
            DialectName::Sqlite | DialectName::Mysql => Mode::Sqlite,
        };
        let origin = (run.rows.clone(), run.done.len());
        Segment {
            at: range.start,
            run,
            range,
            open: None,
            mode,
            started: None,
            retry: Retry::new(),
            losses: 0,
            origin,
            known_violations: None,
            pace: ahead::Pace::new(),
            attempt: String::new(),
            half_applied: false,
        }
    }

    fn work(&self) -> Work<'a> {
        self.run.work[self.at]
    }

    fn is_single(&self) -> bool {
        self.run.options.transactions == Transactions::Single
    }

    /// Begins a transaction that owns the lock, and proves that nobody moved the rows.
    async fn begin(&mut self) -> Result<(), ExecuteError> {
        let rows = self.lock().await?;
        self.expect(&rows).await
    }

    async fn expect(&mut self, rows: &Rows) -> Result<(), ExecuteError> {
        if self.run.accepts(rows, self.work()) {
            return Ok(());
        }
        self.rollback().await;
        Err(self.run.stale(rows))
    }

    /// Waits until this transaction owns the lock, and returns the rows of the version table then.
    async fn lock(&mut self) -> Result<Rows, ExecuteError> {
        let mut wait = Wait::new();
        loop {
            self.run.check_cancelled()?;
            let mut text = Text::default();
            let reading = self.begin_text(&mut text);
            match self.run.session.answers(&text.sql).await {
                Ok(answers) => {
                    if let Some(rows) = self.opened(answers, &reading).await? {
                        return Ok(rows);
                    }
                }
                Err(BatchError { error, .. }) => self.not_begun(error, &mut wait).await?,
            }
        }
    }

    /// Deals with an error of the text that begins a transaction: nothing is open afterwards.
    async fn not_begun(&mut self, error: DatabaseError, wait: &mut Wait) -> Result<(), ExecuteError> {
        if error.kind == ErrorKind::ConnectionLost {
            return self.lost(&error).await;
        }
        self.rollback().await;
        if error.is_transient() { wait.poll(self.run).await } else { Err(self.run.fail(super::Cause::Database(error))) }
    }

    fn begin_text(&self, text: &mut Text) -> Reading {
        match self.mode {
            Mode::Postgres => postgres::begin(text, self.run),
            Mode::Sqlite => sqlite::begin(text, self.run),
        }
    }

    /// Reads the answers of the text that began the transaction; none if the lock's row had to be put back.
    async fn opened(&mut self, mut answers: Vec<Answer>, reading: &Reading) -> Result<Option<Rows>, ExecuteError> {
        let mut rows_of = |index: usize| answers.get_mut(index).map(|answer| std::mem::take(&mut answer.rows));
        let token =
            reading.token.and_then(&mut rows_of).map(|rows| first_value(rows).and_then(|token| token.parse().ok()));
        if token == Some(None) {
            self.rollback().await;
            self.run.table.ensure_lock_row(self.run.session).await.map_err(|error| self.run.fail(error))?;
            return Ok(None);
        }
        self.open = Some(Open { token: token.flatten().unwrap_or_default(), guard: None });
        let work = self.work();
        let error = match self.run.seen(&mut answers, &reading.glance, work) {
            Ok(seen) if seen.edited.is_empty() => {
                if work.step.is_some() && !seen.progress.is_empty() {
                    self.half_applied = true;
                    self.rollback().await;
                }
                return Ok(Some(seen.rows));
            }
            Ok(seen) => {
                self.rollback().await;
                self.run.refuse_edited(seen.edited).await
            }
            Err(error) => {
                self.rollback().await;
                error
            }
        };
        Err(error)
    }

    /// Runs the statements and moves the rows; COMMIT is left.
    async fn apply(&mut self) -> Result<(), Fault> {
        if self.started.is_none() {
            self.started = Some(Instant::now());
            let work = self.work();
            self.run.started(work);
        }
        self.attempt = crate::journal::attempt();
        match self.mode {
            Mode::Postgres => self.apply_postgres().await,
            Mode::Sqlite => self.apply_sqlite().await,
        }
    }

    /// Adds the row of the history and what else the journal needs at the end of the work; returns what must affect one
    /// row.
    fn journal(&self, text: &mut Text, start: Start) -> Option<usize> {
        let work = self.work();
        if let Some(sql) = self.run.forget_progress(work) {
            text.own(&sql);
        }
        self.run.history_row(work, &self.attempt, start).map(|sql| text.own(&sql))
    }

    /// Undoes the transaction; there may be none.
    async fn rollback(&mut self) {
        self.open = None;
        let _ = self.run.batch("ROLLBACK").await;
        if self.is_single() {
            self.at = self.range.start;
            self.started = None;
            self.run.rows.clone_from(&self.origin.0);
            self.run.done.truncate(self.origin.1);
        }
    }

    /// Connects anew; what the transaction did is gone with the old connection.
    async fn lost(&mut self, error: &DatabaseError) -> Result<(), ExecuteError> {
        self.losses += 1;
        if self.losses > LOSSES {
            return Err(self.run.fail(super::Cause::Database(error.clone())));
        }
        reconnect(self.run, error).await?;
        self.rollback().await;
        Ok(())
    }
}
