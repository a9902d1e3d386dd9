//! PostgreSQL, 13 and later.
//!
//! [`models`] and [`type_name`] know its types, [`inspect`] and [`read`] its catalogue, [`normalize`] its spellings,
//! [`ddl`] its statements. Nothing here talks to a server.

mod ddl;
mod inspect;
mod models;
mod normalize;
mod read;
mod tokens;
mod type_name;

use alembic_revisions::DialectName;

use self::type_name::TypeName;
use super::{Backend, NoType, Rendered, Row, Scope, Scratch, TypeChoice, TypedColumn, Unreadable, Unsupported};
use crate::change::{Change, Delta};
use crate::model::{ColumnSettings, DefaultValue, ModelDialect, RustType};
use crate::schema::{Column, ColumnType, EnumType, Identity, Schema, Table};

/// PostgreSQL.
#[derive(Clone, Copy, Debug, Default)]
pub struct Postgres;

impl Backend for Postgres {
    fn dialect(&self) -> DialectName {
        DialectName::Postgres
    }

    fn overrides(&self) -> &'static [ModelDialect] {
        &[ModelDialect::Postgres]
    }

    fn identifier_limit(&self) -> usize {
        63
    }

    fn column_type(&self, column: &TypedColumn<'_>) -> Result<TypeChoice, NoType> {
        models::column_type(column)
    }

    fn default_sql(&self, value: &DefaultValue, _: &RustType) -> String {
        models::default_sql(value)
    }

    fn identity(&self, settings: &ColumnSettings, is_only_key: bool) -> Option<Identity> {
        models::identity(settings, is_only_key)
    }

    fn normalize(&self, schema: &mut Schema) {
        normalize::normalize(schema);
    }

    fn align(&self, current: &Schema, wanted: &mut Schema) {
        normalize::align(current, wanted);
    }

    fn narrows(&self, from: &ColumnType, to: &ColumnType) -> bool {
        type_name::narrows(&TypeName::parse(&from.sql), &TypeName::parse(&to.sql))
    }

    fn inspection(&self, scope: &Scope) -> Vec<String> {
        inspect::inspection(scope)
    }

    fn read(&self, scope: &Scope, rows: &[Row]) -> Result<Schema, Unreadable> {
        read::read(scope, rows)
    }

    fn scratch(&self, tables: &[&Table], enums: &[&EnumType]) -> Option<Scratch> {
        Some(inspect::scratch(tables, enums))
    }

    fn render(&self, changes: &[Change], before: &Schema) -> Result<Rendered, Unsupported> {
        ddl::render(changes, before)
    }

    fn needs_own_revision(&self, change: &Change) -> bool {
        matches!(change, Change::Enum(Delta::Alter { from, to }) if ddl::only_adds_values(from, to))
    }

    fn stand_in(&self, column: &Column, schema: &Schema) -> Option<String> {
        models::stand_in(column, schema)
    }
}
