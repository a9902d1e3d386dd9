//! MariaDB and MySQL.
//!
//! MariaDB 10.11 is what the tests run on; what is known of MySQL 8 from its manual alone hangs on [`Flavor`]. Read
//! [`Mysql`] first, then [`expression`]: both sides of a comparison pass through it.

mod ddl;
mod default;
mod expression;
mod inspect;
mod lex;
mod normalize;
mod read;
mod render;
mod show_create;
mod sql_type;
mod types;

use alembic_revisions::DialectName;

use sql_type::SqlType;

use super::{Backend, NoType, Place, Rendered, Row, Scope, Scratch, TypeChoice, TypedColumn, Unreadable, Unsupported};
use crate::change::Change;
use crate::model::{ColumnSettings, DefaultValue, ModelDialect, RustType};
use crate::schema::{Column, ColumnType, EnumType, Identity, Schema, Table};

/// Which of the two relatives answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flavor {
    #[default]
    Mariadb,
    Mysql,
}

impl Flavor {
    /// Returns the flavor of a server by what `SELECT version()` answers.
    pub fn of(version: Option<&str>) -> Self {
        match version {
            Some(version) if !version.to_ascii_lowercase().contains("mariadb") => Flavor::Mysql,
            _ => Flavor::Mariadb,
        }
    }
}

/// MariaDB and MySQL.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mysql {
    pub flavor: Flavor,
}

impl Backend for Mysql {
    fn dialect(&self) -> DialectName {
        DialectName::Mysql
    }

    fn overrides(&self) -> &'static [ModelDialect] {
        match self.flavor {
            Flavor::Mariadb => &[ModelDialect::Mysql, ModelDialect::Mariadb],
            Flavor::Mysql => &[ModelDialect::Mysql],
        }
    }

    fn identifier_limit(&self) -> usize {
        // Characters, really; of names in ASCII they are as many bytes.
        64
    }

    fn column_type(&self, column: &TypedColumn<'_>) -> Result<TypeChoice, NoType> {
        types::column_type(column, self.flavor)
    }

    fn default_sql(&self, value: &DefaultValue, rust_type: &RustType) -> String {
        types::default_sql(value, rust_type)
    }

    fn identity(&self, settings: &ColumnSettings, is_only_key: bool) -> Option<Identity> {
        types::identity(settings, is_only_key)
    }

    fn normalize(&self, schema: &mut Schema) {
        normalize::normalize(schema, self.flavor);
    }

    fn align(&self, current: &Schema, wanted: &mut Schema) {
        normalize::align(current, wanted);
    }

    fn narrows(&self, from: &ColumnType, to: &ColumnType) -> bool {
        sql_type::narrows(&SqlType::of(&from.sql), &SqlType::of(&to.sql))
    }

    fn inspection(&self, scope: &Scope) -> Vec<String> {
        match &scope.place {
            Place::Live => vec![inspect::statement(&scope.schemas, self.flavor)],
            Place::Scratch(tables) => tables.iter().map(inspect::show).collect(),
        }
    }

    fn read(&self, scope: &Scope, rows: &[Row]) -> Result<Schema, Unreadable> {
        match &scope.place {
            Place::Live => read::schema(rows, self.flavor),
            Place::Scratch(tables) => read::scratch(tables, rows),
        }
    }

    fn scratch(&self, tables: &[&Table], _: &[&EnumType]) -> Option<Scratch> {
        ddl::scratch(tables, *self)
    }

    fn render(&self, changes: &[Change], before: &Schema) -> Result<Rendered, Unsupported> {
        render::render(changes, before, *self)
    }

    fn stand_in(&self, column: &Column, _: &Schema) -> Option<String> {
        normalize::stand_in(column)
    }
}

#[cfg(test)]
mod tests;
