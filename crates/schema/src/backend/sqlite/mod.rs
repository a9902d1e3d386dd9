//! Sqlite (written by its helper).

use alembic_revisions::DialectName;

use super::{Backend, NoType, Rendered, Row, Scope, Scratch, TypeChoice, TypedColumn, Unreadable, Unsupported};
use crate::change::Change;
use crate::model::{ColumnSettings, DefaultValue, ModelDialect, RustType};
use crate::schema::{Column, ColumnType, EnumType, Identity, Schema, Table};

/// Sqlite.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sqlite;

impl Backend for Sqlite {
    fn dialect(&self) -> DialectName {
        DialectName::Sqlite
    }
    fn overrides(&self) -> &'static [ModelDialect] {
        &[]
    }
    fn identifier_limit(&self) -> usize {
        63
    }
    fn column_type(&self, _: &TypedColumn<'_>) -> Result<TypeChoice, NoType> {
        unimplemented!()
    }
    fn default_sql(&self, _: &DefaultValue, _: &RustType) -> String {
        unimplemented!()
    }
    fn identity(&self, _: &ColumnSettings, _: bool) -> Option<Identity> {
        unimplemented!()
    }
    fn normalize(&self, _: &mut Schema) {}
    fn align(&self, _: &Schema, _: &mut Schema) {}
    fn narrows(&self, _: &ColumnType, _: &ColumnType) -> bool {
        unimplemented!()
    }
    fn inspection(&self, _: &Scope) -> Vec<String> {
        unimplemented!()
    }
    fn read(&self, _: &Scope, _: &[Row]) -> Result<Schema, Unreadable> {
        unimplemented!()
    }
    fn scratch(&self, _: &[&Table], _: &[&EnumType]) -> Option<Scratch> {
        unimplemented!()
    }
    fn render(&self, _: &[Change], _: &Schema) -> Result<Rendered, Unsupported> {
        unimplemented!()
    }
    fn stand_in(&self, _: &Column, _: &Schema) -> Option<String> {
        unimplemented!()
    }
}
