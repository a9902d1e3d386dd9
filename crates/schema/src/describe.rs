//! Changes in words: a line each, a message for all, and what is lost.
//!
//! The lines are also in JSON, so nothing here depends on a terminal. Read [`line`] first.

mod message;

use crate::backend::Backend;
use crate::change::{Change, Delta};
use crate::schema::{
    Check, Column, EnumType, ForeignKey, Index, IndexPart, Name, ObjectName, PrimaryKey, Table, Unique,
};
use crate::structure::Structured;

pub use message::message;

/// Returns the change in one line: `change players.level: integer to bigint, NOT NULL`.
pub fn line(change: &Change) -> String {
    match change {
        Change::Enum(delta) => enum_line(delta),
        Change::EnumValue { of, from, to } => format!("rename value {from} of enum {of} to {to}"),
        Change::Table(delta) => table_line(delta),
        Change::Column { table, delta, .. } => column_line(table, delta),
        Change::Value { table, column, from, to } => format!("rename value {from} of {table}.{column} to {to}"),
        Change::PrimaryKey { table, delta } => primary_key_line(table, delta),
        Change::ForeignKey { table, delta } => part_line("foreign key", table, delta, foreign_key),
        Change::Unique { table, delta } => part_line("unique constraint", table, delta, unique),
        Change::Check { table, delta } => part_line("check", table, delta, check),
        Change::Index { table, delta } => part_line("index", table, delta, index),
    }
}

fn enum_line(delta: &Delta<EnumType>) -> String {
    let (from, to) = match delta {
        Delta::Create(to) => return format!("add enum {}", to.name),
        Delta::Drop(from) => return format!("drop enum {}", from.name),
        Delta::Rename { from, to } => return format!("rename enum {} to {}", from.name, to.name),
        Delta::Alter { from, to } => (from, to),
    };
    let lacking = |values: &EnumType, all: &EnumType| -> Vec<String> {
        all.values.iter().filter(|value| !values.values.contains(value)).cloned().collect()
    };
    let words = |values: &[String]| match values {
        [value] => format!("value {value}"),
        values => format!("values {}", values.join(", ")),
    };
    let (added, dropped) = (lacking(from, to), lacking(to, from));
    match (added.is_empty(), dropped.is_empty()) {
        (true, true) => format!("reorder values of enum {}", to.name),
        (false, true) => format!("add {} to enum {}", words(&added), to.name),
        (true, false) => format!("drop {} of enum {}", words(&dropped), to.name),
        (false, false) => format!("change enum {}: add {}, drop {}", to.name, words(&added), words(&dropped)),
    }
}

fn table_line(delta: &Delta<Table>) -> String {
    match delta {
        Delta::Create(to) => format!("add table {}", to.name),
        Delta::Drop(from) => format!("drop table {}", from.name),
        Delta::Rename { from, to } => format!("rename table {} to {}", from.name, to.name),
        Delta::Alter { from, to } => {
            let comment = (from.comment != to.comment).then_some("comment");
            let options = (from.options != to.options).then_some("options");
            let what: Vec<&str> = comment.into_iter().chain(options).collect();
            format!("change table {}: {}", to.name, what.join(", "))
        }
    }
}

fn column_line(table: &ObjectName, delta: &Delta<Column>) -> String {
    match delta {
        Delta::Create(to) => format!("add column {table}.{}", to.name),
        Delta::Drop(from) => format!("drop column {table}.{}", from.name),
        Delta::Rename { from, to } => format!("rename column {table}.{} to {}", from.name, to.name),
        Delta::Alter { from, to } => format!("change {table}.{}: {}", to.name, column_differences(from, to).join(", ")),
    }
}

fn column_differences(from: &Column, to: &Column) -> Vec<String> {
    let mut found = Vec::new();
    if from.sql_type != to.sql_type {
        found.push(format!("{} to {}", from.sql_type.sql, to.sql_type.sql));
    }
    if from.nullable != to.nullable {
        found.push(if to.nullable { "NULL" } else { "NOT NULL" }.to_owned());
    }
    let mut said = |word: &str, is_other: bool, now: Option<&str>| {
        if is_other {
            found.push(now.map_or_else(|| format!("no {word}"), |now| format!("{word} {now}").trim_end().to_owned()));
        }
    };
    said("default", from.default != to.default, to.default.as_deref());
    let expression = to.generated.as_ref().map(|generated| format!("as ({})", generated.expression));
    said("generated", from.generated != to.generated, expression.as_deref());
    said("identity", from.identity != to.identity, to.identity.as_ref().map(|_| ""));
    said("collation", from.collation != to.collation, to.collation.as_deref());
    said("comment", from.comment != to.comment, to.comment.as_ref().map(|_| ""));
    found
}

fn primary_key_line(table: &ObjectName, delta: &Delta<PrimaryKey>) -> String {
    let columns = |key: &PrimaryKey| key.columns.join(", ");
    match delta {
        Delta::Create(to) => format!("add primary key of {table} ({})", columns(to)),
        Delta::Drop(from) => format!("drop primary key of {table} ({})", columns(from)),
        Delta::Alter { from, to } => format!("change primary key of {table}: ({}) to ({})", columns(from), columns(to)),
        Delta::Rename { to, .. } => format!("rename primary key of {table} to {}", to.name.text().unwrap_or("nothing")),
    }
}

fn part_line<T: Structured>(
    kind: &str,
    table: &ObjectName,
    delta: &Delta<T>,
    details: impl Fn(&ObjectName, &T) -> String,
) -> String {
    let whole = |part: &T| format!("{}on {}", spaced(part.name()), details(table, part));
    match delta {
        Delta::Create(to) => format!("add {kind} {}", whole(to)),
        Delta::Drop(from) => format!("drop {kind} {}", whole(from)),
        Delta::Alter { to, .. } => format!("change {kind} {}", whole(to)),
        Delta::Rename { from, to } => {
            format!("rename {kind} {}to {} on {table}", spaced(from.name()), spaced(to.name()).trim_end())
        }
    }
}

/// The name and a blank, or nothing.
fn spaced(name: &Name) -> String {
    name.text().map(|name| format!("{name} ")).unwrap_or_default()
}

fn foreign_key(table: &ObjectName, key: &ForeignKey) -> String {
    format!("{table} ({}) to {}", key.columns.join(", "), key.references)
}

fn unique(table: &ObjectName, unique: &Unique) -> String {
    format!("{table} ({})", unique.columns.join(", "))
}

fn check(table: &ObjectName, check: &Check) -> String {
    format!("{table} ({})", check.expression)
}

fn index(table: &ObjectName, index: &Index) -> String {
    let part = |part: &IndexPart| match part {
        IndexPart::Column(column) => column.clone(),
        IndexPart::Expression(expression) => format!("({expression})"),
    };
    let keys: Vec<String> = index.keys.iter().map(|key| part(&key.part)).collect();
    format!("{table} ({})", keys.join(", "))
}

/// What `--allow` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LossKind {
    DropTable,
    DropColumn,
    NarrowType,
}

impl LossKind {
    /// Returns its word on the command line.
    pub fn flag(self) -> &'static str {
        match self {
            LossKind::DropTable => "drop-table",
            LossKind::DropColumn => "drop-column",
            LossKind::NarrowType => "narrow-type",
        }
    }
}

/// Data that would be gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    pub kind: LossKind,
    /// A fragment: "all rows of `players`".
    pub what: String,
}

/// Returns what is lost by making the changes, in their order.
pub fn losses(changes: &[Change], backend: &dyn Backend) -> Vec<Loss> {
    changes.iter().filter_map(|change| loss(change, backend)).collect()
}

fn loss(change: &Change, backend: &dyn Backend) -> Option<Loss> {
    let (kind, what) = match change {
        Change::Table(Delta::Drop(table)) => (LossKind::DropTable, format!("all rows of `{}`", table.name)),
        Change::Column { table, delta: Delta::Drop(column), .. } if column.generated.is_none() => {
            (LossKind::DropColumn, format!("all values of `{table}.{}`", column.name))
        }
        Change::Column { table, delta: Delta::Alter { from, to }, .. } => {
            if from.generated.is_none() && to.generated.is_some() {
                (LossKind::DropColumn, format!("all values of `{table}.{}`, which will be computed", to.name))
            } else if from.sql_type != to.sql_type && backend.narrows(&from.sql_type, &to.sql_type) {
                let what = format!("values of `{table}.{}` that do not fit into {}", to.name, to.sql_type.sql);
                (LossKind::NarrowType, what)
            } else {
                return None;
            }
        }
        _ => return None,
    };
    Some(Loss { kind, what })
}

#[cfg(test)]
mod tests;
