//! What a command needs: the workspace or a bundle of it, its settings, the graph, the database, the clock and `ui`.
//!
//! Each is found when a command first asks for it, so that `completions` needs no workspace and `heads` no database.
//! Nothing here decides what a command does. Read [`App`] first.

mod words;

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use alembic_revisions::dialect::TableName;
use alembic_revisions::target::Resolver;
use alembic_revisions::{Applied, Diagnose, DialectName, NodeId, RevisionGraph, Script, Target};
use alembic_runtime::session::{self, Missing, OpenOptions, Session};
use alembic_runtime::url::DatabaseUrl;
use alembic_runtime::version_table::{self, VersionTableError};
use jiff::Timestamp;

use crate::bundle::BundleError;
use crate::config::{DatabaseChoice, DatabaseRequest, Environment, WorkspaceSettings, choose_database};
use crate::listing::Listing;
use crate::options::GlobalOptions;
use crate::project::{BUNDLE_VARIABLE, NamedBundle, OpenedBundle, Project};
use crate::scaffold::Templates;
use crate::ui::Ui;
use crate::workspace::Workspace;

pub use words::{Words, quoted};

/// Why a command failed: any error that can say its code, its place and what to type next.
pub struct Failure(Box<dyn Diagnose>);

impl<E: Diagnose + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure(Box::new(error))
    }
}

impl AsRef<dyn Diagnose> for Failure {
    fn as_ref(&self) -> &(dyn Diagnose + 'static) {
        self.0.as_ref()
    }
}

/// What the commands of one process share.
pub struct App {
    pub ui: Ui,
    pub options: GlobalOptions,
    pub environment: Environment,
    /// The command line, for printing it with an answer in it.
    pub words: Words,
    project: OnceCell<Project>,
    graph: OnceCell<Rc<RevisionGraph>>,
    database: OnceCell<Database>,
    runtime: OnceCell<tokio::runtime::Runtime>,
}

/// The database that a command talks to.
#[derive(Clone)]
pub struct Database {
    pub url: DatabaseUrl,
    pub choice: DatabaseChoice,
}

impl App {
    pub fn new(ui: Ui, options: GlobalOptions, environment: Environment, words: Vec<String>) -> Self {
        App {
            ui,
            options,
            environment,
            words: Words::new(words),
            project: OnceCell::new(),
            graph: OnceCell::new(),
            database: OnceCell::new(),
            runtime: OnceCell::new(),
        }
    }

    pub fn verbosity(&self) -> u8 {
        self.options.output.verbose
    }

    /// Returns where settings, features and scripts come from.
    pub fn project(&self) -> Result<&Project, Failure> {
        if let Some(project) = self.project.get() {
            return Ok(project);
        }
        let found = match self.bundle()? {
            Some(named) => Project::Bundle(Box::new(OpenedBundle::open(&named, &self.environment)?)),
            None => Project::Workspace(Box::new(Workspace::find(&self.options.manifest, &self.environment)?)),
        };
        Ok(self.project.get_or_init(|| found))
    }

    /// Fails if a bundle is named, whatever is in it: for a command that has no use for one.
    pub fn refuse_bundle(&self) -> Result<(), Failure> {
        match self.bundle()? {
            Some(named) => Err(BundleError::NeedsWorkspace { said: named.said }.into()),
            None => Ok(()),
        }
    }

    fn bundle(&self) -> Result<Option<NamedBundle>, Failure> {
        Ok(NamedBundle::of(&self.options.manifest, self.environment.text(BUNDLE_VARIABLE)?)?)
    }

    /// Returns the workspace; fails if there is only a bundle.
    pub fn workspace(&self) -> Result<&Workspace, Failure> {
        Ok(self.project()?.workspace()?)
    }

    /// Returns the settings of the workspace.
    pub fn settings(&self) -> Result<&WorkspaceSettings, Failure> {
        Ok(self.project()?.settings().settings)
    }

    /// Returns the graph of all features' scripts.
    pub fn graph(&self) -> Result<Rc<RevisionGraph>, Failure> {
        if let Some(graph) = self.graph.get() {
            return Ok(Rc::clone(graph));
        }
        let graph = self.read_graph()?;
        Ok(Rc::clone(self.graph.get_or_init(|| Rc::new(graph))))
    }

    /// Reads all scripts as they are now.
    pub fn read_graph(&self) -> Result<RevisionGraph, Failure> {
        self.graph_with(Vec::new())
    }

    /// As [`App::read_graph`], with scripts that no file has.
    pub fn graph_with(&self, more: Vec<Arc<Script>>) -> Result<RevisionGraph, Failure> {
        let project = self.project()?;
        project.require_features()?;
        let mut scripts = project.scripts()?;
        scripts.extend(more);
        Ok(RevisionGraph::build(scripts)?)
    }

    pub fn listing(&self) -> Result<Listing, Failure> {
        Ok(Listing::new(self.graph()?, Vec::new()))
    }

    /// Returns the revisions that a target means; looks at the database only if the target counts from there.
    pub fn listing_of(&self, typed: &str) -> Result<(Listing, Vec<NodeId>), Failure> {
        let graph = self.graph()?;
        let target: Target = typed.parse()?;
        let applied = self.applied_for([&target])?;
        let plain = Resolver::new(&graph, "show");
        let nodes = applied.as_ref().map_or(plain, |applied| plain.at(applied)).many(&target)?;
        let rows = applied.map(|applied| applied.rows(&graph)).unwrap_or_default();
        Ok((Listing::new(graph, rows), nodes))
    }

    /// Returns where the database is, if one of the targets counts from there.
    pub fn applied_for<'t>(&self, targets: impl IntoIterator<Item = &'t Target>) -> Result<Option<Applied>, Failure> {
        let graph = self.graph()?;
        let resolver = Resolver::new(&graph, "show");
        if targets.into_iter().any(|target| resolver.needs_rows(target)) { Ok(Some(self.applied()?)) } else { Ok(None) }
    }

    /// Returns those of `nodes` that belong to the features of `-p` and `more`; all of them where none is named.
    pub fn in_packages(&self, nodes: Vec<NodeId>, more: &[String]) -> Result<Vec<NodeId>, Failure> {
        let names: Vec<String> = self.options.packages.packages.iter().chain(more).cloned().collect();
        if names.is_empty() {
            return Ok(nodes);
        }
        let selected = self.project()?.selected_features(&names)?;
        let graph = self.graph()?;
        let is_selected = |node: &NodeId| selected.contains(&graph.revision(*node).feature.as_ref());
        Ok(nodes.into_iter().filter(is_selected).collect())
    }

    pub fn database(&self) -> Result<&Database, Failure> {
        if let Some(database) = self.database.get() {
            return Ok(database);
        }
        let settings = self.project()?.settings();
        let flags = &self.options.database;
        let request = DatabaseRequest { url: flags.database_url.as_deref(), environment: flags.environment.as_deref() };
        let choice = choose_database(request, settings, &self.environment)?;
        let url = DatabaseUrl::parse(choice.url())?.resolve_relative(choice.base.as_std_path());
        Ok(self.database.get_or_init(|| Database { url, choice }))
    }

    /// Returns the database's URL for a message: as the settings would say it, without the path of the workspace.
    pub fn shown_url(&self) -> Result<DatabaseUrl, Failure> {
        let root = self.project()?.root();
        Ok(self.database()?.url.clone().seen_from(root.as_std_path()))
    }

    /// Returns the dialect of the database, without looking at it.
    pub fn dialect(&self) -> Result<DialectName, Failure> {
        Ok(self.database()?.url.dialect())
    }

    /// Returns the dialects of the settings, else the one of the database.
    pub fn dialects(&self) -> Result<Vec<DialectName>, Failure> {
        let dialects = &self.settings()?.dialects;
        if dialects.is_empty() { Ok(vec![self.dialect()?]) } else { Ok(dialects.clone()) }
    }

    pub fn templates(&self) -> Result<Templates, Failure> {
        Ok(Templates::of(&self.workspace()?.root)?)
    }

    /// Returns the time at which the run began, to the second: one run writes one time.
    pub fn now(&self) -> Timestamp {
        let seconds =
            self.environment.started().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Timestamp::from_second(i64::try_from(seconds).unwrap_or(0)).unwrap_or_default()
    }

    /// Returns who runs this, for those who wait for us.
    pub fn owner(&self) -> String {
        let name = |variable| self.environment.text(variable).ok().flatten();
        let user = name("USER").or_else(|| name("LOGNAME")).unwrap_or("somebody");
        format!("{user}@{} (pid {})", gethostname::gethostname().to_string_lossy(), std::process::id())
    }

    pub fn editor(&self) -> Result<Option<String>, Failure> {
        for variable in ["VISUAL", "EDITOR"] {
            if let Some(editor) = self.environment.text(variable)?.filter(|editor| !editor.trim().is_empty()) {
                return Ok(Some(editor.to_owned()));
            }
        }
        Ok(None)
    }

    /// Returns the name of the version table that the settings give.
    pub fn version_table(&self) -> Result<TableName, Failure> {
        Ok(self.settings()?.version_table.clone())
    }

    pub fn open(&self, missing: Missing) -> Result<Box<dyn Session>, Failure> {
        let url = &self.database()?.url;
        let options = OpenOptions { missing, ..OpenOptions::default() };
        Ok(self.wait(session::open(url, &options))?)
    }

    /// Reads from the version table and the tables beside it; makes neither a table nor a file.
    pub fn read<T>(
        &self,
        read: impl AsyncFnOnce(&mut dyn Session, &TableName) -> Result<T, VersionTableError>,
    ) -> Result<T, Failure> {
        let table = self.version_table()?;
        let mut session = self.open(Missing::Report)?;
        let found = self.wait(read(session.as_mut(), &table));
        self.wait(session.close());
        Ok(found?)
    }

    /// Returns the rows of the version table.
    pub fn rows(&self) -> Result<Vec<String>, Failure> {
        self.read(version_table::read_rows)
    }

    /// Makes the version table where it is missing, and returns its name.
    pub fn ensure_version_table(&self) -> Result<String, Failure> {
        let (table, history) = (self.version_table()?, self.settings()?.history);
        let mut session = self.open(Missing::Create)?;
        let ensured = self.wait(version_table::ensure(session.as_mut(), &table, history));
        self.wait(session.close());
        ensured?;
        Ok(table.name)
    }

    pub fn applied(&self) -> Result<Applied, Failure> {
        let graph = self.graph()?;
        Ok(Applied::from_rows(&graph, &self.rows()?)?)
    }

    /// Runs a future to its end on this thread.
    pub fn wait<F: Future>(&self, future: F) -> F::Output {
        let runtime = self.runtime.get_or_init(|| {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime needs no more than a pipe")
        });
        runtime.block_on(future)
    }
}
