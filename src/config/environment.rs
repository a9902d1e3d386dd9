//! What a process inherits: its variables and its current directory, as a value that tests can make up.
//!
//! No other file of the crate reads `std::env`. Read [`Environment::of_process`] first.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;
use std::time::SystemTime;

use alembic_revisions::{Code, Diagnose, Exit};
use camino::{Utf8Path, Utf8PathBuf};

/// The variables, the current directory and the start of a run.
#[derive(Clone)]
pub struct Environment {
    variables: HashMap<OsString, OsString>,
    current_dir: Utf8PathBuf,
    started: SystemTime,
}

/// Why the environment of the process cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    #[error("the current directory cannot be read: {0}")]
    CurrentDir(#[source] std::io::Error),
    #[error("the current directory's path is not UTF-8: {}", .0.display().to_string().escape_debug())]
    CurrentDirText(PathBuf),
    #[error("the variable {0} is not UTF-8")]
    VariableText(String),
}

impl Diagnose for EnvironmentError {
    fn code(&self) -> Code {
        match self {
            EnvironmentError::CurrentDir(_) | EnvironmentError::CurrentDirText(_) => Code("A0660"),
            EnvironmentError::VariableText(_) => Code("A0661"),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            EnvironmentError::CurrentDir(_) | EnvironmentError::CurrentDirText(_) => "CurrentDirectory",
            EnvironmentError::VariableText(_) => "NotUnicode",
        }
    }

    fn exit(&self) -> Exit {
        Exit::Project
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            EnvironmentError::CurrentDir(_) => "change into a directory that exists: `cd PATH`".to_owned(),
            EnvironmentError::CurrentDirText(_) => "move the workspace to a path that is UTF-8".to_owned(),
            EnvironmentError::VariableText(name) => format!("set it anew: `export {name}=…`"),
        })
    }
}

impl Environment {
    /// Returns the environment of this process.
    pub fn of_process() -> Result<Self, EnvironmentError> {
        let current_dir = std::env::current_dir().map_err(EnvironmentError::CurrentDir)?;
        let current_dir = Utf8PathBuf::from_path_buf(current_dir).map_err(EnvironmentError::CurrentDirText)?;
        Ok(Environment { variables: std::env::vars_os().collect(), current_dir, started: SystemTime::now() })
    }

    /// Returns an environment that holds only what is given, starting now.
    pub fn new<'a>(
        current_dir: impl Into<Utf8PathBuf>,
        variables: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        Environment {
            variables: variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            current_dir: current_dir.into(),
            started: SystemTime::now(),
        }
    }

    pub fn current_dir(&self) -> &Utf8Path {
        &self.current_dir
    }

    /// Returns the time before which everything that this run reads had its present content.
    pub fn started(&self) -> SystemTime {
        self.started
    }

    /// Returns the path as seen from the current directory.
    pub fn absolute(&self, path: &Utf8Path) -> Utf8PathBuf {
        self.current_dir.join(path)
    }

    /// Returns a variable as it stands, even if it is empty.
    pub fn raw(&self, name: &str) -> Option<&OsStr> {
        match self.variables.get(OsStr::new(name)) {
            // Windows ignores the case of names: `PATH` is often spelt `Path`.
            None if cfg!(windows) => {
                let same = |(key, _): &(&OsString, &OsString)| key.eq_ignore_ascii_case(name);
                self.variables.iter().find(same).map(|(_, value)| value.as_os_str())
            }
            found => found.map(OsString::as_os_str),
        }
    }

    /// Returns a variable's text; one that is set but empty counts as not set.
    pub fn text(&self, name: &str) -> Result<Option<&str>, EnvironmentError> {
        match self.raw(name) {
            None => Ok(None),
            Some(value) => {
                let text = value.to_str().ok_or_else(|| EnvironmentError::VariableText(name.to_owned()))?;
                Ok(Some(text).filter(|text| !text.is_empty()))
            }
        }
    }
}

impl fmt::Debug for Environment {
    /// Shows names only: values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<_> = self.variables.keys().collect();
        names.sort();
        f.debug_struct("Environment").field("variables", &names).field("current_dir", &self.current_dir).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_counts_as_not_set() {
        let environment = Environment::new("/w", [("EMPTY", ""), ("SET", "x")]);
        assert_eq!(environment.text("EMPTY").unwrap(), None);
        assert_eq!(environment.text("SET").unwrap(), Some("x"));
        assert_eq!(environment.text("ABSENT").unwrap(), None);
        assert_eq!(environment.raw("EMPTY"), Some(OsStr::new("")));
    }

    #[test]
    fn debug_shows_no_value() {
        let environment = Environment::new("/w", [("DATABASE_URL", "postgres://u:secret@h/d")]);
        let shown = format!("{environment:?}");
        assert!(shown.contains("DATABASE_URL") && !shown.contains("secret"), "{shown}");
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_unicode_is_named() {
        use std::os::unix::ffi::OsStrExt;
        let mut environment = Environment::new("/w", []);
        environment.variables.insert("BAD".into(), OsStr::from_bytes(b"\xff").to_owned());
        let error = environment.text("BAD").unwrap_err();
        assert_eq!(error.to_string(), "the variable BAD is not UTF-8");
    }
}
