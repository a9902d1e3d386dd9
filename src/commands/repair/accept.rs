//! Edited files that a person takes for what ran.
//!
//! Read [`run`] first.

use std::sync::Arc;

use alembic_revisions::{DialectName, Direction, Script, checksum};
use alembic_runtime::journal::repair::{self, Repaired};
use alembic_runtime::journal::{compare, history};

use super::fault::NothingToRepair;
use super::{Noted, approve, finished, scripts};
use crate::app::{App, Failure};
use crate::migrate;
use crate::ui::{Outcome, Text};

pub fn run(app: &App, typed: &[String], confirm: Option<&str>) -> Result<Box<dyn Outcome>, Failure> {
    let dialect = app.dialect()?;
    let entries = app.read(history::read)?;
    let (mut edited, mut lines): (Vec<Arc<Script>>, _) = (Vec::new(), Vec::new());
    for typed in typed {
        for file in scripts(app, typed)? {
            let id = file.revision.id.as_str();
            let unknown = || NothingToRepair::NotInHistory { revision: id.to_owned() };
            let ran = compare::applied_entry(&entries, id).ok_or_else(unknown)?;
            if compare::is_edited(ran, &file, dialect)
                && !edited.iter().any(|known| known.revision.id == file.revision.id)
            {
                let body = app.read(async |session, table| history::read_body(session, table, &ran.attempt).await)?;
                lines.extend(difference(&file, body.as_deref(), dialect));
                edited.push(file);
            }
        }
    }
    let revisions: Vec<String> = edited.iter().map(|file| file.revision.id.to_string()).collect();
    if edited.is_empty() {
        let next = "nothing to accept: the files are what ran".to_owned();
        return Ok(Box::new(Noted { action: "accept", revisions, next }));
    }
    lines.push(Text::from("the files will be taken for what ran; the database stays as it is"));
    approve(app, lines, &format!("Take {} for what ran?", revisions.join(", ")), confirm)?;
    let (owner, stored) = (app.owner(), app.settings()?.scripts);
    let repaired = app.read(async |session, table| {
        for file in &edited {
            let repaired = repair::accept(session, table, file, &owner, stored).await?;
            if repaired != Repaired::Done {
                return Ok(repaired);
            }
        }
        Ok(Repaired::Done)
    })?;
    finished(repaired, Noted { action: "accept", revisions, next: "go on with `cargo alembic upgrade`".to_owned() })
}

/// Returns what ran and what the file has instead.
fn difference(script: &Script, ran: Option<&str>, dialect: DialectName) -> Vec<Text> {
    let id = Text::new().strong(script.revision.id.as_str());
    let Some(ran) = ran else { return vec![id.plain(" was edited; the text that ran is not at hand")] };
    let now = checksum::of_section(script, Direction::Up, dialect).map(|(_, statements)| statements);
    let lines = compare::line_difference(ran, compare::text_of(&now.unwrap_or_default()));
    let toned = lines.iter().map(|line| match line.chars().next() {
        Some('-') => Text::new().bad(line),
        Some('+') => Text::new().good(line),
        _ => Text::new().plain(line),
    });
    let mut shown = vec![id.plain(": what ran (-) and what the file has now (+)")];
    shown.extend(migrate::shortened(&toned.collect::<Vec<_>>()));
    shown
}
