//! A difference between two schemas, with both of its sides: so that every change knows its way back.
//!
//! A list of changes is meant to be made in its order; names in it are those that hold at that moment. Read [`Change`]
//! first, then [`reversed`].

use crate::schema::{Check, Column, EnumType, ForeignKey, Index, ObjectName, PrimaryKey, Table, Unique};

/// What happens to one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delta<T> {
    Create(T),
    Drop(T),
    /// Both have one name.
    Alter {
        from: T,
        to: T,
    },
    /// They differ in the name alone.
    Rename {
        from: T,
        to: T,
    },
}

impl<T> Delta<T> {
    /// Returns the way back.
    pub fn reversed(self) -> Self {
        match self {
            Delta::Create(object) => Delta::Drop(object),
            Delta::Drop(object) => Delta::Create(object),
            Delta::Alter { from, to } => Delta::Alter { from: to, to: from },
            Delta::Rename { from, to } => Delta::Rename { from: to, to: from },
        }
    }

    /// Returns the object as it was before.
    pub fn from(&self) -> Option<&T> {
        match self {
            Delta::Create(_) => None,
            Delta::Drop(from) | Delta::Alter { from, .. } | Delta::Rename { from, .. } => Some(from),
        }
    }

    /// Returns the object as it is afterwards.
    pub fn to(&self) -> Option<&T> {
        match self {
            Delta::Drop(_) => None,
            Delta::Create(to) | Delta::Alter { to, .. } | Delta::Rename { to, .. } => Some(to),
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A type of the database (PostgreSQL). `Alter`: values came, went or moved.
    Enum(Delta<EnumType>),
    /// A value of a type of the database has a new name; its rows follow by themselves.
    EnumValue {
        of: ObjectName,
        from: String,
        to: String,
    },
    /// `Create` makes all that is in the table. `Alter`: only its comment and its options differ, the parts of the
    /// two sides are equal and of no concern. `Rename`: only its name.
    Table(Delta<Table>),
    Column {
        table: ObjectName,
        delta: Delta<Column>,
        /// What rows get that have no value where one is needed; also on the way back.
        fill: Option<Fill>,
    },
    /// Rows that hold one text get another: the renamed value of an enum that is kept as text.
    Value {
        table: ObjectName,
        column: String,
        from: String,
        to: String,
    },
    PrimaryKey {
        table: ObjectName,
        delta: Delta<PrimaryKey>,
    },
    ForeignKey {
        table: ObjectName,
        delta: Delta<ForeignKey>,
    },
    Unique {
        table: ObjectName,
        delta: Delta<Unique>,
    },
    Check {
        table: ObjectName,
        delta: Delta<Check>,
    },
    Index {
        table: ObjectName,
        delta: Delta<Index>,
    },
}

/// The value of a NOT NULL column for rows that have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fill {
    /// A SQL expression, which may name other columns of the table.
    pub expression: String,
    /// Said in the script, because nobody chose it: a neutral value for a column that a downgrade brings back.
    pub is_stand_in: bool,
    /// Names or expressions of the checks that a stand-in may not fulfill.
    pub checks: Vec<String>,
}

impl Change {
    /// Returns the way back.
    pub fn reversed(self) -> Self {
        match self {
            Change::Enum(delta) => Change::Enum(delta.reversed()),
            Change::EnumValue { of, from, to } => Change::EnumValue { of, from: to, to: from },
            Change::Table(delta) => Change::Table(delta.reversed()),
            Change::Column { table, delta, fill } => Change::Column { table, delta: delta.reversed(), fill },
            Change::Value { table, column, from, to } => Change::Value { table, column, from: to, to: from },
            Change::PrimaryKey { table, delta } => Change::PrimaryKey { table, delta: delta.reversed() },
            Change::ForeignKey { table, delta } => Change::ForeignKey { table, delta: delta.reversed() },
            Change::Unique { table, delta } => Change::Unique { table, delta: delta.reversed() },
            Change::Check { table, delta } => Change::Check { table, delta: delta.reversed() },
            Change::Index { table, delta } => Change::Index { table, delta: delta.reversed() },
        }
    }

    /// Returns the table that it is about, by the name before the change; none for an enum.
    pub fn table(&self) -> Option<&ObjectName> {
        match self {
            Change::Enum(_) | Change::EnumValue { .. } => None,
            Change::Table(delta) => delta.from().or(delta.to()).map(|table| &table.name),
            Change::Column { table, .. }
            | Change::Value { table, .. }
            | Change::PrimaryKey { table, .. }
            | Change::ForeignKey { table, .. }
            | Change::Unique { table, .. }
            | Change::Check { table, .. }
            | Change::Index { table, .. } => Some(table),
        }
    }
}

/// Returns the changes that undo `changes`, in the order in which they can be made.
pub fn reversed(changes: &[Change]) -> Vec<Change> {
    changes.iter().rev().cloned().map(Change::reversed).collect()
}
