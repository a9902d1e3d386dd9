//! Tables that are there, that a model claims and that no revision made: they become ours only if a person says so.
//!
//! An adopted table gets a revision that makes it as it is; the database that has it is stamped, not upgraded. Read
//! [`decide`] first.

use alembic_schema::ObjectName;

use super::comparison::Comparison;
use crate::app::{App, Failure};
use crate::ui::Text;
use crate::ui::ask::Confirm;

/// `--adopt TABLE`, repeated.
#[derive(Clone, Copy, Debug, Default)]
pub struct AdoptFlags<'a> {
    pub tables: &'a [String],
}

/// Whether this run is about adopting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adoption {
    NotNeeded,
    /// Before anything else is compared, and nothing else in the same run.
    First,
}

/// Returns whether tables are adopted: all that need it, or the command stops.
pub fn decide(app: &App, comparison: &Comparison, flags: AdoptFlags<'_>) -> Result<Adoption, Failure> {
    let given: Vec<&str> = flags.tables.iter().map(String::as_str).collect();
    let is_given = |name: &ObjectName| given.contains(&name.to_string().as_str());
    for table in &given {
        if !comparison.unowned.iter().any(|name| name.to_string() == *table) {
            app.ui.warn(format!("`--adopt {table}` is not needed"));
        }
    }
    let open: Vec<String> = comparison.unowned.iter().filter(|name| !is_given(name)).map(ToString::to_string).collect();
    if !open.is_empty() {
        ask(app, &open, &given)?;
    }
    Ok(if comparison.unowned.is_empty() { Adoption::NotNeeded } else { Adoption::First })
}

fn ask(app: &App, open: &[String], given: &[&str]) -> Result<(), Failure> {
    let words: Vec<&str> = open.iter().flat_map(|table| ["--adopt", table]).collect();
    let mut all = given.iter().flat_map(|table| ["--adopt", table]).collect::<Vec<_>>();
    all.extend(&words);
    let tables = match open {
        [table] => format!("{table} is in the database, and no revision makes it. Adopt it?"),
        _ => format!("{} are in the database, and no revision makes them. Adopt them?", open.join(", ")),
    };
    let question = Confirm {
        question: tables,
        details: vec![Text::from(
            "adopted tables get a revision that makes them as they are, to be stamped here, not run",
        )],
        flag: "--adopt",
        answers: vec![app.words.with(&all)],
        ..Confirm::default()
    };
    app.ui.ask().approve(&question)?;
    app.words.answer(&words);
    Ok(())
}
