//! The graph, targets and plans against what Alembic 1.20.1 does.
//!
//! `vectors` and `examples` are `revision-graph.md` §20 and §19, `identifiers` its table §19b, `oracle` the recorded
//! commands. What we decide otherwise stands in each of them as such, with its own outcome.

// The drawings of the crate's own tests, for which this file is the crate; and so `random`.
#[path = "../../src/graph/drawn.rs"]
mod drawn;
mod examples;
mod identifiers;
mod oracle;
mod outcome;
mod properties;
#[path = "../../src/graph/random.rs"]
mod random;
mod vectors;

use alembic_revisions::{diagnose, graph, revision, script};
