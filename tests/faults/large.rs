//! Revisions that are large: 50 MB of rows, and thousands of statements.
//!
//! Read [`fifty_megabytes`] first.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use super::subject::{PATIENCE, Running, Start, Subject};
use super::tally::{Outcome, wanted};
use crate::databases::{Database, Server};

const MEGABYTE: usize = 1 << 20;

/// Fifty statements of about a megabyte.
fn fifty_megabytes() -> String {
    let row = format!("('{}'),\n", "x".repeat(1020));
    let mut sql = String::with_capacity(51 * MEGABYTE);
    for _ in 0..50 {
        sql.push_str("INSERT INTO large VALUES\n");
        (0..1023).for_each(|_| sql.push_str(&row));
        sql.push_str(row.trim_end_matches(",\n"));
        sql.push_str(";\n");
    }
    sql
}

/// Returns the most memory that a run has had, in bytes, once it has ended well.
fn peak(run: &mut Running) -> usize {
    let status = format!("/proc/{}/status", run.id());
    let until = Instant::now() + PATIENCE;
    let mut most = 0;
    while !run.has_ended() && Instant::now() < until {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok());
        most = most.max(kilobytes.unwrap_or(0) * 1024);
        std::thread::sleep(Duration::from_millis(3));
    }
    assert!(run.end_within(PATIENCE).is_some_and(|ended| ended.success()), "{}", run.said());
    most
}

#[test]
fn a_large_revision_takes_little_memory() {
    let sql = fifty_megabytes();
    for server in Server::ALL {
        let Some(database) = Database::new(server) else { return };
        let first = "CREATE TABLE runs (name varchar(32));\nCREATE TABLE large (name text);\n".to_owned();
        let project = crate::project::Project::new(&["app"]).database(&database.url);
        project.revision("app", "r1", &[], &first, "");
        project.revision("app", "r2", &["r1"], &sql, "");
        let most = peak(&mut Running::start(project.command(&["upgrade", "-q"])));
        let times = most as f64 / sql.len() as f64;
        println!("memory|{server:?}|{} MB|{times:.2} times its size", most / MEGABYTE);
        assert_eq!(database.query("SELECT count(*) FROM large"), "51200");
        assert!(times <= 2.5, "{server:?}: {} MB, {times:.2} times its size", most / MEGABYTE);
    }
}

/// Each is a transaction of its own, which a slow disk feels.
fn statements() -> usize {
    if wanted().is_some() { 10_000 } else { 1_500 }
}

#[test]
fn thousands_of_statements_go_on_after_a_kill() {
    let statements = statements();
    for server in Server::ALL {
        let mut sql = String::from("-- transaction = false\nCREATE TABLE made (id integer);\n");
        for number in 1..statements {
            let _ = writeln!(sql, "INSERT INTO runs VALUES ('{number}');");
        }
        let Some(database) = Database::new(server) else { return };
        let first = ("r1", "CREATE TABLE runs (name varchar(32));\n".to_owned());
        let subject = Subject::of(database, &[first, ("r2", sql)], Start::Installed);
        subject.reset();
        let mut run = Running::start(subject.project.command(&["upgrade", "-q"]));
        let done = "SELECT coalesce(max(done), 0) FROM alembic_version_progress";
        let until = Instant::now() + PATIENCE;
        let count = |text: String| text.parse::<usize>().unwrap_or(0);
        while count(subject.database.attempt(done).unwrap_or_default()) < statements / 10 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        run.kill();
        let done = count(subject.database.query(done));
        assert!((statements / 10..statements).contains(&done), "{server:?}: killed after {done} statements");
        let status = subject.project.ok("status");
        assert!(status.contains(&format!("of {statements}")), "{server:?}: {status}");
        assert_eq!(subject.run_again(), Outcome::Exact, "{server:?}");
    }
}
