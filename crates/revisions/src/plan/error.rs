//! Why there is no route to a target.
//!
//! Read [`PlanError`] first.

use crate::diagnose::{Code, Diagnose, Exit, Place};
use crate::revision::RevisionId;
use crate::target::{IllegalTarget, TargetError};

/// Why a target that names revisions cannot be reached.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PlanError {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error("`{id}` is not applied, so there is no way down to it")]
    NotApplied { id: RevisionId },
    #[error("no line above {} is in the branch `{}`", at(.below.as_ref()), .branch.escape_debug())]
    BranchMismatch {
        branch: String,
        /// None for base.
        below: Option<RevisionId>,
        /// The revisions on which the lines begin.
        lines: Vec<RevisionId>,
    },
    #[error("the targets overlap: `{lower}` is an ancestor of `{upper}`")]
    Overlap { lower: RevisionId, upper: RevisionId },
    #[error("`{lower}` is no ancestor of the upper end of the range `{}`", .range.escape_debug())]
    NotAncestor { lower: RevisionId, range: String },
}

fn at(below: Option<&RevisionId>) -> String {
    below.map_or_else(|| "base".to_owned(), |id| format!("`{id}`"))
}

impl From<IllegalTarget> for PlanError {
    fn from(illegal: IllegalTarget) -> Self {
        PlanError::Target(illegal.into())
    }
}

impl Diagnose for PlanError {
    fn code(&self) -> Code {
        Code(match self {
            PlanError::Target(target) => return target.code(),
            PlanError::NotApplied { .. } => "A0401",
            PlanError::BranchMismatch { .. } => "A0402",
            PlanError::Overlap { .. } => "A0403",
            PlanError::NotAncestor { .. } => "A0404",
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            PlanError::Target(target) => target.kind(),
            PlanError::NotApplied { .. } => "NotApplied",
            PlanError::BranchMismatch { .. } => "BranchMismatch",
            PlanError::Overlap { .. } => "Overlap",
            PlanError::NotAncestor { .. } => "NotAncestor",
        }
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            PlanError::Target(target) => return target.help(),
            PlanError::NotApplied { id } => {
                format!("see what is applied with `cargo alembic current`; to run it, use `cargo alembic upgrade {id}`")
            }
            PlanError::BranchMismatch { below, lines, .. } => {
                let to = below.as_ref().map_or("base", RevisionId::as_str);
                let commands: Vec<String> =
                    lines.iter().map(|line| format!("`cargo alembic downgrade {line}@{to}`")).collect();
                format!("name the line to take back: {}", commands.join(" or "))
            }
            PlanError::Overlap { upper, .. } => format!("name `{upper}` alone: it includes the other"),
            PlanError::NotAncestor { .. } => {
                "write the older end first; see the lines with `cargo alembic history`".to_owned()
            }
        })
    }

    fn places(&self) -> Vec<Place> {
        match self {
            PlanError::Target(target) => target.places(),
            _ => Vec::new(),
        }
    }
}
