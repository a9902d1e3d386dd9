//! A backend of which only the neutral values are of use.

use alembic_revisions::DialectName;

use crate::backend::*;
use crate::change::Change;
use crate::model::{ColumnSettings, DefaultValue, ModelDialect, RustType};
use crate::schema::{Column, ColumnType, EnumType, Identity, Schema, Table};

pub struct Neutral;

impl Backend for Neutral {
    fn dialect(&self) -> DialectName {
        DialectName::Postgres
    }

    fn overrides(&self) -> &'static [ModelDialect] {
        &[]
    }

    fn identifier_limit(&self) -> usize {
        63
    }

    fn column_type(&self, _: &TypedColumn<'_>) -> Result<TypeChoice, NoType> {
        Ok(TypeChoice::default())
    }

    fn default_sql(&self, _: &DefaultValue, _: &RustType) -> String {
        String::new()
    }

    fn identity(&self, _: &ColumnSettings, _: bool) -> Option<Identity> {
        None
    }

    fn normalize(&self, _: &mut Schema) {}

    fn align(&self, _: &Schema, _: &mut Schema) {}

    /// Only to `smallint`.
    fn narrows(&self, _: &ColumnType, to: &ColumnType) -> bool {
        to.sql == "smallint"
    }

    fn inspection(&self, _: &Scope) -> Vec<String> {
        Vec::new()
    }

    fn read(&self, _: &Scope, _: &[Row]) -> Result<Schema, Unreadable> {
        Ok(Schema::default())
    }

    fn scratch(&self, _: &[&Table], _: &[&EnumType]) -> Option<Scratch> {
        None
    }

    fn render(&self, _: &[Change], _: &Schema) -> Result<Rendered, Unsupported> {
        Ok(Rendered::default())
    }

    fn stand_in(&self, column: &Column, _: &Schema) -> Option<String> {
        Some(format!("neutral {}", column.sql_type.sql))
    }
}
