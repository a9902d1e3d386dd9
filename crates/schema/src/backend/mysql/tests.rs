//! What MySQL 8 does otherwise, by its manual: no server of it runs here.

use super::*;
use crate::change::{Change, Delta, Fill};
use crate::schema::{Check, ForeignKey, Index, IndexKey, IndexPart, Name, ObjectName, Unique};

const MYSQL: Mysql = Mysql { flavor: Flavor::Mysql };
const MARIADB: Mysql = Mysql { flavor: Flavor::Mariadb };

fn row(values: &[&str]) -> Row {
    let mut row: Row = values.iter().map(|value| Some((*value).to_owned()).filter(|value| value != "-")).collect();
    row.resize(12, None);
    row
}

fn normal(backend: Mysql, mut schema: Schema) -> Table {
    backend.normalize(&mut schema);
    schema.tables.remove(&ObjectName::new("t")).unwrap()
}

#[test]
fn the_version_tells_the_flavor() {
    for (version, expected) in [
        (Some("10.11.19-MariaDB-0+deb12u1"), Flavor::Mariadb),
        (Some("8.0.39"), Flavor::Mysql),
        (Some("8.4.2-commercial"), Flavor::Mysql),
        (None, Flavor::Mariadb),
    ] {
        assert_eq!(Flavor::of(version), expected);
    }
}

fn catalogue_of_mysql() -> Vec<Row> {
    vec![
        row(&["D", "-", "arena"]),
        row(&["T", "-", "t", "InnoDB", "utf8mb4_0900_ai_ci", ""]),
        row(&["C", "-", "t", "a", "1", "int unsigned", "NO", "5", "", "", "-", ""]),
        row(&["C", "-", "t", "b", "2", "varchar(9)", "YES", "it's", "", "", "utf8mb4_0900_ai_ci", ""]),
        row(&[
            "C",
            "-",
            "t",
            "c",
            "3",
            "varchar(9)",
            "YES",
            "lower(_utf8mb4\\'A\\')",
            "DEFAULT_GENERATED",
            "",
            "utf8mb4_0900_ai_ci",
            "",
        ]),
        row(&[
            "C",
            "-",
            "t",
            "d",
            "4",
            "datetime(6)",
            "YES",
            "CURRENT_TIMESTAMP(6)",
            "DEFAULT_GENERATED on update CURRENT_TIMESTAMP(6)",
            "",
            "-",
            "",
        ]),
        row(&["C", "-", "t", "e", "5", "json", "YES", "-", "", "", "-", ""]),
        row(&["C", "-", "t", "f", "6", "int", "NO", "-", "STORED GENERATED", "(`a` + 1)", "-", ""]),
        row(&["C", "-", "t", "g", "7", "tinyint(1)", "YES", "1", "", "", "-", ""]),
        row(&["C", "-", "t", "h", "8", "bit(4)", "YES", "b'101'", "", "", "-", ""]),
        row(&["C", "-", "t", "i", "9", "date", "YES", "curdate()", "DEFAULT_GENERATED", "", "-", ""]),
        row(&["I", "-", "t", "ix_t_lower", "1", "1", "-", "A", "-", "BTREE", "lower(`b`)"]),
        row(&["K", "-", "t", "t_chk_1", "Table", "((`a` > 0) and (`b` = _utf8mb4\\'x\\'))"]),
    ]
}

#[test]
fn the_catalogue_of_mysql_says_the_same_in_other_words() {
    let table = normal(MYSQL, MYSQL.read(&Scope::default(), &catalogue_of_mysql()).unwrap());
    let defaults: Vec<_> = table.columns.iter().map(|column| column.default.as_deref().unwrap_or("-")).collect();
    let expected = [
        "5",
        "'it''s'",
        "lower('A')",
        "current_timestamp(6) on update current_timestamp(6)",
        "-",
        "-",
        "true",
        "b'101'",
        "current_date",
    ];
    assert_eq!(defaults, expected);
    assert_eq!(table.column("f").unwrap().generated.as_ref().unwrap().expression, "a + 1");
    assert!(!table.column("f").unwrap().nullable, "MySQL keeps NOT NULL of a generated column");
    assert_eq!(table.indexes[0].keys[0].part, IndexPart::Expression("lower(b)".into()));
    assert_eq!(table.checks[0].expression, "(a > 0) and (b = 'x')");
    assert_eq!(table.columns.iter().filter(|column| column.collation.is_some()).count(), 0);
}

#[test]
fn what_mysql_shows_of_a_temporary_table_is_read() {
    let sql = "CREATE TEMPORARY TABLE `t` (\n  `a` int unsigned NOT NULL AUTO_INCREMENT,\n  \
               `b` varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT 'it''s' COMMENT 'a, (b)',\n  \
               `c` int GENERATED ALWAYS AS ((`a` + 1)) VIRTUAL,\n  `d` date DEFAULT (curdate()),\n  \
               `e` timestamp NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP,\n  \
               `f` int NOT NULL /*!80023 INVISIBLE */,\n  PRIMARY KEY (`a`),\n  UNIQUE KEY `uq` (`b`),\n  \
               KEY `ix` ((lower(`b`)) DESC,`c`) USING BTREE,\n  CONSTRAINT `ck` CHECK ((`a` > 0))\n) \
               ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='x=y'";
    let scope = Scope { schemas: Vec::new(), place: Place::Scratch(vec![ObjectName::new("t")]) };
    let table = normal(MYSQL, MYSQL.read(&scope, &[vec![Some("t".into()), Some(sql.into())]]).unwrap());
    let defaults: Vec<_> = table.columns.iter().map(|column| column.default.as_deref().unwrap_or("-")).collect();
    assert_eq!(defaults, ["-", "'it''s'", "-", "current_date", "on update current_timestamp", "-"]);
    assert_eq!(table.column("b").unwrap().collation.as_deref(), Some("utf8mb4_bin"));
    assert_eq!(table.column("b").unwrap().comment.as_deref(), Some("a, (b)"));
    assert_eq!(table.checks, [Check { name: Name::Stated("ck".into()), expression: "a > 0".into() }]);
    assert_eq!(table.uniques[0].columns, ["b"]);
    assert_eq!(table.indexes[0].keys[0].part, IndexPart::Expression("lower(b)".into()));
    assert_eq!(table.comment.as_deref(), Some("x=y"));
    assert_eq!(table.primary_key.unwrap().columns, ["a"]);
}

#[test]
fn answers_that_are_no_catalogue_are_errors() {
    let scope = Scope { schemas: Vec::new(), place: Place::Scratch(vec![ObjectName::new("t")]) };
    for text in ["", "CREATE VIEW t AS SELECT 1", "CREATE TABLE t (", "CREATE TABLE `t` (`a` int,)"] {
        let rows = [vec![Some("t".to_owned()), Some(text.to_owned())]];
        assert!(MARIADB.read(&scope, &rows).is_err(), "{text}");
    }
    assert!(MARIADB.read(&scope, &[vec![None]]).is_err());
    let table = row(&["T", "-", "t", "InnoDB", "-", ""]);
    for bad in [
        row(&["C", "-", "t", "a", "first", "int", "NO"]),
        row(&["C", "-", "t", "a", "1"]),
        row(&["I", "-", "t", "ix", "1", "1", "-", "A"]),
        row(&["F", "-", "t", "fk", "1", "a", "-", "p", "id", "CASCADE", "EXPLODE"]),
    ] {
        assert!(MARIADB.read(&Scope::default(), &[table.clone(), bad.clone()]).is_err(), "{bad:?}");
    }
}

fn sql(backend: Mysql, change: Change, before: &Schema) -> String {
    backend.render(&[change], before).unwrap().to_sql()
}

fn schema(columns: Vec<Column>) -> Schema {
    let name = ObjectName::new("t");
    let table = Table { name: name.clone(), columns, ..Table::default() };
    Schema { tables: [(name, table)].into(), ..Schema::default() }
}

#[test]
fn each_flavor_gets_the_words_that_it_knows() {
    let table = ObjectName::new("t");
    let text = Column { name: "b".into(), sql_type: ColumnType::new("text"), nullable: true, ..Column::default() };
    let before = schema(vec![text.clone()]);
    let added = Column { name: "c".into(), default: Some("'x'".into()), ..text };
    let create = Change::Column { table: table.clone(), delta: Delta::Create(added), fill: None };
    assert_eq!(sql(MYSQL, create.clone(), &before), "ALTER TABLE t ADD COLUMN c text DEFAULT ('x');\n");
    assert_eq!(sql(MARIADB, create, &before), "ALTER TABLE t ADD COLUMN c text DEFAULT 'x';\n");

    let key = ForeignKey {
        name: Name::Stated("fk".into()),
        columns: vec!["b".into()],
        references: ObjectName::new("p"),
        ..ForeignKey::default()
    };
    let drop = Change::ForeignKey { table: table.clone(), delta: Delta::Drop(key) };
    assert_eq!(sql(MYSQL, drop.clone(), &before), "ALTER TABLE t\n    DROP FOREIGN KEY fk,\n    DROP INDEX fk;\n");
    assert_eq!(sql(MARIADB, drop, &before), "ALTER TABLE t\n    DROP FOREIGN KEY fk,\n    DROP INDEX IF EXISTS fk;\n");

    let part = IndexPart::Expression("lower(b)".into());
    let index = Index {
        name: Name::Stated("ix".into()),
        keys: vec![IndexKey { part, ..IndexKey::column("") }],
        ..Index::default()
    };
    let create = Change::Index { table, delta: Delta::Create(index) };
    assert_eq!(sql(MYSQL, create.clone(), &before), "CREATE INDEX ix ON t ((lower(b)));\n");
    assert!(MARIADB.render(&[create], &before).is_err());
}

#[test]
fn what_no_flavor_can_make_says_so() {
    let column = |name: &str| Column { name: name.into(), sql_type: ColumnType::new("int"), ..Column::default() };
    let before = schema(vec![column("a")]);
    let index = || Index { name: Name::Stated("ix".into()), keys: vec![IndexKey::column("a")], ..Index::default() };
    let of_index = |index| Change::Index { table: ObjectName::new("t"), delta: Delta::Create(index) };
    let unique = Unique { columns: vec!["a".into()], nulls_not_distinct: true, ..Unique::default() };
    for change in [
        of_index(Index { method: Some("gin".into()), ..index() }),
        of_index(Index { unique: true, predicate: Some("a > 0".into()), ..index() }),
        of_index(Index { nulls_not_distinct: true, ..index() }),
        Change::Unique { table: ObjectName::new("t"), delta: Delta::Create(unique) },
        Change::Check { table: ObjectName::new("t"), delta: Delta::Drop(Check::default()) },
    ] {
        for backend in [MYSQL, MARIADB] {
            let refused = backend.render(std::slice::from_ref(&change), &before).unwrap_err();
            assert!(!refused.help.is_empty() && !refused.reason.is_empty());
        }
    }
    let odd = Table {
        indexes: vec![Index { method: Some("gin".into()), ..index() }],
        ..before.tables[&ObjectName::new("t")].clone()
    };
    assert_eq!(MARIADB.scratch(&[&odd], &[]), None, "a look would find the live table");
}

#[test]
fn a_filled_column_tells_a_neutral_value_from_a_chosen_one() {
    let added = Column { name: "c".into(), sql_type: ColumnType::new("int"), ..Column::default() };
    for (is_stand_in, note) in [(false, ""), (true, "-- a neutral value: the values of t.c are not restored\n")] {
        let fill = Some(Fill { expression: "0".into(), is_stand_in, ..Fill::default() });
        let change = Change::Column { table: ObjectName::new("t"), delta: Delta::Create(added.clone()), fill };
        let gap = if is_stand_in { "\n" } else { "" };
        let update = format!("{gap}{note}UPDATE t SET c = 0;\n");
        let modify = "ALTER TABLE t MODIFY COLUMN c int NOT NULL;\n";
        let expected = format!("ALTER TABLE t ADD COLUMN c int;\n{update}{modify}");
        assert_eq!(sql(MARIADB, change, &schema(Vec::new())), expected);
    }
}
