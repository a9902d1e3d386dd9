//! Matches of the arena: when they were played, and by whom.

use std::time::SystemTime;

use players::Player;

/// The tables that this feature owns.
pub const TABLES: [&str; 2] = ["matches", "match_participants"];

/// A row of `matches`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    pub id: i64,
    pub riot_id: String,
    pub game_mode: String,
    pub started_at: SystemTime,
    /// What the game's servers said about the match, as JSON.
    pub payload: String,
}

/// A row of `match_participants`: one player in one match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    pub match_id: i64,
    pub player_id: i64,
    pub champion: String,
    pub won: bool,
}

/// Returns how many of `participants` are victories of `player`.
pub fn wins(player: &Player, participants: &[Participant]) -> usize {
    participants.iter().filter(|participant| participant.player_id == player.id && participant.won).count()
}
