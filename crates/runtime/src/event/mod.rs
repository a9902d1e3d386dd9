//! What a run tells while it runs, as values.
//!
//! Nothing here prints. Read [`Observer`] first.

mod traced;

use std::fmt;
use std::time::Duration;

use alembic_revisions::plan::Step;

pub use traced::Traced;

/// Something that happened during a run. Steps are counted from 0.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// Another migrator holds the lock; told once per wait.
    Waiting {
        holder: &'a Holder,
    },
    /// Another program is expected to apply so many revisions; told once.
    Pending {
        revisions: usize,
    },
    Started {
        step: &'a Step,
        index: usize,
        total: usize,
    },
    /// So many statements of a step that no transaction surrounds have run and are noted as done.
    Ran {
        step: &'a Step,
        statements: usize,
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

/// Another migrator, or whoever else locks its tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// The server's id of the connection.
    pub process: Option<String>,
    pub application: Option<String>,
    pub user: Option<String>,
    pub address: Option<String>,
    /// What the holder called itself.
    pub owner: Option<String>,
    /// Since how many seconds.
    pub seconds: Option<String>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |text: &str| text.escape_debug().to_string();
        match &self.process {
            Some(process) => write!(f, "connection {}", plain(process))?,
            None => f.write_str("another program")?,
        }
        let part = |prefix: &str, value: &Option<String>, suffix: &str| {
            let value = value.as_deref().filter(|value| !value.is_empty())?;
            Some(format!("{prefix}{}{suffix}", plain(value)))
        };
        let parts: Vec<String> = [
            part("", &self.owner, ""),
            part("`", &self.application, "`"),
            part("user ", &self.user, ""),
            part("from ", &self.address, ""),
            part("for ", &self.seconds, " s"),
        ]
        .into_iter()
        .flatten()
        .collect();
        if parts.is_empty() { Ok(()) } else { write!(f, " ({})", parts.join(", ")) }
    }
}
