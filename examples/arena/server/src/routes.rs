//! What the server answers.

use alembic_model::Table;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use players::Player;
use serde_json::{Value, json};

use crate::database::Database;

/// Returns all routes.
pub fn router(database: Database) -> Router {
    Router::new().route("/health", get(health)).route("/players", get(players)).with_state(database)
}

/// Says at which revisions the database is, so that a deployment can be watched from outside.
async fn health(State(database): State<Database>) -> (StatusCode, Json<Value>) {
    match database.texts("SELECT version_num FROM alembic_version ORDER BY version_num").await {
        Ok(revisions) => (StatusCode::OK, Json(json!({ "status": "ok", "revisions": revisions }))),
        Err(error) => unavailable(&error),
    }
}

async fn players(State(database): State<Database>) -> (StatusCode, Json<Value>) {
    match database.texts(&format!("SELECT full_name FROM {} ORDER BY full_name", Player::TABLE)).await {
        Ok(names) => (StatusCode::OK, Json(json!({ "players": names }))),
        Err(error) => unavailable(&error),
    }
}

/// The cause goes to the log; a stranger learns nothing of the database.
fn unavailable(error: &sqlx::Error) -> (StatusCode, Json<Value>) {
    tracing::error!("{error}");
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "the database does not answer" })))
}
