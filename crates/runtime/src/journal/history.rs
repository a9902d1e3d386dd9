//! The history: one row for each revision applied, reverted or stamped, never changed afterwards.
//!
//! Times are the database's. Read [`Entry`] first, then [`read`].

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use alembic_revisions::dialect::{Dialect, TableName};
use alembic_revisions::{Checksum, DialectName, Direction, Revision, Script, checksum};

use super::{Scripts, body, now, plain_literal, time_text, types};
use crate::session::{Row, Session};
use crate::version_table::{Rows, VersionTable, VersionTableError, first_value};

/// What a row of the history is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Up,
    Down,
    /// The version rows moved; nothing ran.
    Stamp,
    /// A person said that the script is what the database has; nothing ran.
    Accept,
}

impl Way {
    pub fn as_str(self) -> &'static str {
        match self {
            Way::Up => "up",
            Way::Down => "down",
            Way::Stamp => "stamp",
            Way::Accept => "accept",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Way::Up, Way::Down, Way::Stamp, Way::Accept].into_iter().find(|way| way.as_str() == text)
    }
}

impl From<Direction> for Way {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Up => Way::Up,
            Direction::Down => Way::Down,
        }
    }
}

/// A row of the history; what somebody else wrote there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub attempt: String,
    /// None for a stamp.
    pub revision: Option<String>,
    pub way: Way,
    pub heads_before: Vec<String>,
    pub heads_after: Vec<String>,
    pub checksum: Option<Checksum>,
    pub feature: String,
    pub parents: Vec<String>,
    pub statements: u64,
    pub owner: String,
    /// The version of the program that wrote it.
    pub tool: String,
    /// In UTC, by the database's clock.
    pub started_at: String,
    pub finished_at: String,
    pub milliseconds: u64,
    /// What the upgrade said of programs that do not know it; none if it said nothing, which counts as breaking.
    pub breaking: Option<bool>,
    /// The checksum of the script's whole text, if that was stored.
    pub script_hash: Option<Checksum>,
}

/// Which columns a history has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Those of [`COLUMNS`]: an earlier version of this program made it, and nobody widened it yet.
    Narrow,
    /// Those of [`LATER`], too.
    Wide,
}

impl Shape {
    /// Reads the names of the columns, as the catalog lists them between commas.
    pub fn of(columns: &str) -> Self {
        if missing(columns).next().is_none() { Shape::Wide } else { Shape::Narrow }
    }
}

/// Returns which of [`LATER`] are not among these names.
fn missing(columns: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let has = |name: &str| columns.split(',').any(|column| column.eq_ignore_ascii_case(name));
    LATER.into_iter().filter(move |(name, _)| !has(name))
}

/// Returns the whole history, oldest first; none if there is no such table.
pub async fn read(session: &mut dyn Session, table: &TableName) -> Result<Vec<Entry>, VersionTableError> {
    let found = VersionTable::find(session, table).await?;
    let (dialect, name) = (found.dialect(), found.history_name());
    // Reading alters nothing, an old table neither.
    let later = match found.history_shape(session).await? {
        None => return Ok(Vec::new()),
        Some(Shape::Narrow) => "NULL, NULL",
        Some(Shape::Wide) => "breaking, script_hash",
    };
    let query = format!(
        "SELECT attempt, revision, direction, heads_before, heads_after, checksum, feature, parents, statements, \
         owner, tool, {}, {}, ms, {later} FROM {} ORDER BY number",
        time_text(dialect, "started_at"),
        time_text(dialect, "finished_at"),
        dialect.table(&name)
    );
    Ok(found.read(session, &query).await?.into_iter().filter_map(entry).collect())
}

/// Returns the text that ran in an attempt, if it was kept.
pub async fn read_body(
    session: &mut dyn Session,
    table: &TableName,
    attempt: &str,
) -> Result<Option<String>, VersionTableError> {
    Ok(read_packed(session, table, attempt, "body").await?.as_deref().and_then(body::unpacked))
}

/// Returns what a column of an attempt's row holds.
pub(super) async fn read_packed(
    session: &mut dyn Session,
    table: &TableName,
    attempt: &str,
    column: &'static str,
) -> Result<Option<String>, VersionTableError> {
    let found = VersionTable::find(session, table).await?;
    let dialect = found.dialect();
    let (name, attempt) = (dialect.table(&found.history_name()), plain_literal(dialect, attempt, 36));
    Ok(first_value(found.read(session, &format!("SELECT {column} FROM {name} WHERE attempt = {attempt}")).await?))
}

fn entry(row: Row) -> Option<Entry> {
    let words = |text: Option<String>| text.unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    let [
        attempt,
        revision,
        way,
        before,
        after,
        checksum,
        feature,
        parents,
        statements,
        owner,
        tool,
        started,
        finished,
        ms,
        breaking,
        script_hash,
    ] = <[Option<String>; 16]>::try_from(row).ok()?;
    Some(Entry {
        attempt: attempt?,
        revision,
        way: Way::parse(way?.as_str())?,
        heads_before: words(before),
        heads_after: words(after),
        checksum: checksum.and_then(|text| text.parse().ok()),
        feature: feature.unwrap_or_default(),
        parents: words(parents),
        statements: statements.and_then(|text| text.parse().ok()).unwrap_or_default(),
        owner: owner.unwrap_or_default(),
        tool: tool.unwrap_or_default(),
        started_at: started.unwrap_or_default(),
        finished_at: finished.unwrap_or_default(),
        milliseconds: ms.and_then(|text| text.parse().ok()).unwrap_or_default(),
        breaking: breaking.map(|text| matches!(text.as_str(), "1" | "t" | "true")),
        script_hash: script_hash.and_then(|text| text.parse().ok()),
    })
}

/// The columns that every history has.
pub(crate) const COLUMNS: &str = "number, attempt, revision, direction, heads_before, heads_after, checksum, body, feature, \
     parents, statements, owner, tool, started_at, finished_at, ms";

/// The columns that came later, and their types; the type of text is each database's.
const LATER: [(&str, &str); 3] = [("breaking", "BOOLEAN"), ("script", ""), ("script_hash", "VARCHAR(64)")];

fn definition(dialect: &dyn Dialect, (name, kind): (&str, &str)) -> String {
    let kind = if kind.is_empty() { types(dialect).text } else { kind };
    format!("{name} {kind} NULL")
}

/// Returns the statements that add the columns that a table with these columns lacks; only SQLite needs several.
pub(crate) fn widen(dialect: &dyn Dialect, table: &TableName, columns: &str) -> Vec<String> {
    let added: Vec<String> =
        missing(columns).map(|column| format!("ADD COLUMN {}", definition(dialect, column))).collect();
    let alter = |change: &str| format!("ALTER TABLE {} {change}", dialect.table(table));
    match (added.as_slice(), dialect.name()) {
        ([], _) => Vec::new(),
        (added, DialectName::Sqlite) => added.iter().map(|change| alter(change)).collect(),
        (added, _) => vec![alter(&added.join(", "))],
    }
}

/// Returns the statement that makes the table.
pub(crate) fn create(dialect: &dyn Dialect, table: &TableName) -> String {
    let number = match dialect.name() {
        DialectName::Postgres => "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
        DialectName::Sqlite => "INTEGER PRIMARY KEY",
        DialectName::Mysql => "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
    };
    let (name, types) = (dialect.table(table), types(dialect));
    let (text, time, options) = (types.text, types.time, types.options);
    let later = LATER.map(|column| definition(dialect, column)).join(", ");
    format!(
        "CREATE TABLE IF NOT EXISTS {name} (number {number}, attempt VARCHAR(36) NOT NULL UNIQUE, \
         revision VARCHAR(32) NULL, direction VARCHAR(10) NOT NULL, heads_before {text} NOT NULL, \
         heads_after {text} NOT NULL, checksum VARCHAR(64) NULL, body {text} NULL, feature {text} NOT NULL, \
         parents {text} NOT NULL, statements INT NOT NULL, owner {text} NOT NULL, tool {text} NOT NULL, \
         started_at {time} NOT NULL, finished_at {time} NULL, ms BIGINT NULL, \
         {later}){options}"
    )
}

/// A row to be written.
pub(crate) struct Record<'a> {
    pub attempt: &'a str,
    pub revision: Option<&'a str>,
    pub way: Way,
    pub heads_before: &'a Rows,
    pub heads_after: &'a Rows,
    pub checksum: Option<Checksum>,
    pub body: Option<String>,
    pub feature: &'a str,
    pub parents: String,
    pub statements: usize,
    pub owner: &'a str,
    /// None for a narrow table.
    pub later: Option<Later>,
}

/// The values of [`LATER`].
#[derive(Default)]
pub(crate) struct Later {
    pub breaking: Option<bool>,
    /// The text of the whole script, packed, and its checksum.
    pub script: Option<(String, Checksum)>,
}

impl Later {
    /// Returns what a table of this shape says of an upgrade; none if it cannot say it.
    pub fn of(shape: Shape, script: &Script, dialect: DialectName, scripts: Scripts) -> Option<Self> {
        if shape == Shape::Narrow {
            return None;
        }
        let breaking = script.section(Direction::Up, dialect).and_then(|section| section.settings.breaking);
        let text = &script.source().text;
        let stored = match scripts {
            Scripts::NotStored => None,
            Scripts::Stored => body::packed(text).map(|packed| (packed, checksum::of_text(text))),
        };
        Some(Later { breaking, script: stored })
    }
}

/// When what a row tells of began.
#[derive(Clone, Copy)]
pub(crate) enum Start {
    /// PostgreSQL: with the transaction.
    Transaction,
    /// PostgreSQL: with the revision before, in a transaction of several.
    Previous,
    /// So long ago.
    Ago(Duration),
    /// SQLite: now; [`finish`] writes the end.
    Now,
}

impl Record<'_> {
    /// Returns the statement that writes the row.
    pub fn insert(&self, dialect: &dyn Dialect, table: &TableName, start: Start) -> String {
        let literal = |text: &str| plain_literal(dialect, text, usize::MAX);
        let optional = |text: Option<&str>| text.map_or_else(|| "NULL".to_owned(), literal);
        let name = dialect.table(table);
        let (started, finished, milliseconds) = times(dialect, &name, start);
        let mut columns = "attempt, revision, direction, heads_before, heads_after, checksum, body, feature, parents, \
                           statements, owner, tool, started_at, finished_at, ms"
            .to_owned();
        let mut values = vec![
            literal(self.attempt),
            optional(self.revision),
            literal(self.way.as_str()),
            literal(&joined(self.heads_before)),
            literal(&joined(self.heads_after)),
            optional(self.checksum.map(|checksum| checksum.to_string()).as_deref()),
            optional(self.body.as_deref()),
            literal(self.feature),
            literal(&self.parents),
            self.statements.to_string(),
            plain_literal(dialect, self.owner, 200),
            literal(concat!("cargo-alembic ", env!("CARGO_PKG_VERSION"))),
            started,
            finished,
            milliseconds,
        ];
        if let Some(Later { breaking, script }) = &self.later {
            LATER.iter().for_each(|(name, _)| _ = write!(columns, ", {name}"));
            let (text, hash) = script.as_ref().map(|(text, hash)| (text.as_str(), hash.to_string())).unzip();
            let breaking = breaking.map_or("NULL", |breaking| if breaking { "TRUE" } else { "FALSE" });
            values.extend([breaking.to_owned(), optional(text), optional(hash.as_deref())]);
        }
        format!("INSERT INTO {name} ({columns}) VALUES ({})", values.join(", "))
    }
}

fn times(dialect: &dyn Dialect, table: &str, start: Start) -> (String, String, String) {
    let now = now(dialect);
    let started = match (start, dialect.name()) {
        (Start::Now, _) => return (now.to_owned(), "NULL".to_owned(), "NULL".to_owned()),
        (Start::Transaction, _) => "now()".to_owned(),
        (Start::Previous, _) => format!("GREATEST(now(), (SELECT max(finished_at) FROM {table}))"),
        (Start::Ago(ago), DialectName::Postgres) => format!("{now} - interval '{} microseconds'", ago.as_micros()),
        (Start::Ago(ago), DialectName::Mysql) => format!("{now} - INTERVAL {} MICROSECOND", ago.as_micros()),
        (Start::Ago(ago), DialectName::Sqlite) => {
            format!("strftime('%Y-%m-%d %H:%M:%f', 'now', '-{:.3} seconds')", ago.as_secs_f64())
        }
    };
    let milliseconds = match start {
        Start::Ago(ago) => ago.as_millis().to_string(),
        _ => format!("(extract(epoch FROM {now} - {started}) * 1000)::bigint"),
    };
    (started, now.to_owned(), milliseconds)
}

/// Returns the statement that writes the end of a row that began [`Start::Now`], on SQLite.
pub(crate) fn finish(dialect: &dyn Dialect, table: &TableName, attempt: &str) -> String {
    format!(
        "UPDATE {} SET finished_at = {}, ms = CAST(round((julianday('now') - julianday(started_at)) * 86400000) AS \
         INTEGER) WHERE attempt = {}",
        dialect.table(table),
        now(dialect),
        dialect.literal(attempt)
    )
}

/// Returns a query that has a row if the attempt was committed.
pub(crate) fn find(dialect: &dyn Dialect, table: &TableName, attempt: &str) -> String {
    format!("SELECT 1 FROM {} WHERE attempt = {}", dialect.table(table), dialect.literal(attempt))
}

/// Returns the query that [`applied`] reads.
pub(crate) fn select_applied(dialect: &dyn Dialect, table: &TableName) -> String {
    format!(
        "SELECT revision, direction, checksum, attempt FROM {} WHERE revision IS NOT NULL ORDER BY number",
        dialect.table(table)
    )
}

/// What ran for an applied revision: the checksum, and the attempt that has its text.
pub(crate) type Applied = BTreeMap<String, (Checksum, String)>;

/// Returns what ran for each revision that is applied, as far as the history knows.
pub(crate) fn applied(rows: Vec<Row>) -> Applied {
    let mut applied = Applied::new();
    for row in rows {
        let Ok([Some(revision), Some(way), checksum, attempt]) = <[_; 4]>::try_from(row) else { continue };
        match (Way::parse(&way), checksum.and_then(|text| text.parse().ok())) {
            (Some(Way::Up | Way::Accept), Some(checksum)) => {
                applied.insert(revision, (checksum, attempt.unwrap_or_default()));
            }
            _ => {
                applied.remove(&revision);
            }
        }
    }
    applied
}

/// Returns what a row says that a revision stood on.
pub(crate) fn parents_of(revision: &Revision) -> String {
    let parents = revision.parents.iter().chain(&revision.depends_on);
    parents.map(|parent| &*parent.name).collect::<Vec<_>>().join(" ")
}

fn joined(rows: &Rows) -> String {
    rows.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_row_of_a_revision_counts() {
        let (one, two) = ("1".repeat(64), "2".repeat(64));
        let row = |revision: &str, way: &str, checksum: &str| {
            [revision, way, checksum, "id"].map(|text| Some(text.to_owned())).to_vec()
        };
        let rows = vec![
            row("a", "up", &one),
            row("b", "up", &one),
            row("b", "down", &one),
            row("c", "up", &one),
            row("c", "accept", &two),
            row("d", "up", "by hand"),
            vec![None],
        ];
        let applied = applied(rows);
        let found: Vec<(&str, String)> =
            applied.iter().map(|(revision, (checksum, _))| (revision.as_str(), checksum.to_string())).collect();
        assert_eq!(found, [("a", one), ("c", two)]);
    }
}
