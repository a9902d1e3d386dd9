//! Tiny workspaces in temporary folders, for tests.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Workspace, WorkspaceError};
use crate::config::Environment;
use crate::options::ManifestOptions;

/// A folder that goes away with the value.
pub(crate) struct Fixture {
    _folder: tempfile::TempDir,
    pub(crate) root: Utf8PathBuf,
    home: Utf8PathBuf,
}

impl Fixture {
    /// Writes the files into a new folder.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
        let fixture = Fixture { _folder: folder, root: path.join("w"), home: path.join("home") };
        fs_err::create_dir(&fixture.root).unwrap();
        fs_err::create_dir_all(fixture.home.join(".cargo")).unwrap();
        for (path, text) in files {
            fixture.write(path, text);
        }
        fixture
    }

    /// Returns a workspace with the members `crates/a` and `crates/b`, `a` being a feature that uses `b`.
    pub(crate) fn workspace() -> Self {
        Fixture::new(&[
            ("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n"),
            ("crates/a/Cargo.toml", &package("a", "\n[dependencies]\nb = { path = \"../b\" }\n")),
            ("crates/a/src/lib.rs", ""),
            ("crates/a/migrations/.gitkeep", ""),
            ("crates/b/Cargo.toml", &package("b", "")),
            ("crates/b/src/main.rs", "fn main() {}\n"),
        ])
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs_err::read_to_string(self.root.join(path)).unwrap()
    }

    /// Returns the environment of a run in `dir`, beginning now.
    pub(crate) fn environment(&self, dir: &str) -> Environment {
        self.environment_with(dir, &[])
    }

    pub(crate) fn environment_with(&self, dir: &str, variables: &[(&str, &str)]) -> Environment {
        let dir: Utf8PathBuf = self.root.join(dir).components().collect();
        let own = [("CARGO", env!("CARGO")), ("HOME", self.home.as_str())];
        Environment::new(dir, own.iter().chain(variables).copied())
    }

    pub(crate) fn find(&self, dir: &str) -> Result<Workspace, WorkspaceError> {
        Workspace::find(&ManifestOptions::default(), &self.environment(dir))
    }

    pub(crate) fn home(&self) -> &Utf8Path {
        &self.home
    }
}

/// Returns the manifest of a package.
pub(crate) fn package(name: &str, rest: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}")
}

/// Waits until what was written before counts as older than a run that begins now.
pub(crate) fn settle() {
    std::thread::sleep(Duration::from_millis(80));
}
