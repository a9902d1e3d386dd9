//! SQL text to statements.

use std::sync::Arc;

use crate::diagnose::{Code, Diagnose, Exit};
use crate::dialect::DialectName;
use crate::script::{Script, Section, Statement};

/// Why a section is no list of statements.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the section has no end")]
pub struct SplitError;

impl Diagnose for SplitError {
    fn code(&self) -> Code {
        Code("A0120")
    }
    fn kind(&self) -> &'static str {
        "Split"
    }
    fn exit(&self) -> Exit {
        Exit::Project
    }
}

/// Returns the statements of a section.
///
/// # Errors
/// If a string, comment or body has no end.
pub fn statements(script: &Script, section: &Section, _dialect: DialectName) -> Result<Vec<Statement>, SplitError> {
    let mut start = section.body.range().start;
    let mut statements = Vec::new();
    for piece in script.text(section.body).split(';') {
        let trimmed = piece.trim_start();
        let from = start + piece.len() - trimmed.len();
        let range = from..from + trimmed.trim_end().len();
        start += piece.len() + 1;
        if !range.is_empty() {
            statements.push(Statement { source: Arc::clone(script.source()), range });
        }
    }
    Ok(statements)
}

/// Returns the first word of a statement that begins or ends a transaction, such as `COMMIT`.
pub fn transaction_control(statement: &Statement, _dialect: DialectName) -> Option<&'static str> {
    const WORDS: [&str; 6] = ["BEGIN", "COMMIT", "ROLLBACK", "START", "SAVEPOINT", "END"];
    let first = statement.sql().split(|next: char| !next.is_alphanumeric()).next()?;
    WORDS.into_iter().find(|word| word.eq_ignore_ascii_case(first))
}
