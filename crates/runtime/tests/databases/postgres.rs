//! What only PostgreSQL has.

use std::time::{Duration, Instant};

use alembic_revisions::Exit;
use alembic_revisions::diagnose::Diagnose;
use alembic_runtime::{Event, execute};

use crate::support::{Database, Log, quick, scenario, session};

scenario!(bodies_with_semicolons on Postgres);
async fn bodies_with_semicolons(database: Database) {
    let history = database.history().revision(
        "a1",
        &[
            "CREATE TABLE t (id int, doubled int)",
            "CREATE FUNCTION twice() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN NEW.doubled := NEW.id * 2; RETURN NEW; END;\n$$",
            "CREATE TRIGGER twice BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION twice()",
            "DO $do$ BEGIN FOR i IN 1..3 LOOP INSERT INTO t (id) VALUES (i); END LOOP; END $do$ -- the end",
        ],
    );
    database.execute(&history.upgrade(&[])).await.unwrap();
    assert_eq!(database.values("SELECT sum(doubled) FROM t").await, ["12"]);
}

scenario!(an_error_inside_a_function_names_it on Postgres);
async fn an_error_inside_a_function_names_it(database: Database) {
    let history = database.history().revision("a1", &["DO $$ BEGIN\n PERFORM 1;\n PERFORM 1 / 0;\nEND $$"]);
    let error = database.execute(&history.upgrade(&[])).await.unwrap_err();
    assert_eq!(error.to_string(), "division by zero (22012)");
    assert!(error.notes().iter().any(|note| note.contains("inline_code_block line 3")), "{:?}", error.notes());
}

scenario!(settings_of_a_script_do_not_leak on Postgres);
async fn settings_of_a_script_do_not_leak(database: Database) {
    database.sql("CREATE ROLE powerless NOLOGIN").await;
    let history = database
        .history()
        .revision("a1", &["CREATE TABLE t (id int)", "SELECT pg_catalog.set_config('search_path', '', false)"])
        .revision("b2", &["INSERT INTO t VALUES (1)", "SET search_path = pg_catalog", "SET ROLE powerless"])
        .revision("c3", &["INSERT INTO t VALUES (2)", "SET SESSION AUTHORIZATION powerless"])
        .revision(
            "d4",
            &["INSERT INTO t SELECT 1 WHERE current_setting('statement_timeout') = '0'", "SET statement_timeout = 1"],
        )
        .revision("e5", &["INSERT INTO t SELECT 4 WHERE pg_sleep(0.1) IS NOT NULL"]);
    let mut own = database.session().await;
    let report = execute(&mut *own, &history.upgrade(&[]), &quick(), &mut |_: &Event<'_>| {}).await;
    let left =
        own.rows("SELECT current_user, current_setting('search_path'), current_setting('statement_timeout')").await;
    own.close().await;
    database.sql("DROP ROLE powerless").await;
    assert_eq!(report.unwrap().rows, ["e5"]);
    let left: Vec<String> = left.unwrap().remove(0).into_iter().flatten().collect();
    assert_eq!(left, ["postgres", "\"$user\", public", "0"]);
    assert_eq!(database.values("SELECT sum(id) FROM t").await, ["8"]);
    assert!(database.has_table("public.alembic_version").await);
}

scenario!(limits_of_a_role_do_not_matter on Postgres);
async fn limits_of_a_role_do_not_matter(database: Database) {
    let role = format!("limited_{}", database.url.database().unwrap());
    database
        .sql(&format!(
            "CREATE ROLE {role} LOGIN; ALTER ROLE {role} SET statement_timeout = '200ms'; \
             ALTER ROLE {role} SET lock_timeout = '50ms'; \
             ALTER ROLE {role} SET default_transaction_isolation = 'serializable'; \
             GRANT CREATE, USAGE ON SCHEMA public TO {role}"
        ))
        .await;
    let url = database.text.replace("//postgres@", &format!("//{role}@"));
    let mut limited = session(&alembic_runtime::DatabaseUrl::parse(&url).unwrap()).await;
    let history = database
        .history()
        .revision("a1", &["CREATE TABLE t (id int)", "SELECT pg_sleep(0.4)"])
        .revision("b2", &["CREATE INDEX CONCURRENTLY ix ON t ((pg_sleep(0.0) IS NULL))", "SELECT pg_sleep(0.4)"])
        .without_transaction();
    let history = history.revision("c3", &["SELECT pg_sleep(0.4)"]);
    let plan = history.upgrade(&[]);
    let error = execute(&mut *limited, &plan, &quick(), &mut |_: &Event<'_>| {}).await.unwrap_err();
    // pg_sleep is not immutable, so the index fails; everything before it took its time.
    assert_eq!((error.done.len(), error.exit()), (1, Exit::Database), "{error:?}");
    let history = database
        .history()
        .revision("a1", &["CREATE TABLE t (id int)", "SELECT pg_sleep(0.4)"])
        .revision("b2", &["CREATE INDEX CONCURRENTLY ix ON t (id)", "SELECT pg_sleep(0.4)"])
        .without_transaction();
    let report = execute(&mut *limited, &history.upgrade(&["a1"]), &quick(), &mut |_: &Event<'_>| {}).await.unwrap();
    assert_eq!(report.rows, ["b2"]);
    limited.close().await;
    database.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

scenario!(a_read_only_server_is_named on Postgres);
async fn a_read_only_server_is_named(database: Database) {
    let name = database.url.database().unwrap();
    let history = database.history().counting(&["r1"]);
    database.sql(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await;
    let error = database.execute(&history.upgrade(&[])).await.unwrap_err();
    assert_eq!(error.exit(), Exit::Database);
    assert!(error.help().unwrap().contains("read-only"), "{error}");
    database.sql(&format!("BEGIN READ WRITE; ALTER DATABASE {name} RESET ALL; COMMIT")).await;
    database.execute(&history.upgrade(&[])).await.unwrap();
    database.sql(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await;
    let error = database.execute(&database.history().counting(&["r1", "r2"]).upgrade(&["r1"])).await.unwrap_err();
    assert!(error.help().unwrap().contains("read-only"), "{error}");
}

scenario!(a_busy_table_is_waited_for_without_a_queue on Postgres);
async fn a_busy_table_is_waited_for_without_a_queue(database: Database) {
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    let mut reader = database.session().await;
    reader.batch("BEGIN; SELECT * FROM t_r1").await.unwrap();
    let release = async {
        tokio::time::sleep(Duration::from_millis(2600)).await;
        reader.batch("COMMIT").await.unwrap();
    };
    let history = database.history().counting(&["r1"]).revision("r2", &["ALTER TABLE t_r1 ADD COLUMN name text"]);
    let plan = history.upgrade(&["r1"]);
    let log = Log::default();
    let (mut own, options, mut observer) = (database.session().await, quick(), log.observer());
    let (started, run) = (Instant::now(), execute(&mut *own, &plan, &options, &mut observer));
    let (report, ()) = tokio::join!(run, release);
    assert_eq!(report.unwrap().rows, ["r2"]);
    assert!(started.elapsed() > Duration::from_millis(2500));
    assert!(log.words().iter().any(|word| word == "retrying: canceling statement due to lock timeout (55P03)"));
    own.close().await;
}

scenario!(a_cut_connection_is_replaced on Postgres);
async fn a_cut_connection_is_replaced(database: Database) {
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    let history = database
        .history()
        .counting(&["r1"])
        .revision("r2", &["INSERT INTO runs VALUES ('r2')", "SELECT pg_sleep(0.5)"]);
    let plan = history.upgrade(&["r1"]);
    let cut = async {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(0.5)%' \
                     AND pid <> pg_backend_pid() AND datname = current_database()";
        assert_eq!(database.values(query).await, ["1"]);
    };
    let (report, ()) = tokio::join!(database.execute(&plan), cut);
    assert_eq!(report.unwrap().rows, ["r2"]);
    assert_eq!(database.values("SELECT revision FROM runs ORDER BY 1").await, ["r1", "r2"]);
}

scenario!(the_locks_row_and_table_are_put_back on Postgres, Mariadb);
async fn the_locks_row_and_table_are_put_back(database: Database) {
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    database.sql("DELETE FROM alembic_version_lock").await;
    database.execute(&database.history().counting(&["r1", "r2"]).upgrade(&["r1"])).await.unwrap();
    assert_eq!(database.values("SELECT token > 0 FROM alembic_version_lock").await.len(), 1);
    database.sql("DROP TABLE alembic_version_lock").await;
    let report = database.execute(&database.history().counting(&["r1", "r2", "r3"]).upgrade(&["r2"])).await.unwrap();
    assert_eq!(report.rows, ["r3"]);
}

scenario!(a_deferred_constraint_fails_at_commit on Postgres);
async fn a_deferred_constraint_fails_at_commit(database: Database) {
    let history = database.history().counting(&["r1"]).revision(
        "r2",
        &[
            "CREATE TABLE p (id int PRIMARY KEY)",
            "CREATE TABLE c (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED)",
            "INSERT INTO c VALUES (7)",
        ],
    );
    let history = history.revision("r3", &["SELECT 1"]);
    let error = database.execute(&history.upgrade(&[])).await.unwrap_err();
    assert!(error.to_string().starts_with("COMMIT of `r2` failed: insert or update on table \"c\""), "{error}");
    assert_eq!((error.exit(), error.done.len()), (Exit::Database, 2));
    assert_eq!(database.rows().await, ["r1"]);
    assert!(!database.has_table("c").await);
}
