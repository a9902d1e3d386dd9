//! The databases that tests run on: a SQLite file each, and a database of its own on the servers of `scripts/test`.
//!
//! A server that is missing where `ALEMBIC_TEST_REQUIRE` names it fails the test; otherwise the test says what it skips.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    Sqlite,
    Postgres,
    Mariadb,
}

impl Server {
    pub const ALL: [Server; 3] = [Server::Sqlite, Server::Postgres, Server::Mariadb];

    fn name(self) -> &'static str {
        match self {
            Server::Sqlite => "sqlite",
            Server::Postgres => "postgres",
            Server::Mariadb => "mariadb",
        }
    }
}

/// A database that is dropped with this value.
pub struct Database {
    pub server: Server,
    pub url: String,
    admin: String,
    name: String,
    /// Keeps a SQLite file.
    folder: Option<tempfile::TempDir>,
}

/// Says that a test is skipped; panics if `ALEMBIC_TEST_REQUIRE` names what is missing.
pub fn missing(name: &str, why: &str) {
    let required = std::env::var("ALEMBIC_TEST_REQUIRE").unwrap_or_default();
    assert!(!required.split(',').any(|required| required == name), "{name}: {why}");
    eprintln!("skipped: no {name}");
}

/// Returns whether a test may use what `name` stands for; panics if it must.
pub fn given(name: &str, variable: &str) -> Option<String> {
    match std::env::var(variable) {
        Ok(value) if !value.is_empty() => Some(value),
        _ => {
            missing(name, &format!("{variable} is not set: run scripts/test"));
            None
        }
    }
}

impl Database {
    /// An empty database, or none where the server is missing and may be.
    pub fn new(server: Server) -> Option<Database> {
        match server {
            Server::Sqlite => Some(Database::at(server, "")),
            Server::Postgres => Some(Database::at(server, &given(server.name(), "ALEMBIC_TEST_POSTGRES_URL")?)),
            Server::Mariadb => Some(Database::at(server, &given(server.name(), "ALEMBIC_TEST_MARIADB_URL")?)),
        }
    }

    /// An empty database on the server of this URL.
    pub fn at(server: Server, admin: &str) -> Database {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("cli_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let admin = admin.to_owned();
        if server == Server::Sqlite {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let url = format!("sqlite://{}/test.db", folder.path().display());
            return Database { server, url, admin, name, folder: Some(folder) };
        }
        let url = format!("{}/{name}", admin.rsplit_once('/').expect("a URL with a database").0);
        let database = Database { server, url, admin, name, folder: None };
        database.client(&database.admin, &format!("CREATE DATABASE {}", database.name));
        database
    }

    /// Every database at hand.
    pub fn each() -> impl Iterator<Item = Database> {
        Server::ALL.into_iter().filter_map(Database::new)
    }

    /// The same database at another address.
    pub fn url_at(&self, address: &str) -> String {
        let (head, name) = self.url.rsplit_once('/').expect("a URL with a database");
        let user = head.split_once('@').expect("a URL with a user").0;
        format!("{user}@{address}/{name}")
    }

    /// Takes everything away.
    pub fn empty(&self) {
        match self.server {
            Server::Sqlite => {
                let file = self.url.trim_start_matches("sqlite://");
                for suffix in ["", "-wal", "-shm", "-journal", "-alembic-lock"] {
                    let _ = std::fs::remove_file(format!("{file}{suffix}"));
                }
            }
            Server::Postgres => _ = self.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public"),
            Server::Mariadb => _ = self.query(&format!("DROP DATABASE {0}; CREATE DATABASE {0}", self.name)),
        }
    }

    /// What the database's own client answers, a line a row, values separated by `|`.
    pub fn query(&self, sql: &str) -> String {
        self.client(&self.url, sql)
    }

    /// The same, for what the database may refuse: then its message.
    pub fn attempt(&self, sql: &str) -> Result<String, String> {
        self.ask(&self.url, sql)
    }

    fn client(&self, url: &str, sql: &str) -> String {
        self.ask(url, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    fn ask(&self, url: &str, sql: &str) -> Result<String, String> {
        let mut command = match self.server {
            Server::Sqlite => {
                let mut command = Command::new("sqlite3");
                command.arg(url.trim_start_matches("sqlite://")).arg(sql);
                command
            }
            Server::Postgres => {
                let mut command = Command::new("psql");
                command.args(["-qXAt", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql]);
                command
            }
            Server::Mariadb => {
                let (host, port, database) = mysql_parts(url);
                let mut command = Command::new("mariadb");
                command.args(["--no-defaults", "-uroot", "-N", "-B", "-h", &host, "-P", &port, &database, "-e", sql]);
                command
            }
        };
        let output = command.output().expect("the database's client");
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().replace('\t', "|"))
    }

    /// Runs a script with the database's own client, which stops at the first error.
    pub fn run_script(&self, sql: &str) {
        let mut command = match self.server {
            Server::Sqlite => {
                let mut command = Command::new("sqlite3");
                command.arg("-bail").arg(self.url.trim_start_matches("sqlite://"));
                command
            }
            Server::Postgres => {
                let mut command = Command::new("psql");
                command.args(["-qX", "-v", "ON_ERROR_STOP=1", "-d", &self.url, "-f", "-"]);
                command
            }
            Server::Mariadb => {
                let (host, port, database) = mysql_parts(&self.url);
                let mut command = Command::new("mariadb");
                command.args(["--no-defaults", "-uroot", "-h", &host, "-P", &port, &database]);
                command
            }
        };
        let mut client = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the database's client");
        client.stdin.take().expect("a pipe").write_all(sql.as_bytes()).expect("the client listens");
        let output = client.wait_with_output().expect("the database's client");
        assert!(output.status.success(), "{:?}: {}", self.server, String::from_utf8_lossy(&output.stderr));
    }

    /// The tables without those of ours, sorted.
    pub fn tables(&self) -> Vec<String> {
        let sql = match self.server {
            Server::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            Server::Postgres => "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
            Server::Mariadb => "SELECT table_name FROM information_schema.tables WHERE table_schema = database()",
        };
        let mut tables: Vec<String> =
            self.query(sql).lines().filter(|name| !name.starts_with("alembic_version")).map(str::to_owned).collect();
        tables.sort();
        tables
    }

    /// The whole schema without what SQLite's own `ALTER` writes otherwise: quotes and blanks.
    pub fn plain_schema(&self) -> String {
        self.schema().replace(|character: char| character == '"' || character.is_whitespace(), "")
    }

    /// The whole schema, as the database describes it.
    pub fn schema(&self) -> String {
        let sql = match self.server {
            Server::Sqlite => {
                "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic_version%' ORDER BY 1, 2"
            }
            Server::Postgres => {
                "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns \
                 WHERE table_schema = 'public' AND table_name NOT LIKE 'alembic_%' \
                 UNION ALL SELECT tablename, indexname, indexdef, '', '' FROM pg_indexes \
                 WHERE schemaname = 'public' AND tablename NOT LIKE 'alembic_%' \
                 UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '' FROM pg_constraint \
                 WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE 'alembic_%' \
                 UNION ALL SELECT event_object_table, trigger_name, action_statement, '', '' FROM information_schema.triggers ORDER BY 1, 2, 3"
            }
            Server::Mariadb => {
                "SELECT table_name, column_name, column_type, is_nullable, column_default FROM information_schema.columns \
                 WHERE table_schema = database() AND table_name NOT LIKE 'alembic_%' \
                 UNION ALL SELECT table_name, index_name, column_name, seq_in_index, non_unique FROM information_schema.statistics \
                 WHERE table_schema = database() AND table_name NOT LIKE 'alembic_%' \
                 UNION ALL SELECT event_object_table, trigger_name, action_statement, '', '' FROM information_schema.triggers \
                 WHERE trigger_schema = database() ORDER BY 1, 2, 3, 4"
            }
        };
        self.query(sql)
    }
}

fn mysql_parts(url: &str) -> (String, String, String) {
    let rest = url.split_once('@').expect("a user").1;
    let (address, database) = rest.split_once('/').expect("a database");
    let (host, port) = address.split_once(':').expect("a port");
    (host.to_owned(), port.to_owned(), database.to_owned())
}

impl Drop for Database {
    fn drop(&mut self) {
        match (&self.folder, std::thread::panicking()) {
            (Some(_), _) => {}
            (None, false) => {
                // A pooler keeps connections.
                let force = if self.server == Server::Postgres { " WITH (FORCE)" } else { "" };
                self.client(&self.admin, &format!("DROP DATABASE {}{force}", self.name));
            }
            (None, true) => eprintln!("the database is kept: {}", self.url),
        }
    }
}
