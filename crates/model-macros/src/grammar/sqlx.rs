//! What `#[sqlx(…)]` says of columns. Its faults are told by sqlx itself.

use super::ast::{At, SqlxItems, Token};
use super::entry::{self, Entry, Keyed};
use super::words;

/// Reads one `#[sqlx(…)]` of a field.
pub(super) fn read(tokens: &[Token<'_>], items: &mut SqlxItems) {
    for keyed in keyed(tokens) {
        let word = Some(At { value: (), span: keyed.key.span });
        match keyed.key.value {
            "rename" => items.rename = keyed.string().ok().or(items.rename.take()),
            "try_from" => items.try_from = keyed.string().ok().or(items.try_from.take()),
            "skip" => items.skip = word,
            "flatten" => items.flatten = word,
            "json" => {
                items.json = word;
                let inside = keyed.list("json(nullable)").unwrap_or_default();
                items.json_nullable |= self::keyed(inside).iter().any(|keyed| keyed.key.value == "nullable");
            }
            _ => {}
        }
    }
}

/// The case that `rename_all` of a struct or an enum asks for.
pub(super) fn rename_all(tokens: &[Token<'_>]) -> Option<At<String>> {
    let all = keyed(tokens);
    let case = all.iter().find(|keyed| keyed.key.value == "rename_all")?.string().ok()?;
    words::renamed_all("", &case.value).is_some().then_some(case)
}

fn keyed<'t, 's>(tokens: &'t [Token<'s>]) -> Vec<Keyed<'t, 's>> {
    entry::entries(tokens, &mut Vec::new())
        .into_iter()
        .filter_map(|entry| match entry {
            Entry::Keyed(keyed) => Some(keyed),
            Entry::Bare(..) => None,
        })
        .collect()
}
