//! PostgreSQL: the texts of a transactional revision, see `reliability.md` §2.
//!
//! Everything is SET LOCAL and every bookkeeping name has its schema, so it works behind a pooler and with scripts that
//! change `search_path`. Read [`begin`] first.

use super::super::run::Run;
use super::super::rust_step::{self, RustFailure};
use super::super::text::{Origin, Text};
use super::super::under_way::cancel_marked;
use super::fault::Fault;
use super::{Reading, Segment};
use crate::journal::history::Start;
use crate::session::{BatchError, ErrorKind};
use crate::version_table::{first_value, lock};

/// PostgreSQL 14 and newer notice a client that went away while a statement runs; on some systems other than Linux the
/// setting is an error.
pub(in super::super) const CHECK_CONNECTION: &str = "SELECT CASE WHEN current_setting('server_version_num')::int >= 140000 \
     AND version() LIKE '%linux%' THEN pg_catalog.set_config('client_connection_check_interval', '1s', true) END";

/// Statements beyond this travel in a further text, because the driver keeps a copy of each text.
const LONG: usize = 256 * 1024;

/// Adds the beginning of a transaction that owns the lock, or fails at once if another one does.
///
/// READ COMMITTED is written out because a role's default must not leak in; READ WRITE is not, because a default of
/// read-only is somebody's wish.
pub(super) fn begin(text: &mut Text, run: &Run<'_>) -> Reading {
    let table = &run.table;
    text.own("BEGIN ISOLATION LEVEL READ COMMITTED");
    text.own("SET LOCAL statement_timeout = 0");
    text.own("SET LOCAL idle_in_transaction_session_timeout = '60s'");
    let token = text.own(&format!("SELECT token FROM {} WHERE id = 1 FOR UPDATE NOWAIT", table.lock_sql()));
    // Keeps Alembic out, which knows nothing of our lock; readers come through.
    text.own(&format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE NOWAIT", table.sql()));
    Reading { token: Some(token), glance: run.glance(text) }
}

impl Segment<'_, '_> {
    /// Sends the statements, the guard around them and the change of the rows as one text.
    pub(super) async fn apply_postgres(&mut self) -> Result<(), Fault> {
        let work = self.work();
        let guard = format!("alembic_{:012x}", fastrand::u64(..) >> 16);
        let token = self.open.as_ref().map_or(0, |open| open.token);
        let mut text = Text::marked(&self.attempt);
        text.own(CHECK_CONNECTION);
        // Whoever waits for a strong lock stalls every reader behind it.
        text.own("SET LOCAL lock_timeout = '2s'");
        let savepoint = text.own(&format!("SAVEPOINT {guard}"));
        let (text, savepoint) = self.send_long(text, savepoint, &guard).await?;
        let (mut text, savepoint) = self.rust_step(text, savepoint, &guard).await?;
        let release = text.own(&format!("RELEASE SAVEPOINT {guard}"));
        let resets = ["RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL"];
        let limits = ["SET LOCAL statement_timeout = 0", "SET LOCAL idle_in_transaction_session_timeout = '60s'"];
        for own in resets.into_iter().chain(self.run.session.settings()).chain(limits) {
            text.own(own);
        }
        let table = &self.run.table;
        if work.purge {
            text.own(&table.delete_all());
        }
        let mut counted: Vec<usize> = table.change(work.change).iter().map(|sql| text.own(sql)).collect();
        let owner = &self.run.options.owner;
        counted.push(text.own(&lock::count_up(table.dialect(), &table.lock_name(), token, owner)));
        let start = if self.is_single() && self.at > self.range.start { Start::Previous } else { Start::Transaction };
        let recorded = self.journal(&mut text, start);
        counted.extend(recorded);
        let running = self.run.under_way.begin(cancel_marked(self.run.table.dialect(), &self.attempt));
        let sent = self.run.session.batch(&text.sql).await;
        drop(running);
        if let Some(open) = &mut self.open {
            open.token += 1;
            // A syntax error anywhere in the text stops it before the savepoint.
            let inside = |failed: &BatchError| {
                savepoint.is_none_or(|savepoint| savepoint < failed.completed) && failed.completed <= release
            };
            open.guard = sent.as_ref().is_err_and(inside).then_some(guard);
        }
        match sent {
            Ok(counts) if counted.iter().all(|index| counts.get(*index) == Some(&1)) => Ok(()),
            Ok(_) => Err(Fault::RowMismatch),
            Err(failed) if failed.completed == release && failed.error.kind == ErrorKind::NoTransaction => {
                Err(Fault::Ended)
            }
            Err(failed) if failed.completed == release && rust_step::is_wanted(self.run, work) => {
                Err(Fault::Rust(RustFailure::unheard(failed.error)))
            }
            Err(failed) if Some(failed.completed) == recorded => Err(Fault::History(failed.error)),
            Err(failed) => Err(blamed(&text, failed)),
        }
    }
}

impl Segment<'_, '_> {
    /// Adds the statements; those beyond [`LONG`] are sent. Returns the text that is left, and where its savepoint is:
    /// none if that is behind us.
    async fn send_long(
        &mut self,
        mut text: Text,
        savepoint: usize,
        guard: &str,
    ) -> Result<(Text, Option<usize>), Fault> {
        let mut savepoint = Some(savepoint);
        for (index, sql) in self.work().statements().enumerate() {
            text.script(index, sql);
            if text.sql.len() <= LONG {
                continue;
            }
            self.send_part(&text, savepoint, guard).await?;
            text = Text::default();
            savepoint = None;
        }
        Ok((text, savepoint))
    }

    /// Sends what comes before the savepoint's release.
    async fn send_part(&mut self, text: &Text, savepoint: Option<usize>, guard: &str) -> Result<(), Fault> {
        let Err(failed) = self.run.session.batch(&text.sql).await else { return Ok(()) };
        let inside = savepoint.is_none_or(|savepoint| savepoint < failed.completed);
        if let Some(open) = &mut self.open {
            open.guard = inside.then(|| guard.to_owned());
        }
        Err(blamed(text, failed))
    }

    /// Sends the text and runs the Rust code behind it, if there is some; returns what is left, as [`Segment::send_long`].
    async fn rust_step(
        &mut self,
        text: Text,
        savepoint: Option<usize>,
        guard: &str,
    ) -> Result<(Text, Option<usize>), Fault> {
        let work = self.work();
        if !rust_step::is_wanted(self.run, work) {
            return Ok((text, savepoint));
        }
        let running = self.run.under_way.begin(cancel_marked(self.run.table.dialect(), &self.attempt));
        let sent = self.send_part(&text, savepoint, guard).await;
        drop(running);
        sent?;
        if let Some(open) = &mut self.open {
            open.guard = Some(guard.to_owned());
        }
        // Texts of the application are not marked.
        let process = self.run.session.rows("SELECT pg_backend_pid()").await.map_err(Fault::Own)?;
        let process = first_value(process).unwrap_or_default();
        let running = self.run.under_way.begin(format!("SELECT pg_cancel_backend({process})"));
        let outcome = rust_step::run(self.run, work).await;
        drop(running);
        outcome.map_err(Fault::Rust)?;
        Ok((Text::default(), None))
    }
}

fn blamed(text: &Text, failed: BatchError) -> Fault {
    match text.blame(&failed) {
        (Origin::Script(index), position) => Fault::Statement { index, position, error: failed.error },
        (Origin::Own, _) => Fault::Own(failed.error),
    }
}
