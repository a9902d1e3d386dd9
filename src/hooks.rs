//! Programs of the user's that run before and after a plan, as the settings name them.
//!
//! No shell is involved, and what they say goes to standard error. Read [`Hooks::run`] first.

use std::process::Stdio;

use alembic_revisions::{Code, Diagnose, DialectName, Exit, Plan};
use clap::Args;
use tokio::process::Command;

use crate::app::{App, Failure, quoted};
use crate::config::HookName;
use crate::process::{Stopped, finished};
use crate::ui::interrupt::Signal;

/// The flag of the commands that run hooks.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct HookFlags {
    /// Run no hooks of the settings
    #[arg(long)]
    pub no_hooks: bool,
}

/// The hooks around one run, and what they are told.
pub struct Hooks {
    before: HookName,
    after: HookName,
    command: &'static str,
    /// Ids with blanks between.
    from: String,
    to: String,
    revisions: String,
}

impl Hooks {
    /// Returns the hooks of a command; none where it has none, or none are wanted.
    pub fn of(command: &'static str, flags: HookFlags, plan: &Plan) -> Option<Self> {
        let (before, after) = match command {
            "upgrade" => (HookName::PreUpgrade, HookName::PostUpgrade),
            "downgrade" => (HookName::PreDowngrade, HookName::PostDowngrade),
            _ => return None,
        };
        let ids =
            |ids: &[alembic_revisions::RevisionId]| ids.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(" ");
        let revisions: Vec<&str> = plan.steps.iter().map(|step| step.script.revision.id.as_str()).collect();
        let hooks =
            Hooks { before, after, command, from: ids(&plan.from), to: ids(&plan.to), revisions: revisions.join(" ") };
        (!flags.no_hooks).then_some(hooks)
    }

    /// Runs the hook before the plan; an error stops the command.
    pub fn before(&self, app: &App) -> Result<(), Failure> {
        self.run(app, self.before)
    }

    /// Runs the hook after the plan. What it says no to has run already: returns the exit status, and warns.
    pub fn after(&self, app: &App) -> Result<Exit, Failure> {
        match self.run(app, self.after) {
            Ok(()) => Ok(Exit::Done),
            Err(failure) => {
                let fault = failure.as_ref();
                app.ui.warn(format!("{fault}; what ran stays"));
                Ok(fault.exit())
            }
        }
    }

    fn run(&self, app: &App, name: HookName) -> Result<(), Failure> {
        let Some(words) = app.settings()?.hooks.get(&name) else { return Ok(()) };
        let Some((program, arguments)) = words.split_first() else { return Ok(()) };
        let line = words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
        app.ui.status("Hook", format!("{name}: {line}"));
        let root = app.project()?.root();
        let is_path = program.contains('/') && !program.starts_with('/');
        let program = if is_path { root.join(program).into_string() } else { program.clone() };
        let mut command = Command::new(&program);
        command.args(arguments).current_dir(root);
        command.stdin(Stdio::null()).stdout(app.ui.of_others()).stderr(Stdio::inherit());
        let database = app.database()?;
        let url = match database.url.dialect() {
            // The path of the settings may be relative to another folder.
            DialectName::Sqlite => database.url.to_string(),
            DialectName::Postgres | DialectName::Mysql => database.choice.url().to_owned(),
        };
        command.env("DATABASE_URL", url).env("ALEMBIC_COMMAND", self.command).env("ALEMBIC_FROM", &self.from);
        command.env("ALEMBIC_TO", &self.to).env("ALEMBIC_REVISIONS", &self.revisions);
        let is_before = name == self.before;
        let fault = |kind| HookFault { name, kind, is_before };
        match app.wait(finished(&mut command)) {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(fault(Kind::Failed(output.status.to_string())).into()),
            Err(Stopped::Missing) => Err(fault(Kind::Missing(program)).into()),
            Err(Stopped::Unstartable(error)) => Err(fault(Kind::Failed(error.to_string())).into()),
            Err(Stopped::Signal(signal)) => Err(fault(Kind::Interrupted(signal)).into()),
        }
    }
}

/// A hook that says no, or could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("the hook `{name}` {kind}")]
struct HookFault {
    name: HookName,
    kind: Kind,
    is_before: bool,
}

#[derive(Debug, thiserror::Error)]
enum Kind {
    #[error("failed: {0}")]
    Failed(String),
    #[error("cannot be run: there is no program `{}`", .0.escape_debug())]
    Missing(String),
    #[error("was interrupted")]
    Interrupted(Signal),
}

impl Diagnose for HookFault {
    fn code(&self) -> Code {
        Code("A0675")
    }

    fn kind(&self) -> &'static str {
        "HookFailed"
    }

    fn exit(&self) -> Exit {
        match self.kind {
            Kind::Interrupted(Signal::Interrupt) => Exit::Interrupted,
            Kind::Interrupted(Signal::Terminate) => Exit::Terminated,
            Kind::Failed(_) | Kind::Missing(_) => Exit::Project,
        }
    }

    fn help(&self) -> Option<String> {
        match self.kind {
            Kind::Missing(_) => Some(format!(
                "write `{} = [\"program\", \"argument\"]` with a program on PATH, or one at a path from the workspace root",
                self.name
            )),
            Kind::Failed(_) => Some("correct what it complains about, or run without hooks: `--no-hooks`".to_owned()),
            Kind::Interrupted(_) => None,
        }
    }

    fn notes(&self) -> Vec<String> {
        if self.is_before { vec!["nothing was run".to_owned()] } else { Vec::new() }
    }
}
