//! The bookkeeping anew, from where a person says that the database is: tables of another shape move away, and the
//! history learns what the applied scripts are.
//!
//! The version rows themselves are a plan's. Read [`strange_tables`] first.

use std::sync::Arc;

use alembic_revisions::Script;
use alembic_revisions::dialect::TableName;

use super::repair::{self, Repaired};
use super::{Scripts, compare, history};
use crate::session::{ErrorKind, Session};
use crate::version_table::{VersionTable, VersionTableError};

/// Behind the name of a table that moved away.
const ASIDE: &str = "_old";

/// Returns the tables of the lock and the journal that have other columns than ours.
pub async fn strange_tables(session: &mut dyn Session, table: &TableName) -> Result<Vec<TableName>, VersionTableError> {
    let found = VersionTable::find(session, table).await?;
    let dialect = found.dialect();
    let mut strange = Vec::new();
    for (name, columns) in found.beside() {
        if !found.has(session, &name).await? {
            continue;
        }
        match session.rows(&format!("SELECT {columns} FROM {} WHERE 1 = 0", dialect.table(&name))).await {
            Ok(_) => {}
            Err(error) if error.kind == ErrorKind::Other => strange.push(name),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(strange)
}

/// Returns the name that a table has once it moved away.
pub fn aside(table: &TableName) -> TableName {
    table.beside(ASIDE)
}

/// Moves tables away; the next run makes new ones.
pub async fn move_aside(session: &mut dyn Session, tables: &[TableName]) -> Result<(), VersionTableError> {
    let dialect = session.dialect();
    for table in tables {
        session.execute(&dialect.rename_table(table, &aside(table))).await?;
    }
    Ok(())
}

/// Writes into the history that these scripts, ancestors first, are what the database has, where it does not say so;
/// returns how many.
pub async fn note(
    session: &mut dyn Session,
    table: &TableName,
    scripts: &[Arc<Script>],
    owner: &str,
    stored: Scripts,
) -> Result<usize, VersionTableError> {
    let entries = history::read(session, table).await?;
    let dialect = session.dialect().name();
    let mut noted = 0;
    for script in scripts {
        let ran = compare::applied_entry(&entries, script.revision.id.as_str());
        let is_known = ran.is_some_and(|ran| ran.checksum.is_some() && !compare::is_edited(ran, script, dialect));
        if !is_known && repair::accept(session, table, script, owner, stored).await? == Repaired::Done {
            noted += 1;
        }
    }
    Ok(noted)
}
