//! Random worlds: tables with everything that the grammar can say, as far as the database can hold it.

use crate::databases::Server;

use super::kind::Kind;
use super::random::Random;
use super::rare;
use super::world::{Check, Column, Enum, Feature, Generated, Id, Index, Key, Reference, Table, World};

const TABLES: [&str; 6] = ["players", "match", "smurf_scores", "clans", "Ladder", "seasons"];
const COLUMNS: [&str; 8] = ["name", "type", "order", "level", "region", "seen_at", "note", "score"];

pub fn world(random: &mut Random, server: Server) -> World {
    let mut world =
        World { server, enums: Vec::new(), base: Vec::new(), tables: Vec::new(), next: 0, spelling: random.next() | 1 };
    let id = Column::new(world.id(), "id".to_owned(), Kind::I64);
    let created = Column::new(world.id(), "created_at".to_owned(), Kind::Zoned);
    world.base = vec![id, Column { default: Some("default = \"now()\"".to_owned()), ..created }];
    for _ in 0..random.below(3) {
        let values = ["ok", "on fire", "it's", "down"].iter().take(random.between(2, 4));
        let values = values.map(|value| (*value).to_owned()).collect();
        let schema = rare::schema(random, server);
        let id = world.id();
        world.enums.push(Enum { id, values, renamed: Vec::new(), schema });
    }
    for _ in 0..random.between(1, 4) {
        add_table(random, &mut world);
    }
    if random.chance(20) {
        rare::add_external(&mut world);
    }
    for _ in 0..random.below(4) {
        add_reference(random, &mut world);
    }
    world
}

pub fn add_table(random: &mut Random, world: &mut World) {
    let id = world.id();
    let base = TABLES[random.below(TABLES.len())];
    let mut table = Table {
        id,
        feature: if random.chance(50) { Feature::Alpha } else { Feature::Beta },
        schema: rare::schema(random, world.server),
        is_external: false,
        name: if random.chance(20) { format!("quest{id}") } else { format!("{base}_{id}") },
        renamed_from: None,
        comment: random.chance(25).then(|| "it's a \"table\"".to_owned()),
        has_base: random.chance(50),
        columns: Vec::new(),
        key: Vec::new(),
        indexes: Vec::new(),
        checks: Vec::new(),
        references: Vec::new(),
        options: Vec::new(),
    };
    if !table.has_base {
        keys(random, world, &mut table);
    }
    for _ in 0..random.between(1, 6) {
        let column = column(random, world);
        table.columns.push(column);
    }
    if random.chance(25) {
        rare::into_part(random, &mut table);
    }
    if random.chance(25) {
        let column = rare::extra(random, world);
        table.columns.push(column);
    }
    world.tables.push(table);
    let at = world.tables.len() - 1;
    for _ in 0..random.below(3) {
        add_generated(random, world, at);
    }
    for _ in 0..random.below(4) {
        add_index(random, world, at);
    }
    for _ in 0..random.below(3) {
        add_check(random, world, at);
    }
    rare::options(random, world, at);
}

/// A key of its own: counted, natural, of two columns, or none.
fn keys(random: &mut Random, world: &mut World, table: &mut Table) {
    let mut key = |world: &mut World, name: &str, kind: Kind| {
        let column = Column::new(world.id(), name.to_owned(), kind);
        table.key.push(column.id);
        table.columns.push(column);
    };
    match random.below(7) {
        0 => key(world, "id", Kind::I64),
        1 => key(world, "id", Kind::I32),
        2 => key(world, "code", Kind::Varchar(16)),
        3 => key(world, "uid", Kind::Uuid),
        4 | 5 => {
            key(world, "owner", Kind::I64);
            key(world, "season", Kind::I32);
        }
        _ => {}
    }
    let is_counted = table.key.len() == 1 && table.columns[0].kind.is_integer();
    if is_counted && random.chance(30) {
        let setting = rare::counting(random, world.server);
        table.columns[0].settings.push(setting.to_owned());
    }
}

pub fn column(random: &mut Random, world: &mut World) -> Column {
    let id = world.id();
    let mut kinds = Kind::all(world.server);
    kinds.extend(world.enums.iter().flat_map(|of| [Kind::Enum(of.id), Kind::Enum(of.id)]));
    let kind = random.pick(&kinds).cloned().unwrap_or(Kind::I32);
    let mut column = Column::new(id, format!("{}_{id}", COLUMNS[random.below(COLUMNS.len())]), kind);
    if random.chance(20) {
        // Reserved words, and words that are no identifiers of Rust.
        column.name = format!("{}{id}", if random.chance(50) { "select_" } else { "Mixed" });
    }
    column.nullable = random.chance(40);
    column.comment = random.chance(15).then(|| "in points; it's \\ fine".to_owned());
    if random.chance(40) {
        column.default = random.pick(&column.kind.defaults(world)).cloned();
    }
    if column.kind.is_text() && random.chance(10) {
        column.settings.push(
            match world.server {
                Server::Postgres => "collate = \"C\"",
                Server::Sqlite => "collate = \"NOCASE\"",
                Server::Mariadb => "collate = \"utf8mb4_bin\"",
            }
            .to_owned(),
        );
    }
    column
}

pub fn pick(random: &mut Random, world: &World, at: usize, fits: impl Fn(&Column) -> bool) -> Option<Column> {
    let table = &world.tables[at];
    let columns: Vec<Column> = world.columns(table).filter(|column| fits(column)).cloned().collect();
    random.pick(&columns).cloned()
}

pub fn add_generated(random: &mut Random, world: &mut World, at: usize) {
    let is_free = |world: &World, column: &Column| {
        let table = &world.tables[at];
        !world.key(table).contains(&column.id) && !world.is_reference(table, column.id) && column.generated.is_none()
    };
    let found = pick(random, world, at, |column| {
        matches!(column.kind, Kind::I32 | Kind::I64 | Kind::Text)
            && is_free(world, column)
            && column.settings.is_empty()
    });
    let Some(of) = found else { return };
    let is_virtual = world.server != Server::Postgres && random.chance(50);
    let expression = if of.kind == Kind::Text { "lower({})" } else { "{} + 1" };
    let id = world.id();
    let mut column = Column::new(id, format!("computed_{id}"), of.kind.clone());
    column.nullable = true;
    // PostgreSQL stores, the others do not, if nothing is said.
    let storage = match (is_virtual, world.server) {
        _ if random.chance(20) => "",
        (true, _) => "virtual",
        (false, _) => "stored",
    };
    column.generated = Some(Generated { expression: expression.to_owned(), of: of.id, storage });
    world.tables[at].columns.push(column);
}

pub fn add_index(random: &mut Random, world: &mut World, at: usize) {
    let server = world.server;
    if server == Server::Postgres && random.chance(10) {
        let Some(column) = pick(random, world, at, |column| column.kind == Kind::Json) else { return };
        let mut index = plain_index(&column, false);
        index.settings.push("using = \"gin\"".to_owned());
        push(world, at, index);
        return;
    }
    let Some(first) = pick(random, world, at, |column| column.kind.can_be_indexed() && column.generated.is_none())
    else {
        return;
    };
    let fits_unique = first.kind.can_be_unique() && first.default.is_none();
    let mut index = plain_index(&first, fits_unique && random.chance(40));
    if random.chance(15) && rare::group(random, world, at, &mut index) {
        push(world, at, index);
        return;
    }
    if random.chance(40) {
        index.at_column = !world.base.iter().any(|column| column.id == first.id);
        push(world, at, index);
        return;
    }
    let second = pick(random, world, at, |column| column.kind.can_be_indexed() && column.id != first.id);
    if let Some(second) = second.filter(|_| random.chance(50)) {
        index.keys.push(key(&second));
    }
    for key in &mut index.keys {
        let orders: &[&str] = match server {
            Server::Postgres => &["", "", ".asc", ".desc", ".desc.nulls_last", ".nulls_first"],
            Server::Sqlite | Server::Mariadb => &["", ".desc"],
        };
        key.order = orders[random.below(orders.len())];
    }
    if first.kind.is_text() && server != Server::Mariadb && random.chance(40) {
        index.keys[0].expression = Some("lower({})".to_owned());
        index.keys[0].order = "";
    }
    decorate(random, world, at, &mut index, &first);
    push(world, at, index);
}

/// What only some databases know of indexes.
fn decorate(random: &mut Random, world: &mut World, at: usize, index: &mut Index, first: &Column) {
    let server = world.server;
    if server != Server::Mariadb && random.chance(35) {
        let mut predicates = first.kind.conditions();
        predicates.push("{} IS NOT NULL".to_owned());
        index.predicate = random.pick(&predicates).map(|predicate| (predicate.clone(), first.id));
    }
    if server == Server::Postgres {
        if first.kind.is_text() && index.keys[0].expression.is_none() && random.chance(30) {
            index.keys[0].class = Some("text_pattern_ops");
        }
        let fits = |column: &Column| column.id != first.id && column.generated.is_none();
        if let Some(column) = pick(random, world, at, fits).filter(|_| random.chance(25)) {
            index.include.push(column.id);
        }
        if index.unique && random.chance(25) {
            index.settings.push("nulls_not_distinct".to_owned());
        }
    }
    rare::decorate(random, server, index, first);
    if random.chance(30) {
        index.settings.push(format!("name = \"my_index_{}\"", world.id()));
    }
}

fn push(world: &mut World, at: usize, index: Index) {
    let table = &mut world.tables[at];
    let is_twin = |other: &Index| {
        other.keys.iter().map(|key| key.column).eq(index.keys.iter().map(|key| key.column))
            && other.at_column == index.at_column
    };
    // A column has each of the two words once.
    let is_at_columns = |index: &Index| index.at_column || index.group.is_some();
    let is_marked = |other: &Index| {
        is_at_columns(other)
            && is_at_columns(&index)
            && other.unique == index.unique
            && other.keys.iter().any(|key| index.keys.iter().any(|of| of.column == key.column))
    };
    if !table.indexes.iter().any(|other| is_twin(other) || is_marked(other)) {
        table.indexes.push(index);
    }
}

pub fn key(column: &Column) -> Key {
    Key { column: column.id, expression: None, order: "", class: None, len: None }
}

fn plain_index(column: &Column, unique: bool) -> Index {
    Index {
        unique,
        keys: vec![key(column)],
        predicate: None,
        include: Vec::new(),
        settings: Vec::new(),
        at_column: false,
        group: None,
    }
}

pub fn add_check(random: &mut Random, world: &mut World, at: usize) {
    let table = &world.tables[at];
    let fits = |column: &Column| {
        !column.kind.conditions().is_empty()
            && column.generated.is_none()
            && !world.key(table).contains(&column.id)
            && !world.is_reference(table, column.id)
            && !table.checks.iter().any(|check| check.column == column.id)
    };
    let Some(column) = pick(random, world, at, fits) else { return };
    let Some(expression) = random.pick(&column.kind.conditions()).cloned() else { return };
    let is_base = world.base.iter().any(|of| of.id == column.id);
    let form = if is_base { 1 } else { random.below(4) };
    let name = match form {
        0 => None,
        1 => Some(format!("sound_{}", column.id)),
        2 => Some(format!("sound_{}_each", column.id)),
        _ => None,
    };
    let at_column = form == 0;
    world.tables[at].checks.push(Check { name, expression, column: column.id, at_column });
}

/// A foreign key over new columns: of one column or several, to another table or the same, in a circle or not.
pub fn add_reference(random: &mut Random, world: &mut World) {
    if world.tables.is_empty() {
        return;
    }
    let (at, target_at) = (random.below(world.tables.len()), random.below(world.tables.len()));
    let target = world.tables[target_at].clone();
    if world.tables[at].is_external {
        return;
    }
    let mut keys: Vec<Vec<Id>> = target
        .indexes
        .iter()
        .filter(|index| {
            index.is_plain_unique() && index.group.is_none() && index.settings.is_empty() && index.include.is_empty()
        })
        .filter(|index| index.keys.iter().all(|key| key.order.is_empty() && key.class.is_none() && key.len.is_none()))
        .map(|index| index.keys.iter().map(|key| key.column).collect())
        .collect();
    keys.push(world.key(&target));
    keys.retain(|key| !key.is_empty());
    let Some(target_columns) = random.pick(&keys).cloned() else { return };
    let kinds: Vec<(Kind, Vec<String>)> = target_columns
        .iter()
        .filter_map(|id| world.column(&target, *id))
        .map(|column| {
            (column.kind.clone(), column.settings.iter().filter(|of| of.contains("collate")).cloned().collect())
        })
        .collect();
    let is_fit = |kind: &Kind| kind.is_integer() || kind.is_text() || *kind == Kind::Uuid;
    if !kinds.iter().all(|(kind, _)| is_fit(kind)) || !target.options.is_empty() || !world.tables[at].options.is_empty()
    {
        return;
    }
    let nullable = random.chance(60);
    let mut columns = Vec::new();
    for (kind, settings) in kinds {
        let id = world.id();
        let column = Column { nullable, settings, ..Column::new(id, format!("ref_{id}"), kind) };
        columns.push(id);
        world.tables[at].columns.push(column);
    }
    let at_column = columns.len() == 1 && random.chance(60);
    let settings = actions(random, world, nullable);
    let reference = Reference { columns, target: target.id, target_columns, settings, at_column };
    world.tables[at].references.push(reference);
}

pub fn actions(random: &mut Random, world: &mut World, nullable: bool) -> Vec<String> {
    let server = world.server;
    let mut actions = vec!["cascade", "restrict", "no_action"];
    if nullable {
        actions.push("set_null");
    }
    if nullable && server != Server::Mariadb {
        actions.push("set_default");
    }
    let mut settings = Vec::new();
    for event in ["on_delete", "on_update"] {
        if random.chance(50) {
            settings.extend(random.pick(&actions).map(|action| format!("{event} = \"{action}\"")));
        }
    }
    if server != Server::Mariadb && random.chance(25) {
        let words = ["deferrable", "deferrable = \"immediate\"", "deferrable = \"deferred\""];
        settings.extend(random.pick(&words).map(|word| (*word).to_owned()));
    }
    if random.chance(20) {
        settings.push(format!("fk_name = \"fk_{}\"", world.id()));
    }
    settings
}
