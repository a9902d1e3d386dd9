//! Players of the arena: who they are and where they play.

use std::time::SystemTime;

/// The table that this feature owns.
pub const TABLES: [&str; 1] = ["players"];

/// A row of `players`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Player {
    pub id: i64,
    pub game_name: String,
    pub tag_line: String,
    /// Stored, because scoreboards sort by it; see [`full_name`].
    pub full_name: String,
    /// The id that survives a change of name.
    pub puuid: String,
    pub region: Option<String>,
    pub level: Option<i32>,
    pub created_at: SystemTime,
}

/// Returns the name that other players see, as `Faye#EUW`.
pub fn full_name(game_name: &str, tag_line: &str) -> String {
    format!("{game_name}#{tag_line}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_full_name_joins_name_and_tag_line() {
        assert_eq!(super::full_name("Faye", "EUW"), "Faye#EUW");
    }
}
