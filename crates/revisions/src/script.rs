//! A script: a revision with the SQL of its two directions.
//!
//! Sections are found when the file is parsed; splitting their text into statements happens only for the steps that
//! run. Read [`Script::section`] first.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnose::{Source, Span};
use crate::dialect::DialectName;
use crate::revision::Revision;

/// Which of a script's two sections runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    Up,
    Down,
}

/// The settings that may stand under a section's marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionSettings {
    /// False for statements that a transaction forbids, such as `CREATE INDEX CONCURRENTLY`.
    pub transaction: bool,
    /// Why this downgrade cannot be run.
    pub irreversible: Option<String>,
    /// The section rebuilds a SQLite table.
    pub rebuild: bool,
    /// Whether programs that do not know this upgrade fail after it; none: nobody said so.
    pub breaking: Option<bool>,
    /// Rust code of the application runs behind the SQL, in the same transaction.
    pub rust: bool,
}

impl Default for SectionSettings {
    fn default() -> Self {
        SectionSettings { transaction: true, irreversible: None, rebuild: false, breaking: None, rust: false }
    }
}

/// One `-- [upgrade…]` or `-- [downgrade…]` part of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub direction: Direction,
    /// None for the section that every dialect without one of its own reads.
    pub dialect: Option<DialectName>,
    /// The marker's line, for errors.
    pub marker: Span,
    /// The SQL, below the settings.
    pub body: Span,
    pub settings: SectionSettings,
}

/// The parsed file of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    pub revision: Revision,
    pub sections: Vec<Section>,
}

impl Script {
    pub fn source(&self) -> &Arc<Source> {
        &self.revision.source
    }

    /// Returns the section that `dialect` runs in this direction: its own, else the common one.
    pub fn section(&self, direction: Direction, dialect: DialectName) -> Option<&Section> {
        let of =
            |wanted| self.sections.iter().find(|section| section.direction == direction && section.dialect == wanted);
        of(Some(dialect)).or_else(|| of(None))
    }

    pub fn text(&self, span: Span) -> &str {
        &self.revision.source.text[span.range()]
    }
}

/// One SQL statement, as a range of its script's text, without the `;` that ends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub source: Arc<Source>,
    pub range: Range<usize>,
    /// What runs in place of the range's text: the same, with blanks over what does not run.
    pub(crate) instead: Option<String>,
}

impl Statement {
    pub fn of(source: Arc<Source>, range: Range<usize>) -> Self {
        Statement { source, range, instead: None }
    }

    pub fn sql(&self) -> &str {
        self.instead.as_deref().unwrap_or(&self.source.text[self.range.clone()])
    }
}
