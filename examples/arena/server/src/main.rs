//! The arena's server: it brings its database up to date, then serves.
//!
//! `DATABASE_URL` names the database (default: a SQLite file in this folder), `ARENA_LISTEN` the address, and
//! `ARENA_MIGRATIONS` what becomes of pending revisions: `apply`, `wait`, `verify` or `off`. `server --health` asks a
//! running server how it is, for images that have no curl.

mod database;
mod health;
mod routes;

use std::env;
use std::error::Error;
use std::process::ExitCode;

use alembic_runtime::{Ahead, Migrator, embed};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::database::Database;

#[tokio::main]
async fn main() -> ExitCode {
    let address = setting("ARENA_LISTEN", "127.0.0.1:8080");
    let ended = match env::args().nth(1).as_deref() {
        None => serve(&address).await,
        Some("--health") => health::ask(&address).await,
        Some(other) => Err(format!("unknown argument `{other}`; there is only `--health`").into()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(address: &str) -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let url = setting("DATABASE_URL", "sqlite:arena.db");
    let upgraded = Migrator::embedded(embed!())
        .policy(setting("ARENA_MIGRATIONS", "apply").parse()?)
        // A release that was taken back shall not crash because of what the newer one did, if that breaks nothing.
        .ahead(Ahead::RunOn)
        .upgrade(&url)
        .await
        .map_err(|error| error.explained())?;
    tracing::info!("{} revisions applied, the database is at {}", upgraded.steps.len(), upgraded.rows.join(" "));

    let database = Database::connect(&url).await?;
    let listener = TcpListener::bind(address).await.map_err(|error| format!("cannot listen on {address}: {error}"))?;
    tracing::info!("listening on {}", listener.local_addr()?);
    axum::serve(listener, routes::router(database)).with_graceful_shutdown(asked_to_stop()).await?;
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
