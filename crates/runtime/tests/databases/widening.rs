//! A history that an earlier version of this program made: read as it is, and given the columns that came later by the
//! next run.

use std::time::Duration;

use alembic_revisions::diagnose::Diagnose;
use alembic_revisions::{Exit, checksum};
use alembic_runtime::journal::history::{self, Entry};
use alembic_runtime::journal::rebuild;
use alembic_runtime::{DatabaseUrl, Event, RunOptions, Scripts, execute};

use crate::locking::start_eight;
use crate::support::{Database, Kind, quick, scenario};

/// Runs the first revision, and takes away what the table did not have then.
async fn at_first(database: &Database) {
    database.execute(&database.history().counting(&[]).upgrade(&[])).await.unwrap();
    for column in ["breaking", "script", "script_hash"] {
        database.sql(&format!("ALTER TABLE alembic_version_history DROP COLUMN {column}")).await;
    }
}

async fn is_wide(database: &Database) -> bool {
    let mut session = database.session().await;
    let found = session.rows("SELECT breaking, script, script_hash FROM alembic_version_history").await;
    session.close().await;
    found.is_ok()
}

async fn entries(database: &Database) -> Vec<Entry> {
    let mut session = database.session().await;
    let entries = history::read(&mut *session, &RunOptions::default().version_table).await.unwrap();
    assert!(rebuild::strange_tables(&mut *session, &RunOptions::default().version_table).await.unwrap().is_empty());
    session.close().await;
    entries
}

scenario!(a_run_adds_what_an_old_history_lacks on Sqlite, Postgres, Mariadb);
async fn a_run_adds_what_an_old_history_lacks(database: Database) {
    at_first(&database).await;
    let before = entries(&database).await;
    assert_eq!((before.len(), before[0].breaking, before[0].script_hash), (1, None, None));
    assert!(!is_wide(&database).await, "reading altered the table");

    let note = |id: &str| format!("INSERT INTO runs VALUES ('{id} \\ é')");
    let history = database.history().counting(&[]).reversible("r1", &[&note("r1")], &["DELETE FROM runs"]);
    let history = history.breaking(false).revision("r2", &[&note("r2")]).breaking(true).revision("r3", &[&note("r3")]);
    let plan = history.upgrade(&["r0"]);
    let options = RunOptions { scripts: Scripts::Stored, ..quick() };
    database.execute_with(&plan, &options).await.unwrap();
    let after = entries(&database).await;
    assert_eq!(after[0], before[0]);
    let said: Vec<Option<bool>> = after[1..].iter().map(|entry| entry.breaking).collect();
    assert_eq!(said, [Some(false), Some(true), None]);
    let hashes: Vec<_> = after[1..].iter().map(|entry| entry.script_hash).collect();
    let texts: Vec<_> = plan.steps.iter().map(|step| Some(checksum::of_text(&step.script.source().text))).collect();
    assert_eq!(hashes, texts);

    // What is taken back says nothing.
    let mut back = history.downgrade(&["r3"]);
    back.steps.truncate(1);
    database.execute_with(&back, &options).await.unwrap();
    let last = entries(&database).await.pop().unwrap();
    assert_eq!((last.way.as_str(), last.breaking, last.script_hash), ("down", None, None));
}

scenario!(eight_starters_widen_an_old_history on Sqlite, Postgres, Mariadb);
async fn eight_starters_widen_an_old_history(database: Database) {
    at_first(&database).await;
    let history = |database: &Database| database.history().counting(&["r1", "r2", "r3"]).breaking(false);
    assert_eq!(start_eight(&database, history).await, 3);
    assert_eq!(database.values("SELECT revision FROM runs ORDER BY revision").await, ["r1", "r2", "r3"]);
    let entries = entries(&database).await;
    assert_eq!((entries.len(), entries.last().unwrap().breaking), (4, Some(false)));
    assert!(is_wide(&database).await);
}

scenario!(whoever_may_not_alter_goes_on_without on Postgres, Mariadb);
async fn whoever_may_not_alter_goes_on_without(database: Database) {
    at_first(&database).await;
    let name = database.url.database().unwrap();
    let user = format!("u{}", name.replace(|character: char| !character.is_ascii_digit(), ""));
    let grants = match database.kind {
        Kind::Mariadb => [
            format!("CREATE USER {user}"),
            format!("GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON {name}.* TO {user}"),
        ],
        _ => [
            format!("CREATE ROLE {user} LOGIN"),
            format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {user}"),
        ],
    };
    for grant in &grants {
        database.sql(grant).await;
    }
    let (scheme, place) = database.text.split_once("://").unwrap();
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    let theirs =
        Database { url: DatabaseUrl::parse(&format!("{scheme}://{user}@{place}")).unwrap(), ..database.clone() };

    let noting = |count: usize| {
        let first = database.history().counting(&[]);
        (1..=count).fold(first, |history, number| {
            history
                .revision(&format!("r{number}"), &[&format!("INSERT INTO runs VALUES ('r{number}')")])
                .breaking(false)
        })
    };
    theirs.execute(&noting(1).upgrade(&["r0"])).await.unwrap();
    assert!(!is_wide(&database).await);
    let stored = RunOptions { scripts: Scripts::Stored, ..quick() };
    let error = theirs.execute_with(&noting(2).upgrade(&["r1"]), &stored).await.unwrap_err();
    assert_eq!((error.exit(), error.code().0), (Exit::Database, "A0504"), "{error:?}");
    assert!(error.help().unwrap().contains("cargo alembic ensure-version"), "{error:?}");
    assert_eq!(database.rows().await, ["r1"]);
    // The owner makes the columns; then the others can use them.
    let mut session = database.session().await;
    let options = RunOptions::default();
    alembic_runtime::ensure(&mut *session, &options.version_table, options.history).await.unwrap();
    session.close().await;
    theirs.execute_with(&noting(2).upgrade(&["r1"]), &stored).await.unwrap();
    assert_eq!(entries(&database).await.last().unwrap().breaking, Some(false));
    let revoke = if database.kind == Kind::Mariadb { "DROP USER" } else { "DROP OWNED BY" };
    database.sql(&format!("{revoke} {user}")).await;
    if database.kind == Kind::Postgres {
        database.sql(&format!("DROP ROLE {user}")).await;
    }
}

scenario!(whoever_uses_the_history_is_waited_for on Sqlite, Postgres, Mariadb);
async fn whoever_uses_the_history_is_waited_for(database: Database) {
    at_first(&database).await;
    let mut other = database.session().await;
    let begin = if database.kind == Kind::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" };
    other.batch(&format!("{begin};\nDELETE FROM alembic_version_history")).await.unwrap();
    let plan = database.history().counting(&["r1"]).upgrade(&["r0"]);
    let impatient = RunOptions { lock_timeout: Duration::from_millis(100), ..quick() };
    let error = database.execute_with(&plan, &impatient).await.unwrap_err();
    assert_eq!(error.exit(), Exit::Locked, "{error:?}");

    let (mut session, options) = (database.session().await, quick());
    let mut waited = 0;
    let mut observer = |event: &Event<'_>| waited += usize::from(matches!(event, Event::Waiting { .. }));
    let run = execute(&mut *session, &plan, &options, &mut observer);
    let end = async {
        tokio::time::sleep(Duration::from_millis(2500)).await;
        other.batch("ROLLBACK").await.unwrap();
    };
    let (report, ()) = tokio::join!(run, end);
    assert_eq!(report.unwrap().rows, ["r1"]);
    assert_eq!(waited, 1, "told once that the history is in use");
    assert!(is_wide(&database).await);
}
