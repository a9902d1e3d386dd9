//! Why a bundle cannot be used, or made.
//!
//! No error shows a line of a bundle's settings: somebody may have put a password there. Read [`BundleError`] first.

use alembic_revisions::{Code, Diagnose, Exit};
use camino::Utf8PathBuf;

use super::VERSION;

/// What is wrong with the bytes of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("is no bundle")]
    Foreign,
    #[error("is cut short, after {length} bytes")]
    Cut { length: usize },
    #[error("goes on behind its end")]
    Continued,
    #[error("was altered: its checksum does not fit")]
    Altered { has_carriage_returns: bool },
    #[error("was made by cargo-alembic {made_by}, which is newer than this one ({VERSION})")]
    Newer { made_by: String },
    /// Its checksum is right all the same.
    #[error("was not made by cargo-alembic: {why}, in line {line}")]
    Malformed { line: usize, why: &'static str },
    #[error("has settings that nobody can use: {}", .faults.join("; "))]
    Settings { faults: Vec<String> },
}

/// Who named a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaidBy {
    /// `--bundle`
    Flag,
    /// `CARGO_ALEMBIC_BUNDLE`
    Variable,
}

/// Why a bundle cannot be used, or made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    #[error("cannot read the bundle {path}: {why}")]
    Unreadable { path: Utf8PathBuf, why: String },
    #[error("{path} {damage}")]
    Damaged { path: Utf8PathBuf, damage: Damage },
    #[error("a bundle is not enough for this command, which reads or writes files of the workspace")]
    NeedsWorkspace { said: SaidBy },
    #[error("--bundle and --manifest-path name two places")]
    AndWorkspace,
    #[error("{} a password, which no bundle may carry", holders(.keys))]
    Password { keys: Vec<String> },
    #[error("{path} exists and is no bundle")]
    InTheWay { path: Utf8PathBuf },
}

fn holders(keys: &[String]) -> String {
    let verb = if keys.len() == 1 { "holds" } else { "hold" };
    format!("`{}` in Cargo.toml {verb}", keys.join("` and `"))
}

impl Diagnose for BundleError {
    fn code(&self) -> Code {
        Code(match self {
            BundleError::Unreadable { .. } => "A0680",
            BundleError::Damaged { damage: Damage::Foreign, .. } => "A0681",
            BundleError::Damaged { damage: Damage::Cut { .. }, .. } => "A0682",
            BundleError::Damaged { damage: Damage::Altered { .. } | Damage::Continued, .. } => "A0683",
            BundleError::Damaged { damage: Damage::Newer { .. }, .. } => "A0684",
            BundleError::Damaged { damage: Damage::Malformed { .. } | Damage::Settings { .. }, .. } => "A0685",
            BundleError::NeedsWorkspace { .. } => "A0686",
            BundleError::Password { .. } => "A0687",
            BundleError::InTheWay { .. } => "A0688",
            BundleError::AndWorkspace => "A0689",
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            BundleError::Unreadable { .. } => "BundleUnreadable",
            BundleError::Damaged { damage: Damage::Foreign, .. } => "NoBundle",
            BundleError::Damaged { damage: Damage::Cut { .. }, .. } => "BundleCut",
            BundleError::Damaged { damage: Damage::Altered { .. } | Damage::Continued, .. } => "BundleAltered",
            BundleError::Damaged { damage: Damage::Newer { .. }, .. } => "BundleNewer",
            BundleError::Damaged { damage: Damage::Malformed { .. } | Damage::Settings { .. }, .. } => {
                "BundleMalformed"
            }
            BundleError::NeedsWorkspace { .. } => "NeedsWorkspace",
            BundleError::Password { .. } => "PasswordInSettings",
            BundleError::InTheWay { .. } => "FileExists",
            BundleError::AndWorkspace => "Usage",
        }
    }

    fn exit(&self) -> Exit {
        match self {
            BundleError::NeedsWorkspace { .. } | BundleError::AndWorkspace => Exit::Usage,
            _ => Exit::Project,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            BundleError::Unreadable { .. } => {
                "name the file that `cargo alembic bundle -o FILE` has written".to_owned()
            }
            BundleError::Damaged { damage: Damage::Foreign, .. } => {
                "make a bundle in the workspace: `cargo alembic bundle -o FILE`".to_owned()
            }
            BundleError::Damaged { damage: Damage::Newer { made_by }, .. } => {
                format!("update cargo-alembic to {made_by}, or make the bundle with {VERSION}")
            }
            BundleError::Damaged { .. } => {
                "copy it once more, or make it anew in the workspace: `cargo alembic bundle -o FILE`".to_owned()
            }
            BundleError::NeedsWorkspace { said: SaidBy::Flag } => {
                "run it in the workspace, without `--bundle`".to_owned()
            }
            BundleError::NeedsWorkspace { said: SaidBy::Variable } => {
                "run it in the workspace, without the variable: `unset CARGO_ALEMBIC_BUNDLE`".to_owned()
            }
            BundleError::Password { .. } => {
                "move the URL into `.env`, or name a variable that holds it: `url-env = \"VARIABLE\"`".to_owned()
            }
            BundleError::AndWorkspace => "leave one of them out".to_owned(),
            BundleError::InTheWay { .. } => "give another name with `-o FILE`, or move the file away".to_owned(),
        })
    }

    fn notes(&self) -> Vec<String> {
        match self {
            BundleError::Damaged { damage: Damage::Altered { has_carriage_returns: true }, .. } => {
                vec!["its line ends were changed: let git leave it alone with `*.alembic -text`".to_owned()]
            }
            BundleError::Damaged { .. } => vec!["no database was opened".to_owned()],
            _ => Vec::new(),
        }
    }
}
