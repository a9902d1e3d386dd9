//! Why a program's database is not what the program wants, in words for its log.
//!
//! Read [`MigrateError`] first.

use std::fmt::Write as _;

use alembic_revisions::diagnose::{Diagnose, Transparent};

use super::ahead::Beyond;
use super::awaiting::Pending;
use super::planning::Unplanned;
use super::steps::UnknownSteps;
use crate::embedded::EmbeddedError;
use crate::executor::ExecuteError;
use crate::session::OpenError;
use crate::version_table::VersionTableError;

/// Why [`Migrator::upgrade`](super::Migrator::upgrade) failed. [`MigrateError::explained`] says all that is known.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// Rust code was registered for revisions that want none.
    #[error(transparent)]
    Steps(#[from] UnknownSteps),
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    VersionTable(#[from] VersionTableError),
    #[error(transparent)]
    Plan(#[from] Unplanned),
    #[error(transparent)]
    Execute(#[from] ExecuteError),
    /// The database has revisions that the program does not know.
    #[error(transparent)]
    Ahead(#[from] Beyond),
    /// Revisions are not applied, and this program was not to apply them.
    #[error(transparent)]
    Pending(#[from] Pending),
}

impl Transparent for MigrateError {
    fn reason(&self) -> &dyn Diagnose {
        match self {
            MigrateError::Steps(unknown) => unknown,
            MigrateError::Embedded(error) => error,
            MigrateError::Open(error) => error,
            MigrateError::VersionTable(error) => error,
            MigrateError::Plan(error) => error,
            MigrateError::Execute(error) => error,
            MigrateError::Ahead(beyond) => beyond,
            MigrateError::Pending(pending) => pending,
        }
    }
}

impl MigrateError {
    /// Returns the message, where it comes from, what belongs to it and what to do, for a log.
    pub fn explained(&self) -> String {
        let mut text = format!("error[{}]: {self}", self.code());
        let errors = std::iter::once(self as &dyn Diagnose).chain(self.others());
        for (number, error) in errors.enumerate() {
            if number > 0 {
                _ = write!(text, "\nerror[{}]: {error}", error.code());
            }
            for place in error.places() {
                let (line, column) = place.line_column();
                _ = write!(text, "\n  at {}:{line}:{column}", place.source.path);
            }
            for note in error.notes() {
                _ = write!(text, "\n  note: {note}");
            }
            if let Some(help) = error.help() {
                _ = write!(text, "\n  help: {help}");
            }
        }
        text
    }
}
