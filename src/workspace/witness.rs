//! The files and folders whose change could change cargo's answer about a workspace.
//!
//! A member is new only if a manifest says so, if a glob finds another folder, or if a manifest above it makes another
//! root. A path dependency without a manifest is an error of cargo's, and errors are not remembered. Read
//! [`Witnesses::of`] first.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use toml_edit::Document;

use super::cargo::Answer;
use super::stamp::{Moment, Stamp};

/// What was seen when the answer was given.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Witnesses {
    /// Manifests that are there or that would count if they were, and folders in which a glob expands.
    stamps: BTreeMap<Utf8PathBuf, Option<Stamp>>,
    /// Files that cargo finds by name and never reads; only their existence counts.
    existing: BTreeMap<Utf8PathBuf, bool>,
    /// The latest change of a folder of such files: one may have come while cargo was looking.
    #[serde(skip)]
    latest: Option<Moment>,
}

impl Witnesses {
    /// Returns everything that the answer rests on, None if that cannot be told.
    pub(super) fn of(answer: &Answer) -> Option<Self> {
        let mut witnesses = Witnesses::default();
        witnesses.add_manifests_above(&answer.root)?;
        for pattern in member_patterns(&answer.root)? {
            let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
            witnesses.expand(&answer.root, &parts)?;
        }
        for package in &answer.packages {
            let dir = package.manifest.parent()?;
            witnesses.add_manifests_above(dir)?;
            witnesses.add_crate_roots(dir)?;
        }
        Some(witnesses)
    }

    /// True if everything still looks as it did.
    pub(super) fn hold(&self) -> bool {
        self.stamps.iter().all(|(path, seen)| Stamp::of(path).is_ok_and(|now| now == *seen))
            && self.existing.iter().all(|(path, seen)| path.is_file() == *seen)
    }

    /// Returns the latest change of anything seen.
    pub(super) fn newest(&self) -> Option<Moment> {
        self.stamps.values().flatten().map(Stamp::newest).max().max(self.latest)
    }

    fn add(&mut self, path: Utf8PathBuf) -> Option<()> {
        if let Entry::Vacant(entry) = self.stamps.entry(path) {
            let stamp = Stamp::of(entry.key()).ok()?;
            entry.insert(stamp);
        }
        Some(())
    }

    /// A new manifest anywhere above could be another workspace root.
    fn add_manifests_above(&mut self, dir: &Utf8Path) -> Option<()> {
        dir.ancestors().try_for_each(|dir| self.add(dir.join("Cargo.toml")))
    }

    /// Adds what cargo's discovery of a library and of binaries looks at.
    fn add_crate_roots(&mut self, dir: &Utf8Path) -> Option<()> {
        let source = dir.join("src");
        self.add_existing(&source, &["lib.rs", "main.rs"])?;
        let binaries = source.join("bin");
        self.add(binaries.clone())?;
        folders_in(&binaries)?.iter().try_for_each(|folder| self.add_existing(folder, &["main.rs"]))
    }

    fn add_existing(&mut self, dir: &Utf8Path, names: &[&str]) -> Option<()> {
        self.latest = self.latest.max(Stamp::of(dir).ok()?.as_ref().map(Stamp::newest));
        for path in names.iter().map(|name| dir.join(name)) {
            let exists = path.is_file();
            self.existing.insert(path, exists);
        }
        Some(())
    }

    /// Follows a `members` pattern, taking every folder for a match where a part holds a wildcard.
    fn expand(&mut self, dir: &Utf8Path, parts: &[&str]) -> Option<()> {
        match parts.split_first() {
            None => self.add(dir.join("Cargo.toml")),
            Some((part, rest)) if part.contains(['*', '?', '[']) => {
                self.add(dir.to_owned())?;
                folders_in(dir)?.iter().try_for_each(|folder| self.expand(folder, rest))
            }
            Some((part, rest)) => self.expand(&dir.join(part), rest),
        }
    }
}

/// Returns the folders in `dir`, none if it does not exist; None for a name that is not UTF-8.
fn folders_in(dir: &Utf8Path) -> Option<Vec<Utf8PathBuf>> {
    let Ok(entries) = dir.read_dir_utf8() else { return Some(Vec::new()) };
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry.ok()?.into_path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    Some(folders)
}

/// Returns `workspace.members` of the root manifest; None if a pattern may reach any depth or is no plain relative path.
fn member_patterns(root: &Utf8Path) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(root.join("Cargo.toml")).ok()?;
    let document = Document::parse(text.as_str()).ok()?;
    let members = document.get("workspace").and_then(|workspace| workspace.get("members"));
    let Some(members) = members else { return Some(Vec::new()) };
    let is_followed =
        |pattern: &str| !pattern.starts_with('/') && !["**", "\\", ":"].iter().any(|odd| pattern.contains(odd));
    let pattern = |value: &toml_edit::Value| Some(value.as_str().filter(|pattern| is_followed(pattern))?.to_owned());
    members.as_array()?.iter().map(pattern).collect()
}
