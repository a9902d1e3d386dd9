//! A set of nodes of one graph, a bit each.
//!
//! Read [`NodeSet`] first.

use super::NodeId;

/// A set of nodes of one graph; its iteration is in load order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSet {
    words: Vec<u64>,
}

fn place(node: NodeId) -> (usize, u64) {
    (node.index() / 64, 1 << (node.index() % 64))
}

impl NodeSet {
    /// Returns an empty set for the nodes of a graph of this size.
    pub fn with_capacity(nodes: usize) -> Self {
        NodeSet { words: vec![0; nodes.div_ceil(64)] }
    }

    /// Returns how many nodes the set has room for.
    pub fn capacity(&self) -> usize {
        self.words.len() * 64
    }

    /// True for a member.
    pub fn contains(&self, node: NodeId) -> bool {
        let (word, bit) = place(node);
        self.words[word] & bit != 0
    }

    /// Returns true if the node was not there before.
    pub fn insert(&mut self, node: NodeId) -> bool {
        let (word, bit) = place(node);
        let is_new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        is_new
    }

    /// Returns true if the node was there before.
    pub fn remove(&mut self, node: NodeId) -> bool {
        let (word, bit) = place(node);
        let was_there = self.words[word] & bit != 0;
        self.words[word] &= !bit;
        was_there
    }

    /// Returns how many members there are.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// True without members.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Returns the nodes in load order.
    pub fn iter(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.words.iter().enumerate().flat_map(|(index, word)| {
            let rest = |bits: &u64| Some(bits & (bits - 1)).filter(|bits| *bits != 0);
            std::iter::successors(Some(*word).filter(|bits| *bits != 0), rest)
                .map(move |bits| NodeId(index as u32 * 64 + bits.trailing_zeros()))
        })
    }

    /// Returns the members of either set.
    pub fn union(mut self, other: &NodeSet) -> NodeSet {
        self.words.iter_mut().zip(&other.words).for_each(|(mine, theirs)| *mine |= theirs);
        self
    }

    /// Returns the members of both sets.
    pub fn intersection(mut self, other: &NodeSet) -> NodeSet {
        self.words.iter_mut().zip(&other.words).for_each(|(mine, theirs)| *mine &= theirs);
        self
    }

    /// Returns the members that the other set has not.
    pub fn difference(mut self, other: &NodeSet) -> NodeSet {
        self.words.iter_mut().zip(&other.words).for_each(|(mine, theirs)| *mine &= !theirs);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_in_load_order() {
        let mut set = NodeSet::with_capacity(130);
        for member in [129, 0, 64, 63, 0] {
            set.insert(NodeId(member));
        }
        assert_eq!(set.iter().map(|node| node.0).collect::<Vec<_>>(), [0, 63, 64, 129]);
        assert_eq!(set.len(), 4);
        assert!(set.remove(NodeId(64)) && !set.remove(NodeId(64)));
        let mut other = NodeSet::with_capacity(130);
        other.insert(NodeId(63));
        assert_eq!(set.clone().difference(&other).iter().map(|node| node.0).collect::<Vec<_>>(), [0, 129]);
        assert_eq!(set.intersection(&other), other);
    }
}
