use super::*;

use std::sync::Arc;

use alembic_revisions::revision::Reference;
use alembic_revisions::{Revision, Script};

/// What the program has: a1 ← b2, and beside it the line `lib` of l1.
fn graph() -> RevisionGraph {
    let script = |id: &str, parents: &[&str], label: Option<&str>| {
        let parents = parents.iter().map(|name| Reference { name: (*name).into(), span: (0..0).into() }).collect();
        let branch_labels = label.map(|label| (label.parse().unwrap(), (0..0).into())).into_iter().collect();
        let revision = Revision { parents, branch_labels, ..Revision::new(id.parse().unwrap()) };
        Arc::new(Script { revision, sections: Vec::new() })
    };
    RevisionGraph::build(vec![script("a1", &[], None), script("b2", &["a1"], None), script("l1", &[], Some("lib"))])
        .unwrap()
}

/// Reads `+c3<b2,l1!` as "c3 was applied on top of b2 and l1 and breaks", `?` at the end as "does not say", nothing as
/// "breaks nothing", `-` in front as reverted, `=` as accepted; a lone `.` is a stamp.
fn history(text: &str) -> Vec<Entry> {
    text.split_whitespace().map(entry).collect()
}

fn entry(word: &str) -> Entry {
    let (way, rest) = word.split_at(1);
    let (rest, breaking) = match (rest.strip_suffix('!'), rest.strip_suffix('?')) {
        (Some(rest), _) => (rest, Some(true)),
        (None, Some(rest)) => (rest, None),
        (None, None) => (rest, Some(false)),
    };
    let (id, parents) = rest.split_once('<').unwrap_or((rest, ""));
    Entry {
        attempt: String::new(),
        revision: (way != ".").then(|| id.to_owned()),
        way: match way {
            "+" => Way::Up,
            "-" => Way::Down,
            "=" => Way::Accept,
            _ => Way::Stamp,
        },
        heads_before: Vec::new(),
        heads_after: Vec::new(),
        checksum: None,
        feature: "shop".to_owned(),
        parents: parents.split(',').filter(|parent| !parent.is_empty()).map(str::to_owned).collect(),
        statements: 1,
        owner: "ann@host".to_owned(),
        tool: "cargo-alembic 9.9.9".to_owned(),
        started_at: "2026-11-23 03:00:00.000".to_owned(),
        finished_at: "2026-11-23 03:00:01.000".to_owned(),
        milliseconds: 1,
        breaking,
        script_hash: None,
    }
}

#[test]
fn a_program_runs_on_only_where_all_is_known_to_be_well() {
    for (rows, past, targets, unknown, missing, permits) in [
        // One that breaks nothing, on top of all that the program has.
        ("c3 l1", "+a1 +b2<a1 +c3<b2", "heads", "c3", "", true),
        ("c3 l1", "+c3<b2!", "heads", "c3!", "", false),
        ("c3 l1", "+c3<b2?", "heads", "c3!", "", false),
        // No row: stamped, or written by Alembic. Nobody knows what it stands on.
        ("c3 l1", "", "heads", "c3!", "a1 b2", false),
        ("c3", ".c3", "heads", "c3!", "l1 a1 b2", false),
        // Two unknown ones in a line; the lower one counts as well.
        ("d4 l1", "+c3<b2! +d4<c3", "heads", "d4 c3!", "", false),
        ("d4 l1", "+c3<b2 +d4<c3", "heads", "d4 c3", "", true),
        ("d4 l1", "+d4<c3", "heads", "d4 c3!", "a1 b2", false),
        // A merge of theirs stands for both lines of the program; a label names what it stands on.
        ("m5", "+m5<b2,lib", "heads", "m5", "", true),
        ("m5", "+m5<b2,lib2", "heads", "m5 lib2!", "l1", false),
        // Some of the program's own is missing, unless nobody wants it.
        ("c3", "+c3<b2", "heads", "c3", "l1", false),
        ("c3", "+c3<b2", "b2", "c3", "", true),
        ("c3 l1", "+c3<a1", "heads", "c3", "b2", false),
        // The last word counts: reverted and stamped again is not known, applied anew is.
        ("c3 l1", "+c3<b2 -c3<b2", "heads", "c3!", "a1 b2", false),
        ("c3 l1", "+c3<b2! -c3<b2! +c3<b2", "heads", "c3", "", true),
        // What ran counts, not a text that was accepted later; a history made anew has only that.
        ("c3 l1", "+c3<b2! =c3<b2", "heads", "c3!", "", false),
        ("c3 l1", "=c3<b2", "heads", "c3", "", true),
        // A circle in a history that somebody wrote by hand ends.
        ("c3 l1", "+c3<d4 +d4<c3", "heads", "c3 d4", "a1 b2", false),
    ] {
        let rows: Vec<String> = rows.split(' ').map(str::to_owned).collect();
        let found = beyond(&graph(), &[targets.parse().unwrap()], &rows, &history(past)).unwrap();
        let sign = |unknown: &Unknown| format!("{}{}", unknown.id, if unknown.is_breaking() { "!" } else { "" });
        let named: Vec<String> = found.unknown.iter().map(sign).collect();
        let lacking: Vec<&str> = found.missing.iter().map(RevisionId::as_str).collect();
        let said = (named.join(" "), lacking.join(" "), found.permits());
        assert_eq!(said, (unknown.to_owned(), missing.to_owned(), permits), "{rows:?} after {past}");
    }
}

#[test]
fn the_error_says_who_when_and_what_to_do() {
    let rows = ["c3".to_owned(), "z\u{1b}9".to_owned()];
    let error = beyond(&graph(), &["heads".parse().unwrap()], &rows, &history("+c3<b2?")).unwrap();
    assert_eq!(error.to_string(), "the database is ahead: it has `c3`, `z\\u{1b}9`, which this program does not know");
    assert_eq!(
        error.notes(),
        [
            "`c3` of `shop` was applied on 2026-11-23 03:00:01 UTC with cargo-alembic 9.9.9 by ann@host; it does not say \
             whether it breaks programs that do not know it",
            "`z\\u{1b}9` has no row in the history, so whether it breaks this program is not known",
            "`l1` of this program is not applied",
        ]
    );
    assert!(
        error.help().unwrap().starts_with("roll forward: start a program that has `c3`; or take the database back")
    );
    let harmless = beyond(&graph(), &["b2".parse().unwrap()], &rows[..1], &history("+c3<b2")).unwrap();
    assert!(harmless.help().unwrap().contains("let this one run on with the policy `run-on`"));
}
