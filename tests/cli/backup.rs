//! `--backup`: what it makes, what brings it back, and what stops a run before its first step.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use alembic_runtime::{DatabaseUrl, OpenOptions, open};
use alembic_schema::catalogue::{self, Catalogue, compare};
use serde_json::Value;

use crate::databases::{Database, Server, missing};
use crate::faults::full::Disk;
use crate::project::{Finished, Project};

/// What each database has that a careless copy loses.
fn odd(server: Server) -> String {
    match server {
        Server::Postgres => include_str!("backup/postgres.sql"),
        Server::Mariadb => include_str!("backup/mariadb.sql"),
        Server::Sqlite => include_str!("backup/sqlite.sql"),
    }
    .to_owned()
}

/// A database at `a1` with odd tables and rows, and the revision above it that takes one of them away.
fn filled(server: Server) -> Option<(Database, Project)> {
    if server == Server::Mariadb && Command::new("mariadb-dump").arg("--version").output().is_err() {
        missing("mariadb-dump", "it is not installed");
        return None;
    }
    let database = Database::new(server)?;
    let project = Project::new(&["app"]).database(&database.url);
    let (up, down) = odd(server).split_once("-- [downgrade]\n").map(|(up, down)| (up.to_owned(), down.to_owned()))?;
    project.revision("app", "a1", &[], &up, &down);
    project.revision("app", "b2", &["a1"], "-- breaking = true\nDROP TABLE gone;", "CREATE TABLE gone (id integer);");
    project.ok("upgrade a1 -q");
    Some((database, project))
}

/// Everything that a database has: its catalogue, and all rows as its own client shows them.
fn state(database: &Database) -> (Catalogue, String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let catalogue = runtime.block_on(async {
        let url = DatabaseUrl::parse(&database.url).expect("a URL");
        let mut session = open(&url, &OpenOptions::default()).await.expect("a session");
        let version = if database.server == Server::Mariadb { "10.11-MariaDB" } else { "" };
        let sql = catalogue::statements(url.dialect(), version).join(";\n");
        let answers = session.answers(&sql).await.expect("a catalogue");
        session.close().await;
        Catalogue::new(url.dialect(), answers.into_iter().flat_map(|answer| answer.rows).collect(), &|_| false)
    });
    let mut rows = String::new();
    let bookkeeping = ["alembic_version", "alembic_version_history"].map(str::to_owned);
    for table in database.tables().into_iter().chain(bookkeeping) {
        let quoted = if database.server == Server::Mariadb { format!("`{table}`") } else { format!("\"{table}\"") };
        rows += &format!("{table}:\n{}\n", database.query(&format!("SELECT * FROM {quoted} ORDER BY 1")));
    }
    rows += &match database.server {
        Server::Postgres => database
            .query("SELECT last_value, is_called FROM numbers UNION ALL SELECT last_value, is_called FROM odd_id_seq"),
        Server::Mariadb => database.query("SELECT HEX(text_), HEX(bytes), HEX(bits) FROM odd ORDER BY id"),
        Server::Sqlite => database.query(
            "SELECT * FROM sqlite_sequence ORDER BY 1; PRAGMA user_version; SELECT hex(bytes), typeof(number) FROM odd",
        ),
    };
    (catalogue, rows)
}

/// Runs a printed command line through a shell, on another database.
fn restore(project: &Project, line: &str, from: &Database, to: &Database) {
    let name = |database: &Database| match database.server {
        Server::Sqlite => database.url.trim_start_matches("sqlite://").to_owned(),
        _ => database.url.rsplit_once('/').expect("a name").1.to_owned(),
    };
    let line = line.replace(&name(from), &name(to));
    let output = Command::new("sh").args(["-c", &line]).current_dir(project.root()).output().expect("a shell");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn what_is_restored_is_what_was_there() {
    for server in Server::ALL {
        for name in ["before.backup", "it's \"before\".sql"] {
            let Some((database, project)) = filled(server) else { continue };
            let before = state(&database);
            let finished = project.run_words(&["downgrade", "base", "--yes", "--backup", name, "--format", "json"]);
            assert_eq!(finished.status, 0, "{}", finished.stderr);
            assert!(database.tables().is_empty(), "{server:?}: {:?}", database.tables());
            let told: Value = serde_json::from_str(&finished.stdout).expect("JSON");
            let file = project.path(name);
            let metadata = fs::metadata(&file).expect("a backup");
            assert_eq!((metadata.mode() & 0o777, told["backup"]["path"].as_str()), (0o600, Some(name)));
            assert_eq!(told["backup"]["bytes"].as_u64(), Some(metadata.len()));

            let other = Database::new(server).expect("the same server");
            let line = told["backup"]["restore"].as_str().expect("a command line");
            restore(&project, line, &database, &other);
            let after = state(&other);
            let comparison = compare(&before.0, &after.0);
            assert!(comparison.differences.is_empty(), "{server:?}: {:?}", comparison.differences);
            assert_eq!(before.1, after.1, "{server:?}");
            // Over what the downgrade left, too.
            restore(&project, line, &database, &database);
            assert_eq!(state(&database).1, after.1, "{server:?}");
            assert_eq!(project.rows(), ["a1"]);
        }
    }
}

/// Checks that a run stopped before its first step, and left no file.
#[track_caller]
fn stopped(
    project: &Project,
    files: &[(std::path::PathBuf, Vec<u8>)],
    finished: &Finished,
    status: i32,
    says: &[&str],
) {
    assert_eq!(finished.status, status, "{}{}", finished.stdout, finished.stderr);
    for text in says {
        assert!(finished.stderr.contains(text), "{text} in {}", finished.stderr);
    }
    assert_eq!(project.rows(), ["a1"]);
    let names =
        |files: &[(std::path::PathBuf, Vec<u8>)]| files.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
    assert_eq!(names(&project.files()), names(files));
}

#[test]
fn a_place_that_cannot_be_is_a_fault_of_the_command_line() {
    for server in Server::ALL {
        let Some((_database, project)) = filled(server) else { continue };
        project.write("there.dump", "a treasure");
        let files = project.files();
        for (path, says) in [
            ("there.dump", "there.dump exists already"),
            ("app", "app exists already"),
            ("nowhere/x.dump", "there is no folder nowhere"),
            ("x.dump/", "names no file"),
        ] {
            for command in ["downgrade base --yes", "upgrade", "downgrade base", "upgrade --dry-run"] {
                let finished = project.run(&format!("{command} --backup {path}"));
                stopped(&project, &files, &finished, 2, &["A0540", says]);
            }
        }
        assert_eq!(project.read("there.dump"), "a treasure");
        let finished = project.run("downgrade base --yes --backup /proc/x.dump");
        stopped(&project, &files, &finished, 4, &["A0541", "/proc/x.dump cannot be written"]);
    }
    let project = Project::drawn("a1").database("sqlite::memory:");
    let finished = project.run("upgrade --backup x.db");
    assert_eq!(finished.status, 2, "{}", finished.stderr);
    assert!(finished.stderr.contains("a database in memory has no backup"), "{}", finished.stderr);
}

/// Puts a program in front of the PATH.
fn with_program(project: &Project, name: &str, script: &str, line: &str) -> Finished {
    let bin = tempfile::tempdir().expect("a temporary folder");
    let file = bin.path().join(name);
    fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("a program");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("permissions");
    let path = format!("{}:{}", bin.path().display(), std::env::var("PATH").unwrap_or_default());
    let words: Vec<&str> = line.split_whitespace().collect();
    Finished::of(project.command(&words).env("PATH", path).output().expect("the tool"))
}

#[test]
fn a_tool_that_fails_stops_the_run() {
    for (server, tool) in [(Server::Postgres, "pg_dump"), (Server::Mariadb, "mariadb-dump")] {
        let Some((database, project)) = filled(server) else { continue };
        let files = project.files();
        let line = "downgrade base --yes --backup x.sql";
        let name = database.url.rsplit_once('/').expect("a name").1;
        let user = format!("u_{name}");
        if server == Server::Mariadb {
            database.query(&format!("CREATE USER {user} IDENTIFIED BY 's3cret'; GRANT ALL ON {name}.* TO {user}"));
        }
        let user = if server == Server::Mariadb { user } else { "postgres".to_owned() };
        let place = database.url.rsplit_once('@').expect("a user").1;
        let scheme = database.url.split_once("://").expect("a scheme").0;
        let secret = format!("{scheme}://{user}:s3cret@{place}");
        let failing = format!("{line} -D {secret}");
        let says = "case \"$*\" in *s3cret*) echo leaked;; *--version*) exit 0;; esac; echo \"bad: $PGPASSWORD$MYSQL_PWD\" >&2; exit 3";
        let finished = with_program(&project, tool, says, &failing);
        stopped(&project, &files, &finished, 4, &["A0541", &format!("`{tool}` failed: bad: ***"), "nothing was run"]);
        assert!(!finished.stderr.contains("s3cret") && !finished.stderr.contains("leaked"), "{}", finished.stderr);
        for (script, says) in [
            ("echo half", "is not complete: its end lacks"),
            ("kill -9 $$", "failed: signal: 9"),
            (
                "echo 'pg_dump: error: aborting because of server version mismatch' >&2; exit 1",
                "install the client programs",
            ),
            ("echo 'No space left on device' >&2; exit 1", "No space left"),
        ] {
            let finished = with_program(&project, tool, script, line);
            stopped(&project, &files, &finished, 4, &["A0541", says, "no unfinished file is left"]);
        }
        if server == Server::Mariadb {
            // With the right password, the tool itself; the routine is somebody else's.
            let line = format!("downgrade base --yes --backup right.sql -D {secret}");
            stopped(&project, &files, &project.run(&line), 4, &["SHOW CREATE", "help: let the user read routines"]);
            database.query(&format!("GRANT SELECT ON mysql.proc TO {user}"));
            project.ok(&line);
            database.query(&format!("DROP USER {user}"));
            continue;
        }
        let nowhere = tempfile::tempdir().expect("a temporary folder");
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut command = project.command(&words);
        let finished =
            Finished::of(command.env("PATH", nowhere.path()).env("CARGO", env!("CARGO")).output().expect("the tool"));
        stopped(&project, &files, &finished, 4, &["A0541", &format!("`{tool}`"), "cannot be found", "install"]);
    }
}

#[test]
fn ctrl_c_ends_the_tool_and_leaves_nothing() {
    let Some((_database, project)) = filled(Server::Postgres) else { return };
    let files = project.files();
    for (signal, status) in [("INT", 130), ("TERM", 143)] {
        let script = format!("echo half; kill -{signal} $PPID; sleep 60");
        let since = std::time::Instant::now();
        let finished = with_program(&project, "pg_dump", &script, "downgrade base --yes --backup x.dump");
        stopped(&project, &files, &finished, status, &["A0542", "interrupted while the backup was made"]);
        assert!(since.elapsed().as_secs() < 30, "the tool was waited for");
    }
}

#[test]
fn a_database_that_moves_meanwhile_is_backed_up_anew() {
    let Some((database, project)) = filled(Server::Postgres) else { return };
    let script = format!(
        "\"$(which -a pg_dump | sed -n 2p)\" \"$@\"; status=$?\n\
         [ -e {0} ] || {{ touch {0}; '{1}' alembic upgrade -q >&2; }}; exit $status",
        project.path("moved").display(),
        crate::project::TOOL
    );
    let finished = with_program(&project, "pg_dump", &script, "downgrade base --yes --backup x.dump --format json");
    assert_eq!(finished.status, 0, "{}", finished.stderr);
    let told: Value = serde_json::from_str(&finished.stdout).expect("JSON");
    let other = Database::new(Server::Postgres).expect("the same server");
    restore(&project, told["backup"]["restore"].as_str().expect("a command line"), &database, &other);
    assert_eq!(other.query("SELECT version_num FROM alembic_version"), "b2", "the state before the steps that ran");
    assert_eq!(database.tables(), Vec::<String>::new());
}

#[test]
fn an_archive_that_is_cut_off_is_noticed() {
    let Some((_database, project)) = filled(Server::Postgres) else { return };
    let files = project.files();
    let finished = with_program(&project, "pg_dump", "echo PGDMP", "downgrade base --yes --backup x.dump");
    stopped(&project, &files, &finished, 4, &["A0541", "what `pg_dump` wrote is not complete"]);
}

#[test]
fn a_full_disk_stops_the_run() {
    for server in Server::ALL {
        let Some((database, project)) = filled(server) else { continue };
        let Some(disk) = Disk::new() else { return };
        let rows = match server {
            Server::Postgres => "INSERT INTO gone SELECT i FROM generate_series(1, 200000) AS i",
            Server::Mariadb => "INSERT INTO gone SELECT seq FROM seq_1_to_200000",
            Server::Sqlite => {
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) INSERT INTO gone SELECT i FROM n"
            }
        };
        database.query(rows);
        let files = project.files();
        let path = disk.path().join("x.sql");
        let finished = project.run(&format!("downgrade base --yes --backup {}", path.display()));
        stopped(&project, &files, &finished, 4, &["A0541", "nothing was run"]);
        let said = finished.stderr.to_lowercase();
        assert!(said.contains("space") || said.contains("full") || said.contains("28"), "{}", finished.stderr);
        assert_eq!(left(&disk.path()), Vec::<String>::new(), "{server:?}");
    }
}

fn left(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn nothing_to_do_makes_no_backup_and_a_dry_run_says_where() {
    let Some((_database, project)) = filled(Server::Sqlite) else { return };
    let told = project.json("upgrade a1 --backup x.db");
    assert!(told.get("backup").is_none() && !project.path("x.db").exists(), "{told}");
    let told = project.json("upgrade --dry-run --backup x.db");
    assert_eq!(told["backup"]["path"], "x.db");
    let shown = project.ok("upgrade --dry-run --backup x.db");
    assert!(shown.ends_with("before that, a backup into x.db\n"), "{shown}");
    assert!(!project.path("x.db").exists());
    let told = project.json("upgrade --backup x.db");
    assert!(told["backup"]["bytes"].as_u64().is_some_and(|bytes| bytes > 0), "{told}");
    // A database that is not there yet has nothing to lose.
    let fresh = Project::drawn("a1");
    let finished = fresh.run("upgrade --backup x.db");
    assert_eq!(finished.status, 0, "{}", finished.stderr);
    assert!(finished.stderr.contains("no backup: sqlite:app.db is empty") && !fresh.path("x.db").exists());
}
