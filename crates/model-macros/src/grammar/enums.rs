//! `#[table(…)]` of an enum.

use super::ast::{At, EnumItems, Fault, RenamedValue, Token, TokenKind};
use super::entry::{self, Entry, Keyed, set};
use super::fault::unknown;
use super::item;
use super::literal::{self, Value};

/// Reads every `#[table(…)]` that `tokens`, an enum or only its attributes, begins with.
pub(super) fn read(tokens: &[Token<'_>]) -> (EnumItems, Vec<Fault>) {
    let mut faults = Vec::new();
    let mut items = EnumItems::default();
    for list in item::lists(tokens, "table", &mut faults) {
        for keyed in entry::keyed(list, &mut faults) {
            if let Err(fault) = key(&keyed, &mut items, &mut faults) {
                faults.push(fault);
            }
        }
    }
    faults.extend(
        items
            .renamed
            .iter()
            .filter(|value| value.old.value == value.new.value)
            .map(|value| Fault::new(value.new.span, format!("`{}` is renamed to itself", value.new.value))),
    );
    (items, faults)
}

fn key(keyed: &Keyed<'_, '_>, items: &mut EnumItems, faults: &mut Vec<Fault>) -> Result<(), Fault> {
    let key = &keyed.key;
    match key.value {
        "name" => set(&mut items.name, key, keyed.string()),
        "schema" => set(&mut items.schema, key, keyed.string()),
        "renamed" => {
            for entry in entry::entries(keyed.list("renamed(Old = \"New\")")?, faults) {
                match renamed(&entry) {
                    Ok(value) => items.renamed.push(value),
                    Err(fault) => faults.push(fault),
                }
            }
            Ok(())
        }
        _ => Err(unknown(key, &["name", "schema", "renamed"])),
    }
}

/// `Old = "New"`, and `"old value" = "new value"` for what is no word.
fn renamed(entry: &Entry<'_, '_>) -> Result<RenamedValue, Fault> {
    let (first, piece) = match entry {
        Entry::Keyed(keyed) => {
            return Ok(RenamedValue {
                old: At { value: keyed.key.value.to_owned(), span: keyed.key.span },
                new: keyed.string()?,
            });
        }
        Entry::Bare(first, rest) => (first, rest),
    };
    let expected = |token: &Token<'_>| Fault::new(token.span, "expected `Old = \"New\"`");
    match piece {
        [old, Token { kind: TokenKind::Punct('='), .. }, new @ ..] => {
            let text = |tokens| match literal::value(tokens) {
                Some(Ok(At { value: Value::Text(value), span })) => Ok(At { value, span }),
                Some(Err(fault)) => Err(fault),
                Some(Ok(_)) | None => Err(expected(old)),
            };
            Ok(RenamedValue { old: text(std::slice::from_ref(old))?, new: text(new)? })
        }
        _ => Err(expected(first)),
    }
}
