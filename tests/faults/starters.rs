//! Many programs start at the same moment, as the containers of one deployment do.
//!
//! Each must end with 0, and each statement must have run once. Read [`rounds`] first.

use super::subject::{History, PATIENCE, Running, Start, Subject, Way, scripts};
use super::tally::{Aid, Outcome, Tally, wanted};
use crate::databases::{Database, Server};

/// So many rounds of each kind in the full sweep; in the short run one.
const ROUNDS: usize = 10;

fn rounds(server: Server, way: Way, history: History) {
    for starters in [8, 20] {
        for start in [Start::Fresh, Start::Installed] {
            if wanted().is_none() && starters == 20 && (start == Start::Installed || server == Server::Sqlite) {
                continue;
            }
            let Some(subject) = Database::new(server).map(|new| Subject::of(new, &slow(server, history), start)) else {
                return;
            };
            let mut tally = Tally::new(&format!("{server:?}, {way:?}|{history:?}|{starters} starters, {start:?}"));
            for round in 0..if wanted().is_some() { ROUNDS } else { 1 } {
                let Some(outcome) = at_once(&subject, way, starters) else { return };
                tally.add(&format!("round {round}"), outcome, Aid::None);
            }
            tally.finish();
        }
    }
}

/// The usual revisions, each of which takes a while, so that the others come meanwhile.
fn slow(server: Server, history: History) -> Vec<(&'static str, String)> {
    let pause = match server {
        Server::Postgres => "SELECT pg_sleep(0.03);\n",
        Server::Mariadb => "DO SLEEP(0.03);\n",
        Server::Sqlite => "",
    };
    scripts(server, history).into_iter().map(|(id, sql)| (id, sql + pause)).collect()
}

/// None where the pooler is missing and may be.
fn at_once(subject: &Subject, way: Way, starters: usize) -> Option<Outcome> {
    subject.reset();
    let command = || match (subject.database.server, way) {
        (Server::Sqlite, _) => Some(subject.project.command(&["upgrade", "-q"])),
        _ => Some(subject.upgrade_at(&subject.address(way)?)),
    };
    command()?;
    let mut runs: Vec<Running> = (0..starters).filter_map(|_| command().map(Running::start)).collect();
    let mut failed = Vec::new();
    for run in &mut runs {
        let ended = run.end_within(PATIENCE);
        if !ended.is_some_and(|ended| ended.success()) {
            failed.push(format!("{ended:?}: {}", run.said()));
        }
    }
    Some(match (subject.compare("after all have ended"), failed.as_slice()) {
        (Outcome::Exact, [first, ..]) => Outcome::Stuck(format!("{} of {starters} failed\n{first}", failed.len())),
        (outcome, _) => outcome,
    })
}

#[test]
fn starters_on_sqlite() {
    rounds(Server::Sqlite, Way::Direct, History::Transactions);
}

#[test]
fn starters_on_sqlite_outside_of_transactions() {
    rounds(Server::Sqlite, Way::Direct, History::Outside);
}

#[test]
fn starters_on_postgres() {
    rounds(Server::Postgres, Way::Direct, History::Transactions);
}

#[test]
fn starters_on_postgres_outside_of_transactions() {
    rounds(Server::Postgres, Way::Direct, History::Outside);
}

#[test]
fn starters_on_pgbouncer() {
    rounds(Server::Postgres, Way::Pooled, History::Transactions);
}

#[test]
fn starters_on_pgbouncer_outside_of_transactions() {
    rounds(Server::Postgres, Way::Pooled, History::Outside);
}

#[test]
fn starters_on_mariadb() {
    rounds(Server::Mariadb, Way::Direct, History::Outside);
}
