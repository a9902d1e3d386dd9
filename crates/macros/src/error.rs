//! Why nothing can be embedded, apart from faults of the scripts and of their graph.
//!
//! Read [`EmbedError`] first.

use alembic_revisions::diagnose::nearest;
use alembic_revisions::graph::EdgeKind;
use alembic_revisions::{Code, Diagnose, Exit, Place, RevisionId};

/// A fault in the call of `embed!`, or in the workspace around it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EmbedError {
    #[error("`{}` is no name of a package", .0.escape_debug())]
    NotAName(String),
    #[error("`embed!` asks cargo for the workspace, and the variable `{0}` is not set")]
    NoCargo(&'static str),
    #[error("cargo cannot read the workspace: {0}")]
    Cargo(String),
    #[error("{why}, in {manifest}")]
    Setting { why: String, manifest: String },
    #[error("no package of this workspace has migrations yet")]
    NoFeature,
    #[error("no package of this workspace is called `{}`", .name.escape_debug())]
    UnknownPackage { name: String, features: Vec<String> },
    #[error("the package `{name}` has no migrations yet")]
    NotAFeature { name: String },
    #[error(
        "revision `{id}` of `{feature}` {needs} `{name}` of the feature `{owner}`, which is not embedded",
        needs = match .kind { EdgeKind::Parent => "is a child of", EdgeKind::Dependency => "depends on" }
    )]
    LeftOut {
        id: RevisionId,
        feature: String,
        kind: EdgeKind,
        name: String,
        owner: String,
        /// The features that are embedded.
        chosen: Vec<String>,
        place: Box<Place>,
    },
}

impl Diagnose for EmbedError {
    fn code(&self) -> Code {
        Code(match self {
            EmbedError::NotAName(_) => "A0690",
            EmbedError::NoCargo(_) => "A0691",
            EmbedError::Cargo(_) => "A0692",
            EmbedError::Setting { .. } => "A0693",
            EmbedError::NoFeature => "A0694",
            EmbedError::UnknownPackage { .. } => "A0695",
            EmbedError::NotAFeature { .. } => "A0696",
            EmbedError::LeftOut { .. } => "A0697",
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            EmbedError::NotAName(_) => "NotAName",
            EmbedError::NoCargo(_) => "NoCargo",
            EmbedError::Cargo(_) => "CargoFailed",
            EmbedError::Setting { .. } => "IllegalSetting",
            EmbedError::NoFeature => "NoFeature",
            EmbedError::UnknownPackage { .. } => "UnknownPackage",
            EmbedError::NotAFeature { .. } => "NotAFeature",
            EmbedError::LeftOut { .. } => "LeftOut",
        }
    }

    fn exit(&self) -> Exit {
        Exit::Project
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            EmbedError::NotAName(_) => {
                "write `embed!()` for all features, or the names of packages: `embed!(\"players\", \"matches\")`"
                    .to_owned()
            }
            EmbedError::NoCargo(_) => "compile with `cargo build`".to_owned(),
            EmbedError::Cargo(_) => "see what `cargo metadata --no-deps` says".to_owned(),
            EmbedError::Setting { .. } => "run `cargo alembic check`, which shows the line".to_owned(),
            EmbedError::NoFeature => "make a package a feature: `cargo alembic init -p NAME`".to_owned(),
            EmbedError::UnknownPackage { name, features } => {
                match nearest(name, features.iter().map(String::as_str)).first() {
                    Some(near) => format!("write `\"{near}\"`"),
                    None => format!("write one of \"{}\"", features.join("\", \"")),
                }
            }
            EmbedError::NotAFeature { name } => {
                format!("make it a feature: `cargo alembic init -p {name}`, or leave it out")
            }
            EmbedError::LeftOut { owner, chosen, .. } => {
                format!("add the feature: `embed!(\"{}\", \"{owner}\")`", chosen.join("\", \""))
            }
        })
    }

    fn places(&self) -> Vec<Place> {
        match self {
            EmbedError::LeftOut { place, .. } => vec![(**place).clone()],
            _ => Vec::new(),
        }
    }
}
