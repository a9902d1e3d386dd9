//! A disk that is full, and a server that may only be read any more: nothing is half done that nobody is told about, and
//! once the cause is gone one plain `upgrade` makes it good.
//!
//! Read [`full`] first. The disk is a small tmpfs, which takes the right to mount. MariaDB 10.11 has no test here: it
//! aborts by itself when a tablespace cannot grow.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::subject::{History, PATIENCE, Running, Start, Subject};
use super::tally::Outcome;
use super::wire::midway;
use crate::databases::{Database, Server, missing};
use crate::project::Project;

/// A disk of 512 KiB; unmounted with this value.
pub struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    /// None where this user may not mount.
    pub fn new() -> Option<Disk> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("permissions");
        let disk = Disk { folder };
        fs::create_dir(disk.path()).expect("a folder");
        if disk.mount("size=512k") {
            return Some(disk);
        }
        missing("mount", "no right to mount a small disk");
        None
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    fn mount(&self, options: &str) -> bool {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "none"]).arg(self.path());
        mount.output().is_ok_and(|output| output.status.success())
    }

    fn make_room(&self) {
        assert!(self.mount("remount,size=64m"), "the disk does not grow");
    }

    /// Lets a server write there, which is another user.
    fn give_to_owner_of(&self, folder: &str) {
        let owner = fs::metadata(Path::new(folder)).expect("the server's folder").uid();
        chown(self.path(), Some(owner), None).expect("another owner");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).output();
    }
}

/// Runs into the full disk, makes room, and runs again: each statement must have run once.
fn full(disk: &Disk, project: &Project, query: &dyn Fn(&str) -> String, big: &[String], history: History) {
    let setting = if history == History::Outside { "-- transaction = false\n" } else { "" };
    let ran = |name: &str| format!("INSERT INTO runs VALUES ('{name}');\n");
    project.revision("app", "r1", &[], &format!("CREATE TABLE runs (name varchar(32));\n{}", ran("r1")), "");
    let up = format!("{setting}{}{}{}", ran("r2.1"), big.concat(), ran("r2.2"));
    project.revision("app", "r2", &["r1"], &up, "");
    project.revision("app", "r3", &["r2"], &ran("r3"), "");

    let failed = project.run("upgrade -q");
    let told = format!("{history:?}: {} {}", failed.status, failed.stderr);
    assert!(matches!(failed.status, 4 | 7), "{told}");
    let said = failed.stderr.to_lowercase();
    assert!(said.contains("full") || said.contains("space"), "{told}");
    assert_eq!(query("SELECT version_num FROM alembic_version"), "r1", "{told}");
    disk.make_room();
    let again = project.run("upgrade -q");
    assert_eq!(again.status, 0, "{told}\n{}", again.stderr);
    assert_eq!(query("SELECT name FROM runs ORDER BY name").replace('\n', " "), "r1 r2.1 r2.2 r3", "{told}");
    assert_eq!(query("SELECT count(*) FROM big"), "5000", "{told}");
    assert_eq!(query("SELECT count(*) FROM alembic_version_history"), "3", "{told}");
    assert_eq!(query("SELECT count(*) FROM alembic_version_progress"), "0", "{told}");
}

#[test]
fn a_full_disk_under_sqlite() {
    for history in [History::Transactions, History::Outside] {
        let Some(disk) = Disk::new() else { return };
        let file = disk.path().join("app.db");
        let project = Project::new(&["app"]).database(&format!("sqlite://{}", file.display()));
        let query = |sql: &str| {
            let output = Command::new("sqlite3").arg(&file).arg(sql).output().expect("sqlite3");
            assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
        };
        let big = [
            "CREATE TABLE big (x blob);\n".to_owned(),
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) \
             INSERT INTO big SELECT randomblob(300) FROM n;\n"
                .to_owned(),
        ];
        full(&disk, &project, &query, &big, history);
        assert_eq!(query("PRAGMA integrity_check"), "ok");
    }
}

#[test]
fn a_full_disk_under_postgres() {
    for history in [History::Transactions, History::Outside] {
        let Some(database) = Database::new(Server::Postgres) else { return };
        let Some(disk) = Disk::new() else { return };
        disk.give_to_owner_of(&database.query("SHOW data_directory"));
        let space = format!("small_{}_{}", std::process::id(), if history == History::Outside { 1 } else { 2 });
        database.query(&format!("CREATE TABLESPACE {space} LOCATION '{}'", disk.path().display()));
        let project = Project::new(&["app"]).database(&database.url);
        let big = [
            format!("CREATE TABLE big (x text) TABLESPACE {space};\n"),
            "INSERT INTO big SELECT repeat(md5(i::text), 9) FROM generate_series(1, 5000) AS i;\n".to_owned(),
        ];
        full(&disk, &project, &|sql| database.query(sql), &big, history);
        database.query("DROP TABLE big");
        database.query(&format!("DROP TABLESPACE {space}"));
    }
}

#[test]
fn a_server_that_may_only_be_read_any_more() {
    for history in [History::Transactions, History::Outside] {
        let Some(subject) = Subject::new(Server::Postgres, history, Start::Installed) else { return };
        subject.reset();
        let name = subject.database.query("SELECT current_database()");
        let close = || {
            // New connections see the setting, so those that are there end, as they do when a server changes its part.
            subject.database.query(&format!(
                "ALTER DATABASE {name} SET default_transaction_read_only = on; \
                 SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                 WHERE datname = '{name}' AND pid <> pg_backend_pid()"
            ));
        };
        let (ended, said) = midway(&subject, |address| subject.upgrade_at(address), "r3", close);
        let status = ended.and_then(|ended| ended.code());
        assert!(matches!(status, Some(4 | 7)), "{history:?}: {status:?} {said}");
        assert!(said.contains("read-only"), "{history:?}: {said}");
        subject
            .database
            .query(&format!("BEGIN READ WRITE; ALTER DATABASE {name} RESET default_transaction_read_only; COMMIT"));
        let mut again = Running::start(subject.project.command(&["upgrade", "-q"]));
        let ended = again.end_within(PATIENCE);
        assert!(ended.is_some_and(|ended| ended.success()), "{history:?}: {said}\n{}", again.said());
        assert_eq!(subject.compare("writable again"), Outcome::Exact, "{history:?}");
    }
}
