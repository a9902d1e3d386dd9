//! Routes that no target names: exactly these revisions, in exactly this order, for those who try revisions out.
//!
//! Read [`in_order`] first, then [`meetings`].

use super::rows::route;
use super::{Direction, Route};
use crate::graph::{Applied, NodeId, Over, RevisionGraph};

/// Returns the route that takes these revisions in this order.
///
/// The caller sees to it that nothing runs before what it requires, and nothing is taken back before what stands on it.
pub fn in_order(graph: &RevisionGraph, applied: &Applied, direction: Direction, order: &[NodeId]) -> Route {
    route(graph, applied, direction, order)
}

/// Several lines that come together, and two orders in which a database can get there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// The last revision of each line: the parents of a merge, or heads that nobody merged yet.
    pub sides: Vec<NodeId>,
    /// None for heads.
    pub merge: Option<NodeId>,
    /// Each side's revisions after those of the sides before it, with the merge at the end.
    pub forwards: Vec<NodeId>,
    /// The same, the last side first: every two sides meet in both orders.
    pub backwards: Vec<NodeId>,
}

/// Returns where lines of the graph come together: its merges, oldest first, then its heads if there are several.
pub fn meetings(graph: &RevisionGraph) -> Vec<Meeting> {
    let merges = graph.oldest_first().iter().filter(|node| graph.is_merge_point(**node));
    let merges = merges.filter_map(|merge| meeting(graph, graph.parents(*merge).to_vec(), Some(*merge)));
    merges.chain(meeting(graph, graph.real_heads(), None)).collect()
}

fn meeting(graph: &RevisionGraph, sides: Vec<NodeId>, merge: Option<NodeId>) -> Option<Meeting> {
    let forwards = joined(graph, sides.iter(), merge);
    let backwards = joined(graph, sides.iter().rev(), merge);
    // Where one side stands on all others there is but one order.
    (forwards != backwards).then_some(Meeting { sides, merge, forwards, backwards })
}

fn joined<'n>(graph: &RevisionGraph, sides: impl Iterator<Item = &'n NodeId>, merge: Option<NodeId>) -> Vec<NodeId> {
    let mut taken = Applied::nothing(graph).nodes().clone();
    let mut order = Vec::new();
    // What a merge requires besides its parents belongs to no side.
    for end in sides.copied().chain(merge) {
        let line = graph.ancestors([end], Over::All);
        let next = graph.oldest_first().iter().filter(|node| line.contains(**node));
        order.extend(next.copied().filter(|node| taken.insert(*node)));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::drawn::{graph, names};

    #[test]
    fn sides_meet_in_both_orders() {
        for (drawing, expected) in [
            ("a; b:a; c:b", &[][..]),
            ("a; b:a; c:a; m:b,c", &["a b c m / a c b m"]),
            ("a; b:a; c:a; d:a; m:b,c,d", &["a b c d m / a d c b m"]),
            ("a; b:a; c:a", &["a b c / a c b"]),
            ("a; b:a!c2; c:a; c2:c; m:b,c2", &[]),
            ("a; b:a; c:a!b; m:b,c", &[]),
            ("a; b; m:a,b!x; x", &["a b x m / b a x m"]),
        ] {
            let graph = graph(drawing);
            let orders = |meeting: &Meeting| {
                format!("{} / {}", names(&graph, &meeting.forwards), names(&graph, &meeting.backwards))
            };
            assert_eq!(meetings(&graph).iter().map(orders).collect::<Vec<_>>(), expected, "{drawing}");
        }
    }

    #[test]
    fn a_chosen_order_moves_the_rows_as_any_other() {
        let graph = graph("a; b:a; c:a; m:b,c");
        let node = |id: &str| graph.get(id).unwrap();
        let up = in_order(&graph, &Applied::nothing(&graph), Direction::Up, &[node("a"), node("c"), node("b")]);
        assert_eq!(up.to.iter().map(ToString::to_string).collect::<Vec<_>>(), ["b", "c"]);
        let applied = Applied::up_to(&graph, [node("m")]);
        let down = in_order(&graph, &applied, Direction::Down, &[node("m")]);
        assert_eq!(down.to.iter().map(ToString::to_string).collect::<Vec<_>>(), ["b", "c"]);
    }
}
