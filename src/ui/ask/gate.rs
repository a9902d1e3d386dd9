//! Whether a question may be put at all.
//!
//! A prompt appears only if standard input and standard error are both terminals, `TERM` is not `dumb`, the format is
//! human and `--no-input` is not set. No list of CI variables, no guessing who sits at the keyboard. Read
//! [`Gate::new`] first.

use super::{Ask, Confirm, Entry, Reason, Select, SelectMany, Unanswered, YES};
use crate::ui::{Format, Surroundings, UiOptions};

/// Lets questions through to `behind`, or says why not.
pub(in crate::ui) struct Gate {
    closed: Option<Reason>,
    approval: Approval,
    behind: Box<dyn Ask>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Approval {
    Given,
    Asked,
}

impl Gate {
    pub(in crate::ui) fn new(options: &UiOptions, surroundings: &Surroundings, behind: Box<dyn Ask>) -> Self {
        let approval = if options.yes { Approval::Given } else { Approval::Asked };
        Gate { closed: closed(options, surroundings), approval, behind }
    }

    fn pass(&self, question: &str, commands: &[String]) -> Result<(), Unanswered> {
        match &self.closed {
            None => Ok(()),
            Some(reason) => Err(Unanswered::NoTerminal {
                question: question.to_owned(),
                reason: reason.clone(),
                commands: commands.to_vec(),
            }),
        }
    }
}

fn closed(options: &UiOptions, surroundings: &Surroundings) -> Option<Reason> {
    if options.format == Format::Json {
        Some(Reason::Json)
    } else if options.no_input {
        Some(Reason::NoInput)
    } else if !surroundings.stdin_is_terminal {
        Some(Reason::Stdin)
    } else if !surroundings.stderr_is_terminal {
        Some(Reason::Stderr)
    } else if surroundings.is_dumb() {
        Some(Reason::Dumb)
    } else {
        None
    }
}

impl Ask for Gate {
    fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    fn confirm(&self, question: &Confirm) -> Result<bool, Unanswered> {
        if self.approval == Approval::Given && question.flag == YES {
            return Ok(true);
        }
        self.pass(&question.question, &question.answers)?;
        self.behind.confirm(question)
    }

    fn select(&self, question: &Select) -> Result<usize, Unanswered> {
        self.pass(&question.question, &question.answers)?;
        self.behind.select(question)
    }

    fn select_many(&self, question: &SelectMany) -> Result<Vec<usize>, Unanswered> {
        self.pass(&question.question, &question.answers)?;
        self.behind.select_many(question)
    }

    fn text(&self, question: &Entry<'_>) -> Result<String, Unanswered> {
        self.pass(&question.question, &question.answers)?;
        self.behind.text(question)
    }
}
