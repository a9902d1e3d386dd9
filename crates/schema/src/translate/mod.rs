//! Several dialects from one comparison: what changes on one database, for another that nobody looks at.
//!
//! Where the changes lead is exact, since the models are lowered for both. Where they come from is only known in the
//! first database's words: the second one's past is its future with every change taken back, and the changes are what
//! lies between the two. What the first cannot hold, as a comment on SQLite, it does not see change. Read [`translate`] first, then [`backwards`].

mod backwards;
mod expression;
mod parts;
mod types;

use std::collections::BTreeMap;

use crate::apply::Misfit;
use crate::backend::Backend;
use crate::change::{Change, Delta, Fill};
use crate::diff::{self, Renames};
use crate::schema::{Column, ObjectName, Schema};

use backwards::Past;
use expression::expression;

/// A database and the schema that it shall have.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    pub backend: &'a dyn Backend,
    pub wanted: &'a Schema,
}

/// Changes of the second database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Translated {
    /// Empty if nothing of it concerns this database.
    pub changes: Vec<Change>,
    /// The schema at their start, as far as models and changes tell.
    pub before: Schema,
    /// What a person should look at: `` `cost` of `bills` was numeric, taken as TEXT ``. Fragments.
    pub notes: Vec<String>,
}

/// Returns for each group of changes, which follow each other and lead to `primary.wanted`, what it is on `secondary`.
pub fn translate(groups: &[&[Change]], primary: Side<'_>, secondary: Side<'_>) -> Result<Vec<Translated>, Misfit> {
    let mut past = Past::new(primary, secondary);
    let mut translated = Vec::new();
    for group in groups.iter().rev() {
        let after = past.clone();
        for change in group.iter().rev() {
            past.take_back(change)?;
        }
        past.forget_implicit_indexes(&after);
        translated.push(between(group, &past, &after, secondary.backend));
        past.notes.clear();
    }
    translated.reverse();
    Ok(translated)
}

fn between(group: &[Change], before: &Past<'_>, after: &Past<'_>, backend: &dyn Backend) -> Translated {
    let normal = |past: &Past<'_>| {
        let mut schema = past.theirs.clone();
        backend.normalize(&mut schema);
        schema
    };
    let (start, end) = (normal(before), normal(after));
    let changes = diff::changes(&start, &end, &renames(group, before, after));
    let mut changes = diff::filled(changes, &fills(group, before, after));
    changes.extend(values_of_rows(group, after, &changes));
    let notes = if changes.is_empty() { Vec::new() } else { before.notes.clone() };
    Translated { changes, before: start, notes }
}

/// The new name of every table that has one, by the old one.
fn new_names(group: &[Change]) -> BTreeMap<&ObjectName, &ObjectName> {
    let renamed = group.iter().filter_map(|change| match change {
        Change::Table(Delta::Rename { from, to }) => Some((&from.name, &to.name)),
        _ => None,
    });
    renamed.collect()
}

fn renames(group: &[Change], before: &Past<'_>, after: &Past<'_>) -> Renames {
    let new_names = new_names(group);
    let new_name = |table: &ObjectName| (*new_names.get(table).unwrap_or(&table)).clone();
    let mut renames = Renames {
        tables: new_names.iter().map(|(old, new)| ((*new).clone(), (*old).clone())).collect(),
        ..Renames::default()
    };
    for change in group {
        match change {
            Change::Column { table, delta: Delta::Rename { from, to }, .. } => {
                renames.columns.insert((new_name(table), to.name.clone()), from.name.clone());
            }
            Change::EnumValue { of, from, to } => {
                for (table, column) in columns_of(&after.ours, of) {
                    renames.column_values.insert((table.clone(), column.name.clone(), to.clone()), from.clone());
                }
            }
            Change::Value { table, column, from, to } => {
                let type_of = |schema: &Schema, table: &ObjectName| {
                    schema.tables.get(table)?.column(column)?.sql_type.enum_type.clone()
                };
                if let Some(of) = type_of(&after.theirs, &new_name(table)).or_else(|| type_of(&before.theirs, table)) {
                    renames.enum_values.insert((of, to.clone()), from.clone());
                }
            }
            _ => {}
        }
    }
    renames
}

/// Returns the columns of an enum.
fn columns_of<'s>(schema: &'s Schema, of: &'s ObjectName) -> impl Iterator<Item = (&'s ObjectName, &'s Column)> {
    let columns = schema.tables.iter().flat_map(|(name, table)| table.columns.iter().map(move |column| (name, column)));
    columns.filter(move |(_, column)| column.sql_type.enum_type.as_ref() == Some(of))
}

fn fills(group: &[Change], before: &Past<'_>, after: &Past<'_>) -> BTreeMap<(ObjectName, String), Fill> {
    let new_names = new_names(group);
    let mut fills = BTreeMap::new();
    for change in group {
        let Change::Column { table, delta, fill: Some(fill) } = change else { continue };
        let Some(column) = delta.to().or(delta.from()) else { continue };
        let table = (*new_names.get(table).unwrap_or(&table)).clone();
        let expression = expression(&fill.expression, before.to());
        let is_there = after.theirs.tables.get(&table).is_some_and(|table| table.column(&column.name).is_some());
        if is_there || matches!(delta, Delta::Drop(_)) {
            fills.insert((table, column.name.clone()), Fill { expression, ..fill.clone() });
        }
    }
    fills
}

/// A value of a database's type changes in its rows by itself; text that nobody keeps a list of does not.
fn values_of_rows(group: &[Change], after: &Past<'_>, changes: &[Change]) -> Vec<Change> {
    let mut values = Vec::new();
    for change in group {
        match change {
            Change::EnumValue { of, from, to } => {
                for (table, column) in columns_of(&after.ours, of) {
                    let (table, column) = (table.clone(), column.name.clone());
                    values.push(Change::Value { table, column, from: from.clone(), to: to.clone() });
                }
            }
            Change::Value { .. } => values.push(change.clone()),
            _ => {}
        }
    }
    let is_text = |value: &Change| match value {
        Change::Value { table, column, .. } => {
            after.theirs.tables.get(table).and_then(|table| table.column(column)).is_some_and(|column| {
                column.sql_type.enum_type.is_none() && types::values(&column.sql_type.sql).is_none()
            })
        }
        _ => false,
    };
    values.retain(|value| is_text(value) && !changes.contains(value));
    values
}

#[cfg(test)]
mod tests;
