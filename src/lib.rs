//! `cargo alembic`: Alembic for Cargo workspaces.

pub mod ui;
