//! Names of constraints and indexes: by convention where the model states none, never longer than the database keeps.
//!
//! A name must not depend on the order of models, and a later twin must not take a name that is in use: conventional
//! names that clash all get a hash of what they name. Read [`settle`] first.

use std::collections::{BTreeMap, BTreeSet};

use alembic_revisions::DialectName;

use super::{Lowered, ModelError};
use crate::backend::Backend;
use crate::backend::ink::deferrable;
use crate::schema::{Action, Check, ForeignKey, Index, IndexKey, IndexPart, Name, PrimaryKey, Table, Unique};

/// `_` and eight hex digits.
const HASH: usize = 9;

/// Returns `pk_t`, `fk_t_cols_ref` and the like, not yet cut.
pub fn conventional(kind: &str, parts: &[&str]) -> Name {
    Name::Conventional(format!("{kind}_{}", parts.join("_")))
}

/// Returns what an index is called after: its columns, and the first words of its expressions.
pub fn of_keys(keys: &[IndexKey]) -> String {
    let words: Vec<String> = keys
        .iter()
        .map(|key| match &key.part {
            IndexPart::Column(column) => column.clone(),
            IndexPart::Expression(expression) => words(expression),
        })
        .collect();
    words.join("_")
}

fn words(expression: &str) -> String {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let words: Vec<String> =
        expression.split(|c| !is_word(c)).filter(|word| !word.is_empty()).take(3).map(str::to_lowercase).collect();
    if words.is_empty() { "expr".to_owned() } else { words.join("_") }
}

/// Returns the short name of a check that has none: the same wherever it stands among the others.
pub fn of_expression(expression: &str) -> String {
    format!("{:08x}", fnv1a(expression.as_bytes()))
}

/// Cuts all names to what the database keeps, and makes conventional ones unique within a schema.
pub(super) fn settle(tables: &mut [Lowered<'_>], backend: &dyn Backend, faults: &mut Vec<ModelError>) {
    let limit = backend.identifier_limit();
    let mut uses: BTreeMap<(Option<String>, String), usize> = BTreeMap::new();
    for lowered in tables.iter_mut() {
        let schema = lowered.table.name.schema.clone();
        each(&mut lowered.table, |name, _| {
            if let Some(text) = name.text() {
                *uses.entry((schema.clone(), cut(text, limit))).or_default() += 1;
            }
        });
    }
    for lowered in tables {
        let schema = lowered.table.name.schema.clone();
        let table = lowered.table.name.name.clone();
        each(&mut lowered.table, |name, structure| match name {
            Name::Unnamed => {}
            Name::Stated(text) => *text = cut(text, limit),
            Name::Conventional(text) => {
                let short = cut(text, limit);
                let is_shared = uses.get(&(schema.clone(), short.clone())).is_some_and(|count| *count > 1);
                *text = if is_shared { hashed(text, &format!("{table} {structure}"), limit) } else { short };
            }
        });
        if !lowered.model.external {
            stated_once(lowered, faults);
        }
    }
}

/// No database takes one name twice in a table.
fn stated_once(lowered: &mut Lowered<'_>, faults: &mut Vec<ModelError>) {
    let mut seen = BTreeSet::new();
    let mut twice = BTreeSet::new();
    each(&mut lowered.table, |name, _| {
        if let Name::Stated(text) = name
            && !seen.insert(text.clone())
        {
            twice.insert(text.clone());
        }
    });
    faults.extend(twice.into_iter().map(|name| ModelError::NameTwice {
        table: lowered.table.name.clone(),
        name,
        place: lowered.model.place.clone(),
    }));
}

/// Tables and columns are named by the queries of an application: they cannot be cut.
pub(super) fn check_lengths(lowered: &Lowered<'_>, backend: &dyn Backend, faults: &mut Vec<ModelError>) {
    let limit = backend.identifier_limit();
    let table = (&lowered.model.name.name, &lowered.model.place);
    let columns = lowered.model.columns.iter().map(|column| (&column.name, &column.place));
    faults.extend(std::iter::once(table).chain(columns).filter(|(name, _)| name.len() > limit).map(|(name, place)| {
        let dialect: DialectName = backend.dialect();
        ModelError::NameTooLong { dialect, name: name.clone(), limit, place: place.clone() }
    }));
}

/// Visits every name of a table with the text of what it names.
fn each(table: &mut Table, mut visit: impl FnMut(&mut Name, &str)) {
    if let Some(PrimaryKey { name, columns }) = &mut table.primary_key {
        visit(name, &columns.join(" "));
    }
    for Unique { name, columns, nulls_not_distinct, deferrable: waits } in &mut table.uniques {
        let nulls = if *nulls_not_distinct { NULLS } else { "" };
        visit(name, &format!("{}{nulls}{}", columns.join(" "), deferrable(*waits)));
    }
    for Check { name, expression } in &mut table.checks {
        visit(name, expression);
    }
    for key in &mut table.foreign_keys {
        let ForeignKey { columns, references, referenced_columns, .. } = &*key;
        let columns = format!("{} {references} {}", columns.join(" "), referenced_columns.join(" "));
        let actions = [(" ON DELETE ", key.on_delete), (" ON UPDATE ", key.on_update)];
        let actions: String = actions
            .iter()
            .filter(|(_, action)| *action != Action::default())
            .map(|(event, action)| format!("{event}{}", action.sql()))
            .collect();
        visit(&mut key.name, &format!("{columns}{actions}{}", deferrable(key.deferrable)));
    }
    for index in &mut table.indexes {
        let structure = structure(index);
        visit(&mut index.name, &structure);
    }
}

/// A default adds nothing, as everywhere in these texts.
const NULLS: &str = " NULLS NOT DISTINCT";

fn structure(index: &Index) -> String {
    let keys: Vec<String> = index.keys.iter().map(|key| format!("{key:?}")).collect();
    let (predicate, method) = (index.predicate.as_deref().unwrap_or(""), index.method.as_deref().unwrap_or(""));
    let nulls = if index.nulls_not_distinct { NULLS } else { "" };
    format!("{} {} {predicate} {method} {}{nulls}", index.unique, keys.join(" "), index.include.join(" "))
}

/// Returns the name, or its beginning with a hash where it is too long.
pub fn cut(name: &str, limit: usize) -> String {
    if name.len() <= limit { name.to_owned() } else { hashed(name, "", limit) }
}

fn hashed(name: &str, structure: &str, limit: usize) -> String {
    let mut end = name.len().min(limit.saturating_sub(HASH));
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{:08x}", &name[..end], fnv1a(format!("{name}{structure}").as_bytes()))
}

/// Stable over versions and machines, which `std`'s hashers are not; nobody attacks these names.
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_between_characters_and_keep_apart() {
        for (name, limit, expected) in [
            ("short", 10, "short"),
            ("exactly_10", 10, "exactly_10"),
            ("exactly_11x", 10, "e_ff6dfbe6"),
            ("größer_als_zehn", 12, "gr_5831cb59"),
        ] {
            let cut = cut(name, limit);
            assert!(cut.len() <= limit, "{cut}");
            assert_eq!(cut, expected);
        }
        assert_ne!(cut("ix_a_very_long_name_one", 16), cut("ix_a_very_long_name_two", 16));
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        // Test vectors of the algorithm's authors.
        for (text, expected) in [("", 0x811c_9dc5), ("a", 0xe40c_292c), ("foobar", 0xbf9c_f968)] {
            assert_eq!(fnv1a(text.as_bytes()), expected);
        }
    }

    #[test]
    fn an_expression_gives_its_first_words() {
        for (expression, expected) in [
            ("lower(name)", "lower_name"),
            ("(data ->> 'Kind')", "data_kind"),
            ("coalesce(a, b, c)", "coalesce_a_b"),
            ("*", "expr"),
        ] {
            assert_eq!(words(expression), expected);
        }
    }
}
