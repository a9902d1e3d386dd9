//! `verify` and `check --drift`: what a revision leaves behind is found by name, on every database.

use serde_json::Value;

use crate::databases::{Database, Server};
use crate::project::{Finished, Project};

fn project(database: &Database) -> Project {
    Project::new(&["app"]).database(&database.url)
}

/// A table to leave things on, and what a script of each database looks like.
const BASE: (&str, &str) = ("CREATE TABLE t (id integer PRIMARY KEY, n varchar(20));", "DROP TABLE t;");

#[track_caller]
fn says(finished: &Finished, status: i32, parts: &[&str]) {
    assert_eq!(finished.status, status, "{}{}", finished.stdout, finished.stderr);
    for part in parts {
        assert!(finished.stdout.contains(part), "no `{part}` in\n{}{}", finished.stdout, finished.stderr);
    }
}

/// No scratch database is left on the server.
fn is_clean(database: &Database) -> bool {
    match database.server {
        Server::Sqlite => true,
        Server::Postgres => {
            let sql = "SELECT count(*) FROM pg_database WHERE datname LIKE current_database() || '\\_replay\\_%'";
            database.query(sql) == "0"
        }
        Server::Mariadb => {
            let sql = "SELECT count(*) FROM information_schema.schemata WHERE schema_name LIKE CONCAT(database(), '\\_replay\\_%')";
            database.query(sql) == "0"
        }
    }
}

#[test]
fn a_history_without_traces_passes() {
    for database in Database::each() {
        let project = project(&database);
        project.revision("app", "a1", &[], BASE.0, BASE.1);
        project.revision("app", "b2", &["a1"], "ALTER TABLE t ADD COLUMN x integer;", "ALTER TABLE t DROP COLUMN x;");
        project.revision(
            "app",
            "c3",
            &["b2"],
            "CREATE INDEX ix ON t (n);",
            match database.server {
                Server::Mariadb => "DROP INDEX ix ON t;",
                Server::Sqlite | Server::Postgres => "DROP INDEX ix;",
            },
        );
        says(&project.run("verify"), 0, &["ok: 3 revisions on", "leave no trace"]);
        assert_eq!(database.tables(), [""; 0], "the live database is not touched");
        assert!(is_clean(&database), "{:?}", database.server);
        let found = project.json("verify -v");
        assert_eq!((found["ok"].as_bool(), found["revisions"].as_array().map(Vec::len)), (Some(true), Some(3)));
    }
}

#[test]
fn what_a_downgrade_leaves_behind_is_named() {
    for database in Database::each() {
        let common = [
            ("CREATE TABLE left_table (id integer);", "table left_table"),
            ("CREATE INDEX left_index ON t (n);", "index left_index of t"),
            ("CREATE VIEW left_view AS SELECT id FROM t;", "view left_view"),
        ];
        let own: &[(&str, &str)] = match database.server {
            Server::Sqlite => {
                &[("CREATE TRIGGER left_trigger AFTER DELETE ON t BEGIN SELECT 1; END;", "trigger left_trigger of t")]
            }
            Server::Postgres => &[
                ("CREATE TYPE left_mood AS ENUM ('a');", "enum left_mood ('a')"),
                ("CREATE FUNCTION left_function() RETURNS int LANGUAGE sql AS 'SELECT 1';", "function left_function()"),
                (
                    "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';\n\
                     CREATE TRIGGER left_trigger BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();",
                    "trigger left_trigger of t",
                ),
                ("CREATE SEQUENCE left_sequence;", "sequence left_sequence"),
                ("GRANT SELECT ON t TO PUBLIC;", "grant on t"),
                ("COMMENT ON COLUMN t.n IS 'left';", "comment of column t.n (left)"),
                ("CREATE POLICY left_policy ON t USING (true);", "policy left_policy of t"),
                ("CREATE DOMAIN left_domain AS int CHECK (value > 0);", "domain left_domain"),
                ("CREATE SCHEMA left_schema;", "schema left_schema"),
            ],
            Server::Mariadb => &[
                (
                    "CREATE TRIGGER left_trigger BEFORE UPDATE ON t FOR EACH ROW SET NEW.n = 'x';",
                    "trigger left_trigger of t",
                ),
                ("CREATE FUNCTION left_function() RETURNS int DETERMINISTIC RETURN 1;", "function left_function"),
                ("CREATE SEQUENCE left_sequence;", "sequence left_sequence"),
                ("CREATE PROCEDURE left_procedure() SELECT 1;", "procedure left_procedure"),
            ],
        };
        let project = project(&database);
        project.revision("app", "a1", &[], BASE.0, BASE.1);
        let mut expected = Vec::new();
        let mut parent = "a1".to_owned();
        for (number, (sql, name)) in common.iter().chain(own).enumerate() {
            let id = format!("b{number}");
            project.revision("app", &id, &[&parent], sql, "");
            expected.push((id.clone(), format!("left behind: {name}")));
            parent = id;
        }
        let finished = project.run("verify");
        let named: Vec<&str> = expected.iter().map(|(_, name)| name.as_str()).collect();
        says(&finished, 1, &named);
        says(&finished, 1, &[&format!("{} of {} revisions fail", expected.len(), expected.len() + 1)]);
        assert!(is_clean(&database), "{:?}", database.server);
    }
}

#[test]
fn what_a_downgrade_changes_or_loses_is_named() {
    for database in Database::each() {
        let project = project(&database);
        project.revision("app", "a1", &[], "CREATE TABLE t (id integer, n varchar(20));", "DROP TABLE t;");
        project.revision(
            "app",
            "b2",
            &["a1"],
            "ALTER TABLE t DROP COLUMN n;",
            "ALTER TABLE t ADD COLUMN n varchar(10);",
        );
        project.revision("app", "c3", &["b2"], "SELECT 1;", "ALTER TABLE t DROP COLUMN n;");
        let finished = project.run("verify");
        says(&finished, 1, &["fails  b2", "changed: column t.n (`", "fails  c3", "the downgrade fails"]);
        assert!(!finished.stdout.contains("fails  a1"), "{}", finished.stdout);
    }
}

#[test]
fn a_second_upgrade_that_fails_or_differs_is_found() {
    for database in Database::each() {
        let project = project(&database);
        project.revision("app", "a1", &[], "CREATE TABLE t (id integer);\nINSERT INTO t VALUES (1);", "DROP TABLE t;");
        // The row stays behind; no catalogue shows it.
        project.revision("app", "b2", &["a1"], "CREATE TABLE u (id integer PRIMARY KEY);", "DROP TABLE u;");
        let once = "CREATE TABLE v AS SELECT 1 AS one;\nINSERT INTO t VALUES (2);\nCREATE UNIQUE INDEX ux ON t (id);";
        let back = match database.server {
            Server::Mariadb => "DROP INDEX ux ON t;\nDROP TABLE v;",
            Server::Sqlite | Server::Postgres => "DROP INDEX ux;\nDROP TABLE v;",
        };
        project.revision("app", "c3", &["b2"], once, back);
        project.revision("app", "d4", &["c3"], "CREATE TABLE w (id integer);", "DROP TABLE w;");
        let finished = project.run("verify -v");
        says(&finished, 1, &["fails  c3", "the second upgrade fails: ", "c3_step.sql:", "ok  d4"]);
        assert!(is_clean(&database), "{:?}", database.server);
    }
}

#[test]
fn an_upgrade_that_fails_takes_what_stands_on_it_along() {
    for database in Database::each() {
        let project = project(&database);
        project.revision("app", "a1", &[], BASE.0, BASE.1);
        project.revision("app", "b2", &["a1"], "ALTER TABLE nosuch ADD COLUMN x integer;", "SELECT 1;");
        project.revision("app", "c3", &["b2"], "SELECT 1;", "SELECT 1;");
        project.revision("app", "d4", &["a1"], "CREATE TABLE d (id integer);", "DROP TABLE d;");
        let finished = project.run("verify -v");
        says(
            &finished,
            1,
            &["fails  b2", "the upgrade fails: ", "b2_step.sql:8", "not reached  c3", "ok  d4", "ok  a1"],
        );
        assert!(is_clean(&database), "{:?}", database.server);
    }
}

#[test]
fn irreversible_revisions_are_listed_and_missing_downgrades_fail() {
    for database in Database::each() {
        let project = project(&database);
        project.revision("app", "a1", &[], BASE.0, "-- irreversible = \"the rows are gone\"");
        project.revision("app", "b2", &["a1"], "CREATE TABLE u (id integer);", "DROP TABLE u;");
        says(&project.run("verify"), 0, &["up only: a1: the rows are gone", "ok: 2 revisions", "1 up only"]);
        let header =
            "-- c\n--\n-- [alembic]\n-- revision = \"c3\"\n-- down_revision = \"b2\"\n\n-- [upgrade]\nSELECT 1;\n";
        project.write("app/migrations/c3.sql", header);
        says(&project.run("verify"), 1, &["revision `c3` has no downgrade", "irreversible = \"why\""]);
    }
}

#[test]
fn a_fixture_gives_a_data_migration_rows() {
    for database in Database::each() {
        let project = project(&database);
        project.revision("app", "a1", &[], BASE.0, BASE.1);
        let narrow = match database.server {
            Server::Sqlite => "CREATE TABLE u (n text NOT NULL);\nINSERT INTO u SELECT n FROM t;",
            Server::Postgres => "CREATE TABLE u AS SELECT n FROM t;\nALTER TABLE u ALTER n SET NOT NULL;",
            Server::Mariadb => "CREATE TABLE u (n text NOT NULL);\nINSERT INTO u SELECT n FROM t;",
        };
        project.revision("app", "b2", &["a1"], narrow, "DROP TABLE u;");
        says(&project.run("verify"), 0, &["ok: 2 revisions"]);
        project.write("app/migrations/fixtures/b2.sql", "INSERT INTO t VALUES (1, NULL);\n");
        says(&project.run("verify"), 1, &["fails  b2", "(with its fixture)", "the upgrade fails"]);
        let dialect = match database.server {
            Server::Sqlite => "sqlite",
            Server::Postgres => "postgres",
            Server::Mariadb => "mysql",
        };
        project.write(&format!("app/migrations/fixtures/b2.{dialect}.sql"), "INSERT INTO t VALUES (1, 'x');\n");
        says(&project.run("verify"), 0, &["ok: 2 revisions"]);
        project.write(
            &format!("app/migrations/fixtures/b2.{dialect}.sql"),
            "INSERT INTO t VALUES (1, 'x');\nINSERT INTO nosuch VALUES (1);\n",
        );
        says(
            &project.run("verify"),
            1,
            &["the fixture fails: ", &format!("app/migrations/fixtures/b2.{dialect}.sql:")],
        );
        project.ok("heads");
    }
}

#[test]
fn what_passed_and_did_not_change_is_not_tried_again() {
    for database in Database::each() {
        let project = project(&database);
        std::fs::create_dir(project.path("target")).expect("a folder");
        project.revision("app", "a1", &[], BASE.0, BASE.1);
        project.revision("app", "b2", &["a1"], "CREATE TABLE u (id integer);", "DROP TABLE u;");
        project.revision("app", "c3", &["b2"], "CREATE TABLE w (id integer);", "SELECT 1;");
        let tried = |line: &str| -> Vec<String> {
            let found: Value =
                serde_json::from_str(&project.run(&format!("{line} --format json")).stdout).expect("JSON");
            let ids = found["revisions"].as_array().expect("revisions").iter();
            ids.map(|revision| revision["revision"].as_str().expect("an id").to_owned()).collect()
        };
        assert_eq!(tried("verify"), ["a1", "b2", "c3"]);
        assert_eq!(tried("verify"), ["c3"], "what failed is tried again");
        project.revision("app", "c3", &["b2"], "CREATE TABLE w (id integer);", "DROP TABLE w;");
        assert_eq!(tried("verify"), ["c3"]);
        assert_eq!(tried("verify"), [""; 0]);
        says(&project.run("verify"), 0, &["3 unchanged since passing"]);
        assert_eq!(tried("verify --fresh"), ["a1", "b2", "c3"]);
        assert_eq!(tried("verify --fresh b2"), ["b2"]);
        project.revision("app", "b2", &["a1"], "-- only a comment\nCREATE TABLE u (id  integer);", "DROP TABLE u;");
        assert_eq!(tried("verify"), [""; 0], "layout does not count");
        project.revision("app", "b2", &["a1"], "CREATE TABLE u (id bigint);", "DROP TABLE u;");
        assert_eq!(tried("verify"), ["b2", "c3"], "with a revision, all that stands on it");
        project.write("app/migrations/fixtures/c3.sql", "INSERT INTO u VALUES (1);");
        assert_eq!(tried("verify"), ["c3"]);
    }
}

#[test]
fn the_order_of_the_sides_of_a_merge_must_not_matter() {
    for database in Database::each() {
        let project = project(&database);
        project.revision("app", "a1", &[], BASE.0, BASE.1);
        project.revision(
            "app",
            "b2",
            &["a1"],
            "DROP VIEW IF EXISTS v;\nCREATE VIEW v AS SELECT id FROM t;",
            "DROP VIEW IF EXISTS v;",
        );
        project.revision("app", "c3", &["a1"], "CREATE TABLE c (id integer);", "DROP TABLE c;");
        project.revision("app", "m4", &["b2", "c3"], "", "");
        says(&project.run("verify --merge"), 0, &["1 merge alike in both orders"]);
        let other = "DROP VIEW IF EXISTS v;\nCREATE VIEW v AS SELECT n FROM t;";
        project.revision("app", "c3", &["a1"], other, "DROP VIEW IF EXISTS v;");
        says(
            &project.run("verify --merge"),
            1,
            &["fails  merge m4 of b2 and c3", "changed: view v", "1 of 1 merge depend"],
        );
        project.revision("app", "c3", &["a1"], "CREATE TABLE c AS SELECT id FROM v;", "DROP TABLE c;");
        says(&project.run("verify --merge"), 1, &["in one of the two orders, in `c3`, the upgrade fails"]);
        std::fs::remove_file(project.path("app/migrations/m4_step.sql")).expect("a script");
        says(&project.run("verify --merge"), 1, &["heads b2 and c3"]);
        assert!(is_clean(&database), "{:?}", database.server);
    }
}

#[test]
fn an_order_of_columns_is_noted_and_strict_fails() {
    let Some(database) = Database::new(Server::Postgres) else { return };
    let project = project(&database);
    project.revision("app", "a1", &[], "CREATE TABLE t (a integer, b integer);", "DROP TABLE t;");
    project.revision("app", "b2", &["a1"], "ALTER TABLE t DROP COLUMN a;", "ALTER TABLE t ADD COLUMN a integer;");
    says(&project.run("verify"), 0, &["note: the columns of t stand in another order: b, a instead of a, b"]);
    assert_eq!(project.run("verify --strict").status, 1);
}

#[test]
fn drift_is_found_by_name() {
    for database in Database::each() {
        let project = project(&database);
        let table = "CREATE TABLE t (id integer, n varchar(20) DEFAULT 'a');\nCREATE INDEX ix ON t (n);";
        project.revision("app", "a1", &[], table, "DROP TABLE t;");
        project.revision("app", "b2", &["a1"], "CREATE TABLE u (id integer);", "DROP TABLE u;");
        project.ok("upgrade -q");
        assert!(project.ok("check --drift").contains("no drift"));
        let drop = if database.server == Server::Mariadb { "DROP INDEX ix ON t" } else { "DROP INDEX ix" };
        database.query("ALTER TABLE t ADD COLUMN extra integer");
        database.query(drop);
        let mut expected = vec!["only in the database: column t.extra", "missing in the database: index ix of t"];
        if database.server != Server::Sqlite {
            database.query("ALTER TABLE t ALTER COLUMN n SET DEFAULT 'b'");
            expected.push("changed: column t.n");
        }
        database.query("CREATE VIEW by_hand AS SELECT 1 AS one");
        expected.push("only in the database: view by_hand");
        let before = database.schema();
        says(&project.run("check --drift"), 1, &expected);
        assert_eq!(database.schema(), before, "the live database is only read");
        let found = project.run("check --drift --format json");
        let found: Value = serde_json::from_str(&found.stdout).expect("JSON");
        assert_eq!(found["drift"].as_array().map(Vec::len), Some(expected.len()));
        assert_eq!(found["ok"], false);
        assert!(is_clean(&database), "{:?}", database.server);
    }
}

#[test]
fn drift_is_measured_from_where_the_database_is() {
    for database in Database::each() {
        let project = project(&database);
        project.revision("app", "a1", &[], BASE.0, BASE.1);
        project.ok("upgrade -q");
        project.revision("app", "b2", &["a1"], "CREATE TABLE u (id integer);", "DROP TABLE u;");
        project.ok("check --drift");
        project.write(
            "Cargo.toml",
            &(project.read("Cargo.toml") + "[workspace.metadata.alembic]\nexclude-tables = [\"theirs_*\"]\n"),
        );
        database.query("CREATE TABLE theirs_jobs (id integer)");
        project.ok("check --drift");
    }
}

#[test]
fn locks_are_observed() {
    let Some(database) = Database::new(Server::Postgres) else { return };
    let project = project(&database);
    project.revision("app", "a1", &[], "CREATE TABLE t (id integer PRIMARY KEY, n varchar(20));", "DROP TABLE t;");
    project.revision(
        "app",
        "b2",
        &["a1"],
        "ALTER TABLE t ADD COLUMN x integer;\nCREATE TABLE other (id integer REFERENCES t);",
        "DROP TABLE other;\nALTER TABLE t DROP COLUMN x;",
    );
    project.revision("app", "c3", &["b2"], "ALTER TABLE t ALTER x TYPE bigint;", "ALTER TABLE t ALTER x TYPE integer;");
    project.revision("app", "d4", &["c3"], "CREATE INDEX ix ON t (n);", "DROP INDEX ix;");
    let concurrently = "-- transaction = false\nCREATE INDEX CONCURRENTLY iy ON t (x);";
    project.revision("app", "e5", &["d4"], concurrently, "DROP INDEX iy;");
    let finished = project.run("verify --locks");
    says(
        &finished,
        0,
        &[
            "t: ACCESS EXCLUSIVE: reads and writes wait until the transaction ends",
            "t: ACCESS EXCLUSIVE: reads and writes wait while the table is rewritten",
            "t: SHARE: writes wait, reads go on while all rows are read",
            "not observed: it cannot run inside a transaction",
            "ok: 5 revisions",
        ],
    );
    let found = project.json("verify --locks c3");
    let table = &found["revisions"][0]["statements"][0]["tables"][0];
    assert_eq!((table["table"].as_str(), table["rewritten"].as_bool()), (Some("t"), Some(true)));
    let found = project.json("verify --locks b2");
    let table = &found["revisions"][0]["statements"][0]["tables"][0];
    assert_eq!((table["lock"].as_str(), table["rewritten"].as_bool()), (Some("ACCESS EXCLUSIVE"), Some(false)));
    assert!(is_clean(&database));
    let sqlite = Project::drawn("a1");
    assert_eq!(sqlite.run("verify --locks --format json").error()["code"], "A0831");
}

#[test]
fn a_given_database_must_be_empty_and_is_empty_again() {
    for database in Database::each().filter(|database| database.server != Server::Sqlite) {
        let project = Project::drawn("a1; b2:a1");
        let line = format!("verify --scratch {}", database.url);
        says(&project.run(&line), 0, &["ok: 2 revisions"]);
        let here = if database.server == Server::Mariadb { "database()" } else { "'public'" };
        let left = format!("SELECT count(*) FROM information_schema.tables WHERE table_schema = {here}");
        assert_eq!(database.query(&left), "0", "{:?}", database.server);
        database.query("CREATE TABLE precious (id integer)");
        let finished = project.run(&format!("{line} --fresh --format json"));
        assert_eq!((finished.status, finished.error()["code"].as_str()), (2, Some("A0833")));
        assert_eq!(database.tables(), ["precious"]);
    }
    let project = Project::drawn("a1");
    assert_eq!(project.run("verify --scratch sqlite:x.db --format json").error()["code"], "A0830");
    assert_eq!(project.run("verify --scratch sqlite::memory:").status, 0);
}

#[test]
fn two_hundred_revisions_are_verified_quickly() {
    let graph: Vec<String> = (0..200)
        .map(|number| if number == 0 { "r0".to_owned() } else { format!("r{number}:r{}", number - 1) })
        .collect();
    let project = Project::drawn(&graph.join("; "));
    let start = std::time::Instant::now();
    says(&project.run("verify"), 0, &["ok: 200 revisions"]);
    // Not optimized, and beside other tests: a bound against quadratic costs only.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
