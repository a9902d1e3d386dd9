//! `history`: the revisions, newest first.

use alembic_revisions::plan;
use clap::Args;

use crate::app::{App, Failure};
use crate::listing::{Form, Listing, Revisions};
use crate::ui::Outcome;

/// Show the revisions, newest first
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub struct History {
    /// Only from A to B, both included; either may be left out
    #[arg(short = 'r', long, value_name = "A:B", allow_hyphen_values = true)]
    rev_range: Option<String>,

    /// Mark the revisions that the database is at
    #[arg(short = 'i', long)]
    indicate_current: bool,

    /// Only this feature's revisions; the same as -p
    #[arg(long, value_name = "NAME")]
    feature: Vec<String>,
}

const EXAMPLES: &str = "\
`current` is where the database is. Steps count from the other end: `-3:head`, `abc1:+2`.

Examples:
  cargo alembic history                    everything
  cargo alembic history -r current:head    from where the database is
  cargo alembic history -r def456:+1       a revision and the next one
  cargo alembic history -i                 mark where the database is
  cargo alembic history -v -p players      the details of one feature";

impl History {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let graph = app.graph()?;
        let asks_database = self.rev_range.as_deref().is_some_and(|range| range.contains("current"));
        let applied = if self.indicate_current || asks_database { Some(app.applied()?) } else { None };
        let nodes = plan::history(&graph, applied.as_ref(), self.rev_range.as_deref())?;
        let nodes = app.in_packages(nodes, &self.feature)?;
        let rows = match applied {
            Some(applied) if self.indicate_current => applied.rows(&graph),
            _ => Vec::new(),
        };
        let nothing = if graph.is_empty() { "no revisions yet" } else { "no revisions in this range" };
        let form = Form::of(app.verbosity(), Form::LinesWithParents);
        let listing = Listing::new(graph, rows);
        Ok(Box::new(Revisions { listing, nodes, form, nothing }))
    }
}
