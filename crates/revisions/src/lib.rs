//! The deciding half of `cargo alembic`: revision scripts, their graph, targets and plans.
//!
//! Nothing here opens a connection, reads a clock or prints. Every decision is a function over plain values:
//! [`file`] turns text into [`Script`]s, [`RevisionGraph::build`] turns scripts into a graph (or into every
//! problem at once), [`Target`] is what a user typed, [`Applied`] is what a database has, [`plan`] puts the
//! three together into a [`Plan`] that `alembic-runtime` runs.
//!
//! Read [`plan::upgrade`] first; the rest is what it needs.

pub mod checksum;
pub mod diagnose;
pub mod dialect;
#[cfg(feature = "files")]
pub mod file;
pub mod graph;
pub mod lifetime;
mod line;
pub mod loss;
pub mod plan;
pub mod revision;
pub mod script;
pub mod settings;
pub mod split;
pub mod target;
pub mod touch;

pub use checksum::Checksum;
pub use diagnose::{Code, Diagnose, Exit, Place, Source, Span};
pub use dialect::{Dialect, DialectName, TableName};
pub use graph::{Applied, NodeId, RevisionGraph};
pub use plan::{Plan, Step};
pub use revision::{BranchLabel, Reference, Revision, RevisionId};
pub use script::{Direction, Script, Section, SectionSettings, Statement};
pub use target::Target;
