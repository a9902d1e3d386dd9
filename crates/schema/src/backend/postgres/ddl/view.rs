//! Views that would forbid a change: they go before the first statement and come back after the last.
//!
//! PostgreSQL refuses to change the type of a column that a view shows. Read [`in_the_way`] first.

use std::collections::BTreeSet;

use super::{INK, column, enumeration, part};
use crate::backend::Statement;
use crate::change::{Change, Delta};
use crate::schema::{ObjectName, Schema, View};
use crate::tokens::mentions;

/// Returns the views that the change cannot be made under.
pub(super) fn in_the_way(change: &Change, now: &Schema) -> Vec<ObjectName> {
    let mut found: Vec<&View> = now.views.values().filter(|view| is_hindered(view, change, now)).collect();
    loop {
        let reads_found = |view: &&View| view.reads.iter().any(|read| found.iter().any(|other| other.name == *read));
        let is_new = |view: &&View| !found.iter().any(|other| other.name == view.name);
        let Some(next) = now.views.values().find(|view| is_new(view) && reads_found(view)) else {
            return found.into_iter().map(|view| view.name.clone()).collect();
        };
        found.push(next);
    }
}

/// True if the view itself shows what changes its type or goes for a moment.
fn is_hindered(view: &View, change: &Change, now: &Schema) -> bool {
    match change {
        Change::Column { table, delta: Delta::Alter { from, to }, .. } => {
            let is_disturbed = column::changes_type(from, to) || column::is_made_anew(from, to);
            is_disturbed && view.reads.contains(table) && mentions(&view.sql, &from.name)
        }
        Change::Enum(Delta::Alter { from, to }) if enumeration::needs_rebuild(from, to) => {
            let has_type = |table: &ObjectName| {
                now.tables.get(table).is_some_and(|table| {
                    table.columns.iter().any(|column| column.sql_type.enum_type.as_ref() == Some(&from.name))
                })
            };
            view.reads.iter().any(has_type) || part::has_name(&view.sql, &from.name.name)
        }
        _ => false,
    }
}

/// Puts the statements between the removal and the return of the views; they return under the names of `after`.
pub(super) fn put_aside(
    names: &BTreeSet<ObjectName>,
    before: &Schema,
    after: &Schema,
    statements: Vec<Statement>,
) -> Vec<Statement> {
    let mut all: Vec<Statement> = in_order(names, before).into_iter().rev().map(drop).collect();
    if let Some(first) = all.first_mut() {
        first
            .notes
            .push("these views stand in the way and come back below; what was granted on them does not".to_owned());
    }
    all.extend(statements);
    all.extend(in_order(names, after).into_iter().map(|view| Statement::new(view.sql.clone())));
    all
}

/// Returns the views, those that others read before their readers.
fn in_order<'s>(names: &BTreeSet<ObjectName>, schema: &'s Schema) -> Vec<&'s View> {
    let mut rest: Vec<&View> = names.iter().filter_map(|name| schema.views.get(name)).collect();
    let mut ordered = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let is_ready = |view: &&View| !view.reads.iter().any(|read| rest.iter().any(|other| other.name == *read));
        // Views cannot read each other in a circle; if a catalogue says so, any order is as good.
        let next = rest.iter().position(is_ready).unwrap_or(0);
        ordered.push(rest.remove(next));
    }
    ordered
}

fn drop(view: &View) -> Statement {
    let kind = if view.sql.starts_with("CREATE MATERIALIZED") { "MATERIALIZED VIEW" } else { "VIEW" };
    Statement::new(format!("DROP {kind} {}", INK.object(&view.name)))
}
