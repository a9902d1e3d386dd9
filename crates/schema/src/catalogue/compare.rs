//! Two catalogues compared, and what differs in words.
//!
//! What means the same in another order or in other words is noted, and is no difference. Read [`compare`] first.

use std::collections::{BTreeMap, BTreeSet};

use alembic_revisions::DialectName;

use super::{Catalogue, Key, Object};
use crate::backend::{self, Scope};
use crate::diff::{self, Renames};
use crate::schema::{ObjectName, Schema};

/// One object that two catalogues do not share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    Added(Object),
    Removed(Object),
    Changed { from: Object, to: Object },
}

/// What two catalogues do not share, and still means the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The same columns, in another order.
    Order { table: String, from: Vec<String>, to: Vec<String> },
    /// SQLite keeps the words of the statement that made the table.
    Spelling { table: String },
}

/// What two catalogues do not share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    pub differences: Vec<Difference>,
    pub notes: Vec<Note>,
}

impl Comparison {
    /// Returns what is left if objects of these kinds do not count.
    #[must_use]
    pub fn without(mut self, kinds: &[&str]) -> Self {
        self.differences.retain(|difference| !kinds.contains(&difference.object().kind.as_str()));
        self
    }
}

impl Difference {
    /// Returns the object, as it is after the change unless it is gone then.
    pub fn object(&self) -> &Object {
        match self {
            Difference::Added(object) | Difference::Removed(object) | Difference::Changed { to: object, .. } => object,
        }
    }

    /// Returns what the object is now and was before, in words; empty for an object that needs none.
    pub fn details(&self) -> String {
        match self {
            Difference::Added(object) | Difference::Removed(object) => shortened(&object.definition, SHOWN),
            Difference::Changed { from, to } => changed(&from.definition, &to.definition),
        }
    }
}

/// The most characters of a definition that are shown.
const SHOWN: usize = 120;

/// Returns a text on one line, cut to so many characters.
pub fn shortened(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn changed(from: &str, to: &str) -> String {
    let quoted = |text: &str| {
        if text.trim().is_empty() { "nothing".to_owned() } else { format!("`{}`", shortened(text, SHOWN)) }
    };
    if from.lines().count() <= 1 && to.lines().count() <= 1 {
        return format!("{} instead of {}", quoted(to), quoted(from));
    }
    let mut lines =
        (1..).zip(from.lines().map(Some).chain(std::iter::repeat(None)).zip(to.lines().map(Some).chain([None])));
    match lines.find(|(_, (from, to))| from != to) {
        Some((number, (from, to))) => {
            format!("line {number}: {} instead of {}", quoted(to.unwrap_or_default()), quoted(from.unwrap_or_default()))
        }
        None => format!("{} instead of {}", quoted(to), quoted(from)),
    }
}

/// Returns what `to` has and `from` has not, and the reverse; of a table that only one has, its parts are left out.
pub fn compare(from: &Catalogue, to: &Catalogue) -> Comparison {
    if from.rows == to.rows {
        return Comparison::default();
    }
    let (before, after) = (from.objects(), to.objects());
    let mut notes = orders(&before, &after);
    let mut differences = differences(&before, &after);
    if from.dialect == DialectName::Sqlite {
        let same = respelled(from, to, &differences);
        differences.retain(|difference| !table_of(difference.object()).is_some_and(|table| same.contains(table)));
        notes.extend(same.into_iter().map(|table| Note::Spelling { table }));
    }
    Comparison { differences, notes }
}

fn differences(before: &BTreeMap<Key, Object>, after: &BTreeMap<Key, Object>) -> Vec<Difference> {
    let is_whole = |object: &Object, others: &BTreeMap<Key, Object>| {
        object.table.as_ref().is_none_or(|table| others.keys().any(|(_, of, name)| of.is_none() && name == table))
    };
    let removed = before.iter().filter(|(key, object)| !after.contains_key(*key) && is_whole(object, after));
    let removed = removed.map(|(key, object)| (key, Difference::Removed(object.clone())));
    let others = after.iter().filter_map(|(key, object)| match before.get(key) {
        None if is_whole(object, before) => Some((key, Difference::Added(object.clone()))),
        Some(old) if old.canonical != object.canonical => {
            Some((key, Difference::Changed { from: old.clone(), to: object.clone() }))
        }
        _ => None,
    });
    let mut found: Vec<_> = removed.chain(others).collect();
    found.sort_by_key(|(key, _)| (key.1.is_some(), *key));
    found.into_iter().map(|(_, difference)| difference).collect()
}

/// Returns the tables whose columns are the same in another order.
fn orders(before: &BTreeMap<Key, Object>, after: &BTreeMap<Key, Object>) -> Vec<Note> {
    let (before, after) = (columns(before), columns(after));
    let as_set = |columns: &[String]| columns.iter().cloned().collect::<BTreeSet<_>>();
    let reordered = before.into_iter().filter_map(|(table, from)| {
        let to = after.get(&table)?.clone();
        (from != to && as_set(&from) == as_set(&to)).then_some(Note::Order { table, from, to })
    });
    reordered.collect()
}

fn columns(objects: &BTreeMap<Key, Object>) -> BTreeMap<String, Vec<String>> {
    let mut placed: BTreeMap<String, Vec<(u32, String)>> = BTreeMap::new();
    for object in objects.values() {
        if let (Some(table), Some(place)) = (&object.table, object.place) {
            placed.entry(table.clone()).or_default().push((place, object.name.clone()));
        }
    }
    let in_order = |mut columns: Vec<(u32, String)>| {
        columns.sort();
        columns.into_iter().map(|(_, name)| name).collect()
    };
    placed.into_iter().map(|(table, columns)| (table, in_order(columns))).collect()
}

/// Returns the table that an object is or is of; an index or a trigger is spelled in a statement of its own.
fn table_of(object: &Object) -> Option<&str> {
    match object.kind.as_str() {
        "table" => Some(&object.name),
        "index" | "trigger" | "view" => None,
        _ => object.table.as_deref(),
    }
}

/// Returns the tables that differ in words only, as far as our own reading of them goes.
fn respelled(from: &Catalogue, to: &Catalogue, differences: &[Difference]) -> BTreeSet<String> {
    let both = |difference: &&Difference| {
        matches!(difference, Difference::Changed { .. }) || difference.object().table.is_some()
    };
    let tables = differences.iter().filter(both).filter_map(|difference| table_of(difference.object()));
    let tables: BTreeSet<String> = tables.map(str::to_owned).collect();
    if tables.is_empty() {
        return tables;
    }
    let (Some(from), Some(to)) = (schema(from), schema(to)) else { return BTreeSet::new() };
    let only = |schema: &Schema, table: &str| {
        let mut found = Schema::default();
        found.tables.extend(
            schema.tables.get_key_value(&ObjectName::new(table)).map(|(name, table)| (name.clone(), table.clone())),
        );
        // What stands in statements of its own is compared by itself.
        found.tables.values_mut().for_each(|table| table.indexes.clear());
        found
    };
    let is_same = |table: &String| {
        let (from, to) = (only(&from, table), only(&to, table));
        !from.tables.is_empty() && diff::changes(&from, &to, &Renames::default()).is_empty()
    };
    tables.into_iter().filter(is_same).collect()
}

fn schema(catalogue: &Catalogue) -> Option<Schema> {
    let backend = backend::of(catalogue.dialect, None);
    let mut schema = backend.read(&Scope::default(), &catalogue.rows).ok()?;
    backend.normalize(&mut schema);
    Some(schema)
}
