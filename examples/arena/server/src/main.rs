//! The arena's server. It depends on every feature, as a real one would, and so far only says what it serves.

use alembic_model::Table;
use matches::{Match, Participant};
use players::Player;
use smurf_detection::SmurfScore;

fn main() {
    let tables = [Player::TABLE, Match::TABLE, Participant::TABLE, SmurfScore::TABLE];
    println!("arena server with the tables {}", tables.join(", "));
}
