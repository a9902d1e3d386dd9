//! The Cargo workspace and its features, as `cargo metadata` names them.
//!
//! What cargo says is never second-guessed, only remembered (see `cache`); whether a `migrations/` folder exists is
//! always looked up anew. This module reads no script. Read [`Workspace::find`] first.

mod cache;
mod cargo;
mod select;
mod stamp;
mod surroundings;
mod witness;

use std::collections::{BTreeMap, BTreeSet};

use alembic_revisions::Diagnose;
use alembic_revisions::diagnose::Transparent;
use alembic_revisions::settings::MIGRATIONS;
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::config::{Environment, FeatureSettings, SettingsError, WorkspaceSettings};
use crate::options::ManifestOptions;

pub use cargo::{CargoError, CrateKind, CrateRoot};
pub use select::SelectError;

use cargo::{Answer, AnsweredPackage};

/// A Cargo workspace, or a package that is one by itself.
#[derive(Clone, Debug)]
pub struct Workspace {
    pub root: Utf8PathBuf,
    pub target_directory: Utf8PathBuf,
    pub settings: WorkspaceSettings,
    /// The table `alembic` of the workspace's metadata as cargo gave it; null if there is none.
    pub metadata: Value,
    /// All members, by name.
    pub packages: Vec<Package>,
}

/// A member of the workspace.
#[derive(Clone, Debug)]
pub struct Package {
    pub name: String,
    pub dir: Utf8PathBuf,
    pub manifest: Utf8PathBuf,
    /// True if the package has a `migrations/` folder or a `[package.metadata.alembic]` table.
    pub is_feature: bool,
    pub settings: FeatureSettings,
    /// The table `alembic` of the package's metadata as cargo gave it; null if there is none.
    pub metadata: Value,
    /// The members that this one is built from, by the name that its source has for them; dependencies of its tests do
    /// not count.
    pub path_dependencies: BTreeMap<String, String>,
    /// Crates from elsewhere that its manifest gives another name: that name, and the crate's own.
    pub renamed: BTreeMap<String, String>,
    /// `alembic-model` is among its dependencies.
    pub knows_models: bool,
    /// The features of cargo that a build of the whole workspace turns on.
    pub features: BTreeSet<String>,
    /// Those that it does not, each with all that it would turn on.
    pub inactive_features: BTreeMap<String, BTreeSet<String>>,
    /// Its library and its binaries.
    pub crate_roots: Vec<CrateRoot>,
}

/// Why the workspace cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    #[error(transparent)]
    Cargo(#[from] CargoError),
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

impl Transparent for WorkspaceError {
    fn reason(&self) -> &dyn Diagnose {
        match self {
            WorkspaceError::Cargo(error) => error,
            WorkspaceError::Settings(error) => error,
        }
    }
}

impl Workspace {
    /// Returns the workspace of the current directory or of `--manifest-path`, with its settings.
    ///
    /// Fails if there is none, if cargo rejects a manifest, or if a setting is wrong.
    pub fn find(options: &ManifestOptions, environment: &Environment) -> Result<Self, WorkspaceError> {
        let answer = match cache::load(options, environment) {
            Some(answer) => answer,
            None => {
                let answer = cargo::ask(options, environment)?;
                cache::store(&answer, environment);
                answer
            }
        };
        Ok(Workspace::from_answer(answer)?)
    }

    fn from_answer(answer: Answer) -> Result<Self, SettingsError> {
        let root = answer.root;
        let settings = WorkspaceSettings::read(&answer.metadata, &root, &root.join("Cargo.toml"))?;
        let packages = answer.packages.into_iter().map(|package| Package::from_answer(package, &root));
        let mut packages = packages.collect::<Result<Vec<_>, _>>()?;
        packages.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(Workspace { root, target_directory: answer.target_directory, settings, metadata: answer.metadata, packages })
    }

    /// Returns the features, by name: the order in which revisions are loaded.
    pub fn features(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.is_feature)
    }

    /// Returns the member in whose folder `path` lies.
    pub fn package_at(&self, path: &Utf8Path) -> Option<&Package> {
        self.deepest(path).or_else(|| {
            // The root may have been reached through a symbolic link that `path` does not go through.
            let path = path.canonicalize_utf8().ok()?;
            self.deepest(&path)
        })
    }

    /// Returns the feature in whose folder `path` lies.
    pub fn feature_at(&self, path: &Utf8Path) -> Option<&Package> {
        self.package_at(path).filter(|package| package.is_feature)
    }

    /// Returns the path as it is shown: relative to the root, with `/` between its parts.
    pub fn shown(&self, path: &Utf8Path) -> Utf8PathBuf {
        let relative = path.strip_prefix(&self.root).unwrap_or(path);
        if cfg!(windows) { relative.as_str().replace('\\', "/").into() } else { relative.to_owned() }
    }

    fn deepest(&self, path: &Utf8Path) -> Option<&Package> {
        let around = self.packages.iter().filter(|package| path.starts_with(&package.dir));
        around.max_by_key(|package| package.dir.components().count())
    }
}

impl Package {
    fn from_answer(answer: AnsweredPackage, root: &Utf8Path) -> Result<Self, SettingsError> {
        let settings = FeatureSettings::read(&answer.metadata, root, &answer.manifest)?;
        let dir = answer.manifest.parent().unwrap_or(root).to_owned();
        Ok(Package {
            is_feature: !answer.metadata.is_null() || dir.join(MIGRATIONS).is_dir(),
            name: answer.name,
            dir,
            manifest: answer.manifest,
            settings,
            metadata: answer.metadata,
            path_dependencies: answer.path_dependencies,
            renamed: answer.renamed,
            knows_models: answer.knows_models,
            features: answer.features,
            inactive_features: answer.inactive_features,
            crate_roots: answer.crate_roots,
        })
    }

    /// Returns the folder of the package's scripts, whether or not it exists.
    pub fn migrations_dir(&self) -> Utf8PathBuf {
        self.dir.join(&self.settings.migrations)
    }
}

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;
