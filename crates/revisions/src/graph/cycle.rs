//! Cycles, and the order of a graph without them.
//!
//! Read [`oldest_first`] first; [`problems`] runs only when it left nodes out.

use std::sync::Arc;

use super::adjacency::Adjacency;
use super::problem::{EdgeKind, GraphProblem, referred};
use super::{NodeId, NodeSet};
use crate::diagnose::Place;
use crate::script::Script;

/// Returns the nodes, each after all that it requires; those on a cycle or above one are left out.
pub(super) fn oldest_first(required: &Adjacency) -> Vec<NodeId> {
    let dependents = required.reversed();
    let mut missing: Vec<usize> = required.nodes().map(|node| required.of(node).len()).collect();
    let mut order: Vec<NodeId> = required.nodes().filter(|node| missing[node.index()] == 0).collect();
    let mut next = 0;
    while let Some(node) = order.get(next).copied() {
        next += 1;
        for dependent in dependents.of(node) {
            missing[dependent.index()] -= 1;
            if missing[dependent.index()] == 0 {
                order.push(*dependent);
            }
        }
    }
    order
}

/// Returns one error per cycle, none of which share a node: first over parents alone, then over all edges.
pub(super) fn problems(scripts: &[Arc<Script>], parents: &Adjacency, required: &Adjacency) -> Vec<GraphProblem> {
    let mut gone = NodeSet::with_capacity(scripts.len());
    let mut problems = Vec::new();
    for (edges, kind) in [(parents, EdgeKind::Parent), (required, EdgeKind::Dependency)] {
        while let Some(cycle) = find(edges, &gone) {
            for node in &cycle {
                gone.insert(*node);
            }
            problems.push(problem(scripts, kind, &cycle));
        }
    }
    problems
}

/// Returns a cycle without the nodes of `gone`, each node before the one that it requires, the first in load order first.
fn find(edges: &Adjacency, gone: &NodeSet) -> Option<Vec<NodeId>> {
    let mut left = Adjacency::default();
    for node in edges.nodes() {
        let is_left = |other: &NodeId| !gone.contains(node) && !gone.contains(*other);
        left.push(edges.of(node).iter().copied().filter(is_left));
    }
    let mut free = NodeSet::with_capacity(gone.capacity());
    for node in oldest_first(&left) {
        free.insert(node);
    }
    // Whatever is not free requires something that is not free either: whoever walks on must come back.
    let mut path = vec![left.nodes().find(|node| !free.contains(*node))?];
    loop {
        let next = left.of(*path.last()?).iter().copied().find(|node| !free.contains(*node))?;
        if let Some(start) = path.iter().position(|seen| *seen == next) {
            let mut cycle = path.split_off(start);
            let first = (0..cycle.len()).min_by_key(|at| cycle[*at]).unwrap_or(0);
            cycle.rotate_left(first);
            return Some(cycle);
        }
        path.push(next);
    }
}

fn problem(scripts: &[Arc<Script>], kind: EdgeKind, cycle: &[NodeId]) -> GraphProblem {
    let revision = |node: &NodeId| &scripts[node.index()].revision;
    let edge = |(at, node): (usize, &NodeId)| -> Option<Place> {
        let from = revision(node);
        let to = revision(&cycle[(at + 1) % cycle.len()]);
        let names_it =
            |name: &str| name == to.id.as_str() || to.branch_labels.iter().any(|(label, _)| label.as_str() == name);
        let reference = from.parents.iter().chain(&from.depends_on).find(|reference| names_it(&reference.name))?;
        Some(referred(from, reference))
    };
    let ids = cycle.iter().map(|node| revision(node).id.clone()).collect();
    let places = cycle.iter().enumerate().filter_map(edge).collect();
    match kind {
        EdgeKind::Parent => GraphProblem::Cycle { ids, places },
        EdgeKind::Dependency => GraphProblem::DependencyCycle { ids, places },
    }
}
