//! The normal form of a schema (tier 1 of equality), and where two of them agree although they differ.
//!
//! Read [`normalize`] first, then [`align`].

use super::sql_type::{Family, SqlType, charset_name};
use super::{Flavor, default, expression};
use crate::schema::{
    Action, Column, ColumnType, Deferrable, ForeignKey, Index, IndexKey, IndexPart, Name, Nulls, Order, Schema, Table,
    Unique,
};

/// Brings `schema` to its normal form. Idempotent.
pub(super) fn normalize(schema: &mut Schema, flavor: Flavor) {
    for table in schema.tables.values_mut() {
        normalize_table(table);
        for column in &mut table.columns {
            // MariaDB has no NOT NULL for them.
            column.nullable |= column.generated.is_some() && flavor == Flavor::Mariadb;
        }
    }
    let keys: Vec<_> =
        schema.tables.iter().filter_map(|(name, table)| Some((name.clone(), table.primary_key.clone()?))).collect();
    for key in schema.tables.values_mut().flat_map(|table| &mut table.foreign_keys) {
        if key.referenced_columns.is_empty()
            && let Some((_, primary)) = keys.iter().find(|(name, _)| *name == key.references)
        {
            key.referenced_columns = primary.columns.clone();
        }
    }
}

fn normalize_table(table: &mut Table) {
    let options = &mut table.options;
    options.engine = options.engine.take().filter(|engine| !engine.eq_ignore_ascii_case("innodb"));
    options.collate = options.collate.take().map(|name| charset_name(&name));
    options.charset = options.charset.take().map(|name| charset_name(&name)).filter(|_| options.collate.is_none());
    (options.strict, options.without_rowid) = (false, false);
    table.comment = table.comment.take().filter(|comment| !comment.is_empty());
    if let Some(key) = &mut table.primary_key {
        key.name = Name::Unnamed;
    }
    let key = table.primary_key.as_ref().map(|key| key.columns.clone()).unwrap_or_default();
    for column in &mut table.columns {
        normalize_column(column, table.options.collate.as_deref());
        column.nullable &= !key.contains(&column.name);
    }
    for key in &mut table.foreign_keys {
        for action in [&mut key.on_delete, &mut key.on_update] {
            if *action == Action::Restrict {
                *action = Action::NoAction;
            }
        }
        key.deferrable = Deferrable::No;
    }
    for check in &mut table.checks {
        check.expression = expression::normal(&check.expression);
    }
    for unique in &mut table.uniques {
        unique.deferrable = Deferrable::No;
    }
    let is_innodb = table.options.engine.is_none();
    let mut indexes = Vec::new();
    for mut index in std::mem::take(&mut table.indexes) {
        normalize_index(&mut index, is_innodb);
        match as_unique(&index) {
            Some(unique) => table.uniques.push(unique),
            None => indexes.push(index),
        }
    }
    table.indexes = indexes;
}

fn normalize_column(column: &mut Column, table_collation: Option<&str>) {
    let sql_type = SqlType::of(&column.sql_type.sql);
    column.sql_type = ColumnType::new(sql_type.sql());
    let collation = column.collation.take().map(|name| charset_name(&name)).or_else(|| sql_type.collation.clone());
    column.collation = collation.filter(|collation| Some(collation.as_str()) != table_collation);
    let says_more = column.generated.is_some() || column.identity.is_some();
    column.default = column.default.take().filter(|_| !says_more).and_then(|text| default::normal(&text, &sql_type));
    if let Some(generated) = &mut column.generated {
        generated.expression = expression::normal(&generated.expression);
    }
    column.nullable &= column.identity.is_none();
    column.comment = column.comment.take().filter(|comment| !comment.is_empty());
}

fn normalize_index(index: &mut Index, is_innodb: bool) {
    index.method = index.method.take().map(|method| method.to_lowercase());
    // InnoDB makes a tree whatever is asked for.
    let is_tree = |method: &str| method == "btree" || (is_innodb && method == "hash");
    index.method = index.method.take().filter(|method| !is_tree(method));
    if !index.unique {
        // An index of all rows, without the columns that are only carried along, answers the same queries.
        index.predicate = None;
    }
    index.include.clear();
    index.concurrently = false;
    for key in &mut index.keys {
        key.nulls = Nulls::Default;
        if let IndexPart::Expression(text) = &mut key.part {
            *text = expression::normal(text);
        }
    }
}

/// Returns the constraint that a plain unique index is as well.
fn as_unique(index: &Index) -> Option<Unique> {
    let is_plain = index.unique && index.method.is_none() && index.predicate.is_none() && !index.nulls_not_distinct;
    let columns = plain_columns(&index.keys)?.into_iter().cloned().collect();
    is_plain.then(|| Unique { name: index.name.clone(), columns, ..Unique::default() })
}

/// Returns the columns of keys that are nothing but columns.
pub(super) fn plain_columns(keys: &[IndexKey]) -> Option<Vec<&String>> {
    let column = |key| match key {
        &IndexKey { part: IndexPart::Column(ref name), order: Order::Ascending, length: None, .. } => Some(name),
        _ => None,
    };
    keys.iter().map(column).collect()
}

/// Gives `wanted` the spelling of `current` where both mean the same.
pub(super) fn align(current: &Schema, wanted: &mut Schema) {
    for (name, table) in &mut wanted.tables {
        if let Some(current) = current.tables.get(name) {
            align_options(current, table);
            align_collations(current, table);
            align_indexes(current, table);
        }
    }
}

/// A table that does not say takes what it has.
fn align_options(current: &Table, wanted: &mut Table) {
    let has = &current.options;
    let options = &mut wanted.options;
    let has_other = |engine: &String| has.engine.as_ref().is_none_or(|other| !other.eq_ignore_ascii_case(engine));
    options.engine = options.engine.take().filter(has_other).or_else(|| has.engine.clone());
    let is_of_charset = |charset: &String| has.collate.as_ref().is_some_and(|collate| is_of(collate, charset));
    if options.collate.is_none() && options.charset.as_ref().is_none_or(is_of_charset) {
        options.collate.clone_from(&has.collate);
        options.charset.clone_from(&has.charset);
    }
}

fn is_of(collation: &str, charset: &str) -> bool {
    collation.strip_prefix(charset).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

fn align_collations(current: &Table, wanted: &mut Table) {
    let table_collation = wanted.options.collate.clone();
    for column in &mut wanted.columns {
        column.collation = column.collation.take().filter(|collation| Some(collation) != table_collation.as_ref());
        let mut sql_type = SqlType::of(&column.sql_type.sql);
        let Some(has) = current.column(&column.name) else { continue };
        let had = SqlType::of(&has.sql_type.sql);
        if had.is_invisible() && sql_type.rest.is_empty() {
            sql_type.rest = had.rest;
            column.sql_type = ColumnType::new(sql_type.sql());
        }
        let Some(charset) = sql_type.charset.take() else { continue };
        let collation = has.collation.as_ref().or(table_collation.as_ref());
        if collation.is_some_and(|collation| is_of(collation, &charset)) && has.sql_type.sql == sql_type.sql() {
            column.sql_type = has.sql_type.clone();
            column.collation.clone_from(&has.collation);
        }
    }
}

/// A foreign key has an index whether a model asks for it or not: one that the server made goes by itself as soon as
/// another serves, one that somebody made stays as long as no other serves.
fn align_indexes(current: &Table, wanted: &mut Table) {
    for index in &current.indexes {
        let Some(columns) = plain_columns(&index.keys).filter(|_| !index.unique && index.method.is_none()) else {
            continue;
        };
        let is_wanted = wanted.indexes.iter().any(|other| other.keys == index.keys && !other.unique);
        let backs = |key: &&ForeignKey| columns.iter().copied().eq(&key.columns);
        let Some(key) = wanted.foreign_keys.iter().find(backs).filter(|_| !is_wanted) else { continue };
        let is_implicit = current.foreign_keys.iter().any(|key| backs(&key) && is_named_for(index, key));
        if is_implicit || !is_covered(wanted, &key.columns) {
            wanted.indexes.push(index.clone());
        }
    }
}

/// Whether the index has the name that the server would have given to the index of this key.
pub(super) fn is_named_for(index: &Index, key: &ForeignKey) -> bool {
    let name = index.name.text();
    name.is_some() && (name == key.name.text() || name == key.columns.first().map(String::as_str))
}

/// Whether a foreign key of these columns finds an index among the constraints and indexes of `table`.
pub(super) fn is_covered(table: &Table, columns: &[String]) -> bool {
    let leads =
        |names: Vec<&String>| names.len() >= columns.len() && names.into_iter().zip(columns).all(|(a, b)| a == b);
    table.primary_key.iter().any(|key| leads(key.columns.iter().collect()))
        || table.uniques.iter().any(|unique| leads(unique.columns.iter().collect()))
        || table.indexes.iter().any(|index| serves(index) && leads(leading_columns(index)))
}

fn serves(index: &Index) -> bool {
    index.method.is_none()
}

/// Returns the columns before the first key that is more than a column.
fn leading_columns(index: &Index) -> Vec<&String> {
    let column = |key: &'_ IndexKey| matches!(&key.part, IndexPart::Column(_)) && key.length.is_none();
    let keys = index.keys.iter().take_while(|key| column(key));
    keys.filter_map(|key| if let IndexPart::Column(name) = &key.part { Some(name) } else { None }).collect()
}

/// Returns a neutral value of the column's type, as SQL.
pub(super) fn stand_in(column: &Column) -> Option<String> {
    let sql_type = SqlType::of(&column.sql_type.sql);
    let value = match sql_type.family() {
        Family::Boolean => "false".to_owned(),
        Family::Integer | Family::Decimal | Family::Float => "0".to_owned(),
        Family::Bit => "b'0'".to_owned(),
        Family::Text | Family::Bytes => "''".to_owned(),
        Family::Values if sql_type.name == "set" => "''".to_owned(),
        Family::Values => super::lex::literal(sql_type.values().first()?),
        Family::Date => "'1970-01-01'".to_owned(),
        // A timestamp begins a second after the epoch, wherever the server is.
        Family::DateTime => "'1970-01-02 00:00:00'".to_owned(),
        Family::Time => "'00:00:00'".to_owned(),
        Family::Year => "1970".to_owned(),
        Family::Json => "'{}'".to_owned(),
        Family::Other => match sql_type.name.as_str() {
            "uuid" => "'00000000-0000-0000-0000-000000000000'".to_owned(),
            "inet6" => "'::'".to_owned(),
            "inet4" => "'0.0.0.0'".to_owned(),
            _ => return None,
        },
    };
    Some(value)
}
