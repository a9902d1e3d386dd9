//! Plans and runs until there is nothing left to do: what a service does when it starts.
//!
//! Whoever confirmed a plan wants to be asked again when the database moved; a start-up has nobody to ask, so it plans
//! anew. Read [`run_until_done`] first.

use alembic_revisions::Plan;
use alembic_revisions::diagnose::Diagnose;

use crate::event::Observer;
use crate::executor::{Cause, ExecuteError, Report, RunOptions, StepReport, execute};
use crate::session::Session;
use crate::version_table::read_rows;

/// Runs the plans that `planner` makes from the version table's rows, until one has nothing to do.
///
/// Several programs may do so at once: each revision runs once, and all of them succeed.
pub async fn run_until_done<E: Diagnose>(
    session: &mut dyn Session,
    options: &RunOptions,
    observer: &mut dyn Observer,
    mut planner: impl FnMut(&[String]) -> Result<Plan, E> + Send,
) -> Result<Report, UntilError<E>> {
    let mut steps = Vec::new();
    loop {
        let rows = read_rows(session, &options.version_table).await;
        let rows = rows.map_err(|error| stopped(ExecuteError::before(error.into()), &mut steps))?;
        let plan = match planner(&rows) {
            Ok(plan) => plan,
            Err(error) => return Err(UntilError::Plan { error, done: steps }),
        };
        match execute(session, &plan, options, observer).await {
            Ok(report) => {
                steps.extend(report.steps);
                return Ok(Report { steps, rows: report.rows });
            }
            Err(mut error) => {
                steps.append(&mut error.done);
                // A planner that plans from other rows than it was given would do so for ever.
                let moved = matches!(&*error.cause, Cause::StalePlan { now, .. } if *now != rows);
                if !moved {
                    return Err(stopped(error, &mut steps));
                }
            }
        }
    }
}

fn stopped<E: Diagnose>(mut error: ExecuteError, steps: &mut Vec<StepReport>) -> UntilError<E> {
    error.done = std::mem::take(steps);
    UntilError::Execute(error)
}

/// Why [`run_until_done`] stopped.
#[derive(Debug, thiserror::Error)]
pub enum UntilError<E: Diagnose> {
    #[error("{error}")]
    Plan {
        error: E,
        /// The steps that are done and stay.
        done: Vec<StepReport>,
    },
    #[error(transparent)]
    Execute(ExecuteError),
}

impl<E: Diagnose> UntilError<E> {
    /// Returns the error to show.
    pub fn diagnose(&self) -> &dyn Diagnose {
        match self {
            UntilError::Plan { error, .. } => error,
            UntilError::Execute(error) => error,
        }
    }
}
