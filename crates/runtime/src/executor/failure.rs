//! Why a run stopped, what it had done by then, and what the database holds now.
//!
//! Nothing here decides; the messages stand beside the cases. Read [`ExecuteError`] first, then [`Cause`].

use std::sync::Arc;
use std::time::Duration;

use alembic_revisions::diagnose::{Code, Diagnose, Exit, Place};
use alembic_revisions::{Direction, Script};

use super::journal_help::{self, edited, half, half_applied_notes, way_on};
use super::options::StepReport;
use super::rust_step::{MissingStep, RustFailure};
use super::unsupported::Unsupported;
use crate::event::Holder;
use crate::journal::progress::Progress;
use crate::session::{DatabaseError, ErrorKind, OpenError};
use crate::version_table::{VersionTableError, help as database_help};

/// A run that stopped before its end.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct ExecuteError {
    pub cause: Box<Cause>,
    /// The steps that are done and stay.
    pub done: Vec<StepReport>,
    /// The rows of the version table now, where they are known.
    pub rows: Option<Vec<String>>,
}

/// The step that a run stopped at.
#[derive(Clone, Debug)]
pub struct At {
    pub script: Arc<Script>,
    pub direction: Direction,
    /// The index of the statement, from 0, where one is to blame.
    pub statement: Option<usize>,
    /// How many statements the step has.
    pub total: usize,
    pub place: Option<Place>,
}

impl At {
    pub(super) fn revision(&self) -> &str {
        self.script.revision.id.as_str()
    }

    pub(super) fn section(&self) -> &'static str {
        match self.direction {
            Direction::Up => "upgrade",
            Direction::Down => "downgrade",
        }
    }

    /// True if Rust code ended what its SQL cannot have ended.
    fn is_rust(&self) -> bool {
        let mut sections = self.script.sections.iter();
        self.statement.is_none() && sections.any(|section| section.direction == self.direction && section.settings.rust)
    }

    pub(super) fn statement_note(&self) -> String {
        match self.statement {
            Some(index) => format!("statement {} of {} in `{}`", index + 1, self.total, self.section()),
            None => format!("in `{}` of `{}`", self.section(), self.revision()),
        }
    }
}

/// An applied script whose text is no longer what ran.
#[derive(Clone, Debug)]
pub struct Edit {
    pub script: Arc<Script>,
    /// The lines that differ, if the history has the text that ran.
    pub difference: Option<Vec<String>>,
}

/// What is not certain about a half-applied step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remains {
    /// The failed statement did nothing.
    Nothing,
    /// Whether the failed statement took effect is not known.
    Unknown,
    /// The failed statement left these behind, such as an invalid index.
    Objects(Vec<String>),
    /// The journal's row is no longer this run's, so that it does not say where to go on.
    Elsewhere,
}

/// What stays of a step that was interrupted; the next run goes on there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Statements that took effect.
    pub ran: usize,
    pub total: usize,
}

/// Why a run stopped.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    #[error("{0}")]
    Unsupported(Unsupported),
    #[error(transparent)]
    MissingStep(#[from] MissingStep),
    #[error("the Rust step of `{}` failed: {error}", .at.revision())]
    RustStep { at: At, error: RustFailure },
    #[error("the database was changed by someone else since the plan was made")]
    StalePlan { expected: Vec<String>, now: Vec<String> },
    #[error("{holder} holds the lock of {database}")]
    LockTimeout { holder: Holder, database: String, waited: Duration },
    #[error("{error}")]
    Statement { at: At, error: DatabaseError },
    #[error("COMMIT of `{}` failed: {error}", .at.revision())]
    Commit { at: At, error: DatabaseError },
    #[error("`{}` would leave {} that point to no row", .at.revision(), counted(.violations.len(), "foreign key"))]
    ForeignKeys { at: At, violations: Vec<String> },
    #[error("`{}` changed the version table by itself", .at.revision())]
    RowMismatch { at: At },
    /// `ran` statements took effect and stay.
    #[error("`{}` is half {}: {reason}", .at.revision(), half(.at.direction))]
    HalfApplied { at: At, ran: usize, reason: String, remains: Remains, rows_after: Vec<String> },
    #[error("`{}` ended the transaction that it ran in", .at.revision())]
    TransactionEnded { at: At, rows_after: Vec<String> },
    /// Applied scripts are not what ran.
    #[error("{} after {} ran", edited(.edits), if .edits.len() == 1 { "it" } else { "they" })]
    Edited { edits: Vec<Edit> },
    /// Another revision than the one that would run is half applied, or in the other direction.
    #[error("`{}` is half {}", .progress.revision.escape_debug(), half(.progress.direction))]
    OtherHalfApplied { progress: Box<Progress> },
    /// The first `done` statements of a half-applied revision are no longer those that ran.
    #[error("`{}` is half {}, and what ran of it was edited since", .at.revision(), half(.at.direction))]
    RanChanged { at: At, done: usize, difference: Vec<String> },
    /// A run was killed inside a statement, and nobody can tell whether that took effect.
    #[error("whether statement {} of `{}` took effect is not known", .at.statement.map_or(0, |index| index + 1), .at.revision())]
    Undecided { at: At, reason: String },
    #[error("{0}")]
    Database(DatabaseError),
    #[error("{0}")]
    VersionTable(#[from] VersionTableError),
    #[error("{0}")]
    Open(#[from] OpenError),
    /// What the running step did is undone unless some of it is kept.
    #[error("interrupted")]
    Interrupted { kept: Option<Kept> },
}

impl Cause {
    fn at(&self) -> Option<&At> {
        match self {
            Cause::Statement { at, .. }
            | Cause::RustStep { at, .. }
            | Cause::Commit { at, .. }
            | Cause::ForeignKeys { at, .. }
            | Cause::RowMismatch { at }
            | Cause::HalfApplied { at, .. }
            | Cause::TransactionEnded { at, .. }
            | Cause::RanChanged { at, .. }
            | Cause::Undecided { at, .. } => Some(at),
            _ => None,
        }
    }

    fn error(&self) -> Option<&DatabaseError> {
        match self {
            Cause::Statement { error, .. } | Cause::Commit { error, .. } | Cause::Database(error) => Some(error),
            Cause::RustStep { error, .. } => error.database(),
            _ => None,
        }
    }
}

impl Diagnose for ExecuteError {
    fn code(&self) -> Code {
        match &*self.cause {
            Cause::Unsupported(_) => Code("A0510"),
            Cause::MissingStep(missing) => missing.code(),
            Cause::RustStep { .. } => Code("A0534"),
            Cause::StalePlan { .. } => Code("A0511"),
            Cause::LockTimeout { .. } => Code("A0512"),
            Cause::Statement { .. } => Code("A0513"),
            Cause::Commit { .. } => Code("A0514"),
            Cause::ForeignKeys { .. } => Code("A0515"),
            Cause::RowMismatch { .. } => Code("A0516"),
            Cause::HalfApplied { .. } => Code("A0517"),
            Cause::TransactionEnded { .. } => Code("A0518"),
            Cause::Database(_) => Code("A0519"),
            Cause::VersionTable(error) => error.code(),
            Cause::Open(error) => error.code(),
            Cause::Interrupted { .. } => Code("A0520"),
            Cause::Edited { .. } => Code("A0521"),
            Cause::OtherHalfApplied { .. } => Code("A0522"),
            Cause::RanChanged { .. } => Code("A0523"),
            Cause::Undecided { .. } => Code("A0524"),
        }
    }

    fn kind(&self) -> &'static str {
        match &*self.cause {
            Cause::Unsupported(_) => "Unsupported",
            Cause::MissingStep(missing) => missing.kind(),
            Cause::RustStep { .. } => "RustStepFailed",
            Cause::StalePlan { .. } => "StalePlan",
            Cause::LockTimeout { .. } => "LockTimeout",
            Cause::Statement { .. } => "StatementFailed",
            Cause::Commit { .. } => "CommitFailed",
            Cause::ForeignKeys { .. } => "ForeignKeys",
            Cause::RowMismatch { .. } => "RowMismatch",
            Cause::HalfApplied { .. } => "HalfApplied",
            Cause::TransactionEnded { .. } => "TransactionEnded",
            Cause::Database(_) => "DatabaseError",
            Cause::VersionTable(error) => error.kind(),
            Cause::Open(error) => error.kind(),
            Cause::Interrupted { .. } => "Interrupted",
            Cause::Edited { .. } => "EditedRevision",
            Cause::OtherHalfApplied { .. } => "HalfApplied",
            Cause::RanChanged { .. } => "HalfApplied",
            Cause::Undecided { .. } => "HalfApplied",
        }
    }

    fn exit(&self) -> Exit {
        match &*self.cause {
            Cause::Unsupported(_) => Exit::Usage,
            Cause::MissingStep(missing) => missing.exit(),
            Cause::LockTimeout { .. } => Exit::Locked,
            Cause::HalfApplied { .. }
            | Cause::TransactionEnded { .. }
            | Cause::OtherHalfApplied { .. }
            | Cause::RanChanged { .. }
            | Cause::Undecided { .. } => Exit::HalfApplied,
            Cause::Edited { .. } => Exit::Disagree,
            Cause::VersionTable(error) => error.exit(),
            Cause::Open(error) => error.exit(),
            Cause::Interrupted { .. } => Exit::Interrupted,
            Cause::StalePlan { .. }
            | Cause::Statement { .. }
            | Cause::RustStep { .. }
            | Cause::Commit { .. }
            | Cause::ForeignKeys { .. }
            | Cause::RowMismatch { .. }
            | Cause::Database(_) => Exit::Database,
        }
    }

    fn help(&self) -> Option<String> {
        match &*self.cause {
            Cause::Unsupported(reason) => reason.help(),
            Cause::MissingStep(missing) => missing.help(),
            Cause::RustStep { error, .. } => error.database().and_then(database_help),
            Cause::StalePlan { .. } => {
                Some("run the command again; it plans from what the database has now".to_owned())
            }
            Cause::LockTimeout { .. } => {
                Some("run it again later, or wait longer with `--lock-timeout SECONDS`".to_owned())
            }
            Cause::Statement { at, error } => statement_help(at, error),
            Cause::ForeignKeys { .. } => Some("delete or correct those rows first, then run it again".to_owned()),
            Cause::RowMismatch { .. } => Some("remove what changes the version table from the script".to_owned()),
            Cause::HalfApplied { at, ran, remains, .. } => Some(way_on(at, *ran, remains)),
            Cause::Edited { edits } => Some(journal_help::edited_help(edits)),
            Cause::OtherHalfApplied { progress } => Some(journal_help::other(progress)),
            Cause::RanChanged { at, .. } => Some(journal_help::ran_changed(at)),
            Cause::Undecided { at, .. } => Some(journal_help::undecided(at)),
            Cause::TransactionEnded { at, rows_after } if at.is_rust() => Some(format!(
                "see what the database holds, undo or finish it by hand and run `cargo alembic stamp {}` if it is finished; \
                 then remove BEGIN, COMMIT, ROLLBACK and, on MySQL, DDL from the Rust step",
                target(rows_after)
            )),
            Cause::TransactionEnded { at, rows_after } => Some(format!(
                "see what the database holds, undo or finish it by hand and run `cargo alembic stamp {}` if it is finished; \
                 then remove that statement, or write `-- transaction = false` below `-- [{}]`",
                target(rows_after),
                at.section()
            )),
            Cause::Commit { error, .. } | Cause::Database(error) => database_help(error),
            Cause::VersionTable(error) => error.help(),
            Cause::Open(error) => error.help(),
            Cause::Interrupted { .. } => None,
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = match &*self.cause {
            Cause::StalePlan { expected, now } => {
                vec![format!("the plan starts from {}, the database is at {}", listed(expected), listed(now))]
            }
            Cause::LockTimeout { waited, .. } => vec![format!("waited {} s", waited.as_secs())],
            Cause::HalfApplied { at, ran, remains, .. } => half_applied_notes(at, *ran, remains),
            Cause::TransactionEnded { at, .. } => vec![
                at.statement_note(),
                "what the script did before is committed or undone, as that statement says".to_owned(),
            ],
            Cause::Statement { at, .. } => {
                vec![format!("{}; the transaction was rolled back, {}", at.statement_note(), self.still())]
            }
            Cause::RustStep { error, .. } => {
                let mut notes = error.causes();
                notes.push(format!("the transaction was rolled back, {}", self.still()));
                notes
            }
            Cause::MissingStep(missing) => missing.notes(),
            Cause::Commit { .. } | Cause::RowMismatch { .. } => {
                vec![format!("the transaction was rolled back, {}", self.still())]
            }
            Cause::ForeignKeys { violations, .. } => {
                let mut notes: Vec<String> = violations.iter().take(5).cloned().collect();
                notes.push(format!("the transaction was rolled back, {}", self.still()));
                notes
            }
            Cause::Interrupted { .. } => vec![self.still()],
            Cause::Edited { edits } => journal_help::edited_notes(edits),
            Cause::OtherHalfApplied { progress } => journal_help::other_notes(progress),
            Cause::RanChanged { done, difference, .. } => journal_help::ran_notes(*done, difference),
            Cause::Undecided { reason, .. } => vec![reason.clone()],
            Cause::VersionTable(error) => return error.notes(),
            Cause::Open(error) => return error.notes(),
            Cause::Unsupported(_) | Cause::Database(_) => Vec::new(),
        };
        notes.extend(self.cause.error().map(DatabaseError::notes).unwrap_or_default());
        if !self.done.is_empty() {
            notes.push(format!("{} before it stayed applied", counted(self.done.len(), "revision")));
        }
        notes
    }

    fn places(&self) -> Vec<Place> {
        match &*self.cause {
            Cause::Edited { edits } => edits.iter().map(journal_help::place).collect(),
            Cause::MissingStep(missing) => missing.places(),
            cause => cause.at().and_then(|at| at.place.clone()).into_iter().collect(),
        }
    }
}

impl ExecuteError {
    /// Returns the error of a run that stopped before it knew anything of the database.
    pub(crate) fn before(cause: Cause) -> Self {
        ExecuteError { cause: Box::new(cause), done: Vec::new(), rows: None }
    }

    fn still(&self) -> String {
        match &self.rows {
            Some(rows) => format!("the database is still at {}", listed(rows)),
            None => "the database is where it was".to_owned(),
        }
    }
}

fn statement_help(at: &At, error: &DatabaseError) -> Option<String> {
    match error.kind {
        ErrorKind::ForbiddenInTransaction => {
            Some(format!("write `-- transaction = false` on the line below `-- [{}]`", at.section()))
        }
        // The new value of an enum is not usable before the COMMIT that adds it.
        _ if error.code.as_deref() == Some("55P04") => Some("use the new value in a revision of its own".to_owned()),
        _ => database_help(error),
    }
}

/// Returns rows as the target of a `stamp`.
fn target(rows: &[String]) -> String {
    if rows.is_empty() { "base".to_owned() } else { rows.join(" ") }
}

fn listed(rows: &[String]) -> String {
    if rows.is_empty() {
        return "no revision".to_owned();
    }
    let quoted: Vec<String> = rows.iter().map(|row| format!("`{}`", row.escape_debug())).collect();
    quoted.join(", ")
}

fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
