//! One call of `cargo metadata --no-deps`, reduced to the features and the settings that an application needs.
//!
//! The rules are those of the command line; what it says about a wrong setting, with its line, is not repeated here.
//! Read [`Workspace::ask`] first.

use std::path::Path;
use std::process::Command;

use alembic_revisions::settings::{self, FEATURE_KEYS, IllegalText, MIGRATIONS, WORKSPACE_KEYS};
use alembic_revisions::{DialectName, TableName};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value};

use crate::error::EmbedError;

/// The workspace of the crate that is compiled.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: Utf8PathBuf,
    pub(crate) target_directory: Utf8PathBuf,
    pub(crate) version_table: TableName,
    /// False where a run goes on without a history.
    pub(crate) history: bool,
    /// True if the history keeps the whole text of each script.
    pub(crate) store_scripts: bool,
    /// For which databases sections without a dialect are written; empty where no setting says it.
    pub(crate) dialects: Vec<DialectName>,
    /// All members, by name.
    pub(crate) packages: Vec<Package>,
}

/// A member of the workspace.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest: Utf8PathBuf,
    pub(crate) is_feature: bool,
    /// Where its scripts are; the folder need not exist.
    pub(crate) migrations: Utf8PathBuf,
}

impl Workspace {
    /// Returns the workspace that the package in `dir` belongs to.
    pub(crate) fn ask(cargo: &Path, dir: &Path) -> Result<Workspace, EmbedError> {
        let mut command = Command::new(cargo);
        command.args(["metadata", "--no-deps", "--offline", "--format-version", "1", "--color", "never"]);
        let failed = |why: &dyn std::fmt::Display| EmbedError::Cargo(why.to_string());
        let output = command.current_dir(dir).output().map_err(|error| failed(&error))?;
        if !output.status.success() {
            return Err(failed(&String::from_utf8_lossy(&output.stderr).trim()));
        }
        let answer: Value = serde_json::from_slice(&output.stdout).map_err(|error| failed(&error))?;
        Workspace::read(&answer)
    }

    /// Returns what cargo's answer says.
    fn read(answer: &Value) -> Result<Workspace, EmbedError> {
        let root = Utf8PathBuf::from(text(answer, "workspace_root")?);
        let packages = answer["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut packages =
            packages.iter().map(|package| Package::read(package, &root)).collect::<Result<Vec<_>, _>>()?;
        packages.sort_by(|left, right| left.name.cmp(&right.name));
        let manifest = root.join("Cargo.toml");
        let name = "workspace.metadata.alembic";
        let mut table = Table { name, manifest: shown(&root, &manifest), map: None };
        table.open(&answer["metadata"]["alembic"], WORKSPACE_KEYS)?;
        let dialect = |text: &str| text.parse::<DialectName>().map_err(|error| format!("is no dialect: {error}"));
        Ok(Workspace {
            target_directory: Utf8PathBuf::from(text(answer, "target_directory")?),
            version_table: table.text("version-table", settings::version_table)?.unwrap_or_default(),
            history: table.truth("history")?.unwrap_or(true),
            store_scripts: table.truth("store-scripts")?.unwrap_or(false),
            dialects: table.list("dialects", dialect)?,
            packages,
            root,
        })
    }

    /// Returns the path as it is shown: relative to the root, with `/` between its parts.
    pub(crate) fn shown(&self, path: &Utf8Path) -> Utf8PathBuf {
        shown(&self.root, path).into()
    }
}

impl Package {
    fn read(answer: &Value, root: &Utf8Path) -> Result<Package, EmbedError> {
        let manifest = Utf8PathBuf::from(text(answer, "manifest_path")?);
        let metadata = &answer["metadata"]["alembic"];
        let mut table = Table { name: "package.metadata.alembic", manifest: shown(root, &manifest), map: None };
        table.open(metadata, FEATURE_KEYS)?;
        let folder = table.text("migrations", settings::migrations_folder)?.unwrap_or_else(|| MIGRATIONS.into());
        let dir = manifest.parent().unwrap_or(root);
        Ok(Package {
            name: text(answer, "name")?.to_owned(),
            is_feature: !metadata.is_null() || dir.join(MIGRATIONS).is_dir(),
            migrations: dir.join(folder),
            manifest,
        })
    }
}

fn shown(root: &Utf8Path, path: &Utf8Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path).as_str();
    if cfg!(windows) { relative.replace('\\', "/") } else { relative.to_owned() }
}

fn text<'a>(answer: &'a Value, key: &str) -> Result<&'a str, EmbedError> {
    answer[key].as_str().ok_or_else(|| EmbedError::Cargo(format!("its answer has no `{key}`")))
}

/// A table of settings, and where it stands.
struct Table<'a> {
    name: &'static str,
    manifest: String,
    map: Option<&'a Map<String, Value>>,
}

impl<'a> Table<'a> {
    /// Takes the table in; it must have known keys alone.
    fn open(&mut self, value: &'a Value, known: &[&str]) -> Result<(), EmbedError> {
        if value.is_null() {
            return Ok(());
        }
        let map = value.as_object().ok_or_else(|| self.wrong(format!("`[{}]` must be a table", self.name)))?;
        if let Some(key) = map.keys().find(|key| !known.contains(&key.as_str())) {
            return Err(self.wrong(format!("unknown setting `{}` in `[{}]`", key.escape_debug(), self.name)));
        }
        self.map = Some(map);
        Ok(())
    }

    fn get(&self, key: &str) -> Option<&'a Value> {
        self.map?.get(key)
    }

    fn text<T>(&self, key: &str, check: fn(&str) -> Result<T, IllegalText>) -> Result<Option<T>, EmbedError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| self.illegal(key, "must be a string"))?;
        check(text).map(Some).map_err(|why| self.illegal(key, &why))
    }

    fn truth(&self, key: &str) -> Result<Option<bool>, EmbedError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        value.as_bool().map(Some).ok_or_else(|| self.illegal(key, "must be true or false"))
    }

    fn list<T>(&self, key: &str, check: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, EmbedError> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let wrong = || self.illegal(key, "must be a list of strings");
        let elements = value.as_array().ok_or_else(wrong)?;
        let element =
            |element: &Value| check(element.as_str().ok_or_else(wrong)?).map_err(|why| self.illegal(key, &why));
        elements.iter().map(element).collect()
    }

    fn illegal(&self, key: &str, why: &(impl std::fmt::Display + ?Sized)) -> EmbedError {
        self.wrong(format!("the setting `{key}` {why}"))
    }

    fn wrong(&self, why: String) -> EmbedError {
        EmbedError::Setting { why, manifest: self.manifest.clone() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(workspace: Value, package: Value) -> Value {
        json!({
            "workspace_root": "/w",
            "target_directory": "/w/target",
            "metadata": { "alembic": workspace },
            "packages": [
                { "name": "players", "manifest_path": "/w/features/players/Cargo.toml", "metadata": { "alembic": package } },
                { "name": "api", "manifest_path": "/w/api/Cargo.toml", "metadata": null },
            ],
        })
    }

    #[test]
    fn settings_are_those_of_the_command_line() {
        let workspace = Workspace::read(&answer(
            json!({ "version-table": "ops.versions", "history": false, "dialects": ["sqlite"], "database-url": "x" }),
            json!({ "migrations": "./db/sql", "branch-label": "players" }),
        ));
        let workspace = workspace.unwrap();
        assert_eq!(workspace.version_table, TableName { schema: Some("ops".into()), name: "versions".into() });
        assert_eq!((workspace.history, workspace.dialects.as_slice()), (false, [DialectName::Sqlite].as_slice()));
        let [api, players] = workspace.packages.as_slice() else { panic!("two packages") };
        assert_eq!((api.is_feature, api.migrations.as_str()), (false, "/w/api/migrations"));
        assert_eq!((players.is_feature, players.migrations.as_str()), (true, "/w/features/players/db/sql"));
        let plain = Workspace::read(&answer(Value::Null, Value::Null)).unwrap();
        assert_eq!((plain.version_table, plain.history, plain.store_scripts), (TableName::default(), true, false));
        let stored = Workspace::read(&answer(json!({ "store-scripts": true }), Value::Null)).unwrap();
        assert!(stored.store_scripts);
        assert!(!plain.packages[1].is_feature);
    }

    #[test]
    fn wrong_settings_name_their_manifest() {
        for (workspace, package, message) in [
            (json!({ "history": "no" }), Value::Null, "the setting `history` must be true or false, in Cargo.toml"),
            (json!({ "version-table": 7 }), Value::Null, "the setting `version-table` must be a string, in Cargo.toml"),
            (json!({ "version-table": "" }), Value::Null, "the setting `version-table` is empty, in Cargo.toml"),
            (
                json!({ "version_table": "v" }),
                Value::Null,
                "unknown setting `version_table` in `[workspace.metadata.alembic]`, in Cargo.toml",
            ),
            (
                json!({ "dialects": "x" }),
                Value::Null,
                "the setting `dialects` must be a list of strings, in Cargo.toml",
            ),
            (
                json!({ "dialects": ["x"] }),
                Value::Null,
                "the setting `dialects` is no dialect: unknown dialect `x`; known are postgres, sqlite, mysql, in Cargo.toml",
            ),
            (json!([]), Value::Null, "`[workspace.metadata.alembic]` must be a table, in Cargo.toml"),
            (
                Value::Null,
                json!({ "migrations": "../x" }),
                "the setting `migrations` must be a folder inside the package, as `migrations` or `db/migrations`, in features/players/Cargo.toml",
            ),
        ] {
            let error = Workspace::read(&answer(workspace, package)).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
        assert!(matches!(Workspace::read(&json!({})), Err(EmbedError::Cargo(_))));
    }
}
