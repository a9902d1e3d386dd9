//! Smurf detection: experienced players who hide behind new accounts.

use std::time::SystemTime;

use matches::{Participant, wins};
use players::Player;

/// The table that this feature owns.
pub const TABLES: [&str; 1] = ["smurf_scores"];

/// A row of `smurf_scores`.
#[derive(Clone, Debug, PartialEq)]
pub struct SmurfScore {
    pub id: i64,
    pub player_id: i64,
    /// The match that raised the suspicion, while it is kept.
    pub match_id: Option<i64>,
    /// From 0, surely no smurf, to 1.
    pub confidence: f64,
    /// What the confidence rests on, as JSON.
    pub factors: String,
    pub created_at: SystemTime,
    pub updated_at: SystemTime,
}

/// Returns how sure one can be that `player` is a smurf: the share of victories, damped by the account's level.
pub fn confidence(player: &Player, participants: &[Participant]) -> f64 {
    let played = participants.iter().filter(|participant| participant.player_id == player.id).count();
    if played == 0 {
        return 0.0;
    }
    let damping = f64::from(player.level.unwrap_or(1).max(1)).sqrt();
    wins(player, participants) as f64 / played as f64 / damping
}

#[cfg(test)]
mod tests {
    use super::*;

    fn player(level: i32) -> Player {
        Player {
            id: 1,
            game_name: "Faye".into(),
            tag_line: "EUW".into(),
            full_name: players::full_name("Faye", "EUW"),
            puuid: "puuid-faye".into(),
            region: None,
            level: Some(level),
            created_at: SystemTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_winner_on_a_new_account_is_more_suspicious() {
        let won = Participant { match_id: 1, player_id: 1, champion: "Ahri".into(), won: true };
        assert_eq!(confidence(&player(1), std::slice::from_ref(&won)), 1.0);
        assert_eq!(confidence(&player(100), &[won]), 0.1);
    }

    #[test]
    fn a_player_without_matches_is_not_suspected() {
        assert_eq!(confidence(&player(1), &[]), 0.0);
    }
}
