//! PostgreSQL: what a statement that no transaction may surround would do, as far as the catalogue can tell afterwards.
//!
//! Read [`Outside::of`] first.

use alembic_revisions::DialectName;
use alembic_revisions::dialect::Dialect;
use alembic_revisions::split::{SplitRules, tokens};

/// A statement that runs outside of any transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outside {
    /// CREATE INDEX CONCURRENTLY: the index's name, and its table as it is written.
    CreateIndex { index: String, table: String },
    /// DROP INDEX CONCURRENTLY: the index as it is written.
    DropIndex { index: String },
    /// Doing it twice is doing it once.
    Repeatable,
    /// Nobody can tell.
    Other,
}

impl Outside {
    pub fn of(sql: &str) -> Self {
        let rules = SplitRules::of(DialectName::Postgres);
        let mut words = Words { tokens: tokens(sql, &rules).collect(), at: 0 };
        if ["VACUUM", "ANALYZE", "REINDEX", "CHECKPOINT", "CLUSTER"].iter().any(|word| words.take(&[word])) {
            return Outside::Repeatable;
        }
        if words.take(&["ALTER", "SYSTEM"]) {
            return Outside::Repeatable;
        }
        let found = if words.take(&["CREATE"]) {
            words.take(&["UNIQUE"]);
            words.created_index()
        } else if words.take(&["DROP", "INDEX", "CONCURRENTLY"]) {
            words.take(&["IF", "EXISTS"]);
            let index = words.name();
            index.filter(|_| !words.tokens.contains(&",")).map(|index| Outside::DropIndex { index })
        } else {
            None
        };
        found.unwrap_or(Outside::Other)
    }

    /// Returns an expression for the object id of the index, NULL if there is none.
    pub fn index_id(&self, dialect: &dyn Dialect) -> String {
        match self {
            Outside::CreateIndex { index, table } => format!(
                "(SELECT c.oid::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid \
                 WHERE c.relname = {} AND i.indrelid = to_regclass({}))",
                dialect.literal(index),
                dialect.literal(table)
            ),
            Outside::DropIndex { index } => format!("to_regclass({})::oid::text", dialect.literal(index)),
            Outside::Repeatable | Outside::Other => "NULL".to_owned(),
        }
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
        let index = folded(self.tokens.get(self.at)?);
        self.at += 1;
        if !self.take(&["ON"]) {
            return None;
        }
        self.take(&["ONLY"]);
        Some(Outside::CreateIndex { index, table: self.name()? })
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
            ("CREATE DATABASE x", Outside::Other),
            ("CREATE", Outside::Other),
            ("", Outside::Other),
        ] {
            assert_eq!(Outside::of(sql), expected, "{sql}");
        }
        assert!(needs_no_transaction("CREATE UNIQUE INDEX CONCURRENTLY a ON b (c)"));
    }
}
