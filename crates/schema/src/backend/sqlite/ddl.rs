//! The parts of SQLite's DDL: columns, tables, indexes.
//!
//! Read [`create_table`] first.

use alembic_revisions::DialectName;

use super::super::ink::Ink;
use super::normalize::row_number;
use crate::schema::{
    Check, Column, ForeignKey, Identity, Index, IndexKey, IndexPart, Name, ObjectName, Order, PrimaryKey, Storage,
    Table,
};

pub(super) const INK: Ink = Ink(DialectName::Sqlite);

/// Returns `CREATE TABLE`, by another name if need be.
pub(super) fn create_table(table: &Table, name: &ObjectName) -> String {
    let key = table.primary_key.as_ref();
    let number = row_number(table);
    let mut parts: Vec<String> = Vec::new();
    for column in &table.columns {
        let mut part = column_definition(column);
        if let Some(key) = key.filter(|_| number == Some(&column.name)) {
            part = numbered(column, key);
        }
        parts.push(part);
    }
    if let Some(key) = key.filter(|_| number.is_none()) {
        parts.push(INK.constraint(&key.name, &format!("PRIMARY KEY ({})", INK.names(&key.columns))));
    }
    for unique in &table.uniques {
        parts.push(INK.constraint(&unique.name, &format!("UNIQUE ({})", INK.names(&unique.columns))));
    }
    parts.extend(table.foreign_keys.iter().map(|key| INK.foreign_key(key)));
    parts.extend(table.checks.iter().map(check));
    let mut options = Vec::new();
    if table.options.strict {
        options.push("STRICT");
    }
    if table.options.without_rowid {
        options.push("WITHOUT ROWID");
    }
    let tail = if options.is_empty() { String::new() } else { format!(" {}", options.join(", ")) };
    INK.create_table(name, &parts, &tail)
}

/// Returns the column that is the row's number; its key has no line of its own, so that it can be seen at once.
fn numbered(column: &Column, key: &PrimaryKey) -> String {
    let constraint = match &key.name {
        Name::Stated(name) => format!(" CONSTRAINT {}", INK.name(name)),
        Name::Unnamed | Name::Conventional(_) => String::new(),
    };
    let mark = if column.identity == Some(Identity::AutoIncrement) { " AUTOINCREMENT" } else { "" };
    let default = column.default.as_ref().map(|default| format!(" DEFAULT {default}")).unwrap_or_default();
    format!("{} INTEGER{constraint} PRIMARY KEY{mark}{default}", INK.name(&column.name))
}

/// Returns a column with what is said of it alone.
pub(super) fn column_definition(column: &Column) -> String {
    let mut sql = INK.name(&column.name).into_owned();
    if !column.sql_type.sql.is_empty() {
        sql.push(' ');
        sql.push_str(&column.sql_type.sql);
    }
    if let Some(collation) = &column.collation {
        sql.push_str(&format!(" COLLATE {}", INK.name(&collation.to_ascii_lowercase())));
    }
    if !column.nullable {
        sql.push_str(" NOT NULL");
    }
    if let Some(generated) = &column.generated {
        let storage = match generated.storage {
            Storage::Stored => "STORED",
            Storage::Virtual => "VIRTUAL",
        };
        sql.push_str(&format!(" GENERATED ALWAYS AS ({}) {storage}", generated.expression));
    } else if let Some(default) = &column.default {
        sql.push_str(&format!(" DEFAULT {default}"));
    }
    sql
}

/// Returns a check as a constraint.
pub(super) fn check(check: &Check) -> String {
    INK.constraint(&check.name, &format!("CHECK ({})", check.expression))
}

/// Returns a foreign key as a constraint of its only column.
pub(super) fn inline_reference(key: &ForeignKey) -> String {
    let body = format!("{}{}", INK.references(key), super::super::ink::deferrable(key.deferrable));
    INK.constraint(&key.name, &body)
}

/// Returns `CREATE INDEX`.
pub(super) fn create_index(table: &ObjectName, index: &Index) -> String {
    let keys: Vec<String> = index.keys.iter().map(index_key).collect();
    let unique = if index.unique { "UNIQUE " } else { "" };
    let mut sql = format!(
        "CREATE {unique}INDEX {} ON {} ({})",
        INK.name(index.name.text().unwrap_or_default()),
        INK.object(table),
        keys.join(", ")
    );
    if let Some(predicate) = &index.predicate {
        sql.push_str(&format!(" WHERE {predicate}"));
    }
    sql
}

fn index_key(key: &IndexKey) -> String {
    let mut sql = match &key.part {
        IndexPart::Column(name) => INK.name(name).into_owned(),
        IndexPart::Expression(expression) => expression.clone(),
    };
    if let Some(collation) = &key.collation {
        sql.push_str(&format!(" COLLATE {}", INK.name(&collation.to_ascii_lowercase())));
    }
    if key.order == Order::Descending {
        sql.push_str(" DESC");
    }
    sql
}
