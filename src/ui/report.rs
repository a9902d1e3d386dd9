//! What a command found, as a value: [`Outcome`], and the [`Page`] on which it is shown to people.
//!
//! A page is built in memory and written once by [`crate::ui::Ui::outcome`]. Where standard output is not a terminal
//! nothing is padded, elided or drawn to fit, so that lines can be searched. Read [`Outcome`] first.

use alembic_revisions::diagnose::Exit;

use super::surroundings::{Color, Drawing};
use super::text::Text;

/// What a command found or did.
pub trait Outcome {
    /// Returns the document of `--format json`, an object; `format_version` is added.
    fn json(&self) -> serde_json::Value;

    /// Writes the human form.
    fn render(&self, page: &mut Page);

    /// Returns the exit status; an answer can be "no" without an error.
    fn exit(&self) -> Exit {
        Exit::Done
    }
}

/// The narrowest that an elastic column becomes.
const NARROWEST: usize = 12;
const GAP: &str = "  ";

/// The human form of an outcome, as it grows.
#[derive(Debug)]
pub struct Page {
    width: Option<usize>,
    color: Color,
    drawing: Drawing,
    written: String,
}

impl Page {
    /// Returns an empty page; `width` is `None` where standard output is not a terminal.
    pub(super) fn new(width: Option<usize>, color: Color, drawing: Drawing) -> Self {
        Page { width, color, drawing, written: String::new() }
    }

    /// Returns the columns of the terminal, `None` where there is no terminal.
    pub fn width(&self) -> Option<usize> {
        self.width
    }

    pub fn color(&self) -> Color {
        self.color
    }

    pub fn drawing(&self) -> Drawing {
        self.drawing
    }

    /// Writes one line; an elastic text is elided to fit, any other is left to the terminal to wrap.
    pub fn line(&mut self, text: impl Into<Text>) {
        let text = text.into();
        let shown = match self.width {
            Some(width) if text.is_elastic() => text.elided(width, self.drawing),
            _ => text,
        };
        self.written.push_str(&shown.paint(self.color));
        self.written.push('\n');
    }

    /// Writes an empty line, unless the page is empty or ends in one.
    pub fn blank(&mut self) {
        if !self.written.is_empty() && !self.written.ends_with("\n\n") {
            self.written.push('\n');
        }
    }

    /// Writes text as it is: SQL, a drawing, a completion script. Nothing is escaped or elided.
    pub fn verbatim(&mut self, text: &str) {
        self.written.push_str(text);
        if !text.is_empty() && !text.ends_with('\n') {
            self.written.push('\n');
        }
    }

    /// Writes rows in columns; on a terminal they are aligned, and the elastic ones shrink to fit.
    pub fn columns(&mut self, rows: &[Vec<Text>]) {
        let widths = self.width.map(|width| fitted(rows, width));
        for row in rows {
            let line = match &widths {
                Some(widths) => self.aligned(row, widths),
                None => row.iter().filter(|text| !text.is_empty()).map(|text| text.paint(self.color)).collect(),
            };
            self.written.push_str(line.join(GAP).trim_end());
            self.written.push('\n');
        }
    }

    /// Writes `label: text` lines, their texts aligned.
    pub fn fields(&mut self, fields: &[(&str, Text)]) {
        let rows: Vec<_> =
            fields.iter().map(|(label, text)| vec![Text::new().dim(format!("{label}:")), text.clone()]).collect();
        self.columns(&rows);
    }

    fn aligned(&self, row: &[Text], widths: &[usize]) -> Vec<String> {
        let last = row.len().saturating_sub(1);
        row.iter()
            .zip(widths)
            .enumerate()
            .map(|(column, (text, width))| {
                let shown = if text.is_elastic() { text.elided(*width, self.drawing) } else { text.clone() };
                let padding = if column == last { 0 } else { width.saturating_sub(shown.width()) };
                shown.paint(self.color) + &" ".repeat(padding)
            })
            .collect()
    }

    pub(super) fn into_text(self) -> String {
        self.written
    }
}

/// Returns the width of each column, the elastic ones shrunk, widest first, until a row fits into `width`.
fn fitted(rows: &[Vec<Text>], width: usize) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let column = |at: usize| rows.iter().filter_map(move |row| row.get(at));
    let mut widths: Vec<usize> = (0..columns).map(|at| column(at).map(Text::width).max().unwrap_or(0)).collect();
    let mut elastic: Vec<usize> = (0..columns).filter(|at| column(*at).any(Text::is_elastic)).collect();
    elastic.sort_by_key(|at| std::cmp::Reverse(widths[*at]));
    let mut excess = (widths.iter().sum::<usize>() + GAP.len() * columns.saturating_sub(1)).saturating_sub(width);
    for at in elastic {
        let given = excess.min(widths[at].saturating_sub(NARROWEST));
        widths[at] -= given;
        excess -= given;
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(width: Option<usize>) -> Page {
        Page::new(width, Color::Off, Drawing::Unicode)
    }

    fn rows() -> Vec<Vec<Text>> {
        vec![
            vec!["abc123def456".into(), "players".into(), Text::from("Add the region of each player").elastic()],
            vec!["def4".into(), Text::new(), Text::from("Initial").elastic(), "(head)".into()],
        ]
    }

    #[test]
    fn columns_are_aligned_on_a_terminal() {
        let mut page = page(Some(120));
        page.columns(&rows());
        assert_eq!(
            page.into_text(),
            "abc123def456  players  Add the region of each player\n\
             def4                   Initial                        (head)\n"
        );
    }

    #[test]
    fn the_elastic_column_shrinks_to_fit() {
        let mut page = page(Some(48));
        page.columns(&rows());
        let text = page.into_text();
        assert_eq!(
            text,
            "abc123def456  players  Add the …h player\n\
             def4                   Initial            (head)\n"
        );
        assert!(text.lines().all(|line| console::measure_text_width(line) <= 48));
    }

    #[test]
    fn nothing_is_padded_or_cut_off_a_terminal() {
        let mut page = page(None);
        page.columns(&rows());
        page.line(Text::from("a line as long as it likes to be").elastic());
        assert_eq!(
            page.into_text(),
            "abc123def456  players  Add the region of each player\n\
             def4  Initial  (head)\n\
             a line as long as it likes to be\n"
        );
    }

    #[test]
    fn lines_blanks_fields_and_verbatim_text() {
        let mut page = page(Some(20));
        page.blank();
        page.line(Text::from("a message that is too long").elastic());
        page.line("a path that is copied whole");
        page.blank();
        page.blank();
        page.fields(&[("Database", "arena.db".into()), ("Heads", Text::new().strong("abc1"))]);
        page.verbatim("SELECT '\u{1b}';");
        assert_eq!(
            page.into_text(),
            "a message … too long\n\
             a path that is copied whole\n\
             \n\
             Database:  arena.db\n\
             Heads:     abc1\n\
             SELECT '\u{1b}';\n"
        );
    }
}
