//! Rebuilds that meet renames, other rebuilds, values to change, and what reads the table.

use alembic_schema::backend::{Backend, Sqlite};
use alembic_schema::change::{Change, Delta, Fill, reversed};
use alembic_schema::schema::*;

use super::*;
use crate::support::{Database, scenario};

fn altered(table: &str, from: &Column, to: &Column, fill: Option<&str>) -> Change {
    Change::Column {
        table: ObjectName::new(table),
        delta: Delta::Alter { from: from.clone(), to: to.clone() },
        fill: fill.map(|expression| Fill { expression: expression.into(), is_stand_in: false, ..Fill::default() }),
    }
}

fn renamed(table: &str, from: &Column, to: &str) -> Change {
    let to = Column { name: to.into(), ..from.clone() };
    Change::Column { table: ObjectName::new(table), delta: Delta::Rename { from: from.clone(), to }, fill: None }
}

fn not_null(column: &Column) -> Column {
    Column { nullable: false, ..column.clone() }
}

/// Makes the changes and takes them back; the schema must be as before.
async fn there_and_back(database: &mut Database, changes: &[Change]) -> (String, String) {
    let before = database.inspect().await;
    let (up, _) = make(database, changes).await;
    let (down, _) = make(database, &reversed(changes)).await;
    assert_eq!(comparable(&database.inspect().await), comparable(&before), "{up}\n{down}");
    (up, down)
}

scenario!(a_rebuilt_table_can_have_new_names on Sqlite);
async fn a_rebuilt_table_can_have_new_names(database: &mut Database) {
    database.sql(FAMILY).await;
    let name = column("name", "TEXT");
    let title = column("title", "TEXT");
    let changes = [
        rename_table(ObjectName::new("p"), "persons"),
        renamed("persons", &name, "title"),
        altered("persons", &title, &not_null(&title), Some("'?'")),
    ];
    let (sql, rebuilt) = make(database, &changes).await;
    assert!(rebuilt && sql.contains("PRAGMA legacy_alter_table = OFF"), "{sql}");
    assert_eq!(database.rows("SELECT id, title FROM v ORDER BY 1").await, ["1|a", "2|b", "3|?"]);
    assert_eq!(database.rows("SELECT \"table\" FROM pragma_foreign_key_list('ch')").await, ["persons"]);
    assert_eq!(database.rows("SELECT seq FROM sqlite_sequence WHERE name = 'persons'").await, ["50"]);
    // The triggers of both tables know the new names.
    database.sql("INSERT INTO ch (pid) VALUES (2)").await;
    assert_eq!(database.rows("SELECT what FROM log").await, ["b!;"]);
    make(database, &reversed(&changes)).await;
    assert_eq!(database.rows("SELECT id, name FROM v ORDER BY 1").await, ["1|a", "2|b!", "3|?"]);
    database.sql("INSERT INTO ch (pid) VALUES (1)").await;
    assert_eq!(database.rows("SELECT what FROM log").await, ["b!;", "a!;"]);
}

scenario!(a_table_can_be_renamed_beside_a_rebuild on Sqlite);
async fn a_table_can_be_renamed_beside_a_rebuild(database: &mut Database) {
    database.sql(FAMILY).await;
    let pid = Column { nullable: false, ..column("pid", "INTEGER") };
    let changes = [
        rename_table(ObjectName::new("p"), "persons"),
        altered("ch", &pid, &Column { default: Some("1".into()), ..pid.clone() }, None),
    ];
    there_and_back(database, &changes).await;
    assert_eq!(database.rows("SELECT \"table\" FROM pragma_foreign_key_list('ch')").await, ["p"]);
    notices_nothing(database, "").await;
}

scenario!(a_column_can_take_the_name_of_a_dropped_one on Sqlite);
async fn a_column_can_take_the_name_of_a_dropped_one(database: &mut Database) {
    database
        .sql("CREATE TABLE p (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b TEXT); INSERT INTO p VALUES (1, 'a', 'b')")
        .await;
    let (a, b) = (column("a", "TEXT"), column("b", "TEXT"));
    let unnamed = Unique { name: Name::Unnamed, ..unique("", &["a"]) };
    let changes = [
        of(|table| Change::Unique { table, delta: Delta::Drop(unnamed.clone()) }),
        dropped(a.clone()),
        renamed("p", &b, "a"),
        altered("p", &a, &not_null(&a), Some("'x'")),
    ];
    there_and_back(database, &changes).await;
    make(database, &changes).await;
    assert_eq!(database.rows("SELECT * FROM p").await, ["1|b"]);
}

scenario!(values_change_while_the_rows_are_copied on Sqlite);
async fn values_change_while_the_rows_are_copied(database: &mut Database) {
    database.sql(FAMILY).await;
    let check =
        |values: &str| Check { name: Name::Stated("ck_p_mood".into()), expression: format!("mood IN ({values})") };
    let changes = [
        of(|table| Change::Check { table, delta: Delta::Drop(check("'ok', 'sad'")) }),
        of(|table| Change::Value { table, column: "mood".into(), from: "sad".into(), to: "blue".into() }),
        altered(
            "p",
            &Column { default: Some("'ok'".into()), ..column("mood", "TEXT") },
            &Column { default: Some("'blue'".into()), nullable: false, ..column("mood", "TEXT") },
            None,
        ),
        of(|table| Change::Check { table, delta: Delta::Create(check("'ok', 'blue'")) }),
    ];
    let (sql, _) = make(database, &changes).await;
    assert_eq!(sql.matches("CREATE TABLE").count(), 1, "{sql}");
    assert_eq!(database.rows("SELECT mood FROM p ORDER BY id").await, ["ok", "blue", "blue"]);
    notices_nothing(database, &sql).await;
}

scenario!(types_change_with_their_values on Sqlite);
async fn types_change_with_their_values(database: &mut Database) {
    database
        .sql(
            "CREATE TABLE p (id INTEGER PRIMARY KEY, n TEXT, at TEXT, t INTEGER, w BOOLEAN);\
             INSERT INTO p VALUES (1, '12', '2026-01-02 03:04:05', 7, 1)",
        )
        .await;
    let change = |name: &str, from: &str, to: &str| altered("p", &column(name, from), &column(name, to), None);
    let changes = [
        change("n", "TEXT", "INTEGER"),
        change("at", "TEXT", "DATETIME"),
        change("t", "INTEGER", "TEXT"),
        change("w", "BOOLEAN", "INTEGER"),
    ];
    let (sql, _) = make(database, &changes).await;
    assert!(sql.contains("-- lossy: p.n, TEXT to INTEGER: values"), "{sql}");
    let types = "SELECT n, at, t, w, typeof(n), typeof(at), typeof(t), typeof(w) FROM p";
    assert_eq!(database.rows(types).await, ["12|2026-01-02 03:04:05|7|1|integer|text|text|integer"]);
}

scenario!(a_mark_outlives_the_rows on Sqlite);
async fn a_mark_outlives_the_rows(database: &mut Database) {
    database.sql("CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT); INSERT INTO p VALUES (50, 'z'); DELETE FROM p").await;
    let name = column("name", "TEXT");
    let change = altered("p", &name, &not_null(&name), None);
    make(database, &[change]).await;
    assert_eq!(database.rows("INSERT INTO p (name) VALUES ('a') RETURNING id").await, ["51"]);
    // A table that never had a row has no mark.
    database.sql("CREATE TABLE q (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT)").await;
    make(database, &[altered("q", &name, &not_null(&name), None)]).await;
    assert_eq!(database.rows("INSERT INTO q (name) VALUES ('a') RETURNING id").await, ["1"]);
}

scenario!(numbering_can_come_and_go on Sqlite);
async fn numbering_can_come_and_go(database: &mut Database) {
    database.sql("CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (7)").await;
    let id = not_null(&column("id", "INTEGER"));
    let numbered = Column { identity: Some(Identity::AutoIncrement), ..id.clone() };
    there_and_back(database, &[altered("p", &id, &numbered, None)]).await;
    make(database, &[altered("p", &id, &numbered, None)]).await;
    database.sql("DELETE FROM p; INSERT INTO p DEFAULT VALUES").await;
    assert_eq!(database.rows("SELECT id FROM p").await, ["8"]);
}

scenario!(keys_and_options_change on Sqlite);
async fn keys_and_options_change(database: &mut Database) {
    database
        .sql("CREATE TABLE p (a TEXT NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a)); INSERT INTO p VALUES ('x', 1)")
        .await;
    let key = |columns: &[&str]| PrimaryKey {
        name: Name::Unnamed,
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
    };
    let delta = Delta::Alter { from: key(&["a"]), to: key(&["b", "a"]) };
    let before = database.inspect().await.tables.remove(&ObjectName::new("p")).unwrap();
    let strict = Table { options: TableOptions { strict: true, ..TableOptions::default() }, ..before.clone() };
    let changes = [
        of(|table| Change::PrimaryKey { table, delta: delta.clone() }),
        Change::Table(Delta::Alter { from: before, to: strict }),
    ];
    there_and_back(database, &changes).await;
    let (sql, _) = make(database, &changes).await;
    assert!(sql.contains(") STRICT;"), "{sql}");
    assert_eq!(database.rows("SELECT * FROM p").await, ["x|1"]);
}

scenario!(what_reads_a_dropped_column_is_named on Sqlite);
async fn what_reads_a_dropped_column_is_named(database: &mut Database) {
    database.sql(FAMILY).await;
    let schema = database.inspect().await;
    let error = Sqlite.render(&[dropped(column("name", "TEXT"))], &schema).unwrap_err();
    assert_eq!(error.to_string(), "sqlite cannot drop the column `name` of `p`: the view `v` names it");
    assert!(error.help.contains("drops the view `v`"), "{}", error.help);
    database.sql("DROP VIEW v").await;
    let error = Sqlite.render(&[dropped(column("name", "TEXT"))], &database.inspect().await).unwrap_err();
    assert!(error.reason.starts_with("the trigger `tg"), "{error}");
}

scenario!(tables_of_a_circle_come_and_go on Sqlite);
async fn tables_of_a_circle_come_and_go(database: &mut Database) {
    let (a, b) = (table("a", vec![column("b_id", "INTEGER")]), table("b", vec![column("a_id", "INTEGER")]));
    let key_of =
        |table: &str, key: ForeignKey| Change::ForeignKey { table: ObjectName::new(table), delta: Delta::Create(key) };
    // As a comparison holds back the keys that close a circle.
    let changes = [
        Change::Table(Delta::Create(a)),
        Change::Table(Delta::Create(b)),
        key_of("a", key("fk_a_b", "b_id", "b")),
        key_of("b", key("fk_b_a", "a_id", "a")),
    ];
    let (up, down) = there_and_back(database, &changes).await;
    assert_eq!((up.matches("CREATE TABLE").count(), down.matches("CREATE TABLE").count()), (2, 0), "{up}{down}");
}

scenario!(a_table_that_refers_to_itself_is_rebuilt on Sqlite);
async fn a_table_that_refers_to_itself_is_rebuilt(database: &mut Database) {
    database
        .sql(
            "CREATE TABLE p (id INTEGER PRIMARY KEY, up int REFERENCES p (id) ON DELETE CASCADE, n int CHECK (p.n > 0));\
             INSERT INTO p VALUES (1, NULL, 1), (2, 1, 2)",
        )
        .await;
    let n = column("n", "INT");
    let (sql, _) = make(database, &[altered("p", &n, &not_null(&n), None)]).await;
    assert!(sql.contains("REFERENCES p (id)"), "{sql}");
    assert_eq!(database.rows("SELECT \"table\" FROM pragma_foreign_key_list('p')").await, ["p"]);
    assert_eq!(database.rows("SELECT count(*) FROM p").await, ["2"]);
}

scenario!(a_stand_in_is_said on Sqlite);
async fn a_stand_in_is_said(database: &mut Database) {
    database.sql("CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1)").await;
    let level = not_null(&column("level", "INTEGER"));
    let fill = Some(Fill { expression: "0".into(), is_stand_in: true, ..Fill::default() });
    let change = of(|table| Change::Column { table, delta: Delta::Create(level.clone()), fill: fill.clone() });
    let (sql, _) = make(database, &[change]).await;
    assert!(sql.contains("-- a neutral value: the values of p.level are not restored"), "{sql}");
    assert_eq!(database.rows("SELECT level FROM p").await, ["0"]);
}
