//! Renames that are decided: which of them apply, and the schema after them.
//!
//! Read [`declared`] first, then [`Renamed::new`].

use std::collections::{BTreeMap, BTreeSet};

use super::Renames;
use super::steps::{Phase, Steps};
use crate::change::{Change, Delta};
use crate::schema::{Column, ObjectName, PrimaryKey, Schema, Table};
use crate::structure::{Listed, position};
use crate::tokens::{has_literal, mentions};
use crate::wanted::Hints;

/// Returns what the hints say and is not made yet: the old name is there, the new one is not, or is itself on its way.
pub(super) fn declared(current: &Schema, wanted: &Schema, hints: &Hints) -> Renames {
    let tables = applying(hints.tables.iter().filter(|(new, _)| wanted.tables.contains_key(new)), |name| {
        current.tables.contains_key(name)
    });
    let old_table = |name: &ObjectName| current.tables.get(tables.get(name).unwrap_or(name));
    let mut renames = Renames { tables: tables.clone(), ..Renames::default() };
    for (name, table) in &wanted.tables {
        let Some(old) = old_table(name) else { continue };
        let of_table = hints.columns.iter().filter(|((of, new), _)| of == name && table.column(new).is_some());
        let columns = applying(of_table.map(|((_, new), old)| (new, old)), |column| old.column(column).is_some());
        renames.columns.extend(columns.into_iter().map(|(new, old)| ((name.clone(), new), old)));
    }
    for (name, enum_type) in &wanted.enums {
        let Some(old) = current.enums.get(name) else { continue };
        let of_enum = hints.enum_values.iter().filter(|((of, new), _)| of == name && enum_type.values.contains(new));
        let values = applying(of_enum.map(|((_, new), old)| (new, old)), |value| old.values.contains(value));
        renames.enum_values.extend(values.into_iter().map(|(new, old)| ((name.clone(), new), old)));
    }
    renames.column_values = declared_values(current, wanted, hints, &renames);
    renames
}

/// The values of enums that columns keep as text.
fn declared_values(
    current: &Schema,
    wanted: &Schema,
    hints: &Hints,
    renames: &Renames,
) -> BTreeMap<(ObjectName, String, String), String> {
    let mut found = BTreeMap::new();
    let columns: BTreeSet<(&ObjectName, &String)> = hints.column_values.keys().map(|key| (&key.0, &key.1)).collect();
    for (name, column) in columns {
        let old_column = renames.columns.get(&(name.clone(), column.clone())).unwrap_or(column);
        let old = current.tables.get(renames.tables.get(name).unwrap_or(name));
        let (Some(old), Some(new)) = (old, wanted.tables.get(name)) else { continue };
        let of_column = hints
            .column_values
            .iter()
            .filter(|((table, of, value), _)| table == name && of == column && knows_value(new, column, value));
        let values =
            applying(of_column.map(|((_, _, new), old)| (new, old)), |value| knows_value(old, old_column, value));
        found.extend(values.into_iter().map(|(new, old)| ((name.clone(), column.clone(), new), old)));
    }
    found
}

/// Whether a column that keeps an enum as text may hold the value: as far as its type or a check tells.
fn knows_value(table: &Table, column: &str, value: &str) -> bool {
    let in_type = table.column(column).is_some_and(|column| has_literal(&column.sql_type.sql, value));
    in_type
        || table.checks.iter().any(|check| mentions(&check.expression, column) && has_literal(&check.expression, value))
}

/// Leaves out renames that are made, or cannot be: new name to old name.
fn applying<'a, N: Ord + Clone + 'a>(
    pairs: impl Iterator<Item = (&'a N, &'a N)>,
    exists: impl Fn(&N) -> bool,
) -> BTreeMap<N, N> {
    let mut found: BTreeMap<N, N> = BTreeMap::new();
    for (new, old) in pairs {
        if new != old && exists(old) && !found.values().any(|claimed| claimed == old) {
            found.insert(new.clone(), old.clone());
        }
    }
    loop {
        let is_blocked = |new: &N| exists(new) && !found.values().any(|old| old == new);
        let Some(blocked) = found.keys().find(|new| is_blocked(new)).cloned() else { break };
        found.remove(&blocked);
    }
    // A ring of renames has no first step.
    in_order(&found).into_iter().map(|(new, old)| (new.clone(), old.clone())).collect()
}

/// Returns new and old names so that each new name is free by then; a ring is left out.
fn in_order<N: Ord>(renames: &BTreeMap<N, N>) -> Vec<(&N, &N)> {
    let mut rest: Vec<(&N, &N)> = renames.iter().collect();
    let mut ordered = Vec::new();
    while let Some(at) = rest.iter().position(|(new, _)| !rest.iter().any(|(_, old)| old == new)) {
        ordered.push(rest.remove(at));
    }
    ordered
}

/// A schema with its renames made, and the way back to the old names.
pub(super) struct Renamed<'a> {
    pub current: &'a Schema,
    /// `current` by the new names; the parts of each table are in the same order.
    pub base: Schema,
    /// New name to old name.
    tables: BTreeMap<ObjectName, ObjectName>,
    /// By enum: new value to old value.
    values: BTreeMap<ObjectName, BTreeMap<String, String>>,
}

impl<'a> Renamed<'a> {
    /// Makes the renames; those that do not fit are left out.
    pub fn new(current: &'a Schema, renames: &Renames, steps: &mut Steps) -> Self {
        let mut renamed = Renamed { current, base: current.clone(), tables: BTreeMap::new(), values: BTreeMap::new() };
        let mut rank = 0;
        let mut make = |base: &mut Schema, phase: Phase, change: Option<Change>| {
            let Some(change) = change.filter(|change| base.apply(change).is_ok()) else { return false };
            rank += 1;
            steps.add_ranked(phase, rank, change);
            true
        };
        for (of, values) in grouped(renames.enum_values.iter().map(|((of, new), old)| (of, new, old))) {
            for (new, old) in in_order(&values) {
                let change = Change::EnumValue { of: of.clone(), from: old.clone(), to: new.clone() };
                if make(&mut renamed.base, Phase::RenameEnumValue, Some(change)) {
                    renamed.values.entry(of.clone()).or_default().insert(new.clone(), old.clone());
                }
            }
        }
        for (new, old) in in_order(&renames.tables) {
            let change = table_renamed(&renamed.base, old, new);
            if make(&mut renamed.base, Phase::RenameTable, change) {
                renamed.tables.insert(new.clone(), old.clone());
            }
        }
        for (table, columns) in grouped(renames.columns.iter().map(|((of, new), old)| (of, new, old))) {
            for (new, old) in in_order(&columns) {
                let change = column_renamed(&renamed.base, &table, old, new);
                make(&mut renamed.base, Phase::RenameColumn, change);
            }
        }
        renamed
    }

    pub fn old_name<'n>(&'n self, table: &'n ObjectName) -> &'n ObjectName {
        self.tables.get(table).unwrap_or(table)
    }

    fn old_table(&self, table: &ObjectName) -> Option<&Table> {
        self.current.tables.get(self.old_name(table))
    }

    /// Returns the part of a table of `base` by its old names.
    pub fn old_part<T: Listed>(&self, table: &ObjectName, part: &T) -> T {
        let at = self.base.tables.get(table).and_then(|table| position(T::list(table), part));
        let old = at.and_then(|at| T::list(self.old_table(table)?).get(at));
        old.unwrap_or(part).clone()
    }

    /// Returns the column of a table of `base` by its old name.
    pub fn old_column(&self, table: &ObjectName, column: &Column) -> Column {
        let columns = self.base.tables.get(table).map(|table| table.columns.iter());
        let at = columns.and_then(|mut columns| columns.position(|other| other.name == column.name));
        let old = at.and_then(|at| self.old_table(table)?.columns.get(at));
        old.unwrap_or(column).clone()
    }

    /// Returns the primary key of a table of `base` by its old names.
    pub fn old_primary_key(&self, table: &ObjectName) -> Option<PrimaryKey> {
        self.old_table(table)?.primary_key.clone()
    }

    /// Returns values of an enum as they are called before the renames.
    pub fn old_values(&self, of: &ObjectName, values: &[String]) -> Vec<String> {
        let old = |value: &String| self.values.get(of).and_then(|values| values.get(value)).unwrap_or(value).clone();
        values.iter().map(old).collect()
    }
}

/// By object: new name to old name.
fn grouped<'a>(
    renames: impl Iterator<Item = (&'a ObjectName, &'a String, &'a String)>,
) -> BTreeMap<ObjectName, BTreeMap<String, String>> {
    let mut groups: BTreeMap<ObjectName, BTreeMap<String, String>> = BTreeMap::new();
    for (of, new, old) in renames {
        groups.entry(of.clone()).or_default().insert(new.clone(), old.clone());
    }
    groups
}

fn table_renamed(base: &Schema, old: &ObjectName, new: &ObjectName) -> Option<Change> {
    let from = base.tables.get(old)?.clone();
    let to = Table { name: new.clone(), ..from.clone() };
    let change = Change::Table(Delta::Rename { from: from.clone(), to });
    let mut after = base.clone();
    after.apply(&change).ok()?;
    let to = after.tables.remove(new)?;
    Some(Change::Table(Delta::Rename { from, to }))
}

fn column_renamed(base: &Schema, table: &ObjectName, old: &str, new: &str) -> Option<Change> {
    let from = base.tables.get(table)?.column(old)?.clone();
    let to = Column { name: new.to_owned(), ..from.clone() };
    Some(Change::Column { table: table.clone(), delta: Delta::Rename { from, to }, fill: None })
}

/// Adds the changes of rows whose values have new names.
pub(super) fn values(base: &Schema, renames: &Renames, steps: &mut Steps) {
    let mut by_column: BTreeMap<(&ObjectName, &String), BTreeMap<String, String>> = BTreeMap::new();
    for ((table, column, new), old) in &renames.column_values {
        by_column.entry((table, column)).or_default().insert(new.clone(), old.clone());
    }
    for ((table, column), values) in by_column {
        if base.tables.get(table).and_then(|table| table.column(column)).is_none() {
            continue;
        }
        for (rank, (new, old)) in in_order(&values).into_iter().enumerate() {
            let change =
                Change::Value { table: table.clone(), column: column.clone(), from: old.clone(), to: new.clone() };
            steps.add(Phase::ChangeValue, table, rank, column, change);
        }
    }
}
