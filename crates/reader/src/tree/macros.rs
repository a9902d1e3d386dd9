//! Macros where items stand: which bodies are items, and in which a table could hide.

use std::ops::Range;

use alembic_revisions::Span;

use crate::cfg::{Cfg, Truth};
use crate::cursor::{Cursor, PathName};
use crate::grammar::ast::{Token, TokenKind};
use crate::lexer::tokens;
use crate::literal;

/// A branch of `cfg_if!`.
pub struct Branch {
    pub condition: Truth,
    pub body: Range<usize>,
}

/// Returns the branches of the body of `cfg_if!` that may be taken.
pub fn cfg_if(text: &str, body: Span, cfg: &Cfg<'_>) -> Vec<Branch> {
    let tokens = tokens(text, body.range());
    let mut cursor = Cursor::new(&tokens);
    let mut branches = Vec::new();
    let mut before = Truth::True;
    loop {
        let mut condition = before.clone();
        if cursor.take_word("if") {
            cursor.take_punct('#');
            let mut inside = Cursor::new(cursor.group('[').unwrap_or_default());
            inside.take_word("cfg");
            let holds = cfg.holds(inside.group('(').unwrap_or_default());
            condition = before.clone().and(holds.clone());
            before = before.and(holds.not());
        } else {
            before = Truth::False;
        }
        let opening = cursor.rest.first().map(|token| token.span);
        let (Some(opening), Some(inside)) = (opening, cursor.group('{')) else { return branches };
        if condition != Truth::False {
            let start = opening.range().end;
            let end = inside.last().map_or(start, |last| last.span.range().end);
            branches.push(Branch { condition, body: start..end });
        }
        if !cursor.take_word("else") {
            return branches;
        }
    }
}

/// Returns the file that the body of `include!` names, if it names one itself.
pub fn included(text: &str, body: Span) -> Option<String> {
    let tokens = tokens(text, body.range());
    let mut cursor = Cursor::new(&tokens);
    let path = cursor.literal().and_then(literal::text)?;
    cursor.take_punct(',');
    cursor.is_at_end().then_some(path)
}

/// Returns why tables could come out of the text of a macro: `derive(Table)` or a file made by a build script.
pub fn suspicion(text: &str, body: Span) -> Option<&'static str> {
    let range = body.range();
    let written = text.get(range.clone())?.as_bytes();
    let has = |word: &str| memchr::memmem::find(written, word.as_bytes()).is_some();
    if !(has("derive") && has("Table") || has("include") && has("OUT_DIR")) {
        return None;
    }
    let tokens = tokens(text, range);
    let follows = |word: &str, wanted: &dyn Fn(&[Token<'_>]) -> bool| {
        (0..tokens.len()).any(|at| {
            let mut cursor = Cursor::new(&tokens[at..]);
            cursor.take_word(word) && {
                cursor.take_punct('!');
                cursor.group('(').is_some_and(wanted)
            }
        })
    };
    if follows("derive", &|inside| inside.iter().any(is_table)) {
        Some("may make models")
    } else if follows("include", &|inside| inside.first().is_some_and(|token| !is_literal(token))) {
        Some("includes a file that a build script makes")
    } else {
        None
    }
}

fn is_table(token: &Token<'_>) -> bool {
    token.kind == TokenKind::Ident("Table")
}

fn is_literal(token: &Token<'_>) -> bool {
    matches!(token.kind, TokenKind::Literal(_))
}

/// Returns the name and the path that `extern crate` brings in.
pub fn extern_crate(name: &str, tail: &[Token<'_>]) -> Option<(String, PathName)> {
    let mut cursor = Cursor::new(tail);
    let alias = if cursor.take_word("as") { cursor.word()? } else { name };
    let path = match name {
        "self" => PathName { from_root: false, segments: vec!["crate".to_owned()] },
        _ => PathName { from_root: true, segments: vec![name.to_owned()] },
    };
    (alias != "_").then(|| (alias.to_owned(), path))
}
