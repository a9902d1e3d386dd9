//! Scripts to graph, or every problem at once.
//!
//! It owns the checks L1 to L10 of `revision-graph.md` §2; their texts are in [`super::problem`]. Read
//! [`RevisionGraph::build`] first.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::adjacency::Adjacency;
use super::cycle;
use super::problem::{EdgeKind, GraphProblem, GraphProblems, LabelOwner, declared, missing, referred};
use super::{NodeId, NodeSet, Over, RevisionGraph};
use crate::diagnose::Place;
use crate::revision::{BranchLabel, Reference, Revision, RevisionId};
use crate::script::Script;

/// An edge to what another edge of the same revision reaches already; harmless, but worth a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedundantEdge {
    pub node: NodeId,
    pub to: NodeId,
    /// The edge that makes it redundant leads here.
    pub by: NodeId,
}

impl RevisionGraph {
    /// Returns the graph of these scripts; their order is the load order.
    ///
    /// # Errors
    /// All faults of the graph at once (§2, L1 to L9).
    pub fn build(scripts: Vec<Arc<Script>>) -> Result<RevisionGraph, GraphProblems> {
        let mut problems = Vec::new();
        let ids = collect_ids(&scripts, &mut problems);
        let labels = collect_labels(&scripts, &ids, &mut problems);
        let names = Names { scripts: &scripts, ids: &ids, labels: &labels };
        let (mut parents, mut dependencies, mut required) = <(Adjacency, Adjacency, Adjacency)>::default();
        for script in &scripts {
            let own = names.resolve(&script.revision, EdgeKind::Parent, &mut problems);
            let other = names.resolve(&script.revision, EdgeKind::Dependency, &mut problems);
            required.push(own.iter().chain(other.iter().filter(|node| !own.contains(node))).copied());
            parents.push(own);
            dependencies.push(other);
        }
        let oldest_first = cycle::oldest_first(&required);
        if oldest_first.len() < scripts.len() {
            problems.extend(cycle::problems(&scripts, &parents, &required));
        }
        if let Some(problems) = GraphProblems::new(problems) {
            return Err(problems);
        }
        let children = parents.reversed();
        let dependents = required.reversed();
        let effective = effective_parents(&parents, &dependencies, &oldest_first);
        Ok(RevisionGraph {
            scripts,
            ids,
            labels,
            parents,
            dependencies,
            required,
            effective,
            children,
            dependents,
            oldest_first,
        })
    }

    /// Returns the edges that say nothing new (L10); Alembic 1.20.1 crashes or leaves wrong rows on some of them.
    pub fn redundant_edges(&self) -> Vec<RedundantEdge> {
        let mut redundant = Vec::new();
        for node in self.nodes().filter(|node| self.required(*node).len() > 1) {
            for by in self.required(node) {
                let below = self.ancestors([*by], Over::All);
                let reached = |to: &&NodeId| *to != by && below.contains(**to);
                redundant.extend(self.required(node).iter().filter(reached).map(|to| RedundantEdge {
                    node,
                    to: *to,
                    by: *by,
                }));
            }
        }
        redundant
    }
}

fn collect_ids(scripts: &[Arc<Script>], problems: &mut Vec<GraphProblem>) -> HashMap<RevisionId, NodeId> {
    let mut ids = HashMap::with_capacity(scripts.len());
    for (index, script) in scripts.iter().enumerate() {
        let revision = &script.revision;
        match ids.entry(revision.id.clone()) {
            Entry::Vacant(vacant) => {
                vacant.insert(NodeId(index as u32));
            }
            Entry::Occupied(first) => problems.push(GraphProblem::DuplicateId {
                id: revision.id.clone(),
                first: Box::new(declared(&scripts[first.get().index()].revision, "first")),
                second: Box::new(declared(revision, "second")),
            }),
        }
    }
    ids
}

fn collect_labels(
    scripts: &[Arc<Script>],
    ids: &HashMap<RevisionId, NodeId>,
    problems: &mut Vec<GraphProblem>,
) -> HashMap<BranchLabel, NodeId> {
    let mut labels: HashMap<BranchLabel, (NodeId, Place)> = HashMap::new();
    for (index, script) in scripts.iter().enumerate() {
        for (label, span) in &script.revision.branch_labels {
            let here = Place { source: Arc::clone(script.source()), span: *span, label: String::new() };
            let taken = match labels.get(label) {
                Some((_, place)) => Some((LabelOwner::Label, place.clone())),
                None => ids
                    .get(label.as_str())
                    .map(|node| (LabelOwner::Id, declared(&scripts[node.index()].revision, "the revision of this id"))),
            };
            match taken {
                None => {
                    labels.insert(label.clone(), (NodeId(index as u32), here));
                }
                Some((owner, first)) => problems.push(GraphProblem::DuplicateLabel {
                    label: label.clone(),
                    owner,
                    first: Box::new(first),
                    second: Box::new(here),
                }),
            }
        }
    }
    labels.into_iter().map(|(label, (node, _))| (label, node)).collect()
}

struct Names<'a> {
    scripts: &'a [Arc<Script>],
    ids: &'a HashMap<RevisionId, NodeId>,
    labels: &'a HashMap<BranchLabel, NodeId>,
}

impl Names<'_> {
    fn resolve(&self, revision: &Revision, kind: EdgeKind, problems: &mut Vec<GraphProblem>) -> Vec<NodeId> {
        let references = match kind {
            EdgeKind::Parent => &revision.parents,
            EdgeKind::Dependency => &revision.depends_on,
        };
        let mut nodes = Vec::with_capacity(references.len());
        for reference in references {
            match self.find(reference, kind) {
                Some(node) if self.scripts[node.index()].revision.id == revision.id => {
                    problems.push(GraphProblem::SelfLoop {
                        id: revision.id.clone(),
                        kind,
                        place: Box::new(referred(revision, reference)),
                    });
                }
                Some(node) if nodes.contains(&node) => {}
                Some(node) => nodes.push(node),
                None => problems.push(missing(self.scripts, revision, reference, kind)),
            }
        }
        nodes
    }

    fn find(&self, reference: &Reference, kind: EdgeKind) -> Option<NodeId> {
        let by_label = || self.labels.get(&*reference.name).filter(|_| kind == EdgeKind::Dependency);
        self.ids.get(&*reference.name).or_else(by_label).copied()
    }
}

/// Returns P of every node (§3).
///
/// For 64 dependencies at a time, one pass over the graph tells which of them the V-ancestors of each node declare.
fn effective_parents(parents: &Adjacency, dependencies: &Adjacency, oldest_first: &[NodeId]) -> Adjacency {
    let dependents = dependencies.reversed();
    let mut repeated = NodeSet::with_capacity(oldest_first.len());
    // Only what several revisions depend on can be declared twice on one line.
    let shared: Vec<NodeId> = dependents.nodes().filter(|node| dependents.of(*node).len() > 1).collect();
    let mut dropped: Vec<(NodeId, NodeId)> = Vec::new();
    for chunk in shared.chunks(64) {
        let mut declared = vec![0_u64; oldest_first.len()];
        for (bit, dependency) in chunk.iter().enumerate() {
            dependents.of(*dependency).iter().for_each(|node| declared[node.index()] |= 1 << bit);
        }
        let mut inherited = vec![0_u64; oldest_first.len()];
        for node in oldest_first {
            inherited[node.index()] = parents
                .of(*node)
                .iter()
                .fold(0, |bits, parent| bits | inherited[parent.index()] | declared[parent.index()]);
            let mut again = inherited[node.index()] & declared[node.index()];
            while again != 0 {
                dropped.push((*node, chunk[again.trailing_zeros() as usize]));
                repeated.insert(*node);
                again &= again - 1;
            }
        }
    }
    dropped.sort_unstable();
    let mut effective = Adjacency::default();
    for node in parents.nodes() {
        let own = parents.of(node);
        let is_new = |dependency: &&NodeId| {
            !own.contains(dependency)
                && !(repeated.contains(node) && dropped.binary_search(&(node, **dependency)).is_ok())
        };
        effective.push(own.iter().chain(dependencies.of(node).iter().filter(is_new)).copied());
    }
    effective
}
