//! A revision that commits in its midst: one text per statement, in which the journal says before what is meant and
//! behind it what is done.
//!
//! A statement that only changes rows shares its transaction with the note that it is done. A CREATE or ALTER commits
//! the intent, so that after a crash the catalogue tells whether it took effect. Read [`run`] first.

use std::time::Instant;

use alembic_revisions::{Checksum, DialectName, TableName, checksum};

use super::super::failure::{ExecuteError, Remains};
use super::super::journal::Course;
use super::super::patience::Retry;
use super::super::run::{Run, Work};
use super::super::statement_wise::outside::undecided;
use super::super::statement_wise::resume::sets_session;
use super::super::statement_wise::{LOSSES, Stopped, stopped};
use super::super::text::{Origin, Text};
use super::super::words::{first_words, is_dml};
use super::fingerprint::Effect;
use super::lock::Lock;
use super::{Outcome, find_out, rows_now};
use crate::journal::history::Start;
use crate::journal::progress::Progress;
use crate::session::{DatabaseError, ErrorKind};
use crate::version_table::first_value;

/// Why an attempt ended.
enum Fault {
    Stopped(Stopped),
    Failed(ExecuteError),
}

impl From<Stopped> for Fault {
    fn from(stopped: Stopped) -> Self {
        Fault::Stopped(stopped)
    }
}

pub(super) async fn run(
    run: &mut Run<'_>,
    lock: &mut Lock,
    work: Work<'_>,
    progress: Vec<Progress>,
) -> Result<(), ExecuteError> {
    let started = Instant::now();
    let mut course = Course::new(run, work, progress)?;
    run.started(work);
    let mut losses = 0;
    loop {
        let name = run.table.progress_name();
        let mut steps = Steps { run, lock, course: &mut course, name: &name, started };
        let fault = match steps.all().await {
            Ok(()) => return Ok(()),
            Err(Fault::Failed(error)) => return Err(error),
            Err(Fault::Stopped(fault)) => fault,
        };
        let lost = fault.error.as_ref().filter(|error| error.kind == ErrorKind::ConnectionLost).cloned();
        let Some(error) = lost.filter(|_| losses < LOSSES) else { return Err(stopped(run, work, fault)) };
        losses += 1;
        if let Outcome::Committed = find_out(run, lock, work, Some(&course.attempt), &error).await? {
            return Ok(());
        }
        let seen = rows_now(run, lock, work).await?;
        course = Course::new(run, work, seen.progress)?;
    }
}

struct Steps<'s, 'r, 'a> {
    run: &'s mut Run<'r>,
    lock: &'s mut Lock,
    course: &'s mut Course<'a>,
    name: &'s TableName,
    started: Instant,
}

impl Steps<'_, '_, '_> {
    async fn all(&mut self) -> Result<(), Fault> {
        if self.course.open_intent().is_some() {
            self.decide().await?;
        }
        for index in 0..self.course.next {
            let sql = self.course.work.sql(index);
            if sets_session(sql) {
                let ran = self.course.next;
                let set = self.run.session.execute(sql).await;
                set.map_err(|error| Stopped { ran, ..Stopped::at(index, error) })?;
            }
        }
        let mut retry = Retry::new();
        while self.course.next < self.course.work.len() {
            if self.lock.is_lost() {
                return Err(self.taken_over().into());
            }
            let done = match self.run.wish() {
                Some(wish) => Err(wish),
                None => self.statement().await,
            };
            let Err(error) = done else {
                self.course.next += 1;
                self.run.ran(self.course.work, self.course.next);
                retry = Retry::new();
                continue;
            };
            match retry.after(&error, self.run.options) {
                Some(pause) => {
                    let _ = self.run.batch("ROLLBACK").await;
                    self.run.pause(self.course.work, &error, pause).await;
                }
                None => return Err(self.failed(error).await.into()),
            }
        }
        self.finish().await
    }

    /// Sends the next statement and the journal's notes around it as one text.
    async fn statement(&mut self) -> Result<(), DatabaseError> {
        let (index, sql) = (self.course.next, self.course.work.sql(self.course.next));
        let mut text = Text::default();
        let begin = self.course.begin(self.run, self.name);
        begin.iter().for_each(|sql| _ = text.one(DialectName::Mysql, sql));
        let begun = text.len();
        let slip = self.course.slip(self.run, self.name);
        let done = slip.done(index, index + 1, self.course.ran(index + 1));
        let proof = self.lock.condition(&self.run.table);
        text.own("START TRANSACTION");
        if is_dml(sql) {
            // First, so that whoever comes after us waits for this transaction.
            text.one(DialectName::Mysql, &format!("{done} AND {proof}"));
            text.script(index, sql);
        } else {
            let fingerprint = Effect::of(sql).fingerprint(self.run.table.dialect());
            let intend = slip.intend(index, self.checksum(sql), &fingerprint);
            text.one(DialectName::Mysql, &format!("{intend} AND {proof}"));
            text.script(index, sql);
            if first_words(sql, 1).first().is_some_and(|word| word == "LOCK") {
                // A locked table would lock the journal out.
                text.own("UNLOCK TABLES");
            }
            text.own(&done);
        }
        text.own("COMMIT");
        let script = text.position_of(Origin::Script(index));
        let running = self.run.under_way.begin(self.lock.cancellation());
        let sent = self.lock.kept_alive(self.run.session.batch(&text.sql)).await;
        drop(running);
        let failed = match sent {
            Ok(_) => {
                self.course.begun = true;
                return Ok(());
            }
            Err(failed) => failed,
        };
        self.course.begun |= failed.completed >= begun && failed.error.kind != ErrorKind::ConnectionLost;
        // A CALL has several answers.
        let is_scripts = script.is_some_and(|at| failed.completed == at)
            || script.is_some_and(|at| failed.completed > at) && Effect::of(sql) == Effect::Routine;
        let mut error = failed.error;
        error.position = if is_scripts { text.near(index, &error.message) } else { None };
        if !is_scripts && error.code.as_deref() == Some("1690") {
            error = DatabaseError::new(ErrorKind::Other, TAKEN_OVER);
        }
        Err(error)
    }

    fn checksum(&self, sql: &str) -> Checksum {
        checksum::of_statement(sql, DialectName::Mysql)
    }

    fn taken_over(&self) -> Stopped {
        let reason = "another migrator took the lock over, because ours had expired".to_owned();
        Stopped { index: None, ran: self.course.next, remains: Remains::Elsewhere, error: None, reason }
    }

    /// Takes the intent of a statement back that did nothing, and finds out whether it did.
    async fn failed(&mut self, error: DatabaseError) -> Stopped {
        let (index, sql) = (self.course.next, self.course.work.sql(self.course.next));
        if error.kind == ErrorKind::ConnectionLost {
            return Stopped { remains: Remains::Unknown, ..Stopped::at(index, error) };
        }
        if *error.message == *TAKEN_OVER {
            return Stopped { error: None, ..Stopped::between(index, error) };
        }
        let _ = self.run.batch("ROLLBACK").await;
        let effect = Effect::of(sql);
        let slip = self.course.slip(self.run, self.name);
        let condition = match &effect {
            Effect::Objects { .. } => format!("fingerprint = {}", effect.fingerprint(self.run.table.dialect())),
            Effect::Repeatable | Effect::Other => "TRUE".to_owned(),
            Effect::Routine => "FALSE".to_owned(),
        };
        let text = format!("{};\n{}", slip.forget_intent(index, &condition), slip.delete_unless_begun());
        let _ = self.run.batch(&text).await;
        let left = format!(
            "SELECT intent FROM {} WHERE attempt = '{}'",
            self.run.table.dialect().table(self.name),
            self.course.attempt
        );
        let open = self.run.session.rows(&left).await.ok().and_then(first_value).is_some();
        let remains = if open { Remains::Unknown } else { Remains::Nothing };
        Stopped { remains, ..Stopped::at(index, error) }
    }

    /// Finds out whether the statement that a run was killed in took effect. Owning the lock proves that it is over.
    async fn decide(&mut self) -> Result<(), Fault> {
        let Some(found) = self.course.open_intent().cloned() else { return Ok(()) };
        let sql = self.course.work.sql(self.course.next);
        let effect = Effect::of(sql);
        let same = self.course.intent_is_same(DialectName::Mysql);
        let done = match &effect {
            Effect::Repeatable => Some(false),
            Effect::Objects { drops_several, .. } if same => {
                let query = format!("SELECT {}", effect.fingerprint(self.run.table.dialect()));
                let now = self.run.session.rows(&query).await;
                let now = now.map_err(|error| Stopped::between(found.done, error))?;
                let unchanged = first_value(now) == found.fingerprint;
                // A DROP of several tables drops those that it can.
                if *drops_several && !unchanged { None } else { Some(!unchanged) }
            }
            _ => None,
        };
        match done {
            Some(true) => self.course.next += 1,
            Some(false) => {}
            None => return Err(Fault::Failed(undecided(self.run, self.course, same))),
        }
        Ok(())
    }

    /// Moves the rows, writes the history and removes the progress, in a transaction that proves the lock.
    async fn finish(&mut self) -> Result<(), Fault> {
        let work = self.course.work;
        let mut text = Text::default();
        text.own(&self.lock.settings);
        let begin = self.course.begin(self.run, self.name);
        begin.iter().for_each(|sql| _ = text.one(DialectName::Mysql, sql));
        text.own("START TRANSACTION");
        for sql in self.run.table.change(work.change) {
            text.one(DialectName::Mysql, &sql);
        }
        text.one(DialectName::Mysql, &self.lock.proof(&self.run.table));
        text.one(DialectName::Mysql, &self.course.slip(self.run, self.name).delete());
        let record = self.run.history_row(work, &self.course.attempt, Start::Ago(self.started.elapsed()));
        record.iter().for_each(|record| _ = text.own(record));
        text.own("COMMIT");
        let mut retry = Retry::new();
        loop {
            let Err(error) = self.run.batch(&text.sql).await else { return Ok(()) };
            if error.kind == ErrorKind::ConnectionLost {
                return Err(Stopped::between(work.len(), error).into());
            }
            let _ = self.run.batch("ROLLBACK").await;
            match retry.after(&error, self.run.options) {
                Some(pause) => self.run.pause(work, &error, pause).await,
                None if error.code.as_deref() == Some("1690") => {
                    let reason = "the version table, its lock or the journal changed meanwhile";
                    return Err(Stopped::after_all(work, reason).into());
                }
                None => return Err(Stopped::after_all(work, error.to_string()).into()),
            }
        }
    }
}

const TAKEN_OVER: &str = "another program changed the lock or the journal's row of this revision";
