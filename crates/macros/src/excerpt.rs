//! An error as the text of a compile error: message, places with their lines, help.
//!
//! rustc draws the frame around it; what `ui` of the command line does for a terminal is not repeated. Read [`shown`]
//! first.

use std::fmt::Write as _;

use alembic_revisions::{Diagnose, Place};

/// Of a longer line, what stands this many characters before and behind the mark is shown.
const AROUND: usize = 100;

/// Returns the error as several lines of text.
pub(crate) fn shown(error: &dyn Diagnose) -> String {
    let mut text = format!("{error} [{}]", error.code());
    for place in error.places() {
        push_place(&mut text, &place);
    }
    if let Some(help) = error.help() {
        _ = write!(text, "\n  = help: {help}");
    }
    text
}

fn push_place(text: &mut String, place: &Place) {
    let (line, column) = place.line_column();
    _ = write!(text, "\n --> {}:{line}:{column}", place.source.path);
    let Some(whole) = place.source.text.lines().nth(line - 1).filter(|whole| !whole.trim().is_empty()) else { return };
    let before = column - 1;
    let length = marked_length(place, whole.chars().count().saturating_sub(before));
    let skipped = before.saturating_sub(AROUND);
    let (mut code, mut blanks, mut carets) = (String::new(), 0, 0);
    for (at, character) in whole.chars().enumerate().skip(skipped).take(before - skipped + length + AROUND) {
        let width = push_visible(&mut code, character);
        match at {
            _ if at < before => blanks += width,
            _ if at < before + length => carets += width,
            _ => {}
        }
    }
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let mark = format!("{}{} {}", " ".repeat(blanks), "^".repeat(carets.max(1)), place.label);
    _ = write!(text, "\n{margin} |\n{number} | {}\n{margin} | {}", code.trim_end(), mark.trim_end());
}

/// Returns how many characters of the place are on its first line, of which so many are left.
fn marked_length(place: &Place, left: usize) -> usize {
    let range = place.span.range();
    let marked = place.source.text.get(range).unwrap_or("");
    marked.lines().next().unwrap_or("").trim_end().chars().count().min(left)
}

/// Adds a character so that a terminal shows it and nothing else; returns how many it became.
fn push_visible(text: &mut String, character: char) -> usize {
    match character {
        '\t' => text.push(' '),
        // Characters that change the direction of text would show the line in another order.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => text.push('\u{fffd}'),
        character if character.is_control() => text.push('\u{fffd}'),
        character => text.push(character),
    }
    1
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use alembic_revisions::file;
    use alembic_revisions::{Source, Span};

    use super::*;

    #[test]
    fn a_fault_shows_its_line_with_a_caret() {
        let text = "-- Add players\n--\n-- [alembic]\n-- revison = \"ae10\"\n".to_owned();
        let source = Arc::new(Source { path: "players/migrations/ae10.sql".into(), text });
        let faults = file::parse(source, &"players".into()).unwrap_err();
        let expected = [
            "unknown key `revison` [A0104]",
            " --> players/migrations/ae10.sql:4:4",
            "  |",
            "4 | -- revison = \"ae10\"",
            "  |    ^^^^^^^",
            "  = help: write `revision`",
        ];
        assert_eq!(shown(&faults), expected.join("\n"));
    }

    #[test]
    fn any_place_can_be_shown() {
        let drawn = |text: &str, range: std::ops::Range<usize>| {
            let source = Arc::new(Source { path: "a.sql".into(), text: text.to_owned() });
            let place = Place { label: "here".to_owned(), ..Place::new(source, Span::from(range)) };
            let mut text = String::new();
            push_place(&mut text, &place);
            text
        };
        for (text, range, expected) in [
            ("", 0..0, "\n --> a.sql:1:1"),
            ("a\n\nb", 2..2, "\n --> a.sql:2:1"),
            ("ab\r\ncd", 0..6, "\n --> a.sql:1:1\n  |\n1 | ab\n  | ^^ here"),
            ("é\tb\u{1b}", 2..4, "\n --> a.sql:1:2\n  |\n1 | é b\u{fffd}\n  |  ^^ here"),
            ("ab", 2..9, "\n --> a.sql:1:3\n  |\n1 | ab\n  |   ^ here"),
            ("ab", 90..99, "\n --> a.sql:1:3\n  |\n1 | ab\n  |   ^ here"),
        ] {
            assert_eq!(drawn(text, range.clone()), expected, "{text:?} {range:?}");
        }
        let long = format!("{}bad{}", "x".repeat(50_000), "y".repeat(50_000));
        let shown = drawn(&long, 50_000..50_003);
        assert!(shown.contains("xbady") && shown.len() < 500, "{shown}");
    }
}
