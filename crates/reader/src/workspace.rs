//! What has to be known of a workspace before its source can be read; plain values, filled in from cargo's metadata.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

/// A workspace whose models are wanted.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    pub packages: Vec<Package>,
    /// Paths are shown relative to it.
    pub shown_root: Utf8PathBuf,
    /// What the user says of `cfg` names: `name`, `name="value"`, or `not(…)` around one of them.
    pub cfg: BTreeSet<String>,
}

/// A member of the workspace.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// The name of its crate, with `_`.
    pub name: String,
    /// The name of the package.
    pub feature: String,
    /// It owns migrations: the tables that it declares count.
    pub is_feature: bool,
    /// It depends on `alembic-model`, so models may be in it even if it is no feature.
    pub knows_models: bool,
    /// The file of its library; absolute.
    pub library: Option<Utf8PathBuf>,
    /// The files of its binaries; absolute.
    pub binaries: Vec<Utf8PathBuf>,
    pub edition: Edition,
    /// The active features of cargo.
    pub features: BTreeSet<String>,
    /// Members that it depends on, as indices in [`Workspace::packages`], by the name that its source has for them.
    pub dependencies: BTreeMap<String, usize>,
    /// Crates from elsewhere that `rename` gives another name: that name, and the crate's own.
    pub renamed: BTreeMap<String, String>,
}

/// How paths of `use` are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Edition {
    /// From the root of the crate.
    Rust2015,
    /// From where they stand; the same in all later ones.
    #[default]
    Rust2018,
}

impl Edition {
    /// Returns the edition that a manifest calls so.
    pub fn named(name: &str) -> Self {
        if name == "2015" { Edition::Rust2015 } else { Edition::Rust2018 }
    }
}
