//! The graph of all revisions.

/// A node of one [`RevisionGraph`]: its place in load order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

pub struct RevisionGraph;
pub struct Applied;
