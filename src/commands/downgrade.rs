//! `downgrade`: takes revisions back until the target is the newest one applied.

use alembic_revisions::plan::Route;
use alembic_revisions::{Applied, Plan, RevisionGraph, Target, plan};
use alembic_runtime::Transactions;
use clap::Args;

use crate::app::{App, Failure};
use crate::backup::BackupFlags;
use crate::hooks::HookFlags;
use crate::migrate::{self, Agreed, Approval, Migration, Proposal, RunFlags, Unknown, Unwatched};
use crate::ui::ask::YES;
use crate::ui::{Outcome, Text, plural};

/// Take revisions back; the target itself stays applied
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Downgrade {
    /// What stays: `-1`, an id or its beginning, `base`, …; with --sql FROM:TO
    #[arg(value_name = "TARGET", required = true, allow_negative_numbers = true)]
    target: String,

    #[command(flatten)]
    flags: RunFlags,

    #[command(flatten)]
    backup: BackupFlags,

    #[command(flatten)]
    hooks: HookFlags,

    /// Take back what this checkout does not know with the scripts that the database keeps
    #[arg(long, conflicts_with = "sql")]
    stored: bool,

    /// The database's name, which a protected environment asks for
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
}

const EXAMPLES: &str = "\
What is lost is shown first and must be approved; off a terminal, by --yes.
`cargo alembic upgrade --help` explains targets.

Examples:
  cargo alembic downgrade -1 --dry-run          only show what would be lost
  cargo alembic downgrade -1                    take the last revision back
  cargo alembic downgrade def456                take back all above def456
  cargo alembic downgrade smurf_detection@base  take a whole line back
  cargo alembic downgrade --sql head:def456     print the SQL of it";

impl Downgrade {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        if self.flags.sql {
            let planner = |graph: &_, applied: &_, targets: &[_], dialect| {
                Ok(Plan::prepare(graph, &plan::downgrade(graph, applied, &targets[0])?, dialect)?)
            };
            return migrate::offline(app, "downgrade", &self.flags, &[self.target], &planner);
        }
        let target: Target = self.target.parse()?;
        migrate::run(
            app,
            &Migration {
                command: "downgrade",
                flags: &self.flags,
                targets: std::slice::from_ref(&target),
                transactions: Transactions::PerRevision,
                plan: &|graph, rows, dialect| {
                    let route = plan::downgrade(graph, &Applied::from_rows(graph, rows)?, &target)?;
                    let plan = Plan::prepare(graph, &route, dialect)?;
                    Ok(Proposal { remarks: remarks(graph, &route, &plan, &target), plan })
                },
                approve: &|proposal| approve(app, proposal, self.confirm.as_deref(), &self.backup),
                backup: self.backup.backup.as_deref(),
                hooks: self.hooks,
                unknown: if self.stored { Unknown::FromHistory } else { Unknown::Refused },
            },
        )
    }
}

/// Says what goes although the words do not name it, and what is lost.
fn remarks(graph: &RevisionGraph, route: &Route, plan: &Plan, target: &Target) -> Vec<Text> {
    let mut remarks = Vec::new();
    if !route.surplus.is_empty() {
        let ids: Vec<String> = graph.ids(&route.surplus).iter().map(ToString::to_string).collect();
        let text = format!("! goes beyond `{target}`: takes back {}, too", ids.join(", "));
        remarks.push(Text::new().caution(text));
    }
    remarks.extend(migrate::losses(plan));
    remarks
}

/// Shows what is lost and asks; off a terminal only `--yes` approves.
fn approve(app: &App, proposal: &Proposal, name: Option<&str>, backup: &BackupFlags) -> Result<Agreed, Failure> {
    if app.database()?.choice.protected {
        return migrate::confirm_loss(app, name, proposal.details(app), backup);
    }
    let question = format!("Take {} back?", plural(proposal.plan.steps.len(), "revision"));
    let (details, unwatched) = (proposal.details(app), Unwatched::Stops);
    let approval = Approval { question: &question, details, words: &[YES], unwatched };
    if migrate::losses(&proposal.plan).is_empty() {
        migrate::approve(app, approval)?;
        return Ok(Agreed::of(backup));
    }
    migrate::approve_loss(app, approval, backup)
}
