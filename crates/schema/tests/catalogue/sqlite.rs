//! SQLite: how each change is made, what survives it, what the catalogue tells.

mod converging;
mod native;
mod reading;
mod rebuilding;

use alembic_schema::backend::{Backend, Sqlite};
use alembic_schema::change::{Change, Delta, Fill};
use alembic_schema::schema::{
    Check, Column, ColumnType, ForeignKey, Name, ObjectName, PrimaryKey, Schema, Table, Unique,
};

use crate::support::Database;

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
    let fill = Some(Fill { expression: expression.into(), is_stand_in: false, ..Fill::default() });
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
        for check in &mut table.checks {
            check.name = check.name.text().map_or(Name::Unnamed, |name| Name::Stated(name.to_owned()));
        }
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

fn rename_table(from: ObjectName, to: &str) -> Change {
    let from = Table { name: from, ..Table::default() };
    let to = Table { name: ObjectName::new(to), ..from.clone() };
    Change::Table(Delta::Rename { from, to })
}
