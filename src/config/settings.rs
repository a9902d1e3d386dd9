//! The settings themselves: one field per key of the contract, each with its default.
//!
//! Read [`WorkspaceSettings::read`] first.

use std::collections::BTreeMap;

use alembic_revisions::{BranchLabel, DialectName};
use alembic_runtime::History;
use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::file_template::FileTemplate;
use super::problem::{IllegalValue, SettingsError, SettingsOrigin, settings_error};
use super::reader::{Reader, Table};

const WORKSPACE_KEYS: &[&str] =
    &["database-url", "dialects", "version-table", "history", "file-template", "exclude-tables", "cfg", "env"];
const ENVIRONMENT_KEYS: &[&str] = &["url-env", "database-url", "protected"];
const FEATURE_KEYS: &[&str] = &["migrations", "branch-label"];

/// `[workspace.metadata.alembic]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkspaceSettings {
    pub database_url: Option<String>,
    /// Which SQL `generate` writes; empty: the dialect of the database in use.
    pub dialects: Vec<DialectName>,
    pub version_table: VersionTable,
    /// What becomes of a run that can keep no history.
    pub history: History,
    pub file_template: FileTemplate,
    /// Names of tables, with `*` for any characters; see [`WorkspaceSettings::excludes_table`].
    pub exclude_tables: Vec<String>,
    /// Which `cfg` names hold where models are read: `name`, `name="value"`, or `not(…)` around one of them.
    pub cfg: Vec<String>,
    pub environments: BTreeMap<String, EnvironmentSettings>,
}

/// `version-table`, which renames all four tables of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionTable {
    pub schema: Option<String>,
    pub name: String,
}

impl Default for VersionTable {
    fn default() -> Self {
        VersionTable { schema: None, name: "alembic_version".to_owned() }
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
        FeatureSettings { migrations: "migrations".into(), branch_label: None }
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
        version_table: reader.checked(table, "version-table", version_table).unwrap_or_default(),
        history: match reader.boolean(table, "history") {
            Some(false) => History::Off,
            Some(true) | None => History::Required,
        },
        file_template: reader.checked(table, "file-template", |text| Ok(text.parse()?)).unwrap_or_default(),
        exclude_tables: reader.list(table, "exclude-tables", plain),
        cfg: reader.list(table, "cfg", plain),
        environments: read_environments(reader, table),
    }
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
            settings.migrations = reader.checked(&table, "migrations", folder).unwrap_or(settings.migrations);
            settings.branch_label = reader.checked(&table, "branch-label", |text| Ok(BranchLabel::for_new(text)?));
        }
        settings_error(reader.found, &origin).map_or(Ok(settings), Err)
    }
}

fn plain(text: &str) -> Result<String, IllegalValue> {
    if text.is_empty() {
        Err(IllegalValue::Empty)
    } else if text.chars().any(char::is_control) {
        Err(IllegalValue::Control)
    } else {
        Ok(text.to_owned())
    }
}

/// Returns the folder if it cannot lead out of the package.
pub(crate) fn folder(text: &str) -> Result<Utf8PathBuf, IllegalValue> {
    let text = plain(text)?;
    let path = Utf8Path::new(&text);
    let is_inside = |part| matches!(part, Utf8Component::Normal(_) | Utf8Component::CurDir);
    // `\` and `C:` are parts of a name here, but lead elsewhere on Windows; manifests are shared.
    if text.contains(['\\', ':']) || !path.components().all(is_inside) {
        return Err(IllegalValue::Folder);
    }
    let path: Utf8PathBuf = path.components().filter(|part| *part != Utf8Component::CurDir).collect();
    if path.as_str().is_empty() { Err(IllegalValue::Folder) } else { Ok(path) }
}

/// PostgreSQL cuts names off at 63 bytes, so that the tables beside the version table would become one.
const TABLE_WIDTH: usize = 63 - "_progress".len();

fn version_table(text: &str) -> Result<VersionTable, IllegalValue> {
    let text = plain(text)?;
    if let Some(quote) = text.chars().find(|character| matches!(character, '"' | '`' | '\'' | '[' | ']')) {
        return Err(IllegalValue::Character(quote));
    }
    let parts: Vec<&str> = text.split('.').collect();
    match parts.as_slice() {
        _ if parts.iter().any(|part| part.trim() != *part || part.is_empty()) => Err(IllegalValue::Table),
        [.., name] if name.len() > TABLE_WIDTH => Err(IllegalValue::TooLong(TABLE_WIDTH)),
        [name] => Ok(VersionTable { schema: None, name: (*name).to_owned() }),
        [schema, name] => Ok(VersionTable { schema: Some((*schema).to_owned()), name: (*name).to_owned() }),
        _ => Err(IllegalValue::Table),
    }
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
