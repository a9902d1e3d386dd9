//! The order of changes: phases that hold in both directions, names within them.
//!
//! The list read backwards is a downgrade, so a phase that takes something away mirrors one that adds it. Read
//! [`Phase`] first.

use crate::change::{Change, Delta};
use crate::schema::ObjectName;
use crate::structure::Structured;

/// When a change is made (`models.md` §6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    // 1: types that others will use
    CreateEnum,
    AddEnumValues,
    // 2: what is in the way; still by the old names
    DropForeignKey,
    DropBlockingIndex,
    DropBlockingUnique,
    DropCheck,
    DropBlockingKey,
    DropBlockingColumn,
    // 3: names
    RenameEnumValue,
    RenameTable,
    RenameColumn,
    RenamePart,
    // 4
    CreateTable,
    // 5: columns and their rows
    AlterTable,
    AddColumn,
    StopComputing,
    ChangeValue,
    AlterColumn,
    ComputeColumn,
    // 6: a table after the other, so that its changes stand together
    ChangeKey,
    AlterKeyColumn,
    ChangePart,
    // 7
    CreateForeignKey,
    // 8: what nobody needs any more
    DropIndex,
    DropUnique,
    DropColumn,
    DropTable,
    RebuildEnum,
    DropEnum,
}

/// Changes with their places, in no order yet.
#[derive(Debug, Default)]
pub(super) struct Steps(Vec<(Place, Change)>);

type Place = (Phase, ObjectName, usize, String);

impl Steps {
    /// Adds a change of an object of `of`; `rank` goes before the name.
    pub fn add(&mut self, phase: Phase, of: &ObjectName, rank: usize, name: &str, change: Change) {
        self.0.push(((phase, of.clone(), rank, name.to_owned()), change));
    }

    /// Adds a change whose place among its like is known already.
    pub fn add_ranked(&mut self, phase: Phase, rank: usize, change: Change) {
        self.add(phase, &ObjectName::default(), rank, "", change);
    }

    pub fn into_changes(mut self) -> Vec<Change> {
        self.order_renames();
        self.0.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.0.into_iter().map(|(_, change)| change).collect()
    }

    /// Lets a part wait until the name that it will have is free.
    fn order_renames(&mut self) {
        let is_rename = |(place, _): &(Place, Change)| place.0 == Phase::RenamePart;
        let (mut renames, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.0).into_iter().partition(is_rename);
        renames.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.0 = rest;
        let mut rank = 0;
        while !renames.is_empty() {
            let is_held = |name: Option<&str>| renames.iter().any(|(_, other)| part_names(other).0 == name);
            let free = renames.iter().position(|(_, change)| !is_held(part_names(change).1)).unwrap_or(0);
            let (_, change) = renames.remove(free);
            self.add_ranked(Phase::RenamePart, rank, change);
            rank += 1;
        }
    }
}

/// Returns the old and the new name of a constraint or an index.
fn part_names(change: &Change) -> (Option<&str>, Option<&str>) {
    fn names<T: Structured>(delta: &Delta<T>) -> (Option<&str>, Option<&str>) {
        (delta.from().and_then(|part| part.name().text()), delta.to().and_then(|part| part.name().text()))
    }
    match change {
        Change::PrimaryKey { delta, .. } => names(delta),
        Change::ForeignKey { delta, .. } => names(delta),
        Change::Unique { delta, .. } => names(delta),
        Change::Check { delta, .. } => names(delta),
        Change::Index { delta, .. } => names(delta),
        Change::Enum(_)
        | Change::EnumValue { .. }
        | Change::Table(_)
        | Change::Column { .. }
        | Change::Value { .. } => (None, None),
    }
}
