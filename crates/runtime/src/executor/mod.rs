//! Runs a plan: lock, look again, run, move the rows, commit; each database in its own way, one executor for all.
//!
//! The sequences are those of `reliability.md` §2. [`transactional`] is PostgreSQL and SQLite, [`statement_wise`] is
//! `transaction = false`, [`mysql`] is MySQL and MariaDB. Read [`execute`] first.

mod failure;
mod foreign_keys;
pub(crate) mod holder;
mod journal;
mod journal_help;
mod mysql;
mod options;
mod patience;
mod run;
mod rust_step;
mod statement_wise;
mod text;
mod transactional;
mod under_way;
mod unsupported;
mod words;

use alembic_revisions::{DialectName, Plan};

pub use failure::{At, Cause, Edit, ExecuteError, Kept, Remains};
pub use options::{Report, RunOptions, StepReport, Stride, Transactions};
pub use rust_step::{BoxError, MissingStep, RustFailure, RustSteps, StepFuture};
pub use unsupported::Unsupported;

use crate::event::Observer;
use crate::session::Session;
use crate::version_table::VersionTable;
use run::{Run, Work};

/// Runs `plan`, or refuses it if the database is no longer where the plan starts.
///
/// Nothing to do costs nothing: no lock, no write. After an error, or when the future is dropped, the session may be in
/// the midst of a transaction: close it.
pub async fn execute(
    session: &mut dyn Session,
    plan: &Plan,
    options: &RunOptions,
    observer: &mut dyn Observer,
) -> Result<Report, ExecuteError> {
    let stamps = plan.stamp.as_ref().is_some_and(|change| plan.purge || !change.is_empty());
    if plan.steps.is_empty() && !stamps {
        let rows = plan.from.iter().map(|row| row.as_str().to_owned()).collect();
        return Ok(Report { steps: Vec::new(), rows });
    }
    let refused = unsupported::refuse(session, plan, options);
    refused.map_err(|reason| ExecuteError::before(Cause::Unsupported(reason)))?;
    options.rust.refuse_missing(plan).map_err(|missing| ExecuteError::before(missing.into()))?;
    let table = VersionTable::find(session, &options.version_table)
        .await
        .map_err(|error| ExecuteError::before(error.into()))?;
    let prepared = session.prepare().await;
    prepared.map_err(|error| ExecuteError::before(Cause::Database(error)))?;
    session.heed(&options.cancel).await;
    let door = session.door();
    let mut run = Run::new(session, table, plan, options, observer);
    let under_way = run.under_way.clone();
    under_way::cancelled(all(&mut run, plan.dialect), &options.cancel, door.as_deref(), &under_way).await?;
    Ok(run.report())
}

async fn all(run: &mut Run<'_>, dialect: DialectName) -> Result<(), ExecuteError> {
    patience::make_tables(run).await?;
    if dialect == DialectName::Mysql { mysql::run(run).await } else { in_segments(run).await }
}

/// Runs what can share transactions together, and what cannot one by one.
async fn in_segments(run: &mut Run<'_>) -> Result<(), ExecuteError> {
    let mut at = 0;
    while at < run.work.len() {
        run.check_cancelled()?;
        let is_transactional = |work: &Work<'_>| work.step.is_none_or(|step| step.transaction);
        let length = run.work[at..].iter().take_while(|work| is_transactional(work)).count();
        if length == 0 {
            statement_wise::run(run, at).await?;
            at += 1;
        } else {
            match transactional::run(run, at..at + length).await? {
                transactional::Reached::End => at += length,
                // A revision is half applied: if it is this one, the rest of it runs statement by statement, too.
                transactional::Reached::HalfApplied { at: index } => {
                    statement_wise::run(run, index).await?;
                    at = index + 1;
                }
            }
        }
    }
    Ok(())
}
