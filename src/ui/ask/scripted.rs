//! Answers for tests, given beforehand.
//!
//! A question without a fitting answer is a fault of the test and panics with the question's words. Read
//! [`Scripted::new`] first.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Ask, Confirm, Entry, Select, SelectMany, Unanswered};

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No,
    /// The item that contains this text.
    Item(String),
    /// The items that contain these texts.
    Items(Vec<String>),
    Text(String),
    /// Esc.
    Decline,
    /// Ctrl-C.
    Interrupt,
}

/// Answers in order and remembers what was asked; clones share both.
#[derive(Clone, Debug, Default)]
pub struct Scripted {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Scripted { answers: Arc::new(Mutex::new(answers.into_iter().collect())), asked: Arc::default() }
    }

    /// Returns the questions so far, each with its items after a colon.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the answers that nobody asked for yet.
    pub fn unused(&self) -> Vec<Answer> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn ask(&self, question: &str, items: &[String]) {
        let asked = if items.is_empty() { question.to_owned() } else { format!("{question}: {}", items.join(", ")) };
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
    }

    fn answer(&self, question: &str) -> Result<Answer, Unanswered> {
        let answer = self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        match answer.unwrap_or_else(|| panic!("no answer is left for {question:?}")) {
            Answer::Decline => Err(Unanswered::Declined),
            Answer::Interrupt => Err(Unanswered::Interrupted),
            answer => Ok(answer),
        }
    }
}

fn find(items: &[String], wanted: &str) -> usize {
    let found = items.iter().position(|item| item.contains(wanted));
    found.unwrap_or_else(|| panic!("no item contains {wanted:?}: {items:?}"))
}

fn mismatch(question: &str, answer: &Answer) -> ! {
    panic!("{answer:?} does not answer {question:?}")
}

impl Ask for Scripted {
    fn confirm(&self, question: &Confirm) -> Result<bool, Unanswered> {
        self.ask(&question.question, &[]);
        match self.answer(&question.question)? {
            Answer::Yes => Ok(true),
            Answer::No => Ok(false),
            other => mismatch(&question.question, &other),
        }
    }

    fn select(&self, question: &Select) -> Result<usize, Unanswered> {
        self.ask(&question.question, &question.items);
        match self.answer(&question.question)? {
            Answer::Item(wanted) => Ok(find(&question.items, &wanted)),
            other => mismatch(&question.question, &other),
        }
    }

    fn select_many(&self, question: &SelectMany) -> Result<Vec<usize>, Unanswered> {
        self.ask(&question.question, &question.items);
        match self.answer(&question.question)? {
            Answer::Items(wanted) => {
                let mut chosen: Vec<usize> = wanted.iter().map(|wanted| find(&question.items, wanted)).collect();
                chosen.sort_unstable();
                assert!(chosen.len() >= question.at_least, "too few items for {:?}", question.question);
                Ok(chosen)
            }
            other => mismatch(&question.question, &other),
        }
    }

    /// A text that the check refuses is followed by the next answer, as at a terminal.
    fn text(&self, question: &Entry<'_>) -> Result<String, Unanswered> {
        self.ask(&question.question, &[]);
        loop {
            match self.answer(&question.question)? {
                Answer::Text(typed) if (question.check)(&typed).is_ok() => return Ok(typed),
                Answer::Text(_) => {}
                other => mismatch(&question.question, &other),
            }
        }
    }
}
