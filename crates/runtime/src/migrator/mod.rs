//! What an application calls when it starts, so that its database is as its code wants it.
//!
//! Decides nothing about revisions, which are [`alembic_revisions`]', and runs nothing by itself: the executor does.
//! Read [`Migrator`] first.

mod ahead;
mod awaiting;
mod fault;
mod planning;
mod policy;
mod steps;
mod until;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use alembic_revisions::graph::RowsError;
use alembic_revisions::plan::PlanError;
use alembic_revisions::target::IllegalTarget;
use alembic_revisions::{RevisionGraph, TableName, Target};

pub use ahead::{Beyond, Record, Unknown, beyond};
pub use awaiting::{Awaited, Pending};
pub use fault::MigrateError;
pub use planning::Unplanned;
pub use policy::{Ahead, Policy, UnknownPolicy};
pub use steps::UnknownSteps;
pub use until::{UntilError, run_until_done};

use crate::cancel::Cancel;
use crate::embedded::{Embedded, EmbeddedError};
use crate::event::Observer;
use crate::executor::{Report, RunOptions, StepFuture, StepReport, Stride, execute};
use crate::journal::{History, Scripts, history};
use crate::session::{IntoSession, Missing, OpenOptions, Session, StepConnection};
use crate::version_table::read_rows;
use planning::Wish;
use watch::Watch;

/// Takes a database to where a program wants it.
///
/// ```no_run
/// use alembic_runtime::{Ahead, Migrator, Policy};
///
/// # async fn start(graph: alembic_revisions::RevisionGraph) -> Result<(), Box<dyn std::error::Error>> {
/// let upgraded = Migrator::new(graph)
///     .policy(std::env::var("MIGRATE").as_deref().unwrap_or("apply").parse()?)
///     .ahead(Ahead::RunOn)
///     .upgrade("postgres://arena@localhost/arena")
///     .await?;
/// println!("{} revisions applied, now at {:?}", upgraded.steps.len(), upgraded.rows);
/// # Ok(())
/// # }
/// ```
pub struct Migrator {
    graph: Result<Arc<RevisionGraph>, EmbeddedError>,
    targets: Vec<Result<Target, IllegalTarget>>,
    policy: Policy,
    ahead: Ahead,
    options: RunOptions,
    observers: Vec<Box<dyn Observer>>,
}

/// What became of a program's database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upgraded {
    pub policy: Policy,
    /// What this program ran.
    pub steps: Vec<StepReport>,
    /// The rows of the version table; none with [`Policy::Off`].
    pub rows: Vec<String>,
    /// Applied revisions that the program does not know, and runs on with.
    pub ahead: Vec<Unknown>,
    /// How long it waited for other programs.
    pub waited: Duration,
}

impl Migrator {
    /// Returns a migrator that applies all revisions of a graph.
    pub fn new(graph: impl Into<Arc<RevisionGraph>>) -> Self {
        Migrator::of(Ok(graph.into()))
    }

    /// Returns a migrator that applies what [`embed!`](crate::embed!) embeds, with the settings of its workspace.
    ///
    /// A fault of what is embedded, which `embed!` does not let happen, is told by [`Migrator::upgrade`].
    pub fn embedded(embedded: Embedded) -> Self {
        let migrator = Migrator::of(embedded.graph().map(Arc::new));
        migrator.version_table(embedded.version_table()).history(embedded.history()).scripts(embedded.store())
    }

    fn of(graph: Result<Arc<RevisionGraph>, EmbeddedError>) -> Self {
        let options = RunOptions { stride: Stride::Several, owner: program(), ..RunOptions::default() };
        Migrator {
            graph,
            targets: Vec::new(),
            policy: Policy::default(),
            ahead: Ahead::default(),
            options,
            observers: Vec::new(),
        }
    }

    /// Sets the name of the version table; `version-table` of the workspace's settings.
    #[must_use]
    pub fn version_table(mut self, table: TableName) -> Self {
        self.options.version_table = table;
        self
    }

    /// Sets what becomes of a run that can keep no history; `history` of the workspace's settings.
    #[must_use]
    pub fn history(mut self, history: History) -> Self {
        self.options.history = history;
        self
    }

    /// Sets whether the history keeps the whole text of each script.
    #[must_use]
    pub fn scripts(mut self, scripts: Scripts) -> Self {
        self.options.scripts = scripts;
        self
    }

    /// Sets what to do about revisions that are not applied.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets what to do when the database has revisions that the graph does not know.
    #[must_use]
    pub fn ahead(mut self, ahead: Ahead) -> Self {
        self.ahead = ahead;
        self
    }

    /// Sets how long to wait for another program; ten minutes by default.
    #[must_use]
    pub fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.options.lock_timeout = timeout;
        self
    }

    /// Sets the name that others see while they wait; by default the program's with its process id.
    #[must_use]
    pub fn owner(mut self, owner: impl Into<String>) -> Self {
        self.options.owner = owner.into();
        self
    }

    /// Adds a revision, a branch or `heads` to go to. Without one it is `heads`: nobody is there to choose.
    #[must_use]
    pub fn target(mut self, target: impl AsRef<str>) -> Self {
        self.targets.push(target.as_ref().parse());
        self
    }

    /// Adds the Rust code of a revision whose script says `rust = true`. It runs behind the script's SQL, in the same
    /// transaction, and again if that transaction is repeated.
    ///
    /// ```no_run
    /// use alembic_runtime::{BoxError, Migrator, StepConnection};
    ///
    /// async fn slugs(connection: &mut StepConnection<'_>) -> Result<(), BoxError> {
    ///     for row in connection.rows("SELECT id, title FROM posts WHERE slug IS NULL").await? {
    ///         let [Some(id), Some(title)] = &row[..] else { continue };
    ///         let slug = title.to_lowercase().replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    ///         connection.execute(&format!("UPDATE posts SET slug = '{slug}' WHERE id = {id}")).await?;
    ///     }
    ///     Ok(())
    /// }
    ///
    /// # async fn start(graph: alembic_revisions::RevisionGraph) -> Result<(), BoxError> {
    /// let mut migrator = Migrator::new(graph).step("4f1d9c2ab7e0", |connection| Box::pin(slugs(connection)));
    /// migrator.upgrade("sqlite:posts.db").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn step<F>(mut self, revision: impl Into<String>, code: F) -> Self
    where
        F: for<'a, 's> Fn(&'a mut StepConnection<'s>) -> StepFuture<'a> + Send + Sync + 'static,
    {
        self.options.rust.add(revision, code);
        self
    }

    /// Sets the wish to stop that the run hears.
    #[must_use]
    pub fn cancel(mut self, cancel: Cancel) -> Self {
        self.options.cancel = cancel;
        self
    }

    /// Adds somebody to be told what happens. `tracing` is told anyway.
    #[must_use]
    pub fn observe(mut self, observer: impl Observer + 'static) -> Self {
        self.observers.push(Box::new(observer));
        self
    }

    /// Takes the database to the target, as the policy says.
    ///
    /// With nothing to do it sends two queries and writes nothing.
    ///
    /// # Errors
    /// If the database is not then as the program wants it; what a failed revision did is undone where the database can.
    pub async fn upgrade<'c>(&mut self, database: impl IntoSession<'c>) -> Result<Upgraded, MigrateError> {
        if self.policy == Policy::Off {
            return Ok(Upgraded { policy: Policy::Off, ..Upgraded::default() });
        }
        let (graph, targets) = (self.graph.clone()?, self.wanted()?);
        UnknownSteps::refuse(&graph, &self.options.rust)?;
        let missing = if self.policy == Policy::Apply { Missing::Create } else { Missing::Report };
        let mut session = database.into_session(OpenOptions { missing, ..OpenOptions::default() }).await?;
        let upgraded = self.run(&mut *session, Wish { graph: &graph, targets: &targets }).await;
        session.close().await;
        upgraded
    }

    /// Takes revisions back so that `target` is the last one of its line: for downgrades with Rust code, which the command
    /// line does not have. It asks nobody, heeds no policy, and fails if another program moves the rows meanwhile.
    ///
    /// # Errors
    /// If the target cannot be reached; what a failed revision did is undone where the database can.
    pub async fn downgrade<'c>(
        &mut self,
        database: impl IntoSession<'c>,
        target: impl AsRef<str>,
    ) -> Result<Report, MigrateError> {
        let illegal = |illegal: IllegalTarget| Unplanned::from(PlanError::from(illegal));
        let (graph, target) = (self.graph.clone()?, target.as_ref().parse().map_err(illegal)?);
        UnknownSteps::refuse(&graph, &self.options.rust)?;
        let mut session = database.into_session(OpenOptions::default()).await?;
        let report = self.take_back(&mut *session, &graph, &target).await;
        session.close().await;
        report
    }

    async fn take_back(
        &mut self,
        session: &mut dyn Session,
        graph: &RevisionGraph,
        target: &Target,
    ) -> Result<Report, MigrateError> {
        let rows = read_rows(session, &self.options.version_table).await?;
        let plan = planning::way_down(graph, &rows, target, session.url().dialect())?;
        Ok(execute(session, &plan, &self.options, &mut Watch::new(&mut self.observers)).await?)
    }

    fn wanted(&self) -> Result<Vec<Target>, Unplanned> {
        if self.targets.is_empty() {
            return Ok(vec![Target::heads()]);
        }
        let targets: Result<Vec<Target>, IllegalTarget> = self.targets.iter().cloned().collect();
        targets.map_err(|illegal| PlanError::from(illegal).into())
    }

    async fn run(&mut self, session: &mut dyn Session, wish: Wish<'_>) -> Result<Upgraded, MigrateError> {
        let mut watch = Watch::new(&mut self.observers);
        let mut upgraded = Upgraded { policy: self.policy, ..Upgraded::default() };
        let outcome = match self.policy {
            Policy::Apply => apply(session, &wish, &self.options, &mut watch, &mut upgraded.steps).await,
            Policy::Wait => awaiting::until_applied(session, &wish, &self.options, &mut watch).await,
            Policy::Verify | Policy::Off => verify(session, &wish, &self.options).await,
        };
        match outcome {
            Ok(rows) => upgraded.rows = rows,
            Err(MigrateError::Plan(Unplanned::Rows(RowsError::Unknown { .. }))) => {
                let (beyond, rows) = look_beyond(session, &wish, &self.options).await?;
                if self.ahead == Ahead::Refuse || !beyond.permits() {
                    return Err(MigrateError::Ahead(beyond));
                }
                let ids: Vec<&str> = beyond.unknown.iter().map(|unknown| unknown.id.as_str()).collect();
                tracing::warn!(target: "alembic", unknown = ids.join(" "), "the database is ahead; running on");
                (upgraded.rows, upgraded.ahead) = (rows, beyond.unknown);
            }
            Err(error) => return Err(error),
        }
        upgraded.waited = watch.waited();
        Ok(upgraded)
    }
}

async fn apply(
    session: &mut dyn Session,
    wish: &Wish<'_>,
    options: &RunOptions,
    watch: &mut Watch<'_>,
    steps: &mut Vec<StepReport>,
) -> Result<Vec<String>, MigrateError> {
    let dialect = session.url().dialect();
    match run_until_done(session, options, watch, |rows| wish.plan(rows, dialect)).await {
        Ok(report) => {
            *steps = report.steps;
            Ok(report.rows)
        }
        Err(UntilError::Plan { error, done }) => {
            *steps = done;
            Err(error.into())
        }
        Err(UntilError::Execute(error)) => Err(error.into()),
    }
}

async fn verify(session: &mut dyn Session, wish: &Wish<'_>, options: &RunOptions) -> Result<Vec<String>, MigrateError> {
    let rows = read_rows(session, &options.version_table).await?;
    match Pending::of(wish, &wish.route(&rows)?) {
        Some(pending) => Err(pending.into()),
        None => Ok(rows),
    }
}

/// Reads what is known of revisions that the graph does not have, and the rows anew, which may have moved.
async fn look_beyond(
    session: &mut dyn Session,
    wish: &Wish<'_>,
    options: &RunOptions,
) -> Result<(Beyond, Vec<String>), MigrateError> {
    let entries = history::read(session, &options.version_table).await?;
    let rows = read_rows(session, &options.version_table).await?;
    let beyond = beyond(wish.graph, wish.targets, &rows, &entries).map_err(Unplanned::from)?;
    Ok((beyond, rows))
}

/// Returns what this program calls itself.
fn program() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_deref().and_then(|path| path.file_stem()).map(|name| name.to_string_lossy().into_owned());
    format!("{} (pid {})", name.as_deref().unwrap_or("program"), std::process::id())
}
