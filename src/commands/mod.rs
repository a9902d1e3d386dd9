//! One file per command: its flags, and a `run` that returns what was found or done.
//!
//! A command prints nothing and opens nothing by itself: it asks [`crate::app::App`] for what it needs and composes
//! the decisions of `alembic-revisions`. Read `heads` first (a listing), then `upgrade` (a run).

pub mod bases;
pub mod branches;
pub mod bundle;
pub mod check;
pub mod completions;
pub mod current;
pub mod downgrade;
pub mod edit;
pub mod ensure_version;
pub mod generate;
pub mod heads;
pub mod history;
pub mod init;
pub mod list_templates;
pub mod merge;
pub mod repair;
pub mod revision;
pub mod show;
pub mod stamp;
pub mod status;
pub mod upgrade;
pub mod verify;
