//! SQLite: several revisions in one text, because a call costs as much as a small revision does.
//!
//! Each revision keeps a transaction of its own. A guard before COMMIT stops the text unless the rows are exactly the
//! expected ones; then, as after any other error, the transaction under way is undone and that revision is run again by
//! itself, which finds out what was wrong. Read [`Segment::run_ahead`] first.

use std::time::{Duration, Instant};

use alembic_revisions::split::transaction_control;

use super::super::failure::ExecuteError;
use super::super::foreign_keys::{REBUILD_BEGINS, REBUILD_ENDS, is_rebuild};
use super::super::options::{Stride, Transactions};
use super::super::run::{Run, Work};
use super::super::text::{Text, stop_unless};
use super::super::words::is_create;
use super::{Mode, Segment};
use crate::event::{Event, Observer};
use crate::journal::history::{self, Start};
use crate::session::BatchError;
use crate::version_table::Rows;

/// A text that takes longer is followed by a shorter one: whoever watches sees each slow revision by itself, and a wish
/// to stop is heard soon.
const QUICK: Duration = Duration::from_millis(20);
const MOST_REVISIONS: usize = 16;
const MOST_BYTES: usize = 64 * 1024;
/// So many texts that stopped show that the guard says no for a lasting reason, such as broken foreign keys.
const MOST_STOPS: usize = 3;

/// How boldly the next revisions are sent.
pub(super) struct Pace {
    revisions: usize,
    stops: usize,
}

impl Pace {
    pub fn new() -> Self {
        Pace { revisions: 1, stops: 0 }
    }

    fn after_quick(&mut self) {
        self.revisions = (self.revisions * 2).min(MOST_REVISIONS);
    }
}

impl Segment<'_, '_> {
    /// Sends the next revisions as one text and returns true if all of them are done; false sends the next one through
    /// the careful way.
    pub(super) async fn run_ahead(&mut self) -> Result<bool, ExecuteError> {
        let may = matches!(self.mode, Mode::Sqlite) && self.run.options.transactions == Transactions::PerRevision;
        if !may || self.pace.stops == MOST_STOPS || self.work().step.is_none() || !self.run.verified {
            return Ok(false);
        }
        self.run.check_cancelled()?;
        let (text, commits) = self.text_ahead();
        if commits.is_empty() {
            return Ok(false);
        }
        let started = Instant::now();
        let (sent, times) = self.send_ahead(&text, &commits).await;
        for elapsed in times {
            self.run.record(self.work(), elapsed);
            self.at += 1;
        }
        if sent.is_err() {
            // No ROLLBACK brings the mode of a rebuild back.
            let _ = self.run.batch(REBUILD_ENDS).await;
            let _ = self.run.batch("ROLLBACK").await;
            self.pace = Pace { revisions: 1, stops: self.pace.stops + 1 };
            return Ok(false);
        }
        if started.elapsed() < QUICK && self.run.options.stride == Stride::Several {
            self.pace.after_quick()
        } else {
            self.pace.revisions = 1
        }
        Ok(true)
    }

    /// Sends the text, and tells of each revision as it begins and ends; returns how long each took that is done.
    async fn send_ahead(&mut self, text: &Text, commits: &[usize]) -> (Result<Vec<u64>, BatchError>, Vec<Duration>) {
        let Run { session, observer, work, total, .. } = &mut *self.run;
        let works = &work[self.at..self.at + commits.len()];
        let total = *total;
        let tell_start = |observer: &mut dyn Observer, at: usize| {
            if let Some((step, index)) = works.get(at).and_then(|work| Some((work.step?, work.index))) {
                observer.on(&Event::Started { step, index, total });
            }
        };
        tell_start(*observer, 0);
        let mut times: Vec<Duration> = Vec::with_capacity(commits.len());
        let mut since = Instant::now();
        let mut each = |statement: usize| {
            let at = times.len();
            if commits.get(at) != Some(&statement) {
                return;
            }
            let elapsed = since.elapsed();
            since = Instant::now();
            times.push(elapsed);
            if let Some((step, index)) = works.get(at).and_then(|work| Some((work.step?, work.index))) {
                observer.on(&Event::Finished { step, index, total, elapsed });
            }
            tell_start(*observer, at + 1);
        };
        let sent = session.batch_each(&text.sql, &mut each).await;
        (sent, times)
    }

    /// Returns the text of the next revisions, and the index of each one's COMMIT.
    fn text_ahead(&self) -> (Text, Vec<usize>) {
        let mut text = Text::default();
        // Inside a transaction this has no effect.
        text.own("PRAGMA foreign_keys = OFF");
        let mut commits = Vec::new();
        let mut rows = self.run.rows.clone();
        let next = self.run.work[self.at..self.range.end].iter().take(self.pace.revisions);
        // A text is copied more than once on its way; the careful way sends one statement at a time.
        for work in next.take_while(|work| keeps_transaction(work) && bytes(work) <= MOST_BYTES) {
            commits.push(transaction(&mut text, self.run, *work, &rows));
            rows = work.after(&rows);
            if text.sql.len() > MOST_BYTES {
                break;
            }
        }
        (text, commits)
    }
}

fn bytes(work: &Work<'_>) -> usize {
    work.statements().map(str::len).sum()
}

/// False if something may end the transaction under the guard's feet; only the careful way finds that out.
fn keeps_transaction(work: &Work<'_>) -> bool {
    if work.step.is_some_and(|step| step.rust) {
        return false;
    }
    let statements = work.step.into_iter().flat_map(|step| &step.statements);
    statements.into_iter().all(|statement| transaction_control(&statement.source.text, &statement.range).is_none())
}

/// Adds the transaction of one revision, which finds these rows, and returns the index of its COMMIT.
fn transaction(text: &mut Text, run: &Run<'_>, work: Work<'_>, before: &Rows) -> usize {
    let table = &run.table;
    let dialect = table.dialect();
    let attempt = crate::journal::attempt();
    text.own("BEGIN IMMEDIATE");
    let record = run.history_row_from(before, work, &attempt, Start::Now);
    record.iter().for_each(|record| _ = text.own(record));
    if is_rebuild(&work) {
        text.own(REBUILD_BEGINS);
    }
    for (index, sql) in work.statements().enumerate() {
        text.script(index, sql);
    }
    if is_rebuild(&work) {
        text.own(REBUILD_ENDS);
    }
    for change in table.change(work.change) {
        text.one(dialect.name(), &change);
    }
    if record.is_some() {
        text.one(dialect.name(), &history::finish(dialect, &table.history_name(), &attempt));
    }
    // New and empty tables cannot break a foreign key, and the check reads every row of every child table.
    let foreign_keys =
        if work.statements().all(is_create) { "" } else { " AND NOT EXISTS (SELECT 1 FROM pragma_foreign_key_check)" };
    let progress = dialect.table(&table.progress_name());
    let nothing_open =
        if table.keeps_progress() { format!(" AND NOT EXISTS (SELECT 1 FROM {progress})") } else { String::new() };
    text.own(&stop_unless(&format!("({}){nothing_open}{foreign_keys}", table.holds(&work.after(before)))));
    text.own("COMMIT")
}
