//! The statement under way, and how it is cancelled: on PostgreSQL and MySQL only from a second connection.
//!
//! A cancelled statement fails like any other; what becomes of it then is the executor's. SQLite looks at the wish by
//! itself, see [`Session::heed`]. Read [`cancelled`] first.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alembic_revisions::dialect::Dialect;

use crate::cancel::Cancel;
use crate::journal::plain_literal;
use crate::session::{Door, Session};

/// A statement may begin just after it was looked for, so it is looked for again.
const AGAIN: Duration = Duration::from_millis(250);

/// The SQL that cancels what a session runs; none while it runs nothing that takes long.
#[derive(Clone, Debug, Default)]
pub(super) struct UnderWay(Arc<Mutex<Option<String>>>);

/// While one lives, `UnderWay` has its SQL.
pub(super) struct Running(UnderWay);

impl UnderWay {
    pub fn begin(&self, cancellation: String) -> Running {
        *self.lock() = Some(cancellation);
        Running(self.clone())
    }

    fn cancellation(&self) -> Option<String> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        *self.0.lock() = None;
    }
}

/// Runs `work` to its end; once somebody wishes to stop, cancels the statements that it has under way.
pub(super) async fn cancelled<T>(
    work: impl Future<Output = T>,
    cancel: &Cancel,
    door: Option<&dyn Door>,
    under_way: &UnderWay,
) -> T {
    // Without a second connection the wish is heard between two statements.
    let Some(door) = door else { return work.await };
    let watch = async {
        cancel.requested().await;
        let mut beside = None;
        loop {
            beside = stop(door, under_way, beside).await;
            tokio::time::sleep(AGAIN).await;
        }
    };
    tokio::select! {
        outcome = work => outcome,
        never = watch => never,
    }
}

/// Cancels what is under way; returns the second connection for the next time, if it still works.
async fn stop(door: &dyn Door, under_way: &UnderWay, beside: Option<Box<dyn Session>>) -> Option<Box<dyn Session>> {
    under_way.cancellation()?;
    let mut beside = match beside {
        Some(beside) => beside,
        None => door.open().await.ok()?,
    };
    // Meanwhile another statement may be under way, or none.
    if let Some(sql) = under_way.cancellation() {
        beside.execute(&sql).await.ok()?;
    }
    Some(beside)
}

/// Returns the comment in front of a text by which PostgreSQL's list of activity shows whose it is.
pub(super) fn mark(attempt: &str) -> String {
    format!("/* alembic {attempt} */ ")
}

/// Returns the backends that work on a text of this attempt, behind what is to be selected.
pub(super) fn active(dialect: &dyn Dialect, attempt: &str) -> String {
    let mark = mark(attempt);
    format!(
        "FROM pg_catalog.pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND left(query, {}) = {}",
        mark.chars().count(),
        plain_literal(dialect, &mark, 100)
    )
}

/// Returns the SQL that cancels, on PostgreSQL, what works on a text of this attempt.
pub(super) fn cancel_marked(dialect: &dyn Dialect, attempt: &str) -> String {
    format!("SELECT pg_cancel_backend(pid) {}", active(dialect, attempt))
}
