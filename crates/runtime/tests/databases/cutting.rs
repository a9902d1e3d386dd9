//! The connection is cut at every message, before and after the server got it.

use alembic_revisions::diagnose::Diagnose;
use alembic_revisions::{Exit, Plan};
use alembic_runtime::{DatabaseUrl, Event, ExecuteError, Report, Session, execute};

use crate::history::History;
use crate::proxy::{Held, Mark, Moment, Proxy, Wire};
use crate::support::{Database, Kind, quick, scenario, session};

async fn opened(database: &Database) -> (Box<dyn Session>, Proxy) {
    let wire = if database.kind == Kind::Postgres { Wire::Postgres } else { Wire::Mysql };
    let target = database.url.target();
    let proxy = Proxy::start(wire, &target);
    let url = DatabaseUrl::parse(&database.text.replace(&target, &proxy.address)).unwrap();
    let session = session(&url).await;
    proxy.reset();
    (session, proxy)
}

/// Returns how many messages a run sends.
pub async fn messages(database: &Database, plan: &Plan) -> usize {
    let (mut session, proxy) = opened(database).await;
    execute(&mut *session, plan, &quick(), &mut |_: &Event<'_>| {}).await.unwrap();
    proxy.messages()
}

/// Runs the plan and cuts the connection at a message; returns whether there was such a message.
async fn cut(database: &Database, plan: &Plan, message: usize, moment: Moment) -> (Result<Report, ExecuteError>, bool) {
    let (mut session, proxy) = opened(database).await;
    let held = proxy.hold_at(Mark::Number(message), moment);
    let cutting = std::thread::spawn(move || held.recv().map(Held::cut).is_ok());
    let outcome = execute(&mut *session, plan, &quick(), &mut |_: &Event<'_>| {}).await;
    proxy.reset();
    (outcome, cutting.join().unwrap())
}

fn history(database: &Database) -> History {
    let history = database.history().revision("r0", &["CREATE TABLE runs (revision varchar(32))"]);
    let (one, two, three) =
        ("INSERT INTO runs VALUES ('r1')", "INSERT INTO runs VALUES ('r2')", "INSERT INTO runs VALUES ('r3')");
    history.revision("r1", &[one]).revision("r2", &[two, "SELECT 1"]).revision("r3", &[three])
}

scenario!(a_cut_at_any_message_changes_nothing on Postgres, Mariadb);
async fn a_cut_at_any_message_changes_nothing(database: Database) {
    let base = database.history().revision("r0", &["CREATE TABLE runs (revision varchar(32))"]);
    database.execute(&base.upgrade(&[])).await.unwrap();
    let history = history(&database);
    let mut recovered = 0;
    for moment in [Moment::Before, Moment::After] {
        for message in 1.. {
            database.sql("DELETE FROM runs; UPDATE alembic_version SET version_num = 'r0'").await;
            database.sql("DELETE FROM alembic_version_history WHERE revision <> 'r0'").await;
            let (outcome, was_cut) = cut(&database, &history.upgrade(&["r0"]), message, moment).await;
            match &outcome {
                Ok(_) => recovered += usize::from(was_cut),
                Err(error) => assert_eq!(error.exit(), Exit::Database, "{moment:?} {message}: {error:?}"),
            }
            let rows = database.rows().await;
            let at: Vec<&str> = rows.iter().map(String::as_str).collect();
            assert!(outcome.is_err() || at == ["r3"], "{moment:?} {message}: {at:?}");
            let report = database.execute(&history.upgrade(&at)).await;
            assert_eq!(report.unwrap_or_else(|error| panic!("{moment:?} {message}: {error:?}")).rows, ["r3"]);
            let runs = database.values("SELECT revision FROM runs ORDER BY revision").await;
            assert_eq!(runs, ["r1", "r2", "r3"], "{moment:?} {message}: {outcome:?}");
            let told = "SELECT revision FROM alembic_version_history WHERE revision <> 'r0' ORDER BY number";
            assert_eq!(database.values(told).await, ["r1", "r2", "r3"], "{moment:?} {message}: {outcome:?}");
            if !was_cut {
                break;
            }
        }
    }
    let expected = if database.kind == Kind::Postgres { 14 } else { 20 };
    assert!(recovered >= expected, "only {recovered} cuts went unnoticed");
}

/// Revisions that no transaction surrounds: on MariaDB every CREATE, on PostgreSQL what says so.
fn outside(database: &Database) -> History {
    let history = database.history().revision("r0", &["CREATE TABLE runs (revision varchar(32))"]);
    let (one, two) = ("INSERT INTO runs VALUES ('r1')", "INSERT INTO runs VALUES ('r2')");
    let middle = match database.kind {
        Kind::Postgres => "CREATE INDEX CONCURRENTLY ix ON runs (revision)",
        _ => "CREATE TABLE made (id int)",
    };
    history.revision("r1", &[one, middle, two]).without_transaction()
}

scenario!(a_cut_outside_of_a_transaction_is_made_good on Postgres, Mariadb);
async fn a_cut_outside_of_a_transaction_is_made_good(database: Database) {
    let history = outside(&database);
    let mut first = history.upgrade(&[]);
    first.steps.truncate(1);
    database.execute(&first).await.unwrap();
    let clean = match database.kind {
        Kind::Postgres => "DROP INDEX IF EXISTS ix",
        _ => "DROP TABLE IF EXISTS made",
    };
    let mut recovered = 0;
    for moment in [Moment::Before, Moment::After] {
        for message in 1.. {
            database.sql(clean).await;
            database.sql("DELETE FROM runs; UPDATE alembic_version SET version_num = 'r0'").await;
            database.sql("DELETE FROM alembic_version_history WHERE revision = 'r1'").await;
            let (outcome, was_cut) = cut(&database, &history.upgrade(&["r0"]), message, moment).await;
            recovered += usize::from(was_cut && outcome.is_ok());
            let rows = database.rows().await;
            let at: Vec<&str> = rows.iter().map(String::as_str).collect();
            assert!(outcome.is_err() || at == ["r1"], "{moment:?} {message}: {at:?}");
            let report = database.execute(&history.upgrade(&at)).await;
            assert_eq!(report.unwrap_or_else(|error| panic!("{moment:?} {message}: {error:?}")).rows, ["r1"]);
            let runs = database.values("SELECT revision FROM runs ORDER BY revision").await;
            assert_eq!(runs, ["r1", "r2"], "{moment:?} {message}: {outcome:?}");
            let told = database.values("SELECT count(*) FROM alembic_version_history WHERE revision = 'r1'").await;
            assert_eq!(told, ["1"], "{moment:?} {message}: {outcome:?}");
            assert_eq!(database.values("SELECT count(*) FROM alembic_version_progress").await, ["0"]);
            if !was_cut {
                break;
            }
        }
    }
    println!("{:?}: {recovered} cuts went unnoticed", database.kind);
    assert!(recovered >= 10, "only {recovered} cuts went unnoticed");
}
