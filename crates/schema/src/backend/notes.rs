//! What a script says of what it loses: the same words on every database, so that equal sections stay equal.
//!
//! Lines of comments, without `--`. Names are for reading, never quoted.

use alembic_revisions::loss::values_lost as values_lost_in;

use crate::change::Fill;
use crate::schema::{Column, ObjectName};

/// Above `DROP TABLE`.
pub fn rows_lost(table: &ObjectName) -> String {
    format!("destructive: the rows of {table} are lost")
}

/// Where a column goes.
pub fn values_lost(table: &ObjectName, column: &Column) -> String {
    values_lost_in(&format!("{table}.{}", column.name))
}

/// Where a type becomes one that holds less.
pub fn narrowed(table: &ObjectName, from: &Column, to: &Column) -> String {
    let (old, new) = (&from.sql_type.sql, &to.sql_type.sql);
    format!("lossy: {table}.{}, {old} to {new}: values that do not fit fail or are cut", to.name)
}

/// Where a column comes back with a value that nobody chose; nothing where somebody did.
pub fn not_restored(table: &ObjectName, column: &Column, fill: &Fill) -> Vec<String> {
    let lost = format!("a neutral value: the values of {table}.{} are not restored", column.name);
    let refuses = |check: &String| format!("the check {check} may refuse it: write one that it takes");
    let lines = std::iter::once(lost).chain(fill.checks.iter().map(refuses));
    lines.filter(|_| fill.is_stand_in).collect()
}
