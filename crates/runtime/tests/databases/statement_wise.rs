//! `transaction = false`.

use alembic_revisions::Exit;
use alembic_revisions::diagnose::Diagnose;
use alembic_runtime::Cause;

use crate::failing::pointed;
use crate::support::{Database, Kind, scenario};

scenario!(statements_that_no_transaction_may_surround on Sqlite, Postgres);
async fn statements_that_no_transaction_may_surround(database: Database) {
    let outside: &[&str] = match database.kind {
        Kind::Postgres => &[
            "CREATE INDEX CONCURRENTLY ix_a ON runs (revision) -- one",
            "INSERT INTO runs VALUES ('r2')",
            "CREATE INDEX CONCURRENTLY ix_b ON runs (lower(revision))",
            "VACUUM runs",
            "SET search_path = ''",
            "ALTER TABLE public.runs ADD COLUMN note text",
        ],
        _ => &["PRAGMA journal_mode = WAL", "VACUUM", "INSERT INTO runs VALUES ('r2')"],
    };
    let history = database.history().counting(&["r1"]).revision("r2", outside).without_transaction();
    let history = history.revision("r3", &["INSERT INTO runs VALUES ('r3')"]);
    let report = database.execute(&history.upgrade(&[])).await.unwrap();
    assert_eq!((report.rows, report.steps.len()), (vec!["r3".to_owned()], 4));
    assert_eq!(database.values("SELECT revision FROM runs ORDER BY 1").await, ["r1", "r2", "r3"]);
    if database.kind == Kind::Postgres {
        assert_eq!(database.values("SELECT count(*) FROM pg_index WHERE NOT indisvalid").await, ["0"]);
    }
}

scenario!(a_failure_says_what_ran on Sqlite, Postgres, Mariadb);
async fn a_failure_says_what_ran(database: Database) {
    let texts = ["INSERT INTO runs VALUES ('r2')", "CREATE TABLE kept (id int)", "INSERT INTO nowhere VALUES (1)"];
    let history = database.history().counting(&["r1"]).revision("r2", &texts).without_transaction();
    let error = database.execute(&history.upgrade(&[])).await.unwrap_err();
    let Cause::HalfApplied { ran, .. } = &*error.cause else { panic!("{error:?}") };
    assert_eq!((*ran, error.exit(), error.done.len()), (2, Exit::HalfApplied, 2));
    assert_eq!(pointed(&error).0, "nowhere", "{error}");
    assert_eq!(database.rows().await, ["r1"]);
    assert!(database.has_table("kept").await);

    // Nothing ran, so nothing is half applied.
    database.sql("DELETE FROM alembic_version_progress").await;
    let texts = ["INSERT INTO nowhere VALUES (1)", "SELECT 1"];
    let history = database.history().counting(&["r1"]).revision("r2", &texts).without_transaction();
    let error = database.execute(&history.upgrade(&["r1"])).await.unwrap_err();
    assert_eq!((error.exit(), error.kind()), (Exit::Database, "StatementFailed"));
}

scenario!(an_invalid_index_is_taken_away on Postgres);
async fn an_invalid_index_is_taken_away(database: Database) {
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    database.sql("INSERT INTO runs VALUES ('r1')").await;
    let history = database
        .history()
        .counting(&["r1"])
        .revision("r2", &["CREATE UNIQUE INDEX CONCURRENTLY ux ON runs (revision)"])
        .without_transaction();
    let error = database.execute(&history.upgrade(&["r1"])).await.unwrap_err();
    assert_eq!((error.exit(), error.kind()), (Exit::Database, "StatementFailed"), "{error:?}");
    assert_eq!(database.values("SELECT count(*) FROM pg_index WHERE NOT indisvalid").await, ["0"]);
    assert!(database.values("SELECT revision FROM alembic_version_progress").await.is_empty());
    database.sql("DELETE FROM runs WHERE ctid IN (SELECT max(ctid) FROM runs)").await;
    assert_eq!(database.execute(&history.upgrade(&["r1"])).await.unwrap().rows, ["r2"]);
}

scenario!(a_transaction_of_the_scripts_own_is_undone on Sqlite);
async fn a_transaction_of_the_scripts_own_is_undone(database: Database) {
    let texts = ["CREATE TABLE kept (id int)", "BEGIN", "CREATE TABLE lost (id int)", "INSERT INTO nowhere VALUES (1)"];
    let history = database.history().revision("a1", &texts).without_transaction();
    let error = database.execute(&history.upgrade(&[])).await.unwrap_err();
    let Cause::HalfApplied { ran: 1, .. } = &*error.cause else { panic!("{error:?}") };
    assert!(database.has_table("kept").await && !database.has_table("lost").await);
}
