use std::sync::LazyLock;

use super::*;

static MESSAGE: LazyLock<Message> = LazyLock::new(|| "Add \"smurf\" scores".parse().unwrap());
static REVISION: LazyLock<RevisionId> = LazyLock::new(|| "abc123def456".parse().unwrap());
static PARENTS: LazyLock<[RevisionId; 2]> =
    LazyLock::new(|| ["def456abc789", "111111111111"].map(|id| id.parse().unwrap()));

/// Returns a revision on two parents.
fn script<'a>() -> NewScript<'a> {
    NewScript {
        message: &MESSAGE,
        revision: &REVISION,
        parents: &*PARENTS,
        depends_on: &[],
        branch_labels: &[],
        created: "2026-11-22T15:30:00.123Z".parse().unwrap(),
        feature: "smurf_detection",
        dialects: &[],
        upgrade: &[],
        downgrade: &[],
    }
}

fn built_in(name: &str) -> Template {
    Templates::built_in().get(name).unwrap().clone()
}

fn own(text: &str) -> Template {
    let path = Utf8PathBuf::from("template-migrations/own.sql.jinja");
    Template::new("own", TemplateOrigin::Own(path.clone()), Source { path, text: text.to_owned() })
}

const HEADER: &str = r#"-- Add "smurf" scores
--
-- [alembic]
-- revision = "abc123def456"
-- down_revision = ["def456abc789", "111111111111"]
-- depends_on = []
-- branch_labels = []
-- created = 2026-11-22T15:30:00Z
"#;

#[test]
fn plain_is_the_layout_of_the_contract() {
    let text = built_in("plain").render(&script()).unwrap();
    assert_eq!(text, format!("{HEADER}\n-- [upgrade]\n\n-- [downgrade]\n"));
}

#[test]
fn parents_labels_and_dependencies_are_toml() {
    let one = ["def456abc789".parse().unwrap()];
    let labels = ["players".parse().unwrap()];
    let depends_on = ["billing".to_owned(), "aaaa".to_owned()];
    let script = NewScript { parents: &one, branch_labels: &labels, depends_on: &depends_on, ..script() };
    let text = built_in("plain").render(&script).unwrap();
    for line in [
        "-- down_revision = \"def456abc789\"",
        "-- branch_labels = [\"players\"]",
        "-- depends_on = [\"billing\", \"aaaa\"]",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
    let base = built_in("plain").render(&NewScript { parents: &[], ..script }).unwrap();
    assert!(!base.contains("down_revision"), "{base}");
}

#[test]
fn generated_sql_takes_the_place_of_empty_sections() {
    let upgrade = [
        TemplateSection { sql: "CREATE TABLE t (id bigint);\n".to_owned(), ..TemplateSection::default() },
        TemplateSection {
            dialect: Some(DialectName::Sqlite),
            settings: vec!["rebuild = true".to_owned()],
            sql: "CREATE TABLE t (id integer);".to_owned(),
        },
    ];
    let downgrade =
        [TemplateSection { settings: vec!["irreversible = \"gone\"".to_owned()], ..TemplateSection::default() }];
    let script = NewScript { upgrade: &upgrade, downgrade: &downgrade, ..script() };
    let text = built_in("plain").render(&script).unwrap();
    let body = "\n-- [upgrade]\nCREATE TABLE t (id bigint);\n\n-- [upgrade.sqlite]\n-- rebuild = true\n\
                CREATE TABLE t (id integer);\n\n-- [downgrade]\n-- irreversible = \"gone\"\n";
    assert_eq!(text, format!("{HEADER}{body}"));
}

#[test]
fn every_template_has_a_description_and_its_sections() {
    for template in Templates::built_in().list() {
        assert!(template.description.len() > 10, "{}", template.name);
        for dialects in [&[][..], &[DialectName::Postgres], &[DialectName::Mysql], &DialectName::ALL] {
            let text = template.render(&NewScript { dialects, ..script() }).unwrap();
            assert!(text.starts_with(HEADER), "{text}");
            let markers: Vec<&str> =
                text.lines().filter(|line| line.starts_with("-- [") && line.ends_with(']')).collect();
            let count = |direction: &str| markers.iter().filter(|marker| marker.starts_with(direction)).count();
            let expected = if template.name == "index" { dialects.len().max(1) } else { 1 };
            assert_eq!((count("-- [upgrade"), count("-- [downgrade")), (expected, expected), "{text}");
            assert!(!text.contains("\n\n\n") && text.ends_with('\n') && !text.ends_with("\n\n"), "{text}");
            assert!(
                text.lines().all(|line| line.is_empty() || line.starts_with("--")),
                "nothing runs as it is: {text}"
            );
        }
    }
}

#[test]
fn comments_under_a_marker_are_settings_or_stand_apart() {
    for template in Templates::built_in().list() {
        let text = template.render(&NewScript { dialects: &DialectName::ALL, ..script() }).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for pair in
            lines.windows(2).filter(|pair| pair[0].starts_with("-- [upgrade") || pair[0].starts_with("-- [downgrade"))
        {
            assert!(["", "-- transaction = false"].contains(&pair[1]), "{pair:?}");
        }
    }
}

#[test]
fn a_workspace_adds_and_replaces_templates() {
    let root = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(root.path()).unwrap();
    assert_eq!(Templates::of(root).unwrap(), Templates::built_in());
    fs_err::create_dir(root.join(FOLDER)).unwrap();
    for (name, text) in [
        ("plain.sql.jinja", "{# Ours #}\n{{ header }}\n-- {{ feature }}\n"),
        ("audit.sql.jinja", "{{ header }}\n"),
        ("notes.md", "not a template"),
        (".sql.jinja", "nameless"),
    ] {
        fs_err::write(root.join(FOLDER).join(name), text).unwrap();
    }
    let templates = Templates::of(root).unwrap();
    let names: Vec<&str> = templates.list().iter().map(|template| template.name.as_str()).collect();
    assert_eq!(names, ["plain", "data", "index", "merge", "audit"]);
    let plain = templates.get("plain").unwrap();
    assert_eq!(
        (plain.description.as_str(), plain.origin.to_string().as_str()),
        ("Ours", "template-migrations/plain.sql.jinja")
    );
    assert!(plain.render(&script()).unwrap().ends_with("\n-- smurf_detection\n"));
    assert_eq!(templates.get("data").unwrap().origin.to_string(), "built in");
}

#[test]
fn unknown_names_get_a_suggestion_and_no_path_is_followed() {
    let templates = Templates::built_in();
    let error = templates.get("indx").unwrap_err();
    assert_eq!((error.to_string().as_str(), error.exit()), ("no template is called `indx`", Exit::Usage));
    assert_eq!(error.help().as_deref(), Some("pass `--template index`"));
    assert_eq!(error.notes(), ["the templates are plain, data, index, merge"]);
    assert!(matches!(templates.get("../../etc/passwd"), Err(TemplateError::Unknown { .. })));
}

#[test]
fn faults_have_a_line_in_the_template() {
    let rows = [
        ("{{ header }}\n{% if %}\n", 2, "unexpected end of block"),
        ("{{ header }}\n\n-- {{ mesage }}\n", 3, "undefined"),
        ("{{ header }}\n{{ message | shout }}\n", 2, "shout"),
        ("{{ header }}\n{{ 7 | toml }}\n", 2, "not iterable"),
        ("{{ header }}\n{% include 'other' %}\n", 2, "other"),
    ];
    for (text, line, reason) in rows {
        let error = own(text).render(&script()).unwrap_err();
        assert_eq!((error.code(), error.exit()), (Code("A0641"), Exit::Project));
        let place = &error.places()[0];
        assert_eq!(place.line_column().0, line, "{error}");
        assert_eq!(place.source.path, "template-migrations/own.sql.jinja");
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[test]
fn the_toml_filter_quotes() {
    let text = own("{{ message | toml }} {{ down_revision | toml }}").render(&script()).unwrap();
    assert_eq!(text, "'Add \"smurf\" scores' [\"def456abc789\", \"111111111111\"]\n");
}

#[test]
fn an_unreadable_folder_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(root.path()).unwrap();
    fs_err::create_dir_all(root.join(FOLDER).join("x.sql.jinja")).unwrap();
    let error = Templates::of(root).unwrap_err();
    assert!(error.to_string().starts_with("cannot read template-migrations/x.sql.jinja: "), "{error}");
}
