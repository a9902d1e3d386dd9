//! A database of its own for each test, and what tests ask of it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alembic_revisions::{Direction, Plan};
use alembic_runtime::{
    DatabaseUrl, Event, ExecuteError, Missing, OpenOptions, Report, RunOptions, Session, execute, open, read_rows,
};

use crate::history::History;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
    Mariadb,
}

/// A database that exists for one test.
#[derive(Clone)]
pub struct Database {
    pub kind: Kind,
    pub url: DatabaseUrl,
    pub text: String,
    pub folder: Arc<tempfile::TempDir>,
}

/// Makes a database, runs the scenario in it and drops it; after a failure it is kept.
pub fn run<F: Future<Output = ()>>(kind: Kind, scenario: impl FnOnce(Database) -> F) {
    let Some(server) = server(kind) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let database = create(kind, &server).await;
        scenario(database.clone()).await;
        drop_database(&database, &server).await;
    });
}

fn server(kind: Kind) -> Option<String> {
    let (variable, name) = match kind {
        Kind::Sqlite => return Some(String::new()),
        Kind::Postgres => ("ALEMBIC_TEST_POSTGRES_URL", "postgres"),
        Kind::Mariadb => ("ALEMBIC_TEST_MARIADB_URL", "mariadb"),
    };
    let server = std::env::var(variable).ok();
    let required = std::env::var("ALEMBIC_TEST_REQUIRE").unwrap_or_default();
    if server.is_none() {
        assert!(!required.split(',').any(|wanted| wanted == name), "{variable} is not set");
        println!("skipped: no {name}");
    }
    server
}

async fn create(kind: Kind, server: &str) -> Database {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let name = format!("alembic_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let text = match kind {
        Kind::Sqlite => format!("sqlite:{}", folder.path().join("arena.db").display()),
        Kind::Postgres | Kind::Mariadb => {
            sql(server, &format!("CREATE DATABASE {name}")).await;
            format!("{}/{name}", server.rsplit_once('/').unwrap().0)
        }
    };
    Database { kind, url: DatabaseUrl::parse(&text).unwrap(), text, folder }
}

async fn drop_database(database: &Database, server: &str) {
    let name = database.url.database().unwrap();
    match database.kind {
        Kind::Sqlite => {}
        Kind::Postgres => sql(server, &format!("DROP DATABASE {name} WITH (FORCE)")).await,
        Kind::Mariadb => sql(server, &format!("DROP DATABASE {name}")).await,
    }
}

async fn sql(url: &str, sql: &str) {
    let mut session = session(&DatabaseUrl::parse(url).unwrap()).await;
    session.execute(sql).await.unwrap();
    session.close().await;
}

pub async fn session(url: &DatabaseUrl) -> Box<dyn Session> {
    let options = OpenOptions { missing: Missing::Create, ..OpenOptions::default() };
    open(url, &options).await.unwrap()
}

impl Database {
    pub async fn session(&self) -> Box<dyn Session> {
        session(&self.url).await
    }

    /// Runs one statement on a connection of its own.
    pub async fn sql(&self, sql: &str) {
        let mut session = self.session().await;
        session.batch(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        session.close().await;
    }

    /// Returns the first column of a query's rows.
    pub async fn values(&self, sql: &str) -> Vec<String> {
        let mut session = self.session().await;
        let rows = session.rows(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        session.close().await;
        rows.into_iter().map(|row| row.into_iter().next().flatten().unwrap_or_else(|| "NULL".into())).collect()
    }

    pub async fn rows(&self) -> Vec<String> {
        let mut session = self.session().await;
        let rows = read_rows(&mut *session, &RunOptions::default().version_table).await.unwrap();
        session.close().await;
        rows
    }

    pub async fn has_table(&self, name: &str) -> bool {
        let mut session = self.session().await;
        let found = session.rows(&format!("SELECT 1 FROM {name} LIMIT 1")).await.is_ok();
        session.close().await;
        found
    }

    pub fn history(&self) -> History {
        History::new(self.url.dialect())
    }

    pub async fn execute(&self, plan: &Plan) -> Result<Report, ExecuteError> {
        self.execute_with(plan, &quick()).await
    }

    pub async fn execute_with(&self, plan: &Plan, options: &RunOptions) -> Result<Report, ExecuteError> {
        let mut session = self.session().await;
        let report = execute(&mut *session, plan, options, &mut |_: &Event<'_>| {}).await;
        session.close().await;
        report
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("arena.db")
    }
}

/// Options with which a failing test does not take minutes.
pub fn quick() -> RunOptions {
    RunOptions {
        lock_timeout: Duration::from_secs(30),
        retry_for: Duration::from_secs(20),
        owner: "tester".to_owned(),
        ..RunOptions::default()
    }
}

/// Collects events as words.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub fn observer(&self) -> impl FnMut(&Event<'_>) + Send + use<> {
        let log = self.0.clone();
        move |event: &Event<'_>| {
            let word = match event {
                Event::Waiting { holder } => format!("waiting for {holder}"),
                Event::Started { step, index, total } => {
                    format!("started {} {}/{total}", step.script.revision.id, index + 1)
                }
                Event::Finished { step, .. } => match step.direction {
                    Direction::Up => format!("finished {}", step.script.revision.id),
                    Direction::Down => format!("reverted {}", step.script.revision.id),
                },
                Event::Retrying { reason, .. } => format!("retrying: {reason}"),
            };
            log.lock().unwrap().push(word);
        }
    }

    pub fn words(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// Declares a test for each database that a scenario runs on.
macro_rules! scenario {
    (#[$attribute:meta] $name:ident on $($kind:ident),+) => {
        mod $name {
            $(
                #[test]
                #[$attribute]
                #[allow(non_snake_case, reason = "the test is named after the variant")]
                fn $kind() {
                    crate::support::run(crate::support::Kind::$kind, super::$name);
                }
            )+
        }
    };
    ($name:ident on $($kind:ident),+) => {
        mod $name {
            $(
                #[test]
                #[allow(non_snake_case, reason = "the test is named after the variant")]
                fn $kind() {
                    crate::support::run(crate::support::Kind::$kind, super::$name);
                }
            )+
        }
    };
}
pub(crate) use scenario;
