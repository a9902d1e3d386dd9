//! `history`: the revisions, newest first, or what ran in the database.

use alembic_revisions::plan;
use alembic_runtime::journal::history::{self, Entry, Way};
use clap::Args;
use serde_json::{Value, json};

use crate::app::{App, Failure};
use crate::listing::{Form, Listing, Revisions};
use crate::ui::{Outcome, Page, Text, plural};

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

    /// What ran in the database instead: when, how long, by whom, with which version of this program
    #[arg(long, conflicts_with_all = ["rev_range", "indicate_current"])]
    applied: bool,

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
  cargo alembic history --applied          what ran, when, and who ran it
  cargo alembic history -v -p players      the details of one feature";

impl History {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        if self.applied {
            return self.what_ran(app);
        }
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
    /// Features that are gone may have run, too, so their names are not looked up.
    fn what_ran(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let mut entries = app.read(history::read)?;
        let features = [self.feature, app.options.packages.packages.clone()].concat();
        entries.retain(|entry| features.is_empty() || features.contains(&entry.feature));
        entries.reverse();
        Ok(Box::new(WhatRan { entries }))
    }
}

/// The rows of the history, newest first.
struct WhatRan {
    entries: Vec<Entry>,
}

impl Outcome for WhatRan {
    fn json(&self) -> Value {
        json!({ "applied": self.entries.iter().map(entry_json).collect::<Vec<_>>() })
    }

    fn render(&self, page: &mut Page) {
        if self.entries.is_empty() {
            page.line(Text::new().dim("the database has no history"));
        }
        page.columns(&self.entries.iter().map(entry_row).collect::<Vec<_>>());
    }
}

fn entry_json(entry: &Entry) -> Value {
    json!({
        "revision": entry.revision,
        "direction": entry.way.as_str(),
        "feature": entry.feature,
        "from": entry.heads_before,
        "to": entry.heads_after,
        "parents": entry.parents,
        "statements": entry.statements,
        "checksum": entry.checksum.map(|checksum| checksum.to_string()),
        "started_at": entry.started_at,
        "finished_at": entry.finished_at,
        "applied_ms": entry.milliseconds,
        "owner": entry.owner,
        "tool": entry.tool,
        "attempt": entry.attempt,
        "breaking": entry.breaking,
        "stored": entry.script_hash.is_some(),
    })
}

fn entry_row(entry: &Entry) -> Vec<Text> {
    let way = match entry.way {
        Way::Up => Text::new().good("up"),
        Way::Down => Text::new().caution("down"),
        Way::Stamp | Way::Accept => Text::new().accent(entry.way.as_str()),
    };
    let named = |heads: &[String]| if heads.is_empty() { "<base>".to_owned() } else { heads.join(", ") };
    let (from, to) = (named(&entry.heads_before), named(&entry.heads_after));
    let (what, took) = match (&entry.revision, entry.way) {
        (Some(id), Way::Up | Way::Down) => {
            let ran = plural(usize::try_from(entry.statements).unwrap_or(usize::MAX), "statement");
            (Text::new().strong(id).dim(format!("  {}", entry.feature)), format!("{ran}, {} ms", entry.milliseconds))
        }
        (Some(id), _) => (Text::new().strong(id).dim(format!("  {}", entry.feature)), "nothing ran".to_owned()),
        (None, _) => (Text::new().strong(&to), "nothing ran".to_owned()),
    };
    let day = entry.finished_at.get(..19).unwrap_or(&entry.finished_at);
    vec![
        Text::new().plain(day),
        way,
        what,
        Text::new().dim(format!("from {from}")).elastic(),
        took.into(),
        Text::new().plain(&entry.owner),
        Text::new().dim(&entry.tool),
    ]
}
