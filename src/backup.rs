//! A copy of the database, made before a plan runs, and the command line that brings it back.
//!
//! The database's own tool makes it; it appears under its name when it is complete, and never over another file. Nothing
//! here decides whether one is made. Read [`make`] first.

mod fault;
mod tool;
mod write;

use std::time::{Duration, Instant};

use alembic_revisions::DialectName;
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use serde_json::{Value, json};

use crate::app::{App, Failure};
use crate::ui::Text;
use fault::Misplaced;

/// The flags of the commands that can make a backup first.
#[derive(Args, Clone, Debug, Default)]
pub struct BackupFlags {
    /// Back the database up into this new file first: a PostgreSQL archive, or SQL where it ends in `.sql`; SQL on MariaDB and
    /// MySQL; a copy of the file on SQLite
    #[arg(long, value_name = "PATH", conflicts_with = "sql")]
    pub backup: Option<Utf8PathBuf>,

    /// Do not ask whether to make a backup
    #[arg(long, conflicts_with_all = ["backup", "sql"])]
    pub no_backup: bool,
}

/// A backup that is complete.
pub struct Backup {
    path: Utf8PathBuf,
    tool: String,
    bytes: u64,
    /// A command line for a shell.
    restore: String,
}

impl Backup {
    pub fn json(&self) -> Value {
        json!({ "path": self.path.as_str(), "tool": self.tool, "bytes": self.bytes, "restore": self.restore })
    }
}

/// Refuses a place where no backup can be made: something is there, its folder is not, or the database is in memory.
pub fn check_place(app: &App, path: &Utf8Path) -> Result<(), Failure> {
    let url = &app.database()?.url;
    if url.dialect() == DialectName::Sqlite && url.path().is_none() {
        return Err(Misplaced::Memory.into());
    }
    if path.file_name().is_none() || path.as_str().ends_with('/') {
        return Err(Misplaced::NoName { path: path.to_owned() }.into());
    }
    if path.symlink_metadata().is_ok() {
        return Err(Misplaced::Exists { path: path.to_owned() }.into());
    }
    let folder = write::folder_of(path);
    if !folder.is_dir() {
        return Err(Misplaced::NoFolder { path: path.to_owned(), folder: folder.to_owned() }.into());
    }
    Ok(())
}

/// Returns a file in the current folder that a person may choose; none where no backup can be made.
pub fn proposed(app: &App) -> Result<Option<Utf8PathBuf>, Failure> {
    let url = &app.database()?.url;
    let name = url.database().unwrap_or_default();
    let plain =
        |character: char| if character.is_alphanumeric() || "-_.".contains(character) { character } else { '_' };
    let name: String = name.trim_end_matches(".db").chars().map(plain).collect();
    let ending = match url.dialect() {
        DialectName::Postgres => "dump",
        DialectName::Mysql => "sql",
        DialectName::Sqlite => "db",
    };
    let path = Utf8PathBuf::from(format!("{name}-{}.{ending}", app.now().strftime("%Y%m%d-%H%M%S")));
    Ok(check_place(app, &path).is_ok().then_some(path))
}

/// Makes a backup; one that this run made before, of a database that has moved since, gives its name to the new one.
///
/// None if there is nothing to back up: a SQLite file that does not exist or is empty.
pub fn make(app: &App, path: &Utf8Path, before: Option<&Backup>) -> Result<Option<Backup>, Failure> {
    if before.is_none() {
        check_place(app, path)?;
    }
    let url = app.database()?.url.clone();
    let shown = app.shown_url()?;
    let is_empty = |path: &std::path::Path| path.metadata().map_or(true, |file| file.len() == 0);
    if url.path().is_some_and(is_empty) {
        app.ui.note(format!("no backup: {shown} is empty"));
        return Ok(None);
    }
    let started = Instant::now();
    let partial = write::Partial::beside(path)?;
    let progress = app.ui.progress();
    progress.started("Backing up", &format!("{shown} into {path}"));
    let made = match url.dialect() {
        DialectName::Sqlite => write::copied(app, &partial),
        DialectName::Postgres | DialectName::Mysql => write::dumped(app, &url, &partial),
    };
    drop(progress);
    let tool = made?;
    let here = std::env::current_dir().unwrap_or_default();
    let restore = tool::restoring(&url.seen_from(&here), &tool, path);
    let bytes = partial.keep(path, before.is_some())?;
    let took = crate::ui::progress::duration(started.elapsed().max(Duration::from_millis(1)));
    app.ui.status(
        "Backed up",
        Text::new().plain(format!("{shown} into {path}")).dim(format!(" ({}, {took})", size(bytes))),
    );
    app.ui.status("Restore", restore.as_str());
    Ok(Some(Backup { path: path.to_owned(), tool: tool.name().to_owned(), bytes, restore }))
}

fn size(bytes: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_as_people_say_them() {
        for (bytes, expected) in [(0, "0 bytes"), (999, "999 bytes"), (1_050, "1.0 kB"), (12_345_678, "12.3 MB")] {
            assert_eq!(size(bytes), expected);
        }
    }
}
