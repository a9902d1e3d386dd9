//! Scripts that the history kept whole, for a checkout that no longer has their files.
//!
//! What somebody changed is refused: the text must have the hash beside it, and its upgrade the checksum of what ran. Read
//! [`scripts`] first.

use std::sync::Arc;

use alembic_revisions::diagnose::{Code, Diagnose, Exit};
use alembic_revisions::dialect::TableName;
use alembic_revisions::file::{self, FileFaults};
use alembic_revisions::{DialectName, Direction, Script, Source, checksum};

use super::body;
use super::compare::{self, Reached};
use super::history::{self, Entry};
use crate::session::Session;
use crate::version_table::VersionTableError;

/// What the history has of the applied revisions that a checkout does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Whose text it keeps.
    pub stored: Vec<String>,
    /// Whose text it never had.
    pub lacking: Vec<String>,
}

/// Returns whose text is kept among the applied revisions that no file has.
pub fn kept(entries: &[Entry], rows: &[String], is_known: &dyn Fn(&str) -> bool) -> Kept {
    let Reached { strangers, .. } = compare::reached(entries, rows, is_known);
    let has_text = |id: &String| compare::applied_entry(entries, id).is_some_and(|entry| entry.script_hash.is_some());
    let (stored, lacking) = strangers.into_iter().partition(has_text);
    Kept { stored, lacking }
}

/// Returns the scripts of the applied revisions that no file has, as they were when they ran.
pub async fn scripts(
    session: &mut dyn Session,
    table: &TableName,
    rows: &[String],
    is_known: &dyn Fn(&str) -> bool,
) -> Result<Result<Vec<Arc<Script>>, StoredFault>, VersionTableError> {
    let entries = history::read(session, table).await?;
    let found = kept(&entries, rows, is_known);
    if !found.lacking.is_empty() {
        return Ok(Err(StoredFault::Lacking { revisions: found.lacking }));
    }
    let dialect = session.dialect().name();
    let mut scripts = Vec::with_capacity(found.stored.len());
    for entry in found.stored.iter().filter_map(|id| compare::applied_entry(&entries, id)) {
        let packed = history::read_packed(session, table, &entry.attempt, "script").await?;
        match script(entry, packed.as_deref(), dialect) {
            Ok(script) => scripts.push(Arc::new(script)),
            Err(fault) => return Ok(Err(fault)),
        }
    }
    Ok(Ok(scripts))
}

fn script(entry: &Entry, packed: Option<&str>, dialect: DialectName) -> Result<Script, StoredFault> {
    let id = entry.revision.clone().unwrap_or_default();
    let altered = |why| StoredFault::Altered { revision: id.clone(), why };
    let text = packed.and_then(body::unpacked).ok_or_else(|| altered("it cannot be unpacked"))?;
    if entry.script_hash != Some(checksum::of_text(&text)) {
        return Err(altered("its hash is another"));
    }
    let path = format!("stored: {}/{id}.sql", entry.feature);
    let source = Arc::new(Source { path: path.into(), text });
    let script = file::parse(source, &entry.feature.as_str().into())?;
    if script.revision.id.as_str() != id {
        return Err(altered("it is another revision's"));
    }
    let ran = checksum::of_section(&script, Direction::Up, dialect).map(|(checksum, _)| checksum);
    if entry.checksum != ran {
        return Err(altered("its upgrade is not what ran"));
    }
    Ok(script)
}

/// Why a revision cannot be taken back with what the database keeps of it.
#[derive(Debug, thiserror::Error)]
pub enum StoredFault {
    #[error("the database does not keep the script of {}", named(.revisions))]
    Lacking { revisions: Vec<String> },
    #[error("the script of `{}` that the database keeps was altered: {why}", .revision.escape_debug())]
    Altered { revision: String, why: &'static str },
    #[error(transparent)]
    Unreadable(#[from] FileFaults),
}

fn named(revisions: &[String]) -> String {
    revisions.iter().map(|id| format!("`{}`", id.escape_debug())).collect::<Vec<_>>().join(", ")
}

impl Diagnose for StoredFault {
    fn code(&self) -> Code {
        match self {
            StoredFault::Lacking { .. } => Code("A0526"),
            StoredFault::Altered { .. } => Code("A0527"),
            StoredFault::Unreadable(faults) => faults.code(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            StoredFault::Lacking { .. } => "NotStored",
            StoredFault::Altered { .. } => "AlteredScript",
            StoredFault::Unreadable(faults) => faults.kind(),
        }
    }

    fn exit(&self) -> Exit {
        Exit::Disagree
    }

    fn help(&self) -> Option<String> {
        let newer = "take it back with the checkout that has its file";
        match self {
            StoredFault::Lacking { .. } => Some(format!(
                "{newer}; scripts are kept from the `upgrade` on that runs with `store-scripts = true` in the settings"
            )),
            StoredFault::Altered { .. } => Some(newer.to_owned()),
            StoredFault::Unreadable(faults) => faults.help(),
        }
    }

    fn notes(&self) -> Vec<String> {
        vec!["nothing was run".to_owned()]
    }

    fn places(&self) -> Vec<alembic_revisions::Place> {
        match self {
            StoredFault::Unreadable(faults) => faults.places(),
            _ => Vec::new(),
        }
    }
}
