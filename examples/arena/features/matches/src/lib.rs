//! Matches of the arena: when they were played, and by whom.

pub mod models;

use players::Player;

pub use models::{Match, Participant};

/// Returns how many of `participants` are victories of `player`.
pub fn wins(player: &Player, participants: &[Participant]) -> usize {
    participants.iter().filter(|participant| participant.player_id == player.base.id && participant.won).count()
}
