//! Columns that come, go and change.
//!
//! The order within one column: what stands in the way goes, the type changes, rows are filled, and only then does the
//! column promise more than before. Read [`render`] first.

use super::{INK, alter, cast, part};
use crate::backend::postgres::type_name::{TypeName, narrows};
use crate::backend::{Statement, notes};
use crate::change::{Delta, Fill};
use crate::schema::{Column, Deferrable, Identity, ObjectName, Schema, Storage, Table};
use crate::tokens::mentions;

/// Where a column is.
pub(super) struct Place<'p> {
    pub table: &'p ObjectName,
    /// The schema at this moment.
    pub now: &'p Schema,
    /// What the sequence that is made must be called, where PostgreSQL would find another name.
    pub sequence: Option<ObjectName>,
}

pub(super) fn render(place: &Place<'_>, delta: &Delta<Column>, fill: Option<&Fill>) -> Vec<Statement> {
    let table = place.table;
    match delta {
        Delta::Create(to) => add(place, to, fill),
        Delta::Drop(from) => vec![drop(table, from)],
        Delta::Rename { from, to } => {
            vec![alter(table, &[format!("RENAME COLUMN {} TO {}", INK.name(&from.name), INK.name(&to.name))])]
        }
        Delta::Alter { from, to } => {
            if is_made_anew(from, to) {
                anew(place, from, to, fill)
            } else {
                altered(place, from, to, fill)
            }
        }
    }
}

fn add(place: &Place<'_>, to: &Column, fill: Option<&Fill>) -> Vec<Statement> {
    let table = place.table;
    let Some(fill) = fill.filter(|_| !to.nullable && to.generated.is_none()) else {
        return added(table, to, place.sequence.as_ref());
    };
    // Rows get the fill, not the default, so the default comes after them.
    let bare = Column { nullable: true, default: None, comment: None, ..to.clone() };
    let mut commands = Vec::new();
    commands.extend(to.default.as_ref().map(|default| set_default(to, default)));
    commands.push(format!("ALTER COLUMN {} SET NOT NULL", INK.name(&to.name)));
    let mut statements = added(table, &bare, place.sequence.as_ref());
    statements.push(filling(table, to, fill));
    statements.extend(settled_triggers(table, place.now));
    statements.push(alter(table, &commands));
    statements.extend(to.comment.as_ref().map(|_| part::comment_on_column(table, to)));
    statements
}

/// Returns what adds a column that needs no value for the rows.
pub(super) fn added(table: &ObjectName, to: &Column, sequence: Option<&ObjectName>) -> Vec<Statement> {
    let mut statements = vec![alter(table, &[format!("ADD COLUMN {}", part::column_counted_by(to, sequence))])];
    statements.extend(to.comment.as_ref().map(|_| part::comment_on_column(table, to)));
    statements
}

fn drop(table: &ObjectName, from: &Column) -> Statement {
    let statement = alter(table, &[format!("DROP COLUMN {}", INK.name(&from.name))]);
    match from.generated {
        Some(_) => statement,
        None => statement.noted(notes::values_lost(table, from)),
    }
}

fn filling(table: &ObjectName, to: &Column, fill: &Fill) -> Statement {
    let (table_sql, name) = (INK.object(table), INK.name(&to.name));
    let mut statement =
        Statement::new(format!("UPDATE {table_sql} SET {name} = {} WHERE {name} IS NULL", fill.expression));
    statement.notes.extend(notes::not_restored(table, to, fill));
    statement
}

fn set_default(column: &Column, default: &str) -> String {
    format!("ALTER COLUMN {} SET DEFAULT {default}", INK.name(&column.name))
}

/// No column becomes generated, and none changes its expression before PostgreSQL 17.
pub(super) fn is_made_anew(from: &Column, to: &Column) -> bool {
    from.generated != to.generated && !loses_expression(from, to)
}

pub(super) fn changes_type(from: &Column, to: &Column) -> bool {
    from.sql_type.sql != to.sql_type.sql || from.collation != to.collation
}

fn loses_expression(from: &Column, to: &Column) -> bool {
    to.generated.is_none() && from.generated.as_ref().is_some_and(|old| old.storage == Storage::Stored)
}

fn altered(place: &Place<'_>, from: &Column, to: &Column, fill: Option<&Fill>) -> Vec<Statement> {
    let table = place.table;
    let name = INK.name(&to.name);
    let mut statements = identity_removed(table, from, to);
    if loses_expression(from, to) {
        // Alone, since the other commands need a plain column.
        statements.push(alter(table, &[format!("ALTER COLUMN {name} DROP EXPRESSION")]));
    }
    let mut commands = type_and_default(from, to);
    let fill = fill.filter(|_| from.nullable && !to.nullable);
    if from.nullable && !to.nullable && fill.is_none() {
        commands.push(format!("ALTER COLUMN {name} SET NOT NULL"));
    } else if !from.nullable && to.nullable {
        commands.push(format!("ALTER COLUMN {name} DROP NOT NULL"));
    }
    if !commands.is_empty() {
        let statement = alter(table, &commands);
        let is_lossy = narrows(&TypeName::parse(&from.sql_type.sql), &TypeName::parse(&to.sql_type.sql));
        statements.push(match is_lossy {
            true => statement.noted(notes::narrowed(table, from, to)),
            false => statement,
        });
    }
    if let Some(fill) = fill {
        statements.push(filling(table, to, fill));
        statements.extend(settled_triggers(table, place.now));
        statements.push(alter(table, &[format!("ALTER COLUMN {name} SET NOT NULL")]));
    }
    statements.extend(identity_added(place, from, to));
    if from.comment != to.comment {
        statements.push(part::comment_on_column(table, to));
    }
    statements
}

/// One statement holds them all: PostgreSQL drops defaults before it changes types, and sets them afterwards.
fn type_and_default(from: &Column, to: &Column) -> Vec<String> {
    let name = INK.name(&to.name);
    let mut commands = Vec::new();
    let using = cast::using(from, to).filter(|_| changes_type(from, to));
    // Only where PostgreSQL casts by itself does it cast the default, too.
    let loses_default = from.default.is_some() && (to.default.is_none() || using.is_some());
    if loses_default {
        commands.push(format!("ALTER COLUMN {name} DROP DEFAULT"));
    }
    if changes_type(from, to) {
        let using = using.map_or_else(String::new, |using| format!(" USING {using}"));
        commands.push(format!("ALTER COLUMN {name} TYPE {}{}{using}", to.sql_type.sql, part::collation(to)));
    }
    if let Some(default) = &to.default
        && (loses_default || from.default != to.default)
    {
        commands.push(set_default(to, default));
    }
    commands
}

/// After an `UPDATE`: a deferred constraint would leave work for the end of the transaction, and `ALTER TABLE` refuses to
/// wait with it. A foreign key on other columns does so too, once a row changes twice.
pub(super) fn settled_triggers(table: &ObjectName, now: &Schema) -> Option<Statement> {
    let table = now.tables.get(table)?;
    let mut waits =
        table.foreign_keys.iter().map(|key| key.deferrable).chain(table.uniques.iter().map(|unique| unique.deferrable));
    waits.any(|waits| waits == Deferrable::Deferred).then(|| Statement::new(IMMEDIATE))
}

/// Holds until the end of the transaction, also for constraints that are made later.
pub(super) const IMMEDIATE: &str = "SET CONSTRAINTS ALL IMMEDIATE";

fn anew(place: &Place<'_>, from: &Column, to: &Column, fill: Option<&Fill>) -> Vec<Statement> {
    let mut statements = vec![drop(place.table, from)];
    if to.generated.is_some()
        && let Some(first) = statements.first_mut()
    {
        first.notes.push("the column is made anew, since its expression cannot be changed".to_owned());
    }
    statements.extend(add(place, to, fill));
    if let Some(found) = place.now.tables.get(place.table) {
        statements.extend(went_with(found, &to.name));
    }
    statements
}

/// Returns what makes the parts of the table again that went with the column.
pub(super) fn went_with(table: &Table, column: &str) -> Vec<Statement> {
    let has = |columns: &[String]| columns.iter().any(|name| name == column);
    let mut commands = Vec::new();
    let key = table.primary_key.iter().filter(|key| has(&key.columns));
    commands.extend(key.map(|key| format!("ADD {}", part::primary_key(key))));
    let uniques = table.uniques.iter().filter(|unique| has(&unique.columns));
    commands.extend(uniques.map(|unique| format!("ADD {}", part::unique(unique))));
    let keys = table.foreign_keys.iter().filter(|key| has(&key.columns));
    commands.extend(keys.map(|key| format!("ADD {}", INK.foreign_key(key))));
    let checks = table.checks.iter().filter(|check| mentions(&check.expression, column));
    commands.extend(checks.map(|check| format!("ADD {}", part::check(check))));
    let mut statements: Vec<Statement> =
        if commands.is_empty() { Vec::new() } else { vec![alter(&table.name, &commands)] };
    let indexes = table.indexes.iter().filter(|index| part::uses_column(index, column));
    statements.extend(indexes.map(|index| Statement::new(part::create_index(&table.name, index))));
    statements
}

fn identity_removed(table: &ObjectName, from: &Column, to: &Column) -> Vec<Statement> {
    let name = INK.name(&to.name);
    let drop_default = || alter(table, &[format!("ALTER COLUMN {name} DROP DEFAULT")]);
    match (&from.identity, &to.identity) {
        (Some(Identity::Serial { .. }), Some(Identity::Serial { .. })) => Vec::new(),
        (Some(Identity::Serial { sequence }), _) => {
            vec![drop_default(), Statement::new(format!("DROP SEQUENCE {}", INK.object(sequence)))]
        }
        (Some(_), None | Some(Identity::Serial { .. })) => {
            vec![alter(table, &[format!("ALTER COLUMN {name} DROP IDENTITY")])]
        }
        _ => Vec::new(),
    }
}

fn identity_added(place: &Place<'_>, from: &Column, to: &Column) -> Vec<Statement> {
    let table = place.table;
    let name = INK.name(&to.name);
    let is_serial = |column: &Column| matches!(column.identity, Some(Identity::Serial { .. }));
    match &to.identity {
        None => Vec::new(),
        Some(Identity::Serial { sequence }) if is_serial(from) => {
            let sequence = INK.object(sequence);
            let grows = from.sql_type.sql != to.sql_type.sql;
            grows
                .then(|| Statement::new(format!("ALTER SEQUENCE {sequence} AS {}", to.sql_type.sql)))
                .into_iter()
                .collect()
        }
        Some(Identity::Serial { sequence }) => {
            let sequence_sql = INK.object(sequence);
            let owner = format!("{}.{name}", INK.object(table));
            vec![
                Statement::new(format!("CREATE SEQUENCE {sequence_sql} AS {} OWNED BY {owner}", to.sql_type.sql)),
                alter(table, &[set_default(to, &format!("nextval({})", INK.literal(&sequence_sql)))]),
                continued(table, to),
            ]
        }
        Some(identity) if from.identity.is_none() || is_serial(from) => {
            let counted = part::counted(identity, place.sequence.as_ref());
            vec![alter(table, &[format!("ALTER COLUMN {name} ADD {counted}")]), continued(table, to)]
        }
        Some(identity) if from.identity.as_ref() != Some(identity) => {
            vec![alter(table, &[format!("ALTER COLUMN {name} SET GENERATED {}", part::identity_kind(identity))])]
        }
        Some(_) => Vec::new(),
    }
}

/// A new sequence begins at 1, whatever the rows hold.
fn continued(table: &ObjectName, column: &Column) -> Statement {
    let table_sql = INK.object(table);
    Statement::new(format!(
        "SELECT setval(pg_get_serial_sequence({}, {}), coalesce(max({}), 0) + 1, false) FROM {table_sql}",
        INK.literal(&table_sql),
        INK.literal(&column.name),
        INK.name(&column.name),
    ))
    .noted("the new sequence goes on behind the highest number")
}
