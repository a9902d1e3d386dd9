//! Sessions over what an application has already: a pool, or one connection.

use std::time::Duration;

use alembic_revisions::diagnose::Diagnose;
use alembic_revisions::{Exit, RevisionGraph};
use alembic_runtime::{IntoSession, MigrateError, Migrator};
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Connection, Executor, MySqlConnection, PgConnection, Row, SqliteConnection, SqlitePool};
use std::sync::Arc;

use crate::migrating::{counting, line};
use crate::support::{Database, scenario};

async fn upgrade<'c>(graph: Arc<RevisionGraph>, database: impl IntoSession<'c>) -> usize {
    let upgraded = Migrator::new(graph).lock_timeout(Duration::from_secs(20)).upgrade(database).await;
    upgraded.unwrap_or_else(|error| panic!("{}", error.explained())).steps.len()
}

fn outside() -> Arc<RevisionGraph> {
    line(&[
        ("r0", "-- [upgrade]\nCREATE TABLE a (id int);"),
        ("r1", "-- [upgrade]\n-- transaction = false\nCREATE INDEX ix ON a (id);"),
    ])
}

async fn value(connection: &mut PgConnection, sql: &'static str) -> String {
    connection.fetch_one(sql).await.unwrap().get(0)
}

scenario!(a_pool_of_postgres_is_left_as_it_was on Postgres);
async fn a_pool_of_postgres_is_left_as_it_was(database: Database) {
    let options: PgConnectOptions = database.text.parse().unwrap();
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(5)).connect_with(options);
    let pool = pool.await.unwrap();
    let before = value(&mut pool.acquire().await.unwrap(), "SELECT pg_backend_pid()::text").await;
    assert_eq!(upgrade(counting(3), &pool).await, 3);
    let after = value(&mut pool.acquire().await.unwrap(), "SELECT pg_backend_pid()::text").await;
    assert_ne!(before, after, "the connection of a run is closed");
    assert_eq!(upgrade(counting(3), &pool).await, 0);
    let unchanged = value(&mut pool.acquire().await.unwrap(), "SELECT pg_backend_pid()::text").await;
    assert_eq!(after, unchanged, "a look leaves it alone");
    // A second connection comes by the pool's options, not from the pool, which has one.
    assert_eq!(
        upgrade(
            line(&[("r0", ""), ("r1", ""), ("r2", ""), ("x", "-- [upgrade]\n-- transaction = false\nVACUUM;")]),
            &pool
        )
        .await,
        1
    );
    assert!(pool.acquire().await.is_ok());
}

scenario!(a_pool_of_mysql_is_left_as_it_was on Mariadb);
async fn a_pool_of_mysql_is_left_as_it_was(database: Database) {
    let options: MySqlConnectOptions = database.text.parse().unwrap();
    let pool = MySqlPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(5)).connect_with(options);
    let pool = pool.await.unwrap();
    let mode = "SELECT @@SESSION.sql_mode, @@SESSION.time_zone";
    let before = pool.fetch_one(mode).await.unwrap();
    // With sqlx's own modes this would be 'ab'.
    let graph = line(&[("r0", "-- [upgrade]\nCREATE TABLE a AS SELECT '1' || '0' AS value;")]);
    assert_eq!(upgrade(graph.clone(), &pool).await, 1);
    assert_eq!(database.values("SELECT value FROM a").await, ["1"]);
    let after = pool.fetch_one(mode).await.unwrap();
    for column in 0..2 {
        assert_eq!(before.get::<String, _>(column), after.get::<String, _>(column));
    }
    assert_eq!(upgrade(graph, &pool).await, 0);
}

scenario!(one_connection_of_postgres_keeps_its_settings on Postgres);
async fn one_connection_of_postgres_keeps_its_settings(database: Database) {
    let mut connection = PgConnection::connect(&database.text).await.unwrap();
    connection
        .execute(
            "SET statement_timeout = '7s'; SET application_name = 'it''s'; CREATE SCHEMA other; SET search_path = other, public",
        )
        .await
        .unwrap();
    assert_eq!(upgrade(counting(3), &mut connection).await, 3);
    for (sql, expected) in [
        ("SELECT current_setting('statement_timeout')", "7s"),
        ("SELECT current_setting('application_name')", "it's"),
        ("SELECT current_setting('search_path')", "other, public"),
        ("SELECT current_setting('lock_timeout')", "0"),
        ("SELECT version_num FROM other.alembic_version", "r2"),
    ] {
        assert_eq!(value(&mut connection, sql).await, expected, "{sql}");
    }
    let error = Migrator::new(outside()).version_table(alembic_revisions::TableName::new("v2"));
    let error = { error }.upgrade(&mut connection).await.unwrap_err();
    assert_eq!(error.kind(), "Unsupported", "{}", error.explained());
    assert!(error.to_string().contains("`r1` says `transaction = false`, which takes a second connection"), "{error}");
    assert!(!database.has_table("other.v2").await && !database.has_table("other.a").await, "nothing ran");
}

scenario!(one_connection_of_mysql_keeps_its_settings on Mariadb);
async fn one_connection_of_mysql_keeps_its_settings(database: Database) {
    let mut connection = MySqlConnection::connect(&database.text).await.unwrap();
    connection.execute("SET SESSION lock_wait_timeout = 77, time_zone = '+03:00'").await.unwrap();
    assert_eq!(upgrade(outside(), &mut connection).await, 2);
    let row = connection.fetch_one("SELECT CAST(@@SESSION.lock_wait_timeout AS CHAR), @@SESSION.time_zone, CAST(FIND_IN_SET('PIPES_AS_CONCAT', @@SESSION.sql_mode) > 0 AS CHAR)").await.unwrap();
    let values: Vec<String> = (0..3).map(|column| row.get(column)).collect();
    assert_eq!(values, ["77", "+03:00", "1"]);
}

scenario!(one_connection_is_never_left_in_a_transaction on Postgres);
async fn one_connection_is_never_left_in_a_transaction(database: Database) {
    let mut connection = PgConnection::connect(&database.text).await.unwrap();
    let graph = line(&[("r0", "-- [upgrade]\nCREATE TABLE a (id int);\nSELECT nothing;")]);
    let error = Migrator::new(graph).upgrade(&mut connection).await.unwrap_err();
    assert_eq!(error.kind(), "StatementFailed");
    assert_eq!(value(&mut connection, "SELECT count(*)::text FROM pg_class WHERE relname = 'a'").await, "0");
    assert!(connection.execute("SAVEPOINT s").await.is_err(), "no transaction is open");

    let mut transaction = connection.begin().await.unwrap();
    let error = Migrator::new(counting(2)).upgrade(&mut *transaction).await.unwrap_err();
    assert_eq!(error.to_string(), "the connection that the application lent is in a transaction");
    assert!(matches!(error, MigrateError::Execute(_)));
    transaction.rollback().await.unwrap();
}

async fn pragmas(connection: &mut SqliteConnection) -> Vec<String> {
    let mut values = Vec::new();
    for sql in ["PRAGMA foreign_keys", "PRAGMA busy_timeout", "PRAGMA legacy_alter_table"] {
        values.push(connection.fetch_one(sql).await.unwrap().get::<i64, _>(0).to_string());
    }
    values
}

scenario!(a_database_in_memory_stays_in_its_pool on Sqlite);
async fn a_database_in_memory_stays_in_its_pool(_: Database) {
    let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(5));
    let pool = pool.connect_with(SqliteConnectOptions::new().busy_timeout(Duration::from_millis(4321))).await.unwrap();
    let before = pragmas(&mut pool.acquire().await.unwrap()).await;
    assert_eq!(before, ["1", "4321", "0"]);
    assert_eq!(upgrade(outside(), &pool).await, 2);
    assert_eq!(upgrade(outside(), &pool).await, 0);
    let mut connection = pool.acquire().await.unwrap();
    assert_eq!(pragmas(&mut connection).await, before);
    connection.execute("INSERT INTO a VALUES (1)").await.unwrap();
    let own = Migrator::new(counting(3)).version_table(alembic_revisions::TableName::new("v2"));
    assert_eq!({ own }.upgrade(&mut *connection).await.unwrap().rows, ["r2"]);
    assert_eq!(pragmas(&mut connection).await, before);
}

scenario!(a_future_that_is_dropped_leaves_the_pool_alone on Sqlite);
async fn a_future_that_is_dropped_leaves_the_pool_alone(_: Database) {
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new()).await.unwrap();
    let pool = {
        pool.close().await;
        SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap()
    };
    upgrade(outside(), &pool).await;
    let endless =
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 3000000) SELECT count(*) FROM n;";
    let slow = line(&[("r0", ""), ("r1", ""), ("r2", &format!("-- [upgrade]\nINSERT INTO a VALUES (7);\n{endless}"))]);
    let mut migrator = Migrator::new(slow);
    let cut = tokio::time::timeout(Duration::from_millis(100), migrator.upgrade(&pool)).await;
    assert!(cut.is_err(), "it takes longer than that");
    let mut connection = pool.acquire().await.unwrap();
    assert_eq!(connection.fetch_one("SELECT count(*) FROM a").await.unwrap().get::<i64, _>(0), 0, "rolled back");
    assert_eq!(pragmas(&mut connection).await[0], "1");
    connection.execute("BEGIN; COMMIT").await.unwrap();
}

scenario!(the_address_of_a_pool_has_no_password on Postgres);
async fn the_address_of_a_pool_has_no_password(database: Database) {
    let options: PgConnectOptions = database.text.parse().unwrap();
    let pool = PgPoolOptions::new().connect_lazy_with(options.password("hush").username("nobody"));
    let error = Migrator::new(counting(2)).upgrade(&pool).await.unwrap_err();
    assert!(!format!("{error:?}{}", error.explained()).contains("hush"), "{error:?}");
    assert!(error.to_string().starts_with("cannot open postgres://nobody@"), "{error}");
    assert_eq!(error.exit(), Exit::Database);
}
