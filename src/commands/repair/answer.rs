//! What a person says of a half-applied revision.
//!
//! Read [`run`] first.

use std::sync::Arc;

use alembic_revisions::{DialectName, Script, checksum};
use alembic_runtime::journal::progress::{self, Progress};
use alembic_runtime::journal::repair;

use super::fault::NothingToRepair;
use super::{Noted, approve, finished, scripts};
use crate::app::{App, Failure};
use crate::listing::half_applied::{self, again};
use crate::ui::{Outcome, Text};

/// What a person says.
#[derive(Clone, Copy)]
pub enum Answer {
    /// `statement` is given for one that has failed.
    MarkDone {
        statement: Option<usize>,
    },
    RunAgain,
    Forget,
}

/// What will be noted.
enum Note {
    MarkDone(Arc<Script>),
    RunAgain(Arc<Script>),
    /// What a person forgets may have no file any more.
    Forget,
}

pub fn run(app: &App, typed: &str, answer: Answer, confirm: Option<&str>) -> Result<Box<dyn Outcome>, Failure> {
    let found = app.read(progress::read)?;
    let (seen, file) = half_applied(app, typed, found)?;
    let id = seen.revision.clone();
    let file = || file.map_or_else(|| only(app, &id), Ok);
    let note = match answer {
        Answer::Forget => Note::Forget,
        Answer::RunAgain if seen.intent.is_none() => return Err(no_question(&seen).into()),
        Answer::RunAgain => Note::RunAgain(file()?),
        Answer::MarkDone { statement } => {
            let next = seen.intent.unwrap_or(seen.done.saturating_add(1));
            match statement {
                Some(number) if number != next => return Err(other_statement(&seen, number, next).into()),
                None if seen.intent.is_none() => return Err(no_question(&seen).into()),
                _ => Note::MarkDone(file()?),
            }
        }
    };
    let action = match note {
        Note::MarkDone(_) => "mark-done",
        Note::RunAgain(_) => "run-again",
        Note::Forget => "forget",
    };
    approve(app, told(&seen, &note, app.dialect()?), &question(&seen, &note), confirm)?;
    let repaired = app.read(async |session, table| match &note {
        Note::MarkDone(file) => repair::mark_done(session, table, &seen, file).await,
        Note::RunAgain(_) => repair::run_again(session, table, &seen).await,
        Note::Forget => repair::forget(session, table, &seen).await,
    })?;
    let next = format!("go on with `{}`", again(seen.direction));
    finished(repaired, Noted { action, revisions: vec![id.clone()], next })
}

/// Returns the half-applied revision that was named; by its whole id also where no file has it.
fn half_applied(app: &App, typed: &str, found: Vec<Progress>) -> Result<(Progress, Option<Arc<Script>>), Failure> {
    let at = |id: &str| found.iter().position(|progress| progress.revision == id);
    if let Some(at) = at(typed) {
        return Ok((found[at].clone(), None));
    }
    let file = only(app, typed)?;
    let id = file.revision.id.to_string();
    match at(&id) {
        Some(at) => Ok((found[at].clone(), Some(file))),
        None => Err(NothingToRepair::NotHalfApplied { revision: id }.into()),
    }
}

fn only(app: &App, typed: &str) -> Result<Arc<Script>, Failure> {
    let mut files = scripts(app, typed)?;
    match (files.pop(), files.is_empty()) {
        (Some(file), true) => Ok(file),
        _ => Err(NothingToRepair::NotOne { typed: typed.to_owned() }.into()),
    }
}

fn no_question(seen: &Progress) -> NothingToRepair {
    let next = (seen.done < seen.total).then(|| seen.done + 1);
    NothingToRepair::NoQuestion { revision: seen.revision.clone(), again: again(seen.direction), next }
}

fn other_statement(seen: &Progress, given: usize, next: usize) -> NothingToRepair {
    NothingToRepair::OtherStatement { revision: seen.revision.clone(), given, next }
}

/// Returns the statement in question in one line, as the file has it now.
fn statement(file: &Script, seen: &Progress, dialect: DialectName) -> Option<String> {
    let (_, statements) = checksum::of_section(file, seen.direction, dialect)?;
    let statement = statements.get(in_question(seen).checked_sub(1)?)?;
    Some(statement.sql().split_whitespace().collect::<Vec<_>>().join(" "))
}

fn in_question(seen: &Progress) -> usize {
    seen.intent.unwrap_or(seen.done.saturating_add(1))
}

fn question(seen: &Progress, note: &Note) -> String {
    let (id, at) = (seen.revision.escape_debug(), in_question(seen));
    match (note, seen.intent) {
        (Note::MarkDone(_), Some(_)) => format!("Did statement {at} of {id} take effect?"),
        (Note::MarkDone(_), None) => format!("Pass over statement {at} of {id}, which has not taken effect?"),
        (Note::RunAgain(_), _) => format!("Did statement {at} of {id} not take effect?"),
        (Note::Forget, _) => format!("Forget what ran of {id}?"),
    }
}

/// Returns what is known, and what will be noted.
fn told(seen: &Progress, note: &Note, dialect: DialectName) -> Vec<Text> {
    let at = in_question(seen);
    let mut lines = vec![half_applied::line(seen)];
    if let Note::MarkDone(file) | Note::RunAgain(file) = note
        && let Some(sql) = statement(file, seen, dialect)
    {
        lines.push(Text::new().dim(format!("statement {at}: ")).plain(sql).elastic());
    }
    if matches!(note, Note::MarkDone(_)) && seen.intent.is_none() {
        lines.push(Text::new().caution(format!("! statement {at} is known not to have run: it will never run")));
    }
    lines.push(Text::from(match (note, at < seen.total) {
        (Note::MarkDone(_), true) => {
            format!("will be noted: statement {at} took effect; the next run begins at {}", at + 1)
        }
        (Note::MarkDone(_), false) => {
            format!("will be noted: statement {at}, the last one, took effect; the next run moves the version rows")
        }
        (Note::RunAgain(_), _) => {
            format!("will be noted: statement {at} did not take effect; the next run runs it again")
        }
        (Note::Forget, _) => "will be forgotten: the next run begins at statement 1".to_owned(),
    }));
    lines
}
