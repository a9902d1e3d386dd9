//! PostgreSQL: statements that no transaction may surround, in the state that a killed run leaves.

use std::time::{Duration, Instant};

use alembic_revisions::{DialectName, checksum};

use crate::support::{Database, scenario};

/// Leaves the journal as a run does that was killed inside of the second of three statements.
async fn killed(database: &Database, texts: [&str; 3], before: Option<&str>) {
    let sums = checksum::of_beginnings(texts, DialectName::Postgres);
    let intended = checksum::of_statement(texts[1], DialectName::Postgres);
    let before = before.map_or_else(|| "NULL".to_owned(), |before| format!("({before})"));
    database
        .sql(&format!(
            "INSERT INTO alembic_version_progress (revision, attempt, direction, ran, total, done, intent, intended, \
             fingerprint) VALUES ('r2', '{}', 'up', '{}', 3, 1, 2, '{intended}', {before})",
            database.url.database().unwrap(),
            sums[1]
        ))
        .await;
}

/// Goes on where a killed run stopped, and returns how many invalid indexes there are.
async fn went_on(database: &Database, texts: [&str; 3]) -> String {
    let history = database.history().counting(&["r1"]).revision("r2", &texts).without_transaction();
    assert_eq!(database.execute(&history.upgrade(&["r1"])).await.unwrap().rows, ["r2"], "{}", texts[1]);
    assert_eq!(database.values("SELECT count(*) FROM alembic_version_progress").await, ["0"]);
    database.sql("UPDATE alembic_version SET version_num = 'r1'").await;
    database.sql("DELETE FROM runs WHERE revision <> 'r1'").await;
    database.values("SELECT count(*) FROM pg_index WHERE NOT indisvalid").await.remove(0)
}

const LAST: &str = "INSERT INTO runs VALUES ('last')";

scenario!(a_rebuilt_index_leaves_nothing_behind on Postgres);
async fn a_rebuilt_index_leaves_nothing_behind(database: Database) {
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    database.sql("CREATE INDEX ix ON runs (revision)").await;
    for statement in ["REINDEX INDEX CONCURRENTLY ix", "REINDEX (VERBOSE) TABLE CONCURRENTLY public.runs"] {
        for left in ["ix_ccnew", "ix_ccold1"] {
            database.sql(&format!("CREATE INDEX {left} ON runs (revision)")).await;
            let invalid = format!("UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{left}'::regclass");
            database.sql(&invalid).await;
        }
        let texts = ["SELECT 1", statement, LAST];
        killed(&database, texts, None).await;
        assert_eq!(went_on(&database, texts).await, "0");
        let names = database.values("SELECT relname FROM pg_class WHERE relname LIKE 'ix%' ORDER BY 1").await;
        assert_eq!(names, ["ix"], "{statement}");
    }
}

scenario!(a_detached_partition_is_finished on Postgres);
async fn a_detached_partition_is_finished(database: Database) {
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    database.sql("CREATE TABLE parts (id int) PARTITION BY LIST (id)").await;
    let texts = ["SELECT 1", "ALTER TABLE parts DETACH PARTITION part CONCURRENTLY", LAST];
    for state in ["attached", "pending", "detached"] {
        database.sql("DROP TABLE IF EXISTS part").await;
        database.sql("CREATE TABLE part PARTITION OF parts FOR VALUES IN (1)").await;
        let id = database.values("SELECT 'part'::regclass::oid::text").await.remove(0);
        match state {
            "pending" => {
                database.sql("UPDATE pg_inherits SET inhdetachpending = true WHERE inhparent = 'parts'::regclass").await
            }
            "detached" => database.sql("ALTER TABLE parts DETACH PARTITION part").await,
            _ => {}
        }
        killed(&database, texts, Some(&format!("'{id}'"))).await;
        assert_eq!(went_on(&database, texts).await, "0");
        let attached = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'parts'::regclass";
        assert_eq!(database.values(attached).await, ["0"], "{state}");
        assert!(database.has_table("part").await);
    }
}

scenario!(a_database_is_made_and_dropped_once on Postgres);
async fn a_database_is_made_and_dropped_once(database: Database) {
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    let name = format!("{}_beside", database.url.database().unwrap());
    let (create, drop) = (format!("CREATE DATABASE {name}"), format!("DROP DATABASE {name}"));
    let is_there = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    for done in [false, true] {
        let texts = ["SELECT 1", create.as_str(), LAST];
        if done {
            database.sql(&create).await;
        }
        killed(&database, texts, None).await;
        went_on(&database, texts).await;
        assert_eq!(database.values(&is_there).await, ["1"]);
        let texts = ["SELECT 1", drop.as_str(), LAST];
        let id = format!("SELECT oid::text FROM pg_database WHERE datname = '{name}'");
        killed(&database, texts, Some(&id)).await;
        if done {
            database.sql(&drop).await;
        }
        went_on(&database, texts).await;
        assert_eq!(database.values(&is_there).await, ["0"]);
    }
}

scenario!(a_dead_runs_statement_is_waited_for on Postgres);
async fn a_dead_runs_statement_is_waited_for(database: Database) {
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    let texts = ["SELECT 1", "VACUUM runs", LAST];
    killed(&database, texts, None).await;
    let mut orphan = database.session().await;
    let since = Instant::now();
    let orphaned = format!("/* alembic {} */ SELECT pg_sleep(1.5)", database.url.database().unwrap());
    let statement = orphan.execute(&orphaned);
    let next = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        went_on(&database, texts).await;
        since.elapsed()
    };
    let (slept, elapsed) = futures_util::future::join(statement, next).await;
    slept.unwrap();
    assert!(elapsed >= Duration::from_millis(1500), "{elapsed:?}");
}

scenario!(limits_of_the_role_do_not_count on Postgres);
async fn limits_of_the_role_do_not_count(database: Database) {
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    let name = database.url.database().unwrap();
    for setting in
        ["statement_timeout = '200ms'", "lock_timeout = '100ms'", "default_transaction_isolation = serializable"]
    {
        database.sql(&format!("ALTER DATABASE {name} SET {setting}")).await;
    }
    let settings = "INSERT INTO runs SELECT left(name, 15) || '=' || setting FROM pg_settings WHERE name IN ('statement_timeout', \
                    'lock_timeout', 'transaction_isolation', 'client_connection_check_interval')";
    let slow = ["SELECT pg_sleep(0.5)", settings];
    let history = database.history().counting(&["r1"]).revision("r2", &slow);
    assert_eq!(database.execute(&history.upgrade(&["r1"])).await.unwrap().rows, ["r2"]);
    let told = database.values("SELECT revision FROM runs WHERE revision LIKE '%=%' ORDER BY 1").await;
    let expected = ["client_connecti=1000", "lock_timeout=2000", "statement_timeo=0", "transaction_iso=read committed"];
    assert_eq!(told, expected);
    database.sql("DELETE FROM runs WHERE revision LIKE '%=%'").await;
    let outside = [slow[0], settings, "CREATE INDEX CONCURRENTLY ix ON runs (revision)"];
    let history = database.history().counting(&["r1", "r2"]).revision("r3", &outside).without_transaction();
    database.sql("DELETE FROM alembic_version_history").await;
    assert_eq!(database.execute(&history.upgrade(&["r2"])).await.unwrap().rows, ["r3"]);
    assert_eq!(database.values("SELECT revision FROM runs WHERE revision LIKE '%=%' ORDER BY 1").await, expected);
}
