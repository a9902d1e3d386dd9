//! Who hears Ctrl-C and SIGTERM: the process (it ends, as by default) or whoever holds the signal.
//!
//! A prompt holds Ctrl-C to return [`crate::ui::ask::Unanswered::Interrupted`] with the cursor shown again; whoever
//! runs a plan listens to both with [`Signals`]. Prints nothing. Read [`hold`] first.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use signal_hook::consts::{SIGINT, SIGTERM};

/// What asks a run to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM, as service managers and containers send it.
    Terminate,
}

/// A signal that ends the process unless somebody holds it.
struct Gate {
    /// Read inside the signal's action.
    ends_process: Arc<AtomicBool>,
    holds: Mutex<usize>,
}

static INTERRUPT: LazyLock<Gate> = LazyLock::new(|| Gate::of(SIGINT));
static TERMINATE: LazyLock<Gate> = LazyLock::new(|| Gate::of(SIGTERM));

impl Gate {
    fn of(signal: i32) -> Self {
        let ends_process = Arc::new(AtomicBool::new(true));
        // Without the registration the signal ends the process as it always did: worse, but never wrong.
        let _ = signal_hook::flag::register_conditional_default(signal, Arc::clone(&ends_process));
        Gate { ends_process, holds: Mutex::new(0) }
    }

    fn count(&self, change: impl FnOnce(usize) -> usize) {
        let mut holds = self.holds.lock().unwrap_or_else(PoisonError::into_inner);
        *holds = change(*holds);
        self.ends_process.store(*holds == 0, Ordering::SeqCst);
    }
}

/// While one lives, the signal does not end the process.
#[must_use = "the signal ends the process again as soon as this is dropped"]
pub struct Hold(&'static Gate);

/// Returns a hold on Ctrl-C. Holds nest.
pub fn hold() -> Hold {
    held(&INTERRUPT)
}

fn held(gate: &'static Gate) -> Hold {
    gate.count(|holds| holds + 1);
    Hold(gate)
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.count(|holds| holds.saturating_sub(1));
    }
}

/// Both signals, held, for a run that decides itself what they mean.
pub struct Signals {
    /// Both hear from the beginning, not only once somebody waits.
    #[cfg(unix)]
    heard: Option<[tokio::signal::unix::Signal; 2]>,
    _holds: [Hold; 2],
}

impl Signals {
    /// Listens from now on; must be called inside the runtime.
    pub fn listen() -> Self {
        let holds = [held(&INTERRUPT), held(&TERMINATE)];
        #[cfg(unix)]
        let heard = {
            use tokio::signal::unix::{SignalKind, signal};
            signal(SignalKind::interrupt()).and_then(|first| Ok([first, signal(SignalKind::terminate())?])).ok()
        };
        Signals {
            #[cfg(unix)]
            heard,
            _holds: holds,
        }
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) -> Signal {
        #[cfg(unix)]
        if let Some([interrupt, terminate]) = &mut self.heard {
            return tokio::select! {
                _ = interrupt.recv() => Signal::Interrupt,
                _ = terminate.recv() => Signal::Terminate,
            };
        }
        let _ = tokio::signal::ctrl_c().await;
        Signal::Interrupt
    }
}
