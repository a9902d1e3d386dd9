//! Which changes must stay before which, whatever else is reordered.
//!
//! Two changes keep their order if one of them makes, alters or drops something that the other one touches. Read
//! [`before`] first.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Change, Delta};
use crate::schema::{Column, EnumType, ForeignKey, Index, IndexPart, Name, ObjectName, Table};

/// Something that changes have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    /// By the name that it has in the end; all changes of one table keep their order.
    Table(ObjectName),
    /// A name of a table, whoever has it.
    TableName(ObjectName),
    /// What a foreign key of another table rests on.
    Column(ObjectName, String),
    Enum(ObjectName),
    /// A name of a constraint or an index.
    PartName(String),
}

/// How a change touches a [`Thing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Touch {
    Changes,
    Uses,
}

type Touches = Vec<(Thing, Touch)>;

/// Returns for each change the earlier ones that must be made before it.
pub(super) fn before(changes: &[Change]) -> Vec<BTreeSet<usize>> {
    let enums: BTreeSet<ObjectName> = changes.iter().flat_map(enum_names).collect();
    let mut touched: BTreeMap<Thing, Vec<(usize, Touch)>> = BTreeMap::new();
    let mut before = Vec::with_capacity(changes.len());
    for at in 0..changes.len() {
        let mut needs = BTreeSet::new();
        for (thing, touch) in touches(changes, at, &enums) {
            let earlier = touched.entry(thing).or_default();
            let needed = earlier.iter().filter(|(_, other)| touch == Touch::Changes || *other == Touch::Changes);
            needs.extend(needed.map(|(other, _)| *other).filter(|other| *other != at));
            earlier.push((at, touch));
        }
        before.push(needs);
    }
    before
}

/// Returns the name that a table, called so at a change, has after all changes.
pub(super) fn later_name(changes: &[Change], at: usize, name: &ObjectName) -> ObjectName {
    let mut name = name.clone();
    for change in &changes[at..] {
        if let Change::Table(Delta::Rename { from, to }) = change
            && from.name == name
        {
            name = to.name.clone();
        }
    }
    name
}

fn enum_names(change: &Change) -> Vec<ObjectName> {
    match change {
        Change::Enum(delta) => both(delta).map(|enum_type: &EnumType| enum_type.name.clone()).collect(),
        Change::EnumValue { of, .. } => vec![of.clone()],
        _ => Vec::new(),
    }
}

fn both<T>(delta: &Delta<T>) -> impl Iterator<Item = &T> {
    delta.from().into_iter().chain(delta.to())
}

fn touches(changes: &[Change], at: usize, enums: &BTreeSet<ObjectName>) -> Touches {
    let change = &changes[at];
    let mut found: Touches = enum_names(change).into_iter().map(|name| (Thing::Enum(name), Touch::Changes)).collect();
    let Some(table) = change.table() else { return found };
    let own = later_name(changes, at, table);
    let later = |name: &ObjectName| later_name(changes, at, name);
    let column = |name: &String| (Thing::Column(own.clone(), name.clone()), Touch::Changes);
    found.push((Thing::Table(own.clone()), Touch::Changes));
    match change {
        Change::Table(delta) => {
            for side in both(delta) {
                found.push((Thing::TableName(side.name.clone()), Touch::Changes));
            }
            if let Delta::Create(table) | Delta::Drop(table) = delta {
                whole_table(table, enums, &later, &mut found);
            }
        }
        Change::Column { delta, .. } => both(delta).for_each(|side| {
            found.push(column(&side.name));
            of_column(side, enums, &mut found);
        }),
        Change::PrimaryKey { delta, .. } => both(delta).for_each(|side| {
            found.extend(side.columns.iter().map(column));
            part_name(&side.name, &mut found);
        }),
        Change::Unique { delta, .. } => both(delta).for_each(|side| {
            found.extend(side.columns.iter().map(column));
            part_name(&side.name, &mut found);
        }),
        Change::Index { delta, .. } => both(delta).for_each(|side| {
            let columns = side.keys.iter().filter_map(|key| match &key.part {
                IndexPart::Column(column) => Some(column),
                IndexPart::Expression(_) => None,
            });
            found.extend(columns.filter(|_| side.unique).map(column));
            of_index(side, enums, &mut found);
        }),
        Change::Check { delta, .. } => both(delta).for_each(|side| {
            of_expression(&side.expression, enums, &mut found);
            part_name(&side.name, &mut found);
        }),
        Change::ForeignKey { delta, .. } => both(delta).for_each(|side| of_foreign_key(side, &later, &mut found)),
        Change::Value { .. } | Change::Enum(_) | Change::EnumValue { .. } => {}
    }
    found
}

fn whole_table(
    table: &Table,
    enums: &BTreeSet<ObjectName>,
    later: &impl Fn(&ObjectName) -> ObjectName,
    found: &mut Touches,
) {
    table.columns.iter().for_each(|column| of_column(column, enums, found));
    table.foreign_keys.iter().for_each(|key| of_foreign_key(key, later, found));
    table.indexes.iter().for_each(|index| of_index(index, enums, found));
    for check in &table.checks {
        of_expression(&check.expression, enums, found);
        part_name(&check.name, found);
    }
    table.uniques.iter().for_each(|unique| part_name(&unique.name, found));
    table.primary_key.iter().for_each(|key| part_name(&key.name, found));
}

fn of_column(column: &Column, enums: &BTreeSet<ObjectName>, found: &mut Touches) {
    found.extend(column.sql_type.enum_type.iter().map(|name| (Thing::Enum(name.clone()), Touch::Uses)));
    let generated = column.generated.as_ref().map(|generated| &generated.expression);
    column.default.iter().chain(generated).for_each(|expression| of_expression(expression, enums, found));
}

fn of_index(index: &Index, enums: &BTreeSet<ObjectName>, found: &mut Touches) {
    part_name(&index.name, found);
    let expressions = index.keys.iter().filter_map(|key| match &key.part {
        IndexPart::Expression(expression) => Some(expression),
        IndexPart::Column(_) => None,
    });
    expressions.chain(&index.predicate).for_each(|expression| of_expression(expression, enums, found));
}

/// A cast names the enum; one word too many only keeps an order.
fn of_expression(expression: &str, enums: &BTreeSet<ObjectName>, found: &mut Touches) {
    let named = enums.iter().filter(|name| expression.contains(&name.name));
    found.extend(named.map(|name| (Thing::Enum(name.clone()), Touch::Uses)));
}

fn of_foreign_key(key: &ForeignKey, later: &impl Fn(&ObjectName) -> ObjectName, found: &mut Touches) {
    let target = later(&key.references);
    part_name(&key.name, found);
    let columns = key.referenced_columns.iter().map(|column| Thing::Column(target.clone(), column.clone()));
    found.extend(columns.map(|column| (column, Touch::Uses)));
    // The name too: dropped and renamed tables are found by it alone.
    found.push((Thing::TableName(key.references.clone()), Touch::Uses));
}

fn part_name(name: &Name, found: &mut Touches) {
    found.extend(name.text().map(|name| (Thing::PartName(name.to_owned()), Touch::Changes)));
}
