//! The statements that read PostgreSQL's catalogue, and those that make tables for a look.
//!
//! One query whatever the number of tables; `SET LOCAL` and one transaction, so that nothing outlives the look. Read
//! [`inspection`] first; [`read`](super::read) makes sense of the rows.

use alembic_revisions::DialectName;

use super::ddl;
use super::tokens::renamed;
use crate::backend::ink::Ink;
use crate::backend::{Place, Scope, Scratch};
use crate::schema::{Check, EnumType, Index, IndexPart, Name, ObjectName, Table};

const INK: Ink = Ink(DialectName::Postgres);

/// `/*namespaces*/` and `/*persistence*/` are where the query looks.
const CATALOGUE: &str = include_str!("catalogue.sql");

/// With JIT, a query of this size takes seconds to compile.
const NO_JIT: &str = "SET LOCAL jit = off";

/// Names of other schemas are then printed with their schema, also where the user's own path would find them.
///
/// Not `SELECT`, since that would return a row.
const OWN_SCHEMA_ONLY: &str =
    "DO $$BEGIN PERFORM set_config('search_path', coalesce(quote_ident(current_schema()), ''), true); END$$";

pub(super) fn inspection(scope: &Scope) -> Vec<String> {
    match scope.place {
        Place::Live => {
            let schemas: Vec<String> = scope.schemas.iter().map(|schema| INK.literal(schema)).collect();
            let namespaces = match schemas.is_empty() {
                true => "n.nspname = current_schema()".to_owned(),
                false => format!("n.nspname = current_schema() OR n.nspname IN ({})", schemas.join(", ")),
            };
            let query = catalogue(&namespaces, "c.relpersistence <> 't'");
            // Only reads, so that the end cannot fail; a leftover transaction would keep locks.
            ["BEGIN READ ONLY", NO_JIT, OWN_SCHEMA_ONLY, &query, "ROLLBACK"].map(str::to_owned).into()
        }
        Place::Scratch(_) => vec![catalogue("n.oid = pg_my_temp_schema()", "c.relpersistence = 't'")],
    }
}

fn catalogue(namespaces: &str, persistence: &str) -> String {
    CATALOGUE.trim_end().replace("/*namespaces*/", namespaces).replace("/*persistence*/", persistence)
}

/// Returns the name that a table or a type has among the temporary ones, where schemas are no more: `"game.players"`.
pub(super) fn scratch_name(name: &ObjectName) -> String {
    name.to_string()
}

pub(super) fn scratch(tables: &[&Table], enums: &[&EnumType]) -> Scratch {
    let mut make = vec![
        // Users who may only read have transactions that refuse even temporary tables.
        "BEGIN READ WRITE".to_owned(),
        NO_JIT.to_owned(),
        // Not `SELECT`, since that would return a row.
        "DO $$BEGIN PERFORM set_config('search_path', \
         concat_ws(', ', 'pg_temp', nullif(current_setting('search_path'), '')), true); END$$"
            .to_owned(),
    ];
    for declared in enums {
        let values: Vec<String> = declared.values.iter().map(|value| INK.literal(value)).collect();
        let name = scratch_name(&declared.name);
        make.push(format!("CREATE TYPE pg_temp.{} AS ENUM ({})", INK.name(&name), values.join(", ")));
    }
    for (number, table) in tables.iter().enumerate() {
        make.extend(scratch_table(number, table, enums));
    }
    Scratch { make, remove: vec!["ROLLBACK".to_owned()] }
}

/// Checks and indexes are named by their place, because names of different schemas could clash here.
fn scratch_table(number: usize, table: &Table, enums: &[&EnumType]) -> Vec<String> {
    let table = in_scratch(table, enums);
    let name = &table.name;
    let mut parts: Vec<String> = table.columns.iter().map(ddl::column).collect();
    for (place, check) in table.checks.iter().enumerate() {
        let named = Check { name: Name::Stated(place_name(number, place)), ..check.clone() };
        parts.push(ddl::check(&named));
    }
    let create = INK.create_table(name, &parts, "").replacen("CREATE TABLE", "CREATE TEMP TABLE", 1);
    let mut statements = vec![create];
    for (place, index) in table.indexes.iter().enumerate() {
        let named = Index { name: Name::Stated(place_name(number, place)), concurrently: false, ..index.clone() };
        statements.push(ddl::create_index(name, &named));
    }
    statements
}

fn place_name(table: usize, place: usize) -> String {
    format!("scratch_{table:05}_{place:05}")
}

/// Returns the table under its scratch name, and so the types of other schemas that are made with it.
fn in_scratch(table: &Table, enums: &[&EnumType]) -> Table {
    let mut table = Table { name: ObjectName::new(scratch_name(&table.name)), ..table.clone() };
    for column in &mut table.columns {
        // What numbers rows needs no normalizing, and sequences would be made in vain.
        column.identity = None;
        column.nullable = true;
    }
    for name in enums.iter().map(|declared| &declared.name) {
        if let Some(schema) = &name.schema {
            let to = INK.name(&scratch_name(name)).into_owned();
            each_text(&mut table, &mut |text| *text = renamed(text, &[schema, &name.name], &to));
        }
    }
    table
}

/// Visits every text of the table that can name a type.
pub(super) fn each_text(table: &mut Table, visit: &mut dyn FnMut(&mut String)) {
    for column in &mut table.columns {
        visit(&mut column.sql_type.sql);
        column.default.iter_mut().for_each(&mut *visit);
        column.generated.iter_mut().for_each(|generated| visit(&mut generated.expression));
    }
    table.checks.iter_mut().for_each(|check| visit(&mut check.expression));
    for index in &mut table.indexes {
        index.predicate.iter_mut().for_each(&mut *visit);
        for key in &mut index.keys {
            if let IndexPart::Expression(expression) = &mut key.part {
                visit(expression);
            }
        }
    }
}
