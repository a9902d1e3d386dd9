//! SQL text to statements, as ranges of the text.
//!
//! What differs between databases is in [`SplitRules`], as data; nothing here checks whether a statement is right.
//! Read [`split`] first, then [`statements`], which adds the places in the file.

mod body;
mod fault;
mod keywords;
mod lex;
mod routine;
mod splitter;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use fault::{SplitError, SplitFault, SplitProblem};
pub use keywords::{keywords, transaction_control};
pub(crate) use lex::{Kind, token};

use crate::diagnose::Place;
use crate::dialect::DialectName;
use crate::script::{Script, Section, Statement};

/// Which statements hold others, whose `;` do not end them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bodies {
    /// `CREATE FUNCTION … BEGIN ATOMIC … END`; other bodies are dollar-quoted.
    Postgres,
    /// `CREATE TRIGGER … BEGIN … END`.
    Sqlite,
    /// Procedures, functions, triggers and events with compound statements, and `BEGIN NOT ATOMIC`.
    Mysql,
}

/// What a dialect's text is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitRules {
    /// `$$ … $$` and `$tag$ … $tag$`.
    pub dollar_quotes: bool,
    /// `E'…\'…'`.
    pub escape_strings: bool,
    /// `'…\'…'` and `"…\"…"`.
    pub backslash_escapes: bool,
    /// `` `name` ``.
    pub backtick_quotes: bool,
    /// `[name]`.
    pub bracket_quotes: bool,
    /// `/* … /* … */ … */`.
    pub nested_comments: bool,
    /// `# …` to the end of the line.
    pub hash_comments: bool,
    /// `--` starts a comment only in front of a blank.
    pub blank_after_dashes: bool,
    /// `/*! … */` and `/*M! … */` hold code.
    pub version_comments: bool,
    /// A `;` in parentheses ends nothing: `CREATE RULE … DO (…; …)`.
    pub parentheses_hold: bool,
    pub bodies: Bodies,
}

impl SplitRules {
    /// Returns the rules of a dialect.
    pub const fn of(dialect: DialectName) -> SplitRules {
        let none = SplitRules {
            dollar_quotes: false,
            escape_strings: false,
            backslash_escapes: false,
            backtick_quotes: false,
            bracket_quotes: false,
            nested_comments: false,
            hash_comments: false,
            blank_after_dashes: false,
            version_comments: false,
            parentheses_hold: false,
            bodies: Bodies::Sqlite,
        };
        match dialect {
            DialectName::Postgres => SplitRules {
                dollar_quotes: true,
                escape_strings: true,
                nested_comments: true,
                parentheses_hold: true,
                bodies: Bodies::Postgres,
                ..none
            },
            DialectName::Sqlite => SplitRules { backtick_quotes: true, bracket_quotes: true, ..none },
            DialectName::Mysql => SplitRules {
                backslash_escapes: true,
                backtick_quotes: true,
                hash_comments: true,
                blank_after_dashes: true,
                version_comments: true,
                bodies: Bodies::Mysql,
                ..none
            },
        }
    }
}

/// Returns the statements of a text as ranges of its bytes, without blanks and comments around them and without `;`.
///
/// Lines `-- [statement]` and `-- [end]` bracket one statement that is not looked into.
pub fn split(text: &str, rules: &SplitRules) -> Result<Vec<Range<usize>>, SplitFault> {
    splitter::Splitter::of(text, rules).run()
}

/// Returns the statements of a section, as ranges of its file.
pub fn statements(script: &Script, section: &Section, dialect: DialectName) -> Result<Vec<Statement>, SplitError> {
    let source = script.source();
    let body = section.body.range();
    let in_file = |range: Range<usize>| body.start + range.start..body.start + range.end;
    match split(script.text(section.body), &SplitRules::of(dialect)) {
        Ok(ranges) => {
            let statement = |range| Statement { source: source.clone(), range: in_file(range) };
            Ok(ranges.into_iter().map(statement).collect())
        }
        Err(fault) => {
            let place = in_file(fault.range.clone());
            Err(SplitError::new(fault.problem, Place::new(source.clone(), place)))
        }
    }
}

/// Returns the tokens of a text that count: all but blanks and comments. What cannot be told apart is one token.
pub fn tokens<'t>(text: &'t str, rules: &'t SplitRules) -> impl Iterator<Item = &'t str> {
    let mut at = 0;
    let mut in_version_comment = false;
    std::iter::from_fn(move || {
        while at < text.len() {
            let start = at;
            // Before anything else: in `*/*` the `/` would open a comment.
            if in_version_comment && text.as_bytes()[at..].starts_with(b"*/") {
                in_version_comment = false;
                at += 2;
                return Some(&text[start..at]);
            }
            // Text that a bracket hides from the splitter may be no SQL that we know.
            let (kind, end) = token(text, at, rules).unwrap_or((Kind::Quoted, text.len()));
            at = end;
            in_version_comment |= kind == Kind::Version;
            match kind {
                Kind::Blank | Kind::Comment => {}
                Kind::Version | Kind::Word | Kind::Number | Kind::Quoted | Kind::Mark => {
                    // A mark is one byte of what may be a longer character.
                    while !text.is_char_boundary(at) {
                        at += 1;
                    }
                    return Some(&text[start..at]);
                }
            }
        }
        None
    })
}
