//! The progress of a revision that no transaction surrounds: which of its statements ran, and which was about to.
//!
//! A row is there from the first statement until the version rows move. Every change of it proves the attempt's id, so
//! whoever lost the lock changes nothing. Read [`Progress`] first.

use alembic_revisions::dialect::{Dialect, TableName};
use alembic_revisions::{Checksum, Direction};

use super::{body, now, time_text, types};
use crate::session::{Row, Session};
use crate::version_table::{VersionTable, VersionTableError};

/// The packed text is written anew with each statement on some databases, so only a short one is kept.
const LONGEST_BODY: usize = 24 * 1024;

/// A revision that is half applied, or half reverted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    pub revision: String,
    pub attempt: String,
    pub direction: Direction,
    /// Of the whole section, as it was when the revision began.
    pub checksum: Option<Checksum>,
    /// Of the first `done` statements.
    pub ran: Option<Checksum>,
    pub total: usize,
    pub done: usize,
    /// The statement (from 1) that was about to run, and may have run.
    pub intent: Option<usize>,
    /// Of that statement.
    pub intended: Option<Checksum>,
    /// What that statement would change, as it was before.
    pub fingerprint: Option<String>,
    /// The whole section's statements as they were when the revision began, unless they are long.
    pub body: Option<String>,
    /// In UTC, by the database's clock.
    pub updated_at: String,
}

/// Returns the revisions that are half applied, in the order of their ids; none if there is no such table.
pub async fn read(session: &mut dyn Session, table: &TableName) -> Result<Vec<Progress>, VersionTableError> {
    let found = VersionTable::find(session, table).await?;
    let name = found.progress_name();
    if !found.has(session, &name).await? {
        return Ok(Vec::new());
    }
    let rows = found.read(session, &select(found.dialect(), &name)).await?;
    Ok(rows.into_iter().filter_map(parsed).collect())
}

pub(crate) const COLUMNS: &str =
    "revision, attempt, direction, checksum, ran, total, done, intent, intended, fingerprint, updated_at, body";

/// Returns the statement that makes the table.
pub(crate) fn create(dialect: &dyn Dialect, table: &TableName) -> String {
    let (name, types) = (dialect.table(table), types(dialect));
    let (text, time, options) = (types.text, types.time, types.options);
    format!(
        "CREATE TABLE IF NOT EXISTS {name} (revision VARCHAR(32) NOT NULL PRIMARY KEY, attempt VARCHAR(36) NOT NULL, \
         direction VARCHAR(10) NOT NULL, checksum VARCHAR(64) NULL, ran VARCHAR(64) NULL, total INT NOT NULL, \
         done INT NOT NULL, intent INT NULL, intended VARCHAR(64) NULL, fingerprint VARCHAR(200) NULL, \
         updated_at {time} NULL, body {text} NULL){options}"
    )
}

/// Returns the query whose rows [`parsed`] reads.
pub(crate) fn select(dialect: &dyn Dialect, table: &TableName) -> String {
    format!(
        "SELECT revision, attempt, direction, checksum, ran, total, done, intent, intended, fingerprint, {}, body \
         FROM {} ORDER BY revision",
        time_text(dialect, "updated_at"),
        dialect.table(table)
    )
}

/// Reads a row; what somebody else wrote there is taken as far as it goes.
pub(crate) fn parsed(row: Row) -> Option<Progress> {
    let [revision, attempt, direction, checksum, ran, total, done, intent, intended, fingerprint, updated_at, text] =
        <[Option<String>; 12]>::try_from(row).ok()?;
    let sum = |text: Option<String>| text.and_then(|text| text.parse().ok());
    let number = |text: Option<String>| text.and_then(|text| text.parse::<usize>().ok());
    Some(Progress {
        revision: revision?,
        attempt: attempt.unwrap_or_default(),
        direction: if direction.as_deref() == Some("down") { Direction::Down } else { Direction::Up },
        checksum: sum(checksum),
        ran: sum(ran),
        total: number(total).unwrap_or_default(),
        done: number(done).unwrap_or(usize::MAX),
        intent: number(intent),
        intended: sum(intended),
        fingerprint,
        body: text.and_then(|text| body::unpacked(&text)),
        updated_at: updated_at.unwrap_or_default(),
    })
}

/// The row of one attempt, as SQL. Each statement must change exactly one row.
pub(crate) struct Slip<'a> {
    pub dialect: &'static dyn Dialect,
    pub table: &'a TableName,
    pub revision: &'a str,
    pub attempt: &'a str,
}

/// What a row says of the whole section.
pub(crate) struct Outline<'a> {
    pub direction: Direction,
    pub checksum: Checksum,
    pub total: usize,
    pub text: &'a str,
}

impl Slip<'_> {
    /// Adds the row of a revision that begins.
    pub fn insert(&self, outline: &Outline<'_>) -> String {
        let (revision, attempt) = (self.literal(self.revision), self.literal(self.attempt));
        let direction = super::history::Way::from(outline.direction).as_str();
        format!(
            "INSERT INTO {} (revision, attempt, direction, checksum, total, done, body, updated_at) \
             VALUES ({revision}, {attempt}, '{direction}', '{}', {}, 0, {}, {})",
            self.name(),
            outline.checksum,
            outline.total,
            self.body(outline.text),
            now(self.dialect)
        )
    }

    /// Takes the row of an attempt that stopped over, unless it has gone on since it was looked at: the server may
    /// still work for a client that is dead.
    pub fn claim(&self, before: &Progress, outline: &Outline<'_>, done: usize, ran: Checksum) -> String {
        format!(
            "UPDATE {} SET attempt = {}, checksum = '{}', total = {}, done = {done}, ran = '{ran}', intent = NULL, \
             intended = NULL, fingerprint = NULL, body = {}, updated_at = {} WHERE revision = {} AND attempt = {} AND done = {} \
             AND COALESCE(intent, 0) = {}",
            self.name(),
            self.literal(self.attempt),
            outline.checksum,
            outline.total,
            self.body(outline.text),
            now(self.dialect),
            self.literal(self.revision),
            super::plain_literal(self.dialect, &before.attempt, 36),
            before.done,
            before.intent.unwrap_or(0)
        )
    }

    /// Notes that so many statements are done, where `before` were.
    pub fn done(&self, before: usize, now: usize, ran: Checksum) -> String {
        let values = format!("done = {now}, ran = '{ran}', intent = NULL, intended = NULL, fingerprint = NULL");
        self.update(&values, before)
    }

    /// Notes that the statement with this index is about to run; `fingerprint` is SQL.
    pub fn intend(&self, index: usize, intended: Checksum, fingerprint: &str) -> String {
        self.update(&format!("intent = {}, intended = '{intended}', fingerprint = {fingerprint}", index + 1), index)
    }

    /// Notes that the statement with this index did not run after all, if `condition` holds.
    pub fn forget_intent(&self, index: usize, condition: &str) -> String {
        format!("{} AND {condition}", self.update("intent = NULL, intended = NULL, fingerprint = NULL", index))
    }

    /// Removes the row if nothing ran yet.
    pub fn delete_unless_begun(&self) -> String {
        format!("{} AND done = 0 AND intent IS NULL", self.delete())
    }

    pub fn delete(&self) -> String {
        format!(
            "DELETE FROM {} WHERE revision = {} AND attempt = {}",
            self.name(),
            self.literal(self.revision),
            self.literal(self.attempt)
        )
    }

    fn update(&self, values: &str, done: usize) -> String {
        format!(
            "UPDATE {} SET {values}, updated_at = {} WHERE revision = {} AND attempt = {} AND done = {done}",
            self.name(),
            now(self.dialect),
            self.literal(self.revision),
            self.literal(self.attempt)
        )
    }

    fn name(&self) -> String {
        self.dialect.table(self.table)
    }

    fn literal(&self, text: &str) -> String {
        self.dialect.literal(text)
    }

    fn body(&self, text: &str) -> String {
        let packed = body::packed(text).filter(|packed| packed.len() <= LONGEST_BODY);
        packed.map_or_else(|| "NULL".to_owned(), |packed| self.literal(&packed))
    }
}
