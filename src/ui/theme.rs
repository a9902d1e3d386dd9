//! Tones and marks: the only place that knows a color or a drawing character.
//!
//! Everything else says what a text is ([`Tone`]), not how it looks. Prints nothing.

use std::fmt;

use console::Style;
use dialoguer::theme::{ColorfulTheme, Theme};

use super::surroundings::{Color, Drawing};

/// What a piece of text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Plain,
    /// What the eye should find first: a revision id, a feature.
    Strong,
    /// What may be skipped: dates, paths, marks of the drawing.
    Dim,
    Good,
    Caution,
    Bad,
    /// A name among plain words.
    Accent,
}

impl Tone {
    fn style(self) -> Style {
        let style = Style::new();
        match self {
            Tone::Plain => style,
            Tone::Strong => style.bold(),
            Tone::Dim => style.dim(),
            Tone::Good => style.green(),
            Tone::Caution => style.yellow(),
            Tone::Bad => style.red(),
            Tone::Accent => style.cyan(),
        }
    }

    /// Returns `text` in this tone.
    pub(super) fn paint(self, text: &str, color: Color) -> String {
        match (self, color) {
            (Tone::Plain, _) | (_, Color::Off) => text.to_owned(),
            (tone, Color::On) => tone.style().apply_to(text).force_styling(true).to_string(),
        }
    }

    /// Returns `text` in this tone and bold, as the words that open a line of messages.
    pub(super) fn paint_bold(self, text: &str, color: Color) -> String {
        match color {
            Color::Off => text.to_owned(),
            Color::On => self.style().bold().apply_to(text).force_styling(true).to_string(),
        }
    }
}

impl Drawing {
    /// Stands for text that was left out.
    pub fn ellipsis(self) -> &'static str {
        match self {
            Drawing::Unicode => "…",
            Drawing::Ascii => "...",
        }
    }
}

/// The marks of a prompt.
pub(super) struct Marks {
    pub question: &'static str,
    pub answered: &'static str,
    pub refused: &'static str,
    pub input: &'static str,
    pub separator: &'static str,
    pub active: &'static str,
    pub checked: &'static str,
    pub unchecked: &'static str,
}

impl Marks {
    pub(super) fn of(drawing: Drawing) -> Self {
        match drawing {
            Drawing::Unicode => Marks {
                question: "?",
                answered: "✔",
                refused: "✘",
                input: "›",
                separator: "·",
                active: "❯",
                checked: "◉",
                unchecked: "◯",
            },
            Drawing::Ascii => Marks {
                question: "?",
                answered: "+",
                refused: "x",
                input: ">",
                separator: "-",
                active: ">",
                checked: "[x]",
                unchecked: "[ ]",
            },
        }
    }
}

/// A list of which several can be chosen, with a mark for the line that the keys act on: dialoguer's own theme marks it by
/// color alone.
pub(super) struct Checklist<'a>(pub &'a ColorfulTheme);

impl Theme for Checklist<'_> {
    fn format_multi_select_prompt(&self, line: &mut dyn fmt::Write, prompt: &str) -> fmt::Result {
        self.0.format_multi_select_prompt(line, prompt)
    }

    fn format_multi_select_prompt_item(
        &self,
        line: &mut dyn fmt::Write,
        text: &str,
        checked: bool,
        active: bool,
    ) -> fmt::Result {
        let mark = if active { &self.0.active_item_prefix } else { &self.0.inactive_item_prefix };
        write!(line, "{mark} ")?;
        self.0.format_multi_select_prompt_item(line, text, checked, active)
    }
}

/// Returns the marks in dialoguer's terms; its own defaults are Unicode only.
pub(super) fn prompts(drawing: Drawing) -> ColorfulTheme {
    let marks = Marks::of(drawing);
    let mark = |text: &str, style: Style| style.for_stderr().apply_to(text.to_owned());
    let plain = Style::new;
    ColorfulTheme {
        prompt_prefix: mark(marks.question, plain().yellow()),
        prompt_suffix: mark(marks.input, plain().dim()),
        success_prefix: mark(marks.answered, plain().green()),
        success_suffix: mark(marks.separator, plain().dim()),
        error_prefix: mark(marks.refused, plain().red()),
        active_item_prefix: mark(marks.active, plain().green()),
        checked_item_prefix: mark(marks.checked, plain().green()),
        unchecked_item_prefix: mark(marks.unchecked, plain().dim()),
        ..ColorfulTheme::default()
    }
}
