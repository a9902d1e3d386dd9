//! The tokens of SQL text: how far a quote, a comment or a word reaches.
//!
//! Nothing here knows a statement. Every token is found with one forward scan, so a text of any size takes linear
//! time. Read [`token`] first.

use memchr::{memchr, memchr2, memmem};

use super::SplitRules;
use super::fault::{SplitFault, SplitProblem};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Blank,
    Comment,
    /// The start of a `/*! … */`.
    Version,
    Word,
    Number,
    /// A string, a quoted identifier or a dollar quote.
    Quoted,
    /// Any other character.
    Mark,
}

pub(super) fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

pub(super) fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

pub(super) fn continues_word(byte: u8) -> bool {
    starts_word(byte) || byte.is_ascii_digit() || byte == b'$'
}

/// Returns the kind and the end of the token that starts at `at`, which must be inside the text.
pub(crate) fn token(text: &str, at: usize, rules: &SplitRules) -> Result<(Kind, usize), SplitFault> {
    let bytes = text.as_bytes();
    let first = bytes[at];
    if is_blank(first) {
        return Ok((Kind::Blank, run(bytes, at, is_blank)));
    }
    if let Some(found) = comment(bytes, at, rules)? {
        return Ok(found);
    }
    if let Some(end) = quoted(text, at, rules)? {
        return Ok((Kind::Quoted, end));
    }
    if starts_word(first) {
        return Ok((Kind::Word, run(bytes, at, continues_word)));
    }
    if first.is_ascii_digit() {
        return Ok((Kind::Number, run(bytes, at, continues_word)));
    }
    Ok((Kind::Mark, at + 1))
}

fn run(bytes: &[u8], at: usize, is_part: fn(u8) -> bool) -> usize {
    bytes[at..].iter().position(|byte| !is_part(*byte)).map_or(bytes.len(), |length| at + length)
}

fn fault(problem: SplitProblem, start: usize, length: usize) -> SplitFault {
    SplitFault { problem, range: start..start + length }
}

/// Returns the comment, or the start of a version comment, that stands at `at`.
pub(super) fn comment(bytes: &[u8], at: usize, rules: &SplitRules) -> Result<Option<(Kind, usize)>, SplitFault> {
    let line_end = || memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length);
    let rest = &bytes[at..];
    match rest {
        [b'-', b'-', ..] => {
            let is_comment = !rules.blank_after_dashes || rest.get(2).is_none_or(|byte| *byte <= b' ');
            Ok(is_comment.then(|| (Kind::Comment, line_end())))
        }
        [b'#', ..] if rules.hash_comments => Ok(Some((Kind::Comment, line_end()))),
        [b'/', b'*', ..] => match version_start(rest).filter(|_| rules.version_comments) {
            Some(length) => Ok(Some((Kind::Version, at + length))),
            None => match block_comment(rest, rules.nested_comments) {
                Some(length) => Ok(Some((Kind::Comment, at + length))),
                None => Err(fault(SplitProblem::UnclosedComment, at, 2)),
            },
        },
        _ => Ok(None),
    }
}

/// Returns the length of `/*!`, `/*!80000`, `/*M!` or `/*M!100100` at the start of a text.
pub(super) fn version_start(rest: &[u8]) -> Option<usize> {
    let mark = if rest.starts_with(b"/*!") { 3 } else { 4 };
    if mark == 4 && !rest.starts_with(b"/*M!") {
        return None;
    }
    Some(mark + rest[mark..].iter().take(6).take_while(|byte| byte.is_ascii_digit()).count())
}

/// Returns the length of the comment `/* … */` at the start of a text, if it is closed.
pub(super) fn block_comment(rest: &[u8], nested: bool) -> Option<usize> {
    if !nested {
        return Some(memmem::find(rest.get(2..)?, b"*/")? + 4);
    }
    let mut depth = 1_usize;
    let mut at = 2;
    while depth > 0 {
        at += memchr2(b'*', b'/', rest.get(at..)?)?;
        match rest[at..] {
            [b'*', b'/', ..] => depth -= 1,
            [b'/', b'*', ..] => depth += 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
    }
    Some(at)
}

/// Returns the end of the string, identifier or dollar quote that starts at `at`, if one does.
pub(super) fn quoted(text: &str, at: usize, rules: &SplitRules) -> Result<Option<usize>, SplitFault> {
    let bytes = text.as_bytes();
    let quote = bytes[at];
    let escapes = match quote {
        b'\'' => rules.backslash_escapes || (rules.escape_strings && is_escape_string(bytes, at)),
        b'"' => rules.backslash_escapes,
        b'`' if rules.backtick_quotes => false,
        b'[' if rules.bracket_quotes => {
            return match memchr(b']', &bytes[at..]) {
                Some(length) => Ok(Some(at + length + 1)),
                None => Err(fault(SplitProblem::UnclosedQuote('['), at, 1)),
            };
        }
        b'$' if rules.dollar_quotes => return dollar_quoted(text, at),
        _ => return Ok(None),
    };
    let mut end = at + 1;
    loop {
        let rest = &bytes[end.min(bytes.len())..];
        let found = if escapes { memchr2(quote, b'\\', rest) } else { memchr(quote, rest) };
        let Some(length) = found else {
            return Err(fault(SplitProblem::UnclosedQuote(char::from(quote)), at, 1));
        };
        end += length;
        if bytes[end] == quote && bytes.get(end + 1) != Some(&quote) {
            return Ok(Some(end + 1));
        }
        end += 2;
    }
}

/// Whether the quote at `at` follows a lone `E`.
fn is_escape_string(bytes: &[u8], at: usize) -> bool {
    let before = |distance: usize| at.checked_sub(distance).map(|index| bytes[index]);
    matches!(before(1), Some(b'e' | b'E')) && !before(2).is_some_and(continues_word)
}

fn dollar_quoted(text: &str, at: usize) -> Result<Option<usize>, SplitFault> {
    let bytes = text.as_bytes();
    if at.checked_sub(1).is_some_and(|before| continues_word(bytes[before])) {
        return Ok(None);
    }
    let is_tag = |byte: u8| continues_word(byte) && byte != b'$';
    let tag_end = run(bytes, at + 1, is_tag);
    if bytes.get(tag_end) != Some(&b'$') || bytes[at + 1].is_ascii_digit() {
        return Ok(None);
    }
    let tag = &text[at..=tag_end];
    match memmem::find(&bytes[tag_end + 1..], tag.as_bytes()) {
        Some(length) => Ok(Some(tag_end + 1 + length + tag.len())),
        None => Err(fault(SplitProblem::UnclosedDollarQuote(tag.to_owned()), at, tag.len())),
    }
}
