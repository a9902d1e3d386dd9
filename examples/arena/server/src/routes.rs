//! What the server answers.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use players::Player;
use serde_json::{Value, json};
use sqlx::{AnyPool, AssertSqlSafe, Row};

use alembic_model::Table;

/// Returns all routes, over one pool.
pub fn router(pool: AnyPool) -> Router {
    Router::new().route("/health", get(health)).route("/players", get(players)).with_state(pool)
}

/// Says at which revisions the database is, so that a deployment can be watched from outside.
async fn health(State(pool): State<AnyPool>) -> (StatusCode, Json<Value>) {
    match texts(&pool, "SELECT version_num FROM alembic_version ORDER BY version_num").await {
        Ok(revisions) => (StatusCode::OK, Json(json!({ "status": "ok", "revisions": revisions }))),
        Err(error) => unavailable(&error),
    }
}

async fn players(State(pool): State<AnyPool>) -> (StatusCode, Json<Value>) {
    match texts(&pool, &format!("SELECT full_name FROM {} ORDER BY full_name", Player::TABLE)).await {
        Ok(names) => (StatusCode::OK, Json(json!({ "players": names }))),
        Err(error) => unavailable(&error),
    }
}

async fn texts(pool: &AnyPool, query: &str) -> Result<Vec<String>, sqlx::Error> {
    // Without prepared statements, so that PgBouncer may stand in between.
    let rows = sqlx::raw_sql(AssertSqlSafe(query)).fetch_all(pool).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// The cause goes to the log; a stranger learns nothing of the database.
fn unavailable(error: &sqlx::Error) -> (StatusCode, Json<Value>) {
    tracing::error!("{error}");
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "the database does not answer" })))
}
