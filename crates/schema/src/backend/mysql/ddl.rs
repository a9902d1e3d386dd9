//! The clauses of tables and their parts, as a person would write them.
//!
//! One object at a time; which statements a change needs is for [`render`](super::render). Read [`create_table`] first.

use alembic_revisions::DialectName;

use super::lex::literal;
use super::sql_type::SqlType;
use super::{Flavor, Mysql, default};
use crate::backend::ink::Ink;
use crate::backend::{Scratch, Unsupported};
use crate::schema::{
    Check, Column, Deferrable, ForeignKey, Index, IndexKey, IndexPart, Name, ObjectName, Order, Storage, Table,
    TableOptions, Unique,
};

pub(super) const INK: Ink = Ink(DialectName::Mysql);

/// What is in a `CREATE TABLE` besides the columns and their constraints.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    Whole,
    /// Without foreign keys and full-text indexes, which no temporary table can have.
    Temporary,
}

/// Returns the statement that makes a table with all that is in it.
pub(super) fn create_table(table: &Table, extent: Extent, backend: Mysql) -> Result<String, Unsupported> {
    let mut parts: Vec<String> = Vec::new();
    for column in &table.columns {
        let mut definition = column_definition(column, backend.flavor);
        if let Some(check) = column_check(table, &column.name, backend) {
            definition.push_str(&format!(" CHECK ({})", check.expression));
        }
        parts.push(definition);
    }
    if let Some(key) = &table.primary_key {
        parts.push(format!("PRIMARY KEY ({})", INK.names(&key.columns)));
    }
    for unique in &table.uniques {
        parts.push(unique_clause(&table.name, unique)?);
    }
    // Before the foreign keys, and here rather than later: else the server makes indexes of its own for them.
    for index in &table.indexes {
        if extent == Extent::Whole || index.method.as_deref() != Some("fulltext") {
            parts.push(format!("{} {}", index_kind(index), index_body(table, index, backend)?));
        }
    }
    if extent == Extent::Whole {
        parts.extend(table.foreign_keys.iter().map(foreign_key_clause));
    }
    let on_columns = |check: &&Check| column_of(table, check, backend).is_some();
    parts.extend(table.checks.iter().filter(|check| !on_columns(check)).map(check_clause));
    let sql = INK.create_table(&table.name, &parts, &tail(table));
    Ok(match extent {
        Extent::Whole => sql,
        Extent::Temporary => sql.replacen("CREATE TABLE", "CREATE TEMPORARY TABLE", 1),
    })
}

/// Returns what follows the parentheses.
fn tail(table: &Table) -> String {
    let mut tail: String = options(&table.options).iter().map(|option| format!(" {option}")).collect();
    if let Some(comment) = &table.comment {
        tail.push_str(&format!(" COMMENT = {}", literal(comment)));
    }
    tail
}

/// Returns the options that are given.
fn options(options: &TableOptions) -> Vec<String> {
    [("ENGINE", &options.engine), ("DEFAULT CHARSET", &options.charset), ("COLLATE", &options.collate)]
        .into_iter()
        .filter_map(|(key, value)| value.as_ref().map(|value| format!("{key} = {value}")))
        .collect()
}

/// Returns a column with everything but its check: `MODIFY` takes away what is not said.
pub(super) fn column_definition(column: &Column, flavor: Flavor) -> String {
    let sql_type = SqlType::of(&column.sql_type.sql);
    let mut sql = format!("{} {}", INK.name(&column.name), column.sql_type.sql);
    if let Some(collation) = &column.collation {
        sql.push_str(&format!(" COLLATE {collation}"));
    }
    if let Some(generated) = &column.generated {
        let storage = match generated.storage {
            Storage::Stored => "STORED",
            Storage::Virtual => "VIRTUAL",
        };
        sql.push_str(&format!(" GENERATED ALWAYS AS ({}) {storage}", generated.expression));
        // MariaDB refuses NOT NULL here.
        if !column.nullable && flavor == Flavor::Mysql {
            sql.push_str(" NOT NULL");
        }
    } else {
        sql.push_str(match column.nullable {
            false => " NOT NULL",
            // Left to itself, a TIMESTAMP may become NOT NULL.
            true if sql_type.name == "timestamp" => " NULL",
            true => "",
        });
        if let Some(text) = &column.default {
            sql.push_str(&default::clause(text, &sql_type, flavor));
        }
    }
    if column.identity.is_some() {
        sql.push_str(" AUTO_INCREMENT");
    }
    if let Some(comment) = &column.comment {
        sql.push_str(&format!(" COMMENT {}", literal(comment)));
    }
    sql
}

/// Returns the column that a check belongs to: MariaDB keeps such checks under the column's name, and no statement but
/// a `MODIFY` of the column reaches them.
pub(super) fn column_of<'t>(table: &'t Table, check: &Check, backend: Mysql) -> Option<&'t Column> {
    match (backend.flavor, &check.name) {
        (Flavor::Mariadb, Name::Stated(name)) => table.column(name),
        _ => None,
    }
}

/// Returns the check that a `MODIFY` of the column must repeat.
pub(super) fn column_check<'t>(table: &'t Table, column: &str, backend: Mysql) -> Option<&'t Check> {
    table.checks.iter().find(|check| column_of(table, check, backend).is_some_and(|owner| owner.name == column))
}

pub(super) fn check_clause(check: &Check) -> String {
    INK.constraint(&check.name, &format!("CHECK ({})", check.expression))
}

pub(super) fn unique_clause(table: &ObjectName, unique: &Unique) -> Result<String, Unsupported> {
    if unique.nulls_not_distinct {
        let change = format!("make a unique constraint of `{table}`");
        return Err(unsupported(
            change,
            "NULLs are always distinct here",
            "remove `nulls_not_distinct` from the model",
        ));
    }
    Ok(INK.constraint(&unique.name, &format!("UNIQUE ({})", INK.names(&unique.columns))))
}

/// Returns `INDEX` with what comes before it.
pub(super) fn index_kind(index: &Index) -> &'static str {
    match index.method.as_deref() {
        Some("fulltext") => "FULLTEXT INDEX",
        Some("spatial") => "SPATIAL INDEX",
        _ if index.unique => "UNIQUE INDEX",
        _ => "INDEX",
    }
}

/// Returns the name and the keys of an index.
pub(super) fn index_body(table: &Table, index: &Index, backend: Mysql) -> Result<String, Unsupported> {
    let name = index_name(&table.name, index);
    let keys = index_keys(table, index, backend)?;
    Ok(format!("{} ({keys}){}", INK.name(&name), method(index)))
}

pub(super) fn method(index: &Index) -> String {
    match index.method.as_deref() {
        Some(method @ ("hash" | "rtree")) => format!(" USING {}", method.to_uppercase()),
        _ => String::new(),
    }
}

/// Returns the name of an index, or one like those that we give.
pub(super) fn index_name(table: &ObjectName, index: &Index) -> String {
    let column = |key: &IndexKey| match &key.part {
        IndexPart::Column(name) => name.clone(),
        IndexPart::Expression(_) => "expr".to_owned(),
    };
    match index.name.text() {
        Some(name) => name.to_owned(),
        None => format!("ix_{}_{}", table.name, index.keys.iter().map(column).collect::<Vec<_>>().join("_")),
    }
}

pub(super) fn index_keys(table: &Table, index: &Index, backend: Mysql) -> Result<String, Unsupported> {
    let refuse = |reason: &str, help: &str| {
        Err(unsupported(format!("make index `{}`", index_name(&table.name, index)), reason, help))
    };
    if index.predicate.is_some() {
        return refuse("a unique index of some rows is not known here", "enforce it with a generated column, by hand");
    }
    if index.nulls_not_distinct {
        return refuse("NULLs are always distinct here", "remove `nulls_not_distinct` from the model");
    }
    if let Some(method) = &index.method
        && !["fulltext", "spatial", "hash", "rtree"].contains(&method.as_str())
    {
        return refuse(&format!("`{method}` is no kind of index here"), "use `fulltext`, `spatial`, or none");
    }
    let mut keys = Vec::new();
    for key in &index.keys {
        let order = if key.order == Order::Descending { " DESC" } else { "" };
        let length = key.length.map(|length| format!("({length})")).unwrap_or_default();
        match &key.part {
            IndexPart::Column(name) => {
                let is_long = table.column(name).is_some_and(|column| SqlType::of(&column.sql_type.sql).is_long());
                if is_long && length.is_empty() && index.method.is_none() {
                    let help = format!("say how much of it the index holds: `len({name} = 191)`");
                    return refuse(&format!("`{name}` is too long for an index"), &help);
                }
                keys.push(format!("{}{length}{order}", INK.name(name)));
            }
            IndexPart::Expression(text) if backend.flavor == Flavor::Mysql => keys.push(format!("({text}){order}")),
            IndexPart::Expression(_) => {
                return refuse("MariaDB indexes columns alone", "index a generated column instead of the expression");
            }
        }
    }
    Ok(keys.join(", "))
}

pub(super) fn unsupported(change: String, reason: &str, help: &str) -> Unsupported {
    Unsupported { dialect: DialectName::Mysql, change, reason: reason.to_owned(), help: help.to_owned() }
}

/// Returns a foreign key as a clause; it may not wait here.
pub(super) fn foreign_key_clause(key: &ForeignKey) -> String {
    INK.foreign_key(&ForeignKey { deferrable: Deferrable::No, ..key.clone() })
}

/// Returns temporary tables under the real names: they hide the live ones from this session alone.
///
/// None if one of them cannot be made: a look at it would find the live table.
pub(super) fn scratch(tables: &[&Table], backend: Mysql) -> Option<Scratch> {
    let make =
        tables.iter().map(|table| create_table(table, Extent::Temporary, backend).ok()).collect::<Option<_>>()?;
    let drop = |table: &&Table| format!("DROP TEMPORARY TABLE IF EXISTS {}", INK.object(&table.name));
    Some(Scratch { make, remove: tables.iter().map(drop).collect() })
}
