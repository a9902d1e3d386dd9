//! What can be wrong with a target, in words.
//!
//! It owns the texts; [`super::resolve`] and [`super::find`] find the faults. Read [`TargetError`] first.

use crate::diagnose::{Code, Diagnose, Exit, Place};
use crate::revision::RevisionId;
use crate::script::Direction;
use crate::target::IllegalTarget;

/// Why a target names no revision, or too many.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TargetError {
    #[error(transparent)]
    Illegal(#[from] IllegalTarget),
    #[error("no revision or branch is called `{}`", .name.escape_debug())]
    NotFound {
        name: String,
        near: Vec<String>,
        /// A file whose name begins so, and its id.
        file: Option<(String, RevisionId)>,
        /// The feature of this name: a target takes branch labels, not features.
        feature: Option<String>,
    },
    #[error("`{}` is the beginning of several names: {}", .name.escape_debug(), .candidates.join(", "))]
    AmbiguousPrefix { name: String, candidates: Vec<String>, places: Vec<Place> },
    #[error("`{id}` is not in the branch `{}`", .branch.escape_debug())]
    NotInBranch { id: RevisionId, branch: String, place: Box<Place> },
    #[error("`{target}` means {} revisions here, and one is wanted: {}", .ids.len(), joined(ids))]
    MultipleHeads {
        target: String,
        /// The command that was typed, for the help.
        command: &'static str,
        ids: Vec<RevisionId>,
        places: Vec<Place>,
    },
    #[error("`{target}` can mean several revisions: {why}")]
    AmbiguousWalk {
        target: String,
        why: AmbiguousWhy,
        command: &'static str,
        /// What to type instead, one of them.
        choices: Vec<String>,
    },
    #[error("`{target}` leads {}", if *.direction == Direction::Up { "above the last revision" } else { "below the first revision" })]
    OutOfRange { target: String, direction: Direction },
    #[error("`{target}` {why}")]
    WrongWay { target: String, why: &'static str, help: String },
    #[error("nothing of the branch `{}` is applied", .branch.escape_debug())]
    NotApplied { target: String, branch: String },
    #[error("`{target}` counts from where the database is, and no database is at hand")]
    NoDatabase { target: String },
}

/// Where the paths part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmbiguousWhy {
    #[error("the database has the rows {}", joined(.0))]
    Rows(Vec<RevisionId>),
    #[error("several revisions stand on `{0}`")]
    Children(RevisionId),
    #[error("there are several bases")]
    Bases,
    #[error("`{0}` is a merge")]
    Parents(RevisionId),
}

fn joined(ids: &[RevisionId]) -> String {
    ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}

impl Diagnose for TargetError {
    fn code(&self) -> Code {
        Code(match self {
            TargetError::Illegal(illegal) => return illegal.code(),
            TargetError::MultipleHeads { .. } => "A0301",
            TargetError::NotFound { .. } => "A0302",
            TargetError::AmbiguousPrefix { .. } => "A0303",
            TargetError::NotInBranch { .. } => "A0304",
            TargetError::AmbiguousWalk { .. } => "A0305",
            TargetError::OutOfRange { .. } | TargetError::WrongWay { .. } => "A0306",
            TargetError::NoDatabase { .. } => "A0308",
            TargetError::NotApplied { .. } => "A0311",
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            TargetError::Illegal(illegal) => illegal.kind(),
            TargetError::MultipleHeads { .. } => "MultipleHeads",
            TargetError::NotFound { .. } => "NotFound",
            TargetError::AmbiguousPrefix { .. } => "AmbiguousPrefix",
            TargetError::NotInBranch { .. } => "NotInBranch",
            TargetError::AmbiguousWalk { .. } => "AmbiguousWalk",
            TargetError::OutOfRange { .. } | TargetError::WrongWay { .. } => "OutOfRange",
            TargetError::NoDatabase { .. } => "NoDatabase",
            TargetError::NotApplied { .. } => "NotApplied",
        }
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            TargetError::Illegal(illegal) => return illegal.help(),
            TargetError::NotFound { file: Some((file, id)), .. } => format!("write the id: {file} has `{id}`"),
            TargetError::NotFound { feature: Some(feature), .. } => format!(
                "`{feature}` is a feature, not a branch label; see its revisions with `cargo alembic history -p {feature}`"
            ),
            TargetError::NotFound { near, .. } if near.is_empty() => {
                "see what there is with `cargo alembic history`".to_owned()
            }
            TargetError::NotFound { near, .. } => {
                format!("did you mean {}? See what there is with `cargo alembic history`", either(near))
            }
            TargetError::AmbiguousPrefix { .. } => "write more of the name".to_owned(),
            TargetError::NotInBranch { id, .. } => format!("leave the branch out: `{id}`"),
            TargetError::MultipleHeads { command, ids, .. } => several_heads(command, ids),
            TargetError::AmbiguousWalk { command, choices, .. } => {
                let commands: Vec<String> = choices.iter().map(|choice| command_line(command, choice)).collect();
                format!("choose one: {}", either(&commands))
            }
            TargetError::OutOfRange { .. } => "take fewer steps; see the line with `cargo alembic history`".to_owned(),
            TargetError::WrongWay { help, .. } => help.clone(),
            TargetError::NotApplied { .. } => "see what is applied with `cargo alembic current`".to_owned(),
            TargetError::NoDatabase { .. } => {
                "name the database with `--database-url`, or count from a revision, as in `head-1`".to_owned()
            }
        })
    }

    fn places(&self) -> Vec<Place> {
        match self {
            TargetError::AmbiguousPrefix { places, .. } | TargetError::MultipleHeads { places, .. } => places.clone(),
            TargetError::NotInBranch { place, .. } => vec![(**place).clone()],
            _ => Vec::new(),
        }
    }
}

fn several_heads(command: &str, ids: &[RevisionId]) -> String {
    match command {
        "upgrade" => {
            "merge them with `cargo alembic merge`, or run all of them with `cargo alembic upgrade heads`".to_owned()
        }
        "revision" => {
            let choices: Vec<String> = ids.iter().map(|id| format!("--head {id}")).collect();
            format!("choose one with {}, or merge them first with `cargo alembic merge`", either(&choices))
        }
        _ => {
            let choices: Vec<String> = ids.iter().map(|id| command_line(command, id.as_str())).collect();
            format!("choose one: {}", either(&choices))
        }
    }
}

fn command_line(command: &str, target: &str) -> String {
    match command {
        "history" if target.contains(':') => format!("cargo alembic history -r {target}"),
        "history" => format!("cargo alembic history -r {target}:"),
        "revision" => format!("cargo alembic revision --head {target}"),
        _ => format!("cargo alembic {command} {target}"),
    }
}

/// Returns the texts between backticks, the last two joined by `or`.
fn either(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("`{text}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
