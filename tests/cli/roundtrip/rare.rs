//! What few models have: columns that only the database knows, structs in structs, schemas, tables of other hands, words
//! of one database.
//!
//! [`grow`](super::grow) asks for these.

use crate::databases::Server;

use super::grow;
use super::kind::Kind;
use super::random::Random;
use super::spelling::PREFIX;
use super::world::{Column, Feature, Index, Table, World};

/// Schemas are PostgreSQL's; it is there before anything is generated.
pub const SCHEMA: &str = "arena";

pub fn schema(random: &mut Random, server: Server) -> Option<&'static str> {
    (server == Server::Postgres && random.chance(15)).then_some(SCHEMA)
}

/// A table that exists already, and to which others refer.
pub fn add_external(world: &mut World) {
    let id = world.id();
    let key = Column::new(world.id(), "id".to_owned(), Kind::I64);
    world.tables.push(Table {
        id,
        feature: Feature::Alpha,
        schema: None,
        is_external: true,
        name: format!("outside_{id}"),
        renamed_from: None,
        comment: None,
        has_base: false,
        key: vec![key.id],
        columns: vec![key],
        indexes: Vec::new(),
        checks: Vec::new(),
        references: Vec::new(),
        options: Vec::new(),
    });
}

/// What other hands did before.
pub fn preparation(world: &World) -> String {
    let schema = if world.server == Server::Postgres { format!("CREATE SCHEMA {SCHEMA};\n") } else { String::new() };
    let sql_type = if world.server == Server::Sqlite { "INTEGER" } else { "bigint" };
    let tables = world.tables.iter().filter(|table| table.is_external);
    schema
        + &tables
            .map(|of| format!("CREATE TABLE {} (id {sql_type} NOT NULL PRIMARY KEY);\n", of.name))
            .collect::<String>()
}

/// Moves some columns into a struct of their own.
pub fn into_part(random: &mut Random, table: &mut Table) {
    for column in table.columns.iter_mut().filter(|column| !table.key.contains(&column.id)) {
        if random.chance(50) {
            column.name.insert_str(0, PREFIX);
        }
    }
}

/// A column that only the database knows: its type is stated.
pub fn extra(random: &mut Random, world: &mut World) -> Column {
    let stated: &[&str] = match world.server {
        Server::Sqlite => &["INTEGER", "NUMERIC"],
        Server::Postgres => &["integer", "money", "numeric(8,2)"],
        Server::Mariadb => &["int", "mediumint"],
    };
    let id = world.id();
    let kind = Kind::Stated(random.pick(stated).copied().unwrap_or_default());
    let mut column = Column { is_extra: true, ..Column::new(id, format!("extra_{id}"), kind) };
    column.nullable = random.chance(60);
    column.default = random.chance(30).then(|| "default = 4".to_owned());
    column
}

/// How a counted key says so.
pub fn counting(random: &mut Random, server: Server) -> &'static str {
    let words: &[&str] = match server {
        Server::Postgres => &["identity = \"always\"", "identity = \"by_default\"", "auto_increment = false"],
        Server::Sqlite | Server::Mariadb => &["auto_increment", "auto_increment = true", "auto_increment = false"],
    };
    random.pick(words).copied().unwrap_or_default()
}

/// Makes an index one of several columns that they tell themselves; false if there are too few.
pub fn group(random: &mut Random, world: &mut World, at: usize, index: &mut Index) -> bool {
    let table = &world.tables[at];
    let place = |id| table.columns.iter().position(|column| column.id == id);
    let first = index.keys[0].column;
    let fits = |column: &Column| {
        column.id != first && column.kind.can_be_indexed() && column.generated.is_none() && place(column.id).is_some()
    };
    let Some(second) = grow::pick(random, world, at, fits).filter(|_| place(first).is_some()) else { return false };
    index.keys.push(grow::key(&second));
    index.keys.sort_by_key(|key| place(key.column));
    let kind = if index.unique { "uq" } else { "ix" };
    index.group = Some(format!("{kind}_group_{}", world.id()));
    true
}

/// Words of indexes that only one database knows.
pub fn decorate(random: &mut Random, server: Server, index: &mut Index, first: &Column) {
    match server {
        Server::Postgres if random.chance(15) => index.settings.push("concurrently".to_owned()),
        Server::Postgres => {
            let is_plain = index.keys.len() == 1 && index.keys[0].order.is_empty() && index.keys[0].class.is_none();
            if is_plain && index.include.is_empty() && !index.unique && random.chance(15) {
                index.settings.push("using = \"hash\"".to_owned());
            }
        }
        Server::Mariadb if first.kind.is_text() && random.chance(30) => index.keys[0].len = Some(8),
        Server::Mariadb if random.chance(10) => index.settings.push("using = \"btree\"".to_owned()),
        Server::Mariadb | Server::Sqlite => {}
    }
}

/// Options of a table, one or two.
pub fn options(random: &mut Random, world: &mut World, at: usize) {
    if random.chance(25) {
        change_options(random, world, at);
    }
}

/// Gives a table other options, if some fit.
pub fn change_options(random: &mut Random, world: &mut World, at: usize) {
    let table = &world.tables[at];
    let is_strict = world.columns(table).all(|column| column.kind.is_strict());
    let has_key = table.has_base || !table.key.is_empty();
    let is_counted =
        table.columns.iter().any(|column| column.settings.iter().any(|of| of.starts_with("auto_increment")));
    let options: &[&str] = match world.server {
        Server::Postgres => return,
        Server::Mariadb => &[
            "",
            "mysql(engine = \"InnoDB\")",
            "mariadb(engine = \"InnoDB\")",
            "mysql(charset = \"utf8mb4\", collate = \"utf8mb4_bin\")",
            "mysql(engine = \"InnoDB\", charset = \"utf8mb4\"), mariadb(collate = \"utf8mb4_bin\")",
            "mariadb(charset = \"utf8mb4\", collate = \"utf8mb4_general_ci\")",
        ],
        Server::Sqlite if is_strict && has_key && !is_counted => {
            &["", "sqlite(strict)", "sqlite(without_rowid)", "sqlite(strict, without_rowid)"]
        }
        Server::Sqlite if is_strict => &["", "sqlite(strict)"],
        Server::Sqlite if has_key && !is_counted => &["", "sqlite(without_rowid)"],
        Server::Sqlite => &[""],
    };
    let chosen = random.pick(options).filter(|option| !option.is_empty());
    world.tables[at].options = chosen.map(|option| (*option).to_owned()).into_iter().collect();
}
