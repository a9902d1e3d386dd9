//! A way through flat tokens: words, punctuation, groups.
//!
//! Knows no grammar of its own and reports no errors: what is not there is `None`. Read [`Cursor`] first.

use crate::grammar::ast::{Token, TokenKind};

/// The rest of some tokens.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'t, 's> {
    pub rest: &'t [Token<'s>],
}

impl<'t, 's> Cursor<'t, 's> {
    pub fn new(tokens: &'t [Token<'s>]) -> Self {
        Cursor { rest: tokens }
    }

    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn next(&mut self) -> Option<&'t Token<'s>> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    pub fn word(&mut self) -> Option<&'s str> {
        let word = word_of(self.rest.first()?)?;
        self.next();
        Some(word)
    }

    /// Takes the word if it is the next token.
    pub fn take_word(&mut self, word: &str) -> bool {
        let is_next = self.rest.first().and_then(word_of) == Some(word);
        if is_next {
            self.next();
        }
        is_next
    }

    pub fn is_punct(&self, wanted: char) -> bool {
        matches!(self.rest.first(), Some(Token { kind: TokenKind::Punct(punct), .. }) if *punct == wanted)
    }

    pub fn take_punct(&mut self, wanted: char) -> bool {
        let is_next = self.is_punct(wanted);
        if is_next {
            self.next();
        }
        is_next
    }

    /// Takes `::`.
    pub fn take_path_separator(&mut self) -> bool {
        let is_next = self.is_punct(':') && Cursor::new(self.rest.get(1..).unwrap_or_default()).is_punct(':');
        if is_next {
            self.rest = &self.rest[2..];
        }
        is_next
    }

    pub fn literal(&mut self) -> Option<&'s str> {
        match self.rest.first() {
            Some(Token { kind: TokenKind::Literal(literal), .. }) => {
                self.next();
                Some(literal)
            }
            _ => None,
        }
    }

    /// Takes a group that `open` begins, and returns what is in it.
    pub fn group(&mut self, open: char) -> Option<&'t [Token<'s>]> {
        if !matches!(self.rest.first(), Some(Token { kind: TokenKind::Open(found), .. }) if *found == open) {
            return None;
        }
        let inside = &self.rest[1..];
        let end = group_end(inside);
        self.rest = inside.get(end + 1..).unwrap_or_default();
        Some(&inside[..end])
    }

    /// Takes `a::b::c`, also with `::` before it; of a lone `::` nothing.
    pub fn path(&mut self) -> Option<PathName> {
        let from_root = self.take_path_separator();
        let mut segments = vec![self.word()?.to_owned()];
        let mut ahead = *self;
        while ahead.take_path_separator() {
            let Some(word) = ahead.word() else { break };
            segments.push(word.to_owned());
            *self = ahead;
        }
        Some(PathName { from_root, segments })
    }
}

/// A path without arguments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PathName {
    /// `::` stands before it.
    pub from_root: bool,
    pub segments: Vec<String>,
}

impl PathName {
    pub fn last(&self) -> &str {
        self.segments.last().map_or("", String::as_str)
    }
}

/// Returns the parts between commas that stand in no group, without an empty one at the end.
pub fn between_commas<'t, 's>(tokens: &'t [Token<'s>]) -> Vec<&'t [Token<'s>]> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0usize);
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) => depth = depth.saturating_sub(1),
            TokenKind::Punct(',') if depth == 0 => {
                parts.push(&tokens[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if start < tokens.len() {
        parts.push(&tokens[start..]);
    }
    parts
}

fn word_of<'s>(token: &Token<'s>) -> Option<&'s str> {
    match &token.kind {
        TokenKind::Ident(word) => Some(word),
        _ => None,
    }
}

/// Returns the index of the token that closes a group, of which `tokens` begin behind the opening one.
fn group_end(tokens: &[Token<'_>]) -> usize {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) if depth == 0 => return at,
            TokenKind::Close(_) => depth -= 1,
            _ => {}
        }
    }
    tokens.len()
}
