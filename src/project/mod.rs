//! Where settings, features and scripts come from: a Cargo workspace, or a bundle of one.
//!
//! The one place that knows which of the two it is. Whoever needs more than is in a bundle asks for the workspace, and
//! says so by that. Read [`Project`] first.

mod opened;

use std::io::ErrorKind;
use std::num::NonZeroUsize;
use std::sync::Arc;

use alembic_revisions::file::{self, FIXTURES, FileFaults};
use alembic_revisions::{Code, Diagnose, Exit, Script, Source};
use camino::{Utf8Path, Utf8PathBuf};

use crate::bundle::{BundleError, SaidBy};
use crate::config::{SettingsAt, SettingsFile};
use crate::options::ManifestOptions;
use crate::workspace::{Package, SelectError, Workspace};

pub use opened::OpenedBundle;

/// The variable that names a bundle as `--bundle` does.
pub const BUNDLE_VARIABLE: &str = "CARGO_ALEMBIC_BUNDLE";

/// A Cargo workspace, or a bundle of one.
#[derive(Debug)]
pub enum Project {
    Workspace(Box<Workspace>),
    Bundle(Box<OpenedBundle>),
}

/// The bundle that a command line names, and where it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedBundle {
    /// As it was typed.
    pub path: Utf8PathBuf,
    pub said: SaidBy,
}

impl NamedBundle {
    /// Returns the bundle of `--bundle`, else of [`BUNDLE_VARIABLE`], which `--manifest-path` outweighs.
    ///
    /// Fails if a workspace and a bundle are named.
    pub fn of(options: &ManifestOptions, variable: Option<&str>) -> Result<Option<Self>, BundleError> {
        match (&options.bundle, &options.manifest_path) {
            (Some(_), Some(_)) => Err(BundleError::AndWorkspace),
            (Some(path), None) => Ok(Some(NamedBundle { path: path.clone(), said: SaidBy::Flag })),
            (None, Some(_)) => Ok(None),
            (None, None) => {
                Ok(variable.map(|path| NamedBundle { path: Utf8PathBuf::from(path), said: SaidBy::Variable }))
            }
        }
    }
}

impl Project {
    /// Returns where relative paths of the settings begin, and `.env` lies.
    pub fn root(&self) -> &Utf8Path {
        match self {
            Project::Workspace(workspace) => &workspace.root,
            Project::Bundle(bundle) => &bundle.folder,
        }
    }

    pub fn settings(&self) -> SettingsAt<'_> {
        match self {
            Project::Workspace(workspace) => {
                SettingsAt { settings: &workspace.settings, root: &workspace.root, file: &SettingsFile::Manifest }
            }
            Project::Bundle(bundle) => {
                SettingsAt { settings: &bundle.settings, root: &bundle.folder, file: &bundle.file }
            }
        }
    }

    /// True if there is Rust source, and models may be in it.
    pub fn has_source(&self) -> bool {
        matches!(self, Project::Workspace(_))
    }

    /// Returns the workspace, or why there is none.
    pub fn workspace(&self) -> Result<&Workspace, BundleError> {
        match self {
            Project::Workspace(workspace) => Ok(workspace),
            Project::Bundle(bundle) => Err(BundleError::NeedsWorkspace { said: bundle.said }),
        }
    }

    /// Returns the names of the features, sorted.
    pub fn features(&self) -> Vec<&str> {
        match self {
            Project::Workspace(workspace) => workspace.features().map(|feature| feature.name.as_str()).collect(),
            Project::Bundle(bundle) => bundle.features.iter().map(|feature| feature.name.as_str()).collect(),
        }
    }

    /// Returns the names of the features that `-p` names, sorted; all of them if it names none.
    pub fn selected_features(&self, names: &[String]) -> Result<Vec<&str>, SelectError> {
        match self {
            Project::Workspace(workspace) => {
                let selected = workspace.selected_features(names)?;
                Ok(selected.into_iter().map(|feature| feature.name.as_str()).collect())
            }
            Project::Bundle(bundle) => bundle.selected_features(names),
        }
    }

    /// Fails if there is no feature at all.
    pub fn require_features(&self) -> Result<(), SelectError> {
        self.selected_features(&[]).map(|_| ())
    }

    /// Returns the scripts of all features in load order, as they are now.
    pub fn scripts(&self) -> Result<Vec<Arc<Script>>, FileFaults> {
        match self {
            Project::Workspace(workspace) => {
                let folders: Vec<_> = workspace.features().map(|feature| folder_of(workspace, feature)).collect();
                let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
                Ok(file::read_all(&folders, threads).into_scripts()?.into_iter().map(Arc::new).collect())
            }
            Project::Bundle(bundle) => Ok(bundle.scripts.clone()),
        }
    }

    /// Returns a file of a feature's folder of fixtures; nothing if there is none of this name.
    pub fn fixture(&self, feature: &str, name: &str) -> Result<Option<Arc<Source>>, UnreadableFixture> {
        match self {
            Project::Workspace(workspace) => {
                let found = workspace.features().find(|package| package.name == feature);
                found.map_or(Ok(None), |package| read_fixture(workspace, package, name))
            }
            Project::Bundle(bundle) => Ok(bundle.fixture(feature, name)),
        }
    }

    /// Returns the folder for what may be made anew at any time; nothing where there is none.
    pub fn target_directory(&self) -> Option<&Utf8Path> {
        match self {
            Project::Workspace(workspace) => {
                Some(workspace.target_directory.as_path()).filter(|folder| folder.is_dir())
            }
            Project::Bundle(_) => None,
        }
    }
}

fn folder_of(workspace: &Workspace, feature: &Package) -> file::Folder {
    let dir = feature.migrations_dir();
    file::Folder {
        feature: feature.name.as_str().into(),
        shown: workspace.shown(&dir),
        dir,
        root: workspace.root.clone(),
    }
}

fn read_fixture(
    workspace: &Workspace,
    feature: &Package,
    name: &str,
) -> Result<Option<Arc<Source>>, UnreadableFixture> {
    let path = feature.migrations_dir().join(FIXTURES).join(name);
    let shown = workspace.shown(&path);
    match fs_err::read_to_string(&path) {
        Ok(text) => Ok(Some(Arc::new(Source { path: shown, text }))),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(UnreadableFixture { path: shown, error }),
    }
}

/// A fixture's file cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {path}: {error}")]
pub struct UnreadableFixture {
    path: Utf8PathBuf,
    error: std::io::Error,
}

impl Diagnose for UnreadableFixture {
    fn code(&self) -> Code {
        Code("A0832")
    }

    fn kind(&self) -> &'static str {
        "UnreadableFixture"
    }

    fn exit(&self) -> Exit {
        Exit::Project
    }

    fn help(&self) -> Option<String> {
        Some("make it readable, and save it as UTF-8".to_owned())
    }
}
