//! What can go wrong inside a transaction, and what becomes of the step then: repeated, or given up with its reason.
//!
//! Read [`Fault`] first.

use std::ops::Range;

use super::super::failure::{At, Cause, ExecuteError};
use super::super::foreign_keys::{Violations, violations};
use super::super::rust_step::RustFailure;
use super::super::text::place;
use super::super::words::ends_transaction;
use super::Segment;
use super::sqlite::Judgement;
use crate::session::{DatabaseError, ErrorKind};

/// Why a step could not be applied; the transaction is still open, or ended by the script.
pub(super) enum Fault {
    /// A statement of the script failed.
    Statement { index: usize, position: Option<Range<usize>>, error: DatabaseError },
    /// The Rust code failed.
    Rust(RustFailure),
    /// A statement of ours failed.
    Own(DatabaseError),
    /// The history's row could not be written.
    History(DatabaseError),
    /// The savepoint of ours is gone.
    Ended,
    /// SQLite: these foreign keys point to no row.
    ForeignKeys(Violations),
    /// A change of the version table did not affect exactly one row.
    RowMismatch,
}

impl Fault {
    fn error(&self) -> Option<&DatabaseError> {
        match self {
            Fault::Statement { error, .. } | Fault::Own(error) | Fault::History(error) => Some(error),
            Fault::Rust(failure) => failure.database(),
            Fault::Ended | Fault::ForeignKeys(_) | Fault::RowMismatch => None,
        }
    }
}

impl Segment<'_, '_> {
    /// Rolls back, then returns for another attempt or fails for good.
    pub(super) async fn recover(&mut self, fault: Fault) -> Result<(), ExecuteError> {
        let work = self.work();
        if let Some(error) = fault.error()
            && error.kind == ErrorKind::ConnectionLost
            && self.losses < super::LOSSES
        {
            let error = error.clone();
            return self.lost(&error).await;
        }
        let ended = matches!(fault, Fault::Ended) || !self.is_intact(&fault).await;
        if ended {
            let error = self.ended(&fault);
            self.rollback().await;
            return Err(error);
        }
        let error = fault.error().cloned();
        self.rollback().await;
        let interrupted = match &fault {
            Fault::Rust(_) => self.run.options.cancel.is_requested(),
            _ => error.as_ref().is_some_and(|error| self.run.is_interruption(error)),
        };
        if interrupted {
            return Err(self.run.interrupted(None));
        }
        if let Some(error) = error
            && let Some(pause) = self.retry.after(&error, self.run.options)
        {
            self.run.pause(work, &error, pause).await;
            return self.run.check_cancelled();
        }
        if let Fault::ForeignKeys(found) = &fault
            && self.judge(found).await? == Judgement::TryAgain
        {
            return Ok(());
        }
        Err(self.run.fail(self.cause(work, fault)))
    }

    /// True if the transaction that we began is the one that the failure happened in.
    async fn is_intact(&mut self, fault: &Fault) -> bool {
        let Some(guard) = self.open.as_ref().and_then(|open| open.guard.clone()) else { return true };
        let back = self.run.batch(&format!("ROLLBACK TO SAVEPOINT {guard}")).await;
        let gone = matches!(back, Err(error) if error.kind == ErrorKind::NoTransaction);
        // SQLite rolls back by itself after some errors, such as a full disk; its scripts cannot end a transaction
        // without a statement that says so.
        let may_end = match fault {
            Fault::Rust(failure) => !failure.undoes_by_itself(),
            _ => self.ending_statement(fault).is_some(),
        };
        let may_end = may_end || !matches!(self.mode, super::Mode::Sqlite);
        !(gone && may_end)
    }

    /// Returns the last statement up to the failed one that ends a transaction.
    fn ending_statement(&self, fault: &Fault) -> Option<usize> {
        let work = self.work();
        let last = match fault {
            Fault::Statement { index, .. } => *index + 1,
            _ => work.len(),
        };
        (0..last).rev().find(|index| ends_transaction(work.sql(*index)))
    }

    fn ended(&self, fault: &Fault) -> ExecuteError {
        let work = self.work();
        let index = self.ending_statement(fault);
        let rows_after = self.run.rows_after(work);
        match self.run.at(work, index, None).map(|at| self.placed(at, index)) {
            Some(at) => self.run.fail(Cause::TransactionEnded { at, rows_after }),
            None => self.run.stale(&self.run.rows.clone()),
        }
    }

    /// Adds the place of the whole statement with this index.
    fn placed(&self, mut at: At, index: Option<usize>) -> At {
        let statement = index.and_then(|index| self.work().step?.statements.get(index));
        let nothing = DatabaseError::new(ErrorKind::Other, "");
        at.place = statement.map(|statement| {
            let dialect = self.run.table.dialect().name();
            let label = "the transaction ended here".to_owned();
            alembic_revisions::Place { label, ..place(statement, None, &nothing, dialect) }
        });
        at
    }

    fn cause(&self, work: super::Work<'_>, fault: Fault) -> Cause {
        let at = |statement, place| self.run.at(work, statement, place);
        match fault {
            Fault::Statement { index, position, error } => {
                let statement = work.step.and_then(|step| step.statements.get(index));
                let dialect = self.run.table.dialect().name();
                let place = statement.map(|statement| place(statement, position, &error, dialect));
                match at(Some(index), place) {
                    Some(at) => Cause::Statement { at, error },
                    None => Cause::Database(error),
                }
            }
            Fault::Rust(error) => match at(None, None) {
                Some(at) => Cause::RustStep { at, error },
                None => Cause::Database(DatabaseError::new(ErrorKind::Other, error.to_string())),
            },
            Fault::Own(error) => Cause::Database(error),
            Fault::History(error) => self.run.table.no_history(error.into()).into(),
            Fault::ForeignKeys(found) => match at(None, None) {
                Some(at) => Cause::ForeignKeys { at, violations: violations(&found, self.known_violations.as_ref()) },
                None => Cause::Database(DatabaseError::new(ErrorKind::Other, "foreign keys point to no row")),
            },
            // Nobody else could write, so it was the script; a stamp has none.
            Fault::RowMismatch | Fault::Ended => match at(None, None) {
                Some(at) => Cause::RowMismatch { at },
                None => {
                    Cause::Database(DatabaseError::new(ErrorKind::Other, "the version table changed under its lock"))
                }
            },
        }
    }
}
