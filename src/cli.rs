//! The command line: one variant and one arm per command.
//!
//! Owns how arguments become a command and how the process ends; knows nothing of what a command does.
//! Read [`main`] first.

use std::ffi::OsString;

use alembic_revisions::{Code, Diagnose, Exit};
use clap::{CommandFactory, Parser, Subcommand};

use crate::app::{App, Failure};
use crate::commands;
use crate::options::Options;
use crate::ui::{Outcome, Ui};

/// What cargo runs for `cargo alembic …`.
#[derive(Parser)]
#[command(name = "cargo", bin_name = "cargo", disable_help_subcommand = true)]
enum Cargo {
    Alembic(Cli),
}

/// Database migrations for Cargo workspaces: the feature crates' scripts are one revision graph over one database.
#[derive(clap::Args)]
#[command(version, max_term_width = 100, after_long_help = EXAMPLES)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  cargo alembic status                            what the database has, what is pending
  cargo alembic revision -p players -m \"add region\"
  cargo alembic upgrade                           apply everything up to the one head
  cargo alembic upgrade --dry-run                 show the plan, run nothing
  cargo alembic downgrade -1                      take the last revision back
  cargo alembic history -r abc1:head";

#[derive(Subcommand)]
enum Command {
    Init(commands::init::Init),
    #[command(visible_alias = "new")]
    Revision(commands::revision::NewRevision),
    Upgrade(commands::upgrade::Upgrade),
    Downgrade(commands::downgrade::Downgrade),
    Current(commands::current::Current),
    Status(commands::status::Status),
    History(commands::history::History),
    Heads(commands::heads::Heads),
    Bases(commands::bases::Bases),
    Branches(commands::branches::Branches),
    Show(commands::show::Show),
    Merge(commands::merge::Merge),
    Stamp(commands::stamp::Stamp),
    Edit(commands::edit::Edit),
    Check(commands::check::Check),
    ListTemplates(commands::list_templates::ListTemplates),
    EnsureVersion(commands::ensure_version::EnsureVersion),
    Completions(commands::completions::Completions),
}

impl Command {
    fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        match self {
            Command::Init(command) => command.run(app),
            Command::Revision(command) => command.run(app),
            Command::Upgrade(command) => command.run(app),
            Command::Downgrade(command) => command.run(app),
            Command::Current(command) => command.run(app),
            Command::Status(command) => command.run(app),
            Command::History(command) => command.run(app),
            Command::Heads(command) => command.run(app),
            Command::Bases(command) => command.run(app),
            Command::Branches(command) => command.run(app),
            Command::Show(command) => command.run(app),
            Command::Merge(command) => command.run(app),
            Command::Stamp(command) => command.run(app),
            Command::Edit(command) => command.run(app),
            Command::Check(command) => command.run(app),
            Command::ListTemplates(command) => command.run(app),
            Command::EnsureVersion(command) => command.run(app),
            Command::Completions(command) => command.run(inner_command()),
        }
    }
}

/// Returns clap's description of the command behind `cargo`: what a shell completes after `cargo-alembic`.
fn inner_command() -> clap::Command {
    let cargo = Cargo::command();
    let inner = cargo.find_subcommand("alembic").expect("the only subcommand").clone();
    inner.name("cargo-alembic").bin_name("cargo-alembic")
}

/// Runs the command that the arguments name and returns the exit status.
///
/// Accepts `cargo-alembic alembic upgrade`, which is what cargo runs, and `cargo-alembic upgrade`.
pub fn main(mut arguments: Vec<OsString>) -> Exit {
    if arguments.get(1).is_none_or(|first| first != "alembic") {
        arguments.insert(1.min(arguments.len()), "alembic".into());
    }
    let Cargo::Alembic(cli) = match Cargo::try_parse_from(&arguments) {
        Ok(cargo) => cargo,
        Err(error) => return refuse(error, &arguments),
    };
    let mut app = App::new(cli.options);
    match cli.command.run(&mut app).and_then(|outcome| show(&app.ui, outcome.as_ref())) {
        Ok(exit) => exit,
        Err(failure) => {
            app.ui.failure(failure.as_ref());
            failure.exit()
        }
    }
}

fn show(ui: &Ui, outcome: &dyn Outcome) -> Result<Exit, Failure> {
    ui.outcome(outcome).map_err(NotWritten)?;
    Ok(outcome.exit())
}
