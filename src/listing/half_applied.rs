//! How a revision is shown that no run has finished.
//!
//! Decides nothing about what to do with it. Read [`render`] first.

use alembic_revisions::Direction;
use alembic_runtime::journal::progress::Progress;
use serde_json::{Value, json};

use crate::ui::{Page, Text};

/// Returns the row of the journal as JSON.
pub fn json(progress: &Progress) -> Value {
    json!({
        "revision": progress.revision,
        "direction": match progress.direction { Direction::Up => "up", Direction::Down => "down" },
        "statements": progress.total,
        "done": progress.done,
        "in_doubt": progress.intent,
        "updated_at": progress.updated_at,
    })
}

/// Returns `abc123 is half applied: 1 of 3 statements ran`.
pub fn line(progress: &Progress) -> Text {
    let half = match progress.direction {
        Direction::Up => "applied",
        Direction::Down => "reverted",
    };
    let text = Text::new().strong(&progress.revision).caution(format!(" is half {half}"));
    // What somebody else wrote into the row may be no number.
    if progress.done > progress.total {
        return text;
    }
    text.plain(format!(": {} of {} statements ran", progress.done, progress.total))
}

/// Writes what is known of it, and the way on.
pub fn render(progress: &Progress, page: &mut Page) {
    page.line(line(progress).dim(format!(", the last one at {} UTC", progress.updated_at)));
    let id = &progress.revision;
    page.line(match (progress.intent, progress.direction) {
        (Some(statement), direction) => format!(
            "  a run was stopped in statement {statement}; the next `{}` finds out whether it took effect, or asks",
            again(direction)
        ),
        (None, Direction::Up) => format!("  `{} {id}` goes on", again(Direction::Up)),
        (None, Direction::Down) => format!("  the `{}` that takes `{id}` back goes on", again(Direction::Down)),
    });
}

/// Returns the command that goes on.
pub fn again(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "cargo alembic upgrade",
        Direction::Down => "cargo alembic downgrade",
    }
}
