//! What `derive(Table)` and `derive(Columns)` may say, as values with their places.
//!
//! This folder is compiled twice: by the macro, where a [`Span`] is the compiler's, and by `alembic-reader`, where it is
//! a range of bytes. It names nothing outside itself but `super::Span` and `std`. Read [`StructDecl`] first.

use super::super::Span;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct At<T> {
    pub value: T,
    pub span: Span,
}

/// A flat token: groups are told by their delimiters. Its text is borrowed, since most texts are looked at and dropped.
#[derive(Clone, Copy, Debug)]
pub struct Token<'s> {
    pub kind: TokenKind<'s>,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind<'s> {
    /// A word, without `r#`.
    Ident(&'s str),
    /// A lifetime, without `'`.
    Lifetime(&'s str),
    Punct(char),
    /// A literal as it is written.
    Literal(&'s str),
    Open(char),
    Close(char),
}

/// Which derive a struct has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derive {
    Table,
    Columns,
}

/// A struct with named fields.
#[derive(Clone, Debug)]
pub struct StructDecl<'s> {
    pub name: At<&'s str>,
    pub derive: Derive,
    pub table: TableItems<'s>,
    pub fields: Vec<FieldDecl<'s>>,
}

#[derive(Clone, Debug)]
pub struct FieldDecl<'s> {
    pub name: At<&'s str>,
    /// As written, flat.
    pub rust_type: Vec<Token<'s>>,
    pub column: Column,
    pub sqlx: SqlxItems,
    /// What stands in `#[cfg(…)]`, each flat; the macro never sees any.
    pub cfg: Vec<Vec<Token<'s>>>,
}

/// `#[table(…)]` of a struct.
#[derive(Clone, Debug, Default)]
pub struct TableItems<'s> {
    pub name: Option<At<String>>,
    pub schema: Option<At<String>>,
    pub comment: Option<At<String>>,
    pub renamed_from: Option<At<String>>,
    /// Names of fields.
    pub primary_key: Option<At<Vec<At<&'s str>>>>,
    pub no_primary_key: Option<At<()>>,
    pub external: Option<At<()>>,
    pub indexes: Vec<At<IndexItem<'s>>>,
    pub uniques: Vec<At<IndexItem<'s>>>,
    pub checks: Vec<At<CheckItem>>,
    pub foreign_keys: Vec<At<ForeignKeyItem<'s>>>,
    pub extra_columns: Vec<At<ExtraColumn>>,
    pub dialects: Vec<(At<Dialect>, Vec<At<TableOption>>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    Postgres,
    Sqlite,
    Mysql,
    Mariadb,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableOption {
    Engine(String),
    Charset(String),
    Collate(String),
    Strict,
    WithoutRowid,
}

/// `index(…)` or `unique(…)`.
#[derive(Clone, Debug, Default)]
pub struct IndexItem<'s> {
    pub keys: Vec<At<KeyItem<'s>>>,
    pub name: Option<At<String>>,
    /// `where`
    pub predicate: Option<At<String>>,
    pub using: Option<At<String>>,
    pub include: Vec<At<&'s str>>,
    /// Field and operator class.
    pub ops: Vec<(At<&'s str>, At<String>)>,
    pub nulls_not_distinct: bool,
    pub concurrently: bool,
    /// Field and number of characters.
    pub len: Vec<(At<&'s str>, At<u64>)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyItem<'s> {
    /// A field with `asc`, `desc`, `nulls_first`, `nulls_last`.
    Field { name: &'s str, descending: bool, nulls: Option<NullsItem> },
    /// `expr = "…"`
    Expression(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NullsItem {
    First,
    Last,
}

#[derive(Clone, Debug, Default)]
pub struct CheckItem {
    pub name: Option<At<String>>,
    /// None: for all dialects.
    pub expressions: Vec<(Option<At<Dialect>>, At<String>)>,
}

#[derive(Clone, Debug)]
pub struct ForeignKeyItem<'s> {
    /// Names of fields.
    pub columns: Vec<At<&'s str>>,
    pub references: At<Reference>,
    pub options: ForeignKeyOptions,
}

/// `"players.id"`, `"schema.players.id"`; for several columns `"players(id, region)"`, `"schema.players(id, region)"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub schema: Option<String>,
    pub table: String,
    pub columns: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct ForeignKeyOptions {
    pub on_delete: Option<At<Action>>,
    pub on_update: Option<At<Action>>,
    pub deferrable: Option<At<Deferrable>>,
    /// `fk_name`
    pub name: Option<At<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Cascade,
    Restrict,
    SetNull,
    SetDefault,
    NoAction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deferrable {
    Immediate,
    Deferred,
}

/// `extra_column(name = "…", …)`: in the database, not in the struct.
#[derive(Clone, Debug)]
pub struct ExtraColumn {
    pub name: At<String>,
    pub column: Column,
}

/// [`ColumnItems`] beside each other: they are large, and most fields say nothing.
#[derive(Clone, Debug, Default)]
pub struct Column(pub(super) Option<Box<ColumnItems>>);

/// `#[column(…)]`.
#[derive(Clone, Debug)]
pub struct ColumnItems {
    pub name: Option<At<String>>,
    pub renamed_from: Option<At<String>>,
    pub skip: Option<At<()>>,
    pub comment: Option<At<String>>,
    pub primary_key: Option<At<()>>,
    pub auto_increment: Option<At<bool>>,
    pub identity: Option<At<Identity>>,
    pub nullable: Option<At<()>>,
    pub not_null: Option<At<()>>,
    /// None inside: without a group's name.
    pub unique: Option<At<Option<String>>>,
    pub index: Option<At<Option<String>>>,
    pub references: Option<At<Reference>>,
    pub foreign_key: ForeignKeyOptions,
    pub default: Option<At<DefaultItem>>,
    /// `default_value`
    pub default_value: Option<At<String>>,
    pub sql_type: Option<At<String>>,
    pub len: Option<At<u64>>,
    pub precision: Option<At<u64>>,
    pub scale: Option<At<u64>>,
    pub check: Option<At<String>>,
    pub collate: Option<At<String>>,
    pub generated: Option<At<String>>,
    pub storage: Option<At<Storage>>,
    pub flatten: Option<At<()>>,
    pub prefix: Option<At<String>>,
    pub dialects: Vec<(At<Dialect>, Column)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    Always,
    ByDefault,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    Stored,
    Virtual,
}

/// The value of `default = …`.
#[derive(Clone, Debug, PartialEq)]
pub enum DefaultItem {
    /// As written, without its suffix: `-1`, `0.5`.
    Number(String),
    Bool(bool),
    /// A SQL expression.
    Expression(String),
}

/// What `#[sqlx(…)]` says of a field, as far as a column follows from it.
#[derive(Clone, Debug, Default)]
pub struct SqlxItems {
    pub rename: Option<At<String>>,
    pub skip: Option<At<()>>,
    pub flatten: Option<At<()>>,
    pub json: Option<At<()>>,
    /// `json(nullable)`
    pub json_nullable: bool,
    /// `try_from = "T"`: the type whose column it is.
    pub try_from: Option<At<String>>,
}

/// Something that the grammar does not allow.
#[derive(Clone, Debug)]
pub struct Fault {
    /// A lower-case fragment.
    pub message: String,
    /// An imperative, if there is something to type.
    pub help: Option<String>,
    pub span: Span,
}

/// `#[table(…)]` of an enum.
#[derive(Clone, Debug, Default)]
pub struct EnumItems {
    pub name: Option<At<String>>,
    pub schema: Option<At<String>>,
    /// `renamed(Old = "New")`, in their order.
    pub renamed: Vec<RenamedValue>,
}

/// A value of an enum under its former and its present name, both as the database stores them.
#[derive(Clone, Debug)]
pub struct RenamedValue {
    pub old: At<String>,
    pub new: At<String>,
}
