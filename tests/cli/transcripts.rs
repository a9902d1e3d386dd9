//! The console blocks of the documents: each command runs, and prints what stands below it.
//!
//! A comment above a block names where it runs, and may prepare it: `<!-- test: arena; cargo alembic upgrade -->`.
//! The blocks of a page share one copy of the fixture; `arena anew` takes a fresh one. The comment
//! `<!-- test: sections PATH -->` above an SQL block writes the block's sections into that script, as a reader would;
//! `<!-- test: file PATH -->` above a block writes the block into that file.
//! `[..]` stands for anything within a line, alone on a line for any lines. Ids, days, elapsed times and folders that
//! differ from run to run are always shown as the same ones. `ALEMBIC_BLESS=1` writes what was printed into the pages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::project::TOOL;

const ELSEWHERE: &str = "/home/ann/arena";
const TODAY: &str = "2025-11-06";
const ANYTHING: &str = "[..]";

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A copy of a fixture, and how its new ids are shown.
struct Copy {
    folder: TempDir,
    /// Each new revision's random id, and the one that documents show instead.
    ids: Vec<(String, String)>,
    /// Every command so far; an id that one of them gives is not random.
    typed: String,
}

impl Copy {
    fn of(fixture: &str) -> Copy {
        let folder = tempfile::tempdir().expect("a temporary folder");
        match fixture {
            "arena" => copy_arena(folder.path()),
            "new" => new_workspace(folder.path()),
            "arena before smurf scores" => {
                copy_arena(folder.path());
                forget_smurf_scores(folder.path());
            }
            other => panic!("no fixture is called `{other}`"),
        }
        Copy { folder, ids: Vec::new(), typed: String::new() }
    }

    /// Runs a command line without a terminal; returns standard error, standard output and the exit status if it is
    /// not 0, as lines.
    fn run(&mut self, line: &str) -> Vec<String> {
        self.typed.push_str(line);
        let line = self.ids.iter().fold(line.to_owned(), |line, (id, shown)| line.replace(shown, id));
        let shim = format!("cargo() {{ [ \"$1\" = alembic ] && shift; '{TOOL}' alembic \"$@\"; }}\n{line}");
        let path = format!("{}:{}", Path::new(TOOL).parent().expect("a folder").display(), env!("PATH"));
        let mut command = Command::new("sh");
        command.arg("-c").arg(shim).current_dir(self.folder.path()).stdin(Stdio::null()).env_clear();
        command.env("PATH", path).env("LC_ALL", "C.UTF-8").env("TERM", "xterm");
        for name in ["HOME", "CARGO_HOME", "RUSTUP_HOME"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        let output = command.output().expect("a shell");
        self.ids = new_ids(self.folder.path());
        self.ids.retain(|(id, _)| !self.typed.contains(id));
        let printed = String::from_utf8([output.stderr, output.stdout].concat()).expect("UTF-8");
        let mut lines: Vec<String> = printed.lines().map(|line| self.shown(line)).collect();
        match output.status.code() {
            Some(0) => {}
            status => lines.push(format!("[exit status {}]", status.expect("an exit status"))),
        }
        lines
    }

    fn shown(&self, line: &str) -> String {
        let root = self.folder.path().to_str().expect("UTF-8");
        let line = self.ids.iter().fold(line.replace(root, ELSEWHERE), |line, (id, shown)| line.replace(id, shown));
        let today = jiff::Timestamp::now().to_string()[..10].to_owned();
        let mut line = line.replace(&today, TODAY);
        let start = line.find(&format!("{TODAY}T")).map(|at| at + TODAY.len() + 1);
        if let Some(time) = start.filter(|at| line.get(at + 8..at + 9) == Some("Z")) {
            line.replace_range(time..time + 8, "09:30:00");
        }
        match line.rsplit_once(" (") {
            Some((text, time)) if time.ends_with(" ms)") || time.ends_with(" s)") => format!("{text} (1 ms)"),
            _ => line.trim_end().to_owned(),
        }
    }

    fn write_file(&self, path: &str, text: &str) {
        fs::write(self.folder.path().join(path), text).expect("a written file");
    }

    /// Writes sections into the one script whose path begins and ends so.
    fn write_sections(&self, path: &str, sections: &str) {
        let (before, after) = path.split_once('*').expect("a path with a `*`");
        let is_meant = |file: &PathBuf| {
            let inside =
                file.strip_prefix(self.folder.path()).expect("a file of the copy").to_string_lossy().into_owned();
            inside.starts_with(before) && inside.ends_with(after)
        };
        let file = files(self.folder.path()).into_iter().find(is_meant).unwrap_or_else(|| panic!("no file {path}"));
        let text = fs::read_to_string(&file).expect("a script");
        let header = text.split("-- [upgrade]").next().expect("a header");
        fs::write(&file, format!("{header}{sections}")).expect("a written script");
    }
}

pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true if path.ends_with("target") => {}
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

fn copy_files(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).expect("a file of the folder"));
        if file.extension().is_none_or(|extension| extension != "db") {
            fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
            fs::copy(&file, &target).expect("a copied file");
        }
    }
}

/// Copies the example, whose manifest leads to our crates by a path.
pub fn copy_arena(folder: &Path) {
    copy_files(&repository().join("examples/arena"), folder);
    let manifest = folder.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    let crates = repository().join("crates").display().to_string();
    fs::write(manifest, text.replace("../../crates", &crates)).expect("a written manifest");
}

/// Takes a copy of the example back to the day before `smurf_scores`: the seed's story begins there.
fn forget_smurf_scores(arena: &Path) {
    let feature = arena.join("features/smurf_detection");
    let migrations = arena.join("features/players/migrations");
    let merge = migrations.join("07468349c5bd_merge_smurf_detection.sql");
    let scripts = files(&feature.join("migrations"));
    for file in scripts.iter().chain([&merge, &feature.join("src/models.rs")]) {
        fs::remove_file(file).expect("a file of the example");
    }
    fs::write(feature.join("src/lib.rs"), "pub mod models;\n").expect("a library");
    let next = migrations.join("4c252c856413_add_players_level.sql");
    let text = fs::read_to_string(&next).expect("a script");
    fs::write(&next, text.replace("07468349c5bd", "56d68713fc50")).expect("a written script");
}

/// What `cargo new` makes of a workspace with two libraries.
fn new_workspace(folder: &Path) {
    let manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"features/matches\", \"features/players\"]\n";
    fs::write(folder.join("Cargo.toml"), manifest).expect("a manifest");
    for name in ["matches", "players"] {
        let source = folder.join("features").join(name).join("src");
        fs::create_dir_all(&source).expect("a folder");
        fs::write(source.join("lib.rs"), "").expect("a library");
        let manifest =
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n");
        fs::write(source.with_file_name("Cargo.toml"), manifest).expect("a manifest");
    }
}

/// Returns the ids of scripts that were written today, and those that are shown instead: made of the file's name.
fn new_ids(folder: &Path) -> Vec<(String, String)> {
    let today = format!("-- created = {}", &jiff::Timestamp::now().to_string()[..10]);
    let of_script = |file: PathBuf| {
        let text = fs::read_to_string(&file).ok().filter(|text| text.contains(&today))?;
        let id = text.split("-- revision = \"").nth(1)?.split('"').next()?.to_owned();
        let name = file.file_name()?.to_str()?.replace(&id, "");
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        Some((id, format!("{:012x}", hash >> 16)))
    };
    files(folder)
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "sql"))
        .filter_map(of_script)
        .collect()
}

fn matches_line(expected: &str, actual: &str) -> bool {
    let Some((before, after)) = expected.split_once(ANYTHING) else { return expected == actual };
    let Some(rest) = actual.strip_prefix(before) else { return false };
    (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| matches_line(after, &rest[at..]))
}

fn matches(expected: &[String], actual: &[String]) -> bool {
    match expected.split_first() {
        None => actual.is_empty(),
        Some((line, rest)) if line == ANYTHING => (0..=actual.len()).any(|at| matches(rest, &actual[at..])),
        Some((line, rest)) => {
            actual.split_first().is_some_and(|(first, others)| matches_line(line, first) && matches(rest, others))
        }
    }
}

/// Returns both texts as one, `-` before what was expected and `+` before what was printed.
fn difference(expected: &[String], actual: &[String]) -> String {
    let equal = |(left, right): &(&String, &String)| matches_line(left, right);
    let head = expected.iter().zip(actual).take_while(equal).count();
    let tail = expected[head..].iter().rev().zip(actual[head..].iter().rev()).take_while(equal).count();
    let (expected_end, actual_end) = (expected.len() - tail, actual.len() - tail);
    let marked = |mark: char, lines: &[String]| lines.iter().map(|line| format!("{mark} {line}\n")).collect::<String>();
    marked(' ', &expected[..head])
        + &marked('-', &expected[head..expected_end])
        + &marked('+', &actual[head..actual_end])
        + &marked(' ', &expected[expected_end..])
}

/// Runs the blocks of a page; returns the page as it should be, and what differs.
fn replay(name: &str, text: &str) -> (String, Vec<String>) {
    let (mut copy, mut written, mut faults) = (None::<(String, Copy)>, Vec::new(), Vec::new());
    let mut lines = text.lines().map(str::to_owned).peekable();
    let mut directive: Option<String> = None;
    while let Some(line) = lines.next() {
        let is_console = line == "```console";
        written.push(line.clone());
        let Some(found) = directive.take().filter(|_| line.starts_with("```")) else {
            assert!(!is_console, "{name}:{}: a console block without `<!-- test: … -->`", written.len());
            directive = line.strip_prefix("<!-- test: ").and_then(|rest| rest.strip_suffix(" -->")).map(str::to_owned);
            continue;
        };
        if let Some((what, path)) = found.split_once(' ').filter(|(what, _)| ["sections", "file"].contains(what)) {
            let block: Vec<String> = std::iter::from_fn(|| lines.next_if(|line| line != "```")).collect();
            let (text, (_, copy)) = (block.join("\n") + "\n", copy.as_ref().expect("a block before it"));
            if what == "file" {
                copy.write_file(path, &text)
            } else {
                copy.write_sections(path, &text)
            }
            written.extend(block);
            continue;
        }
        let mut preparation = found.split("; ");
        let fixture = preparation.next().unwrap_or_default();
        let plain = fixture.trim_end_matches(" anew");
        if copy.as_ref().is_none_or(|(known, _)| known != plain || fixture != plain) {
            copy = Some((plain.to_owned(), Copy::of(plain)));
        }
        let (_, copy) = copy.as_mut().expect("just made");
        for command in preparation {
            let printed = copy.run(command);
            assert!(!printed.iter().any(|line| line.starts_with("[exit")), "{name}: {command}\n{}", printed.join("\n"));
        }
        while let Some(command) = lines.next_if(|line| line.starts_with("$ ")) {
            let expected: Vec<String> =
                std::iter::from_fn(|| lines.next_if(|line| !line.starts_with("$ ") && line != "```")).collect();
            let actual = copy.run(&command[2..]);
            written.push(command.clone());
            if matches(&expected, &actual) {
                written.extend(expected);
                continue;
            }
            faults.push(format!("{name}:{}: {command}\n{}", written.len(), difference(&expected, &actual)));
            let kept =
                |line: &String| expected.iter().find(|kept| *kept != ANYTHING && matches_line(kept, line)).cloned();
            written.extend(actual.iter().map(|line| kept(line).unwrap_or_else(|| line.clone())));
        }
    }
    (written.join("\n") + "\n", faults)
}

#[test]
fn the_documents_show_what_is_printed() {
    let mut faults = Vec::new();
    let documents = files(&repository().join("docs")).into_iter().chain([repository().join("README.md")]);
    for page in documents.filter(|file| file.extension().is_some_and(|end| end == "md") && file.exists()) {
        let name = page.strip_prefix(repository()).expect("a page of ours").display().to_string();
        let text = fs::read_to_string(&page).expect("a page");
        let (right, wrong) = replay(&name, &text);
        if std::env::var_os("ALEMBIC_BLESS").is_some() {
            fs::write(&page, right).expect("a written page");
        } else {
            faults.extend(wrong);
        }
    }
    assert!(faults.is_empty(), "ALEMBIC_BLESS=1 accepts this:\n\n{}", faults.join("\n"));
}

#[test]
fn the_examples_of_the_help_texts_run() {
    for command in ["", "upgrade", "downgrade", "revision", "merge", "stamp", "history"] {
        let help = Copy::of("new").run(&format!("cargo alembic {command} --help"));
        let examples: Vec<&String> = help.iter().skip_while(|line| *line != "Examples:").skip(1).collect();
        let examples: Vec<&str> = examples.iter().filter_map(|line| line.strip_prefix("  cargo alembic ")).collect();
        assert!(examples.len() > 1, "{command}: {help:?}");
        for example in examples {
            let mut copy = Copy::of("arena");
            let line = example.split("  ").next().expect("a command line");
            copy.run("cargo alembic upgrade f8350813f591");
            if command == "merge" {
                copy.run("cargo alembic revision -p matches -m Ranks --head base --branch-label ranks");
            }
            let printed = copy.run(&format!("cargo alembic {line}"));
            let asked = printed.last().is_some_and(|line| line == "[exit status 5]");
            assert!(asked || !printed.iter().any(|line| line.starts_with("[exit")), "{line}\n{}", printed.join("\n"));
        }
    }
}
