//! SQLite.

use super::{Dialect, DialectName, TableName, doubled};

/// SQLite, as facts and text.
pub struct Sqlite;

impl Dialect for Sqlite {
    fn name(&self) -> DialectName {
        DialectName::Sqlite
    }

    fn url_schemes(&self) -> &'static [&'static str] {
        &["sqlite"]
    }

    fn transactional_ddl(&self) -> bool {
        true
    }

    fn quote(&self, identifier: &str) -> String {
        doubled(identifier, '"')
    }

    fn literal(&self, text: &str) -> String {
        doubled(text, '\'')
    }

    fn table_exists(&self, table: &TableName) -> String {
        let catalog = table.schema.as_ref().map_or_else(String::new, |schema| format!("{}.", self.quote(schema)));
        // Names of tables are the same in any case.
        format!(
            "SELECT count(*) FROM {catalog}sqlite_master WHERE type = 'table' AND name = {} COLLATE NOCASE",
            self.literal(&table.name)
        )
    }
}
