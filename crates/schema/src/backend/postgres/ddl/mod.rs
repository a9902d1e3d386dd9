//! Changes as the SQL of PostgreSQL.
//!
//! Every change is rendered against the schema as it is at that moment. Read [`render`] first; `part` writes the parts
//! of a table, `table`, `column`, `enumeration` and `constraint` the changes.

mod cast;
mod column;
mod constraint;
mod enumeration;
mod part;
mod table;

use alembic_revisions::DialectName;

use crate::backend::ink::Ink;
use crate::backend::{Rendered, Statement, Unsupported};
use crate::change::{Change, Delta};
use crate::schema::{ObjectName, Schema, View};

pub(super) use enumeration::only_adds_values;
pub(super) use part::{check, column, create_index};

const INK: Ink = Ink(DialectName::Postgres);

pub(super) fn render(changes: &[Change], before: &Schema) -> Result<Rendered, Unsupported> {
    let outside_transaction = !changes.is_empty() && changes.iter().all(is_concurrent);
    let mut now = before.clone();
    let mut statements = Vec::new();
    for change in changes {
        match change {
            Change::Index { table, delta } if outside_transaction => {
                statements.extend(constraint::index_concurrently(table, delta)?);
            }
            _ => statements.extend(one(change, &now)?),
        }
        // A change that does not fit is the database's to refuse; the rest is still rendered.
        let _ = now.apply(change);
    }
    Ok(Rendered { statements, rebuild: false, outside_transaction })
}

fn is_concurrent(change: &Change) -> bool {
    match change {
        Change::Index { delta: Delta::Create(index) | Delta::Drop(index), .. } => index.concurrently,
        _ => false,
    }
}

fn one(change: &Change, now: &Schema) -> Result<Vec<Statement>, Unsupported> {
    match change {
        Change::Enum(delta) => Ok(enumeration::render(delta, now)),
        Change::EnumValue { of, from, to } => Ok(vec![Statement::new(format!(
            "ALTER TYPE {} RENAME VALUE {} TO {}",
            INK.object(of),
            INK.literal(from),
            INK.literal(to)
        ))]),
        Change::Table(delta) => Ok(table::render(delta)),
        Change::Column { table, delta, fill } => Ok(column::render(table, delta, fill.as_ref(), now)),
        Change::Value { table, column, from, to } => Ok(vec![Statement::new(format!(
            "UPDATE {} SET {column} = {} WHERE {column} = {}",
            INK.object(table),
            INK.literal(to),
            INK.literal(from),
            column = INK.name(column),
        ))]),
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

/// Returns the views that read one of the tables, or a view that does: first those that others read.
fn views_of<'s>(schema: &'s Schema, tables: &[&ObjectName]) -> Vec<&'s View> {
    let mut found: Vec<&View> = Vec::new();
    loop {
        let next = schema.views.values().find(|view| {
            let reads_one =
                view.reads.iter().any(|read| tables.contains(&read) || found.iter().any(|other| other.name == *read));
            let is_ready = view.reads.iter().all(|read| {
                !schema.views.contains_key(read)
                    || found.iter().any(|other| other.name == *read)
                    || !depends(schema, read, tables)
            });
            reads_one && is_ready && !found.iter().any(|other| other.name == view.name)
        });
        match next {
            Some(view) => found.push(view),
            None => return found,
        }
    }
}

/// True if the view reads one of the tables, on whatever way; views never read each other in a circle.
fn depends(schema: &Schema, view: &ObjectName, tables: &[&ObjectName]) -> bool {
    let Some(view) = schema.views.get(view) else { return false };
    view.reads.iter().any(|read| tables.contains(&read) || (*read != view.name && depends(schema, read, tables)))
}

/// Puts statements between the removal and the return of the views that would forbid them.
fn without_views(views: &[&View], statements: Vec<Statement>) -> Vec<Statement> {
    let mut all: Vec<Statement> = views
        .iter()
        .rev()
        .map(|view| Statement::new(format!("DROP {} {}", kind(view), INK.object(&view.name))))
        .collect();
    if let Some(first) = all.first_mut() {
        first.notes.push("views below stand in the way and come back; grant again what was granted on them".to_owned());
    }
    all.extend(statements);
    all.extend(views.iter().map(|view| Statement::new(view.sql.clone())));
    all
}

fn kind(view: &View) -> &'static str {
    if view.sql.starts_with("CREATE MATERIALIZED") { "MATERIALIZED VIEW" } else { "VIEW" }
}

#[cfg(test)]
mod tests;
