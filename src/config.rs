//! The settings of a workspace and of its features, and the database that a command talks to.
//!
//! Settings live in `[workspace.metadata.alembic]` and `[package.metadata.alembic]`; this module gives them types and
//! says where a wrong one stands. It alone reads the variables of the process, through [`Environment`], and it never
//! opens a connection. Read [`WorkspaceSettings`] first, then [`choose_database`].

mod database;
mod dotenv;
mod environment;
mod file_template;
mod problem;
mod reader;
mod settings;

pub use database::{
    DatabaseChoice, DatabaseChoiceError, DatabaseRequest, SettingsAt, SettingsFile, UrlOrigin, choose_database,
    holds_password, without_passwords,
};
pub use dotenv::DotenvError;
pub use environment::{Environment, EnvironmentError};
pub(crate) use file_template::is_forbidden_in_name;
pub use file_template::{FileTemplate, FileTemplateError, Part, Placeholder};
pub use problem::{IllegalValue, Problem, SettingFault, SettingsError, SettingsOrigin};
pub use settings::{EnvironmentSettings, FeatureSettings, HookName, WorkspaceSettings};
