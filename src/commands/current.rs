//! `current`: where the database is.

use std::collections::BTreeMap;

use alembic_revisions::{Applied, Exit, NodeId, RevisionGraph};
use clap::Args;
use serde_json::{Value, json};

use crate::app::{App, Failure};
use crate::listing::{Form, Listing};
use crate::ui::{Outcome, Page, Text};

/// Show where the database is, and how much is pending
#[derive(Args)]
pub struct Current {
    /// Exit with 1 unless everything is applied
    #[arg(long)]
    check_heads: bool,
}

struct Position {
    listing: Listing,
    rows: Vec<String>,
    /// The newest applied revision of each line; an absorbed head is among them, though it has no row.
    tips: Vec<NodeId>,
    pending: BTreeMap<String, usize>,
    form: Form,
    exit: Exit,
}

impl Current {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let graph = app.graph()?;
        let applied = app.applied()?;
        let rows = applied.rows(&graph);
        let pending = pending_by_feature(&graph, &applied);
        let exit = if self.check_heads && !pending.is_empty() { Exit::No } else { Exit::Done };
        Ok(Box::new(Position {
            rows: graph.ids(&rows).iter().map(ToString::to_string).collect(),
            tips: app.in_packages(applied.tips(&graph), &[])?,
            pending,
            form: Form::of(app.verbosity(), Form::Lines),
            exit,
            listing: Listing::new(graph, rows),
        }))
    }
}

/// Returns how many revisions of each feature the database lacks; features that lack none are absent.
pub fn pending_by_feature(graph: &RevisionGraph, applied: &Applied) -> BTreeMap<String, usize> {
    let mut pending = BTreeMap::new();
    for node in graph.nodes().filter(|node| !applied.contains(*node)) {
        *pending.entry(graph.revision(node).feature.to_string()).or_insert(0) += 1;
    }
    pending
}

impl Outcome for Position {
    fn json(&self) -> Value {
        json!({
            "rows": self.rows,
            "revisions": self.tips.iter().map(|node| self.listing.json(*node)).collect::<Vec<_>>(),
            "pending": self.pending.values().sum::<usize>(),
            "pending_by_feature": self.pending,
            "at_head": self.pending.is_empty(),
        })
    }

    fn render(&self, page: &mut Page) {
        if self.tips.is_empty() {
            page.line(Text::new().dim("<base>: nothing is applied"));
        }
        for &node in &self.tips {
            match self.form {
                Form::Details => self.listing.details(node, page),
                _ => page.line(self.listing.line(node)),
            }
        }
        if !self.pending.is_empty() {
            let by_feature: Vec<_> = self.pending.iter().map(|(feature, count)| format!("{feature} {count}")).collect();
            let total = self.pending.values().sum::<usize>();
            page.line(Text::new().caution(format!("pending: {total}")).plain(format!(" ({})", by_feature.join(", "))));
        }
    }

    fn exit(&self) -> Exit {
        self.exit
    }
}
