//! What Rust code of a revision works with: the connection that the revision's transaction is open on.
//!
//! Read [`StepConnection`] first.

use alembic_revisions::revision::RevisionId;
use alembic_revisions::{DialectName, Direction};

use super::{DatabaseError, ErrorKind, Row, Session};
use crate::cancel::Cancel;

/// The connection of a revision's transaction. Rust code must not end that transaction, nor begin one of its own.
pub struct StepConnection<'s> {
    pub(crate) session: &'s mut dyn Session,
    pub(crate) revision: &'s RevisionId,
    pub(crate) direction: Direction,
    pub(crate) cancel: &'s Cancel,
}

impl StepConnection<'_> {
    /// Returns the revision that the code runs for.
    pub fn revision(&self) -> &RevisionId {
        self.revision
    }

    /// Returns which section of the script the code runs behind.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// Returns the database's dialect.
    pub fn dialect(&self) -> DialectName {
        self.session.dialect().name()
    }

    /// True once somebody wishes to stop; code that works for long returns an error then.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_requested()
    }

    /// Runs one statement and returns how many rows it affected.
    pub async fn execute(&mut self, sql: &str) -> Result<u64, DatabaseError> {
        self.heed()?;
        self.session.execute(sql).await
    }

    /// Runs one query and returns its rows, each value as the database writes it.
    pub async fn rows(&mut self, sql: &str) -> Result<Vec<Row>, DatabaseError> {
        self.heed()?;
        self.session.rows(sql).await
    }

    /// Returns the connection of `sqlx` on PostgreSQL.
    #[cfg(feature = "postgres")]
    pub fn postgres(&mut self) -> Option<&mut sqlx::PgConnection> {
        self.session.postgres()
    }

    /// Returns the connection of `sqlx` on SQLite.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(&mut self) -> Option<&mut sqlx::SqliteConnection> {
        self.session.sqlite()
    }

    /// Returns the connection of `sqlx` on MySQL and MariaDB.
    #[cfg(feature = "mysql")]
    pub fn mysql(&mut self) -> Option<&mut sqlx::MySqlConnection> {
        self.session.mysql()
    }

    fn heed(&self) -> Result<(), DatabaseError> {
        if self.is_cancelled() { Err(DatabaseError::new(ErrorKind::Cancelled, "interrupted")) } else { Ok(()) }
    }
}
