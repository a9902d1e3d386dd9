//! `check`: every script, the shape of the graph, whether models and schema agree, and whether files and history do.

use std::sync::Arc;

use alembic_revisions::plan::{Plan, Route};
use alembic_revisions::{Applied, DialectName, Exit, RevisionGraph, Target, plan};
use alembic_runtime::journal::{compare, history, progress};
use alembic_runtime::version_table;
use clap::Args;
use serde_json::{Value, json};

use crate::app::{App, Failure};
use crate::autogenerate::{self, Against, Difference};
use crate::listing::half_applied;
use crate::scratch::ScratchFlags;
use crate::ui::{Outcome, Page, Text, plural};
use crate::verify::{self, Drift};

/// Check all scripts, that there is one head, and that models and schema agree
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Check {
    /// What to compare the models with
    #[arg(long, value_name = "WHAT", default_value = "auto")]
    against: Against,

    /// Also compare the scripts with what ran in the database
    #[arg(long)]
    history: bool,

    /// Also compare everything in the database with a replay of the revisions that it has
    #[arg(long)]
    drift: bool,

    #[command(flatten)]
    scratch: ScratchFlags,
}

const EXAMPLES: &str = "\
Without models no database is needed. With models, SQLite needs none either; PostgreSQL and
MySQL compare with the database, which must have all revisions.

Examples:
  cargo alembic check                   exit 1 if `generate` would write something
  cargo alembic check --against replay  for CI: in a database that is made for it and dropped
  cargo alembic check --history         applied revisions that were edited, moved or removed
  cargo alembic check --drift           what somebody changed in the database by hand
  cargo alembic check -v                also list the tables that are passed over";

struct Checked {
    revisions: usize,
    dialects: Vec<DialectName>,
    heads: Vec<String>,
    /// Edges that say what other edges say already.
    redundant: Vec<String>,
    /// Nothing where there is no model.
    difference: Option<Difference>,
    /// What to say if there are models and they differ in nothing.
    agreement: Option<String>,
    /// Nothing unless it was asked for.
    history: Option<History>,
    /// Nothing unless it was asked for.
    drift: Option<Drift>,
    verbosity: u8,
}

impl Check {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let graph = app.graph()?;
        let dialects = app.dialects()?;
        for dialect in &dialects {
            Plan::prepare(&graph, &everything(&graph)?, *dialect)?;
        }
        let history = if self.history { Some(History::read(app, &graph)?) } else { None };
        let drift = if self.drift { Some(verify::drift(app, self.scratch.url()?.as_ref())?) } else { None };
        let difference = autogenerate::compare(app, self.against)?;
        for (table, reason) in difference.iter().flat_map(|difference| &difference.withheld) {
            app.ui.warn(format!("{table} has no model, but one may hide: {reason}"));
        }
        Ok(Box::new(Checked {
            agreement: difference.as_ref().map(|_| autogenerate::agreement(app)).transpose()?,
            difference,
            history,
            drift,
            verbosity: app.verbosity(),
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

/// What a database has, against what the checkout has.
struct History {
    differences: Vec<compare::Difference>,
    half_applied: Vec<progress::Progress>,
}

impl History {
    fn read(app: &App, graph: &RevisionGraph) -> Result<Self, Failure> {
        let (rows, entries, half_applied) = app.read(async |session, table| {
            let rows = version_table::read_rows(session, table).await?;
            let entries = history::read(session, table).await?;
            Ok((rows, entries, progress::read(session, table).await?))
        })?;
        let reached = compare::reached(&entries, &rows, &|id| graph.get(id).is_some());
        let applied = Applied::up_to(graph, reached.known.iter().filter_map(|id| graph.get(id)));
        let scripts: Vec<_> = applied.nodes().iter().map(|node| Arc::clone(graph.script(node))).collect();
        let differences = compare::differences(&entries, &scripts, &reached.strangers, app.dialect()?);
        Ok(History { differences, half_applied })
    }

    fn agrees(&self) -> bool {
        self.differences.is_empty() && self.half_applied.is_empty()
    }

    fn render(&self, page: &mut Page) {
        for difference in &self.differences {
            page.line(Text::new().caution("~ ").join(told(difference)));
        }
        for progress in &self.half_applied {
            half_applied::render(progress, page);
        }
        if !self.agrees() {
            page.line(Text::new().bad("files and database differ"));
        }
    }
}

fn told(difference: &compare::Difference) -> Text {
    use compare::Difference::{Edited, Missing, Reordered, Unknown};
    match difference {
        Edited { revision, .. } => Text::new()
            .strong(revision)
            .plain(format!(" was edited after it ran: restore it, or run `cargo alembic repair --accept {revision}`")),
        Missing { revision, feature, finished_at, owner } => Text::new()
            .strong(revision)
            .plain(format!(" is applied and has no file: it was {owner}'s, in `{feature}`, at {finished_at} UTC")),
        Unknown { revision } => {
            Text::new().strong(revision).plain(" is in the version table; neither a file nor the history knows it")
        }
        Reordered { revision, parent } => {
            Text::new().strong(revision).plain(format!(" ran before `{parent}`, on which it stands now"))
        }
    }
}

fn difference_json(difference: &compare::Difference) -> Value {
    use compare::Difference::{Edited, Missing, Reordered, Unknown};
    match difference {
        Edited { revision, attempt } => json!({ "kind": "edited", "revision": revision, "attempt": attempt }),
        Missing { revision, feature, finished_at, owner } => json!({
            "kind": "missing", "revision": revision, "feature": feature, "finished_at": finished_at, "owner": owner,
        }),
        Unknown { revision } => json!({ "kind": "unknown", "revision": revision }),
        Reordered { revision, parent } => json!({ "kind": "reordered", "revision": revision, "parent": parent }),
    }
}

impl Checked {
    fn changes(&self) -> &[String] {
        self.difference.as_ref().map(|difference| difference.changes.as_slice()).unwrap_or_default()
    }

    fn ignored(&self) -> Vec<String> {
        self.difference.iter().flat_map(|difference| &difference.ignored).map(ToString::to_string).collect()
    }

    /// Writes what models and schema differ in.
    fn render_difference(&self, page: &mut Page) {
        if self.verbosity > 0 && !self.ignored().is_empty() {
            page.line(Text::new().dim(format!("passed over: {}", self.ignored().join(", "))));
        }
        for change in self.changes() {
            page.line(Text::new().caution("~ ").plain(change));
        }
        if !self.changes().is_empty() {
            let count = plural(self.changes().len(), "change");
            page.line(
                Text::new().bad("models and schema differ: ").plain(format!("{count}, see `cargo alembic generate`")),
            );
        }
    }
}

impl Outcome for Checked {
    fn json(&self) -> Value {
        let dialects: Vec<&str> = self.dialects.iter().map(|dialect| dialect.as_str()).collect();
        let mut document = json!({
            "command": "check",
            "ok": self.exit() == Exit::Done,
            "revisions": self.revisions,
            "dialects": dialects,
            "heads": self.heads,
            "redundant": self.redundant,
        });
        if self.difference.is_some() {
            document["changes"] = json!(self.changes());
            document["ignored"] = json!(self.ignored());
        }
        if let Some(history) = &self.history {
            document["history"] = history.differences.iter().map(difference_json).collect();
            document["half_applied"] = history.half_applied.iter().map(half_applied::json).collect();
        }
        if let Some(drift) = &self.drift {
            (document["drift"], document["drift_notes"]) = drift.json();
        }
        document
    }

    fn render(&self, page: &mut Page) {
        for edge in &self.redundant {
            page.line(Text::new().caution("note: ").plain(edge));
        }
        self.render_difference(page);
        self.history.iter().for_each(|history| history.render(page));
        self.drift.iter().for_each(|drift| drift.render(page));
        if self.heads.len() > 1 {
            let heads = self.heads.join(", ");
            page.line(Text::new().bad(format!("{} heads: ", self.heads.len())).plain(heads));
            page.line("join them with `cargo alembic merge`");
            return;
        }
        let dialects: Vec<&str> = self.dialects.iter().map(|dialect| dialect.as_str()).collect();
        let text = match self.heads.as_slice() {
            [head] => {
                let models = self.agreement.as_ref().map(|words| format!(", {words}")).unwrap_or_default();
                let history = if self.history.is_some() { ", files and database agree" } else { "" };
                let drift = if self.drift.is_some() { ", no drift" } else { "" };
                let count = plural(self.revisions, "revision");
                format!("{count}, one head {head}, SQL for {}{models}{history}{drift}", dialects.join(", "))
            }
            _ => "no revisions yet".to_owned(),
        };
        if self.exit() == Exit::Done {
            page.line(Text::new().good("ok: ").plain(text));
        }
    }

    fn exit(&self) -> Exit {
        let agrees = self.history.as_ref().is_none_or(History::agrees);
        let drifts = self.drift.as_ref().is_some_and(Drift::is_some);
        if self.heads.len() > 1 || !self.changes().is_empty() || !agrees || drifts { Exit::No } else { Exit::Done }
    }
}
