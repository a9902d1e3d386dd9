//! How cargo comes to rebuild an application when a script is added or removed, without a build script.
//!
//! rustc notes the path of every file that `include_str!` reads, and cargo later compares the times of whatever is at
//! that path. So a file is read, and then a folder put in its place: see `docs/decisions/0007-the-embed-macro.md`.
//! Nothing here may fail a build; where a link cannot be made, changed scripts still cause a rebuild. Read
//! [`Watches::begin`] first.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};

use crate::metadata::Workspace;

/// What the names of the folders begin with.
const PREFIX: &str = "watch-";
/// A link is needed by the profile that it was made for until that is compiled again.
const KEPT: Duration = Duration::from_secs(60 * 60 * 24 * 14);
/// Beyond so many, the oldest go earlier: editors expand macros often.
const MANY: usize = 500;
/// A compiler that runs now still needs its own.
const IN_USE: Duration = Duration::from_secs(60 * 60);

/// Files that stand for folders until they have been read.
#[derive(Debug, Default)]
pub(crate) struct Watches(pub(crate) Vec<Watch>);

/// A file to be read, which then becomes what it stands for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Watch {
    /// `…/watch-PID-N/NAME`, with the name of the folder that exists, or [`ABSENT`].
    pub(crate) file: Utf8PathBuf,
    /// The folder that is watched, or all those that do not exist yet.
    pub(crate) folders: Vec<Utf8PathBuf>,
}

/// The name of the file that stands for folders which do not exist.
const ABSENT: &str = ".absent";

impl Watches {
    /// Makes the files that stand for these folders, and removes those of long ago.
    pub(crate) fn begin(workspace: &Workspace, folders: &[&Utf8Path]) -> Watches {
        let home = workspace.target_directory.join("alembic");
        remove_old(&home, SystemTime::now());
        let folders = folders.iter().map(|folder| folder.to_path_buf());
        let (present, absent): (Vec<Utf8PathBuf>, Vec<Utf8PathBuf>) = folders.partition(|folder| folder.is_dir());
        let begin = |folder: Utf8PathBuf| Watch::begin(&home, folder.clone().file_name()?, vec![folder]);
        let mut watches: Vec<Watch> = present.into_iter().filter_map(begin).collect();
        if !absent.is_empty() {
            watches.extend(Watch::begin(&home, ABSENT, absent));
        }
        Watches(watches)
    }
}

impl Watch {
    fn begin(home: &Utf8Path, name: &str, folders: Vec<Utf8PathBuf>) -> Option<Watch> {
        let folder = unused_folder(home).ok()?;
        let file = folder.join(name);
        // Where it stays a file, it must not look as if it had changed since the compiler began.
        fs::File::create(&file).and_then(|empty| empty.set_modified(SystemTime::UNIX_EPOCH)).ok()?;
        Some(Watch { file, folders })
    }
}

/// Makes a folder that no other process and no earlier one made: in containers process ids repeat.
fn unused_folder(home: &Utf8Path) -> io::Result<Utf8PathBuf> {
    fs::create_dir_all(home)?;
    let process = std::process::id();
    let mut number = 0_u32;
    loop {
        let folder = home.join(format!("{PREFIX}{process}-{number}"));
        match fs::create_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            made => return made.map(|()| folder),
        }
    }
}

/// Puts in the place of a file that was read what it stands for.
pub(crate) fn link<P: AsRef<Path>>(file: &Path, folders: &[P]) {
    let Some(around) = file.parent() else { return };
    let is_ours = around.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
    let is_empty = fs::symlink_metadata(file).is_ok_and(|found| found.is_file() && found.len() == 0);
    if !is_ours || !is_empty {
        return;
    }
    // What fails leaves a file or nothing, and cargo compiles once too often or once too seldom.
    _ = if file.ends_with(ABSENT) { absent(file, folders) } else { present(file, around, folders) };
}

/// The folder around the file becomes a link to the one around the watched folder, which has the file's name.
///
/// A link to the watched folder itself would count with its own time, and that is later than the compiler's start.
fn present<P: AsRef<Path>>(file: &Path, around: &Path, folders: &[P]) -> io::Result<()> {
    let Some(target) = folders.first().and_then(|folder| folder.as_ref().parent()) else { return Ok(()) };
    let trial = around.with_extension("link");
    make_link(target, &trial)?;
    fs::remove_file(file)?;
    fs::remove_dir(around)?;
    fs::rename(&trial, around)
}

/// The file becomes a folder of links that lead nowhere; cargo passes over them until one does.
fn absent<P: AsRef<Path>>(file: &Path, folders: &[P]) -> io::Result<()> {
    let trial = file.with_extension("links");
    fs::create_dir(&trial)?;
    for (number, folder) in folders.iter().enumerate() {
        make_link(folder.as_ref(), &trial.join(number.to_string()))?;
    }
    fs::File::open(&trial)?.set_modified(SystemTime::UNIX_EPOCH)?;
    fs::remove_file(file)?;
    fs::rename(&trial, file)
}

#[cfg(unix)]
fn make_link(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(windows)]
fn make_link(target: &Path, link: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_dir(target, link)
}

#[cfg(not(any(unix, windows)))]
fn make_link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn remove_old(home: &Utf8Path, now: SystemTime) {
    let Ok(entries) = fs::read_dir(home) else { return };
    let mut found: Vec<_> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX))
        .filter_map(|entry| {
            Some((now.duration_since(entry.metadata().ok()?.modified().ok()?).unwrap_or_default(), entry.path()))
        })
        .collect();
    found.sort();
    let is_old = |(at, (age, _)): &(usize, (Duration, _))| *age > KEPT || *at >= MANY && *age > IN_USE;
    for (_, (_, path)) in found.into_iter().enumerate().filter(is_old) {
        // Never follows a link.
        _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
    }
}

#[cfg(test)]
mod tests;
