//! Enum types: new values in place, everything else by making the type anew.
//!
//! PostgreSQL takes no value away and moves none. Read [`render`] first, then [`Rebuild`].

use std::collections::BTreeMap;

use super::{INK, alter, column, part};
use crate::backend::Statement;
use crate::change::Delta;
use crate::schema::{Check, Column, EnumType, ForeignKey, Index, IndexPart, ObjectName, Schema, Table, Trigger};
use crate::tokens::mentions;

pub(super) fn render(delta: &Delta<EnumType>, now: &Schema) -> Vec<Statement> {
    match delta {
        Delta::Create(to) => vec![create(to)],
        Delta::Drop(from) => vec![Statement::new(format!("DROP TYPE {}", INK.object(&from.name)))],
        Delta::Rename { from, to } => {
            vec![Statement::new(format!("ALTER TYPE {} RENAME TO {}", INK.object(&from.name), INK.name(&to.name.name)))]
        }
        Delta::Alter { from, to } if needs_rebuild(from, to) => Rebuild::new(from, to, now).statements(),
        Delta::Alter { from, to } => added(from, to),
    }
}

fn create(declared: &EnumType) -> Statement {
    let values: Vec<String> = declared.values.iter().map(|value| INK.literal(value)).collect();
    Statement::new(format!("CREATE TYPE {} AS ENUM ({})", INK.object(&declared.name), values.join(", ")))
}

/// True if all old values are there in their order, and new ones among them.
pub(in crate::backend::postgres) fn only_adds_values(from: &EnumType, to: &EnumType) -> bool {
    let mut rest = to.values.iter();
    from.values.len() < to.values.len() && from.values.iter().all(|old| rest.any(|value| value == old))
}

pub(super) fn needs_rebuild(from: &EnumType, to: &EnumType) -> bool {
    from.values != to.values && !only_adds_values(from, to)
}

fn added(from: &EnumType, to: &EnumType) -> Vec<Statement> {
    let name = INK.object(&to.name);
    let mut statements = Vec::new();
    let last_old = to.values.iter().rposition(|value| from.values.contains(value));
    for (at, value) in to.values.iter().enumerate().filter(|(_, value)| !from.values.contains(value)) {
        let place = match at.checked_sub(1).map(|before| &to.values[before]) {
            _ if last_old.is_none_or(|last| at > last) => String::new(),
            Some(before) => format!(" AFTER {}", INK.literal(before)),
            None => from.values.first().map_or_else(String::new, |first| format!(" BEFORE {}", INK.literal(first))),
        };
        statements.push(Statement::new(format!("ALTER TYPE {name} ADD VALUE {}{place}", INK.literal(value))));
    }
    statements
}

/// What of one table has to go before its columns change their type, and comes back afterwards.
struct Affected<'s> {
    table: &'s Table,
    columns: Vec<&'s Column>,
    generated: Vec<&'s Column>,
    foreign_keys: Vec<&'s ForeignKey>,
    checks: Vec<&'s Check>,
    indexes: Vec<&'s Index>,
    triggers: Vec<&'s Trigger>,
}

struct Rebuild<'s> {
    from: &'s EnumType,
    to: &'s EnumType,
    tables: BTreeMap<&'s ObjectName, Affected<'s>>,
}

impl<'s> Rebuild<'s> {
    fn new(from: &'s EnumType, to: &'s EnumType, now: &'s Schema) -> Self {
        let affected = now.tables.iter().filter_map(|(name, table)| Some((name, affected(table, &from.name)?)));
        Rebuild { from, to, tables: affected.collect() }
    }

    fn statements(&self) -> Vec<Statement> {
        let old = old_name(&self.from.name);
        let mut statements = vec![self.renaming(&old), create(self.to)];
        // Both ends of a foreign key change, so no key may stand before all of them have.
        statements.extend(self.tables.values().filter_map(foreign_keys_dropped));
        for affected in self.tables.values() {
            statements.extend(cleared(affected));
            statements.push(self.converted(affected));
        }
        for affected in self.tables.values() {
            statements.extend(self.restored(affected));
        }
        statements.extend(self.tables.values().filter_map(foreign_keys_added));
        statements.push(Statement::new(format!("DROP TYPE {}", INK.object(&old))));
        statements
    }

    fn renaming(&self, old: &ObjectName) -> Statement {
        let name = INK.object(&self.from.name);
        let statement = Statement::new(format!("ALTER TYPE {name} RENAME TO {}", INK.name(&old.name)))
            .noted(format!("{name} is made anew, since no value can be taken away or moved"));
        let gone: Vec<String> = self
            .from
            .values
            .iter()
            .filter(|value| !self.to.values.contains(value))
            .map(|value| INK.literal(value))
            .collect();
        match gone.is_empty() {
            true => statement,
            false => statement.noted(format!("this fails while rows hold {}: change them first", gone.join(", "))),
        }
    }

    fn converted(&self, affected: &Affected<'_>) -> Statement {
        let name = INK.object(&self.to.name);
        let mut commands: Vec<String> =
            affected.checks.iter().filter_map(|check| drop_constraint(check.name.text())).collect();
        let defaults = affected.columns.iter().filter(|column| column.default.is_some());
        commands.extend(defaults.map(|column| format!("ALTER COLUMN {} DROP DEFAULT", INK.name(&column.name))));
        for column in &affected.columns {
            let dimensions = if column.sql_type.sql.ends_with("[]") { "[]" } else { "" };
            let column = INK.name(&column.name);
            commands.push(format!(
                "ALTER COLUMN {column} TYPE {name}{dimensions} USING {column}::text{dimensions}::{name}{dimensions}"
            ));
        }
        alter(&affected.table.name, &commands)
    }

    fn restored(&self, affected: &Affected<'_>) -> Vec<Statement> {
        let table = affected.table;
        let mut commands: Vec<String> = Vec::new();
        for column in &affected.columns {
            let default = column.default.as_ref().filter(|default| !self.is_gone(default));
            commands.extend(
                default.map(|default| format!("ALTER COLUMN {} SET DEFAULT {default}", INK.name(&column.name))),
            );
        }
        commands.extend(affected.checks.iter().map(|check| format!("ADD {}", part::check(check))));
        let mut statements = Vec::new();
        if !commands.is_empty() {
            statements.push(alter(&table.name, &commands));
        }
        for generated in &affected.generated {
            statements.extend(column::added(&table.name, generated, None));
            statements.extend(column::went_with(table, &generated.name));
        }
        let indexes = affected.indexes.iter().map(|index| Statement::new(part::create_index(&table.name, index)));
        statements.extend(indexes);
        statements.extend(affected.triggers.iter().map(|trigger| Statement::new(trigger.sql.clone())));
        statements
    }

    /// True for a default that the new type lacks: another change gives the column its new one.
    fn is_gone(&self, default: &str) -> bool {
        self.from.values.iter().any(|value| !self.to.values.contains(value) && INK.literal(value) == default)
    }
}

fn old_name(name: &ObjectName) -> ObjectName {
    const SUFFIX: &str = "__old";
    let mut end = name.name.len().min(63 - SUFFIX.len());
    while !name.name.is_char_boundary(end) {
        end -= 1;
    }
    ObjectName { schema: name.schema.clone(), name: format!("{}{SUFFIX}", &name.name[..end]) }
}

fn affected<'s>(table: &'s Table, of: &ObjectName) -> Option<Affected<'s>> {
    let columns: Vec<&Column> =
        table.columns.iter().filter(|column| column.sql_type.enum_type.as_ref() == Some(of)).collect();
    if columns.is_empty() {
        return None;
    }
    let is_affected =
        |sql: &str| part::has_name(sql, &of.name) || columns.iter().any(|column| mentions(sql, &column.name));
    let has_text = |index: &Index| {
        let expressions = index.keys.iter().filter_map(|key| match &key.part {
            IndexPart::Expression(expression) => Some(expression),
            IndexPart::Column(_) => None,
        });
        expressions.chain(&index.predicate).any(|sql| is_affected(sql))
    };
    let generated: Vec<&Column> = table
        .columns
        .iter()
        .filter(|column| column.generated.as_ref().is_some_and(|generated| is_affected(&generated.expression)))
        .collect();
    // What is on a generated column comes back with the column.
    let comes_back = |uses: &dyn Fn(&str) -> bool| generated.iter().any(|column| uses(&column.name));
    let is_key = |key: &&ForeignKey| key.columns.iter().any(|name| columns.iter().any(|column| column.name == *name));
    Some(Affected {
        table,
        foreign_keys: table.foreign_keys.iter().filter(is_key).collect(),
        checks: table
            .checks
            .iter()
            .filter(|check| is_affected(&check.expression))
            .filter(|check| !comes_back(&|name| mentions(&check.expression, name)))
            .collect(),
        indexes: table
            .indexes
            .iter()
            .filter(|index| has_text(index) && !comes_back(&|name| part::uses_column(index, name)))
            .collect(),
        triggers: table.triggers.iter().filter(|trigger| is_affected(&trigger.sql)).collect(),
        columns: columns.clone(),
        generated: generated.clone(),
    })
}

fn drop_constraint(name: Option<&str>) -> Option<String> {
    name.map(|name| format!("DROP CONSTRAINT {}", INK.name(name)))
}

fn foreign_keys_dropped(affected: &Affected<'_>) -> Option<Statement> {
    let commands: Vec<String> =
        affected.foreign_keys.iter().filter_map(|key| drop_constraint(key.name.text())).collect();
    (!commands.is_empty()).then(|| alter(&affected.table.name, &commands))
}

fn foreign_keys_added(affected: &Affected<'_>) -> Option<Statement> {
    let commands: Vec<String> =
        affected.foreign_keys.iter().map(|key| format!("ADD {}", INK.foreign_key(key))).collect();
    (!commands.is_empty()).then(|| alter(&affected.table.name, &commands))
}

/// What the type of a column could not change under.
fn cleared(affected: &Affected<'_>) -> Vec<Statement> {
    let table = &affected.table.name;
    let mut statements = Vec::new();
    for trigger in &affected.triggers {
        statements.push(Statement::new(format!("DROP TRIGGER {} ON {}", INK.name(&trigger.name), INK.object(table))));
    }
    for index in &affected.indexes {
        statements
            .extend(part::index_name(table, &index.name).map(|name| Statement::new(format!("DROP INDEX {name}"))));
    }
    for column in &affected.generated {
        statements.push(alter(table, &[format!("DROP COLUMN {}", INK.name(&column.name))]));
    }
    statements
}
