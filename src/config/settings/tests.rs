use alembic_revisions::Diagnose;
use serde_json::json;

use super::*;

/// Writes a manifest and reads the settings that cargo would hand over for it.
fn read(manifest: &str) -> Result<WorkspaceSettings, SettingsError> {
    let root = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(root.path()).unwrap();
    let path = root.join("Cargo.toml");
    fs_err::write(&path, manifest).unwrap();
    let document: toml_edit::DocumentMut = manifest.parse().unwrap();
    let table = document["workspace"]["metadata"].get("alembic").map_or(Value::Null, to_json);
    WorkspaceSettings::read(&table, root, &path)
}

fn to_json(item: &toml_edit::Item) -> Value {
    if let Some(table) = item.as_table_like() {
        return table.iter().map(|(key, inner)| (key.to_owned(), to_json(inner))).collect();
    }
    match item.as_value() {
        Some(toml_edit::Value::Array(array)) => {
            array.iter().map(|value| to_json(&toml_edit::Item::Value(value.clone()))).collect()
        }
        Some(toml_edit::Value::String(text)) => json!(text.value()),
        Some(toml_edit::Value::Integer(number)) => json!(number.value()),
        Some(toml_edit::Value::Boolean(truth)) => json!(truth.value()),
        other => panic!("no test needs {other:?}"),
    }
}

const FULL: &str = r#"
[workspace.metadata.alembic]
database-url = "sqlite:arena.db"
dialects = ["postgres", "sqlite"]
version-table = "ops.versions"
history = false
file-template = "{year}_{slug}"
exclude-tables = ["apscheduler_*"]
cfg = ["not(loom)"]

[workspace.metadata.alembic.env.prod]
url-env = "PROD_DATABASE_URL"
protected = true

[workspace.metadata.alembic.hooks]
post-upgrade = ["ops/tell", "it is done"]
pre-downgrade = []
"#;

#[test]
fn every_key_is_read() {
    let settings = read(FULL).unwrap();
    let expected = WorkspaceSettings {
        database_url: Some("sqlite:arena.db".to_owned()),
        dialects: vec![DialectName::Postgres, DialectName::Sqlite],
        version_table: TableName { schema: Some("ops".to_owned()), name: "versions".to_owned() },
        file_template: "{year}_{slug}".parse().unwrap(),
        history: History::Off,
        exclude_tables: vec!["apscheduler_*".to_owned()],
        cfg: vec!["not(loom)".to_owned()],
        environments: [(
            "prod".to_owned(),
            EnvironmentSettings { url_env: Some("PROD_DATABASE_URL".to_owned()), database_url: None, protected: true },
        )]
        .into(),
        scripts: Scripts::NotStored,
        hooks: [(HookName::PostUpgrade, vec!["ops/tell".to_owned(), "it is done".to_owned()])].into(),
    };
    assert_eq!(settings, expected);
    let stored = read("[workspace.metadata.alembic]\nstore-scripts = true\n").unwrap();
    assert_eq!(stored, WorkspaceSettings { scripts: Scripts::Stored, ..WorkspaceSettings::default() });
    assert_eq!(read("[workspace.metadata]\n").unwrap(), WorkspaceSettings::default());
}

#[test]
fn faults_name_key_line_and_way_out() {
    // manifest, message, line, column, help
    let rows = [
        (
            "database_url = 'x'",
            "unknown setting `database_url` in `[workspace.metadata.alembic]`",
            2,
            1,
            "write `database-url`",
        ),
        (
            "databse-url = 'x'",
            "unknown setting `databse-url` in `[workspace.metadata.alembic]`",
            2,
            1,
            "write `database-url`",
        ),
        ("database-url = 7", "the setting `database-url` must be a string, not a number", 2, 16, ""),
        ("dialects = 'postgres'", "the setting `dialects` must be a list of strings, not a string", 2, 12, ""),
        ("dialects = ['sqlite', true]", "the setting `dialects` must be a list of strings, not a boolean", 2, 23, ""),
        (
            "dialects = ['postgress']",
            "the setting `dialects` is no dialect: unknown dialect `postgress`; known are postgres, sqlite, mysql",
            2,
            13,
            "",
        ),
        ("version-table = 'a.b.c'", "the setting `version-table` must be `table` or `schema.table`", 2, 17, ""),
        (
            "version-table = 'ttttttttttttttttttttttttttttttttttttttttttttttttttttttt'",
            "the setting `version-table` is longer than 54 bytes: with `_progress` behind it, PostgreSQL would cut it off",
            2,
            17,
            "",
        ),
        ("version-table = ''", "the setting `version-table` is empty", 2, 17, ""),
        (
            "version-table = 'a\"b'",
            "the setting `version-table` holds `\"`, which its SQL could not quote everywhere",
            2,
            17,
            "",
        ),
        (
            "file-template = '{slog}'",
            "the setting `file-template` has the unknown placeholder `{slog}`; did you mean `{slug}`?",
            2,
            17,
            "",
        ),
        ("exclude-tables = [\"a\\tb\"]", "the setting `exclude-tables` holds a control character", 2, 19, ""),
        ("env = true", "the setting `env` must be a table, not a boolean", 2, 7, ""),
        (
            "[workspace.metadata.alembic.env.prod]\nurl-evn = 'X'",
            "unknown setting `url-evn` in `[workspace.metadata.alembic.env.prod]`",
            3,
            1,
            "write `url-env`",
        ),
        (
            "env.prod = { protected = true }",
            "the setting `env.prod` names no database: give it `url-env` or `database-url`",
            2,
            12,
            "",
        ),
        (
            "env.prod = { url-env = 'X', protected = 'yes' }",
            "the setting `env.prod.protected` must be true or false, not a string",
            2,
            41,
            "",
        ),
    ];
    for (body, message, line, column, help) in rows {
        let error = read(&format!("[workspace.metadata.alembic]\n{body}\n")).unwrap_err();
        assert_eq!(error.to_string(), message, "{body}");
        assert_eq!(error.help().unwrap_or_default(), help, "{body}");
        let places = error.places();
        assert_eq!(places[0].source.path, "Cargo.toml");
        assert_eq!(places[0].line_column(), (line, column), "{body}");
        assert!(error.others().is_empty(), "{body}");
    }
}

#[test]
fn a_strange_key_lists_the_known_ones() {
    let error = read("[workspace.metadata.alembic]\nzzz = 1\n").unwrap_err();
    assert_eq!(
        error.help().unwrap(),
        "write one of `database-url`, `dialects`, `version-table`, `history`, `store-scripts`, `file-template`, \
         `exclude-tables`, `cfg`, `env`, `hooks`"
    );
}

#[test]
fn all_faults_come_at_once() {
    let error = read("[workspace.metadata.alembic]\nnope = 1\ndialects = ['x', 'y']\ndatabase-url = ''\n").unwrap_err();
    assert_eq!(error.others().len(), 3);
    let lines: Vec<usize> = error.iter().map(|fault| fault.places()[0].line_column().0).collect();
    assert_eq!(lines, [2, 4, 3, 3]);
}

#[test]
fn the_table_itself_may_be_wrong() {
    let error = read("[workspace.metadata]\nalembic = 'x'\n").unwrap_err();
    assert_eq!(error.to_string(), "the setting `workspace.metadata.alembic` must be a table, not a string");
    assert_eq!(error.places()[0].line_column(), (2, 11));
}

#[test]
fn feature_settings_stay_inside_the_package() {
    let read = |value| FeatureSettings::read(&value, Utf8Path::new("/w"), Utf8Path::new("/w/a/Cargo.toml"));
    assert_eq!(read(Value::Null).unwrap(), FeatureSettings::default());
    assert_eq!(read(json!({})).unwrap().migrations, "migrations");
    let settings = read(json!({"migrations": "./db/sql", "branch-label": "players"})).unwrap();
    assert_eq!((settings.migrations.as_str(), settings.branch_label.unwrap().as_str()), ("db/sql", "players"));
    for folder in ["/etc", "../other", "db/../../x", ".", "", "C:/x", "a\\b", "a\nb"] {
        assert!(read(json!({ "migrations": folder })).is_err(), "{folder:?}");
    }
    let error = read(json!({"branch-label": "head"})).unwrap_err();
    assert_eq!(error.to_string(), "the setting `branch-label` is a reserved word");
    assert_eq!(error.places()[0].source.path, "a/Cargo.toml");
}

#[test]
fn exclude_tables_matches_whole_names() {
    let rows = [
        ("apscheduler_*", "apscheduler_jobs", true),
        ("apscheduler_*", "apscheduler_", true),
        ("apscheduler_*", "my_apscheduler_jobs", false),
        ("jobs", "jobs", true),
        ("jobs", "jobs2", false),
        ("*_tmp", "a_tmp", true),
        ("a*b*c", "a_x_b_y_c", true),
        ("a*b*c", "acb", false),
        ("a*a", "a", false),
        ("*", "", true),
    ];
    for (pattern, name, expected) in rows {
        let settings = WorkspaceSettings { exclude_tables: vec![pattern.to_owned()], ..WorkspaceSettings::default() };
        assert_eq!(settings.excludes_table(name), expected, "{pattern} {name}");
    }
}
