//! `revision`: a new script in a feature.

use alembic_revisions::plan::{self, Attach, CreateError, Draft};
use alembic_revisions::target::TargetError;
use alembic_revisions::{NodeId, RevisionGraph, Target};
use clap::Args;

use crate::app::{App, Failure};
use crate::author::{self, Fate, NewFile};
use crate::listing::Listing;
use crate::migrate::targets;
use crate::scaffold;
use crate::ui::Outcome;
use crate::ui::ask::Select;

/// Write a new script into a feature
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub struct NewRevision {
    /// What the revision does, in one line
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,

    /// The parent, instead of the one head; repeat it for several
    #[arg(long, value_name = "REV", allow_negative_numbers = true)]
    head: Vec<String>,

    /// Allow a parent that has children already: a branch begins
    #[arg(long)]
    splice: bool,

    /// A branch label to declare
    #[arg(long, value_name = "LABEL")]
    branch_label: Vec<String>,

    /// A revision of another line that must be applied first
    #[arg(long, value_name = "REV", allow_negative_numbers = true)]
    depends_on: Vec<String>,

    /// The id, instead of a random one
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    rev_id: Option<String>,

    /// The template, one of `cargo alembic list-templates`
    #[arg(long, value_name = "NAME", default_value = "plain")]
    template: String,

    /// Show the script, and write nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

const EXAMPLES: &str = "\
Without -p, the feature is the one around the current folder, else the only one,
else a question.

Examples:
  cargo alembic revision -p players -m \"Add level\"
  cargo alembic revision -p players -m \"Add level\" --dry-run
  cargo alembic revision -p players -m \"Index names\" --template index
  cargo alembic revision -p players -m \"Hotfix\" --head def456 --splice
  cargo alembic revision -p matches -m \"Ranks\" --head base --depends-on def456";

impl NewRevision {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let graph = app.graph()?;
        let id = self.rev_id.clone().unwrap_or_else(|| scaffold::new_revision_id().to_string());
        let depends_on = targets(&self.depends_on)?;
        let heads = targets(&self.head)?;
        let applied = app.applied_for(heads.iter().chain(&depends_on))?;
        let mut draft = Draft {
            id: &id,
            heads: &heads,
            attach: if self.splice { Attach::Anywhere } else { Attach::Heads },
            depends_on: &depends_on,
            labels: &self.branch_label,
            applied: applied.as_ref(),
        };
        let chosen;
        let mut header = match plan::create(&graph, &draft) {
            Err(error) if self.head.is_empty() && app.ui.ask().is_open() && is_several_heads(&error) => {
                chosen = [choose_head(app, &graph)?];
                draft.heads = &chosen;
                plan::create(&graph, &draft)?
            }
            header => header?,
        };
        let named_parent = header.parents.first().filter(|_| !self.head.is_empty());
        let fallback =
            named_parent.and_then(|id| graph.get(id.as_str())).map(|node| graph.revision(node).feature.clone());
        let feature = author::feature(app, fallback.as_deref())?;
        if let (true, true, Some(label)) =
            (header.parents.is_empty(), header.labels.is_empty(), &feature.settings.branch_label)
        {
            // A feature's first revision of a line of its own names the line; later ones would repeat the name.
            if graph.labeled(label.as_str()).is_none() {
                header.labels.push(label.clone());
            }
        }
        let message = author::message(app, self.message.as_deref(), "")?;
        let fate = if self.dry_run { Fate::Shown } else { Fate::Written };
        author::write(app, &NewFile { header, message, template: &self.template, feature }, fate)
    }
}

fn is_several_heads(error: &CreateError) -> bool {
    matches!(error, CreateError::Target(TargetError::MultipleHeads { .. }))
}

fn choose_head(app: &App, graph: &RevisionGraph) -> Result<Target, Failure> {
    let listing = Listing::new(app.graph()?, Vec::new());
    let heads: Vec<NodeId> = graph.heads();
    let question = Select {
        question: "There are several heads. Which one does the revision follow?".to_owned(),
        items: heads.iter().map(|head| listing.plain_line(*head)).collect(),
        answers: heads.iter().map(|head| app.again(&["--head", graph.id(*head).as_str()])).collect(),
        ..Select::default()
    };
    Ok(graph.id(heads[app.ui.ask().select(&question)?]).as_str().parse()?)
}
