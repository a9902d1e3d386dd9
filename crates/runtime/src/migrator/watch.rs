//! Everybody who wants to know what a migrator does, as one observer: `tracing`, those of the application, and the clock
//! of the report.
//!
//! Read [`Watch`] first.

use std::time::{Duration, Instant};

use crate::event::{Event, Observer, Traced};

/// Tells all observers, and measures how long the run waited for others.
pub(super) struct Watch<'a> {
    observers: &'a mut [Box<dyn Observer>],
    waiting_since: Option<Instant>,
    waited: Duration,
}

impl<'a> Watch<'a> {
    pub fn new(observers: &'a mut [Box<dyn Observer>]) -> Self {
        Watch { observers, waiting_since: None, waited: Duration::ZERO }
    }

    /// Returns how long the run waited, up to now.
    pub fn waited(&mut self) -> Duration {
        self.waited += self.waiting_since.take().map(|since| since.elapsed()).unwrap_or_default();
        self.waited
    }
}

impl Observer for Watch<'_> {
    fn on(&mut self, event: &Event<'_>) {
        match event {
            Event::Waiting { .. } | Event::Pending { .. } => _ = self.waiting_since.get_or_insert_with(Instant::now),
            Event::Started { .. } => _ = self.waited(),
            Event::Ran { .. } | Event::Finished { .. } | Event::Retrying { .. } => {}
        }
        Traced.on(event);
        self.observers.iter_mut().for_each(|observer| observer.on(event));
    }
}
