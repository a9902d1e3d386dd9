//! The tables of this feature, as `cargo alembic generate` reads them.

use alembic_model::{Columns, Table};
use chrono::{DateTime, Utc};

/// What every table with rows of its own begins with; a struct that flattens it has these columns.
#[derive(Clone, Debug, PartialEq, Eq, Columns)]
pub struct Base {
    #[column(primary_key)]
    pub id: i64,
    #[column(default = "now()")]
    pub created_at: DateTime<Utc>,
}

/// A row of `players`.
#[derive(Clone, Debug, PartialEq, Eq, Table)]
#[table(name = "players")]
pub struct Player {
    #[column(flatten)]
    pub base: Base,
    #[column(len = 64)]
    pub game_name: String,
    #[column(len = 16)]
    pub tag_line: String,
    /// Stored, because scoreboards sort by it; see [`full_name`](crate::full_name).
    #[column(len = 81)]
    pub full_name: String,
    /// The id that survives a change of name.
    #[column(len = 78, unique = "ix_players_puuid")]
    pub puuid: String,
    #[column(len = 16)]
    pub region: Option<String>,
    #[column(index)]
    pub level: Option<i32>,
}
