//! SQLite: types are affinities, the catalogue is the statements themselves, and most changes of a table rebuild it.
//!
//! Read [`rebuild`] for what `rebuild = true` promises, [`normalize`] for what counts as equal.

mod ddl;
mod definition;
mod expression;
mod inspect;
mod normalize;
mod rebuild;
mod render;
mod survey;
mod tokens;
mod types;

use alembic_revisions::DialectName;

use super::{Backend, NoType, Rendered, Row, Scope, Scratch, TypeChoice, TypedColumn, Unreadable, Unsupported};
use crate::change::Change;
use crate::model::{ColumnSettings, DefaultValue, ModelDialect, RustType};
use crate::schema::{Column, ColumnType, EnumType, Identity, Schema, Table};

/// SQLite from 3.37 on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sqlite;

impl Backend for Sqlite {
    fn dialect(&self) -> DialectName {
        DialectName::Sqlite
    }

    fn overrides(&self) -> &'static [ModelDialect] {
        &[ModelDialect::Sqlite]
    }

    /// SQLite has no limit; names that are longer than everybody else's help nobody.
    fn identifier_limit(&self) -> usize {
        63
    }

    fn column_type(&self, column: &TypedColumn<'_>) -> Result<TypeChoice, NoType> {
        types::column_type(column)
    }

    fn default_sql(&self, value: &DefaultValue, rust_type: &RustType) -> String {
        types::default_sql(value, rust_type)
    }

    /// An integer key numbers its rows by itself; AUTOINCREMENT only keeps numbers from being used again.
    fn identity(&self, settings: &ColumnSettings, _is_only_key: bool) -> Option<Identity> {
        (settings.auto_increment == Some(true)).then_some(Identity::AutoIncrement)
    }

    fn normalize(&self, schema: &mut Schema) {
        normalize::normalize(schema);
    }

    fn align(&self, current: &Schema, wanted: &mut Schema) {
        normalize::align(current, wanted);
    }

    fn narrows(&self, from: &ColumnType, to: &ColumnType) -> bool {
        types::narrows(from, to)
    }

    fn inspection(&self, _scope: &Scope) -> Vec<String> {
        vec![inspect::INSPECTION.to_owned()]
    }

    fn read(&self, _scope: &Scope, rows: &[Row]) -> Result<Schema, Unreadable> {
        inspect::read(rows)
    }

    /// SQLite stores expressions as they are written: it would teach us nothing.
    fn scratch(&self, _tables: &[&Table], _enums: &[&EnumType]) -> Option<Scratch> {
        None
    }

    fn render(&self, changes: &[Change], before: &Schema) -> Result<Rendered, Unsupported> {
        render::render(changes, before)
    }

    fn stand_in(&self, column: &Column, _schema: &Schema) -> Option<String> {
        Some(types::stand_in(column))
    }
}
