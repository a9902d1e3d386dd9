//! Changes as the SQL of PostgreSQL.
//!
//! Every change is rendered against the schema as it is at that moment. Read [`render`] first; `part` writes the parts
//! of a table, `table`, `column`, `enumeration` and `constraint` the changes, `sequence` knows what a sequence is to be called.

mod cast;
mod column;
mod constraint;
mod enumeration;
mod part;
mod sequence;
mod table;
mod view;

use std::collections::BTreeSet;

use alembic_revisions::DialectName;

use crate::backend::ink::Ink;
use crate::backend::{Rendered, Statement, Unsupported};
use crate::change::{Change, Delta};
use crate::schema::{ObjectName, Schema};

pub(super) use enumeration::only_adds_values;
pub(super) use part::{check, column, create_index};

const INK: Ink = Ink(DialectName::Postgres);

pub(super) fn render(changes: &[Change], before: &Schema) -> Result<Rendered, Unsupported> {
    let outside_transaction = !changes.is_empty() && changes.iter().all(is_concurrent);
    let mut now = before.clone();
    let mut statements = Vec::new();
    let mut in_the_way = BTreeSet::new();
    for (at, change) in changes.iter().enumerate() {
        statements.extend(schema_of(change).filter(|schema| !has_schema(&now, schema)).map(create_schema));
        match change {
            Change::Index { table, delta } if outside_transaction => {
                statements.extend(constraint::index_concurrently(table, delta)?);
            }
            _ => statements.extend(one(change, &changes[at + 1..], &now)?),
        }
        in_the_way.extend(view::in_the_way(change, &now));
        // A change that does not fit is the database's to refuse; the rest is still rendered.
        let _ = now.apply(change);
    }
    let mut is_immediate = false;
    // Once is enough.
    statements.retain(|statement: &Statement| {
        statement.sql != column::IMMEDIATE || !std::mem::replace(&mut is_immediate, true)
    });
    let statements = view::put_aside(&in_the_way, before, &now, statements);
    Ok(Rendered { statements, rebuild: false, outside_transaction })
}

fn is_concurrent(change: &Change) -> bool {
    match change {
        Change::Index { delta: Delta::Create(index) | Delta::Drop(index), .. } => index.concurrently,
        _ => false,
    }
}

/// Returns the schema into which the change puts a table or a type.
fn schema_of(change: &Change) -> Option<&str> {
    let name = match change {
        Change::Table(Delta::Create(to) | Delta::Rename { to, .. }) => &to.name,
        Change::Enum(Delta::Create(to) | Delta::Rename { to, .. }) => &to.name,
        _ => return None,
    };
    name.schema.as_deref()
}

/// True if something of ours is in it, so that it is there.
fn has_schema(now: &Schema, schema: &str) -> bool {
    now.tables.keys().chain(now.enums.keys()).any(|name| name.schema.as_deref() == Some(schema))
}

fn create_schema(schema: &str) -> Statement {
    Statement::new(format!("CREATE SCHEMA IF NOT EXISTS {}", INK.name(schema)))
        .noted("others may use the schema, so no downgrade drops it")
}

fn one(change: &Change, rest: &[Change], now: &Schema) -> Result<Vec<Statement>, Unsupported> {
    match change {
        Change::Enum(delta) => Ok(enumeration::render(delta, now)),
        Change::EnumValue { of, from, to } => Ok(vec![Statement::new(format!(
            "ALTER TYPE {} RENAME VALUE {} TO {}",
            INK.object(of),
            INK.literal(from),
            INK.literal(to)
        ))]),
        Change::Table(delta) => Ok(table::render(delta)),
        Change::Column { table, delta, fill } => {
            let place = column::Place { table, now, sequence: sequence::stated(change, rest) };
            Ok(column::render(&place, delta, fill.as_ref()))
        }
        Change::Value { table, column, from, to } => {
            let update = Statement::new(format!(
                "UPDATE {} SET {column} = {} WHERE {column} = {}",
                INK.object(table),
                INK.literal(to),
                INK.literal(from),
                column = INK.name(column),
            ));
            Ok(std::iter::once(update).chain(column::settled_triggers(table, now)).collect())
        }
        Change::PrimaryKey { table, delta } => constraint::primary_key(table, delta),
        Change::ForeignKey { table, delta } => constraint::foreign_key(table, delta),
        Change::Unique { table, delta } => constraint::unique(table, delta),
        Change::Check { table, delta } => constraint::check(table, delta),
        Change::Index { table, delta } => constraint::index(table, delta),
    }
}

/// Returns `ALTER TABLE` with one or several commands.
fn alter(table: &ObjectName, commands: &[String]) -> Statement {
    let table = INK.object(table);
    Statement::new(match commands {
        [command] => format!("ALTER TABLE {table} {command}"),
        _ => format!("ALTER TABLE {table}\n    {}", commands.join(",\n    ")),
    })
}

#[cfg(test)]
mod tests;
