//! The record of what ran: a history of finished revisions, and the progress of one that no transaction surrounds.
//!
//! Both are tables beside the version table. The executor writes them, in the same transactions as the version rows;
//! commands only read them. Read [`history::Entry`] first, then [`progress::Progress`].

pub mod body;
pub mod compare;
pub mod history;
pub mod progress;
pub mod rebuild;
pub mod repair;
#[cfg(feature = "stored")]
pub mod stored;

use alembic_revisions::DialectName;
use alembic_revisions::dialect::Dialect;

/// Whether a run may go on where it can keep no history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum History {
    /// A database without one refuses the run.
    #[default]
    Required,
    /// No history is made, written or compared with.
    Off,
}

/// Whether the history keeps the whole text of each script, for a checkout that no longer has the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scripts {
    #[default]
    NotStored,
    /// Needs a history.
    Stored,
}

/// Returns a new attempt's id: a random UUID.
pub(crate) fn attempt() -> String {
    let bits = fastrand::u128(..) & !(0xf000 << 64) & !(0xc000 << 48) | (0x4000 << 64) | (0x8000 << 48);
    let digits = format!("{bits:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| &digits[range]);
    parts.join("-")
}

/// Returns text as a literal that every mode of a server reads alike, cut to a column's width.
pub(crate) fn plain_literal(dialect: &dyn Dialect, text: &str, width: usize) -> String {
    let plain = |character: char| if character.is_control() || character == '\\' { '?' } else { character };
    dialect.literal(&text.chars().take(width).map(plain).collect::<String>())
}

/// The types that differ from database to database.
struct Types {
    text: &'static str,
    time: &'static str,
    /// Behind the last parenthesis.
    options: &'static str,
}

fn types(dialect: &dyn Dialect) -> Types {
    match dialect.name() {
        DialectName::Postgres => Types { text: "TEXT", time: "TIMESTAMPTZ", options: "" },
        DialectName::Sqlite => Types { text: "TEXT", time: "TEXT", options: "" },
        DialectName::Mysql => {
            Types { text: "LONGTEXT", time: "DATETIME(6)", options: " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4" }
        }
    }
}

/// Returns the database's clock.
fn now(dialect: &dyn Dialect) -> &'static str {
    match dialect.name() {
        DialectName::Postgres => "clock_timestamp()",
        DialectName::Sqlite => "strftime('%Y-%m-%d %H:%M:%f', 'now')",
        DialectName::Mysql => "UTC_TIMESTAMP(6)",
    }
}

/// Returns a column of time as text in UTC, alike on all databases.
fn time_text(dialect: &dyn Dialect, column: &str) -> String {
    match dialect.name() {
        DialectName::Postgres => {
            format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS')")
        }
        DialectName::Sqlite => column.to_owned(),
        DialectName::Mysql => format!("LEFT({column}, 23)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_random_uuids() {
        let one = attempt();
        assert_ne!(one, attempt());
        let lengths: Vec<usize> = one.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{one}");
        assert_eq!(&one[14..15], "4");
        assert!("89ab".contains(&one[19..20]), "{one}");
    }

    #[test]
    fn literals_are_cut_and_cleaned() {
        let dialect = DialectName::Mysql.dialect();
        assert_eq!(plain_literal(dialect, "it's\\me\n", 200), "'it''s?me?'");
        assert_eq!(plain_literal(dialect, &"é".repeat(300), 200).chars().count(), 202);
    }
}
