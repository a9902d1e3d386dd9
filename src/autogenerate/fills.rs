//! Which value rows get that have none where a column becomes NOT NULL: as flags say, as a person answers.
//!
//! Read [`decide`] first.

use std::collections::{BTreeMap, BTreeSet};

use alembic_schema::Change;
use alembic_schema::change::Fill;
use alembic_schema::diff::{self, FillQuestion, Renames};

use super::comparison::Comparison;
use super::names::BackfillFlag;
use crate::app::{App, Failure};
use crate::ui::Text;
use crate::ui::ask::Entry;

/// Returns the changes with a value for each column that needs one.
pub fn decide(
    app: &App,
    comparison: &Comparison,
    renames: &Renames,
    flags: &[BackfillFlag],
) -> Result<Vec<Change>, Failure> {
    let changes = comparison.changes(renames);
    let questions = diff::fill_questions(&changes);
    let is_meant = |flag: &&BackfillFlag, question: &FillQuestion| {
        flag.table == question.table && flag.column == question.column.name
    };
    let (mut answers, mut used) = (BTreeMap::new(), BTreeSet::new());
    let mut open = Vec::new();
    for question in questions {
        match flags.iter().find(|flag| is_meant(flag, &question)) {
            Some(flag) => {
                used.insert(flag.text.as_str());
                answers.insert((question.table, question.column.name), stated(&flag.expression));
            }
            None => open.push(Open { proposal: stand_in(comparison, &question), question }),
        }
    }
    for at in 0..open.len() {
        let expression = ask(app, &open[at..], flags)?;
        let FillQuestion { table, column, .. } = &open[at].question;
        answers.insert((table.clone(), column.name.clone()), stated(&expression));
    }
    for flag in flags.iter().filter(|flag| !used.contains(flag.text.as_str())) {
        app.ui.warn(format!("`--backfill {}` is not needed", flag.text));
    }
    Ok(diff::filled(changes, &answers))
}

fn stated(expression: &str) -> Fill {
    Fill { expression: expression.to_owned(), is_stand_in: false, ..Fill::default() }
}

fn stand_in(comparison: &Comparison, question: &FillQuestion) -> Option<String> {
    comparison.backend.stand_in(&question.column, &comparison.wanted.schema)
}

/// A column whose rows need a value that no flag names.
struct Open {
    question: FillQuestion,
    proposal: Option<String>,
}

impl Open {
    fn name(&self) -> String {
        format!("{}.{}", self.question.table, self.question.column.name)
    }

    /// Returns what `--backfill` takes.
    fn flag(&self) -> String {
        format!("{}={}", self.name(), self.proposal.as_deref().unwrap_or("EXPRESSION"))
    }
}

/// Asks about the first column; the command line that answers it answers the others, too.
fn ask(app: &App, open: &[Open], flags: &[BackfillFlag]) -> Result<String, Failure> {
    let Some(first) = open.first() else { return Ok(String::new()) };
    let name = first.name();
    let check = |typed: &str| if typed.trim().is_empty() { Err("type a SQL expression".to_owned()) } else { Ok(()) };
    let all: Vec<String> = flags.iter().map(|flag| flag.text.clone()).chain(open.iter().map(Open::flag)).collect();
    let words: Vec<&str> = all.iter().flat_map(|flag| ["--backfill", flag]).collect();
    let why = if first.question.is_old { "becomes NOT NULL" } else { "is new, NOT NULL and without a default" };
    let text = format!("Which value do old rows get in {name}? (SQL)");
    let entry = Entry {
        details: vec![Text::from(format!("{name} {why}"))],
        answers: vec![app.words.with(&words)],
        initial: first.proposal.clone().unwrap_or_default(),
        ..Entry::new(&text, &check)
    };
    let expression = app.ui.ask().text(&entry)?.trim().to_owned();
    app.words.answer(&["--backfill", &format!("{name}={expression}")]);
    Ok(expression)
}
