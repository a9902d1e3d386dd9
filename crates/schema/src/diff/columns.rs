//! Columns of a table on both sides.
//!
//! A computed column goes before, and comes after, what it is computed from. Read [`compare`] first.

use super::pair::{Pair, depths};
use super::renames::Renamed;
use super::steps::{Phase, Steps};
use crate::change::{Change, Delta, Fill};
use crate::schema::{Column, Identity, PrimaryKey};

pub(super) fn compare(pair: &Pair<'_>, renamed: &Renamed<'_>, steps: &mut Steps) {
    let (before, after) = (depths(&pair.base.columns), depths(&pair.wanted.columns));
    let create = |steps: &mut Steps, column: &Column| {
        let rank = after.get(column.name.as_str()).copied().unwrap_or(0);
        let phase = if column.generated.is_some() { Phase::ComputeColumn } else { Phase::AddColumn };
        steps.add(phase, &pair.base.name, rank, &column.name, change(pair, Delta::Create(column.clone())));
    };
    let drop = |steps: &mut Steps, column: &Column| {
        let rank = usize::MAX - before.get(column.name.as_str()).copied().unwrap_or(0);
        if pair.moved.remade.contains(&column.name) {
            let delta = Delta::Drop(renamed.old_column(&pair.base.name, column));
            let table = renamed.old_name(&pair.base.name).clone();
            let change = Change::Column { table, delta, fill: None };
            steps.add(Phase::DropBlockingColumn, &pair.base.name, rank, &column.name, change);
        } else {
            let change = change(pair, Delta::Drop(column.clone()));
            steps.add(Phase::DropColumn, &pair.base.name, rank, &column.name, change);
        }
    };
    pair.columns.came.iter().for_each(|column| create(steps, column));
    pair.columns.gone.iter().for_each(|column| drop(steps, column));
    for (from, to) in &pair.columns.kept {
        if is_remade(pair, from, to) {
            drop(steps, from);
            create(steps, to);
        } else if from != to {
            let rank = after.get(to.name.as_str()).copied().unwrap_or(0);
            alter(pair, from, to, rank, steps);
        }
    }
}

fn change(pair: &Pair<'_>, delta: Delta<Column>) -> Change {
    Change::Column { table: pair.base.name.clone(), delta, fill: None }
}

/// Whether a computed column must go while another changes; nothing is lost, since it is computed anew.
fn is_remade(pair: &Pair<'_>, from: &Column, to: &Column) -> bool {
    let is_under = from.generated.as_ref().is_some_and(|generated| pair.moved.is_under(&generated.expression));
    is_under && to.generated.is_some()
}

fn alter(pair: &Pair<'_>, from: &Column, to: &Column, rank: usize, steps: &mut Steps) {
    let phase = match (&from.generated, &to.generated) {
        (None, None) => Phase::AlterColumn,
        (Some(_), None) => Phase::StopComputing,
        (_, Some(_)) => Phase::ComputeColumn,
    };
    let between = without_key(pair, from, to);
    if between != *from {
        let delta = Delta::Alter { from: from.clone(), to: between.clone() };
        let fill = default_as_fill(from, &between);
        let change = Change::Column { table: pair.base.name.clone(), delta, fill };
        steps.add(phase, &pair.base.name, rank, &to.name, change);
    }
    if between != *to {
        let delta = Delta::Alter { from: between, to: to.clone() };
        steps.add(Phase::AlterKeyColumn, &pair.base.name, rank, &to.name, change(pair, delta));
    }
}

/// Returns the column as it can be before the primary key changes: a column of the old key bears no NULL, and MariaDB
/// counts up only in a key.
fn without_key(pair: &Pair<'_>, from: &Column, to: &Column) -> Column {
    let mut between = to.clone();
    let is_in = |key: &Option<PrimaryKey>| key.as_ref().is_some_and(|key| key.columns.contains(&from.name));
    if pair.changes_key() {
        if is_in(&pair.base.primary_key) && !from.nullable {
            between.nullable = false;
        }
        if is_in(&pair.wanted.primary_key) && to.identity == Some(Identity::AutoIncrement) {
            between.identity.clone_from(&from.identity);
        }
    }
    between
}

/// Rows that hold NULL get the default, if there is one.
fn default_as_fill(from: &Column, to: &Column) -> Option<Fill> {
    let default = to.default.as_ref().filter(|default| !default.eq_ignore_ascii_case("null"))?;
    let becomes_required = from.nullable && !to.nullable && to.generated.is_none();
    becomes_required.then(|| Fill { expression: default.clone(), is_stand_in: false, ..Fill::default() })
}
