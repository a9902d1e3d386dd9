//! The journal: what is written, what is refused, and how a half-applied revision goes on.

use std::time::Duration;

use alembic_revisions::diagnose::Diagnose;
use alembic_revisions::{DialectName, Direction, Exit, checksum};
use alembic_runtime::journal::history::{self, Entry, Way};
use alembic_runtime::journal::progress::{self, Progress};
use alembic_runtime::{Cause, DatabaseUrl, Event, History as Keep, RunOptions, Scripts, Transactions, execute};

use crate::support::{Database, Kind, quick, scenario, session};

async fn entries(database: &Database) -> Vec<Entry> {
    let mut session = database.session().await;
    let entries = history::read(&mut *session, &RunOptions::default().version_table).await.unwrap();
    session.close().await;
    entries
}

async fn half(database: &Database) -> Vec<Progress> {
    let mut session = database.session().await;
    let progress = progress::read(&mut *session, &RunOptions::default().version_table).await.unwrap();
    session.close().await;
    progress
}

async fn ran(database: &Database) -> Vec<String> {
    database.values("SELECT revision FROM runs ORDER BY 1").await
}

scenario!(what_ran_is_written_down on Sqlite, Postgres, Mariadb);
async fn what_ran_is_written_down(database: Database) {
    assert!(entries(&database).await.is_empty() && half(&database).await.is_empty());
    let history = database.history().counting(&["r1"]).reversible(
        "r2",
        &["INSERT INTO runs VALUES ('it''s \\ é')"],
        &["DELETE FROM runs WHERE revision LIKE 'it%'"],
    );
    database.execute(&history.upgrade(&[])).await.unwrap();
    let entries = entries(&database).await;
    let told: Vec<(&str, Way, Vec<String>, u64)> = entries
        .iter()
        .map(|entry| (entry.revision.as_deref().unwrap(), entry.way, entry.heads_after.clone(), entry.statements))
        .collect();
    let at = |row: &str| vec![row.to_owned()];
    assert_eq!(told, [("r0", Way::Up, at("r0"), 1), ("r1", Way::Up, at("r1"), 2), ("r2", Way::Up, at("r2"), 1)]);
    let last = &entries[2];
    assert_eq!((last.heads_before.clone(), last.owner.as_str()), (at("r1"), "tester"));
    assert!(last.tool.starts_with("cargo-alembic ") && last.checksum.is_some(), "{last:?}");
    assert!(last.milliseconds < 60_000 && last.started_at <= last.finished_at, "{last:?}");
    assert_eq!(last.started_at.len(), "2026-01-02 03:04:05.678".len(), "{last:?}");
    let mut own = database.session().await;
    let body = history::read_body(&mut *own, &RunOptions::default().version_table, &last.attempt).await.unwrap();
    assert_eq!(body.as_deref(), Some("INSERT INTO runs VALUES ('it''s \\ é')"));
    own.close().await;

    let mut plan = history.downgrade(&["r2"]);
    plan.steps.truncate(1);
    database.execute(&plan).await.unwrap();
    let change = alembic_revisions::plan::RowsChange { insert: vec!["x9".parse().unwrap()], ..Default::default() };
    database.execute(&history.stamp(&["r1"], change)).await.unwrap();
    let ways: Vec<(Option<String>, Way)> =
        self::entries(&database).await.into_iter().skip(3).map(|entry| (entry.revision, entry.way)).collect();
    assert_eq!(ways, [(Some("r2".to_owned()), Way::Down), (None, Way::Stamp)]);
}

scenario!(a_failed_revision_goes_on_where_it_failed on Sqlite, Postgres, Mariadb);
async fn a_failed_revision_goes_on_where_it_failed(database: Database) {
    let one = "INSERT INTO runs VALUES ('one')";
    let two = "INSERT INTO later VALUES ('two')";
    let three = "INSERT INTO runs VALUES ('three')";
    // On MariaDB the CREATE makes it a revision that commits in its midst.
    let texts = [one, "CREATE TABLE made (id int)", two, three];
    let base = database.history().counting(&[]);
    let history = database.history().counting(&[]).revision("r1", &texts).without_transaction();
    let error = database.execute(&history.upgrade(&[])).await.unwrap_err();
    assert_eq!((error.exit(), error.kind()), (Exit::HalfApplied, "HalfApplied"), "{error:?}");
    let help = "correct the cause and run `cargo alembic upgrade` again: it goes on at statement 3";
    assert_eq!(error.help().unwrap(), help);
    let progress = half(&database).await;
    assert_eq!((progress[0].done, progress[0].total, progress[0].intent), (2, 4, None));

    // Other revisions have to wait.
    let other = base.revision("x1", &["SELECT 1"]);
    let error = database.execute(&other.upgrade(&["r0"])).await.unwrap_err();
    assert_eq!((error.exit(), error.to_string().as_str()), (Exit::HalfApplied, "`r1` is half applied"), "{error:?}");
    // The failed statement and those behind it may change, those before it may not.
    let changed = ["INSERT INTO runs VALUES ('other')", texts[1], two, three];
    let changed = database.history().counting(&[]).revision("r1", &changed).without_transaction();
    let error = database.execute(&changed.upgrade(&["r0"])).await.unwrap_err();
    assert!(matches!(*error.cause, Cause::RanChanged { done: 2, .. }), "{error:?}");
    assert!(error.notes()[1].contains("-INSERT INTO runs VALUES ('one');"), "{:?}", error.notes());
    assert_eq!(error.exit(), Exit::HalfApplied);

    let mended = [&format!("{one} -- why")[..], texts[1], "INSERT INTO runs VALUES ('two')", three];
    let mended = database.history().counting(&[]).revision("r1", &mended);
    let plan = if database.kind == Kind::Mariadb { mended } else { mended.without_transaction() };
    assert_eq!(database.execute(&plan.upgrade(&["r0"])).await.unwrap().rows, ["r1"]);
    assert_eq!(ran(&database).await, ["one", "three", "two"]);
    assert!(half(&database).await.is_empty());
    assert_eq!(entries(&database).await.len(), 2);
}

scenario!(a_downgrade_goes_on_too on Sqlite, Postgres, Mariadb);
async fn a_downgrade_goes_on_too(database: Database) {
    let with = |last: &str| {
        let down = ["INSERT INTO runs VALUES ('down')", "CREATE TABLE made (id int)", last];
        database.history().counting(&[]).reversible("r1", &["SELECT 1"], &down).without_transaction()
    };
    let one_step = |last: &str| {
        let mut plan = with(last).downgrade(&["r1"]);
        plan.steps.truncate(1);
        plan
    };
    database.execute(&with("SELECT 1").upgrade(&[])).await.unwrap();
    let error = database.execute(&one_step("SELECT * FROM nowhere")).await.unwrap_err();
    assert!(error.help().unwrap().contains("`cargo alembic downgrade` again: it goes on at statement 3"), "{error:?}");
    assert_eq!(half(&database).await[0].direction, Direction::Down);
    assert_eq!(database.execute(&one_step("SELECT 1")).await.unwrap().rows, ["r0"]);
    assert_eq!(ran(&database).await, ["down"]);
}

scenario!(an_edited_script_is_refused on Sqlite, Postgres, Mariadb);
async fn an_edited_script_is_refused(database: Database) {
    let first = database.history().counting(&[]).revision("r1", &["INSERT INTO runs\nVALUES ('one')"]);
    database.execute(&first.upgrade(&[])).await.unwrap();
    for (text, same) in [
        ("INSERT INTO runs\r\nVALUES ('one') -- why", true),
        ("INSERT INTO runs VALUES ('one')", true),
        ("INSERT INTO runs\nVALUES ('One')", false),
    ] {
        let edited = database.history().counting(&[]).revision("r1", &[text]).revision("r2", &["SELECT 1"]);
        let mut plan = edited.upgrade(&["r1"]);
        if same {
            plan.steps.clear();
            plan.steps.extend(database.history().counting(&[]).revision("r1", &[text]).downgrade(&["r1"]).steps);
            plan.steps.clear();
            assert!(database.execute(&plan).await.is_ok());
            continue;
        }
        let error = database.execute(&plan).await.unwrap_err();
        assert_eq!((error.exit(), error.kind()), (Exit::Disagree, "EditedRevision"), "{error:?}");
        assert_eq!(error.to_string(), "`r1` was edited after it ran");
        assert!(
            error.notes()[0].ends_with(":\n INSERT INTO runs\n-VALUES ('one')\n+VALUES ('One')"),
            "{:?}",
            error.notes()
        );
        assert_eq!(database.rows().await, ["r1"]);
        // The way out: taking it back is not refused.
        let mut back = edited.downgrade(&["r1"]);
        back.steps.truncate(1);
        assert_eq!(database.execute(&back).await.unwrap().rows, ["r0"]);
    }
}

scenario!(layout_may_change on Sqlite, Postgres, Mariadb);
async fn layout_may_change(database: Database) {
    let first = database.history().counting(&[]).revision("r1", &["INSERT INTO runs\nVALUES ('one')"]);
    database.execute(&first.upgrade(&[])).await.unwrap();
    let same = ["/* new */ INSERT INTO runs\r\n  VALUES ('one') -- why"];
    let same = database.history().counting(&[]).revision("r1", &same).revision("r2", &["SELECT 1"]);
    assert_eq!(database.execute(&same.upgrade(&["r1"])).await.unwrap().rows, ["r2"]);
}

scenario!(the_journal_may_be_dropped_by_hand on Sqlite, Postgres, Mariadb);
async fn the_journal_may_be_dropped_by_hand(database: Database) {
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    database.sql("DROP TABLE alembic_version_history").await;
    database.sql("DROP TABLE alembic_version_progress").await;
    let edited = database.history().counting(&["r1", "r2"]);
    assert_eq!(database.execute(&edited.upgrade(&["r1"])).await.unwrap().rows, ["r2"]);
    assert_eq!(entries(&database).await.len(), 1);
    // The row of somebody who knows nothing of attempts.
    database
        .sql("INSERT INTO alembic_version_progress (revision, attempt, direction, total, done) VALUES ('?', '', '', 9, 3)")
        .await;
    let longer = database.history().counting(&["r1", "r2", "r3"]);
    let error = database.execute(&longer.upgrade(&["r2"])).await.unwrap_err();
    assert_eq!((error.exit(), error.to_string().as_str()), (Exit::HalfApplied, "`?` is half applied"));
    assert_eq!(error.notes()[0], "3 of its 9 statements ran, the last one at  UTC");
    assert_eq!(database.rows().await, ["r2"]);
    // A stamp says where the database is, so nothing is half applied any more.
    let change = alembic_revisions::plan::RowsChange { insert: vec!["x9".parse().unwrap()], ..Default::default() };
    database.execute(&longer.stamp(&["r2"], change)).await.unwrap();
    assert!(half(&database).await.is_empty());
}

scenario!(without_a_history_the_setting_is_named on Postgres, Mariadb);
async fn without_a_history_the_setting_is_named(database: Database) {
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    let name = database.url.database().unwrap();
    let (create, grants) = match database.kind {
        Kind::Postgres => (
            format!("CREATE ROLE {name} LOGIN"),
            format!(
                "GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}; GRANT CREATE ON SCHEMA public TO {name}; \
                 REVOKE ALL ON alembic_version_history FROM {name}; GRANT SELECT ON alembic_version_history TO {name}"
            ),
        ),
        _ => (
            format!("CREATE USER {name}@'%'"),
            ["runs", "alembic_version", "alembic_version_lock", "alembic_version_progress"]
                .map(|table| format!("GRANT ALL ON {name}.{table} TO {name}@'%'; "))
                .concat()
                + &format!("GRANT SELECT ON {name}.alembic_version_history TO {name}@'%'"),
        ),
    };
    database.sql(&create).await;
    database.sql(&grants).await;
    let user = if database.kind == Kind::Postgres { "postgres" } else { "root" };
    let url = DatabaseUrl::parse(&database.text.replace(&format!("//{user}@"), &format!("//{name}@"))).unwrap();
    let plan = database.history().counting(&["r1"]).revision("r2", &["INSERT INTO runs VALUES ('r2')"]);
    let mut own = session(&url).await;
    let error = execute(&mut *own, &plan.upgrade(&["r1"]), &quick(), &mut |_: &Event<'_>| {}).await.unwrap_err();
    assert_eq!((error.exit(), error.code().0), (Exit::Database, "A0504"), "{error:?}");
    assert!(error.help().unwrap().contains("`history = false`"), "{error}");
    assert_eq!((ran(&database).await, database.rows().await), (vec!["r1".to_owned()], vec!["r1".to_owned()]));
    let without = RunOptions { history: Keep::Off, ..quick() };
    let report = execute(&mut *own, &plan.upgrade(&["r1"]), &without, &mut |_: &Event<'_>| {}).await;
    assert_eq!(report.unwrap().rows, ["r2"]);
    own.close().await;
    if database.kind == Kind::Postgres {
        database.sql(&format!("DROP OWNED BY {name}; DROP ROLE {name}")).await;
    } else {
        database.sql(&format!("DROP USER {name}@'%'")).await;
    }
}

scenario!(eight_starters_make_the_journal_once on Postgres, Mariadb);
async fn eight_starters_make_the_journal_once(database: Database) {
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    for _ in 0..5 {
        database.sql("DROP TABLE IF EXISTS alembic_version_history").await;
        database.sql("DROP TABLE IF EXISTS alembic_version_progress").await;
        let starts = (0..8).map(|_| async {
            let mut own = database.session().await;
            let table = RunOptions::default().version_table;
            let made = alembic_runtime::ensure(&mut *own, &table, Keep::Required).await;
            own.close().await;
            made
        });
        for made in futures_util::future::join_all(starts).await {
            made.unwrap();
        }
    }
    assert!(database.has_table("alembic_version_history").await);
}

scenario!(one_transaction_writes_its_history on Sqlite, Postgres);
async fn one_transaction_writes_its_history(database: Database) {
    let options = RunOptions { transactions: Transactions::Single, ..quick() };
    database.execute_with(&database.history().counting(&["r1", "r2"]).upgrade(&[]), &options).await.unwrap();
    let entries = entries(&database).await;
    assert_eq!(entries.len(), 3);
    assert!(entries.iter().all(|entry| entry.started_at <= entry.finished_at), "{entries:?}");
}

/// Returns the SQL that leaves the journal as a run does that was killed in the second statement of `r2`.
fn killed_in_the_second(texts: [&str; 3], dialect: DialectName) -> String {
    let ran = &checksum::of_beginnings(texts, dialect)[1];
    let intended = checksum::of_statement(texts[1], dialect);
    format!(
        "INSERT INTO alembic_version_progress (revision, attempt, direction, ran, total, done, intent, intended) \
         VALUES ('r2', 'dead', 'up', '{ran}', 3, 1, 2, '{intended}')"
    )
}

scenario!(an_index_that_was_not_finished_is_built_anew on Postgres);
async fn an_index_that_was_not_finished_is_built_anew(database: Database) {
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    let texts = ["INSERT INTO runs VALUES ('r2')", "CREATE INDEX CONCURRENTLY ix ON runs (revision)", "SELECT 1"];
    let history = database.history().counting(&["r1"]).revision("r2", &texts).without_transaction();
    let plan = history.upgrade(&["r1"]);
    for (state, builds) in [("nothing", true), ("valid", false), ("invalid", true)] {
        // A run that was killed inside of the second statement.
        database.sql("DROP INDEX IF EXISTS ix").await;
        if state != "nothing" {
            database.sql("CREATE INDEX ix ON runs (revision)").await;
        }
        if state == "invalid" {
            database.sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix'::regclass").await;
        }
        let before = database.values("SELECT to_regclass('ix')::oid::text").await;
        database.sql(&killed_in_the_second(texts, DialectName::Postgres)).await;
        assert_eq!(database.execute(&plan).await.unwrap().rows, ["r2"], "{state}");
        let after = database.values("SELECT to_regclass('ix')::oid::text").await;
        assert_eq!(before != after, builds, "{state}");
        assert_eq!(database.values("SELECT count(*) FROM pg_index WHERE NOT indisvalid").await, ["0"]);
        assert_eq!(ran(&database).await, ["r1"], "statement 1 ran before");
        database.sql("UPDATE alembic_version SET version_num = 'r1'").await;
    }
}

scenario!(a_dead_run_whose_statement_goes_on_is_waited_for on Postgres);
async fn a_dead_run_whose_statement_goes_on_is_waited_for(database: Database) {
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    let texts = ["INSERT INTO runs VALUES ('r2')", "INSERT INTO runs VALUES ('r3')", "INSERT INTO runs VALUES ('r4')"];
    let plan = database.history().counting(&["r1"]).revision("r2", &texts).without_transaction().upgrade(&["r1"]);
    let sums = checksum::of_beginnings(texts, DialectName::Postgres);
    database.sql("INSERT INTO runs VALUES ('r2')").await;
    database
        .sql(&format!(
            "INSERT INTO alembic_version_progress (revision, attempt, direction, ran, total, done) \
             VALUES ('r2', 'dead', 'up', '{}', 3, 1)",
            sums[1]
        ))
        .await;
    // The client is dead; the server has yet to commit its second statement.
    let mut dead = database.session().await;
    let going_on = format!(
        "BEGIN; UPDATE alembic_version_progress SET done = 2, ran = '{}' WHERE attempt = 'dead' AND done = 1; \
         INSERT INTO runs VALUES ('r3')",
        sums[2]
    );
    dead.batch(&going_on).await.unwrap();
    let late = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        dead.batch("COMMIT").await.unwrap();
    };
    let (report, ()) = tokio::join!(database.execute(&plan), late);
    assert_eq!(report.unwrap().rows, ["r2"]);
    assert_eq!(ran(&database).await, ["r1", "r2", "r3", "r4"]);
}

scenario!(a_killed_run_is_found_out on Mariadb);
async fn a_killed_run_is_found_out(database: Database) {
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    let texts = ["CREATE TABLE a (id int)", "ALTER TABLE a ADD x int", "INSERT INTO runs VALUES ('r2')"];
    let history = database.history().counting(&["r1"]).revision("r2", &texts);
    let cut = async |pattern: &str| {
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let query = format!(
                "SELECT id FROM information_schema.processlist WHERE info LIKE '%{pattern}%' \
                 AND id <> CONNECTION_ID() AND db = DATABASE()"
            );
            if let Some(id) = database.values(&query).await.first() {
                return database.sql(&format!("KILL {id}")).await;
            }
        }
    };
    // A reader holds the ALTER up, so that the run dies inside of it.
    let mut reader = database.session().await;
    let plan = history.upgrade(&["r1"]);
    let stop = async {
        for _ in 0..200 {
            if database.has_table("a").await {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        reader.batch("START TRANSACTION; SELECT * FROM a").await.unwrap();
        cut("ADD x int").await;
        reader.batch("COMMIT").await.unwrap();
    };
    let (report, ()) = tokio::join!(database.execute(&plan), stop);
    assert_eq!(report.unwrap().rows, ["r2"]);
    assert_eq!(ran(&database).await, ["r1", "r2"]);
    assert!(half(&database).await.is_empty());
}

scenario!(bookkeeping_costs_two_messages on Sqlite, Postgres, Mariadb);
async fn bookkeeping_costs_two_messages(database: Database) {
    if database.kind == Kind::Sqlite {
        return;
    }
    let ids: Vec<String> = (0..8).map(|number| format!("r{}", number + 1)).collect();
    let count = async |length: usize| {
        let ids: Vec<&str> = ids[..length].iter().map(String::as_str).collect();
        database.sql("DROP TABLE IF EXISTS runs").await;
        for id in &ids {
            database.sql(&format!("DROP TABLE IF EXISTS t_{id}")).await;
        }
        database.sql("DELETE FROM alembic_version").await;
        let plan = database.history().counting(&ids).upgrade(&[]);
        crate::cutting::messages(&database, &plan).await
    };
    database.execute(&database.history().counting(&[]).upgrade(&[])).await.unwrap();
    let (few, many) = (count(2).await, count(8).await);
    // Each of the six revisions has two statements.
    let (statements, revisions) = (12, 6);
    println!("{:?}: {few} messages for 2 revisions, {many} for 8", database.kind);
    assert!(many - few <= statements + 2 * revisions, "{few} and {many}");
    let nothing = crate::cutting::messages(&database, &database.history().upgrade(&[])).await;
    assert_eq!(nothing, 0);
}

scenario!(a_person_answers_what_nobody_can_tell on Postgres, Mariadb);
async fn a_person_answers_what_nobody_can_tell(database: Database) {
    use alembic_runtime::journal::repair::{self, Repaired};
    database.execute(&database.history().counting(&["r1"]).upgrade(&[])).await.unwrap();
    // A run that was killed inside of a statement that leaves no trace.
    let opaque =
        if database.kind == Kind::Postgres { "CREATE TABLESPACE x LOCATION '/x'" } else { "CALL nobody_knows()" };
    let texts = ["INSERT INTO runs VALUES ('r2')", opaque, "INSERT INTO runs VALUES ('r3')"];
    let dialect = database.url.dialect();
    database.sql(&killed_in_the_second(texts, dialect)).await;
    let history = database.history().counting(&["r1"]).revision("r2", &texts).without_transaction();
    let plan = history.upgrade(&["r1"]);
    let error = database.execute(&plan).await.unwrap_err();
    assert!(matches!(*error.cause, Cause::Undecided { .. }), "{error:?}");
    assert_eq!(error.to_string(), "whether statement 2 of `r2` took effect is not known");
    assert!(error.help().unwrap().contains("repair --mark-done r2"), "{error}");
    let seen = half(&database).await.remove(0);
    let (mut own, table) = (database.session().await, RunOptions::default().version_table);
    let script = &plan.steps[0].script;
    assert_eq!(repair::mark_done(&mut *own, &table, &seen, script).await.unwrap(), Repaired::Done);
    assert_eq!(repair::run_again(&mut *own, &table, &seen).await.unwrap(), Repaired::Moved);
    assert_eq!(database.execute(&plan).await.unwrap().rows, ["r2"]);
    assert_eq!(ran(&database).await, ["r1", "r3"]);
    // An edit that a person accepts is no difference any more.
    let edited = database.history().counting(&["r1"]).revision("r2", &["SELECT 7"]).revision("r3", &["SELECT 1"]);
    let plan = edited.upgrade(&["r2"]);
    assert_eq!(database.execute(&plan).await.unwrap_err().kind(), "EditedRevision");
    let script = plan.applied.last().unwrap();
    assert_eq!(repair::accept(&mut *own, &table, script, "tester", Scripts::NotStored).await.unwrap(), Repaired::Done);
    assert_eq!(database.execute(&plan).await.unwrap().rows, ["r3"]);
    own.close().await;
}
