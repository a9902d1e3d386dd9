//! From a target to a finished run: plan, approval, execution, and planning anew where the rows moved meanwhile.
//!
//! The commands say what to plan and what to ask; the order of things is decided here, once. Nothing waits for a person
//! while a lock is held. Read [`run`] first.

mod approval;
mod execution;
mod interruption;
mod offline;
mod outcome;
mod stored;

use alembic_revisions::plan::RowsChange;
use alembic_revisions::target::Resolver;
use alembic_revisions::{Code, Diagnose, DialectName, Exit, Plan, RevisionGraph, Target};
use alembic_runtime::{RustSteps, Transactions};
use camino::Utf8Path;
use clap::Args;

use crate::app::{App, Failure};
use crate::backup;
use crate::hooks::{HookFlags, Hooks};
use crate::ui::{Outcome, Text};

pub use approval::{Agreed, Approval, Unwatched, approve, approve_loss, confirm_loss, confirm_name, losses};
use execution::Ran;
pub use offline::offline;
use outcome::Migrated;
pub use outcome::shortened;

/// The flags of `upgrade`, `downgrade` and `stamp`.
#[derive(Args, Clone, Debug)]
pub struct RunFlags {
    /// Show what would run, and run nothing
    #[arg(short = 'n', long, conflicts_with = "sql")]
    pub dry_run: bool,

    /// Print the SQL, without looking at a database
    #[arg(long)]
    pub sql: bool,

    /// A word to pass on into the SQL of --sql and into JSON
    #[arg(long, value_name = "TEXT")]
    pub tag: Option<String>,
}

/// A plan, and what a person should know before it runs.
pub struct Proposal {
    pub plan: Plan,
    pub remarks: Vec<Text>,
}

impl Proposal {
    /// Returns what a question shows above itself: the remarks, unless they stand there already.
    pub fn details(&self, app: &App) -> Vec<Text> {
        if app.ui.is_heard() { Vec::new() } else { outcome::shortened(&self.remarks) }
    }

    fn is_empty(&self) -> bool {
        let plan = &self.plan;
        plan.steps.is_empty() && !plan.purge && plan.stamp.as_ref().is_none_or(RowsChange::is_empty)
    }
}

/// Decides on the rows of the version table.
pub type Planner<'a> = &'a dyn Fn(&RevisionGraph, &[String], DialectName) -> Result<Proposal, Failure>;

/// What a command wants to happen to the database.
pub struct Migration<'a> {
    pub command: &'static str,
    pub flags: &'a RunFlags,
    /// What was typed; steps from where the database was are not taken from where somebody else has moved it.
    pub targets: &'a [Target],
    pub transactions: Transactions,
    /// Called again if the rows moved before the plan ran.
    pub plan: Planner<'a>,
    /// Asks for what the plan needs; called before every run.
    pub approve: &'a dyn Fn(&Proposal) -> Result<Agreed, Failure>,
    /// The file of `--backup`.
    pub backup: Option<&'a Utf8Path>,
    pub hooks: HookFlags,
    pub unknown: Unknown,
}

/// What becomes of applied revisions that no file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    Refused,
    /// Their scripts are read from the history.
    FromHistory,
    /// The plan knows what to do with them.
    Allowed,
}

/// Plans, asks, runs; plans anew if another migrator was faster.
pub fn run(app: &App, migration: &Migration<'_>) -> Result<Box<dyn Outcome>, Failure> {
    let dialect = app.database()?.url.dialect();
    let mut rows = app.rows()?;
    let mut migrated = Migrated::new(migration, &rows);
    let mut plans = 0;
    loop {
        let graph = stored::graph(app, migration, &rows)?;
        let proposal = (migration.plan)(&graph, &rows, dialect)?;
        let plan = &proposal.plan;
        plans += 1;
        if plans > MOST_PLANS {
            return Err(Restless.into());
        }
        if proposal.is_empty() && !migration.flags.dry_run {
            migrated.finish(app, &graph, plan)?;
            return Ok(Box::new(migrated));
        }
        let is_first = plans == 1;
        if let (Some(path), true, false) = (migration.backup, is_first, proposal.is_empty()) {
            backup::check_place(app, path)?;
        }
        if migration.flags.dry_run {
            if !proposal.is_empty() {
                outcome::headline(app, migration.command, plan)?;
            }
            migrated.show(&proposal, app.verbosity());
            return Ok(Box::new(migrated));
        }
        RustSteps::default().refuse_missing(plan)?;
        outcome::announce(app, migration.command, &proposal)?;
        let agreed = (migration.approve)(&proposal)?;
        let hooks = Hooks::of(migration.command, migration.hooks, plan);
        if let (Some(hooks), true) = (&hooks, is_first) {
            hooks.before(app)?;
        }
        migrated.back_up(app, &agreed)?;
        match execution::execute(app, plan, migration.transactions)? {
            Ran::Whole(elapsed) => {
                migrated.add(plan, &elapsed);
                migrated.finish(app, &graph, plan)?;
                migrated.followed_by(app, hooks.as_ref())?;
                return Ok(Box::new(migrated));
            }
            Ran::Stale { error, .. } if counts_from_rows(&graph, migration) => return Err(error.into()),
            Ran::Stale { elapsed, now, .. } => {
                migrated.add(plan, &elapsed);
                app.ui.note("another migrator moved the database meanwhile; planning anew");
                rows = now;
            }
        }
    }
}

fn counts_from_rows(graph: &RevisionGraph, migration: &Migration<'_>) -> bool {
    let resolver = Resolver::new(graph, migration.command);
    migration.targets.iter().any(|target| resolver.needs_rows(target))
}

/// More plans than any number of honest starters makes stale.
const MOST_PLANS: usize = 1000;

/// The rows moved whenever a plan was about to run.
#[derive(Debug, thiserror::Error)]
#[error("the version table moved under {MOST_PLANS} plans in a row")]
struct Restless;

impl Diagnose for Restless {
    fn code(&self) -> Code {
        Code("A0421")
    }

    fn kind(&self) -> &'static str {
        "StalePlan"
    }

    fn exit(&self) -> Exit {
        Exit::Locked
    }

    fn help(&self) -> Option<String> {
        Some("find out what else writes the version table, then run the command again".to_owned())
    }
}

/// Parses targets as they were typed.
pub fn targets(typed: &[String]) -> Result<Vec<Target>, Failure> {
    typed.iter().map(|text| Ok(text.parse()?)).collect()
}
