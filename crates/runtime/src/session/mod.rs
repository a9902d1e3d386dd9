//! One open connection to a database: the only door to a socket or a file.
//!
//! A session sends text and reads answers; it knows nothing of revisions. The drivers are in [`sqlite`](self),
//! `postgres` and `mysql`, each behind its feature, and are the only files that name `sqlx` types. Read [`Session`]
//! first, then [`open`].

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod answer;
mod error;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod held;
mod into;
pub mod locate;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod step;

use std::sync::Arc;
use std::time::Duration;

use alembic_revisions::DialectName;
use alembic_revisions::diagnose::{Code, Diagnose, Exit};
use alembic_revisions::dialect::Dialect;
use async_trait::async_trait;

pub use error::{BatchError, DatabaseError, ErrorKind};
pub use into::{IntoSession, Opening};
pub use step::StepConnection;

use crate::cancel::Cancel;
use crate::url::{DatabaseUrl, UrlError};

/// A row of an answer, each value as the database writes it.
pub type Row = Vec<Option<String>>;

/// What one statement answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The rows that an INSERT, UPDATE or DELETE matched.
    pub affected: u64,
    pub rows: Vec<Row>,
}

/// One connection. Dropping it in the midst of a transaction undoes the transaction.
#[async_trait]
pub trait Session: Send {
    /// Returns where this session is connected to.
    fn url(&self) -> &DatabaseUrl;

    /// Runs one or several statements, sent as one text, and returns how many rows each affected.
    async fn batch(&mut self, sql: &str) -> Result<Vec<u64>, BatchError>;

    /// Runs one or several statements, sent as one text, and returns the rows of each, too.
    async fn answers(&mut self, sql: &str) -> Result<Vec<Answer>, BatchError>;

    /// As [`Session::batch`], and calls `each` with the number of a statement as soon as it is done, where the driver
    /// tells so early.
    async fn batch_each(&mut self, sql: &str, each: &mut (dyn FnMut(usize) + Send)) -> Result<Vec<u64>, BatchError> {
        let counts = self.batch(sql).await;
        let completed = counts.as_ref().map_or_else(|failed| failed.completed, Vec::len);
        (0..completed).for_each(each);
        counts
    }

    /// Connects anew after the connection was lost.
    async fn reconnect(&mut self) -> Result<(), OpenError>;

    /// Returns how further connections to the same database are opened; none where an application lent just this one.
    fn door(&self) -> Option<Arc<dyn Door>>;

    /// Opens a second connection for statements that no transaction may surround, without a limit on their time.
    async fn open_beside(&mut self) -> Result<Box<dyn Session>, OpenError> {
        match self.door() {
            Some(door) => door.open().await,
            None => Err(OpenError::Lent { url: Box::new(self.url().clone()) }),
        }
    }

    /// Makes the session ready for a run, which changes its settings. What an application lent has them back when the
    /// session is closed.
    async fn prepare(&mut self) -> Result<(), DatabaseError> {
        Ok(())
    }

    /// Returns the statement that sets what the application had set, for whoever resets all settings on PostgreSQL.
    fn settings(&self) -> Option<&str> {
        None
    }

    /// Ends the statement under way, and every long one after it, once somebody wishes to stop; where that takes a second
    /// connection, nothing happens here.
    async fn heed(&mut self, _: &Cancel) {}

    /// Says goodbye to the server, or gives the connection back to whom it belongs.
    async fn close(self: Box<Self>);

    /// Returns the driver's connection, for Rust code of a revision.
    #[cfg(feature = "postgres")]
    fn postgres(&mut self) -> Option<&mut sqlx::PgConnection> {
        None
    }

    /// Returns the driver's connection, for Rust code of a revision.
    #[cfg(feature = "sqlite")]
    fn sqlite(&mut self) -> Option<&mut sqlx::SqliteConnection> {
        None
    }

    /// Returns the driver's connection, for Rust code of a revision.
    #[cfg(feature = "mysql")]
    fn mysql(&mut self) -> Option<&mut sqlx::MySqlConnection> {
        None
    }

    /// Returns the facts of the database behind this session.
    fn dialect(&self) -> &'static dyn Dialect {
        self.url().dialect().dialect()
    }

    /// Runs one statement and returns how many rows it affected.
    async fn execute(&mut self, sql: &str) -> Result<u64, DatabaseError> {
        let counts = self.batch(sql).await.map_err(|failed| failed.error)?;
        Ok(counts.last().copied().unwrap_or_default())
    }

    /// Runs one query and returns its rows.
    async fn rows(&mut self, sql: &str) -> Result<Vec<Row>, DatabaseError> {
        let answers = self.answers(sql).await.map_err(|failed| failed.error)?;
        Ok(answers.into_iter().next_back().map(|answer| answer.rows).unwrap_or_default())
    }
}

/// The way to further connections to the database of a session.
#[async_trait]
pub trait Door: Send + Sync {
    /// Opens one without a limit on the time of statements.
    async fn open(&self) -> Result<Box<dyn Session>, OpenError>;
}

/// What becomes of a SQLite file that does not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// It is made, for a run that applies something.
    Create,
    /// The session sees an empty database, and nothing is made.
    #[default]
    Report,
}

/// How a session is opened.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    pub missing: Missing,
    /// How long a server may take to accept the connection.
    pub connect_timeout: Duration,
}

impl Default for OpenOptions {
    fn default() -> Self {
        OpenOptions { missing: Missing::Report, connect_timeout: Duration::from_secs(10) }
    }
}

/// Opens a session; waits while the server starts or has no connection left, up to the time in `options`.
pub async fn open(url: &DatabaseUrl, options: &OpenOptions) -> Result<Box<dyn Session>, OpenError> {
    match url.dialect() {
        #[cfg(feature = "sqlite")]
        DialectName::Sqlite => Ok(Box::new(sqlite::SqliteSession::open(url, options).await?)),
        #[cfg(feature = "postgres")]
        DialectName::Postgres => Ok(Box::new(postgres::PostgresSession::open(url, options).await?)),
        #[cfg(feature = "mysql")]
        DialectName::Mysql => Ok(Box::new(mysql::MysqlSession::open(url, options).await?)),
        #[allow(unreachable_patterns, reason = "reachable only where a driver is left out")]
        dialect => {
            let _ = options;
            Err(OpenError::NoDriver { dialect })
        }
    }
}

/// Returns what the database answered, if that is in an error's chain, whoever wrapped it.
pub(crate) fn database_error(error: &(dyn std::error::Error + 'static), dialect: DialectName) -> Option<DatabaseError> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(known) = error.downcast_ref::<DatabaseError>() {
            return Some(known.clone());
        }
        if let Some(driver) = error.downcast_ref::<sqlx::Error>() {
            return Some(driver_error(driver, dialect));
        }
        next = error.source();
    }
    None
}

fn driver_error(error: &sqlx::Error, dialect: DialectName) -> DatabaseError {
    match dialect {
        #[cfg(feature = "sqlite")]
        DialectName::Sqlite => sqlite::fault(error, ""),
        #[cfg(feature = "postgres")]
        DialectName::Postgres => postgres::fault(error, ""),
        #[cfg(feature = "mysql")]
        DialectName::Mysql => mysql::fault(error, ""),
        #[allow(unreachable_patterns, reason = "reachable only where a driver is left out")]
        _ => DatabaseError::new(ErrorKind::Other, error.to_string()),
    }
}

/// Why no session could be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("this program was built without the driver for {dialect}")]
    NoDriver { dialect: DialectName },
    #[error("cannot open {url}: {error}")]
    Refused { url: Box<DatabaseUrl>, error: DatabaseError },
    #[error("cannot open {url}: no answer within {} s", .waited.as_secs())]
    NoAnswer { url: Box<DatabaseUrl>, waited: Duration },
    #[error("the one connection to {url} that the application lent is not enough")]
    Lent { url: Box<DatabaseUrl> },
    #[error(transparent)]
    Url(#[from] UrlError),
}

impl OpenError {
    /// True if trying again cannot help.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self, OpenError::NoDriver { .. } | OpenError::Lent { .. } | OpenError::Url(_))
    }
}

impl Diagnose for OpenError {
    fn code(&self) -> Code {
        match self {
            OpenError::Url(error) => error.code(),
            _ => Code("A0502"),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            OpenError::NoDriver { .. } => "NoDriver",
            OpenError::Refused { error, .. } => match error.kind {
                ErrorKind::Authentication => "Authentication",
                ErrorKind::UnknownDatabase => "UnknownDatabase",
                _ => "Unreachable",
            },
            OpenError::NoAnswer { .. } => "Unreachable",
            OpenError::Lent { .. } => "OneConnection",
            OpenError::Url(error) => error.kind(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            OpenError::NoDriver { .. } => Exit::Usage,
            OpenError::Refused { .. } | OpenError::NoAnswer { .. } | OpenError::Lent { .. } => Exit::Database,
            OpenError::Url(error) => error.exit(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            OpenError::NoDriver { dialect } => Some(format!("enable the feature `{dialect}` of alembic-runtime")),
            OpenError::NoAnswer { url, .. } => Some(reachable(url)),
            OpenError::Lent { .. } => Some("pass a pool or the database URL to `upgrade`".to_owned()),
            OpenError::Url(error) => error.help(),
            OpenError::Refused { url, error } => help_for(url, error),
        }
    }

    fn notes(&self) -> Vec<String> {
        match self {
            OpenError::Refused { error, .. } => error.notes(),
            _ => Vec::new(),
        }
    }
}

fn reachable(url: &DatabaseUrl) -> String {
    match url.dialect() {
        DialectName::Sqlite => format!("check that the folder of `{}` exists and can be written", url.target()),
        DialectName::Postgres | DialectName::Mysql => {
            format!("start the server, or correct `{}` in the database URL", url.target())
        }
    }
}

fn help_for(url: &DatabaseUrl, error: &DatabaseError) -> Option<String> {
    let database = url.database().unwrap_or_default();
    let user = url.user().map(|user| format!(" of user `{user}`")).unwrap_or_default();
    match (error.kind, url.dialect()) {
        (ErrorKind::Unreachable | ErrorKind::ConnectionLost, _) => Some(reachable(url)),
        (ErrorKind::Authentication, _) => Some(format!("check the password{user} in the database URL")),
        (ErrorKind::UnknownDatabase, DialectName::Postgres) => Some(format!("create it with `createdb {database}`")),
        (ErrorKind::UnknownDatabase, _) => Some(format!("create it with `CREATE DATABASE {database}`")),
        (ErrorKind::Denied, _) => Some(format!("grant the rights{user} on `{database}`")),
        _ => None,
    }
}

/// Connects with `connect` until it succeeds, fails for good, or the time is over.
#[cfg(any(feature = "postgres", feature = "mysql"))]
async fn connected<C, F>(
    url: &DatabaseUrl,
    options: &OpenOptions,
    mut connect: impl FnMut() -> F + Send,
) -> Result<C, OpenError>
where
    F: Future<Output = Result<C, DatabaseError>> + Send,
{
    let mut busy = None;
    let attempts = async {
        loop {
            match connect().await {
                Err(error) if error.kind == ErrorKind::Busy => {
                    busy = Some(error);
                    tokio::time::sleep(Duration::from_millis(fastrand::u64(50..250))).await;
                }
                Err(mut error) => {
                    if error.kind == ErrorKind::ConnectionLost {
                        error.kind = ErrorKind::Unreachable;
                    }
                    return Err(OpenError::Refused { url: Box::new(url.clone()), error });
                }
                Ok(connection) => return Ok(connection),
            }
        }
    };
    let outcome = tokio::time::timeout(options.connect_timeout, attempts).await;
    match (outcome, busy) {
        (Ok(outcome), _) => outcome,
        (Err(_), Some(error)) => Err(OpenError::Refused { url: Box::new(url.clone()), error }),
        (Err(_), None) => Err(OpenError::NoAnswer { url: Box::new(url.clone()), waited: options.connect_timeout }),
    }
}
