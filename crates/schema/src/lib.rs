//! Schemas as values: what models want of a database, what it has, the changes between the two, and their SQL.
//!
//! ```text
//! Models ──lower──► Wanted ─┐
//!                           ├─ normalize, align ─ diff ─► Changes ─ split ─► per feature ─ render ─► SQL
//! catalogue ──read─► Schema ┘
//! ```
//!
//! Nothing here opens a file or a socket. Start with [`schema`], then [`change`], then [`diff`].

pub mod apply;
pub mod backend;
pub mod catalogue;
pub mod change;
pub mod describe;
pub mod diff;
pub mod locks;
pub mod lower;
pub mod model;
pub mod schema;
pub mod settle;
pub mod split;
mod structure;
mod tokens;
pub mod translate;
pub mod wanted;

pub use apply::Misfit;
pub use backend::Backend;
pub use change::{Change, Delta};
pub use lower::lower;
pub use schema::{ObjectName, Schema, Table};
pub use wanted::Wanted;
