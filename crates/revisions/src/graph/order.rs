//! The one order in which revisions run (`revision-graph.md` §9).
//!
//! It is Alembic's order, tie-breaks included, without its cost. Read [`newest_first`] first.

use super::{NodeId, NodeSet, Over, RevisionGraph};

/// Beyond this many revisions in one plan the table of [`Reach`] would grow over 32 MB.
const REACH_LIMIT: usize = 16_384;

impl RevisionGraph {
    /// Returns `set` with descendants before ancestors: depth first along a line, changing the line only when
    /// something else still needs the current revision.
    ///
    /// The set must hold everything between any two of its nodes, and nothing that is not below one of the `tips`
    /// in it.
    pub fn newest_first(&self, set: &NodeSet, tips: &[NodeId]) -> Vec<NodeId> {
        self.newest_first_of(set, Walk::new(self, set, tips, REACH_LIMIT))
    }

    fn newest_first_of(&self, set: &NodeSet, mut walk: Walk) -> Vec<NodeId> {
        let mut order = Vec::with_capacity(set.len());
        let mut cursor = 0;
        while let Some(node) = walk.active.get(cursor).copied() {
            if walk.needed_by[node.index()] == 0 {
                order.push(node);
                cursor = walk.leave(node, cursor);
            } else if let Some(blocker) = walk.blocker(node) {
                cursor = blocker;
            } else {
                debug_assert!(false, "the set of an order has a gap above {}", self.id(node));
                break;
            }
        }
        debug_assert!(walk.left.is_empty(), "the tips of an order do not reach all of its set");
        order
    }
}

struct Walk<'g> {
    graph: &'g RevisionGraph,
    /// What is not in the order yet.
    left: NodeSet,
    /// How many nodes of `left` each node is required by. Since the set has no gaps, a node has to wait for an active
    /// one exactly while this is not 0.
    needed_by: Vec<u32>,
    active: Vec<NodeId>,
    is_active: NodeSet,
    reach: Option<Reach>,
    reach_limit: usize,
}

impl<'g> Walk<'g> {
    fn new(graph: &'g RevisionGraph, set: &NodeSet, tips: &[NodeId], reach_limit: usize) -> Self {
        let mut needed_by = vec![0; graph.len()];
        for node in set.iter() {
            graph.required(node).iter().for_each(|below| needed_by[below.index()] += 1);
        }
        let mut is_active = NodeSet::with_capacity(graph.len());
        for tip in tips.iter().filter(|tip| set.contains(**tip)) {
            is_active.insert(*tip);
        }
        let active = is_active.iter().collect();
        Walk { graph, left: set.clone(), needed_by, active, is_active, reach: None, reach_limit }
    }

    /// Puts the parents of an active node in its place, and returns where to go on.
    fn leave(&mut self, node: NodeId, cursor: usize) -> usize {
        self.left.remove(node);
        self.is_active.remove(node);
        self.graph.required(node).iter().for_each(|below| self.needed_by[below.index()] -= 1);
        let mut cursor_is_free = true;
        for parent in self.graph.effective_parents(node) {
            if !self.left.contains(*parent) || !self.is_active.insert(*parent) {
                continue;
            }
            if cursor_is_free {
                self.active[cursor] = *parent;
                cursor_is_free = false;
            } else {
                self.active.push(*parent);
            }
        }
        if cursor_is_free {
            self.active.remove(cursor);
            return cursor.saturating_sub(1);
        }
        cursor
    }

    /// Returns the first active node that is above this one.
    fn blocker(&mut self, node: NodeId) -> Option<usize> {
        if self.reach.is_none() && self.left.len() <= self.reach_limit {
            self.reach = Some(Reach::new(self.graph, &self.left));
        }
        if let Some(reach) = &self.reach {
            return self.active.iter().position(|other| reach.is_above(*other, node));
        }
        let above = self.graph.descendants([node], Over::All);
        self.active.iter().position(|other| *other != node && above.contains(*other))
    }
}

/// Who is above whom, a bit for each pair: searching anew for every blocked node would make the order quadratic.
struct Reach {
    /// The row and column of each node of the graph.
    slots: Vec<u32>,
    words: usize,
    rows: Vec<u64>,
}

impl Reach {
    fn new(graph: &RevisionGraph, set: &NodeSet) -> Self {
        let words = set.len().div_ceil(64);
        let mut slots = vec![0; graph.len()];
        let mut rows = vec![0; set.len() * words];
        let newest_first = graph.oldest_first().iter().rev().filter(|node| set.contains(**node));
        for (slot, node) in newest_first.enumerate() {
            slots[node.index()] = slot as u32;
            let (newer, rest) = rows.split_at_mut(slot * words);
            for above in graph.dependents(*node).iter().filter(|above| set.contains(**above)) {
                let above = slots[above.index()] as usize;
                let row = &newer[above * words..(above + 1) * words];
                // What is above `above` has a lower slot still.
                rest.iter_mut().zip(&row[..=above / 64]).for_each(|(mine, theirs)| *mine |= theirs);
                rest[above / 64] |= 1 << (above % 64);
            }
        }
        Reach { slots, words, rows }
    }

    fn is_above(&self, upper: NodeId, lower: NodeId) -> bool {
        let (upper, lower) = (self.slots[upper.index()] as usize, self.slots[lower.index()] as usize);
        self.rows[lower * self.words + upper / 64] & (1 << (upper % 64)) != 0
    }
}

#[cfg(test)]
mod tests;
