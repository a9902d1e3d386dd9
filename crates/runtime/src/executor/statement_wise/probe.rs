//! PostgreSQL: what a statement that no transaction may surround would do, and the questions that tell afterwards.
//!
//! Read [`Outside::of`] first.

use alembic_revisions::DialectName;
use alembic_revisions::dialect::Dialect;
use alembic_revisions::split::{SplitRules, tokens};

/// A statement that runs outside of any transaction. Names are as they are written, unless they are in quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outside {
    /// CREATE INDEX CONCURRENTLY: the index's name as the catalogue has it, and its table.
    CreateIndex {
        index: String,
        table: String,
    },
    /// DROP INDEX CONCURRENTLY.
    DropIndex {
        index: String,
    },
    /// REINDEX CONCURRENTLY of a table or an index: doing it twice is doing it once, but a part of it may be left.
    Reindex {
        relation: String,
    },
    /// ALTER TABLE … DETACH PARTITION … CONCURRENTLY.
    Detach {
        table: String,
        partition: String,
    },
    /// ALTER TYPE … ADD VALUE, before PostgreSQL 12: the type, and the value with its quotes.
    AddValue {
        kind: String,
        value: String,
    },
    /// CREATE DATABASE: its name as the catalogue has it.
    CreateDatabase {
        name: String,
    },
    DropDatabase {
        name: String,
    },
    /// Doing it twice is doing it once.
    Repeatable,
    /// Nobody can tell.
    Other,
}

impl Outside {
    pub fn of(sql: &str) -> Self {
        let rules = SplitRules::of(DialectName::Postgres);
        let mut words = Words { tokens: tokens(sql, &rules).collect(), at: 0 };
        if words.take(&["REINDEX"]) {
            return words.reindexed().unwrap_or(Outside::Repeatable);
        }
        if ["VACUUM", "ANALYZE", "CHECKPOINT", "CLUSTER"].iter().any(|word| words.take(&[word])) {
            return Outside::Repeatable;
        }
        let found = if words.take(&["CREATE", "DATABASE"]) {
            words.folded().map(|name| Outside::CreateDatabase { name })
        } else if words.take(&["CREATE"]) {
            words.take(&["UNIQUE"]);
            words.created_index()
        } else if words.take(&["DROP", "DATABASE"]) {
            words.take(&["IF", "EXISTS"]);
            words.folded().map(|name| Outside::DropDatabase { name })
        } else if words.take(&["DROP", "INDEX", "CONCURRENTLY"]) {
            words.take(&["IF", "EXISTS"]);
            let index = words.name();
            index.filter(|_| !words.tokens.contains(&",")).map(|index| Outside::DropIndex { index })
        } else if words.take(&["ALTER"]) {
            words.altered()
        } else {
            None
        };
        found.unwrap_or(Outside::Other)
    }

    /// Returns an expression for the object id of what the statement makes or takes away, NULL if it is not there.
    pub fn id(&self, dialect: &dyn Dialect) -> String {
        let literal = |text: &str| dialect.literal(text);
        match self {
            Outside::CreateIndex { index, table } => format!(
                "(SELECT c.oid::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid \
                 WHERE c.relname = {} AND i.indrelid = to_regclass({}))",
                literal(index),
                literal(table)
            ),
            Outside::DropIndex { index } => format!("to_regclass({})::oid::text", literal(index)),
            Outside::Detach { table, partition } => format!(
                "(SELECT inhrelid::text FROM pg_catalog.pg_inherits WHERE inhparent = to_regclass({}) \
                 AND inhrelid = to_regclass({}))",
                literal(table),
                literal(partition)
            ),
            Outside::AddValue { kind, value } => format!(
                "(SELECT oid::text FROM pg_catalog.pg_enum WHERE enumtypid = to_regtype({}) AND enumlabel = {value})",
                literal(kind)
            ),
            Outside::CreateDatabase { name } | Outside::DropDatabase { name } => {
                format!("(SELECT oid::text FROM pg_catalog.pg_database WHERE datname = {})", literal(name))
            }
            Outside::Reindex { .. } | Outside::Repeatable | Outside::Other => "NULL".to_owned(),
        }
    }

    /// Returns the query for the names of the invalid indexes that the statement may leave behind, with their schemas.
    pub fn leftovers(&self, dialect: &dyn Dialect) -> Option<String> {
        let of = match self {
            Outside::CreateIndex { .. } => format!("i.indexrelid::text = {}", self.id(dialect)),
            Outside::Reindex { relation } => {
                let relation = format!("to_regclass({})", dialect.literal(relation));
                format!(
                    "c.relname ~ '_cc(new|old)[0-9]*$' AND i.indrelid IN ({relation}, \
                     (SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid = {relation}))"
                )
            }
            _ => return None,
        };
        Some(format!(
            "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_index i \
             JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE NOT i.indisvalid AND {of}"
        ))
    }
}

/// True if a transaction around the statement would be refused anyway.
pub(super) fn needs_no_transaction(sql: &str) -> bool {
    let rules = SplitRules::of(DialectName::Postgres);
    let mut words = tokens(sql, &rules).take(4);
    let first = words.next().unwrap_or_default().to_ascii_uppercase();
    matches!(first.as_str(), "CREATE" | "DROP") && words.any(|word| word.eq_ignore_ascii_case("CONCURRENTLY"))
        || matches!(first.as_str(), "VACUUM")
}

struct Words<'t> {
    tokens: Vec<&'t str>,
    at: usize,
}

impl Words<'_> {
    /// Passes these words if they come next, in this order.
    fn take(&mut self, words: &[&str]) -> bool {
        let next = self.tokens[self.at..].iter();
        let found = next.len() >= words.len() && next.zip(words).all(|(token, word)| token.eq_ignore_ascii_case(word));
        if found {
            self.at += words.len();
        }
        found
    }

    fn created_index(&mut self) -> Option<Outside> {
        if !self.take(&["INDEX", "CONCURRENTLY"]) {
            return None;
        }
        self.take(&["IF", "NOT", "EXISTS"]);
        if self.take(&["ON"]) {
            return None;
        }
        let index = self.folded()?;
        if !self.take(&["ON"]) {
            return None;
        }
        self.take(&["ONLY"]);
        Some(Outside::CreateIndex { index, table: self.name()? })
    }

    fn reindexed(&mut self) -> Option<Outside> {
        if self.take(&["("]) {
            self.at += self.tokens[self.at..].iter().position(|token| *token == ")")? + 1;
        }
        let is_known = self.take(&["INDEX"]) || self.take(&["TABLE"]);
        (is_known && self.take(&["CONCURRENTLY"])).then(|| self.name())?.map(|relation| Outside::Reindex { relation })
    }

    fn altered(&mut self) -> Option<Outside> {
        if self.take(&["SYSTEM"]) {
            return Some(Outside::Repeatable);
        }
        if self.take(&["TYPE"]) {
            let kind = self.name()?;
            if !self.take(&["ADD", "VALUE"]) {
                return None;
            }
            self.take(&["IF", "NOT", "EXISTS"]);
            let value = *self.tokens.get(self.at)?;
            return value.starts_with('\'').then(|| Outside::AddValue { kind, value: value.to_owned() });
        }
        if !self.take(&["TABLE"]) {
            return None;
        }
        self.take(&["IF", "EXISTS"]);
        self.take(&["ONLY"]);
        let table = self.name()?;
        if !self.take(&["DETACH", "PARTITION"]) {
            return None;
        }
        let partition = self.name()?;
        self.take(&["CONCURRENTLY"]).then_some(Outside::Detach { table, partition })
    }

    /// Returns a name as the catalogue has it.
    fn folded(&mut self) -> Option<String> {
        let identifier = *self.tokens.get(self.at)?;
        self.at += 1;
        Some(folded(identifier))
    }

    /// Returns a name with its schema, as it is written.
    fn name(&mut self) -> Option<String> {
        let mut name = (*self.tokens.get(self.at)?).to_owned();
        self.at += 1;
        while self.tokens.get(self.at) == Some(&".") {
            name.push('.');
            name.push_str(self.tokens.get(self.at + 1)?);
            self.at += 2;
        }
        Some(name)
    }
}

/// Returns the name that PostgreSQL makes of an identifier.
fn folded(identifier: &str) -> String {
    match identifier.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => identifier.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_recognized() {
        let create = |index: &str, table: &str| Outside::CreateIndex { index: index.into(), table: table.into() };
        for (sql, expected) in [
            ("CREATE INDEX CONCURRENTLY Ix_A ON runs (revision)", create("ix_a", "runs")),
            (
                "create unique index concurrently if not exists \"I\"\"x\" on only s.\"T\" (a)",
                create("I\"x", "s.\"T\""),
            ),
            ("CREATE INDEX CONCURRENTLY ON runs (revision)", Outside::Other),
            ("CREATE INDEX ix ON runs (revision)", Outside::Other),
            ("DROP INDEX CONCURRENTLY IF EXISTS s.ix", Outside::DropIndex { index: "s.ix".into() }),
            ("DROP INDEX CONCURRENTLY a, b", Outside::Other),
            ("-- why\nVACUUM runs", Outside::Repeatable),
            ("ALTER SYSTEM SET x = 1", Outside::Repeatable),
            ("CREATE DATABASE \"X\" OWNER y", Outside::CreateDatabase { name: "X".into() }),
            ("DROP DATABASE IF EXISTS X", Outside::DropDatabase { name: "x".into() }),
            ("REINDEX (VERBOSE) TABLE CONCURRENTLY s.t", Outside::Reindex { relation: "s.t".into() }),
            ("reindex index concurrently ix", Outside::Reindex { relation: "ix".into() }),
            ("REINDEX TABLE t", Outside::Repeatable),
            ("REINDEX (VERBOSE", Outside::Repeatable),
            ("REINDEX SCHEMA CONCURRENTLY s", Outside::Repeatable),
            (
                "ALTER TABLE ONLY s.t DETACH PARTITION p CONCURRENTLY",
                Outside::Detach { table: "s.t".into(), partition: "p".into() },
            ),
            ("ALTER TABLE t DETACH PARTITION p", Outside::Other),
            (
                "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'it''s' BEFORE 'x'",
                Outside::AddValue { kind: "mood".into(), value: "'it''s'".into() },
            ),
            ("ALTER TYPE mood RENAME TO x", Outside::Other),
            ("CREATE", Outside::Other),
            ("", Outside::Other),
        ] {
            assert_eq!(Outside::of(sql), expected, "{sql}");
        }
        assert!(needs_no_transaction("CREATE UNIQUE INDEX CONCURRENTLY a ON b (c)"));
    }
}
