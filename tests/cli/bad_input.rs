//! Bad input: one clear error each, the exit status of the contract, nothing written, nothing run.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::project::Project;

/// One kind of bad input: the project, the command line, the exit status, and what the message must say.
struct Case {
    project: Project,
    line: &'static str,
    status: i32,
    says: &'static [&'static str],
}

#[track_caller]
fn check(case: Case) {
    let Case { project, line, status, says } = case;
    let before = project.files();
    let finished = project.run(line);
    assert_eq!(finished.status, status, "`{line}`: {}", finished.stderr);
    assert_eq!(finished.stdout, "", "`{line}` wrote an answer beside the error");
    for text in says {
        assert!(finished.stderr.contains(text), "`{line}` does not say `{text}`:\n{}", finished.stderr);
    }
    assert!(before == project.files(), "`{line}` wrote files");
    let words: Vec<&str> = line.split_whitespace().chain(["--format", "json"]).collect();
    let error = project.run_words(&words).error();
    assert!(error["code"].as_str().is_some_and(|code| code.starts_with('A')), "{error}");
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{error}");
}

/// A project whose only script is this text.
fn script(text: &str) -> Project {
    let project = Project::new(&["app"]);
    project.write("app/migrations/a1.sql", text);
    project
}

fn header(lines: &str) -> String {
    format!("-- Step\n--\n-- [alembic]\n{lines}\n\n-- [upgrade]\nSELECT 1;\n\n-- [downgrade]\nSELECT 1;\n")
}

#[test]
fn duplicate_id_names_both_files() {
    let project = Project::new(&["matches", "players"]);
    project.revision("matches", "aaa111", &[], "SELECT 1;", "SELECT 1;");
    project.revision("players", "aaa111", &[], "SELECT 1;", "SELECT 1;");
    check(Case {
        project,
        line: "heads",
        status: 3,
        says: &["aaa111", "matches/migrations/aaa111_step.sql", "players/migrations/aaa111_step.sql"],
    });
}

#[test]
fn missing_parent_names_what_is_near() {
    let project = Project::drawn("abc123def456; bbb222:abc123def457");
    check(Case { project, line: "upgrade", status: 3, says: &["abc123def457", "abc123def456", "bbb222_step.sql:5"] });
}

#[test]
fn a_file_name_used_as_a_parent_is_recognized() {
    let project = Project::drawn("abc123def456; bbb222:abc123def456_step");
    check(Case { project, line: "upgrade", status: 3, says: &["abc123def456_step", "file", "`abc123def456`"] });
}

#[test]
fn a_cycle_is_shown() {
    check(Case {
        project: Project::drawn("aa11:cc33; bb22:aa11; cc33:bb22"),
        line: "heads",
        status: 3,
        says: &["`aa11` needs `cc33` needs `bb22` needs `aa11`"],
    });
}

#[test]
fn unknown_key_names_the_nearest() {
    let project = script(&header("-- revision = \"aa11\"\n-- down_revison = \"bb22\""));
    check(Case { project, line: "heads", status: 3, says: &["down_revison", "down_revision", "a1.sql:5:4"] });
}

#[test]
fn no_section_for_this_dialect() {
    let project = script("-- Step\n--\n-- [alembic]\n-- revision = \"aa11\"\n\n-- [upgrade.postgres]\nSELECT 1;\n");
    check(Case { project, line: "upgrade", status: 3, says: &["aa11", "[upgrade]", "sqlite"] });
}

#[test]
fn unclosed_quote_shows_where_it_opens() {
    let project = script("-- Step\n--\n-- [alembic]\n-- revision = \"aa11\"\n\n-- [upgrade]\nSELECT 'open;\n");
    check(Case { project, line: "upgrade", status: 3, says: &["a1.sql:7:8"] });
}

#[test]
fn invalid_toml_shows_its_line() {
    let project = script(&header("-- revision = \"aa11\"\n-- depends_on = [\"x\""));
    check(Case { project, line: "heads", status: 3, says: &["a1.sql:5"] });
}

#[test]
fn ids_that_the_version_table_cannot_hold() {
    let long = "a".repeat(33);
    for (id, says) in
        [(long.as_str(), "32"), ("a@b", "@"), ("a-b", "-"), ("a+b", "+"), ("a:b", ":"), ("head", "reserved")]
    {
        let project = script(&header(&format!("-- revision = \"{id}\"")));
        let finished = project.run("heads");
        assert_eq!(finished.status, 3, "{id}: {}", finished.stderr);
        assert!(finished.stderr.contains(says) && finished.stderr.contains("a1.sql:4:15"), "{id}: {}", finished.stderr);
    }
}

#[test]
fn an_empty_message_is_refused() {
    let project = Project::drawn("aa11");
    let before = project.files();
    for message in ["", "   ", "!!!"] {
        let finished = project.run_words(&["revision", "-p", "app", "-m", message]);
        assert_eq!(finished.status, 2, "{message:?}: {}", finished.stderr);
        assert!(finished.stderr.contains("message"), "{}", finished.stderr);
    }
    assert!(before == project.files());
}

#[test]
fn minus_one_at_a_merge_offers_the_parents() {
    let project = Project::drawn("aaa1; bbb1:aaa1; ccc1:aaa1; mmm1:bbb1,ccc1");
    project.ok("upgrade");
    check(Case { project, line: "downgrade -1 --yes", status: 2, says: &["mmm1", "bbb1", "ccc1"] });
}

#[test]
fn an_unknown_branch_is_not_ignored() {
    let project = Project::drawn("aaa1; bbb1:aaa1");
    project.ok("upgrade");
    check(Case { project, line: "downgrade typo@base --yes", status: 2, says: &["typo"] });
}

#[test]
fn unknown_names_get_a_suggestion() {
    let project = Project::drawn("abc123def456; bbb222def456:abc123def456");
    check(Case { project, line: "upgrade abd123def456", status: 2, says: &["abd123def456", "abc123def456"] });
}

#[test]
fn a_row_that_no_script_has() {
    let project = Project::drawn("aaa1; bbb1:aaa1");
    project.ok("upgrade");
    project.sqlite("UPDATE alembic_version SET version_num = 'zzz9'");
    for line in ["upgrade", "current", "downgrade base --yes", "status", "stamp aaa1"] {
        let finished = project.run(line);
        assert_eq!(finished.status, 8, "{line}: {}", finished.stderr);
        // `status` shows what there is nevertheless.
        let said = if line == "status" { &finished.stdout } else { &finished.stderr };
        assert!(said.contains("zzz9"), "{line}: {said}");
    }
    assert_eq!(project.sqlite("SELECT version_num FROM alembic_version"), "zzz9");
    project.ok("stamp --purge bbb1");
    assert_eq!(project.rows(), ["bbb1"]);
}

#[test]
fn an_unreachable_server_and_a_wrong_password() {
    let project = Project::drawn("aaa1").database("postgres://someone:s3cret@127.0.0.1:1/app");
    let finished = project.run("upgrade");
    assert_eq!(finished.status, 4, "{}", finished.stderr);
    assert!(finished.stderr.contains("127.0.0.1"), "{}", finished.stderr);
    assert!(!finished.stderr.contains("s3cret"), "{}", finished.stderr);
}

#[test]
fn a_file_that_cannot_be_written() {
    let project = Project::drawn("aaa1; bbb1:aaa1");
    project.ok("upgrade aaa1");
    let path = project.path("app.db");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).expect("permissions");
    let finished = project.database("sqlite:app.db?mode=ro").run("upgrade");
    assert_eq!(finished.status, 4, "{}", finished.stderr);
    assert!(finished.stderr.contains("read"), "{}", finished.stderr);
}

#[test]
fn not_in_a_workspace() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let project = Project::new(&["app"]);
    let output = project.command(&["heads"]).current_dir(folder.path()).output().expect("the tool");
    let finished = crate::project::Finished::of(output);
    assert_eq!(finished.status, 3, "{}", finished.stderr);
    assert!(finished.stderr.contains("Cargo.toml"), "{}", finished.stderr);
}

#[test]
fn no_feature_found() {
    let project = Project::new(&["app"]);
    fs::remove_dir(project.path("app/migrations")).expect("an empty folder");
    check(Case { project, line: "heads", status: 3, says: &["cargo alembic init"] });
}

#[test]
fn a_script_that_is_not_utf8() {
    let project = Project::new(&["app"]);
    fs::write(project.path("app/migrations/a1.sql"), b"-- caf\xe9\n").expect("a written file");
    check(Case { project, line: "heads", status: 3, says: &["a1.sql", "UTF-8", "byte 7"] });
}

#[test]
fn a_wrong_setting_names_the_right_one() {
    let project = Project::drawn("aaa1");
    let manifest = project.read("Cargo.toml");
    project.write("Cargo.toml", &format!("{manifest}\n[workspace.metadata.alembic]\ndatabse-url = \"sqlite:x.db\"\n"));
    check(Case { project, line: "heads", status: 3, says: &["databse-url", "database-url", "Cargo.toml"] });
}

#[test]
fn an_unknown_package_names_the_nearest() {
    check(Case { project: Project::new(&["players"]), line: "heads -p player", status: 2, says: &["players"] });
}

#[test]
fn usage_errors_are_json_too() {
    let finished = Project::drawn("aaa1").run("upgrade --no-such-flag --format json");
    assert_eq!(finished.status, 2);
    assert_eq!(finished.stdout, "");
    assert!(finished.error()["message"].as_str().is_some_and(|message| message.contains("--no-such-flag")));
}
