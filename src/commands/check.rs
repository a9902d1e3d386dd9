//! `check`: every script and the shape of the graph, without a database.

use alembic_revisions::plan::{Plan, Route};
use alembic_revisions::{Applied, DialectName, Exit, RevisionGraph, Target, plan};
use clap::Args;
use serde_json::{Value, json};

use crate::app::{App, Failure};
use crate::ui::{Outcome, Page, Text, plural};

/// Check all scripts, and that there is one head; needs no database
#[derive(Args)]
pub struct Check {}

struct Checked {
    revisions: usize,
    dialects: Vec<DialectName>,
    heads: Vec<String>,
    /// Edges that say what other edges say already.
    redundant: Vec<String>,
}

impl Check {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let graph = app.graph()?;
        let dialects = app.dialects()?;
        for dialect in &dialects {
            Plan::prepare(&graph, &everything(&graph)?, *dialect)?;
        }
        Ok(Box::new(Checked {
            revisions: graph.len(),
            dialects,
            heads: graph.ids(&graph.real_heads()).iter().map(ToString::to_string).collect(),
            redundant: graph
                .redundant_edges()
                .iter()
                .map(|edge| {
                    format!(
                        "`{}` need not name `{}`: `{}` stands on it",
                        graph.id(edge.node),
                        graph.id(edge.to),
                        graph.id(edge.by)
                    )
                })
                .collect(),
        }))
    }
}

/// Returns the route from nothing to all heads: every upgrade section is on it.
fn everything(graph: &RevisionGraph) -> Result<Route, Failure> {
    if graph.is_empty() {
        return Ok(Route::default());
    }
    Ok(plan::upgrade(graph, &Applied::nothing(graph), &[Target::heads()])?)
}

impl Outcome for Checked {
    fn json(&self) -> Value {
        let dialects: Vec<&str> = self.dialects.iter().map(|dialect| dialect.as_str()).collect();
        json!({
            "command": "check",
            "ok": self.exit() == Exit::Done,
            "revisions": self.revisions,
            "dialects": dialects,
            "heads": self.heads,
            "redundant": self.redundant,
        })
    }

    fn render(&self, page: &mut Page) {
        for edge in &self.redundant {
            page.line(Text::new().caution("note: ").plain(edge));
        }
        if self.heads.len() > 1 {
            let heads = self.heads.join(", ");
            page.line(Text::new().bad(format!("{} heads: ", self.heads.len())).plain(heads));
            page.line("join them with `cargo alembic merge`");
            return;
        }
        let dialects: Vec<&str> = self.dialects.iter().map(|dialect| dialect.as_str()).collect();
        let text = match self.heads.as_slice() {
            [head] => {
                format!("{}, one head {head}, SQL for {}", plural(self.revisions, "revision"), dialects.join(", "))
            }
            _ => "no revisions yet".to_owned(),
        };
        page.line(Text::new().good("ok: ").plain(text));
    }

    fn exit(&self) -> Exit {
        if self.heads.len() > 1 { Exit::No } else { Exit::Done }
    }
}
