//! Applications that embed their revisions, compiled by cargo itself.
//!
//! The workspaces are the example's, without its models, and an application of a few lines with all dependencies of the
//! example's server, so that what was compiled for that need not be compiled again.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;

use alembic_revisions::file::{Folder, read_all};

use crate::project::{Project, TOOL};

const FEATURES: [&str; 3] = ["matches", "players", "smurf_detection"];
const LEVEL: &str = "players/migrations/4c252c856413_add_players_level.sql";

/// The application, which has the runtime under a name of its own.
const MAIN: &str = r#"
use embedding::Embedded;
static REVISIONS: Embedded = embedding::embed!();
fn main() {
    println!("{} {:?}", REVISIONS.version_table(), REVISIONS.history());
    println!("{:#?}", REVISIONS.scripts().unwrap());
    REVISIONS.graph().unwrap();
}
"#;

/// Returns a table of a manifest, with its head.
fn table(manifest: &str, head: &str) -> String {
    let (_, behind) = manifest.split_once(head).expect("a table");
    format!("{head}{}\n", behind.split("\n[").next().unwrap_or_default())
}

/// What one build came to.
struct Built {
    is_sound: bool,
    /// How often the application was compiled.
    compiled: usize,
    stderr: String,
}

struct Workspace {
    project: Project,
    /// The application's package; workspaces share the folder of what is compiled.
    app: &'static str,
    /// `check` where nothing is run: linking is what takes time.
    verb: &'static str,
}

impl Drop for Workspace {
    /// The next workspace lies elsewhere and has no use for what was compiled of this one.
    fn drop(&mut self) {
        _ = self.cargo("clean", self.app).output();
    }
}

impl Workspace {
    fn new(verb: &'static str, app: &'static str) -> Self {
        let project = Project::new(&FEATURES);
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        let arena = repository.join("examples/arena");
        let manifest = fs::read_to_string(arena.join("Cargo.toml")).expect("the example's manifest");
        let crates = repository.join("crates").display().to_string();
        project.write(
            "Cargo.toml",
            &format!(
                "[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\nexclude = [\"target\"]\n\
                 [workspace.metadata.alembic]\nversion-table = \"ops.versions\"\nhistory = false\n{}{}{}",
                table(&manifest, "[workspace.dependencies]").replace("../../crates", &crates),
                table(&manifest, "[profile.dev]"),
                table(&manifest, "[profile.dev.package.\"*\"]"),
            ),
        );
        for feature in FEATURES {
            let from = arena.join("features").join(feature).join("migrations");
            for script in fs::read_dir(from).expect("the example's scripts") {
                let script = script.expect("a script").path();
                let name = script.file_name().expect("a name").to_string_lossy().into_owned();
                let text = fs::read_to_string(&script).expect("a script's text");
                project.write(&format!("{feature}/migrations/{name}"), &text);
            }
        }
        fs::copy(arena.join("Cargo.lock"), project.path("Cargo.lock")).expect("a lock file");
        let server = fs::read_to_string(arena.join("server/Cargo.toml")).expect("the server's manifest");
        let dependencies = table(&server, "[dependencies]");
        let is_other = |line: &&str| FEATURES.iter().chain(&["alembic-runtime"]).any(|name| line.starts_with(name));
        let dependencies: Vec<&str> = dependencies.lines().filter(|line| !is_other(line)).collect();
        project.write(
            "app/Cargo.toml",
            &format!(
                "[package]\nname = \"{app}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{}\n\
                 [dependencies.embedding]\npackage = \"alembic-runtime\"\npath = \"{crates}/runtime\"\n\
                 features = [\"sqlite\", \"postgres\", \"mysql\"]\n",
                dependencies.join("\n")
            ),
        );
        project.write("app/src/main.rs", MAIN);
        Workspace { project, app, verb }
    }

    fn cargo(&self, verb: &str, package: &str) -> Command {
        let mut command = Command::new(env!("CARGO"));
        command.args([verb, "--offline", "-p", package, "--color", "never"]).current_dir(self.project.root());
        command.env("CARGO_TARGET_DIR", Path::new(TOOL).ancestors().nth(2).expect("the target folder"));
        command
    }

    fn build(&self) -> Built {
        let output = self.cargo(self.verb, self.app).output().expect("cargo");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let name = format!("ing {} ", self.app);
        let compiled = stderr.lines().filter(|line| line.contains(&name)).count();
        Built { is_sound: output.status.success(), compiled, stderr }
    }

    /// Builds the application twice: the first build must compile it so many times, the second must find nothing to do.
    #[track_caller]
    fn rebuilds(&self, times: usize, why: &str) {
        let first = self.build();
        assert!(first.is_sound, "{why}: {}", first.stderr);
        assert_eq!(first.compiled, times, "{why}: {}", first.stderr);
        assert_eq!(self.build().compiled, 0, "{why}, and then nothing");
    }

    /// Writes an application that embeds what the arguments of `embed!` choose.
    fn choose(&self, arguments: &str) {
        let main = format!("fn main() {{ _ = Migrator::embedded(embed!({arguments})); }}");
        self.project.write("app/src/main.rs", &format!("use embedding::{{Migrator, embed}};\n{main}\n"));
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.project.read(path);
        assert!(text.contains(from), "{path} has no {from}");
        self.project.write(path, &text.replace(from, to));
    }

    /// What the application says of its revisions.
    fn run(&self) -> String {
        let output = self.cargo("run", self.app).output().expect("cargo");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What the command line reads of the same files.
    fn read(&self) -> String {
        let folder = |feature: &str| Folder {
            feature: feature.into(),
            dir: self.project.path(&format!("{feature}/migrations")).try_into().expect("a path"),
            shown: format!("{feature}/migrations").into(),
            root: self.project.root().to_owned().try_into().expect("a path"),
        };
        let scripts = read_all(&FEATURES.map(folder), NonZeroUsize::MIN).into_scripts().expect("sound scripts");
        format!("ops.versions Off\n{scripts:#?}\n")
    }
}

#[test]
fn an_application_is_built_anew_when_its_revisions_change_and_only_then() {
    let workspace = Workspace::new("build", "rebuilt");
    workspace.rebuilds(1, "new");
    assert_eq!(workspace.run(), workspace.read());

    workspace.edit(LEVEL, "Add players.level", "Add a level");
    workspace.rebuilds(1, "a changed script");
    assert_eq!(workspace.run(), workspace.read());

    let odd = "-- One \\ more \"line\"\n-- of {text} ü\n--\n-- [alembic]\n-- revision = \"ffff\"\n-- depends_on = 'players'\n\
               -- branch_labels = ['odd']\n\n-- [upgrade.sqlite]\n-- transaction = false\n-- breaking = true\nSELECT 1;\r\n\
               -- [downgrade]\n-- irreversible = \"it's {odd} \\\\ \\\"so\\\"\"\n";
    workspace.edit(LEVEL, "revision = \"4c252c856413\"", "revision = \"4c252c856413\"\n-- branch_labels = \"players\"");
    workspace.project.write("matches/migrations/later/ffff_odd.sql", &format!("\u{feff}{odd}"));
    workspace.rebuilds(1, "a new script in a new folder");
    assert_eq!(workspace.run(), workspace.read());

    fs::remove_file(workspace.project.path("matches/migrations/later/ffff_odd.sql")).expect("a script less");
    workspace.rebuilds(1, "a removed script");
    assert_eq!(workspace.run(), workspace.read());

    workspace.edit("Cargo.toml", "history = false", "history = true");
    workspace.rebuilds(1, "a setting");
    assert!(workspace.run().starts_with("ops.versions Required\n"));

    workspace.project.write("app/src/other.rs", "");
    workspace.rebuilds(0, "what has nothing to do with it");

    workspace.project.write(
        "app/migrations/eeee_new.sql",
        "-- New\n--\n-- [alembic]\n-- revision = \"eeee\"\n\n-- [upgrade]\nSELECT 1;\n",
    );
    workspace.rebuilds(1, "a package that becomes a feature");
    assert!(workspace.run().contains("eeee"));
}

#[test]
fn a_broken_script_fails_the_build_at_its_line() {
    let workspace = Workspace::new("check", "broken");
    let sound = workspace.project.read(LEVEL);
    for (from, to, expected) in [
        (
            "revision = \"4c252c856413\"",
            "revison = \"4c252c856413\"",
            [
                "unknown key `revison` [A0104]",
                "--> players/migrations/4c252c856413_add_players_level.sql:4:4",
                "write `revision`",
            ],
        ),
        (
            "ALTER TABLE",
            "ALTER 'TABLE",
            [
                "a quote ' that nothing closes [A0140]",
                "--> players/migrations/4c252c856413_add_players_level.sql:",
                "close it with '",
            ],
        ),
        (
            "down_revision = \"",
            "down_revision = \"lost",
            ["says its parent is `lost", "--> players/migrations/4c252c856413_add_players_level.sql:5:20", "[A0204]"],
        ),
    ] {
        workspace.edit(LEVEL, from, to);
        let built = workspace.build();
        assert!(!built.is_sound, "{to} builds");
        for expected in expected {
            assert!(built.stderr.contains(expected), "no {expected} in:\n{}", built.stderr);
        }
        workspace.project.write(LEVEL, &sound);
        workspace.rebuilds(1, "a mended script");
    }
}

#[test]
fn a_choice_of_features_is_checked_too() {
    let workspace = Workspace::new("check", "choosing");
    for (arguments, expected) in [
        ("\"players\", \"matches\", \"smurf_detection\"", None),
        ("\"matches\"", Some("add the feature: `embed!(\"matches\", \"players\")`")),
        ("\"player\"", Some("write `\"players\"`")),
        ("\"choosing\"", Some("the package `choosing` has no migrations yet [A0696]")),
        ("players", Some("`players` is no name of a package [A0690]")),
    ] {
        workspace.choose(arguments);
        let built = workspace.build();
        assert_eq!(built.is_sound, expected.is_none(), "{arguments}: {}", built.stderr);
        assert!(built.stderr.contains(expected.unwrap_or("")), "{arguments}: {}", built.stderr);
    }
    workspace.choose("");
    workspace.edit("Cargo.toml", "history = false", "histroy = false");
    let built = workspace.build();
    for expected in
        ["unknown setting `histroy` in `[workspace.metadata.alembic]`, in Cargo.toml", "run `cargo alembic check`"]
    {
        assert!(built.stderr.contains(expected), "{}", built.stderr);
    }
}
