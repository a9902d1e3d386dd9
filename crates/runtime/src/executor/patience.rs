//! How long a run waits: for the lock, between repeated attempts, for a server that went away.
//!
//! Waiting for the lock happens outside any transaction, by asking again after a random pause: a waiter inside a
//! transaction deadlocks with CREATE INDEX CONCURRENTLY. Read [`Wait`] first.

use std::time::{Duration, Instant};

use super::failure::{Cause, ExecuteError};
use super::holder;
use super::options::RunOptions;
use super::run::Run;
use crate::event::Event;
use crate::journal::Scripts;
use crate::journal::history::Shape;
use crate::session::DatabaseError;
use crate::version_table::VersionTableError;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const RECONNECT_LIMIT: Duration = Duration::from_secs(30);
const RECONNECT_PAUSE: Duration = Duration::from_millis(250);

/// One wait for the lock.
pub(super) struct Wait {
    since: Instant,
    told: bool,
}

impl Wait {
    pub fn new() -> Self {
        Wait { since: Instant::now(), told: false }
    }

    /// Waits a moment; an error when the time for the lock is over, or the user wants to stop.
    pub async fn poll(&mut self, run: &mut Run<'_>) -> Result<(), ExecuteError> {
        run.check_cancelled()?;
        let limit = run.options.lock_timeout;
        let waited = self.since.elapsed();
        if !self.told || waited >= limit {
            let holder = holder::find(run.session, &run.table).await;
            if waited >= limit {
                let database = run.session.url().to_string();
                return Err(run.fail(Cause::LockTimeout { holder, database, waited }));
            }
            run.observer.on(&Event::Waiting { holder: &holder });
            self.told = true;
        }
        let pause = Duration::from_millis(fastrand::u64(50..250)).min(limit.saturating_sub(waited));
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

/// Makes the tables that are missing; a writer of SQLite is waited for like a migrator.
pub(super) async fn make_tables(run: &mut Run<'_>) -> Result<(), ExecuteError> {
    let mut wait = Wait::new();
    loop {
        match run.table.ensure(run.session, run.options.history).await {
            Err(error) if error.is_busy() => wait.poll(run).await?,
            made => {
                made.map_err(|error| run.fail(error))?;
                let lacks_columns = run.table.kept_history() == Some(Shape::Narrow);
                if lacks_columns && run.options.scripts == Scripts::Stored && run.goes_up() {
                    let table = run.table.history_name();
                    return Err(run.fail(VersionTableError::NarrowHistory { table }));
                }
                return Ok(());
            }
        }
    }
}

/// Growing pauses between attempts at one step.
pub(super) struct Retry {
    since: Instant,
    next: Duration,
}

impl Retry {
    pub fn new() -> Self {
        Retry { since: Instant::now(), next: FIRST_PAUSE }
    }

    /// Returns how long to pause before what failed is tried again; none if that cannot help, or nobody wants it.
    pub fn after(&mut self, error: &DatabaseError, options: &RunOptions) -> Option<Duration> {
        let helps = error.is_transient() && !options.cancel.is_requested();
        if helps { self.pause(options.retry_for) } else { None }
    }

    /// Returns how long to pause before the next attempt; none when `limit` is over.
    fn pause(&mut self, limit: Duration) -> Option<Duration> {
        let pause = self.next.mul_f64(0.5 + fastrand::f64());
        self.next = (self.next * 2).min(LONGEST_PAUSE);
        (self.since.elapsed() + pause < limit).then_some(pause)
    }
}

/// Connects anew after `lost`.
pub(super) async fn reconnect(run: &mut Run<'_>, lost: &DatabaseError) -> Result<(), ExecuteError> {
    let reason = lost.to_string();
    run.observer.on(&Event::Retrying { step: None, reason: &reason, pause: RECONNECT_PAUSE });
    let since = Instant::now();
    loop {
        match run.session.reconnect().await {
            Ok(()) => return Ok(()),
            Err(error) if error.is_final() || since.elapsed() > RECONNECT_LIMIT => return Err(run.fail(error)),
            Err(_) => {}
        }
        run.check_cancelled()?;
        tokio::time::sleep(RECONNECT_PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let mut retry = Retry::new();
        for expected in [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000] {
            let pause = retry.pause(Duration::from_secs(60)).expect("time is left").as_millis();
            assert!((expected / 2..=expected * 3 / 2).contains(&pause), "{pause} ms instead of {expected} ms");
        }
        assert_eq!(Retry::new().pause(Duration::ZERO), None);
    }
}
