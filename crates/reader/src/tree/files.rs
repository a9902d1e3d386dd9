//! Files, each read once.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::sync::Arc;

use alembic_revisions::Source;
use camino::{Utf8Path, Utf8PathBuf};

use super::location::plain;
use super::{FileId, Tree};

/// Why there is no text.
#[derive(Clone)]
pub enum NoText {
    Missing,
    Unreadable(String),
}

/// What became of the paths that were looked at.
#[derive(Default)]
pub struct Loaded {
    by_path: HashMap<Utf8PathBuf, Result<FileId, NoText>>,
}

impl Loaded {
    /// Returns the file at `path`, which is read if it has not been yet.
    pub fn open(&mut self, tree: &mut Tree<'_>, path: &Utf8Path) -> Result<FileId, NoText> {
        let path = plain(path);
        if let Some(known) = self.by_path.get(&path) {
            return known.clone();
        }
        let opened = read(&path).map(|text| {
            tree.files.push(Arc::new(Source { path: shown(&path, &tree.workspace.shown_root), text }));
            tree.files.len() - 1
        });
        self.by_path.insert(path, opened.clone());
        opened
    }
}

fn read(path: &Utf8Path) -> Result<String, NoText> {
    let bytes = fs::read(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => NoText::Missing,
        _ => NoText::Unreadable(error.to_string()),
    })?;
    if u32::try_from(bytes.len()).is_err() {
        return Err(NoText::Unreadable("it has 4 GiB or more".to_owned()));
    }
    String::from_utf8(bytes).map_err(|_| NoText::Unreadable("it is not UTF-8".to_owned()))
}

/// Returns the path relative to the root, with `/` between its parts.
pub fn shown(path: &Utf8Path, root: &Utf8Path) -> Utf8PathBuf {
    let relative = path.strip_prefix(root).unwrap_or(path);
    if cfg!(windows) { relative.as_str().replace('\\', "/").into() } else { relative.to_owned() }
}
