//! What a database answered when it refused, sorted into the kinds that the executor acts on.
//!
//! Drivers turn their errors into a [`DatabaseError`] in their own files; nobody shows a driver's error directly, since
//! some of them add the server's C source line. Read [`DatabaseError`] first.

use std::fmt;
use std::ops::Range;

/// Longer messages are cut: a server may quote a statement of megabytes.
const SHOWN: usize = 4096;

/// What the executor does differently for an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Another session holds a lock; waiting helps.
    LockNotAvailable,
    /// The server chose this transaction as a victim; repeating it helps.
    SerializationOrDeadlock,
    /// The connection is gone; whether the last statement ran is not known.
    ConnectionLost,
    /// The statement cannot run inside a transaction.
    ForbiddenInTransaction,
    /// There is no transaction, or not the savepoint that we made.
    NoTransaction,
    ReadOnly,
    /// The object or row exists already.
    AlreadyExists,
    /// Nobody listens there.
    Unreachable,
    Authentication,
    UnknownDatabase,
    /// The user lacks a right.
    Denied,
    /// The database serves others right now; waiting helps.
    Busy,
    /// Somebody cancelled the statement.
    Cancelled,
    Other,
}

/// An error of the database, with the place in the text that was sent where that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseError {
    pub kind: ErrorKind,
    /// SQLSTATE, MySQL's number or SQLite's result code.
    pub code: Option<Box<str>>,
    pub message: Box<str>,
    pub detail: Option<Box<str>>,
    pub hint: Option<Box<str>>,
    /// The call stack inside the server: function and line.
    pub context: Option<Box<str>>,
    /// The bytes of the text sent that the message is about.
    pub position: Option<Range<usize>>,
}

impl DatabaseError {
    /// Returns an error without a code, a place or details.
    pub fn new(kind: ErrorKind, message: impl Into<Box<str>>) -> Self {
        DatabaseError {
            kind,
            code: None,
            message: message.into(),
            detail: None,
            hint: None,
            context: None,
            position: None,
        }
    }

    /// Returns detail, hint and context as lines for an error's notes.
    pub fn notes(&self) -> Vec<String> {
        let line = |name, text: &Option<Box<str>>| text.as_ref().map(|text| format!("{name}: {}", shown(text)));
        [line("detail", &self.detail), line("hint", &self.hint), line("where", &self.context)]
            .into_iter()
            .flatten()
            .collect()
    }

    /// True if the same statement may succeed a little later.
    pub fn is_transient(&self) -> bool {
        matches!(self.kind, ErrorKind::LockNotAvailable | ErrorKind::SerializationOrDeadlock | ErrorKind::Busy)
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.message))?;
        match &self.code {
            Some(code) => write!(f, " ({code})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for DatabaseError {}

/// Several statements travelled as one text, and one failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct BatchError {
    /// How many statements had succeeded before.
    pub completed: usize,
    pub error: DatabaseError,
}

fn shown(text: &str) -> String {
    let mut end = text.len().min(SHOWN);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let (text, rest) = text.split_at(end);
    let mut shown: String = text
        .trim_end()
        .chars()
        .map(|character| if character.is_control() && character != '\n' { '\u{fffd}' } else { character })
        .collect();
    if !rest.is_empty() {
        shown.push('…');
    }
    shown
}

/// Turns the errors that all drivers share; `database` turns the server's own.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub(super) fn from_driver(
    error: &sqlx::Error,
    database: impl FnOnce(&dyn sqlx::error::DatabaseError) -> DatabaseError,
) -> DatabaseError {
    match error {
        sqlx::Error::Database(error) => database(&**error),
        sqlx::Error::Io(error) => DatabaseError::new(ErrorKind::ConnectionLost, error.to_string()),
        sqlx::Error::WorkerCrashed => DatabaseError::new(ErrorKind::ConnectionLost, "the connection is closed"),
        sqlx::Error::Tls(error) => DatabaseError::new(ErrorKind::Unreachable, format!("TLS failed: {error}")),
        sqlx::Error::Configuration(error) => DatabaseError::new(ErrorKind::Other, error.to_string()),
        other => DatabaseError::new(ErrorKind::Other, other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cut_and_free_of_control_characters() {
        let error = DatabaseError::new(ErrorKind::Other, "near \u{1b}[31m\"é\"");
        assert_eq!(error.to_string(), "near \u{fffd}[31m\"é\"");
        let long =
            DatabaseError { code: Some("42601".into()), ..DatabaseError::new(ErrorKind::Other, "é".repeat(5000)) };
        assert_eq!(long.to_string().chars().count(), SHOWN / 2 + "… (42601)".chars().count());
    }

    #[test]
    fn notes_name_their_source() {
        let error = DatabaseError {
            detail: Some("Key (id)=(1) exists.".into()),
            context: Some("PL/pgSQL function f() line 3".into()),
            ..DatabaseError::new(ErrorKind::Other, "x")
        };
        assert_eq!(error.notes(), ["detail: Key (id)=(1) exists.", "where: PL/pgSQL function f() line 3"]);
    }
}
