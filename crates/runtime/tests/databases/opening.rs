//! Sessions that cannot be opened, and what the errors show.

use std::time::Duration;

use alembic_revisions::Exit;
use alembic_revisions::diagnose::Diagnose;
use alembic_runtime::{DatabaseUrl, Missing, OpenError, OpenOptions, open};

use crate::support::{Database, Kind, scenario};

async fn refused(text: &str) -> OpenError {
    let url = DatabaseUrl::parse(text).unwrap();
    let options = OpenOptions { missing: Missing::Create, connect_timeout: Duration::from_secs(3) };
    match open(&url, &options).await {
        Ok(_) => panic!("{url} was opened"),
        Err(error) => {
            let shown = format!("{error} {error:?} {:?} {:?}", error.help(), error.notes());
            assert!(!shown.contains("hunter2"), "{shown}");
            assert_eq!(error.exit(), Exit::Database);
            error
        }
    }
}

scenario!(a_query_sees_columns_that_came_after_it_ran_first on Sqlite, Postgres, Mariadb);
async fn a_query_sees_columns_that_came_after_it_ran_first(database: Database) {
    let mut session = database.session().await;
    session.batch("CREATE TABLE t (a int); INSERT INTO t VALUES (1)").await.unwrap();
    // A statement that the connection had prepared would fail on PostgreSQL, or answer as it did before.
    for (change, width) in [
        ("SELECT 1", 1),
        ("ALTER TABLE t ADD COLUMN b int", 2),
        ("ALTER TABLE t RENAME COLUMN b TO c", 2),
        ("ALTER TABLE t DROP COLUMN c", 1),
        ("DROP TABLE t; CREATE TABLE t (a text, b int, c int); INSERT INTO t VALUES ('x', 1, 2)", 3),
    ] {
        session.batch(change).await.unwrap();
        assert_eq!(session.rows("SELECT * FROM t").await.unwrap()[0].len(), width, "{change}");
        let answers = session.answers("SELECT * FROM t; SELECT * FROM t").await.unwrap();
        assert_eq!(answers[1].rows[0].len(), width, "{change}");
    }
    session.close().await;
}

#[tokio::test]
async fn nobody_listens() {
    for (text, port) in [("postgres://ann:hunter2@127.0.0.1:1/arena", 1), ("mysql://ann:hunter2@127.0.0.1:1/arena", 1)]
    {
        let error = refused(text).await;
        assert_eq!(error.kind(), "Unreachable");
        let shown = text.replace("hunter2", "***");
        assert!(error.to_string().starts_with(&format!("cannot open {shown}: ")), "{error}");
        assert!(error.help().unwrap().contains(&format!("127.0.0.1:{port}")));
    }
}

#[tokio::test]
async fn names_that_do_not_resolve() {
    let error = refused("postgres://ann:hunter2@no-such-host.invalid/arena").await;
    assert_eq!(error.kind(), "Unreachable");
}

#[tokio::test]
async fn a_server_that_does_not_answer() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let error = refused(&format!("postgres://ann:hunter2@{}/arena", listener.local_addr().unwrap())).await;
    assert!(error.to_string().ends_with("no answer within 3 s"), "{error}");
}

scenario!(wrong_names_and_passwords_are_told on Postgres, Mariadb);
async fn wrong_names_and_passwords_are_told(database: Database) {
    let url = database.text.as_str();
    let (scheme, rest) = url.split_once("://").unwrap();
    let place = rest.split_once('@').unwrap().1;
    let error = refused(&format!("{scheme}://nobody:hunter2@{place}")).await;
    assert_eq!(error.kind(), "Authentication", "{error}");
    assert_eq!(error.help().unwrap(), "check the password of user `nobody` in the database URL");
    let missing = format!("{}/nowhere", url.rsplit_once('/').unwrap().0);
    let error = refused(&missing).await;
    assert_eq!(error.kind(), "UnknownDatabase", "{error}");
    assert!(error.help().unwrap().contains("nowhere"));
    if database.kind == Kind::Mariadb {
        let error = refused(&format!("{scheme}://root:hunter2@{place}")).await;
        assert_eq!(error.kind(), "Authentication", "{error}");
    }
}

scenario!(files_that_are_no_databases on Sqlite);
async fn files_that_are_no_databases(database: Database) {
    let path = database.path();
    let folder = path.parent().unwrap();
    std::fs::write(folder.join("notes.txt"), "this is no database, but long enough to be read as one".repeat(20))
        .unwrap();
    for name in ["notes.txt", "missing/arena.db", ""] {
        let error = refused(&format!("sqlite:{}/{name}", folder.display())).await;
        assert_eq!(error.kind(), "Unreachable", "{name}: {error}");
    }
}
