//! `bundle`, and every command that takes one in place of a workspace: without cargo, source and shell.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use cargo_alembic::bundle::{Damage, unpack};
use serde_json::Value;
use tempfile::TempDir;

use crate::databases::Database;
use crate::project::{Finished, Project, TOOL};
use crate::transcripts::copy_arena;

/// A folder with nothing but a bundle, as in a container.
struct Container {
    folder: TempDir,
}

impl Container {
    fn of(bundle: &[u8]) -> Self {
        let container = Container { folder: tempfile::tempdir().expect("a temporary folder") };
        fs::write(container.bundle(), bundle).expect("a written bundle");
        container
    }

    /// The example's bundle.
    fn arena() -> Self {
        Container::of(arena_bundle().as_bytes())
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn bundle(&self) -> std::path::PathBuf {
        self.path().join("arena.alembic")
    }

    /// Runs the tool with `--bundle arena.alembic`.
    fn run(&self, line: &str) -> Finished {
        self.run_with(line, &[])
    }

    fn run_with(&self, line: &str, variables: &[(&str, &str)]) -> Finished {
        let mut command = without_cargo(self.path());
        command.args(["--bundle", "arena.alembic"]).args(line.split_whitespace()).envs(variables.iter().copied());
        Finished::of(command.output().expect("the tool"))
    }

    #[track_caller]
    fn ok(&self, line: &str) -> String {
        let finished = self.run(line);
        assert_eq!(finished.status, 0, "`{line}` failed:\n{}", finished.stderr);
        finished.stdout
    }

    #[track_caller]
    fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.ok(&format!("{line} --format json"))).expect("JSON on standard output")
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).expect("a folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
        names.sort();
        names
    }
}

/// The tool in a folder, with no variable at all and a `PATH` on which nothing lies.
fn without_cargo(folder: &Path) -> Command {
    let mut command = Command::new(TOOL);
    command.env_clear().env("PATH", folder.join("nothing")).current_dir(folder).stdin(Stdio::null());
    command
}

fn arena_bundle() -> String {
    let arena = tempfile::tempdir().expect("a temporary folder");
    copy_arena(arena.path());
    let output = Command::new(TOOL)
        .args(["bundle", "-o", "-"])
        .current_dir(arena.path())
        .env("CARGO_ALEMBIC_CACHE", "0")
        .output()
        .expect("the tool");
    let finished = Finished::of(output);
    assert_eq!(finished.status, 0, "{}", finished.stderr);
    finished.stdout
}

#[test]
fn the_same_workspace_gives_the_same_bytes() {
    let first = arena_bundle();
    assert_eq!(first, arena_bundle());
    assert!(first.starts_with("cargo-alembic bundle 1\nmade by cargo-alembic "), "{first}");
    assert_eq!(first.matches("\nscript \"features/").count(), 14);
}

#[test]
fn a_bundle_holds_every_text_as_it_is() {
    let project = Project::drawn("aa11");
    let odd = "\u{feff}-- Ünï 'code' \u{202e}\r\n--\r\n-- [alembic]\r\n-- revision = \"bb22\"\r\n-- down_revision = \"aa11\"\r\n\r\n\
               -- [upgrade]\r\nCREATE TABLE odd (t text DEFAULT '\nsha256 0\n');";
    project.write("app/migrations/with blank \"and\" quotes.sql", odd);
    project.write("app/migrations/fixtures/bb22.sql", "INSERT INTO t_aa11 VALUES (1);\n");
    project.write("app/migrations/fixtures/other.txt", "not a fixture of any revision");
    let document = project.json("bundle -o out/app.alembic");
    let text = project.read("out/app.alembic");
    assert!(text.contains(odd) && text.contains("fixture \"app/migrations/fixtures/bb22.sql\""), "{text}");
    assert!(!text.contains("other.txt"), "{text}");
    assert_eq!(document["bytes"], text.len());
    assert_eq!((&document["revisions"], &document["dry_run"]), (&2.into(), &false.into()));
    assert!(text.ends_with(&format!("\nsha256 {}\n", document["checksum"].as_str().expect("a checksum"))));

    let container = Container::of(text.as_bytes());
    let url = [("DATABASE_URL", "sqlite:app.db")];
    assert_eq!(container.run_with("upgrade", &url).status, 0);
    assert_eq!(container.run_with("verify --fresh", &url).status, 1, "bb22 has no downgrade");
    assert_eq!(container.run_with("current --check-heads", &url).status, 0);
}

#[test]
fn an_older_bundle_is_replaced_and_nothing_else_is() {
    let project = Project::drawn("aa11");
    project.ok("bundle --output app.alembic");
    let first = project.read("app.alembic");
    project.draw("app", "bb22:aa11");
    let dry = project.ok("bundle -o app.alembic --dry-run");
    assert!(dry.contains("2 revisions of 1 feature"), "{dry}");
    assert_eq!(project.read("app.alembic"), first, "--dry-run writes nothing");
    project.ok("bundle -o app.alembic");
    assert_ne!(project.read("app.alembic"), first);
    std::os::unix::fs::symlink("nowhere", project.path("link")).expect("a link");
    let before = project.files();
    for (line, status, says) in [
        ("bundle -o Cargo.toml", 3, "no bundle"),
        ("bundle -o app", 3, "no bundle"),
        ("bundle -o /dev/zero", 3, "no bundle"),
        ("bundle -o link", 3, "no bundle"),
        ("bundle -o=", 2, "--output"),
        ("bundle -o Cargo.toml/x", 3, "Cargo.toml"),
        ("bundle", 2, "--output"),
        ("bundle -o x -p app", 2, "--package"),
        ("bundle -o x --bundle app.alembic", 2, "--bundle"),
    ] {
        let finished = project.run(line);
        assert_eq!(finished.status, status, "{line}: {}", finished.stderr);
        assert!(finished.stderr.contains(says), "{line}: {}", finished.stderr);
    }
    project.revision("app", "cc33", &["nowhere"], "SELECT 1;", "SELECT 1;");
    assert_eq!(project.run("bundle -o other.alembic").status, 3, "a graph with a fault makes no bundle");
    fs::remove_file(project.path("app/migrations/cc33_step.sql")).expect("removed");
    assert!(before == project.files());
}

#[test]
fn no_password_travels() {
    for table in [
        "[workspace.metadata.alembic]\ndatabase-url = \"postgres://ann:Hunter2@db/x\"",
        "[workspace.metadata.alembic.env.prod]\ndatabase-url = \"mysql://db/x?password=Hunter2\"",
    ] {
        let project = Project::drawn("aa11");
        let manifest = project.read("Cargo.toml");
        project.write("Cargo.toml", &format!("{manifest}\n{table}\n"));
        let finished = project.run("bundle -o app.alembic");
        assert_eq!(finished.status, 3, "{}", finished.stderr);
        assert!(finished.stderr.contains("A0687") && finished.stderr.contains("database-url"), "{}", finished.stderr);
        assert!(!finished.stderr.contains("Hunter2"), "{}", finished.stderr);
        assert!(!project.path("app.alembic").exists());
        let url = "postgres://ann:Hunter2@127.0.0.1:1/x";
        project.write("Cargo.toml", &manifest);
        assert!(!project.ok(&format!("bundle -o - -D {url}")).contains("Hunter2"), "a flag is no setting");
    }
}

#[test]
fn every_command_without_models_needs_neither_cargo_nor_source() {
    let container = Container::arena();
    for line in [
        "heads",
        "bases",
        "branches",
        "history",
        "show head",
        "history -p players",
        "upgrade --sql",
        "upgrade --dry-run",
    ] {
        container.ok(line);
        assert_eq!(container.files(), ["arena.alembic"], "{line} wrote a file");
    }
    for line in [
        "ensure-version",
        "upgrade f8350813f591",
        "upgrade",
        "status",
        "current --check-heads",
        "history --applied",
        "check",
        "check --history --drift",
        "verify --merge",
        "downgrade -1 --yes",
        "stamp heads",
        "stamp 07468349c5bd",
        "upgrade heads",
    ] {
        container.ok(line);
    }
    assert_eq!(container.files(), ["arena.alembic", "arena.db"]);
    let status = container.json("status");
    assert_eq!(status["database_origin"], "database-url in arena.alembic");
    assert_eq!(status["at_head"], true);
    let repair = container.run("repair --forget 4c252c856413");
    assert!(repair.stderr.contains("A0525"), "there is nothing to repair: {}", repair.stderr);
    let unknown = container.run("history -p player");
    assert_eq!(unknown.status, 2);
    assert!(unknown.stderr.contains("pass `-p players`"), "{}", unknown.stderr);
}

#[test]
fn all_other_commands_say_what_to_do() {
    let container = Container::of(b"not even looked at");
    for line in ["init", "revision -m x", "generate", "merge", "edit head", "list-templates", "bundle -o x"] {
        let finished = container.run(line);
        assert_eq!(finished.status, 2, "{line}: {}", finished.stderr);
        assert!(
            finished.stderr.contains("A0686") && finished.stderr.contains("without `--bundle`"),
            "{}",
            finished.stderr
        );
    }
    let against = Container::arena().run("check --against replay");
    assert_eq!(against.status, 2, "{}", against.stderr);
    let both = container.run("heads --manifest-path Cargo.toml");
    assert!(both.status == 2 && both.stderr.contains("A0689"), "{}", both.stderr);
    let completions = container.run("completions bash");
    assert_eq!(completions.status, 0, "{}", completions.stderr);
}

#[test]
fn the_variable_names_a_bundle_too() {
    let container = Container::arena();
    let run = |line: &str, bundle: &str| {
        let mut command = without_cargo(container.path());
        command.args(line.split_whitespace()).env("CARGO_ALEMBIC_BUNDLE", bundle);
        Finished::of(command.output().expect("the tool"))
    };
    assert_eq!(run("heads", "arena.alembic").status, 0);
    let edit = run("edit head", "arena.alembic");
    assert!(edit.stderr.contains("unset CARGO_ALEMBIC_BUNDLE"), "{}", edit.stderr);
    for (line, bundle) in [("heads", ""), ("heads --manifest-path Cargo.toml", "arena.alembic")] {
        let finished = run(line, bundle);
        assert_eq!(finished.status, 3, "{}", finished.stderr);
        assert!(finished.stderr.contains("A0602") && finished.stderr.contains("--bundle FILE"), "{}", finished.stderr);
    }
}

#[test]
fn paths_and_dotenv_are_looked_up_beside_the_bundle() {
    let container = Container::arena();
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let run = |line: &str| {
        let mut command = without_cargo(elsewhere.path());
        command.arg("--bundle").arg(container.bundle()).args(line.split_whitespace());
        Finished::of(command.output().expect("the tool"))
    };
    assert_eq!(run("upgrade").status, 0);
    fs::write(container.path().join(".env"), "DATABASE_URL=sqlite:dotenv.db\n").expect("a written file");
    assert_eq!(run("upgrade").status, 0);
    assert_eq!(container.files(), [".env", "arena.alembic", "arena.db", "dotenv.db"]);
    assert_eq!(fs::read_dir(elsewhere.path()).expect("a folder").count(), 0);
    assert_eq!(run("ensure-version -D sqlite:here.db").status, 0);
    assert!(elsewhere.path().join("here.db").exists(), "--database-url is relative to the current folder");
}

#[test]
fn without_a_database_the_error_says_where_it_looked() {
    let project = Project::drawn("aa11");
    let container = Container::of(project.ok("bundle -o -").as_bytes());
    let finished = container.run("upgrade");
    assert_eq!(finished.status, 2, "{}", finished.stderr);
    assert!(finished.stderr.contains(".env beside the bundle"), "{}", finished.stderr);
    let finished = container.run("upgrade --env prod");
    assert!(finished.stderr.contains("make the bundle anew"), "{}", finished.stderr);
}

#[test]
fn each_server_is_upgraded_from_a_bundle() {
    let container = Container::arena();
    for database in Database::each() {
        for line in ["upgrade", "check --history", "downgrade base --yes"] {
            let finished = container.run_with(line, &[("DATABASE_URL", &database.url)]);
            assert_eq!(finished.status, 0, "{:?}: `{line}`: {}", database.server, finished.stderr);
        }
        assert_eq!(database.tables(), Vec::<String>::new(), "{:?}", database.server);
    }
}

#[test]
fn a_failed_statement_is_shown_from_the_bundle() {
    let project = Project::new(&["app"]);
    project.revision("app", "aa11", &[], "CREATE TABLE a (id integer);\nSELECT nothing;", "DROP TABLE a;");
    let container = Container::of(project.ok("bundle -o -").as_bytes());
    let finished = container.run("upgrade -D sqlite:app.db");
    assert_eq!(finished.status, 4, "{}", finished.stderr);
    assert!(finished.stderr.contains("app/migrations/aa11_step.sql:9:8"), "{}", finished.stderr);
    assert!(finished.stderr.contains("SELECT nothing"), "{}", finished.stderr);
}

/// What a damaged bundle is refused with, and that nothing was opened for it.
#[track_caller]
fn refused(bytes: &[u8], code: &str) {
    let container = Container::of(bytes);
    let finished = container.run_with("upgrade", &[("DATABASE_URL", "sqlite:app.db")]);
    assert_eq!(finished.status, 3, "{} bytes: {}", bytes.len(), finished.stderr);
    assert!(finished.stderr.contains(code), "{} bytes, not {code}: {}", bytes.len(), finished.stderr);
    assert_eq!(container.files(), ["arena.alembic"], "{} bytes", bytes.len());
}

#[test]
fn no_cut_goes_unseen_at_any_byte() {
    let text = arena_bundle();
    for length in 0..text.len() {
        let found = unpack(&text.as_bytes()[..length]);
        assert_eq!(found, Err(Damage::Cut { length }), "{length} bytes");
    }
    let near_the_ends = (0..30).chain(text.len() - 90..text.len());
    for length in near_the_ends.chain((30..text.len()).step_by(331)) {
        refused(&text.as_bytes()[..length], "A0682");
    }
}

#[test]
fn no_altered_byte_goes_unseen() {
    let text = arena_bundle();
    // Positions and bits all over the file, and the same ones in every run.
    for round in 0..1500 {
        let mut bytes = text.clone().into_bytes();
        let at = round * 7919 % bytes.len();
        bytes[at] ^= u8::try_from(round * 31 % 255 + 1).expect("a byte");
        let code = match unpack(&bytes) {
            Err(Damage::Foreign) if at < "cargo-alembic bundle ".len() => "A0681",
            Err(Damage::Altered { .. }) => "A0683",
            other => panic!("byte {at} is another one: {other:?}"),
        };
        if round % 30 == 0 {
            refused(&bytes, code);
        }
    }
    refused(format!("{text}more").as_bytes(), "A0683");
    refused(format!("{text}{text}").as_bytes(), "A0683");
}
