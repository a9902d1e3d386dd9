//! `downgrade --stored`: an older checkout takes back what a newer one applied, with what the database keeps.

use std::fs;

use crate::databases::Database;
use crate::project::{Finished, Project};

/// A newer checkout whose upgrades are done: `a1` is known to the older one, `b2` and `c3` are not.
fn newer(database: &Database, settings: &str) -> Project {
    let project = Project::new(&["app", "web"]).database(&database.url);
    let manifest = project.read("Cargo.toml");
    project.write("Cargo.toml", &format!("{manifest}\n[workspace.metadata.alembic]\n{settings}\n"));
    project.draw("app", "a1; b2:a1");
    let up = "-- breaking = false\nCREATE TABLE t_c3 (id integer);\nINSERT INTO t_b2 VALUES (1); -- é \\ 'x'";
    project.revision("web", "c3", &["b2"], up, "DELETE FROM t_b2;\nDROP TABLE t_c3;");
    project.ok("upgrade a1 -q");
    project
}

/// Goes back to the checkout that has `a1` alone.
fn forget_files(project: &Project) {
    fs::remove_file(project.path("app/migrations/b2_step.sql")).expect("a file");
    fs::remove_file(project.path("web/migrations/c3_step.sql")).expect("a file");
}

fn rows(database: &Database) -> String {
    database.query("SELECT version_num FROM alembic_version")
}

#[track_caller]
fn refused(project: &Project, line: &str, says: &[&str]) -> Finished {
    let finished = project.run(line);
    assert_eq!(finished.status, 8, "`{line}`: {}{}", finished.stdout, finished.stderr);
    for text in says {
        assert!(finished.stderr.contains(text), "{text} in {}", finished.stderr);
    }
    finished
}

#[test]
fn an_older_checkout_takes_newer_revisions_back() {
    for database in Database::each() {
        let project = newer(&database, "store-scripts = true");
        let before = database.schema();
        project.ok("upgrade -q");
        let applied = project.json("history --applied");
        assert!(applied["applied"][0]["stored"] == true && applied["applied"][0]["breaking"] == false, "{applied}");
        forget_files(&project);

        refused(&project, "downgrade a1 --yes", &["A0209", "`cargo alembic downgrade a1 --yes --stored`"]);
        refused(&project, "upgrade", &["A0209", "`cargo alembic downgrade TARGET --stored`"]);
        let shown = project.ok("downgrade a1 --stored --dry-run -v");
        assert!(shown.contains("- c3  web") && shown.contains("stored: web/c3.sql"), "{shown}");
        project.ok("downgrade -1 --stored --yes -q");
        assert_eq!((rows(&database), database.tables()), ("b2".to_owned(), vec!["t_a1".into(), "t_b2".into()]));
        let finished = project.run("downgrade a1 --stored --yes");
        assert_eq!(finished.status, 0, "{}", finished.stderr);
        assert!(finished.stderr.contains("note: `b2` has no file here"), "{}", finished.stderr);
        assert_eq!((project.rows(), database.schema()), (vec!["a1".to_owned()], before), "{:?}", database.server);
        assert!(project.ok("status").contains("a1"), "nothing is unknown any more");
    }
}

#[test]
fn altered_scripts_are_refused() {
    for database in Database::each() {
        let project = newer(&database, "store-scripts = true");
        project.ok("upgrade -q");
        forget_files(&project);
        let history = "alembic_version_history";
        let kept = format!("SELECT script, script_hash, checksum FROM {history} WHERE revision = 'c3'");
        let was = database.query(&kept);
        let was: Vec<&str> = was.split('|').collect();
        let hash = database.query(&format!("SELECT script_hash FROM {history} WHERE revision = 'b2'"));
        for (column, value, says) in [
            ("script", "AAAA", "it cannot be unpacked"),
            ("script_hash", &hash, "its hash is another"),
            ("checksum", &hash, "its upgrade is not what ran"),
        ] {
            database.query(&format!("UPDATE {history} SET {column} = '{value}' WHERE revision = 'c3'"));
            let finished =
                refused(&project, "downgrade a1 --stored --yes", &["A0527", "`c3`", says, "nothing was run"]);
            assert!(!finished.stderr.contains("Reverted"), "{}", finished.stderr);
            let at = ["script", "script_hash", "checksum"].iter().position(|name| *name == column).expect("a column");
            database.query(&format!("UPDATE {history} SET {column} = '{}' WHERE revision = 'c3'", was[at]));
        }
        // Another revision's script, with its own hash.
        let other = database.query(&format!("SELECT script FROM {history} WHERE revision = 'b2'"));
        database
            .query(&format!("UPDATE {history} SET script = '{other}', script_hash = '{hash}' WHERE revision = 'c3'"));
        refused(&project, "downgrade a1 --stored --yes", &["A0527", "it is another revision's"]);
        assert_eq!(rows(&database), "c3");
        assert_eq!(database.tables(), ["t_a1", "t_b2", "t_c3"]);
    }
}

#[test]
fn what_was_not_stored_is_refused() {
    for database in Database::each() {
        let project = newer(&database, "");
        project.ok("upgrade b2 -q");
        let manifest = project.read("Cargo.toml");
        project.write("Cargo.toml", &format!("{manifest}store-scripts = true\n"));
        project.ok("upgrade -q");
        forget_files(&project);
        let finished = refused(&project, "downgrade a1 --yes", &["A0209", "the database is at `c3`"]);
        assert!(!finished.stderr.contains("--stored"), "{}", finished.stderr);
        let says = ["A0526", "does not keep the script of `b2`", "store-scripts = true"];
        refused(&project, "downgrade a1 --stored --yes", &says);
        assert_eq!(rows(&database), "c3");
    }
}

#[test]
fn the_checkouts_own_files_win() {
    for database in Database::each() {
        let project = newer(&database, "store-scripts = true");
        project.ok("upgrade -q");
        fs::remove_file(project.path("web/migrations/c3_step.sql")).expect("a file");
        project.revision(
            "app",
            "b2",
            &["a1"],
            "CREATE TABLE t_b2 (id integer);",
            "DROP TABLE t_b2;\nCREATE TABLE own (id integer);",
        );
        project.ok("downgrade a1 --stored --yes -q");
        assert_eq!(database.tables(), ["own", "t_a1"], "{:?}", database.server);
    }
}

#[test]
fn an_accepted_edit_is_what_is_kept() {
    for database in Database::each() {
        let project = newer(&database, "store-scripts = true");
        project.ok("upgrade b2 -q");
        let down = "DROP TABLE t_b2;\nCREATE TABLE edited (id integer);";
        project.revision("app", "b2", &["a1"], "CREATE TABLE t_b2 (id bigint);", down);
        project.ok("repair --accept b2 --yes");
        forget_files(&project);
        project.ok("downgrade a1 --stored --yes -q");
        assert_eq!(database.tables(), ["edited", "t_a1"], "{:?}", database.server);
    }
}

#[test]
fn storing_needs_a_history() {
    let project = Project::drawn("a1");
    let manifest = project.read("Cargo.toml");
    project.write(
        "Cargo.toml",
        &format!("{manifest}\n[workspace.metadata.alembic]\nhistory = false\nstore-scripts = true\n"),
    );
    let finished = project.run("upgrade");
    assert_eq!(finished.status, 3, "{}", finished.stderr);
    assert!(
        finished.stderr.contains("`store-scripts` needs the history") && finished.stderr.contains("Cargo.toml:7"),
        "{}",
        finished.stderr
    );
}
