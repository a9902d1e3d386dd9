//! SQLite: what a rebuild of a table needs around it, and the rows that point nowhere afterwards.
//!
//! Sessions have foreign keys off for good; the other mode lasts as long as the statements of a rebuild. Read
//! [`check`] first.

use std::collections::BTreeMap;

use super::run::{Run, Work};
use crate::session::{DatabaseError, Row};

/// Without it, a table cannot take the name of a dropped one while a view still reads that: SQLite looks at each view.
pub(super) const REBUILD_BEGINS: &str = "PRAGMA legacy_alter_table = ON";
pub(super) const REBUILD_ENDS: &str = "PRAGMA legacy_alter_table = OFF";

/// How many rows of a table point to no row of another, by both tables' names.
pub(super) type Violations = BTreeMap<(String, String), usize>;

/// True for a section that says `rebuild = true`.
pub(super) fn is_rebuild(work: &Work<'_>) -> bool {
    work.step.is_some_and(|step| step.rebuild)
}

/// Counts the rows that point nowhere.
pub(super) async fn check(run: &mut Run<'_>) -> Result<Violations, DatabaseError> {
    match run.session.rows("PRAGMA foreign_key_check").await {
        Ok(rows) => Ok(counted(rows)),
        // A foreign key to columns that are not unique cannot be checked.
        Err(error) if error.message.starts_with("foreign key mismatch") => {
            Ok(Violations::from([((error.message.into(), String::new()), 1)]))
        }
        Err(error) => Err(error),
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

/// True if there are violations that were not known.
pub(super) fn exceeds(found: &Violations, known: Option<&Violations>) -> bool {
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
