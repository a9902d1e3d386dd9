//! A throwaway Cargo workspace with migrations, and the tool run on it as a user would.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub const TOOL: &str = env!("CARGO_BIN_EXE_cargo-alembic");

/// A workspace in a temporary folder; the database is `app.db` beside its manifest unless a test says otherwise.
pub struct Project {
    folder: TempDir,
    database: String,
}

/// What a run left: its exit status and its two streams.
pub struct Finished {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Project {
    /// A workspace with these features and no scripts.
    pub fn new(features: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let project = Project { folder, database: "sqlite:app.db".to_owned() };
        let members: Vec<String> = features.iter().map(|name| format!("\"{name}\"")).collect();
        project.write("Cargo.toml", &format!("[workspace]\nresolver = \"2\"\nmembers = [{}]\n", members.join(", ")));
        for name in features {
            project.write(
                &format!("{name}/Cargo.toml"),
                &format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
            );
            project.write(&format!("{name}/src/lib.rs"), "");
            fs::create_dir_all(project.path(&format!("{name}/migrations"))).expect("a folder");
        }
        project
    }

    /// A workspace of one feature `app` whose graph is drawn: `"a1; b2:a1; c3:a1,b2"` (id:parents).
    pub fn drawn(graph: &str) -> Self {
        let project = Project::new(&["app"]);
        project.draw("app", graph);
        project
    }

    /// Writes a script for each drawn revision; its table is `t_ID`.
    pub fn draw(&self, feature: &str, graph: &str) {
        for node in graph.split(';').map(str::trim) {
            let (id, parents) = node.split_once(':').unwrap_or((node, ""));
            let parents: Vec<&str> = parents.split(',').filter(|parent| !parent.is_empty()).collect();
            self.revision(
                feature,
                id,
                &parents,
                &format!("CREATE TABLE t_{id} (id integer);"),
                &format!("DROP TABLE t_{id};"),
            );
        }
    }

    /// Writes one script and returns its path from the workspace root.
    pub fn revision(&self, feature: &str, id: &str, parents: &[&str], up: &str, down: &str) -> String {
        let parents: Vec<String> = parents.iter().map(|parent| format!("\"{parent}\"")).collect();
        let text = format!(
            "-- Step {id}\n--\n-- [alembic]\n-- revision = \"{id}\"\n-- down_revision = [{}]\n\n-- [upgrade]\n{up}\n\n-- [downgrade]\n{down}\n",
            parents.join(", ")
        );
        let path = format!("{feature}/migrations/{id}_step.sql");
        self.write(&path, &text);
        path
    }

    pub fn database(mut self, url: &str) -> Self {
        self.database = url.to_owned();
        self
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, inside: &str) -> PathBuf {
        self.root().join(inside)
    }

    pub fn write(&self, inside: &str, text: &str) {
        let path = self.path(inside);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a written file");
    }

    pub fn read(&self, inside: &str) -> String {
        fs::read_to_string(self.path(inside)).expect(inside)
    }

    /// The tool in this workspace, without anything of the surroundings that it would heed.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(TOOL);
        for variable in [
            "DATABASE_URL",
            "RUST_BACKTRACE",
            "CI",
            "NO_COLOR",
            "CLICOLOR_FORCE",
            "CARGO_TERM_COLOR",
            "EDITOR",
            "VISUAL",
        ] {
            command.env_remove(variable);
        }
        command.env("TERM", "xterm-256color").current_dir(self.root());
        command.arg("alembic").args(arguments).env("DATABASE_URL", &self.database);
        command
    }

    /// Runs a command line, split at blanks, without a terminal.
    pub fn run(&self, line: &str) -> Finished {
        self.run_words(&line.split_whitespace().collect::<Vec<_>>())
    }

    pub fn run_words(&self, words: &[&str]) -> Finished {
        Finished::of(self.command(words).stdin(Stdio::null()).output().expect("the tool"))
    }

    /// Runs a command line that must succeed, and returns its standard output.
    #[track_caller]
    pub fn ok(&self, line: &str) -> String {
        let finished = self.run(line);
        assert_eq!(finished.status, 0, "`{line}` failed:\n{}", finished.stderr);
        finished.stdout
    }

    /// Runs a command line that must succeed, and returns its JSON.
    #[track_caller]
    pub fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.ok(&format!("{line} --format json"))).expect("JSON on standard output")
    }

    /// The ids that `history` prints, newest first.
    #[track_caller]
    pub fn rows(&self) -> Vec<String> {
        let current = self.json("current");
        current["rows"].as_array().expect("rows").iter().map(|row| row.as_str().expect("a row").to_owned()).collect()
    }

    /// Every file of the workspace with its text, to see that nothing was written.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.root().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_symlink() {
                    let to = fs::read_link(&path).expect("a link");
                    found.push((path, to.into_os_string().into_encoded_bytes()));
                } else if path.is_dir() {
                    if path.file_name().is_some_and(|name| name != "target") {
                        folders.push(path);
                    }
                } else {
                    found.push((path.clone(), fs::read(&path).expect("a file")));
                }
            }
        }
        found.sort();
        found
    }

    /// What a SQLite database beside the manifest answers, by the `sqlite3` program.
    pub fn sqlite(&self, sql: &str) -> String {
        let output = Command::new("sqlite3").arg(self.path("app.db")).arg(sql).output().expect("sqlite3");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }
}

impl Finished {
    pub fn of(output: Output) -> Self {
        Finished {
            status: output.status.code().expect("an exit status"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// The JSON error at the end of standard error.
    pub fn error(&self) -> Value {
        let line = self.stderr.trim_end().lines().last().expect("an error");
        serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("no JSON error in {}", self.stderr))["error"]
            .clone()
    }
}

/// Runs the words of a printed command line, `cargo alembic …`, through a shell in a project.
pub fn run_printed(project: &Project, line: &str) -> Finished {
    let bin = tempfile::tempdir().expect("a temporary folder");
    let mut script = fs::File::create(bin.path().join("line.sh")).expect("a file");
    writeln!(script, "{}", line.replacen("cargo alembic", &format!("'{TOOL}' alembic"), 1)).expect("a written file");
    let mut command = project.command(&[]);
    let environment: Vec<_> =
        command.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
    command = Command::new("sh");
    for (name, value) in environment {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.arg(bin.path().join("line.sh")).current_dir(project.root()).stdin(Stdio::null());
    Finished::of(command.output().expect("a shell"))
}
