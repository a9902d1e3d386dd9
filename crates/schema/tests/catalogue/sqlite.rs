//! SQLite.

use alembic_revisions::DialectName;
use alembic_schema::backend::{Backend, Sqlite};
use alembic_schema::change::{Change, Delta, Fill, reversed};
use alembic_schema::schema::{
    Action, Check, Column, ColumnType, Deferrable, ForeignKey, Generated, Identity, Index, IndexKey, IndexPart, Name,
    ObjectName, Order, PrimaryKey, Schema, Storage, Table, TableOptions, Unique,
};

use crate::support::{Database, scenario};

fn table(name: &str, columns: Vec<Column>) -> Table {
    let primary_key = PrimaryKey { name: Name::Conventional(format!("pk_{name}")), columns: vec!["id".into()] };
    let id = Column { name: "id".into(), sql_type: ColumnType::new("INTEGER"), ..Column::default() };
    Table {
        name: ObjectName::new(name),
        columns: std::iter::once(id).chain(columns).collect(),
        primary_key: Some(primary_key),
        ..Table::default()
    }
}

fn column(name: &str, sql_type: &str) -> Column {
    Column { name: name.into(), sql_type: ColumnType::new(sql_type), nullable: true, ..Column::default() }
}

fn key(name: &str, column: &str, references: &str) -> ForeignKey {
    ForeignKey {
        name: Name::Stated(name.into()),
        columns: vec![column.into()],
        references: ObjectName::new(references),
        referenced_columns: vec!["id".into()],
        ..ForeignKey::default()
    }
}

fn of(change: impl Fn(ObjectName) -> Change) -> Change {
    change(ObjectName::new("p"))
}

fn added(column: Column) -> Change {
    of(|table| Change::Column { table, delta: Delta::Create(column.clone()), fill: None })
}

fn filled(column: Column, expression: &str) -> Change {
    let fill = Some(Fill { expression: expression.into(), is_stand_in: false });
    of(|table| Change::Column { table, delta: Delta::Create(column.clone()), fill: fill.clone() })
}

fn dropped(column: Column) -> Change {
    of(|table| Change::Column { table, delta: Delta::Drop(column.clone()), fill: None })
}

fn foreign_key(delta: Delta<ForeignKey>) -> Change {
    of(|table| Change::ForeignKey { table, delta: delta.clone() })
}

fn check(name: &str, expression: &str) -> Change {
    let check = Check { name: Name::Stated(name.into()), expression: expression.into() };
    of(|table| Change::Check { table, delta: Delta::Create(check.clone()) })
}

fn unique(name: &str, columns: &[&str]) -> Unique {
    let columns = columns.iter().map(|column| (*column).to_owned()).collect();
    Unique { name: Name::Stated(name.into()), columns, ..Unique::default() }
}

/// A parent with rows, whose children, index, trigger and view notice everything.
const FAMILY: &str = "
    CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, mood TEXT DEFAULT 'ok', spare TEXT,
        CONSTRAINT ck_p_mood CHECK (mood IN ('ok', 'sad')));
    CREATE INDEX ix_p_name ON p (lower(name), mood DESC) WHERE name IS NOT NULL;
    CREATE TABLE ch (id INTEGER PRIMARY KEY, pid INTEGER NOT NULL REFERENCES p ON DELETE CASCADE);
    CREATE TABLE log (what TEXT);
    CREATE VIEW v AS SELECT id, name FROM p;
    CREATE TRIGGER tg AFTER UPDATE OF name ON p BEGIN INSERT INTO log VALUES (new.name || ';'); END;
    CREATE TRIGGER tgc AFTER INSERT ON ch BEGIN UPDATE p SET name = name || '!' WHERE id = new.pid; END;
    INSERT INTO p (name, mood) VALUES ('a', 'ok'), ('b', 'sad'), (NULL, NULL);
    INSERT INTO p (id, name) VALUES (50, 'z');
    DELETE FROM p WHERE id = 50;
    INSERT INTO ch (pid) VALUES (1), (2);
    DELETE FROM log;
    UPDATE p SET name = 'a' WHERE id = 1;
    UPDATE p SET name = 'b' WHERE id = 2;
    DELETE FROM log;";

/// Makes the changes as the runner does, and tells whether they are what was meant.
async fn make(database: &mut Database, changes: &[Change]) -> (String, bool) {
    let before = database.inspect().await;
    let mut expected = before.clone();
    expected.apply_all(changes).unwrap();
    Sqlite.normalize(&mut expected);
    let rendered = Sqlite.render(changes, &before).unwrap();
    let sql = rendered.to_sql();
    let (off, on) = match rendered.rebuild {
        true => ("PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON;", "PRAGMA legacy_alter_table = OFF;"),
        false => ("PRAGMA foreign_keys = OFF;", ""),
    };
    database.sql(&format!("{off} BEGIN; {sql} COMMIT; {on}")).await;
    assert_eq!(database.rows("PRAGMA foreign_key_check").await, [""; 0], "{sql}");
    let found = database.inspect().await;
    assert_eq!(comparable(&found), comparable(&expected), "{sql}");
    (sql, rendered.rebuild)
}

/// Leaves out what no comparison looks at.
fn comparable(schema: &Schema) -> Schema {
    let mut schema = schema.clone();
    schema.views.clear();
    for table in schema.tables.values_mut() {
        table.triggers.clear();
        table.columns.sort_by(|one, other| one.name.cmp(&other.name));
        table.foreign_keys.sort_by(|one, other| one.columns.cmp(&other.columns));
        table.checks.sort_by(|one, other| one.expression.cmp(&other.expression));
        table.indexes.sort_by(|one, other| one.name.text().cmp(&other.name.text()));
        if let Some(primary_key) = &mut table.primary_key {
            primary_key.name = Name::Unnamed;
        }
    }
    schema
}

/// Says what the change of `p` left undone or did besides.
async fn notices_nothing(database: &mut Database, sql: &str) {
    assert_eq!(database.rows("SELECT id, pid FROM ch ORDER BY 1").await, ["1|1", "2|2"], "{sql}");
    assert_eq!(database.rows("SELECT count(*) FROM v").await, ["3"], "{sql}");
    database.sql("INSERT INTO ch (pid) VALUES (1)").await;
    assert_eq!(database.rows("SELECT what FROM log").await, ["a!;"], "{sql}");
    database.sql("PRAGMA foreign_keys = ON; DELETE FROM p WHERE id = 1").await;
    assert_eq!(database.rows("SELECT pid FROM ch").await, ["2"], "{sql}");
}

/// Every row of the table in `models.md` §6.6.
#[test]
fn what_is_native_and_what_rebuilds() {
    let not_null = |column: Column| Column { nullable: false, ..column };
    let with = |default: &str, column: Column| Column { default: Some(default.into()), ..column };
    let generated = |storage| {
        let generated = Some(Generated { expression: "id + 1".into(), storage });
        Column { generated, ..column("n", "INTEGER") }
    };
    let spare = column("spare", "TEXT");
    let name = column("name", "TEXT");
    let altered = |to: Column| {
        of(|table| Change::Column {
            table,
            delta: Delta::Alter { from: name.clone(), to: to.clone() },
            fill: Some(Fill { expression: "'?'".into(), is_stand_in: false }),
        })
    };
    let index =
        Index { name: Name::Stated("ix_p_spare".into()), keys: vec![IndexKey::column("spare")], ..Index::default() };
    let indexed = of(|table| Change::Index { table, delta: Delta::Create(index.clone()) });
    let renamed = of(|table| Change::Column {
        table,
        delta: Delta::Rename { from: name.clone(), to: Column { name: "title".into(), ..name.clone() } },
        fill: None,
    });
    let mood_check = Check { name: Name::Stated("ck_p_mood".into()), expression: "mood IN ('ok', 'sad')".into() };
    let mood_key = IndexKey { order: Order::Descending, ..IndexKey::column("mood") };
    let name_key = IndexKey { part: IndexPart::Expression("lower(name)".into()), ..IndexKey::column("") };
    let mood_index = Index {
        name: Name::Stated("ix_p_name".into()),
        keys: vec![name_key, mood_key],
        predicate: Some("name IS NOT NULL".into()),
        ..Index::default()
    };
    let mood = vec![
        of(|table| Change::Check { table, delta: Delta::Drop(mood_check.clone()) }),
        of(|table| Change::Index { table, delta: Delta::Drop(mood_index.clone()) }),
        dropped(column("mood", "TEXT")),
    ];
    let cases: Vec<(&str, Vec<Change>, bool)> = vec![
        ("a nullable column", vec![added(column("n", "TEXT"))], false),
        ("NOT NULL, constant default", vec![added(not_null(with("'x'", column("n", "TEXT"))))], false),
        ("with a check", vec![added(column("n", "INTEGER")), check("ck_p_n", "n > 0")], false),
        ("a collation", vec![added(Column { collation: Some("NOCASE".into()), ..column("n", "TEXT") })], false),
        ("virtual", vec![added(generated(Storage::Virtual))], false),
        ("a reference", vec![added(column("n", "INTEGER")), foreign_key(Delta::Create(key("fk_n", "n", "ch")))], false),
        ("NOT NULL, filled", vec![filled(not_null(column("n", "TEXT")), "coalesce(name, '') || 'x'")], true),
        ("a default that varies", vec![added(with("CURRENT_TIMESTAMP", column("n", "DATETIME")))], true),
        ("a default to compute", vec![added(with("(1 + 1)", column("n", "INTEGER")))], true),
        ("stored", vec![added(generated(Storage::Stored))], true),
        (
            "a reference with a default",
            vec![added(with("2", column("n", "INTEGER"))), foreign_key(Delta::Create(key("fk_n", "n", "ch")))],
            true,
        ),
        (
            "unique",
            vec![
                added(column("n", "TEXT")),
                of(|table| Change::Unique { table, delta: Delta::Create(unique("uq_n", &["n"])) }),
            ],
            true,
        ),
        ("drop", vec![dropped(spare.clone())], false),
        ("drop what a check names", mood.clone(), true),
        ("rename a column", vec![renamed], false),
        ("rename a table", vec![of(|from| rename_table(from, "q"))], false),
        ("another type", vec![altered(column("name", "BLOB"))], true),
        ("no longer NULL", vec![altered(not_null(name.clone()))], true),
        ("another default", vec![altered(with("'d'", name.clone()))], true),
        ("a foreign key", vec![foreign_key(Delta::Create(key("fk_spare", "spare", "ch")))], true),
        ("a check", vec![check("ck_p_name", "name <> 'none'")], true),
        ("an index", vec![indexed.clone()], false),
    ];
    for (title, changes, is_rebuilt) in cases {
        crate::support::run(crate::support::Kind::Sqlite, async |database: &mut Database| {
            println!("{title}");
            database.sql(FAMILY).await;
            let (sql, rebuilt) = make(database, &changes).await;
            assert_eq!(rebuilt, is_rebuilt, "{title}: {sql}");
            let is_renamed = title.starts_with("rename");
            if !is_renamed {
                notices_nothing(database, &sql).await;
            }
            assert_eq!(
                database.rows("SELECT seq FROM sqlite_sequence WHERE name <> 'ch'").await,
                ["50"],
                "{title}: {sql}"
            );
        });
    }
}

fn rename_table(from: ObjectName, to: &str) -> Change {
    let from = Table { name: from, ..Table::default() };
    let to = Table { name: ObjectName::new(to), ..from.clone() };
    Change::Table(Delta::Rename { from, to })
}
