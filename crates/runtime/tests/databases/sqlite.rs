//! What only SQLite has.

use alembic_revisions::Exit;
use alembic_revisions::diagnose::Diagnose;
use alembic_runtime::{DatabaseUrl, Event, Session, execute};

use crate::support::{Database, Log, quick, scenario, session};

const FAMILY: [&str; 4] = [
    "CREATE TABLE parents (id integer PRIMARY KEY, name text)",
    "CREATE TABLE children (id integer PRIMARY KEY, parent int REFERENCES parents (id) ON DELETE CASCADE)",
    "INSERT INTO parents VALUES (1, 'a'), (2, 'b')",
    "INSERT INTO children VALUES (10, 1), (20, 2)",
];

scenario!(a_rebuild_keeps_the_children on Sqlite);
async fn a_rebuild_keeps_the_children(database: Database) {
    let history = database.history().revision("a1", &FAMILY).revision(
        "b2",
        &[
            "CREATE TABLE parents_new (id integer PRIMARY KEY, name text NOT NULL)",
            "INSERT INTO parents_new SELECT * FROM parents",
            "DROP TABLE parents",
            "ALTER TABLE parents_new RENAME TO parents",
        ],
    );
    database.execute(&history.upgrade(&[])).await.unwrap();
    assert_eq!(database.values("SELECT id FROM children ORDER BY id").await, ["10", "20"]);
    assert!(database.values("PRAGMA foreign_key_check").await.is_empty());
}

scenario!(children_of_every_kind_outlive_a_rebuild on Sqlite);
async fn children_of_every_kind_outlive_a_rebuild(database: Database) {
    let mut made = vec!["CREATE TABLE p (id integer PRIMARY KEY, name text)".to_owned()];
    made.push("INSERT INTO p VALUES (0, 'z'), (1, 'a')".to_owned());
    let kinds =
        ["CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION", "NO ACTION DEFERRABLE INITIALLY DEFERRED"];
    for (number, kind) in kinds.into_iter().enumerate() {
        made.push(format!("CREATE TABLE c{number} (p int DEFAULT 0 REFERENCES p ON DELETE {kind})"));
        made.push(format!("INSERT INTO c{number} VALUES (1)"));
    }
    made.push("CREATE VIEW v AS SELECT name FROM p".to_owned());
    let made: Vec<&str> = made.iter().map(String::as_str).collect();
    let rebuild = [
        // What a script says by itself must not matter.
        "PRAGMA foreign_keys = ON",
        "CREATE TABLE _alembic_new_p (id integer PRIMARY KEY, name text NOT NULL)",
        "INSERT INTO _alembic_new_p SELECT * FROM p",
        "DROP TABLE p",
        "ALTER TABLE _alembic_new_p RENAME TO p",
    ];
    let history = database.history().revision("a1", &made).revision("b2", &rebuild).rebuilding();
    // Nor what one before it said outside of a transaction, where SQLite listens.
    let outside = ["PRAGMA foreign_keys = ON", "INSERT INTO p VALUES (2, 'b')"];
    let history = history.revision("c3", &outside).without_transaction().revision("d4", &rebuild).rebuilding();
    database.execute(&history.upgrade(&[])).await.unwrap();
    for (number, kind) in kinds.into_iter().enumerate() {
        assert_eq!(database.values(&format!("SELECT p FROM c{number}")).await, ["1"], "{kind}");
        let to = database.values(&format!("SELECT \"table\" FROM pragma_foreign_key_list('c{number}')")).await;
        assert_eq!(to, ["p"], "{kind}");
    }
    assert_eq!(database.values("SELECT name FROM v").await, ["z", "a", "b"]);
}

/// A parent that numbers its rows, with all that could notice its rebuild.
const HOUSEHOLD: [&str; 8] = [
    "CREATE TABLE p (id integer PRIMARY KEY AUTOINCREMENT, name text)",
    "CREATE TABLE c (id integer PRIMARY KEY, p int NOT NULL REFERENCES p (id) ON DELETE CASCADE)",
    "CREATE TABLE log (what text)",
    "CREATE VIEW v AS SELECT id, name FROM p",
    "CREATE TRIGGER t AFTER INSERT ON c WHEN new.id > 100000 BEGIN INSERT INTO log SELECT name FROM p WHERE id = new.p; END",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO p SELECT i, 'n' || i FROM n",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) INSERT INTO c SELECT i, i % 1000 + 1 FROM n",
    "DELETE FROM p WHERE id = 1000 AND NOT EXISTS (SELECT 1 FROM c WHERE p = 1000)",
];

const REBUILD: [&str; 5] = [
    "CREATE TABLE _alembic_new_p (id integer PRIMARY KEY AUTOINCREMENT, name text NOT NULL)",
    "INSERT INTO sqlite_sequence (name, seq) SELECT '_alembic_new_p', seq + 500 FROM sqlite_sequence WHERE name = 'p'",
    "INSERT INTO _alembic_new_p (id, name) SELECT id, name FROM p",
    "DROP TABLE p",
    "ALTER TABLE _alembic_new_p RENAME TO p",
];

/// What must be as before, and that no mode outlasts the rebuild.
async fn assert_unharmed(database: &Database, session: &mut dyn Session) {
    assert_eq!(database.values("SELECT count(*) FROM c").await, ["100000"]);
    assert_eq!(database.values("SELECT count(*) FROM v").await, ["1000"]);
    assert_eq!(database.values("SELECT seq FROM sqlite_sequence WHERE name = 'p'").await, ["1500"]);
    assert_eq!(database.values("PRAGMA foreign_key_list(c)").await.len(), 1);
    database.sql("INSERT INTO c VALUES (100001, 7)").await;
    assert_eq!(database.values("SELECT what FROM log").await, ["n7"]);
    let mode = session.rows("PRAGMA legacy_alter_table").await.unwrap();
    assert_eq!(mode, [[Some("0".to_owned())]]);
}

scenario!(a_rebuild_leaves_what_depends_on_the_table on Sqlite);
async fn a_rebuild_leaves_what_depends_on_the_table(database: Database) {
    let history = database.history().revision("a1", &HOUSEHOLD).revision("b2", &REBUILD).rebuilding();
    let mut session = database.session().await;
    execute(&mut *session, &history.upgrade(&[]), &quick(), &mut |_: &Event<'_>| {}).await.unwrap();
    assert_unharmed(&database, &mut *session).await;
}

scenario!(a_rebuild_by_statements_leaves_it_too on Sqlite);
async fn a_rebuild_by_statements_leaves_it_too(database: Database) {
    let history = database.history().revision("a1", &HOUSEHOLD);
    let history = history.revision("b2", &REBUILD).rebuilding().without_transaction();
    let mut session = database.session().await;
    execute(&mut *session, &history.upgrade(&[]), &quick(), &mut |_: &Event<'_>| {}).await.unwrap();
    assert_unharmed(&database, &mut *session).await;
}

scenario!(a_rebuild_on_the_way_down_leaves_it_too on Sqlite);
async fn a_rebuild_on_the_way_down_leaves_it_too(database: Database) {
    let history = database.history().revision("a1", &HOUSEHOLD).reversible("b2", &[], &REBUILD).rebuilding();
    database.execute(&history.upgrade(&[])).await.unwrap();
    let mut plan = history.downgrade(&["b2"]);
    plan.steps.truncate(1);
    let mut session = database.session().await;
    execute(&mut *session, &plan, &quick(), &mut |_: &Event<'_>| {}).await.unwrap();
    assert_unharmed(&database, &mut *session).await;
}

scenario!(a_rebuild_that_loses_rows_is_undone on Sqlite);
async fn a_rebuild_that_loses_rows_is_undone(database: Database) {
    let mut lossy = REBUILD;
    lossy[2] = "INSERT INTO _alembic_new_p (id, name) SELECT id, name FROM p WHERE id <> 7";
    let history = database.history().revision("a1", &HOUSEHOLD).revision("b2", &lossy).rebuilding();
    let mut session = database.session().await;
    let error = execute(&mut *session, &history.upgrade(&[]), &quick(), &mut |_: &Event<'_>| {}).await.unwrap_err();
    assert_eq!(error.kind(), "ForeignKeys", "{error}");
    assert_eq!(error.notes()[0], "100 rows of `c` point to no row of `p`");
    assert_eq!(database.rows().await, ["a1"]);
    assert_eq!(database.values("SELECT count(*) FROM p").await, ["1000"]);
    assert_eq!(session.rows("PRAGMA legacy_alter_table").await.unwrap(), [[Some("0".to_owned())]]);
}

scenario!(broken_foreign_keys_undo_the_step on Sqlite);
async fn broken_foreign_keys_undo_the_step(database: Database) {
    let history = database.history().revision("a1", &FAMILY).revision("b2", &["DELETE FROM parents WHERE id = 1"]);
    let error = database.execute(&history.upgrade(&[])).await.unwrap_err();
    assert_eq!((error.exit(), error.kind()), (Exit::Database, "ForeignKeys"), "{error}");
    assert_eq!(error.notes()[0], "1 row of `children` points to no row of `parents`");
    assert_eq!(database.rows().await, ["a1"]);
    assert_eq!(database.values("SELECT count(*) FROM parents").await, ["2"]);
}

scenario!(keys_that_were_broken_before_do_not_matter on Sqlite);
async fn keys_that_were_broken_before_do_not_matter(database: Database) {
    database.execute(&database.history().revision("a1", &FAMILY).upgrade(&[])).await.unwrap();
    database.sql("PRAGMA foreign_keys = OFF; INSERT INTO children VALUES (30, 99)").await;
    let history = database.history().revision("a1", &FAMILY).revision("b2", &["UPDATE parents SET name = 'c'"]);
    assert_eq!(database.execute(&history.upgrade(&["a1"])).await.unwrap().rows, ["b2"]);
    let history = history.revision("c3", &["DELETE FROM parents WHERE id = 1"]);
    let error = database.execute(&history.upgrade(&["b2"])).await.unwrap_err();
    assert_eq!(error.notes()[0], "1 row of `children` points to no row of `parents`");
}

scenario!(a_read_only_file_is_named on Sqlite);
async fn a_read_only_file_is_named(database: Database) {
    let history = database.history().counting(&["r1"]);
    database.execute(&history.upgrade(&[])).await.unwrap();
    let url = DatabaseUrl::parse(&format!("{}?mode=ro", database.text)).unwrap();
    let mut own = session(&url).await;
    let longer = database.history().counting(&["r1", "r2"]);
    let error = execute(&mut *own, &longer.upgrade(&["r1"]), &quick(), &mut |_: &Event<'_>| {}).await.unwrap_err();
    own.close().await;
    assert_eq!(error.exit(), Exit::Database);
    assert!(error.help().unwrap().contains("read-only"), "{error}");
}

scenario!(a_reader_delays_the_commit_only on Sqlite);
async fn a_reader_delays_the_commit_only(database: Database) {
    let history = database.history().counting(&["r1"]);
    database.execute(&history.upgrade(&[])).await.unwrap();
    let mut reader = database.session().await;
    reader.batch("BEGIN; SELECT * FROM runs").await.unwrap();
    let release = async {
        tokio::time::sleep(std::time::Duration::from_millis(600)).await;
        reader.batch("COMMIT").await.unwrap();
    };
    let plan = database.history().counting(&["r1", "r2", "r3"]).upgrade(&["r1"]);
    let (report, ()) = tokio::join!(database.execute(&plan), release);
    assert_eq!(report.unwrap().rows, ["r3"]);
    assert_eq!(database.values("SELECT revision FROM runs ORDER BY 1").await, ["r1", "r2", "r3"]);
}

scenario!(a_reader_delays_each_commit_of_a_revision_without_transaction on Sqlite);
async fn a_reader_delays_each_commit_of_a_revision_without_transaction(database: Database) {
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    let texts = ["INSERT INTO runs VALUES ('r2')", "BEGIN", "INSERT INTO runs VALUES ('r3')", "COMMIT"];
    let history = database.history().counting(&["r1"]).revision("r2", &texts).without_transaction();
    let plan = history.upgrade(&["r1"]);
    let mut reader = database.session().await;
    let readings = async {
        // Each of the run's transactions meets a reader at its COMMIT.
        for _ in 0..8 {
            // A COMMIT that waits already lets no new reader in.
            if reader.batch("BEGIN; SELECT * FROM runs").await.is_ok() {
                tokio::time::sleep(std::time::Duration::from_millis(250)).await;
            }
            reader.batch("COMMIT").await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        }
    };
    let log = Log::default();
    let mut own = database.session().await;
    let (mut observer, options) = (log.observer(), quick());
    let (report, ()) = tokio::join!(execute(&mut *own, &plan, &options, &mut observer), readings);
    assert_eq!(report.unwrap().rows, ["r2"]);
    assert!(log.words().iter().any(|word| word.starts_with("retrying")), "{:?}", log.words());
    assert_eq!(database.values("SELECT revision FROM runs ORDER BY 1").await, ["r1", "r2", "r3"]);
    own.close().await;
    reader.close().await;
}

scenario!(an_automatic_rollback_is_no_commit on Sqlite);
async fn an_automatic_rollback_is_no_commit(database: Database) {
    let history = database.history().revision(
        "a1",
        &["CREATE TABLE t (id int UNIQUE)", "INSERT INTO t VALUES (1)", "INSERT OR ROLLBACK INTO t VALUES (1)"],
    );
    let error = database.execute(&history.upgrade(&[])).await.unwrap_err();
    assert_eq!((error.exit(), error.kind()), (Exit::Database, "StatementFailed"), "{error}");
    assert!(!database.has_table("t").await && database.rows().await.is_empty());
}

scenario!(a_database_in_memory_works on Sqlite);
async fn a_database_in_memory_works(database: Database) {
    let mut own = session(&DatabaseUrl::parse("sqlite::memory:").unwrap()).await;
    let history = database.history().counting(&["r1"]).revision("r2", &["VACUUM"]).without_transaction();
    let report = execute(&mut *own, &history.upgrade(&[]), &quick(), &mut |_: &Event<'_>| {}).await.unwrap();
    assert_eq!(report.rows, ["r2"]);
    own.close().await;
}
