use std::fs;

use alembic_revisions::TableName;
use camino::{Utf8Path, Utf8PathBuf};

use super::*;
use crate::excerpt::shown;

/// The faults of these scripts (feature, file, text), as they are shown; only the features `chosen` are embedded.
fn faults(scripts: &[(&str, &str, &str)], chosen: &[&str], dialects: &[DialectName]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    let mut packages: Vec<Package> = Vec::new();
    for (feature, file, text) in scripts {
        let migrations = root.join(feature).join("migrations");
        fs::create_dir_all(&migrations).unwrap();
        fs::write(migrations.join(file), text).unwrap();
        if packages.iter().all(|package| package.name != *feature) {
            let manifest = root.join(feature).join("Cargo.toml");
            packages.push(Package { name: (*feature).to_owned(), manifest, is_feature: true, migrations });
        }
    }
    let workspace = Workspace {
        root: root.to_owned(),
        target_directory: Utf8PathBuf::from("/nowhere"),
        version_table: TableName::default(),
        history: true,
        store_scripts: false,
        dialects: dialects.to_vec(),
        packages,
    };
    let names: Vec<String> = chosen.iter().map(|name| (*name).to_owned()).collect();
    let features = workspace.select(&names).unwrap();
    read(&workspace, &features).err().unwrap_or_default().iter().map(|fault| shown(fault.as_ref())).collect()
}

fn script(header: &str, sections: &str) -> String {
    format!("-- A step\n--\n-- [alembic]\n{header}\n\n{sections}\n")
}

#[test]
fn all_faults_come_at_once_each_with_its_line() {
    let open = script("-- revision = \"a1\"", "-- [upgrade]\nSELECT 1;\nSELECT 'x;");
    let unknown = script("-- revison = \"b2\"", "");
    let begin = script("-- revision = \"c3\"", "-- [upgrade.sqlite]\nBEGIN;\nSELECT 1;\nCOMMIT;");
    let found = faults(&[("app", "a1.sql", &open), ("app", "b2.sql", &unknown), ("app", "c3.sql", &begin)], &[], &[]);
    let first_lines: Vec<Vec<&str>> = found.iter().map(|fault| fault.lines().take(2).collect()).collect();
    assert_eq!(
        first_lines,
        [
            ["unknown key `revison` [A0104]", " --> app/migrations/b2.sql:4:4"],
            ["a quote ' that nothing closes [A0140]", " --> app/migrations/a1.sql:8:8"],
            [
                "revision `c3` says BEGIN inside of the transaction that its section runs in [A0414]",
                " --> app/migrations/c3.sql:7:1"
            ],
        ]
    );
}

#[test]
fn a_common_section_must_suit_the_dialects_of_the_project() {
    use DialectName::{Postgres, Sqlite};
    let quoted = script("-- revision = \"a1\"", "-- [upgrade]\nDO $$ it's $$;");
    let count = |dialects: &[DialectName]| faults(&[("app", "a1.sql", &quoted)], &[], dialects).len();
    assert_eq!((count(&[]), count(&[Postgres]), count(&[Postgres, Sqlite])), (0, 0, 1));
    let own = script("-- revision = \"a1\"", "-- [upgrade]\nDO $$ it's $$;\n-- [upgrade.sqlite]\nSELECT 1;");
    assert_eq!(faults(&[("app", "a1.sql", &own)], &[], &[Postgres, Sqlite]), [""; 0]);
}

#[test]
fn a_revision_of_a_feature_that_is_left_out_is_named() {
    let base = script("-- revision = \"a1\"\n-- branch_labels = \"players\"", "");
    let child = script("-- revision = \"b2\"\n-- down_revision = \"a1\"", "");
    let dependent = script("-- revision = \"c3\"\n-- depends_on = \"players\"", "");
    let lost = script("-- revision = \"d4\"\n-- down_revision = \"zz\"", "");
    let scripts = [
        ("players", "a1.sql", base.as_str()),
        ("matches", "b2.sql", &child),
        ("matches", "c3.sql", &dependent),
        ("other", "d4.sql", &lost),
    ];
    let found = faults(&scripts, &["matches"], &[]);
    assert_eq!(
        found,
        [
            "revision `b2` of `matches` is a child of `a1` of the feature `players`, which is not embedded [A0697]\n \
             --> matches/migrations/b2.sql:5:20\n  |\n5 | -- down_revision = \"a1\"\n  |                    ^^^^\n  \
             = help: add the feature: `embed!(\"matches\", \"players\")`",
            "revision `c3` of `matches` depends on `players` of the feature `players`, which is not embedded [A0697]\n \
             --> matches/migrations/c3.sql:5:17\n  |\n5 | -- depends_on = \"players\"\n  |                 ^^^^^^^^^\n  \
             = help: add the feature: `embed!(\"matches\", \"players\")`",
        ]
    );
    assert_eq!(faults(&scripts, &["matches", "players"], &[]), [""; 0]);
    let found = faults(&scripts, &["other"], &[]);
    assert!(
        found[0].starts_with("revision `d4` says its parent is `zz`, and no revision has that id [A0"),
        "{found:?}"
    );
}
