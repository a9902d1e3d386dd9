//! The locks that each statement of an upgrade takes on PostgreSQL, seen from inside of its transaction.
//!
//! The transaction is undone: the executor runs the revision after this. Read [`observe`] first.

use alembic_revisions::{Direction, NodeId, split};
use alembic_runtime::session::{DatabaseError, ErrorKind};
use alembic_schema::locks::{Moment, Observation, QUERY, observed};

use super::stage::Stage;
use crate::app::Failure;
use crate::scratch::{Uninspected, unless_interrupted};

/// One statement of an upgrade.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Counted from 1.
    pub number: usize,
    pub sql: String,
    /// What it did to tables that were there before its revision; the reason where that cannot be seen.
    pub seen: Result<Vec<Observation>, String>,
}

/// Runs the upgrade of a revision and takes it back; the database has the revisions of `below` before and afterwards.
pub fn observe(stage: &mut Stage<'_>, node: NodeId, below: &[NodeId]) -> Result<Vec<Statement>, Failure> {
    let script = stage.graph.script(node).clone();
    let Some(section) = script.section(Direction::Up, stage.dialect()) else { return Ok(Vec::new()) };
    let statements = split::statements(&script, section, stage.dialect())?;
    let texts: Vec<&str> = statements.iter().map(|statement| statement.sql()).collect();
    if section.settings.transaction { together(stage, &texts) } else { one_by_one(stage, &texts, node, below) }
}

fn together(stage: &mut Stage<'_>, statements: &[&str]) -> Result<Vec<Statement>, Failure> {
    if statements.is_empty() {
        return Ok(Vec::new());
    }
    let first = begin(stage)?;
    let mut before = first.clone();
    let mut found = Vec::new();
    for (number, sql) in (1..).zip(statements) {
        let seen = match send(stage, sql)? {
            Ok(()) => {
                let after = moment(stage)?;
                let seen = observed(&first, &before, &after);
                before = after;
                Ok(seen)
            }
            Err(error) => Err(error.to_string()),
        };
        let is_last = seen.is_err();
        found.push(Statement { number, sql: (*sql).to_owned(), seen });
        if is_last {
            break;
        }
    }
    roll_back(stage)?;
    Ok(found)
}

/// Each statement in a transaction of its own, then for good, so that the next one finds what it did.
fn one_by_one(
    stage: &mut Stage<'_>,
    statements: &[&str],
    node: NodeId,
    below: &[NodeId],
) -> Result<Vec<Statement>, Failure> {
    let first = begin(stage)?;
    roll_back(stage)?;
    let mut found = Vec::new();
    for (number, sql) in (1..).zip(statements) {
        let before = begin(stage)?;
        let tried = send(stage, sql)?;
        let seen = match tried {
            Ok(()) => Ok(observed(&first, &before, &moment(stage)?)),
            Err(error) if error.kind == ErrorKind::ForbiddenInTransaction => {
                Err("it cannot run inside a transaction, so its locks come and go unseen".to_owned())
            }
            Err(error) => Err(error.to_string()),
        };
        roll_back(stage)?;
        found.push(Statement { number, sql: (*sql).to_owned(), seen });
        if send(stage, sql)?.is_err() {
            break;
        }
    }
    stage.rebuild(below)?;
    // It came in before.
    let _ = stage.fixture(node)?;
    Ok(found)
}

fn begin(stage: &mut Stage<'_>) -> Result<Moment, Failure> {
    send(stage, "BEGIN")?.map_err(Uninspected::from)?;
    moment(stage)
}

fn roll_back(stage: &mut Stage<'_>) -> Result<(), Failure> {
    send(stage, "ROLLBACK")?.map_err(Uninspected::from)?;
    Ok(())
}

fn send(stage: &mut Stage<'_>, sql: &str) -> Result<Result<(), DatabaseError>, Failure> {
    unless_interrupted(stage.app, stage.session.execute(sql)).map(|sent| sent.map(|_| ()))
}

fn moment(stage: &mut Stage<'_>) -> Result<Moment, Failure> {
    let rows = unless_interrupted(stage.app, stage.session.rows(QUERY))?.map_err(Uninspected::from)?;
    Ok(Moment::new(&rows))
}
