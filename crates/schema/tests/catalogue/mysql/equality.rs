//! What is written in different ways and is one to MariaDB; and next to it what is not.

use alembic_schema::schema::{Action, Check, Column, ForeignKey, Generated, Name, PrimaryKey, Storage, Table};
use alembic_schema::{ObjectName, Schema, settle};

use super::column;
use crate::support::{Database, scenario};

scenario!(types_and_defaults on Mariadb);
scenario!(checks on Mariadb);
scenario!(generated_columns on Mariadb);
scenario!(options_that_a_model_does_not_mention on Mariadb);
scenario!(what_the_catalogue_leaves_out on Mariadb);

/// Which tier finds two spellings equal.
#[derive(Debug, PartialEq)]
enum Equal {
    AsText,
    InTheDatabase,
    Never,
}
use Equal::{AsText, InTheDatabase, Never};

/// Compares what the database has with what is wanted, as an autogeneration does.
async fn compare(database: &mut Database, current: &Schema, wanted: Table) -> Equal {
    let mut wanted = Schema { tables: [(wanted.name.clone(), wanted)].into(), ..Schema::default() };
    database.backend.normalize(&mut wanted);
    let once = wanted.clone();
    database.backend.normalize(&mut wanted);
    assert_eq!(wanted, once, "normal forms are their own");
    database.backend.align(current, &mut wanted);
    if wanted == *current {
        return AsText;
    }
    let tables = settle::unsettled(current, &wanted);
    if tables.is_empty() {
        return Never;
    }
    let settled_current = settled(database, settle::narrowed(current, &tables)).await;
    let settled_wanted = settled(database, settle::narrowed(&wanted, &tables)).await;
    settle::agree(current, &mut wanted, &settled_current, &settled_wanted);
    if wanted == *current { InTheDatabase } else { Never }
}

/// Passes one side through the database until it no longer changes.
async fn settled(database: &mut Database, mut side: Schema) -> Schema {
    for _ in 0..settle::ROUNDS {
        let before = side.clone();
        let scratch = database.in_scratch(&side).await.unwrap();
        settle::settle(&mut side, &scratch);
        if settle::is_stable(&before, &side) {
            return side;
        }
    }
    panic!("never stable: {side:?}");
}

fn wanted(columns: Vec<Column>, checks: Vec<Check>) -> Table {
    Table { name: ObjectName::new("t"), columns, checks, ..Table::default() }
}

async fn types_and_defaults(database: &mut Database) {
    for (stored, sql_type, default, expected) in [
        ("int DEFAULT 5", "integer", Some("'5'"), AsText),
        ("int DEFAULT 5", "int(11)", Some("(5)"), AsText),
        ("int DEFAULT 5", "int", Some("6"), Never),
        ("int DEFAULT 5", "int", None, Never),
        ("int", "int", Some("NULL"), AsText),
        ("int", "bigint", None, Never),
        ("int", "int unsigned", None, Never),
        ("int DEFAULT 16", "int4", Some("0x10"), InTheDatabase),
        ("boolean DEFAULT true", "tinyint(1)", Some("1"), AsText),
        ("boolean DEFAULT true", "bool", Some("false"), Never),
        ("tinyint", "boolean", None, Never),
        ("decimal(10,2) DEFAULT 0", "numeric(10, 2)", Some("0"), AsText),
        ("decimal(10,2) DEFAULT 1000", "decimal(10,2)", Some("1e3"), InTheDatabase),
        ("decimal(10,2) DEFAULT 1000", "decimal(10,2)", Some("1e4"), Never),
        ("decimal", "dec(10)", None, AsText),
        ("double DEFAULT 5", "double precision", Some("5.0"), AsText),
        ("double DEFAULT 10000000000", "real", Some("1e10"), InTheDatabase),
        ("varchar(9) DEFAULT '5'", "character varying(9)", Some("5"), AsText),
        ("varchar(9) DEFAULT 'x'", "varchar(9)", Some("\"x\""), AsText),
        ("varchar(9) DEFAULT 'x'", "varchar(9)", Some("'X'"), Never),
        ("varchar(9) DEFAULT 'x'", "varchar(8)", Some("'x'"), Never),
        ("varchar(9) DEFAULT lower('A')", "varchar(9)", Some("lcase('A')"), AsText),
        ("varchar(9) DEFAULT concat('a','b')", "varchar(9)", Some("CONCAT( 'a', 'b' )"), AsText),
        ("datetime DEFAULT now()", "datetime(0)", Some("CURRENT_TIMESTAMP(0)"), AsText),
        ("datetime(6) DEFAULT now(6)", "datetime(6)", Some("current_timestamp(6)"), AsText),
        ("datetime DEFAULT '2020-01-01'", "datetime", Some("'2020-01-01'"), InTheDatabase),
        ("datetime DEFAULT '2020-01-01'", "datetime", Some("'2020-01-02'"), Never),
        ("datetime DEFAULT now()", "datetime", Some("now() on update now()"), Never),
        ("timestamp(6) NULL", "timestamp(6)", None, AsText),
        ("date DEFAULT curdate()", "date", Some("current_date"), AsText),
        ("bit(8) DEFAULT b'101'", "bit(8)", Some("5"), AsText),
        ("json DEFAULT '{}'", "json", Some("'{}'"), AsText),
        ("json", "longtext", None, Never),
        ("longtext", "json", None, Never),
        ("text", "text(60000)", None, InTheDatabase),
        ("enum('a','b') DEFAULT 'a'", "ENUM('a', 'b')", Some("'a'"), AsText),
        ("enum('a','b')", "enum('b','a')", None, Never),
        ("varchar(9) CHARACTER SET latin1", "varchar(9) character set latin1", None, AsText),
        ("varchar(9) COLLATE utf8mb4_bin", "varchar(9) collate utf8mb4_bin", None, AsText),
        ("varchar(9) COLLATE utf8mb4_bin", "varchar(9)", None, Never),
        (
            "binary(16) DEFAULT (unhex(replace(uuid(),'-','')))",
            "binary(16)",
            Some("unhex(replace(uuid(), '-', ''))"),
            AsText,
        ),
        ("datetime DEFAULT (now() + interval 1 day)", "datetime", Some("current_timestamp + INTERVAL 1 DAY"), AsText),
    ] {
        database.sql(&format!("CREATE OR REPLACE TABLE t (c {stored})")).await;
        let current = database.inspect().await;
        let column = Column { default: default.map(str::to_owned), ..column("c", sql_type) };
        let found = compare(database, &current, wanted(vec![column], Vec::new())).await;
        assert_eq!(found, expected, "{stored} / {sql_type} {default:?}");
    }
}

async fn checks(database: &mut Database) {
    for (stored, written, expected) in [
        ("a BETWEEN 0 AND 1", "a between 0 and 1", AsText),
        ("(a) > (0)", "a>0", AsText),
        ("a > 0", "a >= 0", Never),
        ("b IN (\"x\", 'y')", "b in ('x','y')", AsText),
        ("b IN ('x', 'y')", "b in ('x','z')", Never),
        ("a IS NOT NULL OR !(d)", "a is not null or not d", InTheDatabase),
        ("length(trim(b)) >= 1 && a != 3", "octet_length(trim(b)) >= 1 and a <> 3", AsText),
        ("cast(c as date) > '2020-01-01'", "date(c) > '2020-01-01'", InTheDatabase),
        ("a not in (1,2) and a not between 1 and 2", "NOT a IN (1, 2) AND NOT a BETWEEN 1 AND 2", InTheDatabase),
        ("b like '%\\_%'", "b LIKE '%\\_%'", AsText),
        ("b like '%\\_%'", "b LIKE '%_%'", Never),
        ("a % 3 = 1 or a mod 3 = 2", "a mod 3 = 1 or a % 3 = 2", AsText),
        ("b regexp '^[a-z]\\\\d'", "b RLIKE '^[a-z]\\\\d'", InTheDatabase),
        ("if(a > 1, true, false)", "if(a>1,1,0)", AsText),
        ("case when a = 1 then 2 else 3 end > 1", "CASE WHEN a=1 THEN 2 ELSE 3 END > 1", AsText),
        ("coalesce(a, 0) + -1 > 0", "coalesce(a,0)+-1>0", AsText),
        ("b = 'it''s'", "b = 'it\\'s'", AsText),
        ("substring(b, 1, 1) = upper(left(b, 1))", "substr(b,1,1) = ucase(left(b,1))", AsText),
        ("`A` > 0 and B <> ''", "a > 0 and b <> ''", AsText),
        ("(a > 0 or a < 5) and d", "a > 0 or (a < 5 and d)", Never),
        ("a = 1", "a in (1)", InTheDatabase),
    ] {
        database
            .sql(&format!(
                "CREATE OR REPLACE TABLE t (a int, b varchar(10), c datetime, d bool, CONSTRAINT ck CHECK ({stored}))"
            ))
            .await;
        let current = database.inspect().await;
        let columns =
            vec![column("a", "int"), column("b", "varchar(10)"), column("c", "datetime"), column("d", "bool")];
        let check = Check { name: Name::Stated("ck".into()), expression: written.into() };
        assert_eq!(compare(database, &current, wanted(columns, vec![check])).await, expected, "{stored} / {written}");
    }
}

async fn generated_columns(database: &mut Database) {
    for (stored, written, storage, expected) in [
        ("(a + 1) STORED", "a+1", Storage::Stored, AsText),
        ("(a + 1) STORED", "(`a` + (1))", Storage::Stored, AsText),
        ("(a + 1) STORED", "a+2", Storage::Stored, Never),
        ("(a + 1) STORED", "a+1", Storage::Virtual, Never),
        ("(a = 1) VIRTUAL", "a in (1)", Storage::Virtual, InTheDatabase),
    ] {
        database.sql(&format!("CREATE OR REPLACE TABLE t (a int, g int AS {stored})")).await;
        let current = database.inspect().await;
        let generated = Generated { expression: written.into(), storage };
        let columns = vec![column("a", "int"), Column { generated: Some(generated), ..column("g", "int") }];
        assert_eq!(compare(database, &current, wanted(columns, Vec::new())).await, expected, "{stored} / {written}");
    }
}

async fn options_that_a_model_does_not_mention(database: &mut Database) {
    database.sql("CREATE TABLE t (c varchar(9)) ENGINE = Aria CHARSET = utf8mb4 COLLATE = utf8mb4_bin").await;
    let current = database.inspect().await;
    let silent = wanted(vec![column("c", "varchar(9)")], Vec::new());
    assert_eq!(compare(database, &current, silent.clone()).await, AsText);
    for (engine, charset, collate, expected) in [
        (Some("aria"), None, None, AsText),
        (Some("Aria"), Some("utf8mb4"), None, AsText),
        (None, Some("latin1"), None, Never),
        (None, None, Some("UTF8MB4_bin"), AsText),
        (None, None, Some("utf8mb4_unicode_ci"), Never),
    ] {
        let mut table = silent.clone();
        (table.options.engine, table.options.charset, table.options.collate) =
            (engine.map(str::to_owned), charset.map(str::to_owned), collate.map(str::to_owned));
        assert_eq!(compare(database, &current, table).await, expected, "{engine:?} {charset:?} {collate:?}");
    }
}

async fn what_the_catalogue_leaves_out(database: &mut Database) {
    database.sql("CREATE TABLE p (id int PRIMARY KEY)").await;
    let key = |columns: &[&str]| {
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        Some(PrimaryKey { name: Name::Stated("pk_of_its_own".into()), columns })
    };
    for (stored, on_delete, columns, expected) in [
        ("ON DELETE RESTRICT", Action::NoAction, ["id"], AsText),
        ("ON DELETE NO ACTION", Action::Restrict, ["id"], AsText),
        ("", Action::Restrict, ["id"], AsText),
        ("", Action::Cascade, ["id"], Never),
        ("ON DELETE CASCADE", Action::Restrict, ["id"], Never),
        ("", Action::NoAction, ["p_id"], Never),
    ] {
        database
            .sql(&format!(
                "CREATE OR REPLACE TABLE t (id int NOT NULL, p_id int NOT NULL, CONSTRAINT pk_lost PRIMARY KEY (id), \
                 CONSTRAINT fk FOREIGN KEY (p_id) REFERENCES p (id) {stored})"
            ))
            .await;
        let mut current = database.inspect().await;
        current.tables.remove(&ObjectName::new("p"));
        let not_null = |name: &str| Column { nullable: false, ..column(name, "int") };
        let mut table = wanted(vec![not_null("id"), not_null("p_id")], Vec::new());
        table.primary_key = key(&columns);
        table.foreign_keys = vec![ForeignKey {
            name: Name::Stated("fk".into()),
            columns: vec!["p_id".into()],
            references: ObjectName::new("p"),
            referenced_columns: vec!["id".into()],
            on_delete,
            ..ForeignKey::default()
        }];
        assert_eq!(compare(database, &current, table).await, expected, "{stored} / {on_delete:?} {columns:?}");
    }
}
