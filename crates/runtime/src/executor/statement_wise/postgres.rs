//! PostgreSQL: one connection holds the lock in an idle transaction, a second one works.
//!
//! The idle one is READ COMMITTED and holds the lock's row only: so it does not block CREATE INDEX CONCURRENTLY, and
//! neither do those who wait, since they ask outside any transaction. A statement shares its transaction with the note
//! that it is done; the few that cannot are announced first. Read [`run`] first.

use super::super::failure::{Cause, ExecuteError, Remains};
use super::super::journal::{Course, Seen};
use super::super::patience::{Retry, Wait, reconnect};
use super::super::run::Run;
use super::super::text::{Origin, Text};
use super::super::transactional::CHECK_CONNECTION;
use super::super::under_way::{cancel_marked, mark};
use super::probe::{Outside, needs_no_transaction};
use super::resume::{course, sets_session};
use super::{Halt, Stopped, Trip, outside};
use crate::journal::history::Start;
use crate::session::{BatchError, DatabaseError, ErrorKind, Session};
use crate::version_table::{Rows, first_value, lock};
use alembic_revisions::{DialectName, TableName};

pub(super) async fn run(run: &mut Run<'_>, trip: &mut Trip<'_>) -> Result<(), Halt> {
    let (token, seen) = own_lock(run, trip).await?;
    let outcome = locked(run, trip, token, seen).await;
    if outcome.is_err() {
        let _ = run.batch("ROLLBACK").await;
    }
    outcome
}

async fn locked(run: &mut Run<'_>, trip: &mut Trip<'_>, token: i64, seen: Seen) -> Result<(), Halt> {
    if !seen.edited.is_empty() {
        let _ = run.batch("ROLLBACK").await;
    }
    let Some(course) = course(run, trip, seen).await? else {
        let _ = run.batch("ROLLBACK").await;
        return Ok(());
    };
    let mut session = run.session.open_beside().await.map_err(|error| run.fail(error))?;
    if let Some(settings) = run.session.settings() {
        let set = session.execute(settings).await;
        set.map_err(|error| run.fail(Cause::Database(error)))?;
    }
    let name = run.table.progress_name();
    let mut worker = Worker { session, course, name };
    let outcome = worker.statements(run).await;
    let Worker { session, course, name } = worker;
    session.close().await;
    outcome?;
    finish(run, trip, &course, &name, token).await
}

/// Adds the beginning of a transaction of the worker; a pooler may have given it a session with other limits.
fn limited(text: &mut Text) {
    text.own("BEGIN ISOLATION LEVEL READ COMMITTED");
    text.own("SET LOCAL statement_timeout = 0");
    text.own("SET LOCAL lock_timeout = '2s'");
    text.own(CHECK_CONNECTION);
}

/// Waits until the session's transaction owns the lock's row; returns the token and what is known under the lock.
async fn own_lock(run: &mut Run<'_>, trip: &Trip<'_>) -> Result<(i64, Seen), ExecuteError> {
    let mut wait = Wait::new();
    loop {
        run.check_cancelled()?;
        let mut text = Text::default();
        text.own("BEGIN ISOLATION LEVEL READ COMMITTED");
        text.own("SET LOCAL statement_timeout = 0");
        text.own("SET LOCAL idle_in_transaction_session_timeout = 0");
        let token = text.own(&format!("SELECT token FROM {} WHERE id = 1 FOR UPDATE NOWAIT", run.table.lock_sql()));
        let glance = run.glance(&mut text);
        let mut answers = match run.session.answers(&text.sql).await {
            Ok(answers) => answers,
            Err(BatchError { error, .. }) if error.kind == ErrorKind::ConnectionLost => {
                reconnect(run, &error).await?;
                continue;
            }
            Err(BatchError { error, .. }) => {
                let _ = run.batch("ROLLBACK").await;
                if !error.is_transient() {
                    return Err(run.fail(Cause::Database(error)));
                }
                wait.poll(run).await?;
                continue;
            }
        };
        let token = answers.get_mut(token).map(|answer| std::mem::take(&mut answer.rows)).and_then(first_value);
        match token.and_then(|token| token.parse().ok()) {
            Some(token) => match run.seen(&mut answers, &glance, trip.work) {
                Ok(seen) => return Ok((token, seen)),
                Err(error) => {
                    let _ = run.batch("ROLLBACK").await;
                    return Err(error);
                }
            },
            None => {
                let _ = run.batch("ROLLBACK").await;
                run.table.ensure_lock_row(run.session).await.map_err(|error| run.fail(error))?;
            }
        }
    }
}

/// The connection that runs the statements.
struct Worker<'a> {
    session: Box<dyn Session>,
    course: Course<'a>,
    name: TableName,
}

impl Worker<'_> {
    async fn statements(&mut self, run: &mut Run<'_>) -> Result<(), Halt> {
        if self.course.open_intent().is_some() {
            self.decide(run).await?;
        }
        for index in 0..self.course.next {
            let sql = self.course.work.sql(index);
            if sets_session(sql) {
                self.session
                    .execute(sql)
                    .await
                    .map_err(|error| Stopped { ran: self.course.next, ..Stopped::at(index, error) })?;
            }
        }
        // Also without a statement the revision has a row, so that the last transaction is the same.
        self.begin(run).await?;
        while self.course.next < self.course.work.len() {
            if let Some(wish) = run.wish() {
                let stopped = self.failed(run, wish).await;
                return Err(Stopped { index: None, ..stopped }.into());
            }
            self.statement(run).await?;
            self.course.next += 1;
            run.ran(self.course.work, self.course.next);
        }
        Ok(())
    }

    /// Makes the journal's row ours. Waits for a statement of a dead run that still works in a transaction.
    async fn begin(&mut self, run: &mut Run<'_>) -> Result<(), Halt> {
        let Some(sql) = self.course.begin(run, &self.name) else { return Ok(()) };
        let mut text = Text::default();
        limited(&mut text);
        let claimed = text.one(DialectName::Postgres, &sql);
        text.own("COMMIT");
        match self.patiently(run, &text).await {
            Ok(()) => {
                self.course.begun = true;
                Ok(())
            }
            // A statement of the attempt before has just been committed, or its row.
            Err(failed)
                if failed.completed == claimed
                    && (failed.error.code.as_deref() == Some("22012")
                        || failed.error.kind == ErrorKind::AlreadyExists) =>
            {
                Err(Halt::GoneOn(taken_over(self.course.next)))
            }
            Err(failed) => Err(Stopped::between(self.course.next, failed.error).into()),
        }
    }

    async fn statement(&mut self, run: &mut Run<'_>) -> Result<(), Halt> {
        let (index, sql) = (self.course.next, self.course.work.sql(self.course.next));
        if needs_no_transaction(sql) {
            return self.outside(run).await;
        }
        let mut text = Text::marked(&self.course.attempt);
        limited(&mut text);
        // First, so that whoever comes after us waits for this transaction.
        let done = self.course.slip(run, &self.name).done(index, index + 1, self.course.ran(index + 1));
        let done = text.one(DialectName::Postgres, &done);
        text.own("SAVEPOINT alembic_statement");
        text.script(index, sql);
        text.own("RELEASE SAVEPOINT alembic_statement");
        text.own("COMMIT");
        let Err(failed) = self.patiently(run, &text).await else { return Ok(()) };
        if failed.completed == done && failed.error.kind == ErrorKind::Other {
            return Err(taken_over(index).into());
        }
        let (origin, position) = text.blame(&failed);
        let mut error = failed.error;
        if error.kind == ErrorKind::ForbiddenInTransaction {
            return self.outside(run).await;
        }
        error.position = position.filter(|_| origin == Origin::Script(index));
        Err(self.failed(run, error).await.into())
    }

    /// Sends a text that is a transaction, and again as long as a lock is in its way.
    async fn patiently(&mut self, run: &mut Run<'_>, text: &Text) -> Result<(), BatchError> {
        let mut retry = Retry::new();
        loop {
            let cancellation = cancel_marked(run.table.dialect(), &self.course.attempt);
            let running = run.under_way.begin(cancellation);
            let sent = self.session.batch(&text.sql).await;
            drop(running);
            let Err(failed) = sent else { return Ok(()) };
            if failed.error.kind != ErrorKind::ConnectionLost {
                let _ = self.session.execute("ROLLBACK").await;
            }
            match retry.after(&failed.error, run.options) {
                Some(pause) => run.pause(self.course.work, &failed.error, pause).await,
                None => return Err(failed),
            }
        }
    }

    /// Runs a statement that no transaction may surround, announced before and noted after.
    async fn outside(&mut self, run: &mut Run<'_>) -> Result<(), Halt> {
        let (index, sql) = (self.course.next, self.course.work.sql(self.course.next));
        // Whoever lost the lock must not go on.
        if let Err(error) = run.batch("SELECT 1").await {
            return Err(Stopped::between(index, error).into());
        }
        let kind = Outside::of(sql);
        let dialect = run.table.dialect();
        let intended = alembic_revisions::checksum::of_statement(sql, dialect.name());
        let slip = self.course.slip(run, &self.name);
        let intend = slip.intend(index, intended, &kind.id(dialect));
        if self.session.execute(&intend).await.map_err(|error| Stopped::between(index, error))? != 1 {
            return Err(taken_over(index).into());
        }
        let mark = mark(&self.course.attempt);
        let running = run.under_way.begin(cancel_marked(dialect, &self.course.attempt));
        let sent = self.session.execute(&format!("{mark}{sql}")).await;
        drop(running);
        if let Err(mut error) = sent {
            error.position = error.position.filter(|range| range.start >= mark.len());
            error.position = error.position.map(|range| range.start - mark.len()..range.end - mark.len());
            let left = outside::heal(&mut *self.session, dialect, &kind, &error).await;
            if left == Remains::Nothing {
                let forget = self.course.slip(run, &self.name).forget_intent(index, "true");
                let _ = self.session.execute(&forget).await;
            }
            let mut fault = self.failed(run, error).await;
            fault.remains = left;
            return Err(fault.into());
        }
        self.note(run).await
    }

    /// Notes that the next statement is done.
    async fn note(&mut self, run: &mut Run<'_>) -> Result<(), Halt> {
        let index = self.course.next;
        let done = self.course.slip(run, &self.name).done(index, index + 1, self.course.ran(index + 1));
        match self.session.execute(&done).await {
            Ok(1) => Ok(()),
            Ok(_) => Err(taken_over(index).into()),
            Err(error) => Err(Stopped { ran: index + 1, ..Stopped::between(index, error) }.into()),
        }
    }

    async fn failed(&mut self, run: &mut Run<'_>, error: DatabaseError) -> Stopped {
        if error.kind != ErrorKind::ConnectionLost {
            let _ = self.session.execute(&self.course.slip(run, &self.name).delete_unless_begun()).await;
        }
        Stopped::at(self.course.next, error)
    }

    /// Finds out whether the statement that a run was killed in took effect.
    async fn decide(&mut self, run: &mut Run<'_>) -> Result<(), Halt> {
        let Some(found) = self.course.open_intent().cloned() else { return Ok(()) };
        outside::wait_for(&mut *self.session, run, &found.attempt).await?;
        let kind = Outside::of(self.course.work.sql(self.course.next));
        let dialect = run.table.dialect();
        let same = self.course.intent_is_same(dialect.name());
        let verdict = if same || kind == Outside::Repeatable {
            outside::verdict(&mut *self.session, dialect, &kind, found.fingerprint.as_deref()).await
        } else {
            Ok(outside::Verdict::Unknown)
        };
        match verdict.map_err(|error| Stopped::between(found.done, error))? {
            outside::Verdict::Done => self.course.next += 1,
            outside::Verdict::NotDone => {}
            outside::Verdict::Unknown => return Err(outside::undecided(run, &self.course, same).into()),
        }
        Ok(())
    }
}

fn taken_over(ran: usize) -> Stopped {
    let reason = "another program changed the journal's row of this revision".to_owned();
    Stopped { index: None, ran, remains: Remains::Elsewhere, error: None, reason }
}

/// Moves the rows in the transaction that holds the lock.
async fn finish(
    run: &mut Run<'_>,
    trip: &Trip<'_>,
    course: &Course<'_>,
    name: &TableName,
    token: i64,
) -> Result<(), Halt> {
    let work = course.work;
    let told = |error: DatabaseError| match error.kind {
        ErrorKind::ConnectionLost => Stopped::between(work.len(), error),
        _ => Stopped::after_all(work, error.to_string()),
    };
    own_table(run, trip).await?;
    let rows = run.session.rows(&run.table.select()).await.map_err(told)?;
    let rows: Rows = rows.into_iter().filter_map(|row| first_value(vec![row])).collect();
    if rows != run.rows {
        return Err(Stopped::after_all(work, "another program changed the version table meanwhile").into());
    }
    let mut text = Text::default();
    for sql in run.table.change(work.change) {
        text.one(DialectName::Postgres, &sql);
    }
    let count = lock::count_up(run.table.dialect(), &run.table.lock_name(), token, &run.options.owner);
    text.one(DialectName::Postgres, &count);
    text.one(DialectName::Postgres, &course.slip(run, name).delete());
    let record = run.history_row(work, &course.attempt, Start::Ago(trip.started.elapsed()));
    record.iter().for_each(|record| _ = text.own(record));
    text.own("COMMIT");
    match run.batch(&text.sql).await {
        Ok(_) => Ok(()),
        Err(error) if error.code.as_deref() == Some("22012") => {
            Err(Stopped::after_all(work, "the version table, its lock or the journal changed meanwhile").into())
        }
        Err(error) => Err(told(error).into()),
    }
}

/// Keeps Alembic out while the rows move; not earlier, because a waiting Alembic would stop CREATE INDEX CONCURRENTLY.
async fn own_table(run: &mut Run<'_>, trip: &Trip<'_>) -> Result<(), Stopped> {
    let work = trip.work;
    let lock = format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE NOWAIT", run.table.sql());
    let mut wait = Wait::new();
    loop {
        let error = match run.batch(&format!("SAVEPOINT alembic_table; {lock}")).await {
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        if error.kind == ErrorKind::ConnectionLost {
            return Err(Stopped::between(work.len(), error));
        }
        let back = run.batch("ROLLBACK TO SAVEPOINT alembic_table").await;
        if !error.is_transient() || back.is_err() {
            return Err(Stopped::after_all(work, error.to_string()));
        }
        wait.poll(run).await.map_err(|error| Stopped::after_all(work, error.to_string()))?;
    }
}
