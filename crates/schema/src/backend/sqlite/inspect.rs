//! From SQLite's catalogue to a schema.
//!
//! The catalogue knows columns; of everything else it keeps the statement, which [`definition`](super::definition)
//! reads. Read [`INSPECTION`] first, then [`read`].

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Row, Unreadable};
use super::definition::{Definition, definition, index};
use super::tokens::{Kind, tokens};
use crate::schema::{Column, ColumnType, Identity, IndexPart, ObjectName, Schema, Table, TableOptions, Trigger, View};

/// Rows of eight texts, the first of which tells what they are. Virtual tables have no page of their own; asking for
/// their columns would fail where their module is not loaded.
pub(super) const INSPECTION: &str = "\
WITH object AS (
    SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql IS NOT NULL
), own AS (
    SELECT name FROM sqlite_schema
    WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
)
SELECT 'object' AS kind, type AS a, name AS b, tbl_name AS c, sql AS d, NULL AS e, NULL AS f, NULL AS g FROM object
UNION ALL
SELECT 'options', l.type, l.name, CAST(l.wr AS TEXT), CAST(l.strict AS TEXT), NULL, NULL, NULL
FROM pragma_table_list AS l WHERE l.schema = 'main'
UNION ALL
SELECT 'column', own.name, printf('%06d', c.cid), c.name, c.type, CAST(c.\"notnull\" AS TEXT), CAST(c.dflt_value AS TEXT),
    CAST(c.pk AS TEXT)
FROM own JOIN pragma_table_xinfo(own.name) AS c
ORDER BY 1, 2, 3";

/// Returns the schema that the rows of [`INSPECTION`] describe.
pub(super) fn read(rows: &[Row]) -> Result<Schema, Unreadable> {
    let mut reading = Reading::default();
    for row in rows {
        reading.row(row)?;
    }
    for row in rows {
        reading.depends(row)?;
    }
    Ok(reading.finish())
}

#[derive(Default)]
struct Reading {
    schema: Schema,
    definitions: BTreeMap<String, Definition>,
    /// Tables that hold a virtual table's rows.
    shadows: BTreeSet<String>,
}

/// Returns the text of a row's column.
fn text(row: &Row, at: usize) -> Result<&str, Unreadable> {
    let value = row.get(at).and_then(|value| value.as_deref());
    value.ok_or_else(|| Unreadable { reason: format!("a row {row:?} has no column {at}") })
}

impl Reading {
    /// Takes what stands for itself: tables, views, columns, options.
    fn row(&mut self, row: &Row) -> Result<(), Unreadable> {
        match text(row, 0)? {
            "object" => {
                let (name, sql) = (text(row, 2)?, text(row, 4)?);
                match text(row, 1)? {
                    "table" if !is_virtual(sql) => {
                        self.table(name);
                        self.definitions.insert(name.to_owned(), definition(sql));
                    }
                    "view" => {
                        let view = View { name: ObjectName::new(name), sql: sql.to_owned(), reads: Vec::new() };
                        self.schema.views.insert(view.name.clone(), view);
                    }
                    _ => {}
                }
            }
            "options" => self.options(row)?,
            "column" => self.column(row)?,
            other => return Err(Unreadable { reason: format!("a row is of the kind `{other}`") }),
        }
        Ok(())
    }

    fn table(&mut self, name: &str) -> &mut Table {
        let name = ObjectName::new(name);
        self.schema.tables.entry(name.clone()).or_insert_with(|| Table { name, ..Table::default() })
    }

    fn options(&mut self, row: &Row) -> Result<(), Unreadable> {
        let name = text(row, 2)?;
        match text(row, 1)? {
            "shadow" => {
                self.shadows.insert(name.to_owned());
            }
            "table" if !name.starts_with("sqlite_") => {
                let (without_rowid, strict) = (text(row, 3)? == "1", text(row, 4)? == "1");
                self.table(name).options = TableOptions { strict, without_rowid, ..TableOptions::default() };
            }
            _ => {}
        }
        Ok(())
    }

    fn column(&mut self, row: &Row) -> Result<(), Unreadable> {
        let column = Column {
            name: text(row, 3)?.to_owned(),
            sql_type: ColumnType::new(text(row, 4)?),
            nullable: text(row, 5)? != "1",
            default: row.get(6).cloned().flatten(),
            ..Column::default()
        };
        self.table(text(row, 1)?).columns.push(column);
        Ok(())
    }

    /// Takes what belongs to a table.
    fn depends(&mut self, row: &Row) -> Result<(), Unreadable> {
        if text(row, 0)? != "object" {
            return Ok(());
        }
        let (name, sql) = (text(row, 2)?, text(row, 4)?);
        let Some(table) = self.schema.tables.get_mut(&ObjectName::new(text(row, 3)?)) else { return Ok(()) };
        match text(row, 1)? {
            "trigger" => table.triggers.push(Trigger { name: name.to_owned(), sql: sql.to_owned() }),
            "index" => {
                let unreadable = || Unreadable { reason: format!("the index `{name}` is defined as `{sql}`") };
                table.indexes.push(index(name, sql).ok_or_else(unreadable)?);
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(mut self) -> Schema {
        self.schema.tables.retain(|name, table| !self.shadows.contains(&name.name) && !table.columns.is_empty());
        let names: Vec<ObjectName> = self.schema.tables.keys().chain(self.schema.views.keys()).cloned().collect();
        for (name, definition) in self.definitions {
            if let Some(table) = self.schema.tables.get_mut(&ObjectName::new(name)) {
                complete(table, definition, &names);
            }
        }
        for view in self.schema.views.values_mut() {
            view.reads = named_in(&view.sql, &names).filter(|name| *name != view.name).collect();
        }
        self.schema
    }
}

fn is_virtual(sql: &str) -> bool {
    tokens(sql).get(1).is_some_and(|token| token.is("VIRTUAL"))
}

/// Returns the objects that the statement names; a column of the same name counts, too.
fn named_in(sql: &str, names: &[ObjectName]) -> impl Iterator<Item = ObjectName> {
    let found = tokens(sql);
    let is_named = |name: &&ObjectName| {
        let is = |found: &str| found.eq_ignore_ascii_case(&name.name);
        found.iter().any(|token| token.kind != Kind::String && token.name().is_some_and(|found| is(&found)))
    };
    names.iter().filter(is_named).cloned().collect::<Vec<_>>().into_iter()
}

/// Adds to a table what its statement tells, with names as the catalogue spells them.
fn complete(table: &mut Table, definition: Definition, names: &[ObjectName]) {
    for column in &mut table.columns {
        let Some(extras) = definition.columns.get(&column.name.to_ascii_lowercase()) else { continue };
        column.collation.clone_from(&extras.collation);
        column.generated.clone_from(&extras.generated);
        column.identity = extras.auto_increment.then_some(Identity::AutoIncrement);
    }
    let columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    let spelled = |column: &mut String| {
        if let Some(found) = columns.iter().find(|found| found.eq_ignore_ascii_case(column)) {
            column.clone_from(found);
        }
    };
    table.primary_key = definition.primary_key;
    table.foreign_keys = definition.foreign_keys;
    table.uniques = definition.uniques;
    table.checks = definition.checks;
    let keys = table.primary_key.iter_mut().flat_map(|key| &mut key.columns);
    keys.chain(table.uniques.iter_mut().flat_map(|unique| &mut unique.columns)).for_each(spelled);
    for key in &mut table.foreign_keys {
        key.columns.iter_mut().for_each(spelled);
        if let Some(name) = names.iter().find(|name| name.name.eq_ignore_ascii_case(&key.references.name)) {
            key.references.clone_from(name);
        }
    }
    for key in table.indexes.iter_mut().flat_map(|index| &mut index.keys) {
        if let IndexPart::Column(column) = &mut key.part {
            spelled(column);
        }
    }
}
