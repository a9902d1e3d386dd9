//! The arena's server: it brings its database up to date, then serves.
//!
//! `DATABASE_URL` names the database (default: a SQLite file in this folder), `ARENA_LISTEN` the address, and
//! `ARENA_MIGRATIONS` what becomes of pending revisions: `apply`, `wait`, `verify` or `off`. `server --health` asks a
//! running server how it is, for images that have no curl.

mod health;
mod routes;

use std::env;
use std::error::Error;

use alembic_runtime::migrator::{Ahead, Migrator, Policy};
use alembic_runtime::embed;
use sqlx::any::AnyPoolOptions;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = setting("ARENA_LISTEN", "127.0.0.1:8080");
    if env::args().nth(1).as_deref() == Some("--health") {
        return health::ask(&address).await;
    }
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();

    let url = setting("DATABASE_URL", "sqlite:arena.db");
    let policy: Policy = setting("ARENA_MIGRATIONS", "apply").parse()?;
    // A release that was taken back must not crash because of what the newer one did, if that breaks nothing.
    Migrator::embedded(embed!()).policy(policy).ahead(Ahead::RunOn).upgrade(&url).await?;

    sqlx::any::install_default_drivers();
    let pool = AnyPoolOptions::new().max_connections(4).connect(&url).await?;
    let listener = TcpListener::bind(&address).await?;
    tracing::info!("listening on {}", listener.local_addr()?);
    axum::serve(listener, routes::router(pool)).with_graceful_shutdown(asked_to_stop()).await?;
    Ok(())
}

fn setting(name: &str, default: &str) -> String {
    env::var(name).ok().filter(|value| !value.is_empty()).unwrap_or_else(|| default.to_owned())
}

/// Ends when a person or the container's engine asks the server to stop.
async fn asked_to_stop() {
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(_) => _ = tokio::signal::ctrl_c().await,
    }
}
