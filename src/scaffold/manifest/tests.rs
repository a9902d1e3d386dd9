use super::*;

fn workspace(url: &str) -> [Wanted; 1] {
    [Wanted { table: ["workspace", "metadata", "alembic"], values: vec![("database-url", url.to_owned())] }]
}

fn package() -> [Wanted; 1] {
    [Wanted { table: ["package", "metadata", "alembic"], values: Vec::new() }]
}

fn edit(text: &str, wanted: &[Wanted]) -> Result<String, ManifestEditError> {
    set(Utf8Path::new("Cargo.toml"), text, wanted)
}

/// Edits the text without its mark and expects `added` at the mark, also a second time.
fn check(marked: &str, added: &str, wanted: &[Wanted]) {
    let edited = edit(&marked.replace('^', ""), wanted).unwrap();
    assert_eq!(edited, marked.replace('^', added));
    assert_eq!(edit(&edited, wanted).unwrap(), edited, "a second time changes nothing");
}

#[test]
fn a_new_table_follows_its_relatives() {
    let added = "\n[workspace.metadata.alembic]\ndatabase-url = \"sqlite:a.db\"\n";
    let rows = [
        "[workspace]\nmembers = [\n  \"a\", # first\n]\n\n[workspace.dependencies]\nx = '1' # why\n^\n# end\n",
        "[workspace]\n^",
        "[workspace]\nmembers = []\n# resolver = \"2\"\n^\n# About the profile.\n[profile.dev]\ndebug=0\n",
        "[package]\nname = \"a\"\n\n[dependencies]\nb = \"1\"\n# c = \"2\"\n^",
        "[workspace]\n\n[workspace.metadata.release]\nx = 1\n^\n[workspace.lints]\n\n[[bin]]\nname = \"b\"\n",
        "[ workspace ]  # odd\n  members=[ ]\n^\n\n\n[[bin]]\nname = \"b\"\n",
        "[workspace]\ntext = \"\"\"\n# no comment\n\n\"\"\"\n^",
        "[workspace]\nmetadata.release.x = 1\n^",
        "[workspace.metadata.alembic.env.prod]\nurl-env = \"X\"\n^",
        "\u{feff}[workspace]\n^",
    ];
    for marked in rows {
        check(marked, added, &workspace("sqlite:a.db"));
    }
    check("^", added.trim_start(), &workspace("sqlite:a.db"));
    check("[workspace]\r\n^\r\n[x]\r\n", &added.replace('\n', "\r\n"), &workspace("sqlite:a.db"));
    let unfinished = edit("[workspace] # no line end", &workspace("sqlite:a.db")).unwrap();
    assert_eq!(unfinished, format!("[workspace] # no line end\n{added}"));
}

#[test]
fn a_table_that_is_there_gets_only_its_keys() {
    let rows = [
        (
            "[workspace.metadata.alembic]\n# which\ndialects = [ 'sqlite' ]\n^# tail\n\n[profile.dev]\ndebug=0\n",
            "database-url = \"sqlite:a.db\"\n",
        ),
        (
            "\u{feff}[workspace.metadata.alembic]\r\ndialects = []  # x\r\n^\r\n[profile.dev]\r\n",
            "database-url = \"sqlite:a.db\"\r\n",
        ),
        ("[workspace.metadata]\nalembic.dialects = []\n^", "alembic.database-url = \"sqlite:a.db\"\n"),
        ("[workspace]\nmetadata = { alembic = { dialects = []^ } }\n", " , database-url = \"sqlite:a.db\""),
        ("[workspace.metadata]\nalembic = {^}\n", " database-url = \"sqlite:a.db\" "),
    ];
    for (marked, added) in rows {
        check(marked, added, &workspace("sqlite:a.db"));
    }
}

#[test]
fn an_inline_parent_gets_an_inline_table() {
    let text = "workspace = { members = [], metadata = { x = 1 } } # all of it\n";
    let edited = edit(text, &workspace("sqlite:a.db")).unwrap();
    assert!(edited.starts_with("workspace = { members = [], metadata = { x = 1") && edited.ends_with("# all of it\n"));
    assert!(edited.contains("alembic = { database-url = \"sqlite:a.db\" }"), "{edited}");
    assert_eq!(edit(&edited, &workspace("sqlite:a.db")).unwrap(), edited);
}

#[test]
fn another_value_takes_the_place_and_the_comment_of_the_old_one() {
    let text = "[workspace.metadata.alembic]\ndatabase-url = 'sqlite:old.db'   # ours\n";
    let edited = edit(text, &workspace("sqlite:new.db")).unwrap();
    assert_eq!(edited, "[workspace.metadata.alembic]\ndatabase-url = \"sqlite:new.db\"   # ours\n");
    let same = "[workspace.metadata.alembic]\ndatabase-url = 'sqlite:same.db'\n";
    assert_eq!(edit(same, &workspace("sqlite:same.db")).unwrap(), same, "another spelling of the same is left alone");
}

#[test]
fn a_bare_table_marks_a_feature() {
    let added = "\n[package.metadata.alembic]\n";
    check("[package]\nname = \"a\"\n^\n[dependencies]\nb = \"1\"\n", added, &package());
    check("[package]\nname = \"a\"\n\n[package.metadata.alembic]\n^\n[features]\n", "", &package());
    check("[package.metadata.alembic.x]\n^", "", &package());
}

#[test]
fn one_manifest_may_be_root_and_feature() {
    let [workspace, package] = [workspace("sqlite:a.db"), package()].map(|[wanted]| wanted);
    let edited = edit("[package]\nname = \"a\"\n\n[dependencies]\n", &[workspace, package]).unwrap();
    let expected = "[package]\nname = \"a\"\n\n[package.metadata.alembic]\n\n[dependencies]\n\n\
                    [workspace.metadata.alembic]\ndatabase-url = \"sqlite:a.db\"\n";
    assert_eq!(edited, expected);
}

#[test]
fn what_cannot_be_edited_is_refused() {
    let rows = [
        ("[workspace", "Cargo.toml is not TOML: unclosed table, expected `]`"),
        ("workspace = 1\n", "`workspace` in Cargo.toml is not a table"),
        ("[workspace]\nmetadata = \"x\"\n", "`workspace.metadata` in Cargo.toml is not a table"),
        ("[workspace.metadata]\nalembic = []\n", "`workspace.metadata.alembic` in Cargo.toml is not a table"),
        ("[[workspace]]\n", "`workspace` in Cargo.toml is not a table"),
    ];
    for (text, message) in rows {
        let error = edit(text, &workspace("sqlite:a.db")).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.exit()), (message, Exit::Project));
    }
    let error = edit("[workspace]\n\nx = [1\n", &workspace("x")).unwrap_err();
    assert_eq!(error.places()[0].line_column().0, 3);
}
