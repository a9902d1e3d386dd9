//! `generate`: revisions for what models and schema differ in.

use std::collections::BTreeSet;

use alembic_revisions::plan::{Attach, NewRevision, Plan, Route};
use alembic_revisions::{Applied, Code, Diagnose, Exit, Target, plan};
use alembic_schema::describe::LossKind;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::app::{App, Failure};
use crate::author::{self, Drawn, Link, NewFile, Placement};
use crate::autogenerate::{
    self, AdoptFlags, Against, BackfillFlag, Part, Proposal, RenameFlag, RenameFlags, Request, Unrenamed,
};
use crate::migrate::{self, Approval, Unwatched, targets};
use crate::scaffold::Message;
use crate::ui::{Outcome, Page, Text, plural};
use crate::workspace::Package;

/// Write revisions for what models and schema differ in
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Generate {
    /// What the revisions do, in one line; proposed from the changes if absent
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,

    /// The parent, instead of the one head; repeat it for several
    #[arg(long, value_name = "REV", allow_negative_numbers = true)]
    pub head: Vec<String>,

    /// Allow a parent that has children already: a branch begins
    #[arg(long)]
    pub splice: bool,

    /// A branch label that the first revision declares
    #[arg(long, value_name = "LABEL")]
    pub branch_label: Vec<String>,

    /// A revision of another line that must be applied before the first one
    #[arg(long, value_name = "REV", allow_negative_numbers = true)]
    pub depends_on: Vec<String>,

    /// The id, instead of a random one, where there is one revision
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub rev_id: Option<String>,

    /// The template, one of `cargo alembic list-templates`
    #[arg(long, value_name = "NAME", default_value = "plain")]
    pub template: String,

    #[command(flatten)]
    pub answers: Answers,

    /// Show the scripts, and write nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// What `generate` would otherwise ask.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Comparison")]
pub struct Answers {
    /// What to compare the models with
    #[arg(long, value_name = "WHAT", default_value = "auto")]
    against: Against,

    /// A new name: OLD=NEW of a table, TABLE.OLD=NEW of a column; repeat it
    #[arg(long, value_name = "OLD=NEW")]
    rename: Vec<RenameFlag>,

    /// A table or a column that is no renamed one; repeat it
    #[arg(long, value_name = "NAME")]
    no_rename: Vec<Unrenamed>,

    /// What existing rows get in a column that becomes NOT NULL; repeat it
    #[arg(long, value_name = "TABLE.COLUMN=SQL")]
    backfill: Vec<BackfillFlag>,

    /// Data that may be lost
    #[arg(long, value_name = "LOSS", value_delimiter = ',')]
    allow: Vec<Allowed>,

    /// A table that exists already and becomes this workspace's; repeat it
    #[arg(long, value_name = "TABLE")]
    adopt: Vec<String>,
}

/// A loss that `--allow` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Allowed {
    DropTable,
    DropColumn,
    NarrowType,
}

const EXAMPLES: &str = "\
SQLite: the revisions are replayed in memory. PostgreSQL and MySQL: the database must have
all revisions; --against replay uses a database that is made for it and dropped.

Examples:
  cargo alembic generate --dry-run                        only show the scripts
  cargo alembic generate -m \"Add smurf_scores\"
  cargo alembic generate -p players                       only what players changed
  cargo alembic generate --rename players.name=game_name  no column is dropped
  cargo alembic generate --backfill players.level=1       rows that are there get 1
  cargo alembic generate --allow drop-column,drop-table   for scripts: nobody is asked";

impl Generate {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let packages = self.packages(app)?;
        let proposal = autogenerate::propose(app, &self.request(&packages))?;
        announce(app, &proposal);
        if proposal.parts.is_empty() {
            let agreement = autogenerate::agreement(app)?;
            return Ok(Box::new(Generated { agreement, is_shown: self.dry_run, ..Generated::default() }));
        }
        let places = self.places(app, &proposal)?;
        if !self.dry_run {
            self.approve(app, &proposal)?;
        }
        let files = self.files(app, &proposal, places)?;
        let drawn = author::draw(app, &files)?;
        prepare(app, &drawn)?;
        if !self.dry_run {
            author::write_all(app, &drawn.scripts)?;
            advise(app, &proposal, &drawn);
        }
        let changes = proposal.parts.into_iter().map(|part| part.changes).collect();
        Ok(Box::new(Generated { drawn: Some(drawn), changes, is_shown: self.dry_run, agreement: String::new() }))
    }

    fn packages(&self, app: &App) -> Result<Vec<String>, Failure> {
        let named = &app.options.packages.packages;
        if named.is_empty() {
            return Ok(Vec::new());
        }
        Ok(app.workspace()?.selected_features(named)?.iter().map(|package| package.name.clone()).collect())
    }

    fn request<'a>(&'a self, packages: &'a [String]) -> Request<'a> {
        let answers = &self.answers;
        Request {
            against: answers.against,
            renames: RenameFlags { renames: &answers.rename, unrenamed: &answers.no_rename },
            backfills: &answers.backfill,
            adopt: AdoptFlags { tables: &answers.adopt },
            packages,
        }
    }

    /// Returns the feature and the header of each new revision.
    fn places<'a>(&self, app: &'a App, proposal: &Proposal) -> Result<Vec<(&'a Package, NewRevision)>, Failure> {
        if let (Some(_), count @ 2..) = (&self.rev_id, proposal.parts.len()) {
            return Err(OneId { count }.into());
        }
        let workspace = app.workspace()?;
        let features: Vec<&Package> =
            proposal.parts.iter().map(|part| workspace.feature(&part.feature)).collect::<Result<_, _>>()?;
        let link = |(part, feature): (&Part, &&'a Package)| Link {
            feature,
            tables: part.tables.iter().map(ToString::to_string).collect(),
        };
        let links: Vec<Link<'_>> = proposal.parts.iter().zip(&features).map(link).collect();
        let (heads, depends_on) = (targets(&self.head)?, targets(&self.depends_on)?);
        let applied = app.applied_for(heads.iter().chain(&depends_on))?;
        let placement = Placement {
            heads: &heads,
            splice: if self.splice { Attach::Anywhere } else { Attach::Heads },
            depends_on: &depends_on,
            labels: &self.branch_label,
            id: self.rev_id.as_deref(),
            applied: applied.as_ref(),
        };
        let headers = author::chain(app, &links, placement)?;
        Ok(features.into_iter().zip(headers).collect())
    }

    fn files<'a>(
        &'a self,
        app: &App,
        proposal: &Proposal,
        places: Vec<(&'a Package, NewRevision)>,
    ) -> Result<Vec<NewFile<'a>>, Failure> {
        let is_one = proposal.parts.len() == 1;
        let file = |(part, (feature, header)): (&Part, (&'a Package, NewRevision))| {
            let message = self.message(app, part, feature, &header, is_one)?;
            let sections = part.sections.clone();
            Ok(NewFile { header, message, template: &self.template, feature, sections })
        };
        proposal.parts.iter().zip(places).map(file).collect()
    }

    /// Returns the message of `-m`, else the proposed one; a person may change it where there is one revision.
    fn message(
        &self,
        app: &App,
        part: &Part,
        feature: &Package,
        header: &NewRevision,
        is_one: bool,
    ) -> Result<Message, Failure> {
        let is_asked = is_one && !self.dry_run && app.ui.ask().is_open();
        let given = self.message.as_deref().or_else(|| (!is_asked).then_some(part.message.as_str()));
        author::message(app, given, &part.message, &|message| author::path(app, feature, &header.id, message))
    }

    /// Asks before data can be lost by what is about to be written, unless `--allow` names it.
    fn approve(&self, app: &App, proposal: &Proposal) -> Result<(), Failure> {
        let open: Vec<_> =
            proposal.losses.iter().filter(|loss| !self.answers.allow.contains(&allowed(loss.kind))).collect();
        if open.is_empty() {
            return Ok(());
        }
        let kinds: BTreeSet<Allowed> =
            open.iter().map(|loss| allowed(loss.kind)).chain(self.answers.allow.iter().copied()).collect();
        let names: Vec<String> =
            kinds.iter().filter_map(|kind| Some(kind.to_possible_value()?.get_name().to_owned())).collect();
        let details = open.iter().map(|loss| Text::new().caution(format!("! {}", loss.what))).collect();
        let (names, lost) = (names.join(","), open[0].what.as_str());
        let question = match open.len() {
            1 => format!("This loses {lost} when it runs. Write it?"),
            count => format!("This loses {lost}, and {} more, when it runs. Write it?", count - 1),
        };
        let words = ["--allow", names.as_str()];
        migrate::approve(app, Approval { question: &question, details, words: &words, unwatched: Unwatched::Stops })?;
        app.words.answer(&words);
        Ok(())
    }
}

fn allowed(kind: LossKind) -> Allowed {
    match kind {
        LossKind::DropTable => Allowed::DropTable,
        LossKind::DropColumn => Allowed::DropColumn,
        LossKind::NarrowType => Allowed::NarrowType,
    }
}

/// Says what was found.
fn announce(app: &App, proposal: &Proposal) {
    for part in &proposal.parts {
        for change in &part.changes {
            app.ui.status("Detected", Text::new().dim(format!("{}  ", part.feature)).plain(change));
        }
        for note in &part.notes {
            app.ui.warn(format!("{}: {note}", part.feature));
        }
    }
    for (table, reason) in &proposal.withheld {
        app.ui.warn(format!("{table} has no model and is not dropped, because one may hide: {reason}"));
    }
    for (feature, changes) in &proposal.left_out {
        app.ui.note(format!("left out by -p: {feature} ({})", changes.join(", ")));
    }
}

/// Makes sure that what is about to be written can run.
fn prepare(app: &App, drawn: &Drawn) -> Result<(), Failure> {
    let graph = &drawn.listing.graph;
    let route: Route = plan::upgrade(graph, &Applied::nothing(graph), &[Target::heads()])?;
    let is_new = |node| drawn.scripts.iter().any(|script| script.node == node);
    let moves = route.moves.iter().filter(|step| is_new(step.node)).cloned().collect();
    let new = Route { moves, ..route };
    for dialect in app.dialects()? {
        Plan::prepare(graph, &new, dialect)?;
    }
    Ok(())
}

/// Says what comes next.
fn advise(app: &App, proposal: &Proposal, drawn: &Drawn) {
    let ids: Vec<&str> = drawn.scripts.iter().map(|script| drawn.listing.graph.id(script.node).as_str()).collect();
    let scripts = if ids.len() == 1 { "script".to_owned() } else { plural(ids.len(), "script") };
    let last = ids.last().copied().unwrap_or_default();
    if proposal.adopted.is_empty() {
        app.ui.note(format!("review the {scripts}, then run `cargo alembic upgrade`"));
    } else {
        app.ui.note(format!(
            "this database has the tables already: mark it with `cargo alembic stamp {last}`, then run \
             `cargo alembic generate` again for what the models say otherwise"
        ));
    }
}

/// The outcome of `generate`.
#[derive(Default)]
struct Generated {
    drawn: Option<Drawn>,
    /// A list of lines for each script.
    changes: Vec<Vec<String>>,
    is_shown: bool,
    /// What to say if there is nothing to write.
    agreement: String,
}

impl Outcome for Generated {
    fn json(&self) -> Value {
        let Some(drawn) = &self.drawn else { return json!({ "revisions": [] }) };
        let revisions = drawn.scripts.iter().zip(&self.changes).map(|(script, changes)| {
            let mut revision = json!({
                "revision": drawn.listing.json(script.node),
                "path": script.path.as_str(),
                "changes": changes,
            });
            if self.is_shown {
                revision["sql"] = json!(script.text);
            }
            revision
        });
        json!({ "revisions": revisions.collect::<Vec<_>>() })
    }

    fn render(&self, page: &mut Page) {
        let Some(drawn) = &self.drawn else {
            page.line(Text::new().dim(format!("nothing to generate: {}", self.agreement)));
            return;
        };
        for script in &drawn.scripts {
            if self.is_shown {
                page.blank();
                page.line(Text::new().strong(script.path.as_str()));
                page.verbatim(&script.text);
            } else {
                page.line(script.path.as_str());
            }
        }
    }
}

/// `--rev-id` with several revisions.
#[derive(Debug, thiserror::Error)]
#[error("`--rev-id` names one revision, and there would be {count}")]
struct OneId {
    count: usize,
}

impl Diagnose for OneId {
    fn code(&self) -> Code {
        Code("A0809")
    }

    fn kind(&self) -> &'static str {
        "SeveralRevisions"
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        Some("leave it out, or choose one feature with `-p`".to_owned())
    }
}
