//! Ancestors, descendants and lineages (`revision-graph.md` §3).
//!
//! Every function here costs one visit per edge. Read [`RevisionGraph::ancestors`] first.

use super::{NodeId, NodeSet, RevisionGraph};

/// The edges that a question follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Parents only: one line of development.
    Parents,
    /// Parents and `depends_on`: all that must be applied.
    All,
}

impl RevisionGraph {
    /// Returns the nodes and everything below them.
    pub fn ancestors(&self, nodes: impl IntoIterator<Item = NodeId>, over: Over) -> NodeSet {
        self.reach(nodes, |node| match over {
            Over::Parents => self.parents(node),
            Over::All => self.required(node),
        })
    }

    /// Returns the nodes and everything above them.
    pub fn descendants(&self, nodes: impl IntoIterator<Item = NodeId>, over: Over) -> NodeSet {
        self.reach(nodes, |node| match over {
            Over::Parents => self.children(node),
            Over::All => self.dependents(node),
        })
    }

    /// Returns everything below and above the node, and the node: what is related to it. Siblings are not.
    pub fn lineage(&self, node: NodeId, over: Over) -> NodeSet {
        self.ancestors([node], over).union(&self.descendants([node], over))
    }

    /// Returns those of the nodes that are no ancestor of another of them, in load order.
    pub fn maximal(&self, nodes: &[NodeId]) -> Vec<NodeId> {
        let required = nodes.iter().flat_map(|node| self.required(*node)).copied();
        let below = self.ancestors(required, Over::All);
        let mut maximal: Vec<NodeId> = nodes.iter().copied().filter(|node| !below.contains(*node)).collect();
        maximal.sort_unstable();
        maximal.dedup();
        maximal
    }

    /// Returns two of the nodes of which the first is an ancestor of the second.
    pub fn overlap(&self, nodes: &[NodeId]) -> Option<(NodeId, NodeId)> {
        let below = self.ancestors(nodes.iter().flat_map(|node| self.required(*node)).copied(), Over::All);
        let lower = nodes.iter().find(|node| below.contains(**node))?;
        let above = self.descendants([*lower], Over::All);
        let upper = nodes.iter().find(|node| *node != lower && !below.contains(**node) && above.contains(**node))?;
        Some((*lower, *upper))
    }

    /// Returns the nodes and whatever `next` leads to from them.
    pub(super) fn reach<'g>(
        &'g self,
        nodes: impl IntoIterator<Item = NodeId>,
        next: impl Fn(NodeId) -> &'g [NodeId],
    ) -> NodeSet {
        let mut reached = NodeSet::with_capacity(self.len());
        let mut open: Vec<NodeId> = nodes.into_iter().filter(|node| reached.insert(*node)).collect();
        while let Some(node) = open.pop() {
            open.extend(next(node).iter().filter(|neighbor| reached.insert(**neighbor)));
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::super::drawn::{graph, names};
    use super::*;

    const DRAWING: &str = "aaa1; bbb1:aaa1@left; bbb2:bbb1!lib1; ccc1:aaa1; mmm1:bbb2,ccc1; lib1; lib2:lib1!ccc1";

    #[test]
    fn lines_follow_parents_and_closures_follow_all_edges() {
        let graph = graph(DRAWING);
        let node = |id: &str| graph.get(id).unwrap();
        let text = |set: NodeSet| names(&graph, &set.iter().collect::<Vec<_>>());
        assert_eq!(text(graph.ancestors([node("bbb2")], Over::Parents)), "aaa1 bbb1 bbb2");
        assert_eq!(text(graph.ancestors([node("bbb2")], Over::All)), "aaa1 bbb1 bbb2 lib1");
        assert_eq!(text(graph.descendants([node("lib1")], Over::All)), "bbb2 mmm1 lib1 lib2");
        assert_eq!(text(graph.descendants([node("ccc1")], Over::Parents)), "ccc1 mmm1");
        assert_eq!(text(graph.lineage(node("bbb1"), Over::Parents)), "aaa1 bbb1 bbb2 mmm1");
    }

    #[test]
    fn maximal_nodes_hide_what_is_below_them() {
        let graph = graph(DRAWING);
        for (given, expected) in [
            ("aaa1 bbb1 lib1", "bbb1 lib1"),
            ("lib1 bbb2 ccc1", "bbb2 ccc1"),
            ("lib2 ccc1 mmm1", "mmm1 lib2"),
            ("bbb1 bbb1", "bbb1"),
            ("", ""),
        ] {
            let nodes: Vec<NodeId> = given.split_whitespace().map(|id| graph.get(id).unwrap()).collect();
            assert_eq!(names(&graph, &graph.maximal(&nodes)), expected, "{given}");
            assert_eq!(graph.overlap(&nodes).is_some(), graph.maximal(&nodes) != nodes_once(&nodes), "{given}");
        }
    }

    fn nodes_once(nodes: &[NodeId]) -> Vec<NodeId> {
        let mut once = nodes.to_vec();
        once.sort_unstable();
        once.dedup();
        once
    }
}
