//! One comparison gives sections for three databases, and each runs on its own: up, down, up.

use crate::databases::{Database, Server};
use crate::project::Project;

const SETTINGS: &str = "\n[workspace.metadata.alembic]\ndialects = [\"postgres\", \"sqlite\", \"mysql\"]\n";

const MOOD: &str =
    "#[derive(sqlx::Type)]\n#[sqlx(type_name = \"mood\", rename_all = \"lowercase\")]\nenum Mood { Sad, Happy }\n";

/// A table for each change, with its attributes and fields, and a table `b` for them to refer to.
fn models(side: impl Fn(&Change) -> [&'static str; 2]) -> String {
    let table = |(at, change): (usize, &Change)| {
        let [attributes, fields] = side(change);
        format!(
            "#[derive(alembic_model::Table)]\n#[table(name = \"a{at}\"{attributes})]\nstruct A{at} {{\n    \
             #[column(primary_key)] id: i64,\n    #[column(len = 20)] name: String,\n    {fields}\n}}\n"
        )
    };
    let tables: String = CHANGES.iter().enumerate().map(table).collect();
    let referred =
        "#[derive(alembic_model::Table)]\n#[table(name = \"b\")]\nstruct B { #[column(primary_key)] id: i64 }\n";
    format!("{MOOD}{tables}{referred}")
}

/// A table that goes; on MariaDB its foreign key has an index that nobody asked for.
const GONE: &str = "#[derive(alembic_model::Table)]\n#[table(name = \"gone\")]\n\
    struct Gone { #[column(primary_key)] id: i64, #[column(references = \"b.id\")] b_id: i64 }\n";

/// What changes, the attributes and fields before and after, and the flags that answer for the table `a`.
type Change = (&'static str, [&'static str; 2], [&'static str; 2], &'static str);

const CHANGES: &[Change] = &[
    ("a nullable column", ["", ""], ["", "n: Option<i32>,"], ""),
    ("a column with a default", ["", ""], ["", "#[column(default = 5)] n: i32,"], ""),
    ("a column that is filled", ["", ""], ["", "n: i32,"], "--backfill a.n=7"),
    ("a moment", ["", ""], ["", "#[column(default = \"now()\")] at: chrono::DateTime<chrono::Utc>,"], ""),
    ("a truth", ["", ""], ["", "#[column(default = true)] is_on: bool,"], ""),
    ("a value of an enum", ["", ""], ["", "#[column(default_value = \"sad\")] mood: Option<Mood>,"], ""),
    ("a dropped column", ["", "n: Option<i32>,"], ["", ""], "--allow drop-column"),
    ("a renamed column", ["", "n: Option<i32>,"], ["", "m: Option<i32>,"], "--rename a.n=m"),
    ("a wider type", ["", "#[column(default = 1)] n: i32,"], ["", "#[column(default = 1)] n: i64,"], ""),
    ("a default that changes", ["", "#[column(default = 5)] n: i32,"], ["", "#[column(default = 6)] n: i32,"], ""),
    ("NOT NULL", ["", "n: Option<i32>,"], ["", "n: i32,"], "--backfill a.n=1"),
    ("NULL", ["", "#[column(default = 1)] n: i32,"], ["", "#[column(default = 1)] n: Option<i32>,"], ""),
    ("an index", ["", ""], [", index(name)", ""], ""),
    ("a dropped index", [", index(name)", ""], ["", ""], ""),
    ("a unique constraint", ["", ""], [", unique(name)", ""], ""),
    ("a dropped unique constraint", [", unique(name)", ""], ["", ""], ""),
    ("a check", ["", ""], [", check(name = \"c\", \"name <> 'x'\")", ""], ""),
    (
        "another check",
        [", check(name = \"c\", \"name <> 'x'\")", ""],
        [", check(name = \"c\", \"name <> 'y'\")", ""],
        "",
    ),
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
    let project = Project::new(&["app"]).database(&author.url);
    project.write("Cargo.toml", &(project.read("Cargo.toml") + SETTINGS));
    project.write("app/src/lib.rs", &(models(|change| change.1) + GONE));
    project.ok("generate --against replay");
    project.write("app/src/lib.rs", &models(|change| change.2));
    let flags: Vec<String> = CHANGES
        .iter()
        .enumerate()
        .filter(|(_, change)| !change.3.is_empty())
        .map(|(at, change)| change.3.replace("a.", &format!("a{at}.")))
        .collect();
    let written = project.json(&format!("generate --against replay --allow drop-table {}", flags.join(" ")));
    let changes = written["revisions"][0]["changes"].to_string();
    for (at, (what, ..)) in CHANGES.iter().enumerate() {
        // SQLite has one integer, and sees no change.
        let is_seen = !(writer == Server::Sqlite && *what == "a wider type");
        let names = [format!(" a{at}."), format!(" a{at} "), format!("_a{at}_")];
        assert_eq!(names.iter().any(|name| changes.contains(name)), is_seen, "{what}: {changes}");
    }
    for database in Database::each().filter(|database| database.server != writer) {
        runs(&project, &database, None);
    }
    runs(&project, &author, Some(writer));
}

/// Only the writer's downgrade knows exactly what was there: SQLite has one integer, PostgreSQL three.
fn runs(project: &Project, database: &Database, writer: Option<Server>) {
    let run = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().chain(["-D", &database.url]).collect();
        let finished = project.run_words(&words);
        assert_eq!(finished.status, 0, "by {writer:?} on {:?}, `{line}`: {}", database.server, finished.stderr);
    };
    run("upgrade -q +1");
    for at in 0..CHANGES.len() {
        database.query(&format!("INSERT INTO a{at} (id, name) VALUES (1, 'one')"));
    }
    let schema = database.plain_schema();
    run("upgrade -q");
    run("downgrade -1 -y -q");
    if writer.is_some() {
        assert_eq!(database.plain_schema(), schema, "{writer:?}");
    }
    let foreign = database.plain_schema();
    assert!(database.server == Server::Mariadb || !foreign.contains("INDEXfk_"), "by {writer:?}: {foreign}");
    run("upgrade -q");
    for at in 0..CHANGES.len() {
        assert_eq!(database.query(&format!("SELECT name FROM a{at}")), "one");
    }
    if writer.is_some() || database.server == Server::Sqlite {
        run("check");
    }
    run("downgrade base -y -q");
    assert_eq!(database.tables(), [""; 0], "{:?}", database.server);
}
