//! Several migrators at once.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use alembic_revisions::Exit;
use alembic_revisions::diagnose::{Code, Diagnose};
use alembic_runtime::{Cause, Event, RunOptions, execute, run_until_done};

use crate::history::History;
use crate::support::{Database, Kind, Log, quick, scenario};

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Never(Infallible);

impl Diagnose for Never {
    fn code(&self) -> Code {
        Code("A0000")
    }
    fn kind(&self) -> &'static str {
        "Never"
    }
    fn exit(&self) -> Exit {
        Exit::Bug
    }
}

/// Starts eight programs that upgrade at once; returns how many steps they did together.
pub async fn start_eight(database: &Database, history: fn(&Database) -> History) -> usize {
    let starters: Vec<_> = (0..8)
        .map(|_| {
            let database = database.clone();
            tokio::spawn(async move {
                let history = history(&database);
                let mut session = database.session().await;
                let planner = |rows: &[String]| {
                    Ok::<_, Never>(history.upgrade(&rows.iter().map(String::as_str).collect::<Vec<_>>()))
                };
                let options = RunOptions { lock_timeout: Duration::from_secs(120), ..quick() };
                let report = run_until_done(&mut *session, &options, &mut |_: &Event<'_>| {}, planner).await;
                session.close().await;
                report.unwrap_or_else(|error| panic!("{error:?}")).steps.len()
            })
        })
        .collect();
    let mut steps = 0;
    for starter in starters {
        steps += starter.await.unwrap();
    }
    steps
}

scenario!(eight_starters_apply_each_revision_once on Sqlite, Postgres, Mariadb);
async fn eight_starters_apply_each_revision_once(database: Database) {
    let ids = ["r1", "r2", "r3", "r4", "r5"];
    let steps = start_eight(&database, |database| database.history().counting(&["r1", "r2", "r3", "r4", "r5"])).await;
    assert_eq!(steps, 6);
    assert_eq!(database.rows().await, ["r5"]);
    assert_eq!(database.values("SELECT revision FROM runs ORDER BY revision").await, ids);
}

scenario!(eight_starters_without_transactions on Sqlite, Postgres, Mariadb);
async fn eight_starters_without_transactions(database: Database) {
    let steps = start_eight(&database, |database| {
        let index = match database.kind {
            Kind::Postgres => "CREATE INDEX CONCURRENTLY ix ON runs (revision)",
            Kind::Sqlite | Kind::Mariadb => "CREATE INDEX ix ON runs (revision)",
        };
        let history = database.history().counting(&["r1"]);
        history.revision("r2", &["INSERT INTO runs VALUES ('r2')", index]).without_transaction()
    })
    .await;
    assert_eq!(steps, 3);
    assert_eq!(database.values("SELECT revision FROM runs ORDER BY revision").await, ["r1", "r2"]);
    assert_eq!(database.rows().await, ["r2"]);
}

/// Takes the lock as another migrator would.
pub async fn hold(database: &Database) -> Box<dyn alembic_runtime::Session> {
    let mut holder = database.session().await;
    let sql = match database.kind {
        Kind::Sqlite => "BEGIN IMMEDIATE".to_owned(),
        Kind::Postgres => "BEGIN; SELECT token FROM alembic_version_lock WHERE id = 1 FOR UPDATE".to_owned(),
        Kind::Mariadb => {
            let name = format!("`{}`.`alembic_version`", database.url.database().unwrap());
            format!(
                "SELECT GET_LOCK(CONCAT('alembic_', SHA1('{name}')), 0); \
                 UPDATE alembic_version_lock SET owner = 'ann@deploy', token = token + 1 WHERE id = 1"
            )
        }
    };
    holder.batch(&sql).await.unwrap();
    holder
}

scenario!(a_lock_that_is_not_given_up_is_an_error on Sqlite, Postgres, Mariadb);
async fn a_lock_that_is_not_given_up_is_an_error(database: Database) {
    let history = database.history().counting(&["r1", "r2"]);
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    let holder = hold(&database).await;
    let options = RunOptions { lock_timeout: Duration::from_millis(700), ..quick() };
    let log = Log::default();
    let mut session = database.session().await;
    let started = Instant::now();
    let error = execute(&mut *session, &history.upgrade(&["r1"]), &options, &mut log.observer()).await.unwrap_err();
    assert!((700..3000).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
    assert_eq!((error.exit(), error.kind()), (Exit::Locked, "LockTimeout"), "{error:?}");
    let Cause::LockTimeout { holder: named, .. } = &*error.cause else { panic!("{error:?}") };
    match database.kind {
        Kind::Sqlite => assert_eq!(named.to_string(), "another program"),
        Kind::Postgres => {
            let text = named.to_string();
            assert!(text.contains("`cargo-alembic`, user postgres, from 127.0.0.1"), "{text}");
        }
        Kind::Mariadb => {
            let text = named.to_string();
            assert!(
                text.starts_with("connection ") && text.contains("(ann@deploy, user root, from 127.0.0.1:"),
                "{text}"
            );
        }
    }
    assert_eq!(log.words().iter().filter(|word| word.starts_with("waiting for")).count(), 1);
    holder.close().await;
    let report = execute(&mut *session, &history.upgrade(&["r1"]), &options, &mut log.observer()).await.unwrap();
    assert_eq!(report.rows, ["r2"]);
    session.close().await;
}

scenario!(a_waiting_run_can_be_cancelled on Sqlite, Postgres, Mariadb);
async fn a_waiting_run_can_be_cancelled(database: Database) {
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    let holder = hold(&database).await;
    let options = quick();
    let cancel = options.cancel.clone();
    let mut session = database.session().await;
    let mut observer = |event: &Event<'_>| {
        if let Event::Waiting { .. } = event {
            cancel.request();
        }
    };
    let plan = database.history().counting(&["r1", "r2"]).upgrade(&["r1"]);
    let error = execute(&mut *session, &plan, &options, &mut observer).await.unwrap_err();
    assert_eq!(error.exit(), Exit::Interrupted);
    session.close().await;
    holder.close().await;
    assert_eq!(database.rows().await, ["r1"]);
}

scenario!(a_dropped_run_leaves_nothing on Sqlite, Postgres);
async fn a_dropped_run_leaves_nothing(database: Database) {
    let history = database.history().counting(&["r1"]);
    database.execute(&history.upgrade(&[])).await.unwrap();
    let slow = match database.kind {
        Kind::Postgres => "SELECT pg_sleep(2)",
        _ => "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 3000000) SELECT count(*) FROM c",
    };
    let longer = database.history().counting(&["r1"]).revision("r2", &["CREATE TABLE gone (id int)", slow]);
    let plan = longer.upgrade(&["r1"]);
    let options = quick();
    let mut session = database.session().await;
    let mut silent = |_: &Event<'_>| {};
    let run = execute(&mut *session, &plan, &options, &mut silent);
    assert!(tokio::time::timeout(Duration::from_millis(150), run).await.is_err());
    drop(session);
    let again = database.history().counting(&["r1"]).revision("r2", &["CREATE TABLE gone (id int)"]);
    assert_eq!(database.execute(&again.upgrade(&["r1"])).await.unwrap().rows, ["r2"]);
}
