//! Questions to a person: what is asked, what answers it without asking, what happens if nobody answers.
//!
//! A question is a value; [`Ask`] puts it. `Terminal` is the only user of dialoguer and may be reached only through
//! the gate of [`crate::ui::Ui::ask`]; [`Scripted`] answers in tests. Read [`Ask`] first.

mod editor;
mod gate;
mod scripted;
mod terminal;

use std::fmt;
use std::io;
use std::sync::Arc;

use alembic_revisions::diagnose::{Code, Diagnose, Exit};

pub use self::scripted::{Answer, Scripted};
use super::text::Text;

pub(super) use self::gate::Gate;
pub(super) use self::terminal::Terminal;

/// The flag that approves in general; it never chooses between alternatives.
pub const YES: &str = "--yes";

/// Puts questions to whoever is there.
pub trait Ask: Send + Sync {
    /// False where nobody can be asked; every question would come back as [`Unanswered::NoTerminal`].
    fn is_open(&self) -> bool {
        true
    }

    /// Returns the answer to a yes-or-no question.
    fn confirm(&self, question: &Confirm) -> Result<bool, Unanswered>;

    /// Returns the index of the chosen item.
    fn select(&self, question: &Select) -> Result<usize, Unanswered>;

    /// Returns the indexes of the chosen items, in ascending order.
    fn select_many(&self, question: &SelectMany) -> Result<Vec<usize>, Unanswered>;

    /// Returns a text that the question's check accepts.
    fn text(&self, question: &Entry<'_>) -> Result<String, Unanswered>;

    /// Returns only after a yes; a no is [`Unanswered::Declined`].
    fn approve(&self, question: &Confirm) -> Result<(), Unanswered> {
        match self.confirm(question)? {
            true => Ok(()),
            false => Err(Unanswered::Declined),
        }
    }

    /// Returns only after exactly this name was typed.
    fn typed_name(&self, question: &TypedName) -> Result<(), Unanswered> {
        let is_name = |typed: &str| match typed == question.name {
            true => Ok(()),
            false => Err(format!("type {}, or press Esc", question.name)),
        };
        let entry = Entry {
            details: question.details.clone(),
            answers: question.answers.clone(),
            ..Entry::new(&question.question, &is_name)
        };
        self.text(&entry).map(|_| ())
    }
}

/// A yes-or-no question.
#[derive(Clone, Debug, Default)]
pub struct Confirm {
    pub question: String,
    /// Shown above the question: what would happen.
    pub details: Vec<Text>,
    /// What Enter means; a question whose default is no also waits for Enter after the answer.
    pub default: Reply,
    /// The flag that approves; `--yes` answers the question only if this is [`YES`].
    pub flag: &'static str,
    /// The command lines that answer it without asking.
    pub answers: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reply {
    Yes,
    #[default]
    No,
}

/// A choice of one.
#[derive(Clone, Debug, Default)]
pub struct Select {
    pub question: String,
    pub details: Vec<Text>,
    pub items: Vec<String>,
    /// What the items are called once they are chosen; the items themselves if this is empty.
    pub names: Vec<String>,
    /// The index of the item that Enter takes.
    pub default: usize,
    /// The command lines that answer it without asking.
    pub answers: Vec<String>,
}

/// A choice of several.
#[derive(Clone, Debug, Default)]
pub struct SelectMany {
    pub question: String,
    pub details: Vec<Text>,
    pub items: Vec<String>,
    /// What the items are called once they are chosen; the items themselves if this is empty.
    pub names: Vec<String>,
    /// The indexes that are checked at first.
    pub preselected: Vec<usize>,
    /// The fewest that make sense.
    pub at_least: usize,
    /// The command lines that answer it without asking.
    pub answers: Vec<String>,
}

/// Says why a typed text will not do.
pub type Check<'a> = &'a dyn Fn(&str) -> Result<(), String>;

/// A question whose answer is typed.
#[derive(Clone)]
pub struct Entry<'a> {
    pub question: String,
    pub details: Vec<Text>,
    pub initial: String,
    pub check: Check<'a>,
    /// Shown below while typing: the file that this message would name.
    pub hint: &'a dyn Fn(&str) -> String,
    /// The command lines that answer it without asking.
    pub answers: Vec<String>,
}

impl<'a> Entry<'a> {
    /// Returns a question without an initial text or a hint.
    pub fn new(question: &str, check: Check<'a>) -> Self {
        Entry {
            question: question.to_owned(),
            details: Vec::new(),
            initial: String::new(),
            check,
            hint: &|_| String::new(),
            answers: Vec::new(),
        }
    }
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("question", &self.question)
            .field("initial", &self.initial)
            .finish_non_exhaustive()
    }
}

/// A question that only the name of a database answers; `--yes` does not.
#[derive(Clone, Debug, Default)]
pub struct TypedName {
    pub question: String,
    pub details: Vec<Text>,
    pub name: String,
    /// The command lines that answer it without asking.
    pub answers: Vec<String>,
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    #[error("no answer to {question:?}")]
    NoTerminal { question: String, reason: Reason, commands: Vec<String> },
    #[error("declined: the command stops here")]
    Declined,
    #[error("interrupted")]
    Interrupted,
}

/// Why nobody is asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Reason {
    #[error("the format is json")]
    Json,
    #[error("`--no-input` is set")]
    NoInput,
    #[error("standard input is not a terminal")]
    Stdin,
    #[error("standard error is not a terminal")]
    Stderr,
    #[error("the terminal is `dumb`")]
    Dumb,
    #[error("the terminal is too small")]
    TooSmall,
    #[error("the terminal failed: {0}")]
    Failed(Arc<io::Error>),
}

/// Command lines printed in a help text; of hundreds of features the first few teach the form.
const COMMANDS_SHOWN: usize = 10;

impl Diagnose for Unanswered {
    fn code(&self) -> Code {
        Code(match self {
            Unanswered::NoTerminal { .. } => "A0901",
            Unanswered::Declined => "A0902",
            Unanswered::Interrupted => "A0903",
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            Unanswered::NoTerminal { .. } => "NoTerminal",
            Unanswered::Declined => "Declined",
            Unanswered::Interrupted => "Interrupted",
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Unanswered::NoTerminal { .. } | Unanswered::Declined => Exit::Unanswered,
            Unanswered::Interrupted => Exit::Interrupted,
        }
    }

    fn notes(&self) -> Vec<String> {
        match self {
            Unanswered::NoTerminal { reason, .. } => vec![format!("not asking, because {reason}")],
            Unanswered::Declined | Unanswered::Interrupted => Vec::new(),
        }
    }

    fn help(&self) -> Option<String> {
        let Unanswered::NoTerminal { commands, .. } = self else { return None };
        match commands.as_slice() {
            [] => Some("run the command in a terminal".to_owned()),
            [command] => Some(format!("run `{command}`")),
            [..] => {
                let mut help = "pass one of".to_owned();
                for command in commands.iter().take(COMMANDS_SHOWN) {
                    help.push_str("\n  ");
                    help.push_str(command);
                }
                if commands.len() > COMMANDS_SHOWN {
                    help.push_str(&format!("\n  … and {} more", commands.len() - COMMANDS_SHOWN));
                }
                Some(help)
            }
        }
    }
}

#[cfg(test)]
mod tests;
