use super::*;
use crate::graph::drawn::graph;

const DRAWING: &str = "app1@app; app2:app1; net1@net; net2:net1!app1; lib1@lib; lib2:lib1!app2";

fn targets(list: &str) -> Vec<Target> {
    list.split_whitespace().map(|text| text.parse().unwrap()).collect()
}

/// Returns `id: parents ! depends_on @ labels`, or the kind of the error.
fn made(new: Result<NewRevision, CreateError>) -> String {
    match new {
        Ok(new) => {
            let labels: Vec<&str> = new.labels.iter().map(BranchLabel::as_str).collect();
            let parents: Vec<&str> = new.parents.iter().map(RevisionId::as_str).collect();
            format!("{}: {} ! {} @ {}", new.id, parents.join(" "), new.depends_on.join(" "), labels.join(" "))
        }
        Err(error) => {
            assert!(error.help().is_some() && error.exit() == Exit::Usage);
            error.kind().to_owned()
        }
    }
}

#[test]
fn new_revisions_stand_on_heads() {
    let graph = graph(DRAWING);
    for (heads, attach, depends_on, expected) in [
        ("net@head", Attach::Heads, "", "new1: net2 !  @ "),
        ("base", Attach::Heads, "app", "new1:  ! app @ "),
        ("net@head", Attach::Heads, "app2 app@head lib app", "new1: net2 ! app2 lib app @ "),
        ("net@head", Attach::Heads, "net@head", "new1: net2 ! net2 @ "),
        ("net2 lib2", Attach::Heads, "", "new1: net2 lib2 !  @ "),
        ("heads", Attach::Heads, "", "new1: net2 lib2 !  @ "),
        // Several heads by parent edges, one of them below another.
        ("", Attach::Heads, "", "MultipleHeads"),
        ("app1", Attach::Heads, "", "NotHead"),
        ("app1", Attach::Anywhere, "", "new1: app1 !  @ "),
        ("net2 net@head", Attach::Heads, "", "DuplicateParents"),
        ("app2 lib2", Attach::Heads, "", "Overlap"),
        ("typo", Attach::Heads, "", "NotFound"),
        ("net2", Attach::Heads, "base", "NotFound"),
        ("net2", Attach::Heads, "heads", "MultipleHeads"),
        ("-1", Attach::Heads, "", "NoDatabase"),
    ] {
        let (heads, depends_on) = (targets(heads), targets(depends_on));
        let draft = Draft { id: "new1", heads: &heads, attach, depends_on: &depends_on, ..Draft::default() };
        assert_eq!(made(create(&graph, &draft)), expected, "{heads:?} {depends_on:?}");
    }
}

#[test]
fn the_first_revision_is_a_base() {
    let draft = Draft { id: "new1", ..Draft::default() };
    assert_eq!(made(create(&graph(""), &draft)), "new1:  !  @ ");
}

#[test]
fn names_that_are_taken_or_illegal_are_refused() {
    let graph = graph(DRAWING);
    let heads = targets("net@head");
    for (id, labels, expected) in [
        ("new1", vec!["api", "web-1"], "new1: net2 !  @ api web-1"),
        ("app1", vec![], "DuplicateId"),
        ("app", vec![], "DuplicateLabel"),
        ("new1", vec!["net"], "DuplicateLabel"),
        ("new1", vec!["net1"], "DuplicateLabel"),
        ("new1", vec!["new1"], "DuplicateLabel"),
        ("new1", vec!["api", "api"], "DuplicateLabel"),
        ("new-1", vec![], "IllegalId"),
        ("head", vec![], "IllegalId"),
        ("", vec![], "IllegalId"),
        ("new1", vec!["a@b"], "IllegalId"),
    ] {
        let labels: Vec<String> = labels.into_iter().map(str::to_owned).collect();
        let draft = Draft { id, heads: &heads, labels: &labels, ..Draft::default() };
        assert_eq!(made(create(&graph, &draft)), expected, "{id} {labels:?}");
    }
}

#[test]
fn merges_need_two_heads() {
    let two = graph("a; b:a; c:a");
    let one = graph("app1; lib1; app2:app1!lib1");
    for (graph, heads, expected) in [
        (&two, "", "new1: b c !  @ "),
        (&two, "c b", "new1: c b !  @ "),
        (&two, "b", "TooFewParents"),
        (&two, "base", "TooFewParents"),
        (&two, "b a", "NotHead"),
        (&one, "", "TooFewParents"),
        (&one, "app2 lib1", "Overlap"),
    ] {
        let heads = targets(heads);
        let draft = Draft { id: "new1", heads: &heads, ..Draft::default() };
        assert_eq!(made(merge(graph, &draft)), expected, "{heads:?}");
    }
}
