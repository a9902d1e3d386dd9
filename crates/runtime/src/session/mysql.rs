//! MySQL and MariaDB through `sqlx`: one connection, the text protocol, the server's own `sql_mode`.
//!
//! The driver asks for CLIENT_FOUND_ROWS, so an UPDATE counts the rows it matched. Read [`MysqlSession::open`] first.

use async_trait::async_trait;
use sqlx::mysql::{MySqlConnectOptions, MySqlDatabaseError, MySqlQueryResult, MySqlRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, MySqlConnection, Row as _, raw_sql};

use super::answer::{Reading, counts, drained};
use super::error::from_driver;
use super::{Answer, BatchError, DatabaseError, ErrorKind, OpenError, OpenOptions, Row, Session, connected, locate};
use crate::url::DatabaseUrl;

/// `sqlx` connects with CLIENT_IGNORE_SPACE, which adds IGNORE_SPACE to the session's `sql_mode`; this takes it away
/// again unless the server's owner chose it.
const OWN_SQL_MODE: &str = "SET SESSION sql_mode = IF(FIND_IN_SET('IGNORE_SPACE', @@GLOBAL.sql_mode), @@SESSION.sql_mode, \
     TRIM(BOTH ',' FROM REPLACE(CONCAT(',', @@SESSION.sql_mode, ','), ',IGNORE_SPACE,', ',')))";

pub(super) struct MysqlSession {
    url: DatabaseUrl,
    options: OpenOptions,
    connection: MySqlConnection,
}

impl MysqlSession {
    pub(super) async fn open(url: &DatabaseUrl, options: &OpenOptions) -> Result<Self, OpenError> {
        let refused = |error| OpenError::Refused { url: Box::new(url.clone()), error: fault(error, "") };
        let no_server = || sqlx::Error::InvalidArgument("no server's URL".into());
        let server = url.server().ok_or_else(no_server).map_err(refused)?;
        let mut settings = MySqlConnectOptions::from_url(server).map_err(refused)?;
        if url.parameter("timezone").or_else(|| url.parameter("time-zone")).is_none() {
            settings = settings.timezone(None);
        }
        let settings = settings
            .pipes_as_concat(false)
            .no_engine_substitution(false)
            .statement_cache_capacity(0)
            .disable_statement_logging();
        let connection = connected(url, options, || async {
            let mut connection = settings.connect().await.map_err(|error| fault(error, ""))?;
            let own_mode = raw_sql(OWN_SQL_MODE).execute(&mut connection).await;
            own_mode.map_err(|error| fault(error, OWN_SQL_MODE))?;
            Ok(connection)
        })
        .await?;
        Ok(MysqlSession { url: url.clone(), options: options.clone(), connection })
    }
}

#[async_trait]
impl Session for MysqlSession {
    fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    async fn batch(&mut self, sql: &str) -> Result<Vec<u64>, BatchError> {
        let reading = Reading { affected: MySqlQueryResult::rows_affected, row: None };
        let stream = raw_sql(AssertSqlSafe(sql)).fetch_many(&mut self.connection);
        drained(stream, reading, |error| fault(error, sql)).await.map(counts)
    }

    async fn answers(&mut self, sql: &str) -> Result<Vec<Answer>, BatchError> {
        let reading = Reading { affected: MySqlQueryResult::rows_affected, row: Some(values) };
        let stream = raw_sql(AssertSqlSafe(sql)).fetch_many(&mut self.connection);
        drained(stream, reading, |error| fault(error, sql)).await
    }

    async fn reconnect(&mut self) -> Result<(), OpenError> {
        *self = MysqlSession::open(&self.url, &self.options).await?;
        Ok(())
    }

    async fn open_beside(&self) -> Result<Box<dyn Session>, OpenError> {
        Ok(Box::new(MysqlSession::open(&self.url, &self.options).await?))
    }

    async fn close(self: Box<Self>) {
        // The server ends the session either way.
        let _ = self.connection.close().await;
    }
}

fn values(row: &MySqlRow) -> Row {
    let text = |column| match row.try_get_unchecked::<Option<&[u8]>, usize>(column) {
        Ok(value) => value.map(|bytes| String::from_utf8_lossy(bytes).into_owned()),
        Err(_) => None,
    };
    (0..row.len()).map(text).collect()
}

fn fault(error: sqlx::Error, sql: &str) -> DatabaseError {
    from_driver(error, |error| match error.try_downcast_ref::<MySqlDatabaseError>() {
        Some(error) => DatabaseError {
            code: Some(error.number().to_string().into()),
            position: locate::near_line(error.message(), sql),
            ..DatabaseError::new(kind(error.number()), error.message())
        },
        None => DatabaseError::new(ErrorKind::Other, error.message()),
    })
}

/// Sorts error numbers, see <https://mariadb.com/kb/en/mariadb-error-code-reference/>.
fn kind(number: u16) -> ErrorKind {
    match number {
        1205 => ErrorKind::LockNotAvailable,
        1213 => ErrorKind::SerializationOrDeadlock,
        1305 => ErrorKind::NoTransaction,
        // --read-only, a read-only transaction, read-only mode.
        1290 | 1792 | 1836 => ErrorKind::ReadOnly,
        1007 | 1050 | 1061 | 1062 => ErrorKind::AlreadyExists,
        1045 | 1251 | 1524 | 1698 | 2059 => ErrorKind::Authentication,
        1044 | 1142 | 1143 | 1227 | 1370 => ErrorKind::Denied,
        1317 => ErrorKind::Cancelled,
        1049 => ErrorKind::UnknownDatabase,
        // No connection left; the node is not ready.
        1040 | 1047 | 1203 | 1226 => ErrorKind::Busy,
        // Shutdown, killed, network.
        1053 | 1152 | 1158..=1161 | 1184 | 1927 | 2006 | 2013 => ErrorKind::ConnectionLost,
        _ => ErrorKind::Other,
    }
}
