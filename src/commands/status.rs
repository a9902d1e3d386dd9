//! `status`: one screen for "where are we?".

use std::collections::BTreeMap;

use alembic_revisions::{Exit, NodeId, Target, plan};
use alembic_runtime::journal::compare::{self, Difference};
use alembic_runtime::journal::history;
use alembic_runtime::journal::progress::{self, Progress};
use alembic_runtime::version_table;
use clap::Args;
use serde_json::{Value, json};

use crate::app::{App, Failure};
use crate::listing::{Listing, differences, half_applied};
use crate::ui::{Outcome, Page, Text};

/// Show on one screen what is applied and what is pending
#[derive(Args)]
pub struct Status {}

/// The most pending revisions that are shown by name.
const SHOWN: usize = 10;

struct Overview {
    listing: Listing,
    database: String,
    origin: String,
    tips: Vec<NodeId>,
    heads: Vec<NodeId>,
    /// In the order in which they would run.
    pending: Vec<NodeId>,
    /// What no run has finished.
    half_applied: Vec<Progress>,
    /// In what files and database differ.
    differences: Vec<Difference>,
    features: BTreeMap<String, Counts>,
}

#[derive(Default)]
struct Counts {
    applied: usize,
    pending: usize,
}

impl Status {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let graph = app.graph()?;
        let (rows, entries, half_applied) = app.read(async |session, table| {
            let rows = version_table::read_rows(session, table).await?;
            let entries = history::read(session, table).await?;
            Ok((rows, entries, progress::read(session, table).await?))
        })?;
        let (applied, differences) = compare::checkout(&graph, &entries, &rows, app.dialect()?);
        let mut features: BTreeMap<String, Counts> =
            app.project()?.features().into_iter().map(|name| (name.to_owned(), Counts::default())).collect();
        for node in graph.nodes() {
            let counts = features.entry(graph.revision(node).feature.to_string()).or_default();
            if applied.contains(node) { counts.applied += 1 } else { counts.pending += 1 }
        }
        let everything = plan::upgrade(&graph, &applied, &[Target::heads()])?;
        let pending = everything.moves.iter().map(|step| step.node).collect();
        let database = app.database()?;
        Ok(Box::new(Overview {
            database: database.url.to_string(),
            origin: database.choice.origin.to_string(),
            tips: applied.tips(&graph),
            heads: graph.real_heads(),
            pending,
            half_applied,
            differences,
            features,
            listing: Listing::new(graph.clone(), applied.rows(&graph)),
        }))
    }
}

impl Overview {
    fn jsons(&self, nodes: &[NodeId]) -> Vec<Value> {
        nodes.iter().map(|node| self.listing.json(*node)).collect()
    }

    fn lines(&self, nodes: &[NodeId], page: &mut Page) {
        for node in nodes.iter().take(SHOWN) {
            page.line(Text::new().plain("  ").join(self.listing.line(*node)));
        }
        if nodes.len() > SHOWN {
            page.line(Text::new().dim(format!("  … and {} more", nodes.len() - SHOWN)));
        }
    }
}

impl Outcome for Overview {
    fn json(&self) -> Value {
        let features: Vec<_> = self
            .features
            .iter()
            .map(|(name, counts)| json!({ "feature": name, "applied": counts.applied, "pending": counts.pending }))
            .collect();
        json!({
            "database": self.database,
            "database_origin": self.origin,
            "applied": self.features.values().map(|counts| counts.applied).sum::<usize>(),
            "pending": self.jsons(&self.pending),
            "revisions": self.jsons(&self.tips),
            "heads": self.jsons(&self.heads),
            "at_head": self.pending.is_empty(),
            "half_applied": self.half_applied.iter().map(half_applied::json).collect::<Vec<_>>(),
            "differences": self.differences.iter().map(differences::json).collect::<Vec<_>>(),
            "features": features,
        })
    }

    fn render(&self, page: &mut Page) {
        let applied: usize = self.features.values().map(|counts| counts.applied).sum();
        let state = match (applied, self.pending.len()) {
            (0, 0) => Text::new().dim("no revisions yet"),
            (_, 0) if !(self.half_applied.is_empty() && self.differences.is_empty()) => {
                Text::new().plain(format!("{applied} applied"))
            }
            (_, 0) => Text::new().good(format!("up to date, {applied} applied")),
            (_, pending) => Text::new().plain(format!("{applied} applied, ")).caution(format!("{pending} pending")),
        };
        page.fields(&[
            ("Database", Text::new().strong(&self.database).dim(format!("  (from {})", self.origin))),
            ("State", state),
        ]);
        for progress in &self.half_applied {
            page.blank();
            half_applied::render(progress, page);
        }
        if !self.differences.is_empty() {
            page.blank();
            page.line("Files and database differ:");
            differences::render(&self.differences, page);
        }
        page.blank();
        page.line("At:");
        if self.tips.is_empty() {
            page.line(Text::new().dim("  <base>: nothing is applied"));
        }
        self.lines(&self.tips, page);
        if !self.pending.is_empty() {
            page.blank();
            page.line("Pending, in this order:");
            self.lines(&self.pending, page);
        }
        if self.heads.len() > 1 {
            page.blank();
            page.line(
                Text::new()
                    .caution(format!("{} heads", self.heads.len()))
                    .plain(": join them with `cargo alembic merge`"),
            );
            self.lines(&self.heads, page);
        }
        page.blank();
        page.line("Features:");
        let rows: Vec<Vec<Text>> = self.features.iter().map(|(name, counts)| counts.row(name)).collect();
        page.columns(&rows);
    }

    /// A database that has what no file has is beyond this checkout.
    fn exit(&self) -> Exit {
        let is_beyond = |found: &Difference| matches!(found, Difference::Missing { .. } | Difference::Unknown { .. });
        if self.differences.iter().any(is_beyond) { Exit::Disagree } else { Exit::Done }
    }
}

impl Counts {
    fn row(&self, feature: &str) -> Vec<Text> {
        let pending = match (self.applied, self.pending) {
            (0, 0) => Text::new().dim("no revisions yet"),
            (_, 0) => Text::new().good("up to date"),
            (_, pending) => Text::new().caution(format!("{pending} pending")),
        };
        vec![Text::new().plain("  ").strong(feature), format!("{} applied", self.applied).into(), pending]
    }
}
