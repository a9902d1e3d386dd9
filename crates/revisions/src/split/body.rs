//! Statements that hold statements: whether a `;` ends the whole or only a part.
//!
//! MySQL's language is large enough for a file of its own, `routine`. Read [`Body`] first.

use super::Bodies;
use super::keywords::words;
use super::routine::Routine;

/// A token of a statement, as a body sees it.
#[derive(Clone, Copy)]
pub(super) struct Seen<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    /// The next byte that is no blank; 0 at the end.
    pub(super) next: u8,
    /// False for quoted names, strings, numbers and marks.
    pub(super) is_word: bool,
}

impl Seen<'_> {
    pub(super) fn is(&self, word: &str) -> bool {
        self.is_word && self.text.eq_ignore_ascii_case(word)
    }
}

/// What the current statement can hold.
pub(super) enum Body<'t> {
    /// No other statement.
    Plain,
    Postgres(Function<'t>),
    Sqlite(Trigger<'t>),
    Mysql(Routine<'t>),
}

impl<'t> Body<'t> {
    /// Looks at the first words of a statement.
    pub(super) fn of(statement: &str, bodies: Bodies) -> Self {
        let mut first = words(statement).map(|(_, word)| word.to_ascii_uppercase());
        let Some(verb) = first.next() else { return Body::Plain };
        if bodies == Bodies::Mysql {
            return Routine::of(&verb, first).map_or(Body::Plain, Body::Mysql);
        }
        if verb != "CREATE" {
            return Body::Plain;
        }
        let object = first.find(|word| !matches!(word.as_str(), "OR" | "REPLACE" | "TEMP" | "TEMPORARY"));
        match (bodies, object.as_deref()) {
            (Bodies::Postgres, Some("FUNCTION" | "PROCEDURE")) => Body::Postgres(Function::default()),
            (Bodies::Sqlite, Some("TRIGGER")) => Body::Sqlite(Trigger::default()),
            _ => Body::Plain,
        }
    }

    pub(super) fn see(&mut self, token: Seen<'t>) {
        match self {
            Body::Plain => {}
            Body::Postgres(function) => function.see(token),
            Body::Sqlite(trigger) => trigger.see(token),
            Body::Mysql(routine) => routine.see(token),
        }
    }

    /// Sees a `;`; returns whether it ends the statement.
    pub(super) fn ends_at_semicolon(&mut self) -> bool {
        match self {
            Body::Plain => true,
            Body::Postgres(function) => function.depth == 0,
            Body::Sqlite(trigger) => trigger.ends_at_semicolon(),
            Body::Mysql(routine) => routine.ends_at_semicolon(),
        }
    }

    /// Returns the word that opened a block, and its place, if the block is not closed at the statement's end.
    pub(super) fn unclosed(&self) -> Option<(&'t str, usize)> {
        match self {
            Body::Plain => None,
            Body::Postgres(function) => function.begin.filter(|_| function.depth > 0),
            Body::Sqlite(trigger) => trigger.begin.filter(|_| !trigger.has_ended),
            Body::Mysql(routine) => routine.unclosed(),
        }
    }
}

/// PostgreSQL's `BEGIN ATOMIC … END`, in which only CASE nests.
#[derive(Default)]
pub(super) struct Function<'t> {
    depth: usize,
    begin: Option<(&'t str, usize)>,
    previous: &'t str,
}

impl<'t> Function<'t> {
    fn see(&mut self, token: Seen<'t>) {
        let previous = std::mem::replace(&mut self.previous, token.text);
        let is_name = previous == "." || previous.eq_ignore_ascii_case("as");
        if self.depth == 0 {
            if token.is("begin") {
                self.begin = Some((token.text, token.at));
            } else if token.is("atomic") && previous.eq_ignore_ascii_case("begin") {
                self.depth = 1;
            }
        } else if token.is("case") && !is_name {
            self.depth += 1;
        } else if token.is("end") && !is_name {
            self.depth -= 1;
        }
    }
}

/// SQLite's trigger, which ends at an `END` between two `;`: `sqlite3_complete` tells it by the same rule, and `end` may
/// be a column elsewhere.
#[derive(Default)]
pub(super) struct Trigger<'t> {
    begin: Option<(&'t str, usize)>,
    may_end: bool,
    has_ended: bool,
}

impl<'t> Trigger<'t> {
    fn see(&mut self, token: Seen<'t>) {
        self.has_ended = self.may_end && token.is("end");
        self.may_end = false;
        if self.begin.is_none() && token.is("begin") {
            self.begin = Some((token.text, token.at));
            self.may_end = true;
        }
    }

    fn ends_at_semicolon(&mut self) -> bool {
        self.may_end = true;
        self.begin.is_none() || self.has_ended
    }
}
