//! What there is to repair, as a choice, for a person who names nothing.
//!
//! Looks and asks; each answer is what a flag says. Read [`choose`] first.

use alembic_runtime::journal::compare::{self, Difference};
use alembic_runtime::journal::history;
use alembic_runtime::journal::progress::{self, Progress};

use super::Wish;
use crate::app::{App, Failure};
use crate::listing::half_applied;
use crate::ui::Text;
use crate::ui::ask::{Select, YES};

/// Something that a person may say.
#[derive(Debug, PartialEq, Eq)]
struct Way {
    item: String,
    wish: Wish,
    /// Of one that has failed.
    statement: Option<usize>,
}

/// Returns what the person says; nothing if there is nothing to say.
pub fn choose(app: &App) -> Result<Option<(Wish, Option<usize>)>, Failure> {
    let found = app.read(progress::read)?;
    let edited = edited(app)?;
    let mut ways = ways(&found, &edited);
    if ways.is_empty() {
        return Ok(None);
    }
    let mut details: Vec<Text> = found.iter().map(half_applied::line).collect();
    details.extend(edited.iter().map(|id| Text::new().strong(id).caution(" was edited after it ran")));
    let words: Vec<Vec<String>> = ways.iter().map(|way| way.wish.words(way.statement)).collect();
    let words: Vec<Vec<&str>> = words.iter().map(|words| words.iter().map(String::as_str).collect()).collect();
    let question = Select {
        question: "What is right?".to_owned(),
        details,
        items: ways.iter().map(|way| way.item.clone()).collect(),
        // Nobody is there to approve it, either.
        answers: words.iter().map(|words| app.words.with(&[words.as_slice(), &[YES]].concat())).collect(),
        ..Select::default()
    };
    let chosen = app.ui.ask().select(&question)?;
    app.words.answer(&words[chosen]);
    let way = ways.swap_remove(chosen);
    Ok(Some((way.wish, way.statement)))
}

/// Returns the revisions whose files are not what ran.
fn edited(app: &App) -> Result<Vec<String>, Failure> {
    let entries = app.read(history::read)?;
    let (_, differences) = compare::checkout(&*app.graph()?, &entries, &app.rows()?, app.dialect()?);
    let edited = differences.into_iter().filter_map(|difference| match difference {
        Difference::Edited { revision, .. } => Some(revision),
        _ => None,
    });
    Ok(edited.collect())
}

fn ways(found: &[Progress], edited: &[String]) -> Vec<Way> {
    let mut ways: Vec<Way> = found.iter().flat_map(of_half_applied).collect();
    if !edited.is_empty() {
        let item = match edited {
            [one] => format!("the edited file of {one} is what the database has"),
            several => format!("the edited files of {} are what the database has", several.join(", ")),
        };
        ways.push(Way { item, wish: Wish { accept: edited.to_vec(), ..Wish::default() }, statement: None });
    }
    ways
}

fn of_half_applied(progress: &Progress) -> Vec<Way> {
    let revision = || Some(progress.revision.clone());
    let id = progress.revision.escape_debug();
    let mark_done = |item, statement| Way { item, wish: Wish { mark_done: revision(), ..Wish::default() }, statement };
    let mut ways = Vec::new();
    match progress.intent {
        Some(statement) => {
            ways.push(mark_done(format!("statement {statement} of {id} took effect: go on behind it"), None));
            let wish = Wish { run_again: revision(), ..Wish::default() };
            let item = format!("statement {statement} of {id} did not take effect: run it again");
            ways.push(Way { item, wish, statement: None });
        }
        None if progress.done < progress.total => {
            let next = progress.done + 1;
            ways.push(mark_done(format!("statement {next} of {id} is done by hand: pass over it"), Some(next)));
        }
        None => {}
    }
    let item = format!("what ran of {id} was undone by hand: begin it anew");
    ways.push(Way { item, wish: Wish { forget: revision(), ..Wish::default() }, statement: None });
    ways
}

#[cfg(test)]
mod tests {
    use alembic_revisions::Direction;

    use super::*;

    fn progress(done: usize, intent: Option<usize>) -> Progress {
        Progress {
            revision: "aaa1".to_owned(),
            attempt: "one".to_owned(),
            direction: Direction::Up,
            checksum: None,
            ran: None,
            total: 3,
            done,
            intent,
            intended: None,
            fingerprint: None,
            body: None,
            updated_at: String::new(),
        }
    }

    #[test]
    fn each_state_has_its_ways() {
        let lines = |found: &[Progress], edited: &[&str]| -> Vec<String> {
            let edited: Vec<String> = edited.iter().map(ToString::to_string).collect();
            ways(found, &edited).iter().map(|way| way.wish.words(way.statement).join(" ")).collect()
        };
        assert_eq!(lines(&[], &[]), Vec::<String>::new());
        assert_eq!(lines(&[progress(1, Some(2))], &[]), ["--mark-done aaa1", "--run-again aaa1", "--forget aaa1"]);
        assert_eq!(lines(&[progress(1, None)], &[]), ["--mark-done aaa1 --statement 2", "--forget aaa1"]);
        assert_eq!(lines(&[progress(3, None)], &["b", "c"]), ["--forget aaa1", "--accept b c"]);
    }
}
