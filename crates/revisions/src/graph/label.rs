//! Branch labels as decoration: which lines of a listing show them (`revision-graph.md` §4).
//!
//! Nothing that runs depends on this. Read [`RevisionGraph::decorations`] first.

use super::{NodeId, Over, RevisionGraph};
use crate::revision::BranchLabel;

impl RevisionGraph {
    /// Returns the nodes that show a label declared by `node`: it, all above it, and those below it down to the next
    /// branch point or merge point.
    pub fn decorated(&self, node: NodeId) -> Vec<NodeId> {
        let mut shown = self.descendants([node], Over::Parents);
        let mut lower = node;
        // Starts at the declaring node; Alembic starts at the last descendant, and loses the label after a merge.
        while let [parent] = *self.parents(lower)
            && self.dependents(parent).len() < 2
            && !self.is_merge_point(parent)
        {
            shown.insert(parent);
            lower = parent;
        }
        shown.iter().collect()
    }

    /// Returns the labels that each node shows, by [`NodeId::index`].
    pub fn decorations(&self) -> Vec<Vec<&BranchLabel>> {
        let mut decorations = vec![Vec::new(); self.len()];
        for node in self.nodes() {
            for (label, _) in &self.revision(node).branch_labels {
                self.decorated(node).into_iter().for_each(|shown| decorations[shown.index()].push(label));
            }
        }
        decorations
    }
}

#[cfg(test)]
mod tests {
    use super::super::drawn::graph;

    #[test]
    fn labels_spread_up_through_merges_and_down_to_the_next_fork() {
        for (drawing, expected) in [
            ("aaaa; bbb1:aaaa; bbb2:bbb1@left; bbb3:bbb2; ccc1:aaaa", ["", "left", "left", "left", ""]),
            // A merge on top must not take the label away from what lies below.
            ("aaaa; bbb1:aaaa; bbb2:bbb1@left; ccc1:aaaa; mmm1:bbb2,ccc1", ["", "left", "left", "", "left"]),
            ("aaaa; bbb1:aaaa; mmm1:bbb1,xxx1; bbb2:mmm1@left; xxx1", ["", "", "", "left", ""]),
            ("aaaa@app; bbb1:aaaa@x,y; bbb2:bbb1; cccc; dddd!cccc@d", ["app x y", "app x y", "app x y", "", "d"]),
        ] {
            let graph = graph(drawing);
            let shown: Vec<String> = graph
                .decorations()
                .iter()
                .map(|labels| labels.iter().map(|label| label.as_str()).collect::<Vec<_>>().join(" "))
                .collect();
            assert_eq!(shown, expected, "{drawing}");
        }
    }
}
