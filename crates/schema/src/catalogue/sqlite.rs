//! Objects from SQLite's catalogue, which keeps every statement as it was written: here it is taken apart.
//!
//! Whatever a statement says is in some object, so nothing can change unseen; layout, quotes and case are not compared.
//! Read [`objects`] first.

use alembic_revisions::DialectName;
use alembic_revisions::split::{SplitRules, tokens};

use super::Object;
use crate::backend::Row;

/// Words with which a constraint of a table begins, where a column would begin with its name.
const CONSTRAINTS: [&str; 5] = ["constraint", "primary", "unique", "check", "foreign"];

pub(super) fn objects(rows: &[Row]) -> Vec<Object> {
    let mut objects = Vec::new();
    for row in rows {
        let text = |at: usize| row.get(at).and_then(Option::as_deref);
        if let (Some("object"), Some(kind), Some(name), Some(table), Some(sql)) =
            (text(0), text(1), text(2), text(3), text(4))
        {
            match kind {
                "table" => objects.extend(table_objects(name, sql)),
                "view" => objects.push(whole(kind, name, None, sql)),
                _ => objects.push(whole(kind, name, Some(table), sql)),
            }
        }
    }
    objects
}

fn whole(kind: &str, name: &str, table: Option<&str>, sql: &str) -> Object {
    Object {
        kind: kind.to_owned(),
        name: name.to_owned(),
        table: table.map(str::to_owned),
        definition: shown(sql),
        canonical: folded(&pieces(sql)),
        place: None,
    }
}

/// Returns a table, its columns and its constraints.
fn table_objects(name: &str, sql: &str) -> Vec<Object> {
    let tokens = pieces(sql);
    let is_virtual = tokens.get(1).is_some_and(|token| token.eq_ignore_ascii_case("virtual"));
    let Some(open) = tokens.iter().position(|token| *token == "(").filter(|_| !is_virtual) else {
        return vec![whole("table", name, None, sql)];
    };
    let mut depth = 0;
    let mut items: Vec<Vec<&str>> = vec![Vec::new()];
    let mut rest = Vec::new();
    for token in &tokens[open..] {
        match *token {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        match (depth, *token) {
            (1, "(") if items.len() == 1 && items[0].is_empty() => {}
            (0, ")") if rest.is_empty() => {}
            (..=0, token) => rest.push(token),
            (1, ",") => items.push(Vec::new()),
            (_, token) => items.last_mut().into_iter().for_each(|item| item.push(token)),
        }
    }
    let table = Object {
        kind: "table".to_owned(),
        name: name.to_owned(),
        table: None,
        definition: written(sql, &rest),
        canonical: folded(&rest),
        place: None,
    };
    let parts =
        items.iter().zip(0..).filter(|(item, _)| !item.is_empty()).map(|(item, place)| part(sql, name, item, place));
    std::iter::once(table).chain(parts).collect()
}

/// Returns a column or a constraint.
fn part(sql: &str, table: &str, item: &[&str], place: u32) -> Object {
    let words: Vec<String> = item.iter().map(|token| fold(token)).collect();
    let is_constraint = CONSTRAINTS.contains(&words[0].as_str()) && !item[0].starts_with(['"', '[', '`']);
    let (kind, name, body) = match (is_constraint, words[0].as_str()) {
        (false, _) => ("column", fold(item[0]), 1),
        (true, "constraint") => (kind(words.get(2)), words.get(1).cloned().unwrap_or_default(), 2),
        (true, _) => (kind(words.first()), words.join(" "), 0),
    };
    Object {
        kind: kind.to_owned(),
        name,
        table: Some(table.to_owned()),
        definition: written(sql, item.get(body..).unwrap_or_default()),
        canonical: words.get(body..).unwrap_or_default().join(" "),
        place: (!is_constraint).then_some(place),
    }
}

fn kind(word: Option<&String>) -> &'static str {
    match word.map(String::as_str) {
        Some("primary") => "primary key",
        Some("unique") => "unique constraint",
        Some("foreign") => "foreign key",
        Some("check") => "check",
        _ => "constraint",
    }
}

fn pieces(sql: &str) -> Vec<&str> {
    const RULES: SplitRules = SplitRules::of(DialectName::Sqlite);
    tokens(sql, &RULES).collect()
}

/// Returns what stands between the first and the last of these pieces of the statement, on one line.
fn written(sql: &str, pieces: &[&str]) -> String {
    let at = |piece: &str| (piece.as_ptr() as usize).checked_sub(sql.as_ptr() as usize);
    let range = pieces.first().zip(pieces.last()).and_then(|(first, last)| Some(at(first)?..at(last)? + last.len()));
    range.and_then(|range| sql.get(range)).map(shown).unwrap_or_default()
}

/// Returns the statement on one line.
fn shown(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn folded(tokens: &[&str]) -> String {
    tokens.iter().map(|token| fold(token)).collect::<Vec<_>>().join(" ")
}

/// Returns a token without quotes that it does not need, in small letters unless it is a string.
fn fold(token: &str) -> String {
    if token.starts_with('\'') {
        return token.to_owned();
    }
    let inside = [('"', '"'), ('`', '`'), ('[', ']')].into_iter().find_map(|(open, close)| {
        let inside = token.strip_prefix(open)?.strip_suffix(close)?;
        (!inside.is_empty() && inside.chars().all(|character| character.is_alphanumeric() || character == '_'))
            .then_some(inside)
    });
    inside.unwrap_or(token).to_lowercase()
}
