//! Rust's tokens as ranges of bytes, and a way past groups that nobody wants to look into.
//!
//! Any text is accepted: what is no token of Rust comes out as punctuation, and an unclosed literal reaches to the end.
//! Comments, doc comments among them, are blanks. Read [`Lexer`] first.

use std::ops::Range;

use alembic_revisions::Span;

use crate::grammar::ast::{Token, TokenKind};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Word,
    /// With `r#` before it.
    RawWord,
    Lifetime,
    Literal,
    Punct,
    Open,
    Close,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lexeme {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

/// The tokens of a range of a text, one after the other.
#[derive(Clone, Debug)]
pub struct Lexer<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    /// Returns the tokens of `text` in `range`, which is cut to the text.
    pub fn new(text: &'a str, range: Range<usize>) -> Self {
        let text = text.get(..range.end).unwrap_or(text);
        Lexer { bytes: text.as_bytes(), text, at: range.start.min(text.len()) }
    }

    /// Returns where the next token is looked for.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Skips blanks and comments; returns the byte that follows, if there is one.
    #[inline]
    pub fn peek_byte(&mut self) -> Option<u8> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            match byte {
                b' ' => self.at += 1,
                b'0'..=b'~' | b'!'..=b'.' => return Some(byte),
                _ => return self.peek_behind_comments(),
            }
        }
    }

    fn peek_behind_comments(&mut self) -> Option<u8> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            match byte {
                b' ' | b'\t'..=b'\r' => self.at += 1,
                b'/' if self.bytes.get(self.at + 1) == Some(&b'/') => {
                    let rest = &self.bytes[self.at..];
                    self.at += memchr::memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1);
                }
                b'/' if self.bytes.get(self.at + 1) == Some(&b'*') => self.skip_block_comment(),
                0x80.. => match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
                    Some(blank) if is_blank(blank) => self.at += blank.len_utf8(),
                    _ => return Some(byte),
                },
                _ => return Some(byte),
            }
        }
    }

    /// Skips the rest of a group whose opening delimiter has just been read; returns where its closing one starts.
    pub fn skip_group(&mut self, open: u8) -> usize {
        let close = closing(open);
        let mut depth = 1usize;
        while let Some(found) = self.bytes[self.at..].iter().position(|byte| STOPS[usize::from(*byte)]) {
            self.at += found;
            let byte = self.bytes[self.at];
            match byte {
                b'"' => self.skip_string_in_group(),
                b'\'' => self.at = self.end_of_quote(self.at),
                b'/' => {
                    if self.bytes.get(self.at + 1).is_some_and(|next| matches!(next, b'/' | b'*')) {
                        self.peek_byte();
                    } else {
                        self.at += 1;
                    }
                }
                _ => {
                    self.at += 1;
                    if byte == open {
                        depth += 1;
                    } else if byte == close {
                        depth -= 1;
                        if depth == 0 {
                            return self.at - 1;
                        }
                    }
                }
            }
        }
        self.at = self.bytes.len();
        self.at
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 0usize;
        while let Some(found) = memchr::memchr2(b'*', b'/', &self.bytes[self.at..]) {
            self.at += found;
            match (self.bytes[self.at], self.bytes.get(self.at + 1)) {
                (b'/', Some(b'*')) => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', Some(b'/')) => {
                    depth = depth.saturating_sub(1);
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
        self.at = self.bytes.len();
    }

    /// Skips a string whose quote is at hand; what stands before it tells whether it is a raw one.
    fn skip_string_in_group(&mut self) {
        let before = &self.bytes[..self.at];
        let hashes = before.iter().rev().take_while(|byte| **byte == b'#').count();
        let before = &before[..before.len() - hashes];
        let word = before.iter().rev().take_while(|byte| is_word_byte(**byte)).count();
        let is_raw = matches!(&before[before.len() - word..], b"r" | b"br" | b"cr");
        self.at = if is_raw { self.end_of_raw_string(self.at, hashes) } else { self.end_of_string(self.at) };
    }

    /// `at` is that of the opening quote.
    fn end_of_string(&self, at: usize) -> usize {
        let mut at = at + 1;
        while let Some(found) = self.bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
            at += found;
            if self.bytes[at] == b'"' {
                return at + 1;
            }
            at += 2;
        }
        self.bytes.len()
    }

    fn end_of_raw_string(&self, at: usize, hashes: usize) -> usize {
        let mut at = at + 1;
        while let Some(found) = self.bytes.get(at..).and_then(|rest| memchr::memchr(b'"', rest)) {
            at += found + 1;
            let following = self.bytes[at..].iter().take(hashes).take_while(|byte| **byte == b'#').count();
            if following == hashes {
                return at + hashes;
            }
        }
        self.bytes.len()
    }

    /// Returns the end of the character or the lifetime whose `'` is at `at`.
    fn end_of_quote(&self, at: usize) -> usize {
        if self.bytes.get(at + 1) == Some(&b'\\') {
            let rest = self.bytes.get(at + 3..).unwrap_or_default();
            return memchr::memchr2(b'\'', b'\n', rest).map_or(self.bytes.len(), |quote| at + 3 + quote + 1);
        }
        let Some(character) = self.text.get(at + 1..).and_then(|rest| rest.chars().next()) else { return at + 1 };
        let behind = at + 1 + character.len_utf8();
        if self.bytes.get(behind) == Some(&b'\'') {
            return behind + 1;
        }
        self.end_of_word(at + 1)
    }

    fn end_of_word(&self, at: usize) -> usize {
        let mut at = at;
        loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            at += rest.iter().position(|byte| !IS_ASCII_WORD[usize::from(*byte)]).unwrap_or(rest.len());
            if self.bytes.get(at).is_none_or(u8::is_ascii) {
                return at;
            }
            match self.text.get(at..).and_then(|rest| rest.chars().next()) {
                Some(character) if !is_blank(character) => at += character.len_utf8(),
                _ => return at,
            }
        }
    }

    fn end_of_number(&self, at: usize) -> usize {
        let is_decimal = !matches!(self.bytes.get(at + 1), Some(b'x' | b'o' | b'b')) || self.bytes[at] != b'0';
        let mut at = at;
        let mut has_point = false;
        while let Some(byte) = self.bytes.get(at) {
            let next = self.bytes.get(at + 1);
            match byte {
                b'e' | b'E' if is_decimal && matches!(next, Some(b'+' | b'-')) => at += 2,
                b'.' if is_decimal && !has_point => {
                    let is_fraction =
                        next.is_none_or(|next| !matches!(next, b'.' | b'_') && !next.is_ascii_alphabetic());
                    if !is_fraction {
                        break;
                    }
                    has_point = true;
                    at += 1;
                }
                byte if is_word_byte(*byte) && byte.is_ascii() => at += 1,
                _ => break,
            }
        }
        at
    }

    /// Returns the end and the kind of what starts with a letter: a word, or a literal with a prefix.
    fn word_or_prefixed(&self, start: usize) -> (Kind, usize) {
        let end = self.end_of_word(start);
        let word = &self.bytes[start..end];
        match (word, self.bytes.get(end)) {
            (b"r" | b"br" | b"cr", Some(b'#' | b'"')) => {
                let hashes = self.bytes[end..].iter().take_while(|byte| **byte == b'#').count();
                match self.bytes.get(end + hashes) {
                    Some(b'"') => (Kind::Literal, self.end_of_raw_string(end + hashes, hashes)),
                    Some(byte) if word == b"r" && hashes == 1 && (is_word_byte(*byte) && !byte.is_ascii_digit()) => {
                        (Kind::RawWord, self.end_of_word(end + 1))
                    }
                    _ => (Kind::Word, end),
                }
            }
            (b"b" | b"c", Some(b'"')) => (Kind::Literal, self.end_of_string(end)),
            (b"b", Some(b'\'')) => (Kind::Literal, self.end_of_quote(end)),
            _ => (Kind::Word, end),
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Lexeme;

    fn next(&mut self) -> Option<Lexeme> {
        let byte = self.peek_byte()?;
        let start = self.at;
        let (kind, end) = match byte {
            b'(' | b'[' | b'{' => (Kind::Open, start + 1),
            b')' | b']' | b'}' => (Kind::Close, start + 1),
            b'"' => (Kind::Literal, self.end_of_string(start)),
            b'\'' => {
                let end = self.end_of_quote(start);
                let is_character = end > start + 1 && self.bytes[end - 1] == b'\'';
                let is_lifetime = !is_character && self.bytes.get(start + 1) != Some(&b'\\') && end > start + 1;
                match (is_lifetime, is_character || end > start + 1) {
                    (true, _) => (Kind::Lifetime, end),
                    (false, true) => (Kind::Literal, end),
                    (false, false) => (Kind::Punct, end),
                }
            }
            b'0'..=b'9' => (Kind::Literal, self.end_of_number(start)),
            b'r' | b'b' | b'c' => self.word_or_prefixed(start),
            byte if is_word_byte(byte) => (Kind::Word, self.end_of_word(start)),
            _ => (Kind::Punct, start + 1),
        };
        self.at = end;
        Some(Lexeme { kind, start, end })
    }
}

/// Returns the tokens of a range as the grammar reads them.
pub fn tokens(text: &str, range: Range<usize>) -> Vec<Token<'_>> {
    // A token of declarations is some six bytes long, with the blank behind it.
    let mut tokens = Vec::with_capacity(range.len() / 6);
    push_tokens(text, range, &mut tokens);
    tokens
}

/// Appends the tokens of a range to others.
pub fn push_tokens<'s>(text: &'s str, range: Range<usize>, tokens: &mut Vec<Token<'s>>) {
    tokens.extend(Lexer::new(text, range).map(|lexeme| {
        let written = &text[lexeme.start..lexeme.end];
        let kind = match lexeme.kind {
            Kind::Word => TokenKind::Ident(written),
            Kind::RawWord => TokenKind::Ident(written.trim_start_matches("r#")),
            Kind::Lifetime => TokenKind::Lifetime(written.trim_start_matches('\'')),
            Kind::Literal => TokenKind::Literal(written),
            Kind::Punct => TokenKind::Punct(first_of(written)),
            Kind::Open => TokenKind::Open(first_of(written)),
            Kind::Close => TokenKind::Close(first_of(written)),
        };
        Token { kind, span: Span::from(lexeme.start..lexeme.end) }
    }));
}

fn first_of(written: &str) -> char {
    written.chars().next().unwrap_or(' ')
}

/// Letters beyond ASCII count: no rule here depends on which of them Rust allows.
const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Rust's blanks beyond ASCII: next line, the two marks of direction, the two separators.
fn is_blank(character: char) -> bool {
    matches!(character, '\u{85}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}')
}

fn closing(open: u8) -> u8 {
    match open {
        b'(' => b')',
        b'[' => b']',
        _ => b'}',
    }
}

/// The bytes of words as far as they are ASCII.
const IS_ASCII_WORD: [bool; 256] = {
    let mut is_word = [false; 256];
    let mut byte = 0u8;
    while byte < 0x80 {
        is_word[byte as usize] = is_word_byte(byte);
        byte += 1;
    }
    is_word
};

/// Where [`Lexer::skip_group`] has to look.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let wanted = b"{}()[]\"'/";
    let mut at = 0;
    while at < wanted.len() {
        stops[wanted[at] as usize] = true;
        at += 1;
    }
    stops
};

#[cfg(test)]
mod tests;
