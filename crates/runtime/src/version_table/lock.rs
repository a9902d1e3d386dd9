//! The SQL of the lock's table: one row with a token that only the holder of the lock counts up.

use alembic_revisions::DialectName;
use alembic_revisions::dialect::{Dialect, TableName};

use crate::journal::plain_literal;

pub(super) const COLUMNS: &str = "id, token, owner, lease_until";

/// Returns the statement that makes the lock's table.
pub(super) fn create(dialect: &dyn Dialect, lock: &TableName) -> String {
    let table = dialect.table(lock);
    let (owner, time, suffix) = match dialect.name() {
        DialectName::Mysql => ("VARCHAR(200)", "DATETIME(6)", " ENGINE=InnoDB"),
        DialectName::Postgres | DialectName::Sqlite => ("TEXT", "TIMESTAMP", ""),
    };
    format!(
        "CREATE TABLE IF NOT EXISTS {table} (id INT NOT NULL PRIMARY KEY, token BIGINT NOT NULL, owner {owner} NULL, \
         lease_until {time} NULL){suffix}"
    )
}

/// Returns the statement that puts the lock's row there unless it is there.
pub(super) fn insert(dialect: &dyn Dialect, lock: &TableName) -> String {
    let table = dialect.table(lock);
    match dialect.name() {
        DialectName::Mysql => format!("INSERT IGNORE INTO {table} (id, token) VALUES (1, 0)"),
        DialectName::Postgres | DialectName::Sqlite => {
            format!("INSERT INTO {table} (id, token) VALUES (1, 0) ON CONFLICT DO NOTHING")
        }
    }
}

/// Returns the compare-and-swap of the token, which must affect one row.
pub(crate) fn count_up(dialect: &dyn Dialect, lock: &TableName, token: i64, owner: &str) -> String {
    format!(
        "UPDATE {} SET token = token + 1, owner = {} WHERE id = 1 AND token = {token}",
        dialect.table(lock),
        owner_literal(dialect, owner)
    )
}

/// Returns the owner as a literal, cut to the width that its column has on MySQL.
pub(crate) fn owner_literal(dialect: &dyn Dialect, owner: &str) -> String {
    plain_literal(dialect, owner, 200)
}
