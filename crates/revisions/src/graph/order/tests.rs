use super::super::drawn::{graph, names};
use super::*;

/// §9 as it is written, with a fresh search at every turn.
fn transcribed(graph: &RevisionGraph, set: &NodeSet, tips: &[NodeId]) -> Vec<NodeId> {
    let mut left = set.clone();
    let mut active: Vec<NodeId> = tips.iter().copied().filter(|tip| set.contains(*tip)).collect();
    active.sort_unstable();
    active.dedup();
    let (mut order, mut cursor) = (Vec::new(), 0);
    while !active.is_empty() {
        let node = active[cursor];
        let is_above = |other: &NodeId| *other != node && graph.ancestors([*other], Over::All).contains(node);
        if let Some(blocker) = active.iter().position(is_above) {
            cursor = blocker;
            continue;
        }
        if left.remove(node) {
            order.push(node);
        }
        let is_next = |parent: &&NodeId| left.contains(**parent) && !active.contains(*parent);
        let next: Vec<NodeId> = graph.effective_parents(node).iter().filter(is_next).copied().collect();
        match next.split_first() {
            None => {
                active.remove(cursor);
                cursor = cursor.saturating_sub(1);
            }
            Some((first, others)) => {
                active[cursor] = *first;
                active.extend(others);
            }
        }
    }
    assert!(left.is_empty());
    order
}

fn all(graph: &RevisionGraph) -> (NodeSet, Vec<NodeId>) {
    (graph.ancestors(graph.real_heads(), Over::All), graph.real_heads())
}

#[test]
fn lines_run_to_their_end_before_the_next_begins() {
    for (drawing, expected) in [
        ("aaa1; bbb2:aaa1; ccc3:bbb2", "ccc3 bbb2 aaa1"),
        ("aaa1; bbb1:aaa1; bbb2:bbb1; ccc1:aaa1; ccc2:ccc1", "bbb2 bbb1 ccc2 ccc1 aaa1"),
        ("aaa1; bbb1:aaa1; bbb2:bbb1; ccc1:aaa1; mmm1:bbb2,ccc1", "mmm1 bbb2 bbb1 ccc1 aaa1"),
        ("app1; app2:app1; app3:app2; net1; net2:net1!app2; net3:net2", "app3 net3 net2 net1 app2 app1"),
        ("", ""),
    ] {
        let graph = graph(drawing);
        let (set, tips) = all(&graph);
        let order = graph.newest_first(&set, &tips);
        assert_eq!(names(&graph, &order), expected, "{drawing}");
        assert_eq!(order, transcribed(&graph, &set, &tips), "{drawing}");
    }
}

mod random {
    use proptest::prelude::*;

    use super::super::super::random::drawing;
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]

        #[test]
        fn the_order_is_that_of_the_specification(drawing in drawing(), targets: u16, rows: u16) {
            let graph = graph(&drawing);
            let pick = |bits: u16| graph.nodes().filter(move |node| bits & (1 << node.index()) != 0);
            // An upgrade: from these rows to these targets.
            let targets = graph.maximal(&pick(targets).collect::<Vec<_>>());
            let applied = graph.ancestors(pick(rows), Over::All);
            let todo = graph.ancestors(targets.iter().copied(), Over::All).difference(&applied);
            let order = graph.newest_first(&todo, &targets);
            prop_assert_eq!(&order, &transcribed(&graph, &todo, &targets));
            prop_assert_eq!(&order, &graph.newest_first_of(&todo, Walk::new(&graph, &todo, &targets, 0)));
            // A downgrade: whatever is above some node.
            let tips = graph.maximal(&applied.iter().collect::<Vec<_>>());
            let drop = graph.descendants(pick(rows).take(1), Over::All).intersection(&applied);
            let order = graph.newest_first(&drop, &tips);
            prop_assert_eq!(&order, &transcribed(&graph, &drop, &tips));
            for (at, node) in order.iter().enumerate() {
                let below = graph.ancestors([*node], Over::All);
                prop_assert!(order[..at].iter().all(|earlier| !below.contains(*earlier)));
            }
        }
    }
}
