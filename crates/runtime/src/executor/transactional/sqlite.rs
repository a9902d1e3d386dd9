//! SQLite: the texts of a transactional revision, and its foreign keys, see `reliability.md` §2.
//!
//! Foreign keys are off while a script runs, because a rebuild would otherwise delete the rows of child tables; what
//! points nowhere is found afterwards. Read [`begin`] first.

use super::super::failure::ExecuteError;
use super::super::foreign_keys::{self, REBUILD_BEGINS, REBUILD_ENDS, Violations, exceeds, is_rebuild};
use super::super::run::Run;
use super::super::rust_step;
use super::super::text::Text;
use super::super::words::is_create;
use super::fault::Fault;
use super::{Reading, Segment};
use crate::journal::history::Start;
use crate::session::ErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// What pointed nowhere may have done so before the step.
    TryAgain,
    Guilty,
}

/// Adds the beginning of a transaction that may write, or fails at once if another one does.
pub(super) fn begin(text: &mut Text, run: &Run<'_>) -> Reading {
    // Inside a transaction this has no effect.
    text.own("PRAGMA foreign_keys = OFF");
    text.own("BEGIN IMMEDIATE");
    Reading { token: None, glance: run.glance(text) }
}

impl Segment<'_, '_> {
    /// Sends the statements one at a time, then what surrounds them.
    pub(super) async fn apply_sqlite(&mut self) -> Result<(), Fault> {
        let work = self.work();
        let guard = format!("alembic_{:012x}", fastrand::u64(..) >> 16);
        self.run.batch(&format!("SAVEPOINT {guard}")).await.map_err(Fault::Own)?;
        if let Some(open) = &mut self.open {
            open.guard = Some(guard.clone());
        }
        if is_rebuild(&work) {
            self.run.batch(REBUILD_BEGINS).await.map_err(Fault::Own)?;
        }
        let outcome = self.statements_sqlite().await;
        if is_rebuild(&work) {
            let ended = self.run.batch(REBUILD_ENDS).await.map_err(Fault::Own);
            outcome.and(ended.map(|_| ()))?;
        } else {
            outcome?;
        }
        rust_step::run(self.run, work).await.map_err(Fault::Rust)?;
        let mut text = Text::default();
        text.own(&format!("RELEASE SAVEPOINT {guard}"));
        if work.purge {
            text.own(&self.run.table.delete_all());
        }
        let changes = self.run.table.change(work.change);
        let mut counted: Vec<usize> = changes.iter().map(|sql| text.own(sql)).collect();
        let elapsed = self.started.map(|started| started.elapsed()).unwrap_or_default();
        let recorded = self.journal(&mut text, Start::Ago(elapsed));
        counted.extend(recorded);
        let sent = self.run.session.batch(&text.sql).await;
        if let Some(open) = &mut self.open {
            let inside = sent.as_ref().is_err_and(|failed| failed.completed == 0);
            open.guard = inside.then_some(guard);
        }
        match sent {
            Ok(counts) if counted.iter().all(|index| counts.get(*index) == Some(&1)) => {}
            Ok(_) => return Err(Fault::RowMismatch),
            Err(failed) if failed.completed == 0 && failed.error.kind == ErrorKind::NoTransaction => {
                return Err(Fault::Ended);
            }
            Err(failed) if Some(failed.completed) == recorded => return Err(Fault::History(failed.error)),
            Err(failed) => return Err(Fault::Own(failed.error)),
        }
        // New and empty tables cannot break a foreign key, and the check reads every row of every child table.
        if work.statements().all(is_create) && !rust_step::is_wanted(self.run, work) {
            return Ok(());
        }
        let found = foreign_keys::check(self.run).await.map_err(Fault::Own)?;
        if exceeds(&found, self.known_violations.as_ref()) { Err(Fault::ForeignKeys(found)) } else { Ok(()) }
    }

    async fn statements_sqlite(&mut self) -> Result<(), Fault> {
        for (index, sql) in self.work().statements().enumerate() {
            if let Err(error) = self.run.batch(sql).await {
                return Err(Fault::Statement { index, position: error.position.clone(), error });
            }
        }
        Ok(())
    }

    /// Decides, after the rollback, whether the step broke foreign keys or found them broken.
    pub(super) async fn judge(&mut self, found: &Violations) -> Result<Judgement, ExecuteError> {
        if self.known_violations.is_some() {
            return Ok(Judgement::Guilty);
        }
        let before = foreign_keys::check(self.run).await;
        let before = before.map_err(|error| self.run.fail(super::super::Cause::Database(error)))?;
        let guilty = exceeds(found, Some(&before));
        self.known_violations = Some(before);
        Ok(if guilty { Judgement::Guilty } else { Judgement::TryAgain })
    }
}
