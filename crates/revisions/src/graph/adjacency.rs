//! The neighbors of every node in one allocation.
//!
//! Read [`Adjacency::of`] first.

use super::NodeId;

/// One list of neighbors per node, in written order.
#[derive(Clone, Debug, Default)]
pub(super) struct Adjacency {
    /// Where the list of each node ends in `neighbors`; it begins where the one before it ends.
    ends: Vec<u32>,
    neighbors: Vec<NodeId>,
}

impl Adjacency {
    /// Appends the list of the next node.
    pub fn push(&mut self, neighbors: impl IntoIterator<Item = NodeId>) {
        self.neighbors.extend(neighbors);
        self.ends.push(u32::try_from(self.neighbors.len()).unwrap_or(u32::MAX));
    }

    pub fn of(&self, node: NodeId) -> &[NodeId] {
        let start = match node.index() {
            0 => 0,
            index => self.ends[index - 1] as usize,
        };
        &self.neighbors[start..self.ends[node.index()] as usize]
    }

    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (0..self.ends.len() as u32).map(NodeId)
    }

    /// Returns the same edges seen from their other ends; each list is in load order.
    pub fn reversed(&self) -> Adjacency {
        let mut ends = vec![0; self.ends.len()];
        for neighbor in &self.neighbors {
            ends[neighbor.index()] += 1;
        }
        let mut total = 0;
        for end in &mut ends {
            total += *end;
            *end = total;
        }
        let mut neighbors = vec![NodeId(0); self.neighbors.len()];
        let mut free = ends.clone();
        for node in self.nodes().rev() {
            for neighbor in self.of(node) {
                let slot = &mut free[neighbor.index()];
                *slot -= 1;
                neighbors[*slot as usize] = node;
            }
        }
        Adjacency { ends, neighbors }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_the_same_from_both_ends() {
        let mut down = Adjacency::default();
        for list in [vec![], vec![0], vec![0], vec![2, 1]] {
            down.push(list.into_iter().map(NodeId));
        }
        let up = down.reversed();
        let lists = |edges: &Adjacency| -> Vec<Vec<u32>> {
            edges.nodes().map(|node| edges.of(node).iter().map(|neighbor| neighbor.0).collect()).collect()
        };
        assert_eq!(lists(&up), [vec![1, 2], vec![3], vec![3], vec![]]);
        assert_eq!(lists(&up.reversed()), [vec![], vec![0], vec![0], vec![1, 2]]);
    }
}
