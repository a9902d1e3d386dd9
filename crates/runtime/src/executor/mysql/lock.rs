//! The lock on MySQL and MariaDB: GET_LOCK on the connection that works, then the token of the lock's row.
//!
//! GET_LOCK ends with the server's thread, that is, after a dead client's ALTER is over. Where several primaries exist
//! it holds on one of them only; there a lease in the lock's row decides, renewed from a second connection. Read
//! [`own`] first.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};

use super::super::failure::{Cause, ExecuteError};
use super::super::holder::lock_name;
use super::super::patience::Wait;
use super::super::run::Run;
use crate::session::{DatabaseError, ErrorKind, Session};
use crate::version_table::{VersionTable, first_value, lock as lock_sql};

/// By the server's clock, since clients' clocks differ.
const LEASE_END: &str = "UTC_TIMESTAMP(6) + INTERVAL 30 SECOND";
const RENEW_EVERY: Duration = Duration::from_secs(10);

/// The settings that scripts change most; `lock_wait_timeout` is 86,400 s by default, and whoever waits that long for
/// an exclusive lock stalls every reader behind it.
const SETTINGS: &str = "SELECT CONCAT('SET SESSION autocommit = 1, lock_wait_timeout = 2, foreign_key_checks = ', \
     @@SESSION.foreign_key_checks, ', unique_checks = ', @@SESSION.unique_checks, ', sql_mode = ', \
     QUOTE(@@SESSION.sql_mode), ', time_zone = ', QUOTE(@@SESSION.time_zone), ', character_set_client = ', \
     @@SESSION.character_set_client, ', character_set_results = ', \
     COALESCE(@@SESSION.character_set_results, 'NULL'), ', collation_connection = ', @@SESSION.collation_connection), \
     @@SESSION.lock_wait_timeout, CONNECTION_ID()";

const MULTI_PRIMARY: &str = "SHOW VARIABLES WHERE \
     (Variable_name = 'wsrep_on' AND Value = 'ON') \
     OR (Variable_name = 'group_replication_single_primary_mode' AND Value = 'OFF')";

/// The lock that this run owns.
pub(super) struct Lock {
    token: i64,
    /// The statements that put the session back as it was.
    pub settings: String,
    lock_wait_timeout: String,
    /// The server's number of the connection.
    connection: String,
    lease: Option<Lease>,
}

/// A lock that expires unless it is renewed.
struct Lease {
    session: Box<dyn Session>,
    renew: String,
    lost: bool,
}

impl Lock {
    /// Returns the statement that affects one row only while the lock is ours.
    pub fn proof(&self, table: &VersionTable) -> String {
        format!("UPDATE {} SET token = token WHERE id = 1 AND token = {}", table.lock_sql(), self.token)
    }

    /// Returns a condition that holds only while the lock is ours.
    pub fn condition(&self, table: &VersionTable) -> String {
        format!("EXISTS (SELECT 1 FROM {} WHERE id = 1 AND token = {})", table.lock_sql(), self.token)
    }

    /// Returns the SQL that cancels the statement under way, for another connection.
    pub fn cancellation(&self) -> String {
        format!("KILL QUERY {}", self.connection)
    }

    pub fn is_lost(&self) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.lost)
    }

    /// Waits for `work`, and renews the lease meanwhile where there is one.
    pub async fn kept_alive<T>(&mut self, work: impl Future<Output = T>) -> T {
        let Some(lease) = &mut self.lease else { return work.await };
        let mut work = pin!(work);
        loop {
            let pause = pin!(tokio::time::sleep(RENEW_EVERY));
            match select(work.as_mut(), pause).await {
                Either::Left((answer, _)) => return answer,
                Either::Right(_) => lease.lost |= lease.session.execute(&lease.renew).await != Ok(1),
            }
        }
    }
}

/// Waits until the lock is ours.
pub(super) async fn own(run: &mut Run<'_>) -> Result<Lock, ExecuteError> {
    let failed = |run: &Run<'_>, error| run.fail(Cause::Database(error));
    let settings = run.session.rows(SETTINGS).await.map_err(|error| failed(run, error))?;
    let [Some(settings), Some(lock_wait_timeout), Some(connection)] =
        <[_; 3]>::try_from(settings.into_iter().next().unwrap_or_default()).unwrap_or_default()
    else {
        return Err(failed(run, DatabaseError::new(ErrorKind::Other, "the server does not tell its settings")));
    };
    let database = run.table.name().schema.clone().unwrap_or_default();
    let kind = run.session.rows(MULTI_PRIMARY).await.ok().and_then(first_value);
    let multiple = kind.is_some();
    // A node of Galera may answer from before another node's commit.
    let sync = if kind.as_deref() == Some("wsrep_on") { ", wsrep_sync_wait = 1" } else { "" };
    let settings = format!("{settings}{sync};\nUSE {}", run.table.dialect().quote(&database));
    run.batch(&settings).await.map_err(|error| failed(run, error))?;
    let token = claim(run, multiple).await?;
    let mut lock = Lock { token, settings, lock_wait_timeout, connection, lease: None };
    if multiple {
        lock.lease = Some(lease(run, token).await?);
    }
    Ok(lock)
}

/// Takes the lock on a new connection.
pub(super) async fn own_again(run: &mut Run<'_>, lock: &mut Lock) -> Result<(), ExecuteError> {
    *lock = own(run).await?;
    Ok(())
}

/// Gives the lock back and leaves the session as it was; whatever fails here ends with the connection.
pub(super) async fn release(run: &mut Run<'_>, lock: Lock) {
    if let Some(lease) = lock.lease {
        lease.session.close().await;
    }
    let text = format!(
        "UPDATE {} SET owner = NULL, lease_until = NULL WHERE id = 1 AND token = {};\nSELECT RELEASE_LOCK({});\n{};\n\
         SET SESSION lock_wait_timeout = {}",
        run.table.lock_sql(),
        lock.token,
        lock_name(&run.table),
        lock.settings,
        lock.lock_wait_timeout
    );
    let _ = run.batch(&text).await;
}

async fn claim(run: &mut Run<'_>, multiple: bool) -> Result<i64, ExecuteError> {
    let get = format!("SELECT GET_LOCK({}, 0)", lock_name(&run.table));
    let give_back = format!("SELECT RELEASE_LOCK({})", lock_name(&run.table));
    let mut wait = Wait::new();
    loop {
        run.check_cancelled()?;
        let got = match run.session.rows(&get).await {
            Ok(rows) => match first_value(rows).as_deref() {
                Some("1") => true,
                Some(_) => false,
                None => return Err(run.fail(Cause::Database(no_answer()))),
            },
            // Some clusters refuse the function; there the lease alone decides.
            Err(error) if multiple && matches!(error.code.as_deref(), Some("1105" | "1235" | "1305")) => true,
            Err(error) => return Err(run.fail(Cause::Database(error))),
        };
        if got {
            match take_token(run, multiple).await {
                Ok(Some(token)) => return Ok(token),
                Ok(None) => {}
                Err(error) if error.is_transient() => {}
                Err(error) => return Err(run.fail(Cause::Database(error))),
            }
            let _ = run.batch(&give_back).await;
        }
        wait.poll(run).await?;
    }
}

/// GET_LOCK returns NULL when the server has no memory for the lock or is ending the connection.
fn no_answer() -> DatabaseError {
    DatabaseError::new(ErrorKind::Other, "the server cannot give the lock: GET_LOCK returned NULL")
}

/// Counts the token up; none if somebody else did.
async fn take_token(run: &mut Run<'_>, multiple: bool) -> Result<Option<i64>, DatabaseError> {
    let query = format!("SELECT token FROM {} WHERE id = 1", run.table.lock_sql());
    let token = |rows| first_value(rows).and_then(|token| token.parse::<i64>().ok());
    let mut seen = token(run.session.rows(&query).await?);
    if seen.is_none() {
        // The row is missing when the table is new.
        let _ = run.table.ensure_lock_row(run.session).await;
        seen = token(run.session.rows(&query).await?);
    }
    let Some(seen) = seen else { return Ok(None) };
    let dialect = run.table.dialect();
    let sql = if multiple {
        let (table, owner) = (run.table.lock_sql(), lock_sql::owner_literal(dialect, &run.options.owner));
        format!(
            "UPDATE {table} SET token = token + 1, owner = {owner}, lease_until = {LEASE_END} \
             WHERE id = 1 AND token = {seen} \
             AND (owner IS NULL OR lease_until IS NULL OR lease_until < UTC_TIMESTAMP(6))"
        )
    } else {
        lock_sql::count_up(dialect, &run.table.lock_name(), seen, &run.options.owner)
    };
    if run.session.execute(&sql).await? != 1 {
        return Ok(None);
    }
    Ok(Some(seen + 1))
}

async fn lease(run: &mut Run<'_>, token: i64) -> Result<Lease, ExecuteError> {
    let renew =
        format!("UPDATE {} SET lease_until = {LEASE_END} WHERE id = 1 AND token = {token}", run.table.lock_sql());
    let mut session = run.session.open_beside().await.map_err(|error| run.fail(error))?;
    match session.execute(&renew).await {
        Ok(1) => Ok(Lease { session, renew, lost: false }),
        Ok(_) => Err(run.fail(Cause::Database(DatabaseError::new(ErrorKind::Other, "the lock was taken over")))),
        Err(error) => Err(run.fail(Cause::Database(error))),
    }
}
