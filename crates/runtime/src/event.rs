//! What a run tells while it runs, as values.
//!
//! Nothing here prints. Read [`Observer`] first.

use std::time::Duration;

use alembic_revisions::plan::Step;

use crate::executor::Holder;

/// Something that happened during a run. Steps are counted from 0.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// Another migrator holds the lock; told once per wait.
    Waiting {
        holder: &'a Holder,
    },
    Started {
        step: &'a Step,
        index: usize,
        total: usize,
    },
    /// The step is committed; in a single transaction it has run and is committed with the others.
    Finished {
        step: &'a Step,
        index: usize,
        total: usize,
        elapsed: Duration,
    },
    /// The step is repeated after a pause, for a lock, a deadlock or a lost connection.
    Retrying {
        step: Option<&'a Step>,
        reason: &'a str,
        pause: Duration,
    },
}

/// Whoever wants to know; implemented for every `FnMut(&Event)`.
pub trait Observer: Send {
    /// Called in the order in which things happen; must not block for long.
    fn on(&mut self, event: &Event<'_>);
}

impl<F: FnMut(&Event<'_>) + Send> Observer for F {
    fn on(&mut self, event: &Event<'_>) {
        self(event);
    }
}
