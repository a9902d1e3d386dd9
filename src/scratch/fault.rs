//! Why nothing can be tried, replayed or looked at.
//!
//! Read [`NoScratch`] first.

use alembic_revisions::{Code, Diagnose, Exit, Place};
use alembic_runtime::ExecuteError;
use alembic_runtime::session::DatabaseError;
use alembic_schema::backend::Unreadable;

/// A scratch database in a file.
#[derive(Debug, thiserror::Error)]
#[error("SQLite tries revisions in memory, not in a file")]
pub struct NoFile;

impl Diagnose for NoFile {
    fn code(&self) -> Code {
        Code("A0830")
    }

    fn kind(&self) -> &'static str {
        "ScratchIsFile"
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        Some("write `--scratch sqlite::memory:`".to_owned())
    }
}

/// No database can be made for a replay.
#[derive(Debug, thiserror::Error)]
#[error("cannot make a database to replay the revisions in: {error}")]
pub struct NoScratch {
    pub(super) error: DatabaseError,
}

impl Diagnose for NoScratch {
    fn code(&self) -> Code {
        Code("A0803")
    }

    fn kind(&self) -> &'static str {
        "NoScratchDatabase"
    }

    fn exit(&self) -> Exit {
        Exit::Database
    }

    fn help(&self) -> Option<String> {
        Some(
            "let the user of the URL create databases; or name an empty one, `--scratch URL`, where the command has \
             that flag, and elsewhere compare with the live database: `--against live`"
                .to_owned(),
        )
    }

    fn notes(&self) -> Vec<String> {
        self.error.notes()
    }
}

/// A revision failed where nothing can be lost.
#[derive(Debug, thiserror::Error)]
#[error("the revisions cannot be replayed: {0}")]
pub struct Unreplayed(pub(super) ExecuteError);

impl Diagnose for Unreplayed {
    fn code(&self) -> Code {
        self.0.code()
    }

    fn kind(&self) -> &'static str {
        self.0.kind()
    }

    fn exit(&self) -> Exit {
        match self.0.exit() {
            Exit::HalfApplied => Exit::Database,
            exit => exit,
        }
    }

    fn help(&self) -> Option<String> {
        self.0.help().filter(|_| self.0.exit() != Exit::HalfApplied)
    }

    fn notes(&self) -> Vec<String> {
        vec!["they ran from nothing, in a database made for it; yours was not touched".to_owned()]
    }

    fn places(&self) -> Vec<Place> {
        self.0.places()
    }
}

/// The catalogue could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Uninspected {
    #[error("cannot read the schema: {0}")]
    Database(DatabaseError),
    #[error("{0}")]
    Catalogue(#[from] Unreadable),
}

impl From<DatabaseError> for Uninspected {
    fn from(error: DatabaseError) -> Self {
        Uninspected::Database(error)
    }
}

impl Diagnose for Uninspected {
    fn code(&self) -> Code {
        Code("A0804")
    }

    fn kind(&self) -> &'static str {
        "CatalogueUnreadable"
    }

    fn exit(&self) -> Exit {
        Exit::Database
    }

    fn help(&self) -> Option<String> {
        match self {
            Uninspected::Database(_) => Some("see that the user of the URL may read the catalogue".to_owned()),
            Uninspected::Catalogue(_) => {
                Some("leave the table out: `exclude-tables = [\"NAME\"]` in the settings".to_owned())
            }
        }
    }

    fn notes(&self) -> Vec<String> {
        match self {
            Uninspected::Database(error) => error.notes(),
            Uninspected::Catalogue(_) => Vec::new(),
        }
    }
}

/// The database to try revisions in has something in it.
#[derive(Debug, thiserror::Error)]
#[error("{url} is not empty, and what is in it would be lost")]
pub struct NotEmpty {
    pub(super) url: String,
}

impl Diagnose for NotEmpty {
    fn code(&self) -> Code {
        Code("A0833")
    }

    fn kind(&self) -> &'static str {
        "ScratchNotEmpty"
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        Some("name an empty database, or leave out `--scratch` to have one made".to_owned())
    }
}
