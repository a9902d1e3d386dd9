//! What a database has, read through a session; nothing is changed.
//!
//! Read [`catalogue`] first.

use alembic_revisions::DialectName;
use alembic_runtime::session::{self, Missing, OpenOptions, Row, Session};
use alembic_runtime::url::DatabaseUrl;
use alembic_schema::catalogue::{self, Catalogue};

use super::fault::{NotEmpty, Uninspected};
use super::unless_interrupted;
use crate::app::{App, Failure};

/// Reads what a database has, but for hidden tables; changes nothing.
pub fn catalogue(
    app: &App,
    session: &mut dyn Session,
    version: &str,
    is_hidden: &dyn Fn(&str) -> bool,
) -> Result<Catalogue, Failure> {
    let dialect = session.url().dialect();
    let sql = catalogue::statements(dialect, version).join(";\n");
    let answers = unless_interrupted(app, session.answers(&sql))?;
    let answers = answers.map_err(|failed| Uninspected::from(failed.error))?;
    let rows: Vec<Row> = answers.into_iter().flat_map(|answer| answer.rows).collect();
    Ok(Catalogue::new(dialect, rows, is_hidden))
}

/// Returns the version of the server on which a scratch database would be, without making one.
pub fn server_version(app: &App, given: Option<&DatabaseUrl>) -> Result<String, Failure> {
    let mut session = match given {
        Some(url) => app.wait(session::open(url, &OpenOptions::default()))?,
        None => app.open(Missing::Report)?,
    };
    let version = version(app, session.as_mut());
    app.wait(session.close());
    version
}

/// Returns the version of a session's server.
pub fn version(app: &App, session: &mut dyn Session) -> Result<String, Failure> {
    let query = match session.url().dialect() {
        DialectName::Sqlite => "SELECT sqlite_version()",
        DialectName::Postgres => "SHOW server_version",
        DialectName::Mysql => "SELECT version()",
    };
    let rows = app.wait(session.rows(query)).map_err(Uninspected::from)?;
    Ok(rows.into_iter().flatten().flatten().next().unwrap_or_default())
}

/// Refuses a database that has anything, since it would be gone.
pub(super) fn refuse_full(app: &App, url: &DatabaseUrl) -> Result<(), Failure> {
    let mut session = app.wait(session::open(url, &OpenOptions::default()))?;
    let version = version(app, session.as_mut());
    let found = version.and_then(|version| catalogue(app, session.as_mut(), &version, &|_| false));
    app.wait(session.close());
    if found?.is_empty() { Ok(()) } else { Err(NotEmpty { url: url.to_string() }.into()) }
}
