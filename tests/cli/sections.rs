//! One comparison gives sections for three databases, and each runs on its own: up, down, up.

use crate::databases::{Database, Server};
use crate::project::Project;

const SETTINGS: &str = "\n[workspace.metadata.alembic]\ndialects = [\"postgres\", \"sqlite\", \"mysql\"]\n";

const MOOD: &str =
    "#[derive(sqlx::Type)]\n#[sqlx(type_name = \"mood\", rename_all = \"lowercase\")]\nenum Mood { Sad, Happy }\n";

/// The table `a` with these attributes and fields, and a table `b` for it to refer to.
fn models(attributes: &str, fields: &str) -> String {
    format!(
        "{MOOD}#[derive(alembic_model::Table)]\n#[table(name = \"a\"{attributes})]\nstruct A {{\n    \
         #[column(primary_key)] id: i64,\n    #[column(len = 20)] name: String,\n    {fields}\n}}\n\
         #[derive(alembic_model::Table)]\n#[table(name = \"b\")]\nstruct B {{ #[column(primary_key)] id: i64 }}\n"
    )
}

/// What changes, before, after, and the flags that answer.
const CHANGES: &[(&str, [&str; 2], [&str; 2], &str)] = &[
    ("a nullable column", ["", ""], ["", "n: Option<i32>,"], ""),
    ("a column with a default", ["", ""], ["", "#[column(default = 5)] n: i32,"], ""),
    ("a column that is filled", ["", ""], ["", "n: i32,"], "--backfill a.n=7"),
    ("a moment", ["", ""], ["", "#[column(default = \"now()\")] at: chrono::DateTime<chrono::Utc>,"], ""),
    ("a truth", ["", ""], ["", "#[column(default = true)] is_on: bool,"], ""),
    ("a value of an enum", ["", ""], ["", "#[column(default_value = \"sad\")] mood: Option<Mood>,"], ""),
    ("a dropped column", ["", "n: Option<i32>,"], ["", ""], "--allow drop-column"),
    ("a renamed column", ["", "n: Option<i32>,"], ["", "m: Option<i32>,"], "--rename a.n=m"),
    ("a wider type", ["", "n: i32,"], ["", "n: i64,"], ""),
    ("a default that changes", ["", "#[column(default = 5)] n: i32,"], ["", "#[column(default = 6)] n: i32,"], ""),
    ("NOT NULL", ["", "n: Option<i32>,"], ["", "n: i32,"], "--backfill a.n=1"),
    ("NULL", ["", "n: i32,"], ["", "n: Option<i32>,"], ""),
    ("an index", ["", ""], [", index(name)", ""], ""),
    ("a dropped index", [", index(name)", ""], ["", ""], ""),
    ("a unique constraint", ["", ""], [", unique(name)", ""], ""),
    ("a dropped unique constraint", [", unique(name)", ""], ["", ""], ""),
    ("a check", ["", ""], [", check(name = \"c\", \"id > 0\")", ""], ""),
    ("another check", [", check(name = \"c\", \"id > 0\")", ""], [", check(name = \"c\", \"id >= 0\")", ""], ""),
    (
        "a foreign key",
        ["", "b_id: Option<i64>,"],
        ["", "#[column(references = \"b.id\", on_delete = \"cascade\")] b_id: Option<i64>,"],
        "",
    ),
    (
        "a dropped foreign key",
        ["", "#[column(references = \"b.id\")] b_id: Option<i64>,"],
        ["", "b_id: Option<i64>,"],
        "",
    ),
];

#[test]
fn sections_that_sqlite_wrote_run_everywhere() {
    sections_run(Server::Sqlite);
}

#[test]
fn sections_that_postgresql_wrote_run_everywhere() {
    sections_run(Server::Postgres);
}

#[test]
fn sections_that_mariadb_wrote_run_everywhere() {
    sections_run(Server::Mariadb);
}

fn sections_run(writer: Server) {
    let Some(author) = Database::new(writer) else { return };
    let databases: Vec<Database> = Database::each().filter(|database| database.server != writer).collect();
    let project = Project::new(&["app"]).database(&author.url);
    project.write("Cargo.toml", &(project.read("Cargo.toml") + SETTINGS));
    for (what, before, after, flags) in CHANGES {
        // It has one integer, and sees no change.
        if writer == Server::Sqlite && *what == "a wider type" {
            continue;
        }
        let (scripts, shown) = steps(&project, what, [before, after], flags);
        let told = |server: Server| format!("{what}, written on {writer:?}, on {server:?}: {shown}");
        for database in &databases {
            runs(&project, database, None, &told(database.server));
        }
        runs(&project, &author, Some(writer), &told(writer));
        for path in scripts {
            std::fs::remove_file(project.path(&path)).expect("a script");
        }
    }
}

/// Writes the two scripts of a change, and returns their paths and the text of the second.
fn steps(project: &Project, what: &str, sides: [&[&str; 2]; 2], flags: &str) -> (Vec<String>, String) {
    let mut paths = Vec::new();
    for ([attributes, fields], flags) in sides.into_iter().zip(["", flags]) {
        project.write("app/src/lib.rs", &models(attributes, fields));
        let finished = project.run(&format!("generate --against replay --format json {flags}"));
        assert_eq!(finished.status, 0, "{what}: {}", finished.stderr);
        let written: serde_json::Value = serde_json::from_str(&finished.stdout).expect("JSON");
        let revisions = written["revisions"].as_array().expect("revisions");
        assert!(!revisions.is_empty(), "{what}");
        paths.extend(revisions.iter().map(|revision| revision["path"].as_str().expect("a path").to_owned()));
    }
    let shown = project.read(paths.last().expect("two scripts"));
    (paths, shown)
}

/// Only the writer's downgrade knows exactly what was there: SQLite has one integer, PostgreSQL three.
fn runs(project: &Project, database: &Database, writer: Option<Server>, what: &str) {
    let run = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().chain(["-D", &database.url]).collect();
        let finished = project.run_words(&words);
        assert_eq!(finished.status, 0, "{what}\n`{line}`: {}", finished.stderr);
    };
    run("upgrade -q +1");
    database.query("INSERT INTO b (id) VALUES (1)");
    let schema = database.plain_schema();
    run("upgrade -q");
    run("downgrade -1 -y -q");
    if writer.is_some() {
        assert_eq!(database.plain_schema(), schema, "{what}");
    }
    run("upgrade -q");
    run("check");
    run("downgrade base -y -q");
    assert_eq!(database.tables(), [""; 0], "{what}");
}
