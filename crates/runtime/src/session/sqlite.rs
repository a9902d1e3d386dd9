//! SQLite through `sqlx`, bundled: one connection, foreign keys off, as a rebuild of a table needs it.
//!
//! Each call crosses to the driver's thread and back, so bookkeeping travels as few texts. Read
//! [`SqliteSession::open`] first.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::error::DatabaseError as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteError, SqliteQueryResult, SqliteRow};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Row as _, Sqlite, SqliteConnection, SqlitePool, ValueRef, raw_sql,
};

use super::answer::{Reading, counts, drained, drained_each};
use super::error::from_driver;
use super::held::Held;
use super::{
    Answer, BatchError, DatabaseError, Door, ErrorKind, IntoSession, Missing, OpenError, OpenOptions, Opening, Row,
    Session, locate,
};
use crate::cancel::Cancel;
use crate::url::{DatabaseUrl, File, FileMode};

/// Short, because the busy handler of SQLite is unfair: the executor has its own loop with random pauses.
const BUSY_TIMEOUT: Duration = Duration::from_millis(100);

/// Bookkeeping takes fewer steps of SQLite's machine, so it still works when a wish to stop was heard.
const PROGRESS_EVERY: i32 = 10_000;

/// What a run sets on a connection of an application, and what it was before.
const PREPARED: &str = "PRAGMA foreign_keys = OFF;\nPRAGMA busy_timeout = 100;\nPRAGMA legacy_alter_table = OFF";
const SETTINGS: [&str; 3] = ["foreign_keys", "busy_timeout", "legacy_alter_table"];

pub(super) struct SqliteSession<'c> {
    url: DatabaseUrl,
    door: Option<Arc<SqliteDoor>>,
    /// None once it is closed.
    connection: Option<Held<'c, Sqlite>>,
    /// There was no file when the session was opened.
    stands_in: bool,
    /// What gives a connection of an application its settings back, once a run was prepared.
    settings: Option<String>,
    cancel: Option<Cancel>,
}

/// The way to the file.
struct SqliteDoor {
    url: DatabaseUrl,
    options: OpenOptions,
}

#[async_trait]
impl Door for SqliteDoor {
    async fn open(&self) -> Result<Box<dyn Session>, OpenError> {
        Ok(Box::new(SqliteSession::open(&self.url, &self.options).await?))
    }
}

impl SqliteSession<'static> {
    pub(super) async fn open(url: &DatabaseUrl, options: &OpenOptions) -> Result<Self, OpenError> {
        let refused = |error| OpenError::Refused { url: Box::new(url.clone()), error };
        let file = url.file().ok_or_else(|| refused(DatabaseError::new(ErrorKind::Other, "no file's URL")))?;
        let missing = file.path.as_deref().filter(|path| options.missing == Missing::Report && !path.exists());
        let connection = match missing {
            Some(_) => stand_in().await,
            None => connect(file, file.path.as_deref(), options.missing).await,
        };
        let connection = Some(Held::Own(connection.map_err(refused)?));
        let door = SqliteDoor { url: url.clone(), options: options.clone() };
        let stands_in = missing.is_some();
        Ok(SqliteSession {
            url: url.clone(),
            door: Some(Arc::new(door)),
            connection,
            stands_in,
            settings: None,
            cancel: None,
        })
    }
}

impl<'c> SqliteSession<'c> {
    /// Makes a session of a connection that an application has opened.
    async fn of_open(connection: Held<'c, Sqlite>) -> Result<Self, OpenError> {
        let mut session = SqliteSession {
            url: DatabaseUrl::of_file(None),
            door: None,
            connection: Some(connection),
            stands_in: false,
            settings: None,
            cancel: None,
        };
        let files = session.rows("SELECT file FROM pragma_database_list WHERE name = 'main'").await;
        let files = files.map_err(|error| OpenError::Refused { url: Box::new(session.url.clone()), error })?;
        let path = files.into_iter().next().and_then(|row| row.into_iter().next().flatten());
        session.url = DatabaseUrl::of_file(path.filter(|path| !path.is_empty()).map(PathBuf::from));
        Ok(session)
    }

    fn connection(&mut self) -> Result<&mut SqliteConnection, DatabaseError> {
        let closed = || DatabaseError::new(ErrorKind::ConnectionLost, "the connection is closed");
        self.connection.as_deref_mut().ok_or_else(closed)
    }

    /// The file that was missing may have been made since.
    async fn look_again(&mut self) -> Result<(), DatabaseError> {
        let is_there = || self.url.file().and_then(|file| file.path.as_ref()).is_some_and(|path| path.exists());
        if self.stands_in && is_there() {
            self.reconnect().await.map_err(|error| DatabaseError::new(ErrorKind::Unreachable, error.to_string()))?;
        }
        Ok(())
    }
}

impl<'c> IntoSession<'c> for &'c SqlitePool {
    fn into_session(self, _: OpenOptions) -> Opening<'c> {
        Box::pin(async move {
            let refused =
                |error| OpenError::Refused { url: Box::new(DatabaseUrl::of_file(None)), error: fault(&error, "") };
            let connection = Held::Pooled(self.acquire().await.map_err(refused)?);
            Ok(Box::new(SqliteSession::of_open(connection).await?) as Box<dyn Session>)
        })
    }
}

impl<'c> IntoSession<'c> for &'c mut SqliteConnection {
    fn into_session(self, _: OpenOptions) -> Opening<'c> {
        Box::pin(async move { Ok(Box::new(SqliteSession::of_open(Held::Lent(self)).await?) as Box<dyn Session + 'c>) })
    }
}

/// Leaves a connection of an application as it was.
async fn give_back(connection: &mut SqliteConnection, settings: &str) {
    if let Ok(mut handle) = connection.lock_handle().await {
        handle.remove_progress_handler();
    }
    // There may be no transaction.
    let _ = raw_sql("ROLLBACK").execute(&mut *connection).await;
    let _ = raw_sql(AssertSqlSafe(settings)).execute(connection).await;
}

impl Drop for SqliteSession<'_> {
    /// A future that was dropped midway leaves a transaction open, and a database in memory must outlive it.
    fn drop(&mut self) {
        let (Some(Held::Pooled(mut connection)), Some(settings)) = (self.connection.take(), self.settings.take())
        else {
            return;
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => _ = runtime.spawn(async move { give_back(&mut connection, &settings).await }),
            Err(_) => connection.close_on_drop(),
        }
    }
}

impl SqliteSession<'_> {
    /// Returns which of several equal tokens a syntax error means: the parser fails on every text that includes that
    /// one, and asks for more on every text that ends before it.
    async fn syntax_error_at(&mut self, sql: &str, message: &str) -> Option<Range<usize>> {
        let token = message.strip_prefix("near \"")?.strip_suffix("\": syntax error")?;
        let places: Vec<usize> = sql.match_indices(token).map(|(at, _)| at + token.len()).collect();
        let (mut low, mut high) = (0, places.len().checked_sub(1)?);
        let connection = self.connection().ok()?;
        while low < high {
            let middle = (low + high) / 2;
            let explained = format!("EXPLAIN {}", &sql[..places[middle]]);
            let answer = raw_sql(AssertSqlSafe(explained)).execute(&mut *connection).await;
            let fails = answer.is_err_and(|error| *fault(&error, "").message == *message);
            (low, high) = if fails { (low, middle) } else { (middle + 1, high) };
        }
        Some(places[low] - token.len()..places[low])
    }
}

/// An empty database that nobody can write to, in place of the file that must not be made.
async fn stand_in() -> Result<SqliteConnection, DatabaseError> {
    let options = SqliteConnectOptions::new().filename(":memory:").pragma("query_only", "ON");
    options.disable_statement_logging().connect().await.map_err(|error| fault(&error, ""))
}

async fn connect(file: &File, path: Option<&Path>, missing: Missing) -> Result<SqliteConnection, DatabaseError> {
    let mut options = SqliteConnectOptions::new().foreign_keys(false).busy_timeout(BUSY_TIMEOUT);
    options = match path {
        // SQLite would read a name that begins with `file:` as a URI.
        Some(path) if path.starts_with("file:") => options.filename(Path::new(".").join(path)),
        Some(path) => options.filename(path),
        None => options.filename(":memory:"),
    };
    options = options.read_only(file.mode == FileMode::ReadOnly).immutable(file.immutable);
    options = options.create_if_missing(missing == Missing::Create && file.mode == FileMode::ReadWrite);
    if let Some(vfs) = &file.vfs {
        options = options.vfs(vfs.clone());
    }
    let mut connection = options.disable_statement_logging().connect().await.map_err(|error| fault(&error, ""))?;
    // Opening reads nothing; this finds out whether the file is a database at all.
    let probe = "SELECT count(*) FROM sqlite_master";
    match raw_sql(probe).execute(&mut connection).await.map_err(|error| fault(&error, probe)) {
        Err(error) if error.kind != ErrorKind::Busy => Err(error),
        _ => Ok(connection),
    }
}

#[async_trait]
impl Session for SqliteSession<'_> {
    fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    async fn batch(&mut self, sql: &str) -> Result<Vec<u64>, BatchError> {
        let mut answers = self.batch_each(sql, &mut |_| {}).await;
        if let Err(BatchError { completed: 0, error }) = &mut answers
            && error.position.is_none()
        {
            error.position = self.syntax_error_at(sql, &error.message).await;
        }
        answers
    }

    async fn batch_each(&mut self, sql: &str, each: &mut (dyn FnMut(usize) + Send)) -> Result<Vec<u64>, BatchError> {
        let reading = Reading { affected: SqliteQueryResult::rows_affected, row: None };
        let connection = self.connection().map_err(before)?;
        let stream = raw_sql(AssertSqlSafe(sql)).fetch_many(connection);
        drained_each(stream, reading, |error| fault(&error, sql), each).await.map(counts)
    }

    async fn answers(&mut self, sql: &str) -> Result<Vec<Answer>, BatchError> {
        self.look_again().await.map_err(before)?;
        let reading = Reading { affected: SqliteQueryResult::rows_affected, row: Some(values) };
        let connection = self.connection().map_err(before)?;
        let stream = raw_sql(AssertSqlSafe(sql)).fetch_many(connection);
        drained(stream, reading, |error| fault(&error, sql)).await
    }

    async fn reconnect(&mut self) -> Result<(), OpenError> {
        let Some(door) = self.door.clone() else { return Err(OpenError::Lent { url: Box::new(self.url.clone()) }) };
        let mut opened = SqliteSession::open(&door.url, &door.options).await?;
        (self.connection, self.stands_in) = (opened.connection.take(), opened.stands_in);
        if let Some(cancel) = self.cancel.take() {
            self.heed(&cancel).await;
        }
        Ok(())
    }

    fn door(&self) -> Option<Arc<dyn Door>> {
        self.door.clone().map(|door| door as Arc<dyn Door>)
    }

    async fn prepare(&mut self) -> Result<(), DatabaseError> {
        let Some(connection) = self.connection.as_ref().filter(|connection| !connection.is_own()) else {
            return Ok(());
        };
        connection.refuse_transaction()?;
        let mut settings = String::new();
        for name in SETTINGS {
            let value = self.rows(&format!("PRAGMA {name}")).await?.into_iter().next();
            let value = value.and_then(|row| row.into_iter().next().flatten()).unwrap_or_default();
            settings += &format!("PRAGMA {name} = {value};\n");
        }
        self.settings = Some(settings);
        self.execute(PREPARED).await.map(|_| ())
    }

    async fn heed(&mut self, cancel: &Cancel) {
        self.cancel = Some(cancel.clone());
        let wish = cancel.clone();
        let Ok(connection) = self.connection() else { return };
        // Without it a wish is heard after the statement.
        if let Ok(mut handle) = connection.lock_handle().await {
            handle.set_progress_handler(PROGRESS_EVERY, move || !wish.is_requested());
        }
    }

    fn sqlite(&mut self) -> Option<&mut SqliteConnection> {
        self.connection().ok()
    }

    async fn close(mut self: Box<Self>) {
        let settings = self.settings.take();
        match self.connection.take() {
            // Dropping closes the file, too.
            Some(Held::Own(connection)) => _ = connection.close().await,
            Some(mut connection) => {
                if let Some(settings) = settings {
                    give_back(&mut connection, &settings).await;
                }
            }
            None => {}
        }
    }
}

/// Returns the error of a text that was not sent.
fn before(error: DatabaseError) -> BatchError {
    BatchError { completed: 0, error }
}

fn values(row: &SqliteRow) -> Row {
    let text = |column| {
        let value = row.try_get_raw(column).ok()?;
        if value.is_null() { None } else { row.try_get_unchecked::<String, usize>(column).ok() }
    };
    (0..row.len()).map(text).collect()
}

pub(super) fn fault(error: &sqlx::Error, sql: &str) -> DatabaseError {
    from_driver(error, |error| match error.try_downcast_ref::<SqliteError>() {
        Some(error) => refusal(error, sql),
        None => DatabaseError::new(ErrorKind::Other, error.message()),
    })
}

fn refusal(error: &SqliteError, sql: &str) -> DatabaseError {
    let message = error.message();
    let code = error.code().and_then(|code| code.parse().ok()).unwrap_or(1);
    DatabaseError {
        // The code of an ordinary mistake, 1, tells nobody anything.
        code: (code != 1).then(|| format!("SQLite code {code}").into()),
        position: locate::named(message, sql),
        ..DatabaseError::new(kind(code, message), message)
    }
}

/// Sorts result codes by their lower byte, see <https://www.sqlite.org/rescode.html>.
fn kind(code: u32, message: &str) -> ErrorKind {
    match code & 0xff {
        5 | 6 => ErrorKind::Busy,
        9 => ErrorKind::Cancelled,
        8 => ErrorKind::ReadOnly,
        14 | 26 => ErrorKind::Unreachable,
        1 if message.starts_with("no such savepoint") || message.contains("no transaction is active") => {
            ErrorKind::NoTransaction
        }
        1 if message.contains("from within a transaction") || message.contains("inside a transaction") => {
            ErrorKind::ForbiddenInTransaction
        }
        1 if message.contains("already exists") => ErrorKind::AlreadyExists,
        _ => ErrorKind::Other,
    }
}
