//! The program that holds the lock stands still for longer than others wait for it, and then goes on.
//!
//! Read [`sweep`] first.

use std::time::Duration;

use super::proxy::{Mark, Moment, Proxy, Wire};
use super::subject::{History, PATIENCE, Running, Start, Subject, Way};
use super::tally::{Aid, Outcome, Tally, spread, wanted};
use super::wire::points;
use crate::databases::{Database, Server};

const FEW: usize = 3;
const MANY: usize = 60;

fn sweep(server: Server, history: History) {
    let Some(subject) = Subject::new(server, history, Start::Installed) else { return };
    let Some(address) = subject.address(Way::Direct) else { return };
    let proxy = Proxy::start(if server == Server::Postgres { Wire::Postgres } else { Wire::Mysql }, &address);
    let mut tally = Tally::new(&format!("{server:?}, Direct|{history:?}|Stopped, continued"));
    let answered = |points: Vec<(usize, Moment)>| points.into_iter().filter(|(_, moment)| *moment == Moment::After);
    let points: Vec<_> = answered(points(&subject, &proxy)).collect();
    for (message, moment) in spread(&points, if wanted().is_some() { MANY } else { FEW }) {
        subject.reset();
        proxy.reset();
        let reached = proxy.hold_at(Mark::Number(message), moment);
        let mut run = Running::start(subject.upgrade_at(&proxy.address));
        let Ok(held) = reached.recv_timeout(PATIENCE) else { continue };
        run.signal("STOP");
        held.pass_on();
        let other = meanwhile(&subject);
        run.signal("CONT");
        let ended = run.end_within(PATIENCE);
        proxy.reset();
        let (outcome, aid) = match other {
            Ok(()) => subject.judge(ended, &run.said()),
            Err(why) => (Outcome::Wrong(why), Aid::SecondRun),
        };
        tally.add(&format!("{message} {moment:?}"), outcome, aid);
    }
    tally.finish();
}

/// Another program does the work, or gives up and says who has the lock.
fn meanwhile(subject: &Subject) -> Result<(), String> {
    let mut run = Running::start(subject.project.command(&["upgrade", "-q", "--lock-timeout", "1"]));
    let ended = run.end_within(PATIENCE).and_then(|ended| ended.code());
    let said = run.said();
    match ended {
        Some(0) => Ok(()),
        Some(6) if said.contains("holds the lock") => Ok(()),
        _ => Err(format!("the other program ended with {ended:?}: {said}")),
    }
}

#[test]
fn postgres_frozen() {
    sweep(Server::Postgres, History::Transactions);
}

#[test]
fn postgres_frozen_outside_of_transactions() {
    sweep(Server::Postgres, History::Outside);
}

#[test]
fn mariadb_frozen() {
    sweep(Server::Mariadb, History::Outside);
}

#[test]
fn sqlite_frozen() {
    let slow = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 4000000) \
                INSERT INTO runs SELECT 'r1.' || count(*) FROM c;\n";
    let scripts = [("r1", format!("CREATE TABLE runs (name text);\n{slow}"))];
    let subject = Subject::of(Database::at(Server::Sqlite, ""), &scripts, Start::Fresh);
    subject.reset();
    let mut run = Running::start(subject.project.command(&["upgrade", "-q"]));
    std::thread::sleep(Duration::from_millis(300));
    run.signal("STOP");
    let other = meanwhile_sqlite(&subject);
    run.signal("CONT");
    let ended = run.end_within(PATIENCE);
    assert_eq!(subject.judge(ended, &run.said()).0, Outcome::Exact, "beside one that {other}");
}

fn meanwhile_sqlite(subject: &Subject) -> &'static str {
    let mut run = Running::start(subject.project.command(&["upgrade", "-q", "--lock-timeout", "1"]));
    match run.end_within(PATIENCE).and_then(|ended| ended.code()) {
        Some(0) => "did it all",
        Some(6) => "waited in vain",
        status => panic!("{status:?}: {}", run.said()),
    }
}
