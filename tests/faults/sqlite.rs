//! The tool is killed at every call with which SQLite writes, in both journal modes.
//!
//! `strace` kills it on the way into a call. Read [`sweep`] first.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use super::subject::{History, PATIENCE, Running, Start, Subject};
use super::tally::{Outcome, Tally, chosen};
use crate::databases::{Server, missing};

const CALLS: [&str; 5] = ["pwrite64", "fsync", "fdatasync", "ftruncate", "unlink"];
const FEW: usize = 5;

/// True where `strace` is installed and may trace; elsewhere a test says so, or fails if it is required.
fn can_trace() -> bool {
    let tried = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).output();
    let works = tried.as_ref().is_ok_and(|output| output.status.success());
    if !works {
        missing("strace", &format!("it does not work: {tried:?}"));
    }
    works
}

/// Returns the run under `strace` with these arguments.
fn traced(subject: &Subject, arguments: &[&str]) -> Command {
    let run = subject.project.command(&["upgrade", "-q"]);
    let mut command = Command::new("strace");
    command.args(["-f", "-qq"]).args(arguments).arg(run.get_program()).args(run.get_args());
    command.current_dir(subject.project.root());
    for (name, value) in run.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// Returns each call of an undisturbed run, as its name and its number among those of its name and thread.
fn points(subject: &Subject) -> Vec<(&'static str, usize)> {
    subject.reset();
    let log = tempfile::NamedTempFile::new().expect("a temporary file");
    let path = log.path().to_str().expect("UTF-8");
    let mut run = Running::start(traced(subject, &["-o", path, "-e", &format!("trace={}", CALLS.join(","))]));
    let ended = run.end_within(PATIENCE).expect("an end");
    assert!(ended.success(), "under strace: {}", run.said());
    let log = fs::read_to_string(path).expect("a log");
    let mut most: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for line in log.lines().filter(|line| !line.contains("resumed>")) {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        if let Some(name) = CALLS.iter().find(|name| call.starts_with(&format!("{name}("))) {
            *most.entry(name).or_default().entry(thread).or_default() += 1;
        }
    }
    let calls = CALLS.iter().filter_map(|name| Some((*name, *most.get(name)?.values().max()?)));
    calls.flat_map(|(name, count)| (1..=count).map(move |number| (name, number))).collect()
}

fn sweep(history: History, journal: &'static str) {
    if !can_trace() {
        return;
    }
    let mode = journal.rsplit_once(' ').expect("a mode").1;
    let mut tally = Tally::new(&format!("Sqlite, journal {mode}|{history:?}|Kill"));
    for start in [Start::Fresh, Start::Installed] {
        let Some(subject) = Subject::new(Server::Sqlite, history, start) else { return };
        let subject = subject.prepared(journal);
        for (call, number) in chosen(&points(&subject), FEW) {
            subject.reset();
            let inject = format!("inject={call}:signal=SIGKILL:when={number}");
            let arguments = ["-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject];
            let mut run = Running::start(traced(&subject, &arguments));
            let ended = run.end_within(PATIENCE);
            if ended.is_some_and(|ended| ended.success()) {
                continue;
            }
            let point = format!("{start:?} {call} {number}");
            let (outcome, aid) = match subject.database.query("PRAGMA integrity_check").as_str() {
                "ok" => subject.judge(ended, &run.said()),
                damage => (Outcome::Wrong(damage.to_owned()), super::tally::Aid::SecondRun),
            };
            tally.add(&point, outcome, aid);
        }
        assert_eq!(subject.database.query("PRAGMA journal_mode"), mode, "the mode is the owner's choice");
    }
    tally.finish();
}

const ROLLBACK: &str = "PRAGMA journal_mode = delete";
const AHEAD: &str = "PRAGMA journal_mode = wal";

#[test]
fn killed_at_any_write_with_a_rollback_journal() {
    sweep(History::Transactions, ROLLBACK);
}

#[test]
fn killed_at_any_write_with_a_rollback_journal_outside_of_transactions() {
    sweep(History::Outside, ROLLBACK);
}

#[test]
fn killed_at_any_write_with_a_log_ahead() {
    sweep(History::Transactions, AHEAD);
}

#[test]
fn killed_at_any_write_with_a_log_ahead_outside_of_transactions() {
    sweep(History::Outside, AHEAD);
}
