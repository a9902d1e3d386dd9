//! The normal form of a schema on SQLite, and what of two normal forms means the same.
//!
//! What SQLite has no words for is taken away; what it reads in one way only gets one spelling. Read [`normalize`]
//! first, then [`align`].

use std::collections::BTreeMap;

use super::expression::{Names, normal_default};
use super::types;
use crate::schema::{
    Deferrable, Identity, Index, IndexKey, IndexPart, Name, Nulls, ObjectName, Schema, Table, TableOptions, Unique,
};

/// Brings a schema to its normal form.
pub(super) fn normalize(schema: &mut Schema) {
    schema.enums.clear();
    let keys: BTreeMap<ObjectName, Vec<String>> = schema
        .tables
        .iter()
        .filter_map(|(name, table)| Some((name.clone(), table.primary_key.as_ref()?.columns.clone())))
        .collect();
    for table in schema.tables.values_mut() {
        columns(table);
        constraints(table, &keys);
        indexes(table);
        let TableOptions { strict, without_rowid, .. } = table.options;
        table.options = TableOptions { strict, without_rowid, ..TableOptions::default() };
        table.comment = None;
    }
}

/// Returns the column that is the row's number: one whose type is exactly INTEGER and that alone is the key.
pub(super) fn row_number(table: &Table) -> Option<&str> {
    match table.primary_key.as_ref()?.columns.as_slice() {
        [only] if !table.options.without_rowid => {
            let column = table.column(only)?;
            column.sql_type.sql.eq_ignore_ascii_case("INTEGER").then_some(&column.name)
        }
        _ => None,
    }
}

fn columns(table: &mut Table) {
    for column in &mut table.columns {
        column.sql_type.sql = types::normal(&column.sql_type.sql);
        column.sql_type.enum_type = None;
        if table.options.strict {
            column.sql_type.sql = types::strict(&column.sql_type.sql).to_owned();
        }
        column.comment = None;
        column.default = column.default.take().and_then(|default| normal_default(&default, &column.sql_type.sql));
        column.collation = column.collation.take().and_then(|collation| normal_collation(&collation));
    }
    let number = row_number(table).map(str::to_owned);
    let key = table.primary_key.as_ref().map(|key| key.columns.clone()).unwrap_or_default();
    for column in &mut table.columns {
        let is_number = number.as_ref() == Some(&column.name);
        if is_number || (table.options.without_rowid && key.contains(&column.name)) {
            column.nullable = false;
        }
        column.identity = column.identity.take().filter(|found| is_number && *found == Identity::AutoIncrement);
    }
    let names = table.clone();
    let names = Names::of(&names);
    for generated in table.columns.iter_mut().filter_map(|column| column.generated.as_mut()) {
        generated.expression = names.normal(&generated.expression);
    }
}

/// BINARY is what a column has that names no collation.
fn normal_collation(collation: &str) -> Option<String> {
    let name = collation.to_ascii_uppercase();
    (name != "BINARY").then_some(name)
}

fn constraints(table: &mut Table, keys: &BTreeMap<ObjectName, Vec<String>>) {
    for key in &mut table.foreign_keys {
        if key.referenced_columns.is_empty()
            && let Some(columns) = keys.get(&key.references).filter(|columns| columns.len() == key.columns.len())
        {
            key.referenced_columns.clone_from(columns);
        }
        // One that could wait but begins without waiting never waits: SQLite has no SET CONSTRAINTS.
        if key.deferrable == Deferrable::Immediate {
            key.deferrable = Deferrable::No;
        }
    }
    for unique in &mut table.uniques {
        unique.nulls_not_distinct = false;
        unique.deferrable = Deferrable::No;
    }
    let names = table.clone();
    let names = Names::of(&names);
    for check in &mut table.checks {
        check.expression = names.normal(&check.expression);
    }
}

fn indexes(table: &mut Table) {
    let names = table.clone();
    for index in &mut table.indexes {
        index.method = None;
        index.include.clear();
        index.nulls_not_distinct = false;
        index.predicate = index.predicate.take().map(|predicate| Names::of(&names).normal(&predicate));
        for key in &mut index.keys {
            index_key(key, &names);
        }
    }
}

fn index_key(key: &mut IndexKey, table: &Table) {
    key.nulls = Nulls::Default;
    key.operator_class = None;
    key.length = None;
    let own = match &mut key.part {
        IndexPart::Column(name) => table.column(name).and_then(|column| column.collation.clone()),
        IndexPart::Expression(sql) => {
            *sql = Names::of(table).normal(sql);
            None
        }
    };
    let stated = key.collation.take().map(|collation| collation.to_ascii_uppercase());
    let effective_own = own.as_deref().unwrap_or("BINARY");
    key.collation = stated.filter(|collation| collation != effective_own);
}

/// Gives `wanted` the spelling of `current` wherever SQLite makes no difference.
pub(super) fn align(current: &Schema, wanted: &mut Schema) {
    for (name, table) in &mut wanted.tables {
        if let Some(current) = current.tables.get(name) {
            align_columns(current, table);
            align_uniques(current, table);
        }
    }
}

fn align_columns(current: &Table, wanted: &mut Table) {
    let numbers = (row_number(current).map(str::to_owned), row_number(wanted).map(str::to_owned));
    let key = wanted.primary_key.as_ref().map(|key| key.columns.clone()).unwrap_or_default();
    for column in &mut wanted.columns {
        let Some(found) = current.column(&column.name) else { continue };
        let is_number = [&numbers.0, &numbers.1].map(|number| number.as_ref() == Some(&column.name));
        let is_loose = !current.options.strict && !wanted.options.strict;
        let is_alike = types::affinity(&found.sql_type.sql) == types::affinity(&column.sql_type.sql);
        if is_loose && is_alike && is_number[0] == is_number[1] {
            column.sql_type.clone_from(&found.sql_type);
        }
        if wanted.options.strict && current.options.strict && is_alike && is_number == [false, false] {
            let words = [&found.sql_type.sql, &column.sql_type.sql];
            if words.iter().all(|word| matches!(word.as_str(), "INT" | "INTEGER")) {
                column.sql_type.clone_from(&found.sql_type);
            }
        }
        // TRUE is 1 whatever the column's type is called.
        let value = |default: &Option<String>| normal_default(default.as_deref()?, "BOOLEAN");
        if value(&found.default) == value(&column.default) {
            column.default.clone_from(&found.default);
        }
        // SQLite lets keys be NULL unless they say otherwise; nobody means that.
        if key.contains(&column.name) {
            column.nullable = found.nullable;
        }
    }
}

/// A unique constraint and a plain unique index are one thing to SQLite.
fn align_uniques(current: &Table, wanted: &mut Table) {
    let mut uniques = std::mem::take(&mut wanted.uniques);
    let has_unique = |unique: &Unique| current.uniques.iter().any(|found| found.columns == unique.columns);
    uniques.retain(|unique| {
        let index = current.indexes.iter().find(|index| columns_of(index) == Some(unique.columns.clone()));
        match index {
            Some(index) if !has_unique(unique) && agree(&unique.name, &index.name) => {
                let is_wanted = wanted.indexes.iter().any(|wanted| columns_of(wanted) == columns_of(index));
                if !is_wanted {
                    wanted.indexes.push(index.clone());
                }
                false
            }
            _ => true,
        }
    });
    let mut indexes = std::mem::take(&mut wanted.indexes);
    indexes.retain(|index| {
        let Some(columns) = columns_of(index) else { return true };
        let has_index = current.indexes.iter().any(|found| columns_of(found).as_ref() == Some(&columns));
        let unique = current.uniques.iter().find(|unique| unique.columns == columns);
        match unique {
            Some(unique) if !has_index && agree(&index.name, &unique.name) => {
                if !uniques.iter().any(|wanted| wanted.columns == columns) {
                    uniques.push(unique.clone());
                }
                false
            }
            _ => true,
        }
    });
    wanted.uniques = uniques;
    wanted.indexes = indexes;
}

/// True unless the model states a name that the database has not.
fn agree(wanted: &Name, found: &Name) -> bool {
    !matches!(wanted, Name::Stated(_)) || wanted == found
}

/// Returns the columns of a unique index that is as good as a constraint.
fn columns_of(index: &Index) -> Option<Vec<String>> {
    if !index.unique || index.predicate.is_some() {
        return None;
    }
    let column = |key: &IndexKey| match (&key.part, &key.collation) {
        (IndexPart::Column(name), None) => Some(name.clone()),
        _ => None,
    };
    index.keys.iter().map(column).collect()
}

#[cfg(test)]
mod tests;
