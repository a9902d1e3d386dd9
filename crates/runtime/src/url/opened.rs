//! The address of a SQLite database that an application has opened.
//!
//! It is shown, and nobody opens it again. Read [`DatabaseUrl::of_file`] first.

use std::path::PathBuf;

use alembic_revisions::DialectName;

use super::{DatabaseUrl, File, FileMode, Location};

impl DatabaseUrl {
    /// Returns the address of a SQLite file; none is a database in memory.
    pub fn of_file(path: Option<PathBuf>) -> Self {
        let file = File { path, mode: FileMode::ReadWrite, immutable: false, vfs: None };
        DatabaseUrl { dialect: DialectName::Sqlite, location: Location::File(file) }
    }
}
