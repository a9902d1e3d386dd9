//! How a plan runs, and what a run reports.
//!
//! Plain values. Read [`RunOptions`] first.

use std::time::Duration;

use alembic_revisions::Direction;
use alembic_revisions::dialect::TableName;
use alembic_revisions::revision::RevisionId;

use super::rust_step::RustSteps;
use crate::cancel::Cancel;
use crate::journal::{History, Scripts};

/// How many transactions a plan takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transactions {
    #[default]
    PerRevision,
    /// One around the whole plan; not on MySQL, and not with `transaction = false`.
    Single,
}

/// How many revisions may travel in one text, on a database where that saves time. Each keeps its own transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stride {
    /// Each revision is told as it begins and ends: for a run that somebody watches.
    #[default]
    One,
    /// As many as are quick together.
    Several,
}

/// How a plan runs.
#[derive(Clone, Debug)]
pub struct RunOptions {
    pub version_table: TableName,
    /// How long to wait for another migrator; `--lock-timeout`.
    pub lock_timeout: Duration,
    /// How long to repeat a step that could not get a lock or was chosen as a deadlock's victim.
    pub retry_for: Duration,
    pub transactions: Transactions,
    pub stride: Stride,
    /// What becomes of a run that can keep no history.
    pub history: History,
    pub scripts: Scripts,
    /// Code for revisions that say `rust = true`.
    pub rust: RustSteps,
    /// Who runs, for those who wait for us: `ann@host (pid 4711)`.
    pub owner: String,
    pub cancel: Cancel,
}

impl Default for RunOptions {
    fn default() -> Self {
        RunOptions {
            version_table: TableName::default(),
            lock_timeout: Duration::from_secs(600),
            retry_for: Duration::from_secs(300),
            transactions: Transactions::PerRevision,
            stride: Stride::One,
            history: History::Required,
            scripts: Scripts::NotStored,
            rust: RustSteps::default(),
            owner: format!("pid {}", std::process::id()),
            cancel: Cancel::default(),
        }
    }
}

/// A step that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepReport {
    pub revision: RevisionId,
    pub direction: Direction,
    pub elapsed: Duration,
    /// The rows of the version table after the step.
    pub rows_after: Vec<String>,
}

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub steps: Vec<StepReport>,
    /// The rows of the version table at the end.
    pub rows: Vec<String>,
}
