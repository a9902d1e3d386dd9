//! One text that several statements travel in, and the way back from its bytes to the script.
//!
//! Read [`Text`] first.

use std::ops::Range;

use alembic_revisions::diagnose::Place;
use alembic_revisions::{DialectName, Statement};

use super::under_way;
use crate::session::{BatchError, DatabaseError, locate};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Bookkeeping.
    Own,
    /// The script's statement with this index.
    Script(usize),
}

/// Statements that are sent together, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    pub sql: String,
    /// Where each begins.
    pieces: Vec<(usize, Origin)>,
}

impl Text {
    /// Returns an empty text that the server's list of activity shows as this attempt's.
    pub fn marked(attempt: &str) -> Self {
        Text { sql: under_way::mark(attempt), pieces: Vec::new() }
    }

    /// Adds a statement of ours and returns the index that its answer will have.
    pub fn own(&mut self, sql: &str) -> usize {
        self.push(sql, Origin::Own)
    }

    /// Adds a change of ours that stops the text unless it affects exactly one row; returns the index of what stops it.
    pub fn one(&mut self, dialect: DialectName, sql: &str) -> usize {
        match dialect {
            DialectName::Postgres => {
                self.own(&format!("WITH changed AS ({sql} RETURNING 1) SELECT 1 / count(*) FROM changed"))
            }
            DialectName::Sqlite => {
                self.own(sql);
                self.own(&stop_unless("changes() = 1"))
            }
            DialectName::Mysql => {
                self.own(sql);
                // The exponential overflows.
                self.own("SELECT EXP(IF(ROW_COUNT() = 1, 0, 100000))")
            }
        }
    }

    pub fn script(&mut self, index: usize, sql: &str) -> usize {
        self.push(sql, Origin::Script(index))
    }

    /// Returns the place in a script's statement that MySQL means with a text near it: the text goes on behind it.
    pub fn near(&self, index: usize, message: &str) -> Option<Range<usize>> {
        let (start, _) = self.pieces.get(self.position_of(Origin::Script(index))?)?;
        locate::near_line(message, &self.sql[*start..])
    }

    /// Returns how many statements there are.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Returns which statement comes from there.
    pub fn position_of(&self, origin: Origin) -> Option<usize> {
        self.pieces.iter().position(|(_, from)| *from == origin)
    }

    fn push(&mut self, sql: &str, origin: Origin) -> usize {
        self.pieces.push((self.sql.len(), origin));
        self.sql.push_str(sql);
        self.sql.push_str(if may_end_in_comment(sql) { "\n;\n" } else { ";\n" });
        self.pieces.len() - 1
    }

    /// Returns who wrote the statement that failed and, for a script's, the place in that statement.
    pub fn blame(&self, failed: &BatchError) -> (Origin, Option<Range<usize>>) {
        let fallback = (self.pieces.get(failed.completed).map_or(Origin::Own, |(_, origin)| *origin), None);
        let Some(position) = &failed.error.position else { return fallback };
        let Some((start, origin)) = self.pieces.iter().rev().find(|(start, _)| *start <= position.start) else {
            return fallback;
        };
        (*origin, Some(position.start - start..position.end.saturating_sub(*start)))
    }
}

/// SQLite: returns a query that fails unless the condition holds; it has no RAISE outside of triggers, but integers
/// overflow.
pub(super) fn stop_unless(condition: &str) -> String {
    format!("SELECT CASE WHEN {condition} THEN 1 ELSE abs(-9223372036854775807 - 1) END")
}

/// True if a `;` behind the statement could be part of a comment. Otherwise it follows at once: SQLite keeps the text of
/// a CREATE up to its `;`, blanks included.
fn may_end_in_comment(sql: &str) -> bool {
    let last_line = sql.rsplit('\n').next().unwrap_or(sql);
    last_line.contains("--") || last_line.contains('#')
}

/// Returns where in its script a statement failed: what the database points at, else a name that it quotes, else the
/// statement's first line.
pub(super) fn place(
    statement: &Statement,
    position: Option<Range<usize>>,
    error: &DatabaseError,
    dialect: DialectName,
) -> Place {
    let sql = statement.sql();
    let found = position.or_else(|| locate::named(&error.message, sql));
    let range = match found {
        Some(found) => found.start.min(sql.len())..found.end.min(sql.len()),
        None => 0..sql.lines().next().map_or(0, str::len),
    };
    let label = match dialect {
        DialectName::Postgres => "PostgreSQL stopped here",
        DialectName::Mysql => "MySQL stopped here",
        DialectName::Sqlite => "SQLite stopped here",
    };
    let start = statement.range.start;
    Place {
        source: statement.source.clone(),
        span: (start + range.start..start + range.end).into(),
        label: label.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use alembic_revisions::Source;

    use super::*;
    use crate::session::ErrorKind;

    fn failed(completed: usize, position: Option<Range<usize>>) -> BatchError {
        BatchError { completed, error: DatabaseError { position, ..DatabaseError::new(ErrorKind::Other, "x") } }
    }

    #[test]
    fn positions_lead_back_to_the_statement() {
        let mut text = Text::default();
        text.own("SAVEPOINT g");
        text.script(0, "SELECT é -- why");
        text.script(1, "SELECT (");
        text.own("RELEASE g");
        let second = text.sql.find("SELECT (").unwrap();
        for (completed, position, expected) in [
            (0, Some(second + 7..second + 8), (Origin::Script(1), Some(7..8))),
            // The `;` that we added belongs to the statement before it.
            (0, Some(second + 9..second + 10), (Origin::Script(1), Some(9..10))),
            (1, None, (Origin::Script(0), None)),
            (3, None, (Origin::Own, None)),
            (9, None, (Origin::Own, None)),
        ] {
            assert_eq!(text.blame(&failed(completed, position)), expected);
        }
    }

    #[test]
    fn a_semicolon_follows_at_once_but_not_in_a_comment() {
        for (sql, expected) in [
            ("CREATE INDEX i ON t (x)", "CREATE INDEX i ON t (x);\n"),
            ("SELECT 1 -- one", "SELECT 1 -- one\n;\n"),
            ("SELECT 1 # one", "SELECT 1 # one\n;\n"),
            ("SELECT 1, -- one\n 2", "SELECT 1, -- one\n 2;\n"),
        ] {
            let mut text = Text::default();
            text.script(0, sql);
            assert_eq!(text.sql, expected);
        }
    }

    #[test]
    fn places_stay_inside_the_statement() {
        let source = Arc::new(Source { path: "a.sql".into(), text: "-- é\nDROP TABLE x\n  CASCADE;".into() });
        let statement = Statement::of(source, 6..28);
        let error = |message: &str| DatabaseError::new(ErrorKind::Other, message);
        for (position, message, expected) in [
            (Some(5..10), "?", "TABLE"),
            (Some(40..41), "?", ""),
            (None, "no such table: x", "x"),
            (None, "no", "DROP TABLE x"),
        ] {
            let place = place(&statement, position, &error(message), DialectName::Sqlite);
            assert_eq!(&statement.source.text[place.span.range()], expected, "{message}");
        }
    }
}
