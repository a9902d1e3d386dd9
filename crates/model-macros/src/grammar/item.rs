//! From the tokens of an item to its struct: attributes, name, fields. Types are kept as they are written.

use super::super::Span;
use super::ast::{At, Derive, Fault, FieldDecl, SqlxItems, StructDecl, TableItems, Token, TokenKind};
use super::column::{ColumnReader, Scope};
use super::entry::close;
use super::{sqlx, table, words};

/// `#[path(…)]`
struct Attribute<'t, 's> {
    name: &'s str,
    span: Span,
    /// What stands between the parentheses; None without any.
    list: Option<&'t [Token<'s>]>,
}

/// Reads a struct as far as it can be read.
pub(super) fn read<'s>(tokens: &[Token<'s>], derive: Derive) -> (Option<StructDecl<'s>>, Vec<Fault>) {
    let mut faults = Vec::new();
    let decl = read_struct(tokens, derive, &mut faults).unwrap_or_else(|fault| {
        faults.extend(fault);
        None
    });
    (decl, faults)
}

fn read_struct<'s>(
    tokens: &[Token<'s>],
    derive: Derive,
    faults: &mut Vec<Fault>,
) -> Result<Option<StructDecl<'s>>, Option<Fault>> {
    let (attributes, at) = attributes(tokens, 0);
    let mut at = skip_visibility(tokens, at);
    let keyword = tokens.get(at).ok_or(None)?;
    if !is_word(keyword, "struct") {
        return Err(Some(no_struct(keyword, derive)));
    }
    at += 1;
    let Some(Token { kind: TokenKind::Ident(name), span }) = tokens.get(at) else {
        return Err(Some(Fault::new(keyword.span, "the struct has no name")));
    };
    let name = At { value: *name, span: *span };
    let body = body(tokens, at + 1).ok_or_else(|| {
        let is_open = tokens[at..].iter().any(|token| token.kind == TokenKind::Open('{'));
        Some(match is_open {
            true => Fault::new(name.span, format!("`{}` has no end", name.value)).help("close it with `}`"),
            false => {
                Fault::new(name.span, format!("`{}` has no named fields", name.value)).help("write `struct … { … }`")
            }
        })
    })?;
    let (table, case) = struct_items(&attributes, derive, faults);
    let mut fields = fields(body, faults);
    if let Some(case) = case {
        fields.iter_mut().for_each(|field| rename(field, &case));
    }
    Ok(Some(StructDecl { name, derive, table, fields }))
}

fn no_struct(keyword: &Token<'_>, derive: Derive) -> Fault {
    let fault = Fault::new(keyword.span, format!("`derive({derive:?})` is for structs"));
    if is_word(keyword, "enum") { fault.help("write `derive(Values)` for an enum") } else { fault }
}

/// The fault of an item that `derive(Values)` is not for.
pub(super) fn no_enum(tokens: &[Token<'_>]) -> Option<Fault> {
    let (_, at) = attributes(tokens, 0);
    let keyword = tokens.get(skip_visibility(tokens, at))?;
    (!is_word(keyword, "enum")).then(|| Fault::new(keyword.span, "`derive(Values)` is for enums"))
}

fn struct_items<'s>(
    attributes: &[Attribute<'_, 's>],
    derive: Derive,
    faults: &mut Vec<Fault>,
) -> (TableItems<'s>, Option<At<String>>) {
    let mut items = TableItems::default();
    let mut case = None;
    for attribute in attributes {
        match (attribute.name, attribute.list) {
            ("table", _) if derive == Derive::Columns => faults
                .push(Fault::new(attribute.span, "`derive(Columns)` makes no table").help("write `derive(Table)`")),
            ("table", Some(tokens)) => table::read(tokens, &mut items, faults),
            ("table", None) => faults.push(no_list(attribute, "name = \"…\"")),
            ("column", _) => faults.push(Fault::new(attribute.span, "`#[column(…)]` is for fields")),
            ("sqlx", Some(tokens)) => case = sqlx::rename_all(tokens).or(case),
            _ => {}
        }
    }
    (items, case)
}

fn no_list(attribute: &Attribute<'_, '_>, example: &str) -> Fault {
    let name = attribute.name;
    Fault::new(attribute.span, format!("`{name}` takes a list")).help(format!("write `#[{name}({example})]`"))
}

/// `rename_all` of the struct is a `rename` of each field that has none.
fn rename(field: &mut FieldDecl<'_>, case: &At<String>) {
    if field.sqlx.rename.is_none() {
        field.sqlx.rename =
            words::renamed_all(field.name.value, &case.value).map(|value| At { value, span: case.span });
    }
}

/// The attributes from `at` on, and where they end. Those with a path of several words are nobody's here.
fn attributes<'t, 's>(tokens: &'t [Token<'s>], mut at: usize) -> (Vec<Attribute<'t, 's>>, usize) {
    let mut attributes = Vec::new();
    while let Some(Token { kind: TokenKind::Punct('#'), .. }) = tokens.get(at)
        && let Some(Token { kind: TokenKind::Open('['), .. }) = tokens.get(at + 1)
        && let Some(end) = close(tokens, at + 1)
    {
        attributes.extend(tokens.get(at + 2..end).and_then(attribute));
        at = end + 1;
    }
    (attributes, at)
}

fn attribute<'t, 's>(tokens: &'t [Token<'s>]) -> Option<Attribute<'t, 's>> {
    let (Token { kind: TokenKind::Ident(name), span }, rest) = tokens.split_first()? else { return None };
    let list = match rest {
        [Token { kind: TokenKind::Open('('), .. }, list @ .., Token { kind: TokenKind::Close(_), .. }] => Some(list),
        [Token { kind: TokenKind::Punct(':'), .. }, ..] => return None,
        _ => None,
    };
    Some(Attribute { name, span: *span, list })
}

fn is_word(token: &Token<'_>, word: &str) -> bool {
    token.kind == TokenKind::Ident(word)
}

fn skip_visibility(tokens: &[Token<'_>], at: usize) -> usize {
    match (tokens.get(at), tokens.get(at + 1)) {
        (Some(public), Some(Token { kind: TokenKind::Open('('), .. })) if is_word(public, "pub") => {
            close(tokens, at + 1).map_or(tokens.len(), |end| end + 1)
        }
        (Some(public), _) if is_word(public, "pub") => at + 1,
        _ => at,
    }
}

/// Where a token that `stop` knows stands outside of groups and angle brackets.
fn find(tokens: &[Token<'_>], mut at: usize, stop: impl Fn(&TokenKind<'_>) -> bool) -> usize {
    let mut angles = 0usize;
    while let Some(token) = tokens.get(at) {
        if angles == 0 && stop(&token.kind) {
            break;
        }
        match token.kind {
            TokenKind::Open(_) => at = close(tokens, at).unwrap_or(tokens.len()),
            TokenKind::Punct('<') => angles += 1,
            // The arrow of `Fn() -> T` closes nothing.
            TokenKind::Punct('-') if tokens.get(at + 1).is_some_and(|next| next.kind == TokenKind::Punct('>')) => {
                at += 1
            }
            TokenKind::Punct('>') => angles = angles.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    at
}

/// What stands between the braces of the struct whose generics may start at `at`.
fn body<'t, 's>(tokens: &'t [Token<'s>], at: usize) -> Option<&'t [Token<'s>]> {
    let ends = |kind: &TokenKind<'_>| matches!(kind, TokenKind::Open('{') | TokenKind::Punct(';'));
    let mut open = find(tokens, at, |kind| ends(kind) || matches!(kind, TokenKind::Open('(')) || is_where(kind));
    if tokens.get(open).is_some_and(|token| is_where(&token.kind)) {
        open = find(tokens, open, ends);
    }
    match tokens.get(open)?.kind {
        TokenKind::Open('{') => tokens.get(open + 1..close(tokens, open)?),
        _ => None,
    }
}

fn is_where(kind: &TokenKind<'_>) -> bool {
    *kind == TokenKind::Ident("where")
}

fn fields<'s>(tokens: &[Token<'s>], faults: &mut Vec<Fault>) -> Vec<FieldDecl<'s>> {
    let mut fields = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let end = find(tokens, at, |kind| *kind == TokenKind::Punct(','));
        match tokens.get(at..end).and_then(|tokens| field(tokens, faults)) {
            Some(field) => fields.push(field),
            None => faults.extend(tokens.get(at).map(|token| Fault::new(token.span, "expected a field"))),
        }
        at = end + 1;
    }
    fields
}

fn field<'s>(tokens: &[Token<'s>], faults: &mut Vec<Fault>) -> Option<FieldDecl<'s>> {
    let (attributes, at) = attributes(tokens, 0);
    let at = skip_visibility(tokens, at);
    let Token { kind: TokenKind::Ident(name), span } = tokens.get(at)? else { return None };
    let Token { kind: TokenKind::Punct(':'), .. } = tokens.get(at + 1)? else { return None };
    let end = find(tokens, at + 2, |kind| *kind == TokenKind::Punct('='));
    let rust_type = tokens.get(at + 2..end)?.to_vec();
    let (mut sqlx, mut cfg) = (SqlxItems::default(), Vec::new());
    let mut column = ColumnReader::new(Scope::Field, faults);
    for attribute in &attributes {
        match (attribute.name, attribute.list) {
            ("column", Some(tokens)) => column.read(tokens),
            ("column", None) => column.fault(no_list(attribute, "…")),
            ("table", _) => column.fault(Fault::new(attribute.span, "`#[table(…)]` is for structs")),
            ("sqlx", Some(tokens)) => sqlx::read(tokens, &mut sqlx),
            ("cfg", Some(tokens)) => cfg.push(tokens.to_vec()),
            _ => {}
        }
    }
    let column = column.finish();
    Some(FieldDecl { name: At { value: *name, span: *span }, rust_type, column, sqlx, cfg })
}

/// What stands between the parentheses of each `#[name(…)]` before an item.
pub(super) fn lists<'t, 's>(tokens: &'t [Token<'s>], name: &str, faults: &mut Vec<Fault>) -> Vec<&'t [Token<'s>]> {
    let (attributes, _) = attributes(tokens, 0);
    let mut lists = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.name == name) {
        match attribute.list {
            Some(list) => lists.push(list),
            None => faults.push(no_list(attribute, "name = \"…\"")),
        }
    }
    lists
}
