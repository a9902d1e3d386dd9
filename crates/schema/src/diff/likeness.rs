//! How much a dropped thing and an added one are alike: the questions behind undeclared renames.
//!
//! Scores of `models.md` §6.3. Never decides anything. Read [`questions`] first.

use super::keyed::keyed;
use super::renames::Renamed;
use super::steps::Steps;
use super::{RenamePair, RenameQuestion, Renames};
use crate::change::{Change, Delta};
use crate::schema::{Column, ForeignKey, Index, Schema, Table};
use crate::structure::Structured;
use crate::tokens::mentions;

/// Less likely pairs are not asked about.
const LEAST: f64 = 0.5;

pub(super) fn questions(current: &Schema, wanted: &Schema, renames: &Renames) -> Vec<RenameQuestion> {
    let base = Renamed::new(current, renames, &mut Steps::default()).base;
    let tables = keyed(base.tables.values(), wanted.tables.values(), |table| &table.name);
    let mut questions = Vec::new();
    for came in tables.came {
        let scored = tables.gone.iter().map(|gone| {
            let pair = RenamePair::Table { from: gone.name.clone(), to: came.name.clone() };
            (pair, table_likeness(gone, came))
        });
        questions.extend(question(scored, renames));
    }
    for (old, new) in tables.kept {
        let columns = keyed(&old.columns, &new.columns, |column| &column.name);
        for came in columns.came {
            let same_type = columns.gone.iter().filter(|gone| gone.sql_type == came.sql_type);
            let scored = same_type.map(|gone| {
                let (from, to) = (gone.name.clone(), came.name.clone());
                let score = column_likeness(&base, (old, gone), (new, came));
                (RenamePair::Column { table: new.name.clone(), from, to }, score)
            });
            questions.extend(question(scored, renames));
        }
    }
    questions
}

/// Returns a question if any candidate is left, best first, then by name.
fn question(scored: impl Iterator<Item = (RenamePair, f64)>, renames: &Renames) -> Option<RenameQuestion> {
    let likely = scored.filter(|(pair, score)| *score > LEAST && !renames.unrelated.contains(pair));
    let mut candidates: Vec<(RenamePair, f64)> = likely.collect();
    candidates.sort_by(|(one, score), (other, other_score)| other_score.total_cmp(score).then_with(|| one.cmp(other)));
    (!candidates.is_empty()).then_some(RenameQuestion { candidates })
}

/// Columns of one name and type count for most.
fn table_likeness(old: &Table, new: &Table) -> f64 {
    let is_shared = |column: &&Column| new.column(&column.name).is_some_and(|other| other.sql_type == column.sql_type);
    let shared = old.columns.iter().filter(is_shared).count();
    let all = old.columns.len() + new.columns.len() - shared;
    let overlap = if all == 0 { 1.0 } else { fraction(shared, all) };
    0.7 * overlap + 0.3 * name_likeness(&old.name.name, &new.name.name)
}

fn column_likeness(base: &Schema, (old, gone): (&Table, &Column), (new, came): (&Table, &Column)) -> f64 {
    let is_same = gone.nullable == came.nullable
        && gone.default == came.default
        && gone.generated == came.generated
        && has_same_constraints(base, (old, gone), (new, came));
    let ordinal = |table: &Table, name: &str| table.columns.iter().position(|column| column.name == name);
    let is_same_place = ordinal(old, &gone.name) == ordinal(new, &came.name);
    let score = |holds: bool, weight: f64| if holds { weight } else { 0.0 };
    score(is_same, 0.5) + score(is_same_place, 0.2) + 0.3 * name_likeness(&gone.name, &came.name)
}

/// Whether the old column, by the new name, is in the same keys, checks and indexes.
fn has_same_constraints(base: &Schema, (old, gone): (&Table, &Column), (new, came): (&Table, &Column)) -> bool {
    let mut renamed = base.clone();
    let delta = Delta::Rename { from: gone.clone(), to: came.clone() };
    if renamed.apply(&Change::Column { table: old.name.clone(), delta, fill: None }).is_err() {
        return false;
    }
    renamed.tables.get(&old.name).is_some_and(|renamed| of_column(renamed, &came.name) == of_column(new, &came.name))
}

type OfColumn = (bool, Vec<ForeignKey>, Vec<Vec<String>>, Vec<String>, Vec<Index>);

/// Returns what the column is part of, without names.
fn of_column(table: &Table, column: &str) -> OfColumn {
    let has = |columns: &[String]| columns.iter().any(|other| other == column);
    let keys = table.foreign_keys.iter().filter(|key| has(&key.columns)).map(Structured::structure);
    let uniques = table.uniques.iter().filter(|unique| has(&unique.columns)).map(|unique| unique.columns.clone());
    let checks = table.checks.iter().map(|check| &check.expression).filter(|expression| mentions(expression, column));
    let indexes = table.indexes.iter().filter(|index| super::pair::columns_of(index).contains(&column));
    (
        table.primary_key.as_ref().is_some_and(|key| has(&key.columns)),
        keys.collect(),
        uniques.collect(),
        checks.cloned().collect(),
        indexes.map(Structured::structure).collect(),
    )
}

/// By letters, or by the words between underscores, whichever is more.
fn name_likeness(old: &str, new: &str) -> f64 {
    let (old, new) = (old.to_lowercase(), new.to_lowercase());
    let words = keyed(old.split('_'), new.split('_'), |word| *word);
    let all = words.kept.len() + words.gone.len() + words.came.len();
    strsim::normalized_levenshtein(&old, &new).max(fraction(words.kept.len(), all))
}

fn fraction(part: usize, all: usize) -> f64 {
    let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    count(part) / count(all.max(1))
}
