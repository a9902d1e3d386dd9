//! What an application applies by itself and what the command line applies are the same, to the byte.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use alembic_revisions::{RevisionGraph, Source, file};
use alembic_runtime::Migrator;

use crate::databases::{Database, Server};
use crate::project::Project;

/// The scripts of the example and one that no transaction surrounds: feature, file name, text.
fn scripts() -> Vec<(String, String, String)> {
    let features = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/arena/features"));
    let mut scripts = Vec::new();
    for feature in ["players", "matches", "smurf_detection"] {
        let folder = features.join(feature).join("migrations");
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            scripts.extend(name.ends_with(".sql").then(|| (feature.to_owned(), name, text)));
        }
    }
    scripts.sort();
    let head = graph(&scripts);
    let heads: Vec<String> = head.real_heads().iter().map(|node| format!("\"{}\"", head.id(*node))).collect();
    let outside = format!(
        "-- Outside\n--\n-- [alembic]\n-- revision = \"ffff00000000\"\n-- down_revision = [{}]\n\n-- [upgrade]\n\
         -- transaction = false\n-- breaking = false\nCREATE INDEX outside ON players (puuid);\n\
         UPDATE players SET puuid = puuid;\n",
        heads.join(", ")
    );
    scripts.push(("players".to_owned(), "ffff00000000_outside.sql".to_owned(), outside));
    scripts
}

fn graph(scripts: &[(String, String, String)]) -> RevisionGraph {
    let parsed = scripts.iter().map(|(feature, name, text)| {
        let path = format!("{feature}/migrations/{name}");
        let source = Source { path: path.into(), text: text.clone() };
        Arc::new(file::parse(Arc::new(source), &feature.as_str().into()).expect("a script"))
    });
    RevisionGraph::build(parsed.collect()).expect("a graph")
}

/// The bookkeeping without times, names of runs and names of programs.
fn bookkeeping(database: &Database) -> String {
    [
        "SELECT version_num FROM alembic_version ORDER BY 1",
        "SELECT number, revision, direction, heads_before, heads_after, checksum, body, feature, parents, statements, tool, \
         breaking, script, script_hash FROM alembic_version_history ORDER BY number",
        "SELECT count(*) FROM alembic_version_progress",
    ]
    .map(|sql| database.query(sql))
    .join("\n--\n")
}

/// Every object as the database itself describes it, the tables of ours among them.
fn catalogue(database: &Database) -> String {
    match database.server {
        Server::Sqlite => database.query("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid"),
        Server::Postgres => {
            let folder = std::env::var("PGBIN").map(|folder| format!("{folder}/")).unwrap_or_default();
            let mut dump = Command::new(format!("{folder}pg_dump"));
            let output = dump.args(["-s", "--no-owner", &database.url]).output().expect("pg_dump");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let text = String::from_utf8(output.stdout).expect("UTF-8");
            // A word that differs from dump to dump.
            text.lines().filter(|line| !line.contains("restrict ")).map(|line| format!("{line}\n")).collect()
        }
        Server::Mariadb => {
            let names = database.query("SHOW TABLES");
            let tables: Vec<String> =
                names.lines().map(|name| database.query(&format!("SHOW CREATE TABLE `{name}`"))).collect();
            let triggers = "SELECT trigger_name, action_timing, event_manipulation, event_object_table, action_statement, \
                            sql_mode FROM information_schema.triggers WHERE trigger_schema = database() ORDER BY 1";
            tables.join("\n") + &database.query(triggers)
        }
    }
}

/// The rows of the application's tables, or as much of them as has no time in it.
fn rows(database: &Database) -> String {
    let counts: Vec<String> = database
        .tables()
        .iter()
        .map(|table| format!("{table}: {}", database.query(&format!("SELECT count(*) FROM {table}"))))
        .collect();
    counts.join("\n")
}

fn upgrade_embedded(database: &Database, scripts: &[(String, String, String)]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut migrator = Migrator::new(graph(scripts)).owner("application");
    let upgraded = runtime.block_on(migrator.upgrade(&database.url));
    let upgraded = upgraded.unwrap_or_else(|error| panic!("{:?}: {}", database.server, error.explained()));
    assert_eq!(upgraded.steps.len(), scripts.len());
}

#[test]
fn the_embedded_run_and_the_command_line_leave_the_same_state() {
    let scripts = scripts();
    let features: Vec<&str> = vec!["players", "matches", "smurf_detection"];
    for server in Server::ALL {
        let (Some(line), Some(embedded)) = (Database::new(server), Database::new(server)) else { continue };
        let project = Project::new(&features).database(&line.url);
        for (feature, name, text) in &scripts {
            project.write(&format!("{feature}/migrations/{name}"), text);
        }
        project.ok("upgrade heads");
        upgrade_embedded(&embedded, &scripts);
        assert_eq!(bookkeeping(&line), bookkeeping(&embedded), "{server:?}");
        assert!(bookkeeping(&line).lines().count() > scripts.len(), "the history is read");
        assert_eq!(catalogue(&line), catalogue(&embedded), "{server:?}");
        assert!(catalogue(&line).contains("smurf_scores"), "the catalogue is read");
        assert_eq!(rows(&line), rows(&embedded), "{server:?}");

        // Each goes on where the other one stopped.
        let project = Project::new(&features).database(&embedded.url);
        for (feature, name, text) in &scripts {
            project.write(&format!("{feature}/migrations/{name}"), text);
        }
        let finished = project.run("upgrade heads");
        assert!(finished.status == 0 && finished.stderr.contains("nothing to do"), "{}", finished.stderr);
        assert_eq!(project.run("check --history").status, 0);
    }
}

const FILL: &str = "-- rust = true\nINSERT INTO t_a1 VALUES (1);";

#[test]
fn the_command_line_leaves_rust_code_to_its_application() {
    for database in Database::each() {
        let project = Project::drawn("a1").database(&database.url);
        project.revision("app", "b2", &["a1"], FILL, "-- rust = true");
        let finished = project.run("upgrade --format json");
        let error = finished.error();
        assert_eq!((finished.status, error["kind"].as_str()), (3, Some("MissingStep")), "{}", finished.stderr);
        assert_eq!(error["places"][0]["line"], 7, "{error}");
        let finished = project.run("upgrade");
        assert!(
            finished.stderr.contains("`b2` needs Rust code that this program does not have"),
            "{}",
            finished.stderr
        );
        assert!(!finished.stderr.contains("Plan"), "{}", finished.stderr);
        assert_eq!(database.tables(), Vec::<String>::new(), "nothing ran, not even `a1`");

        let shown = project.run("upgrade --dry-run");
        assert_eq!(shown.status, 0, "{}", shown.stderr);
        assert!(shown.stdout.contains("(with Rust code, which only its application runs)"), "{}", shown.stdout);
        assert_eq!(project.json("upgrade --dry-run")["steps"][1]["rust"], true);
        assert_eq!(project.run("upgrade --sql base:head").status, 3);
        project.ok("upgrade a1");
        let scripted = project.run("upgrade --sql a1:b2");
        assert!(scripted.status == 3 && scripted.stdout.is_empty(), "{}", scripted.stdout);

        let verified = project.run("verify");
        assert_eq!(verified.status, 0, "{}\n{}", verified.stdout, verified.stderr);
        let said = verified.stderr.matches("the Rust code of `b2` is left out").count();
        assert_eq!(said, 1, "{}", verified.stderr);
    }
}

#[test]
fn rust_code_on_the_way_down_is_refused_as_well() {
    let project = Project::drawn("a1");
    project.revision("app", "b2", &["a1"], "SELECT 1;", "-- rust = true\nSELECT 2;");
    project.ok("upgrade");
    let finished = project.run("downgrade base --yes");
    assert!(finished.status == 3 && finished.stderr.contains("`b2` needs Rust code"), "{}", finished.stderr);
    assert_eq!(project.rows(), ["b2"]);
}

#[test]
fn a_database_on_which_an_application_ran_rust_code_is_like_any_other() {
    let Some(database) = Database::new(Server::Sqlite) else { return };
    let project = Project::drawn("a1").database(&database.url);
    project.revision("app", "b2", &["a1"], FILL, "DELETE FROM t_a1;");
    let scripts: Vec<(String, String, String)> = ["a1", "b2"]
        .map(|id| ("app".to_owned(), format!("{id}_step.sql"), project.read(&format!("app/migrations/{id}_step.sql"))))
        .to_vec();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut migrator = Migrator::new(graph(&scripts)).step("b2", |connection| {
        Box::pin(async move {
            connection.execute("INSERT INTO t_a1 VALUES (2)").await?;
            Ok(())
        })
    });
    runtime.block_on(migrator.upgrade(&database.url)).unwrap_or_else(|error| panic!("{}", error.explained()));
    assert_eq!(database.query("SELECT group_concat(id) FROM t_a1"), "1,2");
    let finished = project.run("upgrade");
    assert!(finished.status == 0 && finished.stderr.contains("nothing to do"), "{}", finished.stderr);
    project.ok("check --history");
    project.ok("downgrade a1 --yes");
    assert_eq!(database.query("SELECT count(*) FROM t_a1"), "0");
}
