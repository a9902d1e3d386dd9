//! Others on the same database at the same moment: Python's Alembic, an application, and another version of this tool.
//!
//! Read [`beside_alembic`] first.

use super::subject::{History, PATIENCE, Running, Start, Subject, scripts};
use super::tally::{Outcome, wanted};
use crate::databases::{Database, Server};
use crate::takeover::Python;

/// Both run the same revisions at the same moment. On MariaDB nothing can make that safe.
#[test]
fn beside_alembic() {
    for start in [Start::Fresh, Start::Installed] {
        let pause = "SELECT pg_sleep(0.03);\n";
        let slow: Vec<_> = scripts(Server::Postgres, History::Transactions);
        let slow: Vec<_> = slow.into_iter().map(|(id, sql)| (id, sql + pause)).collect();
        let Some(database) = Database::new(Server::Postgres) else { return };
        let subject = Subject::of(database, &slow, start);
        let Some(python) = Python::empty(subject.project.root(), &subject.database) else { return };
        let mut parent: Option<&str> = None;
        for (id, sql) in &slow {
            let statements: Vec<&str> = sql.split_terminator(";\n").collect();
            python.revision(id, parent.as_slice(), &[], &statements, &[]);
            parent = Some(id);
        }
        let mut failures = 0;
        for round in 0..if wanted().is_some() { 20 } else { 2 } {
            subject.reset();
            let mut theirs = Running::start(python.command("upgrade head"));
            // Python takes a while to start.
            std::thread::sleep(std::time::Duration::from_millis(40 * round));
            let mut ours = Running::start(subject.project.command(&["upgrade", "-q"]));
            let ended = ours.end_within(PATIENCE);
            assert!(ended.is_some_and(|ended| ended.success()), "{start:?}, round {round}: {}", ours.said());
            failures += usize::from(!theirs.end_within(PATIENCE).is_some_and(|ended| ended.success()));
            subject.assert_exact_but_history(&format!("{start:?}, round {round}: {}", theirs.said()));
        }
        println!("beside Alembic, {start:?}: it failed {failures} times, and undid what it did");
    }
}

/// An application locks our tables in the opposite order: one of the two is the deadlock's victim.
#[test]
fn a_deadlock_with_an_application() {
    let scripts = [
        ("r1", "CREATE TABLE runs (name text);\nCREATE TABLE made (id integer);\n".to_owned()),
        (
            "r2",
            "LOCK TABLE runs;\nSELECT pg_sleep(0.8);\nLOCK TABLE made;\nINSERT INTO runs VALUES ('r2');\n".to_owned(),
        ),
    ];
    let Some(database) = Database::new(Server::Postgres) else { return };
    let subject = Subject::of(database, &scripts, Start::Installed);
    subject.reset();
    let mut run = Running::start(subject.project.command(&["upgrade", "-q"]));
    let traffic = "BEGIN; LOCK TABLE made; SELECT pg_sleep(0.5); LOCK TABLE runs; COMMIT";
    // Whichever of the two is chosen.
    let _ = subject.database.attempt(traffic);
    assert!(run.end_within(PATIENCE).is_some_and(|ended| ended.success()), "{}", run.said());
    assert_eq!(subject.compare("after a deadlock"), Outcome::Exact);
}

/// A newer version may have added columns to its tables, and writes its own number.
#[test]
fn two_versions_of_the_tool() {
    for server in Server::ALL {
        let Some(subject) = Subject::new(server, History::Transactions, Start::Installed) else { return };
        subject.reset();
        for table in ["lock", "history", "progress"] {
            // SQLite needs no lock table.
            let _ = subject.database.attempt(&format!("ALTER TABLE alembic_version_{table} ADD COLUMN later integer"));
        }
        subject.database.query("UPDATE alembic_version_history SET tool = 'cargo-alembic 99.0.0'");
        assert_eq!(subject.project.run("upgrade -q").status, 0);
        assert_eq!(subject.compare("on the tables of a newer version"), Outcome::Exact);
        // What only the newer version knows is not guessed at.
        subject.database.query("UPDATE alembic_version SET version_num = 'newer'");
        let refused = subject.project.run("upgrade -q");
        assert_eq!(refused.status, 8, "{}", refused.stderr);
    }
}
