//! What the history says, against what the files say: pure functions over both.
//!
//! Read [`edited`] first, then [`differences`].

use std::sync::Arc;

use alembic_revisions::{
    self as revisions, Checksum, DialectName, Direction, RevisionGraph, Script, Statement, checksum,
};
use similar::TextDiff;

use super::history::{Applied, Entry, Way};

/// How an applied revision differs from what the checkout has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Its upgrade section is not the one that ran.
    Edited { revision: String, attempt: String },
    /// It is applied, and no file of the checkout has it.
    Missing { revision: String, feature: String, finished_at: String, owner: String },
    /// The version table has it, and neither a file nor the history knows it.
    Unknown { revision: String },
    /// It ran before a revision that it now stands on.
    Reordered { revision: String, parent: String },
}

/// What a database is at, told apart by whether a file has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Ids of scripts; their ancestors are applied, too.
    pub known: Vec<String>,
    /// Applied revisions that no script has.
    pub strangers: Vec<String>,
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

/// Returns what the rows of the version table stand for: the history knows the parents of what no file has.
pub fn reached(entries: &[Entry], rows: &[String], is_known: &dyn Fn(&str) -> bool) -> Reached {
    let last = applied_entries(entries);
    let (mut found, mut open) = (Reached::default(), rows.to_vec());
    while let Some(id) = open.pop() {
        if is_known(&id) {
            found.known.push(id);
        } else if !found.strangers.contains(&id) {
            let entry = last.iter().find(|entry| entry.revision.as_ref() == Some(&id));
            open.extend(entry.iter().flat_map(|entry| entry.parents.iter().cloned()));
            found.strangers.push(id);
        }
    }
    found.strangers.sort();
    found
}

/// Returns what a database has of a checkout, and how the two differ.
pub fn checkout(
    graph: &RevisionGraph,
    entries: &[Entry],
    rows: &[String],
    dialect: DialectName,
) -> (revisions::Applied, Vec<Difference>) {
    let reached = reached(entries, rows, &|id| graph.get(id).is_some());
    let applied = revisions::Applied::up_to(graph, reached.known.iter().filter_map(|id| graph.get(id)));
    let scripts: Vec<_> = applied.nodes().iter().map(|node| Arc::clone(graph.script(node))).collect();
    let differences = differences(entries, &scripts, &reached.strangers, dialect);
    (applied, differences)
}

/// Returns how a database differs from a checkout; `applied` are the scripts that it has, ancestors first.
pub fn differences(
    entries: &[Entry],
    applied: &[Arc<Script>],
    strangers: &[String],
    dialect: DialectName,
) -> Vec<Difference> {
    let last = applied_entries(entries);
    let entry_of = |id: &str| last.iter().position(|entry| entry.revision.as_deref() == Some(id));
    let mut found = Vec::new();
    for script in applied {
        let id = script.revision.id.as_str();
        let Some(at) = entry_of(id) else { continue };
        if is_edited(last[at], script, dialect) {
            found.push(Difference::Edited { revision: id.to_owned(), attempt: last[at].attempt.clone() });
        }
        let parents = script.revision.parents.iter().chain(&script.revision.depends_on);
        // When an accepted one ran is not known.
        let ran_later = |parent: &&str| {
            let ran = |at: &usize| last[*at].way == Way::Up;
            last[at].way == Way::Up && entry_of(parent).filter(ran) > Some(at)
        };
        if let Some(parent) = parents.map(|parent| &*parent.name).find(ran_later) {
            found.push(Difference::Reordered { revision: id.to_owned(), parent: parent.to_owned() });
        }
    }
    found.extend(strangers.iter().cloned().map(|revision| match entry_of(&revision).map(|at| last[at]) {
        Some(entry) => Difference::Missing {
            revision,
            feature: entry.feature.clone(),
            finished_at: entry.finished_at.clone(),
            owner: entry.owner.clone(),
        },
        None => Difference::Unknown { revision },
    }));
    found
}

/// True if a script's upgrade section is not what ran.
pub fn is_edited(ran: &Entry, script: &Script, dialect: DialectName) -> bool {
    ran.checksum.is_some_and(|ran| current(script, dialect).is_some_and(|now| now != ran))
}

/// Returns what the history last says of a revision that is applied.
pub fn applied_entry<'e>(entries: &'e [Entry], revision: &str) -> Option<&'e Entry> {
    applied_entries(entries).into_iter().find(|entry| entry.revision.as_deref() == Some(revision))
}

/// Returns the entry of each revision that is applied, in the order in which they ran.
fn applied_entries(entries: &[Entry]) -> Vec<&Entry> {
    let mut applied: Vec<&Entry> = Vec::new();
    for entry in entries {
        let Some(revision) = &entry.revision else { continue };
        let at = applied.iter().position(|known| known.revision.as_ref() == Some(revision));
        match (entry.way, at) {
            (Way::Accept, Some(at)) => applied[at] = entry,
            // What ran before there was a history.
            (Way::Accept, None) => applied.push(entry),
            (Way::Up, at) => {
                at.map(|at| applied.remove(at));
                applied.push(entry);
            }
            (Way::Down, Some(at)) => {
                applied.remove(at);
            }
            (Way::Down, None) | (Way::Stamp, _) => {}
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
    use alembic_revisions::Source;

    use super::*;

    fn script(id: &str, parents: &str, sql: &str) -> Arc<Script> {
        let parents: Vec<String> = parents.split_whitespace().map(|parent| format!("\"{parent}\"")).collect();
        let text = format!(
            "-- {id}\n--\n-- [alembic]\n-- revision = \"{id}\"\n-- down_revision = [{}]\n\n-- [upgrade]\n{sql};\n\n\
             -- [downgrade]\nSELECT 1;\n",
            parents.join(", ")
        );
        let source = Source { path: "a.sql".into(), text };
        Arc::new(alembic_revisions::file::parse(Arc::new(source), &"app".into()).expect("a script"))
    }

    fn entry(id: &str, way: Way, sql: &str, parents: &str) -> Entry {
        Entry {
            attempt: format!("attempt of {id}"),
            revision: (way != Way::Stamp).then(|| id.to_owned()),
            way,
            heads_before: Vec::new(),
            heads_after: Vec::new(),
            checksum: Some(checksum::of_statements([sql], DialectName::Sqlite)),
            feature: "app".to_owned(),
            parents: parents.split_whitespace().map(str::to_owned).collect(),
            statements: 1,
            owner: "ada@home".to_owned(),
            tool: String::new(),
            started_at: String::new(),
            finished_at: "then".to_owned(),
            milliseconds: 1,
            breaking: None,
            script_hash: None,
        }
    }

    fn words(found: &[Difference]) -> Vec<String> {
        let word = |difference: &Difference| match difference {
            Difference::Edited { revision, .. } => format!("{revision} edited"),
            Difference::Missing { revision, owner, .. } => format!("{revision} missing, {owner}'s"),
            Difference::Unknown { revision } => format!("{revision} unknown"),
            Difference::Reordered { revision, parent } => format!("{revision} before {parent}"),
        };
        found.iter().map(word).collect()
    }

    #[test]
    fn files_and_history_are_compared() {
        use Way::{Accept, Down, Stamp, Up};
        let files = [script("a1", "", "SELECT 1"), script("b2", "a1", "SELECT 2"), script("c3", "b2", "SELECT 3")];
        let ran = |entries: &[(&str, Way, &str, &str)]| -> Vec<Entry> {
            entries.iter().map(|(id, way, sql, parents)| entry(id, *way, sql, parents)).collect()
        };
        let (a, b) = (("a1", Up, "SELECT 1 -- why", ""), ("b2", Up, "SELECT 2", "a1"));
        let old = ("b2", Up, "SELECT 'two'", "a1");
        for (entries, rows, expected) in [
            (vec![], vec!["b2"], vec![]),
            (vec![a, b], vec!["b2"], vec![]),
            (vec![a, old], vec!["b2"], vec!["b2 edited"]),
            (vec![a, old], vec!["a1"], vec![]),
            (vec![a, old, ("b2", Accept, "SELECT 2", "a1")], vec!["b2"], vec![]),
            (vec![a, old, ("b2", Down, "SELECT 1", "a1"), b], vec!["b2"], vec![]),
            (vec![a, old, ("", Stamp, "", "")], vec!["b2"], vec!["b2 edited"]),
            (vec![b, a], vec!["b2"], vec!["b2 before a1"]),
            (vec![b, a, ("b2", Down, "", ""), b], vec!["b2"], vec![]),
            (vec![b, ("a1", Accept, "SELECT 1", "")], vec!["b2"], vec![]),
            (vec![("a1", Accept, "SELECT 'one'", ""), b], vec!["b2"], vec!["a1 edited"]),
            (vec![a, b, ("x9", Up, "SELECT 9", "b2")], vec!["x9"], vec!["x9 missing, ada@home's"]),
            (
                vec![a, old, ("x8", Up, "", "b2"), ("x9", Up, "", "x8")],
                vec!["x9"],
                vec!["b2 edited", "x8 missing, ada@home's", "x9 missing, ada@home's"],
            ),
            (vec![a, ("x9", Up, "", "a1")], vec!["a1"], vec![]),
            (vec![a, b], vec!["b2", "y7"], vec!["y7 unknown"]),
        ] {
            let entries = ran(&entries);
            let rows: Vec<String> = rows.into_iter().map(str::to_owned).collect();
            let find = |id: &str| files.iter().position(|file| file.revision.id.as_str() == id);
            let reached = reached(&entries, &rows, &|id| find(id).is_some());
            // The files are one line, so the newest one is above all others.
            let count = reached.known.iter().filter_map(|id| find(id)).max().map_or(0, |at| at + 1);
            let found = differences(&entries, &files[..count], &reached.strangers, DialectName::Sqlite);
            assert_eq!(words(&found), expected, "{entries:?}");
        }
    }

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
