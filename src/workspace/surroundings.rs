//! What decides cargo's answer besides the manifests: the cargo that runs, its variables and its configuration.
//!
//! Values are compared, never interpreted. Read [`Surroundings::of`] first.

use std::collections::BTreeMap;
use std::path::PathBuf;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::stamp::{Moment, Stamp};
use crate::config::Environment;

/// The variables that can change cargo's answer. Tokens and proxies are left out: they are secrets and change nothing.
const VARIABLES: [&str; 9] = [
    "CARGO_BUILD_BUILD_DIR",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_HOME",
    "CARGO_TARGET_DIR",
    "HOME",
    "RUSTC_BOOTSTRAP",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "USERPROFILE",
];

/// The files that cargo and rustup look for in the current directory and in every one above it.
const CHAIN: [&str; 4] = [".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain"];

/// All that may differ between two runs on the same manifests.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Surroundings {
    cargo: Utf8PathBuf,
    cargo_stamp: Stamp,
    variables: BTreeMap<String, String>,
    /// Only those that exist, so that runs from different directories can share an answer.
    files: BTreeMap<Utf8PathBuf, Stamp>,
}

impl Surroundings {
    /// Returns the surroundings of this run, None if anything about them is in doubt.
    pub(super) fn of(environment: &Environment) -> Option<Self> {
        let (cargo, is_given) = find_cargo(environment)?;
        let cargo_stamp = Stamp::of(&cargo).ok()??;
        let mut variables = BTreeMap::new();
        for name in VARIABLES {
            if let Some(value) = environment.raw(name) {
                variables.insert(name.to_owned(), value.to_str()?.to_owned());
            }
        }
        let mut files = BTreeMap::new();
        let ancestors = environment.current_dir().ancestors();
        let chain = ancestors.flat_map(|dir| CHAIN.map(|name| dir.join(name)));
        let rustup = if is_given { Vec::new() } else { rustup_files(environment)? };
        for path in chain.chain(cargo_home_files(environment)?).chain(rustup) {
            if let Some(stamp) = Stamp::of(&path).ok()? {
                files.insert(path, stamp);
            }
        }
        Some(Surroundings { cargo, cargo_stamp, variables, files })
    }

    /// Returns the latest change of anything seen.
    pub(super) fn newest(&self) -> Moment {
        self.files.values().map(Stamp::newest).fold(self.cargo_stamp.newest(), Moment::max)
    }

    /// True if no configuration takes in another file, which the stamps would not cover.
    pub(super) fn are_complete(&self) -> bool {
        let is_configuration = |path: &&Utf8PathBuf| matches!(path.file_name(), Some("config.toml" | "config"));
        let mut texts = self.files.keys().filter(is_configuration).map(std::fs::read);
        texts.all(|text| text.is_ok_and(|text| !text.windows(7).any(|word| word == b"include")))
    }
}

/// Returns the cargo that the metadata call runs, and whether `CARGO` names it. Otherwise it may be rustup's proxy.
fn find_cargo(environment: &Environment) -> Option<(Utf8PathBuf, bool)> {
    if let Some(cargo) = environment.raw("CARGO").filter(|path| !path.is_empty()) {
        let cargo = Utf8PathBuf::from(cargo.to_str()?);
        // A bare name would be looked up in PATH; nobody sets one.
        return cargo.is_absolute().then_some((cargo, true));
    }
    let name = format!("cargo{}", std::env::consts::EXE_SUFFIX);
    let found =
        std::env::split_paths(environment.raw("PATH")?).map(|dir| dir.join(&name)).find(|path| path.is_file())?;
    let found = Utf8PathBuf::from_path_buf(found).ok()?;
    found.is_absolute().then_some((found, false))
}

fn cargo_home_files(environment: &Environment) -> Option<Vec<Utf8PathBuf>> {
    let home = home(environment, "CARGO_HOME", ".cargo")?;
    Some(vec![home.join("config.toml"), home.join("config")])
}

/// Returns the files by which rustup's proxy picks a cargo, and each cargo that it may pick.
fn rustup_files(environment: &Environment) -> Option<Vec<Utf8PathBuf>> {
    let home = home(environment, "RUSTUP_HOME", ".rustup")?;
    let mut files = vec![home.join("settings.toml")];
    if let Ok(toolchains) = home.join("toolchains").read_dir_utf8() {
        let name = format!("bin/cargo{}", std::env::consts::EXE_SUFFIX);
        for toolchain in toolchains {
            files.push(toolchain.ok()?.path().join(&name));
        }
    }
    Some(files)
}

fn home(environment: &Environment, variable: &str, default: &str) -> Option<Utf8PathBuf> {
    if let Some(home) = environment.raw(variable).filter(|path| !path.is_empty()) {
        return Some(Utf8Path::new(home.to_str()?).to_owned()).filter(|home| home.is_absolute());
    }
    let user = environment.raw(if cfg!(windows) { "USERPROFILE" } else { "HOME" })?;
    Utf8PathBuf::from_path_buf(PathBuf::from(user))
        .ok()
        .map(|home| home.join(default))
        .filter(|home| home.is_absolute())
}
