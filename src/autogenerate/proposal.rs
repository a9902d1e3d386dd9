//! Changes as revisions: split by feature, described, as SQL of every dialect.
//!
//! Read [`of`] first.

use std::collections::BTreeSet;

use alembic_revisions::{Code, Diagnose, DialectName, Exit};
use alembic_schema::backend::{self, Backend, Unsupported};
use alembic_schema::describe::{self, Loss};
use alembic_schema::diff::{self, Renames};
use alembic_schema::split::{Batch, Unowned, by_feature};
use alembic_schema::translate::{Side, Translated, translate};
use alembic_schema::{Change, Delta, Misfit, ObjectName, Schema, lower};

use super::Request;
use super::comparison::Comparison;
use super::renames::repeated;
use super::sections::{Directed, both_ways, layout};
use crate::app::{App, Failure};
use crate::scaffold::Sections;

/// What `generate` would write.
#[derive(Debug, Default)]
pub struct Proposal {
    /// In the order of their revisions.
    pub parts: Vec<Part>,
    pub losses: Vec<Loss>,
    /// Lines of changes in features that `-p` leaves out, by feature.
    pub left_out: Vec<(String, Vec<String>)>,
    /// Tables that stay because a model may hide where nobody can look, with the reason.
    pub withheld: Vec<(ObjectName, String)>,
    /// Tables that the revisions make as they are already.
    pub adopted: BTreeSet<ObjectName>,
}

/// A revision without its place in the graph.
#[derive(Debug)]
pub struct Part {
    pub feature: String,
    /// What `-m` is if nobody says.
    pub message: String,
    /// A line for each change.
    pub changes: Vec<String>,
    /// Tables that its changes are about or refer to.
    pub tables: BTreeSet<ObjectName>,
    pub sections: Sections,
    /// What a person should look at in its SQL.
    pub notes: Vec<String>,
}

/// What `check` finds.
#[derive(Debug, Default)]
pub struct Difference {
    /// A line for each change.
    pub changes: Vec<String>,
    pub withheld: Vec<(ObjectName, String)>,
    /// Tables that are not ours.
    pub ignored: Vec<ObjectName>,
}

impl Difference {
    pub fn of(comparison: &Comparison, renames: &Renames) -> Self {
        let is_ours = |change: &Change| change.table().is_none_or(|table| !comparison.unowned.contains(table));
        let changes = comparison.changes(renames);
        let lines = changes.iter().filter(|change| is_ours(change)).map(describe::line);
        let adoptions = comparison.unowned.iter().map(|table| format!("adopt table {table}"));
        Difference {
            changes: adoptions.chain(lines).collect(),
            withheld: comparison.withheld(renames),
            ignored: comparison.ignored.clone(),
        }
    }
}

/// Returns the revisions that make `changes`, of the features of `-p`.
pub fn of(app: &App, comparison: &Comparison, request: &Request<'_>, decided: Decided) -> Result<Proposal, Failure> {
    let Decided { changes, renames } = decided;
    let batches = split(comparison, &changes)?;
    let is_selected = |batch: &Batch| request.packages.is_empty() || request.packages.contains(&batch.feature);
    let (selected, left_out): (Vec<Batch>, Vec<Batch>) = batches.into_iter().partition(is_selected);
    need_nothing_left_out(app, &selected, &left_out)?;
    let all: Vec<&[Change]> = selected.iter().chain(&left_out).map(|batch| batch.changes.as_slice()).collect();
    let lines = |batch: &Batch| batch.changes.iter().map(describe::line).collect::<Vec<_>>();
    let losses = selected.iter().flat_map(|batch| describe::losses(&batch.changes, comparison.backend.as_ref()));
    Ok(Proposal {
        losses: losses.collect(),
        parts: parts(app, comparison, &comparison.current, &all, &selected)?,
        left_out: left_out.iter().map(|batch| (batch.feature.clone(), lines(batch))).collect(),
        withheld: comparison.withheld(&renames),
        adopted: BTreeSet::new(),
    })
}

/// Changes that need no more answers.
pub struct Decided {
    pub changes: Vec<Change>,
    pub renames: Renames,
}

/// Returns the revisions that make the adopted tables as they are, and nothing else.
pub fn baseline(app: &App, comparison: &Comparison) -> Result<Proposal, Failure> {
    let mut before = comparison.current.clone();
    before.tables.retain(|name, _| !comparison.unowned.contains(name));
    let changes = diff::changes(&before, &comparison.current, &Renames::default());
    let batches = split(comparison, &changes)?;
    let all: Vec<&[Change]> = batches.iter().map(|batch| batch.changes.as_slice()).collect();
    let parts = parts(app, comparison, &before, &all, &batches)?;
    Ok(Proposal { parts, adopted: comparison.unowned.clone(), ..Proposal::default() })
}

fn split(comparison: &Comparison, changes: &[Change]) -> Result<Vec<Batch>, ProposalError> {
    let is_own = |change: &Change| comparison.backend.needs_own_revision(change);
    Ok(by_feature(changes, &comparison.owners(), is_own)?)
}

/// Returns a revision for each of `batches`, the first ones of `all`, which lead from `before` on.
fn parts(
    app: &App,
    comparison: &Comparison,
    before: &Schema,
    all: &[&[Change]],
    batches: &[Batch],
) -> Result<Vec<Part>, Failure> {
    let mut drawn: Vec<(Directed, Directed, Vec<String>)> = vec![Default::default(); batches.len()];
    for dialect in dialects(app, comparison)? {
        let other = backend::of(dialect, None);
        let backend = if dialect == comparison.backend.dialect() { &comparison.backend } else { &other };
        let translated = if dialect == comparison.backend.dialect() {
            in_words_of_its_own(all, before)?
        } else {
            translated(comparison, all, other.as_ref())?
        };
        for (translated, (upgrade, downgrade, notes)) in translated.into_iter().zip(&mut drawn) {
            let [up, down] = both_ways(&translated.changes, &translated.before, backend.as_ref())?;
            upgrade.push((dialect, up));
            downgrade.push((dialect, down));
            notes.extend(translated.notes.into_iter().map(|note| format!("{dialect}: {note}")));
        }
    }
    let part = |(batch, (upgrade, downgrade, notes)): (&Batch, (Directed, Directed, Vec<String>))| Part {
        feature: batch.feature.clone(),
        message: describe::message(&batch.changes),
        changes: batch.changes.iter().map(describe::line).collect(),
        tables: batch.changes.iter().flat_map(tables).cloned().collect(),
        sections: layout(upgrade, downgrade),
        notes,
    };
    Ok(batches.iter().zip(drawn).map(part).collect())
}

/// Returns the dialects of the settings, and the one in use.
fn dialects(app: &App, comparison: &Comparison) -> Result<Vec<DialectName>, Failure> {
    let mut dialects = app.dialects()?;
    if !dialects.contains(&comparison.backend.dialect()) {
        dialects.push(comparison.backend.dialect());
    }
    Ok(dialects)
}

fn in_words_of_its_own(groups: &[&[Change]], before: &Schema) -> Result<Vec<Translated>, ProposalError> {
    let mut before = before.clone();
    let step = |group: &&[Change]| {
        let start = before.clone();
        before.apply_all(*group)?;
        Ok(Translated { changes: group.to_vec(), before: start, notes: Vec::new() })
    };
    groups.iter().map(step).collect()
}

fn translated(comparison: &Comparison, groups: &[&[Change]], other: &dyn Backend) -> Result<Vec<Translated>, Failure> {
    let mut wanted = lower(&comparison.models, other)?;
    wanted.schema.tables.retain(|name, _| comparison.wanted.schema.tables.contains_key(name));
    other.normalize(&mut wanted.schema);
    let ours = Side { backend: comparison.backend.as_ref(), wanted: &comparison.wanted.schema };
    let theirs = Side { backend: other, wanted: &wanted.schema };
    Ok(translate(groups, ours, theirs).map_err(ProposalError::from)?)
}

/// Returns the tables that a change is about or refers to.
fn tables(change: &Change) -> Vec<&ObjectName> {
    let mut tables: Vec<&ObjectName> = change.table().into_iter().collect();
    match change {
        Change::Table(delta) => {
            tables
                .extend(delta.to().into_iter().flat_map(|table| table.foreign_keys.iter().map(|key| &key.references)));
        }
        Change::ForeignKey { delta, .. } => tables.extend(delta.to().map(|key| &key.references)),
        _ => {}
    }
    tables
}

/// Fails if a selected change refers to a table that only a left-out one makes.
fn need_nothing_left_out(app: &App, selected: &[Batch], left_out: &[Batch]) -> Result<(), ProposalError> {
    let makes = |batch: &&Batch, table: &ObjectName| {
        let made = |change: &Change| matches!(change, Change::Table(Delta::Create(made)) if made.name == *table);
        batch.changes.iter().any(made)
    };
    for batch in selected {
        for table in batch.changes.iter().flat_map(tables) {
            if let Some(other) = left_out.iter().find(|other| makes(other, table)) {
                let given: Vec<&str> = app.options.packages.packages.iter().map(String::as_str).collect();
                return Err(ProposalError::LeftOut {
                    feature: batch.feature.clone(),
                    table: table.clone(),
                    other: other.feature.clone(),
                    command: app.words.with(&repeated("-p", &given, &other.feature)),
                });
            }
        }
    }
    Ok(())
}

/// Why changes cannot be written as revisions.
#[derive(Debug, thiserror::Error)]
pub enum ProposalError {
    #[error("{0}")]
    Unsupported(#[from] Unsupported),
    #[error("the changes do not fit together: {0}")]
    Misfit(#[from] Misfit),
    #[error("{0}")]
    Unowned(#[from] Unowned),
    #[error("`{feature}` refers to the new table `{table}`, which `{other}` makes and `-p` leaves out")]
    LeftOut { feature: String, table: ObjectName, other: String, command: String },
}

impl Diagnose for ProposalError {
    fn code(&self) -> Code {
        Code(match self {
            ProposalError::Unsupported(_) => "A0805",
            ProposalError::LeftOut { .. } => "A0807",
            ProposalError::Misfit(_) | ProposalError::Unowned(_) => "A0808",
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            ProposalError::Unsupported(_) => "UnsupportedChange",
            ProposalError::LeftOut { .. } => "LeftOut",
            ProposalError::Misfit(_) | ProposalError::Unowned(_) => "Misfit",
        }
    }

    fn exit(&self) -> Exit {
        match self {
            ProposalError::Unsupported(_) => Exit::Project,
            ProposalError::LeftOut { .. } => Exit::Usage,
            ProposalError::Misfit(_) | ProposalError::Unowned(_) => Exit::Bug,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            ProposalError::Unsupported(unsupported) => unsupported.help.clone(),
            ProposalError::LeftOut { command, .. } => format!("run `{command}`"),
            ProposalError::Misfit(_) | ProposalError::Unowned(_) => {
                "report it with the models and the script above; meanwhile write the SQL by hand: \
                 `cargo alembic revision`"
                    .to_owned()
            }
        })
    }
}
