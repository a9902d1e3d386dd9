//! What the errors of the journal say: what was found, and the ways on.
//!
//! The errors themselves are in `failure`. Read [`edited`] first.

use alembic_revisions::Direction;
use alembic_revisions::diagnose::{Place, Span};

use super::failure::{At, Edit, Remains};
use crate::journal::progress::Progress;

/// Longer differences are cut; the history has the whole text.
const SHOWN: usize = 30;

/// Returns the beginning of the message about edited scripts.
pub(super) fn edited(edits: &[Edit]) -> String {
    match edits {
        [] => "nothing was edited".to_owned(),
        [edit] => format!("`{}` was edited", edit.script.revision.id),
        [edit, rest @ ..] => format!("`{}` and {} more were edited", edit.script.revision.id, rest.len()),
    }
}

pub(super) fn edited_notes(edits: &[Edit]) -> Vec<String> {
    let mut notes = Vec::new();
    for edit in edits {
        let id = &edit.script.revision.id;
        match &edit.difference {
            Some(lines) => {
                notes.push(format!("what ran for `{id}` (-) and what the file has now (+):\n{}", cut(lines)));
            }
            None => notes.push(format!("the text that ran for `{id}` is not at hand")),
        }
    }
    notes.push("nothing was run".to_owned());
    notes
}

/// Returns the way on after an edit.
pub(super) fn edited_help(edits: &[Edit]) -> String {
    let ids: Vec<&str> = edits.iter().map(|edit| edit.script.revision.id.as_str()).collect();
    format!(
        "restore what ran and write the change as a new revision; or run `cargo alembic repair --accept {}` if the \
         database is as the file says",
        ids.join(" ")
    )
}

/// Returns the word behind `half`.
pub(super) fn half(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "applied",
        Direction::Down => "reverted",
    }
}

/// Returns the command that goes on.
pub(super) fn again(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "cargo alembic upgrade",
        Direction::Down => "cargo alembic downgrade",
    }
}

pub(super) fn other(progress: &Progress) -> String {
    let id = progress.revision.escape_debug();
    match progress.direction {
        Direction::Up => format!("finish it first: `cargo alembic upgrade {id}`"),
        Direction::Down => format!("finish it first, with the `cargo alembic downgrade` that takes `{id}` back"),
    }
}

pub(super) fn other_notes(progress: &Progress) -> Vec<String> {
    let mut notes = Vec::new();
    if progress.done <= progress.total {
        notes.push(format!(
            "{} of its {} statements ran, the last one at {} UTC",
            progress.done, progress.total, progress.updated_at
        ));
    }
    notes.push("nothing was run".to_owned());
    notes
}

pub(super) fn ran_changed(at: &At) -> String {
    format!(
        "restore the statements that ran and run `{}` again: those behind them may change; or finish or undo it by hand and \
         run `cargo alembic repair --forget {}`",
        again(at.direction),
        at.revision()
    )
}

pub(super) fn ran_notes(done: usize, difference: &[String]) -> Vec<String> {
    let mut notes = vec![match done {
        1 => "statement 1 ran and stays".to_owned(),
        _ => format!("statements 1 to {done} ran and stay"),
    }];
    if !difference.is_empty() {
        notes.push(format!("what began to run (-) and what the file has now (+):\n{}", cut(difference)));
    }
    notes
}

pub(super) fn undecided(at: &At) -> String {
    format!("look at the database, then say what you found: {}", choices(at))
}

/// Returns the two answers to the question whether a statement took effect.
pub(super) fn choices(at: &At) -> String {
    let id = at.revision();
    format!("`cargo alembic repair --mark-done {id}` or `cargo alembic repair --run-again {id}`")
}

fn cut(lines: &[String]) -> String {
    let mut shown: Vec<&str> = lines.iter().take(SHOWN).map(String::as_str).collect();
    if lines.len() > SHOWN {
        shown.push("…");
    }
    shown.join("\n")
}

/// Returns where an edited script is.
pub(super) fn place(edit: &Edit) -> Place {
    let section = edit.script.sections.iter().find(|section| section.direction == Direction::Up);
    let span = section.map_or_else(Span::default, |section| section.marker);
    Place { source: edit.script.source().clone(), span, label: String::new() }
}

/// Returns what a revision that stopped midway left.
pub(super) fn half_applied_notes(at: &At, ran: usize, remains: &Remains) -> Vec<String> {
    let mut notes = Vec::new();
    if at.statement.is_some() {
        notes.push(at.statement_note());
    }
    let row = match at.direction {
        Direction::Up => "the version table does not have the revision's row",
        Direction::Down => "the version table still has the revision's row",
    };
    notes.push(match ran {
        0 => "no statement before it took effect".to_owned(),
        1 => format!("statement 1 took effect and stays; {row}"),
        _ => format!("statements 1 to {ran} took effect and stay; {row}"),
    });
    match remains {
        Remains::Nothing | Remains::Elsewhere => {}
        Remains::Unknown => {
            notes.push("whether this statement took effect is not known: look before you go on".to_owned())
        }
        Remains::Objects(left) => {
            notes.extend(left.iter().map(|object| format!("it left {} behind", object.escape_debug())));
        }
    }
    notes
}

/// Returns how a revision that stopped midway goes on.
pub(super) fn way_on(at: &At, ran: usize, remains: &Remains) -> String {
    let again = again(at.direction);
    if ran == at.total && at.total > 0 {
        return format!("run `{again}` again: only the version table is left to change");
    }
    let next = at.statement.map_or(ran, |index| index) + 1;
    match remains {
        Remains::Unknown => format!("look at the database, then say what you found: {}", choices(at)),
        Remains::Elsewhere => format!(
            "see with `cargo alembic status` how far `{}` has come; if nobody runs it, and its row in the journal is gone, \
             undo by hand what ran, then run `{again}` again",
            at.revision()
        ),
        Remains::Nothing | Remains::Objects(_) => {
            format!("correct the cause and run `{again}` again: it goes on at statement {next}")
        }
    }
}
