//! A new name, written wherever the old one is mentioned: as every database does it by itself.
//!
//! The objects exist, and the new names are free: [`Schema::apply`] has looked. Read [`expressions`] first.

use crate::apply::Misfit;
use crate::schema::{IndexPart, ObjectName, Schema, Table};
use crate::tokens::{Target, literal, renamed, renamed_value};

impl Schema {
    pub(super) fn rename_table(&mut self, from: &ObjectName, to: &ObjectName) {
        if let Some(mut table) = self.tables.remove(from) {
            table.name = to.clone();
            expressions(&mut table, |sql| renamed(sql, Target::Qualifier, &from.name, &to.name));
            self.tables.insert(to.clone(), table);
        }
        for table in self.tables.values_mut() {
            for key in table.foreign_keys.iter_mut().filter(|key| key.references == *from) {
                key.references = to.clone();
            }
            for trigger in &mut table.triggers {
                trigger.sql = renamed(&trigger.sql, Target::Table, &from.name, &to.name);
            }
        }
        for view in self.views.values_mut().filter(|view| view.reads.contains(from)) {
            view.sql = renamed(&view.sql, Target::Table, &from.name, &to.name);
            for read in view.reads.iter_mut().filter(|read| *read == from) {
                *read = to.clone();
            }
        }
    }

    /// Views are left as they are: what their columns are called is a matter of their own.
    pub(super) fn rename_column(&mut self, name: &ObjectName, from: &str, to: &str) {
        if let Some(table) = self.tables.get_mut(name) {
            for column in table.columns.iter_mut().filter(|column| column.name == from) {
                column.name = to.to_owned();
            }
            expressions(table, |sql| renamed(sql, Target::Column { table: &name.name }, from, to));
            for trigger in &mut table.triggers {
                trigger.sql = renamed(&trigger.sql, Target::Column { table: &name.name }, from, to);
            }
            for column in key_columns(table).filter(|column| *column == from) {
                *column = to.to_owned();
            }
        }
        let keys = self.tables.values_mut().flat_map(|table| &mut table.foreign_keys);
        for key in keys.filter(|key| key.references == *name) {
            for column in key.referenced_columns.iter_mut().filter(|column| *column == from) {
                *column = to.to_owned();
            }
        }
    }

    pub(super) fn rename_enum(&mut self, from: &ObjectName, to: &ObjectName) {
        if let Some(mut enum_type) = self.enums.remove(from) {
            enum_type.name = to.clone();
            self.enums.insert(to.clone(), enum_type);
        }
        for table in self.tables.values_mut() {
            for column in &mut table.columns {
                if column.sql_type.enum_type.as_ref() == Some(from) {
                    column.sql_type.enum_type = Some(to.clone());
                    // As a cast, since nothing else says that a lone word is a type.
                    let cast = renamed(&format!("::{}", column.sql_type.sql), Target::Type, &from.name, &to.name);
                    column.sql_type.sql = cast.trim_start_matches("::").to_owned();
                }
            }
            expressions(table, |sql| renamed(sql, Target::Type, &from.name, &to.name));
        }
    }

    pub(super) fn rename_enum_value(&mut self, of: &ObjectName, from: &str, to: &str) -> Result<(), Misfit> {
        let Some(enum_type) = self.enums.get_mut(of) else { return Err(Misfit::missing("the enum", of)) };
        if enum_type.values.iter().any(|value| value == to) {
            return Err(Misfit::present("the value", to));
        }
        let Some(value) = enum_type.values.iter_mut().find(|value| *value == from) else {
            return Err(Misfit::missing("the value", from));
        };
        *value = to.to_owned();
        for table in self.tables.values_mut() {
            for column in table.columns.iter_mut().filter(|column| column.sql_type.enum_type.as_ref() == Some(of)) {
                if column.default.as_deref() == Some(literal(from).as_str()) {
                    column.default = Some(literal(to));
                }
            }
            expressions(table, |sql| renamed_value(sql, &of.name, from, to));
        }
        Ok(())
    }
}

/// Rewrites every expression of a table.
fn expressions(table: &mut Table, rewrite: impl Fn(&str) -> String) {
    let columns = table.columns.iter_mut();
    let of_columns = columns.flat_map(|column| {
        let generated = column.generated.as_mut().map(|generated| &mut generated.expression);
        column.default.as_mut().into_iter().chain(generated)
    });
    let of_checks = table.checks.iter_mut().map(|check| &mut check.expression);
    let of_indexes = table.indexes.iter_mut().flat_map(|index| {
        let keys = index.keys.iter_mut().filter_map(|key| match &mut key.part {
            IndexPart::Expression(expression) => Some(expression),
            IndexPart::Column(_) => None,
        });
        keys.chain(index.predicate.as_mut())
    });
    for expression in of_columns.chain(of_checks).chain(of_indexes) {
        *expression = rewrite(expression);
    }
}

/// Returns the names of columns in keys and indexes, those of other tables left out.
fn key_columns(table: &mut Table) -> impl Iterator<Item = &mut String> {
    let primary_key = table.primary_key.iter_mut().flat_map(|key| &mut key.columns);
    let foreign_keys = table.foreign_keys.iter_mut().flat_map(|key| &mut key.columns);
    let uniques = table.uniques.iter_mut().flat_map(|unique| &mut unique.columns);
    let indexes = table.indexes.iter_mut().flat_map(|index| {
        let keys = index.keys.iter_mut().filter_map(|key| match &mut key.part {
            IndexPart::Column(column) => Some(column),
            IndexPart::Expression(_) => None,
        });
        keys.chain(&mut index.include)
    });
    primary_key.chain(foreign_keys).chain(uniques).chain(indexes)
}
