//! The flags that every command takes, grouped as `cargo --help` groups them, in cargo's words where cargo has them.
//!
//! Flags are values here; what they mean is decided elsewhere. Read [`GlobalOptions`] first.

use std::time::Duration;

use camino::Utf8PathBuf;
use clap::builder::{FalseyValueParser, NonEmptyStringValueParser, TypedValueParser};
use clap::{ArgAction, Args};

use crate::ui::{ColorWhen, Format};

/// The flags of every command. `-m` is not among them: it is always `--message`.
#[derive(Args, Clone, Debug, Default)]
pub struct GlobalOptions {
    #[command(flatten)]
    pub output: OutputOptions,
    #[command(flatten)]
    pub answers: AnswerOptions,
    #[command(flatten)]
    pub packages: PackageOptions,
    #[command(flatten)]
    pub manifest: ManifestOptions,
    #[command(flatten)]
    pub database: DatabaseOptions,
}

/// How much is printed, and in which form.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct OutputOptions {
    /// Use verbose output (-vv shows the statements of a plan)
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,

    /// Do not print cargo alembic's own messages
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Coloring
    #[arg(long, global = true, value_name = "WHEN", env = "CARGO_TERM_COLOR", hide_env_values = true)]
    pub color: Option<ColorWhen>,

    /// Output format
    #[arg(long, global = true, value_name = "FMT", default_value = "human", hide_default_value = true)]
    pub format: Format,
}

/// How questions are answered without asking.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Questions")]
pub struct AnswerOptions {
    /// Answer yes to confirmations; never choose between alternatives
    #[arg(short, long, global = true)]
    pub yes: bool,

    /// Never ask; fail and name the flag that answers
    #[arg(
        long,
        global = true,
        env = "CARGO_ALEMBIC_NO_INPUT",
        hide_env_values = true,
        value_parser = FalseyValueParser::new()
    )]
    pub no_input: bool,
}

/// Which packages a command acts on.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Package Selection")]
pub struct PackageOptions {
    /// Feature to act on, by its package's name
    #[arg(short = 'p', long = "package", global = true, value_name = "SPEC")]
    pub packages: Vec<String>,
}

/// How the workspace is found, in words that `cargo metadata` knows; or the bundle in its place.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Manifest Options")]
pub struct ManifestOptions {
    /// Path to Cargo.toml
    #[arg(long, global = true, value_name = "PATH")]
    pub manifest_path: Option<Utf8PathBuf>,

    /// Bundle to use instead of a workspace, without cargo and source; also CARGO_ALEMBIC_BUNDLE
    // No `env`: `--manifest-path` outweighs the variable, and an empty one counts as not set.
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "manifest_path", value_parser = not_empty())]
    pub bundle: Option<Utf8PathBuf>,

    /// Assert that `Cargo.lock` will remain unchanged
    #[arg(long, global = true)]
    pub locked: bool,

    /// Run without accessing the network
    #[arg(long, global = true)]
    pub offline: bool,

    /// Equivalent to specifying both --locked and --offline
    #[arg(long, global = true)]
    pub frozen: bool,
}

/// Which database a command talks to, and how patiently.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Database")]
pub struct DatabaseOptions {
    /// Database to use, whatever DATABASE_URL and the settings say
    // No `env`: `--env NAME` stands between this flag and DATABASE_URL, see `config::choose_database`.
    #[arg(short = 'D', long, global = true, value_name = "URL")]
    pub database_url: Option<String>,

    /// Environment of the settings whose database to use
    #[arg(long = "env", global = true, value_name = "NAME")]
    pub environment: Option<String>,

    /// How long to wait for another migrator's lock [default: 600]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub lock_timeout: Option<Duration>,
}

impl std::fmt::Debug for DatabaseOptions {
    /// Hides the URL, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("DatabaseOptions");
        shown.field("environment", &self.environment).field("lock_timeout", &self.lock_timeout).finish_non_exhaustive()
    }
}

/// A path; an empty one is a variable of a shell that is not set.
pub fn not_empty() -> impl TypedValueParser<Value = Utf8PathBuf> {
    NonEmptyStringValueParser::new().map(Utf8PathBuf::from)
}

/// Returns a time in whole or decimal seconds, up to a day.
fn seconds(text: &str) -> Result<Duration, String> {
    let day = 24.0 * 60.0 * 60.0;
    let number: f64 = text.parse().map_err(|_| "give a number of seconds, as 30".to_owned())?;
    if (0.0..=day).contains(&number) {
        Ok(Duration::from_secs_f64(number))
    } else {
        Err("give a number of seconds between 0 and 86400".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Parser, Debug)]
    #[command(name = "cargo-alembic")]
    struct Cli {
        #[command(flatten)]
        global: GlobalOptions,
        #[command(subcommand)]
        command: Option<Command>,
    }

    #[derive(clap::Subcommand, Debug)]
    enum Command {
        Revision {
            #[arg(short, long)]
            message: Option<String>,
        },
    }

    fn parse(line: &str) -> Cli {
        Cli::try_parse_from(line.split(' ')).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn flags_may_stand_on_both_sides_of_the_command() {
        Cli::command().debug_assert();
        for line in [
            "x -D sqlite:a.db --env prod -p a -p b --frozen -vv -y --no-input revision -m hello",
            "x revision -m hello -D sqlite:a.db --env prod -p a -p b --frozen -vv -y --no-input",
        ] {
            let cli = parse(line);
            assert_eq!(cli.global.database.database_url.as_deref(), Some("sqlite:a.db"));
            assert_eq!(cli.global.database.environment.as_deref(), Some("prod"));
            assert_eq!(cli.global.packages.packages, ["a", "b"]);
            assert_eq!(cli.global.output.verbose, 2);
            assert!(cli.global.manifest.frozen && cli.global.answers.yes && cli.global.answers.no_input);
            let Some(Command::Revision { message }) = cli.command else { panic!("no command in {line}") };
            assert_eq!(message.as_deref(), Some("hello"), "-m is the message's");
        }
    }

    #[test]
    fn values_are_checked() {
        assert_eq!(parse("x --format json").global.output.format, Format::Json);
        assert_eq!(parse("x --lock-timeout 1.5").global.database.lock_timeout, Some(Duration::from_millis(1500)));
        assert_eq!(parse("x --bundle a.alembic").global.manifest.bundle, Some("a.alembic".into()));
        for line in [
            "--bundle=",
            "--format xml",
            "--lock-timeout -1",
            "--lock-timeout nan",
            "--lock-timeout x",
            "--color red",
            "-v -q",
        ] {
            let words = std::iter::once("x").chain(line.split(' '));
            assert_eq!(Cli::try_parse_from(words).unwrap_err().exit_code(), 2, "{line}");
        }
    }

    #[test]
    fn help_is_grouped_and_shows_no_secret() {
        let help = Cli::command().render_long_help().to_string();
        for heading in ["Output:", "Questions:", "Package Selection:", "Manifest Options:", "Database:"] {
            assert!(help.contains(heading), "{heading} in {help}");
        }
        assert!(help.contains("Assert that `Cargo.lock` will remain unchanged"));
        assert!(!help.contains("CARGO_TERM_COLOR="), "{help}");
        assert!(!format!("{:?}", parse("x -D postgres://u:secret@h/d")).contains("secret"));
    }
}
