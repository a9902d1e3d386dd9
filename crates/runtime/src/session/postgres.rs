//! PostgreSQL through `sqlx`: one connection, the simple protocol, no prepared statements.
//!
//! The settings make it work behind PgBouncer in transaction mode. Read [`PostgresSession::open`] first.

use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgDatabaseError, PgErrorPosition, PgQueryResult, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, Row as _, ValueRef, raw_sql};

use super::answer::{Reading, counts, drained};
use super::error::from_driver;
use super::{Answer, BatchError, DatabaseError, ErrorKind, OpenError, OpenOptions, Row, Session, connected, locate};
use crate::url::DatabaseUrl;

pub(super) struct PostgresSession {
    url: DatabaseUrl,
    options: OpenOptions,
    connection: PgConnection,
}

impl PostgresSession {
    pub(super) async fn open(url: &DatabaseUrl, options: &OpenOptions) -> Result<Self, OpenError> {
        let settings = connect_options(url)?;
        let connection = connect(url, options, &settings).await?;
        Ok(PostgresSession { url: url.clone(), options: options.clone(), connection })
    }
}

fn connect_options(url: &DatabaseUrl) -> Result<PgConnectOptions, OpenError> {
    let refused = |error| OpenError::Refused { url: Box::new(url.clone()), error: fault(error, "") };
    let no_server = || sqlx::Error::InvalidArgument("no server's URL".into());
    let server = url.server().ok_or_else(no_server).map_err(refused)?;
    let mut settings = PgConnectOptions::from_url(server).map_err(refused)?;
    if url.parameter("application_name").is_none() {
        settings = settings.application_name("cargo-alembic");
    }
    // PgBouncer refuses unknown start-up parameters and forgets prepared statements.
    Ok(settings.extra_float_digits(None).statement_cache_capacity(0).disable_statement_logging())
}

async fn connect(
    url: &DatabaseUrl,
    options: &OpenOptions,
    settings: &PgConnectOptions,
) -> Result<PgConnection, OpenError> {
    connected(url, options, || async { settings.connect().await.map_err(|error| fault(error, "")) }).await
}

#[async_trait]
impl Session for PostgresSession {
    fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    async fn batch(&mut self, sql: &str) -> Result<Vec<u64>, BatchError> {
        let reading = Reading { affected: PgQueryResult::rows_affected, row: None };
        let stream = raw_sql(AssertSqlSafe(sql)).fetch_many(&mut self.connection);
        drained(stream, reading, |error| fault(error, sql)).await.map(counts)
    }

    async fn answers(&mut self, sql: &str) -> Result<Vec<Answer>, BatchError> {
        let reading = Reading { affected: PgQueryResult::rows_affected, row: Some(values) };
        let stream = raw_sql(AssertSqlSafe(sql)).fetch_many(&mut self.connection);
        drained(stream, reading, |error| fault(error, sql)).await
    }

    async fn reconnect(&mut self) -> Result<(), OpenError> {
        self.connection = connect(&self.url, &self.options, &connect_options(&self.url)?).await?;
        Ok(())
    }

    async fn open_beside(&self) -> Result<Box<dyn Session>, OpenError> {
        let settings = connect_options(&self.url)?;
        let unlimited = settings.clone().options([("statement_timeout", "0")]);
        let connection = match connect(&self.url, &self.options, &unlimited).await {
            // A pooler takes no start-up options; the role's own limit then holds.
            Err(OpenError::Refused { error, .. }) if error.code.as_deref() == Some("08P01") => {
                connect(&self.url, &self.options, &settings).await?
            }
            opened => opened?,
        };
        Ok(Box::new(PostgresSession { url: self.url.clone(), options: self.options.clone(), connection }))
    }

    async fn close(self: Box<Self>) {
        // The server ends the session either way.
        let _ = self.connection.close().await;
    }
}

fn values(row: &PgRow) -> Row {
    (0..row.len())
        .map(|column| {
            let value = row.try_get_raw(column).ok()?;
            if value.is_null() { None } else { value.as_str().ok().map(str::to_owned) }
        })
        .collect()
}

fn fault(error: sqlx::Error, sql: &str) -> DatabaseError {
    from_driver(error, |error| match error.try_downcast_ref::<PgDatabaseError>() {
        Some(error) => refusal(error, sql),
        None => DatabaseError::new(ErrorKind::Other, error.message()),
    })
}

fn refusal(error: &PgDatabaseError, sql: &str) -> DatabaseError {
    let owned = |text: Option<&str>| text.map(Box::from);
    let position = match error.position() {
        Some(PgErrorPosition::Original(character)) => {
            let at = sql.char_indices().nth(character.saturating_sub(1)).map_or(sql.len(), |(at, _)| at);
            Some(locate::token_at(sql, at))
        }
        Some(PgErrorPosition::Internal { .. }) | None => None,
    };
    DatabaseError {
        kind: kind(error.code()),
        code: Some(error.code().into()),
        message: error.message().into(),
        detail: owned(error.detail()),
        hint: owned(error.hint()),
        context: owned(error.r#where()),
        position,
    }
}

/// Sorts SQLSTATEs, see <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn kind(code: &str) -> ErrorKind {
    match code {
        "55P03" => ErrorKind::LockNotAvailable,
        "40001" | "40P01" => ErrorKind::SerializationOrDeadlock,
        "25001" => ErrorKind::ForbiddenInTransaction,
        "25P01" | "3B001" => ErrorKind::NoTransaction,
        "25006" => ErrorKind::ReadOnly,
        "23505" | "42P06" | "42P07" | "42710" => ErrorKind::AlreadyExists,
        "42501" => ErrorKind::Denied,
        "57014" => ErrorKind::Cancelled,
        "3D000" => ErrorKind::UnknownDatabase,
        // No connection left, or the server is starting.
        "53300" | "57P03" => ErrorKind::Busy,
        "08P01" => ErrorKind::Other,
        // The last is idle_in_transaction_session_timeout.
        "57P01" | "57P02" | "57P05" | "25P03" => ErrorKind::ConnectionLost,
        _ if code.starts_with("08") => ErrorKind::ConnectionLost,
        _ if code.starts_with("28") => ErrorKind::Authentication,
        _ => ErrorKind::Other,
    }
}
