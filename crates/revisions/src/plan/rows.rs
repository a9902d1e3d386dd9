//! The rows of the version table along a route: always the maximal applied revisions (`revision-graph.md` §10).
//!
//! Read [`Rows::up`] first.

use super::{Direction, Move, Route, RowsChange};
use crate::graph::{Applied, NodeId, RevisionGraph};
use crate::revision::RevisionId;

/// The state of a database while a route is made; a step costs what the revision has edges.
pub(super) struct Rows<'g> {
    graph: &'g RevisionGraph,
    /// How many applied revisions require each one; a row is an applied revision with 0.
    needed_by: Vec<u32>,
}

impl<'g> Rows<'g> {
    pub fn new(graph: &'g RevisionGraph, applied: &Applied) -> Self {
        let mut needed_by = vec![0; graph.len()];
        for node in applied.nodes().iter() {
            graph.required(node).iter().for_each(|below| needed_by[below.index()] += 1);
        }
        Rows { graph, needed_by }
    }

    /// Applies a revision whose requirements are applied.
    pub fn up(&mut self, node: NodeId) -> RowsChange {
        let mut removed = Vec::new();
        for below in self.graph.required(node) {
            let needed_by = &mut self.needed_by[below.index()];
            if *needed_by == 0 {
                removed.push(*below);
            }
            *needed_by += 1;
        }
        change(&self.graph.ids(&removed), &[self.graph.id(node).clone()])
    }

    /// Takes back a revision that nothing applied requires.
    pub fn down(&mut self, node: NodeId) -> RowsChange {
        let mut added = Vec::new();
        for below in self.graph.required(node) {
            let needed_by = &mut self.needed_by[below.index()];
            *needed_by -= 1;
            if *needed_by == 0 {
                added.push(*below);
            }
        }
        change(&[self.graph.id(node).clone()], &self.graph.ids(&added))
    }
}

/// Returns the change that takes `removed` away and brings `added`: the first of both is an update, which keeps the
/// row of the first parent (§10.2).
pub(super) fn change(removed: &[RevisionId], added: &[RevisionId]) -> RowsChange {
    match (removed, added) {
        ([old, delete @ ..], [new, insert @ ..]) => {
            RowsChange { delete: delete.to_vec(), update: Some((old.clone(), new.clone())), insert: insert.to_vec() }
        }
        (delete, insert) => RowsChange { delete: delete.to_vec(), update: None, insert: insert.to_vec() },
    }
}

/// Returns the route that takes these revisions in this order.
pub(super) fn route(graph: &RevisionGraph, applied: &Applied, direction: Direction, order: &[NodeId]) -> Route {
    let mut rows = Rows::new(graph, applied);
    let mut nodes = applied.nodes().clone();
    let mut moves = Vec::with_capacity(order.len());
    for node in order {
        let change = match direction {
            Direction::Up => rows.up(*node),
            Direction::Down => rows.down(*node),
        };
        match direction {
            Direction::Up => nodes.insert(*node),
            Direction::Down => nodes.remove(*node),
        };
        moves.push(Move { node: *node, direction, change });
    }
    Route {
        from: graph.ids(&applied.rows(graph)),
        to: graph.ids(&Applied::of(nodes).rows(graph)),
        moves,
        surplus: Vec::new(),
    }
}
