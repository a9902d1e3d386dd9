//! All revisions run where nobody sees it: in memory, or in a database that is made for it and dropped again.
//!
//! Never touches the live database. Read [`replay`] first.

use alembic_revisions::{Applied, Code, Diagnose, DialectName, Exit, Place, Plan, Target, plan};
use alembic_runtime::session::{self, DatabaseError, Missing, OpenOptions, Session};
use alembic_runtime::url::DatabaseUrl;
use alembic_runtime::{Event, ExecuteError, RunOptions, Stride, execute};

use crate::app::{App, Failure};
use crate::ui::ask::Unanswered;
use crate::ui::interrupt::{self, Hold};

/// Runs all revisions in an empty database, and returns the session that sees what they made.
pub fn replay(app: &App, url: &DatabaseUrl) -> Result<Box<dyn Session>, Failure> {
    let graph = app.graph()?;
    let options = OpenOptions { missing: Missing::Create, ..OpenOptions::default() };
    let mut session = app.wait(session::open(url, &options))?;
    if graph.is_empty() {
        return Ok(session);
    }
    let route = plan::upgrade(&graph, &Applied::nothing(&graph), &[Target::heads()])?;
    let plan = Plan::prepare(&graph, &route, url.dialect())?;
    let options = RunOptions {
        version_table: app.version_table()?,
        stride: Stride::Several,
        owner: app.owner(),
        ..RunOptions::default()
    };
    let mut unheard = |_: &Event<'_>| {};
    unless_interrupted(app, execute(session.as_mut(), &plan, &options, &mut unheard))?.map_err(Unreplayed)?;
    Ok(session)
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

/// A database that is dropped at the end, whatever happens; Ctrl-C waits for that.
pub struct Scratch {
    name: String,
    server: DatabaseUrl,
    url: DatabaseUrl,
    _hold: Hold,
}

impl Scratch {
    /// Makes an empty database on the server of the URL.
    pub fn make(app: &App) -> Result<Self, Failure> {
        let server = app.database()?.url.clone();
        let name = scratch_name(server.database().as_deref().unwrap_or("alembic"));
        let url = server.beside(&name).unwrap_or_else(|| server.clone());
        let scratch = Scratch { name, server, url, _hold: interrupt::hold() };
        let mut session = app.open(Missing::Report)?;
        let made = app.wait(session.execute(&format!("CREATE DATABASE {}", scratch.quoted())));
        app.wait(session.close());
        match made {
            Ok(_) => Ok(scratch),
            Err(error) => Err(NoScratch { error }.into()),
        }
    }

    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    fn quoted(&self) -> String {
        self.server.dialect().dialect().quote(&self.name)
    }

    /// Drops the database; warns where it cannot be dropped.
    pub fn remove(self, app: &App) {
        let force = if self.server.dialect() == DialectName::Postgres { " WITH (FORCE)" } else { "" };
        let sql = format!("DROP DATABASE IF EXISTS {}{force}", self.quoted());
        let dropped = app.wait(async {
            let session = session::open(&self.server, &OpenOptions::default()).await;
            let mut session = session.map_err(|error| error.to_string())?;
            let dropped = session.execute(&sql).await.map_err(|error| error.to_string());
            session.close().await;
            dropped
        });
        if let Err(error) = dropped {
            app.ui.warn(format!("the database `{}` is left over and can be dropped: {error}", self.name));
        }
    }
}

/// Returns a name that nobody has, which says for which database it stands in.
fn scratch_name(database: &str) -> String {
    // Both servers keep 63 bytes or more.
    let end = (0..=database.len().min(40)).rev().find(|end| database.is_char_boundary(*end)).unwrap_or(0);
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("{}_replay_{}", &database[..end], &random[..12])
}

/// No database can be made for a replay.
#[derive(Debug, thiserror::Error)]
#[error("cannot make a database to replay the revisions in: {error}")]
pub struct NoScratch {
    error: DatabaseError,
}

impl Diagnose for NoScratch {
    fn code(&self) -> Code {
        Code("A0803")
    }

    fn kind(&self) -> &'static str {
        "NoScratchDatabase"
    }

    fn exit(&self) -> Exit {
        Exit::Database
    }

    fn help(&self) -> Option<String> {
        Some("let the user of the URL create databases, or compare with the live database: `--against live`".to_owned())
    }

    fn notes(&self) -> Vec<String> {
        self.error.notes()
    }
}

/// A revision failed where nothing can be lost.
#[derive(Debug, thiserror::Error)]
#[error("the revisions cannot be replayed: {0}")]
pub struct Unreplayed(ExecuteError);

impl Diagnose for Unreplayed {
    fn code(&self) -> Code {
        self.0.code()
    }

    fn kind(&self) -> &'static str {
        self.0.kind()
    }

    fn exit(&self) -> Exit {
        match self.0.exit() {
            Exit::HalfApplied => Exit::Database,
            exit => exit,
        }
    }

    fn help(&self) -> Option<String> {
        self.0.help().filter(|_| self.0.exit() != Exit::HalfApplied)
    }

    fn notes(&self) -> Vec<String> {
        vec!["they ran from nothing, in a database made for it; yours was not touched".to_owned()]
    }

    fn places(&self) -> Vec<Place> {
        self.0.places()
    }
}
