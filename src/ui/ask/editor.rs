//! One line of typed text: what a key does to it, and which part of it is visible.
//!
//! Ours because dialoguer's input can neither be left with Esc nor show a live hint. Draws nothing; see
//! [`super::terminal`]. Read [`Editor::press`] first.

use console::Key;

/// The text and the cursor in it.
#[derive(Debug, Default)]
pub(super) struct Editor {
    characters: Vec<char>,
    cursor: usize,
}

/// What a key means to the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Edited,
    Accepted,
    Declined,
    Interrupted,
}

impl Editor {
    pub(super) fn new(initial: &str) -> Self {
        let characters: Vec<char> = initial.chars().filter(|character| !character.is_control()).collect();
        Editor { cursor: characters.len(), characters }
    }

    pub(super) fn text(&self) -> String {
        self.characters.iter().collect()
    }

    /// Applies a key; the control characters are those of every shell.
    pub(super) fn press(&mut self, key: Key) -> Effect {
        match key {
            Key::Enter => return Effect::Accepted,
            Key::Escape => return Effect::Declined,
            Key::Char('\u{4}') if self.characters.is_empty() => return Effect::Declined,
            Key::CtrlC => return Effect::Interrupted,
            Key::ArrowLeft => self.cursor = self.cursor.saturating_sub(1),
            Key::ArrowRight => self.cursor = (self.cursor + 1).min(self.characters.len()),
            Key::Home => self.cursor = 0,
            Key::End => self.cursor = self.characters.len(),
            Key::Backspace if self.cursor > 0 => {
                self.cursor -= 1;
                self.characters.remove(self.cursor);
            }
            Key::Del if self.cursor < self.characters.len() => {
                self.characters.remove(self.cursor);
            }
            Key::Char('\u{b}') => self.characters.truncate(self.cursor),
            Key::Char('\u{15}') => self.cut_from(0),
            Key::Char('\u{17}') => self.cut_from(self.word_start()),
            Key::Char(character) if !character.is_control() => {
                self.characters.insert(self.cursor, character);
                self.cursor += 1;
            }
            _ => {}
        }
        Effect::Edited
    }

    fn cut_from(&mut self, start: usize) {
        self.characters.drain(start..self.cursor);
        self.cursor = start;
    }

    fn word_start(&self) -> usize {
        let before = &self.characters[..self.cursor];
        let spaces = before.iter().rev().take_while(|character| character.is_whitespace()).count();
        let letters = before.iter().rev().skip(spaces).take_while(|character| !character.is_whitespace()).count();
        self.cursor - spaces - letters
    }

    /// Returns the part of the text that fits into `width` columns around the cursor, and the cursor's column in it.
    pub(super) fn view(&self, width: usize) -> (String, usize) {
        let mut start = self.cursor;
        let mut before = 0;
        // One column stays free for a cursor behind the last character.
        while start > 0 && before + columns(self.characters[start - 1]) < width {
            start -= 1;
            before += columns(self.characters[start]);
        }
        let mut used = before;
        let mut end = self.cursor;
        while end < self.characters.len() && used + columns(self.characters[end]) <= width {
            used += columns(self.characters[end]);
            end += 1;
        }
        (self.characters[start..end].iter().collect(), before)
    }
}

fn columns(character: char) -> usize {
    console::measure_text_width(character.encode_utf8(&mut [0; 4]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_edit_the_text() {
        let left = || Key::ArrowLeft;
        for (initial, keys, expected) in [
            ("", vec![Key::Char('a'), Key::Char('é')], "aé"),
            ("ab", vec![left(), Key::Char('x')], "axb"),
            ("ab", vec![left(), left(), left(), Key::Del], "b"),
            ("ab", vec![Key::Home, Key::Backspace, Key::End, Key::Backspace], "a"),
            ("add players region", vec![Key::Char('\u{17}')], "add players "),
            ("add  ", vec![Key::Char('\u{17}')], ""),
            ("add region", vec![left(), Key::Char('\u{15}')], "n"),
            ("add region", vec![Key::Home, Key::ArrowRight, Key::Char('\u{b}')], "a"),
            ("a", vec![Key::Char('\u{1}'), Key::Char('\u{4}'), Key::Unknown, Key::Del], "a"),
        ] {
            let mut editor = Editor::new(initial);
            for key in &keys {
                assert_eq!(editor.press(key.clone()), Effect::Edited);
            }
            assert_eq!(editor.text(), expected, "{initial:?} {keys:?}");
        }
    }

    #[test]
    fn keys_end_the_question() {
        assert_eq!(Editor::new("a").press(Key::Enter), Effect::Accepted);
        assert_eq!(Editor::new("a").press(Key::Escape), Effect::Declined);
        assert_eq!(Editor::new("").press(Key::Char('\u{4}')), Effect::Declined);
        assert_eq!(Editor::new("a").press(Key::CtrlC), Effect::Interrupted);
    }

    #[test]
    fn the_cursor_is_always_in_view() {
        let mut editor = Editor::new("add the region");
        assert_eq!(editor.view(40), ("add the region".to_owned(), 14));
        assert_eq!(editor.view(7), ("region".to_owned(), 6));
        editor.press(Key::Home);
        assert_eq!(editor.view(7), ("add the".to_owned(), 0));
        assert_eq!(Editor::new("表を追").view(5), ("を追".to_owned(), 4));
        assert_eq!(Editor::new("ab").view(0), (String::new(), 0));
    }
}
