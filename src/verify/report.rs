//! What trials showed, for people and as JSON.
//!
//! Read [`Verified`] first.

use std::collections::{BTreeMap, BTreeSet};

use alembic_revisions::{DialectName, Direction, Exit, NodeId, RevisionGraph};
use alembic_schema::catalogue::{Comparison, Difference, Note, shortened};
use alembic_schema::locks::Work;
use serde_json::{Value, json};

use super::locks::Statement;
use super::meetings::Met;
use super::trials::{Trial, Verdict};
use crate::ui::{Outcome, Page, Text, plural};

/// How a revision is called.
#[derive(Clone, Debug)]
pub struct Title {
    id: String,
    feature: String,
    message: String,
    path: String,
}

impl Title {
    pub fn of_all(graph: &RevisionGraph) -> BTreeMap<NodeId, Title> {
        let title = |node: NodeId| {
            let revision = graph.revision(node);
            let (feature, message) = (revision.feature.to_string(), revision.title().to_owned());
            Title { id: revision.id.to_string(), feature, message, path: revision.source.path.to_string() }
        };
        graph.nodes().map(|node| (node, title(node))).collect()
    }
}

/// Returns the revisions that say that they cannot be taken back, each with its reason.
pub fn irreversible(graph: &RevisionGraph, selected: &BTreeSet<NodeId>, dialect: DialectName) -> Vec<(String, String)> {
    let reason = |node: &NodeId| {
        let section = graph.script(*node).section(Direction::Down, dialect)?;
        Some((graph.id(*node).to_string(), section.settings.irreversible.clone()?))
    };
    graph.oldest_first().iter().filter(|node| selected.contains(node)).filter_map(reason).collect()
}

/// The outcome of `verify`.
pub struct Verified {
    dialect: DialectName,
    pub version: String,
    is_strict: bool,
    pub trials: Vec<Trial>,
    /// How many revisions passed before and did not change since.
    pub kept: usize,
    pub irreversible: Vec<(String, String)>,
    pub meetings: Vec<Met>,
    pub titles: BTreeMap<NodeId, Title>,
    pub verbosity: u8,
}

/// How the two sides of a comparison are called.
struct Sides {
    added: String,
    removed: String,
}

impl Sides {
    fn new(added: impl Into<String>, removed: impl Into<String>) -> Self {
        Sides { added: added.into(), removed: removed.into() }
    }

    fn trace() -> Self {
        Sides::new("left behind", "gone")
    }

    fn again() -> Self {
        Sides::new("only after the second upgrade", "only after the first upgrade")
    }
}

impl Verified {
    pub fn new(dialect: DialectName, is_strict: bool) -> Self {
        Verified {
            dialect,
            version: String::new(),
            is_strict,
            trials: Vec::new(),
            kept: 0,
            irreversible: Vec::new(),
            meetings: Vec::new(),
            titles: BTreeMap::new(),
            verbosity: 0,
        }
    }

    fn is_sound(&self, trial: &Trial) -> bool {
        if self.is_strict { trial.passed_plainly() } else { trial.is_sound() }
    }

    fn agrees(&self, met: &Met) -> bool {
        met.outcome
            .as_ref()
            .is_ok_and(|found| found.differences.is_empty() && (!self.is_strict || found.notes.is_empty()))
    }

    fn id(&self, node: NodeId) -> &str {
        self.titles.get(&node).map_or("", |title| title.id.as_str())
    }

    fn render_trial(&self, trial: &Trial, page: &mut Page) {
        let (word, fails) = match (self.is_sound(trial), trial.verdict) {
            (true, Verdict::Irreversible) => ("up only", false),
            (true, _) => ("ok", false),
            (false, Verdict::Unreached) => ("not reached", true),
            (false, _) => ("fails", true),
        };
        let is_plain = trial.passed_plainly() && trial.statements.iter().all(|statement| !is_worth_telling(statement));
        if is_plain && self.verbosity == 0 {
            return;
        }
        let Some(title) = self.titles.get(&trial.node) else { return };
        let line = if fails { Text::new().bad(word) } else { Text::new().good(word) };
        let fixture = if trial.has_fixture { "  (with its fixture)" } else { "" };
        let line = line.plain("  ").strong(&title.id).dim(format!("  {}  ", title.feature)).plain(&title.message);
        page.line(line.dim(fixture));
        if let Some(fault) = &trial.no_downgrade {
            page.line(Text::new().plain("  ").plain(fault));
        }
        render_comparison("the downgrade leaves another schema than it found", &trial.trace, &Sides::trace(), page);
        render_comparison("the second upgrade makes another schema", &trial.again, &Sides::again(), page);
        for stopped in &trial.stopped {
            page.line(Text::new().plain("  ").plain(stopped.words()));
        }
        trial.statements.iter().for_each(|statement| render_statement(statement, self.verbosity, page));
    }

    fn sides(&self, met: &Met) -> (String, Sides) {
        let sides: Vec<&str> = met.meeting.sides.iter().map(|node| self.id(*node)).collect();
        let first = |at: Option<&&str>| format!("only if `{}` runs first", at.unwrap_or(&""));
        let words = Sides::new(first(sides.last()), first(sides.first()));
        let name = match met.meeting.merge {
            Some(merge) => format!("{} of {}", self.id(merge), sides.join(" and ")),
            None => format!("heads {}", sides.join(" and ")),
        };
        (name, words)
    }

    fn render_met(&self, met: &Met, page: &mut Page) {
        let agrees = self.agrees(met);
        let has_notes = met.outcome.as_ref().is_ok_and(|found| !found.notes.is_empty());
        if agrees && !has_notes && self.verbosity == 0 {
            return;
        }
        let (name, sides) = self.sides(met);
        let line = if agrees { Text::new().good("ok") } else { Text::new().bad("fails") };
        let what = if met.meeting.merge.is_some() { "  merge " } else { "  " };
        page.line(line.plain(what).strong(name));
        match &met.outcome {
            Ok(comparison) => {
                render_comparison("the order of the sides decides on the schema", comparison, &sides, page)
            }
            Err(stopped) => {
                let id = self.id(stopped.node);
                page.line(Text::new().plain(format!("  in one of the two orders, in `{id}`, {}", stopped.words())));
            }
        }
    }

    /// Says what passed, where everything did.
    fn summary(&self) -> String {
        let count = plural(self.trials.len() + self.kept, "revision");
        let mut parts =
            vec![format!("{count} on {} {}: up, down and up again leave no trace", self.dialect, self.version)];
        if !self.irreversible.is_empty() {
            parts.push(format!("{} up only", self.irreversible.len()));
        }
        if self.kept > 0 {
            parts.push(format!("{} unchanged since passing", self.kept));
        }
        if !self.meetings.is_empty() {
            parts.push(format!("{} alike in both orders", plural(self.meetings.len(), "merge")));
        }
        parts.join("; ")
    }
}

fn render_comparison(headline: &str, comparison: &Comparison, sides: &Sides, page: &mut Page) {
    if !comparison.differences.is_empty() {
        page.line(Text::new().plain(format!("  {headline}:")));
    }
    for difference in &comparison.differences {
        page.line(Text::new().plain("    ").join(told(difference, sides)));
    }
    for note in &comparison.notes {
        page.line(Text::new().plain("  ").join(noted(note)));
    }
}

/// Returns what only one side has, or both have otherwise, on one line.
fn told(difference: &Difference, sides: &Sides) -> Text {
    let word = match difference {
        Difference::Added(_) => &sides.added,
        Difference::Removed(_) => &sides.removed,
        Difference::Changed { .. } => "changed",
    };
    let text = Text::new().caution(format!("{word}: ")).strong(difference.object().title());
    let details = difference.details();
    if details.is_empty() { text } else { text.plain(format!(" ({details})")) }
}

fn noted(note: &Note) -> Text {
    let text = match note {
        Note::Order { table, from, to } => {
            format!("the columns of {table} stand in another order: {} instead of {}", to.join(", "), from.join(", "))
        }
        Note::Spelling { table } => format!("the statement of {table} says the same in other words"),
    };
    Text::new().caution("note: ").plain(text)
}

/// Writes a drift as `check` shows it.
pub fn render_drift(comparison: &Comparison, page: &mut Page) {
    let sides = Sides::new("only in the database", "missing in the database");
    for difference in &comparison.differences {
        page.line(Text::new().caution("~ ").join(told(difference, &sides)));
    }
    comparison.notes.iter().for_each(|note| page.line(noted(note)));
}

/// The most characters of a statement that are shown.
const SHOWN: usize = 80;

fn is_worth_telling(statement: &Statement) -> bool {
    statement.seen.as_ref().map_or(true, |seen| seen.iter().any(|seen| seen.warning().is_some()))
}

fn render_statement(statement: &Statement, verbosity: u8, page: &mut Page) {
    if !is_worth_telling(statement) && verbosity == 0 {
        return;
    }
    let sql = shortened(&statement.sql, SHOWN);
    page.line(Text::new().dim(format!("  {}. ", statement.number)).plain(sql));
    match &statement.seen {
        Ok(seen) => {
            for seen in seen {
                let held = if seen.is_held { ", held since an earlier statement" } else { "" };
                let text = Text::new().plain("     ").strong(&seen.table).plain(format!(": {}{held}", seen.mode));
                page.line(match seen.warning() {
                    Some(warning) => text.plain(": ").caution(warning),
                    None => text.plain(": reads and writes go on"),
                });
            }
        }
        Err(reason) => page.line(Text::new().plain("     ").caution("not observed: ").plain(reason)),
    }
}

fn statement_json(statement: &Statement) -> Value {
    let mut document = json!({ "statement": statement.number, "sql": statement.sql });
    match &statement.seen {
        Ok(seen) => {
            let tables = seen.iter().map(|seen| {
                json!({
                    "table": seen.table, "lock": seen.mode.to_string(), "held": seen.is_held,
                    "rewritten": seen.work == Work::Rewritten, "read": seen.work == Work::Read, "warning": seen.warning(),
                })
            });
            document["tables"] = tables.collect();
        }
        Err(reason) => document["unobserved"] = json!(reason),
    }
    document
}

/// Returns a comparison as two lists.
pub fn comparison_json(comparison: &Comparison) -> (Value, Value) {
    let differences = comparison.differences.iter().map(|difference| {
        let object = difference.object();
        let (word, from, to) = match difference {
            Difference::Added(object) => ("added", None, Some(&object.definition)),
            Difference::Removed(object) => ("removed", Some(&object.definition), None),
            Difference::Changed { from, to } => ("changed", Some(&from.definition), Some(&to.definition)),
        };
        json!({ "difference": word, "kind": object.kind, "name": object.name, "table": object.table, "from": from, "to": to })
    });
    let notes = comparison.notes.iter().map(|note| noted(note).to_plain().trim_start_matches("note: ").to_owned());
    (differences.collect(), notes.collect())
}

impl Verified {
    fn trial_json(&self, trial: &Trial) -> Value {
        let (trace, mut notes) = comparison_json(&trial.trace);
        let (again, more) = comparison_json(&trial.again);
        if let (Value::Array(notes), Value::Array(more)) = (&mut notes, more) {
            notes.extend(more);
        }
        let title = self.titles.get(&trial.node);
        let text = |of: fn(&Title) -> &String| title.map(of);
        let faults = trial.stopped.iter().map(|stopped| stopped.json());
        let missing = trial.no_downgrade.iter().map(|fault| json!({ "finding": "no downgrade", "message": fault }));
        json!({
            "revision": text(|title| &title.id), "feature": text(|title| &title.feature), "path": text(|title| &title.path),
            "ok": self.is_sound(trial), "irreversible": trial.verdict == Verdict::Irreversible,
            "reached": trial.verdict != Verdict::Unreached, "fixture": trial.has_fixture,
            "failures": faults.chain(missing).collect::<Vec<_>>(),
            "left_by_downgrade": trace, "second_upgrade": again, "notes": notes,
            "statements": trial.statements.iter().map(statement_json).collect::<Vec<_>>(),
        })
    }

    fn met_json(&self, met: &Met) -> Value {
        let sides: Vec<&str> = met.meeting.sides.iter().map(|node| self.id(*node)).collect();
        let merge = met.meeting.merge.map(|node| self.id(node));
        let mut document = json!({ "merge": merge, "sides": sides, "ok": self.agrees(met) });
        match &met.outcome {
            Ok(comparison) => (document["differences"], document["notes"]) = comparison_json(comparison),
            Err(stopped) => {
                document["failure"] = stopped.json();
                document["failure"]["revision"] = json!(self.id(stopped.node));
            }
        }
        document
    }
}

impl Outcome for Verified {
    fn json(&self) -> Value {
        let irreversible: Vec<Value> =
            self.irreversible.iter().map(|(id, reason)| json!({ "revision": id, "reason": reason })).collect();
        json!({
            "command": "verify",
            "ok": self.exit() == Exit::Done,
            "dialect": self.dialect.as_str(),
            "server": self.version,
            "kept": self.kept,
            "irreversible": irreversible,
            "revisions": self.trials.iter().map(|trial| self.trial_json(trial)).collect::<Vec<_>>(),
            "merges": self.meetings.iter().map(|met| self.met_json(met)).collect::<Vec<_>>(),
        })
    }

    fn render(&self, page: &mut Page) {
        self.trials.iter().for_each(|trial| self.render_trial(trial, page));
        self.meetings.iter().for_each(|met| self.render_met(met, page));
        for (id, reason) in &self.irreversible {
            page.line(Text::new().caution("up only: ").strong(id).plain(format!(": {reason}")));
        }
        if self.exit() == Exit::Done {
            page.line(Text::new().good("ok: ").plain(self.summary()));
            return;
        }
        let failed = self.trials.iter().filter(|trial| !self.is_sound(trial)).count();
        let differing = self.meetings.iter().filter(|met| !self.agrees(met)).count();
        let mut parts = Vec::new();
        if failed > 0 {
            parts.push(format!("{failed} of {} fail", plural(self.trials.len() + self.kept, "revision")));
        }
        if differing > 0 {
            parts.push(format!("{differing} of {} depend on the order", plural(self.meetings.len(), "merge")));
        }
        page.line(Text::new().bad(format!("on {} {}: ", self.dialect, self.version)).plain(parts.join(", ")));
    }

    fn exit(&self) -> Exit {
        let passes =
            self.trials.iter().all(|trial| self.is_sound(trial)) && self.meetings.iter().all(|met| self.agrees(met));
        if passes { Exit::Done } else { Exit::No }
    }
}
