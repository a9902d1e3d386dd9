//! The example workspace on every database: its history is what a real one is.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::databases::{Database, Server};
use crate::project::{Finished, TOOL};

fn arena(database: &Database, line: &str) -> Finished {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/arena/Cargo.toml");
    let mut command = Command::new(TOOL);
    command.args(["alembic", "--manifest-path", manifest, "-D", &database.url]).args(line.split_whitespace());
    command.env_remove("DATABASE_URL").stdin(Stdio::null());
    Finished::of(command.output().expect("the tool"))
}

#[track_caller]
fn ok(database: &Database, line: &str) -> Finished {
    let finished = arena(database, line);
    assert_eq!(finished.status, 0, "{:?}: `{line}` failed:\n{}", database.server, finished.stderr);
    finished
}

#[track_caller]
fn json(database: &Database, line: &str) -> Value {
    serde_json::from_str(&ok(database, &format!("{line} --format json")).stdout).expect("JSON")
}

#[test]
fn up_down_and_up_again_gives_the_same_schema() {
    for database in Database::each() {
        let first = ok(&database, "upgrade head");
        assert!(first.stderr.contains("31f9ade34618") && first.stderr.contains("(head)"), "{}", first.stderr);
        let schema = database.schema();
        assert!(database.tables().contains(&"smurf_scores".to_owned()), "{:?}", database.tables());

        let second = ok(&database, "upgrade head");
        assert!(second.stderr.contains("nothing to do"), "{}", second.stderr);

        ok(&database, "downgrade base --yes");
        assert_eq!(database.tables(), Vec::<String>::new(), "{:?}", database.server);
        assert_eq!(json(&database, "current")["rows"], serde_json::json!([]));

        ok(&database, "upgrade");
        assert_eq!(database.schema(), schema, "{:?}", database.server);
    }
}

#[test]
fn the_printed_sql_does_what_a_run_does() {
    for server in Server::ALL {
        let (Some(printed), Some(run)) = (Database::new(server), Database::new(server)) else { continue };
        ok(&run, "upgrade");
        printed.run_script(&ok(&printed, "upgrade head --sql").stdout);
        assert_eq!(printed.schema(), run.schema(), "{server:?}");
        assert_eq!(json(&printed, "current")["rows"], json(&run, "current")["rows"]);
        printed.run_script(&ok(&printed, "downgrade head:base --sql").stdout);
        assert_eq!(printed.tables(), Vec::<String>::new(), "{server:?}");
    }
}

#[test]
fn the_data_migration_fills_rows_that_exist() {
    for database in Database::each() {
        ok(&database, "upgrade f8350813f591");
        ok(&database, "upgrade +1");
        let names = database.query("SELECT full_name FROM players ORDER BY full_name");
        assert!(names.lines().count() > 1 && names.contains("Faye#EUW"), "{:?}: {names}", database.server);
        ok(&database, "downgrade -1 --yes");
        assert!(!database.schema().contains("full_name"), "{:?}", database.server);
        let count = database.query("SELECT count(*) FROM match_participants");
        assert_ne!(count, "0", "{:?}: the rebuild took the children along", database.server);
    }
}

#[test]
fn a_line_that_depends_on_another_pulls_it_in() {
    for database in Database::each() {
        ok(&database, "upgrade smurf_detection@abc123def456");
        let current = json(&database, "current");
        assert_eq!(current["rows"], serde_json::json!(["abc123def456"]));
        let tips: Vec<&str> =
            current["revisions"].as_array().unwrap().iter().map(|tip| tip["revision"].as_str().unwrap()).collect();
        assert!(tips.contains(&"def456abc789"), "an absorbed revision is a tip, though it has no row: {tips:?}");
        ok(&database, "downgrade base --yes");
        assert_eq!(database.tables(), Vec::<String>::new());
    }
}

#[test]
fn the_listings_agree_with_each_other() {
    let database = Database::new(Server::Sqlite).expect("SQLite is always there");
    ok(&database, "upgrade f8350813f591");
    let history = json(&database, "history -i");
    assert_eq!(history["revisions"].as_array().unwrap().len(), 14);
    let status = json(&database, "status");
    let ids = |list: &Value| -> Vec<Value> {
        list.as_array().unwrap().iter().map(|revision| revision["revision"].clone()).collect()
    };
    assert_eq!(ids(&status["pending"]), ids(&json(&database, "upgrade --dry-run")["steps"]));
    let pending = status["pending"].as_array().unwrap().len();
    assert_eq!(json(&database, "current")["pending"], pending);
    assert_eq!(pending + usize::try_from(status["applied"].as_u64().unwrap()).unwrap(), 14);
    assert_eq!(arena(&database, "current --check-heads").status, 1);
    ok(&database, "upgrade");
    ok(&database, "current --check-heads");
    ok(&database, "check");
    let human = ok(&database, "history").stdout;
    assert!(human.contains("<base> -> 31f9ade34618, Create players table"), "{human}");
    assert!(human.contains("(head)") && human.contains("(mergepoint)"), "{human}");
}
