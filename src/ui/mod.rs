//! The only module that prints or asks.
//!
//! Commands return an [`Outcome`] or an error that can be diagnosed; how either looks, in color or as JSON, on a
//! terminal or in a pipe, is decided here and once. Answers go to standard output, everything else to standard error.
//! Read [`Ui`] first.

pub mod ask;
mod error;
pub mod escape;
mod excerpt;
#[cfg(test)]
mod fault;
pub mod interrupt;
mod json;
mod messages;
pub mod progress;
pub mod report;
pub mod surroundings;
pub mod text;
pub mod theme;

use std::io::{self, Write};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use alembic_revisions::diagnose::{Code, Diagnose, Exit};
use clap::ValueEnum;

pub use self::ask::Ask;
pub use self::progress::Progress;
pub use self::report::{Outcome, Page};
pub use self::surroundings::{Color, ColorWhen, Drawing, Surroundings};
pub use self::text::{Text, plural};
pub use self::theme::Tone;

use self::ask::{Gate, Terminal};
use self::error::Report;
use self::messages::Messages;
use self::progress::status_line;

/// The values of `--format` that every command has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Human,
    Json,
}

/// How much is said, from `-q` to `-vv`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    Quiet,
    #[default]
    Normal,
    /// `-v`
    Verbose,
    /// `-vv`: every statement.
    Statements,
}

impl Verbosity {
    /// Returns the verbosity for a number of `-v` flags.
    pub fn of_flags(verbose: u8) -> Self {
        match verbose {
            0 => Verbosity::Normal,
            1 => Verbosity::Verbose,
            _ => Verbosity::Statements,
        }
    }
}

/// What the user's flags say about output and questions.
#[derive(Clone, Copy, Debug, Default)]
pub struct UiOptions {
    pub format: Format,
    pub color: ColorWhen,
    pub verbosity: Verbosity,
    /// `--no-input`
    pub no_input: bool,
    /// `--yes`
    pub yes: bool,
}

/// Whether anybody hears a message that is neither an answer nor an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Voice {
    Heard,
    Silent,
}

/// Where a [`Ui`] writes and whom it asks, if not this process's own streams.
pub struct Streams {
    pub stdout: Box<dyn Write + Send>,
    pub stderr: Box<dyn Write + Send>,
    pub ask: Box<dyn Ask>,
}

/// Standard output could not be written; a closed pipe is not among this.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to standard output: {0}")]
pub struct OutputFailed(#[from] io::Error);

impl Diagnose for OutputFailed {
    fn code(&self) -> Code {
        Code("A0904")
    }

    fn kind(&self) -> &'static str {
        "OutputFailed"
    }

    fn exit(&self) -> Exit {
        Exit::Project
    }

    fn help(&self) -> Option<String> {
        Some("make room where the output goes, then run the command again".to_owned())
    }
}

/// Speaks with the user.
pub struct Ui {
    options: UiOptions,
    surroundings: Surroundings,
    stdout: Mutex<Box<dyn Write + Send>>,
    stdout_color: Color,
    messages: Arc<Messages>,
    gate: Gate,
    /// Warnings of a json run; they are part of its one document.
    warnings: Mutex<Vec<String>>,
}

impl Ui {
    /// Returns the voice of this process, and tells the terminal crates its decision about colors.
    pub fn new(options: UiOptions, surroundings: Surroundings) -> Self {
        let colors = surroundings.colors(options.color);
        colors.apply();
        let terminal = Terminal::new(surroundings.drawing, colors.stderr);
        let streams = Streams {
            stdout: stream(io::stdout(), colors.stdout),
            stderr: stream(io::stderr(), colors.stderr),
            ask: Box::new(terminal),
        };
        Ui::with_streams(options, surroundings, streams)
    }

    /// Returns a voice that uses other streams; a test's.
    pub fn with_streams(options: UiOptions, surroundings: Surroundings, streams: Streams) -> Self {
        let colors = surroundings.colors(options.color);
        Ui {
            options,
            stdout: Mutex::new(streams.stdout),
            stdout_color: colors.stdout,
            messages: Arc::new(Messages::new(streams.stderr, colors.stderr, surroundings.drawing)),
            gate: Gate::new(&options, &surroundings, streams.ask),
            warnings: Mutex::default(),
            surroundings,
        }
    }

    pub fn format(&self) -> Format {
        self.options.format
    }

    pub fn verbosity(&self) -> Verbosity {
        self.options.verbosity
    }

    /// Whether anybody hears a message that is neither an answer nor an error.
    pub fn is_heard(&self) -> bool {
        self.voice() == Voice::Heard
    }

    /// Returns whoever answers questions, behind the gate.
    pub fn ask(&self) -> &dyn Ask {
        &self.gate
    }

    /// Returns the voice for a running plan.
    pub fn progress(&self) -> Progress {
        let voice = self.voice();
        let is_live = voice == Voice::Heard && self.surroundings.has_live_line();
        Progress::new(Arc::clone(&self.messages), voice, is_live)
    }

    /// Returns where other programs say what they have to say: never where answers go.
    pub fn of_others(&self) -> Stdio {
        io::stderr().into()
    }

    /// Says what is being done, in cargo's voice: `    Applying abc123def456`.
    pub fn status(&self, verb: &str, text: impl Into<Text>) {
        if self.voice() == Voice::Heard {
            self.messages.write(&status_line(verb, &text.into(), Tone::Good, &self.messages));
        }
    }

    /// Warns; in json the warning becomes part of the document.
    pub fn warn(&self, text: impl Into<Text>) {
        let text = text.into();
        if self.options.format == Format::Json {
            self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(text.paint(Color::Off));
        }
        self.say("warning", Tone::Caution, &text);
    }

    pub fn note(&self, text: impl Into<Text>) {
        self.say("note", Tone::Good, &text.into());
    }

    /// Says something only under `-v`.
    pub fn verbose(&self, text: impl Into<Text>) {
        if self.options.verbosity >= Verbosity::Verbose && self.voice() == Voice::Heard {
            self.messages.write(&format!("{}\n", text.into().paint(self.messages.color)));
        }
    }

    /// Writes the answer of a command to standard output, as a page or as one JSON document.
    ///
    /// # Errors
    ///
    /// [`OutputFailed`], but not for a closed pipe: whoever closed it has read enough.
    pub fn outcome(&self, outcome: &dyn Outcome) -> Result<(), OutputFailed> {
        let text = match self.options.format {
            Format::Human => {
                let mut page = Page::new(self.surroundings.stdout_width, self.stdout_color, self.surroundings.drawing);
                outcome.render(&mut page);
                page.into_text()
            }
            Format::Json => format!("{}\n", json::outcome(outcome.json(), &self.warnings())),
        };
        let mut stdout = self.stdout.lock().unwrap_or_else(PoisonError::into_inner);
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(OutputFailed(error)),
            _ => Ok(()),
        }
    }

    /// Writes an error to standard error, as rustc would or as one JSON document, and returns the exit status.
    pub fn failure(&self, error: &dyn Diagnose) -> Exit {
        let text = match self.options.format {
            Format::Human => {
                let (color, drawing) = (self.messages.color, self.messages.drawing);
                Report { color, drawing, width: self.surroundings.stderr_width }.render(error)
            }
            Format::Json => format!("{}\n", json::failure(error, &self.warnings())),
        };
        self.messages.set_live(None);
        self.messages.write(&text);
        error.exit()
    }

    fn say(&self, word: &str, tone: Tone, text: &Text) {
        if self.voice() == Voice::Heard {
            let word = tone.paint_bold(word, self.messages.color);
            self.messages.write(&format!("{word}: {}\n", text.paint(self.messages.color)));
        }
    }

    fn voice(&self) -> Voice {
        match (self.options.format, self.options.verbosity) {
            (Format::Json, _) | (_, Verbosity::Quiet) => Voice::Silent,
            (Format::Human, _) => Voice::Heard,
        }
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Returns the stream as it is, or in a form in which an old Windows console understands colors.
fn stream<S>(raw: S, color: Color) -> Box<dyn Write + Send>
where
    S: anstream::stream::RawStream + anstream::stream::AsLockedWrite + Send + 'static,
{
    match color {
        Color::On => Box::new(anstream::AutoStream::always(raw)),
        Color::Off => Box::new(raw),
    }
}

#[cfg(test)]
mod tests;
