//! Writes whole files: another process sees the old state or the new one, nothing between.
//!
//! Read [`write_new_file`] first.

use std::fs::Permissions;
use std::io::{self, ErrorKind, Write};

use alembic_revisions::{Code, Diagnose, Exit};
use camino::{Utf8Path, Utf8PathBuf};
use tempfile::NamedTempFile;

/// Why a file cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("{path} exists already")]
    Exists { path: Utf8PathBuf },
    #[error("cannot write {path}: {source}")]
    Write { path: Utf8PathBuf, source: io::Error },
    #[error("cannot read {path}: {source}")]
    Read { path: Utf8PathBuf, source: io::Error },
    #[error("{path} has been changed since it was read")]
    Changed { path: Utf8PathBuf },
}

impl Diagnose for WriteError {
    fn code(&self) -> Code {
        Code(match self {
            WriteError::Exists { .. } => "A0652",
            WriteError::Write { .. } => "A0653",
            WriteError::Read { .. } => "A0654",
            WriteError::Changed { .. } => "A0655",
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            WriteError::Exists { .. } => "FileExists",
            WriteError::Write { .. } => "NotWritable",
            WriteError::Read { .. } => "NotReadable",
            WriteError::Changed { .. } => "FileChanged",
        }
    }

    fn exit(&self) -> Exit {
        Exit::Project
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            WriteError::Exists { .. } => "give another message with `-m`, or move the file away".to_owned(),
            WriteError::Write { path, .. } | WriteError::Read { path, .. } => {
                format!("see who may use it: `ls -l {path}`")
            }
            WriteError::Changed { .. } => "run the command again".to_owned(),
        })
    }
}

/// Writes a file that must not exist yet, and the folders above it that do not.
///
/// Fails without leaving anything behind if something of that name is there.
pub fn write_new_file(path: &Utf8Path, text: &str) -> Result<(), WriteError> {
    let fail = |source: io::Error| match source.kind() {
        ErrorKind::AlreadyExists => WriteError::Exists { path: path.to_owned() },
        _ => WriteError::Write { path: path.to_owned(), source },
    };
    if path.symlink_metadata().is_ok() {
        return Err(WriteError::Exists { path: path.to_owned() });
    }
    let dir = folder_of(path);
    std::fs::create_dir_all(dir).map_err(fail)?;
    let file = written(dir, new_file_permissions(), text).map_err(fail)?;
    file.persist_noclobber(path).map_err(|error| fail(error.error))?;
    Ok(())
}

/// Writes a file that may exist already, and then still holds `before`.
pub fn put_file(path: &Utf8Path, before: Option<&str>, after: &str) -> Result<(), WriteError> {
    match before {
        Some(before) => replace_file(path, before, after),
        None => write_new_file(path, after),
    }
}

/// Puts `after` in the place of `before`, with the permissions and through the symbolic link that are there.
///
/// Fails if the file no longer holds `before`.
pub(super) fn replace_file(path: &Utf8Path, before: &str, after: &str) -> Result<(), WriteError> {
    let fail = |source| WriteError::Write { path: path.to_owned(), source };
    let real = path.canonicalize_utf8().map_err(fail)?;
    if read(&real)? != before {
        return Err(WriteError::Changed { path: path.to_owned() });
    }
    let permissions = std::fs::metadata(&real).map_err(fail)?.permissions();
    if permissions.readonly() {
        return Err(fail(ErrorKind::PermissionDenied.into()));
    }
    let file = written(folder_of(&real), None, after).map_err(fail)?;
    file.as_file().set_permissions(permissions).map_err(fail)?;
    file.persist(&real).map_err(|error| fail(error.error))?;
    Ok(())
}

/// Returns the text of a file.
pub(super) fn read(path: &Utf8Path) -> Result<String, WriteError> {
    std::fs::read_to_string(path).map_err(|source| WriteError::Read { path: path.to_owned(), source })
}

fn folder_of(path: &Utf8Path) -> &Utf8Path {
    path.parent().filter(|dir| !dir.as_str().is_empty()).unwrap_or(Utf8Path::new("."))
}

fn written(dir: &Utf8Path, permissions: Option<Permissions>, text: &str) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".cargo-alembic-");
    if let Some(permissions) = permissions {
        builder.permissions(permissions);
    }
    let mut file = builder.tempfile_in(dir)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// A temporary file is its owner's alone by default; a script is everybody's, less the process's mask.
#[cfg(unix)]
fn new_file_permissions() -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn new_file_permissions() -> Option<Permissions> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        (folder, path)
    }

    fn entries(dir: &Utf8Path) -> Vec<String> {
        let mut names: Vec<String> =
            dir.read_dir_utf8().unwrap().map(|entry| entry.unwrap().file_name().to_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_file_comes_with_its_folders_and_never_twice() {
        let (_folder, dir) = folder();
        let path = dir.join("a/b/x.sql");
        write_new_file(&path, "one").unwrap();
        assert!(matches!(write_new_file(&path, "two"), Err(WriteError::Exists { .. })));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
        assert_eq!(entries(&dir.join("a/b")), ["x.sql"], "nothing else is left behind");
        assert!(matches!(
            write_new_file(&path.join("y.sql"), "x"),
            Err(WriteError::Exists { .. } | WriteError::Write { .. })
        ));
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_are_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let (_folder, dir) = folder();
        let (real, link) = (dir.join("real.toml"), dir.join("link.toml"));
        write_new_file(&real, "old").unwrap();
        let probe = dir.join("probe");
        std::fs::write(&probe, "").unwrap();
        let mode = |path: &Utf8Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&real), mode(&probe), "a new file is as readable as any other");
        std::fs::set_permissions(&real, Permissions::from_mode(0o600)).unwrap();
        symlink(&real, &link).unwrap();
        replace_file(&link, "old", "new").unwrap();
        assert_eq!((read(&real).unwrap().as_str(), mode(&real) & 0o777), ("new", 0o600));
        assert!(link.symlink_metadata().unwrap().is_symlink());
        symlink(dir.join("nowhere"), dir.join("dangling.sql")).unwrap();
        assert!(matches!(write_new_file(&dir.join("dangling.sql"), "x"), Err(WriteError::Exists { .. })));
    }

    #[test]
    fn a_file_changed_meanwhile_is_left_alone() {
        let (_folder, dir) = folder();
        let path = dir.join("x");
        std::fs::write(&path, "theirs").unwrap();
        assert!(matches!(replace_file(&path, "old", "new"), Err(WriteError::Changed { .. })));
        assert_eq!(read(&path).unwrap(), "theirs");
        assert_eq!(entries(&dir), ["x"]);
    }

    #[test]
    fn a_read_only_file_is_not_replaced() {
        let (_folder, dir) = folder();
        let path = dir.join("x");
        std::fs::write(&path, "old").unwrap();
        let mut permissions = std::fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(&path, permissions).unwrap();
        let error = replace_file(&path, "old", "new").unwrap_err();
        assert!(
            matches!(error, WriteError::Write { .. }) && error.to_string().contains("permission denied"),
            "{error}"
        );
    }
}
