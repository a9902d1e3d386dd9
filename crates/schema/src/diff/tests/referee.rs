//! A database stricter than any: takes a list of changes only if each is valid in its place.

use std::collections::BTreeSet;

use super::samples::unique_keys;
use crate::change::{Change, Delta};
use crate::schema::*;
use crate::tokens::mentions;

/// Makes the changes one by one; says which of them no database would take.
pub fn make(schema: &mut Schema, changes: &[Change]) -> Result<(), String> {
    // MariaDB takes such a column and its key in one statement only, which is its backend's to write.
    let counting = changes.iter().filter_map(|change| match change {
        Change::Column { delta: Delta::Create(column) | Delta::Drop(column), .. } => Some(column.name.clone()),
        _ => None,
    });
    let counting: Vec<String> = counting.collect();
    for (at, change) in changes.iter().enumerate() {
        let said = |reason: String| format!("change {at}: {reason}\n{change:?}\nof {changes:?}\non {schema:?}");
        refuse(schema, change).map_err(said)?;
        let mut after = schema.clone();
        after.apply(change).map_err(|misfit| said(misfit.to_string()))?;
        valid(&after, &counting).map_err(|reason| said(format!("afterwards {reason}")))?;
        *schema = after;
    }
    Ok(())
}

/// What a database refuses although the schema would be valid before and after.
fn refuse(schema: &Schema, change: &Change) -> Result<(), String> {
    match change {
        Change::Column { table, delta: Delta::Alter { from, to }, .. } => {
            let found = schema.tables.get(table).and_then(|found| found.column(&from.name));
            if found != Some(from) {
                return Err(format!("the column is {found:?}"));
            }
            let is_moved =
                from.sql_type != to.sql_type || from.collation != to.collation || from.generated != to.generated;
            if is_moved { unused(schema, table, &from.name, from.generated != to.generated) } else { Ok(()) }
        }
        Change::Column { table, delta: Delta::Drop(from), .. } => {
            let found = schema.tables.get(table).and_then(|found| found.column(&from.name));
            if found != Some(from) {
                return Err(format!("the column is {found:?}"));
            }
            unused(schema, table, &from.name, true)
        }
        Change::Table(Delta::Drop(from)) => {
            let found = schema.tables.get(&from.name).map(exact);
            if found != Some(exact(from)) { Err(format!("the table is {found:#?}")) } else { Ok(()) }
        }
        Change::Enum(Delta::Drop(from) | Delta::Alter { from, .. }) => {
            let found = schema.enums.get(&from.name);
            if found != Some(from) { Err(format!("the enum is {found:?}")) } else { Ok(()) }
        }
        _ => Ok(()),
    }
}

fn unused(schema: &Schema, name: &ObjectName, column: &str, with_plain_indexes: bool) -> Result<(), String> {
    let Some(table) = schema.tables.get(name) else { return Err("no table".into()) };
    let has = |columns: &[String]| columns.iter().any(|other| other == column);
    let is_mentioned = |sql: &String| mentions(sql, column);
    let generated = table.columns.iter().filter_map(|column| column.generated.as_ref());
    if generated.map(|generated| &generated.expression).any(is_mentioned) {
        return Err(format!("a column is computed from {column}"));
    }
    if table.checks.iter().any(|check| is_mentioned(&check.expression)) {
        return Err(format!("a check mentions {column}"));
    }
    for index in &table.indexes {
        let is_key = index.keys.iter().any(|key| match &key.part {
            IndexPart::Column(part) => part == column && (with_plain_indexes || key.operator_class.is_some()),
            IndexPart::Expression(expression) => is_mentioned(expression),
        });
        if is_key || index.predicate.iter().any(is_mentioned) {
            return Err(format!("an index is on {column}"));
        }
    }
    if table.foreign_keys.iter().any(|key| has(&key.columns)) {
        return Err(format!("a foreign key is of {column}"));
    }
    let mut keys = schema.tables.values().flat_map(|table| &table.foreign_keys);
    if keys.any(|key| key.references == *name && has(&key.referenced_columns)) {
        return Err(format!("a foreign key is on {column}"));
    }
    let is_unique = table.uniques.iter().any(|unique| has(&unique.columns));
    let is_primary = table.primary_key.as_ref().is_some_and(|key| has(&key.columns));
    if with_plain_indexes && (is_unique || is_primary) {
        return Err(format!("a key is on {column}"));
    }
    Ok(())
}

/// Columns of `counting` may count without a key.
pub fn valid(schema: &Schema, counting: &[String]) -> Result<(), String> {
    let mut relations = BTreeSet::new();
    let mut keys = BTreeSet::new();
    for table in schema.tables.values() {
        let primary = table.primary_key.iter().map(|key| &key.name);
        let names =
            table.uniques.iter().map(|unique| &unique.name).chain(table.indexes.iter().map(|index| &index.name));
        if let Some(twice) =
            names.chain(primary).filter_map(Name::text).find(|name| !relations.insert(name.to_string()))
        {
            return Err(format!("two indexes are called {twice}"));
        }
        let names = table.foreign_keys.iter().map(|key| &key.name);
        if let Some(twice) = names.filter_map(Name::text).find(|name| !keys.insert(name.to_string())) {
            return Err(format!("two foreign keys are called {twice}"));
        }
        valid_table(schema, table, counting).map_err(|reason| format!("{}: {reason}", table.name))?;
    }
    Ok(())
}

fn valid_table(schema: &Schema, table: &Table, counting: &[String]) -> Result<(), String> {
    let known = |column: &String| match table.column(column) {
        Some(_) => Ok(()),
        None => Err(format!("no column {column}")),
    };
    let every = |columns: &[String]| columns.iter().try_for_each(known);
    let words = |sql: &str| {
        let words: Vec<String> = sql.split_whitespace().map(str::to_owned).collect();
        let column = |word: &String| word.starts_with(['c', 'f', 'g']) && word.len() <= 3;
        words.into_iter().filter(column).collect::<Vec<_>>()
    };
    for column in &table.columns {
        column.generated.iter().try_for_each(|generated| every(&words(&generated.expression)))?;
        if let Some(of) = &column.sql_type.enum_type {
            let Some(enum_type) = schema.enums.get(of) else { return Err(format!("no enum {of}")) };
            let is_value =
                |default: &String| enum_type.values.iter().any(|value| *default == format!("'{value}'::{of}"));
            if !column.default.iter().all(is_value) {
                return Err(format!("{of} has no value {:?}", column.default));
            }
        }
        let is_first = |columns: &[String]| columns.contains(&column.name);
        let is_key = table.primary_key.as_ref().is_some_and(|key| is_first(&key.columns));
        if column.identity == Some(Identity::AutoIncrement) && !is_key && !counting.contains(&column.name) {
            return Err(format!("{} counts without a key", column.name));
        }
        if is_key && column.nullable {
            return Err(format!("{} is in the key and nullable", column.name));
        }
    }
    table.primary_key.iter().try_for_each(|key| every(&key.columns))?;
    table.uniques.iter().try_for_each(|unique| every(&unique.columns))?;
    table.checks.iter().try_for_each(|check| every(&words(&check.expression)))?;
    for index in &table.indexes {
        index.predicate.iter().try_for_each(|predicate| every(&words(predicate)))?;
        index.keys.iter().try_for_each(|key| match &key.part {
            IndexPart::Column(column) => known(column),
            IndexPart::Expression(expression) => every(&words(&expression.replace(['(', ')'], " "))),
        })?;
    }
    for key in &table.foreign_keys {
        every(&key.columns)?;
        let Some(target) = schema.tables.get(&key.references) else {
            return Err(format!("no table {}", key.references));
        };
        let mut columns = key.referenced_columns.clone();
        columns.sort();
        if !unique_keys(target).contains(&columns) {
            return Err(format!("{columns:?} is no key of {}", target.name));
        }
        for (own, referenced) in key.columns.iter().zip(&key.referenced_columns) {
            let kind = |table: &Table, name: &String| table.column(name).map(|column| column.sql_type.clone());
            if kind(table, own) != kind(target, referenced) {
                return Err(format!("{own} has another type than {referenced}"));
            }
        }
    }
    Ok(())
}

/// Everything but the order of parts.
pub fn exact(table: &Table) -> Table {
    fn sorted<T: std::fmt::Debug>(list: &mut [T]) {
        list.sort_by_key(|part| format!("{part:?}"));
    }
    let mut table = table.clone();
    sorted(&mut table.columns);
    sorted(&mut table.foreign_keys);
    sorted(&mut table.uniques);
    sorted(&mut table.checks);
    sorted(&mut table.indexes);
    table
}

/// What a comparison looks at, names left out; a plain unique index counts as a constraint.
pub fn meaning(schema: &Schema) -> Schema {
    let mut schema = schema.clone();
    for table in schema.tables.values_mut() {
        table.primary_key.iter_mut().for_each(|key| key.name = Name::Unnamed);
        table.foreign_keys.iter_mut().for_each(|key| key.name = Name::Unnamed);
        table.checks.iter_mut().for_each(|check| check.name = Name::Unnamed);
        table.indexes.iter_mut().for_each(|index| index.name = Name::Unnamed);
        table.uniques.iter_mut().for_each(|unique| unique.name = Name::Unnamed);
        let (uniques, indexes) = std::mem::take(&mut table.indexes).into_iter().partition(|index| index.unique);
        let column = |key: IndexKey| match key.part {
            IndexPart::Column(column) => column,
            IndexPart::Expression(expression) => expression,
        };
        let unique =
            |index: Index| Unique { columns: index.keys.into_iter().map(column).collect(), ..Unique::default() };
        table.uniques.extend(Vec::into_iter(uniques).map(unique));
        table.indexes = indexes;
        *table = exact(table);
    }
    schema
}
