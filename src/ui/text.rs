//! One line of toned text: building, measuring, eliding, painting.
//!
//! Whatever enters a [`Text`] becomes safe to show at once. Prints nothing. Read [`Text`] first.

use super::escape::visible_line;
use super::surroundings::{Color, Drawing};
use super::theme::Tone;

/// One line made of toned pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    pieces: Vec<(Tone, String)>,
    fit: Fit,
}

/// What happens to a text that is wider than its place on a terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Fit {
    #[default]
    Whole,
    Elastic,
}

/// Returns `1 revision`, `2 revisions`.
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

impl Text {
    pub fn new() -> Self {
        Text::default()
    }

    /// Appends `text` in `tone`; characters that a terminal would obey are written out.
    pub fn toned(mut self, tone: Tone, text: impl AsRef<str>) -> Self {
        let shown = visible_line(text.as_ref());
        if !shown.is_empty() {
            self.pieces.push((tone, shown.into_owned()));
        }
        self
    }

    pub fn plain(self, text: impl AsRef<str>) -> Self {
        self.toned(Tone::Plain, text)
    }

    pub fn strong(self, text: impl AsRef<str>) -> Self {
        self.toned(Tone::Strong, text)
    }

    pub fn dim(self, text: impl AsRef<str>) -> Self {
        self.toned(Tone::Dim, text)
    }

    pub fn good(self, text: impl AsRef<str>) -> Self {
        self.toned(Tone::Good, text)
    }

    pub fn caution(self, text: impl AsRef<str>) -> Self {
        self.toned(Tone::Caution, text)
    }

    pub fn bad(self, text: impl AsRef<str>) -> Self {
        self.toned(Tone::Bad, text)
    }

    pub fn accent(self, text: impl AsRef<str>) -> Self {
        self.toned(Tone::Accent, text)
    }

    /// Appends another text with its tones.
    pub fn join(mut self, other: Text) -> Self {
        self.pieces.extend(other.pieces);
        self
    }

    /// Returns the text without its tones.
    pub fn to_plain(&self) -> String {
        self.pieces.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// Lets the middle go where a terminal is too narrow: right for a message, wrong for anything one would copy.
    pub fn elastic(mut self) -> Self {
        self.fit = Fit::Elastic;
        self
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub(super) fn is_elastic(&self) -> bool {
        self.fit == Fit::Elastic
    }

    /// Returns the number of terminal columns.
    pub fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| console::measure_text_width(text)).sum()
    }

    /// Returns the text without its middle, at most `width` columns wide.
    pub(super) fn elided(&self, width: usize, drawing: Drawing) -> Text {
        if self.width() <= width {
            return self.clone();
        }
        let ellipsis = drawing.ellipsis();
        let Some(room) = width.checked_sub(console::measure_text_width(ellipsis)) else {
            return Text::new().plain(ellipsis.chars().take(width).collect::<String>());
        };
        let mut elided = self.head(room.div_ceil(2));
        elided.push((Tone::Dim, ellipsis.to_owned()));
        elided.extend(self.tail(room / 2));
        Text { pieces: elided, fit: self.fit }
    }

    fn head(&self, mut room: usize) -> Vec<(Tone, String)> {
        let mut head = Vec::new();
        for (tone, text) in &self.pieces {
            let end = fitting(text.char_indices().map(|(at, character)| (at + character.len_utf8(), character)), room);
            let kept = &text[..end.unwrap_or(0)];
            room -= console::measure_text_width(kept);
            head.push((*tone, kept.to_owned()));
            if kept.len() < text.len() {
                break;
            }
        }
        head
    }

    fn tail(&self, mut room: usize) -> Vec<(Tone, String)> {
        let mut tail = Vec::new();
        for (tone, text) in self.pieces.iter().rev() {
            let kept = &text[fitting(text.char_indices().rev(), room).unwrap_or(text.len())..];
            room -= console::measure_text_width(kept);
            tail.push((*tone, kept.to_owned()));
            if kept.len() < text.len() {
                break;
            }
        }
        tail.reverse();
        tail
    }

    /// Returns the text as it is written to a stream.
    pub(super) fn paint(&self, color: Color) -> String {
        self.pieces.iter().map(|(tone, text)| tone.paint(text, color)).collect()
    }
}

/// Returns the offset of the last character that still fits into `room` columns.
fn fitting(characters: impl Iterator<Item = (usize, char)>, room: usize) -> Option<usize> {
    let mut used = 0;
    let mut buffer = [0; 4];
    characters
        .take_while(|(_, character)| {
            used += console::measure_text_width(character.encode_utf8(&mut buffer));
            used <= room
        })
        .map(|(at, _)| at)
        .last()
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text::new().plain(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Text::new().plain(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elided(text: Text, width: usize) -> String {
        text.elided(width, Drawing::Unicode).paint(Color::Off)
    }

    #[test]
    fn the_middle_goes_and_both_ends_stay() {
        for (width, expected) in
            [(11, "hello world"), (10, "hello…orld"), (5, "he…ld"), (4, "he…d"), (2, "h…"), (1, "…"), (0, "")]
        {
            assert_eq!(elided(Text::new().strong("hello").plain(" ").dim("world"), width), expected);
        }
        assert_eq!(Text::from("hello world").elided(8, Drawing::Ascii).paint(Color::Off), "hel...ld");
        assert_eq!(Text::from("hello world").elided(2, Drawing::Ascii).paint(Color::Off), "..");
    }

    #[test]
    fn wide_characters_are_never_cut_in_half() {
        let text = Text::from("表を追加する");
        assert_eq!(text.width(), 12);
        for width in 0..12 {
            let shown = text.elided(width, Drawing::Unicode);
            assert!(shown.width() <= width, "{width}: {shown:?}");
        }
        assert_eq!(elided(text, 7), "表…る");
    }

    #[test]
    fn tones_become_colors_only_where_asked() {
        let text = Text::new().good("ok").plain(" x");
        assert_eq!(text.paint(Color::On), "\u{1b}[32mok\u{1b}[0m x");
        assert_eq!(text.paint(Color::Off), "ok x");
    }

    #[test]
    fn text_from_outside_cannot_move_the_cursor() {
        let text = Text::new().strong("add \u{1b}[2Jregion\nnow");
        assert_eq!(text.paint(Color::Off), "add \\u{1b}[2Jregion\\nnow");
    }
}
