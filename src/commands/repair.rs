//! `repair`: the answers of a person to what a run could not know: whether a statement took effect, whether an edit is
//! meant, where the database is.
//!
//! Runs no script. Says first what it will do, and asks. Read [`Repair::run`] first.

mod accept;
mod answer;
mod fault;
mod guide;
mod rebuild;

use std::sync::Arc;

use alembic_revisions::Script;
use alembic_runtime::journal::repair::Repaired;
use clap::Args;
use serde_json::{Value, json};

use crate::app::{App, Failure};
use crate::migrate::{self, Approval, Unwatched};
use crate::ui::ask::YES;
use crate::ui::{Outcome, Page, Text};
use answer::Answer;
use fault::NothingToRepair;

/// Say what a run could not know: that a statement took effect, that an edit is meant
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Repair {
    #[command(flatten)]
    wish: Wish,

    /// With --mark-done, the number of a statement that has failed, and is to be passed over
    #[arg(long, value_name = "NUMBER", requires = "mark_done")]
    statement: Option<usize>,

    /// The database's name, which a protected environment asks for
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
}

/// What is wrong, and what a person says of it: one thing at a time.
#[derive(Args, Debug, Default, PartialEq, Eq)]
#[group(multiple = false)]
struct Wish {
    /// The statement that a run was stopped in took effect: go on behind it
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

    /// The database is there: make version table, journal and lock anew
    #[arg(long, value_name = "REV", num_args = 1..)]
    rebuild: Vec<String>,
}

const EXAMPLES: &str = "\
No script is run; only --rebuild changes the version table. `cargo alembic upgrade --help`
explains how revisions are named. Without a flag, says what is wrong and asks.

Examples:
  cargo alembic repair                                   look, and ask
  cargo alembic repair --mark-done abc123                the statement took effect
  cargo alembic repair --mark-done abc123 --statement 3  it failed; what it does is done by hand
  cargo alembic repair --run-again abc123                it did not take effect
  cargo alembic repair --forget abc123                   undone by hand; `upgrade` begins it anew
  cargo alembic repair --accept abc123                   the edited file is right
  cargo alembic repair --rebuild head                    the bookkeeping is gone, the schema is there";

impl Repair {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let confirm = self.confirm.as_deref();
        let named = if self.wish == Wish::default() { guide::choose(app)? } else { Some((self.wish, self.statement)) };
        let Some((wish, statement)) = named else {
            let next = "nothing to repair: no revision is half applied, and no file was edited after it ran".to_owned();
            return Ok(Box::new(Noted { action: "none", revisions: Vec::new(), next }));
        };
        let answers = [
            (wish.mark_done, Answer::MarkDone { statement }),
            (wish.run_again, Answer::RunAgain),
            (wish.forget, Answer::Forget),
        ];
        match answers.into_iter().find_map(|(typed, answer)| Some((typed?, answer))) {
            Some((typed, answer)) => answer::run(app, &typed, answer, confirm),
            None if wish.rebuild.is_empty() => accept::run(app, &wish.accept, confirm),
            None => rebuild::run(app, &wish.rebuild, confirm),
        }
    }
}

impl Wish {
    /// Returns the flags that say the same.
    fn words(&self, statement: Option<usize>) -> Vec<String> {
        let one = |flag: &str, revision: &Option<String>| revision.as_ref().map(|id| vec![flag.to_owned(), id.clone()]);
        let many = |flag: &str, ids: &[String]| {
            (!ids.is_empty()).then(|| [flag.to_owned()].into_iter().chain(ids.iter().cloned()).collect())
        };
        let number = statement.map(|number| vec!["--statement".to_owned(), number.to_string()]);
        let flags = [
            one("--mark-done", &self.mark_done),
            number,
            one("--run-again", &self.run_again),
            one("--forget", &self.forget),
            many("--accept", &self.accept),
            many("--rebuild", &self.rebuild),
        ];
        flags.into_iter().flatten().flatten().collect()
    }
}

/// Returns the scripts that were named as everywhere: by ids, their beginnings, labels, `head`, …
fn scripts(app: &App, typed: &str) -> Result<Vec<Arc<Script>>, Failure> {
    let graph = app.graph()?;
    let (_, nodes) = app.listing_of(typed)?;
    Ok(nodes.into_iter().map(|node| Arc::clone(graph.script(node))).collect())
}

/// Says what will be done, and asks. No connection is open meanwhile.
fn approve(app: &App, lines: Vec<Text>, question: &str, confirm: Option<&str>) -> Result<(), Failure> {
    app.ui.status("Repair", app.shown_url()?.to_string());
    for line in &lines {
        app.ui.status("", line.clone());
    }
    agree(app, if app.ui.is_heard() { Vec::new() } else { lines }, question, confirm)
}

/// Asks for a yes; in a protected environment for the database's name.
fn agree(app: &App, details: Vec<Text>, question: &str, confirm: Option<&str>) -> Result<(), Failure> {
    if app.database()?.choice.protected {
        return migrate::confirm_name(app, confirm, details);
    }
    migrate::approve(app, Approval { question, details, words: &[YES], unwatched: Unwatched::Stops })
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
