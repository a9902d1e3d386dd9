//! What the live database has otherwise than the history that it says it has.
//!
//! Reads the live database and changes nothing in it. Read [`drift`] first.

use alembic_revisions::plan::in_order;
use alembic_revisions::{Applied, Code, Diagnose, DialectName, Direction, Exit, NodeId};
use alembic_runtime::session::{Missing, Session};
use alembic_runtime::url::DatabaseUrl;
use alembic_runtime::version_table;
use alembic_schema::catalogue::{Catalogue, Comparison, compare};
use serde_json::Value;

use super::report::{comparison_json, render_drift};
use crate::app::{App, Failure};
use crate::scratch::look::{catalogue, version};
use crate::scratch::{Scratch, replay};
use crate::ui::{Page, Text, plural};

/// What those decide who run a database, and no revision of theirs.
const OPERATIONAL: [&str; 3] = ["grant", "publication", "event trigger"];

/// Tables that other tools keep their own history in.
const TOOLS: [&str; 3] = ["_sqlx_migrations", "seaql_migrations", "__diesel_schema_migrations"];

/// The live database, compared with a replay.
pub struct Drift {
    pub comparison: Comparison,
    /// How many revisions the live database has.
    pub revisions: usize,
}

impl Drift {
    /// True if there is any.
    pub fn is_some(&self) -> bool {
        !self.comparison.differences.is_empty()
    }

    /// Returns what differs, and what is only noted.
    pub fn json(&self) -> (Value, Value) {
        comparison_json(&self.comparison)
    }

    pub fn render(&self, page: &mut Page) {
        render_drift(&self.comparison, page);
        if self.is_some() {
            let count = plural(self.revisions, "revision");
            page.line(Text::new().bad("database and history differ").plain(format!(": {count} replayed")));
        }
    }
}

/// Compares the live database with a replay of the revisions that it has.
pub fn drift(app: &App, given: Option<&DatabaseUrl>) -> Result<Drift, Failure> {
    let (graph, dialect) = (app.graph()?, app.dialect()?);
    if let Some(other) = given.map(DatabaseUrl::dialect).filter(|given| *given != dialect) {
        return Err(OtherDialect { dialect, other }.into());
    }
    let (applied, live) = live(app)?;
    let order: Vec<NodeId> = graph.oldest_first().iter().copied().filter(|node| applied.contains(*node)).collect();
    let route = in_order(&graph, &Applied::nothing(&graph), Direction::Up, &order);
    let scratch = Scratch::open(app, given)?;
    let replayed = replay(app, &scratch, &route).and_then(|mut session| {
        let found = seen(app, session.as_mut());
        app.wait(session.close());
        found
    });
    scratch.remove(app);
    Ok(Drift { comparison: compare(&replayed?, &live).without(&OPERATIONAL), revisions: order.len() })
}

/// Returns what the live database has: revisions, and everything else.
fn live(app: &App) -> Result<(Applied, Catalogue), Failure> {
    let (graph, table) = (app.graph()?, app.version_table()?);
    let mut session = app.open(Missing::Report)?;
    let rows = app.wait(version_table::read_rows(session.as_mut(), &table));
    let found = rows.map_err(Failure::from).and_then(|rows| {
        let applied = Applied::from_rows(&graph, &rows)?;
        Ok((applied, seen(app, session.as_mut())?))
    });
    app.wait(session.close());
    found
}

/// Returns what a session sees, without what is nobody's business here.
fn seen(app: &App, session: &mut dyn Session) -> Result<Catalogue, Failure> {
    let (table, settings) = (app.version_table()?, app.settings()?);
    let version = version(app, session)?;
    let is_hidden = |name: &str| {
        version_table::is_bookkeeping(&table, name) || TOOLS.contains(&name) || settings.excludes_table(name)
    };
    catalogue(app, session, &version, &is_hidden)
}

/// The database to replay in is of another kind.
#[derive(Debug, thiserror::Error)]
#[error("a database on {dialect} cannot be compared with a replay on {other}")]
pub struct OtherDialect {
    dialect: DialectName,
    other: DialectName,
}

impl Diagnose for OtherDialect {
    fn code(&self) -> Code {
        Code("A0835")
    }

    fn kind(&self) -> &'static str {
        "OtherDialect"
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        Some(format!("name an empty database on {}, or leave out `--scratch`", self.dialect))
    }
}
