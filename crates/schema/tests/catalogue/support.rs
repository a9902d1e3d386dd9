//! A database of its own for each test, and the steps of an autogeneration on it.

use std::sync::atomic::{AtomicUsize, Ordering};

use alembic_revisions::DialectName;
use alembic_runtime::{DatabaseUrl, Missing, OpenOptions, Session, open};
use alembic_schema::backend::{Backend, Place, Row, Scope};
use alembic_schema::{Change, Schema, Table};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
    Mariadb,
}

/// A connection to a database that exists for one test.
pub struct Database {
    pub session: Box<dyn Session>,
    pub backend: Box<dyn Backend>,
}

/// Makes a database, runs the scenario in it and drops it; after a failure it is kept.
pub fn run(kind: Kind, scenario: impl AsyncFnOnce(&mut Database)) {
    let Some(server) = server(kind) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let name = name();
        let url = match kind {
            Kind::Sqlite => format!("sqlite:{}", folder.path().join("arena.db").display()),
            Kind::Postgres | Kind::Mariadb => {
                on(&server, &format!("CREATE DATABASE {name}")).await;
                format!("{}/{name}", server.rsplit_once('/').unwrap().0)
            }
        };
        let mut database = Database::open(kind, &url).await;
        scenario(&mut database).await;
        database.session.close().await;
        match kind {
            Kind::Sqlite => {}
            Kind::Postgres => on(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await,
            Kind::Mariadb => on(&server, &format!("DROP DATABASE {name}")).await,
        }
    });
}

fn name() -> String {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    format!("alembic_schema_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
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

async fn session(url: &str) -> Box<dyn Session> {
    let options = OpenOptions { missing: Missing::Create, ..OpenOptions::default() };
    open(&DatabaseUrl::parse(url).unwrap(), &options).await.unwrap()
}

async fn on(url: &str, sql: &str) {
    let mut session = session(url).await;
    session.execute(sql).await.unwrap();
    session.close().await;
}

impl Database {
    async fn open(kind: Kind, url: &str) -> Self {
        let mut session = session(url).await;
        let (dialect, version) = match kind {
            Kind::Sqlite => (DialectName::Sqlite, None),
            Kind::Postgres => (DialectName::Postgres, None),
            Kind::Mariadb => (DialectName::Mysql, Some("SELECT version()")),
        };
        let version = match version {
            Some(query) => session.rows(query).await.unwrap().remove(0).remove(0),
            None => None,
        };
        Database { session, backend: alembic_schema::backend::of(dialect, version.as_deref()) }
    }

    /// Runs statements and forgets their rows.
    pub async fn sql(&mut self, sql: &str) {
        self.session.batch(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Runs statements that the database must refuse, and returns its message.
    pub async fn refusal(&mut self, sql: &str) -> String {
        match self.session.batch(sql).await {
            Ok(_) => panic!("not refused: {sql}"),
            Err(error) => error.to_string(),
        }
    }

    /// Returns the rows of a query, values between `|`.
    pub async fn rows(&mut self, sql: &str) -> Vec<String> {
        let rows = self.session.rows(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        rows.into_iter()
            .map(|row| {
                row.into_iter().map(|value| value.unwrap_or_else(|| "NULL".into())).collect::<Vec<_>>().join("|")
            })
            .collect()
    }

    /// Returns the schema of the scope, normalized.
    pub async fn inspect_in(&mut self, scope: &Scope) -> Schema {
        let rows = self.answers(&self.backend.inspection(scope)).await;
        let mut schema = self.backend.read(scope, &rows).unwrap();
        self.backend.normalize(&mut schema);
        schema
    }

    pub async fn inspect(&mut self) -> Schema {
        self.inspect_in(&Scope::default()).await
    }

    /// Sends all statements at once; returns the rows of all.
    async fn answers(&mut self, statements: &[String]) -> Vec<Row> {
        let text = statements.join(";\n");
        let answers = self.session.answers(&text).await.unwrap_or_else(|error| panic!("{text}: {error}"));
        answers.into_iter().flat_map(|answer| answer.rows).collect()
    }

    /// Makes the changes, and returns the SQL that did it.
    pub async fn make(&mut self, changes: &[Change]) -> String {
        let before = self.inspect().await;
        self.make_from(changes, &before).await
    }

    /// As [`Database::make`], with a schema from before that is already known.
    pub async fn make_from(&mut self, changes: &[Change], before: &Schema) -> String {
        let sql = self.backend.render(changes, before).unwrap().to_sql();
        self.sql(&sql).await;
        sql
    }

    /// Returns the tables, with the types they need, as the database itself spells them: tier 2. None where text decides.
    pub async fn in_scratch(&mut self, side: &Schema) -> Option<Schema> {
        let tables: Vec<&Table> = side.tables.values().collect();
        let enums: Vec<_> = side.enums.values().collect();
        let scratch = self.backend.scratch(&tables, &enums)?;
        let scope = Scope { schemas: Vec::new(), place: Place::Scratch(side.tables.keys().cloned().collect()) };
        self.answers(&scratch.make).await;
        let schema = self.inspect_in(&scope).await;
        self.answers(&scratch.remove).await;
        Some(schema)
    }
}

/// Declares a test that runs its scenario on one database.
macro_rules! scenario {
    ($name:ident on $kind:ident) => {
        mod $name {
            #[test]
            fn holds() {
                crate::support::run(crate::support::Kind::$kind, super::$name);
            }
        }
    };
}
pub(crate) use scenario;
