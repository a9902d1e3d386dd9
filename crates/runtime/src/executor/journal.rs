//! What a run reads from the journal before it begins, and what it writes there for each revision.
//!
//! Reading costs no message of its own: it travels in the text that reads the version rows. Read [`Run::glance`] first.

use std::sync::Arc;

use alembic_revisions::plan::Step;
use alembic_revisions::{Checksum, Direction, Script, Statement, checksum};

use super::failure::{Cause, Edit, ExecuteError};
use super::run::{Run, Work};
use super::text::Text;
use crate::journal::history::{self, Later, Record, Start, Way};
use crate::journal::progress::{self, Outline, Progress, Slip};
use crate::journal::{body, compare};
use crate::session::{Answer, DatabaseError, ErrorKind};
use crate::version_table::{Rows, first_value};

/// Which answers of a text are what a run needs to know before it begins.
pub(super) struct Glance {
    rows: usize,
    progress: Option<usize>,
    applied: Option<usize>,
}

/// What the database says under the lock.
pub(super) struct Seen {
    pub rows: Rows,
    /// Revisions that are half applied.
    pub progress: Vec<Progress>,
    /// Applied scripts that were edited, and the attempts that have their text.
    pub edited: Vec<(Arc<Script>, String)>,
}

impl<'a> Run<'a> {
    /// Adds the queries for version rows and progress and, the first time, for the checksums of what is applied.
    pub fn glance(&self, text: &mut Text) -> Glance {
        let (table, dialect) = (&self.table, self.table.dialect());
        let rows = text.own(&table.select());
        let progress = table.keeps_progress().then(|| text.own(&progress::select(dialect, &table.progress_name())));
        let wanted = table.keeps_history() && !self.verified && !self.applied.is_empty() && self.goes_up();
        let applied = wanted.then(|| text.own(&history::select_applied(dialect, &table.history_name())));
        Glance { rows, progress, applied }
    }

    /// An edited script may still be taken back.
    pub fn goes_up(&self) -> bool {
        self.work.iter().any(|work| work.step.is_some_and(|step| step.direction == Direction::Up))
    }

    /// Reads the answers to [`Run::glance`].
    pub fn seen(&mut self, answers: &mut [Answer], glance: &Glance, work: Work<'_>) -> Result<Seen, ExecuteError> {
        let mut rows_of = |index| {
            let answer = index_of(answers, index)?;
            Some(std::mem::take(&mut answer.rows))
        };
        let rows = rows_of(Some(glance.rows)).unwrap_or_default();
        let progress = rows_of(glance.progress).unwrap_or_default().into_iter().filter_map(progress::parsed).collect();
        let edited = match rows_of(glance.applied) {
            Some(rows) => compare::edited(&history::applied(rows), self.applied, self.table.dialect().name()),
            None => Vec::new(),
        };
        self.verified = true;
        let rows = self.texts(rows, work)?;
        Ok(Seen { rows, progress, edited })
    }

    /// Returns the error for scripts that were edited after they ran; no transaction is open.
    pub async fn refuse_edited(&mut self, edited: Vec<(Arc<Script>, String)>) -> ExecuteError {
        let dialect = self.table.dialect();
        let mut edits = Vec::with_capacity(edited.len());
        for (script, attempt) in edited {
            let query = format!(
                "SELECT body FROM {} WHERE attempt = {}",
                dialect.table(&self.table.history_name()),
                crate::journal::plain_literal(dialect, &attempt, 36)
            );
            let kept = self.session.rows(&query).await.ok().and_then(first_value);
            let ran = kept.and_then(|kept| body::unpacked(&kept));
            let now = checksum::of_section(&script, Direction::Up, dialect.name());
            let now = now.map(|(_, statements)| compare::text_of(&statements).to_owned()).unwrap_or_default();
            let difference = ran.map(|ran| compare::line_difference(&ran, &now));
            edits.push(Edit { script, difference });
        }
        self.fail(Cause::Edited { edits })
    }

    /// Returns whether the attempt was committed; none if no history is kept.
    pub async fn happened(&mut self, attempt: &str) -> Result<Option<bool>, DatabaseError> {
        if !self.table.keeps_history() {
            return Ok(None);
        }
        let query = history::find(self.table.dialect(), &self.table.history_name(), attempt);
        Ok(Some(first_value(self.session.rows(&query).await?).is_some()))
    }

    /// Returns the statement that writes the work into the history, if one is kept.
    pub fn history_row(&self, work: Work<'_>, attempt: &str, start: Start) -> Option<String> {
        self.history_row_from(&self.rows, work, attempt, start)
    }

    /// As [`Run::history_row`], for work that begins with these rows.
    pub fn history_row_from(&self, before: &Rows, work: Work<'_>, attempt: &str, start: Start) -> Option<String> {
        let shape = self.table.kept_history()?;
        let (dialect, step) = (self.table.dialect(), work.step);
        let upgrade = step.filter(|step| step.direction == Direction::Up);
        let later = match upgrade {
            Some(step) => Later::of(shape, &step.script, dialect.name(), self.options.scripts),
            None => None,
        };
        let revision = step.map(|step| &step.script.revision);
        let record = Record {
            attempt,
            revision: revision.map(|revision| revision.id.as_str()),
            way: step.map_or(Way::Stamp, |step| step.direction.into()),
            heads_before: before,
            heads_after: &work.after(before),
            checksum: step.map(|step| self.checksum(step)),
            body: step.and_then(|step| body::packed(compare::text_of(&step.statements))),
            feature: revision.map_or("", |revision| &revision.feature),
            parents: revision.map(history::parents_of).unwrap_or_default(),
            statements: work.len(),
            owner: &self.options.owner,
            later,
        };
        Some(record.insert(dialect, &self.table.history_name(), start))
    }

    /// Returns the statement that ends every half-applied revision: a person has said where the database is.
    pub fn forget_progress(&self, work: Work<'_>) -> Option<String> {
        let stamps = work.step.is_none() && self.table.keeps_progress();
        stamps.then(|| format!("DELETE FROM {}", self.table.dialect().table(&self.table.progress_name())))
    }

    fn checksum(&self, step: &Step) -> Checksum {
        checksum::of_statements(step.statements.iter().map(Statement::sql), self.table.dialect().name())
    }
}

fn index_of(answers: &mut [Answer], index: Option<usize>) -> Option<&mut Answer> {
    answers.get_mut(index?)
}

/// The way of one attempt through a revision that no transaction surrounds.
pub(super) struct Course<'a> {
    pub work: Work<'a>,
    pub attempt: String,
    /// The row that an attempt before this one left.
    pub found: Option<Progress>,
    /// The next statement.
    pub next: usize,
    /// The checksums of the first 0, 1, 2 … statements.
    ran: Vec<Checksum>,
    /// The row is ours.
    pub begun: bool,
}

impl<'a> Course<'a> {
    /// Returns the way from where `progress` says that the revision is; an error if it cannot be gone.
    pub fn new(run: &Run<'_>, work: Work<'a>, progress: Vec<Progress>) -> Result<Self, ExecuteError> {
        if !run.table.keeps_progress() {
            let error = DatabaseError::new(ErrorKind::Denied, "there is no table for the progress of this revision");
            return Err(run.fail(Cause::Database(error)));
        }
        let ran = checksum::of_beginnings(work.statements(), run.table.dialect().name());
        let found = progress.into_iter().next();
        let mut course = Course { work, attempt: crate::journal::attempt(), found, next: 0, ran, begun: false };
        let Some(found) = &course.found else { return Ok(course) };
        let is_ours = work.step.is_some_and(|step| {
            step.script.revision.id.as_str() == found.revision && step.direction == found.direction
        });
        if !is_ours {
            return Err(run.fail(Cause::OtherHalfApplied { progress: Box::new(found.clone()) }));
        }
        // Rust code came to a section that ran without a transaction before.
        let is_rust = work.step.is_some_and(|step| step.rust);
        let same = match course.ran.get(found.done).filter(|_| !is_rust) {
            Some(ran) => found.done == 0 || Some(*ran) == found.ran,
            None => false,
        };
        if !same {
            return Err(course.changed(run, found));
        }
        course.next = found.done;
        Ok(course)
    }

    fn changed(&self, run: &Run<'_>, found: &Progress) -> ExecuteError {
        let now = self.work.step.map(|step| compare::text_of(&step.statements)).unwrap_or_default();
        let difference = found.body.as_ref().map(|ran| compare::line_difference(ran, now)).unwrap_or_default();
        match run.at(self.work, None, None) {
            Some(at) => run.fail(Cause::RanChanged { at, done: found.done, difference }),
            None => run.fail(Cause::OtherHalfApplied { progress: Box::new(found.clone()) }),
        }
    }

    /// The statement that may have run: its index and its checksum then.
    pub fn open_intent(&self) -> Option<&Progress> {
        self.found.as_ref().filter(|found| !self.begun && found.intent.is_some() && found.done < self.work.len())
    }

    /// True if the statement that may have run is the one that the script has now.
    pub fn intent_is_same(&self, dialect: alembic_revisions::DialectName) -> bool {
        let now = checksum::of_statement(self.work.sql(self.next), dialect);
        self.found.as_ref().is_some_and(|found| found.intended == Some(now))
    }

    /// Returns the statement that makes the row this attempt's own, if it is not yet.
    pub fn begin(&self, run: &Run<'_>, name: &alembic_revisions::TableName) -> Option<String> {
        if self.begun {
            return None;
        }
        let step = self.work.step?;
        let outline = Outline {
            direction: step.direction,
            checksum: *self.ran.last()?,
            total: self.work.len(),
            text: compare::text_of(&step.statements),
        };
        let slip = self.slip(run, name);
        Some(match &self.found {
            Some(found) => slip.claim(found, &outline, self.next, *self.ran.get(self.next)?),
            None => slip.insert(&outline),
        })
    }

    pub fn slip<'s>(&'s self, run: &Run<'_>, name: &'s alembic_revisions::TableName) -> Slip<'s> {
        let revision = self.work.step.map_or("", |step| step.script.revision.id.as_str());
        Slip { dialect: run.table.dialect(), table: name, revision, attempt: &self.attempt }
    }

    /// Returns the checksum of the first `count` statements.
    pub fn ran(&self, count: usize) -> Checksum {
        self.ran[count.min(self.ran.len() - 1)]
    }
}
