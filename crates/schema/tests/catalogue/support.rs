//! A database of its own for each test, and the steps of an autogeneration on it.

use alembic_revisions::DialectName;
use alembic_runtime::{DatabaseUrl, Session};
use alembic_schema::backend::{Backend, Place, Row, Scope};
use alembic_schema::{Change, Schema, Table};

pub use crate::server::Kind;
use crate::server::{Address, in_new_database, session};

/// A connection to a database that exists for one test.
pub struct Database {
    pub session: Box<dyn Session>,
    pub backend: Box<dyn Backend>,
}

/// Runs the scenario in a database that exists for one test.
pub fn run(kind: Kind, scenario: impl AsyncFnOnce(&mut Database)) {
    in_new_database(kind, async |address| {
        let mut database = Database::open(&address).await;
        scenario(&mut database).await;
        database.session.close().await;
    });
}

impl Database {
    async fn open(address: &Address) -> Self {
        let mut session = session(&DatabaseUrl::parse(&address.url).unwrap()).await;
        let (dialect, version) = match address.kind {
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
