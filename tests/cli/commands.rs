//! What each command answers, human and JSON.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::project::Project;

fn ids(value: &Value) -> Vec<&str> {
    value.as_array().expect("a list").iter().map(|revision| revision["revision"].as_str().expect("an id")).collect()
}

/// TWO of `revision-graph.md` §19: two branches with labels on a shared base.
fn two() -> Project {
    let project = Project::new(&["left", "right"]);
    project.revision("left", "aaa1", &[], "CREATE TABLE t_a (id integer);", "DROP TABLE t_a;");
    for (feature, first, second) in [("left", "bbb1", "bbb2"), ("right", "ccc1", "ccc2")] {
        let text = |id: &str, parent: &str, label: &str| {
            format!(
                "-- Step {id}\n--\n-- [alembic]\n-- revision = \"{id}\"\n-- down_revision = \"{parent}\"\n{label}\n\
                 -- [upgrade]\nCREATE TABLE t_{id} (id integer);\n\n-- [downgrade]\nDROP TABLE t_{id};\n"
            )
        };
        let label = format!("-- branch_labels = [\"{feature}\"]\n");
        project.write(&format!("{feature}/migrations/{first}_step.sql"), &text(first, "aaa1", &label));
        project.write(&format!("{feature}/migrations/{second}_step.sql"), &text(second, first, ""));
    }
    project
}

#[test]
fn upgrade_runs_shows_and_then_has_nothing_to_do() {
    let project = Project::drawn("aaa1; bbb1:aaa1; ccc1:bbb1");
    let plan = project.json("upgrade --dry-run");
    assert_eq!(ids(&plan["steps"]), ["aaa1", "bbb1", "ccc1"]);
    assert_eq!((plan["from"].clone(), plan["to"].clone()), (json!([]), json!(["ccc1"])));
    assert_eq!(plan["steps"][1]["rows_after"], json!(["bbb1"]));
    assert_eq!(plan["steps"][1]["path"], "app/migrations/bbb1_step.sql");
    assert_eq!(plan["steps"][1]["applied_ms"], Value::Null);
    assert!(!project.path("app.db").exists(), "a dry run makes no database");

    let finished = project.run("upgrade");
    assert_eq!((finished.status, finished.stdout.as_str()), (0, ""));
    for text in ["Plan upgrade 3 revisions, <base> -> ccc1", "Applied aaa1  app  Step aaa1", "is at ccc1 (head)"] {
        assert!(finished.stderr.contains(text), "no `{text}` in\n{}", finished.stderr);
    }
    assert_eq!(
        project.sqlite("SELECT name FROM sqlite_master WHERE name LIKE 't_%' ORDER BY 1"),
        "t_aaa1\nt_bbb1\nt_ccc1"
    );
    assert_eq!(project.sqlite("SELECT version_num FROM alembic_version"), "ccc1");
    let again = project.run("upgrade");
    assert!(again.stderr.contains("nothing to do"), "{}", again.stderr);
    let report = project.json("upgrade");
    assert_eq!((report["steps"].clone(), report["dry_run"].clone()), (json!([]), json!(false)));
}

#[test]
fn a_json_run_reports_what_ran() {
    let project = Project::drawn("aaa1; bbb1:aaa1");
    let report = project.json("upgrade +1");
    assert_eq!(report["command"], "upgrade");
    assert_eq!(ids(&report["steps"]), ["aaa1"]);
    assert!(report["steps"][0]["applied_ms"].is_u64());
    assert_eq!(report["format_version"], 1);
    let report = project.json("downgrade -1 --yes");
    assert_eq!((report["from"].clone(), report["to"].clone()), (json!(["aaa1"]), json!([])));
    assert_eq!(report["steps"][0]["direction"], "down");
}

#[test]
fn a_failing_statement_is_shown_in_its_file() {
    let project = Project::drawn("aaa1");
    project.revision(
        "app",
        "bbb1",
        &["aaa1"],
        "CREATE TABLE é (id integer);\nCREATE INDEX ix ON playerz (id);",
        "SELECT 1;",
    );
    let finished = project.run("upgrade");
    assert_eq!(finished.status, 4, "{}", finished.stderr);
    for text in ["app/migrations/bbb1_step.sql:9:20", "playerz", "rolled back", "`aaa1`"] {
        assert!(finished.stderr.contains(text), "no `{text}` in\n{}", finished.stderr);
    }
    assert_eq!(project.rows(), ["aaa1"]);
    assert_eq!(project.sqlite("SELECT count(*) FROM sqlite_master WHERE name = 'é'"), "0");
    let error = project.run("upgrade --format json").error();
    assert_eq!(error["places"][0]["line"], 9);
    assert_eq!(error["kind"], "StatementFailed");
}

#[test]
fn several_heads_name_both_ways_on() {
    let project = two();
    let finished = project.run("upgrade");
    assert_eq!(finished.status, 2);
    for text in ["cargo alembic merge", "upgrade heads", "bbb2", "ccc2"] {
        assert!(finished.stderr.contains(text), "no `{text}` in\n{}", finished.stderr);
    }
    project.ok("upgrade heads");
    assert_eq!(project.rows(), ["bbb2", "ccc2"]);
    assert_eq!(project.run("check").status, 1);
}

#[test]
fn downgrade_needs_a_yes_without_a_terminal() {
    let project = Project::drawn("aaa1; bbb1:aaa1");
    project.ok("upgrade");
    let before = project.files();
    let finished = project.run("downgrade -1");
    assert_eq!(finished.status, 5, "{}", finished.stderr);
    assert!(finished.stderr.contains("cargo alembic downgrade -1 --yes"), "{}", finished.stderr);
    assert!(before == project.files());
    let printed = crate::project::run_printed(&project, "cargo alembic downgrade -1 --yes");
    assert_eq!(printed.status, 0, "{}", printed.stderr);
    assert_eq!(project.rows(), ["aaa1"]);
}

#[test]
fn a_downgrade_without_a_section_is_refused_before_anything_runs() {
    let project = Project::drawn("aaa1; bbb1:aaa1");
    project.write(
        "app/migrations/aaa1_step.sql",
        "-- One\n--\n-- [alembic]\n-- revision = \"aaa1\"\n\n-- [upgrade]\nSELECT 1;\n",
    );
    project.write(
        "app/migrations/ccc1_step.sql",
        "-- Three\n--\n-- [alembic]\n-- revision = \"ccc1\"\n-- down_revision = \"bbb1\"\n\n-- [upgrade]\nSELECT 1;\n\n-- [downgrade]\n-- irreversible = \"rows are gone\"\n",
    );
    project.ok("upgrade");
    for (target, says) in [("bbb1", "rows are gone"), ("base", "aaa1")] {
        let finished = project.run(&format!("downgrade {target} --yes"));
        assert_eq!(finished.status, 3, "{}", finished.stderr);
        assert!(finished.stderr.contains(says), "{}", finished.stderr);
    }
    assert_eq!(project.rows(), ["ccc1"]);
}

#[test]
fn listings_in_their_two_forms() {
    let project = two();
    project.ok("upgrade left@head");
    assert_eq!(project.ok("heads"), "bbb2 (left) (head), Step bbb2  [left]\nccc2 (right) (head), Step ccc2  [right]\n");
    assert_eq!(project.ok("bases"), "aaa1 (branchpoint), Step aaa1  [left]\n");
    assert!(project.ok("branches").starts_with("aaa1 (branchpoint), Step aaa1  [left]\n    -> bbb1"));
    assert!(project.ok("current").contains("pending: 2 (right 2)"));
    let history = project.ok("history -i -r left@aaa1:left@head");
    assert_eq!(history.lines().count(), 3, "{history}");
    assert!(history.starts_with("bbb1 -> bbb2 (left) (head) (current), Step bbb2"), "{history}");
    assert_eq!(project.ok("history --feature right").lines().count(), 2);
    let show = project.ok("show current");
    assert!(show.contains("Rev: bbb2") && show.contains("left/migrations/bbb2_step.sql"), "{show}");
    assert_eq!(ids(&project.json("heads -p left")["revisions"]), ["bbb2"]);
    assert!(project.ok("show base").contains("no revision"));
}

#[test]
fn stamp_moves_rows_and_runs_nothing() {
    let project = two();
    let dry = project.json("stamp heads --dry-run");
    assert_eq!(
        (dry["from"].clone(), dry["to"].clone(), dry["steps"].clone()),
        (json!([]), json!(["bbb2", "ccc2"]), json!([]))
    );
    assert!(!project.path("app.db").exists());
    project.ok("stamp heads");
    assert_eq!(project.rows(), ["bbb2", "ccc2"]);
    assert_eq!(project.sqlite("SELECT count(*) FROM sqlite_master WHERE name LIKE 't_%'"), "0");
    project.ok("stamp left@base");
    assert_eq!(project.rows(), ["ccc2"]);
    project.ok("stamp --purge aaa1");
    assert_eq!(project.rows(), ["aaa1"]);
}

#[test]
fn revision_writes_a_script_into_its_feature() {
    let project = Project::drawn("aaa1");
    let shown = project.ok("revision -m Add_region --rev-id bbb1 --dry-run");
    assert!(shown.contains("-- revision = \"bbb1\"") && shown.contains("-- down_revision = \"aaa1\""), "{shown}");
    assert!(!project.path("app/migrations/bbb1_add_region.sql").exists());
    let written = project.run_words(&[
        "revision",
        "-m",
        "Add region",
        "--rev-id",
        "bbb1",
        "--branch-label",
        "geo",
        "--format",
        "json",
    ]);
    let written: Value = serde_json::from_str(&written.stdout).expect("JSON");
    assert_eq!(written["path"], "app/migrations/bbb1_add_region.sql");
    assert_eq!(written["revision"]["parents"], json!(["aaa1"]));
    assert_eq!(written["revision"]["branch_labels"], json!(["geo"]));
    assert_eq!(project.ok("heads").lines().count(), 1);
    project.ok("upgrade geo@head");
    let taken = project.run_words(&["revision", "-m", "x", "--rev-id", "bbb1"]);
    assert_eq!(taken.status, 2, "{}", taken.stderr);
    let not_head = project.run_words(&["revision", "-m", "x", "--head", "aaa1"]);
    assert_eq!(not_head.status, 2, "{}", not_head.stderr);
    project.ok("revision -m x --head aaa1 --splice --rev-id ccc1");
    assert_eq!(ids(&project.json("heads")["revisions"]), ["bbb1", "ccc1"]);
}

#[test]
fn every_template_gives_a_script_that_checks() {
    let project = Project::drawn("aaa1");
    let templates = project.json("list-templates");
    let names: Vec<&str> =
        templates["templates"].as_array().unwrap().iter().map(|template| template["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["plain", "data", "index", "merge"]);
    for name in names {
        project.ok(&format!("revision -m step_{name} --template {name}"));
    }
    project.ok("check");
    project.ok("upgrade");
    project.write("template-migrations/ours.sql.jinja", "-- {{ message }} (ours)\n--\n-- [alembic]\n-- revision = \"{{ revision }}\"\n-- down_revision = \"{{ down_revision[0] }}\"\n\n-- [upgrade]\nSELECT 1;\n");
    let shown = project.ok("revision -m Mine --template ours --dry-run");
    assert!(shown.starts_with("-- Mine (ours)\n"), "{shown}");
}

#[test]
fn merge_joins_the_heads() {
    let project = two();
    let finished = project.run("merge --rev-id mmm1");
    assert_eq!(finished.status, 0, "{}", finished.stderr);
    assert!(finished.stderr.contains("bbb2: 2 revisions of its own, in left"), "{}", finished.stderr);
    assert_eq!(finished.stdout, "left/migrations/mmm1_merge_left_and_right.sql\n");
    assert_eq!(project.json("show mmm1")["revisions"][0]["parents"], json!(["bbb2", "ccc2"]));
    project.ok("check");
    project.ok("upgrade");
    assert_eq!(project.rows(), ["mmm1"]);
    assert_eq!(project.run("merge").status, 2, "there is nothing to merge");
}

#[test]
fn sql_is_printed_for_a_person_to_run() {
    let project = Project::drawn("aaa1; bbb1:aaa1");
    let sql = project.ok("upgrade head --sql");
    assert!(
        sql.contains("CREATE TABLE IF NOT EXISTS \"alembic_version\"") && sql.contains("CREATE TABLE t_bbb1"),
        "{sql}"
    );
    assert!(!project.path("app.db").exists(), "offline looks at no database");
    let mut sqlite = std::process::Command::new("sqlite3")
        .arg(project.path("app.db"))
        .stdin(std::process::Stdio::piped())
        .spawn()
        .expect("sqlite3");
    std::io::Write::write_all(sqlite.stdin.as_mut().expect("a pipe"), sql.as_bytes()).expect("written SQL");
    assert!(sqlite.wait().expect("sqlite3").success());
    assert_eq!(project.rows(), ["bbb1"]);
    let range = project.ok("upgrade aaa1:bbb1 --sql");
    assert!(!range.contains("t_aaa1") && range.contains("t_bbb1"), "{range}");
    let down = project.ok("downgrade bbb1:aaa1 --sql");
    assert!(down.contains("DROP TABLE t_bbb1"), "{down}");
    assert_eq!(project.run("downgrade aaa1 --sql").status, 2);
    assert_eq!(project.run("upgrade aaa1:bbb1").status, 2, "a range is for --sql");
    assert!(project.ok("stamp head --sql").contains("INSERT INTO"));
    assert!(project.ok("upgrade --sql -D postgres://nobody@nowhere/x").contains("BEGIN"));
}

#[test]
fn init_keeps_every_comment_and_is_done_once() {
    let project = Project::new(&["players", "web"]);
    for feature in ["players", "web"] {
        fs::remove_dir(project.path(&format!("{feature}/migrations"))).expect("an empty folder");
    }
    project
        .write("Cargo.toml", "# ours\n[workspace] # keep\nresolver = \"2\"\nmembers = [\"players\", \"web\"] # both\n");
    let asked = project.run("init");
    assert_eq!(asked.status, 5, "{}", asked.stderr);
    assert!(asked.stderr.contains("cargo alembic init -p players"), "{}", asked.stderr);
    project.ok("init -p players -D sqlite:arena.db");
    let manifest = project.read("Cargo.toml");
    assert!(
        manifest.starts_with("# ours\n[workspace] # keep\nresolver = \"2\"\nmembers = [\"players\", \"web\"] # both\n"),
        "{manifest}"
    );
    assert!(manifest.contains("[workspace.metadata.alembic]\ndatabase-url = \"sqlite:arena.db\""), "{manifest}");
    assert!(project.path("players/migrations").is_dir() && !project.path("web/migrations").exists());
    let before = project.files();
    project.ok("init -p players");
    assert!(before == project.files(), "a second run changes nothing");
    project.ok("revision -m first");
    project.ok("upgrade");
}

#[test]
fn status_is_one_screen() {
    let project = two();
    project.ok("upgrade left@head");
    let status = project.ok("status");
    for text in ["app.db", "DATABASE_URL", "3 applied, 2 pending", "ccc1", "2 heads", "right"] {
        assert!(status.contains(text), "no `{text}` in\n{status}");
    }
}

#[test]
fn edit_opens_the_script_and_checks_it() {
    let project = Project::drawn("aaa1; bbb1:aaa1");
    let run = |editor: &str, target: &str| {
        let output = project.command(&["edit", target]).env("EDITOR", editor).output().expect("the tool");
        crate::project::Finished::of(output)
    };
    assert_eq!(project.run("edit head").status, 3, "no editor");
    assert_eq!(run("true", "head").status, 0);
    project.write("break.sh", "#!/bin/sh\nsed -i 's/down_revision/down_revison/' \"$1\"\n");
    let editor = format!("sh {}", project.path("break.sh").display());
    let finished = run(&editor, "bbb1");
    assert_eq!(finished.status, 3, "{}", finished.stderr);
    assert!(finished.stderr.contains("down_revison"), "{}", finished.stderr);
}

/// Runs a command that waits for SQLite's lock while `moved` becomes the version table's row.
fn run_while_rows_move(project: &Project, line: &str, moved: &str) -> crate::project::Finished {
    let mut writer =
        Command::new("sqlite3").arg(project.path("app.db")).stdin(Stdio::piped()).spawn().expect("sqlite3");
    let mut keyboard = writer.stdin.take().expect("a pipe");
    let begin = format!("BEGIN IMMEDIATE; UPDATE alembic_version SET version_num = '{moved}';");
    let locked = project.path("locked");
    writeln!(keyboard, ".timeout 5000\n{begin}\n.shell touch {}", locked.display()).expect("sqlite3 listens");
    let since = Instant::now();
    while !locked.exists() {
        assert!(since.elapsed() < Duration::from_secs(10), "sqlite3 takes no lock");
        std::thread::sleep(Duration::from_millis(5));
    }
    fs::remove_file(locked).expect("the mark of the lock");
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut tool = project.command(&words).stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the tool");
    let mut said = String::new();
    let mut stderr = BufReader::new(tool.stderr.take().expect("a pipe"));
    while !said.contains("Waiting") {
        assert_ne!(stderr.read_line(&mut said).expect("text"), 0, "it does not wait: {said}");
    }
    writeln!(keyboard, "COMMIT;").expect("sqlite3 listens");
    drop(keyboard);
    stderr.read_to_string(&mut said).expect("text");
    writer.wait().expect("sqlite3");
    let status = tool.wait().expect("the tool").code().expect("an exit status");
    crate::project::Finished { status, stdout: String::new(), stderr: said }
}

#[test]
fn steps_are_not_counted_anew_from_where_somebody_else_moved_the_database() {
    let project = Project::drawn("aaa1; bbb1:aaa1; ccc1:bbb1");
    project.ok("upgrade");
    let finished = run_while_rows_move(&project, "downgrade -1 --yes", "bbb1");
    assert_eq!(finished.status, 4, "{}", finished.stderr);
    assert!(finished.stderr.contains("changed by someone else"), "{}", finished.stderr);
    assert_eq!(project.rows(), ["bbb1"], "one revision was to go, and somebody took one already");
    // A target with a name is the same from everywhere.
    project.ok("stamp ccc1");
    let finished = run_while_rows_move(&project, "downgrade aaa1 --yes", "bbb1");
    assert_eq!(finished.status, 0, "{}", finished.stderr);
    assert_eq!(project.rows(), ["aaa1"]);
}

#[test]
fn completions_and_ensure_version() {
    let project = Project::drawn("aaa1");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = project.ok(&format!("completions {shell}"));
        assert!(script.contains("cargo-alembic") && script.contains("upgrade"), "{shell}");
    }
    project.ok("ensure-version");
    assert_eq!(project.sqlite("SELECT count(*) FROM alembic_version"), "0");
    assert_eq!(project.rows(), Vec::<String>::new());
}

#[test]
fn a_protected_environment_needs_the_name() {
    let project = Project::drawn("aaa1");
    let manifest = project.read("Cargo.toml");
    project.write(
        "Cargo.toml",
        &format!("{manifest}\n[workspace.metadata.alembic.env.prod]\nurl-env = \"PROD_URL\"\nprotected = true\n"),
    );
    project.write(".env", "PROD_URL=sqlite:prod.db\n");
    project.ok("upgrade --env prod");
    let finished = project.run("downgrade base --env prod --yes");
    assert_eq!(finished.status, 5, "{}", finished.stderr);
    assert!(finished.stderr.contains("--confirm"), "{}", finished.stderr);
    let wrong = project.run("downgrade base --env prod --confirm other");
    assert_eq!(wrong.status, 5, "{}", wrong.stderr);
    assert!(wrong.stderr.contains("--confirm prod.db"), "{}", wrong.stderr);
    project.ok("downgrade base --env prod --confirm prod.db");
    assert!(project.path("prod.db").exists() && !project.path("app.db").exists());
}
