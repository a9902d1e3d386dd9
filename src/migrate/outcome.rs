//! What a run did or would do: announced before, reported after.

use std::collections::BTreeSet;
use std::time::Duration;

use alembic_revisions::plan::RowsChange;
use alembic_revisions::{Direction, Exit, Plan, RevisionGraph, RevisionId, Step};
use camino::Utf8PathBuf;
use serde_json::{Value, json};

use super::{Agreed, Migration, Proposal};
use crate::app::{App, Failure};
use crate::backup::{self, Backup};
use crate::hooks::Hooks;
use crate::ui::{Outcome, Page, Text, plural};

/// The most lines of one kind that are shown before a plan runs.
const LISTED: usize = 30;

/// The outcome of `upgrade`, `downgrade` and `stamp`.
pub struct Migrated {
    command: &'static str,
    dry_run: bool,
    tag: Option<String>,
    from: Vec<String>,
    to: Vec<String>,
    steps: Vec<Value>,
    page: Vec<Text>,
    /// Made before the first step.
    backup: Option<Backup>,
    /// Where a backup would be made.
    proposed_backup: Option<Utf8PathBuf>,
    /// What a hook behind the run said.
    exit: Exit,
}

impl Migrated {
    pub fn new(migration: &Migration<'_>, rows: &[String]) -> Self {
        Migrated {
            command: migration.command,
            dry_run: migration.flags.dry_run,
            tag: migration.flags.tag.clone(),
            from: rows.to_vec(),
            to: rows.to_vec(),
            steps: Vec::new(),
            page: Vec::new(),
            backup: None,
            proposed_backup: migration.backup.map(ToOwned::to_owned),
            exit: Exit::Done,
        }
    }

    /// Runs what comes after a plan.
    pub fn followed_by(&mut self, app: &App, hooks: Option<&Hooks>) -> Result<(), Failure> {
        if let Some(hooks) = hooks {
            self.exit = hooks.after(app)?;
        }
        Ok(())
    }

    /// Makes the backup that was agreed on, anew where the database has moved since; not between two steps of this run.
    pub fn back_up(&mut self, app: &App, agreed: &Agreed) -> Result<(), Failure> {
        if let (Agreed::AfterBackup(path), []) = (agreed, self.steps.as_slice()) {
            let made = backup::make(app, path, self.backup.as_ref())?;
            self.backup = made;
        }
        Ok(())
    }

    /// Adds the first steps of a plan, as many as have run.
    pub fn add(&mut self, plan: &Plan, elapsed: &[Duration]) {
        let mut rows = Rows::of(plan);
        for (step, elapsed) in plan.steps.iter().zip(elapsed) {
            rows.change(&step.change);
            self.steps.push(step_json(step, &rows, Some(*elapsed)));
        }
        self.to = if plan.stamp.is_some() { texts(&plan.to) } else { rows.texts() };
    }

    /// Takes a plan that is only shown.
    pub fn show(&mut self, proposal: &Proposal, verbosity: u8) {
        let plan = &proposal.plan;
        let mut rows = Rows::of(plan);
        for step in &plan.steps {
            rows.change(&step.change);
            self.steps.push(step_json(step, &rows, None));
        }
        self.to = texts(&plan.to);
        self.page = match &plan.stamp {
            Some(change) if change.is_empty() && !plan.purge => Vec::new(),
            Some(_) => vec![route_line(&plan.from, &plan.to)],
            None => plan.steps.iter().flat_map(|step| step_lines(step, verbosity)).collect(),
        };
        if self.page.is_empty() {
            self.page.push(Text::new().dim("nothing to do"));
        }
        self.page.extend(proposal.remarks.iter().cloned());
        if let (Some(path), false) = (&self.proposed_backup, proposal.is_empty()) {
            self.page.push(Text::new().dim(format!("before that, a backup into {path}")));
        }
    }

    /// Says where the database is now.
    pub fn finish(&mut self, app: &App, graph: &RevisionGraph, plan: &Plan) -> Result<(), Failure> {
        self.to = texts(&plan.to);
        let at = if plan.to.is_empty() { "<base>".to_owned() } else { self.to.join(", ") };
        let heads = graph.ids(&graph.real_heads());
        let mark = match heads.len() {
            1 if same(&plan.to, &heads) => " (head)",
            2.. if same(&plan.to, &heads) => " (all heads)",
            _ => "",
        };
        let url = app.shown_url()?;
        let text = match (self.steps.len(), &plan.stamp) {
            (0, None) => format!("nothing to do: {url} is at {at}{mark}"),
            (0, Some(change)) if change.is_empty() && !plan.purge => {
                format!("nothing to do: {url} is at {at}{mark}")
            }
            (0, Some(_)) => format!("{url} is marked as at {at}{mark}; nothing was run"),
            (count, _) => format!("{}; {url} is at {at}{mark}", plural(count, "revision")),
        };
        app.ui.status("Finished", text);
        Ok(())
    }
}

fn same(left: &[RevisionId], right: &[RevisionId]) -> bool {
    left.iter().collect::<BTreeSet<_>>() == right.iter().collect::<BTreeSet<_>>()
}

fn texts(ids: &[RevisionId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

/// The rows of the version table while a plan runs.
struct Rows(BTreeSet<String>);

impl Rows {
    fn of(plan: &Plan) -> Self {
        Rows(plan.from.iter().map(ToString::to_string).collect())
    }

    fn change(&mut self, change: &RowsChange) {
        for row in change.delete.iter().chain(change.update.iter().map(|(old, _)| old)) {
            self.0.remove(row.as_str());
        }
        let new = change.insert.iter().chain(change.update.iter().map(|(_, new)| new));
        self.0.extend(new.map(ToString::to_string));
    }

    fn texts(&self) -> Vec<String> {
        self.0.iter().cloned().collect()
    }
}

fn step_json(step: &Step, rows: &Rows, elapsed: Option<Duration>) -> Value {
    let revision = &step.script.revision;
    json!({
        "direction": match step.direction { Direction::Up => "up", Direction::Down => "down" },
        "revision": revision.id.as_str(),
        "feature": revision.feature.as_ref(),
        "message": revision.title(),
        "path": revision.source.path.as_str(),
        "transaction": step.transaction,
        "rust": step.rust,
        "statements": step.statements.len(),
        "rows_after": rows.texts(),
        "applied_ms": elapsed.map(|elapsed| u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)),
    })
}

/// Returns the line of a step; `-v` adds its script's path, `-vv` its statements.
fn step_lines(step: &Step, verbosity: u8) -> Vec<Text> {
    let mut lines = vec![step_line(step)];
    if verbosity > 0 {
        lines.push(Text::new().dim(format!("    {}", step.script.revision.source.path)));
    }
    if verbosity > 1 {
        let sql = step.statements.iter().flat_map(|statement| statement.sql().lines());
        lines.extend(sql.map(|line| Text::new().dim(format!("    {line}"))));
    }
    lines
}

fn step_line(step: &Step) -> Text {
    let revision = &step.script.revision;
    let text = match step.direction {
        Direction::Up => Text::new().good("+ "),
        Direction::Down => Text::new().caution("- "),
    };
    let text = text.strong(revision.id.as_str());
    let text = text.dim(format!("  {}  ", revision.feature)).plain(revision.title());
    let text = if step.transaction { text } else { text.caution("  (outside a transaction)") };
    let text = if step.rust { text.caution("  (with Rust code, which only its application runs)") } else { text };
    text.dim(format!("  {}", plural(step.statements.len(), "statement"))).elastic()
}

fn route_line(from: &[RevisionId], to: &[RevisionId]) -> Text {
    Text::new().plain(named(from)).dim(" -> ").strong(named(to))
}

fn named(rows: &[RevisionId]) -> String {
    if rows.is_empty() { "<base>".to_owned() } else { texts(rows).join(", ") }
}

/// Says what a plan is: its command, its size, where it leads, on which database.
pub fn headline(app: &App, command: &str, plan: &Plan) -> Result<(), Failure> {
    let url = app.shown_url()?;
    let count =
        if plan.stamp.is_some() { String::new() } else { format!(" {},", plural(plan.steps.len(), "revision")) };
    app.ui.status("Plan", format!("{command}{count} {} -> {}, on {url}", named(&plan.from), named(&plan.to)));
    Ok(())
}

/// Shows a plan before it runs, and what should be known of it.
pub fn announce(app: &App, command: &str, proposal: &Proposal) -> Result<(), Failure> {
    let plan = &proposal.plan;
    headline(app, command, plan)?;
    let listed = plan.steps.iter().take(LISTED).flat_map(|step| step_lines(step, app.verbosity()));
    let more = plan.steps.len().saturating_sub(LISTED);
    let more = (more > 0).then(|| Text::new().dim(format!("… and {more} more")));
    for line in listed.chain(more).chain(shortened(&proposal.remarks)) {
        app.ui.status("", line);
    }
    Ok(())
}

/// Returns the first lines, and how many more there are.
pub fn shortened(lines: &[Text]) -> Vec<Text> {
    let mut shown: Vec<Text> = lines.iter().take(LISTED).cloned().collect();
    if lines.len() > LISTED {
        shown.push(Text::new().dim(format!("… and {} more", lines.len() - LISTED)));
    }
    shown
}

impl Outcome for Migrated {
    fn json(&self) -> Value {
        let mut document = json!({
            "command": self.command,
            "dry_run": self.dry_run,
            "from": self.from,
            "to": self.to,
            "steps": self.steps,
        });
        if let Some(backup) = &self.backup {
            document["backup"] = backup.json();
        } else if let (true, Some(path), false) = (self.dry_run, &self.proposed_backup, self.steps.is_empty()) {
            document["backup"] = json!({ "path": path.as_str() });
        }
        if let Some(tag) = &self.tag {
            document["tag"] = json!(tag);
        }
        document
    }

    fn exit(&self) -> Exit {
        self.exit
    }

    fn render(&self, page: &mut Page) {
        for line in &self.page {
            page.line(line.clone());
        }
    }
}

/// The outcome of `--sql`.
pub struct SqlScript {
    pub command: &'static str,
    pub sql: String,
}

impl Outcome for SqlScript {
    fn json(&self) -> Value {
        json!({ "command": self.command, "sql": self.sql })
    }

    fn render(&self, page: &mut Page) {
        page.verbatim(&self.sql);
    }
}
