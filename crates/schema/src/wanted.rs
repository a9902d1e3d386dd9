//! The schema that models want of one database, with what they say beside it: owners, renames, exceptions.
//!
//! Read [`Wanted`] first.

use std::collections::{BTreeMap, BTreeSet};

use alembic_revisions::Place;

use crate::model::Warning;
use crate::schema::{ObjectName, Schema};

#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Without external tables.
    pub schema: Schema,
    pub hints: Hints,
}

/// What models say that no database holds.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    /// By the name of the table.
    pub owners: BTreeMap<ObjectName, Owner>,
    /// By the name of the type.
    pub enum_owners: BTreeMap<ObjectName, Owner>,
    /// `renamed_from`: the table, and what it was called.
    pub tables: BTreeMap<ObjectName, ObjectName>,
    /// `renamed_from`: the table, its column, and what the column was called.
    pub columns: BTreeMap<(ObjectName, String), String>,
    /// `renamed(Old = "New")` of a type of the database: the type, the new value, the old one.
    pub enum_values: BTreeMap<(ObjectName, String), String>,
    /// The same for a column that keeps the enum as text: table, column, new value, old one.
    pub column_values: BTreeMap<(ObjectName, String, String), String>,
    /// Tables that are mapped and never migrated.
    pub external: BTreeSet<ObjectName>,
    pub warnings: Vec<Warning>,
}

/// The feature to whose folder a change belongs.
#[derive(Clone, Debug)]
pub struct Owner {
    pub feature: String,
    pub place: Place,
}
