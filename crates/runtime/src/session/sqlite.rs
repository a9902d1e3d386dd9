//! SQLite through `sqlx`, bundled: one connection, foreign keys off, as a rebuild of a table needs it.
//!
//! Each call crosses to the driver's thread and back, so bookkeeping travels as few texts. Read
//! [`SqliteSession::open`] first.

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::error::DatabaseError as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteError, SqliteQueryResult, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row as _, SqliteConnection, ValueRef, raw_sql};

use super::answer::{Reading, counts, drained, drained_each};
use super::error::from_driver;
use super::{Answer, BatchError, DatabaseError, ErrorKind, Missing, OpenError, OpenOptions, Row, Session, locate};
use crate::cancel::Cancel;
use crate::url::{DatabaseUrl, File, FileMode};

/// Short, because the busy handler of SQLite is unfair: the executor has its own loop with random pauses.
const BUSY_TIMEOUT: Duration = Duration::from_millis(100);

/// Bookkeeping takes fewer steps of SQLite's machine, so it still works when a wish to stop was heard.
const PROGRESS_EVERY: i32 = 10_000;

pub(super) struct SqliteSession {
    url: DatabaseUrl,
    options: OpenOptions,
    connection: SqliteConnection,
    cancel: Option<Cancel>,
}

impl SqliteSession {
    pub(super) async fn open(url: &DatabaseUrl, options: &OpenOptions) -> Result<Self, OpenError> {
        let refused = |error| OpenError::Refused { url: Box::new(url.clone()), error };
        let file = url.file().ok_or_else(|| refused(DatabaseError::new(ErrorKind::Other, "no file's URL")))?;
        let connection = match &file.path {
            Some(path) if options.missing == Missing::Report && !path.exists() => stand_in().await,
            path => connect(file, path.as_deref(), options.missing).await,
        };
        let connection = connection.map_err(refused)?;
        Ok(SqliteSession { url: url.clone(), options: options.clone(), connection, cancel: None })
    }
}

impl SqliteSession {
    /// Returns which of several equal tokens a syntax error means: the parser fails on every text that includes that
    /// one, and asks for more on every text that ends before it.
    async fn syntax_error_at(&mut self, sql: &str, message: &str) -> Option<Range<usize>> {
        let token = message.strip_prefix("near \"")?.strip_suffix("\": syntax error")?;
        let places: Vec<usize> = sql.match_indices(token).map(|(at, _)| at + token.len()).collect();
        let (mut low, mut high) = (0, places.len().checked_sub(1)?);
        while low < high {
            let middle = (low + high) / 2;
            let explained = format!("EXPLAIN {}", &sql[..places[middle]]);
            let answer = raw_sql(AssertSqlSafe(explained)).execute(&mut self.connection).await;
            let fails = answer.is_err_and(|error| *fault(error, "").message == *message);
            (low, high) = if fails { (low, middle) } else { (middle + 1, high) };
        }
        Some(places[low] - token.len()..places[low])
    }
}

/// An empty database that nobody can write to, in place of the file that must not be made.
async fn stand_in() -> Result<SqliteConnection, DatabaseError> {
    let options = SqliteConnectOptions::new().filename(":memory:").pragma("query_only", "ON");
    options.disable_statement_logging().connect().await.map_err(|error| fault(error, ""))
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
    let mut connection = options.disable_statement_logging().connect().await.map_err(|error| fault(error, ""))?;
    // Opening reads nothing; this finds out whether the file is a database at all.
    let probe = "SELECT count(*) FROM sqlite_master";
    match raw_sql(probe).execute(&mut connection).await.map_err(|error| fault(error, probe)) {
        Err(error) if error.kind != ErrorKind::Busy => Err(error),
        _ => Ok(connection),
    }
}

#[async_trait]
impl Session for SqliteSession {
    fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    async fn batch(&mut self, sql: &str) -> Result<Vec<u64>, BatchError> {
        let reading = Reading { affected: SqliteQueryResult::rows_affected, row: None };
        let stream = raw_sql(AssertSqlSafe(sql)).fetch_many(&mut self.connection);
        let mut answers = drained(stream, reading, |error| fault(error, sql)).await.map(counts);
        if let Err(BatchError { completed: 0, error }) = &mut answers
            && error.position.is_none()
        {
            error.position = self.syntax_error_at(sql, &error.message).await;
        }
        answers
    }

    async fn batch_each(&mut self, sql: &str, each: &mut (dyn FnMut(usize) + Send)) -> Result<Vec<u64>, BatchError> {
        let reading = Reading { affected: SqliteQueryResult::rows_affected, row: None };
        let stream = raw_sql(AssertSqlSafe(sql)).fetch_many(&mut self.connection);
        drained_each(stream, reading, |error| fault(error, sql), each).await.map(counts)
    }

    async fn answers(&mut self, sql: &str) -> Result<Vec<Answer>, BatchError> {
        let reading = Reading { affected: SqliteQueryResult::rows_affected, row: Some(values) };
        let stream = raw_sql(AssertSqlSafe(sql)).fetch_many(&mut self.connection);
        drained(stream, reading, |error| fault(error, sql)).await
    }

    async fn reconnect(&mut self) -> Result<(), OpenError> {
        let cancel = self.cancel.take();
        *self = SqliteSession::open(&self.url, &self.options).await?;
        if let Some(cancel) = cancel {
            self.heed(&cancel).await;
        }
        Ok(())
    }

    async fn heed(&mut self, cancel: &Cancel) {
        self.cancel = Some(cancel.clone());
        let wish = cancel.clone();
        // Without it a wish is heard after the statement.
        if let Ok(mut handle) = self.connection.lock_handle().await {
            handle.set_progress_handler(PROGRESS_EVERY, move || !wish.is_requested());
        }
    }

    async fn open_beside(&self) -> Result<Box<dyn Session>, OpenError> {
        Ok(Box::new(SqliteSession::open(&self.url, &self.options).await?))
    }

    async fn close(self: Box<Self>) {
        // Dropping closes the file, too.
        let _ = self.connection.close().await;
    }
}

fn values(row: &SqliteRow) -> Row {
    let text = |column| {
        let value = row.try_get_raw(column).ok()?;
        if value.is_null() { None } else { row.try_get_unchecked::<String, usize>(column).ok() }
    };
    (0..row.len()).map(text).collect()
}

fn fault(error: sqlx::Error, sql: &str) -> DatabaseError {
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
