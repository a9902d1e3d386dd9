//! Which tables a script names as the ones it changes: for the look at a merge's two sides.
//!
//! Words decide, as in [`crate::loss`]; a table that only a function's body names is not found. Read [`tables`] first.

use crate::dialect::DialectName;
use crate::loss::Words;
use crate::script::Script;
use crate::split;

/// Returns the tables that the sections of a script change, as they are written, sorted.
///
/// A section that cannot be split names none: its fault is reported where it would run.
pub fn tables(script: &Script) -> Vec<String> {
    let mut tables = Vec::new();
    for section in &script.sections {
        let dialect = section.dialect.unwrap_or(DialectName::Postgres);
        for statement in split::statements(script, section, dialect).unwrap_or_default() {
            tables.extend(table(statement.sql(), dialect));
        }
    }
    tables.sort_unstable();
    tables.dedup();
    tables
}

/// Returns the table that a statement changes.
fn table(sql: &str, dialect: DialectName) -> Option<String> {
    let mut words = Words::of(sql, dialect);
    match words.word()?.as_str() {
        "INSERT" | "REPLACE" => words.any(|word| word == "INTO").then(|| words.name())?,
        "DELETE" => words.any(|word| word == "FROM").then(|| words.name())?,
        "UPDATE" => words.name(),
        "CREATE" | "ALTER" | "DROP" => {
            let mut object = words.word()?;
            while matches!(
                object.as_str(),
                "OR" | "REPLACE" | "UNIQUE" | "TEMP" | "TEMPORARY" | "UNLOGGED" | "ONLINE" | "IGNORE"
            ) {
                object = words.word()?;
            }
            match object.as_str() {
                "TABLE" => {
                    words.skip(&["IF", "NOT", "EXISTS", "ONLY"]);
                    words.name()
                }
                "INDEX" => words.any(|word| word == "ON").then(|| words.name())?,
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_a_statement() {
        for (sql, expected) in [
            ("CREATE TABLE IF NOT EXISTS players (id int)", Some("players")),
            ("CREATE UNIQUE INDEX ix ON players (name)", Some("players")),
            ("ALTER TABLE ONLY app.players ADD x int", Some("app.players")),
            ("DROP TABLE players", Some("players")),
            ("INSERT INTO players VALUES (1)", Some("players")),
            ("UPDATE players SET x = 1", Some("players")),
            ("DELETE FROM players WHERE x", Some("players")),
            ("CREATE FUNCTION f() RETURNS int AS $$ UPDATE t SET x = 1 $$", None),
            ("SELECT 1", None),
            ("DROP", None),
        ] {
            assert_eq!(table(sql, DialectName::Postgres).as_deref(), expected, "{sql}");
        }
    }
}
