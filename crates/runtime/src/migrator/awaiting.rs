//! Waits until another program has applied what this one needs.
//!
//! Only reads. Read [`until_applied`] first.

use std::time::{Duration, Instant};

use alembic_revisions::diagnose::{Code, Diagnose, Exit};
use alembic_revisions::plan::Route;
use alembic_revisions::revision::RevisionId;

use super::ahead::shown;
use super::fault::MigrateError;
use super::planning::Wish;
use crate::event::{Event, Holder, Observer};
use crate::executor::{Cause, ExecuteError, RunOptions, holder};
use crate::session::Session;
use crate::version_table::VersionTable;

/// Asks again after a pause like this, at random, so that many programs do not ask at once.
const PAUSE: std::ops::Range<u64> = 100..400;

/// Returns the rows once nothing is pending.
pub(super) async fn until_applied(
    session: &mut dyn Session,
    wish: &Wish<'_>,
    options: &RunOptions,
    observer: &mut dyn Observer,
) -> Result<Vec<String>, MigrateError> {
    let since = Instant::now();
    let mut told = Told::default();
    loop {
        let table = VersionTable::find(session, &options.version_table).await?;
        let rows = table.rows(session).await?;
        let Some(pending) = Pending::of(wish, &wish.route(&rows)?) else { return Ok(rows) };
        if options.cancel.is_requested() {
            return Err(ExecuteError::before(Cause::Interrupted { kept: None }).into());
        }
        let waited = since.elapsed();
        let over = waited >= options.lock_timeout;
        let holder = if told.holder && !over { None } else { who(session, &table).await };
        if over {
            let database = session.url().to_string();
            return Err(Pending { awaited: Some(Awaited { database, holder, waited }), ..pending }.into());
        }
        told.tell(observer, pending.revisions.len(), holder.as_ref());
        let pause = Duration::from_millis(fastrand::u64(PAUSE)).min(options.lock_timeout - waited);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = options.cancel.requested() => {}
        }
    }
}

/// Returns who applies them at this moment, if the database tells.
async fn who(session: &mut dyn Session, table: &VersionTable) -> Option<Holder> {
    let holder = holder::find(session, table).await;
    (holder != Holder::default()).then_some(holder)
}

/// What the observer knows; it is told once.
#[derive(Default)]
struct Told {
    pending: bool,
    holder: bool,
}

impl Told {
    fn tell(&mut self, observer: &mut dyn Observer, revisions: usize, holder: Option<&Holder>) {
        if !self.pending {
            observer.on(&Event::Pending { revisions });
            self.pending = true;
        }
        if let Some(holder) = holder {
            observer.on(&Event::Waiting { holder });
            self.holder = true;
        }
    }
}

/// Revisions of the program that are not applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", match .awaited {
    None => format!("{} {} not applied", shown(.revisions.iter()), if .revisions.len() == 1 { "is" } else { "are" }),
    Some(awaited) => format!(
        "nobody applied {} to {} within {} s", shown(.revisions.iter()), awaited.database, awaited.waited.as_secs()
    ),
})]
pub struct Pending {
    pub revisions: Vec<RevisionId>,
    /// None if nobody was waited for.
    pub awaited: Option<Awaited>,
}

/// A wait for another program that ended in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    pub database: String,
    /// Who held the lock at its end.
    pub holder: Option<Holder>,
    pub waited: Duration,
}

impl Pending {
    /// Returns what a route runs, if it runs anything.
    pub(super) fn of(wish: &Wish<'_>, route: &Route) -> Option<Self> {
        let revisions: Vec<RevisionId> = route.moves.iter().map(|step| wish.graph.id(step.node).clone()).collect();
        (!revisions.is_empty()).then_some(Pending { revisions, awaited: None })
    }
}

impl Diagnose for Pending {
    fn code(&self) -> Code {
        Code("A0532")
    }

    fn kind(&self) -> &'static str {
        "Pending"
    }

    fn exit(&self) -> Exit {
        if self.awaited.is_some() { Exit::Locked } else { Exit::No }
    }

    fn help(&self) -> Option<String> {
        let apply = "start one program with the policy `apply`, or run `cargo alembic upgrade heads`";
        Some(match &self.awaited {
            Some(Awaited { holder: Some(_), .. }) => {
                "start it again when that program is done, or let it wait longer with `lock_timeout`".to_owned()
            }
            Some(Awaited { holder: None, .. }) => format!("{apply}; if one did, see there why it failed"),
            None => apply.to_owned(),
        })
    }

    fn notes(&self) -> Vec<String> {
        let holder = self.awaited.as_ref().map(|awaited| match &awaited.holder {
            Some(holder) => format!("{holder} holds the lock"),
            None => "nobody is seen to hold the lock".to_owned(),
        });
        holder.into_iter().collect()
    }
}
