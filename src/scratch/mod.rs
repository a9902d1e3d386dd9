//! Where revisions run and nobody sees it: in memory, in a database that is made and dropped again, or in an empty one.
//!
//! Never touches the live database. Read [`Scratch::open`] first, then [`replay`].

mod fault;
pub mod look;

use alembic_revisions::plan::Route;
use alembic_revisions::{DialectName, NodeId, Plan};
use alembic_runtime::session::{self, DatabaseError, ErrorKind, Missing, OpenError, OpenOptions, Session};
use alembic_runtime::url::DatabaseUrl;
use alembic_runtime::{Event, RunOptions, RustSteps, Stride, execute};
use clap::Args;

pub use fault::Uninspected;
use fault::{NoFile, NoScratch, Unreplayed};

use crate::app::{App, Failure};
use crate::ui::ask::Unanswered;
use crate::ui::interrupt::{self, Hold};

/// The flag of the commands that try revisions out.
#[derive(Args, Clone, Default)]
pub struct ScratchFlags {
    /// An empty database to try the revisions in, emptied again at the end, instead of one that is made for it;
    /// `sqlite::memory:` tries the SQL of SQLite
    #[arg(long = "scratch", value_name = "URL")]
    url: Option<String>,
}

impl ScratchFlags {
    /// Returns the database that the flag names.
    pub fn url(&self) -> Result<Option<DatabaseUrl>, Failure> {
        let url = self.url.as_deref().map(DatabaseUrl::parse).transpose()?;
        match url {
            Some(url) if url.dialect() == DialectName::Sqlite && url.database().as_deref() != Some(":memory:") => {
                Err(NoFile.into())
            }
            url => Ok(url),
        }
    }
}

/// Runs a route from nothing in an empty database, and returns the session that sees what it made.
pub fn replay(app: &App, scratch: &Scratch, route: &Route) -> Result<Box<dyn Session>, Failure> {
    let plan = Plan::prepare(app.graph()?.as_ref(), route, scratch.url().dialect())?;
    let options = run_options(app)?;
    let mut session = scratch.session(app)?;
    let mut unheard = |_: &Event<'_>| {};
    unless_interrupted(app, execute(session.as_mut(), &plan, &options, &mut unheard))?.map_err(Unreplayed)?;
    Ok(session)
}

/// Returns how plans run in a scratch database.
pub fn run_options(app: &App) -> Result<RunOptions, Failure> {
    say_what_is_left_out(app)?;
    let (version_table, owner) = (app.version_table()?, app.owner());
    let rust = RustSteps::left_out();
    Ok(RunOptions { version_table, stride: Stride::Several, owner, rust, ..RunOptions::default() })
}

/// Rust code is its application's: what it would have changed is missing where the SQL is tried alone.
fn say_what_is_left_out(app: &App) -> Result<(), Failure> {
    let graph = app.graph()?;
    let has_rust = |node: &NodeId| graph.script(*node).sections.iter().any(|section| section.settings.rust);
    let ids: Vec<String> = graph.nodes().filter(has_rust).map(|node| format!("`{}`", graph.id(node))).collect();
    if !ids.is_empty() {
        app.ui.note(format!("the Rust code of {} is left out, which only its application has", ids.join(", ")));
    }
    Ok(())
}

/// Waits for an answer, or for Ctrl-C where that does not end the process.
pub fn unless_interrupted<T>(app: &App, answer: impl Future<Output = T>) -> Result<T, Failure> {
    app.wait(async {
        tokio::select! {
            answer = answer => Ok(answer),
            _ = tokio::signal::ctrl_c() => Err(Unanswered::Interrupted.into()),
        }
    })
}

/// A database that is empty at first and left to nobody; Ctrl-C waits until it is removed.
pub struct Scratch {
    url: DatabaseUrl,
    kind: Kind,
    /// None for what is gone with its session.
    _hold: Option<Hold>,
}

enum Kind {
    /// Gone with its session.
    Memory,
    /// Made on the server of this URL; dropped at the end.
    Made { server: DatabaseUrl },
    /// The user's, for this.
    Given,
}

impl Scratch {
    /// Makes an empty database for the dialect in use, on the server in use, or takes the one that is given.
    pub fn open(app: &App, given: Option<&DatabaseUrl>) -> Result<Self, Failure> {
        let memory = DatabaseUrl::parse("sqlite::memory:")?;
        match given {
            Some(url) if url.dialect() == DialectName::Sqlite => Ok(Scratch::of(memory, Kind::Memory)),
            Some(url) => {
                look::refuse_full(app, url)?;
                Ok(Scratch::of(url.clone(), Kind::Given))
            }
            None if app.dialect()? == DialectName::Sqlite => Ok(Scratch::of(memory, Kind::Memory)),
            None => Scratch::make(app),
        }
    }

    fn of(url: DatabaseUrl, kind: Kind) -> Self {
        let _hold = (!matches!(kind, Kind::Memory)).then(interrupt::hold);
        Scratch { url, kind, _hold }
    }

    fn make(app: &App) -> Result<Self, Failure> {
        let server = app.database()?.url.clone();
        let name = scratch_name(server.database().as_deref().unwrap_or("alembic"));
        let url = server.beside(&name).unwrap_or_else(|| server.clone());
        let scratch = Scratch::of(url, Kind::Made { server });
        let mut session = app.open(Missing::Report)?;
        let made = app.wait(create(session.as_mut(), &scratch.quoted()));
        app.wait(session.close());
        match made {
            Ok(()) => Ok(scratch),
            Err(error) => Err(NoScratch { error }.into()),
        }
    }

    fn quoted(&self) -> String {
        self.url.dialect().dialect().quote(&self.url.database().unwrap_or_default())
    }

    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Returns a session in the database.
    pub fn session(&self, app: &App) -> Result<Box<dyn Session>, Failure> {
        let options = OpenOptions { missing: Missing::Create, ..OpenOptions::default() };
        Ok(app.wait(session::open(&self.url, &options))?)
    }

    /// Empties the database, whose sessions are closed.
    pub fn renew(&self, app: &App) -> Result<(), Failure> {
        let renewed = app.wait(async {
            match &self.kind {
                Kind::Memory => Ok(()),
                Kind::Given => self.empty().await,
                Kind::Made { server } => {
                    let mut session = open(server).await?;
                    let mut renewed = session.execute(&self.drop_sql()).await.map(|_| ());
                    if renewed.is_ok() {
                        renewed = create(session.as_mut(), &self.quoted()).await;
                    }
                    session.close().await;
                    renewed
                }
            }
        });
        Ok(renewed.map_err(|error| NoScratch { error })?)
    }

    /// Drops what was made, and empties what was given; warns where that cannot be done.
    pub fn remove(self, app: &App) {
        let removed = app.wait(async {
            match &self.kind {
                Kind::Memory => Ok(()),
                Kind::Given => self.empty().await,
                Kind::Made { server } => {
                    let mut session = open(server).await?;
                    let dropped = session.execute(&self.drop_sql()).await;
                    session.close().await;
                    dropped.map(|_| ())
                }
            }
        });
        if let (Err(error), name) = (removed, self.url.database().unwrap_or_default()) {
            match self.kind {
                Kind::Given => app.ui.warn(format!("the database `{name}` is not empty again: {error}")),
                _ => app.ui.warn(format!("the database `{name}` is left over and can be dropped: {error}")),
            }
        }
    }

    fn drop_sql(&self) -> String {
        let force = if self.url.dialect() == DialectName::Postgres { " WITH (FORCE)" } else { "" };
        format!("DROP DATABASE IF EXISTS {}{force}", self.quoted())
    }

    async fn empty(&self) -> Result<(), DatabaseError> {
        let mut session = open(&self.url).await?;
        let emptied = empty(session.as_mut()).await;
        session.close().await;
        emptied
    }
}

async fn open(url: &DatabaseUrl) -> Result<Box<dyn Session>, DatabaseError> {
    session::open(url, &OpenOptions::default()).await.map_err(|error| match error {
        OpenError::Refused { error, .. } => error,
        other => DatabaseError::new(ErrorKind::Unreachable, other.to_string()),
    })
}

/// Makes a database that writes text as the session's own does, where a database decides on that.
async fn create(session: &mut dyn Session, quoted: &str) -> Result<(), DatabaseError> {
    let options = characters(session).await?;
    session.execute(&format!("CREATE DATABASE {quoted}{options}")).await?;
    Ok(())
}

/// Returns how the session's own database writes text, for CREATE DATABASE.
async fn characters(session: &mut dyn Session) -> Result<String, DatabaseError> {
    if session.url().dialect() != DialectName::Mysql {
        return Ok(String::new());
    }
    let row = session.rows("SELECT @@character_set_database, @@collation_database").await?.into_iter().next();
    Ok(match row.as_deref() {
        Some([Some(characters), Some(collation)]) => format!(" CHARACTER SET {characters} COLLATE {collation}"),
        _ => String::new(),
    })
}

/// Drops everything in a database.
async fn empty(session: &mut dyn Session) -> Result<(), DatabaseError> {
    let dialect = session.dialect();
    match dialect.name() {
        DialectName::Sqlite => {}
        DialectName::Postgres => {
            let schemas =
                "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'";
            let schemas: Vec<String> = session.rows(schemas).await?.into_iter().flatten().flatten().collect();
            for schema in &schemas {
                session.execute(&format!("DROP SCHEMA {} CASCADE", dialect.quote(schema))).await?;
            }
            session.execute("CREATE SCHEMA public").await?;
        }
        DialectName::Mysql => {
            let Some(name) = session.url().database() else { return Ok(()) };
            let name = dialect.quote(&name);
            let options = characters(session).await?;
            session.execute(&format!("DROP DATABASE {name}")).await?;
            session.execute(&format!("CREATE DATABASE {name}{options}")).await?;
            session.execute(&format!("USE {name}")).await?;
        }
    }
    Ok(())
}

/// Returns a name that nobody has, which says for which database it stands in.
fn scratch_name(database: &str) -> String {
    // Both servers keep 63 bytes or more.
    let end = (0..=database.len().min(40)).rev().find(|end| database.is_char_boundary(*end)).unwrap_or(0);
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("{}_replay_{}", &database[..end], &random[..12])
}
