//! Standard error: status lines, warnings, and the one line that is drawn over while something runs.
//!
//! Shared by [`crate::ui::Ui`] and [`crate::ui::progress::Progress`], so that a message never lands inside the live
//! line. Decides nothing about what is worth saying. Read [`Messages::write`] first.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use indicatif::ProgressBar;

use super::surroundings::{Color, Drawing};

pub(super) struct Messages {
    stream: Mutex<Box<dyn Write + Send>>,
    live: Mutex<Option<ProgressBar>>,
    pub color: Color,
    pub drawing: Drawing,
}

impl Messages {
    pub(super) fn new(stream: Box<dyn Write + Send>, color: Color, drawing: Drawing) -> Self {
        Messages { stream: Mutex::new(stream), live: Mutex::new(None), color, drawing }
    }

    /// Writes `text` above the live line. A closed standard error is nobody's fault and has nowhere to be reported.
    pub(super) fn write(&self, text: &str) {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        let write = || {
            let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
        };
        match live.as_ref() {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Replaces the live line; the one before is cleared.
    pub(super) fn set_live(&self, bar: Option<ProgressBar>) {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = live.take() {
            before.finish_and_clear();
        }
        *live = bar;
    }

    /// Counts on the live line.
    pub(super) fn count(&self, done: usize, total: usize) {
        if let Some(bar) = &*self.live.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        }
    }
}
