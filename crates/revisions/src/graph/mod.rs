//! The graph of all revisions, immutable once built.
//!
//! It owns the edges and every question that no database is needed for; names that a user types are resolved in
//! [`crate::target`]. Read [`RevisionGraph::build`] first, then [`RevisionGraph::ancestors`].

mod adjacency;
mod applied;
mod build;
mod cycle;
#[cfg(test)]
pub(crate) mod drawn;
mod label;
mod order;
mod problem;
#[cfg(test)]
mod random;
mod set;
mod walk;

use std::collections::HashMap;
use std::sync::Arc;

use crate::diagnose::Place;
use crate::revision::{BranchLabel, Revision, RevisionId};
use crate::script::Script;
use adjacency::Adjacency;

pub use applied::{Applied, RowsError};
pub use build::RedundantEdge;
pub use problem::{EdgeKind, GraphProblem, GraphProblems, LabelOwner, Meant};
pub use set::NodeSet;
pub use walk::Over;

/// A node of one [`RevisionGraph`]: its place in load order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

impl NodeId {
    /// Returns the place in load order, for arrays.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// All revisions and their edges (`revision-graph.md` §3).
#[derive(Clone, Debug)]
pub struct RevisionGraph {
    scripts: Vec<Arc<Script>>,
    ids: HashMap<RevisionId, NodeId>,
    labels: HashMap<BranchLabel, NodeId>,
    /// V: as written, without repeats.
    parents: Adjacency,
    /// D: `depends_on`, labels replaced by the revision that declares them, without repeats.
    dependencies: Adjacency,
    /// V, then D, without repeats: whatever must be applied earlier.
    required: Adjacency,
    /// P: V, then D without what a V-ancestor depends on already.
    effective: Adjacency,
    children: Adjacency,
    dependents: Adjacency,
    /// Every node after all that it requires.
    oldest_first: Vec<NodeId>,
}

impl RevisionGraph {
    /// Returns how many revisions there are.
    pub fn len(&self) -> usize {
        self.scripts.len()
    }

    /// True without revisions.
    pub fn is_empty(&self) -> bool {
        self.scripts.is_empty()
    }

    /// Returns all nodes in load order.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        self.parents.nodes()
    }

    /// Returns the revision with exactly this id.
    pub fn get(&self, id: &str) -> Option<NodeId> {
        self.ids.get(id).copied()
    }

    /// Returns the revision that declares exactly this branch label.
    pub fn labeled(&self, label: &str) -> Option<NodeId> {
        self.labels.get(label).copied()
    }

    /// Returns all branch labels with the revisions that declare them, in no order.
    pub fn labels(&self) -> impl Iterator<Item = (&BranchLabel, NodeId)> {
        self.labels.iter().map(|(label, node)| (label, *node))
    }

    /// Returns the script of a revision.
    pub fn script(&self, node: NodeId) -> &Arc<Script> {
        &self.scripts[node.index()]
    }

    /// Returns the header of a revision.
    pub fn revision(&self, node: NodeId) -> &Revision {
        &self.scripts[node.index()].revision
    }

    /// Returns the id of a revision.
    pub fn id(&self, node: NodeId) -> &RevisionId {
        &self.revision(node).id
    }

    /// Returns the ids of these nodes, in their order.
    pub fn ids<'n>(&self, nodes: impl IntoIterator<Item = &'n NodeId>) -> Vec<RevisionId> {
        nodes.into_iter().map(|node| self.id(*node).clone()).collect()
    }

    /// Returns the place where the revision says its id, for errors.
    pub fn place(&self, node: NodeId, label: impl Into<String>) -> Place {
        let revision = self.revision(node);
        Place { source: Arc::clone(&revision.source), span: revision.id_span, label: label.into() }
    }

    /// Returns V, the parents in written order.
    pub fn parents(&self, node: NodeId) -> &[NodeId] {
        self.parents.of(node)
    }

    /// Returns D, what `depends_on` names, labels resolved to the revisions that declare them.
    pub fn dependencies(&self, node: NodeId) -> &[NodeId] {
        self.dependencies.of(node)
    }

    /// Returns V and D in one list: parents, then dependencies that are no parents.
    pub fn required(&self, node: NodeId) -> &[NodeId] {
        self.required.of(node)
    }

    /// Returns P: the parents, then the dependencies that no V-ancestor has already
    /// (Alembic: `RevisionMap._normalize_depends_on`).
    pub fn effective_parents(&self, node: NodeId) -> &[NodeId] {
        self.effective.of(node)
    }

    /// Returns the revisions that name this one as a parent, in load order.
    pub fn children(&self, node: NodeId) -> &[NodeId] {
        self.children.of(node)
    }

    /// Returns the revisions that name this one as a parent or in `depends_on`, in load order.
    pub fn dependents(&self, node: NodeId) -> &[NodeId] {
        self.dependents.of(node)
    }

    /// Returns all nodes, each after everything that it requires.
    pub fn oldest_first(&self) -> &[NodeId] {
        &self.oldest_first
    }

    /// True without a child by parent edges.
    pub fn is_head(&self, node: NodeId) -> bool {
        self.children(node).is_empty()
    }

    /// True without a child by any edge.
    pub fn is_real_head(&self, node: NodeId) -> bool {
        self.dependents(node).is_empty()
    }

    /// True for a head that another line depends on.
    pub fn is_effective_head(&self, node: NodeId) -> bool {
        self.is_head(node) && !self.is_real_head(node)
    }

    /// True without parents; it may depend on others.
    pub fn is_base(&self, node: NodeId) -> bool {
        self.parents(node).is_empty()
    }

    /// True with several children by parent edges.
    pub fn is_branch_point(&self, node: NodeId) -> bool {
        self.children(node).len() > 1
    }

    /// True with several parents.
    pub fn is_merge_point(&self, node: NodeId) -> bool {
        self.parents(node).len() > 1
    }

    /// Returns the nodes that are a head by parent edges, in load order.
    pub fn heads(&self) -> Vec<NodeId> {
        self.nodes().filter(|node| self.is_head(*node)).collect()
    }

    /// Returns the heads that no other revision requires, in load order.
    pub fn real_heads(&self) -> Vec<NodeId> {
        self.nodes().filter(|node| self.is_real_head(*node)).collect()
    }

    /// Returns the heads that another line depends on, in load order.
    pub fn effective_heads(&self) -> Vec<NodeId> {
        self.nodes().filter(|node| self.is_effective_head(*node)).collect()
    }

    /// Returns the revisions without parents, in load order.
    pub fn bases(&self) -> Vec<NodeId> {
        self.nodes().filter(|node| self.is_base(*node)).collect()
    }

    /// Returns the revisions with several children by parent edges, in load order.
    pub fn branch_points(&self) -> Vec<NodeId> {
        self.nodes().filter(|node| self.is_branch_point(*node)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::drawn::{graph, names};

    #[test]
    fn listings_of_a_graph_with_branches_and_dependencies() {
        let graph = graph("app1@app; app2:app1; net1@net; net2:net1!app2; net3:net2; odd:net1,app1");
        assert_eq!(names(&graph, &graph.heads()), "app2 net3 odd");
        assert_eq!(names(&graph, &graph.real_heads()), "net3 odd");
        assert_eq!(names(&graph, &graph.effective_heads()), "app2");
        assert_eq!(names(&graph, &graph.bases()), "app1 net1");
        assert_eq!(names(&graph, &graph.branch_points()), "app1 net1");
        let odd = graph.get("odd").unwrap();
        assert!(graph.is_merge_point(odd) && !graph.is_base(odd));
        assert_eq!(names(&graph, graph.parents(odd)), "net1 app1");
        let app2 = graph.get("app2").unwrap();
        assert_eq!(names(&graph, graph.children(app2)), "");
        assert_eq!(names(&graph, graph.dependents(app2)), "net2");
        assert_eq!(graph.labeled("net"), graph.get("net1"));
    }

    #[test]
    fn a_dependency_declared_further_down_the_line_is_not_repeated() {
        let graph = graph("lib1@lib; lib2:lib1; a; b:a!lib; c:b!lib2,lib; d:b,lib2!lib1,a");
        for (id, expected) in [("b", "a lib1"), ("c", "b lib2"), ("d", "b lib2 a")] {
            let node = graph.get(id).unwrap();
            assert_eq!(names(&graph, graph.effective_parents(node)), expected, "{id}");
        }
        assert_eq!(names(&graph, graph.required(graph.get("c").unwrap())), "b lib2 lib1");
    }

    #[test]
    fn an_empty_graph_has_nothing() {
        let graph = graph("");
        assert!(graph.is_empty());
        assert_eq!(graph.heads(), []);
    }
}
