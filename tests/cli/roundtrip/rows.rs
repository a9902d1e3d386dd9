//! Rows for every table, and what of them must still be there later.
//!
//! Three rows in each; where a column may be NULL and no other refers to it, the third has NULL.

use std::collections::BTreeMap;

use crate::databases::{Database, Server};

use super::world::{Column, Id, Table, World};

const ROWS: usize = 3;

/// The values of every column by table and column, sorted, without NULL.
pub type Held = BTreeMap<(Id, Id), Vec<String>>;

fn quoted(server: Server, name: &str) -> String {
    match server {
        Server::Mariadb => format!("`{name}`"),
        Server::Sqlite | Server::Postgres => format!("\"{name}\""),
    }
}

fn qualified(server: Server, table: &Table) -> String {
    let schema = table.schema.map(|schema| quoted(server, schema) + ".").unwrap_or_default();
    schema + &quoted(server, &table.name)
}

/// The statements that fill all tables, whatever refers to what.
pub fn insertion(world: &World) -> String {
    let server = world.server;
    let mut sql = match server {
        Server::Postgres => "SET session_replication_role = replica;\n",
        Server::Mariadb => "SET foreign_key_checks = 0;\n",
        Server::Sqlite => "PRAGMA foreign_keys = OFF;\n",
    }
    .to_owned();
    for table in &world.tables {
        let name = qualified(server, table);
        let columns: Vec<&Column> = world.columns(table).filter(|column| column.generated.is_none()).collect();
        let names: Vec<String> = columns.iter().map(|column| quoted(server, &column.name)).collect();
        for n in 1..=ROWS {
            let values: Vec<String> = columns.iter().map(|column| value(world, table, column, n)).collect();
            let overriding = if server == Server::Postgres { " OVERRIDING SYSTEM VALUE" } else { "" };
            let (names, values) = (names.join(", "), values.join(", "));
            sql.push_str(&format!("INSERT INTO {name} ({names}){overriding} VALUES ({values});\n"));
        }
    }
    sql
}

fn value(world: &World, table: &Table, column: &Column, n: usize) -> String {
    // A row that refers needs its value there.
    let is_null =
        n == ROWS && column.nullable && !world.key(table).contains(&column.id) && !world.is_target(table, column.id);
    if is_null { "NULL".to_owned() } else { column.kind.value(world, n) }
}

/// Panics if a row refers to nothing: the rows came past the checks of the database, and a test would blame `generate`.
pub fn assert_sound(world: &World, database: &Database) {
    let server = world.server;
    let mut parts = Vec::new();
    for table in &world.tables {
        for reference in &table.references {
            let Some(target) = world.table(reference.target) else { continue };
            let names = |table: &Table, ids: &[Id]| -> Vec<String> {
                ids.iter().filter_map(|id| world.column(table, *id)).map(|of| quoted(server, &of.name)).collect()
            };
            let own = names(table, &reference.columns);
            let pairs = own.iter().zip(names(target, &reference.target_columns));
            let equal = pairs.map(|(own, other)| format!("a.{own} = b.{other}")).collect::<Vec<_>>().join(" AND ");
            let set = own.iter().map(|own| format!("a.{own} IS NOT NULL")).collect::<Vec<_>>().join(" AND ");
            let (of, to) = (qualified(server, table), qualified(server, target));
            parts.push(format!(
                "SELECT '{}' FROM {of} a WHERE {set} AND NOT EXISTS (SELECT 1 FROM {to} b WHERE {equal})",
                table.name
            ));
        }
    }
    if !parts.is_empty() {
        let answer = database.query(&parts.join(" UNION ALL "));
        assert!(answer.trim().is_empty(), "rows of the harness refer to nothing: {answer}");
    }
}

/// Asks for everything at once: a client that starts is slower than what it asks.
pub fn held(world: &World, database: &Database) -> Held {
    let mut sql = String::new();
    for table in &world.tables {
        for column in world.columns(table) {
            let (name, of) = (quoted(world.server, &column.name), qualified(world.server, table));
            sql.push_str(&format!("SELECT '{}', {};\n", mark(table.id), column.id));
            sql.push_str(&format!("SELECT {name} FROM {of} WHERE {name} IS NOT NULL;\n"));
        }
    }
    let answer = database.query(&sql);
    let mut lines = answer.lines().peekable();
    let mut held = Held::new();
    for table in &world.tables {
        let start = format!("{}|", mark(table.id));
        for column in world.columns(table) {
            assert_eq!(lines.next(), Some(format!("{start}{}", column.id).as_str()), "the client left an answer out");
            let mut values: Vec<String> =
                std::iter::from_fn(|| lines.next_if(|line| !line.starts_with(MARK)).map(str::to_owned)).collect();
            values.sort();
            held.insert((table.id, column.id), values);
        }
    }
    held
}

/// No value begins like it.
const MARK: &str = "=> ";

fn mark(table: Id) -> String {
    format!("{MARK}{table}")
}

/// What was lost of columns that are in both worlds and of one kind; `through` is a world in between.
pub fn lost(old: &World, before: &Held, through: &World, new: &World, after: &Held) -> Vec<String> {
    let mut lost = Vec::new();
    for table in &old.tables {
        let (Some(between), Some(later)) = (through.table(table.id), new.table(table.id)) else { continue };
        for column in old.columns(table) {
            let same = |world: &World, table: &Table| {
                world
                    .column(table, column.id)
                    .is_some_and(|of| of.kind == column.kind && of.generated == column.generated)
            };
            if !same(through, between) || !same(new, later) || is_renamed_enum(column, new, through) {
                continue;
            }
            let mut rest = after.get(&(table.id, column.id)).cloned().unwrap_or_default();
            for value in before.get(&(table.id, column.id)).into_iter().flatten() {
                match rest.iter().position(|found| found == value) {
                    Some(at) => _ = rest.remove(at),
                    None => lost.push(format!("{value} of {}.{}", table.name, column.name)),
                }
            }
        }
    }
    lost
}

/// Its values have other names there; the rows are compared after the way back.
fn is_renamed_enum(column: &Column, new: &World, through: &World) -> bool {
    let is_this = |of: &super::world::Enum| column.kind == super::kind::Kind::Enum(of.id) && !of.renamed.is_empty();
    let is_way_back =
        new.enums.iter().zip(&through.enums).any(|(new, through)| new.renamed.len() != through.renamed.len());
    new.enums.iter().any(is_this) && !is_way_back
}
