//! `init`: which manifests change, and to what. A plan first, so that it can be shown.
//!
//! Read [`plan_init`] first.

use alembic_revisions::settings::migrations_folder;
use alembic_revisions::{BranchLabel, Code, Diagnose, Exit, Place};
use camino::{Utf8Path, Utf8PathBuf};

use super::manifest::{self, ManifestEditError, Wanted};
use super::write::{WriteError, read, replace_file};
use crate::config::holds_password;
use crate::workspace::{Package, Workspace};

/// What `init` is asked for; without `Debug`, for the URL may turn out to hold a password.
#[derive(Clone)]
pub struct Init<'a> {
    pub workspace: &'a Workspace,
    /// Written into the root manifest; None leaves it as it is.
    pub database_url: Option<&'a str>,
    pub features: Vec<NewFeature<'a>>,
}

/// A package that is to be a feature.
#[derive(Clone, Debug)]
pub struct NewFeature<'a> {
    pub package: &'a Package,
    /// Written only if it is not the default.
    pub migrations: Option<&'a Utf8Path>,
    pub branch_label: Option<&'a BranchLabel>,
}

/// One thing that `init` does to the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Manifest { path: Utf8PathBuf, before: String, after: String },
    Folder { path: Utf8PathBuf },
}

impl Change {
    pub fn path(&self) -> &Utf8Path {
        match self {
            Change::Manifest { path, .. } | Change::Folder { path } => path,
        }
    }
}

/// Why `init` cannot do what it is asked for.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    #[error("the URL holds a password, which must not be written into Cargo.toml")]
    Password,
    #[error("the folder `{}` is not inside the package", .0.as_str().escape_debug())]
    Folder(Utf8PathBuf),
    #[error(transparent)]
    Manifest(#[from] ManifestEditError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Diagnose for InitError {
    fn code(&self) -> Code {
        match self {
            InitError::Password => Code("A0633"),
            InitError::Folder(_) => Code("A0634"),
            InitError::Manifest(error) => error.code(),
            InitError::Write(error) => error.code(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            InitError::Password => "PasswordInManifest",
            InitError::Folder(_) => "IllegalFolder",
            InitError::Manifest(error) => error.kind(),
            InitError::Write(error) => error.kind(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            InitError::Password | InitError::Folder(_) => Exit::Usage,
            InitError::Manifest(error) => error.exit(),
            InitError::Write(error) => error.exit(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            InitError::Password => {
                Some("write it as `DATABASE_URL=…` into .env, which stays out of version control, and run `cargo alembic init` without it".to_owned())
            }
            InitError::Folder(_) => Some("name a folder as `migrations` or `db/migrations`".to_owned()),
            InitError::Manifest(error) => error.help(),
            InitError::Write(error) => error.help(),
        }
    }

    fn places(&self) -> Vec<Place> {
        match self {
            InitError::Manifest(error) => error.places(),
            _ => Vec::new(),
        }
    }
}

/// Returns what has to change, in the order of writing; nothing if all of it is there.
///
/// A feature gets its table even where the default folder would do: Git forgets an empty folder.
pub fn plan_init(init: &Init<'_>) -> Result<Vec<Change>, InitError> {
    if init.database_url.is_some_and(holds_password) {
        return Err(InitError::Password);
    }
    let mut edits: Vec<(Utf8PathBuf, Vec<Wanted>)> = Vec::new();
    let mut want = |path: Utf8PathBuf, wanted| match edits.iter_mut().find(|(edited, _)| *edited == path) {
        Some((_, all)) => all.push(wanted),
        None => edits.push((path, vec![wanted])),
    };
    if let Some(url) = init.database_url {
        let table = ["workspace", "metadata", "alembic"];
        want(init.workspace.root.join("Cargo.toml"), Wanted { table, values: vec![("database-url", url.to_owned())] });
    }
    let mut folders = Vec::new();
    for feature in &init.features {
        let dir = folder(feature)?;
        let mut values = Vec::new();
        if dir != feature.package.settings.migrations {
            values.push(("migrations", dir.to_string()));
        }
        folders.push(feature.package.dir.join(dir));
        values.extend(feature.branch_label.map(|label| ("branch-label", label.to_string())));
        want(feature.package.manifest.clone(), Wanted { table: ["package", "metadata", "alembic"], values });
    }
    let mut changes = Vec::new();
    for (path, wanted) in edits {
        let before = read(&path)?;
        let after = manifest::set(&init.workspace.shown(&path), &before, &wanted)?;
        if before != after {
            changes.push(Change::Manifest { path, before, after });
        }
    }
    changes.extend(folders.into_iter().filter(|path| !path.is_dir()).map(|path| Change::Folder { path }));
    Ok(changes)
}

/// Returns the folder relative to the package, without `.` in it.
fn folder(feature: &NewFeature<'_>) -> Result<Utf8PathBuf, InitError> {
    match feature.migrations {
        Some(dir) => migrations_folder(dir.as_str()).map_err(|_| InitError::Folder(dir.to_owned())),
        None => Ok(feature.package.settings.migrations.clone()),
    }
}

/// Does what the plan says; each file changes in one step.
///
/// Fails at the first file that cannot be written or that is no longer what it was; running `init` again goes on.
pub fn apply_init(changes: &[Change]) -> Result<(), InitError> {
    for change in changes {
        match change {
            Change::Manifest { path, before, after } => replace_file(path, before, after)?,
            Change::Folder { path } => {
                std::fs::create_dir_all(path).map_err(|source| WriteError::Write { path: path.clone(), source })?
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
