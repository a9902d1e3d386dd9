//! One run of a plan, told to the user as it goes, and stoppable.
//!
//! Read [`execute`] first.

use std::time::Duration;

use alembic_revisions::{Direction, Plan, Step};
use alembic_runtime::session::Missing;
use alembic_runtime::{Cancel, Cause, Event, ExecuteError, RunOptions, Stride, Transactions};

use super::interruption::{Left, Reached};
use crate::app::{App, Failure};
use crate::ui::Progress;
use crate::ui::interrupt::{Signal, Signals};

/// What became of a plan.
pub enum Ran {
    /// All of it ran; the time that each step took.
    Whole(Vec<Duration>),
    /// The rows moved before its end; what had run by then, and the rows now.
    Stale { elapsed: Vec<Duration>, now: Vec<String>, error: ExecuteError },
}

/// Runs a plan. The first Ctrl-C or SIGTERM cancels the running statement, the second one ends the process.
pub fn execute(app: &App, plan: &Plan, transactions: Transactions) -> Result<Ran, Failure> {
    let cancel = Cancel::default();
    let mut options = RunOptions {
        version_table: app.version_table()?,
        transactions,
        history: app.settings()?.history,
        scripts: app.settings()?.scripts,
        owner: app.owner(),
        cancel: cancel.clone(),
        ..RunOptions::default()
    };
    options.lock_timeout = app.options.database.lock_timeout.unwrap_or(options.lock_timeout);
    let progress = app.ui.progress();
    options.stride = if progress.is_live() { Stride::One } else { Stride::Several };
    let mut session = app.open(Missing::Create)?;
    let reached = Reached::default();
    let mut observer = |event: &Event<'_>| {
        reached.hear(event);
        tell(&progress, event);
    };
    let mut stopped_by = Signal::Interrupt;
    let result = app.wait(async {
        let mut signals = Signals::listen();
        let run = alembic_runtime::execute(session.as_mut(), plan, &options, &mut observer);
        tokio::pin!(run);
        loop {
            tokio::select! {
                result = &mut run => break Some(result),
                signal = signals.next() => {
                    if cancel.is_requested() {
                        break None;
                    }
                    cancel.request();
                    stopped_by = signal;
                    if let Some(promise) = reached.promise(transactions, signal) {
                        app.ui.note(promise);
                    }
                }
            }
        }
    });
    drop(progress);
    match result {
        Some(Ok(report)) => {
            app.wait(session.close());
            Ok(Ran::Whole(report.steps.iter().map(|step| step.elapsed).collect()))
        }
        Some(Err(error)) => match &*error.cause {
            Cause::StalePlan { now, .. } => {
                let (elapsed, now) = (error.done.iter().map(|step| step.elapsed).collect(), now.clone());
                Ok(Ran::Stale { elapsed, now, error })
            }
            Cause::Interrupted { kept } => {
                Err(reached.interrupted(plan, transactions, stopped_by, Left::Known(*kept)).into())
            }
            _ => Err(error.into()),
        },
        None => Err(reached.interrupted(plan, transactions, stopped_by, Left::Unknown).into()),
    }
}

fn tell(progress: &Progress, event: &Event<'_>) {
    match event {
        Event::Waiting { holder } => progress.waiting(&format!("for the lock that {holder} holds")),
        // Only programs that embed their revisions wait so.
        Event::Pending { .. } => {}
        Event::Started { step, .. } => progress.started(verb(step).0, &called(step)),
        Event::Ran { step, statements } => progress.ran(*statements, step.statements.len()),
        Event::Finished { step, elapsed, .. } => progress.finished(verb(step).1, &called(step), *elapsed),
        Event::Retrying { step, reason, .. } => {
            let what = step.map(called).unwrap_or_default();
            progress.retrying(&format!("{what}: {reason}"));
        }
    }
}

fn verb(step: &Step) -> (&'static str, &'static str) {
    match step.direction {
        Direction::Up => ("Applying", "Applied"),
        Direction::Down => ("Reverting", "Reverted"),
    }
}

/// Returns `id  feature  message`, what a person calls a step.
fn called(step: &Step) -> String {
    let revision = &step.script.revision;
    format!("{}  {}  {}", revision.id, revision.feature, revision.title())
}
