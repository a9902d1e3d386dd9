//! The identifiers of `revision-graph.md` §19b, and ours.

use alembic_revisions::diagnose::Diagnose;
use alembic_revisions::plan::{self, PlanError};
use alembic_revisions::target::Resolver;
use alembic_revisions::{Applied, RevisionGraph};

use crate::drawn::{graph, names};
use crate::outcome::run;

const SHOPS: &str = "abc1aaaa@shop; abc2bbbb:abc1aaaa; abd3cccc@shopping; abd4dddd:abd3cccc";
const TWO: &str = "aaa1; bbb1:aaa1@left; bbb2:bbb1; ccc1:aaa1@right; ccc2:ccc1";
const LINE: &str = "aaa; bbb:aaa; ccc:bbb; ddd:ccc";

fn show(graph: &RevisionGraph, rows: &[&str], target: &str) -> String {
    let applied = Applied::from_rows(graph, rows).unwrap();
    let found =
        target.parse().map_err(Into::into).and_then(|target| Resolver::new(graph, "show").at(&applied).many(&target));
    found.map_or_else(|error| format!("!{}", error.kind()), |nodes| names(graph, &nodes))
}

#[test]
fn names_are_found_as_alembic_finds_them() {
    for (target, expected) in [
        ("abc", "!AmbiguousPrefix"),
        ("shop@ab", "!AmbiguousPrefix"),
        ("shop", "abc1aaaa"),
        ("shopp", "abd3cccc"),
        ("sho", "!AmbiguousPrefix"),
        ("shop@abd3", "!NotInBranch"),
        ("shop@head", "abc2bbbb"),
        ("shop@heads", "abc2bbbb"),
        ("head", "!MultipleHeads"),
        ("heads", "abc2bbbb abd4dddd"),
        ("base", ""),
        ("typo@base", "!NotFound"),
        ("typo@head", "!NotFound"),
        ("abc1aaaa@abc2bbbb", "abc2bbbb"),
        ("abc2bbbb@abc1aaaa", "abc1aaaa"),
        ("ABC1AAAA", "!NotFound"),
        (" abc1", "!NotFound"),
        // Ours: steps and `current` everywhere.
        ("shop@head-1", "abc1aaaa"),
        ("abc1+1", "abc2bbbb"),
        ("abc1-1", ""),
        ("abc1-2", "!OutOfRange"),
        ("current", "abc2bbbb"),
        ("current-1", "abc1aaaa"),
        ("-1", "abc1aaaa"),
        ("-9", "!OutOfRange"),
        ("+1", "!OutOfRange"),
        ("shopping@current", ""),
        ("shopping@+2", "abd4dddd"),
        ("shopping@-1", "!NotApplied"),
    ] {
        assert_eq!(show(&graph(SHOPS), &["abc2bbbb"], target), expected, "show {target}");
    }
}

#[test]
fn ids_and_labels_of_one_revision_are_one_candidate() {
    let graph = graph("zebra1@zebra; zeb2:zebra1; abc; xyz@feat-1; feat");
    for (target, expected) in [
        ("zebra", "zebra1"),
        // Alembic finds `zebra` and `zebra1`, and calls it ambiguous.
        ("zebr", "zebra1"),
        ("zeb", "!AmbiguousPrefix"),
        ("zeb2", "zeb2"),
        // Names of less than four characters are never found by a beginning.
        ("ab", "!NotFound"),
        ("abc", "abc"),
        ("feat-1", "xyz"),
        ("feat-1@head", "xyz"),
        ("feat-2", "!OutOfRange"),
        ("fea", "!AmbiguousPrefix"),
    ] {
        assert_eq!(show(&graph, &[], target), expected, "show {target}");
    }
}

#[test]
fn head_is_the_one_real_head() {
    let graph = graph("app1@app; app2:app1; net1@net; net2:net1!app2");
    for (target, expected) in [("head", "net2"), ("app@head", "app2"), ("heads", "net2"), ("app@heads", "app2")] {
        assert_eq!(show(&graph, &[], target), expected, "show {target}");
    }
}

#[test]
fn upgrades_and_downgrades_read_targets_strictly() {
    let dots = "1.0; 2.0:1.0";
    for (drawing, rows, line, expected) in [
        (SHOPS, "", "upgrade abc2+0", "+abc1aaaa {abc1aaaa}; +abc2bbbb {abc2bbbb}"),
        (SHOPS, "abc2bbbb", "upgrade abc1@+2", "!OutOfRange"),
        (SHOPS, "", "upgrade shop@abd3+1", "!OutOfRange"),
        (SHOPS, "abc2bbbb", "upgrade shopp@+1", "+abd3cccc {abc2bbbb abd3cccc}"),
        (SHOPS, "abc2bbbb abd4dddd", "downgrade typo@base", "!NotFound"),
        (LINE, "bbb", "downgrade typo@base", "!NotFound"),
        (TWO, "ccc2", "downgrade left@ccc1", "!NotInBranch"),
        (TWO, "bbb2 ccc2", "downgrade left@head", ""),
        (LINE, "ccc", "downgrade base+1", "-ccc {bbb}; -bbb {aaa}"),
        (LINE, "", "upgrade base-1", "!OutOfRange"),
        (LINE, "ddd", "downgrade heads", ""),
        (LINE, "bbb", "upgrade -1", "!OutOfRange"),
        (LINE, "bbb", "downgrade +1", "!OutOfRange"),
        (LINE, "bbb", "downgrade -0", "!OutOfRange"),
        (LINE, "bbb", "upgrade +0", "!OutOfRange"),
        (LINE, "bbb", "upgrade bbb-2", "!OutOfRange"),
        (LINE, "bbb", "downgrade bbb-2", "-bbb {aaa}; -aaa {}"),
        (LINE, "bbb", "downgrade bbb-3", "!OutOfRange"),
        (LINE, "ccc", "downgrade current-1", "-ccc {bbb}"),
        (LINE, "ccc", "upgrade current+1", "+ddd {ddd}"),
        (LINE, "", "downgrade -1", "!OutOfRange"),
        ("feat1@feat-1; feat2:feat1", "", "upgrade feat-1@head", "+feat1 {feat1}; +feat2 {feat2}"),
        ("feat1@feat-1; feat2:feat1", "", "upgrade feat-1", "+feat1 {feat1}"),
        (dots, "", "upgrade 1.0+1", "+1.0 {1.0}; +2.0 {2.0}"),
        (LINE, "", "upgrade ccc1+1junk", "!IllegalTarget"),
        (LINE, "", "upgrade a:b", "!RangeNotAllowed"),
        (TWO, "bbb2 ccc2", "downgrade heads", "!MultipleHeads"),
        (TWO, "bbb2 ccc2", "downgrade aaa1@aaa1", "!BranchMismatch"),
        // An applied revision without a row of its own.
        ("app1; app2:app1; net1!app2", "net1", "downgrade app2", ""),
        (TWO, "", "upgrade bbb1 ccc1", "+aaa1 {aaa1}; +ccc1 {ccc1}; +bbb1 {bbb1 ccc1}"),
        (TWO, "", "upgrade bbb1 left", "+aaa1 {aaa1}; +bbb1 {bbb1}"),
        (TWO, "", "upgrade bbb1 bbb2", "!Overlap"),
        // The first of the two is not the only row that `left` has, but it is there already.
        ("aaa1@left; bbb1:aaa1; ccc1:aaa1", "bbb1 ccc1", "stamp left@bbb1", "~ {bbb1 ccc1}"),
        ("aaa1@left; bbb1:aaa1; ccc1:aaa1", "ccc1", "stamp left@bbb1", "~ {bbb1 ccc1}"),
        (TWO, "bbb2 ccc2", "stamp base", "~ {}"),
        (TWO, "bbb2 ccc2", "stamp left@-1", "~ {bbb1 ccc2}"),
        (TWO, "", "stamp aaa1 ccc2", "~ {ccc2}"),
    ] {
        let rows: Vec<&str> = rows.split_whitespace().collect();
        let (command, targets) = line.split_once(' ').unwrap();
        let targets: Vec<&str> = targets.split(' ').collect();
        assert_eq!(run(&graph(drawing), &rows, command, &targets), expected, "{{{rows:?}}} {line}");
    }
}

fn listed(drawing: &str, rows: Option<&str>, range: &str) -> String {
    let graph = graph(drawing);
    let applied = rows.map(|rows| Applied::from_rows(&graph, &rows.split_whitespace().collect::<Vec<_>>()).unwrap());
    let found: Result<_, PlanError> = plan::history(&graph, applied.as_ref(), Some(range));
    found.map_or_else(|error| format!("!{}", error.kind()), |nodes| names(&graph, &nodes))
}

#[test]
fn history_lists_both_ends() {
    for (range, expected) in [
        (":", "ddd ccc bbb aaa"),
        ("bbb:ccc", "ccc bbb"),
        ("ccc:ccc", "ccc"),
        ("ddd:bbb", "!NotAncestor"),
        (":head-1", "ccc bbb aaa"),
        ("bbb:+2", "ddd ccc bbb"),
        ("bbb:+9", "ddd ccc bbb"),
        ("head-1:head", "ddd ccc"),
        ("bbb+1:", "ddd ccc"),
        ("current-1:current", "bbb aaa"),
        ("current:current", "bbb"),
        ("current:", "ddd ccc bbb"),
        ("+1:+1", "ddd ccc"),
        // Steps down count from the upper end, not from the heads.
        ("-1:current", "bbb aaa"),
        ("-1:", "ddd ccc"),
        ("-9:", "ddd ccc bbb aaa"),
        (":-1", "aaa"),
        ("bbb", "!RangeRequired"),
        ("a:b:c", "!RangeRequired"),
        ("zzz:", "!NotFound"),
    ] {
        assert_eq!(listed(LINE, Some("bbb"), range), expected, "history -r {range}");
    }
}

#[test]
fn history_without_a_database_or_with_an_empty_one() {
    for (rows, range, expected) in [
        (Some(""), ":current", ""),
        (Some(""), "current:", "ddd ccc bbb aaa"),
        (None, ":current", "!NoDatabase"),
        (None, "+1:", "!NoDatabase"),
        (None, "-1:", "ddd ccc"),
        (None, "bbb:+1", "ccc bbb"),
    ] {
        assert_eq!(listed(LINE, rows, range), expected, "history -r {range}");
    }
}

#[test]
fn history_follows_dependencies_and_branches() {
    let two = "app1@app; app2:app1; net1@net; net2:net1!app2";
    for (drawing, range, expected) in [
        // Alembic stops with an AssertionError: net2 is reached only through a dependency.
        (two, "app1:net2", "net2 app2 app1"),
        (two, "net@base:", "net2 net1 app2 app1"),
        (two, "net:", "net2 net1"),
        (TWO, "left@base:", "bbb2 bbb1 aaa1"),
        (TWO, ":right@head", "ccc2 ccc1 aaa1"),
        (TWO, "bbb1:", "bbb2 bbb1"),
        (TWO, "left@-1:", "bbb2 bbb1"),
        (TWO, ":left@+2", "bbb1 aaa1"),
        (TWO, "bbb1:ccc2", "!NotAncestor"),
    ] {
        assert_eq!(listed(drawing, Some(""), range), expected, "history -r {range}");
    }
}
