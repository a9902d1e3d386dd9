//! The example workspace on every database: its history is what a real one is.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::databases::{Database, Server};
use crate::project::{Finished, TOOL};
use crate::transcripts::{copy_arena, files};

fn arena(database: &Database, line: &str) -> Finished {
    tool(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/arena/Cargo.toml"), database, line)
}

fn tool(manifest: &str, database: &Database, line: &str) -> Finished {
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

#[test]
fn the_models_agree_with_the_history() {
    for database in Database::each() {
        ok(&database, "upgrade");
        let generated = ok(&database, "generate");
        assert!(generated.stdout.contains("nothing to generate"), "{:?}: {}", database.server, generated.stdout);
        ok(&database, "check");
        ok(&database, "check --against replay");
    }
}

/// Returns columns, foreign keys and uniquely indexed columns, a line each; the order of columns is nobody's promise.
fn parts(database: &Database) -> Vec<String> {
    let queries: &[&str] = match database.server {
        Server::Sqlite => &[
            "SELECT t.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk FROM sqlite_schema t, pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND t.name NOT LIKE 'alembic%'",
            "SELECT t.name, f.\"from\", f.\"table\", f.\"to\", f.on_delete FROM sqlite_schema t, pragma_foreign_key_list(t.name) f",
            "SELECT t.name, i.\"unique\", x.name FROM sqlite_schema t, pragma_index_list(t.name) i, pragma_index_info(i.name) x \
             WHERE t.name NOT LIKE 'alembic%'",
        ],
        Server::Postgres => &[
            "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, \
                    pg_get_expr(d.adbin, d.adrelid) \
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
             LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum \
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname NOT LIKE 'alembic%' \
               AND a.attnum > 0 AND NOT a.attisdropped",
            "SELECT conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint \
             WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'c')",
            "SELECT i.indrelid::regclass, i.indisunique, pg_get_indexdef(i.indexrelid, 1, true), i.indnatts FROM pg_index i \
             JOIN pg_class c ON c.oid = i.indrelid \
             WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'alembic%'",
        ],
        Server::Mariadb => &[
            "SELECT table_name, column_name, column_type, is_nullable, column_default, extra FROM information_schema.columns \
             WHERE table_schema = database() AND table_name NOT LIKE 'alembic%'",
            "SELECT k.table_name, k.column_name, k.referenced_table_name, k.referenced_column_name, r.delete_rule \
             FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r \
               ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name \
             WHERE k.constraint_schema = database()",
            "SELECT table_name, non_unique, column_name, seq_in_index FROM information_schema.statistics \
             WHERE table_schema = database() AND table_name NOT LIKE 'alembic%'",
        ],
    };
    let mut parts: Vec<String> =
        queries.iter().flat_map(|sql| database.query(sql).lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    parts.sort();
    parts
}

#[test]
fn generating_everything_from_nothing_gives_the_same_schema() {
    for server in Server::ALL {
        let (Some(written), Some(generated)) = (Database::new(server), Database::new(server)) else { continue };
        ok(&written, "upgrade");

        let copy = tempfile::tempdir().expect("a temporary folder");
        copy_arena(copy.path());
        for script in files(copy.path()).iter().filter(|file| file.extension().is_some_and(|end| end == "sql")) {
            std::fs::remove_file(script).expect("a script");
        }
        let manifest = copy.path().join("Cargo.toml").display().to_string();
        for line in ["generate", "upgrade", "check"] {
            let finished = tool(&manifest, &generated, line);
            assert_eq!(finished.status, 0, "{server:?}: `{line}` failed:\n{}", finished.stderr);
        }
        let scripts = files(copy.path()).iter().filter(|file| file.extension().is_some_and(|end| end == "sql")).count();
        assert_eq!(scripts, 3, "one revision for each feature");
        assert!(!parts(&written).is_empty());
        assert_eq!(parts(&generated), parts(&written), "{server:?}");
        let back = tool(&manifest, &generated, "downgrade base --yes");
        assert_eq!(back.status, 0, "{}", back.stderr);
        assert_eq!(generated.tables(), Vec::<String>::new(), "{server:?}");
    }
}
