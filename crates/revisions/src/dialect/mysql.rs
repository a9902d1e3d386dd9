//! MySQL and MariaDB.

use super::{Dialect, DialectName, TableName, doubled};

/// MySQL and MariaDB, as facts and text.
pub struct Mysql;

impl Dialect for Mysql {
    fn name(&self) -> DialectName {
        DialectName::Mysql
    }

    fn url_schemes(&self) -> &'static [&'static str] {
        &["mysql", "mariadb"]
    }

    fn transactional_ddl(&self) -> bool {
        false
    }

    fn quote(&self, identifier: &str) -> String {
        doubled(identifier, '`')
    }

    fn literal(&self, text: &str) -> String {
        doubled(&text.replace('\\', "\\\\"), '\'')
    }

    fn table_exists(&self, table: &TableName) -> String {
        let schema = table.schema.as_ref().map_or_else(|| "DATABASE()".to_owned(), |schema| self.literal(schema));
        format!(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = {schema} AND table_name = {}",
            self.literal(&table.name)
        )
    }
}
