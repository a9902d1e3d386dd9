//! Reads what `SHOW CREATE TABLE` prints, for temporary tables are in no catalogue.
//!
//! Knows the print of MariaDB and MySQL, not all that a person may write. Foreign keys are passed over: a temporary
//! table has none. Read [`table`] first.

use super::expression::{closing, print};
use super::lex::{Token, tokens};
use super::read::Found;
use super::sql_type::{SqlType, charset_name};
use crate::schema::{
    Check, Column, ColumnType, Generated, Identity, Index, IndexKey, IndexPart, Name, Order, PrimaryKey, Storage,
    TableOptions,
};

/// Words that end the type of a column, and of its default.
#[rustfmt::skip]
const ATTRIBUTES: &[&str] = &[
    "as", "auto_increment", "check", "comment", "default", "generated", "invisible", "not", "null", "on", "stored",
    "virtual", "without",
];

/// Returns the table, still without its name; nothing if the text is no table's.
pub(super) fn table(sql: &str) -> Option<Found> {
    let all = tokens(sql);
    let open = all.iter().position(|token| token.is_symbol("("))?;
    let close = closing(&all, open)?;
    let mut found = Found::default();
    for part in split(&all[open + 1..close]) {
        let first = part.first()?;
        match first {
            Token::Quoted(_) => column(part, &mut found)?,
            _ => key(part, &mut found)?,
        }
    }
    options(&all[close + 1..], &mut found);
    Some(found)
}

/// Splits at the commas that are in no parentheses.
fn split(tokens: &[Token]) -> Vec<&[Token]> {
    let mut depth = 0_usize;
    let is_comma = |token: &Token| {
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            depth = depth.saturating_sub(1);
        }
        depth == 0 && token.is_symbol(",")
    };
    tokens.split(is_comma).collect()
}

fn column(part: &[Token], found: &mut Found) -> Option<()> {
    let (name, rest) = part.split_first()?;
    let end = attribute(rest, 0);
    let sql_type = SqlType::from_tokens(&rest[..end]);
    let mut column = Column {
        name: name.name()?.to_owned(),
        collation: sql_type.collation.clone(),
        sql_type: ColumnType::new(sql_type.sql()),
        nullable: true,
        ..Column::default()
    };
    let mut rest = &rest[end..];
    while let Some(first) = rest.first() {
        let word = first.name().unwrap_or_default().to_lowercase();
        let end = attribute(rest, 1);
        let (value, after) = rest[1..].split_at(end - 1);
        rest = after;
        match word.as_str() {
            "not" => column.nullable = false,
            "default" => column.default = Some(print(value)),
            "on" => {
                let before = column.default.take().unwrap_or_else(|| "NULL".to_owned());
                column.default = Some(format!("{before} ON {}", print(value)));
            }
            "invisible" => column.sql_type.sql.push_str(" invisible"),
            "auto_increment" => column.identity = Some(Identity::AutoIncrement),
            "comment" => column.comment = value.first().and_then(text),
            "as" => {
                let expression = print(value);
                column.generated = Some(Generated { expression, storage: Storage::Virtual });
            }
            "stored" => {
                if let Some(generated) = &mut column.generated {
                    generated.storage = Storage::Stored;
                }
            }
            "check" => found.column_checks.push((column.name.clone(), inside(value))),
            _ => {}
        }
    }
    found.table.columns.push(column);
    Some(())
}

/// Returns where the next attribute begins, from `start` on.
fn attribute(tokens: &[Token], start: usize) -> usize {
    let mut at = start;
    while let Some(token) = tokens.get(at) {
        if token.is_symbol("(") {
            at = closing(tokens, at).unwrap_or(tokens.len());
        } else if at > start || start == 0 || !token.is_word("null") {
            // `NULL` right after `NOT` or `DEFAULT` is what they are about.
            let is_attribute = |word: &String| ATTRIBUTES.contains(&word.to_lowercase().as_str());
            if matches!(token, Token::Word(word) if is_attribute(word)) {
                return at;
            }
        }
        at += 1;
    }
    tokens.len()
}

fn text(token: &Token) -> Option<String> {
    if let Token::Text(value) = token { Some(value.clone()) } else { None }
}

/// Returns what stands in the parentheses.
fn inside(tokens: &[Token]) -> String {
    let end = closing(tokens, 0).unwrap_or(tokens.len());
    print(tokens.get(1..end).unwrap_or_default())
}

fn key(part: &[Token], found: &mut Found) -> Option<()> {
    let open = part.iter().position(|token| token.is_symbol("("))?;
    let (head, rest) = part.split_at(open);
    let columns = &rest[1..closing(rest, 0)?];
    let name =
        head.iter().rev().find_map(|token| if let Token::Quoted(name) = token { Some(name.clone()) } else { None });
    let name = name.map_or(Name::Unnamed, Name::Stated);
    let has = |word: &str| head.iter().any(|token| token.is_word(word));
    if has("foreign") {
        return Some(());
    }
    if has("check") {
        found.table.checks.push(Check { name, expression: print(columns) });
        return Some(());
    }
    let keys: Vec<IndexKey> = split(columns).into_iter().filter_map(index_key).collect();
    if has("primary") {
        let columns = keys.into_iter().filter_map(column_name).collect();
        found.table.primary_key = Some(PrimaryKey { name: Name::Unnamed, columns });
        return Some(());
    }
    let method = ["fulltext", "spatial"].into_iter().find(|method| has(method)).map(str::to_owned);
    found.table.indexes.push(Index { name, keys, unique: has("unique"), method, ..Index::default() });
    Some(())
}

fn index_key(tokens: &[Token]) -> Option<IndexKey> {
    let (first, rest) = tokens.split_first()?;
    let part = match first {
        Token::Symbol(_) => IndexPart::Expression(inside(tokens)),
        _ => IndexPart::Column(first.name()?.to_owned()),
    };
    let length = match (&part, rest) {
        (IndexPart::Column(_), [Token::Symbol("("), Token::Number(length), ..]) => length.parse().ok(),
        _ => None,
    };
    let is_descending = rest.last().is_some_and(|token| token.is_word("desc"));
    let order = if is_descending { Order::Descending } else { Order::Ascending };
    Some(IndexKey { part, order, length, ..IndexKey::column("") })
}

fn column_name(key: IndexKey) -> Option<String> {
    if let IndexPart::Column(name) = key.part { Some(name) } else { None }
}

fn options(tokens: &[Token], found: &mut Found) {
    let mut options = TableOptions::default();
    for option in tokens.windows(3) {
        let [key, Token::Symbol("="), value] = option else { continue };
        if key.is_word("engine") {
            options.engine = value.name().map(str::to_owned);
        } else if key.is_word("charset") {
            options.charset = value.name().map(charset_name);
        } else if key.is_word("collate") {
            options.collate = value.name().map(charset_name);
        } else if key.is_word("comment") {
            found.table.comment = text(value);
        }
    }
    found.table.options = options;
}
