//! The `.env` file at the workspace root, read without touching the variables of the process.
//!
//! No error shows a line of the file: it may hold a password. Read [`Dotenv::read`] first.

use std::io::ErrorKind;

use alembic_revisions::{Code, Diagnose, Exit};
use camino::{Utf8Path, Utf8PathBuf};

/// Why `.env` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DotenvError {
    #[error("cannot read {path}: {source}")]
    Read { path: Utf8PathBuf, source: std::io::Error },
    #[error("line {line} of {path} is not `NAME=value`")]
    Syntax { path: Utf8PathBuf, line: usize },
}

impl Diagnose for DotenvError {
    fn code(&self) -> Code {
        match self {
            DotenvError::Read { .. } => Code("A0624"),
            DotenvError::Syntax { .. } => Code("A0625"),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            DotenvError::Read { .. } => "DotenvUnreadable",
            DotenvError::Syntax { .. } => "DotenvSyntax",
        }
    }

    fn exit(&self) -> Exit {
        Exit::Project
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            DotenvError::Read { .. } => "make it readable, or pass `--database-url URL`".to_owned(),
            DotenvError::Syntax { .. } => "put a value with blanks or `#` in quotes: `NAME=\"value\"`".to_owned(),
        })
    }
}

/// The variables of a `.env` file, up to the first line that is none.
#[derive(Default)]
pub(super) struct Dotenv {
    variables: Vec<(String, String)>,
    fault: Option<DotenvError>,
}

impl Dotenv {
    /// Reads `.env` in `root`; a missing file has no variables.
    pub(super) fn read(root: &Utf8Path) -> Self {
        let path = root.join(".env");
        match std::fs::read_to_string(&path) {
            Ok(text) => Dotenv::parse(text.strip_prefix('\u{feff}').unwrap_or(&text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Dotenv::default(),
            Err(source) => {
                Dotenv { variables: Vec::new(), fault: Some(DotenvError::Read { path: ".env".into(), source }) }
            }
        }
    }

    fn parse(text: &str) -> Self {
        let mut dotenv = Dotenv::default();
        for item in dotenvy::from_read_iter(text.as_bytes()) {
            match item {
                Ok(variable) => dotenv.variables.push(variable),
                Err(error) => {
                    let line = line_of(text, &error);
                    dotenv.fault = Some(DotenvError::Syntax { path: ".env".into(), line });
                    // dotenvy repeats an unclosed quote at the end of the file for ever.
                    break;
                }
            }
        }
        dotenv
    }

    /// Returns the first value of `name`; an empty one counts as not set.
    ///
    /// Fails if the variable may stand below a line that cannot be read.
    pub(super) fn get(&self, name: &str) -> Result<Option<&str>, &DotenvError> {
        match (self.variables.iter().find(|(key, _)| key == name), &self.fault) {
            (Some((_, value)), _) => Ok(Some(value.as_str()).filter(|value| !value.is_empty())),
            (None, Some(fault)) => Err(fault),
            (None, None) => Ok(None),
        }
    }

    /// Returns the fault that [`Dotenv::get`] reported.
    pub(super) fn into_fault(self) -> Option<DotenvError> {
        self.fault
    }
}

/// Returns the line, from 1, at which dotenvy gave up.
fn line_of(text: &str, error: &dotenvy::Error) -> usize {
    let offset = match error {
        dotenvy::Error::LineParse(line, _) => text.find(line.as_str()).unwrap_or(0),
        _ => 0,
    };
    text[..offset].matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_shells_write_them() {
        let dotenv = Dotenv::parse(
            "# comment\nA=1\nexport B=\"two words\"\r\nC='x#y' # tail\nA=again\nEMPTY=\nURL=sqlite:a.db?mode=rw\n",
        );
        let get = |name| dotenv.get(name).unwrap();
        assert_eq!(get("A"), Some("1"));
        assert_eq!(get("B"), Some("two words"));
        assert_eq!(get("C"), Some("x#y"));
        assert_eq!(get("EMPTY"), None);
        assert_eq!(get("URL"), Some("sqlite:a.db?mode=rw"));
        assert_eq!(get("ABSENT"), None);
    }

    #[test]
    fn a_bad_line_is_named_without_its_text() {
        let cases = [("A=1\nsecret line\nB=2\n", 2), ("A=1\n\nB='secret\nmore\n", 3)];
        for (text, line) in cases {
            let dotenv = Dotenv::parse(text);
            assert_eq!(dotenv.get("A").unwrap(), Some("1"), "lines above the fault count");
            let message = dotenv.get("B").unwrap_err().to_string();
            assert_eq!(message, format!("line {line} of .env is not `NAME=value`"));
        }
    }

    #[test]
    fn a_folder_in_place_of_the_file_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(root.path()).unwrap();
        assert_eq!(Dotenv::read(root).get("A").unwrap(), None);
        fs_err::create_dir(root.join(".env")).unwrap();
        assert!(matches!(Dotenv::read(root).get("A"), Err(DotenvError::Read { .. })));
    }
}
