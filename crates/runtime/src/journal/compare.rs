//! What the history says, against what the files say: pure functions over both.
//!
//! Read [`edited`] first, then [`differences`].

use std::collections::BTreeSet;
use std::sync::Arc;

use alembic_revisions::{Checksum, DialectName, Direction, Script, Statement, checksum};
use similar::TextDiff;

use super::history::{Applied, Entry, Way};

/// How an applied revision differs from what the checkout has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Its upgrade section is not the one that ran.
    Edited { revision: String, attempt: String },
    /// It is applied, and no file of the checkout has it.
    Missing { revision: String, feature: String, finished_at: String, owner: String },
    /// It ran behind a revision that now stands above it.
    Reordered { revision: String, before: String },
}

/// Returns the scripts among those that are applied whose text is not what ran, with the attempt that has the text.
pub(crate) fn edited(applied: &Applied, scripts: &[Arc<Script>], dialect: DialectName) -> Vec<(Arc<Script>, String)> {
    let differs = |script: &&Arc<Script>| {
        let (known, attempt) = applied.get(script.revision.id.as_str())?;
        (current(script, dialect)? != *known).then(|| (Arc::clone(script), attempt.clone()))
    };
    scripts.iter().filter_map(|script| differs(&script)).collect()
}

fn current(script: &Script, dialect: DialectName) -> Option<Checksum> {
    checksum::of_section(script, Direction::Up, dialect).map(|(checksum, _)| checksum)
}

/// Returns all differences between a history and the scripts of a checkout.
pub fn differences(entries: &[Entry], scripts: &[Arc<Script>], dialect: DialectName) -> Vec<Difference> {
    let find = |id: &str| scripts.iter().find(|script| script.revision.id.as_str() == id);
    let mut found = Vec::new();
    let last = applied_entries(entries);
    for (index, entry) in last.iter().enumerate() {
        let Some(revision) = entry.revision.clone() else { continue };
        let Some(script) = find(&revision) else {
            found.push(Difference::Missing {
                revision,
                feature: entry.feature.clone(),
                finished_at: entry.finished_at.clone(),
                owner: entry.owner.clone(),
            });
            continue;
        };
        if entry.checksum.is_some() && current(script, dialect).is_some_and(|now| Some(now) != entry.checksum) {
            found.push(Difference::Edited { revision: revision.clone(), attempt: entry.attempt.clone() });
        }
        let parents = script.revision.parents.iter().chain(&script.revision.depends_on);
        let parents: BTreeSet<&str> = parents.map(|parent| &*parent.name).collect();
        let later = last[index + 1..].iter().filter_map(|later| later.revision.as_ref());
        if let Some(before) = later.into_iter().find(|later| parents.contains(later.as_str())) {
            found.push(Difference::Reordered { revision, before: before.clone() });
        }
    }
    found
}

/// Returns the entry of each revision that is applied, in the order in which they ran.
fn applied_entries(entries: &[Entry]) -> Vec<&Entry> {
    let mut applied: Vec<&Entry> = Vec::new();
    for entry in entries {
        let Some(revision) = &entry.revision else { continue };
        let at = applied.iter().position(|known| known.revision.as_ref() == Some(revision));
        match (entry.way, at) {
            (Way::Accept, Some(at)) => applied[at] = entry,
            (Way::Up, at) => {
                at.map(|at| applied.remove(at));
                applied.push(entry);
            }
            (Way::Down, Some(at)) => {
                applied.remove(at);
            }
            (Way::Down | Way::Accept, None) | (Way::Stamp, _) => {}
        }
    }
    applied
}

/// Returns the text that runs for statements: from the first one's beginning to the last one's end.
pub fn text_of(statements: &[Statement]) -> &str {
    match statements {
        [] => "",
        [first, .., last] => &first.source.text[first.range.start..last.range.end],
        [only] => only.sql(),
    }
}

/// Returns the lines that differ, each with `-` (what ran), `+` (what the file has now) or a blank in front.
pub fn line_difference(ran: &str, now: &str) -> Vec<String> {
    let (ran, now) = (ran.replace("\r\n", "\n"), now.replace("\r\n", "\n"));
    let difference = TextDiff::from_lines(ran.as_str(), now.as_str());
    let mut lines = Vec::new();
    for group in difference.grouped_ops(1) {
        for change in group.iter().flat_map(|operation| difference.iter_changes(operation)) {
            lines.push(format!("{}{}", change.tag(), change.value().trim_end_matches('\n')));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_of_lines() {
        let ran = "CREATE TABLE t (\r\n  id int\r\n)";
        assert_eq!(
            line_difference(ran, "CREATE TABLE t (\n  id bigint\n)"),
            [" CREATE TABLE t (", "-  id int", "+  id bigint", " )"]
        );
        assert!(line_difference(ran, "CREATE TABLE t (\n  id int\n)").is_empty());
    }
}
