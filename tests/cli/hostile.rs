//! Bad and hostile input, line by line of `reliability.md` §6: one clear error each, or a plain success; nothing run that
//! should not be, nothing written, no panic, no control character on the terminal, no password.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Stdio;

use crate::project::{Finished, Project};

const PASSWORD: &str = "Hunter2secret";

/// What each run must keep to, whatever it was given.
#[track_caller]
fn sound(what: &str, finished: &Finished) {
    for stream in [&finished.stdout, &finished.stderr] {
        let control = stream.chars().find(|character| character.is_control() && *character != '\n');
        assert_eq!(control, None, "{what}: a control character in {stream:?}");
        let bidi =
            stream.chars().find(|character| matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
        assert_eq!(bidi, None, "{what}: a character that turns the line around in {stream:?}");
        assert!(!stream.contains("panicked"), "{what}: {stream}");
        assert!(!stream.contains(PASSWORD), "{what} shows the password: {stream}");
    }
    assert!(finished.stderr.len() < 20_000, "{what}: {} bytes of error", finished.stderr.len());
}

/// Runs a line that must be refused with this status and these words, leaving every file as it was.
#[track_caller]
fn refused(project: &Project, words: &[&str], status: i32, says: &[&str]) {
    let before = project.files();
    let finished = project.run_words(words);
    let what = format!("{:.120}", format!("{words:?}"));
    sound(&what, &finished);
    assert_eq!(finished.status, status, "{what}: {}", finished.stderr);
    for text in says {
        assert!(finished.stderr.contains(text), "{what} does not say `{text}`:\n{}", finished.stderr);
    }
    assert!(before == project.files(), "{what} wrote files");
}

fn with_script(text: impl AsRef<[u8]>) -> Project {
    let project = Project::new(&["app"]);
    fs::write(project.path("app/migrations/a1.sql"), text).expect("a written file");
    project
}

fn script(id: &str, message: &str, more: &str, up: &str) -> String {
    format!("-- {message}\n--\n-- [alembic]\n-- revision = \"{id}\"\n{more}\n-- [upgrade]\n{up}\n")
}

#[test]
fn scripts_that_are_none() {
    let sections = |text: &str| format!("-- S\n--\n-- [alembic]\n-- revision = \"a1\"\n\n{text}\n");
    let utf16: Vec<u8> = std::iter::once(0xfeff).chain("-- S\n".encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for (text, says) in [
        (b"-- S\xff\n".to_vec(), &["UTF-8", "byte 5"][..]),
        (utf16, &["UTF-16", "UTF-8"]),
        (sections("-- [upgrade]\nSELECT 1;\0\n").into(), &["NUL", "a1.sql:7"]),
        (sections("-- [upgrade]\nSELECT 'a;\n").into(), &["nothing closes", "a1.sql:7:8"]),
        (sections("-- [upgrade]\nSELECT 1; /* a\n").into(), &["nothing closes", "a1.sql:7:11"]),
        (
            sections("-- [upgrade.postgres]\nSELECT 1;\n-- [upgrade]\nSELECT \"a\n").into(),
            &["nothing closes", "a1.sql:9:8"],
        ),
        (sections("-- [upgrde]\nSELECT 1;").into(), &["upgrde", "[upgrade]"]),
        (sections("-- [upgrade.postgress]\nSELECT 1;").into(), &["postgress", "postgres"]),
        (sections("-- [upgrade]\nSELECT 1;\n-- [upgrade]\nSELECT 2;").into(), &["a1.sql:6", "the first one"]),
        (sections("-- [upgrade]\nBEGIN;\nSELECT 1;\nCOMMIT;").into(), &["BEGIN", "transaction = false", "a1.sql:7"]),
        (sections("-- [upgrade]\n\\connect other\nSELECT 1;").into(), &["\\connect", "a1.sql:7"]),
        (b"-- S\n--\n-- [alembic]\n-- revision = a1\n\n-- [upgrade]\nSELECT 1;\n".to_vec(), &["a1.sql:4"]),
        (b"-- S\n--\n-- [alembic]\n-- revision = 1\n\n-- [upgrade]\nSELECT 1;\n".to_vec(), &["a1.sql:4", "string"]),
        (b"".to_vec(), &["[alembic]"]),
    ] {
        refused(&with_script(text), &["upgrade"], 3, says);
    }
}

#[test]
fn dollar_quotes_stay_open_on_postgres_only() {
    let project = with_script(script("a1", "S", "", "SELECT $tag$ open $tag;"));
    refused(&project, &["upgrade", "--sql", "-D", "postgres://ann@127.0.0.1:1/x"], 3, &["$tag$", "a1.sql:7:8"]);
}

#[test]
fn one_line_of_fifty_megabytes() {
    let mut up = String::with_capacity(50_000_100);
    up.push_str("SELECT '");
    up.extend(std::iter::repeat_n('x', 50_000_000));
    up.push_str("' /*");
    // The fault is shown without the line it stands in.
    refused(&with_script(script("a1", "S", "", &up)), &["upgrade"], 3, &["nothing closes", "a1.sql:7"]);
}

#[test]
fn folders_and_links() {
    let project = Project::drawn("aa11");
    let outside = tempfile::tempdir().expect("a temporary folder");
    fs::write(outside.path().join("passwd.sql"), format!("root:{PASSWORD}")).expect("a written file");
    let folder = project.path("app/migrations");
    symlink(outside.path().join("passwd.sql"), folder.join("b1.sql")).expect("a link");
    refused(&project, &["upgrade"], 3, &["b1.sql", "workspace"]);
    fs::remove_file(folder.join("b1.sql")).expect("removed");

    symlink(folder.join("b2.sql"), folder.join("b2.sql")).expect("a link");
    refused(&project, &["upgrade"], 3, &["b2.sql"]);
    fs::remove_file(folder.join("b2.sql")).expect("removed");

    symlink(&folder, folder.join("again")).expect("a link");
    refused(&project, &["upgrade"], 3, &["again"]);
    fs::remove_file(folder.join("again")).expect("removed");

    fs::create_dir(folder.join("b3.sql")).expect("a folder");
    refused(&project, &["upgrade"], 3, &["b3.sql"]);
    fs::remove_dir(folder.join("b3.sql")).expect("removed");

    // Odd names of files are names.
    project.write("app/migrations/b..4..sql", &script("bb44", "S", "-- down_revision = \"aa11\"", "SELECT 1;"));
    project.ok("upgrade");
    assert_eq!(project.rows(), ["bb44"]);
}

#[test]
fn migrations_outside_of_the_crate() {
    for path in ["../../elsewhere", "/etc", ""] {
        let project = Project::drawn("aa11");
        let manifest = project.read("app/Cargo.toml");
        project.write("app/Cargo.toml", &format!("{manifest}\n[package.metadata.alembic]\nmigrations = \"{path}\"\n"));
        refused(&project, &["heads"], 3, &["app/Cargo.toml"]);
    }
}

#[test]
fn what_a_terminal_would_obey_is_shown_escaped() {
    let project =
        with_script(script("a1", "red \u{1b}[31m \u{202e}drawkcab \u{7}", "", "SELECT nothing \u{1b}]0;title\u{7};"));
    for line in ["history --verbose", "heads", "show a1", "upgrade", "status"] {
        sound(line, &project.run(line));
    }
    assert_eq!(project.run("upgrade").status, 4, "the statement itself fails");
    let sql = project.ok("upgrade --sql");
    let comment = sql.lines().find(|line| line.starts_with("-- Running")).expect("a heading");
    assert!(!comment.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{comment:?}");

    let project = Project::new(&["app"]);
    fs::write(project.path("app/migrations/\u{1b}[2J.sql"), "nothing").expect("a written file");
    refused(&project, &["heads"], 3, &["[2J.sql"]);
    for message in ["a\u{1b}[31mb", "bell \u{7}", "a\rb"] {
        refused(&Project::drawn("aa11"), &["revision", "-p", "app", "-m", message], 2, &["message"]);
    }
}

#[test]
fn a_message_is_no_path() {
    let project = Project::drawn("aa11");
    for message in ["../../x", "a */ b -- [upgrade]", "'; DROP TABLE x; --", &"long ".repeat(1_000), "ünï 日本"] {
        let finished = project.run_words(&["revision", "-p", "app", "--head", "heads", "-m", message]);
        sound(message, &finished);
        assert_eq!(finished.status, 0, "{message:.40}: {}", finished.stderr);
    }
    for (path, _) in project.files() {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        assert!(path.starts_with(project.root()) && name.len() < 80, "{}", path.display());
    }
    assert_eq!(project.ok("heads").lines().count(), 1);
    project.ok("upgrade");
}

#[test]
fn ids_and_labels() {
    for id in
        ["", "a'b", "a;b", "a--b", "a@b", "head", "heads", "base", "current", "select 1", "../a", &"a".repeat(10_000)]
    {
        refused(&with_script(script(id, "S", "", "SELECT 1;")), &["heads"], 3, &["a1.sql:4"]);
        refused(&Project::drawn("aa11"), &["revision", "-p", "app", "-m", "x", "--rev-id", id], 2, &[]);
    }
    for label in ["", "a@b", "a:b", "a\\u0000b", "a\\u001b[31m"] {
        refused(
            &with_script(script("a1", "S", &format!("-- branch_labels = \"{label}\""), "SELECT 1;")),
            &["heads"],
            3,
            &["a1.sql:5"],
        );
    }
    // What SQL reserves, what LIKE means something by and what looks like another letter are names like others.
    let project = Project::new(&["app"]);
    project.revision("app", "select", &[], "SELECT 1;", "SELECT 1;");
    project.revision("app", "a%", &["select"], "SELECT 1;", "SELECT 1;");
    project.revision("app", "a_b", &["a%"], "SELECT 1;", "SELECT 1;");
    project.revision("app", "\u{430}_b", &["a_b"], "SELECT 1;", "SELECT 1;");
    project.revision("app", "a1b", &["\u{430}_b"], "SELECT 1;", "SELECT 1;");
    project.ok("upgrade");
    assert_eq!(project.rows(), ["a1b"]);
    project.ok("downgrade a_b --yes");
    assert_eq!(project.rows(), ["a_b"]);
}

#[test]
fn targets() {
    let project = Project::drawn("aa11; bb22:aa11");
    for target in [
        "",
        "@",
        "a@b@c",
        "+",
        "head+x",
        "';--",
        "%",
        "a_11",
        "zzz",
        "\u{1b}[31m",
        "head+99999999999",
        &"a".repeat(10_000),
    ] {
        refused(&project, &["upgrade", "--", target], 2, &[]);
    }
    assert!(!project.path("app.db").exists(), "a refused target opened the database");
}

#[test]
fn names_of_the_version_table() {
    for name in ["a;b", "a--b", "a%b", "select", "Ünï", "with blank"] {
        let project = Project::drawn("aa11");
        let manifest = project.read("Cargo.toml");
        project.write("Cargo.toml", &format!("{manifest}\n[workspace.metadata.alembic]\nversion-table = \"{name}\"\n"));
        project.ok("upgrade");
        assert_eq!(project.rows(), ["aa11"], "{name}");
        project.ok("downgrade base --yes");
    }
    for name in ["", &"t".repeat(55), "a'b", "a\\\"b", "a\\u0000b", "a\\u001b[1m"] {
        let project = Project::drawn("aa11");
        let manifest = project.read("Cargo.toml");
        project.write("Cargo.toml", &format!("{manifest}\n[workspace.metadata.alembic]\nversion-table = \"{name}\"\n"));
        refused(&project, &["upgrade"], 3, &["version-table", "Cargo.toml"]);
    }
}

#[test]
fn urls() {
    let project = Project::drawn("aa11");
    for (url, status, says) in [
        (format!("postgress://ann:{PASSWORD}@db/arena"), 2, "postgres"),
        (PASSWORD.to_owned(), 2, "scheme"),
        (format!("postgres://ann:{PASSWORD}%zz@db/arena"), 2, "percent"),
        (format!("postgres://ann:{PASSWORD}%00@db/arena"), 2, "percent"),
        (format!("postgres://ann:{PASSWORD}@/arena"), 2, "host"),
        (format!("mysql://ann:{PASSWORD}@/arena"), 2, "host"),
        (format!("postgres://ann:{PASSWORD}@db:port/arena"), 2, "port"),
        (format!("postgres://ann:{PASSWORD}#@db/arena"), 2, "%23"),
        (format!("postgres://ann:/{PASSWORD}@db/arena"), 2, "%2F"),
        (format!("postgres://ann:?{PASSWORD}@db/arena"), 2, "%3F"),
        (format!("postgres:///:{PASSWORD}@db/arena"), 2, "%2F"),
        (format!("postgres://ann:{PASSWORD}@127.0.0.1:1/arena?sslmod=require"), 2, "sslmode"),
        (format!("postgres://ann:{PASSWORD}@127.0.0.1:1/arena?sslmode=maybe"), 2, "sslmode"),
        (format!("postgres://ann:{PASSWORD}@127.0.0.1:1/arena?sslmode=require"), 4, "127.0.0.1"),
        (format!("postgres://ann:{PASSWORD}@[::1]:1/arena"), 4, "::1"),
        (format!("postgres://ann:a%40%3A%2F%23%25{PASSWORD}@127.0.0.1:1/arena"), 4, "127.0.0.1"),
        (format!("postgres://ann@127.0.0.1:1/arena?password={PASSWORD}"), 4, "127.0.0.1"),
        (format!("postgres://ann:{PASSWORD}@%2Fnowhere/arena"), 4, "nowhere"),
        (format!("mysql://ann:{PASSWORD}@127.0.0.1:1/arena"), 4, "127.0.0.1"),
        ("sqlite:".to_owned(), 2, "file"),
        ("sqlite:/nowhere/at/all.db".to_owned(), 4, "/nowhere/at"),
        ("sqlite:app".to_owned(), 4, "app"),
        ("sqlite:Cargo.toml".to_owned(), 4, "Cargo.toml"),
    ] {
        for more in [&[][..], &["--format", "json"], &["-vv"]] {
            let mut words = vec!["upgrade", "-D", &url];
            words.extend(more);
            refused(&project, &words, status, &[says]);
            let mut command = project.command(&words);
            let output = command.env("RUST_LOG", "trace").stdin(Stdio::null()).output().expect("the tool");
            sound(&url.replace(PASSWORD, "…"), &Finished::of(output));
        }
    }
}

#[test]
fn settings() {
    for (settings, says) in [
        ("dialects = \"postgres\"", "dialects"),
        ("dialects = [\"oracle\"]", "oracle"),
        ("version-table = 7", "version-table"),
        ("database-url = true", "database-url"),
        ("exclude-tables = 1", "exclude-tables"),
        ("exclude-table = [\"x\"]", "exclude-tables"),
        ("lock-timeout = \"soon\"", "lock-timeout"),
    ] {
        let project = Project::drawn("aa11");
        let manifest = project.read("Cargo.toml");
        project.write("Cargo.toml", &format!("{manifest}\n[workspace.metadata.alembic]\n{settings}\n"));
        refused(&project, &["heads"], 3, &[says, "Cargo.toml"]);
    }
}

#[test]
fn a_password_beside_a_fault_of_a_manifest() {
    for faulty in ["dialect = []", "dialects = [", "dialects = 7"] {
        let project = Project::drawn("aa11");
        let manifest = project.read("Cargo.toml");
        let url = format!("database-url = \"postgres://ann:{PASSWORD}@db/x\"");
        project.write("Cargo.toml", &format!("{manifest}\n[workspace.metadata.alembic]\n{url}\n{faulty}\n"));
        refused(&project, &["heads"], 3, &["Cargo.toml"]);
    }
    let project = Project::drawn("aa11");
    let manifest = project.read("Cargo.toml");
    let table = format!("[workspace.metadata.alembic]\ndatabase-url = \"postgres://ann:{PASSWORD}@db/x\n");
    project.write("Cargo.toml", &format!("{manifest}\n{table}"));
    refused(&project, &["heads"], 3, &["Cargo.toml"]);
}

/// A bundle that somebody wrote by hand, with a right checksum.
fn sealed(records: &str) -> String {
    let above = format!("cargo-alembic bundle 1\nmade by cargo-alembic {}\n\n{records}", env!("CARGO_PKG_VERSION"));
    let sum = alembic_revisions::checksum::of_text(above.as_bytes());
    format!("{above}sha256 {sum}\n")
}

fn record(kind: &str, name: &str, body: &str) -> String {
    format!("{kind} {} {} bytes\n{body}\n", serde_json::json!(name), body.len())
}

#[test]
fn bundles() {
    let right = Project::drawn("aa11").ok("bundle -o -");
    let settings = record("settings", "workspace", "{}");
    let with = |records: &str| sealed(&format!("{settings}{}{records}", record("feature", "app", "{}")));
    let newer = |bundle: String| {
        let text = bundle.replace(env!("CARGO_PKG_VERSION"), "999.1.2");
        let above = &text[..text.len() - 72];
        format!("{above}sha256 {}\n", alembic_revisions::checksum::of_text(above.as_bytes()))
    };
    let unknown_setting =
        sealed(&record("settings", "workspace", &format!("{{\"pasword\": \"{PASSWORD}\", \"env\": 7}}")));
    let faulty =
        with(&record("script", "app/migrations/\u{1b}[2Ja.sql", "-- S\n--\n-- [alembic]\n-- revison = \"a1\"\n"));
    let orphan = with(&record("script", "app/b.sql", &script("b1", "S", "-- down_revision = \"nope\"", "SELECT 1;")));
    let twice = record("script", "a.sql", &script("a1", "S", "", "SELECT 1;"));
    let nul = with(&record("script", "a.sql", &script("a1", "S", "", "SELECT 1;\0")));
    for (bytes, says) in [
        (Vec::new(), &["A0682", "cut short"][..]),
        (right.as_bytes()[..right.len() - 1].to_vec(), &["A0682", "cut short", "bundle -o"]),
        (right.as_bytes()[..200].to_vec(), &["A0682", "cut short, after 200 bytes"]),
        (right.replace("CREATE", "DELETE").into(), &["A0683", "altered"]),
        (right.replace('\n', "\r\n").into(), &["A0683", "line ends"]),
        ([right.as_bytes(), b"\xff\x00\x1b[31m"].concat(), &["A0683", "behind its end"]),
        (right.replace("aa11", "a\u{301}a11").into(), &["A0683"]),
        (b"\xff\xfe\x00c\x00a".to_vec(), &["A0681", "no bundle"]),
        (b"-- [alembic]\n".to_vec(), &["A0681", "no bundle"]),
        (format!("\u{feff}{right}").into(), &["A0681", "no bundle"]),
        (
            newer(sealed("").replace("bundle 1", "bundle 2")).into(),
            &["A0684", "made by cargo-alembic 999.1.2", "newer than this one", "update"],
        ),
        (newer(unknown_setting.clone()).into(), &["A0684", "999.1.2"]),
        (newer(faulty.clone()).into(), &["A0684", "999.1.2"]),
        (unknown_setting.into(), &["A0685", "pasword", "must be a table"]),
        (sealed(&record("settings", "workspace", "[1]")).into(), &["A0685", "line 4"]),
        (sealed("").into(), &["A0685", "settings are missing"]),
        (with("script \"a.sql\" 99999999999999999999 bytes\n\n").into(), &["A0685", "line 8"]),
        (with("script \"a.sql\" 4294967295 bytes\n\n").into(), &["A0685", "line 8"]),
        (with(&twice.repeat(2)).into(), &["A0685", "above already"]),
        (faulty.into(), &["revison", "[2Ja.sql:4:4"]),
        (nul.into(), &["NUL", "a.sql:7"]),
        (orphan.into(), &["nope", "app/b.sql"]),
    ] {
        let project = Project::new(&["app"]);
        fs::write(project.path("x.alembic"), &bytes).expect("a written file");
        refused(&project, &["upgrade", "--bundle", "x.alembic"], 3, says);
        refused(&project, &["status", "--bundle", "x.alembic", "--format", "json"], 3, &says[..1]);
        assert!(!project.path("app.db").exists());
    }
    let project = Project::new(&["app"]);
    for (path, status, says) in [
        ("missing.alembic", 3, "missing.alembic"),
        ("app", 3, "folder"),
        ("/dev/zero", 3, "regular file"),
        ("Cargo.toml", 3, "no bundle"),
        ("Cargo.toml/x", 3, "cannot read"),
        ("", 2, "--bundle"),
        (&"x".repeat(10_000), 3, "cannot read"),
    ] {
        refused(&project, &["upgrade", "--bundle", path], status, &[says]);
    }
}

#[test]
fn version_tables_of_another_make() {
    for (made, status, says) in [
        ("CREATE VIEW alembic_version AS SELECT 'aa11' AS version_num", 8, "no table"),
        ("CREATE TABLE alembic_version (id integer)", 8, "version_num"),
        ("CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES (NULL)", 8, "NULL"),
        (
            "CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('aa11'), ('bb22')",
            8,
            "aa11",
        ),
        (
            "CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('aa11'), ('aa11')",
            8,
            "aa11",
        ),
        (
            "CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES (char(27) || '[31m')",
            8,
            "[31m",
        ),
        (
            "CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES (x'ff00')",
            8,
            "alembic_version",
        ),
        (
            "CREATE TABLE alembic_version (version_num text); \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) \
             INSERT INTO alembic_version SELECT 'r' || i FROM n",
            8,
            "9992 more",
        ),
    ] {
        let project = Project::drawn("aa11; bb22:aa11");
        project.sqlite(made);
        refused(&project, &["upgrade"], status, &[says]);
        assert_eq!(project.sqlite("SELECT count(*) FROM sqlite_master WHERE name LIKE 't_%'"), "0", "{made}");
    }
}
