//! The state of one run: what is to be done, what is done, and whom to tell.
//!
//! Sends no migration text. Read [`Run`] first.

use std::sync::Arc;
use std::time::Duration;

use alembic_revisions::diagnose::Place;
use alembic_revisions::plan::{RowsChange, Step};
use alembic_revisions::{Plan, Script};

use super::failure::{At, Cause, ExecuteError, Kept};
use super::options::{Report, RunOptions, StepReport};
use super::under_way::UnderWay;
use crate::event::{Event, Observer};
use crate::session::{BatchError, DatabaseError, ErrorKind, Row, Session};
use crate::version_table::{Rows, VersionTable, after};

/// One change of the version table, with the step that it belongs to; a stamp has none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Work<'a> {
    pub change: &'a RowsChange,
    pub step: Option<&'a Step>,
    pub index: usize,
    /// Every row goes first, whatever it says.
    pub purge: bool,
}

impl<'a> Work<'a> {
    pub fn sql(&self, statement: usize) -> &'a str {
        self.step.and_then(|step| step.statements.get(statement)).map_or("", |statement| statement.sql())
    }

    pub fn len(&self) -> usize {
        self.step.map_or(0, |step| step.statements.len())
    }

    pub fn statements(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.step.into_iter().flat_map(|step| step.statements.iter().map(|statement| statement.sql()))
    }

    /// Returns the rows that the version table has once this is done, from those that it has before.
    pub fn after(&self, before: &Rows) -> Rows {
        if self.purge { after(&Rows::new(), self.change) } else { after(before, self.change) }
    }
}

pub(super) struct Run<'a> {
    pub session: &'a mut dyn Session,
    pub table: VersionTable,
    pub options: &'a RunOptions,
    pub observer: &'a mut dyn Observer,
    pub work: Vec<Work<'a>>,
    /// The rows that the database has, as far as this run knows.
    pub rows: Rows,
    pub done: Vec<StepReport>,
    pub total: usize,
    /// The scripts that the database has already.
    pub applied: &'a [Arc<Script>],
    /// The scripts that the database has already were compared with its history.
    pub verified: bool,
    /// What a wish to stop cancels.
    pub under_way: UnderWay,
}

impl<'a> Run<'a> {
    pub fn new(
        session: &'a mut dyn Session,
        table: VersionTable,
        plan: &'a Plan,
        options: &'a RunOptions,
        observer: &'a mut dyn Observer,
    ) -> Self {
        let steps = plan.steps.iter().enumerate();
        let steps = steps.map(|(index, step)| Work { change: &step.change, step: Some(step), index, purge: false });
        let stamp = plan.stamp.iter();
        let stamp = stamp.map(|change| Work { change, step: None, index: plan.steps.len(), purge: plan.purge });
        let rows = plan.from.iter().map(|row| row.as_str().to_owned()).collect();
        let (work, total) = (steps.chain(stamp).collect(), plan.steps.len());
        let (applied, under_way) = (plan.applied.as_slice(), UnderWay::default());
        let (done, verified) = (Vec::new(), false);
        Run { session, table, options, observer, work, rows, done, total, applied, verified, under_way }
    }

    pub fn report(self) -> Report {
        Report { steps: self.done, rows: self.rows.into_iter().collect() }
    }

    /// Returns the error that stops this run for `cause`.
    pub fn fail(&self, cause: impl Into<Cause>) -> ExecuteError {
        let cause = cause.into();
        let rows = match &cause {
            Cause::StalePlan { now, .. } => now.clone(),
            _ => listed(&self.rows),
        };
        ExecuteError { cause: Box::new(cause), done: self.done.clone(), rows: Some(rows) }
    }

    pub fn stale(&self, now: &Rows) -> ExecuteError {
        self.fail(Cause::StalePlan { expected: listed(&self.rows), now: listed(now) })
    }

    pub fn check_cancelled(&self) -> Result<(), ExecuteError> {
        if self.options.cancel.is_requested() { Err(self.interrupted(None)) } else { Ok(()) }
    }

    pub fn interrupted(&self, kept: Option<Kept>) -> ExecuteError {
        self.fail(Cause::Interrupted { kept })
    }

    /// True if a statement failed, or is not worth another attempt, because somebody wishes to stop.
    pub fn is_interruption(&self, error: &DatabaseError) -> bool {
        self.options.cancel.is_requested() && (error.kind == ErrorKind::Cancelled || error.is_transient())
    }

    /// Returns an error for a wish to stop that is heard between two statements.
    pub fn wish(&self) -> Option<DatabaseError> {
        let requested = self.options.cancel.is_requested();
        requested.then(|| DatabaseError::new(ErrorKind::Cancelled, "interrupted"))
    }

    pub fn started(&mut self, work: Work<'_>) {
        if let Some(step) = work.step {
            self.observer.on(&Event::Started { step, index: work.index, total: self.total });
        }
    }

    /// Tells how many statements of a work that has no transaction have run.
    pub fn ran(&mut self, work: Work<'_>, statements: usize) {
        if let Some(step) = work.step {
            self.observer.on(&Event::Ran { step, statements });
        }
    }

    /// Records that the work is done: its rows are the database's. Tells so.
    pub fn finished(&mut self, work: Work<'_>, elapsed: Duration) {
        self.record(work, elapsed);
        if let Some(step) = work.step {
            self.observer.on(&Event::Finished { step, index: work.index, total: self.total, elapsed });
        }
    }

    /// Records that the work is done.
    pub fn record(&mut self, work: Work<'_>, elapsed: Duration) {
        self.rows = self.after(work);
        let Some(step) = work.step else { return };
        self.done.push(StepReport {
            revision: step.script.revision.id.clone(),
            direction: step.direction,
            elapsed,
            rows_after: listed(&self.rows),
        });
    }

    /// Tells that `work` is repeated, then waits; a wish to stop ends the wait.
    pub async fn pause(&mut self, work: Work<'_>, reason: &DatabaseError, pause: Duration) {
        let reason = reason.to_string();
        self.observer.on(&Event::Retrying { step: work.step, reason: &reason, pause });
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.options.cancel.requested() => {}
        }
    }

    /// Returns the rows that the version table has once `work` is done.
    pub fn rows_after(&self, work: Work<'_>) -> Vec<String> {
        listed(&self.after(work))
    }

    pub fn after(&self, work: Work<'_>) -> Rows {
        work.after(&self.rows)
    }

    /// True if `work` may start from `rows`. A purge starts from any.
    pub fn accepts(&mut self, rows: &Rows, work: Work<'_>) -> bool {
        if work.purge {
            self.rows.clone_from(rows);
        }
        self.rows == *rows
    }

    /// Reads the rows of the version table for `work`; a purge takes even those that are NULL.
    pub fn texts(&self, rows: Vec<Row>, work: Work<'_>) -> Result<Rows, ExecuteError> {
        if work.purge {
            return Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect());
        }
        let texts = self.table.texts(rows).map_err(|error| self.fail(error))?;
        Ok(texts.into_iter().collect())
    }

    /// Returns where `work` is in its script, for an error.
    pub fn at(&self, work: Work<'_>, statement: Option<usize>, place: Option<Place>) -> Option<At> {
        let step = work.step?;
        let (script, total) = (step.script.clone(), step.statements.len());
        Some(At { script, direction: step.direction, statement, total, place })
    }

    /// Sends one text of ours; the number of statements that succeeded does not matter.
    pub async fn batch(&mut self, sql: &str) -> Result<Vec<u64>, DatabaseError> {
        self.session.batch(sql).await.map_err(|BatchError { error, .. }| error)
    }
}

pub(super) fn listed(rows: &Rows) -> Vec<String> {
    rows.iter().cloned().collect()
}
