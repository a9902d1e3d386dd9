//! The journal as a person meets it: half-applied revisions, the printed ways on, `repair`, and who reads the history.

use serde_json::{Value, json};

use crate::databases::{Database, Server};
use crate::project::{Finished, Project, run_printed};

/// A workspace on `database` whose `bbb1` has these statements, each with a line of its own.
struct Half {
    project: Project,
    database: Database,
}

const MADE: &str = "CREATE TABLE made (id integer);";
const LAST: &str = "INSERT INTO runs VALUES ('last');";

impl Half {
    fn new(database: Database) -> Self {
        let project = Project::new(&["app"]).database(&database.url);
        let half = Half { project, database };
        half.project.revision("app", "aaa1", &[], "CREATE TABLE runs (step varchar(20));", "DROP TABLE runs;");
        half.project.ok("upgrade");
        half
    }

    /// Writes `bbb1`; on MariaDB no transaction surrounds it anyway.
    fn script(&self, up: &[&str]) {
        let down = "-- transaction = false\nDROP TABLE made;\nDELETE FROM runs;";
        self.project.revision("app", "bbb1", &["aaa1"], &format!("-- transaction = false\n{}", up.join("\n")), down);
    }

    fn runs(&self) -> String {
        self.database.query("SELECT step FROM runs ORDER BY step")
    }

    fn progress(&self) -> String {
        self.database.query("SELECT revision, done, intent IS NULL FROM alembic_version_progress")
    }

    /// Everything that `repair` could change.
    fn journal(&self) -> (String, String, String, String) {
        let history =
            self.database.query("SELECT number, attempt, direction FROM alembic_version_history ORDER BY number");
        let progress = self.database.query("SELECT revision, attempt, done, intent, ran FROM alembic_version_progress");
        (history, progress, self.database.query("SELECT version_num FROM alembic_version"), self.runs())
    }

    /// Leaves `bbb1` with its second of three statements in doubt.
    fn in_doubt(&self) {
        let mariadb = self.database.server == Server::Mariadb;
        if mariadb {
            // Nobody can tell whether a procedure that commits did something before it failed.
            let body = "BEGIN COMMIT; INSERT INTO later VALUES (1); END";
            self.database.run_script(&format!("DELIMITER //\nCREATE PROCEDURE half() {body}//\n"));
        }
        self.script(&[MADE, if mariadb { "CALL half();" } else { "INSERT INTO later VALUES (1);" }, LAST]);
        let finished = self.project.run("upgrade");
        assert_eq!(finished.status, 7, "{}", finished.stderr);
        if !mariadb {
            // What a run leaves that is killed in a statement of which no catalogue tells.
            self.database
                .query("UPDATE alembic_version_progress SET intent = 2, intended = 'lost', fingerprint = NULL");
        }
    }
}

#[track_caller]
fn has(finished: &Finished, status: i32, texts: &[&str]) {
    assert_eq!(finished.status, status, "{}{}", finished.stdout, finished.stderr);
    let said = format!("{}{}", finished.stdout, finished.stderr);
    for text in texts {
        assert!(said.contains(text), "no `{text}` in\n{said}");
    }
}

/// The command lines that a message prints between backticks and that have this word in them.
#[track_caller]
fn printed(finished: &Finished, word: &str) -> String {
    let mut commands = finished.stderr.split('`').filter(|text| text.starts_with("cargo alembic"));
    commands.find(|text| text.contains(word)).unwrap_or_else(|| panic!("no {word} in {}", finished.stderr)).to_owned()
}

#[test]
fn a_failed_statement_goes_on_by_the_printed_command() {
    for database in Database::each() {
        let half = Half::new(database);
        half.script(&[MADE, "INSERT INTO later VALUES (1);", LAST]);
        let failed = half.project.run("upgrade");
        has(
            &failed,
            7,
            &["error[A0517]: `bbb1` is half applied", "statement 2 of 3", "statement 1 took effect and stays"],
        );
        assert_eq!(half.progress().split('|').take(2).collect::<Vec<_>>(), ["bbb1", "1"]);

        // What is known needs no answer.
        for answer in ["--mark-done", "--run-again"] {
            let finished = half.project.run(&format!("repair {answer} bbb1 --yes"));
            let ways = ["run `cargo alembic upgrade`", "`cargo alembic repair --mark-done bbb1 --statement 2`"];
            has(&finished, 2, &["error[A0525]: what ran of `bbb1` is known", ways[0], ways[1]]);
        }
        half.script(&[MADE, "INSERT INTO runs VALUES ('two');", LAST]);
        has(&run_printed(&half.project, &printed(&failed, "upgrade")), 0, &["Applied bbb1"]);
        assert_eq!((half.runs().as_str(), half.progress().as_str()), ("last\ntwo", ""));
        has(&half.project.run("upgrade"), 0, &["nothing to do"]);
    }
}

#[test]
fn several_tables_are_dropped_one_by_one() {
    let Some(database) = Database::new(Server::Mariadb) else { return };
    let half = Half::new(database);
    let drop = "DROP TABLE made, /* , */\n  `other`, third;";
    half.script(&[MADE, "CREATE TABLE third (id integer);", drop, LAST]);
    let failed = half.project.run("upgrade");
    has(&failed, 7, &["statement 4 of 6", "statements 1 to 3 took effect", "Unknown table", "bbb1_step.sql:12:4"]);
    half.database.query("CREATE TABLE other (id integer)");
    has(&run_printed(&half.project, &printed(&failed, "upgrade")), 0, &["Applied bbb1"]);
    assert_eq!((half.runs().as_str(), half.progress().as_str()), ("last", ""));
    assert_eq!(half.database.query("SHOW TABLES LIKE '%ther'"), "");
    assert!(half.project.ok("upgrade --sql").contains("DROP TABLE made;"));
}

#[test]
fn a_person_says_whether_a_statement_took_effect() {
    for server in Server::ALL {
        for (answer, shown) in
            [("--mark-done", "statement 2 took effect"), ("--run-again", "statement 2 did not take effect")]
        {
            let Some(database) = Database::new(server) else { continue };
            let half = Half::new(database);
            half.in_doubt();
            // SQLite notes a statement in the statement's own transaction, so there a run asks nothing.
            if server != Server::Sqlite {
                let undecided = half.project.run("upgrade");
                has(&undecided, 7, &["whether statement 2 of `bbb1` took effect is not known"]);
                assert_eq!(printed(&undecided, answer), format!("cargo alembic repair {answer} bbb1"));
            }
            let command = format!("cargo alembic repair {answer} bbb1");
            let before = half.journal();
            let refused = run_printed(&half.project, &command);
            has(&refused, 5, &["bbb1 is half applied: 1 of 3 statements ran", "statement 2: ", shown]);
            assert_eq!(printed(&refused, "--yes"), format!("{command} --yes"));
            assert_eq!(half.journal(), before, "{server:?}: without a yes nothing changes");

            has(&run_printed(&half.project, &printed(&refused, "--yes")), 0, &[shown, "noted; nothing was run"]);
            assert_eq!(
                half.progress(),
                if answer == "--mark-done" { "bbb1|2|" } else { "bbb1|1|" }.to_owned() + null(server)
            );
            let second = if answer == "--run-again" {
                half.script(&[MADE, "INSERT INTO runs VALUES ('two');", LAST]);
                "last\ntwo"
            } else {
                "last"
            };
            has(&half.project.run("upgrade"), 0, &["Applied bbb1"]);
            assert_eq!(half.runs(), second, "{server:?} {answer}");
            assert_eq!(half.progress(), "");
        }
    }
}

/// What each database prints for true.
fn null(server: Server) -> &'static str {
    if server == Server::Postgres { "t" } else { "1" }
}

#[test]
fn a_failed_statement_is_passed_over_by_its_number() {
    for database in Database::each() {
        let half = Half::new(database);
        half.script(&[MADE, "INSERT INTO later VALUES (1);", LAST]);
        assert_eq!(half.project.run("upgrade").status, 7);
        let command = printed(&half.project.run("repair --mark-done bbb --yes"), "--statement");
        let before = half.journal();
        let asked = run_printed(&half.project, &command);
        has(
            &asked,
            5,
            &["statement 2: INSERT INTO later", "! statement 2 is known not to have run: it will never run"],
        );
        let answer = printed(&asked, "--yes");
        has(&half.project.run("repair --mark-done bbb1 --statement 3 --yes"), 2, &["statement of `bbb1` is 2, not 3"]);
        assert_eq!(half.journal(), before);
        has(&run_printed(&half.project, &answer), 0, &["noted; nothing was run"]);
        // A second time would pass over the next statement.
        let noted = half.journal();
        has(&run_printed(&half.project, &answer), 2, &["the next statement of `bbb1` is 3, not 2"]);
        assert_eq!(half.journal(), noted);
        has(&half.project.run("upgrade"), 0, &["Applied bbb1"]);
        assert_eq!((half.runs().as_str(), half.progress().as_str()), ("last", ""));
    }
}

#[test]
fn a_protected_database_is_repaired_by_its_name_only() {
    let Some(database) = Database::new(Server::Sqlite) else { return };
    let half = Half::new(database);
    half.in_doubt();
    let manifest = half.project.read("Cargo.toml");
    let prod = "[workspace.metadata.alembic.env.prod]\nurl-env = \"PROD\"\nprotected = true\n";
    half.project.write("Cargo.toml", &format!("{manifest}\n{prod}"));
    let run = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let output = half.project.command(&words).env("PROD", &half.database.url).output().expect("cargo-alembic");
        Finished::of(output)
    };
    let before = half.journal();
    for wish in ["--mark-done bbb1", "--run-again bbb1", "--forget bbb1", "--rebuild aaa1"] {
        let refused = run(&format!("repair {wish} --env prod --yes"));
        has(&refused, 5, &["`prod` is protected", "--confirm"]);
        has(&run(&format!("repair {wish} --env prod --confirm other")), 5, &["error[A0910]"]);
        assert_eq!(half.journal(), before, "{wish}");
    }
    let refused = run("repair --forget bbb1 --env prod");
    let command = printed(&refused, "--confirm");
    has(&run(command.trim_start_matches("cargo alembic ")), 0, &["noted; nothing was run"]);
    assert_eq!(half.progress(), "");
}

/// What is there of the bookkeeping.
fn bookkeeping(half: &Half) -> (Vec<String>, String, String) {
    let ways =
        half.database.query("SELECT revision, direction FROM alembic_version_history WHERE revision IS NOT NULL");
    let mut ways: Vec<String> = ways.lines().map(str::to_owned).collect();
    ways.sort();
    let rows = half.database.query("SELECT version_num FROM alembic_version");
    (ways, rows, half.database.query("SELECT count(*) FROM alembic_version_progress"))
}

#[test]
fn bookkeeping_is_made_anew_from_a_stated_head() {
    let beside = ["alembic_version", "alembic_version_lock", "alembic_version_history", "alembic_version_progress"];
    for lost in ["tables", "rows", "columns"] {
        for database in Database::each() {
            let half = Half::new(database);
            half.script(&[MADE, LAST]);
            half.project.ok("upgrade");
            half.project.revision("app", "ccc1", &["bbb1"], "INSERT INTO runs VALUES ('ccc1');", "");
            let has_lock = half.database.server != Server::Sqlite;
            let mut said = vec!["2 revisions will count as applied", "the history will note their files"];
            match lost {
                "tables" => {
                    for table in beside {
                        half.database.query(&format!("DROP TABLE IF EXISTS {table}"));
                    }
                }
                "rows" => {
                    half.database.query("UPDATE alembic_version SET version_num = 'zzz9'");
                    half.database.query("DELETE FROM alembic_version_history");
                    half.database.query(
                        "INSERT INTO alembic_version_progress (revision, attempt, direction, total, done) \
                         VALUES ('yyy9', 'lost', 'up', 3, 1)",
                    );
                    if has_lock {
                        half.database.query("DELETE FROM alembic_version_lock");
                    }
                    said.push("yyy9 is half applied: 1 of 3 statements ran; that will be forgotten");
                }
                _ => {
                    for table in beside.into_iter().skip(1) {
                        half.database.query(&format!("DROP TABLE IF EXISTS {table}"));
                        half.database.query(&format!("CREATE TABLE {table} (x integer)"));
                    }
                    said.push(
                        "alembic_version_history has other columns: it will be called alembic_version_history_old",
                    );
                }
            }
            let asked = half.project.run("repair --rebuild bbb");
            has(&asked, 5, &said);
            let left = half
                .database
                .query(&format!("SELECT count(*) FROM {}", if lost == "tables" { "made" } else { beside[3] }));
            assert_eq!(left, if lost == "rows" { "1" } else { "0" }, "without a yes nothing changes");
            has(&run_printed(&half.project, &printed(&asked, "--yes")), 0, &["2 revisions applied", "nothing was run"]);
            let (ways, rows, open) = bookkeeping(&half);
            assert_eq!(ways, ["aaa1|accept", "bbb1|accept"], "{lost}");
            assert_eq!((rows.as_str(), open.as_str()), ("bbb1", "0"), "{lost}");
            has(&half.project.run("check --history"), 0, &["files and database agree"]);
            // A second time there is nothing to note, and an edit is found from now on.
            let again = half.project.run("repair --rebuild bbb1 --yes --format json");
            let again: Value = serde_json::from_str(&again.stdout).expect("JSON");
            assert_eq!((&again["action"], &again["to"]), (&json!("rebuild"), &json!(["bbb1"])));
            assert_eq!(bookkeeping(&half).0.len(), 2);
            half.project.ok("upgrade");
            assert_eq!(half.runs(), "ccc1\nlast");
            half.script(&[MADE, "INSERT INTO runs VALUES ('edited');"]);
            has(&half.project.run("check --history"), 1, &["bbb1 was edited after it ran"]);
        }
    }
}

#[test]
fn what_ran_must_be_what_the_file_has_to_be_marked() {
    let Some(database) = Database::new(Server::Sqlite) else { return };
    let half = Half::new(database);
    half.in_doubt();
    half.script(&["CREATE TABLE other (id integer);", "SELECT 1;", LAST]);
    let before = half.journal();
    has(&half.project.run("repair --mark-done bbb1 --yes"), 7, &["are not those of the file", "repair --forget bbb1"]);
    assert_eq!(half.journal(), before);
    has(&half.project.run("repair --mark-done aaa1 --yes"), 2, &["`aaa1` is not half applied"]);
    has(&half.project.run("repair --forget aaa --yes"), 2, &["`aaa1` is not half applied", "cargo alembic status"]);
    has(&half.project.run("repair"), 5, &["--mark-done"]);
    has(&half.project.run("repair --forget bbb1 --run-again bbb1"), 2, &["cannot be used with"]);
    assert_eq!(half.journal(), before);
}

#[test]
fn what_was_undone_by_hand_is_forgotten() {
    for database in Database::each() {
        let half = Half::new(database);
        half.script(&[MADE, "INSERT INTO later VALUES (1);", LAST]);
        assert_eq!(half.project.run("upgrade").status, 7);
        half.database.query("DROP TABLE made");
        // The file is another one by now, so the run refuses to go on and prints the way.
        half.script(&["CREATE TABLE made (id integer, x integer);", "INSERT INTO runs VALUES ('two');", LAST]);
        let refused = half.project.run("upgrade");
        has(&refused, 7, &["error[A0523]", "-CREATE TABLE made (id integer);"]);
        let before = half.journal();
        let unanswered = run_printed(&half.project, &printed(&refused, "--forget"));
        has(&unanswered, 5, &["the next run begins at statement 1", "1 of 3 statements ran"]);
        assert_eq!(half.journal(), before);
        let document = run_printed(&half.project, &format!("{} --format json", printed(&unanswered, "--yes")));
        let document: Value = serde_json::from_str(&document.stdout).expect("JSON");
        let expected = json!({ "command": "repair", "action": "forget", "revisions": ["bbb1"], "format_version": 1 });
        assert_eq!(document, expected);
        assert_eq!(half.progress(), "");
        has(&half.project.run("upgrade"), 0, &["Applied bbb1"]);
        assert_eq!(half.runs(), "last\ntwo");
        half.database.query("SELECT x FROM made");
    }
}

#[test]
fn an_edit_is_refused_until_it_is_accepted() {
    for database in Database::each() {
        let half = Half::new(database);
        half.script(&[MADE, LAST]);
        half.project.ok("upgrade");
        half.script(&[MADE, "INSERT INTO runs VALUES ('edited');"]);
        half.project.revision("app", "ccc1", &["bbb1"], "INSERT INTO runs VALUES ('ccc1');", "");
        let refused = half.project.run("upgrade");
        has(&refused, 8, &["error[A0521]", "-INSERT INTO runs VALUES ('last')", "+INSERT INTO runs VALUES ('edited')"]);
        let command = printed(&refused, "--accept");
        assert_eq!(command, "cargo alembic repair --accept bbb1");
        let before = half.journal();
        let unanswered = run_printed(&half.project, &command);
        let shown = ["-INSERT INTO runs VALUES ('last')", "+INSERT INTO runs VALUES ('edited')", "taken for what ran"];
        has(&unanswered, 5, &shown);
        let unanswered_json = half.project.run("repair --accept bbb1 --format json");
        assert_eq!((unanswered_json.status, unanswered_json.stdout.as_str()), (5, ""));
        assert_eq!(unanswered_json.error()["kind"], "NoTerminal");
        assert_eq!(half.journal(), before);
        has(&half.project.run("repair --accept zzz9 --yes"), 2, &["no revision or branch is called `zzz9`"]);
        has(&half.project.run("repair --accept ccc1 --yes"), 2, &["does not say that `ccc1` is applied"]);

        has(&run_printed(&half.project, &printed(&unanswered, "--yes")), 0, &["noted; nothing was run"]);
        has(&half.project.run("repair --accept aaa1 bbb1"), 0, &["nothing to accept: the files are what ran"]);
        has(&half.project.run("upgrade"), 0, &["Applied ccc1"]);
        assert_eq!(half.runs(), "ccc1\nlast", "nothing ran twice");
        let ways = half.database.query("SELECT direction FROM alembic_version_history ORDER BY number");
        assert_eq!(ways, "up\nup\naccept\nup");
    }
}

#[test]
fn a_half_reverted_revision_names_the_downgrade() {
    for database in Database::each() {
        let half = Half::new(database);
        half.script(&[MADE, LAST]);
        half.project.ok("upgrade");
        half.database.query("DROP TABLE made");
        half.database.query("CREATE TABLE made (id integer)");
        let text = half.project.read("app/migrations/bbb1_step.sql");
        half.project.write("app/migrations/bbb1_step.sql", &text.replace("DELETE FROM runs", "DELETE FROM later"));
        has(
            &half.project.run("downgrade -1 --yes"),
            7,
            &["`bbb1` is half reverted", "run `cargo alembic downgrade` again", "still has the revision's row"],
        );
        let status = half.project.json("status");
        let row = &status["half_applied"][0];
        assert_eq!((&row["direction"], &row["done"], &row["statements"]), (&json!("down"), &json!(1), &json!(2)));
        has(&half.project.run("status"), 0, &["bbb1 is half reverted: 1 of 2 statements ran"]);
        half.project.write("app/migrations/bbb1_step.sql", &text);
        has(&half.project.run("downgrade -1 --yes"), 0, &["Reverted bbb1"]);
        assert_eq!(half.runs(), "");
    }
}

#[test]
fn status_and_check_show_what_is_half_applied() {
    for database in Database::each() {
        let half = Half::new(database);
        assert_eq!(half.project.json("status")["half_applied"], json!([]));
        half.in_doubt();
        let status = half.project.json("status");
        let row = &status["half_applied"][0];
        assert_eq!((&row["revision"], &row["done"], &row["in_doubt"]), (&json!("bbb1"), &json!(1), &json!(2)));
        assert_eq!(status["at_head"], false);
        has(&half.project.run("status"), 0, &["bbb1 is half applied: 1 of 3 statements ran", "stopped in statement 2"]);
        has(&half.project.run("check --history"), 1, &["bbb1 is half applied", "files and database differ"]);
        half.project.ok("check");
    }
}

#[test]
fn check_tells_edited_missing_and_unknown_revisions() {
    for database in Database::each() {
        let half = Half::new(database);
        half.script(&[MADE, LAST]);
        half.project.revision("app", "ccc1", &["bbb1"], "SELECT 1;", "");
        half.project.ok("upgrade");
        has(&half.project.run("check --history"), 0, &["one head ccc1", "files and database agree"]);
        assert_eq!(half.project.json("check --history")["history"], json!([]));

        half.script(&[MADE, "INSERT INTO runs VALUES ('edited');"]);
        std::fs::remove_file(half.project.path("app/migrations/ccc1_step.sql")).expect("a file");
        half.database.query("INSERT INTO alembic_version VALUES ('ddd1')");
        let differs = half.project.run("check --history");
        let told = ["bbb1 was edited after it ran", "ccc1 is applied and has no file", "ddd1 is in the version table"];
        has(&differs, 1, &told);
        assert!(!differs.stdout.contains("ok: "), "{}", differs.stdout);
        let lines: Vec<&str> = differs.stdout.lines().filter(|line| line.starts_with("~ ")).collect();
        has(&half.project.run("status"), 8, &[&["Files and database differ:"][..], &lines].concat());
        let shown = half.project.run("status --format json");
        let shown: Value = serde_json::from_str(&shown.stdout).expect("JSON");
        let document = half.project.run("check --history --format json");
        let document: Value = serde_json::from_str(&document.stdout).expect("JSON");
        let kinds: Vec<_> =
            document["history"].as_array().expect("a list").iter().map(|row| row["kind"].as_str()).collect();
        assert_eq!(shown["differences"], document["history"]);
        assert_eq!((kinds, &document["ok"]), (vec![Some("edited"), Some("missing"), Some("unknown")], &json!(false)));
        half.project.ok("check");

        has(&run_printed(&half.project, &format!("{} --yes", printed_in(&differs.stdout))), 0, &["noted"]);
        let rest = half.project.run("check --history");
        assert!(rest.status == 1 && !rest.stdout.contains("edited"), "{}", rest.stdout);
    }
}

fn printed_in(text: &str) -> &str {
    text.split('`').find(|text| text.starts_with("cargo alembic repair")).expect("a command")
}

#[test]
fn the_history_says_who_ran_what_and_when() {
    for database in Database::each() {
        let half = Half::new(database);
        half.script(&[MADE, LAST]);
        half.project.ok("upgrade");
        half.project.ok("downgrade -1 --yes");
        half.project.ok("stamp bbb1");
        let applied = half.project.json("history --applied");
        let rows = applied["applied"].as_array().expect("a list");
        let told: Vec<_> =
            rows.iter().map(|row| (row["direction"].as_str().unwrap(), &row["revision"], &row["to"])).collect();
        assert_eq!(
            told,
            [
                ("stamp", &Value::Null, &json!(["bbb1"])),
                ("down", &json!("bbb1"), &json!(["aaa1"])),
                ("up", &json!("bbb1"), &json!(["bbb1"])),
                ("up", &json!("aaa1"), &json!(["aaa1"])),
            ]
        );
        let row = &rows[2];
        assert_eq!((&row["from"], &row["feature"], &row["statements"]), (&json!(["aaa1"]), &json!("app"), &json!(2)));
        assert!(row["applied_ms"].is_u64() && row["owner"].as_str().unwrap().contains("(pid "), "{row}");
        assert_eq!(row["tool"], concat!("cargo-alembic ", env!("CARGO_PKG_VERSION")));
        assert!(row["finished_at"].as_str() >= row["started_at"].as_str(), "{row}");

        let shown = half.project.ok("history --applied");
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.len(), 4, "{shown}");
        for text in ["up  bbb1  app  from aaa1", "2 statements, ", " ms", "(pid ", "cargo-alembic "] {
            assert!(lines[2].contains(text), "no `{text}` in {}", lines[2]);
        }
        assert_eq!(half.project.json("history --applied --feature nobody")["applied"], json!([]));
        assert_eq!(half.project.run("history --applied -i").status, 2);
    }
}

#[test]
fn a_database_without_a_history_is_left_alone() {
    let project = Project::drawn("aaa1");
    has(&project.run("history --applied"), 0, &["the database has no history"]);
    has(&project.run("check --history"), 0, &["files and database agree"]);
    has(&project.run("repair --forget aaa1 --yes"), 2, &["`aaa1` is not half applied"]);
    has(&project.run("repair --accept aaa1 --yes"), 2, &["does not say that `aaa1` is applied"]);
    assert!(!project.path("app.db").exists(), "reading makes no file");
}
