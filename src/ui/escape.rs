//! The one way in which text from files, databases and command lines is made safe to show.
//!
//! A script may hold any character, and a terminal obeys some of them: an escape sequence can hide a statement from the
//! person who approves it. Whatever [`crate::ui`] writes for people has passed [`visible`] or [`visible_line`].

use std::borrow::Cow;

/// Returns `text` with every character that a terminal would obey written as `\u{1b}`; lines and tabs stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let ends_line = character == '\r' && characters.peek() == Some(&'\n');
        if !ends_line {
            push_visible(&mut shown, character);
        }
    }
    Cow::Owned(shown)
}

/// Returns `text` as [`visible`] does, and in one line: a line break is written as `\n`, a tab as a space.
pub fn visible_line(text: &str) -> Cow<'_, str> {
    match visible(text) {
        shown if !shown.contains(['\n', '\t']) => shown,
        shown => Cow::Owned(shown.replace('\n', "\\n").replace('\t', " ")),
    }
}

/// Appends one character as [`visible`] shows it.
pub(super) fn push_visible(shown: &mut String, character: char) {
    if is_obeyed(character) {
        shown.extend(character.escape_unicode());
    } else {
        shown.push(character);
    }
}

/// C0 except line feed and tab, DEL, C1, the line separators, and the marks that reorder text.
fn is_obeyed(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        other => other.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_written_out() {
        for (text, expected) in [
            ("plain ✓ text", "plain ✓ text"),
            ("a\tb\nc", "a\tb\nc"),
            ("a\r\nb", "a\nb"),
            ("a\rb", "a\\u{d}b"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("\u{0}\u{7f}\u{9b}31m", "\\u{0}\\u{7f}\\u{9b}31m"),
            ("drop \u{202e}elbat\u{2066}", "drop \\u{202e}elbat\\u{2066}"),
            ("a\u{2028}b", "a\\u{2028}b"),
        ] {
            assert_eq!(visible(text), expected);
        }
    }

    #[test]
    fn a_line_stays_a_line() {
        assert_eq!(visible_line("first\r\nsecond\tthird\u{7}"), "first\\nsecond third\\u{7}");
        assert!(matches!(visible_line("as it is"), Cow::Borrowed(_)));
    }
}
