//! How far a run was when Ctrl-C or SIGTERM stopped it.
//!
//! Read [`Reached`] first.

use std::sync::{Mutex, PoisonError};

use alembic_revisions::{Code, Diagnose, DialectName, Direction, Exit, Plan};
use alembic_runtime::executor::Kept;
use alembic_runtime::{Event, Transactions};

use crate::listing::half_applied::again;
use crate::ui::interrupt::Signal;
use crate::ui::plural;

/// Where a run is, as its events tell.
#[derive(Default)]
pub struct Reached(Mutex<Place>);

#[derive(Clone, Copy, Default)]
struct Place {
    done: usize,
    running: Option<usize>,
}

impl Reached {
    pub fn hear(&self, event: &Event<'_>) {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started { index, .. } => place.running = Some(*index),
            Event::Finished { index, .. } => *place = Place { done: index + 1, running: None },
            Event::Pending { .. } | Event::Ran { .. } | Event::Waiting { .. } | Event::Retrying { .. } => {}
        }
    }

    fn place(&self) -> Place {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what the first signal brings about, where a revision is running.
    pub fn promise(&self, transactions: Transactions, signal: Signal) -> Option<&'static str> {
        let running = self.place().running.is_some();
        running.then_some(match (transactions, signal) {
            (Transactions::PerRevision, Signal::Interrupt) => {
                "cancelling the running statement; press Ctrl-C again to end at once"
            }
            (Transactions::Single, Signal::Interrupt) => "undoing everything; press Ctrl-C again to end at once",
            (Transactions::PerRevision, Signal::Terminate) => "cancelling the running statement",
            (Transactions::Single, Signal::Terminate) => "undoing everything",
        })
    }

    /// Returns the error of a run that a signal stopped.
    pub fn interrupted(&self, plan: &Plan, transactions: Transactions, signal: Signal, left: Left) -> Interrupted {
        let Place { done, running } = self.place();
        let before = Interrupted { signal, last: None, done: 0, total: plan.steps.len(), running: None, undone: false };
        if transactions == Transactions::Single && (done, running) != (0, None) {
            return Interrupted { undone: true, ..before };
        }
        let running = running.and_then(|index| plan.steps.get(index)).map(|step| {
            let is_transactional = step.transaction && plan.dialect != DialectName::Mysql;
            Running {
                id: step.script.revision.id.to_string(),
                direction: step.direction,
                left: if is_transactional { Left::Known(None) } else { left },
            }
        });
        let last = plan.steps[..done.min(plan.steps.len())].last().map(|step| step.script.revision.id.to_string());
        Interrupted { last, done, running, ..before }
    }
}

/// What stays of the revision that was running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// As the run says that it stopped; what is not kept is undone.
    Known(Option<Kept>),
    /// The run did not come to an end.
    Unknown,
}

/// A signal stopped a run.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.headline())]
pub struct Interrupted {
    signal: Signal,
    /// The last revision that is done.
    last: Option<String>,
    done: usize,
    total: usize,
    running: Option<Running>,
    /// One transaction around the whole plan was begun, and is gone.
    undone: bool,
}

/// The revision that was cut off.
#[derive(Debug)]
struct Running {
    id: String,
    direction: Direction,
    left: Left,
}

impl Running {
    fn note(&self) -> String {
        let id = &self.id;
        match self.left {
            Left::Known(None) => format!("what `{id}` did is undone"),
            Left::Known(Some(Kept { ran, total })) => {
                format!("{ran} of {} of `{id}` ran and stay", plural(total, "statement"))
            }
            Left::Unknown => format!("`{id}` may be half applied"),
        }
    }
}

impl Interrupted {
    fn headline(&self) -> String {
        match (&self.running, &self.last) {
            (Some(running), _) => format!("interrupted while `{}` ran", running.id),
            (None, Some(last)) => format!("interrupted after `{last}`"),
            (None, None) if self.undone => "interrupted, and the one transaction is undone".to_owned(),
            (None, None) => "interrupted before anything was done".to_owned(),
        }
    }
}

impl Diagnose for Interrupted {
    fn code(&self) -> Code {
        Code("A0422")
    }

    fn kind(&self) -> &'static str {
        "Interrupted"
    }

    fn exit(&self) -> Exit {
        match self.signal {
            Signal::Interrupt => Exit::Interrupted,
            Signal::Terminate => Exit::Terminated,
        }
    }

    fn help(&self) -> Option<String> {
        let running = self.running.as_ref().filter(|running| running.left != Left::Known(None))?;
        Some(format!("run `{}` again: it goes on where this run stopped", again(running.direction)))
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self.running.iter().map(Running::note).collect();
        if self.total > 0 {
            notes.push(match self.done {
                0 => format!("none of {} is done", plural(self.total, "revision")),
                done => format!("{done} of {} done; what is done stays", plural(self.total, "revision")),
            });
        }
        notes
    }
}
