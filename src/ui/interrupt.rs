//! Who sees Ctrl-C: the process (it ends, as by default) or whoever holds it.
//!
//! A prompt holds it to return [`crate::ui::ask::Unanswered::Interrupted`] with the cursor shown again; whoever runs a
//! plan and listens with `tokio::signal` must hold it too, else the first prompt's registration ends the process.
//! Prints nothing. Read [`hold`] first.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use signal_hook::consts::SIGINT;

/// Whether Ctrl-C ends the process; read inside the signal's action.
static ENDS_PROCESS: AtomicBool = AtomicBool::new(true);
static HOLDS: Mutex<usize> = Mutex::new(0);
static REGISTERED: OnceLock<bool> = OnceLock::new();

/// While one lives, Ctrl-C does not end the process.
#[derive(Debug)]
#[must_use = "Ctrl-C ends the process again as soon as this is dropped"]
pub struct Hold(());

/// Returns a hold on Ctrl-C. Holds nest.
pub fn hold() -> Hold {
    count(|holds| holds + 1);
    // Without the registration Ctrl-C ends the process as it always did: worse, but never wrong.
    REGISTERED.get_or_init(|| signal_hook::flag::register_conditional_default(SIGINT, &ENDS_PROCESS).is_ok());
    Hold(())
}

impl Drop for Hold {
    fn drop(&mut self) {
        count(|holds| holds.saturating_sub(1));
    }
}

fn count(change: impl FnOnce(usize) -> usize) {
    let mut holds = HOLDS.lock().unwrap_or_else(PoisonError::into_inner);
    *holds = change(*holds);
    ENDS_PROCESS.store(*holds == 0, Ordering::SeqCst);
}
