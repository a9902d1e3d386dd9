//! The table of this feature, as `cargo alembic generate` reads it.

use alembic_model::Table;
use chrono::{DateTime, Utc};
use players::models::Base;

/// A row of `smurf_scores`.
#[derive(Clone, Debug, PartialEq, Table)]
#[table(name = "smurf_scores")]
pub struct SmurfScore {
    #[column(flatten)]
    pub base: Base,
    #[column(references = "players.id", on_delete = "cascade", index)]
    pub player_id: i64,
    /// The match that raised the suspicion, while it is kept.
    #[column(references = "matches.id", on_delete = "set_null", index)]
    pub match_id: Option<i64>,
    /// From 0, surely no smurf, to 1.
    pub confidence: f64,
    /// What the confidence rests on.
    pub factors: serde_json::Value,
    #[column(default = "now()")]
    pub updated_at: DateTime<Utc>,
}
