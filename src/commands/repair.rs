//! `repair`: the answers of a person to what a run could not know: whether a statement took effect, whether an edit is
//! meant.
//!
//! Runs no script. Says first what it will do, and asks. Read [`Repair::run`] first.

use std::sync::Arc;

use alembic_revisions::{Code, Diagnose, Exit, Script};
use alembic_runtime::journal::progress::{self, Progress};
use alembic_runtime::journal::repair::{self, Repaired};
use alembic_runtime::session::Missing;
use clap::Args;
use serde_json::{Value, json};

use crate::app::{App, Failure};
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

impl Repair {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let half_applied = [
            (self.mark_done, Answer::MarkDone),
            (self.run_again, Answer::RunAgain),
            (self.forget, Answer::Forget),
        ];
        match half_applied.into_iter().find_map(|(id, answer)| Some((id?, answer))) {
            Some((id, answer)) => answered(app, &id, answer),
            None => accept(app, &self.accept),
        }
    }
}

fn answered(app: &App, id: &str, answer: Answer) -> Result<Box<dyn Outcome>, Failure> {
    let table = app.version_table()?;
    let mut session = app.open(Missing::Report)?;
    let found = app.wait(progress::read(session.as_mut(), &table))?;
    let none = || NothingToRepair::NotHalfApplied { revision: id.to_owned() };
    let seen = found.into_iter().find(|progress| progress.revision == id).ok_or_else(none)?;
    if matches!(answer, Answer::MarkDone | Answer::RunAgain) && seen.intent.is_none() {
        return Err(NothingToRepair::NoQuestion { revision: id.to_owned() }.into());
    }
    approve(app, told(&seen, answer))?;
    let repaired = match answer {
        Answer::MarkDone => {
            let script = script(app, id)?;
            app.wait(repair::mark_done(session.as_mut(), &table, &seen, &script))?
        }
        Answer::RunAgain => app.wait(repair::run_again(session.as_mut(), &table, &seen))?,
        Answer::Forget => app.wait(repair::forget(session.as_mut(), &table, &seen))?,
    };
    app.wait(session.close());
    finished(repaired, vec![id.to_owned()])
}

fn told(seen: &Progress, answer: Answer) -> String {
    let (id, at) = (seen.revision.escape_debug(), seen.intent.unwrap_or(seen.done));
    match answer {
        Answer::MarkDone => format!("Note that statement {at} of {id} took effect?"),
        Answer::RunAgain => format!("Note that statement {at} of {id} did not take effect?"),
        Answer::Forget => {
            format!("Forget that {} of the {} statements of {id} ran?", seen.done, seen.total)
        }
    }
}

fn accept(app: &App, ids: &[String]) -> Result<Box<dyn Outcome>, Failure> {
    let scripts = ids.iter().map(|id| script(app, id)).collect::<Result<Vec<_>, _>>()?;
    approve(app, format!("Take the files of {} for what ran?", ids.join(", ")))?;
    let (table, owner) = (app.version_table()?, app.owner());
    let mut session = app.open(Missing::Report)?;
    let mut repaired = Repaired::Done;
    for script in &scripts {
        if app.wait(repair::accept(session.as_mut(), &table, script, &owner))? == Repaired::Moved {
            repaired = Repaired::Moved;
        }
    }
    app.wait(session.close());
    finished(repaired, ids.to_vec())
}

fn script(app: &App, id: &str) -> Result<Arc<Script>, Failure> {
    let graph = app.graph()?;
    let node = graph.get(id).ok_or_else(|| NothingToRepair::Unknown { revision: id.to_owned() })?;
    Ok(Arc::clone(graph.script(node)))
}

fn approve(app: &App, question: String) -> Result<(), Failure> {
    let details = Vec::new();
    migrate::approve(app, Approval { question: &question, details, words: &[YES], unwatched: Unwatched::Stops })
}

fn finished(repaired: Repaired, revisions: Vec<String>) -> Result<Box<dyn Outcome>, Failure> {
    match repaired {
        Repaired::Done => Ok(Box::new(Noted { revisions })),
        Repaired::Moved => Err(NothingToRepair::Moved.into()),
    }
}

struct Noted {
    revisions: Vec<String>,
}

impl Outcome for Noted {
    fn json(&self) -> Value {
        json!({ "command": "repair", "revisions": self.revisions })
    }

    fn render(&self, page: &mut Page) {
        page.line(Text::new().plain("noted; nothing was run. Go on with `cargo alembic upgrade` or `downgrade`"));
    }
}

/// Why there is nothing to repair.
#[derive(Debug, thiserror::Error)]
enum NothingToRepair {
    #[error("`{}` is not half applied", .revision.escape_debug())]
    NotHalfApplied { revision: String },
    #[error("what ran of `{}` is known", .revision.escape_debug())]
    NoQuestion { revision: String },
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
            _ => Exit::Usage,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            NothingToRepair::Moved => "run the command again".to_owned(),
            NothingToRepair::NoQuestion { .. } => "run `cargo alembic upgrade`: it goes on where it stopped".to_owned(),
            _ => "write a whole id, as the error that named this command did".to_owned(),
        })
    }
}
