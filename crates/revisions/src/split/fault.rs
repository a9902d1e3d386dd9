//! Why a text cannot be split, and where.

use std::ops::Range;

use crate::diagnose::{Located, Problem};

/// What is wrong with a text of statements.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitProblem {
    #[error("a quote {0} that nothing closes")]
    UnclosedQuote(char),
    #[error("a dollar quote `{0}` that nothing closes")]
    UnclosedDollarQuote(String),
    #[error("a comment that nothing closes")]
    UnclosedComment,
    #[error("a parenthesis that nothing closes")]
    UnclosedParenthesis,
    #[error("`{0}` without its `END`")]
    UnclosedBlock(String),
    #[error("`-- [statement]` without its `-- [end]`")]
    UnclosedStatement,
    #[error("`-- [end]` without its `-- [statement]`")]
    StrayEnd,
    #[error("`DELIMITER` is a command of the mysql client, not SQL")]
    Delimiter,
    #[error("`{}` is a command of a database's command line, not SQL", .0.escape_debug())]
    ClientCommand(String),
    #[error("`COPY … FROM STDIN` reads rows that only psql can send")]
    CopyFromStdin,
}

impl Problem for SplitProblem {
    fn names(&self) -> (&'static str, &'static str) {
        match self {
            SplitProblem::UnclosedQuote(_) => ("A0140", "UnclosedQuote"),
            SplitProblem::UnclosedDollarQuote(_) => ("A0141", "UnclosedDollarQuote"),
            SplitProblem::UnclosedComment => ("A0142", "UnclosedComment"),
            SplitProblem::UnclosedParenthesis => ("A0143", "UnclosedParenthesis"),
            SplitProblem::UnclosedBlock(_) => ("A0144", "UnclosedBlock"),
            SplitProblem::UnclosedStatement => ("A0145", "UnclosedStatement"),
            SplitProblem::StrayEnd => ("A0146", "StrayEnd"),
            SplitProblem::Delimiter => ("A0147", "Delimiter"),
            SplitProblem::ClientCommand(_) => ("A0148", "ClientCommand"),
            SplitProblem::CopyFromStdin => ("A0149", "CopyFromStdin"),
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            SplitProblem::UnclosedQuote(quote) => format!("close it with {quote}"),
            SplitProblem::UnclosedDollarQuote(tag) => format!("close it with `{tag}`"),
            SplitProblem::UnclosedComment => "close it with `*/`".to_owned(),
            SplitProblem::UnclosedParenthesis => "close it with `)`".to_owned(),
            SplitProblem::UnclosedBlock(_) => {
                "end it, or bracket the statement with the lines `-- [statement]` and `-- [end]`".to_owned()
            }
            SplitProblem::UnclosedStatement => "write a line `-- [end]` below the statement".to_owned(),
            SplitProblem::StrayEnd => "write a line `-- [statement]` above the statement".to_owned(),
            SplitProblem::Delimiter => {
                "delete the DELIMITER lines and end each statement with `;`; bodies from BEGIN to END are recognized"
                    .to_owned()
            }
            SplitProblem::ClientCommand(_) => {
                "delete the line (pg_dump writes \\restrict and \\connect since 2025)".to_owned()
            }
            SplitProblem::CopyFromStdin => "write the rows as INSERT, or use COPY from a file of the server".to_owned(),
        })
    }
}

/// A fault of a text without a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct SplitFault {
    pub problem: SplitProblem,
    /// Where in the text it opens.
    pub range: Range<usize>,
}

/// A fault of a script's section.
pub type SplitError = Located<SplitProblem>;
