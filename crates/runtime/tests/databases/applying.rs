//! What happens when nothing goes wrong.

use alembic_revisions::diagnose::Diagnose;
use alembic_revisions::plan::RowsChange;
use alembic_revisions::{Direction, Exit};
use alembic_runtime::{
    Cancel, Cause, Event, Missing, OpenOptions, RunOptions, Stride, Transactions, execute, open, read_rows,
};

use crate::support::{Database, Kind, Log, quick, scenario};

scenario!(revisions_are_applied_and_reverted on Sqlite, Postgres, Mariadb);
async fn revisions_are_applied_and_reverted(database: Database) {
    let history = database
        .history()
        .reversible(
            "a1",
            &["CREATE TABLE players (id int)", "INSERT INTO players VALUES (1), (2)"],
            &["DROP TABLE players"],
        )
        .reversible(
            "b2",
            &["ALTER TABLE players ADD COLUMN region varchar(9)"],
            &["ALTER TABLE players DROP COLUMN region"],
        )
        .reversible("c3", &[], &[]);
    let mut session = database.session().await;
    let log = Log::default();
    let report = execute(&mut *session, &history.upgrade(&[]), &quick(), &mut log.observer()).await.unwrap();
    assert_eq!(report.rows, ["c3"]);
    let steps: Vec<(&str, Vec<String>)> =
        report.steps.iter().map(|step| (step.revision.as_str(), step.rows_after.clone())).collect();
    assert_eq!(steps, [("a1", vec!["a1".into()]), ("b2", vec!["b2".into()]), ("c3", vec!["c3".into()])]);
    assert_eq!(
        log.words(),
        ["started a1 1/3", "finished a1", "started b2 2/3", "finished b2", "started c3 3/3", "finished c3"]
    );
    assert_eq!(database.rows().await, ["c3"]);
    assert_eq!(database.values("SELECT count(*) FROM players WHERE region IS NULL").await, ["2"]);

    let report = execute(&mut *session, &history.downgrade(&["c3"]), &quick(), &mut log.observer()).await.unwrap();
    assert_eq!(report.steps.last().map(|step| step.direction), Some(Direction::Down));
    assert_eq!(log.words()[6..].iter().filter(|word| word.starts_with("reverted")).count(), 3);
    assert!(database.rows().await.is_empty() && !database.has_table("players").await);
    session.close().await;
}

scenario!(nothing_to_do_makes_nothing on Sqlite, Postgres, Mariadb);
async fn nothing_to_do_makes_nothing(database: Database) {
    let mut session = open(&database.url, &OpenOptions::default()).await.unwrap();
    assert!(read_rows(&mut *session, &RunOptions::default().version_table).await.unwrap().is_empty());
    let plan = database.history().upgrade(&[]);
    let report = execute(&mut *session, &plan, &quick(), &mut |_: &Event<'_>| {}).await.unwrap();
    assert!(report.steps.is_empty());
    session.close().await;
    if database.kind == Kind::Sqlite {
        assert!(!database.path().exists());
    } else {
        assert!(!database.has_table("alembic_version").await);
        assert!(!database.has_table("alembic_version_lock").await);
    }
}

scenario!(a_stamp_moves_rows_only on Sqlite, Postgres, Mariadb);
async fn a_stamp_moves_rows_only(database: Database) {
    let ids = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>();
    let change = RowsChange { insert: ids(&["a1", "b2"]), ..RowsChange::default() };
    let report = database.execute(&database.history().stamp(&[], change)).await.unwrap();
    assert_eq!((report.rows, report.steps.len()), (vec!["a1".to_owned(), "b2".to_owned()], 0));
    let update = Some(("b2".parse().unwrap(), "c3".parse().unwrap()));
    let change = RowsChange { delete: ids(&["a1"]), update, insert: ids(&["d4"]) };
    database.execute(&database.history().stamp(&["a1", "b2"], change)).await.unwrap();
    assert_eq!(database.rows().await, ["c3", "d4"]);
}

scenario!(a_purge_starts_from_anything on Sqlite, Postgres, Mariadb);
async fn a_purge_starts_from_anything(database: Database) {
    database.sql("CREATE TABLE alembic_version (version_num varchar(32))").await;
    database.sql("INSERT INTO alembic_version VALUES (NULL), ('no id; at all'), ('a1'), ('a1')").await;
    let change = RowsChange { insert: vec!["a1".parse().unwrap()], ..RowsChange::default() };
    let mut plan = database.history().stamp(&[], change);
    plan.purge = true;
    assert_eq!(database.execute(&plan).await.unwrap().rows, ["a1"]);
    assert_eq!(database.rows().await, ["a1"]);
    plan.stamp = Some(RowsChange::default());
    assert!(database.execute(&plan).await.unwrap().rows.is_empty());
    assert!(database.rows().await.is_empty());
}

scenario!(moved_rows_refuse_the_plan on Sqlite, Postgres, Mariadb);
async fn moved_rows_refuse_the_plan(database: Database) {
    let history = database.history().counting(&["r1", "r2"]);
    database.execute(&history.upgrade(&[])).await.unwrap();
    let longer = database.history().counting(&["r1", "r2", "r3", "r4"]);
    let error = database.execute(&longer.upgrade(&["r1"])).await.unwrap_err();
    let Cause::StalePlan { expected, now } = &*error.cause else { panic!("{error:?}") };
    assert_eq!((expected, now), (&vec!["r1".to_owned()], &vec!["r2".to_owned()]));
    assert_eq!(error.notes(), ["the plan starts from `r1`, the database is at `r2`"]);
    assert!(error.done.is_empty());
    assert_eq!(database.values("SELECT revision FROM runs ORDER BY 1").await, ["r1", "r2"]);
    // The lock is free again.
    assert_eq!(database.execute(&longer.upgrade(&["r2"])).await.unwrap().rows, ["r4"]);
}

scenario!(a_row_moved_midway_stops_the_run on Sqlite, Postgres, Mariadb);
async fn a_row_moved_midway_stops_the_run(database: Database) {
    let history =
        database.history().counting(&["r1"]).revision("r2", &["UPDATE alembic_version SET version_num = 'x'"]);
    let error = database.execute(&history.upgrade(&[])).await.unwrap_err();
    assert!(matches!(*error.cause, Cause::RowMismatch { .. }), "{error:?}");
    assert_eq!((error.exit(), error.done.len()), (Exit::Database, 2));
    assert_eq!(database.rows().await, ["r1"]);
}

scenario!(a_single_transaction_is_all_or_nothing on Sqlite, Postgres);
async fn a_single_transaction_is_all_or_nothing(database: Database) {
    let options = RunOptions { transactions: Transactions::Single, ..quick() };
    let history = database.history().counting(&["r1", "r2"]);
    let failing = database.history().counting(&["r1", "r2"]).revision("r3", &["SELECT * FROM nowhere"]);
    let error = database.execute_with(&failing.upgrade(&[]), &options).await.unwrap_err();
    assert!(error.done.is_empty() && matches!(*error.cause, Cause::Statement { .. }), "{error:?}");
    assert!(database.rows().await.is_empty() && !database.has_table("runs").await);
    let report = database.execute_with(&history.upgrade(&[]), &options).await.unwrap();
    assert_eq!((report.rows, report.steps.len()), (vec!["r2".to_owned()], 3));
    let outside = database.history().counting(&["r1", "r2"]).revision("r3", &["SELECT 1"]).without_transaction();
    let error = database.execute_with(&outside.upgrade(&["r2"]), &options).await.unwrap_err();
    assert_eq!(error.to_string(), "one transaction cannot surround `r3`, which says `transaction = false`");
}

scenario!(cancelling_stops_between_steps on Sqlite, Postgres, Mariadb);
async fn cancelling_stops_between_steps(database: Database) {
    let cancel = Cancel::default();
    let options = RunOptions { cancel: cancel.clone(), ..quick() };
    let history = database.history().counting(&["r1", "r2"]);
    let mut session = database.session().await;
    let mut observer = |event: &Event<'_>| {
        if let Event::Finished { index: 1, .. } = event {
            cancel.request();
        }
    };
    let error = execute(&mut *session, &history.upgrade(&[]), &options, &mut observer).await.unwrap_err();
    session.close().await;
    assert_eq!((error.exit(), error.kind()), (Exit::Interrupted, "Interrupted"));
    assert_eq!(error.notes(), ["the database is still at `r1`", "2 revisions before it stayed applied"]);
    assert_eq!(database.rows().await, ["r1"]);
    assert_eq!(database.execute(&history.upgrade(&["r1"])).await.unwrap().rows, ["r2"]);
}

scenario!(many_revisions_keep_their_own_transactions on Sqlite, Postgres, Mariadb);
async fn many_revisions_keep_their_own_transactions(database: Database) {
    let ids: Vec<String> = (0..60).map(|at| format!("m{at:02}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let history = database
        .history()
        .counting(&ids)
        .revision("bad", &["INSERT INTO runs VALUES ('bad')", "SELECT nope FROM runs"]);
    let options = RunOptions { stride: Stride::Several, ..quick() };
    let mut told = Vec::new();
    let mut observer = |event: &Event<'_>| match event {
        Event::Started { index, .. } => told.push((*index, "started")),
        Event::Finished { index, .. } => told.push((*index, "finished")),
        _ => {}
    };
    let mut session = database.session().await;
    let error = execute(&mut *session, &history.upgrade(&[]), &options, &mut observer).await.unwrap_err();
    session.close().await;
    assert_eq!((error.done.len(), error.kind()), (61, "StatementFailed"), "{error}");
    assert_eq!(database.rows().await, ["m59"]);
    assert_eq!(database.values("SELECT count(*) FROM runs").await, ["60"]);
    assert_eq!(database.values("SELECT count(DISTINCT revision) FROM runs").await, ["60"]);
    told.dedup();
    let expected: Vec<(usize, &str)> = (0..61).flat_map(|at| [(at, "started"), (at, "finished")]).collect();
    assert_eq!(told[..expected.len()], expected, "each is told of once, in order");
}

scenario!(statements_outside_of_a_transaction_are_counted on Sqlite, Postgres, Mariadb);
async fn statements_outside_of_a_transaction_are_counted(database: Database) {
    let statements = ["CREATE TABLE made (x integer)", "INSERT INTO made VALUES (1)", "INSERT INTO made VALUES (2)"];
    let history = database.history().revision("m1", &statements).without_transaction();
    let mut told = Vec::new();
    let mut observer = |event: &Event<'_>| {
        if let Event::Ran { statements, .. } = event {
            told.push(*statements);
        }
    };
    let mut session = database.session().await;
    execute(&mut *session, &history.upgrade(&[]), &quick(), &mut observer).await.unwrap();
    session.close().await;
    assert_eq!(told, [1, 2, 3]);
}

scenario!(the_version_table_can_be_renamed on Sqlite, Postgres, Mariadb);
async fn the_version_table_can_be_renamed(database: Database) {
    let name = "our \"versions\"; --";
    let version_table = alembic_revisions::dialect::TableName::new(name);
    let options = RunOptions { version_table: version_table.clone(), ..quick() };
    let report = database.execute_with(&database.history().counting(&["r1"]).upgrade(&[]), &options).await.unwrap();
    assert_eq!(report.rows, ["r1"]);
    let mut session = database.session().await;
    assert_eq!(read_rows(&mut *session, &version_table).await.unwrap(), ["r1"]);
    session.close().await;
    assert!(database.rows().await.is_empty());
}

scenario!(foreign_version_tables_are_refused on Sqlite, Postgres, Mariadb);
async fn foreign_version_tables_are_refused(database: Database) {
    for (make, unmake, expected) in [
        ("CREATE VIEW alembic_version AS SELECT 'x' AS version_num", "DROP VIEW alembic_version", "is no table"),
        ("CREATE TABLE alembic_version (v int, w int)", "DROP TABLE alembic_version", "has no column `version_num`"),
        (
            "CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES (NULL)",
            "DROP TABLE alembic_version",
            "has a row that is NULL",
        ),
    ] {
        database.sql(make).await;
        let mut session = database.session().await;
        let error = read_rows(&mut *session, &RunOptions::default().version_table).await.unwrap_err();
        session.close().await;
        assert!(error.to_string().ends_with(expected), "{error}");
        assert_eq!(error.exit(), Exit::Disagree);
        let error = database.execute(&database.history().counting(&[]).upgrade(&[])).await.unwrap_err();
        assert_eq!(error.exit(), Exit::Disagree);
        assert!(!database.has_table("runs").await);
        database.sql(unmake).await;
    }
}

scenario!(a_missing_file_is_an_empty_database on Sqlite);
async fn a_missing_file_is_an_empty_database(database: Database) {
    let options = OpenOptions { missing: Missing::Report, ..OpenOptions::default() };
    let mut session = open(&database.url, &options).await.unwrap();
    assert!(session.rows("SELECT name FROM sqlite_master").await.unwrap().is_empty());
    assert!(session.execute("CREATE TABLE x (id int)").await.is_err());
    session.close().await;
    assert!(!database.path().exists());
}
