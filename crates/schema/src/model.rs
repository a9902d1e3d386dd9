//! What models say, in Rust's words: tables and enums as their structs declare them, before any database is chosen.
//!
//! `alembic-reader` makes these values from source; [`lower`](crate::lower) turns them into a schema of one database.
//! Read [`Models`] first.

use alembic_revisions::Place;

use crate::schema::{Action, Deferrable, Nulls, ObjectName, Order, Storage};

/// Everything that the source of a workspace declares.
#[derive(Clone, Debug, Default)]
pub struct Models {
    /// In the order of features, files and lines.
    pub tables: Vec<Model>,
    /// Those that a column of `tables` is of.
    pub enums: Vec<ModelEnum>,
    /// Places at which models could hide: tables of their features are not dropped.
    pub blind_spots: Vec<BlindSpot>,
    /// Worth saying, no fault: `prefix` of a flatten that sqlx does not know.
    pub warnings: Vec<Warning>,
}

/// Source that only the compiler could look into: an item macro of unknown making, an `include!` of a built file.
#[derive(Clone, Debug)]
pub struct BlindSpot {
    pub feature: String,
    /// A fragment: "the macro `tables!` may make models".
    pub reason: String,
    pub place: Place,
}

#[derive(Clone, Debug)]
pub struct Warning {
    /// A lower-case fragment.
    pub message: String,
    pub help: Option<String>,
    pub place: Place,
}

/// A struct with `derive(Table)`.
#[derive(Clone, Debug)]
pub struct Model {
    /// The package that owns it.
    pub feature: String,
    /// The struct.
    pub rust_name: String,
    pub place: Place,
    pub name: ObjectName,
    pub renamed_from: Option<String>,
    pub comment: Option<String>,
    /// With those of flattened structs in the places of their fields, skipped ones left out, extra ones at the end.
    pub columns: Vec<ModelColumn>,
    /// Names of columns, in key order; empty with `no_primary_key`.
    pub primary_key: Vec<String>,
    /// Mapped, never migrated.
    pub external: bool,
    pub indexes: Vec<ModelIndex>,
    pub checks: Vec<ModelCheck>,
    pub foreign_keys: Vec<ModelForeignKey>,
    pub options: Vec<ModelTableOption>,
}

/// A column. Fields that one dialect sees otherwise are in `overrides`.
#[derive(Clone, Debug)]
pub struct ModelColumn {
    pub name: String,
    /// The field's type, or the field where there is none.
    pub place: Place,
    pub rust_type: RustType,
    /// `Option<T>`, unless `nullable` or `not_null` says otherwise.
    pub nullable: bool,
    pub renamed_from: Option<String>,
    pub settings: ColumnSettings,
    pub overrides: Vec<(ModelDialect, ColumnSettings)>,
}

/// What `#[column(…)]` says and a dialect may see otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColumnSettings {
    pub auto_increment: Option<bool>,
    pub identity: Option<IdentityKind>,
    /// Only in an override: the dialect's own nullability.
    pub nullable: Option<bool>,
    pub default: Option<DefaultValue>,
    pub sql_type: Option<String>,
    pub len: Option<u64>,
    pub precision: Option<u64>,
    pub scale: Option<u64>,
    pub check: Option<String>,
    pub collate: Option<String>,
    /// Storage is None where the model does not say.
    pub generated: Option<(String, Option<Storage>)>,
    pub comment: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityKind {
    Always,
    ByDefault,
}

/// A default as the model writes it.
#[derive(Clone, Debug, PartialEq)]
pub enum DefaultValue {
    /// As written: `1`, `-0.5`, `1e3`.
    Number(String),
    Bool(bool),
    /// SQL, or one of the portable words `now()`, `current_date`, `uuid()`, `true`, `false`.
    Expression(String),
    /// Data, to be quoted.
    Value(String),
}

/// The dialects that models can name; MariaDB reads `mysql` first, then `mariadb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModelDialect {
    Postgres,
    Sqlite,
    Mysql,
    Mariadb,
}

/// A Rust type as far as a column's type follows from it; `Option` is told by [`ModelColumn::nullable`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RustType {
    Bool,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F32,
    F64,
    /// `String`, `str` behind a `Cow` or a `Box`.
    String,
    /// `Vec<u8>`.
    Bytes,
    /// `DateTime<Utc>`, `DateTime<Local>`, `DateTime<FixedOffset>`, `OffsetDateTime`.
    ZonedDateTime,
    /// `NaiveDateTime`, `PrimitiveDateTime`.
    NaiveDateTime,
    Date,
    Time,
    /// `PgInterval`.
    Interval,
    Uuid,
    /// `uuid::fmt::Hyphenated`.
    UuidText,
    /// `rust_decimal::Decimal`.
    Decimal,
    /// `bigdecimal::BigDecimal`.
    BigDecimal,
    /// `serde_json::Value`, `sqlx::types::Json<T>`, `#[sqlx(json)]`.
    Json,
    IpNetwork,
    IpAddr,
    Ipv4Addr,
    Ipv6Addr,
    MacAddress,
    BitVec,
    /// `sqlx::types::Text<T>`.
    Text,
    Array(Box<RustType>),
    /// Index in [`Models::enums`].
    Enum(usize),
    /// The reader could not tell; `sql_type` settles it, else it is an error.
    Unresolved {
        /// The type as it is written.
        written: String,
        /// A fragment: "`Money` is not declared in this workspace".
        reason: String,
    },
    /// A column of the database alone (`extra_column`).
    None,
}

/// An enum that `derive(sqlx::Type)` makes a column type.
#[derive(Clone, Debug)]
pub struct ModelEnum {
    pub feature: String,
    pub rust_name: String,
    pub place: Place,
    /// The type's name where the database has types of its own.
    pub name: ObjectName,
    /// As the database sees them, in their order; for `Integer` empty.
    pub values: Vec<String>,
    /// Old and new text of renamed values.
    pub renamed: Vec<(String, String)>,
    pub storage: EnumStorage,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnumStorage {
    /// A type of the database where it has such, else text.
    Native,
    /// `type_name = "text"`: text everywhere.
    Text,
    /// `#[repr(i16)]`: one of the integer types.
    Integer(Box<RustType>),
}

#[derive(Clone, Debug)]
pub struct ModelIndex {
    pub place: Place,
    /// Stated by the model.
    pub name: Option<String>,
    pub unique: bool,
    pub keys: Vec<ModelKey>,
    pub predicate: Option<String>,
    pub method: Option<String>,
    pub include: Vec<String>,
    pub nulls_not_distinct: bool,
    pub concurrently: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelKey {
    pub part: ModelKeyPart,
    pub order: Order,
    pub nulls: Nulls,
    pub operator_class: Option<String>,
    pub length: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelKeyPart {
    Column(String),
    Expression(String),
}

/// A check of the table or of a column.
#[derive(Clone, Debug)]
pub struct ModelCheck {
    pub place: Place,
    /// Its short name: `confidence` becomes `ck_smurf_scores_confidence`. A column's check has the column's name.
    pub name: Option<String>,
    /// One for all dialects, or one for some.
    pub expressions: Vec<(Option<ModelDialect>, String)>,
}

#[derive(Clone, Debug)]
pub struct ModelForeignKey {
    /// The value of `references`.
    pub place: Place,
    /// Stated by the model.
    pub name: Option<String>,
    pub columns: Vec<String>,
    pub references: ObjectName,
    /// Empty: the primary key of the referenced table.
    pub referenced_columns: Vec<String>,
    pub on_delete: Action,
    pub on_update: Action,
    pub deferrable: Deferrable,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelTableOption {
    pub dialect: ModelDialect,
    pub option: TableOption,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableOption {
    Engine(String),
    Charset(String),
    Collate(String),
    Strict,
    WithoutRowid,
}
