//! Changes of columns and of the values in them.
//!
//! `MODIFY` says the whole column anew, or it would lose what it does not say. Read [`Script::column`] first.

use super::Script;
use crate::backend::mysql::ddl::{self, INK};
use crate::backend::mysql::lex::{Token, literal};
use crate::backend::mysql::sql_type::{self, SqlType};
use crate::backend::{Statement, Unsupported, notes};
use crate::change::{Change, Delta, Fill};
use crate::schema::{Column, ColumnType, IndexPart, ObjectName, Table};

impl Script {
    pub(super) fn column(
        &mut self,
        table: &ObjectName,
        delta: &Delta<Column>,
        fill: Option<&Fill>,
    ) -> Result<(), Unsupported> {
        match delta {
            Delta::Create(column) => self.add_column(table, column, fill),
            Delta::Drop(column) => {
                self.alter(table, &[format!("DROP COLUMN {}", INK.name(&column.name))]).notes =
                    vec![notes::values_lost(table, column)];
            }
            Delta::Rename { from, to } => {
                let clause = format!("RENAME COLUMN {} TO {}", INK.name(&from.name), INK.name(&to.name));
                self.alter(table, &[clause]);
            }
            Delta::Alter { from, to } => self.alter_column(table, from, to, fill)?,
        }
        Ok(())
    }

    /// Returns `MODIFY COLUMN` with the check that the column keeps.
    pub(super) fn modify(&self, table: &Table, column: &Column) -> String {
        let mut clause = format!("MODIFY COLUMN {}", ddl::column_definition(column, self.backend.flavor));
        if let Some(check) = ddl::column_check(table, &column.name, self.backend) {
            clause.push_str(&format!(" CHECK ({})", check.expression));
        }
        clause
    }

    fn add_column(&mut self, table: &ObjectName, column: &Column, fill: Option<&Fill>) {
        let flavor = self.backend.flavor;
        let Some(fill) = fill.filter(|_| !column.nullable && column.generated.is_none()) else {
            self.alter(table, &[format!("ADD COLUMN {}", ddl::column_definition(column, flavor))]);
            return;
        };
        let nullable = Column { nullable: true, default: None, ..column.clone() };
        self.alter(table, &[format!("ADD COLUMN {}", ddl::column_definition(&nullable, flavor))]);
        let set = format!("UPDATE {} SET {} = {}", INK.object(table), INK.name(&column.name), fill.expression);
        self.statements.push(filled(set, table, column, fill));
        let clause = self.modify(&self.table(table), column);
        self.alter(table, &[clause]);
    }

    fn alter_column(
        &mut self,
        table: &ObjectName,
        from: &Column,
        to: &Column,
        fill: Option<&Fill>,
    ) -> Result<(), Unsupported> {
        if is_made_anew(from, to) {
            return self.replace_column(table, from, to);
        }
        let now = self.table(table);
        let mut notes = narrowing(table, from, to);
        if let Some(fill) = fill.filter(|_| from.nullable && !to.nullable) {
            if from.sql_type != to.sql_type {
                // The value is one of the new type.
                let between = Column { nullable: true, identity: None, ..to.clone() };
                let clause = self.modify(&now, &between);
                self.alter(table, &[clause]).notes.extend(notes.take());
            }
            let name = INK.name(&to.name);
            let set = format!("UPDATE {} SET {name} = {} WHERE {name} IS NULL", INK.object(table), fill.expression);
            self.statements.push(filled(set, table, to, fill));
        }
        let clause = self.modify(&now, to);
        self.alter(table, &[clause]).notes.extend(notes);
        Ok(())
    }

    /// Drops a column and adds it, together with the indexes that it is in.
    fn replace_column(&mut self, table: &ObjectName, from: &Column, to: &Column) -> Result<(), Unsupported> {
        let now = self.table(table);
        let mut drops = Vec::new();
        let mut adds = Vec::new();
        for index in &now.indexes {
            if index.keys.iter().any(|key| key.part == IndexPart::Column(from.name.clone())) {
                drops.push(format!("DROP INDEX {}", INK.name(&ddl::index_name(table, index))));
                adds.push(format!("ADD {} {}", ddl::index_kind(index), ddl::index_body(&now, index, self.backend)?));
            }
        }
        for unique in now.uniques.iter().filter(|unique| unique.columns.contains(&from.name)) {
            let Some(name) = unique.name.text() else { continue };
            drops.push(format!("DROP INDEX {}", INK.name(name)));
            adds.push(format!("ADD {}", ddl::unique_clause(table, unique)?));
        }
        drops.push(format!("DROP COLUMN {}", INK.name(&from.name)));
        self.alter(table, &drops).notes.extend(from.generated.is_none().then(|| notes::values_lost(table, from)));
        let mut clauses = vec![format!("ADD COLUMN {}", ddl::column_definition(to, self.backend.flavor))];
        clauses.extend(adds);
        self.alter(table, &clauses);
        Ok(())
    }

    /// Renames values: lets the column hold both, changes the rows, then takes the old ones away.
    pub(super) fn values(&mut self, group: &[&Change]) -> Result<(), Unsupported> {
        let mut pairs = Vec::new();
        let mut place = None;
        let mut alter = None;
        for change in group {
            match change {
                Change::Value { table, column, from, to } => {
                    place = Some((table, column));
                    pairs.push((from.as_str(), to.as_str()));
                }
                Change::Column { delta: Delta::Alter { from, to }, fill, .. } => {
                    alter = Some((from, to, fill.as_ref()))
                }
                _ => {}
            }
        }
        let Some((table, column)) = place else { return Ok(()) };
        if let Some((from, to, _)) = alter {
            let between = Column { sql_type: ColumnType::new(both(from, to)), ..from.clone() };
            let clause = self.modify(&self.table(table), &between);
            self.alter(table, &[clause]);
        }
        self.push(update_values(table, column, &pairs));
        let Some((from, to, fill)) = alter else { return Ok(()) };
        // The renamed values are no loss: they are not in the rows any longer.
        let renamed = Column { sql_type: ColumnType::new(with_renamed(from, &pairs)), ..from.clone() };
        self.alter_column(table, &renamed, to, fill)
    }
}

fn update_values(table: &ObjectName, column: &str, pairs: &[(&str, &str)]) -> String {
    let (table, name) = (INK.object(table), INK.name(column));
    if let [(from, to)] = pairs {
        return format!("UPDATE {table} SET {name} = {} WHERE {name} = {}", literal(to), literal(from));
    }
    // In one go, since values may have changed their places.
    let cases: String =
        pairs.iter().map(|(from, to)| format!(" WHEN {} THEN {}", literal(from), literal(to))).collect();
    let olds: Vec<String> = pairs.iter().map(|(from, _)| literal(from)).collect();
    format!("UPDATE {table} SET {name} = CASE {name}{cases} END WHERE {name} IN ({})", olds.join(", "))
}

/// Returns a type that holds the values of both.
fn both(from: &Column, to: &Column) -> String {
    let (old, new) = (SqlType::of(&from.sql_type.sql), SqlType::of(&to.sql_type.sql));
    let mut values = old.values();
    let added: Vec<&str> = new.values().into_iter().filter(|value| !values.contains(value)).collect();
    values.extend(added);
    let folded: std::collections::BTreeSet<String> = values.iter().map(|value| value.to_lowercase()).collect();
    if old.name != "enum" || new.name != "enum" || folded.len() < values.len() {
        // An enum cannot hold two values that differ in case alone.
        let length = values.iter().map(|value| value.chars().count()).max().unwrap_or(0);
        return format!("varchar({})", length.max(1));
    }
    let values: Vec<String> = values.into_iter().map(literal).collect();
    format!("enum({})", values.join(","))
}

fn with_renamed(column: &Column, pairs: &[(&str, &str)]) -> String {
    let mut sql_type = SqlType::of(&column.sql_type.sql);
    for argument in &mut sql_type.arguments {
        if let Token::Text(value) = argument
            && let Some((_, to)) = pairs.iter().find(|(from, _)| from == value)
        {
            *value = (*to).to_owned();
        }
    }
    sql_type.sql()
}

fn filled(sql: String, table: &ObjectName, column: &Column, fill: &Fill) -> Statement {
    let mut statement = Statement::new(sql);
    statement.notes.extend(notes::not_restored(table, column, fill));
    statement
}

/// A virtual column cannot become a stored or a plain one, nor the other way round.
fn is_made_anew(from: &Column, to: &Column) -> bool {
    use crate::schema::Storage::Virtual;
    let is_virtual = |column: &Column| column.generated.as_ref().is_some_and(|generated| generated.storage == Virtual);
    is_virtual(from) != is_virtual(to)
}

pub(super) fn narrowing(table: &ObjectName, from: &Column, to: &Column) -> Option<String> {
    let is_narrower = sql_type::narrows(&SqlType::of(&from.sql_type.sql), &SqlType::of(&to.sql_type.sql));
    is_narrower.then(|| notes::narrowed(table, from, to))
}
