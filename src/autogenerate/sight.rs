//! What the revisions make of a database: looked up in the live one, or replayed where nobody sees it.
//!
//! Reads; what it makes is its own and is removed again. Read [`Sight::with`] first.

use alembic_revisions::{Applied, Code, Diagnose, DialectName, Exit, Target, plan};
use alembic_runtime::session::{DatabaseError, ErrorKind, Missing, Session};
use alembic_runtime::version_table;
use alembic_schema::Schema;
use alembic_schema::backend::{self, Backend, Scope};
use clap::ValueEnum;

use crate::app::{App, Failure};
use crate::scratch::{Scratch, Uninspected, replay, unless_interrupted};
use crate::ui::plural;

/// What `generate` and `check` compare models with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Against {
    /// The live database on PostgreSQL and MySQL, a replay on SQLite
    #[default]
    Auto,
    /// The database, which must have all revisions
    Live,
    /// All revisions, run in memory or in a database that is made for it and dropped
    Replay,
}

impl Against {
    /// Returns what `auto` means for a dialect.
    fn settled(self, dialect: DialectName) -> Against {
        match (self, dialect) {
            (Against::Auto, DialectName::Sqlite) => Against::Replay,
            (Against::Auto, DialectName::Postgres | DialectName::Mysql) => Against::Live,
            (given, _) => given,
        }
    }
}

/// A session on a database that all revisions have made.
pub struct Sight {
    version: Option<String>,
    /// True if nothing but the revisions made it.
    pub is_replay: bool,
    session: Box<dyn Session>,
    scratch: Option<Scratch>,
}

impl Sight {
    /// Lets `look` see a database that all revisions have made; whatever comes of it, nothing stays behind.
    pub fn with<T>(
        app: &App,
        against: Against,
        look: impl FnOnce(&mut Sight) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut sight = Sight::open(app, against)?;
        let seen = look(&mut sight);
        sight.close(app);
        seen
    }

    fn open(app: &App, against: Against) -> Result<Self, Failure> {
        let dialect = app.dialect()?;
        match against.settled(dialect) {
            Against::Replay => Sight::replayed(app),
            Against::Live | Against::Auto => Sight::live(app),
        }
    }

    fn live(app: &App) -> Result<Self, Failure> {
        let graph = app.graph()?;
        let mut session = app.open(Missing::Report)?;
        let rows = app.wait(version_table::read_rows(session.as_mut(), &app.version_table()?))?;
        let applied = Applied::from_rows(&graph, &rows)?;
        let pending = graph.len() - applied.nodes().len();
        if pending > 0 {
            let target: &[&str] = if graph.real_heads().len() > 1 { &["upgrade", "heads"] } else { &["upgrade"] };
            let command = on_this_database(app, target);
            return Err(NotAtHeads { url: app.shown_url()?.to_string(), pending, command }.into());
        }
        Sight::of(app, session)
    }

    fn replayed(app: &App) -> Result<Self, Failure> {
        let graph = app.graph()?;
        let heads = if graph.is_empty() { Vec::new() } else { vec![Target::heads()] };
        let route = plan::upgrade(&graph, &Applied::nothing(&graph), &heads)?;
        let scratch = Scratch::open(app, None)?;
        let opened = replay(app, &scratch, &route).and_then(|session| Sight::of(app, session));
        match opened {
            Ok(sight) => Ok(Sight { scratch: Some(scratch), is_replay: true, ..sight }),
            Err(failure) => {
                scratch.remove(app);
                Err(failure)
            }
        }
    }

    fn of(app: &App, mut session: Box<dyn Session>) -> Result<Self, Failure> {
        let dialect = session.url().dialect();
        let version = match dialect {
            DialectName::Mysql => app.wait(session.rows("SELECT version()")).map_err(Uninspected::from)?,
            DialectName::Postgres | DialectName::Sqlite => Vec::new(),
        };
        let version = version.into_iter().flatten().flatten().next();
        Ok(Sight { version, is_replay: false, session, scratch: None })
    }

    /// Returns the backend of the database that is seen.
    pub fn backend(&self) -> Box<dyn Backend> {
        backend::of(self.session.url().dialect(), self.version.as_deref())
    }

    /// Returns the schema, in its normal form.
    pub fn schema(&mut self, app: &App, schemas: Vec<String>) -> Result<Schema, Failure> {
        let scope = Scope { schemas, place: backend::Place::Live };
        let mut schema = self.read(app, &scope)?;
        self.backend().normalize(&mut schema);
        Ok(schema)
    }

    fn read(&mut self, app: &App, scope: &Scope) -> Result<Schema, Failure> {
        let backend = self.backend();
        let sql = backend.inspection(scope).join(";\n");
        let answers =
            unless_interrupted(app, self.session.answers(&sql))?.map_err(|failed| Uninspected::from(failed.error))?;
        let rows: Vec<backend::Row> = answers.into_iter().flat_map(|answer| answer.rows).collect();
        Ok(backend.read(scope, &rows).map_err(Uninspected::from)?)
    }

    /// Returns the tables of a schema as the database spells them once it has made them; none where text alone decides,
    /// the reason where the database refuses.
    pub fn in_scratch(&mut self, app: &App, side: &Schema) -> Result<Result<Option<Schema>, String>, Failure> {
        let backend = self.backend();
        let (tables, enums): (Vec<_>, Vec<_>) = (side.tables.values().collect(), side.enums.values().collect());
        let Some(scratch) = backend.scratch(&tables, &enums) else { return Ok(Ok(None)) };
        let place = backend::Place::Scratch(side.tables.keys().cloned().collect());
        let scope = Scope { schemas: Vec::new(), place };
        let made = app.wait(self.session.batch(&scratch.make.join(";\n")));
        let read = match made {
            Ok(_) => self.read(app, &scope).map(Ok),
            // Text alone would find differences that are none.
            Err(failed) if matches!(failed.error.kind, ErrorKind::Denied | ErrorKind::ReadOnly) => {
                Err(NoJudge::of(side, failed.error, self).into())
            }
            Err(failed) => Ok(Err(failed.error.message.to_string())),
        };
        app.wait(self.session.batch(&scratch.remove.join(";\n"))).map_err(|failed| Uninspected::from(failed.error))?;
        let mut schema = match read? {
            Ok(schema) => schema,
            Err(reason) => return Ok(Err(reason)),
        };
        backend.normalize(&mut schema);
        Ok(Ok(Some(schema)))
    }

    /// Returns whether a query for one boolean of PostgreSQL says yes; a refused one does not.
    pub fn is_true(&mut self, app: &App, query: &str) -> Result<bool, Failure> {
        let rows = unless_interrupted(app, self.session.rows(query))?.unwrap_or_default();
        Ok(rows.into_iter().flatten().flatten().next().is_some_and(|value| value == "t" || value == "true"))
    }

    fn close(self, app: &App) {
        app.wait(self.session.close());
        if let Some(scratch) = self.scratch {
            scratch.remove(app);
        }
    }
}

/// Returns a command for the same database, as a person would type it.
fn on_this_database(app: &App, command: &[&str]) -> String {
    let flags = &app.options.database;
    let mut words = command.to_vec();
    match (flags.environment.as_deref(), flags.database_url.as_deref()) {
        (Some(environment), _) => words.extend(["--env", environment]),
        (None, Some(url)) => words.extend(["-D", url]),
        (None, None) => {}
    }
    app.words.instead(&words)
}

/// The live database lacks revisions, so what it holds is not what the revisions make.
#[derive(Debug, thiserror::Error)]
#[error("{url} lacks {}, so it cannot be compared with the models", plural(*.pending, "revision"))]
pub struct NotAtHeads {
    url: String,
    pending: usize,
    /// The command line that mends it.
    command: String,
}

impl Diagnose for NotAtHeads {
    fn code(&self) -> Code {
        Code("A0802")
    }

    fn kind(&self) -> &'static str {
        "NotAtHeads"
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        Some(format!("run `{}` first, or compare with a replay: `--against replay`", self.command))
    }
}

/// The database may not make the tables by which it tells whether two expressions are the same.
#[derive(Debug, thiserror::Error)]
#[error("cannot tell whether the expressions of {tables} differ: {error}")]
pub struct NoJudge {
    tables: String,
    /// The right that lacks.
    right: &'static str,
    error: DatabaseError,
}

impl NoJudge {
    fn of(side: &Schema, error: DatabaseError, sight: &Sight) -> Self {
        let names: Vec<String> = side.tables.keys().map(ToString::to_string).collect();
        let right = match sight.session.url().dialect() {
            DialectName::Mysql => "CREATE TEMPORARY TABLES",
            DialectName::Postgres | DialectName::Sqlite => "TEMPORARY",
        };
        NoJudge { tables: names.join(", "), right, error }
    }
}

impl Diagnose for NoJudge {
    fn code(&self) -> Code {
        Code("A0811")
    }

    fn kind(&self) -> &'static str {
        "NoTemporaryTables"
    }

    fn exit(&self) -> Exit {
        Exit::Database
    }

    fn help(&self) -> Option<String> {
        Some(match self.error.kind {
            ErrorKind::ReadOnly => "use a server that can be written to".to_owned(),
            _ => format!("grant the user of the URL the right {} on the database", self.right),
        })
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec!["the database itself compares them, by temporary tables that nobody else sees".to_owned()];
        notes.extend(self.error.notes());
        notes
    }
}
