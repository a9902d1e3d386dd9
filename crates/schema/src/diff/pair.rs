//! A table on both sides: which of its parts went, came, changed their names, or are in the way of a column.
//!
//! Foreign keys look at other tables too and are left to `keys.rs`. Read [`Pair::new`] first.

use std::collections::{BTreeMap, BTreeSet};

use super::keyed::{Keyed, keyed, structured};
use crate::change::Delta;
use crate::schema::{
    Check, Column, ForeignKey, Index, IndexKey, IndexPart, Name, ObjectName, PrimaryKey, Schema, Table, Unique,
};
use crate::structure::{Listed, Structured};
use crate::tokens::mentions;

pub(super) struct Pair<'a> {
    pub base: &'a Table,
    pub wanted: &'a Table,
    pub columns: Keyed<&'a Column>,
    pub moved: Moved,
    pub primary_key: Option<Delta<PrimaryKey>>,
    /// The key is dropped before the columns change and made afterwards.
    pub remakes_key: bool,
    pub uniques: Parts<Unique>,
    pub checks: Parts<Check>,
    pub indexes: Parts<Index>,
    pub foreign_keys: Keyed<ForeignKey>,
}

/// Columns under which something else must make room.
#[derive(Default)]
pub(super) struct Moved {
    /// Another type or collation: what computes with them.
    pub retyped: BTreeSet<String>,
    /// Dropped and made anew, or computed otherwise: whatever names them.
    pub remade: BTreeSet<String>,
}

/// The changes of one kind of part.
pub(super) struct Parts<T> {
    pub gone: Vec<T>,
    pub came: Vec<T>,
    pub renamed: Vec<(T, T)>,
    /// Those of `gone` that a change of a column cannot bear.
    pub blocking: Vec<T>,
}

impl<'a> Pair<'a> {
    pub fn new(base: &'a Table, wanted: &'a Table, names: &Names) -> Self {
        let columns = keyed(&base.columns, &wanted.columns, |column| &column.name);
        let moved = Moved::of(&columns);
        let mut uniques = structured(&base.uniques, &wanted.uniques);
        let mut indexes = structured(&base.indexes, &wanted.indexes);
        adopt(&mut uniques, &mut indexes);
        let uniques = Parts::new((base, wanted), uniques, names, |unique| moved.is_under_columns(&unique.columns));
        let indexes = Parts::new((base, wanted), indexes, names, |index| moved.is_under_index(index));
        let checks = structured(&base.checks, &wanted.checks);
        let checks = Parts::new((base, wanted), checks, names, |check| moved.is_under(&check.expression));
        let remakes_key = base.primary_key.as_ref().is_some_and(|key| moved.is_under_columns(&key.columns));
        let primary_key = primary_key(base, wanted, names);
        let foreign_keys = structured(&base.foreign_keys, &wanted.foreign_keys);
        Pair { base, wanted, columns, moved, primary_key, remakes_key, uniques, checks, indexes, foreign_keys }
    }

    /// Whether the key has other columns afterwards, or none, or its first.
    pub fn changes_key(&self) -> bool {
        self.remakes_key || matches!(&self.primary_key, Some(delta) if !matches!(delta, Delta::Rename { .. }))
    }

    /// Returns the sets of columns, sorted, whose uniqueness goes or comes.
    pub fn changed_keys(&self) -> Vec<Vec<String>> {
        let mut keys: Vec<Vec<String>> = Vec::new();
        if self.changes_key() {
            let both = [&self.base.primary_key, &self.wanted.primary_key];
            keys.extend(both.into_iter().flatten().map(|key| key.columns.clone()));
        }
        let uniques = self.uniques.gone.iter().chain(&self.uniques.came);
        keys.extend(uniques.map(|unique| unique.columns.clone()));
        let indexes = self.indexes.gone.iter().chain(&self.indexes.came).filter(|index| index.unique);
        keys.extend(indexes.map(|index| columns_of(index).into_iter().map(str::to_owned).collect()));
        keys.iter_mut().for_each(|key| key.sort());
        keys
    }
}

fn primary_key(base: &Table, wanted: &Table, names: &Names) -> Option<Delta<PrimaryKey>> {
    match (&base.primary_key, &wanted.primary_key) {
        (None, None) => None,
        (None, Some(to)) => Some(Delta::Create(to.clone())),
        (Some(from), None) => Some(Delta::Drop(from.clone())),
        (Some(from), Some(to)) if from.columns != to.columns => {
            Some(Delta::Alter { from: from.clone(), to: to.clone() })
        }
        (Some(from), Some(to))
            if must_rename(from, to) || to.name.text().is_some() && names.must_free(&base.name, from, to) =>
        {
            Some(Delta::Rename { from: from.clone(), to: from.with_name(to.name.clone()) })
        }
        _ => None,
    }
}

/// The names of the wanted schema, and whose they are.
#[derive(Default)]
pub(super) struct Names(BTreeMap<String, BTreeSet<ObjectName>>);

impl Names {
    pub fn of(wanted: &Schema) -> Self {
        let mut names = Names::default();
        for table in wanted.tables.values() {
            for name in all_names(table).into_iter().filter_map(Name::text) {
                names.0.entry(name.to_owned()).or_default().insert(table.name.clone());
            }
        }
        names
    }

    /// Whether a part must give its name to one of another table: the parts of a renamed table, once a new one has the
    /// table's old name.
    fn must_free<T: Structured>(&self, table: &ObjectName, from: &T, to: &T) -> bool {
        let Some(old) = from.name().text() else { return false };
        Some(old) != to.name().text() && self.0.get(old).is_some_and(|tables| tables.iter().any(|other| other != table))
    }
}

/// Returns the names of all constraints and indexes of a table.
pub(super) fn all_names(table: &Table) -> Vec<&Name> {
    let mut names: Vec<&Name> = table.primary_key.iter().map(|key| &key.name).collect();
    names.extend(table.foreign_keys.iter().map(Structured::name));
    names.extend(table.uniques.iter().map(Structured::name));
    names.extend(table.checks.iter().map(Structured::name));
    names.extend(table.indexes.iter().map(Structured::name));
    names
}

/// A stated name must hold; a database that lost the name has nothing to rename.
fn must_rename<T: Structured>(from: &T, to: &T) -> bool {
    matches!(to.name(), Name::Stated(_)) && from.name().text().is_some_and(|name| Some(name) != to.name().text())
}

impl Moved {
    fn of(columns: &Keyed<&Column>) -> Self {
        let mut moved = Moved::default();
        for (from, to) in &columns.kept {
            if from.generated != to.generated {
                moved.remade.insert(from.name.clone());
            } else if from.sql_type != to.sql_type || from.collation != to.collation {
                moved.retyped.insert(from.name.clone());
            }
        }
        // What is computed from such a column goes and comes with it, and so on.
        loop {
            let before = moved.remade.len();
            let old = columns.kept.iter().map(|(from, _)| *from).chain(columns.gone.iter().copied());
            for column in old {
                let expression = column.generated.as_ref().map(|generated| &generated.expression);
                if expression.is_some_and(|expression| moved.is_under(expression)) {
                    moved.remade.insert(column.name.clone());
                }
            }
            if moved.remade.len() == before {
                return moved;
            }
        }
    }

    pub fn is_moved(&self, column: &str) -> bool {
        self.retyped.contains(column) || self.remade.contains(column)
    }

    pub fn is_under(&self, expression: &str) -> bool {
        self.retyped.iter().chain(&self.remade).any(|column| mentions(expression, column))
    }

    fn is_under_columns(&self, columns: &[String]) -> bool {
        columns.iter().any(|column| self.remade.contains(column))
    }

    fn is_under_index(&self, index: &Index) -> bool {
        let expressions = index.keys.iter().filter_map(|key| match &key.part {
            IndexPart::Expression(expression) => Some(expression),
            IndexPart::Column(_) => None,
        });
        let columns = columns_of(index).into_iter().chain(index.include.iter().map(String::as_str));
        // Another type takes the operators of an index with it, unless they are the type's own.
        let is_bound = index.method.is_some()
            || index
                .keys
                .iter()
                .any(|key| key.operator_class.is_some() || key.collation.is_some() || key.length.is_some());
        let is_under_column = |column: &str| self.remade.contains(column) || is_bound && self.retyped.contains(column);
        expressions.chain(&index.predicate).any(|expression| self.is_under(expression))
            || columns.into_iter().any(is_under_column)
    }
}

/// Returns the columns that are keys of an index by themselves.
pub(super) fn columns_of<'a>(index: &'a Index) -> Vec<&'a str> {
    let column = |key: &'a IndexKey| match &key.part {
        IndexPart::Column(column) => Some(column.as_str()),
        IndexPart::Expression(_) => None,
    };
    index.keys.iter().filter_map(column).collect()
}

impl<T: Listed> Parts<T> {
    pub fn new(
        (base, wanted): (&Table, &Table),
        found: Keyed<T>,
        names: &Names,
        is_in_the_way: impl Fn(&T) -> bool,
    ) -> Self {
        let mut parts = Parts { gone: found.gone, came: found.came, renamed: Vec::new(), blocking: Vec::new() };
        let holders = |table: &Table, name: &Name| {
            all_names(table).into_iter().filter(|other| other.text() == name.text()).count()
        };
        let holds = |name: &Name| holders(base, name) > 0;
        for (from, to) in found.kept {
            // Where two parts have one name already, as a foreign key and its index on MariaDB, neither is in the way.
            let is_claimed = from.name().text().is_some()
                && from.name().text() != to.name().text()
                && holders(base, from.name()) == 1
                && holders(wanted, from.name()) > 0;
            let has_new_name = must_rename(&from, &to) || is_claimed || names.must_free(&base.name, &from, &to);
            if is_in_the_way(&from) {
                let name = if has_new_name { to.name() } else { from.name() };
                parts.came.push(from.with_name(name.clone()));
                parts.gone.push(from);
            } else if has_new_name {
                parts.give_name(from, to.name(), holds);
            }
        }
        parts.blocking.extend(parts.gone.iter().filter(|part| is_in_the_way(part)).cloned());
        parts
    }

    /// Renames a part, or makes it anew where another holds the name until then.
    fn give_name(&mut self, from: T, name: &Name, holds: impl Fn(&Name) -> bool) {
        let to = from.with_name(name.clone());
        if name.text().is_none() || holds(name) {
            self.came.push(to);
            self.gone.push(from);
        } else {
            self.renamed.push((from, to));
        }
    }
}

/// A unique constraint and a plain unique index of the same columns are as good as each other: what is there stays.
fn adopt(uniques: &mut Keyed<Unique>, indexes: &mut Keyed<Index>) {
    indexes.gone.retain(|index| {
        let Some(unique) = as_unique(index) else { return true };
        let Some(at) = uniques.came.iter().position(|came| came.structure() == unique) else { return true };
        let name = uniques.came.remove(at).name;
        indexes.kept.push((index.clone(), index.with_name(name)));
        false
    });
    uniques.gone.retain(|unique| {
        let is_same = |index: &Index| as_unique(index).is_some_and(|index| index == unique.structure());
        let Some(at) = indexes.came.iter().position(is_same) else { return true };
        let name = indexes.came.remove(at).name;
        uniques.kept.push((unique.clone(), unique.with_name(name)));
        false
    });
}

/// Returns the constraint that a plain unique index is as good as, without a name.
fn as_unique(index: &Index) -> Option<Unique> {
    let is_plain = index.unique
        && index.predicate.is_none()
        && index.include.is_empty()
        && index.method.is_none()
        && index.keys.iter().all(|key| matches!(&key.part, IndexPart::Column(name) if *key == IndexKey::column(name)));
    is_plain.then(|| Unique {
        columns: columns_of(index).into_iter().map(str::to_owned).collect(),
        nulls_not_distinct: index.nulls_not_distinct,
        ..Unique::default()
    })
}

/// How deep a computed column stands on other computed columns; others stand on nothing.
pub(super) fn depths(columns: &[Column]) -> BTreeMap<&str, usize> {
    let mut depths: BTreeMap<&str, usize> = columns.iter().map(|column| (column.name.as_str(), 0)).collect();
    // As many rounds as the longest chain could have; a ring ends with them.
    for _ in columns {
        for column in columns {
            let Some(generated) = &column.generated else { continue };
            let below = columns.iter().filter(|other| {
                other.generated.is_some() && other.name != column.name && mentions(&generated.expression, &other.name)
            });
            let depth = 1 + below.filter_map(|other| depths.get(other.name.as_str())).max().copied().unwrap_or(0);
            depths.insert(&column.name, depth.min(columns.len()));
        }
    }
    depths
}
