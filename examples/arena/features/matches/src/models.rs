//! The tables of this feature, as `cargo alembic generate` reads them.

use alembic_model::Table;
use chrono::{DateTime, Utc};

/// A row of `matches`.
#[derive(Clone, Debug, PartialEq, Eq, Table)]
#[table(name = "matches")]
pub struct Match {
    #[column(primary_key)]
    pub id: i64,
    #[column(len = 32, unique)]
    pub riot_id: String,
    #[column(len = 32)]
    pub game_mode: String,
    #[column(index)]
    pub started_at: DateTime<Utc>,
    /// What the game's servers said about the match.
    pub payload: serde_json::Value,
}

/// A row of `match_participants`: one player in one match.
#[derive(Clone, Debug, PartialEq, Eq, Table)]
#[table(name = "match_participants", primary_key(match_id, player_id))]
pub struct Participant {
    #[column(references = "matches.id", on_delete = "cascade")]
    pub match_id: i64,
    #[column(references = "players.id", index)]
    pub player_id: i64,
    #[column(len = 32)]
    pub champion: String,
    pub won: bool,
}
