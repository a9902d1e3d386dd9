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
use super::{NodeId, NodeSet, RevisionGraph};
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
        let mut rank = vec![0; self.len()];
        self.oldest_first.iter().enumerate().for_each(|(at, node)| rank[node.index()] = at);
        let mut redundant = Vec::new();
        for node in self.nodes().filter(|node| self.required(*node).len() > 1) {
            let lowest = self.required(node).iter().map(|to| rank[to.index()]).min().unwrap_or(0);
            for by in self.required(node) {
                // What is older than every edge's end is not worth a look.
                let below =
                    self.reach([*by], |from| if rank[from.index()] > lowest { self.required(from) } else { &[] });
                let is_reached = |to: &&NodeId| *to != by && below.contains(**to);
                let edge = |to: &NodeId| RedundantEdge { node, to: *to, by: *by };
                redundant.extend(self.required(node).iter().filter(is_reached).map(edge));
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
            let here = Place::new(Arc::clone(script.source()), *span);
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
        let is_dropped = |dependency: NodeId| {
            own.contains(&dependency) || repeated.contains(node) && dropped.binary_search(&(node, dependency)).is_ok()
        };
        let other = dependencies.of(node).iter().filter(|dependency| !is_dropped(**dependency));
        effective.push(own.iter().chain(other).copied());
    }
    effective
}

#[cfg(test)]
mod tests {
    use super::super::drawn::{graph, scripts};
    use super::*;
    use crate::diagnose::{Diagnose, Exit};

    fn problems(drawing: &str) -> Vec<GraphProblem> {
        let problems = RevisionGraph::build(scripts(drawing)).unwrap_err();
        assert_eq!(problems.others().len() + 1, problems.iter().count());
        problems.iter().cloned().collect()
    }

    #[test]
    fn every_fault_has_its_kind_and_its_words() {
        for (drawing, kind, message) in [
            ("a:a", "SelfLoop", "revision `a` is a child of itself"),
            ("a!a", "SelfLoop", "revision `a` depends on itself"),
            ("a@own!own", "SelfLoop", "revision `a` depends on itself"),
            (
                "a; b:a; b:a",
                "DuplicateId",
                "two scripts have the id `b`: migrations/b_step.sql and migrations/b_step.sql",
            ),
            ("a@users; b@users", "DuplicateLabel", "the branch label `users` is taken, by another script"),
            ("a@users,users", "DuplicateLabel", "the branch label `users` is taken, by another script"),
            ("a; b@a", "DuplicateLabel", "the branch label `a` is taken, by a revision's id"),
            ("a; b:c", "MissingParent", "revision `b` says its parent is `c`, and no revision has that id"),
            ("a; b!c", "MissingDependency", "revision `b` depends on `c`, and no revision has that id or label"),
            ("a; b:a,d; c:b; d:c", "Cycle", "revisions are their own ancestors: `b` needs `d` needs `c` needs `b`"),
            ("a:b; b:a", "Cycle", "revisions are their own ancestors: `a` needs `b` needs `a`"),
            ("a; b:a!d; c; d:c!b", "DependencyCycle", "revisions depend on themselves: `b` needs `d` needs `b`"),
        ] {
            let problems = problems(drawing);
            assert_eq!(problems.len(), 1, "{drawing}: {problems:?}");
            assert_eq!((problems[0].kind(), problems[0].to_string().as_str()), (kind, message), "{drawing}");
            assert_eq!(problems[0].exit(), Exit::Project);
            assert!(problems[0].help().is_some_and(|help| !help.is_empty()), "{drawing}");
        }
    }

    #[test]
    fn all_faults_come_at_once() {
        let kinds: Vec<&str> =
            problems("a:zzz; a; b:b; c@l; d@l!yyy; e:f; f:e; g:h; h:g").iter().map(Diagnose::kind).collect();
        let expected =
            ["DuplicateId", "DuplicateLabel", "MissingParent", "SelfLoop", "MissingDependency", "Cycle", "Cycle"];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn a_cycle_that_alembic_overlooks_is_found() {
        // Every node is above a base and below a head.
        let problems = problems("a; b:a,d; c:b; d:c; e:d");
        assert_eq!(problems[0].kind(), "Cycle");
        let marked = |place: Place| place.source.text[place.span.range()].to_owned();
        let marked: Vec<String> = problems[0].places().into_iter().map(marked).collect();
        assert_eq!(marked, ["d", "c", "b"]);
    }

    #[test]
    fn places_mark_the_names_in_both_files() {
        let problems = problems("aaaa@users; bbbb@users");
        let places = problems[0].places();
        let marked: Vec<(&str, &str)> =
            places.iter().map(|place| (place.source.path.as_str(), &place.source.text[place.span.range()])).collect();
        assert_eq!(marked, [("migrations/aaaa_step.sql", "users"), ("migrations/bbbb_step.sql", "users")]);
    }

    #[test]
    fn a_missing_parent_is_guessed() {
        for (drawing, help) in [
            // The commonest mistake: the name of the file, or the beginning of the id.
            ("ae1027a6; b:ae10", "migrations/ae1027a6_step.sql has the id `ae1027a6`"),
            ("ae1027a6; b:ae1027a6_step", "migrations/ae1027a6_step.sql has the id `ae1027a6`"),
            ("ae1027a6; b:ae1027b6", "write `ae1027a6`, if that is meant"),
            ("ae1027a6@users; b:users", "write the id of the revision that has this branch label: `ae1027a6`"),
            ("ae1027a6@users; b!usres", "write `users`, if that is meant"),
            ("ae1027a6; b:777", "add the missing script"),
        ] {
            let found = problems(drawing)[0].help().unwrap();
            assert!(found.contains(help), "{drawing}: {found}");
        }
    }

    #[test]
    fn redundant_edges_are_found_and_harmless() {
        let graph = graph("a; b:a; c:a; m:b,c!a; n:m; o:n,m; p:o!l; l");
        let text =
            |edge: &RedundantEdge| format!("{}->{} by {}", graph.id(edge.node), graph.id(edge.to), graph.id(edge.by));
        let found: Vec<String> = graph.redundant_edges().iter().map(text).collect();
        assert_eq!(found, ["m->a by b", "m->a by c", "o->m by n"]);
    }
}
