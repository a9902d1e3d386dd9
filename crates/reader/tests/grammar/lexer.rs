//! A lexer for the sources in these tests: no comments, no byte strings beyond their prefix.

use alembic_reader::Span;
use alembic_reader::grammar::ast::{Token, TokenKind};

pub fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = source[at..].chars().next() {
        let rest = &source[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, len) = token(first, rest);
        tokens.push(Token { kind, span: Span::from(at..at + len) });
        at += len;
    }
    tokens
}

fn token(first: char, rest: &str) -> (TokenKind<'_>, usize) {
    let words = |from: usize| {
        let end = |c: char| !c.is_alphanumeric() && c != '_';
        rest[from..].find(end).map_or(rest.len(), |end| from + end)
    };
    match first {
        '(' | '[' | '{' => (TokenKind::Open(first), 1),
        ')' | ']' | '}' => (TokenKind::Close(first), 1),
        '"' => literal(rest, quoted(rest, 1)),
        'b' | 'c' if rest[1..].starts_with('"') => literal(rest, quoted(rest, 2)),
        'r' if raw_hashes(rest).is_some() => literal(rest, raw(rest)),
        'r' if rest.starts_with("r#") => (TokenKind::Ident(&rest[2..words(2)]), words(2)),
        '\'' if rest[2..].starts_with('\'') => literal(rest, 3),
        '\'' => (TokenKind::Lifetime(&rest[1..words(1)]), words(1)),
        '0'..='9' => literal(rest, number(rest)),
        c if c.is_alphabetic() || c == '_' => (TokenKind::Ident(&rest[..words(0)]), words(0)),
        c => (TokenKind::Punct(c), c.len_utf8()),
    }
}

fn literal(rest: &str, len: usize) -> (TokenKind<'_>, usize) {
    (TokenKind::Literal(&rest[..len]), len)
}

fn quoted(rest: &str, from: usize) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(from) {
        match c {
            '"' if !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    rest.len()
}

fn raw_hashes(rest: &str) -> Option<usize> {
    let hashes = rest[1..].bytes().take_while(|&byte| byte == b'#').count();
    rest[1 + hashes..].starts_with('"').then_some(hashes)
}

fn raw(rest: &str) -> usize {
    let hashes = raw_hashes(rest).unwrap_or_default();
    let guard = format!("\"{}", "#".repeat(hashes));
    let body = 2 + hashes;
    rest[body..].find(&guard).map_or(rest.len(), |end| body + end + guard.len())
}

fn number(rest: &str) -> usize {
    let mut end = 0;
    for (at, c) in rest.char_indices() {
        let signs = matches!(c, '+' | '-') && rest[..at].ends_with(['e', 'E']) && !rest.starts_with("0x");
        if !(c.is_alphanumeric() || c == '_' || c == '.' || signs) {
            break;
        }
        end = at + 1;
    }
    end
}
