//! The tool is killed, or its connection is cut, at every message.
//!
//! Read [`sweep`] first.

use std::process::{Command, ExitStatus};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use super::proxy::{Mark, Moment, Proxy, Wire};
use super::subject::{History, PATIENCE, Running, Start, Subject, Way};
use super::tally::{Aid, Outcome, Tally, chosen};
use crate::databases::Server;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    /// `kill -9`.
    Kill,
    /// The tool lives and notices.
    Cut,
}

/// Enough to be seen in the short run.
const FEW: usize = 5;

/// Strikes at every message, before and after it, from an empty database and from one that has the first revision.
fn sweep(server: Server, way: Way, history: History, action: Action) {
    let wire = if server == Server::Postgres { Wire::Postgres } else { Wire::Mysql };
    let mut tally = Tally::new(&format!("{server:?}, {way:?}|{history:?}|{action:?}"));
    for start in [Start::Fresh, Start::Installed] {
        let Some(subject) = Subject::new(server, history, start) else { return };
        let Some(target) = subject.address(way) else { return };
        let proxy = Proxy::start(wire, &target);
        for (message, moment) in chosen(&points(&subject, &proxy), FEW) {
            if let Some((outcome, aid)) = trial(&subject, &proxy, action, message, moment) {
                tally.add(&format!("{start:?} {message} {moment:?}"), outcome, aid);
            }
        }
    }
    tally.finish();
}

/// Returns each moment of each message of an undisturbed run.
pub fn points(subject: &Subject, proxy: &Proxy) -> Vec<(usize, Moment)> {
    subject.reset();
    proxy.reset();
    let mut run = Running::start(subject.upgrade_at(&proxy.address));
    let ended = run.end_within(PATIENCE).expect("an end");
    assert!(ended.success(), "through the proxy: {}", run.said());
    assert_eq!(subject.compare("without a fault"), Outcome::Exact);
    let moments = |message| [Moment::Before, Moment::During, Moment::After].map(|moment| (message, moment));
    (1..=proxy.messages()).flat_map(moments).collect()
}

/// None if the run ended before the message.
fn trial(subject: &Subject, proxy: &Proxy, action: Action, message: usize, moment: Moment) -> Option<(Outcome, Aid)> {
    subject.reset();
    proxy.reset();
    let reached = proxy.hold_at(Mark::Number(message), moment);
    let mut run = Running::start(subject.upgrade_at(&proxy.address));
    let struck = loop {
        match reached.recv_timeout(Duration::from_millis(5)) {
            Ok(held) => {
                if action == Action::Kill {
                    run.kill();
                }
                held.cut();
                break true;
            }
            Err(RecvTimeoutError::Timeout) if !run.has_ended() => {}
            Err(_) => break false,
        }
    };
    let ended = run.end_within(PATIENCE);
    proxy.reset();
    struck.then(|| subject.judge(ended, &run.said()))
}

/// Does something else while the run is about to send the text, and returns how the run ended and what it said.
pub fn midway(
    subject: &Subject,
    command: impl FnOnce(&str) -> Command,
    text: &str,
    act: impl FnOnce(),
) -> (Option<ExitStatus>, String) {
    let wire = if subject.database.server == Server::Postgres { Wire::Postgres } else { Wire::Mysql };
    let proxy = Proxy::start(wire, &subject.address(Way::Direct).expect("an address"));
    let reached = proxy.hold_at(Mark::Text(text), Moment::Before);
    let mut run = Running::start(command(&proxy.address));
    let held = reached.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no message with {text}: {}", run.said()));
    act();
    held.pass_on();
    (run.end_within(PATIENCE), run.said())
}

macro_rules! sweeps {
    ($($name:ident: $server:ident, $way:ident, $history:ident, $action:ident;)+) => {
        $(
            #[test]
            fn $name() {
                sweep(Server::$server, Way::$way, History::$history, Action::$action);
            }
        )+
    };
}

sweeps! {
    postgres_killed: Postgres, Direct, Transactions, Kill;
    postgres_cut: Postgres, Direct, Transactions, Cut;
    postgres_killed_outside_of_transactions: Postgres, Direct, Outside, Kill;
    postgres_cut_outside_of_transactions: Postgres, Direct, Outside, Cut;
    pgbouncer_killed: Postgres, Pooled, Transactions, Kill;
    pgbouncer_cut: Postgres, Pooled, Transactions, Cut;
    pgbouncer_killed_outside_of_transactions: Postgres, Pooled, Outside, Kill;
    pgbouncer_cut_outside_of_transactions: Postgres, Pooled, Outside, Cut;
    mariadb_killed: Mariadb, Direct, Transactions, Kill;
    mariadb_cut: Mariadb, Direct, Transactions, Cut;
    mariadb_killed_outside_of_transactions: Mariadb, Direct, Outside, Kill;
    mariadb_cut_outside_of_transactions: Mariadb, Direct, Outside, Cut;
}
