//! The example's server, which upgrades itself: twenty replicas of it start at the same moment on an empty database.
//!
//! Each revision must be applied once and every replica must serve, also if the one that is at work is killed. Read
//! [`replicas`] first.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::subject::{PATIENCE, Running, Way};
use crate::databases::{Database, Server, given};
use crate::project::{Finished, TOOL};

const ARENA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/arena/Cargo.toml");
const REPLICAS: usize = 20;
const REVISIONS: usize = 14;
/// PostgreSQL would be done before anybody can be killed.
const SLOW: &str = "CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.1); END'; \
     CREATE EVENT TRIGGER slow ON ddl_command_end WHEN TAG IN ('ALTER TABLE', 'CREATE INDEX') EXECUTE FUNCTION slow()";

/// What happens while the replicas start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Undisturbed,
    /// Whoever is at work after the first revisions is killed.
    Killed,
}

/// Builds the server once; its folder of built files is ours, which has most of its crates already.
fn server() -> &'static Path {
    static SERVER: OnceLock<PathBuf> = OnceLock::new();
    SERVER.get_or_init(|| {
        let target = Path::new(TOOL).ancestors().nth(2).expect("the target folder");
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--package", "server", "--manifest-path", ARENA, "--target-dir"]).arg(target);
        let output = build.output().expect("cargo");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        target.join("debug/server")
    })
}

fn replicas(kind: Server, way: Way, fate: Fate) {
    let (Some(expected), Some(database)) = (Database::new(kind), Database::new(kind)) else { return };
    let Some(url) = url(&database, way) else { return };
    let mut upgrade = Command::new(TOOL);
    upgrade.args(["alembic", "--manifest-path", ARENA, "upgrade", "-q", "-D", &expected.url]);
    let upgraded = Finished::of(upgrade.output().expect("the tool"));
    assert_eq!(upgraded.status, 0, "{}", upgraded.stderr);

    if fate == Fate::Killed && kind == Server::Postgres {
        database.query(SLOW);
    }
    let mut command = Command::new(server());
    command.env("DATABASE_URL", url).env("ARENA_LISTEN", "127.0.0.1:0").env_remove("ARENA_MIGRATIONS");
    let mut running: Vec<Running> = (0..REPLICAS).map(|_| Running::start(again(&command))).collect();
    if fate == Fate::Killed {
        let (at_work, _reader) = first_at_work(&database);
        let index = running.iter().position(|replica| replica.id() == at_work).expect("one of the replicas");
        running.swap_remove(index).kill();
        assert!(owners(&database).len() < REVISIONS, "it was killed too late");
    }
    let head = expected.query("SELECT version_num FROM alembic_version");
    for replica in &mut running {
        let address = listening(replica);
        let health = get(&address, "/health");
        assert!(health.contains("200 OK") && health.contains(&head), "{kind:?}, {way:?}: {health}\n{}", replica.said());
    }
    assert_eq!(state(&database), state(&expected), "{kind:?}, {way:?}, {fate:?}");
}

/// Where the replicas find the database; none where the pooler is missing and may be.
fn url(database: &Database, way: Way) -> Option<String> {
    if way == Way::Direct {
        return Some(database.url.clone());
    }
    let pooler = given("pgbouncer", "ALEMBIC_TEST_PGBOUNCER_URL")?;
    let address = pooler.split_once('@')?.1.split_once('/')?.0.to_owned();
    Some(database.url_at(&address))
}

/// `Command` is no value that can be cloned.
fn again(command: &Command) -> Command {
    let mut again = Command::new(command.get_program());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => again.env(name, value),
            None => again.env_remove(name),
        };
    }
    again
}

/// Waits for the first revisions, and returns the process that applied the last of them.
///
/// SQLite would be done before anybody can be killed, so there a reader keeps everybody from committing; it ends with the
/// value that is returned.
fn first_at_work(database: &Database) -> (u32, Option<Reader>) {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        let (owners, reader) = match database.server {
            Server::Sqlite => {
                let mut reader = Reader::start(database);
                (processes(&reader.read()), Some(reader))
            }
            Server::Postgres | Server::Mariadb => (owners(database), None),
        };
        if let Some(owner) = owners.last() {
            return (*owner, reader);
        }
    }
    panic!("nobody applied anything");
}

/// A client in the midst of a transaction that reads: nobody commits until it ends.
struct Reader {
    client: Child,
    answers: BufReader<ChildStdout>,
}

impl Reader {
    fn start(database: &Database) -> Reader {
        let mut command = Command::new("sqlite3");
        command.arg(database.url.trim_start_matches("sqlite://"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut client = command.spawn().expect("sqlite3");
        let answers = BufReader::new(client.stdout.take().expect("a pipe"));
        Reader { client, answers }
    }

    /// Returns the owners of the history's rows; none as long as there is no history.
    fn read(&mut self) -> String {
        let stdin = self.client.stdin.as_mut().expect("a pipe");
        writeln!(stdin, ".timeout 1000\nBEGIN;\n{OWNERS};\nSELECT 'end';").expect("sqlite3 listens");
        let mut read = String::new();
        while self.answers.read_line(&mut read).expect("an answer") > 0 && !read.ends_with("end\n") {}
        read
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.client.kill();
        let _ = self.client.wait();
    }
}

const OWNERS: &str = "SELECT owner FROM alembic_version_history ORDER BY number";

/// The processes that applied something, in order.
fn owners(database: &Database) -> Vec<u32> {
    processes(&database.attempt(OWNERS).unwrap_or_default())
}

fn processes(owners: &str) -> Vec<u32> {
    let process = |line: &str| line.split_once("pid ")?.1.trim_end_matches(')').parse().ok();
    owners.lines().filter_map(process).collect()
}

/// Waits until a replica listens, and returns where.
fn listening(replica: &mut Running) -> String {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until && !replica.has_ended() {
        if let Some((_, rest)) = replica.said().split_once("listening on ")
            && let Some((address, _)) = rest.split_once('\n')
        {
            return address.trim().to_owned();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("a replica does not serve:\n{}", replica.said());
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("a server that listens");
    write!(stream, "GET {path} HTTP/1.0\r\nHost: arena\r\n\r\n").expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

/// Everything that tells whether each revision was applied once, by whomever.
fn state(database: &Database) -> String {
    let told = "SELECT number, revision, direction, statements FROM alembic_version_history ORDER BY number";
    let rows = database.query("SELECT version_num FROM alembic_version ORDER BY 1");
    let half = database.query("SELECT count(*) FROM alembic_version_progress");
    let players = database.query("SELECT id, full_name, level FROM players ORDER BY id");
    let history: Vec<String> =
        database.query(told).lines().map(|line| line.split_once('|').expect("columns").1.to_owned()).collect();
    format!("{rows}\n{half}\n{players}\n{}\n{}", history.join("\n"), database.schema())
}

macro_rules! replicas {
    ($($name:ident: $server:ident, $way:ident, $fate:ident;)+) => {
        $(
            #[test]
            fn $name() {
                replicas(Server::$server, Way::$way, Fate::$fate);
            }
        )+
    };
}

replicas! {
    twenty_on_postgres: Postgres, Direct, Undisturbed;
    twenty_on_postgres_one_killed: Postgres, Direct, Killed;
    twenty_behind_pgbouncer: Postgres, Pooled, Undisturbed;
    twenty_behind_pgbouncer_one_killed: Postgres, Pooled, Killed;
    twenty_on_mariadb: Mariadb, Direct, Undisturbed;
    twenty_on_mariadb_one_killed: Mariadb, Direct, Killed;
    twenty_on_sqlite: Sqlite, Direct, Undisturbed;
    twenty_on_sqlite_one_killed: Sqlite, Direct, Killed;
}
