//! SQLite: the texts of a transactional revision, and its foreign keys, see `reliability.md` §2.
//!
//! Foreign keys are off while a script runs, because a rebuild would otherwise delete the rows of child tables; what
//! points nowhere is found afterwards. Read [`begin`] first.

use std::collections::BTreeMap;

use super::super::failure::ExecuteError;
use super::super::run::Run;
use super::super::text::Text;
use super::super::words::is_create;
use super::fault::Fault;
use super::{Reading, Segment};
use crate::journal::history::Start;
use crate::session::{DatabaseError, ErrorKind, Row};

/// How many rows of a table point to no row of another, by both tables' names.
pub(super) type Violations = BTreeMap<(String, String), usize>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// What pointed nowhere may have done so before the step.
    TryAgain,
    Guilty,
}

/// Adds the beginning of a transaction that may write, or fails at once if another one does.
pub(super) fn begin(text: &mut Text, run: &Run<'_>) -> Reading {
    // Inside a transaction this has no effect.
    text.own("PRAGMA foreign_keys = OFF");
    text.own("BEGIN IMMEDIATE");
    Reading { token: None, glance: run.glance(text) }
}

impl Segment<'_, '_> {
    /// Sends the statements one at a time, then what surrounds them.
    pub(super) async fn apply_sqlite(&mut self) -> Result<(), Fault> {
        let work = self.work();
        let guard = format!("alembic_{:012x}", fastrand::u64(..) >> 16);
        self.run.batch(&format!("SAVEPOINT {guard}")).await.map_err(Fault::Own)?;
        if let Some(open) = &mut self.open {
            open.guard = Some(guard.clone());
        }
        for (index, sql) in work.statements().enumerate() {
            if let Err(error) = self.run.batch(sql).await {
                return Err(Fault::Statement { index, position: error.position.clone(), error });
            }
        }
        let mut text = Text::default();
        text.own(&format!("RELEASE SAVEPOINT {guard}"));
        if work.purge {
            text.own(&self.run.table.delete_all());
        }
        let changes = self.run.table.change(work.change);
        let mut counted: Vec<usize> = changes.iter().map(|sql| text.own(sql)).collect();
        let elapsed = self.started.map(|started| started.elapsed()).unwrap_or_default();
        let recorded = self.journal(&mut text, Start::Ago(elapsed));
        counted.extend(recorded);
        let sent = self.run.session.batch(&text.sql).await;
        if let Some(open) = &mut self.open {
            let inside = sent.as_ref().is_err_and(|failed| failed.completed == 0);
            open.guard = inside.then_some(guard);
        }
        match sent {
            Ok(counts) if counted.iter().all(|index| counts.get(*index) == Some(&1)) => {}
            Ok(_) => return Err(Fault::RowMismatch),
            Err(failed) if failed.completed == 0 && failed.error.kind == ErrorKind::NoTransaction => {
                return Err(Fault::Ended);
            }
            Err(failed) if Some(failed.completed) == recorded => return Err(Fault::History(failed.error)),
            Err(failed) => return Err(Fault::Own(failed.error)),
        }
        // New and empty tables cannot break a foreign key, and the check reads every row of every child table.
        if work.statements().all(is_create) {
            return Ok(());
        }
        let found = self.check_foreign_keys().await.map_err(Fault::Own)?;
        if exceeds(&found, self.known_violations.as_ref()) { Err(Fault::ForeignKeys(found)) } else { Ok(()) }
    }

    async fn check_foreign_keys(&mut self) -> Result<Violations, DatabaseError> {
        match self.run.session.rows("PRAGMA foreign_key_check").await {
            Ok(rows) => Ok(counted(rows)),
            // A foreign key to columns that are not unique cannot be checked.
            Err(error) if error.message.starts_with("foreign key mismatch") => {
                Ok(Violations::from([((error.message.into(), String::new()), 1)]))
            }
            Err(error) => Err(error),
        }
    }

    /// Decides, after the rollback, whether the step broke foreign keys or found them broken.
    pub(super) async fn judge(&mut self, found: &Violations) -> Result<Judgement, ExecuteError> {
        if self.known_violations.is_some() {
            return Ok(Judgement::Guilty);
        }
        let before = self.check_foreign_keys().await;
        let before = before.map_err(|error| self.run.fail(super::super::Cause::Database(error)))?;
        let guilty = exceeds(found, Some(&before));
        self.known_violations = Some(before);
        Ok(if guilty { Judgement::Guilty } else { Judgement::TryAgain })
    }
}

/// A rebuild may number rows anew, so rows are counted, not compared.
fn counted(rows: Vec<Row>) -> Violations {
    let mut violations = Violations::new();
    for row in rows {
        let mut values = row.into_iter();
        let table = values.next().flatten().unwrap_or_default();
        let parent = values.nth(1).flatten().unwrap_or_default();
        *violations.entry((table, parent)).or_default() += 1;
    }
    violations
}

fn exceeds(found: &Violations, known: Option<&Violations>) -> bool {
    !added(found, known).is_empty()
}

/// Returns how many more violations there are than were known, by both tables' names.
fn added<'v>(found: &'v Violations, known: Option<&Violations>) -> Vec<(&'v str, &'v str, usize)> {
    let count = |(tables, count): (&'v (String, String), &usize)| {
        let before = known.and_then(|known| known.get(tables)).copied().unwrap_or_default();
        (count > &before).then(|| (tables.0.as_str(), tables.1.as_str(), count - before))
    };
    found.iter().filter_map(count).collect()
}

/// Returns what the step broke, a line each.
pub(super) fn violations(found: &Violations, known: Option<&Violations>) -> Vec<String> {
    let line = |(table, parent, count)| match (count, parent) {
        // A foreign key that cannot be checked: the first part is the database's message.
        (_, "") => String::from(table),
        (1, _) => format!("1 row of `{table}` points to no row of `{parent}`"),
        _ => format!("{count} rows of `{table}` point to no row of `{parent}`"),
    };
    added(found, known).into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(table: &str, parent: &str) -> Row {
        [table, "7", parent, "0"].map(|value| Some(value.to_owned())).to_vec()
    }

    #[test]
    fn only_more_violations_than_before_count() {
        let before = counted(vec![row("a", "p"), row("a", "p")]);
        let same = counted(vec![row("a", "p"), row("a", "p")]);
        let more = counted(vec![row("a", "p"), row("a", "p"), row("a", "p"), row("b", "p")]);
        assert!(!exceeds(&same, Some(&before)) && exceeds(&same, None));
        assert!(exceeds(&more, Some(&before)) && !exceeds(&Violations::new(), None));
        assert_eq!(
            violations(&more, Some(&before)),
            ["1 row of `a` points to no row of `p`", "1 row of `b` points to no row of `p`"]
        );
    }
}
