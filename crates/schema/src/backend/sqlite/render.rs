//! From changes to SQL: a statement for each where SQLite has one, else one rebuild for all changes of a table.
//!
//! A rebuild stands at the last of its table's changes: then its definition is complete, and other tables may come
//! before or after, since foreign keys may name what is not there while they are off. Renames are never part of it:
//! SQLite makes them itself, and follows in other tables, views and triggers. Read [`render`] first.

use alembic_revisions::DialectName;

use super::super::{Rendered, Statement, Unsupported, notes};
use super::ddl::{INK, check, column_definition, create_index, create_table, inline_reference};
use super::rebuild::Rebuild;
use super::survey::{Survey, TableId, is_rename};
use crate::apply::Misfit;
use crate::change::{Change, Delta, Fill};
use crate::schema::{Column, Index, ObjectName, Schema, Table};

/// Returns the SQL that makes the changes.
pub(super) fn render(changes: &[Change], before: &Schema) -> Result<Rendered, Unsupported> {
    let survey = Survey::of(changes, before)?;
    let mut rendering = Rendering {
        pending: survey.fates.iter().map(|_| Pending::default()).collect(),
        survey,
        changes,
        schema: before.clone(),
        statements: Vec::new(),
    };
    for index in 0..changes.len() {
        rendering.change(index)?;
    }
    Ok(Rendered { rebuild: rendering.survey.rebuilds(), statements: rendering.statements, outside_transaction: false })
}

/// A list of changes that is not one of this schema.
pub(super) fn misfit(misfit: &Misfit) -> Unsupported {
    Unsupported {
        dialect: DialectName::Sqlite,
        change: "make the changes".to_owned(),
        reason: misfit.to_string(),
        help: "bring the database to its newest revision, then generate again".to_owned(),
    }
}

/// What a rebuild has still to do.
#[derive(Default)]
struct Pending<'c> {
    changes: Vec<&'c Change>,
    /// The columns that the table has in the database by now; none before the first change.
    columns: Option<Vec<Column>>,
}

struct Rendering<'c> {
    survey: Survey,
    changes: &'c [Change],
    /// After the changes so far, those of pending rebuilds included.
    schema: Schema,
    pending: Vec<Pending<'c>>,
    statements: Vec<Statement>,
}

impl<'c> Rendering<'c> {
    fn change(&mut self, index: usize) -> Result<(), Unsupported> {
        let change = &self.changes[index];
        let Some(id) = self.survey.tables[index] else {
            return Err(Unsupported {
                dialect: DialectName::Sqlite,
                change: "change a type".to_owned(),
                reason: "it has no types of its own".to_owned(),
                help: "write the section for sqlite by hand".to_owned(),
            });
        };
        let fate = &self.survey.fates[id];
        let (is_rebuilt, is_last) = (fate.is_rebuilt, fate.last == index);
        if is_rebuilt {
            self.remember(id, change);
            if is_rename(change) && self.is_in_the_way(id, change) {
                self.flush(id, change.table())?;
            }
        }
        let name = change.table().cloned();
        self.schema.apply(change).map_err(|error| misfit(&error))?;
        if !is_rebuilt {
            self.native(index, id);
        } else if is_rename(change) {
            self.rename(change);
            self.follow(id, change);
        } else {
            if let Change::Index { delta, .. } = change {
                self.free_name(delta);
            }
            self.pending[id].changes.push(change);
            if is_last {
                self.flush(id, name.as_ref())?;
            }
        }
        Ok(())
    }

    /// Keeps what the table has in the database before its first change.
    fn remember(&mut self, id: TableId, change: &Change) {
        let table = change.table().and_then(|name| self.schema.tables.get(name));
        self.pending[id].columns.get_or_insert_with(|| table.map(|table| table.columns.clone()).unwrap_or_default());
    }

    /// True if the rename must wait for pending changes: they are about one of its names.
    fn is_in_the_way(&self, id: TableId, change: &Change) -> bool {
        let Change::Column { delta: Delta::Rename { from, to }, .. } = change else { return false };
        self.pending[id].changes.iter().any(|pending| match pending {
            Change::Column { delta, .. } => {
                let mut names = delta.from().into_iter().chain(delta.to()).map(|column| &column.name);
                names.any(|name| *name == from.name || *name == to.name)
            }
            Change::Value { column, .. } => *column == from.name,
            _ => false,
        })
    }

    fn follow(&mut self, id: TableId, change: &Change) {
        let Change::Column { delta: Delta::Rename { from, to }, .. } = change else { return };
        for column in self.pending[id].columns.iter_mut().flatten() {
            if column.name == from.name {
                column.name.clone_from(&to.name);
            }
        }
    }

    /// Drops an index before its table is rebuilt if another one will have its name: those are the database's.
    fn free_name(&mut self, delta: &Delta<Index>) {
        let Some(name) = delta.from().and_then(|index| index.name.text()) else { return };
        let is_it = |index: &Index| index.name.text() == Some(name);
        let is_claimed = self.changes.iter().any(|change| match change {
            Change::Index { delta, .. } => delta.to().is_some_and(is_it),
            Change::Table(Delta::Create(table)) => table.indexes.iter().any(is_it),
            _ => false,
        });
        if is_claimed {
            self.statements.push(Statement::new(format!("DROP INDEX {}", INK.name(name))));
        }
    }

    /// Writes the rebuild of the table with all that is pending.
    fn flush(&mut self, id: TableId, name: Option<&ObjectName>) -> Result<(), Unsupported> {
        let pending = &mut self.pending[id];
        let Some(table) = name.and_then(|name| self.schema.tables.get(name)) else { return Ok(()) };
        let changes = std::mem::take(&mut pending.changes);
        if changes.is_empty() {
            return Ok(());
        }
        let old = pending.columns.take().unwrap_or_default();
        pending.columns = Some(table.columns.clone());
        let rebuild = Rebuild { old: &old, table, changes: &changes, schema: &self.schema };
        self.statements.extend(rebuild.statements()?);
        Ok(())
    }

    /// Writes a change that needs no rebuild.
    fn native(&mut self, index: usize, id: TableId) {
        let change = &self.changes[index];
        let fate = &self.survey.fates[id];
        if fate.is_created {
            match (change, &fate.end) {
                // What is changed later about a new table is made with it, but for indexes: their names may not be free.
                (Change::Table(Delta::Create(table)), Some(end)) => {
                    let end = Table { indexes: table.indexes.clone(), ..end.clone() };
                    self.statements.extend(create(&end));
                }
                (Change::Index { table, delta }, Some(_)) => self.index(table, delta),
                _ => {}
            }
            return;
        }
        if fate.is_dropped {
            match change {
                Change::Table(Delta::Drop(table)) => self.statements.push(drop_table(table)),
                // Its name may be another's before the table goes.
                Change::Index { table, delta: delta @ Delta::Drop(_) } => self.index(table, delta),
                change if is_rename(change) => self.rename(change),
                _ => {}
            }
            return;
        }
        match change {
            change if is_rename(change) => self.rename(change),
            Change::Column { table, delta, fill } => self.column(index, table, delta, fill.as_ref()),
            Change::Value { table, column, from, to } => self.statements.push(value(table, column, from, to)),
            Change::Index { table, delta } => self.index(table, delta),
            _ => {}
        }
    }

    fn rename(&mut self, change: &Change) {
        match change {
            Change::Table(Delta::Rename { from, to }) => {
                let sql = format!("ALTER TABLE {} RENAME TO {}", INK.object(&from.name), INK.object(&to.name));
                // In the mode of a rebuild, foreign keys of other tables would keep the old name.
                let pragma = |value| Statement::new(format!("PRAGMA legacy_alter_table = {value}"));
                if self.survey.rebuilds() {
                    self.statements.extend([pragma("OFF"), Statement::new(sql), pragma("ON")]);
                } else {
                    self.statements.push(Statement::new(sql));
                }
            }
            Change::Column { table, delta: Delta::Rename { from, to }, .. } => {
                let (from, to) = (INK.name(&from.name), INK.name(&to.name));
                let sql = format!("ALTER TABLE {} RENAME COLUMN {from} TO {to}", INK.object(table));
                self.statements.push(Statement::new(sql));
            }
            _ => {}
        }
    }

    fn column(&mut self, index: usize, table: &ObjectName, delta: &Delta<Column>, fill: Option<&Fill>) {
        let object = INK.object(table);
        match delta {
            Delta::Create(column) => {
                let mut sql = format!("ALTER TABLE {object} ADD COLUMN {}", column_definition(column));
                for attached in self.survey.attached_to(index, self.changes) {
                    match attached {
                        Change::ForeignKey { delta: Delta::Create(key), .. } => {
                            sql.push_str(&format!(" {}", inline_reference(key)));
                        }
                        Change::Check { delta: Delta::Create(found), .. } => {
                            sql.push_str(&format!(" {}", check(found)))
                        }
                        _ => {}
                    }
                }
                self.statements.push(Statement::new(sql));
                if let Some(fill) = fill {
                    let sql = format!("UPDATE {object} SET {} = {}", INK.name(&column.name), fill.expression);
                    let mut statement = Statement::new(sql);
                    statement.notes.extend(notes::not_restored(table, column, fill));
                    self.statements.push(statement);
                }
            }
            Delta::Drop(column) => {
                let sql = format!("ALTER TABLE {object} DROP COLUMN {}", INK.name(&column.name));
                self.statements.push(Statement::new(sql).noted(notes::values_lost(table, column)));
            }
            Delta::Alter { .. } | Delta::Rename { .. } => {}
        }
    }

    fn index(&mut self, table: &ObjectName, delta: &Delta<Index>) {
        if let Some(from) = delta.from() {
            let name = INK.name(from.name.text().unwrap_or_default());
            self.statements.push(Statement::new(format!("DROP INDEX {name}")));
        }
        if let Some(to) = delta.to() {
            self.statements.push(Statement::new(create_index(table, to)));
        }
    }
}

fn create(table: &Table) -> Vec<Statement> {
    let mut statements = vec![Statement::new(create_table(table, &table.name))];
    statements.extend(table.indexes.iter().map(|index| Statement::new(create_index(&table.name, index))));
    statements.extend(table.triggers.iter().map(|trigger| Statement::new(trigger.sql.clone())));
    statements
}

fn drop_table(table: &Table) -> Statement {
    Statement::new(format!("DROP TABLE {}", INK.object(&table.name))).noted(notes::rows_lost(&table.name))
}

fn value(table: &ObjectName, column: &str, from: &str, to: &str) -> Statement {
    let column = INK.name(column);
    let (from, to) = (INK.literal(from), INK.literal(to));
    Statement::new(format!("UPDATE {} SET {column} = {to} WHERE {column} = {from}", INK.object(table)))
}

#[cfg(test)]
mod tests;
