//! `stamp`: moves the rows of the version table and runs nothing.

use alembic_revisions::{Applied, DialectName, NodeId, Plan, RevisionGraph, Target, plan};
use alembic_runtime::Transactions;
use clap::Args;

use crate::app::{App, Failure};
use crate::hooks::HookFlags;
use crate::migrate::{self, Agreed, Approval, Migration, Proposal, RunFlags, Unknown, Unwatched};
use crate::ui::ask::YES;
use crate::ui::{Outcome, Text};

/// Declare revisions as applied, without running anything
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Stamp {
    /// Where the database is from now on: `head`, ids, labels, `base`, …
    #[arg(value_name = "REV", required = true, allow_negative_numbers = true)]
    targets: Vec<String>,

    #[command(flatten)]
    flags: RunFlags,

    /// Delete all rows first, whatever they are
    #[arg(long)]
    purge: bool,
}

const EXAMPLES: &str = "\
The rows of other lines stay as they are.

Examples:
  cargo alembic stamp head --dry-run    show what would count as applied
  cargo alembic stamp head              for a database that has everything
  cargo alembic stamp abc123def456      it, and all that is below it
  cargo alembic stamp --purge head      forget rows that no script knows";

impl Stamp {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        if self.flags.sql {
            return migrate::offline(app, "stamp", &self.flags, &self.targets, &|graph, applied, targets, dialect| {
                Ok(self.propose(graph, applied, targets, dialect)?.plan)
            });
        }
        let targets = migrate::targets(&self.targets)?;
        migrate::run(
            app,
            &Migration {
                command: "stamp",
                flags: &self.flags,
                targets: &targets,
                transactions: Transactions::PerRevision,
                plan: &|graph, rows, dialect| {
                    let applied = if self.purge { Applied::nothing(graph) } else { Applied::from_rows(graph, rows)? };
                    self.propose(graph, &applied, &targets, dialect)
                },
                approve: &|proposal| approve(app, proposal).map(|()| Agreed::AsItIs),
                backup: None,
                hooks: HookFlags::default(),
                unknown: Unknown::Allowed,
            },
        )
    }

    fn propose(
        &self,
        graph: &RevisionGraph,
        applied: &Applied,
        targets: &[Target],
        dialect: DialectName,
    ) -> Result<Proposal, Failure> {
        let stamp = plan::stamp(graph, applied, targets)?;
        let plan = if self.purge { Plan::purge(&stamp, dialect) } else { Plan::stamp(&stamp, dialect) };
        let line = |mark: Text, node: &NodeId, what: &str| {
            let revision = graph.revision(*node);
            let text = mark.strong(revision.id.as_str()).dim(format!("  {}  ", revision.feature));
            text.plain(format!("{}  ", revision.title())).dim(what)
        };
        let applied = stamp.applied.iter().map(|node| line(Text::new().good("+ "), node, "counts as applied"));
        let forgotten =
            stamp.forgotten.iter().map(|node| line(Text::new().caution("- "), node, "no longer counts as applied"));
        Ok(Proposal { plan, remarks: applied.chain(forgotten).collect() })
    }
}

/// Asks on a terminal only: nothing is lost that another stamp could not bring back.
fn approve(app: &App, proposal: &Proposal) -> Result<(), Failure> {
    let (details, unwatched) = (proposal.details(app), Unwatched::GoesOn);
    let question = "Change what counts as applied? Nothing is run.";
    migrate::approve(app, Approval { question, details, words: &[YES], unwatched })
}
