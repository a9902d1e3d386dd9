//! Events as `tracing` tells them: what changed the database is `info`, what repeats itself is `warn`.
//!
//! Read [`Traced`] first.

use alembic_revisions::{Direction, Step};

use super::{Event, Observer};

/// Tells each event to the subscriber of `tracing`, under the target `alembic`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traced;

impl Observer for Traced {
    fn on(&mut self, event: &Event<'_>) {
        match event {
            Event::Waiting { holder } => tracing::info!(target: "alembic", %holder, "waiting for the lock"),
            Event::Pending { revisions } => {
                tracing::info!(target: "alembic", revisions, "waiting until another program has applied what is pending");
            }
            Event::Started { step, index, total } => {
                let (revision, feature, direction, _) = said(step);
                tracing::debug!(target: "alembic", revision, feature, direction, number = index + 1, total, "started");
            }
            Event::Ran { step, statements } => {
                let (revision, feature, direction, _) = said(step);
                tracing::trace!(target: "alembic", revision, feature, direction, statements, "ran");
            }
            Event::Finished { step, index, total, elapsed } => {
                let (revision, feature, direction, done) = said(step);
                let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
                tracing::info!(
                    target: "alembic", revision, feature, direction, number = index + 1, total, elapsed_ms, "{done}"
                );
            }
            Event::Retrying { step, reason, pause } => {
                let revision = step.map(|step| step.script.revision.id.as_str());
                let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                tracing::warn!(target: "alembic", revision, reason, pause_ms, "trying again");
            }
        }
    }
}

fn said(step: &Step) -> (&str, &str, &'static str, &'static str) {
    let revision = &step.script.revision;
    let (direction, done) = match step.direction {
        Direction::Up => ("up", "applied"),
        Direction::Down => ("down", "reverted"),
    };
    (revision.id.as_str(), &revision.feature, direction, done)
}
