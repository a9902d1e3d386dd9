//! What holds on any graph: rows, orders, and ways there and back.

use std::collections::BTreeSet;

use alembic_revisions::graph::{NodeId, Over};
use alembic_revisions::plan::{self, Route};
use alembic_revisions::{Applied, RevisionGraph, RevisionId, Target};
use proptest::prelude::*;

use crate::drawn::graph;
use crate::random::drawing;

fn picked(graph: &RevisionGraph, bits: u16) -> Vec<NodeId> {
    graph.nodes().filter(|node| bits & (1 << node.index()) != 0).collect()
}

fn state(graph: &RevisionGraph, bits: u16) -> Applied {
    Applied::up_to(graph, picked(graph, bits))
}

fn target(graph: &RevisionGraph, node: NodeId) -> Target {
    graph.id(node).as_str().parse().unwrap()
}

/// Follows the row changes of a route alone, and compares the rows with the applied revisions after every move.
fn follow(graph: &RevisionGraph, applied: &Applied, route: &Route) -> Result<Applied, TestCaseError> {
    let mut nodes: BTreeSet<NodeId> = applied.nodes().iter().collect();
    let mut rows = route.from.clone();
    for step in &route.moves {
        let below = graph.ancestors([step.node], Over::All);
        let above = graph.descendants([step.node], Over::All);
        match step.direction {
            plan::Direction::Up => {
                prop_assert!(below.iter().all(|other| other == step.node || nodes.contains(&other)));
                prop_assert!(nodes.insert(step.node));
            }
            plan::Direction::Down => {
                prop_assert!(nodes.remove(&step.node));
                prop_assert!(above.iter().all(|other| !nodes.contains(&other)));
            }
        }
        let count = rows.len() + step.change.insert.len() - step.change.delete.len();
        step.change.apply(&mut rows);
        prop_assert_eq!(rows.len(), count);
        let expected: BTreeSet<RevisionId> =
            graph.ids(&graph.maximal(&nodes.iter().copied().collect::<Vec<_>>())).into_iter().collect();
        prop_assert_eq!(rows.iter().cloned().collect::<BTreeSet<_>>(), expected);
    }
    Ok(Applied::up_to(graph, nodes))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn rows_say_which_revisions_are_applied(drawing in drawing(), bits: u16) {
        let graph = graph(&drawing);
        let applied = state(&graph, bits);
        let rows: Vec<String> = graph.ids(&applied.rows(&graph)).iter().map(ToString::to_string).collect();
        prop_assert_eq!(Applied::from_rows(&graph, &rows).unwrap(), applied);
    }

    #[test]
    fn an_upgrade_applies_its_target_and_nothing_else(drawing in drawing(), bits: u16, pick: prop::sample::Index) {
        let graph = graph(&drawing);
        let applied = state(&graph, bits);
        let wanted = NodeId(pick.index(graph.len()) as u32);
        let route = plan::upgrade(&graph, &applied, &[target(&graph, wanted)]).unwrap();
        let after = follow(&graph, &applied, &route)?;
        let expected = applied.nodes().clone().union(&graph.ancestors([wanted], Over::All));
        prop_assert_eq!(after.nodes(), &expected);
        prop_assert_eq!(&graph.ids(&after.rows(&graph)), &route.to);
    }

    #[test]
    fn a_downgrade_keeps_its_target_and_drops_what_stands_on_it(
        drawing in drawing(), bits: u16, pick: prop::sample::Index,
    ) {
        let graph = graph(&drawing);
        let applied = state(&graph, bits);
        let kept = NodeId(pick.index(graph.len()) as u32);
        match plan::downgrade(&graph, &applied, &target(&graph, kept)) {
            Ok(route) => {
                let after = follow(&graph, &applied, &route)?;
                prop_assert!(after.contains(kept));
                let above = graph.descendants(graph.children(kept).to_vec(), Over::All);
                prop_assert_eq!(after.nodes(), &applied.nodes().clone().difference(&above));
                prop_assert_eq!(&graph.ids(&after.rows(&graph)), &route.to);
            }
            Err(error) => prop_assert!(!applied.contains(kept), "{error}"),
        }
    }

    #[test]
    fn down_and_up_again_restores_the_rows(drawing in drawing(), bits: u16, pick: prop::sample::Index) {
        let graph = graph(&drawing);
        let applied = state(&graph, bits);
        let kept = NodeId(pick.index(graph.len()) as u32);
        let Ok(down) = plan::downgrade(&graph, &applied, &target(&graph, kept)) else { return Ok(()) };
        let between = follow(&graph, &applied, &down)?;
        let targets: Vec<Target> = applied.rows(&graph).into_iter().map(|row| target(&graph, row)).collect();
        let up = plan::upgrade(&graph, &between, &targets).unwrap();
        prop_assert_eq!(follow(&graph, &between, &up)?, applied);
        prop_assert_eq!(up.to, down.from);
    }

    #[test]
    fn a_stamp_writes_rows_that_are_a_state(drawing in drawing(), bits: u16, wanted: u16) {
        let graph = graph(&drawing);
        let applied = state(&graph, bits);
        let wanted = graph.maximal(&picked(&graph, wanted));
        let targets: Vec<Target> = wanted.iter().map(|node| target(&graph, *node)).collect();
        let stamp = plan::stamp(&graph, &applied, &targets).unwrap();
        let after = Applied::from_rows(&graph, &stamp.to).unwrap();
        prop_assert!(wanted.iter().all(|node| after.rows(&graph).contains(node)));
        let mut rows = stamp.from.clone();
        stamp.change.apply(&mut rows);
        prop_assert_eq!(rows.into_iter().collect::<BTreeSet<_>>(), stamp.to.into_iter().collect::<BTreeSet<_>>());
        prop_assert!(stamp.applied.iter().all(|node| after.contains(*node) && !applied.contains(*node)));
        prop_assert_eq!(
            after.nodes().len() + stamp.forgotten.len(),
            applied.nodes().len() + stamp.applied.len()
        );
    }

    #[test]
    fn history_lists_every_revision_between_the_ends(drawing in drawing(), pick: prop::sample::Index) {
        let graph = graph(&drawing);
        let lower = NodeId(pick.index(graph.len()) as u32);
        let listed = plan::history(&graph, None, Some(&format!("{}:", graph.id(lower)))).unwrap();
        let above = graph.descendants([lower], Over::All);
        prop_assert_eq!(listed.len(), above.len());
        prop_assert!(listed.iter().all(|node| above.contains(*node)));
    }
}
