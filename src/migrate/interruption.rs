//! How far a run was when Ctrl-C stopped it.
//!
//! Read [`Reached`] first.

use std::sync::{Mutex, PoisonError};

use alembic_revisions::{Code, Diagnose, DialectName, Exit, Plan};
use alembic_runtime::{Event, Transactions};

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
            Event::Waiting { .. } | Event::Retrying { .. } => {}
        }
    }

    fn place(&self) -> Place {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what the first Ctrl-C brings about, where a revision is running.
    pub fn promise(&self, transactions: Transactions) -> Option<&'static str> {
        self.place().running.map(|_| match transactions {
            Transactions::PerRevision => "stopping after the running revision; press Ctrl-C again to cancel it",
            Transactions::Single => "undoing everything after the running revision; press Ctrl-C again to cancel it",
        })
    }

    /// Returns the error of a run that was stopped; `cut` if a revision may have been running.
    pub fn interrupted(&self, plan: &Plan, transactions: Transactions, cut: Cut) -> Interrupted {
        let Place { done, running } = self.place();
        if transactions == Transactions::Single && (done, running) != (0, None) {
            return Interrupted { undone: true, ..Interrupted::before(plan) };
        }
        let running = running.filter(|_| cut == Cut::Within).and_then(|index| plan.steps.get(index)).map(|step| {
            let undone = step.transaction && plan.dialect != DialectName::Mysql;
            let script = step.script.revision.source.path.to_string();
            Running { id: step.script.revision.id.to_string(), script, undone }
        });
        let last = plan.steps[..done.min(plan.steps.len())].last().map(|step| step.script.revision.id.to_string());
        Interrupted { last, done, running, ..Interrupted::before(plan) }
    }
}

/// Where a run was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Between two revisions.
    Between,
    Within,
}

/// Ctrl-C stopped a run.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.headline())]
pub struct Interrupted {
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
    script: String,
    /// Whether its transaction takes everything back.
    undone: bool,
}

impl Interrupted {
    fn before(plan: &Plan) -> Self {
        Interrupted { last: None, done: 0, total: plan.steps.len(), running: None, undone: false }
    }

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
        Exit::Interrupted
    }

    fn help(&self) -> Option<String> {
        let running = self.running.as_ref().filter(|running| !running.undone)?;
        Some(format!("compare the database with {} before you go on", running.script))
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(running) = &self.running {
            notes.push(match running.undone {
                true => format!("what `{}` did is undone", running.id),
                false => format!("`{}` may be half applied", running.id),
            });
        }
        if self.total > 0 {
            notes.push(match self.done {
                0 => format!("none of {} is done", plural(self.total, "revision")),
                done => format!("{done} of {} done; what is done stays", plural(self.total, "revision")),
            });
        }
        notes
    }
}
