//! Which values PostgreSQL turns into another type by itself, and how to say it where it does not.
//!
//! Facts of `pg_cast`, looked up on PostgreSQL 15. Read [`using`] first.

use super::INK;
use crate::backend::postgres::type_name::{TypeName, is_text};
use crate::schema::Column;

/// Pairs with a cast that assignments use, hence `ALTER COLUMN … TYPE` too.
#[rustfmt::skip]
const ASSIGNED: &[(&str, &[&str])] = &[
    ("smallint", &["integer", "bigint", "numeric", "real", "double precision"]),
    ("integer", &["smallint", "bigint", "numeric", "real", "double precision", "money"]),
    ("bigint", &["smallint", "integer", "numeric", "real", "double precision", "money"]),
    ("numeric", &["smallint", "integer", "bigint", "real", "double precision", "money"]),
    ("real", &["smallint", "integer", "bigint", "numeric", "double precision"]),
    ("double precision", &["smallint", "integer", "bigint", "numeric", "real"]),
    ("money", &["numeric"]),
    ("date", &["timestamp", "timestamptz"]),
    ("timestamp", &["timestamptz", "date", "time"]),
    ("timestamptz", &["timestamp", "date", "time", "timetz"]),
    ("time", &["timetz", "interval"]),
    ("timetz", &["time"]),
    ("interval", &["time"]),
    ("json", &["jsonb"]),
    ("jsonb", &["json"]),
    ("inet", &["cidr"]),
    ("cidr", &["inet"]),
    ("macaddr", &["macaddr8"]),
    ("macaddr8", &["macaddr"]),
    ("bit", &["varbit"]),
    ("varbit", &["bit"]),
];

/// Pairs with a cast that must be asked for.
#[rustfmt::skip]
const EXPLICIT: &[(&str, &[&str])] = &[
    ("boolean", &["integer"]),
    ("integer", &["boolean", "\"char\"", "bit"]),
    ("bigint", &["bit"]),
    ("bit", &["integer", "bigint"]),
    ("\"char\"", &["integer"]),
    ("jsonb", &["boolean", "smallint", "integer", "bigint", "numeric", "real", "double precision"]),
];

/// Returns the expression that `USING` needs; None where PostgreSQL casts by itself.
pub(super) fn using(from: &Column, to: &Column) -> Option<String> {
    let (old, new) = (TypeName::parse(&from.sql_type.sql), TypeName::parse(&to.sql_type.sql));
    if is_assigned(&old, &new) {
        return None;
    }
    let (name, sql) = (INK.name(&to.name), &to.sql_type.sql);
    if old.is_array && new.is_array {
        return Some(match is_direct(&old.element(), &new.element()) {
            true => format!("{name}::{sql}"),
            false => format!("{name}::text[]::{sql}"),
        });
    }
    let is_wide =
        |name: &TypeName| matches!(name.base.as_str(), "smallint" | "bigint" | "numeric" | "real" | "double precision");
    Some(match (old.base.as_str(), new.base.as_str()) {
        _ if old.is_array || new.is_array => format!("{name}::text::{sql}"),
        _ if is_direct(&old, &new) => format!("{name}::{sql}"),
        ("boolean", _) if is_wide(&new) => format!("{name}::integer::{sql}"),
        (_, "boolean") if is_wide(&old) => format!("{name} <> 0"),
        _ => format!("{name}::text::{sql}"),
    })
}

fn is_assigned(from: &TypeName, to: &TypeName) -> bool {
    if from.is_array != to.is_array {
        return is_text(&to.base) && !to.is_array;
    }
    let is_listed = ASSIGNED.iter().any(|(base, targets)| *base == from.base && targets.contains(&to.base.as_str()));
    // Whatever has a text form is assigned to text, but not to a domain over it.
    let is_to_text = matches!(to.base.as_str(), "text" | "varchar" | "char" | "bpchar");
    from.base == to.base || is_listed || is_to_text
}

/// True if `::` alone does it; text becomes anything by being read.
fn is_direct(from: &TypeName, to: &TypeName) -> bool {
    is_text(&from.base)
        || is_assigned(from, to)
        || EXPLICIT.iter().any(|(base, targets)| *base == from.base && targets.contains(&to.base.as_str()))
}
