//! Which statements lose rows: for the question before a plan that drops data.
//!
//! A statement's own words decide; what a procedure or a `DO` block does inside is not looked into, and neither is
//! whether the table is empty. Read [`destructive`] first.

use std::fmt;

use crate::dialect::DialectName;
use crate::lifetime::{self, Lifetime};
use crate::script::Statement;
use crate::split::{Kind, SplitRules, token};

/// What is gone after a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LossKind {
    Database,
    Schema,
    Table,
    Column,
    /// All rows, or a partition of them.
    Rows,
    /// Columns that use what is dropped: `DROP TYPE … CASCADE`.
    Dependents,
}

/// What a statement loses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    pub kind: LossKind,
    /// The names as the statement writes them; a column's follows its table's, `players.region`.
    pub names: Vec<String>,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            LossKind::Database => "drops database ",
            LossKind::Schema => "drops schema ",
            LossKind::Table => "drops table ",
            LossKind::Column => "drops column ",
            LossKind::Rows => "deletes all rows of ",
            LossKind::Dependents => "drops with all that depends on it ",
        })?;
        f.write_str(&self.names.join(", "))
    }
}

/// Returns what a statement loses, or nothing if its words promise to keep all rows.
pub fn destructive(sql: &str, dialect: DialectName) -> Option<Loss> {
    let mut words = Words::of(sql, dialect);
    let verb = words.word()?;
    match verb.as_str() {
        "DROP" => dropped(&mut words),
        "ALTER" => altered(&mut words),
        "TRUNCATE" => {
            words.skip(&["TABLE"]);
            Some(Loss { kind: LossKind::Rows, names: words.names() })
        }
        "DELETE" => deleted(&mut words),
        "WITH" => {
            while words.word()? != "DELETE" {}
            deleted(&mut words)
        }
        "CREATE" => replaced(&mut words),
        _ => None,
    }
}

/// Returns what a section loses that rebuilds tables: not a table to whose name the copy is renamed, but the columns that
/// a comment says the copy has not.
pub fn of_rebuild(statements: &[Statement], dialect: DialectName) -> Vec<Loss> {
    let mut losses = Vec::new();
    for (at, statement) in statements.iter().enumerate() {
        let said = said_above(statement);
        if !said.is_empty() {
            losses.push(Loss { kind: LossKind::Column, names: said });
        }
        let Some(mut loss) = destructive(statement.sql(), dialect) else { continue };
        if loss.kind == LossKind::Table {
            let later = || statements[at + 1..].iter().flat_map(|later| lifetime::of_statement(later.sql(), dialect));
            let comes_back = |name: &String| {
                let name = lifetime::object(name, dialect).name;
                later().any(|life| matches!(life, Lifetime::Renamed { to, .. } if to.name.eq_ignore_ascii_case(&name)))
            };
            loss.names.retain(|name| !comes_back(name));
        }
        if !loss.names.is_empty() {
            losses.push(loss);
        }
    }
    losses
}

/// Returns the line of a comment above a statement that loses what is in a column, which its own words need not tell.
pub fn values_lost(column: &str) -> String {
    format!("{LOST_START}{column}{LOST_END}")
}

const LOST_START: &str = "destructive: the values of ";
const LOST_END: &str = " are lost";

/// Returns the columns that the comments directly above a statement say are lost.
fn said_above(statement: &Statement) -> Vec<String> {
    let before = statement.source.text.get(..statement.range.start).unwrap_or_default();
    let comments = before.lines().rev().map_while(|line| line.trim().strip_prefix("--"));
    let mut said: Vec<String> = comments
        .filter_map(|line| Some(line.trim().strip_prefix(LOST_START)?.strip_suffix(LOST_END)?.to_owned()))
        .collect();
    said.reverse();
    said
}

fn dropped(words: &mut Words) -> Option<Loss> {
    let object = words.word()?;
    let kind = match object.as_str() {
        "TABLE" | "TABLES" => LossKind::Table,
        "SCHEMA" => LossKind::Schema,
        "DATABASE" => LossKind::Database,
        "TYPE" | "DOMAIN" | "EXTENSION" => LossKind::Dependents,
        _ => return None,
    };
    words.skip(&["IF", "EXISTS"]);
    let names = words.names();
    if kind == LossKind::Dependents && !words.any(|word| word == "CASCADE") {
        return None;
    }
    Some(Loss { kind, names })
}

/// MariaDB's CREATE OR REPLACE TABLE starts with a DROP.
fn replaced(words: &mut Words) -> Option<Loss> {
    let is_replacing = words.word()? == "OR" && words.word()? == "REPLACE" && words.word()? == "TABLE";
    is_replacing.then(|| Loss { kind: LossKind::Table, names: words.names() })
}

fn deleted(words: &mut Words) -> Option<Loss> {
    words.skip(&["LOW_PRIORITY", "QUICK", "IGNORE", "FROM"]);
    let names = words.names();
    (!words.any(|word| word == "WHERE")).then_some(Loss { kind: LossKind::Rows, names })
}

fn altered(words: &mut Words) -> Option<Loss> {
    words.skip(&["ONLINE", "IGNORE"]);
    if words.word()? != "TABLE" {
        return None;
    }
    words.skip(&["IF", "EXISTS", "ONLY"]);
    let table = words.name()?;
    let (mut columns, mut partitions) = (Vec::new(), Vec::new());
    loop {
        match words.word().as_deref() {
            Some("DROP") => match words.peek_word().as_deref() {
                Some("PARTITION") => {
                    words.skip(&["PARTITION", "IF", "EXISTS"]);
                    partitions.extend(words.names());
                }
                Some("CONSTRAINT" | "PRIMARY" | "FOREIGN" | "INDEX" | "KEY" | "CHECK" | "SYSTEM" | "PERIOD") => {}
                _ => {
                    words.skip(&["COLUMN", "IF", "EXISTS"]);
                    columns.extend(words.name().map(|column| format!("{table}.{column}")));
                }
            },
            Some("TRUNCATE") => {
                words.skip(&["PARTITION"]);
                partitions.extend(words.names());
            }
            _ => {}
        }
        if !words.next_action() {
            break;
        }
    }
    if columns.is_empty() && partitions.is_empty() {
        return None;
    }
    let is_column = !columns.is_empty();
    let kind = if is_column { LossKind::Column } else { LossKind::Rows };
    Some(Loss { kind, names: if is_column { columns } else { partitions } })
}

/// The words, names and marks of a statement outside of parentheses.
pub(crate) struct Words<'t> {
    sql: &'t str,
    at: usize,
    depth: usize,
    rules: SplitRules,
    peeked: Option<(Kind, &'t str)>,
}

impl<'t> Words<'t> {
    pub(crate) fn of(sql: &'t str, dialect: DialectName) -> Self {
        Words { sql, at: 0, depth: 0, rules: SplitRules::of(dialect), peeked: None }
    }

    /// Returns the next token that is no blank, no comment and not inside parentheses.
    fn token(&mut self) -> Option<(Kind, &'t str)> {
        if let Some(peeked) = self.peeked.take() {
            return Some(peeked);
        }
        while self.at < self.sql.len() {
            let start = self.at;
            let (kind, end) = token(self.sql, start, &self.rules).ok()?;
            self.at = end;
            let text = self.sql.get(start..end)?;
            match (kind, text) {
                (Kind::Mark, "(") => self.depth += 1,
                (Kind::Mark, ")") => self.depth = self.depth.saturating_sub(1),
                (Kind::Blank | Kind::Comment | Kind::Version, _) => {}
                _ if self.depth == 0 => return Some((kind, text)),
                _ => {}
            }
        }
        None
    }

    fn peek(&mut self) -> Option<(Kind, &'t str)> {
        self.peeked = self.token();
        self.peeked
    }

    pub(crate) fn peek_word(&mut self) -> Option<String> {
        self.peek().filter(|(kind, _)| *kind == Kind::Word).map(|(_, text)| text.to_ascii_uppercase())
    }

    /// Takes the next token; returns it in upper case, or as a mark if it is no word.
    pub(crate) fn word(&mut self) -> Option<String> {
        self.token().map(|(kind, text)| if kind == Kind::Word { text.to_ascii_uppercase() } else { String::new() })
    }

    pub(crate) fn any(&mut self, is_wanted: impl Fn(&str) -> bool) -> bool {
        while let Some(word) = self.word() {
            if is_wanted(&word) {
                return true;
            }
        }
        false
    }

    pub(crate) fn skip(&mut self, words: &[&str]) {
        while self.peek_word().is_some_and(|word| words.contains(&word.as_str())) {
            self.peeked = None;
        }
    }

    /// Takes a name with its qualifiers, as it is written.
    pub(crate) fn name(&mut self) -> Option<String> {
        let mut name = String::new();
        while let Some((Kind::Word | Kind::Quoted, text)) = self.peek() {
            self.peeked = None;
            name.push_str(text);
            if self.peek() != Some((Kind::Mark, ".")) {
                break;
            }
            self.peeked = None;
            name.push('.');
        }
        (!name.is_empty()).then_some(name)
    }

    /// Takes names with commas between them.
    pub(crate) fn names(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        loop {
            self.skip(&["ONLY"]);
            names.extend(self.name());
            if self.peek() == Some((Kind::Mark, "*")) {
                self.peeked = None;
            }
            if self.peek() != Some((Kind::Mark, ",")) {
                return names;
            }
            self.peeked = None;
        }
    }

    /// Takes everything up to the comma behind which ALTER TABLE's next action stands; false at the end.
    pub(crate) fn next_action(&mut self) -> bool {
        while let Some((kind, text)) = self.token() {
            if (kind, text) == (Kind::Mark, ",") {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DialectName::{Mysql, Postgres, Sqlite};

    #[test]
    fn statements_that_lose_rows() {
        let table = [
            (Sqlite, "DROP TABLE players", "drops table players"),
            (Postgres, "drop /* it */ table if exists \"a b\", s.c cascade", "drops table \"a b\", s.c"),
            (Mysql, "/*!50000 DROP TABLE `x` */", "drops table `x`"),
            (Postgres, "DROP SCHEMA IF EXISTS s CASCADE", "drops schema s"),
            (Mysql, "DROP DATABASE d", "drops database d"),
            (Postgres, "DROP TYPE mood CASCADE", "drops with all that depends on it mood"),
            (Sqlite, "ALTER TABLE players DROP COLUMN region", "drops column players.region"),
            (Sqlite, "ALTER TABLE [a b] DROP [c d]", "drops column [a b].[c d]"),
            (
                Postgres,
                "ALTER TABLE IF EXISTS ONLY s.t ADD x numeric(3, 2) DEFAULT 'a, DROP b', DROP COLUMN IF EXISTS c, DROP d",
                "drops column s.t.c, s.t.d",
            ),
            (Mysql, "ALTER TABLE t DROP PARTITION p0, p1", "deletes all rows of p0, p1"),
            (Mysql, "ALTER TABLE t TRUNCATE PARTITION p0", "deletes all rows of p0"),
            (Postgres, "TRUNCATE a, ONLY b", "deletes all rows of a, b"),
            (Mysql, "TRUNCATE TABLE a", "deletes all rows of a"),
            (Sqlite, "DELETE FROM players", "deletes all rows of players"),
            (Mysql, "DELETE a FROM a JOIN b USING (id)", "deletes all rows of a"),
            (Postgres, "DELETE FROM a USING (SELECT 1 WHERE true) b", "deletes all rows of a"),
            (Postgres, "WITH x AS (SELECT 1) DELETE FROM a", "deletes all rows of a"),
            (Mysql, "CREATE OR REPLACE TABLE t (id int)", "drops table t"),
            (Sqlite, "DROP TABLE 'x", "drops table "),
        ];
        for (dialect, sql, expected) in table {
            assert_eq!(destructive(sql, dialect).map(|loss| loss.to_string()).as_deref(), Some(expected), "{sql}");
        }
    }

    #[test]
    fn a_rebuild_loses_what_its_copy_has_not() {
        let statements = |text: &str| -> Vec<Statement> {
            let source = std::sync::Arc::new(crate::Source { path: "a.sql".into(), text: text.to_owned() });
            let mut end = 0;
            let mut found = Vec::new();
            for part in text.split_inclusive(';') {
                let start = end + part.find(|c: char| c.is_ascii_uppercase()).unwrap();
                let source = std::sync::Arc::clone(&source);
                found.push(Statement::of(source, start..end + part.len() - 1));
                end += part.len();
            }
            found
        };
        let rebuild = "INSERT INTO n (a) SELECT a FROM \"T\";\nDROP TABLE \"T\";\nALTER TABLE n RENAME TO t;";
        let create = "CREATE TABLE n (a);\n";
        for (text, expected) in [
            (format!("{create}{rebuild}"), vec![]),
            (format!("-- a copy\n-- {}\n{create}{rebuild}", values_lost("t.b")), vec!["drops column t.b"]),
            (
                format!("\t--  {}\n-- {}\n{create}{rebuild}", values_lost("t.b"), values_lost("t.c")),
                vec!["drops column t.b, t.c"],
            ),
            (format!("-- {}\n\n{create}{rebuild}", values_lost("t.b")), vec![]),
            (format!("DROP TABLE other;\n{create}{rebuild}"), vec!["drops table other"]),
            (format!("{create}{rebuild}\nDROP TABLE t;"), vec!["drops table t"]),
        ] {
            let found = of_rebuild(&statements(&text), Sqlite);
            assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn statements_that_keep_rows() {
        let table = [
            (Sqlite, ""),
            (Sqlite, "DELETE FROM players WHERE id = 1"),
            (Postgres, "WITH x AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM x"),
            (Postgres, "ALTER TABLE t ALTER COLUMN c DROP DEFAULT, ALTER d DROP NOT NULL"),
            (Postgres, "ALTER TABLE t DROP CONSTRAINT c"),
            (Mysql, "ALTER TABLE t DROP PRIMARY KEY, DROP INDEX i, DROP KEY k, DROP FOREIGN KEY f, DROP CHECK c"),
            (Postgres, "ALTER TYPE t DROP ATTRIBUTE a"),
            (Postgres, "DROP TYPE mood"),
            (Postgres, "DROP INDEX i; "),
            (Mysql, "DROP TEMPORARY TABLE t"),
            (Postgres, "CREATE OR REPLACE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DROP TABLE x $$"),
            (Sqlite, "CREATE TRIGGER t AFTER INSERT ON x BEGIN DELETE FROM y; END"),
            (Sqlite, "SELECT 'DROP TABLE x'"),
            (Postgres, "COMMENT ON TABLE x IS 'DROP TABLE x'"),
            (Sqlite, "INSERT INTO t VALUES ('"),
        ];
        for (dialect, sql) in table {
            assert_eq!(destructive(sql, dialect), None, "{sql}");
        }
    }
}
