//! Why there is no backup; nothing of the plan has run then.
//!
//! Read [`BackupFault`] first.

use std::io;

use alembic_revisions::{Code, Diagnose, Exit};
use camino::Utf8PathBuf;

use crate::ui::interrupt::Signal;

/// A place that no backup can take.
#[derive(Debug, thiserror::Error)]
pub enum Misplaced {
    #[error("{path} exists already; a backup is never written over another file")]
    Exists { path: Utf8PathBuf },
    #[error("there is no folder {folder} for the backup {path}")]
    NoFolder { path: Utf8PathBuf, folder: Utf8PathBuf },
    #[error("`{path}` names no file for the backup")]
    NoName { path: Utf8PathBuf },
    #[error("a database in memory has no backup")]
    Memory,
}

impl Diagnose for Misplaced {
    fn code(&self) -> Code {
        Code("A0540")
    }

    fn kind(&self) -> &'static str {
        "IllegalBackup"
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Misplaced::Exists { .. } => "name another file, or move that one away".to_owned(),
            Misplaced::NoFolder { folder, .. } => {
                format!("make it first: `mkdir -p {}`", crate::app::quoted(folder.as_str()))
            }
            Misplaced::NoName { .. } => "name a file, as in `--backup before.dump`".to_owned(),
            Misplaced::Memory => "leave `--backup` out".to_owned(),
        })
    }

    fn notes(&self) -> Vec<String> {
        vec!["nothing was run".to_owned()]
    }
}

/// A backup that was begun, or should have been, and is not there.
#[derive(Debug, thiserror::Error)]
pub enum BackupFault {
    #[error("no backup: {} cannot be found", .tools.iter().map(|tool| format!("`{tool}`")).collect::<Vec<_>>().join(" or "))]
    NoTool { tools: Vec<&'static str> },
    #[error("no backup: `{tool}` failed: {message}")]
    Failed { tool: String, message: String },
    #[error("no backup: what `{tool}` wrote is not complete: {message}")]
    Incomplete { tool: String, message: String },
    #[error("no backup: {path} cannot be written: {error}")]
    NotWritten { path: Utf8PathBuf, error: io::Error },
    #[error("interrupted while the backup was made")]
    Interrupted { signal: Signal },
}

impl Diagnose for BackupFault {
    fn code(&self) -> Code {
        Code(match self {
            BackupFault::Interrupted { .. } => "A0542",
            _ => "A0541",
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            BackupFault::Interrupted { .. } => "Interrupted",
            _ => "BackupFailed",
        }
    }

    fn exit(&self) -> Exit {
        match self {
            BackupFault::Interrupted { signal: Signal::Interrupt } => Exit::Interrupted,
            BackupFault::Interrupted { signal: Signal::Terminate } => Exit::Terminated,
            _ => Exit::Database,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            BackupFault::NoTool { tools } => {
                let package = if tools.contains(&"mysqldump") { "MariaDB or MySQL" } else { "PostgreSQL" };
                Some(format!(
                    "install the client programs of {package}, or make a backup by other means and run the command without \
                     `--backup`"
                ))
            }
            BackupFault::Failed { message, .. } if message.contains("server version mismatch") => {
                Some("install the client programs of the server's version, and put them first on PATH".to_owned())
            }
            // A routine of somebody else's: rights on the database alone do not show it.
            BackupFault::Failed { message, .. } if message.contains("SHOW CREATE") => Some(
                "let the user read routines (`GRANT SELECT ON mysql.proc` on MariaDB, `GRANT SHOW_ROUTINE ON *.*` on \
                     MySQL), or connect as one who may"
                    .to_owned(),
            ),
            BackupFault::Failed { .. } | BackupFault::Incomplete { .. } => {
                Some("correct the cause and run the command again".to_owned())
            }
            BackupFault::NotWritten { .. } => {
                Some("name a file where there is room and where you may write".to_owned())
            }
            BackupFault::Interrupted { .. } => None,
        }
    }

    fn notes(&self) -> Vec<String> {
        vec!["nothing was run, and no unfinished file is left".to_owned()]
    }
}
