//! People and other programs lay hands on what a run relies on, while it runs: its tables, and its scripts.
//!
//! Read [`bookkeeping_taken_away_midway`] first.

use std::fs;

use super::subject::{History, Start, Subject};
use super::tally::{Outcome, wanted};
use super::wire::midway;
use crate::databases::Server;

/// Whoever lays hands on a locked table shall not wait for us, who wait for them.
fn hasty(server: Server, sql: &str) -> String {
    match server {
        Server::Postgres => format!("SET lock_timeout = '300ms'; {sql}"),
        Server::Mariadb => format!("SET lock_wait_timeout = 1, innodb_lock_wait_timeout = 1; {sql}"),
        Server::Sqlite => sql.to_owned(),
    }
}

/// Each way to run on each server, one revision being there.
fn each(mut scenario: impl FnMut(Server, Subject)) {
    for server in [Server::Postgres, Server::Mariadb] {
        for history in [History::Transactions, History::Outside] {
            if let Some(subject) = Subject::new(server, history, Start::Installed) {
                scenario(server, subject);
            }
        }
    }
}

#[test]
fn bookkeeping_taken_away_midway() {
    each(|server, subject| {
        for sql in [
            "DELETE FROM alembic_version_lock",
            "DROP TABLE alembic_version_lock",
            "DROP TABLE alembic_version_history",
        ] {
            for text in if wanted().is_some() { &["r2.2", "r5"][..] } else { &["r2.2"] } {
                subject.reset();
                let take = || _ = subject.database.attempt(&hasty(server, sql));
                let (ended, said) = midway(&subject, |address| subject.upgrade_at(address), text, take);
                let status = ended.and_then(|ended| ended.code());
                let told = format!("{server:?}, {sql} at {text}: {status:?} {said}");
                assert!(matches!(status, Some(0 | 4 | 7)), "{told}");
                let again = subject.project.run("upgrade -q");
                assert_eq!(again.status, 0, "{told}\n{}", again.stderr);
                subject.assert_exact_but_history(&told);
            }
        }
    });
}

#[test]
fn a_version_row_moved_midway_is_never_written_over() {
    each(|server, subject| {
        subject.reset();
        let mut moved = Ok(String::new());
        let sql = hasty(server, "UPDATE alembic_version SET version_num = 'r1'");
        let (ended, said) =
            midway(&subject, |address| subject.upgrade_at(address), "r3", || moved = subject.database.attempt(&sql));
        let status = ended.and_then(|ended| ended.code());
        if moved.is_err() {
            // The table is closed to other writers.
            assert_eq!(status, Some(0), "{said}");
            assert_eq!(subject.compare("nothing was moved"), Outcome::Exact);
            return;
        }
        assert!(matches!(status, Some(4 | 7 | 8)), "{server:?}: {status:?} {said}");
        subject.database.query("UPDATE alembic_version SET version_num = 'r2'");
        let again = subject.project.run("upgrade -q");
        assert_eq!(again.status, 0, "{server:?}: {said}\n{}", again.stderr);
        assert_eq!(subject.compare("the row was put back"), Outcome::Exact);
    });
}

#[test]
fn scripts_that_change_while_they_run() {
    each(|server, subject| {
        let path = subject.project.path("app/migrations/r5_step.sql");
        let text = fs::read_to_string(&path).expect("a script");
        let other = subject.project.path("other.sql");
        fs::write(&other, text.replace("last", "late")).expect("a written file");
        let changes: [(&str, &dyn Fn()); 3] = [
            ("edited", &|| fs::copy(&other, &path).map(|_| ()).expect("a written file")),
            ("deleted", &|| fs::remove_file(&path).expect("a removed file")),
            ("a link", &|| {
                fs::remove_file(&path).expect("a removed file");
                std::os::unix::fs::symlink(&other, &path).expect("a link");
            }),
        ];
        for (change, act) in changes {
            subject.reset();
            let (ended, said) = midway(&subject, |address| subject.upgrade_at(address), "r2.2", act);
            assert_eq!(ended.and_then(|ended| ended.code()), Some(0), "{server:?}, {change}: {said}");
            // What was read at the start has run, and is what is remembered.
            assert_eq!(subject.compare(change), Outcome::Exact);
            let after = subject.project.run("check --history --against live");
            assert!(after.stdout.contains("r5"), "{server:?}, {change}: {}{}", after.stdout, after.stderr);
            let _ = fs::remove_file(&path);
            fs::write(&path, &text).expect("a written file");
            assert_eq!(subject.project.run("upgrade -q").status, 0, "{change}, put back");
        }
    });
}
