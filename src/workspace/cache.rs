//! Remembers cargo's answer in `<target directory>/alembic/workspace.json`, to save the 13 to 60 ms of asking.
//!
//! An answer is used only if nothing that it rests on has changed; in any doubt cargo is asked, and no failure here is
//! one of the command. `CARGO_ALEMBIC_CACHE=0` turns it off. A target directory is never made, only used: cargo marks
//! the ones that it makes as no part of a backup. Read [`load`] first.

use std::io::Write;
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::cargo::Answer;
use super::stamp::moment;
use super::surroundings::Surroundings;
use super::witness::Witnesses;
use crate::config::Environment;
use crate::options::ManifestOptions;

/// Names this layout of the file and the version that wrote it.
const FORMAT: &str = concat!("3 ", env!("CARGO_PKG_VERSION"));

/// How much older than the run everything must be. A file may be written twice within one tick of its clock (at most
/// 10 ms on Linux), and then both contents have the same time.
const MARGIN: Duration = Duration::from_millis(50);

#[derive(Deserialize)]
struct Remembered {
    format: String,
    surroundings: Surroundings,
    witnesses: Witnesses,
    answer: Answer,
}

#[derive(Serialize)]
struct ToRemember<'a> {
    format: &'a str,
    surroundings: Surroundings,
    witnesses: Witnesses,
    answer: &'a Answer,
}

/// Returns the remembered answer to this question, if it is certain that cargo would answer the same.
pub(super) fn load(options: &ManifestOptions, environment: &Environment) -> Option<Answer> {
    if !is_enabled(environment) {
        return None;
    }
    let start = match &options.manifest_path {
        Some(path) => environment.absolute(path).parent()?.to_owned(),
        None => environment.current_dir().to_owned(),
    };
    let remembered = find(&start, environment)?;
    let is_valid = remembered.format == FORMAT
        && is_known(options, &start, &remembered.answer, environment)
        && Surroundings::of(environment)? == remembered.surroundings
        && remembered.witnesses.hold();
    is_valid.then_some(remembered.answer)
}

/// Remembers the answer if it is certain that a later change of anything would be seen.
pub(super) fn store(answer: &Answer, environment: &Environment) {
    if is_enabled(environment) {
        // Failing costs the next run a few milliseconds, nothing else.
        let _ = try_store(answer, environment);
    }
}

fn try_store(answer: &Answer, environment: &Environment) -> Option<()> {
    let expected = given_target_directory(environment).unwrap_or_else(|| Some(answer.root.join("target")))?;
    if answer.target_directory != expected || !answer.target_directory.is_dir() {
        return None;
    }
    let dir = answer.target_directory.join("alembic");
    fs_err::create_dir_all(&dir).ok()?;
    let mut file = tempfile::NamedTempFile::new_in(&dir).ok()?;
    let surroundings = Surroundings::of(environment).filter(Surroundings::are_complete)?;
    let witnesses = Witnesses::of(answer)?;
    let newest = witnesses.newest()?.max(surroundings.newest());
    let written = file.as_file().metadata().and_then(|metadata| metadata.modified()).ok()?;
    if newest >= moment(environment.started().checked_sub(MARGIN)?)? || !is_same_clock(written, environment) {
        return None;
    }
    let text = serde_json::to_vec(&ToRemember { format: FORMAT, surroundings, witnesses, answer }).ok()?;
    file.write_all(&text).ok()?;
    file.persist(dir.join("workspace.json")).ok()?;
    Some(())
}

/// True if the file system's clock, which may be another machine's, agrees with ours: only then "older than this run"
/// means anything.
fn is_same_clock(written: SystemTime, environment: &Environment) -> bool {
    let since = written.duration_since(environment.started()).or_else(|error| match error.duration() {
        early if early < MARGIN => Ok(Duration::ZERO),
        _ => Err(error),
    });
    since.is_ok_and(|since| since < Duration::from_secs(60))
}

fn is_enabled(environment: &Environment) -> bool {
    environment.raw("CARGO_ALEMBIC_CACHE").is_none_or(|value| value != "0")
}

/// Returns what is remembered about the workspace in which `start` lies.
fn find(start: &Utf8Path, environment: &Environment) -> Option<Remembered> {
    let read = |target_directory: Utf8PathBuf| -> Option<Remembered> {
        serde_json::from_slice(&std::fs::read(target_directory.join("alembic/workspace.json")).ok()?).ok()
    };
    if let Some(dir) = given_target_directory(environment) {
        return read(dir?).filter(|remembered| start.starts_with(&remembered.answer.root));
    }
    start.ancestors().find_map(|root| read(root.join("target")).filter(|remembered| remembered.answer.root == root))
}

/// Returns the directory that a variable names; the inner None if it depends on the current directory.
fn given_target_directory(environment: &Environment) -> Option<Option<Utf8PathBuf>> {
    let given = ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"].into_iter().find_map(|name| environment.raw(name))?;
    Some(given.to_str().map(Utf8PathBuf::from).filter(|dir| dir.is_absolute()))
}

/// True if the manifest that cargo would start from is one of those in the answer.
fn is_known(options: &ManifestOptions, start: &Utf8Path, answer: &Answer, environment: &Environment) -> bool {
    let root_manifest = answer.root.join("Cargo.toml");
    let is_known = |manifest: &Utf8Path| {
        manifest == root_manifest || answer.packages.iter().any(|package| package.manifest == manifest)
    };
    match &options.manifest_path {
        Some(path) => is_known(&environment.absolute(path)),
        None => {
            let nearest = start.ancestors().map(|dir| dir.join("Cargo.toml")).find(|manifest| manifest.exists());
            nearest.is_some_and(|manifest| is_known(&manifest))
        }
    }
}

#[cfg(test)]
mod tests;
