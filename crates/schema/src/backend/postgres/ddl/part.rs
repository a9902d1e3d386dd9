//! The parts of a table: columns, constraints, indexes, comments.

use super::INK;
use crate::backend::Statement;
use crate::backend::ink::deferrable;
use crate::backend::postgres::tokens::{Kind, closing, tokens};
use crate::schema::{
    Check, Column, Identity, Index, IndexKey, IndexPart, Name, Nulls, ObjectName, Order, PrimaryKey, Storage, Unique,
};
use crate::tokens::mentions;

/// Returns the column as `CREATE TABLE` and `ADD COLUMN` want it.
pub(in crate::backend::postgres) fn column(column: &Column) -> String {
    column_counted_by(column, None)
}

/// Returns the column with the name of its sequence, where that must be stated.
pub(super) fn column_counted_by(column: &Column, sequence: Option<&ObjectName>) -> String {
    let mut sql = format!("{} {}", INK.name(&column.name), stored_type(column));
    sql.push_str(&collation(column));
    // An identity is NOT NULL by itself.
    if !column.nullable && column.identity.is_none() {
        sql.push_str(" NOT NULL");
    }
    if let Some(default) = &column.default {
        sql.push_str(&format!(" DEFAULT {default}"));
    }
    if let Some(generated) = &column.generated {
        // Without the word it is an error up to 17 and virtual from 18 on.
        let storage = match generated.storage {
            Storage::Stored => "STORED",
            Storage::Virtual => "VIRTUAL",
        };
        sql.push_str(&format!(" GENERATED ALWAYS AS ({}) {storage}", generated.expression));
    }
    match &column.identity {
        Some(Identity::Serial { .. }) | None => {}
        Some(identity) => sql.push_str(&format!(" {}", counted(identity, sequence))),
    }
    sql
}

/// Returns the words of an identity.
pub(super) fn counted(identity: &Identity, sequence: Option<&ObjectName>) -> String {
    let kind = identity_kind(identity);
    let name = sequence.map_or_else(String::new, |name| format!(" (SEQUENCE NAME {})", INK.object(name)));
    format!("GENERATED {kind} AS IDENTITY{name}")
}

pub(super) fn identity_kind(identity: &Identity) -> &'static str {
    if *identity == Identity::Always { "ALWAYS" } else { "BY DEFAULT" }
}

fn stored_type(column: &Column) -> &str {
    let sql = column.sql_type.sql.as_str();
    match (&column.identity, sql) {
        (Some(Identity::Serial { .. }), "smallint") => "smallserial",
        (Some(Identity::Serial { .. }), "integer") => "serial",
        (Some(Identity::Serial { .. }), "bigint") => "bigserial",
        _ => sql,
    }
}

pub(super) fn collation(column: &Column) -> String {
    column.collation.as_ref().map_or_else(String::new, |collation| format!(" COLLATE {}", INK.name(collation)))
}

pub(super) fn primary_key(key: &PrimaryKey) -> String {
    INK.constraint(&key.name, &format!("PRIMARY KEY ({})", INK.names(&key.columns)))
}

pub(super) fn unique(unique: &Unique) -> String {
    let nulls = if unique.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
    let waits = deferrable(unique.deferrable);
    INK.constraint(&unique.name, &format!("UNIQUE{nulls} ({}){waits}", INK.names(&unique.columns)))
}

pub(in crate::backend::postgres) fn check(check: &Check) -> String {
    INK.constraint(&check.name, &format!("CHECK ({})", check.expression))
}

pub(in crate::backend::postgres) fn create_index(table: &ObjectName, index: &Index) -> String {
    let mut sql = String::from(if index.unique { "CREATE UNIQUE INDEX" } else { "CREATE INDEX" });
    if index.concurrently {
        sql.push_str(" CONCURRENTLY");
    }
    if let Some(name) = index.name.text() {
        sql.push_str(&format!(" {}", INK.name(name)));
    }
    sql.push_str(&format!(" ON {}", INK.object(table)));
    if let Some(method) = &index.method {
        sql.push_str(&format!(" USING {}", INK.name(method)));
    }
    let keys: Vec<String> = index.keys.iter().map(key).collect();
    sql.push_str(&format!(" ({})", keys.join(", ")));
    if !index.include.is_empty() {
        sql.push_str(&format!(" INCLUDE ({})", INK.names(&index.include)));
    }
    if index.nulls_not_distinct {
        sql.push_str(" NULLS NOT DISTINCT");
    }
    if let Some(predicate) = &index.predicate {
        sql.push_str(&format!(" WHERE {predicate}"));
    }
    sql
}

fn key(key: &IndexKey) -> String {
    let mut sql = match &key.part {
        IndexPart::Column(name) => INK.name(name).into_owned(),
        IndexPart::Expression(expression) if is_call(expression) => expression.clone(),
        IndexPart::Expression(expression) => format!("({expression})"),
    };
    if let Some(collation) = &key.collation {
        sql.push_str(&format!(" COLLATE {}", INK.name(collation)));
    }
    if let Some(class) = &key.operator_class {
        sql.push_str(&format!(" {class}"));
    }
    if key.order == Order::Descending {
        sql.push_str(" DESC");
    }
    match key.nulls {
        Nulls::Default => {}
        Nulls::First => sql.push_str(" NULLS FIRST"),
        Nulls::Last => sql.push_str(" NULLS LAST"),
    }
    sql
}

/// Only `name(…)` may stand without parentheses of its own.
fn is_call(expression: &str) -> bool {
    let Some(tokens) = tokens(expression) else { return false };
    let is_name = tokens.first().is_some_and(|name| name.kind == Kind::Word && name.text == name.text.to_lowercase());
    is_name && tokens.get(1).is_some_and(|open| open.is("(")) && closing(&tokens, 1) == Some(tokens.len() - 1)
}

/// True if the SQL has this name in it, whatever it stands for.
pub(super) fn has_name(sql: &str, name: &str) -> bool {
    match tokens(sql) {
        Some(tokens) => tokens.iter().any(|token| token.names(name)),
        None => sql.contains(name),
    }
}

/// True if the index is on the column, or its expressions or its condition mention it.
pub(super) fn uses_column(index: &Index, column: &str) -> bool {
    let in_keys = index.keys.iter().any(|key| match &key.part {
        IndexPart::Column(name) => name == column,
        IndexPart::Expression(expression) => mentions(expression, column),
    });
    in_keys
        || index.include.iter().any(|name| name == column)
        || index.predicate.as_ref().is_some_and(|predicate| mentions(predicate, column))
}

/// Returns the name of an index as SQL; it shares the schema of its table.
pub(super) fn index_name(table: &ObjectName, name: &Name) -> Option<String> {
    name.text().map(|name| INK.object(&ObjectName { schema: table.schema.clone(), name: name.to_owned() }))
}

pub(super) fn comment_on_table(table: &ObjectName, comment: Option<&str>) -> Statement {
    Statement::new(format!("COMMENT ON TABLE {} IS {}", INK.object(table), comment_text(comment)))
}

pub(super) fn comment_on_column(table: &ObjectName, column: &Column) -> Statement {
    let (table, name) = (INK.object(table), INK.name(&column.name));
    Statement::new(format!("COMMENT ON COLUMN {table}.{name} IS {}", comment_text(column.comment.as_deref())))
}

fn comment_text(comment: Option<&str>) -> String {
    comment.map_or_else(|| "NULL".to_owned(), |comment| INK.literal(comment))
}
