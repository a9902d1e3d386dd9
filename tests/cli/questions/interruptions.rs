//! Ctrl-C while a plan runs, and the wait for a lock.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{assert_shows, start};
use crate::databases::{Database, Server};
use crate::project::{Finished, Project};
use crate::terminal::CTRL_C;

/// Three revisions; the second computes `count` numbers first.
fn slow(count: u64) -> Project {
    let project = Project::drawn("aaa1; ccc1:bbb1");
    let text = format!(
        "CREATE TABLE t_bbb1 (id integer);\nINSERT INTO t_bbb1 WITH RECURSIVE n(i) AS \
         (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT max(i) FROM n;"
    );
    project.revision("app", "bbb1", &["aaa1"], &text, "DROP TABLE t_bbb1;");
    project
}

const FOREVER: u64 = 1 << 60;

fn tables(project: &Project) -> String {
    project.sqlite("SELECT name FROM sqlite_master WHERE name LIKE 't_%' ORDER BY 1")
}

#[test]
fn ctrl_c_cancels_the_running_statement() {
    let project = slow(FOREVER);
    let mut terminal = start(&project, "upgrade");
    terminal.wait_for("    Applying bbb1").send(CTRL_C);
    terminal.wait_for("note: cancelling the running statement; press Ctrl-C again to end at once");
    let ended = terminal.end();
    assert_eq!((ended.status, ended.shows_cursor), (130, true), "{}", ended.screen);
    assert_shows(
        &ended.screen,
        &["interrupted while `bbb1` ran", "what `bbb1` did is undone", "1 of 3 revisions done; what is done stays"],
    );
    assert!(!ended.screen.contains("Applying"), "the live line is gone:\n{}", ended.screen);
    assert_eq!(project.rows(), ["aaa1"]);
    assert_eq!(tables(&project), "t_aaa1");
}

#[test]
fn ctrl_c_undoes_a_single_transaction() {
    let project = slow(FOREVER);
    let mut terminal = start(&project, "upgrade --single-transaction");
    terminal.wait_for("    Applying bbb1").send(CTRL_C);
    terminal.wait_for("note: undoing everything; press Ctrl-C again to end at once");
    let ended = terminal.end();
    assert_eq!((ended.status, ended.shows_cursor), (130, true), "{}", ended.screen);
    assert_shows(&ended.screen, &["interrupted, and the one transaction is undone", "none of 3 revisions is done"]);
    assert_eq!((project.rows(), tables(&project)), (Vec::<String>::new(), String::new()));
}

/// Statements that take long on each database: of a transaction, and of none.
fn slow_scripts(server: Server) -> [(&'static str, &'static str); 2] {
    match server {
        Server::Sqlite => [("", FOREVER_SQL), ("-- transaction = false\n", FOREVER_SQL)],
        Server::Postgres => [("", "SELECT pg_sleep(60);"), ("-- transaction = false\n", "SELECT pg_sleep(60);")],
        Server::Mariadb => [("", "DO SLEEP(60);"), ("", "SELECT SLEEP(60) FROM t_aaa1;")],
    }
}

const FOREVER_SQL: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n;";

/// Runs `upgrade`, sends it the signal once `bbb1` is in its slow statement, and returns what it said.
fn signalled(project: &Project, signal: &str) -> Finished {
    let mut command = project.command(&["upgrade"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("cargo-alembic");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let mut said = String::new();
    while !said.contains("Applied aaa1") {
        said += &lines.next().expect("the process ended too early").expect("text");
    }
    std::thread::sleep(Duration::from_secs(1));
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("the program kill");
    assert!(sent.success(), "the process ended too early");
    let since = Instant::now();
    said.extend(lines.map(|line| line.expect("text") + "\n"));
    let output = child.wait_with_output().expect("an end");
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    Finished { stderr: said, ..Finished::of(output) }
}

#[test]
fn signals_cancel_statements_of_each_database() {
    for (signal, status) in [("-INT", 130), ("-TERM", 143)] {
        for server in Server::ALL {
            for (setting, slow) in slow_scripts(server) {
                let Some(database) = Database::new(server) else { continue };
                let project = Project::new(&["app"]).database(&database.url);
                project.revision(
                    "app",
                    "aaa1",
                    &[],
                    "CREATE TABLE t_aaa1 (id integer); INSERT INTO t_aaa1 VALUES (1);",
                    "",
                );
                let made = "CREATE TABLE t_bbb1 (id integer);";
                let last = "INSERT INTO t_bbb1 VALUES (1);";
                project.revision("app", "bbb1", &["aaa1"], &format!("{setting}{made}\n{slow}\n{last}"), "");
                let Finished { status: ended, stderr, .. } = signalled(&project, signal);
                assert_eq!(ended, status, "{server:?}: {stderr}");
                assert_shows(&stderr, &["interrupted while `bbb1` ran", "1 of 2 revisions done"]);
                let stays = server == Server::Mariadb || !setting.is_empty();
                let tables = database.query(match server {
                    Server::Sqlite => "SELECT count(*) FROM sqlite_master WHERE name = 't_bbb1'",
                    Server::Postgres => "SELECT count(*) FROM pg_tables WHERE tablename = 't_bbb1'",
                    Server::Mariadb => "SELECT count(*) FROM information_schema.tables WHERE table_name = 't_bbb1' AND table_schema = DATABASE()",
                });
                assert_eq!(tables, if stays { "1" } else { "0" }, "{server:?} {setting:?}: {stderr}");
                // The lock is free, and what ran is known.
                project.revision("app", "bbb1", &["aaa1"], &format!("{setting}{made}\nSELECT 1;\n{last}"), "");
                if stays {
                    assert_shows(
                        &stderr,
                        &["of 3 statements of `bbb1` ran and stay", "run `cargo alembic upgrade` again"],
                    );
                    let done = database.query("SELECT done FROM alembic_version_progress");
                    // MariaDB ends a SLEEP early, which is no error.
                    if done.trim() == "2" {
                        project.revision("app", "bbb1", &["aaa1"], &format!("{setting}{made}\n{slow}\n{last}"), "");
                    }
                } else {
                    assert_shows(&stderr, &["what `bbb1` did is undone"]);
                }
                project.ok("upgrade --lock-timeout 3");
                assert_eq!(database.query("SELECT count(*) FROM t_bbb1").trim(), "1");
            }
        }
    }
}

/// Somebody who writes to `app.db` and does not come to an end.
struct Writer {
    sqlite: Child,
}

impl Writer {
    fn of(project: &Project) -> Self {
        let database: PathBuf = project.path("app.db");
        let mut sqlite =
            Command::new("sqlite3").arg(&database).stdin(Stdio::piped()).spawn().expect("the program sqlite3");
        let keyboard = sqlite.stdin.as_mut().expect("a pipe");
        let locked = project.path("locked");
        let lines = format!(".timeout 10000\nBEGIN IMMEDIATE;\n.shell touch {}\n", locked.display());
        keyboard.write_all(lines.as_bytes()).and_then(|()| keyboard.flush()).expect("sqlite3 listens");
        let since = Instant::now();
        while !locked.exists() {
            assert!(since.elapsed() < Duration::from_secs(10), "sqlite3 takes no lock");
            std::thread::sleep(Duration::from_millis(5));
        }
        std::fs::remove_file(locked).expect("the mark of the lock");
        Writer { sqlite }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // The end of its input is its end; the transaction is rolled back.
        drop(self.sqlite.stdin.take());
        let _ = self.sqlite.wait();
    }
}

#[test]
fn a_lock_is_waited_for_as_long_as_was_said() {
    for applied in [None, Some("aaa1")] {
        let project = Project::drawn("aaa1; bbb1:aaa1");
        if let Some(target) = applied {
            project.ok(&format!("upgrade {target}"));
        }
        let writer = Writer::of(&project);
        let since = Instant::now();
        let Finished { status, stderr, .. } = project.run("upgrade --lock-timeout 1");
        assert_eq!(status, 6, "{stderr}");
        assert!((1..8).contains(&since.elapsed().as_secs()), "{:?}: {stderr}", since.elapsed());
        assert_shows(&stderr, &["     Waiting for the lock that another program holds\n"]);
        assert_shows(&stderr, &["another program holds the lock of sqlite:", "app.db", "note: waited 1 s"]);
        let error = project.run("upgrade --lock-timeout 0 --format json").error();
        assert_eq!(error["kind"], "LockTimeout");
        drop(writer);
        project.ok("upgrade --lock-timeout 1");
        assert_eq!(project.rows(), ["bbb1"]);
    }
}

#[test]
fn ctrl_c_ends_the_wait_for_a_lock() {
    let project = Project::drawn("aaa1");
    let writer = Writer::of(&project);
    let mut terminal = start(&project, "upgrade");
    terminal.wait_for("     Waiting for the lock that another program holds 1.0 s").send(CTRL_C);
    let ended = terminal.end();
    assert_eq!((ended.status, ended.shows_cursor), (130, true), "{}", ended.screen);
    assert_shows(&ended.screen, &["interrupted before anything was done"]);
    assert!(!ended.screen.contains("Waiting") && !ended.screen.contains("stopping after"), "{}", ended.screen);
    drop(writer);
    assert_eq!(project.rows(), Vec::<String>::new());
}
