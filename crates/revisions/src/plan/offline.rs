//! A plan as one SQL script, for `--sql` (`revision-graph.md` §16).
//!
//! Read [`offline`] first.

use super::{Direction, Plan, PlanError, RowsChange, Step};
use crate::dialect::{Dialect, DialectName, TableName};
use crate::graph::{Applied, RevisionGraph};
use crate::revision::Revision;
use crate::target::{IllegalTarget, Resolver, Target, TargetRange};

/// Returns the state and the target that `--sql` plans with: `FROM:TO`, or `TO` alone from an empty database.
///
/// # Errors
/// If an end names nothing or several revisions, or a downgrade has no start.
pub fn offline_range(graph: &RevisionGraph, command: &'static str, text: &str) -> Result<(Applied, Target), PlanError> {
    if !text.contains(':') && command != "downgrade" {
        return Ok((Applied::nothing(graph), text.parse()?));
    }
    let range: TargetRange = text.parse()?;
    let start = range.lower.map(|start| Resolver::new(graph, command).one(&start)).transpose()?.flatten();
    let target = match range.upper {
        None if command == "upgrade" => Target::head(),
        upper => upper.ok_or(IllegalTarget::Empty)?,
    };
    Ok((Applied::up_to(graph, start), target))
}

/// Returns the script that a database client runs in place of the plan.
///
/// The version table is made where the plan starts from nothing. A client stops at nothing by itself: run the script so
/// that it ends at the first error.
pub fn offline(plan: &Plan, table: &TableName) -> String {
    let mut script = Script { dialect: plan.dialect.dialect(), table, text: String::new() };
    if plan.from.is_empty() {
        script.statement(&script.dialect.create_version_table(table));
    }
    for step in &plan.steps {
        script.step(step);
    }
    if plan.purge || plan.stamp.is_some() {
        script.begin();
        if plan.purge {
            script.statement(&script.dialect.delete_all_rows(table));
        }
        script.rows(plan.stamp.as_ref().unwrap_or(&RowsChange::default()));
        script.commit();
    }
    script.text
}

/// SQLite has no RAISE outside of triggers, but integers overflow.
const NO_ROW_POINTS_NOWHERE: &str = "SELECT abs(-9223372036854775807 - 1) FROM pragma_foreign_key_check LIMIT 1";

struct Script<'a> {
    dialect: &'static dyn Dialect,
    table: &'a TableName,
    text: String,
}

impl Script<'_> {
    fn step(&mut self, step: &Step) {
        self.text.push_str(&heading(step.direction, &step.script.revision));
        let rebuilds = step.rebuild && self.dialect.name() == DialectName::Sqlite;
        if rebuilds {
            // Inside of a transaction this pragma does nothing, and a rebuilt table would take its children along.
            self.statement("PRAGMA foreign_keys = OFF");
            // Without this one, no table takes the name of a dropped one that a view reads.
            self.statement("PRAGMA legacy_alter_table = ON");
        }
        if step.transaction {
            self.begin();
        }
        for statement in &step.statements {
            self.statement(statement.sql());
        }
        if !step.transaction {
            self.begin();
        }
        self.rows(&step.change);
        if rebuilds {
            self.text.push_str("-- Ends with an error if a row points nowhere\n");
            self.statement(NO_ROW_POINTS_NOWHERE);
        }
        self.commit();
        if rebuilds {
            self.statement("PRAGMA legacy_alter_table = OFF");
            self.statement("PRAGMA foreign_keys = ON");
        }
    }

    fn begin(&mut self) {
        if self.dialect.transactional_ddl() {
            self.statement("BEGIN");
        }
    }

    fn commit(&mut self) {
        if self.dialect.transactional_ddl() {
            self.statement("COMMIT");
        }
    }

    fn rows(&mut self, change: &RowsChange) {
        for row in &change.delete {
            self.statement(&self.dialect.delete_row(self.table, row));
        }
        if let Some((old, new)) = &change.update {
            self.statement(&self.dialect.update_row(self.table, old, new));
        }
        for row in &change.insert {
            self.statement(&self.dialect.insert_row(self.table, row));
        }
    }

    fn statement(&mut self, sql: &str) {
        // The mysql client splits at `;` wherever it stands, unless it is told another delimiter.
        if self.dialect.name() == DialectName::Mysql && sql.contains(';') {
            let delimiter = (2..).map(|length| "$".repeat(length)).find(|delimiter| !sql.contains(delimiter.as_str()));
            let delimiter = delimiter.unwrap_or_default();
            self.text.push_str(&format!("DELIMITER {delimiter}\n{sql}\n{delimiter}\nDELIMITER ;\n\n"));
            return;
        }
        self.text.push_str(sql);
        // A comment at the end would swallow the `;`.
        let last_line = sql.lines().last().unwrap_or("");
        self.text.push_str(if last_line.contains("--") || last_line.contains('#') { "\n;\n\n" } else { ";\n\n" });
    }
}

fn heading(direction: Direction, revision: &Revision) -> String {
    let parents = revision.parents.iter().map(|parent| &*parent.name).collect::<Vec<_>>().join(", ");
    let parents = if parents.is_empty() { "base" } else { &parents };
    let (word, from, to) = match direction {
        Direction::Up => ("upgrade", parents, revision.id.as_str()),
        Direction::Down => ("downgrade", revision.id.as_str(), parents),
    };
    // Whatever ends a line would end the comment.
    let title: String = revision.title().chars().map(|next| if is_break(next) { ' ' } else { next }).collect();
    let title = match title.trim() {
        "" => String::new(),
        title => format!(", {title}"),
    };
    format!("-- Running {word} {from} -> {to}{title}\n\n")
}

fn is_break(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests;
