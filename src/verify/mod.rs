//! Revisions tried out where nobody sees it: up, down and up again; merges in both orders; locks; the live schema's drift.
//!
//! Decides what is tried and what it shows; what differs is decided by `alembic-schema`. Read [`verify`] first, then
//! [`drift`].

mod drift;
mod fixtures;
mod kept;
mod locks;
mod meetings;
mod report;
mod stage;
mod stopped;
mod trials;

use std::collections::BTreeSet;

use alembic_revisions::{Applied, Code, Diagnose, DialectName, Exit, NodeId, Plan, Target, checksum, plan};
use alembic_runtime::url::DatabaseUrl;

use crate::app::{App, Failure};

pub use drift::{Drift, drift};
pub use report::Verified;

use crate::scratch::look::server_version;
use fixtures::Fixtures;
use kept::Kept;
use report::Title;
use stage::Stage;
use trials::Trials;

/// What the flags of `verify` say.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub given: Option<DatabaseUrl>,
    /// The revisions to try; all of them if none is named.
    pub revisions: Option<BTreeSet<NodeId>>,
    /// Try again what passed and did not change since.
    pub fresh: bool,
    /// What means the same in another order or in other words fails, too.
    pub strict: bool,
    pub merge: bool,
    pub locks: bool,
}

/// Tries what is asked for, and returns what came of it.
pub fn verify(app: &App, request: &Request) -> Result<Verified, Failure> {
    let graph = app.graph()?;
    let dialect = request.given.as_ref().map_or_else(|| app.dialect(), |url| Ok(url.dialect()))?;
    if request.locks && dialect != DialectName::Postgres {
        return Err(NoLocks { dialect }.into());
    }
    let mut verified = Verified::new(dialect, request.strict);
    if graph.is_empty() {
        return Ok(verified);
    }
    // Every script's faults at once, before anything is made.
    Plan::prepare(&graph, &plan::upgrade(&graph, &Applied::nothing(&graph), &[Target::heads()])?, dialect)?;
    let fixtures = Fixtures::read(app, &graph, dialect)?;
    verified.version = server_version(app, request.given.as_ref())?;
    let beside = |node: NodeId| format!("{} {}", verified.version, fixtures.checksum(node, dialect));
    let sums = checksum::of_lineages(&graph, dialect, &beside);
    let mut kept = Kept::load(app.project()?.target_directory(), dialect);
    let is_selected = |node: &NodeId| request.revisions.as_ref().is_none_or(|selected| selected.contains(node));
    let is_kept = |node: &NodeId| !request.fresh && !request.locks && kept.has(&sums[node.index()]);
    let selected: BTreeSet<NodeId> = graph.nodes().filter(is_selected).collect();
    let tried: BTreeSet<NodeId> = selected.iter().copied().filter(|node| !is_kept(node)).collect();
    verified.kept = selected.len() - tried.len();
    verified.irreversible = report::irreversible(&graph, &selected, dialect);
    if tried.is_empty() && !request.merge {
        return Ok(verified);
    }
    Stage::with(app, request.given.as_ref(), fixtures, |stage| {
        verified.trials = Trials::of(stage, &tried, request.locks)?;
        if request.merge {
            verified.meetings = meetings::of(stage)?;
        }
        Ok(())
    })?;
    let passed = verified.trials.iter().filter(|trial| trial.passed_plainly()).map(|trial| sums[trial.node.index()]);
    kept.add(passed, &sums);
    verified.titles = Title::of_all(&graph);
    Ok(verified)
}

/// Locks were asked for where no server tells of them.
#[derive(Debug, thiserror::Error)]
#[error("locks are observed on PostgreSQL only, and this is {dialect}")]
pub struct NoLocks {
    dialect: DialectName,
}

impl Diagnose for NoLocks {
    fn code(&self) -> Code {
        Code("A0831")
    }

    fn kind(&self) -> &'static str {
        "NoLocks"
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        Some("leave out `--locks`, or name an empty database on PostgreSQL: `--scratch postgres://…`".to_owned())
    }
}
