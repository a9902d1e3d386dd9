//! What a plan destroys, and who must agree to it.

use alembic_revisions::loss::{Loss, destructive, of_rebuild};
use alembic_revisions::{Code, Diagnose, DialectName, Exit, Plan, Step};

use camino::Utf8PathBuf;

use crate::app::{App, Failure};
use crate::backup::{self, BackupFlags};
use crate::ui::Text;
use crate::ui::ask::{Confirm, Select, TypedName, Unanswered, YES};

/// Returns a line for each statement that drops data: the revision and what is lost.
pub fn losses(plan: &Plan) -> Vec<Text> {
    plan.steps.iter().flat_map(|step| losses_of(step, plan.dialect)).collect()
}

fn losses_of(step: &Step, dialect: DialectName) -> Vec<Text> {
    let revision = &step.script.revision;
    let line = |lost: Loss| {
        let text = Text::new().caution("! ").strong(revision.id.as_str()).dim(format!("  {}  ", revision.feature));
        text.caution(lost.to_string())
    };
    let losses = match step.rebuild {
        true => of_rebuild(&step.statements, dialect),
        false => step.statements.iter().filter_map(|statement| destructive(statement.sql(), dialect)).collect(),
    };
    losses.into_iter().map(line).collect()
}

/// What a command does where it cannot ask for approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwatched {
    /// What it runs was reviewed, or can be undone: deployments must not stop.
    GoesOn,
    Stops,
}

/// Something that a person should agree to.
pub struct Approval<'a> {
    pub question: &'a str,
    pub details: Vec<Text>,
    /// The words that agree beforehand, the flag first; `--yes` agrees only where it is that flag.
    pub words: &'a [&'a str],
    pub unwatched: Unwatched,
}

/// Returns after a yes, given or typed.
pub fn approve(app: &App, approval: Approval<'_>) -> Result<(), Failure> {
    let question = Confirm {
        question: approval.question.to_owned(),
        details: approval.details,
        flag: if approval.words == [YES] { YES } else { "" },
        answers: vec![app.words.with(approval.words)],
        ..Confirm::default()
    };
    match app.ui.ask().approve(&question) {
        Err(Unanswered::NoTerminal { .. }) if approval.unwatched == Unwatched::GoesOn => Ok(()),
        answer => Ok(answer?),
    }
}

/// How a plan may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agreed {
    AsItIs,
    /// Once the database is backed up into this file.
    AfterBackup(Utf8PathBuf),
}

impl Agreed {
    /// Returns what the flags say.
    pub fn of(flags: &BackupFlags) -> Self {
        flags.backup.clone().map_or(Agreed::AsItIs, Agreed::AfterBackup)
    }
}

/// As [`approve`], for a plan that loses rows: a person who is asked may choose a backup, too.
pub fn approve_loss(app: &App, approval: Approval<'_>, flags: &BackupFlags) -> Result<Agreed, Failure> {
    let is_decided = flags.backup.is_some() || flags.no_backup || app.options.answers.yes;
    let path = if is_decided || !app.ui.ask().is_open() { None } else { backup::proposed(app)? };
    let Some(path) = path else {
        approve(app, approval)?;
        return Ok(Agreed::of(flags));
    };
    let question = Select {
        question: approval.question.to_owned(),
        details: approval.details,
        items: vec![format!("back up into {path}, then run"), "run without a backup".into(), "cancel".into()],
        ..Select::default()
    };
    match app.ui.ask().select(&question)? {
        0 => Ok(Agreed::AfterBackup(path)),
        1 => Ok(Agreed::AsItIs),
        _ => Err(Unanswered::Declined.into()),
    }
}

/// Makes sure that the user knows which protected database this is, for a plan that loses rows.
pub fn confirm_loss(
    app: &App,
    given: Option<&str>,
    details: Vec<Text>,
    flags: &BackupFlags,
) -> Result<Agreed, Failure> {
    confirm_name(app, given, details)?;
    Ok(Agreed::of(flags))
}

/// The name given with `--confirm` is another than the database's.
#[derive(Debug, thiserror::Error)]
#[error("--confirm names `{}`, but the database is `{}`", .given.escape_debug(), .name.escape_debug())]
pub struct WrongName {
    given: String,
    name: String,
    /// The command line with the right name.
    command: String,
}

impl Diagnose for WrongName {
    fn code(&self) -> Code {
        Code("A0910")
    }

    fn kind(&self) -> &'static str {
        "WrongName"
    }

    fn exit(&self) -> Exit {
        Exit::Unanswered
    }

    fn help(&self) -> Option<String> {
        Some(format!("if that is the database you mean, run `{}`", self.command))
    }
}

/// Makes sure that the user knows which protected database this is: by `--confirm`, else by typing its name.
pub fn confirm_name(app: &App, given: Option<&str>, details: Vec<Text>) -> Result<(), Failure> {
    let database = app.database()?;
    let name = database.url.database().unwrap_or_else(|| database.url.to_string());
    let command = app.words.with(&["--confirm", &name]);
    match given {
        Some(given) if given == name => Ok(()),
        Some(given) => Err(WrongName { given: given.to_owned(), name, command }.into()),
        None => {
            let environment = database.choice.environment.as_deref().unwrap_or("this");
            let question = TypedName {
                question: format!("`{environment}` is protected. To go on, type the name of its database"),
                details,
                answers: vec![command],
                name,
            };
            Ok(app.ui.ask().typed_name(&question)?)
        }
    }
}
