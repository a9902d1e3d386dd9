//! What an attempt finds when it begins: whether the one before it came to its end, and whether the rows are right.
//!
//! The same on PostgreSQL and SQLite; only how the lock is held differs. Read [`course`] first.

use super::super::failure::ExecuteError;
use super::super::journal::{Course, Seen};
use super::super::run::Run;
use super::super::words::first_words;
use super::Trip;

/// Returns the way through the work from where it is; none if an attempt whose answer was lost has done it all.
///
/// The lock is held.
pub(super) async fn course<'a>(
    run: &mut Run<'_>,
    trip: &mut Trip<'a>,
    seen: Seen,
) -> Result<Option<Course<'a>>, ExecuteError> {
    if !seen.edited.is_empty() {
        return Err(run.refuse_edited(seen.edited).await);
    }
    if let Some(attempt) = &trip.attempt {
        let known = run.happened(attempt).await;
        let known = known.map_err(|error| run.fail(super::super::failure::Cause::Database(error)))?;
        if known.unwrap_or(seen.rows == run.after(trip.work)) {
            return Ok(None);
        }
    }
    if seen.rows != run.rows {
        return Err(run.stale(&seen.rows));
    }
    let course = Course::new(run, trip.work, seen.progress)?;
    trip.attempt = Some(course.attempt.clone());
    trip.tell(run);
    Ok(Some(course))
}

/// True for statements that change nothing but the session: a resumed run needs them again.
pub(in super::super) fn sets_session(sql: &str) -> bool {
    let words = first_words(sql, 2);
    let word = |index: usize| words.get(index).map_or("", String::as_str);
    match word(0) {
        "SET" => !matches!(word(1), "GLOBAL" | "PERSIST" | "PASSWORD"),
        "PRAGMA" | "ATTACH" | "DETACH" | "RESET" | "USE" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_told_from_changes() {
        for (sql, expected) in [
            ("SET search_path = ''", true),
            ("-- one\nset @x = 1", true),
            ("SET GLOBAL x = 1", false),
            ("PRAGMA foreign_keys = ON", true),
            ("ATTACH 'x' AS y", true),
            ("USE other", true),
            ("SELECT 1", false),
            ("", false),
        ] {
            assert_eq!(sets_session(sql), expected, "{sql}");
        }
    }
}
