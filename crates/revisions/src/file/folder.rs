//! Migrations folders to scripts: the one place of this crate that reads files.
//!
//! Nothing is followed out of the workspace, and nothing but regular `*.sql` files is opened. Read [`read_all`] first.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::{Utf8Path, Utf8PathBuf};

use super::fault::{FileFault, FileFaults, FileProblem, Unreadable};
use crate::diagnose::{Place, Source};
use crate::dialect::DialectName;
use crate::revision::RevisionId;
use crate::script::Script;

/// The folder inside of a migrations folder that holds rows for `verify`, and no scripts.
pub const FIXTURES: &str = "fixtures";

/// Returns the name of the file with a revision's rows: for one dialect, or for all that have none of their own.
pub fn fixture_name(revision: &RevisionId, dialect: Option<DialectName>) -> String {
    dialect.map_or_else(|| format!("{revision}.sql"), |dialect| format!("{revision}.{dialect}.sql"))
}

/// A feature's migrations folder.
#[derive(Clone, Debug)]
pub struct Folder {
    pub feature: Arc<str>,
    /// Where it is; it need not exist.
    pub dir: Utf8PathBuf,
    /// What is shown of it: its path from the workspace root on, with `/`.
    pub shown: Utf8PathBuf,
    /// The workspace root, which no link may leave.
    pub root: Utf8PathBuf,
}

/// The scripts of one folder or of many, in load order, and every fault of every file.
#[derive(Debug, Default)]
pub struct FolderRead {
    pub scripts: Vec<Script>,
    pub faults: Vec<FileFault>,
}

impl FolderRead {
    /// Returns the scripts if no file has a fault.
    pub fn into_scripts(self) -> Result<Vec<Script>, FileFaults> {
        FileFaults::new(self.faults).map_or(Ok(self.scripts), Err)
    }
}

/// Reads one migrations folder; see [`read_all`].
pub fn read_folder(folder: &Folder) -> FolderRead {
    read_all(std::slice::from_ref(folder), NonZeroUsize::MIN)
}

/// Reads the scripts of all folders on `threads` threads, in load order: features by name, in a folder first its files
/// and then its sub-folders, each by the bytes of their names (`revision-graph.md` §1).
///
/// A folder that does not exist is empty; hidden files and everything that is not `*.sql` are ignored.
pub fn read_all(folders: &[Folder], threads: NonZeroUsize) -> FolderRead {
    let mut folders: Vec<&Folder> = folders.iter().collect();
    folders.sort_by(|left, right| (&left.feature, &left.shown).cmp(&(&right.feature, &right.shown)));
    let mut read = FolderRead::default();
    let mut files: Vec<(&Folder, File)> = Vec::new();
    for (folder, listing) in folders.iter().zip(spread(threads, 1, &folders, |folder| Listing::of(folder))) {
        read.faults.extend(listing.faults);
        files.extend(listing.files.into_iter().map(|file| (*folder, file)));
    }
    let parsed = spread(threads, 64, &files, |(folder, file)| read_script(file, &folder.feature));
    read.scripts.reserve_exact(parsed.len());
    for script in parsed {
        match script {
            Ok(script) => read.scripts.push(script),
            Err(faults) => read.faults.extend(faults),
        }
    }
    read
}

/// Returns the results of `work` in the order of `items`; threads take the next `share` items when they are free.
fn spread<T: Sync, R: Send>(threads: NonZeroUsize, share: usize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = threads.get().min(items.len().div_ceil(share));
    if threads <= 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done: Vec<(usize, Vec<R>)> = Vec::new();
        loop {
            let start = next.fetch_add(share, Ordering::Relaxed);
            let Some(rest) = items.get(start..).filter(|rest| !rest.is_empty()) else { return done };
            done.push((start, rest.iter().take(share).map(&work).collect()));
        }
    };
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(take)).collect();
        let mut done = take();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(start, _)| *start);
    done.into_iter().flat_map(|(_, results)| results).collect()
}

struct File {
    path: PathBuf,
    shown: Utf8PathBuf,
}

/// The files of one folder and of its sub-folders, not opened yet.
#[derive(Default)]
struct Listing {
    files: Vec<File>,
    faults: Vec<FileFault>,
    /// The real paths of the folders that were read.
    seen: HashSet<PathBuf>,
    root: PathBuf,
}

/// A folder that is still to be listed.
struct Pending {
    path: PathBuf,
    shown: Utf8PathBuf,
    real: PathBuf,
    /// It is a feature's migrations folder itself.
    is_top: bool,
}

impl Listing {
    fn of(folder: &Folder) -> Listing {
        let mut listing = Listing::default();
        let (path, shown) = (folder.dir.as_std_path().to_owned(), folder.shown.clone());
        let name = shown.as_str().to_owned();
        let real = match fs::canonicalize(&path) {
            Ok(real) => real,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return listing,
            Err(error) => {
                listing.faults.push(fault(&shown, unreadable(&name, &error)));
                return listing;
            }
        };
        listing.root = fs::canonicalize(&folder.root).unwrap_or_else(|_| folder.root.clone().into());
        if !real.starts_with(&listing.root) {
            listing.faults.push(fault(&shown, Unreadable::Outside { name, target: real.to_string_lossy().into() }));
            return listing;
        }
        listing.seen.insert(real.clone());
        let mut pending = vec![Pending { path, shown, real, is_top: true }];
        while let Some(folder) = pending.pop() {
            let mut inside = listing.folder(&folder);
            inside.reverse();
            pending.append(&mut inside);
        }
        listing
    }

    /// Lists the files of one folder; returns its sub-folders, sorted.
    fn folder(&mut self, folder: &Pending) -> Vec<Pending> {
        let entries = fs::read_dir(&folder.path).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                self.faults.push(fault(&folder.shown, unreadable(folder.shown.as_str(), &error)));
                return Vec::new();
            }
        };
        entries.sort_by_cached_key(fs::DirEntry::file_name);
        let mut inside = Vec::new();
        for entry in entries {
            let name = entry.file_name();
            let shown_name = name.to_str().map_or_else(|| escaped(name.as_encoded_bytes()), str::to_owned);
            if shown_name.starts_with('.') || folder.is_top && shown_name == FIXTURES {
                continue;
            }
            let found = Found {
                is_script: Utf8Path::new(&shown_name).extension().is_some_and(|end| end.eq_ignore_ascii_case("sql")),
                is_text: name.to_str().is_some(),
                shown: Utf8PathBuf::from(format!("{}/{shown_name}", folder.shown)),
                path: entry.path(),
                name: shown_name,
            };
            match self.entry(&entry, folder, &found) {
                Ok(Some(real)) => inside.push(Pending { path: found.path, shown: found.shown, real, is_top: false }),
                Ok(None) => {}
                Err(why) => self.faults.push(fault(&found.shown, why)),
            }
        }
        inside
    }

    /// Takes a script's file in; returns the real path of a folder.
    fn entry(&mut self, entry: &fs::DirEntry, folder: &Pending, found: &Found) -> Result<Option<PathBuf>, Unreadable> {
        let io = |error: io::Error| unreadable(&found.name, &error);
        let file_type = entry.file_type().map_err(io)?;
        let is_link = file_type.is_symlink();
        let file_type = match is_link.then(|| fs::metadata(&found.path)) {
            None => file_type,
            Some(Ok(metadata)) => metadata.file_type(),
            Some(Err(error)) if error.kind() == io::ErrorKind::NotFound && !found.is_script => return Ok(None),
            Some(Err(error)) => return Err(io(error)),
        };
        if !found.is_script && !file_type.is_dir() {
            return Ok(None);
        }
        if !found.is_text {
            return Err(Unreadable::Name(found.name.clone()));
        }
        let real = if is_link { fs::canonicalize(&found.path).map_err(io)? } else { folder.real.join(&found.name) };
        if is_link && !real.starts_with(&self.root) {
            let target = real.to_string_lossy().into_owned();
            return Err(Unreadable::Outside { name: found.name.clone(), target });
        }
        if file_type.is_dir() && !found.is_script {
            return if self.seen.insert(real.clone()) {
                Ok(Some(real))
            } else {
                Err(Unreadable::Loop(found.name.clone()))
            };
        }
        if !file_type.is_file() {
            return Err(Unreadable::NotRegular(found.name.clone()));
        }
        self.files.push(File { path: found.path.clone(), shown: found.shown.clone() });
        Ok(None)
    }
}

/// An entry of a folder.
struct Found {
    path: PathBuf,
    shown: Utf8PathBuf,
    name: String,
    is_script: bool,
    is_text: bool,
}

fn read_script(file: &File, feature: &Arc<str>) -> Result<Script, FileFaults> {
    let failed = |why| FileFaults::from(fault(&file.shown, why));
    let bytes = read_bytes(&file.path).map_err(|error| failed(unreadable(file.shown.as_str(), &error)))?;
    let Some(bytes) = bytes else { return Err(failed(Unreadable::TooLarge)) };
    if matches!(bytes[..], [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [_, 0, _, 0, ..] | [0, _, 0, _, ..]) {
        return Err(failed(Unreadable::Utf16));
    }
    match String::from_utf8(bytes) {
        Ok(text) => super::parse(Arc::new(Source { path: file.shown.clone(), text }), feature),
        Err(error) => Err(not_utf8(&file.shown, error.utf8_error().valid_up_to(), error.as_bytes()).into()),
    }
}

/// Returns the bytes of a file, or nothing if a [`Span`] cannot address them.
fn read_bytes(path: &Path) -> io::Result<Option<Vec<u8>>> {
    use std::io::Read as _;
    let mut file = fs::File::open(path)?;
    let length = file.metadata()?.len();
    if length >= u64::from(u32::MAX) {
        return Ok(None);
    }
    // One byte more than the length: the read that finds the end needs no second buffer.
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1);
    file.read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Returns the fault with the file's text up to the end of the bad line, to show the place.
fn not_utf8(shown: &Utf8Path, valid: usize, bytes: &[u8]) -> FileFault {
    let line_end = memchr::memchr(b'\n', &bytes[valid..]).map_or(bytes.len(), |length| valid + length);
    let text = String::from_utf8_lossy(&bytes[..line_end]).into_owned();
    let line = memchr::memchr_iter(b'\n', &bytes[..valid]).count() + 1;
    let source = Arc::new(Source { path: shown.to_owned(), text });
    let place = Place::new(source, valid..valid + char::REPLACEMENT_CHARACTER.len_utf8());
    FileFault::new(Unreadable::NotUtf8 { byte: valid + 1, line }.into(), place)
}

fn fault(shown: &Utf8Path, why: Unreadable) -> FileFault {
    let source = Arc::new(Source { path: shown.to_owned(), text: String::new() });
    FileFault::new(FileProblem::Unreadable(why), Place::new(source, 0..0))
}

fn unreadable(name: &str, error: &io::Error) -> Unreadable {
    Unreadable::Io { name: name.to_owned(), why: error.to_string() }
}

/// Returns a name that is not UTF-8 with its odd bytes as `\xNN`.
fn escaped(name: &[u8]) -> String {
    let chunk = |chunk: std::str::Utf8Chunk| {
        let odd: String = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")).collect();
        format!("{}{odd}", chunk.valid())
    };
    name.utf8_chunks().map(chunk).collect()
}

#[cfg(test)]
mod tests;
