//! Databases that exist for one test. The tests of `alembic-schema` use this file, too.
//!
//! Read [`in_new_database`] first.

use std::sync::atomic::{AtomicUsize, Ordering};

use alembic_runtime::{DatabaseUrl, Missing, OpenOptions, Session, open};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
    Mariadb,
}

/// Where such a database is.
pub struct Address {
    pub kind: Kind,
    pub url: String,
}

/// Makes a database, runs the scenario in it and drops it; after a failure it is kept. Nothing runs without its server.
pub fn in_new_database<F: Future<Output = ()>>(kind: Kind, scenario: impl FnOnce(Address) -> F) {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let Some(server) = server(kind) else { return };
    let name = format!("alembic_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let folder = tempfile::tempdir().unwrap();
    let url = match kind {
        Kind::Sqlite => format!("sqlite:{}", folder.path().join("arena.db").display()),
        Kind::Postgres | Kind::Mariadb => format!("{}/{name}", server.rsplit_once('/').unwrap().0),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        if kind != Kind::Sqlite {
            on(&server, &format!("CREATE DATABASE {name}")).await;
        }
        scenario(Address { kind, url }).await;
        match kind {
            Kind::Sqlite => {}
            Kind::Postgres => on(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await,
            Kind::Mariadb => on(&server, &format!("DROP DATABASE {name}")).await,
        }
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

async fn on(url: &str, sql: &str) {
    let mut session = session(&DatabaseUrl::parse(url).unwrap()).await;
    session.execute(sql).await.unwrap();
    session.close().await;
}

pub async fn session(url: &DatabaseUrl) -> Box<dyn Session> {
    let options = OpenOptions { missing: Missing::Create, ..OpenOptions::default() };
    open(url, &options).await.unwrap()
}
