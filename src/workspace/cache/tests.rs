use super::super::cargo::ask;
use super::super::fixture::{Fixture, package, settle};
use super::*;

/// Returns a workspace whose answer is remembered.
fn remembered() -> Fixture {
    let fixture = Fixture::workspace();
    fixture.write("target/.keep", "");
    fixture.write("crates/b/src/bin/tool/other.rs", "");
    remember(&fixture);
    fixture
}

fn remember(fixture: &Fixture) -> Answer {
    settle();
    let environment = fixture.environment("");
    let answer = ask(&ManifestOptions::default(), &environment).unwrap();
    store(&answer, &environment);
    assert_eq!(load(&ManifestOptions::default(), &environment).as_ref(), Some(&answer), "the answer is remembered");
    answer
}

fn is_hit(fixture: &Fixture, dir: &str, variables: &[(&str, &str)]) -> bool {
    load(&ManifestOptions::default(), &fixture.environment_with(dir, variables)).is_some()
}

/// Writes a text of the same size in place, and sets the old time again as `touch -r` does.
fn rewrite_in_disguise(fixture: &Fixture, path: &str, old: &str, new: &str) {
    let text = fixture.read(path);
    let (replaced, path) = (text.replace(old, new), fixture.root.join(path));
    assert_eq!((text.len(), text != replaced), (replaced.len(), true));
    let modified = fs_err::metadata(&path).unwrap().modified().unwrap();
    fs_err::write(&path, replaced).unwrap();
    std::fs::File::options().append(true).open(&path).unwrap().set_modified(modified).unwrap();
}

#[test]
fn an_answer_is_good_for_every_directory_of_the_workspace() {
    let fixture = remembered();
    for dir in ["", "crates", "crates/a", "crates/a/src", "crates/b/src/bin/tool"] {
        assert!(is_hit(&fixture, dir, &[]), "{dir}");
    }
    let load = |path: &str| {
        let options = ManifestOptions { manifest_path: Some(path.into()), ..ManifestOptions::default() };
        load(&options, &fixture.environment("crates")).is_some()
    };
    assert!(load("a/Cargo.toml") && load(fixture.root.join("Cargo.toml").as_str()));
    assert!(!load("c/Cargo.toml") && !load("a") && !load("../Cargo.toml/x"), "cargo decides about these");
}

/// What may be done to a workspace.
type Edit = fn(&Fixture);

#[test]
fn what_cargo_does_not_look_at_changes_nothing() {
    let edits: [(&str, Edit); 5] = [
        ("a source file", |fixture| fixture.write("crates/a/src/lib.rs", "pub fn f() {}\n")),
        ("a new module", |fixture| fixture.write("crates/a/src/more.rs", "")),
        ("a migrations folder", |fixture| fixture.write("crates/b/migrations/x.sql", "")),
        ("a lock file", |fixture| fixture.write("Cargo.lock", "version = 4\n")),
        ("a file in the target directory", |fixture| fixture.write("target/debug/x", "")),
    ];
    let fixture = remembered();
    for (name, edit) in edits {
        edit(&fixture);
        assert!(is_hit(&fixture, "", &[]), "{name}");
    }
}

#[test]
fn every_change_that_cargo_could_see_asks_cargo() {
    let edits: [(&str, Edit); 18] = [
        ("root manifest", |fixture| fixture.write("Cargo.toml", "[workspace]\nmembers = [\"crates/a\"]\n")),
        ("member manifest", |fixture| fixture.write("crates/b/Cargo.toml", &package("c", ""))),
        ("member manifest, same size and time", |fixture| {
            rewrite_in_disguise(fixture, "crates/b/Cargo.toml", "\"b\"", "\"c\"");
        }),
        ("member manifest replaced", |fixture| {
            fixture.write("crates/b/new.toml", &package("b", ""));
            fs_err::rename(fixture.root.join("crates/b/new.toml"), fixture.root.join("crates/b/Cargo.toml")).unwrap();
        }),
        ("a member that a glob finds", |fixture| {
            fixture.write("crates/c/Cargo.toml", &package("c", ""));
            fixture.write("crates/c/src/lib.rs", "");
        }),
        ("a folder that a glob finds", |fixture| fs_err::create_dir(fixture.root.join("crates/c")).unwrap()),
        ("a member removed", |fixture| fs_err::remove_dir_all(fixture.root.join("crates/b")).unwrap()),
        ("a folder of members renamed", |fixture| {
            fs_err::rename(fixture.root.join("crates"), fixture.root.join("moved")).unwrap();
        }),
        ("a manifest between root and members", |fixture| fixture.write("crates/Cargo.toml", "[workspace]\n")),
        ("a manifest above the root", |fixture| fixture.write("../Cargo.toml", "[workspace]\n")),
        ("configuration at the root", |fixture| fixture.write(".cargo/config.toml", "[build]\ntarget-dir = \"x\"\n")),
        ("configuration above the root", |fixture| {
            fixture.write("../.cargo/config.toml", "[build]\ntarget-dir = \"x\"\n")
        }),
        ("configuration in its old place", |fixture| fixture.write(".cargo/config", "")),
        ("the user's configuration", |fixture| fs_err::write(fixture.home().join(".cargo/config.toml"), "").unwrap()),
        ("a toolchain file", |fixture| fixture.write("rust-toolchain.toml", "")),
        ("a library", |fixture| fixture.write("crates/b/src/lib.rs", "")),
        ("a binary", |fixture| fixture.write("crates/a/src/bin/tool.rs", "fn main() {}\n")),
        ("a binary in a folder", |fixture| fixture.write("crates/b/src/bin/tool/main.rs", "fn main() {}\n")),
    ];
    std::thread::scope(|scope| {
        for (name, edit) in edits {
            scope.spawn(move || {
                let fixture = remembered();
                edit(&fixture);
                assert!(!is_hit(&fixture, "", &[]), "{name}");
            });
        }
    });
}

#[test]
fn other_variables_ask_cargo() {
    let fixture = remembered();
    let other_home = fixture.root.join("crates");
    let rows = [
        ("CARGO_HOME", other_home.as_str()),
        ("HOME", other_home.as_str()),
        ("RUSTUP_TOOLCHAIN", "nightly"),
        ("CARGO_TARGET_DIR", other_home.as_str()),
        ("CARGO_TARGET_DIR", "target"),
        ("CARGO", "/bin/sh"),
        ("CARGO", "/no/such/cargo"),
        ("CARGO_ALEMBIC_CACHE", "0"),
    ];
    for row in rows {
        assert!(!is_hit(&fixture, "", &[row]), "{row:?}");
    }
    assert!(is_hit(&fixture, "", &[("DATABASE_URL", "sqlite:x.db")]), "a variable that cargo does not read");
}

#[test]
fn configuration_in_the_current_directory_counts() {
    let fixture = remembered();
    fixture.write("crates/a/.cargo/config.toml", "[build]\ntarget-dir = \"x\"\n");
    assert!(!is_hit(&fixture, "crates/a", &[]));
    assert!(is_hit(&fixture, "crates/b", &[]));
}

#[test]
fn nested_globs_are_watched_at_every_level() {
    let fixture = Fixture::new(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"apps/*/crates/*\"]\nresolver = \"3\"\n"),
        ("apps/one/crates/a/Cargo.toml", &package("a", "")),
        ("apps/one/crates/a/src/lib.rs", ""),
        ("apps/two/README", ""),
        ("target/.keep", ""),
    ]);
    remember(&fixture);
    // `apps/two` was there before, so `apps` itself does not change.
    fixture.write("apps/two/crates/b/Cargo.toml", &package("b", ""));
    fixture.write("apps/two/crates/b/src/lib.rs", "");
    assert!(!is_hit(&fixture, "", &[]));
    assert_eq!(remember(&fixture).packages.len(), 2);
}

#[test]
fn what_is_in_doubt_is_not_remembered() {
    let edits: [(&str, Edit); 5] = [
        ("no target directory", |fixture| fs_err::remove_dir_all(fixture.root.join("target")).unwrap()),
        ("a target directory that only cargo knows", |fixture| {
            fixture.write(".cargo/config.toml", "[build]\ntarget-dir = \"x\"\n");
            fixture.write("x/.keep", "");
        }),
        ("a glob of any depth", |fixture| fixture.write("Cargo.toml", "[workspace]\nmembers = [\"crates/**/\"]\n")),
        ("configuration that takes in another file", |fixture| {
            fixture.write(".cargo/config.toml", "include = []\n");
        }),
        ("nothing may be written", |fixture| fixture.write("target/alembic", "a file in the way")),
    ];
    for (name, edit) in edits {
        let fixture = Fixture::workspace();
        fixture.write("target/.keep", "");
        edit(&fixture);
        settle();
        let environment = fixture.environment("");
        if let Ok(answer) = ask(&ManifestOptions::default(), &environment) {
            store(&answer, &environment);
        }
        assert!(!is_hit(&fixture, "", &[]), "{name}");
    }
}

#[test]
fn a_manifest_written_just_now_is_not_trusted() {
    let fixture = Fixture::workspace();
    fixture.write("target/.keep", "");
    settle();
    fixture.write("crates/a/Cargo.toml", &package("a", ""));
    let environment = fixture.environment("");
    store(&ask(&ManifestOptions::default(), &environment).unwrap(), &environment);
    assert!(!is_hit(&fixture, "", &[]));
}

#[test]
fn a_spoilt_or_foreign_file_is_passed_over() {
    let fixture = remembered();
    let path = "target/alembic/workspace.json";
    let good = fixture.read(path);
    for text in [&good[..good.len() / 2], "", "{}", "null", &good.replace(FORMAT, "0"), &good.replace("/w", "/v")] {
        fixture.write(path, text);
        assert!(!is_hit(&fixture, "", &[]), "{text}");
    }
    fixture.write(path, &good);
    assert!(is_hit(&fixture, "", &[]));
}

#[test]
fn a_shared_target_directory_serves_one_workspace_at_a_time() {
    let (one, two) = (Fixture::workspace(), Fixture::workspace());
    let shared = Fixture::new(&[]);
    let variables = [("CARGO_TARGET_DIR", shared.root.as_str())];
    settle();
    for fixture in [&one, &two] {
        let environment = fixture.environment_with("", &variables);
        let mut answer = ask(&ManifestOptions::default(), &environment).unwrap();
        // The child process does not get the made-up variables.
        answer.target_directory = shared.root.clone();
        store(&answer, &environment);
        assert!(is_hit(fixture, "crates/a", &variables));
    }
    assert!(!is_hit(&one, "", &variables));
}

#[test]
fn no_secret_is_written() {
    let fixture = Fixture::workspace();
    fixture.write("target/.keep", "");
    settle();
    let secrets = [("CARGO_REGISTRY_TOKEN", "secret"), ("DATABASE_URL", "secret"), ("CARGO_HTTP_PROXY", "secret")];
    let environment = fixture.environment_with("", &secrets);
    store(&ask(&ManifestOptions::default(), &environment).unwrap(), &environment);
    let text = fixture.read("target/alembic/workspace.json");
    assert!(text.contains("\"a\"") && !text.contains("secret"));
}
