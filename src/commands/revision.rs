//! `revision`: a new script in a feature.

use alembic_revisions::plan::{self, Attach, CreateError, Draft};
use alembic_revisions::target::TargetError;
use alembic_revisions::{Code, Diagnose, Exit, NodeId, Place, RevisionGraph, Target};
use clap::Args;

use super::generate::{Answers, Generate};
use crate::app::{App, Failure};
use crate::author::{self, Fate, NewFile};
use crate::migrate::targets;
use crate::scaffold::{self, Message, Sections};
use crate::ui::Outcome;
use crate::ui::ask::Select;
use crate::workspace::Package;

/// Write a new script into a feature
#[derive(Args)]
#[command(after_long_help = EXAMPLES, mut_group("Answers", |group| group.requires("autogenerate")))]
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

    /// Write what models and schema differ in, as `cargo alembic generate` does
    #[arg(long)]
    autogenerate: bool,

    #[command(flatten)]
    answers: Answers,

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
        if self.autogenerate {
            return self.into_generate().run(app);
        }
        let graph = app.graph()?;
        let known = author::known_feature(app)?;
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
        let header = match plan::create(&graph, &draft) {
            Err(error) if self.head.is_empty() && is_several_heads(&error) => {
                if !app.ui.ask().is_open() {
                    let heads = graph.heads();
                    let answer =
                        |head: &NodeId| app.words.with(&[&["--head", graph.id(*head).as_str()], self.more()].concat());
                    return Err(SeveralHeads { error, answers: heads.iter().map(answer).collect() }.into());
                }
                None
            }
            header => Some(header?),
        };
        let feature = match (known, header.as_ref().and_then(|header| header.parents.first())) {
            (Some(feature), _) => feature,
            (None, Some(parent)) if !self.head.is_empty() => {
                let node = graph.get(parent.as_str()).expect("a parent is in the graph");
                app.workspace()?.feature(&graph.revision(node).feature)?
            }
            _ => author::choose_feature(app, self.more())?,
        };
        let chosen;
        let mut header = match header {
            Some(header) => header,
            None => {
                chosen = [choose_head(app, &graph, feature)?];
                draft.heads = &chosen;
                plan::create(&graph, &draft)?
            }
        };
        author::add_label(&graph, &mut header, feature);
        let file = |message: &Message| author::path(app, feature, &header.id, message);
        let message = author::message(app, self.message.as_deref(), "", &file)?;
        let fate = if self.dry_run { Fate::Shown } else { Fate::Written };
        author::write(
            app,
            NewFile { header, message, template: &self.template, feature, sections: Sections::default() },
            fate,
        )
    }

    fn into_generate(self) -> Generate {
        Generate {
            message: self.message,
            head: self.head,
            splice: self.splice,
            branch_label: self.branch_label,
            depends_on: self.depends_on,
            rev_id: self.rev_id,
            template: self.template,
            answers: self.answers,
            dry_run: self.dry_run,
        }
    }

    /// Returns what a command line lacks besides the answer to a question.
    fn more(&self) -> &'static [&'static str] {
        if self.message.is_some() { &[] } else { &["-m", author::ANY_MESSAGE] }
    }
}

fn is_several_heads(error: &CreateError) -> bool {
    matches!(error, CreateError::Target(TargetError::MultipleHeads { .. }))
}

/// Asks for the head; one of the feature stands under the cursor.
fn choose_head(app: &App, graph: &RevisionGraph, feature: &Package) -> Result<Target, Failure> {
    let listing = app.listing()?;
    let heads: Vec<NodeId> = graph.heads();
    let is_own = |head: &NodeId| *graph.revision(*head).feature == *feature.name;
    let question = Select {
        question: format!("There are {} heads. Which one does the revision follow?", heads.len()),
        items: heads.iter().map(|head| listing.choice(*head)).collect(),
        names: graph.ids(&heads).iter().map(ToString::to_string).collect(),
        default: heads.iter().position(is_own).unwrap_or(0),
        ..Select::default()
    };
    let head = graph.id(heads[app.ui.ask().select(&question)?]).as_str();
    app.words.answer(&["--head", head]);
    Ok(head.parse()?)
}

/// There are several heads and nobody to ask: the error of the plan, with whole command lines.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
struct SeveralHeads {
    error: CreateError,
    answers: Vec<String>,
}

impl Diagnose for SeveralHeads {
    fn code(&self) -> Code {
        self.error.code()
    }

    fn kind(&self) -> &'static str {
        self.error.kind()
    }

    fn exit(&self) -> Exit {
        self.error.exit()
    }

    fn help(&self) -> Option<String> {
        let lines: Vec<String> = self.answers.iter().map(|line| format!("\n  {line}")).collect();
        Some(format!("join them first with `cargo alembic merge`, or choose one of{}", lines.concat()))
    }

    fn places(&self) -> Vec<Place> {
        self.error.places()
    }
}
