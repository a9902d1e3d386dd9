//! What a statement of PostgreSQL kept others from doing, from what the server says before and after it, in words.
//!
//! Text and values only: whoever has a session sends [`QUERY`] in the statement's transaction. Read [`observed`] first.

use std::collections::BTreeMap;
use std::fmt;

use crate::backend::Row;

/// The tables of a database as its own transaction sees them: oid, name, file, how often it read all rows, its locks.
pub const QUERY: &str = "\
SELECT coalesce(t.oid, l.relation)::text, t.name, t.file, t.scans, l.modes
FROM (
  SELECT c.oid, CASE WHEN n.nspname = 'public' THEN '' ELSE quote_ident(n.nspname) || '.' END || quote_ident(c.relname) AS name,
    pg_relation_filenode(c.oid)::text AS file, pg_stat_get_xact_numscans(c.oid)::text AS scans
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
) t FULL JOIN (
  SELECT relation, string_agg(mode, ' ') AS modes FROM pg_locks
  WHERE locktype = 'relation' AND pid = pg_backend_pid() AND granted GROUP BY relation
) l ON l.relation = t.oid";

/// A lock on a table, weakest first; of those below [`Mode::Share`] no reader and no writer takes notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    AccessShare,
    RowShare,
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
    AccessExclusive,
}

const MODES: [(Mode, &str, &str); 8] = [
    (Mode::AccessShare, "AccessShareLock", "ACCESS SHARE"),
    (Mode::RowShare, "RowShareLock", "ROW SHARE"),
    (Mode::RowExclusive, "RowExclusiveLock", "ROW EXCLUSIVE"),
    (Mode::ShareUpdateExclusive, "ShareUpdateExclusiveLock", "SHARE UPDATE EXCLUSIVE"),
    (Mode::Share, "ShareLock", "SHARE"),
    (Mode::ShareRowExclusive, "ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE"),
    (Mode::Exclusive, "ExclusiveLock", "EXCLUSIVE"),
    (Mode::AccessExclusive, "AccessExclusiveLock", "ACCESS EXCLUSIVE"),
];

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = MODES.iter().find(|(mode, ..)| mode == self).map_or("", |(.., name)| name);
        f.pad(name)
    }
}

/// What the server says of its tables at one moment, by their oids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment(BTreeMap<String, Seen>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// None for a relation that is gone, or is no table.
    name: Option<String>,
    file: Option<String>,
    scans: u64,
    mode: Option<Mode>,
}

impl Moment {
    /// Returns the moment that the rows of [`QUERY`] describe.
    pub fn new(rows: &[Row]) -> Self {
        let seen = rows.iter().filter_map(|row| {
            let text = |at: usize| row.get(at).cloned().flatten();
            let modes = text(4).unwrap_or_default();
            let modes = modes.split(' ').filter_map(|word| MODES.iter().find(|(_, known, _)| *known == word));
            let scans = text(3).and_then(|scans| scans.parse().ok()).unwrap_or_default();
            Some((text(0)?, Seen { name: text(1), file: text(2), scans, mode: modes.map(|(mode, ..)| *mode).max() }))
        });
        Moment(seen.collect())
    }
}

/// What one statement did to one table that existed before the revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    pub table: String,
    /// The strongest lock that is held when the statement ends.
    pub mode: Mode,
    /// An earlier statement of the transaction took it already.
    pub is_held: bool,
    pub work: Work,
}

/// What a statement does with a table while it holds the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// Nothing that takes longer for more rows.
    Catalogue,
    /// It reads all rows.
    Read,
    /// It writes all rows, into a new file.
    Rewritten,
}

/// Returns what the statement between `before` and `after` did to the tables of `first`, the start of its revision; a
/// table that it only used as before is left out.
pub fn observed(first: &Moment, before: &Moment, after: &Moment) -> Vec<Observation> {
    let mut found: Vec<Observation> = first
        .0
        .iter()
        .filter_map(|(oid, table)| {
            let (old, new) =
                (before.0.get(oid).cloned().unwrap_or_default(), after.0.get(oid).cloned().unwrap_or_default());
            let work = if new.name.is_some() && old.name.is_some() && new.file != old.file {
                Work::Rewritten
            } else if new.scans > old.scans {
                Work::Read
            } else {
                Work::Catalogue
            };
            let mode = new.mode?;
            let is_held = old.mode == Some(mode);
            (!is_held || work != Work::Catalogue)
                .then(|| Some(Observation { table: table.name.clone()?, mode, is_held, work }))?
        })
        .collect();
    found.sort_by(|left, right| left.table.cmp(&right.table));
    found
}

impl Observation {
    /// Returns who waits, and how long; nothing where nobody does.
    pub fn warning(&self) -> Option<String> {
        let who = match self.mode {
            Mode::AccessExclusive => "reads and writes wait",
            Mode::Share | Mode::ShareRowExclusive | Mode::Exclusive => "writes wait, reads go on",
            Mode::AccessShare | Mode::RowShare | Mode::RowExclusive | Mode::ShareUpdateExclusive => return None,
        };
        let long = match self.work {
            Work::Rewritten => "while the table is rewritten: the more rows, the longer, and it needs the space twice",
            Work::Read => "while all rows are read: the more rows, the longer",
            Work::Catalogue => "until the transaction ends; the statement itself is quick, however many rows there are",
        };
        Some(format!("{who} {long}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(tables: &[(&str, &str, &str, u64, &str)]) -> Moment {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let rows: Vec<Row> = tables
            .iter()
            .map(|(oid, name, file, scans, modes)| {
                vec![text(oid), text(name), text(file), Some(scans.to_string()), text(modes)]
            })
            .collect();
        Moment::new(&rows)
    }

    #[test]
    fn locks_are_told_by_what_they_keep_from_others() {
        let first = moment(&[("1", "players", "10", 3, "")]);
        let held = moment(&[("1", "players", "10", 3, "AccessExclusiveLock")]);
        for (before, after, expected) in [
            (&first, moment(&[("1", "players", "10", 3, "AccessShareLock RowExclusiveLock")]), "ROW EXCLUSIVE: -"),
            (
                &first,
                moment(&[("1", "players", "10", 4, "ShareLock")]),
                "SHARE: writes wait, reads go on while all rows",
            ),
            (
                &first,
                moment(&[("1", "players", "11", 5, "AccessExclusiveLock")]),
                "ACCESS EXCLUSIVE: reads and writes wait while the table is rew",
            ),
            (
                &first,
                moment(&[("1", "players", "10", 3, "AccessExclusiveLock"), ("2", "new", "12", 0, "ShareLock")]),
                "ACCESS EXCLUSIVE: reads and writes wait until the transaction ends",
            ),
            (
                &first,
                moment(&[("1", "", "", 0, "AccessExclusiveLock")]),
                "ACCESS EXCLUSIVE: reads and writes wait until the transaction ends",
            ),
            (
                &held,
                moment(&[("1", "players", "10", 4, "AccessExclusiveLock ShareLock")]),
                "held ACCESS EXCLUSIVE: reads and writes wait while all rows",
            ),
        ] {
            let found = observed(&first, before, &after);
            let [only] = found.as_slice() else { panic!("{found:?}") };
            let held = if only.is_held { "held " } else { "" };
            let words = format!("{held}{}: {}", only.mode, only.warning().unwrap_or("-".to_owned()));
            assert!(words.starts_with(expected), "{words}");
        }
        assert_eq!(observed(&first, &held, &held), [], "an earlier statement took it, and this one adds nothing");
    }
}
