//! What becomes of each table over a list of changes: whether SQLite has words for it, or the table must be rebuilt.
//!
//! Decides before anything is written, because one change that needs a rebuild takes all others of its table along.
//! Read [`Survey::of`] first.

use std::collections::BTreeMap;

use super::super::Unsupported;
use super::expression::is_constant;
use super::tokens::mentions;
use super::{normalize, render};
use crate::change::{Change, Delta};
use crate::schema::{Column, IndexPart, ObjectName, Schema, Storage, Table};

/// A table over all of its names.
pub(super) type TableId = usize;

/// What becomes of one table.
#[derive(Debug, Default)]
pub(super) struct Fate {
    pub is_created: bool,
    pub is_dropped: bool,
    pub is_rebuilt: bool,
    /// The index of the last change that a rebuild takes in.
    pub last: usize,
    /// After all changes; none if it is dropped.
    pub end: Option<Table>,
}

/// All changes at a glance.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub fates: Vec<Fate>,
    /// The table of each change.
    pub tables: Vec<Option<TableId>>,
    /// Foreign keys and checks that can be made with the column they belong to: their index, and that of the column.
    pub attached: BTreeMap<usize, usize>,
}

impl Survey {
    pub fn of(changes: &[Change], before: &Schema) -> Result<Self, Unsupported> {
        let mut survey = Survey::default();
        let mut ids: BTreeMap<ObjectName, TableId> = BTreeMap::new();
        let mut schema = before.clone();
        for (index, change) in changes.iter().enumerate() {
            let id = change.table().map(|table| match change {
                Change::Table(Delta::Create(_)) => survey.add(&mut ids, table),
                _ => ids.get(table).copied().unwrap_or_else(|| survey.add(&mut ids, table)),
            });
            survey.tables.push(id);
            if let Some(id) = id {
                survey.look(index, id, changes, &schema);
            }
            schema.apply(change).map_err(|misfit| render::misfit(&misfit))?;
            if let (Some(id), Change::Table(delta)) = (id, change) {
                follow(&mut ids, id, delta);
            }
        }
        for (name, id) in ids {
            survey.fates[id].end = schema.tables.get(&name).cloned();
        }
        for fate in &mut survey.fates {
            fate.is_rebuilt &= !fate.is_created && !fate.is_dropped;
        }
        Ok(survey)
    }

    pub fn rebuilds(&self) -> bool {
        self.fates.iter().any(|fate| fate.is_rebuilt)
    }

    /// Returns the changes that are made with the column of the change at `index`.
    pub fn attached_to<'c>(&self, index: usize, changes: &'c [Change]) -> Vec<&'c Change> {
        let own = self.attached.iter().filter(|(_, column)| **column == index);
        own.filter_map(|(attached, _)| changes.get(*attached)).collect()
    }

    fn add(&mut self, ids: &mut BTreeMap<ObjectName, TableId>, name: &ObjectName) -> TableId {
        let id = self.fates.len();
        self.fates.push(Fate::default());
        ids.insert(name.clone(), id);
        id
    }

    fn look(&mut self, index: usize, id: TableId, changes: &[Change], schema: &Schema) {
        match &changes[index] {
            Change::Table(Delta::Create(_)) => self.fates[id].is_created = true,
            Change::Table(Delta::Drop(_)) => self.fates[id].is_dropped = true,
            change if is_rename(change) => return,
            change => {
                let column = column_of(change, &changes[..index], |at| self.tables[at] == Some(id), schema);
                if let Some(column) = column {
                    self.attached.insert(index, column);
                }
                self.fates[id].is_rebuilt |= column.is_none() && needs_rebuild(change, schema);
            }
        }
        self.fates[id].last = index;
    }
}

fn follow(ids: &mut BTreeMap<ObjectName, TableId>, id: TableId, delta: &Delta<Table>) {
    match delta {
        Delta::Drop(from) => {
            ids.remove(&from.name);
        }
        Delta::Rename { from, to } => {
            ids.remove(&from.name);
            ids.insert(to.name.clone(), id);
        }
        Delta::Create(_) | Delta::Alter { .. } => {}
    }
}

/// True for the two renames that SQLite makes itself, and follows in foreign keys, views and triggers.
pub(super) fn is_rename(change: &Change) -> bool {
    matches!(change, Change::Table(Delta::Rename { .. }) | Change::Column { delta: Delta::Rename { .. }, .. })
}

/// Returns the index of the new column that the constraint can be made with.
fn column_of(change: &Change, earlier: &[Change], is_own: impl Fn(usize) -> bool, schema: &Schema) -> Option<usize> {
    let created = |name: &str| {
        let is_it =
            |change: &Change| matches!(change, Change::Column { delta: Delta::Create(to), .. } if to.name == name);
        let at = earlier.iter().enumerate().rposition(|(at, change)| is_own(at) && is_it(change))?;
        let is_native = !needs_rebuild(&earlier[at], schema);
        is_native.then_some(at)
    };
    match change {
        Change::ForeignKey { delta: Delta::Create(key), table } => {
            let [column] = key.columns.as_slice() else { return None };
            let found = schema.tables.get(table)?.column(column)?;
            let is_empty = found.nullable && found.default.is_none() && found.generated.is_none();
            if is_empty { created(column) } else { None }
        }
        Change::Check { delta: Delta::Create(check), table } => {
            let columns = &schema.tables.get(table)?.columns;
            let mut named = columns.iter().filter(|column| mentions(&check.expression, &column.name));
            let only = named.next()?;
            if named.next().is_none() { created(&only.name) } else { None }
        }
        _ => None,
    }
}

/// True if SQLite has no statement for the change of a table that exists (`models.md` §6.6).
fn needs_rebuild(change: &Change, schema: &Schema) -> bool {
    match change {
        Change::Table(Delta::Alter { from, to }) => from.options != to.options,
        Change::Column { delta: Delta::Create(column), .. } => !can_be_added(column),
        Change::Column { delta: Delta::Drop(column), table, .. } => is_used(&column.name, table, schema),
        Change::Column { delta: Delta::Alter { from, to }, .. } => {
            Column { comment: None, ..from.clone() } != Column { comment: None, ..to.clone() }
        }
        Change::PrimaryKey { .. } | Change::ForeignKey { .. } | Change::Unique { .. } | Change::Check { .. } => true,
        Change::Enum(_)
        | Change::EnumValue { .. }
        | Change::Table(_)
        | Change::Column { .. }
        | Change::Value { .. }
        | Change::Index { .. } => false,
    }
}

fn can_be_added(column: &Column) -> bool {
    if let Some(generated) = &column.generated {
        return generated.storage == Storage::Virtual;
    }
    let default = column.default.as_deref();
    column.identity.is_none() && default.is_none_or(is_constant) && (column.nullable || default.is_some())
}

/// True if another part of the schema names the column, so that DROP COLUMN would refuse.
fn is_used(column: &str, name: &ObjectName, schema: &Schema) -> bool {
    let Some(table) = schema.tables.get(name) else { return false };
    let holds = |columns: &[String]| columns.iter().any(|found| found == column);
    let in_index = table.indexes.iter().any(|index| {
        let in_key = index.keys.iter().any(|key| match &key.part {
            IndexPart::Column(found) => found == column,
            IndexPart::Expression(expression) => mentions(expression, column),
        });
        in_key || index.predicate.as_ref().is_some_and(|predicate| mentions(predicate, column))
    });
    let generated =
        table.columns.iter().filter(|found| found.name != column).filter_map(|found| found.generated.as_ref());
    table.primary_key.as_ref().is_some_and(|key| holds(&key.columns))
        || normalize::row_number(table) == Some(column)
        || table.uniques.iter().any(|unique| holds(&unique.columns))
        || table.foreign_keys.iter().any(|key| holds(&key.columns))
        || table.checks.iter().any(|check| mentions(&check.expression, column))
        || generated.into_iter().any(|generated| mentions(&generated.expression, column))
        || in_index
        || reader_of(column, name, schema).is_some()
}

/// Returns what else reads the column, as far as its statement tells: "the view `v`".
pub(super) fn reader_of(column: &str, name: &ObjectName, schema: &Schema) -> Option<String> {
    let view = schema.views.values().find(|view| view.reads.contains(name) && mentions(&view.sql, column));
    let triggers = schema.tables.values().flat_map(|table| &table.triggers);
    let is_reader = |sql: &str| mentions(sql, &name.name) && mentions(sql, column);
    let trigger = || triggers.into_iter().find(|trigger| is_reader(&trigger.sql));
    view.map(|view| format!("the view `{}`", view.name))
        .or_else(|| trigger().map(|trigger| format!("the trigger `{}`", trigger.name)))
}
