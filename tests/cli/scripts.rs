//! Scripts as people write them run whole: functions, triggers, procedures, blocks, comments everywhere.

use crate::databases::{Database, Server};
use crate::project::Project;

fn project(database: &Database, up: &str, down: &str) -> Project {
    let project = Project::new(&["app"]).database(&database.url);
    let text = format!(
        "-- Everything at once\n--\n-- It has a body; it has 'quotes'.\n--\n-- [alembic]\n-- revision = \"aaa1\"\n\n-- [upgrade]\n{up}\n\n-- [downgrade]\n{down}\n"
    );
    project.write("app/migrations/aaa1_everything.sql", &text);
    project
}

/// Up, down and up again, through the tool.
fn there_and_back(project: &Project, database: &Database) {
    project.ok("upgrade");
    let schema = database.schema();
    project.ok("downgrade base --yes");
    assert_eq!(database.tables(), Vec::<String>::new());
    project.ok("upgrade");
    assert_eq!(database.schema(), schema);
}

const POSTGRES_UP: &str = r#"
-- a comment; with a semicolon
CREATE TABLE scores (id bigint PRIMARY KEY, points integer NOT NULL, note text, touched timestamptz); -- behind it; too
/* a block; /* nested; */ still */
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    -- inside; of a body
    IF NEW.points < 0 THEN
        RAISE EXCEPTION 'no; never % $$', NEW.points;
    END IF;
    NEW.touched := now();
    RETURN NEW;
END;
$body$;
CREATE TRIGGER touch_scores BEFORE INSERT OR UPDATE ON scores FOR EACH ROW EXECUTE FUNCTION touch();
CREATE FUNCTION twice(value integer) RETURNS integer LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT value * 2; END;
DO $$
DECLARE
    at integer;
BEGIN
    FOR at IN 1..3 LOOP
        INSERT INTO scores (id, points, note) VALUES (at, twice(at), E'it''s; \'quoted\'');
    END LOOP;
END
$$;
UPDATE scores SET note = 'a;b' || "note" WHERE id = 1;
CREATE VIEW best AS SELECT max(points) AS points FROM scores;
"#;

#[test]
fn postgres_functions_triggers_and_blocks() {
    let Some(database) = Database::new(Server::Postgres) else { return };
    let down = "DROP VIEW best;\nDROP TABLE scores;\nDROP FUNCTION touch();\nDROP FUNCTION twice(integer);";
    let project = project(&database, POSTGRES_UP, down);
    there_and_back(&project, &database);
    assert_eq!(
        database.query("SELECT id, points, note FROM scores ORDER BY id"),
        "1|2|a;bit's; 'quoted'\n2|4|it's; 'quoted'\n3|6|it's; 'quoted'"
    );
    assert_eq!(database.query("SELECT count(*) FROM scores WHERE touched IS NULL"), "0");
}

#[test]
fn postgres_builds_indexes_concurrently() {
    let Some(database) = Database::new(Server::Postgres) else { return };
    let project =
        project(&database, "CREATE TABLE scores (id bigint PRIMARY KEY, points integer);", "DROP TABLE scores;");
    project.write(
        "app/migrations/bbb1_index.sql",
        "-- Index\n--\n-- [alembic]\n-- revision = \"bbb1\"\n-- down_revision = \"aaa1\"\n\n-- [upgrade]\n-- transaction = false\n\
         CREATE INDEX CONCURRENTLY ix_points ON scores (points);\nCREATE INDEX CONCURRENTLY ix_both ON scores (id, points);\n\n\
         -- [downgrade]\n-- transaction = false\nDROP INDEX CONCURRENTLY ix_both;\nDROP INDEX CONCURRENTLY ix_points;\n",
    );
    there_and_back(&project, &database);
    assert_eq!(database.query("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), "0");
}

#[test]
fn postgres_positions_count_characters_over_the_whole_text() {
    let Some(database) = Database::new(Server::Postgres) else { return };
    let up = "CREATE TABLE übung (id bigint); -- ✓ é\nSELECT 'ü', playerz FROM übung;";
    let project = project(&database, up, "DROP TABLE übung;");
    let finished = project.run("upgrade");
    assert_eq!(finished.status, 4, "{}", finished.stderr);
    for text in ["aaa1_everything.sql:10:13", "playerz", "statement 2 of 2", "rolled back"] {
        assert!(finished.stderr.contains(text), "no `{text}` in\n{}", finished.stderr);
    }
    assert!(!finished.stderr.contains("at line"), "PostgreSQL's C source is no place: {}", finished.stderr);
    assert_eq!(database.tables(), Vec::<String>::new());
}

#[test]
fn sqlite_triggers() {
    let database = Database::new(Server::Sqlite).expect("SQLite is always there");
    let up = "CREATE TABLE scores (id integer PRIMARY KEY, points integer, [odd; name] text);\n\
              CREATE TABLE log (line text);\n\
              CREATE TRIGGER keep AFTER UPDATE ON scores WHEN new.points IS NOT old.points BEGIN\n\
              \x20   INSERT INTO log VALUES (CASE WHEN new.points > 0 THEN 'up; ' ELSE 'down' END);\n\
              \x20   UPDATE scores SET `odd; name` = 'x' WHERE id = new.id;\nEND;\n\
              INSERT INTO scores (id, points) VALUES (1, 0);\nUPDATE scores SET points = 5;";
    let project = project(&database, up, "DROP TABLE log;\nDROP TABLE scores;");
    there_and_back(&project, &database);
    assert_eq!(database.query("SELECT line FROM log"), "up;");
}

#[test]
fn mariadb_procedures() {
    let Some(database) = Database::new(Server::Mariadb) else { return };
    let up = "CREATE TABLE scores (id bigint PRIMARY KEY, points integer, note varchar(20)); # a comment; here\n\
              CREATE PROCEDURE fill(IN many INT)\nBEGIN\n    DECLARE at INT DEFAULT 1;\n\
              \x20   WHILE at <= many DO\n        IF at % 2 = 0 THEN\n            INSERT INTO scores VALUES (at, at, 'even;');\n\
              \x20       ELSE\n            INSERT INTO scores VALUES (at, CASE WHEN at > 1 THEN 0 ELSE 1 END, 'it\\'s');\n        END IF;\n\
              \x20       SET at = at + 1;\n    END WHILE;\nEND;\n\
              CREATE TRIGGER touch BEFORE UPDATE ON scores FOR EACH ROW SET NEW.note = IF(NEW.points > 9, 'high;', NEW.note);\n\
              CALL fill(3);\nUPDATE scores SET points = 10 WHERE id = 2;";
    let project = project(&database, up, "DROP PROCEDURE fill;\nDROP TABLE scores;");
    there_and_back(&project, &database);
    assert_eq!(database.query("SELECT id, points, note FROM scores ORDER BY id"), "1|1|it's\n2|10|high;\n3|0|it's");
}

#[test]
fn mariadb_says_what_ran_and_how_to_go_on() {
    let Some(database) = Database::new(Server::Mariadb) else { return };
    let project =
        project(&database, "CREATE TABLE scores (id bigint);\nCREATE INDEX ix ON playerz (id);", "DROP TABLE scores;");
    let finished = project.run("upgrade");
    assert_eq!(finished.status, 7, "{}", finished.stderr);
    for text in ["aaa1_everything.sql:10:20", "playerz", "statement 1 took effect", "it goes on at statement 2"] {
        assert!(finished.stderr.contains(text), "no `{text}` in\n{}", finished.stderr);
    }
    assert_eq!(project.rows(), Vec::<String>::new());
}

#[test]
fn a_wrong_password_is_never_shown() {
    let Some(database) = Database::new(Server::Mariadb) else { return };
    let name = database.url.rsplit('/').next().expect("a name").to_owned();
    database.query(&format!(
        "CREATE USER '{name}'@'127.0.0.1' IDENTIFIED BY 'right'; GRANT ALL ON {name}.* TO '{name}'@'127.0.0.1'"
    ));
    let url = database.url.replacen("root@", &format!("{name}:wr0ng%21@"), 1);
    let project = project(&database, "SELECT 1;", "SELECT 1;").database(&url);
    for line in ["upgrade", "current", "status", "upgrade -vv", "upgrade --format json", "stamp head"] {
        let finished = project.run(line);
        assert_eq!(finished.status, 4, "{line}: {}", finished.stderr);
        assert!(finished.stderr.contains(&name), "{line} names the user: {}", finished.stderr);
        for secret in ["wr0ng", "wr0ng!"] {
            assert!(
                !finished.stderr.contains(secret) && !finished.stdout.contains(secret),
                "{line}: {}",
                finished.stderr
            );
        }
    }
    database.query(&format!("DROP USER '{name}'@'127.0.0.1'"));
}

#[test]
fn eight_starters_at_once_apply_everything_exactly_once() {
    for database in Database::each() {
        let project = Project::new(&["app"]).database(&database.url);
        let mut parent = String::new();
        for at in 0..5 {
            let id = format!("step{at}");
            let parents: &[&str] = if parent.is_empty() { &[] } else { &[&parent] };
            let up = format!("CREATE TABLE t_{id} (id integer);\nINSERT INTO t_{id} VALUES ({at});");
            project.revision("app", &id, parents, &up, &format!("DROP TABLE t_{id};"));
            parent = id;
        }
        let children: Vec<_> = (0..8)
            .map(|_| {
                let mut command = project.command(&["upgrade"]);
                command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped());
                command.stderr(std::process::Stdio::piped()).spawn().expect("the tool")
            })
            .collect();
        for child in children {
            let finished = crate::project::Finished::of(child.wait_with_output().expect("the tool"));
            assert_eq!(finished.status, 0, "{:?}: {}", database.server, finished.stderr);
        }
        assert_eq!(database.query("SELECT version_num FROM alembic_version"), "step4", "{:?}", database.server);
        for at in 0..5 {
            assert_eq!(database.query(&format!("SELECT count(*) FROM t_step{at}")), "1", "{:?}", database.server);
        }
    }
}
