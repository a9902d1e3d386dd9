//! What every error of ours can say: its code, its kind, where it is, what to type next, how the process exits.
//!
//! An error type lives in the file that returns it and implements [`Diagnose`] there; rendering is `cargo-alembic`'s
//! `ui::error` alone. Read [`Diagnose`] first.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use camino::Utf8PathBuf;

/// A half-open range of bytes in a [`Source`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl From<Range<usize>> for Span {
    /// Saturates at 4 GiB, far beyond the size that a script may have.
    fn from(range: Range<usize>) -> Self {
        let cut = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span { start: cut(range.start), end: cut(range.end) }
    }
}

/// The text of one file, with the path under which it is shown (relative to the workspace root, `/` between parts).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    pub path: Utf8PathBuf,
    pub text: String,
}

impl Source {
    /// Returns the line and the column of a byte offset, both from 1, the column in characters.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.bytes().filter(|byte| *byte == b'\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// A place in a file that an error points at.
#[derive(Clone, Debug)]
pub struct Place {
    pub source: Arc<Source>,
    pub span: Span,
    /// Shown beside the marked text; may be empty.
    pub label: String,
}

impl Place {
    /// Returns a place that says nothing of its own.
    pub fn new(source: Arc<Source>, span: impl Into<Span>) -> Self {
        Place { source, span: span.into(), label: String::new() }
    }

    /// Returns where it begins, both from 1.
    pub fn line_column(&self) -> (usize, usize) {
        self.source.line_column(self.span.range().start)
    }
}

/// The stable name of an error, as `A0203`. The first two digits name the layer, see `docs/architecture.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Code(pub &'static str);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The exit statuses of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// The answer is no: `check`, `current --check-heads`.
    No = 1,
    /// A bad flag, an unknown or ambiguous target, several heads.
    Usage = 2,
    /// A fault in scripts, graph, settings or cargo metadata.
    Project = 3,
    /// A fault of the database or of a migration, rolled back.
    Database = 4,
    /// A question was not answered: declined, or no terminal.
    Unanswered = 5,
    /// Another migrator holds the lock.
    Locked = 6,
    /// A revision is half applied.
    HalfApplied = 7,
    /// Database and scripts disagree.
    Disagree = 8,
    /// A bug of ours.
    Bug = 101,
    /// Interrupted by Ctrl-C.
    Interrupted = 130,
    /// Interrupted by SIGTERM.
    Terminated = 143,
}

/// An error that can tell its user where it is and what to do next.
///
/// `Display` is a lower-case fragment without a full stop; `help` is an imperative, with the command to type.
pub trait Diagnose: std::error::Error + Send + Sync {
    fn code(&self) -> Code;
    /// The name of the error catalogue (`revision-graph.md` §17) where one fits, in CamelCase.
    fn kind(&self) -> &'static str;
    fn exit(&self) -> Exit;
    fn help(&self) -> Option<String> {
        None
    }
    /// Facts that belong to the error, a line each: what was rolled back, what stays.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
    fn places(&self) -> Vec<Place> {
        Vec::new()
    }
    /// Further errors of the same run that a person would mend in one go.
    fn others(&self) -> Vec<&dyn Diagnose> {
        Vec::new()
    }
}

/// An error that is one of several others and adds nothing: all that it tells is the other's.
pub trait Transparent: std::error::Error + Send + Sync {
    fn reason(&self) -> &dyn Diagnose;
}

impl<E: Transparent> Diagnose for E {
    fn code(&self) -> Code {
        self.reason().code()
    }

    fn kind(&self) -> &'static str {
        self.reason().kind()
    }

    fn exit(&self) -> Exit {
        self.reason().exit()
    }

    fn help(&self) -> Option<String> {
        self.reason().help()
    }

    fn notes(&self) -> Vec<String> {
        self.reason().notes()
    }

    fn places(&self) -> Vec<Place> {
        self.reason().places()
    }

    fn others(&self) -> Vec<&dyn Diagnose> {
        self.reason().others()
    }
}

/// What is wrong with a file of the workspace, without saying where.
pub trait Problem: fmt::Debug + fmt::Display + Send + Sync {
    /// Returns the code and the kind.
    fn names(&self) -> (&'static str, &'static str);
    fn help(&self) -> Option<String>;
}

/// A problem with its places: the error of whoever reads files of the workspace.
#[derive(Clone, Debug)]
pub struct Located<P> {
    pub problem: P,
    /// The fault itself first; none only for a file that cannot be read at all.
    pub places: Vec<Place>,
}

impl<P> Located<P> {
    pub fn new(problem: P, place: Place) -> Self {
        Located { problem, places: vec![place] }
    }
}

impl<P: fmt::Display> fmt::Display for Located<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl<P: Problem> std::error::Error for Located<P> {}

impl<P: Problem> Diagnose for Located<P> {
    fn code(&self) -> Code {
        Code(self.problem.names().0)
    }

    fn kind(&self) -> &'static str {
        self.problem.names().1
    }

    fn exit(&self) -> Exit {
        Exit::Project
    }

    fn help(&self) -> Option<String> {
        self.problem.help()
    }

    fn places(&self) -> Vec<Place> {
        self.places.clone()
    }
}

/// Errors of one kind that a person would mend in one go: at least one, in the order in which they were found.
#[derive(Clone, Debug)]
pub struct Several<E> {
    first: Box<E>,
    rest: Vec<E>,
}

impl<E> Several<E> {
    /// Returns the errors as one, or nothing if there is none.
    pub fn new(errors: Vec<E>) -> Option<Self> {
        let mut errors = errors.into_iter();
        let first = Box::new(errors.next()?);
        Some(Several { first, rest: errors.collect() })
    }

    pub fn iter(&self) -> impl Iterator<Item = &E> {
        std::iter::once(&*self.first).chain(&self.rest)
    }
}

impl<E> From<E> for Several<E> {
    fn from(error: E) -> Self {
        Several { first: Box::new(error), rest: Vec::new() }
    }
}

impl<E> IntoIterator for Several<E> {
    type Item = E;
    type IntoIter = std::iter::Chain<std::iter::Once<E>, std::vec::IntoIter<E>>;

    fn into_iter(self) -> Self::IntoIter {
        std::iter::once(*self.first).chain(self.rest)
    }
}

impl<E: fmt::Display> fmt::Display for Several<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)
    }
}

impl<E: std::error::Error> std::error::Error for Several<E> {}

/// Speaks for the first one; the others follow.
impl<E: Diagnose> Diagnose for Several<E> {
    fn code(&self) -> Code {
        self.first.code()
    }

    fn kind(&self) -> &'static str {
        self.first.kind()
    }

    fn exit(&self) -> Exit {
        self.first.exit()
    }

    fn help(&self) -> Option<String> {
        self.first.help()
    }

    fn notes(&self) -> Vec<String> {
        self.first.notes()
    }

    fn places(&self) -> Vec<Place> {
        self.first.places()
    }

    fn others(&self) -> Vec<&dyn Diagnose> {
        self.rest.iter().map(|error| error as &dyn Diagnose).collect()
    }
}

/// Returns the candidates that a person who typed `name` may have meant, best first, at most three.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut near: Vec<(f64, &str)> = candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .collect();
    near.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(right.1)));
    near.dedup_by_key(|(_, candidate)| *candidate);
    near.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}
