//! How an error looks: code, message, the lines of the files concerned, notes, help.
//!
//! The only caller of `annotate-snippets`. What an error says is written beside the error, see
//! [`alembic_revisions::diagnose`]. Read [`Report::render`] first.

use alembic_revisions::diagnose::Diagnose;
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::escape::visible;
use super::excerpt::{Excerpt, excerpts};
use super::surroundings::{Color, Drawing};

/// Errors of one run that are shown in full; the rest is counted.
const SHOWN: usize = 50;
/// Width off a terminal, wide enough for any line that a person wrote.
const DEFAULT_WIDTH: usize = 140;

/// How to draw on one stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Report {
    pub color: Color,
    pub drawing: Drawing,
    pub width: Option<usize>,
}

impl Report {
    /// Returns `error` and the others of the same run, and their number if there are several.
    pub(super) fn render(&self, error: &dyn Diagnose) -> String {
        let mut all = Vec::new();
        collect(error, &mut all);
        let renderer = self.renderer();
        let mut shown = String::new();
        for error in all.iter().take(SHOWN) {
            shown.push_str(&render_one(&renderer, *error));
            shown.push_str("\n\n");
        }
        match all.len() {
            1 => shown.truncate(shown.len() - 1),
            count if count <= SHOWN => shown.push_str(&format!("{count} errors\n")),
            count => shown.push_str(&format!("{count} errors, the first {SHOWN} are shown\n")),
        }
        shown
    }

    fn renderer(&self) -> Renderer {
        let renderer = match self.color {
            Color::On => Renderer::styled(),
            Color::Off => Renderer::plain(),
        };
        let decor = match self.drawing {
            Drawing::Unicode => DecorStyle::Unicode,
            Drawing::Ascii => DecorStyle::Ascii,
        };
        renderer.decor_style(decor).term_width(self.width.unwrap_or(DEFAULT_WIDTH))
    }
}

fn collect<'a>(error: &'a dyn Diagnose, all: &mut Vec<&'a dyn Diagnose>) {
    all.push(error);
    for other in error.others() {
        collect(other, all);
    }
}

/// Returns the notes of an error, then its causes as far as its message does not name them.
pub(super) fn notes(error: &dyn Diagnose) -> Vec<String> {
    let mut notes = error.notes();
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !said.contains(&text) {
            notes.push(format!("caused by: {text}"));
            said = text;
        }
        source = cause.source();
    }
    notes
}

fn render_one(renderer: &Renderer, error: &dyn Diagnose) -> String {
    let message = error.to_string();
    let excerpts = excerpts(&error.places());
    let notes = notes(error);
    let help = error.help();
    let title = Level::ERROR.primary_title(visible(&message)).id(error.code().0);
    let mut primary = Group::with_title(title)
        .elements(excerpts.iter().flat_map(elements))
        .elements(notes.iter().map(|note| Level::NOTE.message(visible(note))));
    let mut groups = Vec::new();
    match help.as_deref().map(visible) {
        Some(help) if excerpts.is_empty() => primary = primary.element(Level::HELP.message(help)),
        Some(help) => groups.push(Group::with_title(Level::HELP.secondary_title(help))),
        None => {}
    }
    groups.insert(0, primary);
    renderer.render(&groups)
}

fn elements(excerpt: &Excerpt) -> Vec<Element<'_>> {
    let marks = excerpt.marks.iter().map(|mark| {
        let label = Some(visible(&mark.label)).filter(|label| !label.is_empty());
        AnnotationKind::Primary.span(mark.range.clone()).label(label)
    });
    let context = excerpt.context.iter().map(|line| AnnotationKind::Visible.span(line.clone()));
    let snippet = Snippet::source(&excerpt.text).line_start(excerpt.first_line).annotations(marks).annotations(context);
    let path = visible(&excerpt.path);
    if excerpt.is_shifted {
        // The renderer would count the columns of the excerpt, so the place is given apart.
        vec![Origin::path(path).line(excerpt.line).char_column(excerpt.column).into(), snippet.into()]
    } else {
        vec![snippet.path(path).into()]
    }
}

#[cfg(test)]
mod tests;
