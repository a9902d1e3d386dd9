//! What is known of the schema side of each database: its types, its catalogue, its normal form, its DDL.
//!
//! Text and values only: whoever has a session sends [`Backend::inspection`] and gives the rows back. Read [`Backend`]
//! first; [`ink`] is what the three share in writing SQL.

pub mod ink;
mod mysql;
pub mod notes;
mod postgres;
mod sqlite;

use alembic_revisions::DialectName;

use crate::change::Change;
use crate::model::{ColumnSettings, DefaultValue, ModelColumn, ModelDialect, ModelEnum, RustType};
use crate::schema::{Column, ColumnType, EnumType, Identity, ObjectName, Schema, Table};

pub use mysql::{Flavor, Mysql};
pub use postgres::Postgres;
pub use sqlite::Sqlite;

/// A row of the catalogue, each value as the database writes it.
pub type Row = Vec<Option<String>>;

/// One database.
pub trait Backend: Sync {
    fn dialect(&self) -> DialectName;

    /// Returns which overrides of a model apply, weakest first.
    fn overrides(&self) -> &'static [ModelDialect];

    /// The longest identifier, in bytes; longer ones are cut and get a hash.
    fn identifier_limit(&self) -> usize;

    // --- from models ---

    /// Returns the type of a column without a stated `sql_type`; `column.settings` has the overrides applied.
    fn column_type(&self, column: &TypedColumn<'_>) -> Result<TypeChoice, NoType>;

    /// Returns a default as SQL: quotes data, translates the portable words for the column's type.
    fn default_sql(&self, value: &DefaultValue, rust_type: &RustType) -> String;

    /// Whether and how an integer column numbers its rows: `is_only_key` if it alone is the primary key and nothing is
    /// said.
    fn identity(&self, settings: &ColumnSettings, is_only_key: bool) -> Option<Identity>;

    // --- comparing ---

    /// Brings a schema to its normal form: tier 1 of equality, pure. Idempotent.
    fn normalize(&self, schema: &mut Schema);

    /// Gives `wanted` the spelling of `current` wherever both mean the same to this database although their normal
    /// forms differ: a `serial` for an identity, an affinity for a type, an index that a foreign key made.
    fn align(&self, current: &Schema, wanted: &mut Schema);

    /// True if values may not fit into the new type.
    fn narrows(&self, from: &ColumnType, to: &ColumnType) -> bool;

    // --- the catalogue ---

    /// Returns the statements that read a schema; their rows, one answer after the other, are for [`Backend::read`].
    fn inspection(&self, scope: &Scope) -> Vec<String>;

    /// Returns the schema from the rows of [`Backend::inspection`], not normalized.
    fn read(&self, scope: &Scope, rows: &[Row]) -> Result<Schema, Unreadable>;

    /// Returns how to make `tables`, without their foreign keys, where nobody sees them, so that the database itself
    /// normalizes them; to be read with [`Place::Scratch`]. None where text alone decides (SQLite).
    fn scratch(&self, tables: &[&Table], enums: &[&EnumType]) -> Option<Scratch>;

    // --- SQL ---

    /// Returns the SQL that makes `changes`, in their order where that matters; `before` is the schema at their start.
    fn render(&self, changes: &[Change], before: &Schema) -> Result<Rendered, Unsupported>;

    /// True for a change that must be committed before another may use it: a new value of a PostgreSQL enum.
    fn needs_own_revision(&self, change: &Change) -> bool {
        let _ = change;
        false
    }

    /// Returns a value of the type that a NOT NULL column may get on its way back, if there is a neutral one.
    fn stand_in(&self, column: &Column, schema: &Schema) -> Option<String>;
}

/// A column of which only the type is to be chosen.
#[derive(Clone, Copy, Debug)]
pub struct TypedColumn<'a> {
    pub column: &'a ModelColumn,
    /// With the overrides of this database.
    pub settings: &'a ColumnSettings,
    pub enums: &'a [ModelEnum],
    /// It is the primary key, or the only column of it.
    pub is_only_key: bool,
}

/// The type for a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeChoice {
    pub sql_type: ColumnType,
    /// A trap of this pairing, worth a warning from `check`: a fragment.
    pub warning: Option<String>,
}

/// A Rust type that no column of this database can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoType {
    /// A fragment: "sqlx has no unsigned integers on PostgreSQL".
    pub reason: String,
    /// What to use instead, if something is better than `sql_type`.
    pub instead: Option<String>,
}

/// Where an inspection looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Schemas besides the one of unqualified names.
    pub schemas: Vec<String>,
    pub place: Place,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    #[default]
    Live,
    /// What [`Backend::scratch`] made in this session: these tables.
    Scratch(Vec<ObjectName>),
}

/// Tables for the length of a look: tier 2 of equality.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scratch {
    /// From `BEGIN` on, where there is a transaction.
    pub make: Vec<String>,
    /// To be run whatever happened since.
    pub remove: Vec<String>,
}

/// SQL of one direction for one dialect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    pub statements: Vec<Statement>,
    /// It rebuilds a SQLite table: `rebuild = true`.
    pub rebuild: bool,
    /// It cannot run inside a transaction: `transaction = false`.
    pub outside_transaction: bool,
}

/// One statement, without `;`, in a reviewer's layout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// Lines of the comment above it, without `--`.
    pub notes: Vec<String>,
    pub sql: String,
}

impl Statement {
    pub fn new(sql: impl Into<String>) -> Self {
        Statement { notes: Vec::new(), sql: sql.into() }
    }

    /// Adds a line to the comment: `destructive: …`, `lossy: …`.
    pub fn noted(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

impl Rendered {
    /// Returns the body of a section: statements with their comments and `;`, an empty line between groups.
    pub fn to_sql(&self) -> String {
        let mut text = String::new();
        for (number, statement) in self.statements.iter().enumerate() {
            let is_long = |sql: &str| sql.contains('\n');
            let stands_apart = !statement.notes.is_empty()
                || is_long(&statement.sql)
                || number.checked_sub(1).is_some_and(|before| is_long(&self.statements[before].sql));
            if number > 0 && stands_apart {
                text.push('\n');
            }
            for note in &statement.notes {
                for line in note.lines() {
                    text.push_str("-- ");
                    text.push_str(line);
                    text.push('\n');
                }
            }
            text.push_str(&statement.sql);
            text.push_str(";\n");
        }
        text
    }
}

/// The catalogue answered what we cannot read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read the catalogue: {reason}")]
pub struct Unreadable {
    /// A fragment that names the object.
    pub reason: String,
}

/// A change that this database cannot make.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{dialect} cannot {change}: {reason}")]
pub struct Unsupported {
    pub dialect: DialectName,
    /// A fragment: "change the primary key of `players`".
    pub change: String,
    pub reason: String,
    /// What to write by hand, or to change in the model.
    pub help: String,
}

/// Returns the backend of a dialect; the server's version, where there is one, tells MariaDB from MySQL.
pub fn of(dialect: DialectName, version: Option<&str>) -> Box<dyn Backend> {
    match dialect {
        DialectName::Postgres => Box::new(Postgres),
        DialectName::Sqlite => Box::new(Sqlite),
        DialectName::Mysql => Box::new(Mysql { flavor: Flavor::of(version) }),
    }
}
