//! Statements that fail: where, what is left, and what the error says.

use alembic_revisions::Exit;
use alembic_revisions::diagnose::Diagnose;
use alembic_runtime::{Cause, ExecuteError};

use crate::support::{Database, Kind, scenario};

/// Returns the text that an error points at, with its line and column.
pub fn pointed(error: &ExecuteError) -> (String, (usize, usize)) {
    let places = error.places();
    let [place] = &places[..] else { panic!("{places:?}") };
    (place.source.text[place.span.range()].to_owned(), place.line_column())
}

scenario!(a_failed_statement_is_shown_where_it_is on Sqlite, Postgres, Mariadb);
async fn a_failed_statement_is_shown_where_it_is(database: Database) {
    // MariaDB quotes what follows a token of one character.
    let comma = if database.kind == Kind::Mariadb { ("x", 15) } else { (",", 13) };
    for (bad, text, column) in [
        ("SELECT 'é✓', nowhere_col FROM players", "nowhere_col", 14),
        ("INSERT INTO\n  playerz VALUES ('é')", "playerz", 3),
        ("UPDATE players\n SET é = 1 ,, x = 2", comma.0, comma.1),
    ] {
        let history = database
            .history()
            .revision("a1", &["CREATE TABLE players (id int)"])
            .revision("b2", &["INSERT INTO players VALUES (7) -- é", bad, "SELECT 1"]);
        let from = database.rows().await;
        let from: Vec<&str> = from.iter().map(String::as_str).collect();
        let error = database.execute(&history.upgrade(&from)).await.unwrap_err();
        assert_eq!(error.exit(), Exit::Database, "{error}");
        let (pointed, (line, at)) = pointed(&error);
        let expected_line = 6 + bad.lines().count() - 1;
        assert_eq!((&*pointed, line, at), (text, expected_line, column), "{error}");
        let notes = error.notes();
        assert!(
            notes.contains(
                &"statement 2 of 3 in `upgrade`; the transaction was rolled back, the database is still at `a1`".into()
            ),
            "{notes:?}"
        );
        assert_eq!(database.rows().await, ["a1"]);
        assert_eq!(database.values("SELECT count(*) FROM players").await, ["0"]);
    }
}

scenario!(without_a_position_the_name_is_shown on Postgres);
async fn without_a_position_the_name_is_shown(database: Database) {
    let history =
        database.history().revision("a1", &["CREATE TABLE players (id int)", "CREATE INDEX x ON playerz (id)"]);
    let error = database.execute(&history.upgrade(&[])).await.unwrap_err();
    assert_eq!(pointed(&error).0, "playerz");
    assert_eq!(error.to_string(), "relation \"playerz\" does not exist (42P01)");
    assert!(error.notes()[0].ends_with("the database is still at no revision"), "{:?}", error.notes());
}

scenario!(a_script_that_ends_the_transaction_is_found on Sqlite, Postgres);
async fn a_script_that_ends_the_transaction_is_found(database: Database) {
    for (index, texts) in [
        vec!["CREATE TABLE kept (id int)", "COMMIT", "SELECT 1"],
        vec!["CREATE TABLE lost (id int)", "ROLLBACK"],
        vec!["COMMIT", "BEGIN", "CREATE TABLE lost (id int)"],
        vec!["COMMIT", "SELECT * FROM nowhere"],
    ]
    .into_iter()
    .enumerate()
    {
        let error = database.execute(&database.history().revision("a1", &texts).upgrade(&[])).await.unwrap_err();
        assert!(matches!(*error.cause, Cause::TransactionEnded { .. }), "{index}: {error:?}");
        assert_eq!(error.exit(), Exit::HalfApplied);
        assert!(["COMMIT", "ROLLBACK"].contains(&&*pointed(&error).0), "{index}");
        assert!(database.rows().await.is_empty(), "{index}");
        assert!(!database.has_table("lost").await, "{index}");
    }
    assert!(database.has_table("kept").await);
    // A savepoint of the script's own is none of our business.
    let history = database.history().revision("a1", &["SAVEPOINT s", "ROLLBACK TO SAVEPOINT s", "RELEASE SAVEPOINT s"]);
    assert_eq!(database.execute(&history.upgrade(&[])).await.unwrap().rows, ["a1"]);
}

scenario!(what_a_transaction_forbids_is_explained on Sqlite, Postgres);
async fn what_a_transaction_forbids_is_explained(database: Database) {
    let error = database.execute(&database.history().revision("a1", &["VACUUM"]).upgrade(&[])).await.unwrap_err();
    assert_eq!(error.help().unwrap(), "write `-- transaction = false` on the line below `-- [upgrade]`");
    assert_eq!((error.exit(), pointed(&error).0.as_str()), (Exit::Database, "VACUUM"));
}

scenario!(the_first_failure_keeps_the_steps_before on Sqlite, Postgres, Mariadb);
async fn the_first_failure_keeps_the_steps_before(database: Database) {
    let history = database
        .history()
        .counting(&["r1"])
        .reversible("r2", &["INSERT INTO nowhere VALUES (1)"], &[])
        .revision("r3", &["SELECT 1"]);
    let error = database.execute(&history.upgrade(&[])).await.unwrap_err();
    assert_eq!(error.done.iter().map(|step| step.revision.as_str()).collect::<Vec<_>>(), ["r0", "r1"]);
    assert_eq!(error.rows, Some(vec!["r1".to_owned()]));
    assert_eq!(error.notes().last().unwrap(), "2 revisions before it stayed applied");
    assert_eq!(database.rows().await, ["r1"]);
    // The same session can go on: nothing is left open.
    let mended = database.history().counting(&["r1", "r2"]);
    assert_eq!(database.execute(&mended.upgrade(&["r1"])).await.unwrap().rows, ["r2"]);
}

scenario!(an_error_says_nothing_of_the_servers_source on Postgres, Mariadb);
async fn an_error_says_nothing_of_the_servers_source(database: Database) {
    let error = database.execute(&database.history().revision("a1", &["SELECT * FROM nowhere"]).upgrade(&[])).await;
    let message = error.unwrap_err().to_string();
    let expected = match database.kind {
        Kind::Postgres => "relation \"nowhere\" does not exist (42P01)".to_owned(),
        _ => format!("Table '{}.nowhere' doesn't exist (1146)", database.url.database().unwrap()),
    };
    assert_eq!(message, expected);
}
