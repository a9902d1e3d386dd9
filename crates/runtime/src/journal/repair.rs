//! What a person decides about the journal: the answers to the questions that a run could not answer by itself.
//!
//! Each change compares what it changes with what was seen before, so a run that goes on meanwhile is not disturbed:
//! then nothing changes. Read [`mark_done`] first.

use std::collections::BTreeSet;

use alembic_revisions::dialect::TableName;
use alembic_revisions::{Direction, Script, checksum};

use super::history::{Later, Record, Start, Way};
use super::progress::Progress;
use super::{Scripts, body, compare, plain_literal};
use crate::session::Session;
use crate::version_table::{Rows, VersionTable, VersionTableError};

/// What became of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repaired {
    Done,
    /// Somebody else changed the row meanwhile; nothing happened.
    Moved,
    /// The statements that ran are not those that the file has; nothing happened.
    Edited,
}

/// Notes that the statement that may have run did: the next run goes on behind it.
///
/// `script` is the file's; what counts as having run is its text.
pub async fn mark_done(
    session: &mut dyn Session,
    table: &TableName,
    seen: &Progress,
    script: &Script,
) -> Result<Repaired, VersionTableError> {
    let dialect = session.dialect();
    let done = seen.intent.unwrap_or(seen.done.saturating_add(1));
    let statements = checksum::of_section(script, seen.direction, dialect.name()).map(|(_, statements)| statements);
    let statements = statements.unwrap_or_default();
    let beginnings = checksum::of_beginnings(statements.iter().map(|statement| statement.sql()), dialect.name());
    let before = beginnings.get(seen.done);
    if seen.done > 0 && (before.is_none() || before != seen.ran.as_ref()) {
        return Ok(Repaired::Edited);
    }
    let Some(ran) = beginnings.get(done) else { return Ok(Repaired::Edited) };
    let values = format!("done = {done}, ran = '{ran}', intent = NULL, intended = NULL, fingerprint = NULL");
    change(session, table, seen, &format!("SET {values}")).await
}

/// Notes that the statement that may have run did not: the next run runs it.
pub async fn run_again(
    session: &mut dyn Session,
    table: &TableName,
    seen: &Progress,
) -> Result<Repaired, VersionTableError> {
    change(session, table, seen, "SET intent = NULL, intended = NULL, fingerprint = NULL").await
}

/// Forgets that a revision is half applied: the next run begins it anew, unless a stamp says that it is done.
pub async fn forget(
    session: &mut dyn Session,
    table: &TableName,
    seen: &Progress,
) -> Result<Repaired, VersionTableError> {
    let found = VersionTable::find(session, table).await?;
    let dialect = found.dialect();
    let sql = format!("DELETE FROM {} WHERE {}", dialect.table(&found.progress_name()), same(dialect, seen));
    one(session, &sql).await
}

/// Takes an edited script's upgrade section for what ran.
pub async fn accept(
    session: &mut dyn Session,
    table: &TableName,
    script: &Script,
    owner: &str,
    scripts: Scripts,
) -> Result<Repaired, VersionTableError> {
    let found = VersionTable::find(session, table).await?;
    let rows: Rows = found.rows(session).await?.into_iter().collect::<BTreeSet<_>>();
    let dialect = found.dialect();
    let Some((sum, statements)) = checksum::of_section(script, Direction::Up, dialect.name()) else {
        return Ok(Repaired::Edited);
    };
    let attempt = super::attempt();
    let shape = found.history_shape(session).await?;
    let later = shape.and_then(|shape| Later::of(shape, script, dialect.name(), scripts));
    let record = Record {
        attempt: &attempt,
        revision: Some(script.revision.id.as_str()),
        way: Way::Accept,
        heads_before: &rows,
        heads_after: &rows,
        checksum: Some(sum),
        body: body::packed(compare::text_of(&statements)),
        feature: &script.revision.feature,
        parents: super::history::parents_of(&script.revision),
        statements: statements.len(),
        owner,
        later,
    };
    one(session, &record.insert(dialect, &found.history_name(), Start::Ago(std::time::Duration::ZERO))).await
}

async fn change(
    session: &mut dyn Session,
    table: &TableName,
    seen: &Progress,
    values: &str,
) -> Result<Repaired, VersionTableError> {
    let found = VersionTable::find(session, table).await?;
    let dialect = found.dialect();
    let name = dialect.table(&found.progress_name());
    // A new attempt's id keeps a run out that is still under way.
    let attempt = dialect.literal(&super::attempt());
    one(session, &format!("UPDATE {name} {values}, attempt = {attempt} WHERE {}", same(dialect, seen))).await
}

fn same(dialect: &dyn alembic_revisions::Dialect, seen: &Progress) -> String {
    let intent = seen.intent.map_or_else(|| "intent IS NULL".to_owned(), |intent| format!("intent = {intent}"));
    format!(
        "revision = {} AND attempt = {} AND done = {} AND {intent}",
        plain_literal(dialect, &seen.revision, 32),
        plain_literal(dialect, &seen.attempt, 36),
        seen.done
    )
}

async fn one(session: &mut dyn Session, sql: &str) -> Result<Repaired, VersionTableError> {
    Ok(if session.execute(sql).await? == 1 { Repaired::Done } else { Repaired::Moved })
}
