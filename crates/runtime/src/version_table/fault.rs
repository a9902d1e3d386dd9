//! What can be wrong with a version table that someone else made.

use alembic_revisions::diagnose::{Code, Diagnose, Exit};
use alembic_revisions::dialect::TableName;

use crate::session::{DatabaseError, ErrorKind};

/// Why the version table cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionTableError {
    #[error("`{}` is no table", .table.to_string().escape_debug())]
    NotATable { table: TableName },
    #[error("`{}` has no column `version_num`", .table.to_string().escape_debug())]
    WrongColumns { table: TableName, found: Vec<String> },
    #[error("`{}` has a row that is NULL", .table.to_string().escape_debug())]
    NullRow { table: TableName },
    #[error("no schema is selected, so there is no place for the version table")]
    NoSchema,
    #[error("the database URL names no database")]
    NoDatabase,
    #[error("cannot keep the history in `{}`: {error}", .table.to_string().escape_debug())]
    NoHistory { table: TableName, error: Box<DatabaseError> },
    #[error("`{}` has no columns for the text of scripts, and this user may not add them", .table.to_string().escape_debug())]
    NarrowHistory { table: TableName },
    #[error("cannot read or make the version table: {0}")]
    Database(#[from] DatabaseError),
}

impl VersionTableError {
    /// True if another program writes to the database, so that waiting helps.
    pub fn is_busy(&self) -> bool {
        let waits = |kind| matches!(kind, ErrorKind::Busy | ErrorKind::LockNotAvailable);
        matches!(self, VersionTableError::Database(error) if waits(error.kind))
    }
}

impl Diagnose for VersionTableError {
    fn code(&self) -> Code {
        match self {
            VersionTableError::NoHistory { .. } | VersionTableError::NarrowHistory { .. } => Code("A0504"),
            _ => Code("A0503"),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            VersionTableError::NotATable { .. }
            | VersionTableError::WrongColumns { .. }
            | VersionTableError::NullRow { .. } => "ForeignVersionTable",
            VersionTableError::NoSchema | VersionTableError::NoDatabase => "NoSchema",
            VersionTableError::NoHistory { .. } | VersionTableError::NarrowHistory { .. } => "NoHistory",
            VersionTableError::Database(_) if self.is_busy() => "LockTimeout",
            VersionTableError::Database(_) => "DatabaseError",
        }
    }

    fn exit(&self) -> Exit {
        match self {
            VersionTableError::NotATable { .. }
            | VersionTableError::WrongColumns { .. }
            | VersionTableError::NullRow { .. } => Exit::Disagree,
            VersionTableError::Database(_) if self.is_busy() => Exit::Locked,
            VersionTableError::NoSchema
            | VersionTableError::NoDatabase
            | VersionTableError::NoHistory { .. }
            | VersionTableError::NarrowHistory { .. }
            | VersionTableError::Database(_) => Exit::Database,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            VersionTableError::NotATable { .. } | VersionTableError::WrongColumns { .. } => Some(
                "rename it, or set another `version-table` under `[workspace.metadata.alembic]` in Cargo.toml"
                    .to_owned(),
            ),
            VersionTableError::NullRow { .. } => {
                Some("delete that row, or run `cargo alembic stamp --purge`".to_owned())
            }
            VersionTableError::NoSchema => Some("create a schema that is on the user's search_path".to_owned()),
            VersionTableError::NoDatabase => Some("write `mysql://user@host/database`".to_owned()),
            VersionTableError::NoHistory { .. } => Some(
                "grant the user the right to make that table and to write to it, or go without a history: write \
                 `history = false` under `[workspace.metadata.alembic]` in Cargo.toml"
                    .to_owned(),
            ),
            VersionTableError::NarrowHistory { .. } => Some(
                "run `cargo alembic ensure-version` once as the owner of that table, or write `store-scripts = false` under \
                 `[workspace.metadata.alembic]` in Cargo.toml"
                    .to_owned(),
            ),
            VersionTableError::Database(error) => help(error),
        }
    }

    fn notes(&self) -> Vec<String> {
        match self {
            VersionTableError::WrongColumns { found, .. } => {
                vec![format!("it has the columns: {}", found.join(", ").escape_debug())]
            }
            VersionTableError::Database(error) => error.notes(),
            VersionTableError::NoHistory { error, .. } => error.notes(),
            _ => Vec::new(),
        }
    }
}

/// Returns what to do about an error that no script caused.
pub(crate) fn help(error: &DatabaseError) -> Option<String> {
    match error.kind {
        ErrorKind::ReadOnly => Some("connect to a server that can be written to: this one is read-only".to_owned()),
        ErrorKind::Denied => Some("grant the user the right to create tables and to write to them".to_owned()),
        ErrorKind::Busy => Some("run it again when no other program writes to the database".to_owned()),
        ErrorKind::ConnectionLost => {
            Some("run it again when the server is back; it goes on where it stopped".to_owned())
        }
        _ => None,
    }
}
