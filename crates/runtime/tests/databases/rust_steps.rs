//! Rust code as a step of a revision: in its transaction, or not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use alembic_revisions::diagnose::Diagnose;
use alembic_revisions::{DialectName, Direction, Exit, RevisionGraph};
use alembic_runtime::{
    BoxError, Cancel, Cause, DatabaseError, ErrorKind, MigrateError, Migrator, RunOptions, RustSteps, StepConnection,
    StepFuture, execute, sqlx,
};

use crate::migrating::line;
use crate::support::{Database, Kind, Log, quick, scenario};

/// Rows, then code that fills a column of them; what comes behind it sees the result.
fn posts() -> Arc<RevisionGraph> {
    line(&[
        ("a1", "-- [upgrade]\nCREATE TABLE posts (id int PRIMARY KEY, title varchar(40), slug varchar(40));"),
        ("b2", "-- [upgrade]\n-- rust = true\nINSERT INTO posts (id, title) VALUES (1, 'One Two'), (2, 'Drei');"),
        (
            "c3",
            "-- [upgrade]\nCREATE TABLE seen (slug varchar(40));\nINSERT INTO seen SELECT slug FROM posts WHERE id = 1;",
        ),
    ])
}

/// Says what a closure is, where it is not handed to [`Migrator::step`] at once.
fn code<F>(code: F) -> F
where
    F: for<'a, 's> Fn(&'a mut StepConnection<'s>) -> StepFuture<'a>,
{
    code
}

async fn slugs(connection: &mut StepConnection<'_>) -> Result<(), BoxError> {
    assert_eq!((connection.revision().as_str(), connection.direction()), ("b2", Direction::Up));
    for row in connection.rows("SELECT id, title FROM posts ORDER BY id").await? {
        let [Some(id), Some(title)] = &row[..] else { continue };
        let slug = title.to_lowercase().replace(' ', "-");
        assert_eq!(connection.execute(&format!("UPDATE posts SET slug = '{slug}' WHERE id = {id}")).await?, 1);
    }
    Ok(())
}

/// The same with values that are bound.
async fn bound(connection: &mut StepConnection<'_>) -> Result<(), BoxError> {
    if let Some(connection) = connection.postgres() {
        sqlx::query("UPDATE posts SET slug = $1 WHERE id = $2").bind("one-two").bind(1).execute(connection).await?;
    } else if let Some(connection) = connection.sqlite() {
        sqlx::query("UPDATE posts SET slug = ? WHERE id = ?").bind("one-two").bind(1).execute(connection).await?;
    } else if let Some(connection) = connection.mysql() {
        sqlx::query("UPDATE posts SET slug = ? WHERE id = ?").bind("one-two").bind(1).execute(connection).await?;
    }
    Ok(())
}

scenario!(code_runs_behind_the_sql_of_its_revision on Sqlite, Postgres, Mariadb);
async fn code_runs_behind_the_sql_of_its_revision(database: Database) {
    let log = Log::default();
    let mut migrator =
        Migrator::new(posts()).step("b2", |connection| Box::pin(slugs(connection))).observe(log.observer());
    let upgraded = migrator.upgrade(&database.url).await.unwrap_or_else(|error| panic!("{}", error.explained()));
    assert_eq!((upgraded.steps.len(), upgraded.rows.as_slice()), (3, &["c3".to_owned()][..]));
    assert_eq!(database.values("SELECT slug FROM posts ORDER BY id").await, ["one-two", "drei"]);
    assert_eq!(database.values("SELECT slug FROM seen").await, ["one-two"]);
    assert_eq!(log.words()[2..4], ["started b2 2/3", "finished b2"]);
    let checked = "SELECT statements FROM alembic_version_history WHERE revision = 'b2'";
    assert_eq!(database.values(checked).await, ["1"]);
    assert!(migrator.upgrade(&database.url).await.unwrap().steps.is_empty());
}

scenario!(code_may_use_the_connection_of_the_driver on Sqlite, Postgres, Mariadb);
async fn code_may_use_the_connection_of_the_driver(database: Database) {
    let migrator = Migrator::new(posts()).step("b2", |connection| Box::pin(bound(connection)));
    { migrator }.upgrade(&database.url).await.unwrap_or_else(|error| panic!("{}", error.explained()));
    assert_eq!(database.values("SELECT slug FROM seen").await, ["one-two"]);
}

scenario!(code_alone_is_a_revision on Sqlite, Postgres, Mariadb);
async fn code_alone_is_a_revision(database: Database) {
    let graph = line(&[("a1", "-- [upgrade]\nCREATE TABLE a (id int);"), ("b2", "-- [upgrade]\n-- rust = true")]);
    fn one<'a>(connection: &'a mut StepConnection<'_>) -> StepFuture<'a> {
        Box::pin(async {
            connection.execute("INSERT INTO a VALUES (7)").await?;
            Ok(())
        })
    }
    Migrator::new(graph)
        .step("b2", one)
        .upgrade(&database.url)
        .await
        .unwrap_or_else(|error| panic!("{}", error.explained()));
    assert_eq!(database.values("SELECT id FROM a").await, ["7"]);
    assert_eq!(database.rows().await, ["b2"]);
}

scenario!(code_runs_on_the_way_down_as_well on Sqlite, Postgres, Mariadb);
async fn code_runs_on_the_way_down_as_well(database: Database) {
    let graph = line(&[
        ("a1", "-- [upgrade]\nCREATE TABLE ways (id int, way varchar(9));\n-- [downgrade]\nDROP TABLE ways;"),
        ("b2", "-- [upgrade]\n-- rust = true\n-- [downgrade]\n-- rust = true\nUPDATE ways SET id = 2;"),
    ]);
    let noted = code(|connection| {
        Box::pin(async move {
            let direction = connection.direction();
            connection.execute(&format!("INSERT INTO ways VALUES (1, '{direction:?}')")).await?;
            Ok(())
        })
    });
    let log = Log::default();
    let mut migrator = Migrator::new(graph.clone()).step("b2", noted).observe(log.observer());
    migrator.upgrade(&database.url).await.unwrap_or_else(|error| panic!("{}", error.explained()));
    let error = Migrator::new(graph).downgrade(&database.url, "base").await.unwrap_err();
    assert_eq!(error.kind(), "MissingStep");
    let report = migrator.downgrade(&database.url, "a1").await.unwrap_or_else(|error| panic!("{}", error.explained()));
    assert_eq!((report.rows, report.steps.len()), (vec!["a1".to_owned()], 1));
    assert_eq!(database.values("SELECT way FROM ways ORDER BY id DESC").await, ["Up", "Down"]);
    assert!(log.words().contains(&"reverted b2".to_owned()), "{:?}", log.words());
    assert_eq!(migrator.downgrade(&database.url, "+1").await.unwrap_err().exit(), Exit::Usage);
    assert!(migrator.downgrade(&database.url, "base").await.unwrap().rows.is_empty());
}

#[derive(Debug, thiserror::Error)]
#[error("the title of 2 is no title")]
struct NoTitle(#[source] std::num::ParseIntError);

scenario!(code_that_fails_undoes_its_revision on Sqlite, Postgres, Mariadb);
async fn code_that_fails_undoes_its_revision(database: Database) {
    let fails = code(|connection| {
        Box::pin(async move {
            slugs(connection).await?;
            Err(NoTitle("x".parse::<u8>().unwrap_err()).into())
        })
    });
    let error = Migrator::new(posts()).step("b2", fails).upgrade(&database.url).await.unwrap_err();
    assert_eq!((error.kind(), error.exit()), ("RustStepFailed", Exit::Database));
    assert_eq!(error.to_string(), "the Rust step of `b2` failed: the title of 2 is no title");
    assert_eq!(
        error.notes(),
        [
            "caused by: invalid digit found in string",
            "the transaction was rolled back, the database is still at `a1`",
            "1 revision before it stayed applied"
        ]
    );
    assert_eq!(database.values("SELECT count(*) FROM posts").await, ["0"]);
    assert_eq!(database.rows().await, ["a1"]);
    let mut again = Migrator::new(posts()).step("b2", |connection| Box::pin(slugs(connection)));
    assert_eq!(again.upgrade(&database.url).await.unwrap().steps.len(), 2);
}

scenario!(code_whose_statement_fails_undoes_its_revision on Sqlite, Postgres, Mariadb);
async fn code_whose_statement_fails_undoes_its_revision(database: Database) {
    let fails = code(|connection| {
        Box::pin(async move {
            connection.execute("UPDATE posts SET slug = 'x'").await?;
            connection.execute("INSERT INTO posts (id) VALUES (1)").await?;
            Ok(())
        })
    });
    let error = Migrator::new(posts()).step("b2", fails).upgrade(&database.url).await.unwrap_err();
    assert_eq!(error.kind(), "RustStepFailed", "{error}");
    // Whoever does not listen to an error is told by PostgreSQL, which has given the transaction up.
    let ignores = code(|connection| {
        Box::pin(async move {
            let _ = connection.execute("INSERT INTO posts (id) VALUES (1)").await;
            Ok(())
        })
    });
    let outcome = Migrator::new(posts()).step("b2", ignores).upgrade(&database.url).await;
    if database.kind == Kind::Postgres {
        let error = outcome.unwrap_err();
        assert!(error.to_string().contains("it went on after one of its statements had failed"), "{error}");
        assert_eq!(database.values("SELECT count(*) FROM posts").await, ["0"]);
    } else {
        assert_eq!(outcome.unwrap().rows, ["c3"]);
    }
}

scenario!(code_that_ends_the_transaction_is_found on Sqlite, Postgres, Mariadb);
async fn code_that_ends_the_transaction_is_found(database: Database) {
    let endings: &[&'static str] = match database.kind {
        Kind::Mariadb => &["COMMIT", "ROLLBACK", "CREATE TABLE ddl (id int)"],
        Kind::Sqlite | Kind::Postgres => &["COMMIT", "ROLLBACK"],
    };
    for ending in endings {
        let ends = code(move |connection| {
            Box::pin(async move {
                connection.execute("INSERT INTO posts (id) VALUES (9)").await?;
                connection.execute(ending).await?;
                Ok(())
            })
        });
        let table = alembic_revisions::TableName::new(format!("v_{}", &ending[..2]));
        let again = line(&[
            ("a1", "-- [upgrade]\nDROP TABLE IF EXISTS posts;\nCREATE TABLE posts (id int PRIMARY KEY);"),
            ("b2", "-- [upgrade]\n-- rust = true"),
        ]);
        let error =
            Migrator::new(again).version_table(table).step("b2", ends).upgrade(&database.url).await.unwrap_err();
        assert_eq!((error.kind(), error.exit()), ("TransactionEnded", Exit::HalfApplied), "{ending}: {error}");
        assert!(error.help().unwrap().contains("from the Rust step"), "{:?}", error.help());
    }
    let fails = code(|connection| {
        Box::pin(async move {
            connection.execute("COMMIT").await?;
            Err("too late".into())
        })
    });
    let graph = line(&[("a1", "-- [upgrade]\nCREATE TABLE z (id int);"), ("b2", "-- [upgrade]\n-- rust = true")]);
    let error = Migrator::new(graph).step("b2", fails).upgrade(&database.url).await.unwrap_err();
    assert_eq!(error.kind(), "TransactionEnded", "{error}");
}

scenario!(code_runs_again_with_its_transaction on Sqlite, Postgres, Mariadb);
async fn code_runs_again_with_its_transaction(database: Database) {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = runs.clone();
    let unlucky = code(move |connection| {
        let first = counted.fetch_add(1, Ordering::Relaxed) == 0;
        Box::pin(async move {
            connection.execute("UPDATE posts SET slug = 'once' WHERE slug IS NULL").await?;
            if first {
                return Err(Box::new(DatabaseError::new(ErrorKind::SerializationOrDeadlock, "deadlock")) as BoxError);
            }
            Ok(())
        })
    });
    let log = Log::default();
    let mut migrator = Migrator::new(posts()).step("b2", unlucky).observe(log.observer());
    migrator.upgrade(&database.url).await.unwrap_or_else(|error| panic!("{}", error.explained()));
    assert_eq!(runs.load(Ordering::Relaxed), 2);
    assert!(log.words().contains(&"retrying: deadlock".to_owned()), "{:?}", log.words());
    assert_eq!(database.values("SELECT count(*) FROM posts WHERE slug = 'once'").await, ["2"]);
}

scenario!(a_lost_connection_runs_the_code_again on Postgres, Mariadb);
async fn a_lost_connection_runs_the_code_again(database: Database) {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = runs.clone();
    let cut = code(move |connection| {
        let first = counted.fetch_add(1, Ordering::Relaxed) == 0;
        Box::pin(async move {
            connection.execute("UPDATE posts SET slug = 'once' WHERE slug IS NULL").await?;
            if first {
                let own = match connection.dialect() {
                    DialectName::Postgres => "SELECT pg_terminate_backend(pg_backend_pid())",
                    _ => "KILL CONNECTION_ID()",
                };
                connection.execute(own).await?;
            }
            Ok(())
        })
    });
    let mut migrator = Migrator::new(posts()).step("b2", cut);
    migrator.upgrade(&database.url).await.unwrap_or_else(|error| panic!("{}", error.explained()));
    assert_eq!(runs.load(Ordering::Relaxed), 2);
    assert_eq!(database.values("SELECT count(*) FROM posts WHERE slug = 'once'").await, ["2"]);
}

scenario!(a_wish_to_stop_is_heard_inside_of_code on Sqlite, Postgres, Mariadb);
async fn a_wish_to_stop_is_heard_inside_of_code(database: Database) {
    let slow: &'static str = match database.kind {
        Kind::Postgres => "SELECT pg_sleep(30)",
        Kind::Mariadb => "SELECT SLEEP(30)",
        Kind::Sqlite => {
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 900000000) SELECT count(*) FROM n"
        }
    };
    let cancel = Cancel::default();
    let wish = cancel.clone();
    let waits = code(move |connection| {
        let wish = wish.clone();
        Box::pin(async move {
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(200)).await;
                wish.request();
            });
            connection.rows(slow).await?;
            // MariaDB ends a SLEEP that is killed without an error; the next statement hears the wish.
            connection.rows("SELECT 1").await?;
            Ok(())
        })
    });
    let started = std::time::Instant::now();
    let error = Migrator::new(posts()).step("b2", waits).cancel(cancel).upgrade(&database.url).await.unwrap_err();
    assert_eq!((error.kind(), error.exit()), ("Interrupted", Exit::Interrupted), "{error}");
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    assert_eq!(database.values("SELECT count(*) FROM posts").await, ["0"]);
}

scenario!(what_cannot_run_is_refused_before_anything_does on Sqlite, Postgres, Mariadb);
async fn what_cannot_run_is_refused_before_anything_does(database: Database) {
    let error = Migrator::new(posts()).upgrade(&database.url).await.unwrap_err();
    assert_eq!((error.kind(), error.exit()), ("MissingStep", Exit::Project));
    assert_eq!(error.to_string(), "`b2` needs Rust code that this program does not have");
    assert_eq!(error.places()[0].line_column(), (7, 1));
    assert!(!database.has_table("posts").await && !database.has_table("alembic_version").await);

    let code = code(|connection| Box::pin(slugs(connection)));
    for (id, message) in [
        ("b", "a Rust step is registered for `b`, which is no revision of this program"),
        ("c3", "a Rust step is registered for `c3`, whose script does not say `rust = true`"),
    ] {
        let error = Migrator::new(posts()).step(id, code).upgrade("postgres://nobody@127.0.0.1:1/x").await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), ("UnknownStep", message));
        assert!(matches!(error, MigrateError::Steps(_)));
    }
    if database.kind == Kind::Mariadb {
        let graph = line(&[("b2", "-- [upgrade]\n-- rust = true\nCREATE TABLE posts (id int);")]);
        let error = Migrator::new(graph).step("b2", code).upgrade(&database.url).await.unwrap_err();
        assert_eq!(error.kind(), "Unsupported", "{error}");
        assert!(error.help().unwrap().starts_with("put the DDL into a revision of its own"), "{:?}", error.help());
        assert!(!database.has_table("posts").await);
    }
}

scenario!(code_is_left_out_where_that_is_wanted on Sqlite, Postgres, Mariadb);
async fn code_is_left_out_where_that_is_wanted(database: Database) {
    let graph = posts();
    let nothing = alembic_revisions::Applied::nothing(&graph);
    let route = alembic_revisions::plan::upgrade(&graph, &nothing, &["heads".parse().unwrap()]).unwrap();
    let plan = alembic_revisions::Plan::prepare(&graph, &route, database.url.dialect()).unwrap();
    let error = database.execute(&plan).await.unwrap_err();
    assert!(matches!(*error.cause, Cause::MissingStep(_)), "{error}");
    let options = RunOptions { rust: RustSteps::left_out(), ..quick() };
    let mut session = database.session().await;
    let report = execute(&mut *session, &plan, &options, &mut |_: &alembic_runtime::Event<'_>| {}).await.unwrap();
    session.close().await;
    assert_eq!(report.rows, ["c3"]);
    assert_eq!(database.values("SELECT count(*) FROM posts WHERE slug IS NULL").await, ["2"]);
}
