//! `status`: one screen for "where are we?".

use std::collections::BTreeMap;

use alembic_revisions::{NodeId, Target, plan};
use clap::Args;
use serde_json::{Value, json};

use crate::app::{App, Failure};
use crate::listing::Listing;
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
        let applied = app.applied()?;
        let mut features: BTreeMap<String, Counts> =
            app.workspace()?.features().map(|feature| (feature.name.clone(), Counts::default())).collect();
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
            "features": features,
        })
    }

    fn render(&self, page: &mut Page) {
        let applied: usize = self.features.values().map(|counts| counts.applied).sum();
        let state = match (applied, self.pending.len()) {
            (0, 0) => Text::new().dim("no revisions yet"),
            (_, 0) => Text::new().good(format!("up to date, {applied} applied")),
            (_, pending) => Text::new().plain(format!("{applied} applied, ")).caution(format!("{pending} pending")),
        };
        page.fields(&[
            ("Database", Text::new().strong(&self.database).dim(format!("  (from {})", self.origin))),
            ("State", state),
        ]);
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
