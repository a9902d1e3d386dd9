//! The COMMIT of a step, together with the BEGIN of the next one, and the case that its answer is lost.
//!
//! Read [`Segment::commit`] first.

use super::super::failure::{Cause, ExecuteError};
use super::super::patience::Wait;
use super::super::text::Text;
use super::{Mode, Segment};
use crate::session::{BatchError, DatabaseError, ErrorKind};
use crate::version_table::Rows;

impl Segment<'_, '_> {
    /// Commits the applied work and begins the next one.
    pub(super) async fn commit(&mut self) -> Result<(), ExecuteError> {
        let last = self.at + 1 == self.range.end;
        if self.is_single() && !last {
            self.committed();
            if self.run.options.cancel.is_requested() {
                self.rollback().await;
            }
            return self.run.check_cancelled();
        }
        // SQLite goes on with several revisions at once.
        let begins = self.is_single() || matches!(self.mode, Mode::Postgres);
        let chained = begins && !last && !self.run.options.cancel.is_requested();
        let mut text = Text::default();
        text.own("COMMIT");
        let reading = chained.then(|| self.begin_text(&mut text));
        match self.run.session.answers(&text.sql).await {
            Ok(answers) => {
                self.committed();
                let Some(reading) = reading else { return Ok(()) };
                match self.opened(answers, &reading).await? {
                    Some(rows) => self.expect(&rows).await,
                    None => Ok(()),
                }
            }
            Err(BatchError { completed: 0, error }) => self.not_committed(error).await,
            // The COMMIT succeeded; the next work begins by itself.
            Err(BatchError { error, .. }) => {
                self.committed();
                if error.is_transient() {
                    self.rollback().await;
                    return Ok(());
                }
                self.not_begun(error, &mut Wait::new()).await
            }
        }
    }

    /// Notes that the work is done; the transaction is over unless it is the single one.
    fn committed(&mut self) {
        let elapsed = self.started.take().map(|started| started.elapsed()).unwrap_or_default();
        let work = self.work();
        self.run.finished(work, elapsed);
        self.at += 1;
        self.retry = super::Retry::new();
        self.losses = 0;
        self.known_violations = None;
        match &mut self.open {
            Some(open) if self.run.options.transactions == super::Transactions::Single => open.guard = None,
            open => *open = None,
        }
    }

    async fn not_committed(&mut self, error: DatabaseError) -> Result<(), ExecuteError> {
        let work = self.work();
        match error.kind {
            ErrorKind::ConnectionLost => self.find_out(error).await,
            // SQLite: a reader is in the way. The transaction stays open, so only the COMMIT is repeated.
            ErrorKind::Busy => match self.retry.after(&error, self.run.options) {
                Some(pause) => {
                    self.run.pause(work, &error, pause).await;
                    Box::pin(self.commit()).await
                }
                None => self.give_up(error).await,
            },
            _ if error.is_transient() => match self.retry.after(&error, self.run.options) {
                Some(pause) => {
                    self.rollback().await;
                    self.run.pause(work, &error, pause).await;
                    Ok(())
                }
                None => self.give_up(error).await,
            },
            _ => self.give_up(error).await,
        }
    }

    async fn give_up(&mut self, error: DatabaseError) -> Result<(), ExecuteError> {
        let at = self.run.at(self.work(), None, None);
        self.rollback().await;
        if self.run.is_interruption(&error) {
            return Err(self.run.interrupted(None));
        }
        Err(self.run.fail(match at {
            Some(at) => Cause::Commit { at, error },
            None => Cause::Database(error),
        }))
    }

    /// The answer to the COMMIT is lost. Owning the lock proves that the old transaction is over; the history then tells.
    async fn find_out(&mut self, error: DatabaseError) -> Result<(), ExecuteError> {
        let (at, done) = (self.at, self.run.done.clone());
        let before = self.run.rows.clone();
        let committed = self.run.after(self.work());
        let started = self.started;
        self.lost(&error).await?;
        let attempt = self.attempt.clone();
        let rows: Rows = self.lock().await?;
        let known = self.run.happened(&attempt).await.map_err(|error| self.run.fail(Cause::Database(error)))?;
        // Without a history the rows tell, unless somebody else moved them on.
        if !known.unwrap_or(rows == committed) {
            return self.expect(&rows).await;
        }
        // A single transaction went back to its origin when the connection was lost.
        (self.at, self.run.done, self.run.rows, self.started) = (at, done, before, started);
        let open = self.open.take();
        self.committed();
        self.open = open.filter(|_| self.at < self.range.end);
        if self.open.is_none() {
            let _ = self.run.batch("ROLLBACK").await;
        }
        Ok(())
    }
}
