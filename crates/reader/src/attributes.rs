//! The attributes of an item that matter here, with `cfg_attr` taken apart.
//!
//! `cfg_attr(any(), …)` is always read: it is how a crate declares models without depending on `alembic-model`, since
//! the compiler always removes it. Read [`Attributes::read`] first.

use alembic_revisions::Span;

use crate::cfg::{Cfg, Truth};
use crate::cursor::{Cursor, PathName, between_commas};
use crate::enums::Container;
use crate::grammar::ast::{Token, TokenKind};
use crate::lexer::{Lexer, tokens};
use crate::literal;

/// What the attributes of an item say.
#[derive(Clone, Debug)]
pub struct Attributes {
    /// Of all its `cfg`.
    pub condition: Truth,
    pub derives: Vec<Derived>,
    /// `#[path = "…"]`
    pub path: Option<String>,
    /// `#[table(…)]` or `#[column(…)]` is there.
    pub names_table: bool,
    /// What `#[sqlx(…)]` says, if it is of a type.
    pub sqlx: Container,
    /// The words of `#[repr(…)]`.
    pub repr: Vec<String>,
    pub macro_use: bool,
}

/// A path in `derive(…)`.
#[derive(Clone, Debug)]
pub struct Derived {
    pub path: PathName,
    pub span: Span,
    /// Other than true where a `cfg_attr` hangs on something unknown.
    pub condition: Truth,
    /// Within `cfg_attr(any(), …)`.
    pub is_for_reading_alone: bool,
}

/// What surrounds an attribute.
#[derive(Clone)]
struct Around {
    condition: Truth,
    is_for_reading_alone: bool,
}

/// Deeper ones are not looked into.
const DEEPEST: usize = 16;

impl Attributes {
    /// Returns what stands between the brackets at `spans` of `text`.
    pub fn read(text: &str, spans: &[Span], cfg: &Cfg<'_>) -> Self {
        let mut read = Attributes {
            condition: Truth::True,
            derives: Vec::new(),
            path: None,
            names_table: false,
            sqlx: Container::default(),
            repr: Vec::new(),
            macro_use: false,
        };
        for span in spans {
            match first_word(text, *span) {
                "table" | "column" => read.names_table = true,
                "cfg" | "cfg_attr" | "derive" | "path" | "sqlx" | "repr" | "macro_use" | "unsafe" => {
                    let around = Around { condition: Truth::True, is_for_reading_alone: false };
                    read.attribute(&tokens(text, span.range()), cfg, &around, DEEPEST);
                }
                _ => {}
            }
        }
        read
    }

    fn attribute(&mut self, tokens: &[Token<'_>], cfg: &Cfg<'_>, around: &Around, depth: usize) {
        let mut cursor = Cursor::new(tokens);
        if cursor.take_word("unsafe") {
            cursor = Cursor::new(cursor.group('(').unwrap_or_default());
        }
        let Some(name) = cursor.word() else { return };
        let is_value = cursor.take_punct('=');
        let inside = cursor.group('(').unwrap_or_default();
        match name {
            "cfg" if !around.is_for_reading_alone => {
                // Removed or not, the `cfg` holds if what surrounds it does not.
                let condition = cfg.holds(inside);
                let condition = match &around.condition {
                    Truth::True => condition,
                    Truth::False => Truth::True,
                    Truth::Unknown(_) if condition == Truth::True => Truth::True,
                    unknown @ Truth::Unknown(_) => unknown.clone(),
                };
                self.condition = self.condition.clone().and(condition);
            }
            "cfg_attr" if depth > 0 => self.conditional(inside, cfg, around, depth),
            "derive" => self.derives.extend(derived(inside, around)),
            "path" if is_value && !around.is_for_reading_alone => {
                self.path = cursor.literal().and_then(literal::text);
                self.condition = self.condition.clone().and(around.condition.clone());
            }
            "table" | "column" => self.names_table = true,
            "sqlx" => self.sqlx.add(inside),
            "repr" => self.repr.extend(between_commas(inside).iter().filter_map(|part| match part {
                [Token { kind: TokenKind::Ident(word), .. }] => Some((*word).to_owned()),
                _ => None,
            })),
            "macro_use" => self.macro_use = true,
            _ => {}
        }
    }

    fn conditional(&mut self, inside: &[Token<'_>], cfg: &Cfg<'_>, around: &Around, depth: usize) {
        let parts = between_commas(inside);
        let Some((predicate, attributes)) = parts.split_first() else { return };
        let around = surrounding(predicate, cfg, around);
        if around.condition != Truth::False {
            for attribute in attributes {
                self.attribute(attribute, cfg, &around, depth - 1);
            }
        }
    }
}

fn surrounding(predicate: &[Token<'_>], cfg: &Cfg<'_>, around: &Around) -> Around {
    if is_always_read(predicate) {
        return Around { is_for_reading_alone: true, ..around.clone() };
    }
    Around { condition: around.condition.clone().and(cfg.holds(predicate)), ..around.clone() }
}

/// True for `any()`.
fn is_always_read(predicate: &[Token<'_>]) -> bool {
    let mut cursor = Cursor::new(predicate);
    cursor.take_word("any") && cursor.group('(').is_some_and(<[_]>::is_empty) && cursor.is_at_end()
}

fn derived(inside: &[Token<'_>], around: &Around) -> Vec<Derived> {
    let derive = |part: &&[Token<'_>]| {
        let last = part.last()?;
        if matches!(last.kind, TokenKind::Ident(word) if STANDARD.contains(&word)) {
            return None;
        }
        let path = Cursor::new(part).path()?;
        let span = Span { start: part.first()?.span.start, end: last.span.end };
        let Around { condition, is_for_reading_alone } = around.clone();
        Some(Derived { path, span, condition, is_for_reading_alone })
    };
    between_commas(inside).iter().filter_map(derive).collect()
}

/// Returns `tokens` with every `#[cfg_attr(…)]` replaced by what it amounts to; what hangs on something unknown is
/// returned beside them.
pub fn expand<'s>(tokens: &[Token<'s>], cfg: &Cfg<'_>) -> (Vec<Token<'s>>, Vec<Truth>) {
    let mut expanded = Vec::with_capacity(tokens.len());
    let mut unknown = Vec::new();
    let mut cursor = Cursor::new(tokens);
    while let Some(token) = cursor.next() {
        expanded.push(*token);
        if token.kind != TokenKind::Punct('#') {
            continue;
        }
        let mut ahead = cursor;
        let Some(content) = ahead.group('[') else { continue };
        let mut inside = Cursor::new(content);
        if inside.take_word("cfg_attr") {
            expanded.pop();
            let around = Around { condition: Truth::True, is_for_reading_alone: false };
            flat(inside.group('(').unwrap_or_default(), cfg, &around, DEEPEST, &mut expanded, &mut unknown);
            cursor = ahead;
        }
    }
    (expanded, unknown)
}

/// Appends each attribute of a `cfg_attr` as `#[…]`.
fn flat<'s>(
    inside: &[Token<'s>],
    cfg: &Cfg<'_>,
    around: &Around,
    depth: usize,
    expanded: &mut Vec<Token<'s>>,
    unknown: &mut Vec<Truth>,
) {
    let parts = between_commas(inside);
    let Some((predicate, attributes)) = parts.split_first() else { return };
    let around = surrounding(predicate, cfg, around);
    if around.condition == Truth::False {
        return;
    }
    for attribute in attributes {
        let mut cursor = Cursor::new(attribute);
        match cursor.word() {
            Some("cfg_attr") if depth > 0 => {
                flat(cursor.group('(').unwrap_or_default(), cfg, &around, depth - 1, expanded, unknown);
            }
            Some("cfg" | "derive") if around.is_for_reading_alone => {}
            Some(name) if around.condition == Truth::True || !READ.contains(&name) => {
                let (Some(first), Some(last)) = (attribute.first(), attribute.last()) else { continue };
                let token = |kind, span| Token { kind, span };
                expanded.push(token(TokenKind::Punct('#'), first.span));
                expanded.push(token(TokenKind::Open('['), first.span));
                expanded.extend_from_slice(attribute);
                expanded.push(token(TokenKind::Close(']'), last.span));
            }
            Some(_) => unknown.push(around.condition.clone()),
            None => {}
        }
    }
}

/// Derives that nobody calls otherwise; most derives are one of these.
const STANDARD: &[&str] =
    &["Clone", "Copy", "Debug", "Default", "Deserialize", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd", "Serialize"];

/// The attributes that are read from tokens.
const READ: &[&str] = &["cfg", "table", "column", "sqlx"];

/// Tells most attributes apart without reading them.
fn first_word(text: &str, span: Span) -> &str {
    Lexer::new(text, span.range()).next().map_or("", |first| &text[first.start..first.end])
}
