//! PostgreSQL: statements that no transaction surrounds, after the run that sent them has died or they have failed.
//!
//! The catalogue is asked, never guessed at. Read [`verdict`] first.

use alembic_revisions::dialect::Dialect;

use super::super::failure::{Cause, ExecuteError, Remains};
use super::super::journal::Course;
use super::super::patience::Wait;
use super::super::run::Run;
use super::super::under_way::active;
use super::probe::Outside;
use crate::session::{DatabaseError, ErrorKind, Session};
use crate::version_table::first_value;

/// Whether a statement took effect.
pub(super) enum Verdict {
    Done,
    NotDone,
    Unknown,
}

/// Waits until the server no longer works on a statement of that attempt: it does so after its client is dead, too.
///
/// `session` has no transaction open: inside of one the list of activity stays as it was first seen.
pub(super) async fn wait_for(session: &mut dyn Session, run: &mut Run<'_>, attempt: &str) -> Result<(), ExecuteError> {
    let query = format!("SELECT 1 {} LIMIT 1", active(run.table.dialect(), attempt));
    let mut wait = Wait::new();
    loop {
        let active = session.rows(&query).await.map_err(|error| run.fail(Cause::Database(error)))?;
        if first_value(active).is_none() {
            return Ok(());
        }
        wait.poll(run).await?;
    }
}

/// Finds out whether the statement took effect; what was not finished is finished or taken away.
pub(super) async fn verdict(
    session: &mut dyn Session,
    dialect: &dyn Dialect,
    kind: &Outside,
    before: Option<&str>,
) -> Result<Verdict, DatabaseError> {
    drop_leftovers(session, dialect, kind).await?;
    let done = match kind {
        Outside::Repeatable | Outside::Reindex { .. } => false,
        Outside::Other => return Ok(Verdict::Unknown),
        Outside::CreateIndex { .. } | Outside::AddValue { .. } | Outside::CreateDatabase { .. } => {
            let now = id(session, dialect, kind).await?;
            now.is_some() && now.as_deref() != before
        }
        // If there was none before, the statement has to say so again.
        Outside::DropIndex { .. } | Outside::DropDatabase { .. } => {
            before.is_some() && id(session, dialect, kind).await?.is_none()
        }
        Outside::Detach { table, partition } => {
            if is_pending(session, dialect, kind).await? {
                session.execute(&format!("ALTER TABLE {table} DETACH PARTITION {partition} FINALIZE")).await?;
            }
            before.is_some() && id(session, dialect, kind).await?.is_none()
        }
    };
    Ok(if done { Verdict::Done } else { Verdict::NotDone })
}

async fn id(session: &mut dyn Session, dialect: &dyn Dialect, kind: &Outside) -> Result<Option<String>, DatabaseError> {
    Ok(first_value(session.rows(&format!("SELECT {}", kind.id(dialect))).await?))
}

/// True if a partition is detached for new transactions only.
async fn is_pending(session: &mut dyn Session, dialect: &dyn Dialect, kind: &Outside) -> Result<bool, DatabaseError> {
    let pending = format!(
        "SELECT 1 FROM pg_catalog.pg_inherits WHERE inhdetachpending AND inhrelid::text = {}",
        kind.id(dialect)
    );
    Ok(first_value(session.rows(&pending).await?).is_some())
}

async fn drop_leftovers(session: &mut dyn Session, dialect: &dyn Dialect, kind: &Outside) -> Result<(), DatabaseError> {
    for name in leftovers(session, dialect, kind).await? {
        session.execute(&format!("DROP INDEX CONCURRENTLY {name}")).await?;
    }
    Ok(())
}

async fn leftovers(
    session: &mut dyn Session,
    dialect: &dyn Dialect,
    kind: &Outside,
) -> Result<Vec<String>, DatabaseError> {
    let Some(query) = kind.leftovers(dialect) else { return Ok(Vec::new()) };
    Ok(session.rows(&query).await?.into_iter().filter_map(|row| first_value(vec![row])).collect())
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
    if error.kind == ErrorKind::AlreadyExists && error.code.as_deref() != Some("23505") {
        return Remains::Nothing;
    }
    let left = match kind {
        Outside::CreateIndex { .. } | Outside::Reindex { .. } => match leftovers(session, dialect, kind).await {
            Ok(_) if drop_leftovers(session, dialect, kind).await.is_ok() => Vec::new(),
            Ok(names) => names.into_iter().map(|name| format!("the invalid index `{name}`")).collect(),
            Err(_) => return Remains::Unknown,
        },
        Outside::Detach { partition, .. } => match is_pending(session, dialect, kind).await {
            Ok(true) => vec![format!("the partition `{partition}`, which the next run finishes to detach")],
            Ok(false) => Vec::new(),
            Err(_) => return Remains::Unknown,
        },
        _ => Vec::new(),
    };
    if left.is_empty() { Remains::Nothing } else { Remains::Objects(left) }
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
        None => run.interrupted(None),
    }
}
