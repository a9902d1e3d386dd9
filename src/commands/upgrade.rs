//! `upgrade`: runs what is missing up to the targets.

use alembic_revisions::{Applied, Code, Diagnose, DialectName, Exit, Plan, RevisionGraph, Target, plan};
use alembic_runtime::Transactions;
use clap::Args;

use crate::app::{App, Failure};
use crate::backup::BackupFlags;
use crate::hooks::HookFlags;
use crate::migrate::{self, Agreed, Approval, Migration, Proposal, RunFlags, Unknown, Unwatched};
use crate::ui::Outcome;
use crate::ui::ask::{Select, YES};

/// Apply what is missing up to the targets
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Upgrade {
    /// Where to go; `head` if absent. With --sql also FROM:TO
    #[arg(value_name = "TARGET", allow_negative_numbers = true)]
    targets: Vec<String>,

    #[command(flatten)]
    flags: RunFlags,

    #[command(flatten)]
    backup: BackupFlags,

    #[command(flatten)]
    hooks: HookFlags,

    /// The database's name, which a protected environment asks for
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,

    /// Run the whole plan in one transaction (PostgreSQL and SQLite)
    #[arg(long)]
    single_transaction: bool,
}

const EXAMPLES: &str = "\
Targets:
  abc123def456     the revision with this id; its beginning is enough: abc1
  smurf_detection  the revision that declares this branch label
  head, heads      the one head; all heads
  base             before the first revision
  +2, -1           steps up or down from where the database is
  abc1+1, head-1   steps from a revision
  LABEL@TARGET     the same, within the line of that label: smurf_detection@head

Examples:
  cargo alembic upgrade                       everything up to the one head
  cargo alembic upgrade --dry-run             only show what would run
  cargo alembic upgrade +1                    the next revision
  cargo alembic upgrade smurf_detection@head  one line, and what it depends on
  cargo alembic upgrade heads                 all lines, if there are several
  cargo alembic upgrade --sql base:head       print the SQL of everything";

impl Upgrade {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        if self.flags.sql {
            let targets = if self.targets.is_empty() { vec!["head".to_owned()] } else { self.targets };
            return migrate::offline(app, "upgrade", &self.flags, &targets, &route);
        }
        let targets = match self.targets.as_slice() {
            [] => vec![default_target(app)?],
            given => migrate::targets(given)?,
        };
        let transactions = if self.single_transaction { Transactions::Single } else { Transactions::PerRevision };
        migrate::run(
            app,
            &Migration {
                command: "upgrade",
                flags: &self.flags,
                targets: &targets,
                transactions,
                plan: &|graph, rows, dialect| {
                    let applied = Applied::from_rows(graph, rows)?;
                    let plan = route(graph, &applied, &targets, dialect)?;
                    Ok(Proposal { remarks: migrate::losses(&plan), plan })
                },
                approve: &|proposal| approve(app, proposal, self.confirm.as_deref(), &self.backup),
                backup: self.backup.backup.as_deref(),
                hooks: self.hooks,
                unknown: Unknown::Refused,
            },
        )
    }
}

fn route(graph: &RevisionGraph, applied: &Applied, targets: &[Target], dialect: DialectName) -> Result<Plan, Failure> {
    Ok(Plan::prepare(graph, &plan::upgrade(graph, applied, targets)?, dialect)?)
}

/// Returns `head`, or what a person chooses instead where there are several.
///
/// Off a terminal `head` stays, and its error names both ways on.
fn default_target(app: &App) -> Result<Target, Failure> {
    let graph = app.graph()?;
    let heads = graph.real_heads();
    if heads.len() < 2 || !app.ui.ask().is_open() {
        return Ok(Target::head());
    }
    let applied = app.applied()?;
    if heads.iter().all(|head| applied.contains(*head)) {
        return Ok(Target::heads());
    }
    let listing = app.listing()?;
    let mut items = vec!["all of them".to_owned()];
    items.extend(heads.iter().map(|head| format!("only {}", listing.choice(*head))));
    items.push("none: stop, and merge them first".to_owned());
    let mut names = vec!["all of them".to_owned()];
    names.extend(heads.iter().map(|head| format!("only {}", graph.id(*head))));
    names.push("none".to_owned());
    let question = Select {
        question: format!("There are {} heads. Upgrade to which?", heads.len()),
        items,
        names,
        ..Select::default()
    };
    let chosen = match app.ui.ask().select(&question)? {
        0 => "heads",
        chosen if chosen <= heads.len() => graph.id(heads[chosen - 1]).as_str(),
        _ => return Err(MergeFirst.into()),
    };
    app.words.answer(&[chosen]);
    Ok(chosen.parse()?)
}

/// Where there are several heads, a person chose none of them.
#[derive(Debug, thiserror::Error)]
#[error("stopped before anything ran")]
struct MergeFirst;

impl Diagnose for MergeFirst {
    fn code(&self) -> Code {
        Code("A0911")
    }

    fn kind(&self) -> &'static str {
        "Declined"
    }

    fn exit(&self) -> Exit {
        Exit::Unanswered
    }

    fn help(&self) -> Option<String> {
        Some("join the heads with `cargo alembic merge`, then run `cargo alembic upgrade`".to_owned())
    }
}

/// Asks before an upgrade that drops data, on a terminal only: its scripts were reviewed, and deployments must not stop.
fn approve(app: &App, proposal: &Proposal, name: Option<&str>, backup: &BackupFlags) -> Result<Agreed, Failure> {
    if proposal.remarks.is_empty() {
        return Ok(Agreed::of(backup));
    }
    if app.database()?.choice.protected {
        return migrate::confirm_loss(app, name, proposal.details(app), backup);
    }
    let (details, unwatched) = (proposal.details(app), Unwatched::GoesOn);
    let approval = Approval { question: "This drops data. Go on?", details, words: &[YES], unwatched };
    migrate::approve_loss(app, approval, backup)
}
