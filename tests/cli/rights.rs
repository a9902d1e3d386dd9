//! What `generate` and `check` need of a user's rights, what they leave alone, and what they say where a right lacks.

use crate::databases::{Database, Server};
use crate::project::{Finished, Project};

/// A role that is dropped with this value; tests of one server run side by side.
struct Role<'d> {
    database: &'d Database,
    name: String,
    url: String,
}

impl<'d> Role<'d> {
    fn new(database: &'d Database, rights: &str) -> Self {
        let (server, base) = database.url.rsplit_once('/').expect("a database");
        let name = format!("role_{base}");
        let host = server.rsplit_once('@').expect("a user").1;
        let url = format!("postgres://{name}@{host}/{base}");
        database.query(&format!("CREATE ROLE {name} LOGIN"));
        database.query(&format!("REVOKE TEMPORARY ON DATABASE {base} FROM public"));
        database.query(&format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}"));
        if !rights.is_empty() {
            database.query(&format!("GRANT {rights} ON DATABASE {base} TO {name}"));
        }
        Role { database, name, url }
    }

    fn run(&self, project: &Project, line: &str) -> Finished {
        let words: Vec<&str> = line.split_whitespace().chain(["-D", &self.url]).collect();
        project.run_words(&words)
    }
}

impl Drop for Role<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.database.query(&format!("DROP OWNED BY {0}; DROP ROLE {0}", self.name));
        }
    }
}

/// One table that is made, with a check that PostgreSQL stores in words of its own.
fn made(database: &Database, values: &str) -> Project {
    let project = Project::new(&["app"]).database(&database.url);
    model(&project, values);
    project.ok("generate");
    project.ok("upgrade -q");
    project
}

fn model(project: &Project, values: &str) {
    let text = format!(
        "#[derive(alembic_model::Table)]\n#[table(name = \"a\", check(name = \"known\", \"name IN ({values})\"))]\n\
         struct A {{ #[column(primary_key)] id: i64, #[column(len = 20)] name: String }}\n"
    );
    project.write("app/src/lib.rs", &text);
}

#[test]
fn a_role_that_may_only_read_can_compare() {
    let Some(database) = Database::new(Server::Postgres) else { return };
    let project = made(&database, "'x', 'y'");
    let role = Role::new(&database, "TEMPORARY");
    for read_only in ["off", "on"] {
        database.query(&format!("ALTER ROLE {} SET default_transaction_read_only = {read_only}", role.name));
        let finished = role.run(&project, "check");
        assert_eq!(finished.status, 0, "read-only {read_only}: {}", finished.stderr);
        assert_eq!(finished.stderr, "", "read-only {read_only}");
        let finished = role.run(&project, "generate");
        assert!(finished.stdout.contains("nothing to generate"), "{}{}", finished.stdout, finished.stderr);
    }
    model(&project, "'x', 'y', 'z'");
    let finished = role.run(&project, "generate");
    assert_eq!(finished.status, 0, "{}", finished.stderr);
    assert!(finished.stderr.contains("add check ck_a_known"), "{}", finished.stderr);
}

#[test]
fn without_temporary_tables_nothing_is_guessed() {
    let Some(database) = Database::new(Server::Postgres) else { return };
    let project = made(&database, "'x', 'y'");
    let role = Role::new(&database, "");
    let before = project.files();
    for command in ["check", "generate"] {
        let finished = role.run(&project, command);
        assert_eq!(finished.status, 4, "{}{}", finished.stdout, finished.stderr);
        for part in [
            "error[A0811]: cannot tell whether the expressions of a differ",
            "grant the user of the URL the right TEMPORARY",
        ] {
            assert!(finished.stderr.contains(part), "no {part:?} in {}", finished.stderr);
        }
    }
    assert_eq!(project.files(), before);
}

#[test]
fn a_replay_needs_the_right_to_create_databases() {
    let Some(database) = Database::new(Server::Postgres) else { return };
    let project = made(&database, "'x'");
    let role = Role::new(&database, "TEMPORARY");
    let finished = role.run(&project, "check --against replay");
    assert_eq!(finished.status, 4);
    for part in ["error[A0803]", "permission denied to create database", "`--against live`"] {
        assert!(finished.stderr.contains(part), "no {part:?} in {}", finished.stderr);
    }
    assert_eq!(role.run(&project, "check --against live").status, 0);
}

#[test]
fn what_extensions_and_partitions_own_is_nobodys_model() {
    let Some(database) = Database::new(Server::Postgres) else { return };
    database.query("CREATE EXTENSION pg_stat_statements");
    database.query("CREATE TABLE log (at date) PARTITION BY RANGE (at)");
    database.query("CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')");
    let project = made(&database, "'x'");
    let checked = project.json("check");
    assert_eq!(checked["changes"].as_array().map(Vec::len), Some(0), "{checked}");
    let ignored = checked["ignored"].to_string();
    assert!(!ignored.contains("pg_stat") && !ignored.contains("log_1"), "{ignored}");
}

#[test]
fn tables_of_others_stay_whoever_names_them() {
    for database in Database::each() {
        let project = made(&database, "'x'");
        let external = "#[derive(alembic_model::Table)]\n#[table(name = \"billing\", external)]\nstruct B { \
            #[column(primary_key)] id: i64, total: i32 }\n";
        project.write("app/src/lib.rs", &(project.read("app/src/lib.rs") + external));
        for table in ["billing", "apscheduler_jobs", "_sqlx_migrations", "celery_tasks"] {
            database.query(&format!("CREATE TABLE {table} (id integer PRIMARY KEY)"));
        }
        let manifest = project.read("Cargo.toml");
        let settings = "[workspace.metadata.alembic]\nexclude-tables = [\"celery_*\", \"a\"]\n";
        for extra in ["", settings] {
            project.write("Cargo.toml", &format!("{manifest}\n{extra}"));
            let checked = project.json("check --against live");
            assert_eq!(checked["changes"].as_array().map(Vec::len), Some(0), "{:?} {checked}", database.server);
        }
        project.write("app/src/lib.rs", external);
        let finished = project.run("generate --against live");
        assert!(finished.stdout.contains("nothing to generate"), "an excluded table stays: {}", finished.stderr);
        project.write("Cargo.toml", &manifest);
        project.ok("generate --against live --allow drop-table");
        project.ok("upgrade -q");
        assert_eq!(database.tables(), ["_sqlx_migrations", "apscheduler_jobs", "billing", "celery_tasks"]);
    }
}

#[test]
fn revisions_that_follow_each_other_on_one_connection_see_the_new_columns() {
    for database in Database::each() {
        let project = Project::new(&["app"]).database(&database.url);
        // On PostgreSQL only a statement that returns rows fails if it was prepared before the columns changed.
        let select = "INSERT INTO t SELECT * FROM s;\nSELECT * FROM t;";
        project.revision("app", "a1", &[], "CREATE TABLE s (x int);\nCREATE TABLE t (x int);", "");
        project.revision("app", "b1", &["a1"], select, "");
        project.revision("app", "c1", &["b1"], "ALTER TABLE s ADD COLUMN y int;\nALTER TABLE t ADD COLUMN y int;", "");
        project.revision("app", "d1", &["c1"], select, "");
        project.revision("app", "e1", &["d1"], "ALTER TABLE s DROP COLUMN y;\nALTER TABLE t DROP COLUMN y;", "");
        project.revision("app", "f1", &["e1"], select, "");
        database.query("SELECT 1");
        project.ok("upgrade -q");
        assert_eq!(database.query("SELECT count(*) FROM t"), "0");
    }
}
