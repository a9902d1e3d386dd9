//! Players of the arena: who they are and where they play.

pub mod models;

pub use models::{Base, Player};

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
