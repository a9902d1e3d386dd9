//! PostgreSQL.

use super::{Dialect, DialectName, TableName, doubled};

/// PostgreSQL, as facts and text.
pub struct Postgres;

impl Dialect for Postgres {
    fn name(&self) -> DialectName {
        DialectName::Postgres
    }

    fn url_schemes(&self) -> &'static [&'static str] {
        &["postgres", "postgresql"]
    }

    fn transactional_ddl(&self) -> bool {
        true
    }

    fn quote(&self, identifier: &str) -> String {
        doubled(identifier, '"')
    }

    fn literal(&self, text: &str) -> String {
        // An E-literal means the same whatever standard_conforming_strings says.
        let quoted = doubled(&text.replace('\\', "\\\\"), '\'');
        if text.contains('\\') { format!("E{quoted}") } else { quoted }
    }

    fn table_exists(&self, table: &TableName) -> String {
        // Looks where an unqualified name is looked up: along search_path.
        format!("SELECT count(to_regclass({}))", self.literal(&self.table(table)))
    }
}
