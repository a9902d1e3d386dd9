//! Tier 1 of equality: the spelling of types, defaults, checks and indexes, from text alone.
//!
//! Both sides of a comparison pass through it. What it leaves different, the database may still find equal. Read
//! [`normalize`] first, then [`align`].

use alembic_revisions::DialectName;

use super::tokens::{Kind, Token, canonical, simplified, tokens, written};
use super::type_name::{TypeName, is_number, is_text};
use crate::backend::ink::Ink;
use crate::schema::{
    Column, ColumnType, Identity, Index, IndexKey, IndexPart, Nulls, ObjectName, Order, Schema, Table, TableOptions,
};

const INK: Ink = Ink(DialectName::Postgres);

pub(super) fn normalize(schema: &mut Schema) {
    let keys: Vec<(ObjectName, Vec<String>)> = schema
        .tables
        .iter()
        .filter_map(|(name, table)| table.primary_key.as_ref().map(|key| (name.clone(), key.columns.clone())))
        .collect();
    for table in schema.tables.values_mut() {
        normalize_table(table);
        for key in &mut table.foreign_keys {
            if key.referenced_columns.is_empty()
                && let Some((_, columns)) = keys.iter().find(|(name, _)| *name == key.references)
            {
                key.referenced_columns.clone_from(columns);
            }
        }
    }
}

fn normalize_table(table: &mut Table) {
    table.options = TableOptions::default();
    table.comment.take_if(|comment| comment.is_empty());
    for column in &mut table.columns {
        normalize_column(&table.name, column);
        let is_key = table.primary_key.as_ref().is_some_and(|key| key.columns.contains(&column.name));
        if is_key || column.identity.is_some() {
            column.nullable = false;
        }
    }
    for check in &mut table.checks {
        check.expression = canonical(&check.expression);
    }
    table.indexes.iter_mut().for_each(normalize_index);
}

fn normalize_column(table: &ObjectName, column: &mut Column) {
    column.comment.take_if(|comment| comment.is_empty());
    column.collation.take_if(|collation| collation == "default");
    column.sql_type.sql = normalized_type(&column.sql_type);
    if let Some(integer) = of_serial(&column.sql_type.sql) {
        column.sql_type.sql = integer.to_owned();
        let sequence = ObjectName { name: format!("{}_{}_seq", table.name, column.name), ..table.clone() };
        column.identity.get_or_insert(Identity::Serial { sequence });
    }
    let name = TypeName::parse(&column.sql_type.sql);
    column.default = column.default.take().and_then(|default| normalized_default(&default, &name));
    if let Some(generated) = &mut column.generated {
        generated.expression = canonical(&generated.expression);
    }
}

fn normalized_type(sql_type: &ColumnType) -> String {
    let name = TypeName::parse(&sql_type.sql);
    match &sql_type.enum_type {
        Some(declared) => format!("{}{}", INK.object(declared), if name.is_array { "[]" } else { "" }),
        None => name.sql(),
    }
}

/// No type, but an order to number rows with a sequence.
fn of_serial(sql: &str) -> Option<&'static str> {
    match sql {
        "smallserial" | "serial2" => Some("smallint"),
        "serial" | "serial4" => Some("integer"),
        "bigserial" | "serial8" => Some("bigint"),
        _ => None,
    }
}

/// Returns the default without casts that say the column's own type; none for NULL.
fn normalized_default(sql: &str, column: &TypeName) -> Option<String> {
    let Some(found) = tokens(sql).map(simplified) else { return Some(sql.trim().to_owned()) };
    let literal = match literal_length(&found) {
        Some(length) if casts_to(&found[length..], column, &found[..length]) => simplified(found[..length].to_vec()),
        _ => return Some(canonical(sql)),
    };
    let text = written(&literal);
    let bare = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    match bare {
        None if text == "NULL" => None,
        Some(number) if is_number(&column.base) && !column.is_array && is_numeric_literal(number) => {
            Some(number.to_owned())
        }
        Some(word) if column.base == "boolean" && !column.is_array => {
            let lower = word.to_ascii_lowercase();
            Some(match lower.as_str() {
                "t" | "true" | "y" | "yes" | "on" | "1" => "true".to_owned(),
                "f" | "false" | "n" | "no" | "off" | "0" => "false".to_owned(),
                _ => text,
            })
        }
        _ => Some(text),
    }
}

/// Returns how many tokens the literal at the beginning has: `1`, `-1`, `(-1)`, `'x'`, `true`.
fn literal_length(tokens: &[Token]) -> Option<usize> {
    match tokens {
        [open, minus, number, close, ..]
            if open.is("(") && minus.is("-") && number.kind == Kind::Number && close.is(")") =>
        {
            Some(4)
        }
        [open, number, close, ..] if open.is("(") && number.kind == Kind::Number && close.is(")") => Some(3),
        [minus, number, ..] if minus.is("-") && number.kind == Kind::Number => Some(2),
        [literal, ..] if matches!(literal.kind, Kind::Text | Kind::Number) => Some(1),
        [word, ..] if ["true", "false", "NULL"].iter().any(|literal| word.is(literal)) => Some(1),
        _ => None,
    }
}

/// True if `rest` is nothing but casts that the column makes by itself.
fn casts_to(rest: &[Token], column: &TypeName, literal: &[Token]) -> bool {
    if rest.is_empty() {
        return true;
    }
    let Some((cast, rest)) = rest.split_first().filter(|(cast, _)| cast.is("::")).map(|(_, rest)| {
        let end = rest.iter().position(|token| token.is("::")).unwrap_or(rest.len());
        rest.split_at(end)
    }) else {
        return false;
    };
    let sql: Vec<&str> = cast.iter().map(|token| token.text.as_str()).collect();
    let name = TypeName::parse(&sql.join(" "));
    let has_fraction = literal.iter().any(|token| token.text.contains(['.', 'e', 'E']));
    let is_whole = matches!(name.base.as_str(), "smallint" | "integer" | "bigint");
    let is_own =
        plain(&name.base) == plain(&column.base) && (name.arguments.is_empty() || name.arguments == column.arguments);
    let is_kin = (is_text(&name.base) && is_text(&column.base) && name.arguments.is_empty())
        || (is_number(&name.base)
            && is_number(&column.base)
            && name.arguments.is_empty()
            && !(is_whole && has_fraction));
    name.is_array == column.is_array && (is_own || is_kin) && casts_to(rest, column, literal)
}

/// PostgreSQL quotes fewer words than we do.
fn plain(base: &str) -> String {
    base.replace('"', "")
}

fn is_numeric_literal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.chars().all(|character| character.is_ascii_digit() || character == '.')
        && digits.matches('.').count() <= 1
}

fn normalize_index(index: &mut Index) {
    if let Some(method) = &mut index.method {
        method.make_ascii_lowercase();
    }
    index.method.take_if(|method| method == "btree");
    if let Some(predicate) = &mut index.predicate {
        *predicate = canonical(predicate);
    }
    index.keys.iter_mut().for_each(normalize_key);
}

fn normalize_key(key: &mut IndexKey) {
    key.nulls = match (key.order, key.nulls) {
        (Order::Ascending, Nulls::Last) | (Order::Descending, Nulls::First) => Nulls::Default,
        (_, nulls) => nulls,
    };
    if let IndexPart::Expression(expression) = &mut key.part {
        *expression = canonical(expression);
        if let Some(column) = as_column(expression) {
            key.part = IndexPart::Column(column);
        }
    }
}

fn as_column(expression: &str) -> Option<String> {
    match tokens(expression)?.as_slice() {
        [name] if name.kind == Kind::Name => {
            Some(name.text.strip_prefix('"')?.strip_suffix('"')?.replace("\"\"", "\""))
        }
        [word] if word.kind == Kind::Word && !word.text.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            Some(word.text.clone())
        }
        _ => None,
    }
}

pub(super) fn align(current: &Schema, wanted: &mut Schema) {
    for (name, table) in &mut wanted.tables {
        let Some(old) = current.tables.get(name) else { continue };
        for column in &mut table.columns {
            if let Some(old) = old.column(&column.name) {
                align_column(old, column);
            }
        }
    }
}

fn align_column(current: &Column, wanted: &mut Column) {
    let says_now = |column: &Column| {
        column
            .default
            .as_deref()
            .is_some_and(|default| matches!(default, "now()" | "CURRENT_TIMESTAMP" | "transaction_timestamp()"))
    };
    if says_now(current) && says_now(wanted) {
        wanted.default.clone_from(&current.default);
    }
    let is_numbered = matches!(wanted.identity, Some(Identity::ByDefault | Identity::Serial { .. }));
    let is_serial = matches!(current.identity, Some(Identity::Serial { .. }));
    let was_by_default = current.identity == Some(Identity::ByDefault);
    if is_numbered && (is_serial || was_by_default) {
        wanted.identity.clone_from(&current.identity);
    }
}

#[cfg(test)]
mod tests;
