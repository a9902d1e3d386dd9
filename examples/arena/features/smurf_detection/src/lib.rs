//! Smurf detection: experienced players who hide behind new accounts.

pub mod models;

use matches::{Participant, wins};
use players::Player;

pub use models::SmurfScore;

/// Returns how sure one can be that `player` is a smurf: the share of victories, damped by the account's level.
pub fn confidence(player: &Player, participants: &[Participant]) -> f64 {
    let played = participants.iter().filter(|participant| participant.player_id == player.base.id).count();
    if played == 0 {
        return 0.0;
    }
    let damping = f64::from(player.level.unwrap_or(1).max(1)).sqrt();
    wins(player, participants) as f64 / played as f64 / damping
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use players::Base;

    fn player(level: i32) -> Player {
        Player {
            base: Base { id: 1, created_at: DateTime::UNIX_EPOCH },
            game_name: "Faye".into(),
            tag_line: "EUW".into(),
            full_name: players::full_name("Faye", "EUW"),
            puuid: "puuid-faye".into(),
            region: None,
            level: Some(level),
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
