//! The talking half of `cargo alembic`: the workspace, its settings, the commands and what they print.

#![forbid(unsafe_code)]

pub mod config;
pub mod options;
pub mod scaffold;
pub mod workspace;
