//! What only MariaDB and MySQL have: each CREATE and ALTER commits.

use std::time::Duration;

use alembic_revisions::Exit;
use alembic_revisions::diagnose::Diagnose;
use alembic_runtime::{Cause, DatabaseUrl, Event, RunOptions, Transactions, execute};

use crate::failing::pointed;
use crate::support::{Database, Log, quick, scenario, session};

scenario!(bodies_with_semicolons on Mariadb);
async fn bodies_with_semicolons(database: Database) {
    let history = database.history().revision(
        "a1",
        &[
            "CREATE TABLE t (id int, doubled int)",
            "CREATE TRIGGER twice BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.doubled = NEW.id * 2; END",
            "CREATE PROCEDURE fill() BEGIN INSERT INTO t (id) VALUES (1); INSERT INTO t (id) VALUES (2); END",
            "CALL fill()",
        ],
    );
    database.execute(&history.upgrade(&[])).await.unwrap();
    assert_eq!(database.values("SELECT sum(doubled) FROM t").await, ["6"]);
}

scenario!(a_half_applied_revision_says_what_ran on Mariadb);
async fn a_half_applied_revision_says_what_ran(database: Database) {
    let history = database.history().counting(&["r1"]).revision(
        "r2",
        &[
            "CREATE TABLE kept (id int)",
            "INSERT INTO kept VALUES (1)",
            "ALTER TABLE kept ADD x int oops oops",
            "SELECT 1",
        ],
    );
    let error = database.execute(&history.upgrade(&[])).await.unwrap_err();
    let Cause::HalfApplied { ran, .. } = &*error.cause else { panic!("{error:?}") };
    assert_eq!((*ran, error.exit(), error.done.len()), (2, Exit::HalfApplied, 2));
    assert_eq!(pointed(&error).0, "oops", "{error}");
    assert_eq!(
        error.notes()[..2],
        [
            "statement 3 of 4 in `upgrade`",
            "statements 1 to 2 took effect and stay; the version table does not have the revision's row"
        ]
    );
    let help = "correct the cause and run `cargo alembic upgrade` again: it goes on at statement 3";
    assert_eq!(error.help().unwrap(), help);
    assert_eq!(database.rows().await, ["r1"]);
    assert_eq!(database.values("SELECT count(*) FROM kept").await, ["1"]);
}

scenario!(a_first_statement_that_fails_leaves_nothing on Mariadb);
async fn a_first_statement_that_fails_leaves_nothing(database: Database) {
    let history = database.history().counting(&["r1"]).revision("r2", &["ALTER TABLE nowhere ADD x int", "SELECT 1"]);
    let error = database.execute(&history.upgrade(&[])).await.unwrap_err();
    assert_eq!((error.exit(), error.kind()), (Exit::Database, "StatementFailed"));
    // A DROP of several tables drops those that it can; the splitter takes it apart, a plan made by hand does not.
    let history = database.history().counting(&["r1"]).revision("r2", &["DROP TABLE t_r1, nowhere"]);
    let error = database.execute(&history.upgrade(&["r1"])).await.unwrap_err();
    assert_eq!((error.exit(), error.kind()), (Exit::HalfApplied, "HalfApplied"));
    assert!(error.notes().iter().any(|note| note.starts_with("whether this statement took effect is not known")));
}

scenario!(changes_of_rows_are_undone on Mariadb);
async fn changes_of_rows_are_undone(database: Database) {
    let history = database
        .history()
        .counting(&["r1"])
        .revision("r2", &["INSERT INTO runs VALUES ('r2')", "UPDATE runs SET nothing = 1"]);
    let error = database.execute(&history.upgrade(&[])).await.unwrap_err();
    assert_eq!((error.exit(), error.kind()), (Exit::Database, "StatementFailed"));
    assert_eq!(database.values("SELECT revision FROM runs").await, ["r1"]);
    database.sql("CREATE TABLE plain (id int) ENGINE=MyISAM").await;
    let history = database
        .history()
        .counting(&["r1"])
        .revision("r2", &["INSERT INTO plain VALUES (1)", "UPDATE runs SET nothing = 1"]);
    let error = database.execute(&history.upgrade(&["r1"])).await.unwrap_err();
    assert_eq!(error.exit(), Exit::HalfApplied, "{error:?}");
    assert!(error.to_string().contains("have no transactions"), "{error}");
}

scenario!(one_transaction_is_refused on Mariadb);
async fn one_transaction_is_refused(database: Database) {
    let options = RunOptions { transactions: Transactions::Single, ..quick() };
    let error = database.execute_with(&database.history().counting(&["r1"]).upgrade(&[]), &options).await.unwrap_err();
    assert_eq!(error.exit(), Exit::Usage);
    assert!(!database.has_table("alembic_version").await);
}

scenario!(the_servers_settings_hold on Mariadb);
async fn the_servers_settings_hold(database: Database) {
    let history = database
        .history()
        .revision("a1", &["CREATE TABLE t (v varchar(200))", "INSERT INTO t VALUES ('1' || '0')"])
        .revision("b2", &["INSERT INTO t SELECT @@SESSION.sql_mode = @@GLOBAL.sql_mode"])
        .revision("c3", &["SET SESSION sql_mode = 'ANSI', foreign_key_checks = 0, autocommit = 0", "USE mysql"])
        .revision("d4", &["INSERT INTO t SELECT @@SESSION.sql_mode = @@GLOBAL.sql_mode"])
        .revision("e5", &["SET NAMES latin1", "LOCK TABLES t WRITE", "INSERT INTO t VALUES ('locked')"])
        .revision("f6", &["INSERT INTO t VALUES ('é')", "INSERT INTO t SELECT @@foreign_key_checks"]);
    let mut own = database.session().await;
    let before = own.rows("SELECT @@lock_wait_timeout, @@autocommit, DATABASE()").await.unwrap();
    execute(&mut *own, &history.upgrade(&[]), &quick(), &mut |_: &Event<'_>| {}).await.unwrap();
    assert_eq!(own.rows("SELECT @@lock_wait_timeout, @@autocommit, DATABASE()").await.unwrap(), before);
    own.close().await;
    assert_eq!(database.values("SELECT v FROM t").await, ["1", "1", "1", "locked", "é", "1"]);
    assert_eq!(database.rows().await, ["f6"]);
}

scenario!(a_busy_table_is_waited_for_without_a_queue on Mariadb);
async fn a_busy_table_is_waited_for_without_a_queue(database: Database) {
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    let mut reader = database.session().await;
    reader.batch("START TRANSACTION; SELECT * FROM t_r1").await.unwrap();
    let release = async {
        tokio::time::sleep(Duration::from_millis(2600)).await;
        reader.batch("COMMIT").await.unwrap();
    };
    let plan =
        database.history().counting(&["r1"]).revision("r2", &["ALTER TABLE t_r1 ADD name text"]).upgrade(&["r1"]);
    let log = Log::default();
    let (mut own, options, mut observer) = (database.session().await, quick(), log.observer());
    let (report, ()) = tokio::join!(execute(&mut *own, &plan, &options, &mut observer), release);
    own.close().await;
    assert_eq!(report.unwrap().rows, ["r2"]);
    assert!(log.words().iter().any(|word| word.contains("Lock wait timeout exceeded")), "{:?}", log.words());
}

scenario!(a_cut_connection_is_replaced on Mariadb);
async fn a_cut_connection_is_replaced(database: Database) {
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    let cut = async || {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let query = "SELECT id FROM information_schema.processlist WHERE info LIKE '%SLEEP(1)%' \
                     AND id <> CONNECTION_ID() AND db = DATABASE()";
        for id in database.values(query).await {
            database.sql(&format!("KILL {id}")).await;
        }
    };
    let slow = ["INSERT INTO runs VALUES ('r2')", "SELECT SLEEP(1)"];
    let plan = database.history().counting(&["r1"]).revision("r2", &slow).upgrade(&["r1"]);
    let (report, ()) = tokio::join!(database.execute(&plan), cut());
    assert_eq!(report.unwrap().rows, ["r2"]);
    assert_eq!(database.values("SELECT revision FROM runs ORDER BY 1").await, ["r1", "r2"]);

    let later = ["CREATE TABLE kept (id int)", "DO SLEEP(1)"];
    let plan = database.history().counting(&["r1"]).revision("r2", &slow).revision("r3", &later).upgrade(&["r2"]);
    let (report, ()) = tokio::join!(database.execute(&plan), cut());
    assert_eq!(report.unwrap().rows, ["r3"]);
    assert!(database.has_table("kept").await);
}

scenario!(a_read_only_server_is_named on Mariadb);
async fn a_read_only_server_is_named(database: Database) {
    let name = database.url.database().unwrap();
    database.sql(&format!("CREATE USER {name}@'%' IDENTIFIED BY 'hunter2'; GRANT ALL ON {name}.* TO {name}@'%'")).await;
    let url = database.text.replace("//root@", &format!("//{name}:hunter2@"));
    let mut plain = session(&DatabaseUrl::parse(&url).unwrap()).await;
    database.sql("SET GLOBAL read_only = 1").await;
    let plan = database.history().counting(&["r1"]).upgrade(&[]);
    let error = execute(&mut *plain, &plan, &quick(), &mut |_: &Event<'_>| {}).await.unwrap_err();
    database.sql(&format!("SET GLOBAL read_only = 0; DROP USER {name}@'%'")).await;
    assert_eq!(error.exit(), Exit::Database);
    assert!(error.help().unwrap().contains("read-only"), "{error}");
}
