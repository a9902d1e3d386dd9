//! What the server's owner has set, and what changes there while we run: isolation, time limits, rights, connections.
//!
//! Read [`settings_of_the_database`] first.

use std::process::Command;

use super::subject::{History, PATIENCE, Running, Start, Subject, scripts};
use super::tally::Outcome;
use super::wire::midway;
use crate::databases::{Database, Server, missing};

/// Starts so many programs, each of which must succeed.
#[track_caller]
fn all_succeed(subject: &Subject, starters: usize, told: &str) {
    let start = |_| Running::start(subject.project.command(&["upgrade", "-q"]));
    let mut runs: Vec<Running> = (0..starters).map(start).collect();
    for run in &mut runs {
        let ended = run.end_within(PATIENCE);
        assert!(ended.is_some_and(|ended| ended.success()), "{told}: {ended:?} {}", run.said());
    }
    assert_eq!(subject.compare(told), Outcome::Exact);
}

#[test]
fn settings_of_the_database() {
    for history in [History::Transactions, History::Outside] {
        let mut slow = scripts(Server::Postgres, history);
        slow[1].1.push_str("SELECT pg_sleep(0.3);\n");
        let Some(database) = Database::new(Server::Postgres) else { return };
        let subject = Subject::of(database, &slow, Start::Fresh);
        let name = subject.database.query("SELECT current_database()");
        for setting in [
            "default_transaction_isolation = 'serializable'",
            "default_transaction_isolation = 'repeatable read'",
            "statement_timeout = '200ms'",
            "lock_timeout = '50ms'",
            "default_transaction_deferrable = on",
            "standard_conforming_strings = off",
            "client_min_messages = debug1",
            "idle_in_transaction_session_timeout = '100ms'",
        ] {
            subject.reset();
            subject.database.query(&format!("ALTER DATABASE {name} SET {setting}"));
            all_succeed(&subject, 4, &format!("{history:?}, {setting}"));
            subject.database.query(&format!("ALTER DATABASE {name} RESET ALL"));
        }
    }
}

/// A role of its own, with what it needs, on a database; it is dropped with this value.
struct Role<'d> {
    database: &'d Database,
    name: String,
}

impl<'d> Role<'d> {
    fn new(database: &'d Database, limit: usize) -> Self {
        let name = match database.server {
            Server::Postgres => database.query("SELECT current_database()"),
            _ => database.query("SELECT database()"),
        };
        let role = Role { database, name: format!("of_{name}") };
        let made = match database.server {
            Server::Postgres => {
                format!("CREATE ROLE {0} LOGIN CONNECTION LIMIT {limit}; GRANT ALL ON SCHEMA public TO {0}", role.name)
            }
            _ => format!(
                "CREATE USER {0}@'%' WITH MAX_USER_CONNECTIONS {limit}; GRANT ALL ON {name}.* TO {0}@'%'",
                role.name
            ),
        };
        database.query(&made);
        role
    }

    fn upgrade(&self, subject: &Subject, address: &str) -> Command {
        let url = self.database.url_at(address);
        let (scheme, rest) = url.split_once("://").expect("a scheme");
        let rest = rest.split_once('@').expect("a user").1;
        subject.project.command(&["upgrade", "-q", "-D", &format!("{scheme}://{}@{rest}", self.name)])
    }
}

impl Drop for Role<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = match self.database.server {
                Server::Postgres => {
                    self.database.attempt(&format!("DROP OWNED BY {0} CASCADE; DROP ROLE {0}", self.name))
                }
                _ => self.database.attempt(&format!("DROP USER {}@'%'", self.name)),
            };
        }
    }
}

#[test]
fn one_connection_is_enough_and_two_outside_of_transactions() {
    for (server, history, limit, starters) in [
        (Server::Postgres, History::Transactions, 1, 3),
        // Whoever waits for the lock has one of the two already.
        (Server::Postgres, History::Outside, 2, 1),
        (Server::Mariadb, History::Outside, 1, 3),
    ] {
        let Some(subject) = Subject::new(server, history, Start::Fresh) else { return };
        let address = subject.address(super::subject::Way::Direct).expect("an address");
        let role = Role::new(&subject.database, limit);
        subject.reset();
        if server == Server::Postgres {
            subject.database.query(&format!("GRANT ALL ON SCHEMA public TO {}", role.name));
        }
        // Several at once: those that get no connection wait for one.
        let mut runs: Vec<Running> = (0..starters).map(|_| Running::start(role.upgrade(&subject, &address))).collect();
        for run in &mut runs {
            let ended = run.end_within(PATIENCE);
            assert!(ended.is_some_and(|ended| ended.success()), "{server:?}, {history:?}: {ended:?} {}", run.said());
        }
        assert_eq!(subject.compare("with few connections"), Outcome::Exact, "{server:?}, {history:?}");
        if history == History::Outside && server == Server::Postgres {
            subject.reset();
            subject
                .database
                .query(&format!("GRANT ALL ON SCHEMA public TO {0}; ALTER ROLE {0} CONNECTION LIMIT 1", role.name));
            let mut run = Running::start(role.upgrade(&subject, &address));
            assert_eq!(run.end_within(PATIENCE).and_then(|ended| ended.code()), Some(4), "{}", run.said());
            assert!(run.said().contains("too many connections"), "{}", run.said());
        }
    }
}

#[test]
fn rights_lost_midway() {
    for (server, history) in [
        (Server::Postgres, History::Transactions),
        (Server::Postgres, History::Outside),
        (Server::Mariadb, History::Outside),
    ] {
        let Some(subject) = Subject::new(server, history, Start::Fresh) else { return };
        let role = Role::new(&subject.database, 5);
        subject.reset();
        let name = &role.name;
        let (grant, revoke) = match server {
            Server::Postgres => (
                format!("GRANT ALL ON SCHEMA public TO {name}"),
                format!("REVOKE CREATE ON SCHEMA public FROM public, {name}"),
            ),
            _ => {
                let database = name.trim_start_matches("of_");
                (
                    format!("GRANT ALL ON {database}.* TO {name}@'%'"),
                    format!("REVOKE ALL ON {database}.* FROM {name}@'%'"),
                )
            }
        };
        subject.database.query(&grant);
        let command = |address: &str| role.upgrade(&subject, address);
        let (ended, said) = midway(&subject, command, "r3", || _ = subject.database.query(&revoke));
        let status = ended.and_then(|ended| ended.code());
        assert!(matches!(status, Some(4 | 7)), "{server:?}, {history:?}: {status:?} {said}");
        assert!(said.to_lowercase().contains("denied"), "{server:?}, {history:?}: {said}");
        subject.database.query(&grant);
        let address = subject.address(super::subject::Way::Direct).expect("an address");
        let mut again = Running::start(role.upgrade(&subject, &address));
        let ended = again.end_within(PATIENCE);
        assert!(ended.is_some_and(|ended| ended.success()), "{server:?}, {history:?}: {said}\n{}", again.said());
        assert_eq!(subject.compare("with its rights again"), Outcome::Exact, "{server:?}, {history:?}");
    }
}

/// Nothing that is stored depends on the clock of the client.
#[test]
fn the_clock_of_the_client_does_not_matter() {
    if Command::new("faketime").arg("--version").output().is_err() {
        return missing("faketime", "it is not installed");
    }
    for server in [Server::Postgres, Server::Mariadb] {
        let Some(subject) = Subject::new(server, History::Outside, Start::Fresh) else { return };
        for shift in ["-1d", "+366d"] {
            subject.reset();
            let real = subject.project.command(&["upgrade", "-q"]);
            let mut shifted = Command::new("faketime");
            shifted.args(["-f", shift]).arg(real.get_program()).args(real.get_args());
            shifted.current_dir(subject.project.root()).env("DATABASE_URL", &subject.database.url);
            let mut runs = [Running::start(shifted), Running::start(real)];
            for run in &mut runs {
                let ended = run.end_within(PATIENCE);
                assert!(ended.is_some_and(|ended| ended.success()), "{server:?}, {shift}: {ended:?} {}", run.said());
            }
            assert_eq!(subject.compare(shift), Outcome::Exact);
            let off = match server {
                Server::Postgres => "abs(extract(epoch FROM now()::timestamp - finished_at::timestamp)) > 86000",
                _ => "abs(timestampdiff(SECOND, finished_at, utc_timestamp())) > 80000",
            };
            let count = subject.database.query(&format!("SELECT count(*) FROM alembic_version_history WHERE {off}"));
            assert_eq!(count, "0", "{server:?}, {shift}");
        }
    }
}
