//! Random steps from one world to the next: each is told by a number of its own, so that a failing few can be found.

use crate::databases::Server;

use super::grow;
use super::kind::Kind;
use super::random::Random;
use super::rare;
use super::world::{Column, Id, Table, World};

/// Returns the world after the steps, without the hints of the steps before.
pub fn changed(world: &World, steps: &[u64]) -> World {
    let first = world;
    let mut world = world.clone();
    for step in steps {
        change(&mut Random::new(*step), first, &mut world);
    }
    world
}

fn change(random: &mut Random, first: &World, world: &mut World) {
    if world.tables.is_empty() {
        return grow::add_table(random, world);
    }
    let at = random.below(world.tables.len());
    if world.tables[at].is_external {
        return;
    }
    match random.below(32) {
        0 => grow::add_table(random, world),
        1 if world.tables.len() > 1 => drop_table(first, world, at),
        1 | 2 => rename_table(world, at),
        3..=5 => add_column(random, world, at),
        6 | 7 => drop_column(random, first, world, at),
        8 | 9 => rename_column(random, world, at),
        10..=12 => change_type(random, world, at),
        13 | 14 => change_nullable(random, first, world, at),
        15 | 16 => change_default(random, world, at),
        17 => add_index(random, first, world, at),
        18 => change_index(random, world, at),
        19 => change_check(random, world, at),
        20 => grow::add_reference(random, world),
        21 => change_reference(random, world, at),
        22 => change_comment(random, world, at),
        23 | 24 => change_enum(random, world),
        25 => change_key(random, world, at),
        27 => change_counting(random, world, at),
        28 => change_options(random, world, at),
        29 => change_extra(random, world, at),
        30 => change_group(random, world, at),
        31 => world.spelling = random.next() | 1,
        _ => grow::add_generated(random, world, at),
    }
}

/// With the columns that refer to it; not if their rows would need a value when it comes back without its rows.
fn drop_table(first: &World, world: &mut World, at: usize) {
    let id = world.tables[at].id;
    let refers = |world: &World, table: Id, column: Id| {
        let table = world.table(table);
        table.is_some_and(|table| table.references.iter().any(|of| of.target == id && of.columns.contains(&column)))
    };
    let mut referring = Vec::new();
    for table in world.tables.iter().filter(|table| table.id != id) {
        for column in &table.columns {
            if refers(world, table.id, column.id) || refers(first, table.id, column.id) {
                if world.is_needed(table, column.id) || !is_null_at_first(first, table, column) {
                    return;
                }
                referring.push((table.id, column.id));
            }
        }
    }
    world.tables.remove(at);
    for (table, column) in referring {
        if let Some(table) = world.tables.iter_mut().find(|of| of.id == table) {
            forget(table, column);
            table.columns.retain(|of| of.id != column);
        }
    }
}

/// A column that comes back has NULL in it, or is not to come back.
fn is_null_at_first(first: &World, table: &Table, column: &Column) -> bool {
    let before = first.table(table.id).and_then(|table| first.column(table, column.id));
    before.is_none_or(|column| column.nullable && column.default.is_none())
}

fn rename_table(world: &mut World, at: usize) {
    let table = &mut world.tables[at];
    if table.renamed_from.is_none() {
        table.renamed_from = Some(std::mem::replace(&mut table.name, format!("renamed_{}", table.id)));
    }
}

fn add_column(random: &mut Random, world: &mut World, at: usize) {
    let column = grow::column(random, world);
    let table = &mut world.tables[at];
    // A strict table knows few types.
    if table.options.iter().all(|option| !option.contains("strict")) || column.kind.is_strict() {
        let place = random.below(table.columns.len() + 1);
        table.columns.insert(place, column);
    }
}

/// A column that nobody needs.
fn free(random: &mut Random, world: &World, at: usize, fits: impl Fn(&Column) -> bool) -> Option<Column> {
    let table = &world.tables[at];
    let is_free = |column: &&Column| !world.is_needed(table, column.id) && column.generated.is_none() && fits(column);
    let columns: Vec<Column> = table.columns.iter().filter(is_free).cloned().collect();
    random.pick(&columns).cloned()
}

/// True if a column is in a unique index or a foreign key, or has a check, now or at first.
fn is_restricted(first: &World, world: &World, table: &Table, column: Id) -> bool {
    [first, world].into_iter().any(|world| {
        world.table(table.id).is_some_and(|table| {
            table.indexes.iter().any(|index| index.unique && index.mentions(column))
                || world.is_reference(table, column)
                || world.key(table).contains(&column)
                || table.checks.iter().any(|check| check.column == column)
        })
    })
}

/// Not one that must be unique or refer to a row when it comes back: nothing but NULL could be in it then.
fn drop_column(random: &mut Random, first: &World, world: &mut World, at: usize) {
    let table = &world.tables[at];
    let can_come_back =
        |column: &Column| is_null_at_first(first, table, column) || !is_restricted(first, world, table, column.id);
    if table.columns.len() + usize::from(table.has_base) < 2 {
        return;
    }
    if let Some(column) = free(random, world, at, can_come_back) {
        forget(&mut world.tables[at], column.id);
        world.tables[at].columns.retain(|of| of.id != column.id);
    }
}

fn forget(table: &mut Table, column: Id) {
    table.indexes.retain(|index| !index.mentions(column));
    table.checks.retain(|check| check.column != column);
    table.references.retain(|reference| !reference.columns.contains(&column));
}

fn rename_column(random: &mut Random, world: &mut World, at: usize) {
    let table = &mut world.tables[at];
    let place = random.below(table.columns.len());
    if let Some(column) = table.columns.get_mut(place)
        && column.renamed_from.is_none()
    {
        column.renamed_from = Some(std::mem::replace(&mut column.name, format!("renamed_{}", column.id)));
    }
}

fn change_type(random: &mut Random, world: &mut World, at: usize) {
    let table = &world.tables[at];
    let fits = |column: &Column| {
        !world.is_reference(table, column.id)
            && column.settings.is_empty()
            && !table.checks.iter().any(|check| check.column == column.id)
            && !table.indexes.iter().any(|index| index.mentions(column.id))
    };
    let Some(column) = free(random, world, at, fits) else { return };
    let is_strict = table.options.iter().any(|option| option.contains("strict"));
    let mut relatives = column.kind.relatives(world.server);
    relatives.retain(|kind| !is_strict || kind.is_strict());
    let Some(kind) = random.pick(&relatives).cloned() else { return };
    let keeps_default = column.kind.is_integer() == kind.is_integer() && column.kind.is_text() == kind.is_text();
    if let Some(column) = world.tables[at].columns.iter_mut().find(|of| of.id == column.id) {
        column.default = column.default.take().filter(|_| keeps_default);
        column.kind = kind;
    }
}

fn change_nullable(random: &mut Random, first: &World, world: &mut World, at: usize) {
    let table = &world.tables[at];
    // Rows that have NULL there would all get one value.
    let fits = |column: &Column| !is_restricted(first, world, table, column.id);
    let Some(column) = free(random, world, at, fits) else { return };
    if let Some(column) = world.tables[at].columns.iter_mut().find(|of| of.id == column.id) {
        column.nullable = !column.nullable;
    }
}

fn change_default(random: &mut Random, world: &mut World, at: usize) {
    let table = &world.tables[at];
    let key = world.key(table);
    let columns: Vec<Column> = table
        .columns
        .iter()
        .filter(|column| {
            column.generated.is_none() && !key.contains(&column.id) && !world.is_reference(table, column.id)
        })
        .cloned()
        .collect();
    let Some(column) = random.pick(&columns).cloned() else { return };
    let default = random.pick(&column.kind.defaults(world)).cloned().filter(|_| random.chance(70));
    if let Some(column) = world.tables[at].columns.iter_mut().find(|of| of.id == column.id) {
        column.default = default;
    }
}

/// Not a unique one over columns whose rows get one value on the way.
fn add_index(random: &mut Random, first: &World, world: &mut World, at: usize) {
    let count = world.tables[at].indexes.len();
    grow::add_index(random, world, at);
    let table = &world.tables[at];
    let Some(index) = table.indexes.get(count).filter(|index| index.unique) else { return };
    let Some(old) = first.table(table.id) else { return };
    let differs = |id: Id| match (first.column(old, id), world.column(table, id)) {
        (Some(before), Some(now)) => now.nullable || !before.nullable,
        (None, Some(now)) => now.nullable && now.default.is_none() && index.settings.is_empty(),
        _ => false,
    };
    if !index.keys.iter().any(|key| differs(key.column)) {
        world.tables[at].indexes.pop();
    }
}

fn change_index(random: &mut Random, world: &mut World, at: usize) {
    // A key of another table may stand on it.
    if world.tables[at].indexes.is_empty()
        || world
            .tables
            .iter()
            .any(|other| other.references.iter().any(|reference| reference.target == world.tables[at].id))
    {
        return;
    }
    let server = world.server;
    let table = &mut world.tables[at];
    let place = random.below(table.indexes.len());
    let index = &mut table.indexes[place];
    match random.below(3) {
        0 if !index.at_column
            && index.group.is_none()
            && index.keys[0].expression.is_none()
            && !index.settings.iter().any(|of| of.contains("using")) =>
        {
            index.keys[0].order = if index.keys[0].order.is_empty() { ".desc" } else { "" }
        }
        1 if !index.at_column && index.group.is_none() && server != Server::Mariadb && !index.unique => {
            let of = index.keys[0].column;
            index.predicate = match index.predicate {
                Some(_) => None,
                None => Some(("{} IS NOT NULL".to_owned(), of)),
            };
        }
        _ => _ = table.indexes.remove(place),
    }
}

fn change_check(random: &mut Random, world: &mut World, at: usize) {
    let table = &world.tables[at];
    if table.checks.is_empty() || random.chance(40) {
        return grow::add_check(random, world, at);
    }
    let place = random.below(table.checks.len());
    let of = world.column(table, table.checks[place].column).cloned();
    let other = of.and_then(|of| random.pick(&of.kind.conditions()).cloned());
    let checks = &mut world.tables[at].checks;
    match other {
        Some(expression) if expression != checks[place].expression => checks[place].expression = expression,
        _ => _ = checks.remove(place),
    }
}

fn change_reference(random: &mut Random, world: &mut World, at: usize) {
    let table = &world.tables[at];
    if table.references.is_empty() {
        return;
    }
    let place = random.below(table.references.len());
    if random.chance(30) {
        world.tables[at].references.remove(place);
        return;
    }
    let columns = table.references[place].columns.clone();
    let nullable = table.columns.iter().filter(|column| columns.contains(&column.id)).all(|column| column.nullable);
    world.tables[at].references[place].settings = grow::actions(random, world, nullable);
}

fn change_comment(random: &mut Random, world: &mut World, at: usize) {
    let comment = random.chance(60).then(|| format!("number {}", random.below(100)));
    let table = &mut world.tables[at];
    if random.chance(40) || table.columns.is_empty() {
        table.comment = comment;
    } else {
        let place = random.below(table.columns.len());
        table.columns[place].comment = comment;
    }
}

/// Rows have the first two values: those stay, perhaps under another name.
fn change_enum(random: &mut Random, world: &mut World) {
    if world.enums.is_empty() {
        return;
    }
    let at = random.below(world.enums.len());
    let id = world.enums[at].id;
    let used = |value: &str| {
        let default = format!("default_value = \"{value}\"");
        let columns = world.base.iter().chain(world.tables.iter().flat_map(|table| &table.columns));
        columns.filter(|column| column.kind == Kind::Enum(id)).any(|column| column.default.as_ref() == Some(&default))
    };
    match random.below(4) {
        0 => world.enums[at].values.push(format!("new {}", random.below(1000))),
        1 => {
            let value = format!("mid {}", random.below(1000));
            let place = world.enums[at].values.len().min(2);
            world.enums[at].values.insert(place, value);
        }
        2 if world.enums[at].values.len() > 2 => _ = world.enums[at].values.pop(),
        _ => {
            let old = world.enums[at].values[0].clone();
            // SQLite keeps no list: nobody could know that the rows are to follow.
            if world.server == Server::Sqlite || used(&old) || !world.enums[at].renamed.is_empty() {
                return;
            }
            let new = format!("calm {}", random.below(1000));
            world.enums[at].values[0].clone_from(&new);
            world.enums[at].renamed.push((old, new));
        }
    }
}

/// A key that counts otherwise, or no longer.
fn change_counting(random: &mut Random, world: &mut World, at: usize) {
    let setting = rare::counting(random, world.server);
    let table = &mut world.tables[at];
    let is_counted = table.key.len() == 1 && table.columns[0].kind.is_integer() && table.options.is_empty();
    if !table.has_base && is_counted {
        table.columns[0].settings = if random.chance(30) { Vec::new() } else { vec![setting.to_owned()] };
    }
}

/// Not of a table with foreign keys: they stand on its character set.
fn change_options(random: &mut Random, world: &mut World, at: usize) {
    let table = &world.tables[at];
    if table.references.is_empty() && !world.is_referenced(table) {
        rare::change_options(random, world, at);
    }
}

/// A column of the database alone, or a field for one.
fn change_extra(random: &mut Random, world: &mut World, at: usize) {
    if world.tables[at].options.iter().any(|option| option.contains("strict")) {
        return;
    }
    match world.tables[at].columns.iter_mut().find(|column| column.is_extra) {
        Some(column) => column.is_extra = false,
        None => {
            let column = rare::extra(random, world);
            world.tables[at].columns.push(column);
        }
    }
}

/// An index of a group in the table's own words, which changes nothing.
fn change_group(random: &mut Random, world: &mut World, at: usize) {
    let found = world.tables[at].indexes.iter_mut().find(|index| index.group.is_some());
    let Some(index) = found else { return grow::add_index(random, world, at) };
    index.settings.extend(index.group.take().map(|name| format!("name = \"{name}\"")));
}

/// Another primary key: one more column, or one less.
fn change_key(random: &mut Random, world: &mut World, at: usize) {
    let table = &world.tables[at];
    let refers_to_itself = table.references.iter().any(|reference| reference.target == table.id);
    if table.has_base || table.key.is_empty() || world.is_referenced(table) || refers_to_itself {
        return;
    }
    if table.key.len() > 1 {
        world.tables[at].key.pop();
        return;
    }
    let fits = |column: &Column| {
        column.kind.can_be_unique()
            && !column.nullable
            && column.default.is_none()
            && !world.is_reference(table, column.id)
    };
    if !table.columns[0].settings.is_empty() {
        return;
    }
    if let Some(column) = free(random, world, at, fits) {
        world.tables[at].key.push(column.id);
    }
}
