//! Reads the models of a workspace from its Rust source, without compiling or running anything.
//!
//! ```text
//! files ──lexer, scan──► items ──tree: mod, cfg, macros──► declarations ──names──► types ──build──► Models
//! ```
//!
//! The grammar of attributes is `alembic-model-macros`' own, compiled a second time. What cannot be told from source is
//! an error or a blind spot, never a guess. Start with [`read`].

mod attributes;
mod build;
mod cfg;
mod cursor;
mod enums;
mod fault;
pub mod grammar;
mod lexer;
mod literal;
mod names;
mod scan;
mod tree;
mod workspace;

use alembic_revisions::diagnose::Several;
use alembic_schema::model::Models;

pub use alembic_revisions::Span;
pub use fault::{Problem, ReadError};
pub use workspace::{Edition, Package, Workspace};

/// Returns the models of all features of a workspace.
///
/// Fails with everything that is wrong with the models, or that keeps one of them from being seen for sure.
pub fn read(workspace: &Workspace) -> Result<Models, Several<ReadError>> {
    build::build(tree::Tree::grow(workspace))
}
