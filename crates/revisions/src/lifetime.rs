//! Which tables and types a script brings into being, renames and ends: for the question whose they are.
//!
//! Words decide, as in [`crate::loss`]; what a function's body or a `DO` block makes is not found. Read [`lifetimes`]
//! first.

use crate::dialect::{DialectName, TableName};
use crate::loss::Words;
use crate::script::{Direction, Script};
use crate::split;

/// What has a lifetime of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    Table,
    /// PostgreSQL: an enum, or another type with a name.
    Type,
}

/// One moment in the life of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lifetime {
    Begins(ObjectKind, TableName),
    Renamed { kind: ObjectKind, from: TableName, to: TableName },
    Ends(ObjectKind, TableName),
}

/// Returns what the upgrade of a script does to the lives of tables and types, in its order; temporary ones left out.
///
/// A section that cannot be split does nothing: its fault is reported where it would run.
pub fn lifetimes(script: &Script, dialect: DialectName) -> Vec<Lifetime> {
    let Some(section) = script.section(Direction::Up, dialect) else { return Vec::new() };
    let statements = split::statements(script, section, dialect).unwrap_or_default();
    statements.iter().flat_map(|statement| of_statement(statement.sql(), dialect)).collect()
}

pub(crate) fn of_statement(sql: &str, dialect: DialectName) -> Vec<Lifetime> {
    let mut words = Words::of(sql, dialect);
    match words.word().as_deref() {
        Some("CREATE") => begun(&mut words, dialect).into_iter().collect(),
        Some("ALTER") => altered(&mut words, dialect).unwrap_or_default(),
        Some("RENAME") => renamed(&mut words, dialect),
        Some("DROP") => ended(&mut words, dialect).unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn kind(word: &str) -> Option<ObjectKind> {
    match word {
        "TABLE" | "TABLES" => Some(ObjectKind::Table),
        "TYPE" => Some(ObjectKind::Type),
        _ => None,
    }
}

fn begun(words: &mut Words, dialect: DialectName) -> Option<Lifetime> {
    words.skip(&["OR", "REPLACE", "UNLOGGED", "FOREIGN", "VIRTUAL"]);
    let kind = kind(&words.word()?)?;
    words.skip(&["IF", "NOT", "EXISTS"]);
    Some(Lifetime::Begins(kind, object(&words.name()?, dialect)))
}

fn ended(words: &mut Words, dialect: DialectName) -> Option<Vec<Lifetime>> {
    let kind = kind(&words.word()?)?;
    words.skip(&["IF", "EXISTS"]);
    Some(words.names().iter().map(|name| Lifetime::Ends(kind, object(name, dialect))).collect())
}

fn altered(words: &mut Words, dialect: DialectName) -> Option<Vec<Lifetime>> {
    words.skip(&["ONLINE", "IGNORE"]);
    let kind = kind(&words.word()?)?;
    words.skip(&["IF", "EXISTS", "ONLY"]);
    let from = object(&words.name()?, dialect);
    let mut found = Vec::new();
    loop {
        if words.word().as_deref() == Some("RENAME") {
            let next = words.peek_word();
            let is_marked = matches!(next.as_deref(), Some("TO" | "AS"));
            let is_part =
                matches!(next.as_deref(), Some("COLUMN" | "INDEX" | "KEY" | "CONSTRAINT" | "VALUE" | "ATTRIBUTE"));
            // Only MySQL leaves the word out; elsewhere a column's name stands here.
            if is_marked || (dialect == DialectName::Mysql && !is_part) {
                words.skip(&["TO", "AS"]);
                let to = object(&words.name()?, dialect);
                let to = TableName { schema: to.schema.or_else(|| from.schema.clone()), name: to.name };
                found.push(Lifetime::Renamed { kind, from: from.clone(), to });
            }
        }
        if !words.next_action() {
            return Some(found);
        }
    }
}

/// MySQL's `RENAME TABLE a TO b, c TO d`.
fn renamed(words: &mut Words, dialect: DialectName) -> Vec<Lifetime> {
    let mut found = Vec::new();
    let mut pair = |words: &mut Words| -> Option<()> {
        let from = object(&words.name()?, dialect);
        words.skip(&["TO"]);
        let to = object(&words.name()?, dialect);
        found.push(Lifetime::Renamed { kind: ObjectKind::Table, from, to });
        Some(())
    };
    words.skip(&["TABLE", "TABLES", "IF", "EXISTS"]);
    while pair(words).is_some() && words.next_action() {}
    found
}

/// Returns a written name as the catalogue has it.
pub(crate) fn object(written: &str, dialect: DialectName) -> TableName {
    let mut parts = Vec::new();
    let mut rest = written;
    while !rest.is_empty() {
        let (part, behind) = part(rest, dialect);
        parts.push(part);
        rest = behind.strip_prefix('.').unwrap_or("");
    }
    let name = parts.pop().unwrap_or_default();
    TableName { schema: parts.pop(), name }
}

/// Takes the first part of a written name; returns it without quotes, and what stands behind it.
fn part(text: &str, dialect: DialectName) -> (String, &str) {
    let close = match text.chars().next() {
        Some('[') => ']',
        Some(quote @ ('"' | '`' | '\'')) => quote,
        _ => {
            let (plain, _) = text.split_once('.').unwrap_or((text, ""));
            let folded = if dialect == DialectName::Postgres { plain.to_lowercase() } else { plain.to_owned() };
            return (folded, &text[plain.len()..]);
        }
    };
    let mut name = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character != close {
            name.push(character);
        } else if characters.next_if(|(_, next)| *next == close).is_some() {
            name.push(close);
        } else {
            return (name, &text[at + close.len_utf8()..]);
        }
    }
    (name, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use DialectName::{Mysql, Postgres, Sqlite};

    fn shown(sql: &str, dialect: DialectName) -> String {
        let lifetimes = of_statement(sql, dialect);
        let texts = lifetimes.iter().map(|lifetime| match lifetime {
            Lifetime::Begins(kind, name) => format!("+{kind:?} {name}"),
            Lifetime::Renamed { kind, from, to } => format!("{kind:?} {from}>{to}"),
            Lifetime::Ends(kind, name) => format!("-{kind:?} {name}"),
        });
        texts.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn lives_of_tables_and_types() {
        for (dialect, sql, expected) in [
            (Postgres, "CREATE TABLE IF NOT EXISTS Players (id int)", "+Table players"),
            (Sqlite, "create table Players as select 1", "+Table Players"),
            (Postgres, "CREATE UNLOGGED TABLE app.\"Pla\"\"yers\" ()", "+Table app.Pla\"yers"),
            (Mysql, "CREATE OR REPLACE TABLE `a.b`.`c` (id int)", "+Table a.b.c"),
            (Sqlite, "CREATE TEMP TABLE t (id int)", ""),
            (Sqlite, "CREATE UNIQUE INDEX ix ON t (id)", ""),
            (Postgres, "CREATE TYPE mood AS ENUM ('sad')", "+Type mood"),
            (Postgres, "ALTER TYPE mood RENAME TO temper", "Type mood>temper"),
            (Postgres, "ALTER TYPE mood RENAME VALUE 'a' TO 'b'", ""),
            (Postgres, "DROP TYPE IF EXISTS mood", "-Type mood"),
            (Postgres, "ALTER TABLE ONLY app.a RENAME TO b", "Table app.a>app.b"),
            (Postgres, "ALTER TABLE a RENAME x TO y", ""),
            (Sqlite, "ALTER TABLE a RENAME COLUMN x TO y", ""),
            (Sqlite, "ALTER TABLE [a b] RENAME TO 'c'", "Table a b>c"),
            (Mysql, "ALTER TABLE a ADD x int, RENAME b", "Table a>b"),
            (Mysql, "ALTER TABLE a RENAME INDEX x TO y, RENAME AS b", "Table a>b"),
            (Mysql, "RENAME TABLE a TO b, c TO d", "Table a>b Table c>d"),
            (Sqlite, "DROP TABLE IF EXISTS a, b", "-Table a -Table b"),
            (Mysql, "DROP TEMPORARY TABLE a", ""),
            (Sqlite, "DROP TABLE", ""),
            (Sqlite, "ALTER", ""),
            (Sqlite, "", ""),
        ] {
            assert_eq!(shown(sql, dialect), expected, "{sql}");
        }
    }
}
