//! PostgreSQL through `sqlx`: one connection, the simple protocol, no prepared statements.
//!
//! The settings make it work behind PgBouncer in transaction mode. Read [`PostgresSession::open`] first.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgDatabaseError, PgErrorPosition, PgQueryResult, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool, Postgres, Row as _, ValueRef, raw_sql};

use super::answer::{Reading, counts, drained};
use super::error::from_driver;
use super::held::Held;
use super::{
    Answer, BatchError, DatabaseError, Door, ErrorKind, IntoSession, OpenError, OpenOptions, Opening, Row, Session,
    connected, locate,
};
use crate::url::{DatabaseUrl, Parts};
use alembic_revisions::DialectName;

/// What an application has set on its connection, as the statement that sets it again.
const SETTINGS: &str = "SELECT 'SELECT ' || string_agg(format('pg_catalog.set_config(%L, %L, false)', name, setting), ', ') \
     FROM (SELECT name, setting FROM pg_catalog.pg_settings WHERE source = 'session' UNION ALL \
     SELECT 'role', current_setting('role')) AS changed";
const PLACE: &str = "SELECT current_user, current_database(), host(inet_server_addr()), inet_server_port()";

pub(super) struct PostgresSession<'c> {
    url: DatabaseUrl,
    door: Option<Arc<PostgresDoor>>,
    connection: Held<'c, Postgres>,
    /// What an application's connection had set when a run was prepared.
    settings: Option<String>,
}

impl PostgresSession<'static> {
    pub(super) async fn open(url: &DatabaseUrl, options: &OpenOptions) -> Result<Self, OpenError> {
        let door = PostgresDoor { url: url.clone(), options: options.clone(), settings: connect_options(url)? };
        let connection = Held::Own(connect(url, options, &door.settings).await?);
        Ok(PostgresSession { url: url.clone(), door: Some(Arc::new(door)), connection, settings: None })
    }

    async fn of_pool(pool: &PgPool) -> Result<Self, OpenError> {
        let settings = PgConnectOptions::clone(&pool.connect_options());
        let socket = settings.get_socket().map(|path| path.to_string_lossy().into_owned());
        let parts = Parts {
            dialect: DialectName::Postgres,
            host: socket.as_deref().unwrap_or(settings.get_host()),
            port: settings.get_port(),
            user: settings.get_username(),
            database: settings.get_database().unwrap_or(settings.get_username()),
        };
        let url = parts.url()?;
        let refused = |error| OpenError::Refused { url: Box::new(url.clone()), error: fault(&error, "") };
        let connection = Held::Pooled(pool.acquire().await.map_err(refused)?);
        let door = PostgresDoor { url: url.clone(), options: OpenOptions::default(), settings };
        Ok(PostgresSession { url, door: Some(Arc::new(door)), connection, settings: None })
    }
}

impl<'c> PostgresSession<'c> {
    async fn of_lent(connection: &'c mut PgConnection) -> Result<Self, OpenError> {
        let nowhere = Parts { dialect: DialectName::Postgres, host: "", port: 5432, user: "", database: "" }.url()?;
        let mut session =
            PostgresSession { url: nowhere, door: None, connection: Held::Lent(connection), settings: None };
        let place = session.rows(PLACE).await;
        let place = place.map_err(|error| OpenError::Refused { url: Box::new(session.url.clone()), error })?;
        let [user, database, host, port] = <[_; 4]>::try_from(place.into_iter().next().unwrap_or_default())
            .unwrap_or_default()
            .map(Option::unwrap_or_default);
        let parts = Parts {
            dialect: DialectName::Postgres,
            host: &host,
            port: port.parse().unwrap_or(5432),
            user: &user,
            database: &database,
        };
        session.url = parts.url()?;
        Ok(session)
    }
}

impl<'c> IntoSession<'c> for &'c PgPool {
    fn into_session(self, _: OpenOptions) -> Opening<'c> {
        Box::pin(async move { Ok(Box::new(PostgresSession::of_pool(self).await?) as Box<dyn Session>) })
    }
}

impl<'c> IntoSession<'c> for &'c mut PgConnection {
    fn into_session(self, _: OpenOptions) -> Opening<'c> {
        Box::pin(async move { Ok(Box::new(PostgresSession::of_lent(self).await?) as Box<dyn Session + 'c>) })
    }
}

struct PostgresDoor {
    url: DatabaseUrl,
    options: OpenOptions,
    settings: PgConnectOptions,
}

#[async_trait]
impl Door for PostgresDoor {
    async fn open(&self) -> Result<Box<dyn Session>, OpenError> {
        let PostgresDoor { url, options, settings } = self;
        let unlimited = settings.clone().options([("statement_timeout", "0")]);
        let connection = match connect(url, options, &unlimited).await {
            // A pooler takes no start-up options; the role's own limit then holds.
            Err(OpenError::Refused { error, .. }) if error.code.as_deref() == Some("08P01") => {
                connect(url, options, settings).await?
            }
            opened => opened?,
        };
        let door = PostgresDoor { url: url.clone(), options: options.clone(), settings: settings.clone() };
        let connection = Held::Own(connection);
        Ok(Box::new(PostgresSession { url: url.clone(), door: Some(Arc::new(door)), connection, settings: None }))
    }
}

fn connect_options(url: &DatabaseUrl) -> Result<PgConnectOptions, OpenError> {
    let refused = |error| OpenError::Refused { url: Box::new(url.clone()), error: fault(&error, "") };
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
    connected(url, options, || async { settings.connect().await.map_err(|error| fault(&error, "")) }).await
}

#[async_trait]
impl Session for PostgresSession<'_> {
    fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    async fn batch(&mut self, sql: &str) -> Result<Vec<u64>, BatchError> {
        let reading = Reading { affected: PgQueryResult::rows_affected, row: None };
        let stream = raw_sql(AssertSqlSafe(sql)).fetch_many(&mut *self.connection);
        drained(stream, reading, |error| fault(&error, sql)).await.map(counts)
    }

    async fn answers(&mut self, sql: &str) -> Result<Vec<Answer>, BatchError> {
        let reading = Reading { affected: PgQueryResult::rows_affected, row: Some(values) };
        let stream = raw_sql(AssertSqlSafe(sql)).fetch_many(&mut *self.connection);
        drained(stream, reading, |error| fault(&error, sql)).await
    }

    async fn reconnect(&mut self) -> Result<(), OpenError> {
        let Some(door) = &self.door else { return Err(OpenError::Lent { url: Box::new(self.url.clone()) }) };
        self.connection = Held::Own(connect(&self.url, &door.options, &door.settings).await?);
        if let Some(settings) = self.settings.clone() {
            let set = self.execute(&settings).await;
            set.map_err(|error| OpenError::Refused { url: Box::new(self.url.clone()), error })?;
        }
        Ok(())
    }

    fn door(&self) -> Option<Arc<dyn Door>> {
        self.door.clone().map(|door| door as Arc<dyn Door>)
    }

    fn settings(&self) -> Option<&str> {
        self.settings.as_deref()
    }

    async fn prepare(&mut self) -> Result<(), DatabaseError> {
        match &mut self.connection {
            Held::Own(_) => return Ok(()),
            // Whoever takes it next must not find our settings, or a transaction of a future that was dropped.
            Held::Pooled(connection) => connection.close_on_drop(),
            Held::Lent(_) => self.connection.refuse_transaction()?,
        }
        self.settings = self.rows(SETTINGS).await?.into_iter().next().and_then(|row| row.into_iter().next().flatten());
        Ok(())
    }

    fn postgres(&mut self) -> Option<&mut PgConnection> {
        Some(&mut self.connection)
    }

    async fn close(mut self: Box<Self>) {
        if let (Held::Lent(_), Some(settings)) = (&self.connection, self.settings.take()) {
            let _ = self.batch("ROLLBACK").await;
            let _ = self.batch(&settings).await;
        }
        // The server ends the session either way.
        if let Held::Own(connection) = self.connection {
            let _ = connection.close().await;
        }
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

pub(super) fn fault(error: &sqlx::Error, sql: &str) -> DatabaseError {
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
