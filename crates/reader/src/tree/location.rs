//! Where the file of a `mod` lies, as the compiler looks for it.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// From where the files of a module's children are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    folder: Utf8PathBuf,
    /// The folder below, of a file that is not called `mod.rs`; `#[path]` does not go through it.
    below: Option<String>,
}

/// A file that a `mod` may mean, and the location of that module's children.
pub struct Candidate {
    pub path: Utf8PathBuf,
    pub location: Location,
}

impl Location {
    /// Returns that of a crate's root, a `mod.rs`, an included file, or one that `#[path]` names.
    pub fn of_file(path: &Utf8Path) -> Self {
        Location { folder: path.parent().unwrap_or(Utf8Path::new("")).to_owned(), below: None }
    }

    /// Returns the files that `mod name;` may mean, best first.
    pub fn files(&self, name: &str, path: Option<&str>) -> Vec<Candidate> {
        if let Some(path) = path {
            let path = self.folder.join(path);
            return vec![Candidate { location: Location::of_file(&path), path }];
        }
        let folder = self.children();
        let flat = folder.join(format!("{name}.rs"));
        let nested = folder.join(name).join("mod.rs");
        vec![
            Candidate { path: flat, location: Location { folder, below: Some(name.to_owned()) } },
            Candidate { location: Location::of_file(&nested), path: nested },
        ]
    }

    /// Returns the location within `mod name { … }`.
    pub fn inline(&self, name: &str, path: Option<&str>) -> Self {
        let folder = match path {
            Some(path) => self.folder.join(path),
            None => self.children().join(name),
        };
        Location { folder, below: None }
    }

    fn children(&self) -> Utf8PathBuf {
        match &self.below {
            Some(below) => self.folder.join(below),
            None => self.folder.clone(),
        }
    }
}

/// Returns the path without `.` and `..`, as far as that can be told from its text.
pub fn plain(path: &Utf8Path) -> Utf8PathBuf {
    let mut plain = Utf8PathBuf::new();
    for component in path.components() {
        match component {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir if matches!(plain.components().next_back(), Some(Utf8Component::Normal(_))) => {
                plain.pop();
            }
            component => plain.push(component),
        }
    }
    plain
}
