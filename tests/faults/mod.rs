//! Faults on purpose: whatever happens to the tool, to its connections or to the server, each revision runs exactly once.
//!
//! Every trial runs the real program. `cargo test` tries a fixed spread of points; `scripts/faults` tries all of them,
//! which `ALEMBIC_FAULTS` asks for. Read `subject` first: what runs, and how it is judged.

mod by_hand;
mod costs;
mod frozen;
pub mod full;
mod large;
mod neighbors;
mod proxy;
mod servers;
mod service;
mod sqlite;
mod starters;
mod subject;
mod surroundings;
mod tally;
mod wire;
