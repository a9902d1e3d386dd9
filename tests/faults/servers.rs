//! The server itself is killed at a message and started again.
//!
//! Such a server is private to its test, and keeps what it has committed, unlike those of `scripts/with-databases`.
//! Read [`sweep`] first.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::proxy::{Mark, Proxy, Wire};
use super::subject::{History, PATIENCE, Running, Start, Subject, Way, scripts, signal};
use super::tally::{Tally, spread, wanted};
use super::wire::points;
use crate::databases::{Database, Server};

/// A restart takes a second or two.
const FEW: usize = 3;
const MANY: usize = 60;

/// A server with one folder; it ends with this value.
pub struct Private {
    server: Server,
    folder: TempDir,
    programs: PathBuf,
    port: u16,
    child: Option<Child>,
}

impl Private {
    /// None where the programs are missing and may be.
    pub fn start(server: Server) -> Option<Private> {
        let (variable, inside) = match server {
            Server::Postgres => ("PGBIN", ""),
            Server::Mariadb => ("MARIADB_PREFIX", "bin"),
            Server::Sqlite => return None,
        };
        let Some(programs) = std::env::var_os(variable) else {
            assert!(std::env::var_os("ALEMBIC_TEST_REQUIRE").is_none(), "{variable} is not set: run scripts/test");
            eprintln!("skipped: no {variable}");
            return None;
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let programs = Path::new(&programs).join(inside);
        let mut private = Private { server, folder, programs, port, child: None };
        private.initialize();
        private.run();
        Some(private)
    }

    pub fn url(&self) -> String {
        match self.server {
            Server::Mariadb => format!("mysql://root@127.0.0.1:{}/mysql", self.port),
            Server::Postgres | Server::Sqlite => format!("postgres://postgres@127.0.0.1:{}/postgres", self.port),
        }
    }

    /// A program of the server, as a user that is not root.
    fn program(&self, name: &str) -> Command {
        let mut path = self.programs.join(name);
        if !path.exists() {
            path = self.programs.join("../sbin").join(name);
        }
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]);
        if is_root() {
            command.args(["--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--reset-env"]);
        }
        command.arg(path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn initialize(&self) {
        let root = self.folder.path();
        if is_root() {
            let given = Command::new("chown").arg("nobody").arg(root).status().expect("chown");
            assert!(given.success(), "cannot give {} to nobody", root.display());
        }
        let mut command = match self.server {
            Server::Mariadb => {
                let mut command = self.program("mariadb-install-db");
                command.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
                command.arg("--skip-name-resolve").arg(format!("--datadir={}/files", root.display()));
                command
            }
            Server::Postgres | Server::Sqlite => {
                let mut command = self.program("initdb");
                command.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D"]);
                command.arg(root.join("files"));
                command
            }
        };
        assert!(command.status().expect("the server's program").success(), "no files for {:?}", self.server);
    }

    /// Starts the server and waits until it answers. What the dead one left may be in the way for a moment.
    pub fn run(&mut self) {
        let root = self.folder.path().display().to_string();
        let until = Instant::now() + PATIENCE;
        loop {
            let mut command = match self.server {
                Server::Mariadb => {
                    let mut command = self.program("mariadbd");
                    // A commit is the operating system's at once, so that only its own end could lose it.
                    command.args(["--no-defaults", "--skip-log-bin", "--skip-name-resolve", "--performance-schema=0"]);
                    command.args(["--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-size=32M"]);
                    command.args(["--innodb-log-file-size=16M", "--bind-address=127.0.0.1"]);
                    command.arg(format!("--port={}", self.port)).arg(format!("--datadir={root}/files"));
                    command.arg(format!("--socket={root}/socket")).arg(format!("--pid-file={root}/id"));
                    command.arg(format!("--tmpdir={root}"));
                    command
                }
                Server::Postgres | Server::Sqlite => {
                    let mut command = self.program("postgres");
                    command.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c"]);
                    command.args(["fsync=off", "-c", "shared_buffers=16MB", "-p"]).arg(self.port.to_string());
                    command.arg("-D").arg(format!("{root}/files"));
                    command
                }
            };
            let mut child = command.spawn().expect("the server");
            while Instant::now() < until && child.try_wait().expect("a child").is_none() {
                if self.answers() {
                    self.child = Some(child);
                    return;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            assert!(Instant::now() < until, "{:?} does not start", self.server);
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn answers(&self) -> bool {
        let port = self.port.to_string();
        let mut command = match self.server {
            Server::Mariadb => {
                let mut command = Command::new("mariadb");
                command.args(["--no-defaults", "-uroot", "-h", "127.0.0.1", "-P", &port, "-e", "SELECT 1"]);
                command
            }
            Server::Postgres | Server::Sqlite => {
                let mut command = Command::new("psql");
                command.args(["-qXAt", "-c", "SELECT 1", "-d", &self.url()]);
                command
            }
        };
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("a client").success()
    }

    /// Kills the server and its processes.
    pub fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let listed = Command::new("pgrep").arg("-P").arg(child.id().to_string()).output().expect("pgrep");
        let _ = child.kill();
        let _ = child.wait();
        for id in String::from_utf8_lossy(&listed.stdout).lines() {
            // One that has ended already has no objection.
            let _ = Command::new("kill").args(["-s", "KILL", id]).stderr(Stdio::null()).status();
        }
    }

    /// Ends the server in good order.
    fn stop(&mut self) {
        if let Some(child) = &mut self.child {
            signal(child.id(), if self.server == Server::Mariadb { "TERM" } else { "INT" });
            let _ = child.wait();
        }
        self.child = None;
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        self.stop();
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn sweep(server: Server, history: History) {
    let Some(mut private) = Private::start(server) else { return };
    let database = Database::at(server, &private.url());
    let subject = Subject::of(database, &scripts(server, history), Start::Fresh);
    let Some(address) = subject.address(Way::Direct) else { return };
    let proxy = Proxy::start(if server == Server::Postgres { Wire::Postgres } else { Wire::Mysql }, &address);
    let mut tally = Tally::new(&format!("{server:?}, Direct|{history:?}|Server killed"));
    for (message, moment) in spread(&points(&subject, &proxy), if wanted().is_some() { MANY } else { FEW }) {
        subject.reset();
        proxy.reset();
        let reached = proxy.hold_at(Mark::Number(message), moment);
        let mut run = Running::start(subject.upgrade_at(&proxy.address));
        let Ok(held) = reached.recv_timeout(PATIENCE) else { continue };
        private.kill();
        held.cut();
        private.run();
        let ended = run.end_within(PATIENCE);
        proxy.reset();
        let (outcome, aid) = subject.judge(ended, &run.said());
        tally.add(&format!("{message} {moment:?}"), outcome, aid);
    }
    tally.finish();
}

#[test]
fn postgres_killed_itself() {
    sweep(Server::Postgres, History::Transactions);
}

#[test]
fn postgres_killed_itself_outside_of_transactions() {
    sweep(Server::Postgres, History::Outside);
}

#[test]
fn mariadb_killed_itself() {
    sweep(Server::Mariadb, History::Outside);
}
