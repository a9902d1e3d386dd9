use super::*;
use crate::diagnose::Diagnose;
use crate::graph::RevisionGraph;
use crate::plan::prepare::tests::line;
use crate::plan::{self, Direction};
use crate::script::SectionSettings;

fn graph() -> RevisionGraph {
    let rebuild = SectionSettings { rebuild: true, ..SectionSettings::default() };
    let outside = SectionSettings { transaction: false, ..SectionSettings::default() };
    let usual = SectionSettings::default();
    line(&[
        &[
            (Direction::Up, None, usual.clone(), "CREATE TABLE a (b int);"),
            (Direction::Down, None, usual, "DROP TABLE a"),
        ],
        &[(Direction::Up, None, rebuild, "SELECT 1;"), (Direction::Down, None, outside, "DROP INDEX CONCURRENTLY c;")],
    ])
}

fn sql(dialect: DialectName, command: &'static str, range: &str) -> String {
    let graph = graph();
    let (applied, target) = offline_range(&graph, command, range).unwrap();
    let route = match command {
        "upgrade" => plan::upgrade(&graph, &applied, &[target]).unwrap(),
        "downgrade" => plan::downgrade(&graph, &applied, &target).unwrap(),
        _ => {
            let stamp = plan::stamp(&graph, &applied, &[target]).unwrap();
            return offline(&Plan::stamp(&stamp, dialect), &TableName::default());
        }
    };
    offline(&Plan::prepare(&graph, &route, dialect).unwrap(), &TableName::default()).replace("\n\n", "\n")
}

#[test]
fn an_upgrade_makes_the_version_table_first() {
    let expected = "\
CREATE TABLE IF NOT EXISTS \"alembic_version\" (version_num VARCHAR(32) NOT NULL, \
CONSTRAINT \"alembic_version_pkc\" PRIMARY KEY (version_num));
-- Running upgrade base -> r1, step 1
BEGIN;
CREATE TABLE a (b int);
INSERT INTO \"alembic_version\" (version_num) VALUES ('r1');
COMMIT;
-- Running upgrade r1 -> r2, step 2
PRAGMA foreign_keys = OFF;
PRAGMA legacy_alter_table = ON;
BEGIN;
SELECT 1;
UPDATE \"alembic_version\" SET version_num = 'r2' WHERE version_num = 'r1';
-- Ends with an error if a row points nowhere
SELECT abs(-9223372036854775807 - 1) FROM pragma_foreign_key_check LIMIT 1;
COMMIT;
PRAGMA legacy_alter_table = OFF;
PRAGMA foreign_keys = ON;
";
    assert_eq!(sql(DialectName::Sqlite, "upgrade", "head"), expected);
}

#[test]
fn a_range_starts_where_it_says() {
    let expected = "\
-- Running upgrade r1 -> r2, step 2
SELECT 1;
UPDATE `alembic_version` SET version_num = 'r2' WHERE version_num = 'r1';
";
    assert_eq!(sql(DialectName::Mysql, "upgrade", "r1:"), expected);
    let expected = "\
-- Running downgrade r2 -> r1, step 2
DROP INDEX CONCURRENTLY c;
BEGIN;
UPDATE \"alembic_version\" SET version_num = 'r1' WHERE version_num = 'r2';
COMMIT;
-- Running downgrade r1 -> base, step 1
BEGIN;
DROP TABLE a;
DELETE FROM \"alembic_version\" WHERE version_num = 'r1';
COMMIT;
";
    assert_eq!(sql(DialectName::Postgres, "downgrade", "head:base"), expected);
    assert_eq!(sql(DialectName::Postgres, "downgrade", "r2:-2"), expected);
}

#[test]
fn a_stamp_is_one_transaction() {
    let stamped = sql(DialectName::Postgres, "stamp", "r1:head");
    assert_eq!(
        stamped,
        "BEGIN;\n\nUPDATE \"alembic_version\" SET version_num = 'r2' WHERE version_num = 'r1';\n\nCOMMIT;\n\n"
    );
    let graph = graph();
    let (nothing, target) = offline_range(&graph, "stamp", "r1").unwrap();
    let stamp = plan::stamp(&graph, &nothing, &[target]).unwrap();
    let purged = offline(&Plan::purge(&stamp, DialectName::Mysql), &TableName::new("v"));
    assert!(purged.starts_with("CREATE TABLE") && purged.contains("DELETE FROM `v`;\n\nINSERT INTO `v`"), "{purged}");
}

#[test]
fn starts_are_required_where_they_matter() {
    let graph = graph();
    for (command, range, kind) in [
        ("downgrade", "base", "RangeRequired"),
        ("downgrade", "r2:", "IllegalTarget"),
        ("upgrade", "r1:r2:r3", "RangeRequired"),
        ("upgrade", "zzz:", "NotFound"),
        ("upgrade", "-1:", "NoDatabase"),
    ] {
        assert_eq!(offline_range(&graph, command, range).unwrap_err().kind(), kind, "{command} {range}");
    }
}

#[test]
fn what_would_break_the_script_is_kept_apart() {
    let table = TableName::default();
    let text = |dialect: DialectName, sql: &str| {
        let mut script = Script { dialect: dialect.dialect(), table: &table, text: String::new() };
        script.statement(sql);
        script.text
    };
    assert_eq!(
        text(DialectName::Mysql, "CREATE TRIGGER t BEGIN x; y$$; END"),
        "DELIMITER $$$\nCREATE TRIGGER t BEGIN x; y$$; END\n$$$\nDELIMITER ;\n\n"
    );
    assert_eq!(text(DialectName::Postgres, "SELECT ';'"), "SELECT ';';\n\n");
    assert_eq!(text(DialectName::Sqlite, "SELECT 1 -- last"), "SELECT 1 -- last\n;\n\n");
    let mut revision = Revision::new("r1".parse().unwrap());
    revision.message = "drop\u{85}it;\u{2028}now\r".to_owned();
    assert_eq!(heading(Direction::Up, &revision), "-- Running upgrade base -> r1, drop it; now\n\n");
}
