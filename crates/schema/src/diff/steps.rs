//! The order of changes: phases that hold in both directions, names within them.
//!
//! The list read backwards is a downgrade, so a phase that takes something away mirrors one that adds it. Read
//! [`Phase`] first.

use crate::change::Change;
use crate::schema::ObjectName;

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
        self.0.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.0.into_iter().map(|(_, change)| change).collect()
    }
}
