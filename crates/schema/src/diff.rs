//! From two normalized schemas to the changes between them.
//!
//! Pure: whoever can ask decides on renames and fills first. The steps, in their order: [`rename_questions`],
//! [`changes`], [`fill_questions`], [`filled`].

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Change, Fill};
use crate::schema::{Column, ObjectName, Schema};
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
    let _ = (current, wanted, hints);
    todo!("diff helper")
}

/// Returns what could be renames and is not decided by `renames`; tables first: answer those, then call again, since
/// the columns of a renamed table are compared only then.
pub fn rename_questions(current: &Schema, wanted: &Schema, renames: &Renames) -> Vec<RenameQuestion> {
    let _ = (current, wanted, renames);
    todo!("diff helper")
}

/// Returns what turns `current` into `wanted`, in an order in which it can be made.
///
/// Tables of `current` that `wanted` lacks are dropped: leave out of `current` what is not ours.
pub fn changes(current: &Schema, wanted: &Schema, renames: &Renames) -> Vec<Change> {
    let _ = (current, wanted, renames);
    todo!("diff helper")
}

/// Returns the columns that become NOT NULL, without a default, where rows may be that have no value.
pub fn fill_questions(changes: &[Change]) -> Vec<FillQuestion> {
    let _ = changes;
    todo!("diff helper")
}

/// Returns the changes with the answers in them; by table and column, the names after the changes.
pub fn filled(changes: Vec<Change>, answers: &BTreeMap<(ObjectName, String), Fill>) -> Vec<Change> {
    let _ = answers;
    changes
}
