//! The 398 vectors of `revision-graph.md` §20.

use alembic_revisions::RevisionGraph;
use serde_json::Value;

use crate::drawn::{graph, names};
use crate::outcome::{braces, run};

const BELOW_BASE: &str = "§6: nothing is below base; Alembic goes to the heads";
const IMPLIED: &str = "§8.4: a target that is applied without a row of its own is no error";
const REAL_HEAD: &str = "§18.5: `head` is the one real head";
const BRANCH: &str = "§18.4: an absolute downgrade heeds its branch";
const ROWS: &str = "§18.9: `-N` with several rows is an error";
const HEADS: &str = "§5.2: `label@heads` without what another of them stands on";

/// Vectors whose outcome is ours, by their place in the file: what we do, and why.
const DIFFERENT: &[(usize, &str, &str)] = &[
    (4, "!OutOfRange", BELOW_BASE),
    (20, "", IMPLIED),
    (25, "!NotApplied", REAL_HEAD),
    (27, "!NotApplied", BRANCH),
    (32, "", BRANCH),
    (48, "!NotApplied", BRANCH),
    (65, "!OutOfRange", BELOW_BASE),
    (66, "", BRANCH),
    (67, "", BRANCH),
    (84, "!OutOfRange", BELOW_BASE),
    (101, "", IMPLIED),
    (131, "!OutOfRange", BELOW_BASE),
    (139, "!OutOfRange", BELOW_BASE),
    (175, "!AmbiguousWalk", ROWS),
    (182, "!AmbiguousWalk", ROWS),
    (187, "!OutOfRange", BELOW_BASE),
    (189, "!AmbiguousWalk", ROWS),
    (192, "!OutOfRange", BELOW_BASE),
    (221, "~ {r004}", REAL_HEAD),
    (227, "!AmbiguousWalk", ROWS),
    (243, "~ {r006}", REAL_HEAD),
    (302, "+r006 {r004 r005 r006}; +r001 {r001 r004 r005 r006}; +r003 {r003 r004 r005 r006}", HEADS),
    (385, "!NotInBranch", BRANCH),
];

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Returns a case's graph as a drawing.
pub fn drawing(revisions: &Value, [id, down, labels]: [&str; 3]) -> String {
    let part = |sign: &str, names: &Value| match texts(names) {
        names if names.is_empty() => String::new(),
        names => format!("{sign}{}", names.join(",")),
    };
    let revisions = revisions.as_array().into_iter().flatten();
    let word = |revision: &Value| {
        let lists = [part(":", &revision[down]), part("@", &revision[labels]), part("!", &revision["depends_on"])];
        format!("{}{}", revision[id].as_str().unwrap_or(""), lists.concat())
    };
    revisions.map(word).collect::<Vec<_>>().join("; ")
}

fn expected(case: &Value) -> String {
    if let Some(error) = case["error"].as_str() {
        return format!("!{error}");
    }
    let final_rows = braces(&texts(&case["final"]));
    if case["cmd"] == "stamp" {
        return format!("~ {final_rows}");
    }
    let sign = if case["cmd"] == "upgrade" { '+' } else { '-' };
    let steps = case["steps"].as_array().into_iter().flatten();
    let text = |step: &Value| format!("{sign}{} {}", step[0].as_str().unwrap_or(""), braces(&texts(&step[1])));
    steps.map(text).collect::<Vec<_>>().join("; ")
}

fn agrees(expected: &str, found: &str) -> bool {
    let kinds: &[&str] = match expected {
        "!not_found" => &["!NotFound", "!AmbiguousPrefix", "!NotInBranch"],
        "!multiple_heads" => &["!MultipleHeads"],
        "!ambiguous" => &["!AmbiguousWalk"],
        "!relative_out_of_range" => &["!OutOfRange"],
        "!not_applied" => &["!NotApplied"],
        "!branch_mismatch" => &["!BranchMismatch"],
        "!overlap" => &["!Overlap"],
        "!alembic_crash" => return found.starts_with('!'),
        outcome => return outcome == found,
    };
    kinds.contains(&found)
}

fn listings_agree(graph: &RevisionGraph, case: &Value) -> bool {
    names(graph, &graph.heads()) == texts(&case["heads"]).join(" ")
        && names(graph, &graph.real_heads()) == texts(&case["real_heads"]).join(" ")
        && names(graph, &graph.bases()) == texts(&case["bases"]).join(" ")
}

#[test]
fn every_vector_has_its_outcome() {
    let file: Value = serde_json::from_str(include_str!("../data/vectors.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 398);
    let mut wrong = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let drawing = drawing(&case["revisions"], ["id", "down", "labels"]);
        let graph = graph(&drawing);
        let (command, target) = (case["cmd"].as_str().unwrap(), case["target"].as_str().unwrap());
        let targets: Vec<&str> = target.split(' ').collect();
        let found = run(&graph, &texts(&case["rows"]), command, &targets);
        let expected = expected(case);
        let ours = DIFFERENT.iter().find(|(place, ..)| *place == at);
        let is_right = match ours {
            Some((_, ours, _)) => found == *ours && !agrees(&expected, &found),
            None => agrees(&expected, &found),
        };
        if !is_right || !listings_agree(&graph, case) {
            let why = ours.map_or("", |(_, _, why)| why);
            let rows = texts(&case["rows"]).join(" ");
            wrong.push(format!(
                "{at}: {drawing}\n  {{{rows}}} {command} {target}\n  alembic {expected}\n  found   {found} {why}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{} vectors:\n{}", wrong.len(), wrong.join("\n"));
}
