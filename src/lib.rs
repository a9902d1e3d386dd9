//! The talking half of `cargo alembic`: what `docs/architecture.md` calls layers 0 to 5.
//!
//! The binary is its only user; nothing here is a promise to other programs. Read [`cli::main`] first.

mod app;
mod author;
mod autogenerate;
mod backup;
pub mod bundle;
pub mod cli;
mod commands;
pub mod config;
mod hooks;
mod listing;
mod migrate;
pub mod options;
mod process;
mod project;
pub mod scaffold;
mod scratch;
pub mod ui;
mod verify;
pub mod workspace;
