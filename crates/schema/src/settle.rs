//! Tiers 2 and 3 of equality: what only the database can judge, told by its own spelling.
//!
//! Pure: whoever has a session makes the scratch tables and reads them back. The steps, in their order: [`unsettled`]
//! names the tables; both sides of them go through [`Backend::scratch`](crate::Backend::scratch) and [`settle`], again
//! and again until [`is_stable`], at most [`ROUNDS`] times, because a database may print its own output otherwise;
//! [`agree`] then gives `wanted` the spelling of `current` wherever the database saw no difference, and leaves the words
//! of a person where it did; [`leave`] is for tables whose spelling never stays. What [`constants`] still finds is asked for with [`Constants::question`].

use std::collections::BTreeMap;

use crate::schema::{Check, Column, Index, IndexPart, Name, ObjectName, Schema, Table};

/// How often both sides pass through the database; a side that still changes then has no spelling to compare.
pub const ROUNDS: usize = 3;

/// Returns the tables of both sides with a text that differs and that only the database can judge.
pub fn unsettled(current: &Schema, wanted: &Schema) -> Vec<ObjectName> {
    let both = wanted.tables.iter().filter_map(|(name, table)| Some((name, current.tables.get(name)?, table)));
    both.filter(|(_, current, wanted)| differ(current, wanted)).map(|(name, ..)| name.clone()).collect()
}

fn differ(current: &Table, wanted: &Table) -> bool {
    let columns = wanted.columns.iter().any(|column| {
        current.column(&column.name).is_some_and(|old| {
            old.sql_type.sql != column.sql_type.sql
                || both_differ(old.default.as_ref(), column.default.as_ref())
                || both_differ(expression(old), expression(column))
        })
    });
    let checks = |table: &Table| sorted(table.checks.iter().map(|check| check.expression.clone()));
    let indexes = |table: &Table| {
        let texts = table.indexes.iter().map(|index| texts(index).into_iter().cloned().collect::<Vec<_>>());
        sorted(texts.filter(|texts| !texts.is_empty()))
    };
    columns
        || (!current.checks.is_empty() && !wanted.checks.is_empty() && checks(current) != checks(wanted))
        || (!indexes(current).is_empty() && !indexes(wanted).is_empty() && indexes(current) != indexes(wanted))
}

/// Where one side has nothing, nobody needs to judge.
fn both_differ(current: Option<&String>, wanted: Option<&String>) -> bool {
    current.zip(wanted).is_some_and(|(current, wanted)| current != wanted)
}

fn expression(column: &Column) -> Option<&String> {
    column.generated.as_ref().map(|generated| &generated.expression)
}

fn sorted<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort();
    values
}

/// Returns the expressions of an index, then its condition.
fn texts(index: &Index) -> Vec<&String> {
    let keys = index.keys.iter().filter_map(|key| match &key.part {
        IndexPart::Expression(expression) => Some(expression),
        IndexPart::Column(_) => None,
    });
    keys.chain(&index.predicate).collect()
}

/// Returns the tables of `side`, and no other, with the enums that they need.
pub fn narrowed(side: &Schema, tables: &[ObjectName]) -> Schema {
    let found = tables.iter().filter_map(|name| Some((name.clone(), side.tables.get(name)?.clone())));
    Schema { tables: found.collect(), enums: side.enums.clone(), views: BTreeMap::new() }
}

/// Replaces the texts in `side` by the spelling that the database gave them in `scratch`.
pub fn settle(side: &mut Schema, scratch: &Schema) {
    for (name, table) in &mut side.tables {
        let Some(found) = scratch.tables.get(name) else { continue };
        for column in &mut table.columns {
            if let Some(found) = found.column(&column.name) {
                settle_column(column, found);
            }
        }
        for (at, found) in twins(&table.checks, &found.checks, |check| check.name.text()) {
            table.checks[at].expression.clone_from(&found.expression);
        }
        for (at, found) in twins(&table.indexes, &found.indexes, |index| index.name.text()) {
            settle_index(&mut table.indexes[at], found);
        }
    }
}

fn settle_column(column: &mut Column, found: &Column) {
    column.sql_type.clone_from(&found.sql_type);
    if column.identity.is_none() {
        column.default.clone_from(&found.default);
    }
    if let (Some(generated), Some(found)) = (&mut column.generated, &found.generated) {
        generated.expression.clone_from(&found.expression);
    }
}

fn settle_index(index: &mut Index, found: &Index) {
    if index.keys.len() != found.keys.len() {
        return;
    }
    for (key, found) in index.keys.iter_mut().zip(&found.keys) {
        key.part.clone_from(&found.part);
    }
    index.predicate.clone_from(&found.predicate);
}

/// Pairs each of `mine` with its scratch twin: of the same name, or of the same place where names are lost.
fn twins<'f, T>(mine: &[T], found: &'f [T], name: impl Fn(&T) -> Option<&str>) -> Vec<(usize, &'f T)> {
    let by_name: Option<Vec<(usize, &T)>> = mine
        .iter()
        .enumerate()
        .map(|(at, mine)| {
            let wanted = name(mine)?;
            found.iter().find(|found| name(found) == Some(wanted)).map(|found| (at, found))
        })
        .collect();
    match by_name {
        Some(pairs) => pairs,
        None if mine.len() == found.len() => found.iter().enumerate().collect(),
        None => Vec::new(),
    }
}

/// True if a passage through the database changed no text: the spelling can be compared.
pub fn is_stable(before: &Schema, after: &Schema) -> bool {
    before.tables.iter().all(|(name, table)| {
        after.tables.get(name).is_some_and(|after| {
            let same_columns = table.columns.iter().zip(&after.columns).all(|(before, after)| {
                before.sql_type.sql == after.sql_type.sql
                    && before.default == after.default
                    && expression(before) == expression(after)
            });
            let same_checks = table.checks.iter().zip(&after.checks).all(|(one, other)| one == other);
            let same_indexes = table.indexes.iter().zip(&after.indexes).all(|(one, other)| one == other);
            same_columns && same_checks && same_indexes
        })
    })
}

/// Gives `wanted` the spelling of `current` for everything that is equal in the settled copies of both.
pub fn agree(current: &Schema, wanted: &mut Schema, settled_current: &Schema, settled_wanted: &Schema) {
    for (name, table) in &mut wanted.tables {
        let sides = (current.tables.get(name), settled_current.tables.get(name), settled_wanted.tables.get(name));
        let (Some(old), Some(settled_old), Some(settled)) = sides else { continue };
        for column in &mut table.columns {
            let columns = (old.column(&column.name), settled_old.column(&column.name), settled.column(&column.name));
            if let (Some(old), Some(settled_old), Some(settled)) = columns {
                agree_on_column(column, old, (settled_old, settled));
            }
        }
        agree_on_checks(&mut table.checks, &old.checks, (&settled_old.checks, &settled.checks));
        agree_on_indexes(&mut table.indexes, &old.indexes, (&settled_old.indexes, &settled.indexes));
    }
}

/// Gives `wanted` the texts of `current` wherever both have one: for tables whose spelling never stays.
///
/// No change is better than one that comes back with every comparison.
pub fn leave(current: &Schema, wanted: &mut Schema, tables: &[ObjectName]) {
    for name in tables {
        let (Some(old), Some(table)) = (current.tables.get(name), wanted.tables.get_mut(name)) else { continue };
        for column in &mut table.columns {
            let Some(old) = old.column(&column.name) else { continue };
            if both_differ(old.default.as_ref(), column.default.as_ref()) {
                column.default.clone_from(&old.default);
            }
            if let (Some(generated), Some(old)) = (&mut column.generated, &old.generated) {
                generated.expression.clone_from(&old.expression);
            }
        }
        let is_twin = |one: &Name, other: &Name| one.text().is_some() && one.text() == other.text();
        for check in &mut table.checks {
            if let Some(old) = old.checks.iter().find(|old| is_twin(&old.name, &check.name)) {
                check.expression.clone_from(&old.expression);
            }
        }
        for index in &mut table.indexes {
            if let Some(old) = old.indexes.iter().find(|old| is_twin(&old.name, &index.name)) {
                settle_index(index, old);
            }
        }
    }
}

fn agree_on_column(column: &mut Column, old: &Column, (settled_old, settled): (&Column, &Column)) {
    if settled_old.sql_type == settled.sql_type {
        column.sql_type.clone_from(&old.sql_type);
    }
    if settled_old.default == settled.default {
        column.default.clone_from(&old.default);
    }
    if let (Some(generated), Some(old)) = (&mut column.generated, &old.generated)
        && expression(settled_old) == expression(settled)
    {
        generated.expression.clone_from(&old.expression);
    }
}

fn agree_on_checks(wanted: &mut [Check], old: &[Check], (settled_old, settled): (&[Check], &[Check])) {
    for (check, settled) in wanted.iter_mut().zip(settled) {
        let mut equals = old.iter().zip(settled_old).filter(|(_, other)| other.expression == settled.expression);
        if let Some((old, _)) = equals.next() {
            check.expression.clone_from(&old.expression);
        }
    }
}

fn agree_on_indexes(wanted: &mut [Index], old: &[Index], (settled_old, settled): (&[Index], &[Index])) {
    for (index, settled) in wanted.iter_mut().zip(settled) {
        let mut equals = old.iter().zip(settled_old).filter(|(_, other)| has_same_texts(other, settled));
        if let Some((old, _)) = equals.next() {
            settle_index(index, old);
        }
    }
}

fn has_same_texts(one: &Index, other: &Index) -> bool {
    let parts = |index: &Index| index.keys.iter().map(|key| key.part.clone()).collect::<Vec<_>>();
    one.predicate == other.predicate && parts(one) == parts(other)
}

/// Two plain literals that are the defaults of one column, and not written alike: `5` and `5.0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constants {
    pub table: ObjectName,
    pub column: String,
    pub sql_type: String,
    pub current: String,
    pub wanted: String,
}

/// Returns the defaults that differ although both are literals; a function's value is never asked for.
pub fn constants(current: &Schema, wanted: &Schema) -> Vec<Constants> {
    let mut found = Vec::new();
    for (name, table) in &wanted.tables {
        let Some(old) = current.tables.get(name) else { continue };
        for column in &table.columns {
            let Some(old) = old.column(&column.name).filter(|old| old.sql_type == column.sql_type) else { continue };
            if let (Some(before), Some(after)) = (&old.default, &column.default)
                && before != after
                && is_literal(before)
                && is_literal(after)
            {
                found.push(Constants {
                    table: name.clone(),
                    column: column.name.clone(),
                    sql_type: column.sql_type.sql.clone(),
                    current: before.clone(),
                    wanted: after.clone(),
                });
            }
        }
    }
    found
}

impl Constants {
    /// Returns a query for one boolean of PostgreSQL, `t` if both are the same value.
    pub fn question(&self) -> String {
        let Constants { sql_type, current, wanted, .. } = self;
        format!("SELECT ({current})::{sql_type} IS NOT DISTINCT FROM ({wanted})::{sql_type}")
    }
}

/// True for a number or a text, with casts or without.
fn is_literal(sql: &str) -> bool {
    let bare = sql.trim_start_matches(['-', '(']);
    let rest = match bare.strip_prefix('\'') {
        Some(text) => match text.replace("''", "").split_once('\'') {
            Some((_, rest)) => rest.to_owned(),
            None => return false,
        },
        None if bare.starts_with(|first: char| first.is_ascii_digit()) => {
            bare.trim_start_matches(|digit: char| digit.is_ascii_digit() || digit == '.').to_owned()
        }
        None => return false,
    };
    let rest = rest.trim_start_matches(')');
    let in_type = |letter: char| letter.is_alphanumeric() || " _:,()[]\"".contains(letter);
    rest.is_empty() || (rest.starts_with("::") && rest.chars().all(in_type))
}

#[cfg(test)]
mod tests;
