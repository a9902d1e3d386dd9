//! The command line: one variant and one arm per command.
//!
//! Owns how arguments become a command and how the process ends; knows nothing of what a command does.
//! Read [`main`] first.

use std::ffi::OsString;

use alembic_revisions::{Code, Diagnose, Exit};
use clap::{CommandFactory, Parser, Subcommand};

use crate::app::{App, Failure};
use crate::commands;
use crate::config::Environment;
use crate::options::GlobalOptions;
use crate::ui::{Format, Outcome, Surroundings, Ui, UiOptions, Verbosity};

/// What cargo runs for `cargo alembic …`.
#[derive(Parser)]
#[command(name = "cargo", bin_name = "cargo")]
enum Cargo {
    Alembic(Cli),
}

/// Database migrations for a workspace's feature crates, as one revision graph
#[derive(clap::Args)]
#[command(version, max_term_width = 100, after_long_help = EXAMPLES)]
struct Cli {
    #[command(flatten)]
    options: GlobalOptions,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  cargo alembic status                              where the database is
  cargo alembic revision -p players -m \"Add level\"  write a script
  cargo alembic generate                            write what the models changed
  cargo alembic upgrade --dry-run                   show what would run
  cargo alembic upgrade                             apply all up to the one head
  cargo alembic downgrade -1                        take the last revision back

`cargo alembic upgrade --help` explains targets.

Exit statuses:
  0 done, or nothing to do         5 a question was not answered
  1 the answer is no               6 another migrator holds the lock
  2 usage                          7 half applied
  3 a fault in the project         8 database and scripts disagree
  4 a database fault, rolled back";

#[derive(Subcommand)]
enum Command {
    Init(commands::init::Init),
    #[command(visible_alias = "new")]
    Revision(commands::revision::NewRevision),
    Generate(commands::generate::Generate),
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
    Repair(commands::repair::Repair),
    Edit(commands::edit::Edit),
    Check(commands::check::Check),
    Verify(commands::verify::Verify),
    ListTemplates(commands::list_templates::ListTemplates),
    EnsureVersion(commands::ensure_version::EnsureVersion),
    Bundle(commands::bundle::MakeBundle),
    Completions(commands::completions::Completions),
}

impl Command {
    /// True if the command reads or writes files of the workspace that are in no bundle.
    fn needs_workspace(&self) -> bool {
        use Command::{Bundle, Edit, Generate, Init, ListTemplates, Merge, Revision};
        matches!(self, Init(_) | Revision(_) | Generate(_) | Merge(_) | Edit(_) | ListTemplates(_) | Bundle(_))
    }

    fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        if self.needs_workspace() {
            app.refuse_bundle()?;
        }
        match self {
            Command::Init(command) => command.run(app),
            Command::Revision(command) => command.run(app),
            Command::Generate(command) => command.run(app),
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
            Command::Repair(command) => command.run(app),
            Command::Edit(command) => command.run(app),
            Command::Check(command) => command.run(app),
            Command::Verify(command) => command.run(app),
            Command::ListTemplates(command) => command.run(app),
            Command::EnsureVersion(command) => command.run(app),
            Command::Bundle(command) => command.run(app),
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
    let environment = Environment::of_process();
    let surroundings = Surroundings::of_process(|name| {
        let environment = environment.as_ref().ok()?;
        environment.raw(name).map(|value| value.to_string_lossy().into_owned())
    });
    let Cargo::Alembic(cli) = match Cargo::try_parse_from(&arguments) {
        Ok(cargo) => cargo,
        Err(error) => return refuse(&error, &arguments, surroundings),
    };
    let ui = Ui::new(ui_options(&cli.options), surroundings);
    let environment = match environment {
        Ok(environment) => environment,
        Err(error) => return ui.failure(&error),
    };
    let words = arguments.iter().skip(2).map(|word| word.to_string_lossy().into_owned()).collect();
    let app = App::new(ui, cli.options, environment, words);
    let finished = cli.command.run(&app).and_then(|outcome| {
        app.ui.outcome(outcome.as_ref())?;
        if let Some(line) = app.words.answered() {
            app.ui.note(format!("run again without questions: {line}"));
        }
        Ok(outcome.exit())
    });
    finished.unwrap_or_else(|failure| app.ui.failure(failure.as_ref()))
}

fn ui_options(options: &GlobalOptions) -> UiOptions {
    let verbosity = if options.output.quiet { Verbosity::Quiet } else { Verbosity::of_flags(options.output.verbose) };
    UiOptions {
        format: options.output.format,
        color: options.output.color.unwrap_or_default(),
        verbosity,
        no_input: options.answers.no_input,
        yes: options.answers.yes,
    }
}

/// The arguments are no command line of ours.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

impl Diagnose for Usage {
    fn code(&self) -> Code {
        Code("A0990")
    }

    fn kind(&self) -> &'static str {
        "Usage"
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        Some("see `cargo alembic --help`".to_owned())
    }
}

/// Shows help and version as clap does, and a usage error in the format that was asked for.
fn refuse(error: &clap::Error, arguments: &[OsString], surroundings: Surroundings) -> Exit {
    let asks_json = arguments.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json")
        || arguments.iter().any(|argument| argument == "--format=json");
    if !error.use_stderr() || !asks_json {
        // A closed pipe is no fault of the user's.
        let _ = error.print();
        return if error.use_stderr() { Exit::Usage } else { Exit::Done };
    }
    let message = error.render().to_string();
    let first = message.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    Ui::new(UiOptions { format: Format::Json, ..UiOptions::default() }, surroundings).failure(&Usage(first))
}
