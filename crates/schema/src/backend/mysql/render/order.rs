//! Which changes are made together, and which of them wait for others.
//!
//! The server ties three things: a foreign key to an index, a column that numbers its rows to a key, and renamed values
//! to the list of values of their column. Read [`steps`] first.

use std::collections::BTreeMap;

use crate::change::{Change, Delta};
use crate::schema::{Column, ObjectName};

/// What is made at once.
#[derive(Debug, PartialEq)]
pub(super) enum Step<'c> {
    One(&'c Change),
    /// The primary key of a table and the columns that number its rows, in one `ALTER`.
    Key(Vec<&'c Change>),
    /// Renamed values of a column, and the change of its type.
    Values(Vec<&'c Change>),
}

/// Returns the changes as steps.
pub(super) fn steps(changes: &[Change]) -> Vec<Step<'_>> {
    let ordered = with_foreign_keys_outside(changes);
    let keys = key_groups(&ordered);
    let values = value_groups(&ordered);
    let mut steps = Vec::new();
    for (at, change) in ordered.iter().enumerate() {
        let group = |groups: &BTreeMap<_, Vec<usize>>| groups.values().find(|group| group.contains(&at)).cloned();
        let members = |group: &[usize]| -> Vec<&Change> {
            let mut group = group.to_vec();
            group.sort_unstable();
            group.into_iter().map(|at| ordered[at]).collect()
        };
        // The first of a group is the change at whose place it is made.
        match (group(&keys), values.values().find(|group| group.contains(&at))) {
            (Some(group), _) if group[0] == at => steps.push(Step::Key(members(&group))),
            (None, Some(group)) if group[0] == at => steps.push(Step::Values(members(group))),
            (None, None) => steps.push(Step::One(change)),
            _ => {}
        }
    }
    steps
}

/// Foreign keys go before the indexes that they need, and come after them.
fn with_foreign_keys_outside(changes: &[Change]) -> Vec<&Change> {
    let mut ordered: Vec<&Change> = changes.iter().collect();
    for _ in 0..ordered.len() {
        let mut is_done = true;
        for at in 1..ordered.len() {
            if may_pass(ordered[at - 1], ordered[at]) {
                ordered.swap(at - 1, at);
                is_done = false;
            }
        }
        if is_done {
            break;
        }
    }
    ordered
}

fn may_pass(first: &Change, second: &Change) -> bool {
    let is_part = |change: &Change| match change {
        Change::Index { delta: Delta::Rename { .. }, .. } | Change::Unique { delta: Delta::Rename { .. }, .. } => false,
        Change::Index { .. } | Change::Unique { .. } | Change::PrimaryKey { .. } => true,
        _ => false,
    };
    let goes = |change: &Change| matches!(change, Change::ForeignKey { delta: Delta::Drop(_), .. });
    let comes = |change: &Change| matches!(change, Change::ForeignKey { delta: Delta::Create(_), .. });
    is_part(first) && goes(second) || comes(first) && is_part(second) || creates_before_drop(first, second)
}

/// An index may have to serve a foreign key in place of one that goes.
fn creates_before_drop(first: &Change, second: &Change) -> bool {
    match (first, second) {
        (
            Change::Index { table, delta: Delta::Drop(gone) },
            Change::Index { table: other, delta: Delta::Create(new) },
        ) => table == other && gone.name.text() != new.name.text(),
        _ => false,
    }
}

/// Returns for each table, by its first name, the changes of its key and of the columns that number rows; the last
/// change of the key first. Tables that need no such group are left out.
fn key_groups(changes: &[&Change]) -> BTreeMap<ObjectName, Vec<usize>> {
    let mut first_names: BTreeMap<ObjectName, ObjectName> = BTreeMap::new();
    let mut keys: BTreeMap<ObjectName, Vec<usize>> = BTreeMap::new();
    let mut columns: BTreeMap<ObjectName, Vec<usize>> = BTreeMap::new();
    for (at, change) in changes.iter().enumerate() {
        let Some(name) = change.table() else { continue };
        let table = first_names.get(name).unwrap_or(name).clone();
        match change {
            Change::Table(Delta::Rename { to, .. }) => {
                first_names.insert(to.name.clone(), table);
            }
            Change::PrimaryKey { delta, .. } if !matches!(delta, Delta::Rename { .. }) => {
                keys.entry(table).or_default().push(at);
            }
            Change::Column { delta, .. } if changes_numbering(delta) => columns.entry(table).or_default().push(at),
            _ => {}
        }
    }
    for (table, group) in &mut keys {
        group.reverse();
        group.extend(columns.remove(table).unwrap_or_default());
    }
    keys.retain(|_, group| group.len() > 1);
    keys
}

fn changes_numbering(delta: &Delta<Column>) -> bool {
    let numbers = |column: Option<&Column>| column.is_some_and(|column| column.identity.is_some());
    !matches!(delta, Delta::Rename { .. }) && numbers(delta.from()) != numbers(delta.to())
}

/// Returns for each column its renamed values, and the change of the column first if there is one.
fn value_groups(changes: &[&Change]) -> BTreeMap<(ObjectName, String), Vec<usize>> {
    let mut groups: BTreeMap<(ObjectName, String), Vec<usize>> = BTreeMap::new();
    for (at, change) in changes.iter().enumerate() {
        if let Change::Value { table, column, .. } = change {
            groups.entry((table.clone(), column.clone())).or_default().push(at);
        }
    }
    for (at, change) in changes.iter().enumerate() {
        if let Change::Column { table, delta: Delta::Alter { to, .. }, .. } = change
            && let Some(group) = groups.get_mut(&(table.clone(), to.name.clone()))
        {
            group.insert(0, at);
        }
    }
    groups
}
