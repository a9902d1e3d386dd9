//! One rebuild of a table: a new one beside it, its rows copied, the old one dropped, the new one renamed.
//!
//! Needs `foreign_keys = OFF` and `legacy_alter_table = ON` from before the transaction on, which the runner promises
//! for `rebuild = true`: with them, rows that point to the table, and views and triggers that read it, do not notice.
//! Never renames the old table away, which would drag references along. Read [`Rebuild::statements`] first.

use alembic_revisions::DialectName;

use super::super::{Statement, Unsupported, notes};
use super::ddl::{INK, create_index, create_table};
use super::normalize::row_number;
use super::survey::reader_of;
use super::types::{Affinity, affinity, narrows};
use crate::change::{Change, Delta, Fill};
use crate::schema::{Column, Identity, IndexPart, ObjectName, Schema, Table};

pub(super) struct Rebuild<'a> {
    /// The columns that the database has.
    pub old: &'a [Column],
    /// As it shall be.
    pub table: &'a Table,
    /// All changes that the rebuild makes.
    pub changes: &'a [&'a Change],
    /// With the table as it shall be.
    pub schema: &'a Schema,
}

impl Rebuild<'_> {
    pub fn statements(&self) -> Result<Vec<Statement>, Unsupported> {
        self.nothing_reads_what_goes()?;
        let table = pruned(self.table);
        let new = ObjectName::new(format!("_alembic_new_{}", table.name.name));
        let (own, made) = (INK.object(&table.name), INK.object(&new));
        let mut first = Statement::new(create_table(&table, &new));
        first.notes = self.notes(&table);
        let mut statements = vec![first];
        if self.keeps_mark(&table) {
            statements.push(mark(&table.name, &new));
        }
        statements.push(Statement::new(self.copy(&table, &own, &made)));
        statements.push(Statement::new(format!("DROP TABLE {own}")));
        statements.push(Statement::new(format!("ALTER TABLE {made} RENAME TO {own}")));
        statements.extend(table.indexes.iter().map(|index| Statement::new(create_index(&table.name, index))));
        statements.extend(table.triggers.iter().map(|trigger| Statement::new(trigger.sql.clone())));
        Ok(statements)
    }

    fn dropped(&self) -> impl Iterator<Item = &Column> {
        self.old.iter().filter(|old| self.table.column(&old.name).is_none() || self.is_new(&old.name))
    }

    /// True if a column of this name is made anew, even if one was there.
    fn is_new(&self, name: &str) -> bool {
        let creates =
            |change: &&&Change| matches!(change, Change::Column { delta: Delta::Create(to), .. } if to.name == name);
        self.changes.iter().any(|change| creates(&change)) || !self.old.iter().any(|old| old.name == name)
    }

    fn nothing_reads_what_goes(&self) -> Result<(), Unsupported> {
        for column in self.dropped().filter(|column| self.table.column(&column.name).is_none()) {
            if let Some(reader) = reader_of(&column.name, &self.table.name, self.schema) {
                return Err(Unsupported {
                    dialect: DialectName::Sqlite,
                    change: format!("drop the column `{}` of `{}`", column.name, self.table.name),
                    reason: format!("{reader} names it"),
                    help: format!(
                        "write a revision before this one that drops {reader}, and one after it that makes it again"
                    ),
                });
            }
        }
        Ok(())
    }

    fn notes(&self, table: &Table) -> Vec<String> {
        let name = &table.name;
        let mut notes = vec![format!("SQLite changes {name} by a copy of it")];
        notes.extend(self.dropped().map(|column| notes::values_lost(name, column)));
        for column in &table.columns {
            let old = self.old.iter().find(|old| old.name == column.name).filter(|_| !self.is_new(&column.name));
            if let Some(old) = old.filter(|old| narrows(&old.sql_type, &column.sql_type)) {
                notes.push(notes::narrowed(name, old, column));
            }
            if let Some(fill) = self.fill(column) {
                notes.extend(notes::not_restored(name, column, fill));
            }
        }
        notes
    }

    fn fill(&self, column: &Column) -> Option<&Fill> {
        self.changes.iter().rev().find_map(|change| match change {
            Change::Column { delta, fill, .. } if delta.to().is_some_and(|to| to.name == column.name) => fill.as_ref(),
            _ => None,
        })
    }

    /// True if the numbers of deleted rows must not be used again.
    fn keeps_mark(&self, table: &Table) -> bool {
        let is_marked =
            |columns: &[Column]| columns.iter().any(|column| column.identity == Some(Identity::AutoIncrement));
        is_marked(self.old) && is_marked(&table.columns)
    }

    /// Returns the copying of the rows; columns that are left out get their default in each row, or are computed.
    fn copy(&self, table: &Table, own: &str, made: &str) -> String {
        let number = row_number(table);
        let kept = table.columns.iter().filter(|column| column.generated.is_none());
        let pairs: Vec<(String, String)> = kept
            .filter_map(|column| {
                let is_number = number == Some(&column.name);
                Some((INK.name(&column.name).into_owned(), self.source(column, is_number)?))
            })
            .collect();
        let (columns, sources): (Vec<String>, Vec<String>) = match pairs.is_empty() {
            // Even rows of which nothing is left are rows.
            true => (vec!["rowid".to_owned()], vec!["rowid".to_owned()]),
            false => pairs.into_iter().unzip(),
        };
        format!("INSERT INTO {made} ({})\nSELECT {}\nFROM {own}", columns.join(", "), sources.join(", "))
    }

    /// Returns what the column's values are made of; None if of nothing.
    fn source(&self, column: &Column, is_number: bool) -> Option<String> {
        let fill = self.fill(column).map(|fill| fill.expression.as_str());
        let old = self.old.iter().find(|old| old.name == column.name).filter(|_| !self.is_new(&column.name));
        let Some(old) = old else { return fill.map(str::to_owned) };
        let mut source = self.with_new_values(column);
        let (from, to) = (affinity(&old.sql_type.sql), affinity(&column.sql_type.sql));
        if from != to
            && let Some(word) = cast(to)
        {
            source = format!("CAST({source} AS {word})");
        }
        if old.nullable && !column.nullable && !is_number {
            let value = fill.or(column.default.as_deref());
            source = value.map_or(source.clone(), |value| format!("COALESCE({source}, {value})"));
        }
        Some(source)
    }

    /// Returns the column, with renamed values in place of the old ones.
    fn with_new_values(&self, column: &Column) -> String {
        let name = INK.name(&column.name);
        let cases: Vec<String> = self
            .changes
            .iter()
            .filter_map(|change| match change {
                Change::Value { column: of, from, to, .. } if *of == column.name => {
                    Some(format!("WHEN {} THEN {}", INK.literal(from), INK.literal(to)))
                }
                _ => None,
            })
            .collect();
        if cases.is_empty() { name.into_owned() } else { format!("CASE {name} {} ELSE {name} END", cases.join(" ")) }
    }
}

/// Returns the type to cast to; a NUMERIC column converts what is a number by itself and keeps what is a date.
fn cast(affinity: Affinity) -> Option<&'static str> {
    match affinity {
        Affinity::Integer => Some("INTEGER"),
        Affinity::Text => Some("TEXT"),
        Affinity::Blob => Some("BLOB"),
        Affinity::Real => Some("REAL"),
        Affinity::Numeric => None,
    }
}

/// Copies the largest number that the table ever gave, before the rows: copying those only raises it.
fn mark(own: &ObjectName, new: &ObjectName) -> Statement {
    let (own, new) = (INK.literal(&own.name), INK.literal(&new.name));
    Statement::new(format!(
        "INSERT INTO sqlite_sequence (name, seq)\nSELECT {new}, seq FROM sqlite_sequence WHERE name = {own}"
    ))
}

/// Returns the table without keys and indexes of columns that are gone.
fn pruned(table: &Table) -> Table {
    let mut pruned = table.clone();
    let has = |column: &String| table.column(column).is_some();
    pruned.primary_key = pruned.primary_key.filter(|key| key.columns.iter().all(has));
    pruned.foreign_keys.retain(|key| key.columns.iter().all(has));
    pruned.uniques.retain(|unique| unique.columns.iter().all(has));
    pruned.indexes.retain(|index| {
        index.keys.iter().all(|key| match &key.part {
            IndexPart::Column(column) => has(column),
            IndexPart::Expression(_) => true,
        })
    });
    pruned
}
