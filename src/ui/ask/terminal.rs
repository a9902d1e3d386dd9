//! Questions on a real terminal. The only file that knows dialoguer.
//!
//! dialoguer hides the cursor and dies with it at Ctrl-C, counts bytes where it should count columns, and asks even
//! where there is no terminal; each of that is answered here or in the gate. Read [`Terminal`] first.

use std::io;
use std::sync::Arc;

use console::{Key, Term};
use dialoguer::theme::ColorfulTheme;
use dialoguer::{FuzzySelect, MultiSelect};

use super::editor::{Editor, Effect};
use super::{Ask, Confirm, Entry, Reason, Reply, Select, SelectMany, Unanswered};
use crate::ui::escape::{visible, visible_line};
use crate::ui::interrupt::{self, Hold};
use crate::ui::surroundings::{Color, Drawing};
use crate::ui::text::Text;
use crate::ui::theme::{self, Checklist, Marks, Tone};

/// Longer lists are searched by typing.
const SEARCHED_FROM: usize = 10;
/// dialoguer panics on fewer rows.
const FEWEST_ROWS: u16 = 4;
const FEWEST_COLUMNS: u16 = 20;
/// Columns beside a question: its mark, `(y/n)` and the answer.
const BESIDE_QUESTION: usize = 16;
/// Columns before an item: the cursor and the box.
const BEFORE_ITEM: usize = 7;

/// Asks on standard error and reads the keyboard.
pub(in crate::ui) struct Terminal {
    drawing: Drawing,
    color: Color,
}

/// A question on the screen: Ctrl-C is ours, and the cursor comes back however it ends.
struct Prompt<'a> {
    terminal: &'a Terminal,
    term: Term,
    theme: ColorfulTheme,
    marks: Marks,
    question: String,
    commands: Vec<String>,
    /// The question as far as one line holds it.
    shown: String,
    columns: usize,
    _hold: Hold,
}

impl Drop for Prompt<'_> {
    fn drop(&mut self) {
        // A failing terminal has nothing left to repair.
        let _ = self.term.show_cursor();
    }
}

/// What a widget gave back.
type Reading<T> = Result<Option<T>, dialoguer::Error>;

impl Terminal {
    pub(in crate::ui) fn new(drawing: Drawing, color: Color) -> Self {
        Terminal { drawing, color }
    }

    /// Writes the details and prepares the question.
    fn open(&self, question: &str, details: &[Text], commands: &[String]) -> Result<Prompt<'_>, Unanswered> {
        let term = Term::stderr();
        let (rows, columns) = term.size();
        if rows < FEWEST_ROWS || columns < FEWEST_COLUMNS {
            let (question, commands) = (question.to_owned(), commands.to_vec());
            return Err(Unanswered::NoTerminal { question, reason: Reason::TooSmall, commands });
        }
        let columns = usize::from(columns);
        let whole = Text::from(question);
        let shown = whole.elided(columns.saturating_sub(BESIDE_QUESTION), self.drawing);
        let prompt = Prompt {
            terminal: self,
            term,
            theme: theme::prompts(self.drawing),
            marks: Marks::of(self.drawing),
            question: question.to_owned(),
            commands: commands.to_vec(),
            shown: shown.paint(Color::Off),
            columns,
            _hold: interrupt::hold(),
        };
        for line in details {
            prompt.write_line(&line.paint(self.color))?;
        }
        if shown != whole {
            prompt.write_line(&whole.paint(self.color))?;
        }
        Ok(prompt)
    }
}

impl Prompt<'_> {
    fn write_line(&self, line: &str) -> Result<(), Unanswered> {
        self.term.write_line(line).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: io::Error) -> Unanswered {
        if error.kind() == io::ErrorKind::Interrupted {
            return Unanswered::Interrupted;
        }
        let reason = Reason::Failed(Arc::new(error));
        Unanswered::NoTerminal { question: self.question.clone(), reason, commands: self.commands.clone() }
    }

    /// Turns what a widget gave into an answer, and leaves the question with its answer on the screen.
    fn conclude<T>(&self, reading: Reading<T>, say: impl Fn(&T) -> String) -> Result<T, Unanswered> {
        match reading {
            Ok(Some(answer)) => {
                self.answered(self.marks.answered, Tone::Good, &say(&answer))?;
                Ok(answer)
            }
            Ok(None) => {
                self.answered(self.marks.refused, Tone::Bad, "declined")?;
                Err(Unanswered::Declined)
            }
            Err(dialoguer::Error::IO(error)) => Err(self.failed(error)),
        }
    }

    fn answered(&self, mark: &str, tone: Tone, answer: &str) -> Result<(), Unanswered> {
        let asked =
            Text::new().toned(tone, mark).plain(" ").strong(&self.shown).dim(format!(" {} ", self.marks.separator));
        let room = self.columns.saturating_sub(asked.width() + 1);
        let line = asked.join(Text::new().toned(tone, answer).elided(room, self.terminal.drawing));
        self.write_line(&line.paint(self.terminal.color))
    }

    /// Shortens items to one line each, in columns and, because dialoguer counts those, in bytes.
    fn fit(&self, items: &[String]) -> Vec<String> {
        let fit = |item: &String| {
            let text = Text::from(visible_line(item).into_owned());
            let widths = (1..=self.columns.saturating_sub(BEFORE_ITEM)).rev();
            let mut shown = widths.map(|width| text.elided(width, self.terminal.drawing).paint(Color::Off));
            shown.find(|shown| shown.len() <= self.columns).unwrap_or_default()
        };
        items.iter().map(fit).collect()
    }
}

impl Ask for Terminal {
    fn confirm(&self, question: &Confirm) -> Result<bool, Unanswered> {
        let prompt = self.open(&question.question, &question.details, &question.answers)?;
        let mut reply = question.default;
        let effect = loop {
            prompt.draw_reply(reply).map_err(|error| prompt.failed(error))?;
            let key = prompt.term.read_key_raw().map_err(|error| prompt.failed(error))?;
            let pressed = match key {
                Key::Char('y' | 'Y') => Reply::Yes,
                Key::Char('n' | 'N') => Reply::No,
                Key::Enter => break Effect::Accepted,
                Key::Escape | Key::Char('\u{4}') => break Effect::Declined,
                Key::CtrlC => break Effect::Interrupted,
                _ => continue,
            };
            reply = pressed;
            if question.default == Reply::Yes {
                break Effect::Accepted;
            }
        };
        match effect {
            // What follows begins on a line of its own.
            Effect::Interrupted => prompt.term.write_line(""),
            _ => prompt.term.clear_line(),
        }
        .map_err(|error| prompt.failed(error))?;
        prompt.conclude(reading_of(effect, reply), |reply| word(*reply).to_owned()).map(|reply| reply == Reply::Yes)
    }

    fn select(&self, question: &Select) -> Result<usize, Unanswered> {
        let prompt = self.open(&question.question, &question.details, &question.answers)?;
        let items = prompt.fit(&question.items);
        let default = question.default.min(items.len().saturating_sub(1));
        let reading = if items.len() >= SEARCHED_FROM && are_unique(&items) {
            FuzzySelect::with_theme(&prompt.theme)
                .with_prompt(&prompt.shown)
                .items(&items)
                .default(default)
                .max_length(usize::from(prompt.term.size().0).saturating_sub(FEWEST_ROWS.into()).max(1))
                .report(false)
                .interact_on_opt(&prompt.term)
        } else {
            dialoguer::Select::with_theme(&prompt.theme)
                .with_prompt(&prompt.shown)
                .items(&items)
                .default(default)
                .report(false)
                .interact_on_opt(&prompt.term)
        };
        let names = if question.names.is_empty() { &items } else { &question.names };
        prompt.conclude(reading, |chosen| names.get(*chosen).cloned().unwrap_or_default())
    }

    fn select_many(&self, question: &SelectMany) -> Result<Vec<usize>, Unanswered> {
        let prompt = self.open(&question.question, &question.details, &question.answers)?;
        let items = prompt.fit(&question.items);
        let hint = Text::new().dim("  space chooses, a chooses all, enter goes on");
        prompt.write_line(&hint.elided(prompt.columns - 1, self.drawing).paint(self.color))?;
        let theme = Checklist(&prompt.theme);
        let names = if question.names.is_empty() { &items } else { &question.names };
        let mut lines = 1;
        let mut checked: Vec<bool> = (0..items.len()).map(|index| question.preselected.contains(&index)).collect();
        loop {
            let reading = MultiSelect::with_theme(&theme)
                .with_prompt(&prompt.shown)
                .items_checked(items.iter().zip(checked.iter().copied()))
                .report(false)
                .interact_on_opt(&prompt.term);
            match reading {
                Ok(Some(chosen)) if chosen.len() < question.at_least => {
                    checked = (0..items.len()).map(|index| chosen.contains(&index)).collect();
                    let refusal = format!("{} choose at least {} (space)", prompt.marks.refused, question.at_least);
                    prompt.write_line(&Tone::Bad.paint(&refusal, self.color))?;
                    lines += 1;
                }
                reading => {
                    if reading.is_ok() {
                        prompt.term.clear_last_lines(lines).map_err(|error| prompt.failed(error))?;
                    }
                    let said = |chosen: &Vec<usize>| {
                        chosen.iter().filter_map(|index| names.get(*index).cloned()).collect::<Vec<_>>().join(", ")
                    };
                    return prompt.conclude(reading, said);
                }
            }
        }
    }

    fn text(&self, question: &Entry<'_>) -> Result<String, Unanswered> {
        let prompt = self.open(&question.question, &question.details, &question.answers)?;
        let mut editor = Editor::new(&question.initial);
        let mut refusal: Option<String> = None;
        let effect = loop {
            let below = match &refusal {
                Some(refusal) => Text::new().bad(format!("{} {refusal}", prompt.marks.refused)),
                None => Text::new().dim((question.hint)(&editor.text())),
            };
            prompt.draw(&editor, &below).map_err(|error| prompt.failed(error))?;
            let key = prompt.term.read_key_raw().map_err(|error| prompt.failed(error))?;
            refusal = None;
            match editor.press(key) {
                Effect::Edited => {}
                Effect::Accepted => match (question.check)(&editor.text()) {
                    Ok(()) => break Effect::Accepted,
                    Err(reason) => refusal = Some(reason),
                },
                effect => break effect,
            }
        };
        prompt.erase(effect).map_err(|error| prompt.failed(error))?;
        prompt.conclude(reading_of(effect, editor.text()), Clone::clone)
    }
}

fn are_unique(items: &[String]) -> bool {
    let mut sorted: Vec<&String> = items.iter().collect();
    sorted.sort_unstable();
    sorted.windows(2).all(|pair| pair[0] != pair[1])
}

fn word(reply: Reply) -> &'static str {
    match reply {
        Reply::Yes => "yes",
        Reply::No => "no",
    }
}

fn reading_of<T>(effect: Effect, answer: T) -> Reading<T> {
    match effect {
        Effect::Accepted | Effect::Edited => Ok(Some(answer)),
        Effect::Declined => Ok(None),
        Effect::Interrupted => Err(io::Error::from(io::ErrorKind::Interrupted).into()),
    }
}

impl Prompt<'_> {
    fn head(&self) -> Text {
        Text::new().caution(self.marks.question).plain(" ").strong(&self.shown)
    }

    /// Draws a yes-or-no question with the answer that Enter would give.
    fn draw_reply(&self, reply: Reply) -> io::Result<()> {
        let line = self.head().dim(format!(" (y/n) {} ", self.marks.input)).plain(word(reply));
        self.term.clear_line()?;
        self.term.write_str(&line.paint(self.terminal.color))
    }

    /// Draws the text being typed and one line below it; the cursor ends in the text.
    fn draw(&self, editor: &Editor, below: &Text) -> io::Result<()> {
        let (color, drawing) = (self.terminal.color, self.terminal.drawing);
        let head = self.head().dim(format!(" {} ", self.marks.input));
        let room = self.columns.saturating_sub(head.width() + 1);
        let (typed, cursor) = editor.view(room);
        let below = below.elided(self.columns - 3, drawing).paint(color);
        self.term.clear_line()?;
        self.term.write_line(&format!("{}{}", head.paint(color), visible(&typed)))?;
        self.term.clear_line()?;
        self.term.write_str(&format!("  {below}\r"))?;
        self.term.move_cursor_up(1)?;
        self.term.move_cursor_right(head.width() + cursor)
    }

    /// Removes what [`Prompt::draw`] drew; an interrupted question stays, without the line below.
    fn erase(&self, effect: Effect) -> io::Result<()> {
        self.term.move_cursor_down(1)?;
        self.term.clear_line()?;
        if effect == Effect::Interrupted {
            return Ok(());
        }
        self.term.move_cursor_up(1)?;
        self.term.clear_line()
    }
}
