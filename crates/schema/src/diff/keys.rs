//! Foreign keys: which must go while what they rest on changes, and which tables wait for them.
//!
//! A key is dropped before and made anew after any change of its columns, or of the key that it references. Read
//! [`Targets`] first.

use std::collections::BTreeMap;

use super::pair::{Names, Pair, Parts};
use crate::schema::{ForeignKey, ObjectName};

/// Tables on both sides, as what keys point at.
pub(super) struct Targets<'a>(pub &'a BTreeMap<&'a ObjectName, Pair<'a>>);

impl Targets<'_> {
    /// Whether the key's target is all the time what it is now.
    pub fn is_settled(&self, key: &ForeignKey) -> bool {
        let Some(target) = self.0.get(&key.references) else { return true };
        let comes_or_goes =
            |column: &String| target.columns.came.iter().chain(&target.columns.gone).any(|other| other.name == *column);
        let mut columns = key.referenced_columns.clone();
        columns.sort();
        let is_moved = columns.iter().any(|column| target.moved.is_moved(column) || comes_or_goes(column));
        let has_other_key = target.changed_keys().contains(&columns) || columns.is_empty() && target.changes_key();
        !is_moved && !has_other_key
    }

    /// Returns what happens to the keys of a table on both sides.
    pub fn compare(&self, pair: &Pair<'_>, names: &Names) -> Parts<ForeignKey> {
        let found = pair.foreign_keys.clone();
        Parts::new((pair.base, pair.wanted), found, names, |key| {
            let is_moved = key.columns.iter().any(|column| pair.moved.is_moved(column));
            is_moved || self.rests_on_primary_key(pair, key) || !self.is_settled(key)
        })
    }

    /// MariaDB looks the key's columns up in an index, which may be the primary key.
    fn rests_on_primary_key(&self, pair: &Pair<'_>, key: &ForeignKey) -> bool {
        let mut keys = pair.base.primary_key.iter().chain(&pair.wanted.primary_key);
        pair.changes_key() && keys.any(|primary| primary.columns.first() == key.columns.first())
    }
}
