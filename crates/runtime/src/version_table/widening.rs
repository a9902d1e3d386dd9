//! The history's columns that came later, added to a table that an earlier version of this program made.
//!
//! Whoever starts first adds them; whoever may not, goes on without. Read [`widen`] first.

use alembic_revisions::DialectName;
use alembic_revisions::dialect::{Dialect, TableName};

use super::{CREATE_ATTEMPTS, VersionTableError, catalog, first_value, patiently, pause};
use crate::journal::history::{self, Shape};
use crate::session::{DatabaseError, ErrorKind, Session};

/// Adds what is missing among these columns, and returns the shape that the history has then.
///
/// Waits two seconds for whoever works with the table: a longer wait would stall readers, and on PostgreSQL lock up with
/// another migrator's CREATE INDEX CONCURRENTLY.
pub(super) async fn widen(
    session: &mut dyn Session,
    dialect: &'static dyn Dialect,
    table: &TableName,
    mut columns: String,
) -> Result<Shape, VersionTableError> {
    let mut attempts = 0;
    loop {
        let statements = history::widen(dialect, table, &columns);
        if statements.is_empty() {
            return Ok(Shape::Wide);
        }
        let Err(error) = add(session, dialect, &statements).await else { return Ok(Shape::Wide) };
        let before = columns;
        columns = first_value(patiently(session, &catalog::columns(dialect, table)).await?).unwrap_or_default();
        match error.kind {
            // Another starter was faster.
            _ if columns != before => {}
            ErrorKind::Denied => return Ok(Shape::Narrow),
            ErrorKind::SerializationOrDeadlock if attempts < CREATE_ATTEMPTS => {}
            _ => return Err(error.into()),
        }
        attempts += 1;
        pause().await;
    }
}

/// Runs the statements, all or none where the database can.
async fn add(session: &mut dyn Session, dialect: &dyn Dialect, statements: &[String]) -> Result<(), DatabaseError> {
    let statements = statements.join(";\n");
    let (before, after) = match dialect.name() {
        DialectName::Postgres => ("BEGIN;\nSET LOCAL lock_timeout = '2s'", "COMMIT"),
        DialectName::Sqlite => ("BEGIN IMMEDIATE", "COMMIT"),
        DialectName::Mysql => {
            ("SET @alembic_wait = @@SESSION.lock_wait_timeout, SESSION lock_wait_timeout = 2", MYSQL_PATIENCE)
        }
    };
    let added = session.batch(&format!("{before};\n{statements};\n{after}")).await;
    if added.is_err() {
        let undo = if dialect.name() == DialectName::Mysql { MYSQL_PATIENCE } else { "ROLLBACK" };
        let _ = session.batch(undo).await;
    }
    added.map(drop).map_err(|failed| failed.error)
}

const MYSQL_PATIENCE: &str = "SET SESSION lock_wait_timeout = @alembic_wait";
