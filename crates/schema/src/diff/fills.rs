//! Values for rows that have none: asked for on the way there, neutral on the way back.
//!
//! Read [`questions`] first.

use std::collections::{BTreeMap, BTreeSet};

use super::FillQuestion;
use crate::backend::Backend;
use crate::change::{Change, Delta, Fill};
use crate::schema::{Check, Column, ObjectName, Schema};
use crate::tokens::mentions;

pub(super) fn questions(changes: &[Change]) -> Vec<FillQuestion> {
    let created: BTreeSet<&ObjectName> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Table(Delta::Create(table)) => Some(&table.name),
            _ => None,
        })
        .collect();
    let question = |change: &Change| {
        let Change::Column { table, delta, fill: None } = change else { return None };
        let (column, is_old) = match delta {
            Delta::Create(column) if needs_value(column) => (column, false),
            Delta::Alter { from, to } if from.nullable && !to.nullable && to.generated.is_none() => (to, true),
            _ => return None,
        };
        let question = FillQuestion { table: table.clone(), column: column.clone(), is_old };
        (!created.contains(table)).then_some(question)
    };
    changes.iter().filter_map(question).collect()
}

/// Whether no row can have this column unless somebody says a value.
fn needs_value(column: &Column) -> bool {
    let has_default = column.default.as_ref().is_some_and(|default| !default.eq_ignore_ascii_case("null"));
    !column.nullable && !has_default && column.generated.is_none() && column.identity.is_none()
}

pub(super) fn checks(question: &FillQuestion, changes: &[Change], before: &Schema) -> Vec<String> {
    let deltas = changes.iter().filter_map(|change| match change {
        Change::Check { table, delta } if *table == question.table => Some(delta),
        _ => None,
    });
    let (gone, made): (Vec<_>, Vec<_>) = deltas.map(|delta| (delta.from(), delta.to())).unzip();
    let there = before.tables.get(&question.table).into_iter().flat_map(|table| &table.checks);
    let there = there.filter(|check| !gone.contains(&Some(*check)));
    let name = |check: &Check| check.name.text().unwrap_or(&check.expression).to_owned();
    let naming =
        there.chain(made.into_iter().flatten()).filter(|check| mentions(&check.expression, &question.column.name));
    naming.map(name).collect::<BTreeSet<_>>().into_iter().collect()
}

pub(super) fn filled(changes: Vec<Change>, answers: &BTreeMap<(ObjectName, String), Fill>) -> Vec<Change> {
    let asked: BTreeSet<(ObjectName, String)> =
        questions(&changes).into_iter().map(|question| (question.table, question.column.name)).collect();
    let fill = |change| match change {
        Change::Column { table, delta: delta @ (Delta::Create(_) | Delta::Alter { .. }), fill: None } => {
            let key = (table.clone(), delta.to().map(|column| column.name.clone()).unwrap_or_default());
            let fill = answers.get(&key).filter(|_| asked.contains(&key)).cloned();
            Change::Column { table, delta, fill }
        }
        other => other,
    };
    changes.into_iter().map(fill).collect()
}

pub(super) fn stand_ins(changes: Vec<Change>, before: &Schema, backend: &dyn Backend) -> Vec<Change> {
    let mut schema = before.clone();
    let mut done = Vec::with_capacity(changes.len());
    for mut change in changes {
        if let Change::Column { delta, fill: fill @ None, .. } = &mut change {
            let required = match delta {
                Delta::Drop(from) if needs_value(from) => Some(&*from),
                Delta::Alter { from, to } if !from.nullable && to.nullable && from.generated.is_none() => Some(&*from),
                _ => None,
            };
            let value =
                required.and_then(|column| column.default.clone().or_else(|| backend.stand_in(column, &schema)));
            *fill = value.map(|expression| Fill { expression, is_stand_in: true, ..Fill::default() });
        }
        // Changes that do not fit leave the schema as it is; it serves only to look up types.
        let _ = schema.apply(&change);
        done.push(change);
    }
    done
}
