//! Everything one database does differently, as facts and text. Never performs I/O.
//!
//! Read [`Dialect`] first.

mod mysql;
mod postgres;
mod sqlite;

use std::fmt;
use std::str::FromStr;

use crate::revision::{ID_WIDTH, RevisionId};

pub use mysql::Mysql;
pub use postgres::Postgres;
pub use sqlite::Sqlite;

/// The dialects that a script can name; MariaDB reads `mysql`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DialectName {
    Postgres,
    Sqlite,
    Mysql,
}

impl DialectName {
    pub const ALL: [DialectName; 3] = [DialectName::Postgres, DialectName::Sqlite, DialectName::Mysql];

    /// Returns the name that sections and settings use.
    pub fn as_str(self) -> &'static str {
        match self {
            DialectName::Postgres => "postgres",
            DialectName::Sqlite => "sqlite",
            DialectName::Mysql => "mysql",
        }
    }

    /// Returns the facts and the SQL of this dialect.
    pub fn dialect(self) -> &'static dyn Dialect {
        match self {
            DialectName::Postgres => &Postgres,
            DialectName::Sqlite => &Sqlite,
            DialectName::Mysql => &Mysql,
        }
    }

    /// Returns the dialect of a database URL, by the scheme before its first `:`.
    pub fn of_url(url: &str) -> Option<DialectName> {
        let (scheme, _) = url.split_once(':')?;
        DialectName::ALL
            .into_iter()
            .find(|name| name.dialect().url_schemes().iter().any(|known| known.eq_ignore_ascii_case(scheme)))
    }
}

impl fmt::Display for DialectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// No dialect has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown dialect `{0}`; known are postgres, sqlite, mysql")]
pub struct UnknownDialect(pub String);

impl FromStr for DialectName {
    type Err = UnknownDialect;

    fn from_str(text: &str) -> Result<Self, UnknownDialect> {
        DialectName::ALL.into_iter().find(|name| name.as_str() == text).ok_or_else(|| UnknownDialect(text.to_owned()))
    }
}

/// The version table, `alembic_version` unless the settings rename it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TableName {
    /// None: wherever the database looks for unqualified names.
    pub schema: Option<String>,
    pub name: String,
}

impl TableName {
    /// Returns a table without a schema.
    pub fn new(name: impl Into<String>) -> Self {
        TableName { schema: None, name: name.into() }
    }

    /// Returns the table beside this one whose name ends in `suffix`, such as `alembic_version` + `_lock`.
    pub fn beside(&self, suffix: &str) -> Self {
        TableName { schema: self.schema.clone(), name: format!("{}{suffix}", self.name) }
    }
}

impl Default for TableName {
    fn default() -> Self {
        TableName::new("alembic_version")
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// One database, as facts and text. No statement ends in `;`.
///
/// Ids stand in the SQL as literals: a [`RevisionId`] can hold neither quotes nor backslashes.
pub trait Dialect: Sync {
    /// Returns the name that sections and settings use.
    fn name(&self) -> DialectName;

    /// Returns the schemes of this database's URLs, without `:`.
    fn url_schemes(&self) -> &'static [&'static str];

    /// True where a transaction undoes `CREATE` and `ALTER`, too.
    fn transactional_ddl(&self) -> bool;

    /// Returns the identifier, quoted.
    fn quote(&self, identifier: &str) -> String;

    /// Returns the text as a string literal.
    fn literal(&self, text: &str) -> String;

    /// Returns a query for one 64-bit integer: 1 if the table exists, else 0.
    fn table_exists(&self, table: &TableName) -> String;

    /// Returns the table's name as SQL, with its schema.
    fn table(&self, table: &TableName) -> String {
        match &table.schema {
            Some(schema) => format!("{}.{}", self.quote(schema), self.quote(&table.name)),
            None => self.quote(&table.name),
        }
    }

    /// Returns Alembic's definition of the version table.
    fn create_version_table(&self, table: &TableName) -> String {
        let key = self.quote(&format!("{}_pkc", table.name));
        format!(
            "CREATE TABLE IF NOT EXISTS {} (version_num VARCHAR({ID_WIDTH}) NOT NULL, CONSTRAINT {key} PRIMARY KEY (version_num))",
            self.table(table)
        )
    }

    /// Returns a query for all rows, one text column, in the order of their text.
    fn select_rows(&self, table: &TableName) -> String {
        format!("SELECT version_num FROM {} ORDER BY version_num", self.table(table))
    }

    /// Returns the statement that adds a row.
    fn insert_row(&self, table: &TableName, row: &RevisionId) -> String {
        format!("INSERT INTO {} (version_num) VALUES ({})", self.table(table), self.literal(row.as_str()))
    }

    /// Returns the statement that turns one row into another; it must change exactly one.
    fn update_row(&self, table: &TableName, from: &RevisionId, to: &RevisionId) -> String {
        let (from, to) = (self.literal(from.as_str()), self.literal(to.as_str()));
        format!("UPDATE {} SET version_num = {to} WHERE version_num = {from}", self.table(table))
    }

    /// Returns the statement that removes a row; it must change exactly one.
    fn delete_row(&self, table: &TableName, row: &RevisionId) -> String {
        format!("DELETE FROM {} WHERE version_num = {}", self.table(table), self.literal(row.as_str()))
    }

    /// Returns the statement that gives a table another name in the same schema.
    fn rename_table(&self, table: &TableName, new: &TableName) -> String {
        let new = match self.name() {
            // Without a schema it would move into the current one.
            DialectName::Mysql => self.table(new),
            DialectName::Postgres | DialectName::Sqlite => self.quote(&new.name),
        };
        format!("ALTER TABLE {} RENAME TO {new}", self.table(table))
    }

    /// Returns the statement that empties the version table, for `stamp --purge`.
    fn delete_all_rows(&self, table: &TableName) -> String {
        format!("DELETE FROM {}", self.table(table))
    }
}

/// Returns `text` between two `quote` characters, with those inside doubled, as SQL has it.
fn doubled(text: &str, quote: char) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(quote);
    for character in text.chars() {
        if character == quote {
            quoted.push(quote);
        }
        quoted.push(character);
    }
    quoted.push(quote);
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> RevisionId {
        text.parse().unwrap()
    }

    #[test]
    fn urls_name_their_dialect() {
        for (url, expected) in [
            ("sqlite:arena.db", Some(DialectName::Sqlite)),
            ("sqlite://:memory:", Some(DialectName::Sqlite)),
            ("postgres://localhost/arena", Some(DialectName::Postgres)),
            ("PostgreSQL://localhost/arena", Some(DialectName::Postgres)),
            ("mysql://localhost/arena", Some(DialectName::Mysql)),
            ("mariadb://localhost/arena", Some(DialectName::Mysql)),
            ("oracle://localhost/arena", None),
            ("arena.db", None),
        ] {
            assert_eq!(DialectName::of_url(url), expected, "{url}");
        }
    }

    #[test]
    fn names_are_quoted_as_each_database_has_it() {
        let table = TableName { schema: Some("our\"s".into()), name: "ver`sion".into() };
        let quoted = DialectName::ALL.map(|name| name.dialect().table(&table));
        assert_eq!(quoted, ["\"our\"\"s\".\"ver`sion\"", "\"our\"\"s\".\"ver`sion\"", "`our\"s`.`ver``sion`"]);
    }

    #[test]
    fn the_version_table_is_that_of_alembic() {
        let table = TableName::default();
        assert_eq!(
            Postgres.create_version_table(&table),
            "CREATE TABLE IF NOT EXISTS \"alembic_version\" (version_num VARCHAR(32) NOT NULL, \
             CONSTRAINT \"alembic_version_pkc\" PRIMARY KEY (version_num))"
        );
        assert_eq!(table.beside("_lock").to_string(), "alembic_version_lock");
    }

    #[test]
    fn rows_are_changed_one_at_a_time() {
        let table = TableName::default();
        assert_eq!(
            Sqlite.insert_row(&table, &id("ae10")),
            "INSERT INTO \"alembic_version\" (version_num) VALUES ('ae10')"
        );
        assert_eq!(
            Mysql.update_row(&table, &id("ae10"), &id("27c6")),
            "UPDATE `alembic_version` SET version_num = '27c6' WHERE version_num = 'ae10'"
        );
        assert_eq!(
            Postgres.delete_row(&table, &id("ae10")),
            "DELETE FROM \"alembic_version\" WHERE version_num = 'ae10'"
        );
    }

    #[test]
    fn literals_survive_quotes_and_backslashes() {
        assert_eq!(Postgres.literal("it's"), "'it''s'");
        assert_eq!(Postgres.literal("a\\b"), "E'a\\\\b'");
        assert_eq!(Sqlite.literal("a\\'b"), "'a\\''b'");
        assert_eq!(Mysql.literal("a\\'b"), "'a\\\\''b'");
    }
}
