//! The parts of `#[table(…)]` that name several columns: `index`, `unique`, `check`, `foreign_key`.

use super::ast::{
    At, CheckItem, Fault, ForeignKeyItem, ForeignKeyOptions, IndexItem, KeyItem, NullsItem, Token, TokenKind,
};
use super::column::{DIALECTS, foreign_key_option};
use super::entry::{self, Entry, Keyed, set};
use super::fault::{twice, unknown};
use super::literal::{self, Value};
use super::reference::reference;

const INDEX_KEYS: &[&str] = &["expr", "name", "where", "using", "include", "ops", "concurrently", "len"];
const UNIQUE_KEYS: &[&str] =
    &["expr", "name", "where", "using", "include", "ops", "concurrently", "len", "nulls_not_distinct"];

pub(super) fn index<'s>(keyed: &Keyed<'_, 's>, faults: &mut Vec<Fault>) -> Result<At<IndexItem<'s>>, Fault> {
    index_or_unique(keyed, INDEX_KEYS, faults)
}

pub(super) fn unique<'s>(keyed: &Keyed<'_, 's>, faults: &mut Vec<Fault>) -> Result<At<IndexItem<'s>>, Fault> {
    index_or_unique(keyed, UNIQUE_KEYS, faults)
}

fn index_or_unique<'s>(
    keyed: &Keyed<'_, 's>,
    keys: &[&str],
    faults: &mut Vec<Fault>,
) -> Result<At<IndexItem<'s>>, Fault> {
    let word = keyed.key.value;
    let tokens = keyed.list(format_args!("{word}(field, …)"))?;
    let mut index = IndexItem::default();
    let before = faults.len();
    for entry in entry::entries(tokens, faults) {
        let read = match entry {
            Entry::Keyed(keyed) => index_entry(&keyed, keys, &mut index, faults),
            Entry::Bare(first, piece) => ordered_field(first, piece).map(|key| index.keys.push(key)),
        };
        faults.extend(read.err());
    }
    if index.keys.is_empty() && faults.len() == before {
        let fault = Fault::new(keyed.key.span, format!("`{word}` names no field"));
        return Err(fault.help(format!("write `{word}(field, …)`")));
    }
    Ok(At { value: index, span: keyed.key.span })
}

fn index_entry<'s>(
    keyed: &Keyed<'_, 's>,
    keys: &[&str],
    index: &mut IndexItem<'s>,
    faults: &mut Vec<Fault>,
) -> Result<(), Fault> {
    let key = &keyed.key;
    match key.value {
        "nulls_not_distinct" if keyed.is_word() && !keys.contains(&"nulls_not_distinct") => {
            Err(Fault::new(key.span, "`nulls_not_distinct` is for `unique(…)`"))
        }
        "nulls_not_distinct" if keyed.is_word() => flag(&mut index.nulls_not_distinct, key),
        "concurrently" if keyed.is_word() => flag(&mut index.concurrently, key),
        name if keyed.is_word() => {
            let value = KeyItem::Field { name, descending: false, nulls: None };
            index.keys.push(At { value, span: key.span });
            Ok(())
        }
        "expr" => {
            let text = keyed.string()?;
            index.keys.push(At { value: KeyItem::Expression(text.value), span: text.span });
            Ok(())
        }
        "name" => set(&mut index.name, key, keyed.string()),
        "where" => set(&mut index.predicate, key, keyed.string()),
        "using" => set(&mut index.using, key, keyed.string()),
        "include" => {
            index.include.extend(entry::names(keyed.list("include(field, …)")?, faults));
            Ok(())
        }
        "ops" => {
            for field in entry::keyed(keyed.list("ops(field = \"…\")")?, faults) {
                match field.string() {
                    Ok(class) => index.ops.push((field.key, class)),
                    Err(fault) => faults.push(fault),
                }
            }
            Ok(())
        }
        "len" => {
            for field in entry::keyed(keyed.list("len(field = 64)")?, faults) {
                match field.whole_number() {
                    Ok(length) => index.len.push((field.key, length)),
                    Err(fault) => faults.push(fault),
                }
            }
            Ok(())
        }
        _ => Err(unknown(key, keys)),
    }
}

fn flag(flag: &mut bool, key: &At<&str>) -> Result<(), Fault> {
    if std::mem::replace(flag, true) { Err(twice(key)) } else { Ok(()) }
}

/// `field.desc`, `field.desc.nulls_last`
fn ordered_field<'s>(first: &Token<'s>, piece: &[Token<'s>]) -> Result<At<KeyItem<'s>>, Fault> {
    let TokenKind::Ident(name) = first.kind else {
        return Err(
            Fault::new(first.span, "expected the name of a field").help("write `expr = \"…\"` for an expression")
        );
    };
    let mut rest = piece.get(1..).unwrap_or_default();
    let mut order: Option<bool> = None;
    let mut nulls: Option<NullsItem> = None;
    while let [dot, more @ ..] = rest {
        let expected = || Fault::new(dot.span, "expected `.asc`, `.desc`, `.nulls_first` or `.nulls_last`");
        let [Token { kind: TokenKind::Ident(word), span }, more @ ..] = more else { return Err(expected()) };
        if dot.kind != TokenKind::Punct('.') {
            return Err(expected());
        }
        let again = match *word {
            "asc" => order.replace(false).is_some(),
            "desc" => order.replace(true).is_some(),
            "nulls_first" => nulls.replace(NullsItem::First).is_some(),
            "nulls_last" => nulls.replace(NullsItem::Last).is_some(),
            _ => {
                let word = At { value: *word, span: *span };
                return Err(unknown(&word, &["asc", "desc", "nulls_first", "nulls_last"]));
            }
        };
        if again {
            return Err(Fault::new(*span, format!("`{word}` orders `{name}` a second time")));
        }
        rest = more;
    }
    let value = KeyItem::Field { name, descending: order == Some(true), nulls };
    Ok(At { value, span: first.span })
}

pub(super) fn check(keyed: &Keyed<'_, '_>, faults: &mut Vec<Fault>) -> Result<At<CheckItem>, Fault> {
    let span = keyed.key.span;
    let mut item = CheckItem::default();
    let before = faults.len();
    for entry in entry::entries(keyed.list("check(name = \"…\", \"…\")")?, faults) {
        let read = match entry {
            Entry::Keyed(keyed) => check_entry(&keyed, &mut item),
            Entry::Bare(first, piece) => expression(first, piece).map(|text| item.expressions.push((None, text))),
        };
        faults.extend(read.err());
    }
    if item.expressions.is_empty() && faults.len() == before {
        return Err(Fault::new(span, "the check has no expression").help("write `check(name = \"…\", \"…\")`"));
    }
    let common = item.expressions.iter().find(|(dialect, _)| dialect.is_none());
    if let Some((_, text)) = common
        && item.expressions.len() > 1
    {
        return Err(Fault::new(text.span, "a check has one expression, or one for each dialect")
            .help("write `postgres = \"…\", sqlite = \"…\"`"));
    }
    Ok(At { value: item, span })
}

fn check_entry(keyed: &Keyed<'_, '_>, item: &mut CheckItem) -> Result<(), Fault> {
    let key = &keyed.key;
    if key.value == "name" {
        return set(&mut item.name, key, keyed.string());
    }
    let Some((_, dialect)) = DIALECTS.iter().find(|(word, _)| *word == key.value) else {
        return Err(unknown(key, &["name", "postgres", "sqlite", "mysql", "mariadb"]));
    };
    if item.expressions.iter().any(|(given, _)| given.as_ref().is_some_and(|given| given.value == *dialect)) {
        return Err(twice(key));
    }
    item.expressions.push((Some(At { value: *dialect, span: key.span }), keyed.string()?));
    Ok(())
}

fn expression(first: &Token<'_>, piece: &[Token<'_>]) -> Result<At<String>, Fault> {
    match literal::value(piece).transpose()? {
        Some(At { value: Value::Text(value), span }) if !value.trim().is_empty() => Ok(At { value, span }),
        _ => Err(Fault::new(first.span, "expected an expression in a string")),
    }
}

const FOREIGN_KEY_KEYS: &[&str] = &["columns", "references", "on_delete", "on_update", "deferrable", "fk_name"];

/// None if what is missing was read wrong.
pub(super) fn foreign_key<'s>(
    keyed: &Keyed<'_, 's>,
    faults: &mut Vec<Fault>,
) -> Result<Option<At<ForeignKeyItem<'s>>>, Fault> {
    let span = keyed.key.span;
    let example = "foreign_key(columns(a, b), references = \"table(c, d)\")";
    let (mut columns, mut references, mut options) = (None, None, ForeignKeyOptions::default());
    let before = faults.len();
    for keyed in entry::keyed(keyed.list(example)?, faults) {
        let key = &keyed.key;
        let read = match key.value {
            "columns" => keyed.list("columns(a, b)").and_then(|tokens| {
                let names = entry::names(tokens, faults);
                set(&mut columns, key, Ok(At { value: names, span: key.span }))
            }),
            "references" => set(&mut references, key, keyed.string().and_then(|text| reference(&text))),
            _ => foreign_key_option(&mut options, &keyed).unwrap_or_else(|| Err(unknown(key, FOREIGN_KEY_KEYS))),
        };
        faults.extend(read.err());
    }
    match (columns, references) {
        (Some(columns), Some(references)) => {
            Ok(Some(At { value: ForeignKeyItem { columns: columns.value, references, options }, span }))
        }
        _ if faults.len() > before => Ok(None),
        _ => Err(Fault::new(span, "`foreign_key` needs `columns` and `references`").help(format!("write `{example}`"))),
    }
}
