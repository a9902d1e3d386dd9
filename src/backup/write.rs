//! The file of a backup: begun beside its name, filled by a tool, looked at, and only then given its name.
//!
//! Ctrl-C and SIGTERM end the tool; the unfinished file goes with its value. Read [`dumped`] first.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use alembic_runtime::session::{ErrorKind, Missing, OpenOptions, open};
use alembic_runtime::url::ServerParts;
use alembic_runtime::{Cancel, DatabaseUrl};
use camino::{Utf8Path, Utf8PathBuf};
use tempfile::NamedTempFile;
use tokio::process::Command;

use super::fault::{BackupFault, Misplaced};
use super::tool::{self, Tool};
use crate::app::{App, Failure};
use crate::process::{Stopped, finished};
use crate::ui::interrupt::Signals;

/// The lines of a tool's message that are shown, the last ones.
const SHOWN: usize = 12;
/// Where the last words of a complete dump stand.
const TAIL: u64 = 1024;

/// Returns the folder that a path is in.
pub fn folder_of(path: &Utf8Path) -> &Utf8Path {
    path.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."))
}

/// A file that is not complete, readable by nobody else; removed unless it is kept.
pub struct Partial {
    file: NamedTempFile,
    wanted: Utf8PathBuf,
}

impl Partial {
    pub fn beside(path: &Utf8Path) -> Result<Self, BackupFault> {
        let failed = |error| BackupFault::NotWritten { path: path.to_owned(), error };
        let name = path.file_name().unwrap_or_default();
        let file =
            tempfile::Builder::new().prefix(&format!(".{name}.")).suffix(".partial").tempfile_in(folder_of(path));
        Ok(Partial { file: file.map_err(failed)?, wanted: path.to_owned() })
    }

    /// Gives the file its name, and returns its size; over another file only if that is this run's own.
    pub fn keep(self, path: &Utf8Path, replaces_own: bool) -> Result<u64, Failure> {
        let failed = |error| BackupFault::NotWritten { path: path.to_owned(), error };
        let bytes = self.file.as_file().metadata().map_err(failed)?.len();
        self.file.as_file().sync_all().map_err(failed)?;
        let kept = if replaces_own { self.file.persist(path) } else { self.file.persist_noclobber(path) };
        match kept {
            Ok(_) => Ok(bytes),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(Misplaced::Exists { path: path.to_owned() }.into())
            }
            Err(error) => Err(failed(error.error).into()),
        }
    }

    fn output(&self) -> Result<File, BackupFault> {
        let failed = |error| BackupFault::NotWritten { path: self.wanted.clone(), error };
        self.file.as_file().try_clone().map_err(failed)
    }

    fn ends_with(&self, words: &str) -> io::Result<bool> {
        let mut file = self.file.reopen()?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut end = Vec::new();
        file.read_to_end(&mut end)?;
        Ok(String::from_utf8_lossy(&end).contains(words))
    }
}

/// Fills the file with what the server's own tool writes.
pub fn dumped(app: &App, url: &DatabaseUrl, partial: &Partial) -> Result<Tool, Failure> {
    let parts = url.server_parts().unwrap_or_default();
    let tool = match url.dialect() {
        alembic_revisions::DialectName::Mysql => mysql_tool(app)?,
        _ if partial.wanted.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("sql")) => Tool::PostgresSql,
        _ => Tool::PostgresArchive,
    };
    let mut command = command(tool.name(), &tool::dump(tool, &parts));
    if let Some(password) = &parts.password {
        command.env(tool::secret(tool), password);
    }
    command.stdout(partial.output()?);
    let output = app.wait(finished(&mut command)).map_err(|stopped| fault(stopped, tool.name()))?;
    let message = said(&output, &parts);
    if !output.status.success() {
        return Err(BackupFault::Failed { tool: tool.name().to_owned(), message }.into());
    }
    message.lines().filter(|line| !line.is_empty()).for_each(|line| app.ui.verbose(line));
    look_at(app, tool, partial)?;
    Ok(tool)
}

/// MariaDB's program first; one of MySQL's name may be MariaDB's, too.
fn mysql_tool(app: &App) -> Result<Tool, Failure> {
    for name in ["mariadb-dump", "mysqldump"] {
        let mut command = command(name, &["--version".to_owned()]);
        command.stdout(Stdio::piped());
        let version = match app.wait(finished(&mut command)) {
            Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
            Err(Stopped::Missing) => continue,
            Err(stopped) => return Err(fault(stopped, name).into()),
        };
        return Ok(match (name, version.contains("MariaDB")) {
            ("mariadb-dump", _) => Tool::MariadbDump,
            (_, true) => Tool::RenamedMariadbDump,
            (_, false) => Tool::Mysqldump,
        });
    }
    Err(BackupFault::NoTool { tools: vec!["mariadb-dump", "mysqldump"] }.into())
}

/// Finds out whether a dump is whole.
fn look_at(app: &App, tool: Tool, partial: &Partial) -> Result<(), Failure> {
    let incomplete = |message: String| BackupFault::Incomplete { tool: tool.name().to_owned(), message };
    match tool.last_words() {
        Some(words) => match partial.ends_with(words) {
            Ok(true) => Ok(()),
            Ok(false) => Err(incomplete(format!("its end lacks `{words}`")).into()),
            Err(error) => Err(BackupFault::NotWritten { path: partial.wanted.clone(), error }.into()),
        },
        None => {
            let path = partial.file.path().to_string_lossy().into_owned();
            let mut command = command("pg_restore", &["--list".to_owned(), path]);
            command.stdout(Stdio::null());
            let output = app.wait(finished(&mut command)).map_err(|stopped| fault(stopped, "pg_restore"))?;
            if output.status.success() {
                return Ok(());
            }
            Err(incomplete(said(&output, &ServerParts::default())).into())
        }
    }
}

/// Fills the file with a copy of a SQLite database.
pub fn copied(app: &App, partial: &Partial) -> Result<Tool, Failure> {
    let tool = Tool::Vacuum.name().to_owned();
    let path = partial.file.path().to_owned();
    let literal = alembic_revisions::DialectName::Sqlite.dialect().literal(&path.to_string_lossy());
    let cancel = Cancel::default();
    let mut session = app.open(Missing::Report)?;
    let (since, patience) = (Instant::now(), app.options.database.lock_timeout.unwrap_or(PATIENCE));
    let copying = async {
        session.heed(&cancel).await;
        let copied = loop {
            match session.execute(&format!("VACUUM INTO {literal}")).await {
                // Somebody writes to the database.
                Err(error) if error.kind == ErrorKind::Busy && since.elapsed() < patience => {
                    tokio::time::sleep(PAUSE).await;
                }
                copied => break copied,
            }
        };
        session.close().await;
        copied
    };
    let copied = app.wait(async {
        let mut signals = Signals::listen();
        tokio::pin!(copying);
        tokio::select! {
            copied = &mut copying => Ok(copied),
            signal = signals.next() => {
                cancel.request();
                Err(BackupFault::Interrupted { signal })
            }
        }
    })?;
    copied.map_err(|error| BackupFault::Failed { tool: tool.clone(), message: error.to_string() })?;
    let checked = app.wait(async {
        let mut session = open(&DatabaseUrl::of_file(Some(path)), &OpenOptions::default())
            .await
            .map_err(|error| error.to_string())?;
        let rows = session.rows("PRAGMA integrity_check").await.map_err(|error| error.to_string());
        session.close().await;
        let lines: Vec<String> = rows?.into_iter().flatten().flatten().collect();
        if lines == ["ok"] { Ok(()) } else { Err(lines.join("; ")) }
    });
    checked.map_err(|message| BackupFault::Incomplete { tool, message })?;
    Ok(Tool::Vacuum)
}

/// The longest wait for a writer of SQLite, as for the lock.
const PATIENCE: Duration = Duration::from_secs(600);
const PAUSE: Duration = Duration::from_millis(50);

fn command(program: &str, words: &[String]) -> Command {
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null()).stderr(Stdio::piped());
    command
}

fn fault(stopped: Stopped, tool: &'static str) -> BackupFault {
    match stopped {
        Stopped::Missing => BackupFault::NoTool { tools: vec![tool] },
        Stopped::Unstartable(error) => BackupFault::Failed { tool: tool.to_owned(), message: error.to_string() },
        Stopped::Signal(signal) => BackupFault::Interrupted { signal },
    }
}

/// Returns the end of what a tool said, without the password.
fn said(output: &Output, parts: &ServerParts) -> String {
    let mut text = String::from_utf8_lossy(&output.stderr).into_owned();
    if let Some(password) = parts.password.as_deref().filter(|password| !password.is_empty()) {
        text = text.replace(password, "***");
    }
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let shown = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
    if shown.is_empty() && !output.status.success() { output.status.to_string() } else { shown }
}
