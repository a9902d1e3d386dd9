//! Why there is nothing to repair.

use alembic_revisions::{Code, Diagnose, Exit};

#[derive(Debug, thiserror::Error)]
pub enum NothingToRepair {
    #[error("`{}` is not half applied", .revision.escape_debug())]
    NotHalfApplied { revision: String },
    /// `next` is the statement that would run next.
    #[error("what ran of `{}` is known", .revision.escape_debug())]
    NoQuestion { revision: String, again: &'static str, next: Option<usize> },
    #[error("the next statement of `{}` is {next}, not {given}", .revision.escape_debug())]
    OtherStatement { revision: String, given: usize, next: usize },
    #[error("`{}` is not one revision", .typed.escape_debug())]
    NotOne { typed: String },
    #[error("the history does not say that `{}` is applied", .revision.escape_debug())]
    NotInHistory { revision: String },
    #[error("the statements that ran of `{}` are not those of the file", .revision.escape_debug())]
    Edited { revision: String },
    #[error("the journal was changed by someone else meanwhile")]
    Moved,
}

impl Diagnose for NothingToRepair {
    fn code(&self) -> Code {
        Code("A0525")
    }

    fn kind(&self) -> &'static str {
        match self {
            NothingToRepair::Moved => "StalePlan",
            _ => "NothingToRepair",
        }
    }

    fn exit(&self) -> Exit {
        match self {
            NothingToRepair::Moved => Exit::Database,
            NothingToRepair::Edited { .. } => Exit::HalfApplied,
            _ => Exit::Usage,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            NothingToRepair::Moved => "run the command again".to_owned(),
            NothingToRepair::NoQuestion { again, next: None, .. } => {
                format!("run `{again}`: it goes on where it stopped")
            }
            NothingToRepair::NoQuestion { revision, again, next: Some(next) } => format!(
                "run `{again}`: it goes on where it stopped; if statement {next} is done by hand, pass over it with \
                 `cargo alembic repair --mark-done {revision} --statement {next}`"
            ),
            NothingToRepair::OtherStatement { .. } => {
                "see `cargo alembic status` for what is half applied, and look whether it is what you think".to_owned()
            }
            NothingToRepair::NotOne { .. } => "write an id".to_owned(),
            NothingToRepair::NotHalfApplied { .. } => "see `cargo alembic status` for what is half applied".to_owned(),
            NothingToRepair::NotInHistory { .. } => "see `cargo alembic history --applied` for what is".to_owned(),
            NothingToRepair::Edited { revision } => format!(
                "restore them; or, if all of it is undone by hand, run `cargo alembic repair --forget {revision}`"
            ),
        })
    }
}
