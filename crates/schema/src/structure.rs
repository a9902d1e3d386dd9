//! What constraints and indexes are apart from their names.
//!
//! Two of one structure are the same to a database whatever they are called. Read [`Structured`] first.

use crate::schema::{Check, ForeignKey, Index, Name, PrimaryKey, Table, Unique};

/// A part of a table that has a name besides what it does.
pub(crate) trait Structured: Clone + PartialEq {
    fn name(&self) -> &Name;

    /// Returns the same part with another name.
    fn with_name(&self, name: Name) -> Self;

    /// Returns what counts in a comparison.
    fn structure(&self) -> Self {
        self.with_name(Name::Unnamed)
    }
}

/// A [`Structured`] part of which a table has a list.
pub(crate) trait Listed: Structured {
    fn list(table: &Table) -> &Vec<Self>;

    fn list_mut(table: &mut Table) -> &mut Vec<Self>;
}

macro_rules! listed {
    ($part:ty, $list:ident) => {
        impl Structured for $part {
            fn name(&self) -> &Name {
                &self.name
            }

            fn with_name(&self, name: Name) -> Self {
                Self { name, ..self.clone() }
            }
        }

        impl Listed for $part {
            fn list(table: &Table) -> &Vec<Self> {
                &table.$list
            }

            fn list_mut(table: &mut Table) -> &mut Vec<Self> {
                &mut table.$list
            }
        }
    };
}

listed!(ForeignKey, foreign_keys);
listed!(Unique, uniques);
listed!(Check, checks);

impl Structured for PrimaryKey {
    fn name(&self) -> &Name {
        &self.name
    }

    fn with_name(&self, name: Name) -> Self {
        PrimaryKey { name, ..self.clone() }
    }
}

impl Structured for Index {
    fn name(&self) -> &Name {
        &self.name
    }

    fn with_name(&self, name: Name) -> Self {
        Index { name, ..self.clone() }
    }

    /// Leaves out how it is built.
    fn structure(&self) -> Self {
        Index { concurrently: false, ..self.with_name(Name::Unnamed) }
    }
}

impl Listed for Index {
    fn list(table: &Table) -> &Vec<Self> {
        &table.indexes
    }

    fn list_mut(table: &mut Table) -> &mut Vec<Self> {
        &mut table.indexes
    }
}

/// Returns where the part is in the list: the one of its name first, else any of its structure.
pub(crate) fn position<T: Structured>(list: &[T], wanted: &T) -> Option<usize> {
    let structure = wanted.structure();
    let is_same = |part: &T| part.structure() == structure;
    list.iter()
        .position(|part| part.name().text() == wanted.name().text() && is_same(part))
        .or_else(|| list.iter().position(is_same))
}
