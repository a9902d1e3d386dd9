//! `repair`: the answers of a person to what a run could not know: whether a statement took effect, whether an edit is
//! meant.
//!
//! Runs no script. Says first what it will do, and asks. Read [`Repair::run`] first.

use std::sync::Arc;

use alembic_revisions::{Code, Diagnose, DialectName, Direction, Exit, Script, checksum};
use alembic_runtime::journal::progress::{self, Progress};
use alembic_runtime::journal::repair::{self, Repaired};
use alembic_runtime::journal::{compare, history};
use clap::Args;
use serde_json::{Value, json};

use crate::app::{App, Failure};
use crate::listing::half_applied::{self, again};
use crate::migrate::{self, Approval, Unwatched};
use crate::ui::ask::YES;
use crate::ui::{Outcome, Page, Text};

/// Say what a run could not know: that a statement took effect, that an edit is meant
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
#[group(required = true, multiple = false)]
pub struct Repair {
    /// The statement that a run was killed in took effect: go on behind it
    #[arg(long, value_name = "REV")]
    mark_done: Option<String>,

    /// It did not: run it again
    #[arg(long, value_name = "REV")]
    run_again: Option<String>,

    /// What ran of the revision was undone or finished by hand: forget that it is half applied
    #[arg(long, value_name = "REV")]
    forget: Option<String>,

    /// The files are what the database has: take them for what ran
    #[arg(long, value_name = "REV", num_args = 1..)]
    accept: Vec<String>,
}

const EXAMPLES: &str = "\
Nothing is run, and the version table stays as it is.

Examples:
  cargo alembic repair --mark-done abc123def456  the statement took effect
  cargo alembic repair --run-again abc123def456  it did not
  cargo alembic repair --forget abc123def456     undone by hand; `upgrade` begins it anew
  cargo alembic repair --accept abc123def456     the edited file is right";

/// What a person says of a half-applied revision.
#[derive(Clone, Copy)]
enum Answer {
    MarkDone,
    RunAgain,
    Forget,
}

impl Answer {
    fn as_str(self) -> &'static str {
        match self {
            Answer::MarkDone => "mark-done",
            Answer::RunAgain => "run-again",
            Answer::Forget => "forget",
        }
    }
}

impl Repair {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let half_applied =
            [(self.mark_done, Answer::MarkDone), (self.run_again, Answer::RunAgain), (self.forget, Answer::Forget)];
        match half_applied.into_iter().find_map(|(id, answer)| Some((id?, answer))) {
            Some((id, answer)) => answered(app, &id, answer),
            None => accept(app, self.accept),
        }
    }
}

fn answered(app: &App, id: &str, answer: Answer) -> Result<Box<dyn Outcome>, Failure> {
    let found = app.read(progress::read)?;
    let none = || NothingToRepair::NotHalfApplied { revision: id.to_owned() };
    let seen = found.into_iter().find(|progress| progress.revision == id).ok_or_else(none)?;
    if matches!(answer, Answer::MarkDone | Answer::RunAgain) && seen.intent.is_none() {
        return Err(NothingToRepair::NoQuestion { revision: id.to_owned(), again: again(seen.direction) }.into());
    }
    // What a person forgets may have no file any more.
    let file = match answer {
        Answer::Forget => None,
        Answer::MarkDone | Answer::RunAgain => Some(script(app, id)?),
    };
    let statement = file.as_ref().and_then(|file| statement(file, &seen, app.dialect().ok()?));
    approve(app, told(&seen, answer, statement.as_deref()), question(&seen, answer))?;
    let repaired = app.read(async |session, table| match (answer, &file) {
        (Answer::MarkDone, Some(file)) => repair::mark_done(session, table, &seen, file).await,
        (Answer::RunAgain, _) => repair::run_again(session, table, &seen).await,
        (Answer::Forget | Answer::MarkDone, _) => repair::forget(session, table, &seen).await,
    })?;
    let next = format!("go on with `{}`", again(seen.direction));
    finished(repaired, Noted { action: answer.as_str(), revisions: vec![id.to_owned()], next })
}

/// Returns the statement in question in one line, as the file has it now.
fn statement(script: &Script, seen: &Progress, dialect: DialectName) -> Option<String> {
    let (_, statements) = checksum::of_section(script, seen.direction, dialect)?;
    let statement = statements.get(seen.intent?.checked_sub(1)?)?;
    Some(statement.sql().split_whitespace().collect::<Vec<_>>().join(" "))
}

fn question(seen: &Progress, answer: Answer) -> String {
    let (id, at) = (seen.revision.escape_debug(), seen.intent.unwrap_or(seen.done));
    match answer {
        Answer::MarkDone => format!("Did statement {at} of {id} take effect?"),
        Answer::RunAgain => format!("Did statement {at} of {id} not take effect?"),
        Answer::Forget => format!("Forget what ran of {id}?"),
    }
}

/// Returns what is known, and what will be noted.
fn told(seen: &Progress, answer: Answer, statement: Option<&str>) -> Vec<Text> {
    let at = seen.intent.unwrap_or(seen.done);
    let mut lines = vec![half_applied::line(seen)];
    lines.extend(statement.map(|sql| Text::new().dim(format!("statement {at}: ")).plain(sql).elastic()));
    lines.push(Text::from(match (answer, at < seen.total) {
        (Answer::MarkDone, true) => {
            format!("will be noted: statement {at} took effect; the next run begins at {}", at + 1)
        }
        (Answer::MarkDone, false) => {
            format!("will be noted: statement {at}, the last one, took effect; the next run moves the version rows")
        }
        (Answer::RunAgain, _) => {
            format!("will be noted: statement {at} did not take effect; the next run runs it again")
        }
        (Answer::Forget, _) => "will be forgotten: the next run begins at statement 1".to_owned(),
    }));
    lines
}

fn accept(app: &App, ids: Vec<String>) -> Result<Box<dyn Outcome>, Failure> {
    let dialect = app.dialect()?;
    let entries = app.read(history::read)?;
    let (mut edited, mut lines) = (Vec::new(), Vec::new());
    for id in &ids {
        let file = script(app, id)?;
        let unknown = || NothingToRepair::NotInHistory { revision: id.clone() };
        let ran = compare::applied_entry(&entries, id).ok_or_else(unknown)?;
        if compare::is_edited(ran, &file, dialect) {
            let body = app.read(async |session, table| history::read_body(session, table, &ran.attempt).await)?;
            lines.extend(difference(&file, body.as_deref(), dialect));
            edited.push(file);
        }
    }
    let revisions: Vec<String> = edited.iter().map(|file| file.revision.id.to_string()).collect();
    if edited.is_empty() {
        let next = "nothing to accept: the files are what ran".to_owned();
        return Ok(Box::new(Noted { action: "accept", revisions, next }));
    }
    lines.push(Text::from("the files will be taken for what ran; the database stays as it is"));
    approve(app, lines, format!("Take {} for what ran?", revisions.join(", ")))?;
    let owner = app.owner();
    let repaired = app.read(async |session, table| {
        for file in &edited {
            let repaired = repair::accept(session, table, file, &owner).await?;
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

fn script(app: &App, id: &str) -> Result<Arc<Script>, Failure> {
    let graph = app.graph()?;
    let node = graph.get(id).ok_or_else(|| NothingToRepair::Unknown { revision: id.to_owned() })?;
    Ok(Arc::clone(graph.script(node)))
}

/// Says what will be done, and asks. No connection is open meanwhile.
fn approve(app: &App, lines: Vec<Text>, question: String) -> Result<(), Failure> {
    app.ui.status("Repair", app.shown_url()?.to_string());
    for line in &lines {
        app.ui.status("", line.clone());
    }
    let details = if app.ui.is_heard() { Vec::new() } else { lines };
    migrate::approve(app, Approval { question: &question, details, words: &[YES], unwatched: Unwatched::Stops })
}

fn finished(repaired: Repaired, noted: Noted) -> Result<Box<dyn Outcome>, Failure> {
    match repaired {
        Repaired::Done => Ok(Box::new(noted)),
        Repaired::Moved => Err(NothingToRepair::Moved.into()),
        Repaired::Edited => Err(NothingToRepair::Edited { revision: noted.revisions.join(", ") }.into()),
    }
}

struct Noted {
    action: &'static str,
    revisions: Vec<String>,
    next: String,
}

impl Outcome for Noted {
    fn json(&self) -> Value {
        json!({ "command": "repair", "action": self.action, "revisions": self.revisions })
    }

    fn render(&self, page: &mut Page) {
        let noted = if self.revisions.is_empty() { "" } else { "noted; nothing was run: " };
        page.line(Text::new().good(noted).plain(&self.next));
    }
}

/// Why there is nothing to repair.
#[derive(Debug, thiserror::Error)]
enum NothingToRepair {
    #[error("`{}` is not half applied", .revision.escape_debug())]
    NotHalfApplied { revision: String },
    #[error("what ran of `{}` is known", .revision.escape_debug())]
    NoQuestion { revision: String, again: &'static str },
    #[error("the history does not say that `{}` is applied", .revision.escape_debug())]
    NotInHistory { revision: String },
    #[error("the statements that ran of `{}` are not those of the file", .revision.escape_debug())]
    Edited { revision: String },
    #[error("no script has the id `{}`", .revision.escape_debug())]
    Unknown { revision: String },
    #[error("the journal was changed by someone else meanwhile")]
    Moved,
}

impl Diagnose for NothingToRepair {
    fn code(&self) -> Code {
        Code("A0525")
    }

    fn kind(&self) -> &'static str {
        match self {
            NothingToRepair::Moved => "StalePlan",
            _ => "NothingToRepair",
        }
    }

    fn exit(&self) -> Exit {
        match self {
            NothingToRepair::Moved => Exit::Database,
            NothingToRepair::Edited { .. } => Exit::HalfApplied,
            _ => Exit::Usage,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            NothingToRepair::Moved => "run the command again".to_owned(),
            NothingToRepair::NoQuestion { again, .. } => format!("run `{again}`: it goes on where it stopped"),
            NothingToRepair::NotHalfApplied { .. } => "see `cargo alembic status` for what is half applied".to_owned(),
            NothingToRepair::NotInHistory { .. } => "see `cargo alembic history --applied` for what is".to_owned(),
            NothingToRepair::Unknown { .. } => "write a whole id, as `cargo alembic history` does".to_owned(),
            NothingToRepair::Edited { revision } => format!(
                "restore them; or, if all of it is undone by hand, run `cargo alembic repair --forget {revision}`"
            ),
        })
    }
}
