//! A wish to stop: who has it, and who hears it.
//!
//! Read [`Cancel`] first.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// A wish to stop. A run hears it between its steps, while it waits, and inside of a statement, which is cancelled.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<Wish>);

#[derive(Debug, Default)]
struct Wish {
    requested: AtomicBool,
    told: Notify,
}

impl Cancel {
    /// Asks every run that has this wish to stop.
    pub fn request(&self) {
        self.0.requested.store(true, Ordering::Relaxed);
        self.0.told.notify_waiters();
    }

    /// True once somebody asked.
    pub fn is_requested(&self) -> bool {
        self.0.requested.load(Ordering::Relaxed)
    }

    /// Waits until somebody asks.
    pub async fn requested(&self) {
        let told = self.0.told.notified();
        if !self.is_requested() {
            told.await;
        }
    }
}
