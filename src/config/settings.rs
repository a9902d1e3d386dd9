//! The settings themselves: one field per key of the contract, each with its default.
//!
//! Read [`WorkspaceSettings::read`] first.

use std::collections::BTreeMap;
use std::fmt;

use alembic_revisions::dialect::TableName;
use alembic_revisions::settings::{self, FEATURE_KEYS, MIGRATIONS, WORKSPACE_KEYS};
use alembic_revisions::{BranchLabel, DialectName};
use alembic_runtime::{History, Scripts};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::file_template::FileTemplate;
use super::problem::{IllegalValue, SettingsError, SettingsOrigin, settings_error};
use super::reader::{Reader, Table};

const HOOK_KEYS: &[&str] = &["pre-upgrade", "post-upgrade", "pre-downgrade", "post-downgrade"];
const ENVIRONMENT_KEYS: &[&str] = &["url-env", "database-url", "protected"];

/// `[workspace.metadata.alembic]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkspaceSettings {
    pub database_url: Option<String>,
    /// Which SQL `generate` writes; empty: the dialect of the database in use.
    pub dialects: Vec<DialectName>,
    /// Renames all four tables of ours.
    pub version_table: TableName,
    /// What becomes of a run that can keep no history.
    pub history: History,
    /// Whether `upgrade` keeps the whole text of scripts in the history.
    pub scripts: Scripts,
    pub file_template: FileTemplate,
    /// Names of tables, with `*` for any characters; see [`WorkspaceSettings::excludes_table`].
    pub exclude_tables: Vec<String>,
    /// Which `cfg` names hold where models are read: `name`, `name="value"`, or `not(…)` around one of them.
    pub cfg: Vec<String>,
    pub environments: BTreeMap<String, EnvironmentSettings>,
    /// The program and its arguments.
    pub hooks: BTreeMap<HookName, Vec<String>>,
}

/// When a program of the user's runs; its key under `[workspace.metadata.alembic.hooks]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HookName {
    PreUpgrade,
    PostUpgrade,
    PreDowngrade,
    PostDowngrade,
}

impl HookName {
    const ALL: [HookName; 4] =
        [HookName::PreUpgrade, HookName::PostUpgrade, HookName::PreDowngrade, HookName::PostDowngrade];

    fn key(self) -> &'static str {
        match self {
            HookName::PreUpgrade => "pre-upgrade",
            HookName::PostUpgrade => "post-upgrade",
            HookName::PreDowngrade => "pre-downgrade",
            HookName::PostDowngrade => "post-downgrade",
        }
    }
}

impl fmt::Display for HookName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// `[workspace.metadata.alembic.env.NAME]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvironmentSettings {
    /// The variable that holds the URL, in the process or in `.env`.
    pub url_env: Option<String>,
    /// The URL if `url-env` is absent or not set.
    pub database_url: Option<String>,
    /// A downgrade, and an upgrade that drops data, need the database's name.
    pub protected: bool,
}

/// `[package.metadata.alembic]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureSettings {
    /// The folder of the scripts, relative to the package.
    pub migrations: Utf8PathBuf,
    pub branch_label: Option<BranchLabel>,
}

impl Default for FeatureSettings {
    fn default() -> Self {
        FeatureSettings { migrations: MIGRATIONS.into(), branch_label: None }
    }
}

impl WorkspaceSettings {
    /// Returns the settings in `value`, the table `alembic` of the workspace's metadata (null if there is none).
    ///
    /// Fails with every wrong key at once.
    pub fn read(value: &Value, root: &Utf8Path, manifest: &Utf8Path) -> Result<Self, SettingsError> {
        let origin = SettingsOrigin { root, manifest, table: "workspace.metadata.alembic" };
        let mut reader = Reader::new(origin.table);
        let settings = match reader.root(value, WORKSPACE_KEYS) {
            Some(table) => read_workspace(&mut reader, &table),
            None => WorkspaceSettings::default(),
        };
        settings_error(reader.found, &origin).map_or(Ok(settings), Err)
    }

    /// True if `exclude-tables` tells `generate` and `check` to pass the table over.
    pub fn excludes_table(&self, name: &str) -> bool {
        self.exclude_tables.iter().any(|pattern| is_match(pattern, name))
    }
}

fn read_workspace(reader: &mut Reader, table: &Table<'_>) -> WorkspaceSettings {
    WorkspaceSettings {
        database_url: reader.checked(table, "database-url", plain),
        dialects: reader.list(table, "dialects", |text| Ok(text.parse::<DialectName>()?)),
        version_table: reader
            .checked(table, "version-table", |text| Ok(settings::version_table(text)?))
            .unwrap_or_default(),
        history: match reader.boolean(table, "history") {
            Some(false) => History::Off,
            Some(true) | None => History::Required,
        },
        scripts: read_scripts(reader, table),
        file_template: reader.checked(table, "file-template", |text| Ok(text.parse()?)).unwrap_or_default(),
        exclude_tables: reader.list(table, "exclude-tables", plain),
        cfg: reader.list(table, "cfg", plain),
        environments: read_environments(reader, table),
        hooks: read_hooks(reader, table),
    }
}

/// Scripts are kept in the history, so there must be one.
fn read_scripts(reader: &mut Reader, table: &Table<'_>) -> Scripts {
    if reader.boolean(table, "store-scripts") != Some(true) {
        return Scripts::NotStored;
    }
    if reader.boolean(table, "history") == Some(false) {
        reader.illegal(table, "store-scripts", IllegalValue::NoHistory);
    }
    Scripts::Stored
}

fn read_hooks(reader: &mut Reader, table: &Table<'_>) -> BTreeMap<HookName, Vec<String>> {
    let Some(hooks) = reader.table(table, "hooks", HOOK_KEYS) else { return BTreeMap::new() };
    let words = |name: HookName| (name, reader.list(&hooks, name.key(), plain));
    HookName::ALL.map(words).into_iter().filter(|(_, words)| !words.is_empty()).collect()
}

fn read_environments(reader: &mut Reader, table: &Table<'_>) -> BTreeMap<String, EnvironmentSettings> {
    let Some(environments) = reader.named(table, "env") else { return BTreeMap::new() };
    let mut read = BTreeMap::new();
    for name in environments.names() {
        let before = reader.found.len();
        let Some(inner) = reader.table(&environments, name, ENVIRONMENT_KEYS) else { continue };
        let settings = EnvironmentSettings {
            url_env: reader.checked(&inner, "url-env", plain),
            database_url: reader.checked(&inner, "database-url", plain),
            protected: reader.boolean(&inner, "protected").unwrap_or(false),
        };
        let is_nameless = settings.url_env.is_none() && settings.database_url.is_none();
        if is_nameless && reader.found.len() == before {
            reader.illegal(&environments, name, IllegalValue::NoDatabase);
        }
        read.insert(name.to_owned(), settings);
    }
    read
}

impl FeatureSettings {
    /// Returns the settings in `value`, the table `alembic` of a package's metadata (null if there is none).
    ///
    /// Fails with every wrong key at once.
    pub fn read(value: &Value, root: &Utf8Path, manifest: &Utf8Path) -> Result<Self, SettingsError> {
        let origin = SettingsOrigin { root, manifest, table: "package.metadata.alembic" };
        let mut reader = Reader::new(origin.table);
        let mut settings = FeatureSettings::default();
        if let Some(table) = reader.root(value, FEATURE_KEYS) {
            settings.migrations = reader
                .checked(&table, "migrations", |text| Ok(settings::migrations_folder(text)?))
                .unwrap_or(settings.migrations);
            settings.branch_label = reader.checked(&table, "branch-label", |text| Ok(BranchLabel::for_new(text)?));
        }
        settings_error(reader.found, &origin).map_or(Ok(settings), Err)
    }
}

fn plain(text: &str) -> Result<String, IllegalValue> {
    Ok(settings::plain(text)?)
}

/// True if `pattern`, in which `*` stands for any characters, is the whole of `name`.
fn is_match(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(start) else { return false };
    let mut middle: Vec<&str> = rest.split('*').collect();
    let end = middle.pop().unwrap_or_default();
    for part in middle {
        let Some(at) = name.find(part) else { return false };
        name = &name[at + part.len()..];
    }
    name.ends_with(end)
}

#[cfg(test)]
mod tests;
