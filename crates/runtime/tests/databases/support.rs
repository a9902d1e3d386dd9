//! A database of its own for each test, and what tests ask of it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alembic_revisions::{Direction, Plan};
use alembic_runtime::{DatabaseUrl, Event, ExecuteError, Report, RunOptions, Session, execute, read_rows};

use crate::history::History;
use crate::server::{Address, in_new_database};
pub use crate::server::{Kind, session};

/// A database that exists for one test.
#[derive(Clone)]
pub struct Database {
    pub kind: Kind,
    pub url: DatabaseUrl,
    pub text: String,
}

/// Runs the scenario in a database that exists for one test.
pub fn run<F: Future<Output = ()>>(kind: Kind, scenario: impl FnOnce(Database) -> F) {
    in_new_database(kind, |Address { kind, url: text }| {
        scenario(Database { kind, url: DatabaseUrl::parse(&text).unwrap(), text })
    });
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
        self.text.trim_start_matches("sqlite:").into()
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
                Event::Ran { .. } => return,
                Event::Pending { revisions } => format!("pending {revisions}"),
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
