//! The one shape that all attributes have: entries between commas, each a word, `key = literal` or `key(entries)`.
//!
//! Owns how entries are split and which kind of value a key takes; knows no key. Read [`entries`] first.

use std::fmt::Display;

use super::super::Span;
use super::ast::{At, Fault, Token, TokenKind};
use super::fault::twice;
use super::literal::{self, Value};

/// What stands between two commas.
pub(super) enum Entry<'t, 's> {
    Keyed(Keyed<'t, 's>),
    /// Not a key: a literal, `played_at.desc`. Never without a token; the first one stands apart, too.
    Bare(&'t Token<'s>, &'t [Token<'s>]),
}

pub(super) struct Keyed<'t, 's> {
    pub key: At<&'s str>,
    body: Body<'t, 's>,
}

enum Body<'t, 's> {
    Word,
    /// Behind `=`.
    Value(&'t [Token<'s>]),
    /// Between parentheses.
    List(&'t [Token<'s>]),
}

/// The index of the token that closes the group that `tokens[open]` opens.
pub(super) fn close(tokens: &[Token<'_>], open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// The entries of a list; what is none is a fault, and the others are read.
pub(super) fn entries<'t, 's>(tokens: &'t [Token<'s>], faults: &mut Vec<Fault>) -> Vec<Entry<'t, 's>> {
    let mut entries = Vec::new();
    let mut start = 0;
    while start < tokens.len() {
        let end = comma(tokens, start);
        match &tokens[start..end] {
            [] => faults.push(Fault::new(tokens[end].span, "expected a key before this comma")),
            piece @ [first, ..] => match entry(first, piece) {
                Ok(entry) => entries.push(entry),
                Err(fault) => faults.push(fault),
            },
        }
        start = end + 1;
    }
    entries
}

fn comma(tokens: &[Token<'_>], start: usize) -> usize {
    let mut at = start;
    while at < tokens.len() && tokens[at].kind != TokenKind::Punct(',') {
        at = match tokens[at].kind {
            TokenKind::Open(_) => close(tokens, at).unwrap_or(tokens.len() - 1),
            _ => at,
        } + 1;
    }
    at
}

fn entry<'t, 's>(first: &'t Token<'s>, piece: &'t [Token<'s>]) -> Result<Entry<'t, 's>, Fault> {
    let [Token { kind: TokenKind::Ident(name), span }, rest @ ..] = piece else {
        return Ok(Entry::Bare(first, piece));
    };
    let body = match rest {
        [] => Body::Word,
        [Token { kind: TokenKind::Punct('='), .. }, value @ ..] => Body::Value(value),
        [Token { kind: TokenKind::Open('('), .. }, ..] if close(rest, 0) == Some(rest.len() - 1) => {
            Body::List(&rest[1..rest.len() - 1])
        }
        [Token { kind: TokenKind::Punct('.'), .. }, ..] => return Ok(Entry::Bare(first, piece)),
        [odd, ..] => {
            let message = format!("expected `,`, `=` or `(` after `{name}`");
            return Err(Fault::new(odd.span, message));
        }
    };
    Ok(Entry::Keyed(Keyed { key: At { value: *name, span: *span }, body }))
}

/// The words of a list of names.
pub(super) fn names<'s>(tokens: &[Token<'s>], faults: &mut Vec<Fault>) -> Vec<At<&'s str>> {
    let mut names = Vec::new();
    for entry in entries(tokens, faults) {
        match entry {
            Entry::Keyed(Keyed { key, body: Body::Word }) => names.push(key),
            Entry::Keyed(Keyed { key, .. }) => faults.push(expected_field(key.span)),
            Entry::Bare(first, _) => faults.push(expected_field(first.span)),
        }
    }
    names
}

fn expected_field(span: Span) -> Fault {
    Fault::new(span, "expected the name of a field")
}

/// The entries of a list that must all have keys.
pub(super) fn keyed<'t, 's>(tokens: &'t [Token<'s>], faults: &mut Vec<Fault>) -> Vec<Keyed<'t, 's>> {
    let entries = entries(tokens, faults);
    let keyed = entries.into_iter().filter_map(|entry| match entry {
        Entry::Keyed(keyed) => Some(keyed),
        Entry::Bare(first, _) => {
            faults.push(Fault::new(first.span, "expected a key"));
            None
        }
    });
    keyed.collect()
}

impl<'t, 's> Keyed<'t, 's> {
    pub fn is_word(&self) -> bool {
        matches!(self.body, Body::Word)
    }

    pub fn word(&self) -> Result<At<()>, Fault> {
        match self.body {
            Body::Word => Ok(At { value: (), span: self.key.span }),
            _ => {
                let key = &self.key.value;
                Err(Fault::new(self.key.span, format!("`{key}` takes no value")).help(format!("write `{key}`")))
            }
        }
    }

    pub fn list(&self, example: impl Display) -> Result<&'t [Token<'s>], Fault> {
        match self.body {
            Body::List(tokens) => Ok(tokens),
            _ => Err(self.wrong(self.key.span, "a list", example)),
        }
    }

    pub fn value(&self, takes: &str, example: impl Display) -> Result<At<Value>, Fault> {
        let missing = || self.wrong(self.key.span, takes, example);
        let Body::Value(tokens) = self.body else { return Err(missing()) };
        literal::value(tokens).unwrap_or_else(|| Err(missing()))
    }

    /// A string that says something.
    pub fn string(&self) -> Result<At<String>, Fault> {
        let text = self.text()?;
        if text.value.trim().is_empty() {
            return Err(
                Fault::new(text.span, format!("`{}` is empty", self.key.value)).help("write its value, or remove it")
            );
        }
        Ok(text)
    }

    /// Any string, also an empty one.
    pub fn text(&self) -> Result<At<String>, Fault> {
        let example = format_args!("{} = \"…\"", self.key.value);
        let found = self.value("a string", example)?;
        match found.value {
            Value::Text(value) => Ok(At { value, span: found.span }),
            Value::Number { .. } | Value::Bool(_) => Err(self.wrong(found.span, "a string", example)),
        }
    }

    pub fn whole_number(&self) -> Result<At<u64>, Fault> {
        let example = format_args!("{} = 64", self.key.value);
        let found = self.value("a whole number", example)?;
        match &found.value {
            Value::Number { digits, whole: true } => digits.parse().ok(),
            _ => None,
        }
        .map(|value| At { value, span: found.span })
        .ok_or_else(|| self.wrong(found.span, "a whole number", example))
    }

    /// `key`, or `key = "…"`.
    pub fn optional_string(&self) -> Result<At<Option<String>>, Fault> {
        match self.body {
            Body::Word => Ok(At { value: None, span: self.key.span }),
            _ => self.string().map(|text| At { value: Some(text.value), span: text.span }),
        }
    }

    /// `key`, or `key = true`.
    pub fn optional_bool(&self) -> Result<At<bool>, Fault> {
        let key = &self.key.value;
        if self.is_word() {
            return Ok(At { value: true, span: self.key.span });
        }
        let example = format_args!("{key} = false");
        let found = self.value("`true` or `false`", example)?;
        match found.value {
            Value::Bool(value) => Ok(At { value, span: found.span }),
            Value::Text(_) | Value::Number { .. } => Err(self.wrong(found.span, "`true` or `false`", example)),
        }
    }

    /// The meaning of one of several words.
    pub fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Result<At<T>, Fault> {
        let text = self.text()?;
        match choices.iter().find(|(word, _)| *word == text.value) {
            Some((_, value)) => Ok(At { value: *value, span: text.span }),
            None => {
                let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
                Err(super::fault::unknown_word(self.key.value, &text, &words))
            }
        }
    }

    fn wrong(&self, span: Span, takes: &str, example: impl Display) -> Fault {
        Fault::new(span, format!("`{}` takes {takes}", self.key.value)).help(format!("write `{example}`"))
    }
}

/// Fills a slot that may be filled once.
pub(super) fn set<T>(slot: &mut Option<At<T>>, key: &At<&str>, value: Result<At<T>, Fault>) -> Result<(), Fault> {
    if slot.is_some() {
        return Err(twice(key));
    }
    *slot = Some(value?);
    Ok(())
}
