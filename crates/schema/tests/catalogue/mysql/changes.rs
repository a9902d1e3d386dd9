//! Changes, made and undone: after each way the catalogue holds what the changes promise.

use alembic_schema::backend::{Backend, Mysql};
use alembic_schema::change::{Change, Delta, Fill, reversed};
use alembic_schema::schema::{
    Action, Check, Column, ColumnType, ForeignKey, Generated, Identity, Index, IndexKey, Name, PrimaryKey, Storage,
    Unique,
};
use alembic_schema::{ObjectName, Schema};

use super::{ARENA, column, sorted, table};
use crate::support::{Database, scenario};

scenario!(columns_come_change_and_go on Mariadb);
scenario!(modify_loses_nothing on Mariadb);
scenario!(not_null_fills_rows_first on Mariadb);
scenario!(renamed_values_keep_their_rows on Mariadb);
scenario!(a_key_and_its_numbering_change_at_once on Mariadb);
scenario!(foreign_keys_and_their_indexes on Mariadb);
scenario!(an_implicit_index_is_no_difference on Mariadb);
scenario!(constraints_and_indexes on Mariadb);
scenario!(checks_of_columns on Mariadb);
scenario!(generated_columns on Mariadb);
scenario!(tables on Mariadb);
scenario!(stand_ins_fit_their_types on Mariadb);
scenario!(cycles_are_closed_afterwards on Mariadb);

/// Makes the changes and undoes them; returns the SQL of both ways.
async fn there_and_back(database: &mut Database, changes: &[Change]) -> (String, String) {
    let before = database.inspect().await;
    let mut expected = before.clone();
    expected.apply_all(changes).unwrap();
    database.backend.normalize(&mut expected);
    let up = database.make_from(changes, &before).await;
    let after = database.inspect().await;
    let mut aligned = expected.clone();
    database.backend.align(&after, &mut aligned);
    assert_eq!(sorted(without_implicit(after)), sorted(without_implicit(aligned)), "{up}");
    let back = reversed(changes);
    let down = database.make_from(&back, &expected).await;
    assert_eq!(sorted(database.inspect().await), sorted(before), "{down}");
    (up, down)
}

/// Leaves out the indexes that the server makes for foreign keys, and takes away when another serves.
fn without_implicit(mut schema: Schema) -> Schema {
    for table in schema.tables.values_mut() {
        let keys = table.foreign_keys.clone();
        table.indexes.retain(|index| keys.iter().all(|key| key.name != index.name));
    }
    schema
}

fn name(name: &str) -> ObjectName {
    ObjectName::new(name)
}

fn of_column(delta: Delta<Column>) -> Change {
    Change::Column { table: name("t"), delta, fill: None }
}

fn alter(schema: &Schema, column: &str, change: impl FnOnce(&mut Column)) -> Delta<Column> {
    let from = table(schema, "t").column(column).unwrap().clone();
    let mut to = from.clone();
    change(&mut to);
    Delta::Alter { from, to }
}

async fn columns_come_change_and_go(database: &mut Database) {
    database.sql("CREATE TABLE t (a int, b varchar(20) DEFAULT 'x')").await;
    let before = database.inspect().await;
    let changes = [
        of_column(Delta::Rename { from: column("a", "int"), to: column("order", "int") }),
        of_column(Delta::Create(Column { default: Some("'it''s'".into()), nullable: false, ..column("c", "text") })),
        of_column(Delta::Create(column("d", "json"))),
        of_column(alter(&before, "b", |b| b.sql_type = ColumnType::new("varchar(10)"))),
        of_column(Delta::Drop(column("order", "int"))),
    ];
    let (up, down) = there_and_back(database, &changes).await;
    assert_eq!(
        up,
        "ALTER TABLE t RENAME COLUMN a TO `order`;
ALTER TABLE t ADD COLUMN c text NOT NULL DEFAULT 'it''s';
ALTER TABLE t ADD COLUMN d json;

-- lossy: t.b, varchar(20) to varchar(10): values that do not fit fail or are cut
ALTER TABLE t MODIFY COLUMN b varchar(10) DEFAULT 'x';

-- destructive: the values of t.order are lost
ALTER TABLE t DROP COLUMN `order`;
"
    );
    assert!(
        down.starts_with(
            "ALTER TABLE t ADD COLUMN `order` int;\nALTER TABLE t MODIFY COLUMN b varchar(20) DEFAULT 'x';"
        ),
        "{down}"
    );
}

async fn modify_loses_nothing(database: &mut Database) {
    database.sql(ARENA).await;
    let before = database.inspect().await;
    // Each column is said anew as it is: whatever a clause forgets is gone afterwards.
    let arena = table(&before, "arena").clone();
    let is_plain = |column: &&Column| column.generated.is_none();
    let changes: Vec<Change> = arena
        .columns
        .iter()
        .filter(is_plain)
        .map(|column| {
            let delta = Delta::Alter { from: column.clone(), to: column.clone() };
            Change::Column { table: name("arena"), delta, fill: None }
        })
        .collect();
    there_and_back(database, &changes).await;
}

async fn not_null_fills_rows_first(database: &mut Database) {
    database.sql("CREATE TABLE t (a int, b varchar(20)); INSERT INTO t VALUES (1, NULL), (2, 'two')").await;
    let before = database.inspect().await;
    let fill = |expression: &str| Some(Fill { expression: expression.into(), is_stand_in: false, ..Fill::default() });
    let changes = [
        Change::Column {
            table: name("t"),
            delta: Delta::Create(Column { nullable: false, ..column("c", "bigint") }),
            fill: fill("a * 10"),
        },
        Change::Column { table: name("t"), delta: alter(&before, "b", |b| b.nullable = false), fill: fill("'none'") },
    ];
    database.make(&changes).await;
    assert_eq!(database.rows("SELECT a, b, c FROM t ORDER BY a").await, ["1|none|10", "2|two|20"]);
    database.make(&reversed(&changes)).await;
    there_and_back(database, &changes).await;

    // A value of the new type, which the old one would refuse.
    let retyped = alter(&before, "a", |a| (a.nullable, a.sql_type) = (false, ColumnType::new("varchar(20)")));
    database.sql("INSERT INTO t VALUES (NULL, 'none')").await;
    database.make(&[Change::Column { table: name("t"), delta: retyped, fill: fill("'many'") }]).await;
    assert_eq!(database.rows("SELECT a FROM t ORDER BY a").await, ["1", "2", "many"]);
}

async fn renamed_values_keep_their_rows(database: &mut Database) {
    let value = |from: &str, to: &str| Change::Value {
        table: name("t"),
        column: "mood".into(),
        from: from.into(),
        to: to.into(),
    };
    for (old, new, values, up, down) in [
        ("'sad','ok'", "'blue','ok','new'", vec![value("sad", "blue")], ["blue", "ok"], ["sad", "ok"]),
        ("'sad','ok'", "'ok','sad'", vec![value("sad", "ok"), value("ok", "sad")], ["ok", "sad"], ["sad", "ok"]),
        ("'sad','ok'", "'Sad','ok'", vec![value("sad", "Sad")], ["Sad", "ok"], ["sad", "ok"]),
    ] {
        database.sql(&format!("CREATE OR REPLACE TABLE t (id int, mood enum({old}) NOT NULL DEFAULT 'ok')")).await;
        database.sql("INSERT INTO t VALUES (1, 'sad'), (2, 'ok')").await;
        let before = database.inspect().await;
        let type_change =
            of_column(alter(&before, "mood", |mood| mood.sql_type = ColumnType::new(format!("enum({new})"))));
        for values_first in [true, false] {
            let mut changes = values.clone();
            changes.insert(if values_first { changes.len() } else { 0 }, type_change.clone());
            let sql = database.make(&changes).await;
            assert_eq!(database.rows("SELECT mood FROM t ORDER BY id").await, up, "{sql}");
            let after = table(&database.inspect().await, "t").column("mood").unwrap().clone();
            assert_eq!(after.sql_type.sql, format!("enum({new})"));
            assert!(!sql.contains("lossy"), "{sql}");
            database.make(&reversed(&changes)).await;
            assert_eq!(database.rows("SELECT mood FROM t ORDER BY id").await, down);
            assert_eq!(database.inspect().await, before);
        }
    }
}

async fn a_key_and_its_numbering_change_at_once(database: &mut Database) {
    let key = |column: &str| PrimaryKey { name: Name::Unnamed, columns: vec![column.into()] };
    let numbered =
        |name: &str| Column { nullable: false, identity: Some(Identity::AutoIncrement), ..column(name, "int") };
    let plain = |name: &str| Column { nullable: false, ..column(name, "int") };
    let of_key = |delta| Change::PrimaryKey { table: name("t"), delta };
    for changes in [
        // The numbering moves to another column, and so does the key.
        vec![
            of_column(Delta::Alter { from: numbered("a"), to: plain("a") }),
            of_column(Delta::Alter { from: plain("b"), to: numbered("b") }),
            of_key(Delta::Alter { from: key("a"), to: key("b") }),
        ],
        vec![
            of_key(Delta::Drop(key("a"))),
            of_column(Delta::Create(numbered("c"))),
            of_column(Delta::Alter { from: numbered("a"), to: plain("a") }),
            of_key(Delta::Create(key("c"))),
        ],
        vec![of_key(Delta::Drop(key("a"))), of_key(Delta::Create(key("b"))), of_column(Delta::Drop(numbered("a")))],
        vec![of_column(Delta::Alter { from: numbered("a"), to: plain("a") }), of_key(Delta::Drop(key("a")))],
    ] {
        database
            .sql("CREATE OR REPLACE TABLE t (a int NOT NULL AUTO_INCREMENT, b int NOT NULL, PRIMARY KEY (a))")
            .await;
        let (up, _) = there_and_back(database, &changes).await;
        assert_eq!(up.matches("ALTER TABLE").count(), 1, "{up}");
    }
}

fn key_to_parents() -> ForeignKey {
    ForeignKey {
        name: Name::Stated("fk_t_p_parents".into()),
        columns: vec!["p".into()],
        references: name("parents"),
        referenced_columns: vec!["id".into()],
        on_delete: Action::Cascade,
        ..ForeignKey::default()
    }
}

fn index(name: &str, columns: &[&str]) -> Index {
    let keys = columns.iter().map(|column| IndexKey::column(*column)).collect();
    Index { name: Name::Stated(name.into()), keys, ..Index::default() }
}

async fn foreign_keys_and_their_indexes(database: &mut Database) {
    let foreign = |delta| Change::ForeignKey { table: name("t"), delta };
    let of_index = |delta| Change::Index { table: name("t"), delta };
    let create = || foreign(Delta::Create(key_to_parents()));
    let wide = || of_index(Delta::Create(index("ix_t_p_x", &["p", "x"])));
    let bare = "CREATE TABLE t (p int, x int)";
    let bound = "CREATE TABLE t (p int, x int, CONSTRAINT fk_t_p_parents FOREIGN KEY (p) \
                 REFERENCES parents (id) ON DELETE CASCADE)";
    let changed = ForeignKey { on_delete: Action::SetNull, ..key_to_parents() };
    for (start, changes) in [
        // The index that the server makes goes with the key.
        (bare, vec![create()]),
        (bare, vec![wide(), create()]),
        (bare, vec![create(), wide()]),
        (bare, vec![create(), of_index(Delta::Create(index("ix_t_p", &["p"])))]),
        // The index that the server made goes by itself, and has to come back.
        (bound, vec![wide()]),
        (bound, vec![foreign(Delta::Alter { from: key_to_parents(), to: changed })]),
        // In the wrong order, on purpose.
        (bound, vec![of_index(Delta::Drop(index("fk_t_p_parents", &["p"]))), foreign(Delta::Drop(key_to_parents()))]),
    ] {
        database.sql("DROP TABLE IF EXISTS t, parents; CREATE TABLE parents (id int PRIMARY KEY)").await;
        database.sql(start).await;
        there_and_back(database, &changes).await;
    }
}

async fn an_implicit_index_is_no_difference(database: &mut Database) {
    database.sql("CREATE TABLE parents (id int PRIMARY KEY)").await;
    database
        .sql("CREATE TABLE t (p int, x int, CONSTRAINT fk_t_p_parents FOREIGN KEY (p) REFERENCES parents (id))")
        .await;
    let current = database.inspect().await;
    let mut wanted = current.clone();
    wanted.tables.get_mut(&name("t")).unwrap().indexes.clear();
    database.backend.align(&current, &mut wanted);
    assert_eq!(wanted, current, "the implicit index");

    database.sql("CREATE INDEX ix_t_p_x ON t (p, x)").await;
    let current = database.inspect().await;
    let names: Vec<_> = table(&current, "t").indexes.iter().filter_map(|index| index.name.text()).collect();
    assert_eq!(names, ["ix_t_p_x"], "an index that serves makes the implicit one go");
    let mut wanted = current.clone();
    wanted.tables.get_mut(&name("t")).unwrap().indexes.clear();
    database.backend.align(&current, &mut wanted);
    assert_ne!(wanted, current, "an index of more than the key is somebody's");
}

async fn constraints_and_indexes(database: &mut Database) {
    database
        .sql("CREATE TABLE t (a int, b text, c point NOT NULL, d int, CONSTRAINT uq_t_a UNIQUE (a), INDEX ix_t_d (d))")
        .await;
    let unique = |name: &str, columns: &[&str]| Unique {
        name: Name::Stated(name.into()),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        ..Unique::default()
    };
    let check = |expression: &str| Check { name: Name::Stated("ck_t_a".into()), expression: expression.into() };
    let with_length = |mut index: Index| {
        index.keys[0].length = Some(20);
        index
    };
    let special =
        |name: &str, column: &str, method: &str| Index { method: Some(method.into()), ..index(name, &[column]) };
    let of_index = |delta| Change::Index { table: name("t"), delta };
    let of_unique = |delta| Change::Unique { table: name("t"), delta };
    let of_check = |delta| Change::Check { table: name("t"), delta };
    let changes = [
        of_unique(Delta::Rename { from: unique("uq_t_a", &["a"]), to: unique("uq_new", &["a"]) }),
        of_unique(Delta::Alter { from: unique("uq_new", &["a"]), to: unique("uq_new", &["a", "d"]) }),
        of_unique(Delta::Create(unique("uq_t_d", &["d"]))),
        of_index(Delta::Create(with_length(index("ix_t_b", &["b"])))),
        of_index(Delta::Create(special("ft_t_b", "b", "fulltext"))),
        of_index(Delta::Create(special("sp_t_c", "c", "spatial"))),
        of_index(Delta::Alter { from: index("ix_t_d", &["d"]), to: index("ix_t_d", &["d", "a"]) }),
        of_index(Delta::Rename { from: index("ix_t_d", &["d", "a"]), to: index("ix_new", &["d", "a"]) }),
        of_check(Delta::Create(check("a > 0"))),
        of_check(Delta::Alter { from: check("a > 0"), to: check("a > 1") }),
    ];
    there_and_back(database, &changes).await;
    let refused = [of_index(Delta::Create(index("ix_t_b", &["b"])))];
    let before = database.inspect().await;
    let error = Backend::render(&Mysql::default(), &refused, &before).unwrap_err();
    assert_eq!(error.to_string(), "mysql cannot make index `ix_t_b`: `b` is too long for an index");
    // MariaDB would choose a length by itself, and the model would never agree with it.
    database.sql("CREATE INDEX ix_t_b ON t (b)").await;
    let chosen = database.inspect().await;
    assert!(table(&chosen, "t").indexes.iter().any(|index| index.keys[0].length.is_some()));
}

async fn checks_of_columns(database: &mut Database) {
    database.sql("CREATE TABLE t (a int CHECK (a > 0), b int, j json)").await;
    let before = database.inspect().await;
    assert_eq!(table(&before, "t").checks, [Check { name: Name::Stated("a".into()), expression: "a > 0".into() }]);
    let wider = of_column(alter(&before, "a", |a| a.sql_type = ColumnType::new("bigint")));
    there_and_back(database, &[wider]).await;
    let dropped = Change::Check { table: name("t"), delta: Delta::Drop(table(&before, "t").checks[0].clone()) };
    there_and_back(database, &[dropped]).await;
    // The catalogue goes on calling the check by the old name of the column.
    database.sql("ALTER TABLE t RENAME COLUMN a TO a2, RENAME COLUMN j TO j2").await;
    let schema = database.inspect().await;
    assert_eq!(table(&schema, "t").checks, [Check { name: Name::Stated("a2".into()), expression: "a2 > 0".into() }]);
    assert_eq!(table(&schema, "t").column("j2").unwrap().sql_type.sql, "json");
}

async fn generated_columns(database: &mut Database) {
    database.sql("CREATE TABLE t (a int, v int AS (a + 1) VIRTUAL, s int AS (a + 1) STORED, INDEX ix_t_v (v))").await;
    let before = database.inspect().await;
    let generated = |expression: &str, storage| Some(Generated { expression: expression.into(), storage });
    for (name, to) in [
        ("v", generated("a + 2", Storage::Virtual)),
        ("v", generated("a + 1", Storage::Stored)),
        ("v", None),
        ("s", generated("a + 2", Storage::Stored)),
        ("s", generated("a + 1", Storage::Virtual)),
        ("s", None),
        ("a", generated("5", Storage::Stored)),
    ] {
        // A column that another one reads cannot be generated anew here.
        if name != "a" {
            there_and_back(database, &[of_column(alter(&before, name, |column| column.generated = to))]).await;
        }
    }
}

async fn tables(database: &mut Database) {
    database
        .sql(
            "CREATE TABLE t (a varchar(9), b varchar(9) COLLATE utf8mb4_bin, j json) \
                      CHARSET = utf8mb4 COLLATE = utf8mb4_general_ci COMMENT = 'x'",
        )
        .await;
    let before = database.inspect().await;
    let from = table(&before, "t").clone();
    let mut to = from.clone();
    to.comment = Some("it's".into());
    to.options.collate = Some("utf8mb4_unicode_ci".into());
    to.options.engine = Some("Aria".into());
    there_and_back(database, &[Change::Table(Delta::Alter { from: from.clone(), to })]).await;
    let mut to = from.clone();
    to.name = name("Other");
    let (up, _) = there_and_back(database, &[Change::Table(Delta::Rename { from, to })]).await;
    assert_eq!(up, "ALTER TABLE t RENAME TO `Other`;\n");
}

async fn stand_ins_fit_their_types(database: &mut Database) {
    database.sql("CREATE TABLE t (id int); INSERT INTO t VALUES (1)").await;
    for sql_type in [
        "boolean",
        "bigint unsigned",
        "decimal(3,2)",
        "double",
        "bit(3)",
        "char(3)",
        "text",
        "enum('b','a')",
        "set('a')",
        "varbinary(3)",
        "blob",
        "date",
        "datetime(6)",
        "timestamp(6)",
        "time(6)",
        "year",
        "json",
        "uuid",
        "inet6",
        "inet4",
    ] {
        let column = Column { nullable: false, ..column("c", sql_type) };
        let expression = database.backend.stand_in(&column, &Schema::default()).unwrap();
        let fill = Some(Fill { expression, is_stand_in: true, ..Fill::default() });
        let change = Change::Column { table: name("t"), delta: Delta::Create(column.clone()), fill };
        database.make(std::slice::from_ref(&change)).await;
        assert_eq!(table(&database.inspect().await, "t").column("c"), Some(&column));
        database.make(&reversed(&[change])).await;
    }
    let point = column("c", "point");
    assert_eq!(database.backend.stand_in(&point, &Schema::default()), None);
}

async fn cycles_are_closed_afterwards(database: &mut Database) {
    let make = |own: &str, other: &str| {
        let mut made = alembic_schema::Table { name: name(own), ..Default::default() };
        made.columns = vec![Column { nullable: false, ..column("id", "bigint") }, column("other_id", "bigint")];
        made.primary_key = Some(PrimaryKey { name: Name::Unnamed, columns: vec!["id".into()] });
        let key = ForeignKey {
            name: Name::Stated(format!("fk_{own}_other_id_{other}")),
            columns: vec!["other_id".into()],
            references: name(other),
            referenced_columns: vec!["id".into()],
            ..ForeignKey::default()
        };
        (made, key)
    };
    let ((one, one_key), (mut two, two_key)) = (make("one", "two"), make("two", "one"));
    two.foreign_keys.push(two_key);
    two.indexes.push(index("ix_two_other_id", &["other_id"]));
    let changes = [
        Change::Table(Delta::Create(one)),
        Change::Table(Delta::Create(two)),
        Change::ForeignKey { table: name("one"), delta: Delta::Create(one_key) },
    ];
    let (up, _) = there_and_back(database, &changes).await;
    assert!(
        up.contains("    INDEX ix_two_other_id (other_id),\n    CONSTRAINT fk_two_other_id_one FOREIGN KEY"),
        "{up}"
    );
}
