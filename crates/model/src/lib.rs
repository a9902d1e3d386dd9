//! Tables as Rust structs, for `cargo alembic generate` to write migrations from.
//!
//! ```
//! use alembic_model::{Columns, Table, Values};
//!
//! /// Columns that many tables have.
//! #[derive(Columns)]
//! pub struct Base {
//!     #[column(primary_key)]
//!     pub id: i64,
//!     #[column(default = "now()")]
//!     pub created_at: String,
//! }
//!
//! #[derive(Table)]
//! #[table(name = "smurf_scores", check(name = "confidence", "confidence BETWEEN 0 AND 1"))]
//! pub struct SmurfScore {
//!     #[column(flatten)]
//!     pub base: Base,
//!     #[column(references = "players.id", on_delete = "cascade", index)]
//!     pub player_id: i64,
//!     pub confidence: f64,
//!     pub verdict: Verdict,
//! }
//!
//! /// Beside `sqlx::Type`, which makes the enum the type of a column.
//! #[derive(Values)]
//! #[table(name = "verdict", renamed(Fake = "Smurf"))]
//! pub enum Verdict {
//!     Smurf,
//!     Genuine,
//! }
//!
//! assert_eq!(SmurfScore::TABLE, "smurf_scores");
//! assert_eq!(SmurfScore::COLUMNS, ["player_id", "confidence", "verdict"]);
//! assert_eq!(Base::COLUMNS, ["id", "created_at"]);
//! ```
//!
//! The derives check the attributes of one struct and implement the trait of the same name; nothing of it is left at run
//! time but those names. What needs more than one struct is checked by `cargo alembic generate`, which reads the source
//! and never runs it: so every value is a literal. This crate has no dependencies.
//!
//! # A table
//!
//! The table's name is the struct's in `snake_case`, in the singular. A field is a column of the same name, or of the name
//! in `#[sqlx(rename = "…")]`; `Option<T>` may be NULL. Each key stands at most once.
//!
//! | `#[table(…)]` of a struct | |
//! |---|---|
//! | `name = "…"`, `schema = "…"`, `comment = "…"` | the table's |
//! | `renamed_from = "…"` | the name that the database still has |
//! | `primary_key(a, b)`, `no_primary_key` | where `#[column(primary_key)]` does not say it |
//! | `external` | known, never migrated |
//! | `index(a, b.desc, expr = "…", …)`, `unique(…)` | with `name`, `where`, `using`, `include`, `ops`, `len`, `concurrently`, `nulls_not_distinct` |
//! | `check(name = "…", "…")`, `check(postgres = "…", sqlite = "…")` | for all databases, or for some |
//! | `foreign_key(columns(a, b), references = "t(c, d)", …)` | of several columns |
//! | `extra_column(name = "…", sql_type = "…", …)` | in the database, not in the struct |
//! | `mysql(engine = "…", charset = "…", collate = "…")`, `sqlite(strict, without_rowid)` | options |
//!
//! | `#[column(…)]` of a field | |
//! |---|---|
//! | `name`, `renamed_from`, `comment`, `skip` | as for tables; `skip`: no column |
//! | `primary_key`, `auto_increment`, `identity = "always"` | the key, and who counts it |
//! | `nullable`, `not_null` | instead of what `Option<T>` says |
//! | `unique`, `index`, `unique = "group"`, `index = "group"` | alone, or with the other fields of a group |
//! | `references = "players.id"`, `on_delete`, `on_update`, `deferrable`, `fk_name` | a foreign key |
//! | `default = 0`, `default = "now()"`, `default_value = "text"` | a number, SQL, or text as it is |
//! | `sql_type`, `len`, `precision`, `scale`, `collate`, `check`, `generated`, `stored`, `virtual` | what the Rust type does not say |
//! | `flatten`, `prefix = "…"` | the columns of a struct with `derive(Columns)` |
//! | `postgres(…)`, `sqlite(…)`, `mysql(…)`, `mariadb(…)` | the same keys for one database |
//!
//! `docs/models.md` of cargo-alembic has an example of each.
//!
//! # Without depending on this crate
//!
//! `#[cfg_attr(any(), derive(Table), table(name = "x"))]` is removed by the compiler, and read by `cargo alembic`.

pub use alembic_model_macros::{Columns, Table, Values};

/// A struct that is a table; derive it.
pub trait Table {
    /// The table's name, without a schema.
    const TABLE: &'static str;
    /// The names of its columns, without those of flattened structs.
    const COLUMNS: &'static [&'static str];
}

/// A struct whose columns other structs flatten; derive it.
pub trait Columns {
    /// The names of its columns, without those of flattened structs.
    const COLUMNS: &'static [&'static str];
}

/// The examples of the documentation, which are compiled with those above.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/models.md")]
struct Documentation;
