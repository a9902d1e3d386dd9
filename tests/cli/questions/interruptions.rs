//! Ctrl-C while a plan runs, and the wait for a lock.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{assert_shows, start};
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
fn the_first_ctrl_c_stops_after_the_running_revision() {
    let project = slow(4_000_000);
    let mut terminal = start(&project, "upgrade");
    terminal.wait_for("    Applying bbb1").send(CTRL_C);
    terminal.wait_for("note: stopping after the running revision; press Ctrl-C again to cancel it");
    let ended = terminal.end();
    assert_eq!((ended.status, ended.shows_cursor), (130, true), "{}", ended.screen);
    assert_shows(
        &ended.screen,
        &["Applied bbb1", "interrupted after `bbb1`", "2 of 3 revisions done; what is done stays"],
    );
    assert!(!ended.screen.contains("Applying"), "the live line is gone:\n{}", ended.screen);
    assert_eq!(project.rows(), ["bbb1"]);
    assert_eq!(tables(&project), "t_aaa1\nt_bbb1");
    project.ok("upgrade");
    assert_eq!(project.rows(), ["ccc1"]);
}

#[test]
fn the_second_ctrl_c_cancels_at_once() {
    let project = slow(FOREVER);
    let mut terminal = start(&project, "upgrade");
    terminal.wait_for("    Applying bbb1").send(CTRL_C).wait_for("press Ctrl-C again").send(CTRL_C);
    let ended = terminal.end();
    assert_eq!((ended.status, ended.shows_cursor), (130, true), "{}", ended.screen);
    assert_shows(
        &ended.screen,
        &["interrupted while `bbb1` ran", "what `bbb1` did is undone", "1 of 3 revisions done"],
    );
    assert!(!ended.screen.contains("Applying"), "the live line is gone:\n{}", ended.screen);
    assert_eq!(project.rows(), ["aaa1"]);
    assert_eq!(tables(&project), "t_aaa1");
}

#[test]
fn ctrl_c_undoes_a_single_transaction() {
    let project = slow(3_000_000);
    let mut terminal = start(&project, "upgrade --single-transaction");
    terminal.wait_for("    Applying bbb1").send(CTRL_C);
    terminal.wait_for("note: undoing everything after the running revision; press Ctrl-C again to cancel it");
    let ended = terminal.end();
    assert_eq!((ended.status, ended.shows_cursor), (130, true), "{}", ended.screen);
    assert_shows(&ended.screen, &["interrupted, and the one transaction is undone", "none of 3 revisions is done"]);
    assert_eq!((project.rows(), tables(&project)), (Vec::<String>::new(), String::new()));
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
