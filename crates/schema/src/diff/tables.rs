//! Tables that came and went, in an order in which each foreign key finds its table.
//!
//! Dropping is creating backwards, so one order serves both. Read [`ordered`] first.

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::{ForeignKey, ObjectName, Table};

/// Tables in the order of their creation.
pub(super) struct Ordered {
    /// Without the keys of `held`.
    pub tables: Vec<Table>,
    /// Keys that close a ring, or point at what is not ready yet.
    pub held: Vec<(ObjectName, ForeignKey)>,
}

/// Orders tables by their foreign keys, then by name. `is_ready` tells of a key to a table outside of the list.
pub(super) fn ordered<'a>(
    tables: impl IntoIterator<Item = &'a Table>,
    is_ready: impl Fn(&ForeignKey) -> bool,
) -> Ordered {
    let mut rest: BTreeMap<&ObjectName, &Table> = tables.into_iter().map(|table| (&table.name, table)).collect();
    let listed: BTreeSet<&ObjectName> = rest.keys().copied().collect();
    let mut done = Ordered { tables: Vec::new(), held: Vec::new() };
    while let Some(next) = first_free(&rest) {
        let Some(table) = rest.remove(next) else { break };
        let mut table = table.clone();
        let is_inline = |key: &ForeignKey| match listed.contains(&key.references) {
            true => !rest.contains_key(&key.references),
            false => is_ready(key),
        };
        let (inline, held): (Vec<_>, Vec<_>) = table.foreign_keys.drain(..).partition(is_inline);
        table.foreign_keys = inline;
        done.held.extend(held.into_iter().map(|key| (table.name.clone(), key)));
        done.tables.push(table);
    }
    done
}

/// Returns the first table that waits for none of the others, else the first of a ring that waits only for itself.
fn first_free<'a>(rest: &BTreeMap<&'a ObjectName, &'a Table>) -> Option<&'a ObjectName> {
    let waits_for = |table: &'a Table| {
        let targets = table.foreign_keys.iter().map(|key| &key.references);
        targets.filter(|target| **target != table.name && rest.contains_key(target))
    };
    let free = rest.iter().find(|(_, table)| waits_for(table).next().is_none());
    if let Some((name, _)) = free {
        return Some(name);
    }
    let reachable = |from: &'a ObjectName| {
        let mut found: BTreeSet<&'a ObjectName> = BTreeSet::new();
        let mut open = vec![from];
        while let Some(name) = open.pop() {
            let Some(table) = rest.get(name) else { continue };
            open.extend(waits_for(table).filter(|target| found.insert(target)));
        }
        found
    };
    let ring = rest.keys().find(|name| reachable(name).iter().all(|target| reachable(target).contains(**name)));
    ring.or(rest.keys().next()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, references: &str) -> Table {
        let key = |target: &str| ForeignKey { references: ObjectName::new(target), ..ForeignKey::default() };
        let foreign_keys = references.split_whitespace().map(key).collect();
        Table { name: ObjectName::new(name), foreign_keys, ..Table::default() }
    }

    #[test]
    fn tables_follow_those_that_they_reference() {
        for (tables, order, held) in [
            (vec![("a", "b"), ("b", "c"), ("c", "")], "c b a", ""),
            (vec![("b", ""), ("a", "")], "a b", ""),
            (vec![("a", "a")], "a", ""),
            (vec![("a", "b"), ("b", "a")], "a b", "a-b"),
            // What only hangs on a ring waits for it.
            (vec![("a", "b"), ("b", "c"), ("c", "b"), ("d", "")], "d b a c", "b-c"),
            (vec![("a", "outside")], "a", ""),
            (vec![("a", "unready")], "a", "a-unready"),
        ] {
            let tables: Vec<Table> = tables.into_iter().map(|(name, keys)| table(name, keys)).collect();
            let found = ordered(&tables, |key| key.references.name != "unready");
            let names: Vec<&str> = found.tables.iter().map(|table| table.name.name.as_str()).collect();
            let keys: Vec<String> = found.held.iter().map(|(of, key)| format!("{of}-{}", key.references)).collect();
            assert_eq!((names.join(" "), keys.join(" ")), (order.to_owned(), held.to_owned()));
        }
    }
}
