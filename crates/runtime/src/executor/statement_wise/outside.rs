//! PostgreSQL: statements that no transaction surrounds, after the run that sent them has died or they have failed.
//!
//! The catalogue is asked, never guessed at. Read [`verdict`] first.

use alembic_revisions::dialect::Dialect;

use super::super::failure::{Cause, ExecuteError, Remains};
use super::super::journal::Course;
use super::super::patience::Wait;
use super::super::run::Run;
use super::index::Outside;
use crate::journal::plain_literal;
use crate::session::{DatabaseError, ErrorKind, Session};
use crate::version_table::first_value;

/// Whether a statement took effect.
pub(super) enum Verdict {
    Done,
    NotDone,
    Unknown,
}

/// Returns the comment in front of a statement by which the server's list of activity shows whose it is.
pub(super) fn mark(attempt: &str) -> String {
    format!("/* alembic {attempt} */ ")
}

/// Waits until the server no longer works on a statement of that attempt: it does so after its client is dead, too.
pub(super) async fn wait_for(run: &mut Run<'_>, attempt: &str) -> Result<(), ExecuteError> {
    let mark = mark(attempt);
    let query = format!(
        "SELECT 1 FROM pg_catalog.pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() \
         AND left(query, {}) = {} LIMIT 1",
        mark.chars().count(),
        plain_literal(run.table.dialect(), &mark, 100)
    );
    let mut wait = Wait::new();
    loop {
        let active = run.session.rows(&query).await.map_err(|error| run.fail(Cause::Database(error)))?;
        if first_value(active).is_none() {
            return Ok(());
        }
        wait.poll(run).await?;
    }
}

/// Finds out whether the statement took effect; an index that was not finished is dropped.
pub(super) async fn verdict(
    session: &mut dyn Session,
    dialect: &dyn Dialect,
    kind: &Outside,
    before: Option<&str>,
) -> Result<Verdict, DatabaseError> {
    match kind {
        Outside::Repeatable => Ok(Verdict::NotDone),
        Outside::Other => Ok(Verdict::Unknown),
        Outside::DropIndex { .. } => {
            let there = first_value(session.rows(&format!("SELECT {}", kind.index_id(dialect))).await?).is_some();
            // If there was none before, the statement has to say so again.
            Ok(if there || before.is_none() { Verdict::NotDone } else { Verdict::Done })
        }
        Outside::CreateIndex { .. } => match found(session, dialect, kind).await? {
            Some(index) if Some(index.id.as_str()) == before => Ok(Verdict::NotDone),
            Some(index) if index.is_valid => Ok(Verdict::Done),
            Some(index) => {
                session.execute(&format!("DROP INDEX CONCURRENTLY {}", index.name)).await?;
                Ok(Verdict::NotDone)
            }
            None => Ok(Verdict::NotDone),
        },
    }
}

struct Index {
    id: String,
    is_valid: bool,
    name: String,
}

async fn found(
    session: &mut dyn Session,
    dialect: &dyn Dialect,
    kind: &Outside,
) -> Result<Option<Index>, DatabaseError> {
    let query = format!(
        "SELECT i.indexrelid::text, i.indisvalid::text, format('%I.%I', n.nspname, c.relname) \
         FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE i.indexrelid::text = {}",
        kind.index_id(dialect)
    );
    let row = session.rows(&query).await?.into_iter().next().unwrap_or_default();
    let [Some(id), Some(valid), Some(name)] = <[_; 3]>::try_from(row).unwrap_or_default() else { return Ok(None) };
    Ok(Some(Index { id, is_valid: valid == "true", name }))
}

/// Takes away what a failed statement left, an invalid index, and returns what stays.
pub(super) async fn heal(
    session: &mut dyn Session,
    dialect: &dyn Dialect,
    kind: &Outside,
    error: &DatabaseError,
) -> Remains {
    if error.kind == ErrorKind::ConnectionLost {
        return Remains::Unknown;
    }
    if !matches!(kind, Outside::CreateIndex { .. })
        || error.kind == ErrorKind::AlreadyExists && error.code.as_deref() != Some("23505")
    {
        return Remains::Nothing;
    }
    match found(session, dialect, kind).await {
        Ok(Some(index)) if !index.is_valid => {
            match session.execute(&format!("DROP INDEX CONCURRENTLY {}", index.name)).await {
                Ok(_) => Remains::Nothing,
                Err(_) => Remains::Objects(vec![format!("the invalid index `{}`", index.name)]),
            }
        }
        _ => Remains::Nothing,
    }
}

/// Returns the error for a statement of which only a person can tell whether it took effect.
pub(in super::super) fn undecided(run: &Run<'_>, course: &Course<'_>, same: bool) -> ExecuteError {
    let reason = if same {
        "a run ended inside of it, and the database does not tell".to_owned()
    } else {
        "a run ended inside of it, and it was edited since".to_owned()
    };
    match run.at(course.work, Some(course.next), None) {
        Some(at) => run.fail(Cause::Undecided { at, reason }),
        None => run.fail(Cause::Interrupted),
    }
}
