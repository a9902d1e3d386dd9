//! Changes as SQL that the server takes, with rows in the tables, there and back.

use alembic_schema::change::{Fill, reversed};
use alembic_schema::schema::{
    Check, Column, ColumnType, Deferrable, EnumType, ForeignKey, Generated, Identity, Index, IndexKey, IndexPart, Name,
    PrimaryKey, Storage, Unique,
};
use alembic_schema::{Change, Delta, ObjectName, Schema};

use super::{EVERYTHING, object, table};
use crate::support::{Database, scenario};

fn column(name: &str, sql_type: &str) -> Column {
    Column { name: name.into(), sql_type: ColumnType::new(sql_type), nullable: true, ..Column::default() }
}

fn altered(table: &str, from: &Column, to: Column) -> Change {
    Change::Column { table: object(table), delta: Delta::Alter { from: from.clone(), to }, fill: None }
}

fn mood(values: &[&str]) -> EnumType {
    EnumType { name: object("mood"), values: values.iter().map(|value| (*value).to_owned()).collect() }
}

/// Columns are added at the end, and a comparison ignores their order.
fn ordered(mut schema: Schema) -> Schema {
    for table in schema.tables.values_mut() {
        table.columns.sort_by(|one, other| one.name.cmp(&other.name));
    }
    schema
}

/// Makes the changes and undoes them; returns the SQL of both directions.
async fn there_and_back(database: &mut Database, changes: &[Change]) -> [String; 2] {
    let start = database.inspect().await;
    let there = database.make(changes).await;
    let mut expected = start.clone();
    expected.apply_all(changes).unwrap();
    database.backend.normalize(&mut expected);
    let end = database.inspect().await;
    // PostgreSQL's names for what got none, and its spelling of expressions, are not at stake here.
    assert_eq!(ordered(end.clone()).tables, ordered(expected).tables, "{there}");
    let back = database.make_from(&reversed(changes), &end).await;
    assert_eq!(ordered(database.inspect().await), ordered(start), "{there}\n{back}");
    [there, back]
}

scenario!(types_change_with_their_rows on Postgres);
async fn types_change_with_their_rows(database: &mut Database) {
    let cases = [
        ("text", "'1'", "integer", "1", true),
        ("boolean", "true", "integer", "1", true),
        ("boolean", "true", "bigint", "1", true),
        ("boolean", "true", "numeric", "1", true),
        ("bigint", "7", "boolean", "t", true),
        ("integer", "7", "boolean", "t", true),
        ("integer", "7", "bigint", "7", false),
        ("integer", "7", "text", "7", false),
        ("bigint", "7", "smallint", "7", false),
        ("numeric(10,2)", "7.2", "integer", "7", false),
        ("integer", "7", "real", "7", false),
        ("real", "7", "numeric", "7", false),
        ("text", "'a3bb189e-8bf9-3888-9912-ace4e6543002'", "uuid", "a3bb189e-8bf9-3888-9912-ace4e6543002", true),
        ("uuid", "'a3bb189e-8bf9-3888-9912-ace4e6543002'", "text", "a3bb189e-8bf9-3888-9912-ace4e6543002", false),
        ("varchar(8)", "'x'", "text", "x", false),
        ("text", "'xyz'", "varchar(3)", "xyz", false),
        ("text", "'x'", "char(1)", "x", false),
        ("timestamp", "'2020-01-01'", "date", "2020-01-01", false),
        ("date", "'2020-01-01'", "timestamp", "2020-01-01 00:00:00", false),
        ("time", "'10:00'", "interval", "10:00:00", false),
        ("jsonb", "'{\"a\": 1}'", "text", "{\"a\": 1}", false),
        ("jsonb", "'7'", "integer", "7", true),
        ("json", "'{}'", "jsonb", "{}", false),
        ("text", "'{}'", "jsonb", "{}", true),
        ("text", "'{a,b}'", "text[]", "{a,b}", true),
        ("text[]", "'{1,2}'", "integer[]", "{1,2}", true),
        ("integer[]", "'{1,2}'", "bigint[]", "{1,2}", false),
        ("text[]", "'{a}'", "text", "{a}", false),
        ("text", "'ok'", "mood", "ok", true),
        ("mood", "'ok'", "text", "ok", false),
        ("mood[]", "'{ok}'", "text[]", "{ok}", false),
        ("text[]", "'{ok}'", "mood[]", "{ok}", true),
        ("inet", "'10.0.0.1'", "cidr", "10.0.0.1/32", false),
        ("bigint", "5", "timestamptz", "fails", true),
    ];
    database.sql("CREATE TYPE mood AS ENUM ('sad', 'ok')").await;
    for (from, value, to, expected, needs_using) in cases {
        database.sql(&format!("CREATE TABLE t (x {from} DEFAULT {value}); INSERT INTO t VALUES ({value})")).await;
        let before = database.inspect().await;
        let old = table(&before, "t").columns[0].clone();
        let new = Column { sql_type: ColumnType::new(to), default: None, ..old.clone() };
        let sql = database.backend.render(&[altered("t", &old, new)], &before).unwrap().to_sql();
        assert_eq!(sql.contains("USING"), needs_using, "{sql}");
        if expected == "fails" {
            database.refusal(&sql).await;
        } else {
            database.sql(&sql).await;
            assert_eq!(database.rows("SELECT x FROM t").await, [expected], "{sql}");
            let bare = format!("CREATE TABLE u (x {from}); ALTER TABLE u ALTER COLUMN x TYPE {to}");
            match needs_using {
                true => drop(database.refusal(&bare).await),
                false => database.sql(&format!("{bare}; DROP TABLE u")).await,
            }
        }
        database.sql("DROP TABLE t").await;
    }
}

scenario!(everything_about_a_column_changes_and_comes_back on Postgres);
async fn everything_about_a_column_changes_and_comes_back(database: &mut Database) {
    database
        .sql(
            "CREATE TABLE t (id bigint PRIMARY KEY, s serial, a text DEFAULT '1', n integer DEFAULT 4, o text, g integer GENERATED ALWAYS AS (n + 1) STORED, z text, CONSTRAINT c CHECK (g > 0));
             CREATE INDEX ix_g ON t (g); CREATE INDEX ix_v ON t ((n * 2));
             CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT a FROM v WHERE a IS NOT NULL;
             CREATE MATERIALIZED VIEW m AS SELECT a FROM w;
             INSERT INTO t (id, a) VALUES (40, '5')",
        )
        .await;
    let before = database.inspect().await;
    let old = |name: &str| table(&before, "t").column(name).unwrap().clone();
    let fill = |expression: &str| Some(Fill { expression: expression.into(), is_stand_in: false, ..Fill::default() });
    let id = Column { identity: Some(Identity::Always), ..old("id") };
    let s = Column { identity: None, ..old("s") };
    let a = Column {
        sql_type: ColumnType::new("integer"),
        default: Some("2".into()),
        comment: Some("it's".into()),
        ..old("a")
    };
    let n = Column { default: None, ..old("n") };
    let o = Column { nullable: false, ..old("o") };
    let g = Column { generated: Some(Generated { expression: "n * 3".into(), storage: Storage::Stored }), ..old("g") };
    let z = Column { collation: Some("C".into()), ..old("z") };
    let added = Column { nullable: false, default: Some("'later'".into()), ..column("added", "text") };
    let changes = [
        altered("t", &old("id"), id),
        altered("t", &old("s"), s),
        altered("t", &old("a"), a),
        altered("t", &old("n"), n),
        Change::Column { table: object("t"), delta: Delta::Alter { from: old("o"), to: o }, fill: fill("a || 'x'") },
        altered("t", &old("g"), g),
        altered("t", &old("z"), z),
        Change::Column { table: object("t"), delta: Delta::Create(added), fill: fill("'filled'") },
        Change::Column { table: object("t"), delta: Delta::Create(column("plain", "integer")), fill: None },
    ];
    let [there, back] = there_and_back(database, &changes).await;
    assert!(there.contains("UPDATE t SET o = a || 'x' WHERE o IS NULL;\n"), "{there}");
    assert!(there.contains("UPDATE t SET added = 'filled' WHERE added IS NULL;\n"), "{there}");
    assert!(there.contains("-- lossy: t.a, text to integer"), "{there}");
    assert!(back.contains("-- destructive: the values of t.added are lost"), "{back}");
    assert_eq!(database.rows("SELECT a, g, o FROM t").await, ["5|5|5x"]);
    assert_eq!(database.rows("SELECT a FROM m").await, ["5"]);
    // A sequence made for existing rows goes on behind them.
    database.sql("ALTER TABLE t ALTER COLUMN o DROP NOT NULL").await;
    database.make(&changes[..1]).await;
    database.sql("INSERT INTO t (a) VALUES ('6')").await;
    assert_eq!(database.rows("SELECT max(id) FROM t").await, ["41"]);
}

scenario!(identities_and_serials_turn_into_each_other on Postgres);
async fn identities_and_serials_turn_into_each_other(database: &mut Database) {
    let serial = Identity::Serial { sequence: object("t_id_seq") };
    let kinds = [None, Some(Identity::Always), Some(Identity::ByDefault), Some(serial)];
    for from in &kinds {
        for to in kinds.iter().filter(|to| *to != from) {
            let made = Column { identity: from.clone(), nullable: false, ..column("id", "bigint") };
            let start = alembic_schema::Table { name: object("t"), columns: vec![made.clone()], ..Default::default() };
            database.make(&[Change::Table(Delta::Create(start))]).await;
            database.sql("INSERT INTO t OVERRIDING SYSTEM VALUE VALUES (7)").await;
            let change = altered("t", &made, Column { identity: to.clone(), ..made.clone() });
            there_and_back(database, std::slice::from_ref(&change)).await;
            database.make(&[change]).await;
            if to.is_some() && from.is_none() {
                database.sql("INSERT INTO t DEFAULT VALUES").await;
                assert_eq!(database.rows("SELECT max(id) FROM t").await, ["8"], "{from:?} {to:?}");
            }
            database.sql("DROP TABLE t").await;
        }
    }
}

fn additions() -> Vec<Change> {
    let name = |name: &str| Name::Stated(name.into());
    let on_t = || object("t");
    let index = Index {
        name: name("Ix 2"),
        keys: vec![
            IndexKey { operator_class: Some("text_pattern_ops".into()), ..IndexKey::column("z") },
            IndexKey { part: IndexPart::Expression("x + y".into()), ..IndexKey::column("") },
        ],
        unique: true,
        include: vec!["y".into()],
        nulls_not_distinct: true,
        predicate: Some("x > 5".into()),
        concurrently: false,
        method: None,
    };
    vec![
        Change::Index { table: on_t(), delta: Delta::Create(index) },
        Change::Unique {
            table: on_t(),
            delta: Delta::Create(Unique {
                name: name("uq"),
                columns: vec!["z".into()],
                nulls_not_distinct: true,
                deferrable: Deferrable::Immediate,
            }),
        },
        Change::ForeignKey {
            table: on_t(),
            delta: Delta::Create(ForeignKey {
                name: name("fk"),
                columns: vec!["x".into(), "y".into()],
                references: object("r"),
                referenced_columns: vec!["x".into(), "y".into()],
                deferrable: Deferrable::Deferred,
                ..ForeignKey::default()
            }),
        },
        Change::Check { table: on_t(), delta: Delta::Create(Check { name: name("c2"), expression: "z <> ''".into() }) },
    ]
}

scenario!(constraints_and_indexes_come_and_go on Postgres);
async fn constraints_and_indexes_come_and_go(database: &mut Database) {
    database.sql("CREATE TABLE r (x integer, y integer, CONSTRAINT r_key UNIQUE (x, y)); CREATE TABLE t (x integer NOT NULL, y integer, z text, CONSTRAINT pk PRIMARY KEY (x), CONSTRAINT ck CHECK (x > 0)); CREATE INDEX ix ON t (z)").await;
    let name = |name: &str| Name::Stated(name.into());
    let on_t = || object("t");
    let before = database.inspect().await;
    let t = table(&before, "t");
    let key = t.primary_key.clone().unwrap();
    let altered = [
        Change::PrimaryKey {
            table: on_t(),
            delta: Delta::Alter { from: key.clone(), to: PrimaryKey { columns: vec!["x".into(), "y".into()], ..key } },
        },
        Change::Check {
            table: on_t(),
            delta: Delta::Rename {
                from: t.checks[0].clone(),
                to: Check { name: name("order"), ..t.checks[0].clone() },
            },
        },
        Change::Index {
            table: on_t(),
            delta: Delta::Rename {
                from: t.indexes[0].clone(),
                to: Index { name: name("ix3"), ..t.indexes[0].clone() },
            },
        },
    ];
    let changes = [altered.to_vec(), additions()].concat();
    let start = database.inspect().await;
    let sql = database.make(&changes).await;
    let end = database.inspect().await;
    let found = table(&end, "t");
    assert_eq!(
        (found.checks.len(), found.indexes.len(), found.uniques.len(), found.foreign_keys.len()),
        (2, 2, 1, 1),
        "{sql}"
    );
    assert_eq!(found.foreign_keys[0].deferrable, Deferrable::Deferred);
    database.make_from(&reversed(&changes), &end).await;
    // A column of a key stays NOT NULL when the key goes.
    database.sql("ALTER TABLE t ALTER COLUMN y DROP NOT NULL").await;
    assert_eq!(database.inspect().await, start);
}

scenario!(indexes_are_built_concurrently_if_nothing_else_happens on Postgres);
async fn indexes_are_built_concurrently_if_nothing_else_happens(database: &mut Database) {
    database.sql("CREATE TABLE t (x integer)").await;
    let index = Index {
        name: Name::Stated("ix".into()),
        keys: vec![IndexKey::column("x")],
        concurrently: true,
        ..Index::default()
    };
    let create = Change::Index { table: object("t"), delta: Delta::Create(index) };
    let backend = alembic_schema::backend::Postgres;
    for changes in [vec![create.clone()], reversed(std::slice::from_ref(&create))] {
        let rendered = alembic_schema::Backend::render(&backend, &changes, &Schema::default()).unwrap();
        assert!(rendered.outside_transaction);
        for statement in &rendered.statements {
            assert!(statement.sql.contains("INDEX CONCURRENTLY"), "{}", statement.sql);
            database.sql(&statement.sql).await;
        }
    }
    let more = Change::Column { table: object("t"), delta: Delta::Create(column("y", "text")), fill: None };
    let rendered = alembic_schema::Backend::render(&backend, &[more, create], &Schema::default()).unwrap();
    assert!(!rendered.outside_transaction && !rendered.to_sql().contains("CONCURRENTLY"));
}

scenario!(values_of_an_enum_come_go_and_move on Postgres);
async fn values_of_an_enum_come_go_and_move(database: &mut Database) {
    database.sql(EVERYTHING).await;
    database
        .sql(
            "CREATE TABLE keyed (m mood PRIMARY KEY); CREATE TABLE refers (m mood REFERENCES keyed, g text GENERATED ALWAYS AS (CASE WHEN m = 'ok' THEN 'a' END) STORED);
             CREATE INDEX ix_mood ON players (mood) WHERE mood <> 'ok'; CREATE INDEX ix_mood_plain ON players (mood); CREATE INDEX ix_g ON refers (g);
             CREATE VIEW happy AS SELECT id FROM players WHERE mood = 'ok';
             CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
             CREATE TRIGGER tr BEFORE UPDATE OF mood ON players FOR EACH ROW EXECUTE FUNCTION f();
             INSERT INTO keyed VALUES ('ok'); INSERT INTO refers VALUES ('ok');
             INSERT INTO players (\"order\", mood, moods) VALUES ('a', 'ok', '{sad,ok}')",
        )
        .await;
    let start = mood(&["sad", "ok", "it's"]);
    for values in [
        &["first", "sad", "new", "newer", "ok", "it's", "last"][..],
        &["sad", "ok"],
        &["ok", "sad"],
        &["it's", "ok", "other", "sad"],
    ] {
        let change = [Change::Enum(Delta::Alter { from: start.clone(), to: mood(values) })];
        let is_own = database.backend.needs_own_revision(&change[0]);
        let [there, back] = there_and_back(database, &change).await;
        assert_eq!(is_own, there.contains("ADD VALUE"), "{there}");
        assert!(is_own || there.contains("DROP TYPE mood__old"), "{there}");
        if values.len() == 7 {
            assert!(back.contains("this fails while rows hold 'first', 'new', 'newer', 'last'"), "{back}");
        }
    }
    assert_eq!(database.rows("SELECT mood, moods FROM players").await, ["ok|{sad,ok}"]);
    assert_eq!(database.rows("SELECT g FROM refers").await, ["a"]);
    assert_eq!(database.rows("SELECT count(*) FROM happy").await, ["1"]);
    let gone = [Change::Enum(Delta::Alter { from: start, to: mood(&["sad", "it's"]) })];
    let before = database.inspect().await;
    let sql = database.backend.render(&gone, &before).unwrap().to_sql();
    assert!(database.refusal(&format!("BEGIN; {sql}")).await.contains("invalid input value for enum mood: \"ok\""));
}

scenario!(a_new_value_is_for_a_later_transaction on Postgres);
async fn a_new_value_is_for_a_later_transaction(database: &mut Database) {
    database.sql("CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE t (m mood)").await;
    let change = [Change::Enum(Delta::Alter { from: mood(&["sad"]), to: mood(&["sad", "ok"]) })];
    let sql = database.backend.render(&change, &Schema::default()).unwrap().to_sql();
    assert!(
        database
            .refusal(&format!("BEGIN; {sql} INSERT INTO t VALUES ('ok')"))
            .await
            .contains("unsafe use of new value")
    );
    database.sql("ROLLBACK").await;
    database.sql(&sql).await;
    database.sql("INSERT INTO t VALUES ('ok')").await;
    let renamed = [Change::EnumValue { of: object("mood"), from: "ok".into(), to: "it's".into() }];
    there_and_back(database, &renamed).await;
}

scenario!(names_change on Postgres);
async fn names_change(database: &mut Database) {
    database.sql(EVERYTHING).await;
    let before = database.inspect().await;
    let players = table(&before, "players").clone();
    let renamed = alembic_schema::Table { name: ObjectName::new("Order"), ..players.clone() };
    let old = players.column("ip").unwrap().clone();
    let new = Column { name: "from".into(), ..old.clone() };
    let changes = [
        Change::Table(Delta::Rename { from: players, to: renamed }),
        Change::Column { table: object("Order"), delta: Delta::Rename { from: old, to: new }, fill: None },
    ];
    let sql = database.make(&changes).await;
    assert_eq!(sql, "ALTER TABLE players RENAME TO \"Order\";\nALTER TABLE \"Order\" RENAME COLUMN ip TO \"from\";\n");
    assert!(table(&database.inspect().await, "Order").column("from").is_some());
    let after = database.inspect().await;
    database.make_from(&reversed(&changes), &after).await;
    assert_eq!(database.inspect().await, before);
}

scenario!(a_sequence_gets_its_name_back on Postgres);
async fn a_sequence_gets_its_name_back(database: &mut Database) {
    const SEQUENCES: &str = "SELECT relname FROM pg_class WHERE relkind = 'S'";
    database.sql("CREATE TABLE t (id bigint GENERATED BY DEFAULT AS IDENTITY, x integer)").await;
    let before = database.inspect().await;
    let t = table(&before, "t").clone();
    let renamed = alembic_schema::Table { name: object("u"), ..t.clone() };
    let old = t.column("id").unwrap().clone();
    let new = Column { name: "number".into(), ..old.clone() };
    let plain = Column { identity: None, ..new.clone() };
    for last in [Delta::Alter { from: new.clone(), to: plain }, Delta::Drop(new.clone())] {
        let changes = [
            Change::Table(Delta::Rename { from: t.clone(), to: renamed.clone() }),
            Change::Column {
                table: object("u"),
                delta: Delta::Rename { from: old.clone(), to: new.clone() },
                fill: None,
            },
            Change::Column { table: object("u"), delta: last, fill: None },
        ];
        there_and_back(database, &changes).await;
        assert_eq!(database.rows(SEQUENCES).await, ["t_id_seq"]);
    }
}
