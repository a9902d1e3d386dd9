//! The connection is cut at every message, before and after the server got it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use alembic_revisions::diagnose::Diagnose;
use alembic_revisions::{Exit, Plan};
use alembic_runtime::{DatabaseUrl, Event, Session, execute};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::history::History;
use crate::support::{Database, Kind, quick, scenario, session};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    Before,
    After,
}

/// Passes everything on, until it has passed on `left` messages of the client; then one connection is cut.
#[derive(Clone)]
struct Proxy {
    left: Arc<AtomicUsize>,
    cut: Cut,
}

const NEVER: usize = usize::MAX / 2;

impl Proxy {
    async fn start(self, target: String) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&target).await.unwrap();
                tokio::spawn(self.clone().pass(client, server));
            }
        });
        address
    }

    async fn pass(self, client: TcpStream, server: TcpStream) {
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let answers = tokio::spawn(async move {
            let _ = tokio::io::copy(&mut from_server, &mut to_client).await;
        });
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = from_client.read(&mut buffer).await {
            let last = self.left.fetch_sub(1, Ordering::SeqCst) == 1;
            if last {
                self.left.store(NEVER, Ordering::SeqCst);
                answers.abort();
            }
            if !(last && self.cut == Cut::Before) && to_server.write_all(&buffer[..length]).await.is_err() {
                break;
            }
            if last {
                // The server shall have done it before it notices that nobody listens.
                tokio::time::sleep(Duration::from_millis(60)).await;
                break;
            }
        }
        answers.abort();
    }
}

async fn opened(database: &Database, cut: Cut) -> (Box<dyn Session>, Arc<AtomicUsize>) {
    let left = Arc::new(AtomicUsize::new(NEVER));
    let target = database.url.target();
    let address = Proxy { left: left.clone(), cut }.start(target.clone()).await;
    let url = DatabaseUrl::parse(&database.text.replace(&target, &address)).unwrap();
    (session(&url).await, left)
}

/// Returns how many messages a run sends.
pub async fn messages(database: &Database, plan: &Plan) -> usize {
    let (mut session, left) = opened(database, Cut::After).await;
    left.store(NEVER, Ordering::SeqCst);
    execute(&mut *session, plan, &quick(), &mut |_: &Event<'_>| {}).await.unwrap();
    let sent = NEVER - left.load(Ordering::SeqCst);
    drop(session);
    sent
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
    for cut in [Cut::Before, Cut::After] {
        for message in 1.. {
            database.sql("DELETE FROM runs; UPDATE alembic_version SET version_num = 'r0'").await;
            database.sql("DELETE FROM alembic_version_history WHERE revision <> 'r0'").await;
            let (mut session, left) = opened(&database, cut).await;
            left.store(message, Ordering::SeqCst);
            let outcome = execute(&mut *session, &history.upgrade(&["r0"]), &quick(), &mut |_: &Event<'_>| {}).await;
            let was_cut = left.load(Ordering::SeqCst) > NEVER / 2;
            drop(session);
            match &outcome {
                Ok(_) => recovered += usize::from(was_cut),
                Err(error) => assert_eq!(error.exit(), Exit::Database, "{cut:?} {message}: {error:?}"),
            }
            let rows = database.rows().await;
            let at: Vec<&str> = rows.iter().map(String::as_str).collect();
            assert!(outcome.is_err() || at == ["r3"], "{cut:?} {message}: {at:?}");
            let report = database.execute(&history.upgrade(&at)).await;
            assert_eq!(report.unwrap_or_else(|error| panic!("{cut:?} {message}: {error:?}")).rows, ["r3"]);
            let runs = database.values("SELECT revision FROM runs ORDER BY revision").await;
            assert_eq!(runs, ["r1", "r2", "r3"], "{cut:?} {message}: {outcome:?}");
            let told = "SELECT revision FROM alembic_version_history WHERE revision <> 'r0' ORDER BY number";
            assert_eq!(database.values(told).await, ["r1", "r2", "r3"], "{cut:?} {message}: {outcome:?}");
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
    for cut in [Cut::Before, Cut::After] {
        for message in 1.. {
            database.sql(clean).await;
            database.sql("DELETE FROM runs; UPDATE alembic_version SET version_num = 'r0'").await;
            database.sql("DELETE FROM alembic_version_history WHERE revision = 'r1'").await;
            let (mut session, left) = opened(&database, cut).await;
            left.store(message, Ordering::SeqCst);
            let outcome = execute(&mut *session, &history.upgrade(&["r0"]), &quick(), &mut |_: &Event<'_>| {}).await;
            let was_cut = left.load(Ordering::SeqCst) > NEVER / 2;
            drop(session);
            recovered += usize::from(was_cut && outcome.is_ok());
            let rows = database.rows().await;
            let at: Vec<&str> = rows.iter().map(String::as_str).collect();
            assert!(outcome.is_err() || at == ["r1"], "{cut:?} {message}: {at:?}");
            let report = database.execute(&history.upgrade(&at)).await;
            assert_eq!(report.unwrap_or_else(|error| panic!("{cut:?} {message}: {error:?}")).rows, ["r1"]);
            let runs = database.values("SELECT revision FROM runs ORDER BY revision").await;
            assert_eq!(runs, ["r1", "r2"], "{cut:?} {message}: {outcome:?}");
            let told = database.values("SELECT count(*) FROM alembic_version_history WHERE revision = 'r1'").await;
            assert_eq!(told, ["1"], "{cut:?} {message}: {outcome:?}");
            assert_eq!(database.values("SELECT count(*) FROM alembic_version_progress").await, ["0"]);
            if !was_cut {
                break;
            }
        }
    }
    println!("{:?}: {recovered} cuts went unnoticed", database.kind);
    assert!(recovered >= 10, "only {recovered} cuts went unnoticed");
}
