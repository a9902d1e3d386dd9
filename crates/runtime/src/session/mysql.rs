//! MySQL and MariaDB through `sqlx`: one connection, the text protocol, the server's own `sql_mode`.
//!
//! The driver asks for CLIENT_FOUND_ROWS, so an UPDATE counts the rows it matched. Read [`MysqlSession::open`] first.

use std::sync::Arc;

use alembic_revisions::DialectName;
use async_trait::async_trait;
use sqlx::mysql::{MySqlConnectOptions, MySqlDatabaseError, MySqlQueryResult, MySqlRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, MySql, MySqlConnection, MySqlPool, Row as _, raw_sql};

use super::answer::{Reading, counts, drained};
use super::error::from_driver;
use super::held::Held;
use super::{
    Answer, BatchError, DatabaseError, Door, ErrorKind, IntoSession, OpenError, OpenOptions, Opening, Row, Session,
    connected, locate,
};
use crate::url::{DatabaseUrl, Parts};

/// `sqlx` connects with CLIENT_IGNORE_SPACE, which adds IGNORE_SPACE to the session's `sql_mode`; this takes it away
/// again unless the server's owner chose it.
const OWN_SQL_MODE: &str = "SET SESSION sql_mode = IF(FIND_IN_SET('IGNORE_SPACE', @@GLOBAL.sql_mode), @@SESSION.sql_mode, \
     TRIM(BOTH ',' FROM REPLACE(CONCAT(',', @@SESSION.sql_mode, ','), ',IGNORE_SPACE,', ',')))";

/// An application's connection has `sqlx`'s own settings; scripts mean the same as on the command line.
const SERVERS_SETTINGS: &str =
    "SET SESSION sql_mode = @@GLOBAL.sql_mode, time_zone = @@GLOBAL.time_zone, autocommit = 1";
/// What a run changes and gives back by itself is not among them.
const SETTINGS: &str = "SELECT CONCAT('SET SESSION sql_mode = ', QUOTE(@@SESSION.sql_mode), ', time_zone = ', \
     QUOTE(@@SESSION.time_zone), ', autocommit = ', @@SESSION.autocommit)";
const PLACE: &str = "SELECT SUBSTRING_INDEX(USER(), '@', 1), DATABASE(), @@hostname, @@port";

pub(super) struct MysqlSession<'c> {
    url: DatabaseUrl,
    door: Option<Arc<MysqlDoor>>,
    connection: Held<'c, MySql>,
    /// What gives a lent connection its settings back, once a run was prepared.
    settings: Option<String>,
}

impl MysqlSession<'static> {
    pub(super) async fn open(url: &DatabaseUrl, options: &OpenOptions) -> Result<Self, OpenError> {
        let refused = |error| OpenError::Refused { url: Box::new(url.clone()), error: fault(&error, "") };
        let no_server = || sqlx::Error::InvalidArgument("no server's URL".into());
        let server = url.server().ok_or_else(no_server).map_err(refused)?;
        let mut settings = MySqlConnectOptions::from_url(server).map_err(refused)?;
        if url.parameter("timezone").or_else(|| url.parameter("time-zone")).is_none() {
            settings = settings.timezone(None);
        }
        Arc::new(MysqlDoor { url: url.clone(), options: options.clone(), settings: tuned(settings) }).session().await
    }

    async fn of_pool(pool: &MySqlPool) -> Result<Self, OpenError> {
        let settings = MySqlConnectOptions::clone(&pool.connect_options());
        let socket = settings.get_socket().map(|path| path.to_string_lossy().into_owned());
        let parts = Parts {
            dialect: DialectName::Mysql,
            host: socket.as_deref().unwrap_or(settings.get_host()),
            port: settings.get_port(),
            user: settings.get_username(),
            database: settings.get_database().unwrap_or_default(),
        };
        let url = parts.url()?;
        let refused = |error| OpenError::Refused { url: Box::new(url.clone()), error: fault(&error, "") };
        let connection = Held::Pooled(pool.acquire().await.map_err(refused)?);
        let settings = tuned(settings.timezone(None));
        let door = Arc::new(MysqlDoor { url: url.clone(), options: OpenOptions::default(), settings });
        Ok(MysqlSession { url, door: Some(door), connection, settings: None })
    }
}

impl<'c> MysqlSession<'c> {
    async fn of_lent(connection: &'c mut MySqlConnection) -> Result<Self, OpenError> {
        let nowhere = Parts { dialect: DialectName::Mysql, host: "", port: 3306, user: "", database: "" }.url()?;
        let mut session = MysqlSession { url: nowhere, door: None, connection: Held::Lent(connection), settings: None };
        let place = session.rows(PLACE).await;
        let place = place.map_err(|error| OpenError::Refused { url: Box::new(session.url.clone()), error })?;
        let [user, database, host, port] = <[_; 4]>::try_from(place.into_iter().next().unwrap_or_default())
            .unwrap_or_default()
            .map(Option::unwrap_or_default);
        let port = port.parse().unwrap_or(3306);
        let parts = Parts { dialect: DialectName::Mysql, host: &host, port, user: &user, database: &database };
        session.url = parts.url()?;
        Ok(session)
    }
}

impl<'c> IntoSession<'c> for &'c MySqlPool {
    fn into_session(self, _: OpenOptions) -> Opening<'c> {
        Box::pin(async move { Ok(Box::new(MysqlSession::of_pool(self).await?) as Box<dyn Session>) })
    }
}

impl<'c> IntoSession<'c> for &'c mut MySqlConnection {
    fn into_session(self, _: OpenOptions) -> Opening<'c> {
        Box::pin(async move { Ok(Box::new(MysqlSession::of_lent(self).await?) as Box<dyn Session + 'c>) })
    }
}

struct MysqlDoor {
    url: DatabaseUrl,
    options: OpenOptions,
    settings: MySqlConnectOptions,
}

impl MysqlDoor {
    async fn connect(&self) -> Result<MySqlConnection, OpenError> {
        connected(&self.url, &self.options, || async {
            let mut connection = self.settings.connect().await.map_err(|error| fault(&error, ""))?;
            let own_mode = raw_sql(OWN_SQL_MODE).execute(&mut connection).await;
            own_mode.map_err(|error| fault(&error, OWN_SQL_MODE))?;
            Ok(connection)
        })
        .await
    }

    async fn session(self: Arc<Self>) -> Result<MysqlSession<'static>, OpenError> {
        let connection = Held::Own(self.connect().await?);
        Ok(MysqlSession { url: self.url.clone(), door: Some(self), connection, settings: None })
    }
}

#[async_trait]
impl Door for MysqlDoor {
    async fn open(&self) -> Result<Box<dyn Session>, OpenError> {
        let MysqlDoor { url, options, settings } = self;
        let door = MysqlDoor { url: url.clone(), options: options.clone(), settings: settings.clone() };
        Ok(Box::new(Arc::new(door).session().await?))
    }
}

fn tuned(settings: MySqlConnectOptions) -> MySqlConnectOptions {
    settings
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .statement_cache_capacity(0)
        .disable_statement_logging()
}

#[async_trait]
impl Session for MysqlSession<'_> {
    fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    async fn batch(&mut self, sql: &str) -> Result<Vec<u64>, BatchError> {
        let reading = Reading { affected: MySqlQueryResult::rows_affected, row: None };
        let stream = raw_sql(AssertSqlSafe(sql)).fetch_many(&mut *self.connection);
        drained(stream, reading, |error| fault(&error, sql)).await.map(counts)
    }

    async fn answers(&mut self, sql: &str) -> Result<Vec<Answer>, BatchError> {
        let reading = Reading { affected: MySqlQueryResult::rows_affected, row: Some(values) };
        let stream = raw_sql(AssertSqlSafe(sql)).fetch_many(&mut *self.connection);
        drained(stream, reading, |error| fault(&error, sql)).await
    }

    async fn reconnect(&mut self) -> Result<(), OpenError> {
        let Some(door) = &self.door else { return Err(OpenError::Lent { url: Box::new(self.url.clone()) }) };
        self.connection = Held::Own(door.connect().await?);
        Ok(())
    }

    fn door(&self) -> Option<Arc<dyn Door>> {
        self.door.clone().map(|door| door as Arc<dyn Door>)
    }

    async fn prepare(&mut self) -> Result<(), DatabaseError> {
        match &mut self.connection {
            Held::Own(_) => return Ok(()),
            // Whoever takes it next must not find our settings, or a transaction of a future that was dropped.
            Held::Pooled(connection) => connection.close_on_drop(),
            Held::Lent(_) => {
                self.connection.refuse_transaction()?;
                let settings = self.rows(SETTINGS).await?;
                self.settings = settings.into_iter().next().and_then(|row| row.into_iter().next().flatten());
            }
        }
        self.execute(SERVERS_SETTINGS).await.map(|_| ())
    }

    fn mysql(&mut self) -> Option<&mut MySqlConnection> {
        Some(&mut self.connection)
    }

    async fn close(mut self: Box<Self>) {
        if let Some(settings) = self.settings.take() {
            let _ = self.batch("ROLLBACK").await;
            let _ = self.batch(&settings).await;
        }
        // The server ends the session either way.
        if let Held::Own(connection) = self.connection {
            let _ = connection.close().await;
        }
    }
}

fn values(row: &MySqlRow) -> Row {
    let text = |column| match row.try_get_unchecked::<Option<&[u8]>, usize>(column) {
        Ok(value) => value.map(|bytes| String::from_utf8_lossy(bytes).into_owned()),
        Err(_) => None,
    };
    (0..row.len()).map(text).collect()
}

pub(super) fn fault(error: &sqlx::Error, sql: &str) -> DatabaseError {
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
