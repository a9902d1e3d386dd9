//! A scratch database with a session in it, and the revisions that it has.
//!
//! Whatever happens, the database is removed at the end. Read [`Stage::with`] first, then [`Stage::climb`].

use std::rc::Rc;

use alembic_revisions::plan::{Route, in_order};
use alembic_revisions::{Applied, Code, Diagnose, DialectName, Direction, Exit, NodeId, Plan, RevisionGraph};
use alembic_runtime::session::Session;
use alembic_runtime::url::DatabaseUrl;
use alembic_runtime::version_table;
use alembic_runtime::{Event, RunOptions, execute};
use alembic_schema::catalogue::Catalogue;

use super::fixtures::Fixtures;
use super::stopped::{Doing, Stopped};
use crate::app::{App, Failure};
use crate::scratch::look::{catalogue, version};
use crate::scratch::{Scratch, run_options, unless_interrupted};

/// Where revisions are tried.
pub struct Stage<'a> {
    pub app: &'a App,
    pub graph: Rc<RevisionGraph>,
    pub fixtures: Fixtures,
    pub session: Box<dyn Session>,
    scratch: Scratch,
    version: String,
    options: RunOptions,
    /// What the database has, each after all that it requires.
    climbed: Vec<NodeId>,
}

impl<'a> Stage<'a> {
    /// Lets `try_out` use an empty database; whatever comes of it, nothing stays behind.
    pub fn with<T>(
        app: &'a App,
        given: Option<&DatabaseUrl>,
        fixtures: Fixtures,
        try_out: impl FnOnce(&mut Stage<'a>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let (graph, options) = (app.graph()?, run_options(app)?);
        let scratch = Scratch::open(app, given)?;
        let opened = scratch.session(app).and_then(|mut session| {
            let version = version(app, session.as_mut())?;
            Ok((session, version))
        });
        let (session, version) = match opened {
            Ok(opened) => opened,
            Err(failure) => {
                scratch.remove(app);
                return Err(failure);
            }
        };
        let mut stage = Stage { app, graph, fixtures, session, scratch, version, options, climbed: Vec::new() };
        let tried = try_out(&mut stage);
        let Stage { session, scratch, .. } = stage;
        app.wait(session.close());
        scratch.remove(app);
        tried
    }

    pub fn dialect(&self) -> DialectName {
        self.session.url().dialect()
    }

    /// Returns the revisions that the database has, in the order in which they ran.
    pub fn climbed(&self) -> &[NodeId] {
        &self.climbed
    }

    /// Empties the database, then runs these upgrades, all of which ran before.
    pub fn rebuild(&mut self, order: &[NodeId]) -> Result<(), Failure> {
        self.renew()?;
        match self.climb(order)? {
            Ok(()) => Ok(()),
            Err(stopped) => {
                let revision = self.graph.id(stopped.node).to_string();
                Err(Unsteady { revision, message: stopped.message }.into())
            }
        }
    }

    /// Empties the database.
    pub fn renew(&mut self) -> Result<(), Failure> {
        if self.dialect() != DialectName::Sqlite {
            // What it holds would keep the database from being emptied.
            let _ = self.app.wait(self.session.batch("ROLLBACK"));
            self.scratch.renew(self.app)?;
        }
        self.session = self.scratch.session(self.app)?;
        self.climbed.clear();
        Ok(())
    }

    /// Runs upgrades in this order, each after its fixture. After a stop, [`Stage::rebuild`] is next.
    pub fn climb(&mut self, order: &[NodeId]) -> Result<Result<(), Stopped>, Failure> {
        let mut start = 0;
        while start < order.len() {
            if let Err(stopped) = self.fixture(order[start])? {
                return Ok(Err(stopped));
            }
            let rest = &order[start + 1..];
            let length = 1 + rest.iter().take_while(|node| self.fixtures.get(**node).is_none()).count();
            if let Err(stopped) = self.run(&order[start..start + length], Direction::Up)? {
                return Ok(Err(stopped));
            }
            start += length;
        }
        Ok(Ok(()))
    }

    /// Brings in the rows that a revision is tried with.
    pub fn fixture(&mut self, node: NodeId) -> Result<Result<(), Stopped>, Failure> {
        let Some(fixture) = self.fixtures.get(node).cloned() else { return Ok(Ok(())) };
        let sent = unless_interrupted(self.app, self.session.batch(&fixture.text))?;
        Ok(sent.map(|_| ()).map_err(|failed| Stopped::by_fixture(node, &fixture, &failed.error)))
    }

    /// Runs exactly these revisions with the one executor.
    pub fn run(&mut self, order: &[NodeId], direction: Direction) -> Result<Result<(), Stopped>, Failure> {
        let plan = match Plan::prepare(&self.graph, &self.route(order, direction), self.dialect()) {
            Ok(plan) => Plan { applied: Vec::new(), ..plan },
            Err(faults) => return Ok(Err(self.stopped(order, direction, &faults))),
        };
        let mut unheard = |_: &Event<'_>| {};
        let run = execute(self.session.as_mut(), &plan, &self.options, &mut unheard);
        match unless_interrupted(self.app, run)? {
            Ok(_) => {
                match direction {
                    Direction::Up => self.climbed.extend(order),
                    Direction::Down => self.climbed.retain(|node| !order.contains(node)),
                }
                Ok(Ok(()))
            }
            Err(error) => {
                let done = error.done.len().min(order.len().saturating_sub(1));
                self.climbed.extend(order[..done].iter().filter(|_| direction == Direction::Up));
                Ok(Err(self.stopped(&order[done..], direction, &error)))
            }
        }
    }

    fn stopped(&self, order: &[NodeId], direction: Direction, error: &dyn Diagnose) -> Stopped {
        let doing = match direction {
            Direction::Up => Doing::Upgrade,
            Direction::Down => Doing::Downgrade,
        };
        Stopped::of(order.first().copied().unwrap_or(NodeId(0)), doing, error)
    }

    fn route(&self, order: &[NodeId], direction: Direction) -> Route {
        let applied = Applied::up_to(&self.graph, self.climbed.iter().copied());
        in_order(&self.graph, &applied, direction, order)
    }

    /// Returns what the database has now, but for the tables of our own.
    pub fn catalogue(&mut self) -> Result<Catalogue, Failure> {
        let table = self.options.version_table.clone();
        let is_hidden = |name: &str| version_table::is_bookkeeping(&table, name);
        catalogue(self.app, self.session.as_mut(), &self.version, &is_hidden)
    }
}

/// A revision that ran fails when it runs in the same way again.
#[derive(Debug, thiserror::Error)]
#[error("`{revision}` ran in an empty database before, and fails now: {message}")]
pub struct Unsteady {
    revision: String,
    message: String,
}

impl Diagnose for Unsteady {
    fn code(&self) -> Code {
        Code("A0834")
    }

    fn kind(&self) -> &'static str {
        "Unsteady"
    }

    fn exit(&self) -> Exit {
        Exit::Database
    }

    fn help(&self) -> Option<String> {
        Some("look for what a script does outside of its own database: roles, files, other databases".to_owned())
    }
}
