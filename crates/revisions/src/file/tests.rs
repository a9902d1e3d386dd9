//! Scripts in, values or faults out.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::diagnose::Diagnose;
use crate::dialect::DialectName;
use crate::script::Direction;
use crate::script::SectionSettings;

const SAMPLE: &str = "\
-- Add smurf_scores table
--
-- [alembic]
-- revision = \"abc123def456\"
-- down_revision = \"def456abc789\"     # a string or a list; absent or [] for a base
-- depends_on = []
-- branch_labels = []
-- created = 2026-11-22T15:30:00Z

-- [upgrade]
CREATE TABLE smurf_scores (id bigint PRIMARY KEY);

-- [downgrade]
DROP TABLE smurf_scores;
";

fn parsed(text: &str) -> Result<Script, FileFaults> {
    parse(Arc::new(Source { path: "a.sql".into(), text: text.to_owned() }), &"app".into())
}

fn script(text: &str) -> Script {
    parsed(text).unwrap_or_else(|faults| panic!("{faults} in {text}"))
}

/// The faults of a text as `line:column kind message`.
fn faults(text: &str) -> Vec<String> {
    let Err(faults) = parsed(text) else { return Vec::new() };
    let show = |fault: &FileFault| {
        let (line, column) = fault.places[0].line_column();
        match &fault.problem {
            // The rest is the words of the toml crate.
            FileProblem::Toml(_) => format!("{line}:{column} InvalidToml"),
            problem => format!("{line}:{column} {} {problem}", fault.kind()),
        }
    };
    faults.iter().map(show).collect()
}

/// A script with the lines of `header` below `revision` and `body` below the front matter.
fn with(header: &str, body: &str) -> String {
    format!("-- [alembic]\n-- revision = \"a1\"\n{header}\n{body}")
}

fn body(script: &Script, direction: Direction, dialect: DialectName) -> Option<&str> {
    script.section(direction, dialect).map(|section| script.text(section.body).trim())
}

#[test]
fn the_sample_of_the_contract() {
    let script = script(SAMPLE);
    let revision = &script.revision;
    assert_eq!(revision.id.as_str(), "abc123def456");
    assert_eq!(script.text(revision.id_span), "\"abc123def456\"");
    assert_eq!(revision.parents.len(), 1);
    assert_eq!(
        (&*revision.parents[0].name, script.text(revision.parents[0].span)),
        ("def456abc789", "\"def456abc789\"")
    );
    assert_eq!(revision.title(), "Add smurf_scores table");
    assert_eq!(revision.message, revision.title());
    assert_eq!(revision.created.as_deref(), Some("2026-11-22T15:30:00Z"));
    assert_eq!(&*revision.feature, "app");
    assert_eq!(script.sections.len(), 2);
    let up = body(&script, Direction::Up, DialectName::Sqlite);
    assert_eq!(up, Some("CREATE TABLE smurf_scores (id bigint PRIMARY KEY);"));
    assert_eq!(body(&script, Direction::Down, DialectName::Mysql), Some("DROP TABLE smurf_scores;"));
    assert_eq!(script.text(script.sections[1].marker), "-- [downgrade]");
}

#[test]
fn line_ends_and_byte_order_marks_make_no_difference() {
    let plain = NewScript::from(&script(SAMPLE));
    for text in [SAMPLE.replace('\n', "\r\n"), format!("\u{feff}{SAMPLE}"), format!("\n\n{SAMPLE}")] {
        assert_eq!(NewScript::from(&script(&text)), plain, "{text:?}");
    }
}

#[test]
fn the_message_is_the_comment_above_the_front_matter() {
    let table = [
        ("", ""),
        ("-- One\n", "One"),
        ("--One\n--\n--\n", "One"),
        ("--\n--   One \n-- two\n--\n--   three\n", "One\ntwo\n\n  three"),
        ("-- License\n\n-- One\n", "One"),
        ("-- One\n\n\n", "One"),
        ("/* License\n-- [alembic]\n*/\n-- One\n", "One"),
        ("-- [WIP] One\n-- [WIP]\n-- [see 3]\n", "[WIP] One\n[WIP]\n[see 3]"),
        ("-- One\n--  [alembic]\n--  [upgrade]\n", "One\n[alembic]\n[upgrade]"),
    ];
    for (above, message) in table {
        let text = format!("{above}{}", with("", ""));
        assert_eq!(script(&text).revision.message, message, "{above:?}");
    }
}

#[test]
fn parents_dependencies_and_labels_are_strings_or_lists() {
    let names = |header: &str| {
        let revision = script(&with(header, "")).revision;
        let of = |references: &[crate::revision::Reference]| {
            references.iter().map(|reference| reference.name.to_string()).collect::<Vec<_>>().join(",")
        };
        let labels = revision.branch_labels.iter().map(|(label, _)| label.to_string()).collect::<Vec<_>>();
        format!("{}|{}|{}", of(&revision.parents), of(&revision.depends_on), labels.join(","))
    };
    let table = [
        ("", "||"),
        ("-- down_revision = []", "||"),
        ("-- down_revision = \"b2\"", "b2||"),
        ("-- down_revision = [\n--   'b2', # the first\n--   'c3',\n-- ]", "b2,c3||"),
        ("-- depends_on = \"users/x-1\"", "|users/x-1|"),
        ("-- depends_on = [\"b2\", \"shop\"]\n-- branch_labels = \"ä-1\"", "|b2,shop|ä-1"),
        ("-- branch_labels = [\"x\", \"y\"]", "||x,y"),
    ];
    for (header, expected) in table {
        assert_eq!(names(header), expected, "{header}");
    }
}

#[test]
fn sub_tables_are_free_for_tools() {
    let text = with(
        "--\n-- [alembic.generate]\n-- anything = [1, 2]\n\n-- [alembic.other.deep]\n-- x = 1\n",
        "-- [upgrade]\n",
    );
    assert_eq!(faults(&text), Vec::<String>::new());
    assert_eq!(script(&text).sections.len(), 1);
}

#[test]
fn faults_of_the_front_matter() {
    let table: &[(&str, &[&str])] = &[
        ("", &["1:1 NoFrontMatter the file has no front matter"]),
        ("DROP TABLE x;\n", &["1:1 NoFrontMatter the file has no front matter"]),
        ("-- revision = \"a\"\n-- [upgrade]\n", &["1:1 NoFrontMatter the file has no front matter"]),
        ("-- Hi\n-- [alembic]\n", &["2:1 MissingRevision the front matter names no `revision`"]),
        ("-- [alembic]\n-- revison = \"a\"\n", &["2:4 UnknownKey unknown key `revison`"]),
        ("-- [alembic]\n-- revision = 12\n", &["2:15 WrongType `revision` is an integer; it must be a string"]),
        ("-- [alembic]\n-- revision = ''\n", &["2:15 IllegalId `` in `revision` is empty"]),
        ("-- [alembic]\n-- revision = 'a\u{1b}[31m'\n", &["2:17 InvalidToml"]),
        (
            "-- [alembic]\n-- revision = \"a\\u001b\"\n",
            &["2:15 IllegalId `a\\u{1b}` in `revision` contains `\\u{1b}`, which is not allowed"],
        ),
        ("-- [alembic]\n-- revision = 'head'\n", &["2:15 IllegalId `head` in `revision` is a reserved word"]),
        (
            "-- [alembic]\n-- revision = 'a'\n-- down_revision = ''\n",
            &["3:20 IllegalId `` in `down_revision` is empty"],
        ),
        (
            "-- [alembic]\n-- revision = 'a'\n-- down_revision = ['b', 'c', 'b']\n",
            &["3:31 DuplicateParents `down_revision` names `b` twice"],
        ),
        (
            "-- [alembic]\n-- revision = 'a'\n-- depends_on = ['x@y', 3]\n",
            &[
                "3:18 IllegalId `x@y` in `depends_on` contains `@`, which is not allowed",
                "3:25 WrongType `depends_on` is an integer; it must be a list of strings",
            ],
        ),
        (
            "-- [alembic]\n-- revision = 'a'\n-- branch_labels = 'x@'\n",
            &["3:20 IllegalLabel `x@` in `branch_labels` contains `@`, which is not allowed"],
        ),
        (
            "-- [alembic]\n-- revision = 'a'\n-- created = 3\n",
            &["3:14 WrongType `created` is an integer; it must be a date and time"],
        ),
        ("-- [alembic]\n-- revision = 'a'\n-- [[other]]\n-- x = 1\n", &["3:6 UnknownKey unknown key `other`"]),
        ("-- [alembic]\n-- revision = 'a'\n-- This says more\n", &["3:9 InvalidToml"]),
        ("-- [alembic]\n-- revision = 'a'\n--\n-- down_revision = [\n--  'b'\n\n-- [upgrade]", &["5:8 InvalidToml"]),
        ("-- [alembic]\n-- \"\"\"", &["2:7 InvalidToml"]),
        (
            "-- [alembic]\n-- revision = 'a'\n\n-- down_revision = 'b'\n-- x = 1\n",
            &["4:4 StrayKey `down_revision` stands outside of the front matter, where nothing reads it"],
        ),
        (
            "-- [alembic]\n-- revision = 'a'\nSELECT 1;\nSELECT 2;\n-- [upgrade]\n",
            &["3:1 StrayText text outside of any section"],
        ),
        ("SELECT 1;\n-- [alembic]\n-- revision = 'a'\n", &["1:1 StrayText text outside of any section"]),
        (
            "-- [alembic]\n-- revision = 'a'\n/* open\n-- [upgrade]\n",
            &["3:1 UnclosedComment a comment that nothing closes"],
        ),
        ("-- [alembic]\n-- revision = 'a'\n-- [upgrade]\nSELECT '\0';\n", &["4:9 NulByte a NUL byte"]),
        (
            "-- [upgrade]\n-- [alembic]\n-- revision = 'a'\n",
            &["2:1 MisplacedFrontMatter the front matter stands below a section"],
        ),
    ];
    for (text, expected) in table {
        assert_eq!(faults(text), *expected, "{text:?}");
    }
}

#[test]
fn all_faults_of_a_file_come_at_once() {
    let text = with(
        "-- down_revison = 'b'\n-- depends_on = 1",
        "-- [upgrade.postgress]\nSELECT 1;\n-- [upgrde]\n-- [downgrade]\n-- irreversible = true\n",
    );
    let kinds: Vec<String> =
        faults(&text).iter().map(|fault| fault.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        kinds,
        ["3:4 UnknownKey", "4:17 WrongType", "5:1 UnknownDialect", "7:1 UnknownSection", "9:19 WrongType"]
    );
    let Err(found) = parsed(&text) else { panic!("no fault") };
    assert_eq!(found.others().len(), 4);
    assert_eq!(found.help().as_deref(), Some("write `down_revision`"));
    let help: Vec<_> = found.iter().skip(1).filter_map(Diagnose::help).collect();
    assert_eq!(
        help,
        ["write `depends_on = [\"…\"]`", "write `postgres`", "write `-- [upgrade]`", "write `irreversible = \"…\"`"]
    );
}

#[test]
fn sections_of_dialects_win_over_the_common_one() {
    let text = with(
        "",
        "-- [upgrade]\ncommon\n-- [upgrade.sqlite]\nsqlite\n--[upgrade.mysql] \n\n-- [downgrade.postgres]\npg\n",
    );
    let script = script(&text);
    let table = [
        (Direction::Up, DialectName::Postgres, Some("common")),
        (Direction::Up, DialectName::Sqlite, Some("sqlite")),
        (Direction::Up, DialectName::Mysql, Some("")),
        (Direction::Down, DialectName::Postgres, Some("pg")),
        (Direction::Down, DialectName::Sqlite, None),
    ];
    for (direction, dialect, expected) in table {
        assert_eq!(body(&script, direction, dialect), expected, "{direction:?} {dialect}");
    }
}

#[test]
fn settings_stand_directly_under_the_marker() {
    let of = |under: &str| {
        let script = script(&with("", &format!("-- [downgrade]\n{under}")));
        let section = &script.sections[0];
        (section.settings.clone(), script.text(section.body).to_owned())
    };
    let default = SectionSettings::default();
    let off = SectionSettings { transaction: false, ..default.clone() };
    let why = |why: &str| SectionSettings { irreversible: Some(why.to_owned()), ..default.clone() };
    let table = [
        ("SELECT 1;", default.clone(), "SELECT 1;"),
        ("-- transaction = false  # an index\nX", off.clone(), "X"),
        ("--transaction=false\n--\n-- rebuild = true\nX", off.clone(), "--\n-- rebuild = true\nX"),
        ("\n-- transaction = false\nX", default.clone(), "\n-- transaction = false\nX"),
        ("-- irreversible = \"a \\\"b\\\"\"", why("a \"b\""), ""),
        ("-- rebuild = true\n-- transaction = true\n", SectionSettings { rebuild: true, ..default.clone() }, ""),
        ("-- rust = true\nX", SectionSettings { rust: true, ..default.clone() }, "X"),
        ("-- so a = b holds\nX", default.clone(), "-- so a = b holds\nX"),
        ("-- b = the second\nX", default.clone(), "-- b = the second\nX"),
        ("-- Note: x\n-- transaction = false\n", default.clone(), "-- Note: x\n-- transaction = false\n"),
    ];
    for (under, settings, body) in table {
        assert_eq!(of(under), (settings, body.to_owned()), "{under:?}");
    }
    for (under, breaking) in [("", None), ("-- breaking = false\n", Some(false)), ("-- breaking = true\n", Some(true))]
    {
        let script = script(&with("", &format!("-- [upgrade]\n{under}SELECT 1;\n-- [downgrade]\n")));
        assert_eq!(script.sections[0].settings.breaking, breaking, "{under:?}");
    }
}

#[test]
fn faults_of_sections() {
    let table: &[(&str, &[&str])] = &[
        ("-- [upgrade]\n-- [downgrade]\n-- [upgrade]\nX", &["6:1 DuplicateSection a second section `upgrade`"]),
        (
            "-- [upgrade]\n-- irreversible = 'x'\n",
            &["5:19 MisplacedSetting `irreversible` stands in an upgrade section"],
        ),
        ("-- [downgrade]\n-- breaking = false\n", &["5:15 MisplacedSetting `breaking` stands in a downgrade section"]),
        ("-- [upgrade]\n-- breaking = 0\n", &["5:15 WrongType `breaking` is an integer; it must be true or false"]),
        ("-- [upgrade]\n-- transation = false\n", &["5:4 UnknownKey unknown key `transation`"]),
        ("-- [upgrade]\n-- transaction = no\n", &["5:18 InvalidToml"]),
        (
            "-- [upgrade]\n-- transaction = 'none'\n",
            &["5:18 WrongType `transaction` is a string; it must be true or false"],
        ),
        (
            "-- [upgrade]\n-- rust = true\n-- transaction = false\n",
            &["6:18 RustOutside `rust = true` and `transaction = false` stand in one section"],
        ),
        (
            "-- [downgrade]\n-- transaction = false\n-- rust = true\n",
            &["6:11 RustOutside `rust = true` and `transaction = false` stand in one section"],
        ),
        ("-- [upgrade]\n-- rust = 'yes'\n", &["5:11 WrongType `rust` is a string; it must be true or false"]),
        ("-- [upgrade]\n-- rebuild = true\n-- rebuild = true\n", &["6:14 DuplicateSetting `rebuild` is set twice"]),
        (
            "-- [upgrade]\n  -- [downgrade]\n",
            &["5:3 CrowdedMarker `[downgrade]` does not stand alone at the start of its line"],
        ),
        ("-- [upgrade] -- both\n", &["4:1 CrowdedMarker `[upgrade]` does not stand alone at the start of its line"]),
        ("-- [Upgrade]\n", &["4:1 UnknownSection unknown section `Upgrade`"]),
        ("-- [statement]\n", &["4:1 UnknownSection unknown section `statement`"]),
        ("-- [upgrade]\n-- [statement]\n-- [end]\n-- [x]\n", &["7:1 UnknownSection unknown section `x`"]),
        ("-- [upgrade.mariadb]\n", &["4:1 UnknownDialect unknown dialect `mariadb`"]),
        ("-- [upgrade.]\n", &["4:1 UnknownDialect unknown dialect ``"]),
        ("-- [upgrade]\n-- see [x], or [ this one ]\n   -- [x]\n", &[]),
    ];
    for (body, expected) in table {
        assert_eq!(faults(&with("", body)), *expected, "{body:?}");
    }
    let Err(found) = parsed(&with("", "-- [upgrade]\n-- [upgrade]\n")) else { panic!("no fault") };
    assert_eq!(found.places().len(), 2);
}

/// Parsing must not be what a user waits for: run with `--release -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn microseconds_per_file() {
    let (source, feature) = (Arc::new(Source { path: "a.sql".into(), text: SAMPLE.to_owned() }), "app".into());
    let files = 100_000_u32;
    let start = std::time::Instant::now();
    for _ in 0..files {
        assert!(parse(source.clone(), &feature).is_ok());
    }
    let small = start.elapsed() / files;
    let start = std::time::Instant::now();
    let toml = "[alembic]\nrevision = \"abc123def456\"\ndown_revision = \"def456abc789\"\ndepends_on = []\n\
                branch_labels = []\ncreated = 2026-11-22T15:30:00Z\n";
    for _ in 0..files {
        assert!(toml::de::DeTable::parse(toml).is_ok());
    }
    let toml = start.elapsed() / files;
    let large =
        Source { path: "a.sql".into(), text: format!("{SAMPLE}{}", "INSERT INTO t VALUES ('x');\n".repeat(2_000_000)) };
    let start = std::time::Instant::now();
    assert!(parse(Arc::new(large), &feature).is_ok());
    println!("small file {small:?}, of it TOML {toml:?}; 56 MB file {:?}", start.elapsed());
}

fn section() -> impl Strategy<Value = NewSection> {
    let sql = prop_oneof!["", "[a-zä '=;\n-]{0,40}", "-- rebuild = true\nX"];
    let dialect = prop::option::of(prop::sample::select(DialectName::ALL.to_vec()));
    let irreversible = prop::option::of("\\PC{0,9}[\n\t\u{7f}\"\\\\]?");
    let breaking = prop::option::of(any::<bool>());
    let surrounding = prop_oneof![Just((true, true)), Just((true, false)), Just((false, false))];
    (any::<bool>(), dialect, surrounding, irreversible, any::<bool>(), breaking, sql).prop_map(
        |(is_up, dialect, (transaction, rust), irreversible, rebuild, breaking, sql)| NewSection {
            direction: if is_up { Direction::Up } else { Direction::Down },
            dialect,
            settings: SectionSettings {
                transaction,
                irreversible: irreversible.filter(|_| !is_up),
                rebuild,
                breaking: breaking.filter(|_| is_up),
                rust,
            },
            sql: sql.trim().to_owned(),
        },
    )
}

fn new_script() -> impl Strategy<Value = NewScript> {
    let id = || "[a-zäß0-9_.]{1,12}".prop_filter_map("reserved", |id| id.parse().ok());
    let label = "[a-zö_][a-z0-9/-]{0,9}".prop_filter_map("reserved", |label| label.parse().ok());
    let line = prop_oneof!["\\PC{0,12}", " ?\\[(alembic|upgrade|end|x)\\] ?", "-- \\[alembic\\]"];
    let created = prop_oneof![
        Just("2026-11-22T15:30:00Z".to_owned()),
        Just("2026-11-22 15:30:00.5+01:00".to_owned()),
        "\\PC{0,9}"
    ];
    let names = (
        id(),
        prop::collection::hash_set(id(), 0..3),
        prop::collection::vec("[a-zé0-9]{5,9}", 0..3),
        prop::collection::vec(label, 0..3),
    );
    let texts = (prop::option::of(created), prop::collection::vec(line, 0..4), prop::collection::vec(section(), 0..4));
    (names, texts).prop_map(|((id, parents, depends_on, branch_labels), (created, message, mut sections))| {
        let mut seen = Vec::new();
        sections.retain(|section| {
            let key = (section.direction, section.dialect);
            let is_new = !seen.contains(&key);
            seen.push(key);
            is_new
        });
        let message: Vec<&str> = message.iter().map(|line| line.trim_end()).collect();
        let message = message.join("\n").trim().to_owned();
        NewScript { id, parents: parents.into_iter().collect(), depends_on, branch_labels, created, message, sections }
    })
}

proptest! {
    #[test]
    fn parse_gives_back_what_write_was_given(new in new_script(), crlf in any::<bool>()) {
        let text = write(&new);
        let read = parsed(&text);
        prop_assert!(read.is_ok(), "{:?}\n{text}", read.err().map(|faults| faults.to_string()));
        prop_assert_eq!(NewScript::from(&script(&text)), new, "\n{}", &text);
        if crlf {
            prop_assert!(parsed(&text.replace('\n', "\r\n")).is_ok());
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "(-- )?(\\PC|\n|\r|\0|\\[|\\]|-- \\[alembic\\]\n-- |-- \\[(up|down)grade\\]\n|=|\"|/\\*){0,60}") {
        if let Err(faults) = parsed(&text) {
            for fault in faults.iter() {
                let span = fault.places[0].span;
                prop_assert!(text.get(span.range()).is_some(), "{span:?} of {:?}", fault.problem);
            }
        }
    }
}
