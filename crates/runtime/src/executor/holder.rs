//! Who holds the lock that we wait for, as far as the database tells.
//!
//! Read [`find`] first.

use alembic_revisions::DialectName;

use crate::event::Holder;
use crate::session::Session;
use crate::version_table::VersionTable;

/// Asks the database for the holder; a default one if it does not know or does not tell.
pub(crate) async fn find(session: &mut dyn Session, table: &VersionTable) -> Holder {
    let dialect = table.dialect();
    let query = match dialect.name() {
        DialectName::Sqlite => return Holder::default(),
        DialectName::Postgres => postgres_query(table),
        DialectName::Mysql => mysql_query(table),
    };
    let row = session.rows(&query).await.ok().and_then(|rows| rows.into_iter().next());
    let Ok([process, application, user, address, owner, seconds]) = <[_; 6]>::try_from(row.unwrap_or_default()) else {
        return Holder::default();
    };
    Holder { process, application, user, address, owner, seconds }
}

/// A row lock shows as a lock of the relation, too; readers of the version table are not in our way.
fn postgres_query(table: &VersionTable) -> String {
    let dialect = table.dialect();
    let (lock, version) = (dialect.literal(&table.lock_sql()), dialect.literal(&table.sql()));
    format!(
        "SELECT a.pid::text, a.application_name::text, a.usename::text, host(a.client_addr), NULL, \
         extract(epoch FROM now() - a.xact_start)::bigint::text \
         FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid) \
         WHERE l.granted AND a.pid <> pg_backend_pid() AND l.mode <> 'AccessShareLock' \
         AND l.relation IN (to_regclass({lock}), to_regclass({version})) ORDER BY a.xact_start LIMIT 1"
    )
}

fn mysql_query(table: &VersionTable) -> String {
    format!(
        "SELECT p.id, NULL, p.user, p.host, l.owner, p.time FROM (SELECT IS_USED_LOCK({}) AS id) used \
         LEFT JOIN information_schema.processlist p ON p.id = used.id LEFT JOIN {} l ON l.id = 1 \
         WHERE used.id IS NOT NULL",
        lock_name(table),
        table.lock_sql()
    )
}

/// Returns MySQL's name of the lock as an expression: such names are the server's, not the database's, and short.
pub(super) fn lock_name(table: &VersionTable) -> String {
    format!("CONCAT('alembic_', SHA1({}))", table.dialect().literal(&table.sql()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holders_are_shown_with_what_is_known() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(Holder::default().to_string(), "another program");
        let holder = Holder {
            process: some("4711"),
            application: some("alem\u{1b}bic"),
            user: some("ann"),
            address: some(""),
            owner: None,
            seconds: some("12"),
        };
        assert_eq!(holder.to_string(), "connection 4711 (`alem\\u{1b}bic`, user ann, for 12 s)");
    }
}
