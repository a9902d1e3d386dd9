//! `merge`: a revision that joins several heads.

use alembic_revisions::graph::Over;
use alembic_revisions::plan::{self, Attach, Draft};
use alembic_revisions::{NodeId, RevisionGraph, Target};
use clap::Args;

use crate::app::{App, Failure};
use crate::author::{self, Fate, NewFile};
use crate::migrate::targets;
use crate::scaffold::{self, Message, Sections};
use crate::ui::ask::SelectMany;
use crate::ui::{Outcome, Text, plural};

/// Write a revision that joins several heads
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Merge {
    /// The heads; all of them if none is named
    #[arg(value_name = "REV", allow_negative_numbers = true)]
    targets: Vec<String>,

    /// What the revision does, in one line
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,

    /// Allow parents that have children already
    #[arg(long)]
    splice: bool,

    /// A branch label to declare
    #[arg(long, value_name = "LABEL")]
    branch_label: Vec<String>,

    /// The id, instead of a random one
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    rev_id: Option<String>,

    /// Show the script, and write nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

const EXAMPLES: &str = "\
Examples:
  cargo alembic merge                              join all heads
  cargo alembic merge --dry-run                    only show the script
  cargo alembic merge 4c25 ranks -m \"Merge ranks\"  join these two";

impl Merge {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let graph = app.graph()?;
        let heads = if self.targets.is_empty() { choose(app, &graph)? } else { targets(&self.targets)? };
        let applied = app.applied_for(&heads)?;
        let id = self.rev_id.clone().unwrap_or_else(|| scaffold::new_revision_id().to_string());
        let draft = Draft {
            id: &id,
            heads: &heads,
            attach: if self.splice { Attach::Anywhere } else { Attach::Heads },
            labels: &self.branch_label,
            applied: applied.as_ref(),
            ..Draft::default()
        };
        let header = plan::merge(&graph, &draft)?;
        let parents: Vec<NodeId> = header.parents.iter().filter_map(|id| graph.get(id.as_str())).collect();
        for line in sides(&graph, &parents) {
            app.ui.note(line);
        }
        let feature = match author::known_feature(app)? {
            Some(feature) => feature,
            None => app.workspace()?.feature(&graph.revision(parents[0]).feature)?,
        };
        let proposed = proposed_message(&graph, &parents);
        let given = self.message.as_deref();
        let given = given.or_else(|| (!app.ui.ask().is_open()).then_some(proposed.as_str()));
        let file = |message: &Message| author::path(app, feature, &header.id, message);
        let message = author::message(app, given, &proposed, &file)?;
        let fate = if self.dry_run { Fate::Shown } else { Fate::Written };
        author::write(app, NewFile { header, message, template: "merge", feature, sections: Sections::default() }, fate)
    }
}

/// Returns all heads, or those that a person leaves checked where there are more than two.
fn choose(app: &App, graph: &RevisionGraph) -> Result<Vec<Target>, Failure> {
    let heads = graph.real_heads();
    if heads.len() < 3 || !app.ui.ask().is_open() {
        return Ok(Vec::new());
    }
    let listing = app.listing()?;
    let question = SelectMany {
        question: format!("There are {} heads. Which ones does the revision join?", heads.len()),
        items: heads.iter().map(|head| listing.choice(*head)).collect(),
        names: graph.ids(&heads).iter().map(ToString::to_string).collect(),
        preselected: (0..heads.len()).collect(),
        at_least: 2,
        ..SelectMany::default()
    };
    let chosen = app.ui.ask().select_many(&question)?;
    let ids: Vec<&str> = chosen.into_iter().map(|at| graph.id(heads[at]).as_str()).collect();
    app.words.answer(&ids);
    ids.into_iter().map(|id| Ok(id.parse()?)).collect()
}

/// Says what each side has that the others lack, and which tables two sides touch.
fn sides(graph: &RevisionGraph, parents: &[NodeId]) -> Vec<Text> {
    let mut lines = Vec::new();
    let mut touched: Vec<(usize, Vec<String>)> = Vec::new();
    for (at, parent) in parents.iter().enumerate() {
        let others = graph.ancestors(parents.iter().copied().filter(|other| other != parent), Over::All);
        let own = graph.ancestors([*parent], Over::All).difference(&others);
        let mut features: Vec<&str> = own.iter().map(|node| graph.revision(node).feature.as_ref()).collect();
        features.sort_unstable();
        features.dedup();
        let count = plural(own.len(), "revision");
        lines.push(
            Text::new()
                .strong(graph.id(*parent).as_str())
                .plain(format!(": {count} of its own, in {}", features.join(", "))),
        );
        let mut tables: Vec<String> =
            own.iter().flat_map(|node| alembic_revisions::touch::tables(graph.script(node))).collect();
        tables.sort_unstable();
        tables.dedup();
        touched.push((at, tables));
    }
    for (at, tables) in &touched {
        for (other, others) in touched.iter().filter(|(other, _)| other > at) {
            let shared: Vec<&str> = tables.iter().filter(|table| others.contains(table)).map(String::as_str).collect();
            if !shared.is_empty() {
                let (left, right) = (graph.id(parents[*at]), graph.id(parents[*other]));
                let text =
                    format!("{left} and {right} both touch {}: look whether their order matters", shared.join(", "));
                lines.push(Text::new().caution(text));
            }
        }
    }
    lines
}

fn proposed_message(graph: &RevisionGraph, parents: &[NodeId]) -> String {
    let mut features: Vec<&str> = parents.iter().map(|node| graph.revision(*node).feature.as_ref()).collect();
    features.sort_unstable();
    features.dedup();
    match features.as_slice() {
        [only] => format!("Merge {} heads of {only}", parents.len()),
        [first @ .., last] => format!("Merge {} and {last}", first.join(", ")),
        [] => "Merge".to_owned(),
    }
}
