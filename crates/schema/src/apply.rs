//! What a schema is after a change.
//!
//! Total: a change that does not fit is an error and leaves the schema as it was. It does what the change says and no
//! more: no constraint goes because its column does. Read [`Schema::apply`] first.

mod rename;

use crate::change::{Change, Delta};
use crate::schema::{Column, EnumType, ObjectName, PrimaryKey, Schema, Table};
use crate::structure::{Listed, position};

/// A change that is not one of this schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    #[error("{what} `{name}` is not there")]
    Missing { what: &'static str, name: String },
    #[error("{what} `{name}` is there already")]
    Present { what: &'static str, name: String },
}

impl Misfit {
    fn missing(what: &'static str, name: impl ToString) -> Self {
        Misfit::Missing { what, name: name.to_string() }
    }

    fn present(what: &'static str, name: impl ToString) -> Self {
        Misfit::Present { what, name: name.to_string() }
    }
}

impl Schema {
    /// Makes the change. A new name of a table, a column, an enum or its value is also written wherever it is mentioned.
    pub fn apply(&mut self, change: &Change) -> Result<(), Misfit> {
        match change {
            Change::Enum(delta) => self.apply_enum(delta),
            Change::EnumValue { of, from, to } => self.rename_enum_value(of, from, to),
            Change::Table(delta) => self.apply_table(delta),
            Change::Column { table, delta, .. } => self.apply_column(table, delta),
            Change::Value { table, column, .. } => self.require_column(table, column),
            Change::PrimaryKey { table, delta } => apply_primary_key(self.table_mut(table)?, delta),
            Change::ForeignKey { table, delta } => apply_listed("the foreign key", self.table_mut(table)?, delta),
            Change::Unique { table, delta } => apply_listed("the unique constraint", self.table_mut(table)?, delta),
            Change::Check { table, delta } => apply_listed("the check", self.table_mut(table)?, delta),
            Change::Index { table, delta } => apply_listed("the index", self.table_mut(table)?, delta),
        }
    }

    /// Makes all changes in their order; at a misfit the schema stays where it was before it.
    pub fn apply_all<'c>(&mut self, changes: impl IntoIterator<Item = &'c Change>) -> Result<(), Misfit> {
        changes.into_iter().try_for_each(|change| self.apply(change))
    }

    fn table_mut(&mut self, name: &ObjectName) -> Result<&mut Table, Misfit> {
        self.tables.get_mut(name).ok_or_else(|| Misfit::missing("the table", name))
    }

    fn require_column(&mut self, table: &ObjectName, column: &str) -> Result<(), Misfit> {
        column_position(self.table_mut(table)?, column).map(|_| ())
    }

    fn apply_enum(&mut self, delta: &Delta<EnumType>) -> Result<(), Misfit> {
        if let Some(from) = delta.from()
            && !self.enums.contains_key(&from.name)
        {
            return Err(Misfit::missing("the enum", &from.name));
        }
        if let Delta::Create(to) | Delta::Rename { to, .. } = delta
            && self.enums.contains_key(&to.name)
        {
            return Err(Misfit::present("the enum", &to.name));
        }
        match delta {
            Delta::Create(to) | Delta::Alter { to, .. } => {
                self.enums.insert(to.name.clone(), to.clone());
            }
            Delta::Drop(from) => {
                self.enums.remove(&from.name);
            }
            Delta::Rename { from, to } => self.rename_enum(&from.name, &to.name),
        }
        Ok(())
    }

    fn apply_table(&mut self, delta: &Delta<Table>) -> Result<(), Misfit> {
        match delta {
            Delta::Create(to) if self.tables.contains_key(&to.name) => Err(Misfit::present("the table", &to.name)),
            Delta::Create(to) => {
                self.tables.insert(to.name.clone(), to.clone());
                Ok(())
            }
            Delta::Drop(from) => {
                self.tables.remove(&from.name).map(|_| ()).ok_or_else(|| Misfit::missing("the table", &from.name))
            }
            Delta::Alter { from, to } => {
                let table = self.table_mut(&from.name)?;
                table.comment.clone_from(&to.comment);
                table.options = to.options.clone();
                Ok(())
            }
            Delta::Rename { from, to } => {
                self.table_mut(&from.name)?;
                if self.tables.contains_key(&to.name) {
                    return Err(Misfit::present("the table", &to.name));
                }
                self.rename_table(&from.name, &to.name);
                Ok(())
            }
        }
    }

    fn apply_column(&mut self, name: &ObjectName, delta: &Delta<Column>) -> Result<(), Misfit> {
        let table = self.table_mut(name)?;
        let taken = |table: &Table, column: &str| match table.column(column) {
            Some(_) => Err(Misfit::present("the column", format!("{name}.{column}"))),
            None => Ok(()),
        };
        match delta {
            Delta::Create(to) => {
                taken(table, &to.name)?;
                table.columns.push(to.clone());
            }
            Delta::Drop(from) => {
                let at = column_position(table, &from.name)?;
                table.columns.remove(at);
            }
            Delta::Alter { from, to } => {
                let at = column_position(table, &from.name)?;
                table.columns[at] = to.clone();
            }
            Delta::Rename { from, to } => {
                column_position(table, &from.name)?;
                taken(table, &to.name)?;
                self.rename_column(name, &from.name, &to.name);
            }
        }
        Ok(())
    }
}

fn column_position(table: &Table, column: &str) -> Result<usize, Misfit> {
    let found = table.columns.iter().position(|candidate| candidate.name == column);
    found.ok_or_else(|| Misfit::missing("the column", format!("{}.{column}", table.name)))
}

fn apply_primary_key(table: &mut Table, delta: &Delta<PrimaryKey>) -> Result<(), Misfit> {
    const WHAT: &str = "the primary key of";
    match (&table.primary_key, delta.from()) {
        (Some(_), None) => return Err(Misfit::present(WHAT, &table.name)),
        (Some(present), Some(from)) if present.columns == from.columns => {}
        (_, Some(_)) => return Err(Misfit::missing(WHAT, &table.name)),
        (None, None) => {}
    }
    table.primary_key = delta.to().cloned();
    Ok(())
}

fn apply_listed<T: Listed>(what: &'static str, table: &mut Table, delta: &Delta<T>) -> Result<(), Misfit> {
    let label = |part: &T, table: &Table| match part.name().text() {
        Some(name) => name.to_owned(),
        None => format!("without a name, of {}", table.name),
    };
    let at = match delta.from() {
        Some(from) => Some(position(T::list(table), from).ok_or_else(|| Misfit::missing(what, label(from, table)))?),
        None => None,
    };
    if let Some(to) = delta.to() {
        let is_same_name = |other: &T| to.name().text().is_some() && other.name().text() == to.name().text();
        let mut others = T::list(table).iter().enumerate().filter(|(other, _)| Some(*other) != at);
        if others.any(|(_, other)| is_same_name(other)) {
            return Err(Misfit::present(what, label(to, table)));
        }
    }
    let list = T::list_mut(table);
    match (at, delta.to()) {
        (Some(at), Some(to)) => list[at] = to.clone(),
        (Some(at), None) => {
            list.remove(at);
        }
        (None, Some(to)) => list.push(to.clone()),
        (None, None) => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests;
