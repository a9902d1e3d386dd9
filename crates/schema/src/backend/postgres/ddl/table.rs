//! Tables that come, go, or get another name or comment.

use super::{INK, alter, part};
use crate::backend::{Statement, notes};
use crate::change::Delta;
use crate::schema::{Name, ObjectName, Table, Unique};

pub(super) fn render(delta: &Delta<Table>) -> Vec<Statement> {
    match delta {
        Delta::Create(table) => create(table),
        Delta::Drop(table) => {
            let name = INK.object(&table.name);
            vec![Statement::new(format!("DROP TABLE {name}")).noted(notes::rows_lost(&table.name))]
        }
        Delta::Alter { to, .. } => vec![part::comment_on_table(&to.name, to.comment.as_deref())],
        Delta::Rename { from, to } => rename(&from.name, &to.name),
    }
}

fn create(table: &Table) -> Vec<Statement> {
    let mut parts: Vec<String> = table.columns.iter().map(part::column).collect();
    parts.extend(table.primary_key.iter().map(part::primary_key));
    let (repeated, uniques) = by_repetition(table);
    parts.extend(uniques.into_iter().map(part::unique));
    parts.extend(table.foreign_keys.iter().map(|key| INK.foreign_key(key)));
    parts.extend(table.checks.iter().map(part::check));
    let sql = match parts.is_empty() {
        true => format!("CREATE TABLE {} ()", INK.object(&table.name)),
        false => INK.create_table(&table.name, &parts, ""),
    };
    let mut statements = vec![Statement::new(sql)];
    statements.extend(repeated.into_iter().map(|of| alter(&table.name, &[format!("ADD {}", part::unique(of))])));
    for index in &table.indexes {
        // Nobody waits for a table that is not there yet, and most tables are made inside a transaction.
        let index = crate::schema::Index { concurrently: false, ..index.clone() };
        statements.push(Statement::new(part::create_index(&table.name, &index)));
    }
    if table.comment.is_some() {
        statements.push(part::comment_on_table(&table.name, table.comment.as_deref()));
    }
    let commented = table.columns.iter().filter(|column| column.comment.is_some());
    statements.extend(commented.map(|column| part::comment_on_column(&table.name, column)));
    statements.extend(table.triggers.iter().map(|trigger| Statement::new(trigger.sql.clone())));
    statements
}

/// Returns the uniques that repeat the primary key or one before them, which `CREATE TABLE` would silently merge into
/// one, and the others.
fn by_repetition(table: &Table) -> (Vec<&Unique>, Vec<&Unique>) {
    let key = table.primary_key.iter().map(|key| Unique { columns: key.columns.clone(), ..Unique::default() });
    let mut made: Vec<Unique> = key.collect();
    table.uniques.iter().partition(|unique| {
        let nameless = Unique { name: Name::Unnamed, ..(*unique).clone() };
        let is_repeated = made.contains(&nameless);
        made.push(nameless);
        is_repeated
    })
}

fn rename(from: &ObjectName, to: &ObjectName) -> Vec<Statement> {
    let mut statements = Vec::new();
    if from.name != to.name {
        statements.push(alter(from, &[format!("RENAME TO {}", INK.name(&to.name))]));
    }
    if from.schema != to.schema {
        let renamed = ObjectName { schema: from.schema.clone(), name: to.name.clone() };
        // Unqualified names are looked for in more than one schema, so the first of them is meant.
        let schema = to.schema.as_deref().unwrap_or("public");
        statements.push(alter(&renamed, &[format!("SET SCHEMA {}", INK.name(schema))]));
    }
    statements
}
