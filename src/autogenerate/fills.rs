//! Which value rows get that have none where a column becomes NOT NULL: as flags say, as a person answers.
//!
//! Read [`decide`] first.

use std::collections::{BTreeMap, BTreeSet};

use alembic_schema::Change;
use alembic_schema::change::Fill;
use alembic_schema::diff::{self, FillQuestion, Renames};

use super::comparison::Comparison;
use super::names::BackfillFlag;
use super::renames::repeated;
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
    let mut answers = BTreeMap::new();
    let mut used = BTreeSet::new();
    for question in diff::fill_questions(&changes) {
        let is_meant = |flag: &&BackfillFlag| flag.table == question.table && flag.column == question.column.name;
        let expression = match flags.iter().find(is_meant) {
            Some(flag) => {
                used.insert(flag.text.as_str());
                flag.expression.clone()
            }
            None => ask(app, &question, stand_in(comparison, &question), flags)?,
        };
        let fill = Fill { expression, is_stand_in: false };
        answers.insert((question.table, question.column.name), fill);
    }
    for flag in flags.iter().filter(|flag| !used.contains(flag.text.as_str())) {
        app.ui.warn(format!("`--backfill {}` is not needed", flag.text));
    }
    Ok(diff::filled(changes, &answers))
}

fn stand_in(comparison: &Comparison, question: &FillQuestion) -> Option<String> {
    comparison.backend.stand_in(&question.column, &comparison.wanted.schema)
}

fn ask(
    app: &App,
    question: &FillQuestion,
    proposal: Option<String>,
    flags: &[BackfillFlag],
) -> Result<String, Failure> {
    let name = format!("{}.{}", question.table, question.column.name);
    let proposal = proposal.unwrap_or_default();
    let check = |typed: &str| if typed.trim().is_empty() { Err("type a SQL expression".to_owned()) } else { Ok(()) };
    let given: Vec<&str> = flags.iter().map(|flag| flag.text.as_str()).collect();
    let example = if proposal.is_empty() { "EXPRESSION" } else { proposal.as_str() };
    let flag = format!("{name}={example}");
    let why = if question.is_old { "becomes NOT NULL" } else { "is new, NOT NULL and without a default" };
    let text = format!("Which value do old rows get in {name}? (SQL)");
    let entry = Entry {
        details: vec![Text::from(format!("{name} {why}"))],
        answers: vec![app.words.with(&repeated("--backfill", &given, &flag))],
        initial: proposal.clone(),
        ..Entry::new(&text, &check)
    };
    let expression = app.ui.ask().text(&entry)?.trim().to_owned();
    app.words.answer(&["--backfill", &format!("{name}={expression}")]);
    Ok(expression)
}
