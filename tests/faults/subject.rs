//! What the trials run: a project whose statements count their own runs, on a database of its own, and the judgement.
//!
//! Read [`Subject::new`] first, then [`Subject::judge`].

use std::fs;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

use super::tally::{Aid, Outcome};
use crate::databases::{Database, Server, given};
use crate::project::Project;

/// No run takes that long unless it hangs.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// How the revisions run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// Each in one transaction, where the database has such.
    Transactions,
    /// `transaction = false`, with CREATE INDEX CONCURRENTLY on PostgreSQL and VACUUM on SQLite.
    Outside,
}

/// What the database has before the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Nothing; our tables are missing, too.
    Fresh,
    /// The first revision.
    Installed,
}

/// How the tool reaches the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Direct,
    /// Through PgBouncer in transaction mode.
    Pooled,
}

pub struct Subject {
    pub project: Project,
    pub database: Database,
    start: Start,
    /// SQL for a database that was just emptied.
    prepare: Option<&'static str>,
    /// What an undisturbed run leaves.
    expected: String,
}

impl Subject {
    /// None where the server is missing and may be.
    pub fn new(server: Server, history: History, start: Start) -> Option<Subject> {
        Some(Subject::of(Database::new(server)?, &scripts(server, history), start))
    }

    /// Revisions of one line, from their ids and statements.
    pub fn of(database: Database, scripts: &[(&str, String)], start: Start) -> Subject {
        let project = Project::new(&["app"]).database(&database.url);
        let mut parent: Option<&str> = None;
        for (id, sql) in scripts {
            project.revision("app", id, parent.as_slice(), sql, "");
            parent = Some(id);
        }
        let mut subject = Subject { project, database, start, prepare: None, expected: String::new() };
        subject.reset();
        subject.project.ok("upgrade -q");
        subject.expected = subject.state();
        subject
    }

    /// Has this SQL run before anything else.
    pub fn prepared(self, sql: &'static str) -> Subject {
        Subject { prepare: Some(sql), ..self }
    }

    /// Empties the database, and installs what shall be there.
    pub fn reset(&self) {
        self.database.empty();
        self.prepare.map(|sql| self.database.query(sql));
        if self.start == Start::Installed {
            self.project.ok("upgrade r1 -q");
        }
    }

    /// Where the database is on this way; none where the pooler is missing and may be.
    pub fn address(&self, way: Way) -> Option<String> {
        let url = match way {
            Way::Direct => self.database.url.clone(),
            Way::Pooled => given("pgbouncer", "ALEMBIC_TEST_PGBOUNCER_URL")?,
        };
        let rest = url.split_once('@').expect("a URL with a user").1;
        Some(rest.split_once('/').expect("a URL with a database").0.to_owned())
    }

    /// The run that is struck, on another way to the same database.
    pub fn upgrade_at(&self, address: &str) -> Command {
        let url = self.database.url_at(address);
        self.project.command(&["upgrade", "-q", "-D", &url])
    }

    /// Everything that tells whether each statement ran once and the bookkeeping is right.
    pub fn state(&self) -> String {
        let list = |what: &str, from: &str, order: &str| match self.database.server {
            Server::Postgres => format!("(SELECT string_agg({what}, ' ' ORDER BY {order}) FROM {from})"),
            Server::Mariadb => format!("(SELECT group_concat({what} ORDER BY {order} SEPARATOR ' ') FROM {from})"),
            Server::Sqlite => {
                format!("(SELECT group_concat(x, ' ') FROM (SELECT {what} AS x FROM {from} ORDER BY {order}))")
            }
        };
        let told = match self.database.server {
            Server::Mariadb => "concat(revision, ':', direction)",
            Server::Postgres | Server::Sqlite => "revision || ':' || direction",
        };
        let invalid = match self.database.server {
            Server::Postgres => "(SELECT count(*) FROM pg_index WHERE NOT indisvalid)",
            Server::Mariadb | Server::Sqlite => "0",
        };
        let found = self.database.query(&format!(
            "SELECT {}, 'ran', {}, 'version', {}, 'half', (SELECT count(*) FROM alembic_version_progress), \
             'invalid', {invalid}",
            list(told, "alembic_version_history", "number"),
            list("name", "runs", "name"),
            list("version_num", "alembic_version", "version_num"),
        ));
        format!("{found}\n{}", self.database.schema())
    }

    /// Judges what a fault left, after the struck run has ended with `ended`; none if it had to be killed at last.
    pub fn judge(&self, ended: Option<ExitStatus>, said: &str) -> (Outcome, Aid) {
        let Some(ended) = ended else { return (Outcome::Stuck(format!("it never ended: {said}")), Aid::SecondRun) };
        match ended.code() {
            Some(0) => return (self.compare("after a run that says it is done"), Aid::None),
            // Killed, the database failed, the lock was not to be had, half applied.
            None | Some(4 | 6 | 7) => {}
            Some(other) => return (Outcome::Wrong(format!("exit status {other}: {said}")), Aid::SecondRun),
        }
        (self.run_again(), Aid::SecondRun)
    }

    /// A plain run must make good whatever is missing.
    pub fn run_again(&self) -> Outcome {
        let mut run = Running::start(self.project.command(&["upgrade", "-q"]));
        match run.end_within(PATIENCE).and_then(|ended| ended.code()) {
            Some(0) => self.compare("after another run"),
            Some(status) => Outcome::Stuck(format!("the other run ended with {status}: {}", run.said())),
            None => Outcome::Stuck(format!("the other run never ended: {}", run.said())),
        }
    }

    /// The same without what the history tells: somebody else ran a part, or dropped it.
    #[track_caller]
    pub fn assert_exact_but_history(&self, when: &str) {
        let rest = |state: &str| state.split_once("|ran|").map(|(_, rest)| rest.to_owned()).expect("what ran");
        assert_eq!(rest(&self.state()), rest(&self.expected), "{when}");
    }

    pub fn compare(&self, when: &str) -> Outcome {
        let state = self.state();
        if state == self.expected {
            Outcome::Exact
        } else {
            Outcome::Wrong(format!("{when}\n{state}\ninstead of\n{}", self.expected))
        }
    }
}

/// A run of the tool that may be struck. It is killed with this value.
pub struct Running {
    child: Child,
    said: NamedTempFile,
}

impl Running {
    /// Starts a command; what it prints goes to a file, since nobody reads it meanwhile.
    pub fn start(mut command: Command) -> Running {
        let said = NamedTempFile::new().expect("a temporary file");
        let output = || said.as_file().try_clone().expect("a file");
        command.stdin(Stdio::null()).stdout(output()).stderr(output());
        Running { child: command.spawn().expect("the tool"), said }
    }

    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Sends a signal by its name, such as `STOP`.
    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_some()
    }

    /// Waits for its end; none if it had to be killed.
    pub fn end_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        let until = Instant::now() + limit;
        loop {
            match self.child.try_wait().expect("a child") {
                Some(status) => return Some(status),
                None if Instant::now() >= until => {
                    self.kill();
                    return None;
                }
                None => std::thread::sleep(Duration::from_millis(3)),
            }
        }
    }

    pub fn said(&self) -> String {
        fs::read_to_string(self.said.path()).expect("what it said")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Sends a signal to one process that this program started.
pub fn signal(id: u32, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &id.to_string()]).status().expect("kill");
    assert!(sent.success(), "cannot send {name} to {id}");
}

/// Five revisions, each statement of which counts its run or cannot run twice.
pub fn scripts(server: Server, history: History) -> Vec<(&'static str, String)> {
    let ran = |name: &str| format!("INSERT INTO runs VALUES ('{name}');\n");
    let first = format!("CREATE TABLE runs (name varchar(32) NOT NULL);\n{}", ran("r1"));
    let made = "CREATE TABLE made (id integer NOT NULL, name varchar(20));\n";
    if history == History::Transactions {
        return vec![
            ("r1", first),
            ("r2", ran("r2.1") + made + &ran("r2.2")),
            ("r3", "ALTER TABLE made ADD COLUMN more integer;\nCREATE INDEX ix_made ON made (name);\n".to_owned()),
            ("r4", ran("r4.1") + "UPDATE runs SET name = 'r4.2' WHERE name = 'r4.1';\n" + &ran("r4.3")),
            ("r5", "ALTER TABLE made ADD COLUMN last integer;\n".to_owned() + &ran("r5")),
        ];
    }
    let outside = |sql: String| format!("-- transaction = false\n{sql}");
    let (builds, more, drops) = match server {
        Server::Postgres => (
            "CREATE INDEX CONCURRENTLY ix_runs ON runs (name);\n",
            "CREATE UNIQUE INDEX CONCURRENTLY ix_made ON made (id);\n",
            "DROP INDEX CONCURRENTLY ix_runs;\n",
        ),
        Server::Sqlite => ("VACUUM;\n", "CREATE UNIQUE INDEX ix_made ON made (id);\n", "ANALYZE;\n"),
        Server::Mariadb => (
            "CREATE INDEX ix_runs ON runs (name);\n",
            "CREATE UNIQUE INDEX ix_made ON made (id);\n",
            "DROP INDEX ix_runs ON runs;\n",
        ),
    };
    vec![
        ("r1", first),
        ("r2", outside(ran("r2.1") + builds + &ran("r2.2"))),
        ("r3", ran("r3.1") + made + &ran("r3.2")),
        ("r4", outside(more.to_owned())),
        ("r5", outside(ran("r5.1") + drops + "ALTER TABLE made ADD COLUMN last integer;\n" + &ran("r5.2"))),
    ]
}
