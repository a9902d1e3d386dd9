//! The loop that cuts a text into statements.
//!
//! A statement that can hold no others is skimmed from one telling byte to the next; only the others are read word by
//! word, for [`Body`]. Read [`Splitter::run`] first.

use std::ops::Range;

use super::body::{Body, Seen};
use super::fault::{SplitFault, SplitProblem};
use super::lex::{self, Kind, is_blank};
use super::{Bodies, SplitRules};
use crate::line::lines;

pub(super) struct Splitter<'t> {
    text: &'t str,
    rules: &'t SplitRules,
    /// The bytes at which something else than plain code may start.
    telling: [bool; 256],
    at: usize,
    /// The statement so far, from its first to its last byte of code.
    code: Option<Range<usize>>,
    body: Body<'t>,
    open_parentheses: usize,
    /// Where the first of them stands.
    parenthesis: usize,
    version_comment: Option<usize>,
    statements: Vec<Range<usize>>,
}

/// A line that brackets a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    Statement,
    End,
}

impl<'t> Splitter<'t> {
    pub(super) fn of(text: &'t str, rules: &'t SplitRules) -> Self {
        let mut telling = [false; 256];
        for byte in b";'\"`[$-/#*()" {
            telling[usize::from(*byte)] = true;
        }
        for (byte, tells) in [
            (b'`', rules.backtick_quotes),
            (b'[', rules.bracket_quotes),
            (b'$', rules.dollar_quotes),
            (b'#', rules.hash_comments),
            (b'*', rules.version_comments),
            (b'(', rules.parentheses_hold),
            (b')', rules.parentheses_hold),
        ] {
            telling[usize::from(byte)] = tells;
        }
        Splitter {
            text,
            rules,
            telling,
            at: 0,
            code: None,
            body: Body::Plain,
            open_parentheses: 0,
            parenthesis: 0,
            version_comment: None,
            statements: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> Result<Vec<Range<usize>>, SplitFault> {
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            match byte {
                b';' => self.semicolon()?,
                byte if is_blank(*byte) => self.at += 1,
                b'-' if self.starts_line() && self.bracket()? => {}
                _ => self.token()?,
            }
        }
        self.end_statement()?;
        Ok(self.statements)
    }

    fn token(&mut self) -> Result<(), SplitFault> {
        let (text, start) = (self.text, self.at);
        let bytes = text.as_bytes();
        if self.version_comment.is_some() && bytes[start..].starts_with(b"*/") {
            self.version_comment = None;
            self.take(start + 2);
            return Ok(());
        }
        match lex::comment(bytes, start, self.rules)? {
            Some((Kind::Version, end)) => {
                self.version_comment.get_or_insert(start);
                self.open_statement(start)?;
                self.take(end);
                return Ok(());
            }
            Some((_, end)) => {
                self.at = end;
                return Ok(());
            }
            None => self.open_statement(start)?,
        }
        if let Some(end) = lex::quoted(text, start, self.rules)? {
            self.take(end);
            self.body.see(Seen { text: &text[start..end], at: start, next: 0, is_word: false });
            return Ok(());
        }
        self.parenthesis(bytes[start]);
        if matches!(self.body, Body::Plain) {
            self.skim();
            return Ok(());
        }
        let (kind, end) = lex::token(text, start, self.rules)?;
        self.take(end);
        let next = bytes[end..].iter().copied().find(|byte| !is_blank(*byte)).unwrap_or(0);
        self.body.see(Seen { text: &text[start..end], at: start, next, is_word: kind == Kind::Word });
        Ok(())
    }

    /// Takes the byte here, which is no token's start, and all plain code behind it.
    fn skim(&mut self) {
        let bytes = &self.text.as_bytes()[self.at + 1..];
        let length = bytes.iter().position(|byte| self.telling[usize::from(*byte)]).unwrap_or(bytes.len());
        let next = self.at + 1 + length;
        let blanks = bytes[..length].iter().rev().take_while(|byte| is_blank(**byte)).count();
        self.take(next - blanks);
        self.at = next;
    }

    fn parenthesis(&mut self, byte: u8) {
        match byte {
            b'(' if self.rules.parentheses_hold => {
                if self.open_parentheses == 0 {
                    self.parenthesis = self.at;
                }
                self.open_parentheses += 1;
            }
            b')' => self.open_parentheses = self.open_parentheses.saturating_sub(1),
            _ => {}
        }
    }

    /// Adds the code up to `end` to the statement.
    fn take(&mut self, end: usize) {
        let start = self.at;
        self.code.get_or_insert(start..end).end = end;
        self.at = end;
    }

    /// Looks at the first code of a statement.
    fn open_statement(&mut self, start: usize) -> Result<(), SplitFault> {
        if self.code.is_some() {
            return Ok(());
        }
        let rest = &self.text[start..];
        let is_shell = match rest.as_bytes() {
            [b'\\', ..] => true,
            [b'.', letter, ..] => self.rules.bodies == Bodies::Sqlite && letter.is_ascii_alphabetic(),
            _ => false,
        };
        let line = || rest.lines().next().unwrap_or("").trim_end();
        if is_shell {
            let command = line().split_ascii_whitespace().next().unwrap_or("").to_owned();
            return Err(SplitFault {
                problem: SplitProblem::ClientCommand(command),
                range: start..start + line().len(),
            });
        }
        let is_delimiter = rest.get(..9).is_some_and(|word| word.eq_ignore_ascii_case("delimiter"))
            && rest.as_bytes().get(9).is_none_or(|byte| is_blank(*byte));
        if is_delimiter {
            return Err(SplitFault { problem: SplitProblem::Delimiter, range: start..start + line().len() });
        }
        self.body = Body::of(rest, self.rules.bodies);
        Ok(())
    }

    fn semicolon(&mut self) -> Result<(), SplitFault> {
        let is_held = self.open_parentheses > 0 || self.version_comment.is_some();
        let is_end = self.body.ends_at_semicolon() && !is_held;
        if self.code.is_some() && !is_end {
            self.take(self.at + 1);
            return Ok(());
        }
        self.end_statement()?;
        self.at += 1;
        Ok(())
    }

    /// Ends the statement, if there is one; it must have closed what it opened.
    fn end_statement(&mut self) -> Result<(), SplitFault> {
        let Some(code) = self.code.take() else { return Ok(()) };
        let unclosed = |problem, start: usize, length: usize| Err(SplitFault { problem, range: start..start + length });
        if let Some(start) = self.version_comment {
            return unclosed(SplitProblem::UnclosedComment, start, 2);
        }
        if self.open_parentheses > 0 {
            return unclosed(SplitProblem::UnclosedParenthesis, self.parenthesis, 1);
        }
        if let Some((word, start)) = self.body.unclosed() {
            return unclosed(SplitProblem::UnclosedBlock(word.to_ascii_uppercase()), start, word.len());
        }
        if self.rules.bodies == Bodies::Postgres && copies_from_stdin(&self.text[code.clone()]) {
            return Err(SplitFault { problem: SplitProblem::CopyFromStdin, range: code });
        }
        self.body = Body::Plain;
        self.statements.push(code);
        Ok(())
    }

    /// Whether only blanks stand in front of here on the line.
    fn starts_line(&self) -> bool {
        let mut before = self.text.as_bytes()[..self.at].iter().rev();
        before.find(|byte| !matches!(byte, b' ' | b'\t')).is_none_or(|byte| *byte == b'\n')
    }

    /// Takes a statement that stands between bracket lines; returns false if there is no bracket here.
    fn bracket(&mut self) -> Result<bool, SplitFault> {
        let Some(line) = lines(self.text, self.at).next() else { return Ok(false) };
        let place = line.trimmed();
        match bracket(line.text) {
            None => return Ok(false),
            Some(Bracket::End) => return Err(SplitFault { problem: SplitProblem::StrayEnd, range: place }),
            Some(Bracket::Statement) => self.end_statement()?,
        }
        let mut inside = lines(self.text, line.range().end);
        let first = inside.next().map_or(self.text.len(), |_| inside.offset());
        for line in inside {
            match bracket(line.text) {
                None => continue,
                Some(Bracket::Statement) => break,
                Some(Bracket::End) => {
                    self.push_bracketed(first..line.start);
                    self.at = line.range().end;
                    return Ok(true);
                }
            }
        }
        Err(SplitFault { problem: SplitProblem::UnclosedStatement, range: place })
    }

    fn push_bracketed(&mut self, range: Range<usize>) {
        let text = &self.text[range.clone()];
        let is_outside = |character: char| character.is_ascii() && is_blank(character as u8);
        let sql = text.trim_matches(is_outside);
        let sql = sql.strip_suffix(';').unwrap_or(sql).trim_end_matches(is_outside);
        if !sql.is_empty() {
            let start = range.start + text.len() - text.trim_start_matches(is_outside).len();
            self.statements.push(start..start + sql.len());
        }
    }
}

fn bracket(line: &str) -> Option<Bracket> {
    match line.trim().strip_prefix("--")?.trim_start() {
        "[statement]" => Some(Bracket::Statement),
        "[end]" => Some(Bracket::End),
        _ => None,
    }
}

/// Whether the rows of a COPY would follow the statement, as pg_dump writes them.
fn copies_from_stdin(sql: &str) -> bool {
    if !sql.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("copy")) {
        return false;
    }
    let mut words = sql.split_ascii_whitespace();
    words.any(|word| word.eq_ignore_ascii_case("from")) && {
        let source = words.next().unwrap_or("");
        source.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("stdin"))
            && !source[5..].starts_with(|next: char| next.is_alphanumeric())
    }
}
