//! From two normalized schemas to the changes between them.
//!
//! Pure: whoever can ask decides on renames and fills first. The steps, in their order: [`rename_questions`],
//! [`changes`], [`fill_questions`], [`filled`], [`stand_ins`].

use std::collections::{BTreeMap, BTreeSet};

mod columns;
mod enums;
mod fills;
mod keyed;
mod keys;
mod likeness;
mod pair;
mod parts;
mod renames;
mod steps;
mod tables;

use keyed::keyed;
use keys::Targets;
use pair::{Names, Pair, Parts};
use parts::{Claims, Kind};
use renames::Renamed;
use steps::{Phase, Steps};

use crate::backend::Backend;
use crate::change::{Change, Delta, Fill};
use crate::schema::{Check, Column, ForeignKey, Index, ObjectName, Schema, Table, Unique};
use crate::wanted::Hints;

/// Which names are new names of old objects: what `renamed_from` says and still applies, and what a person answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renames {
    /// New name to old name.
    pub tables: BTreeMap<ObjectName, ObjectName>,
    /// Table by its new name and new name of the column, to the column's old name.
    pub columns: BTreeMap<(ObjectName, String), String>,
    /// Type and new value, to the old value.
    pub enum_values: BTreeMap<(ObjectName, String), String>,
    /// Table by its new name, column by its new name and new value, to the old value.
    pub column_values: BTreeMap<(ObjectName, String, String), String>,
    /// Pairs that a person said are not a rename: dropped and added.
    pub unrelated: BTreeSet<RenamePair>,
}

/// Something dropped and something added that may be one thing with a new name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RenamePair {
    Table {
        from: ObjectName,
        to: ObjectName,
    },
    /// The table by its new name.
    Column {
        table: ObjectName,
        from: String,
        to: String,
    },
}

/// A question: is the new object one of the old ones?
#[derive(Clone, Debug, PartialEq)]
pub struct RenameQuestion {
    /// Candidates for one added object, best first, each with its likeness from 0 to 1, above 0.5.
    pub candidates: Vec<(RenamePair, f64)>,
}

/// A question: which value do rows get that have none?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FillQuestion {
    /// By the name after the changes.
    pub table: ObjectName,
    pub column: Column,
    /// The column exists and may hold NULL now; else it is new.
    pub is_old: bool,
}

/// Returns the renames that the models themselves declare and that are not made yet.
pub fn declared_renames(current: &Schema, wanted: &Schema, hints: &Hints) -> Renames {
    renames::declared(current, wanted, hints)
}

/// Returns what could be renames and is not decided by `renames`; tables first: answer those, then call again, since
/// the columns of a renamed table are compared only then.
pub fn rename_questions(current: &Schema, wanted: &Schema, renames: &Renames) -> Vec<RenameQuestion> {
    likeness::questions(current, wanted, renames)
}

/// Returns what turns `current` into `wanted`, in an order in which it can be made.
///
/// Tables of `current` that `wanted` lacks are dropped: leave out of `current` what is not ours. The list can also be
/// made backwards, see [`reversed`](crate::change::reversed).
pub fn changes(current: &Schema, wanted: &Schema, renames: &Renames) -> Vec<Change> {
    let mut steps = Steps::default();
    let renamed = Renamed::new(current, renames, &mut steps);
    enums::compare(&renamed, wanted, &mut steps);
    renames::values(&renamed.base, renames, &mut steps);

    let names = Names::of(wanted);
    let found = keyed(renamed.base.tables.values(), wanted.tables.values(), |table| &table.name);
    let pairs = found.kept.into_iter().map(|(base, wanted)| (&base.name, Pair::new(base, wanted, &names)));
    let pairs: BTreeMap<&ObjectName, Pair<'_>> = pairs.collect();
    let targets = Targets(&pairs);
    let keys: BTreeMap<&ObjectName, Parts<ForeignKey>> =
        pairs.iter().map(|(name, pair)| (*name, targets.compare(pair, &names))).collect();
    let claims = Claims::of(pairs.values(), &keys, found.came.iter().copied());

    created(&found.came, &targets, &mut steps);
    dropped(&found.gone, &targets, &claims, &renamed, &mut steps);
    for pair in pairs.values() {
        altered(pair, &mut steps);
        columns::compare(pair, &renamed, &mut steps);
        parts::compare(pair, &renamed, &claims, &mut steps);
    }
    for (table, keys) in &keys {
        parts::kind(table, keys, &renamed, &claims, &mut steps);
    }
    steps.into_changes()
}

fn created(tables: &[&Table], targets: &Targets<'_>, steps: &mut Steps) {
    let ordered = tables::ordered(tables.iter().copied(), |key| targets.is_settled(key));
    for (rank, table) in ordered.tables.into_iter().enumerate() {
        steps.add_ranked(Phase::CreateTable, rank, Change::Table(Delta::Create(table)));
    }
    for (table, key) in &ordered.held {
        parts::create(table, key, steps);
    }
}

fn dropped(tables: &[&Table], targets: &Targets<'_>, claims: &Claims, renamed: &Renamed<'_>, steps: &mut Steps) {
    let ordered = tables::ordered(tables.iter().copied(), |key| targets.is_settled(key));
    for (table, key) in &ordered.held {
        parts::drop_early(table, key, renamed, steps);
    }
    for (rank, mut table) in ordered.tables.into_iter().rev().enumerate() {
        free_names::<ForeignKey>(&mut table, claims, renamed, steps);
        free_names::<Unique>(&mut table, claims, renamed, steps);
        free_names::<Check>(&mut table, claims, renamed, steps);
        free_names::<Index>(&mut table, claims, renamed, steps);
        steps.add_ranked(Phase::DropTable, rank, Change::Table(Delta::Drop(table)));
    }
}

/// Takes those parts out of a table that is to be dropped whose names others will have before.
fn free_names<T: Kind>(table: &mut Table, claims: &Claims, renamed: &Renamed<'_>, steps: &mut Steps) {
    let parts = std::mem::take(T::list_mut(table));
    let is_claimed = |part: &T| claims.is_claimed_elsewhere(&table.name, part.name());
    let (claimed, rest): (Vec<T>, Vec<T>) = parts.into_iter().partition(is_claimed);
    for part in &claimed {
        parts::drop_early(&table.name, part, renamed, steps);
    }
    *T::list_mut(table) = rest;
}

/// The comment and the options of a table.
fn altered(pair: &Pair<'_>, steps: &mut Steps) {
    let (base, wanted) = (pair.base, pair.wanted);
    if base.comment == wanted.comment && base.options == wanted.options {
        return;
    }
    let to = Table { comment: wanted.comment.clone(), options: wanted.options.clone(), ..base.clone() };
    let change = Change::Table(Delta::Alter { from: base.clone(), to });
    steps.add(Phase::AlterTable, &base.name, 0, "", change);
}

/// Returns the columns that become NOT NULL, without a default, where rows may be that have no value.
pub fn fill_questions(changes: &[Change]) -> Vec<FillQuestion> {
    fills::questions(changes)
}

/// Returns the checks that the column of a question must fulfill after the changes, by name or else by expression;
/// `before` is the schema at their start.
pub fn checks_of(question: &FillQuestion, changes: &[Change], before: &Schema) -> Vec<String> {
    fills::checks(question, changes, before)
}

/// Returns the changes with the answers in them; by table and column, the names after the changes.
pub fn filled(changes: Vec<Change>, answers: &BTreeMap<(ObjectName, String), Fill>) -> Vec<Change> {
    fills::filled(changes, answers)
}

/// Returns the changes with neutral values for NOT NULL columns that their way back brings back over rows; `before` is
/// the schema at their start.
pub fn stand_ins(changes: Vec<Change>, before: &Schema, backend: &dyn Backend) -> Vec<Change> {
    fills::stand_ins(changes, before, backend)
}

#[cfg(test)]
pub(crate) use tests::{neutral, referee, samples};
#[cfg(test)]
mod tests;
