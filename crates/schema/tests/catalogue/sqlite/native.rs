//! Which changes SQLite makes itself, and which rebuild the table: `models.md` §6.6.

use alembic_schema::change::{Change, Delta, Fill};
use alembic_schema::schema::{Check, Column, Generated, Index, IndexKey, IndexPart, Name, Order, Storage};

use super::*;
use crate::support::{Database, Kind, run};

type Case = (&'static str, Vec<Change>, bool);

/// Every row of the table in `models.md` §6.6: what it is, the changes, whether they need a rebuild.
#[test]
fn what_is_native_and_what_rebuilds() {
    for (title, changes, is_rebuilt) in additions().into_iter().chain(others()) {
        run(Kind::Sqlite, async |database: &mut Database| {
            println!("{title}");
            database.sql(FAMILY).await;
            let (sql, rebuilt) = make(database, &changes).await;
            assert_eq!(rebuilt, is_rebuilt, "{title}: {sql}");
            if !title.starts_with("rename") {
                notices_nothing(database, &sql).await;
            }
            let mark = database.rows("SELECT seq FROM sqlite_sequence").await;
            assert_eq!(mark, ["50"], "{title}: {sql}");
        });
    }
}

fn not_null(column: Column) -> Column {
    Column { nullable: false, ..column }
}

fn with(default: &str, column: Column) -> Column {
    Column { default: Some(default.into()), ..column }
}

fn generated(storage: Storage) -> Column {
    let generated = Some(Generated { expression: "id + 1".into(), storage });
    Column { generated, ..column("n", "INTEGER") }
}

fn additions() -> Vec<Case> {
    let text = || column("n", "TEXT");
    let integer = || column("n", "INTEGER");
    let reference = || foreign_key(Delta::Create(key("fk_n", "n", "ch")));
    let unique = of(|table| Change::Unique { table, delta: Delta::Create(unique("uq_n", &["n"])) });
    let nocase = Column { collation: Some("NOCASE".into()), ..text() };
    vec![
        ("nullable", vec![added(text())], false),
        ("NOT NULL, constant default", vec![added(not_null(with("'x'", text())))], false),
        ("with a check", vec![added(integer()), check("ck_p_n", "n > 0")], false),
        ("a collation", vec![added(nocase)], false),
        ("virtual", vec![added(generated(Storage::Virtual))], false),
        ("a reference", vec![added(integer()), reference()], false),
        ("NOT NULL, filled", vec![filled(not_null(text()), "coalesce(name, '') || 'x'")], true),
        ("a default that varies", vec![added(with("CURRENT_TIMESTAMP", column("n", "DATETIME")))], true),
        ("a default to compute", vec![added(with("(1 + 1)", integer()))], true),
        ("stored", vec![added(generated(Storage::Stored))], true),
        ("a reference with a default", vec![added(with("2", integer())), reference()], true),
        ("unique", vec![added(text()), unique], true),
        (
            "a check that the rows there pass",
            vec![added(not_null(with("1", integer()))), check("ck_p_n", "n > 0")],
            false,
        ),
    ]
}

fn others() -> Vec<Case> {
    let spare = column("spare", "TEXT");
    let name = column("name", "TEXT");
    let altered = |to: Column| {
        let fill = Some(Fill { expression: "'?'".into(), is_stand_in: false, ..Fill::default() });
        let delta = Delta::Alter { from: name.clone(), to };
        of(|table| Change::Column { table, delta: delta.clone(), fill: fill.clone() })
    };
    let keys = vec![IndexKey::column("spare")];
    let index = Index { name: Name::Stated("ix_p_spare".into()), keys, ..Index::default() };
    let renamed = Delta::Rename { from: name.clone(), to: Column { name: "title".into(), ..name.clone() } };
    vec![
        ("drop", vec![dropped(spare)], false),
        ("drop what a check and an index name", without_mood(), true),
        ("rename a column", vec![of(|table| Change::Column { table, delta: renamed.clone(), fill: None })], false),
        ("rename a table", vec![of(|from| rename_table(from, "q"))], false),
        ("another type", vec![altered(column("name", "BLOB"))], true),
        ("no longer NULL", vec![altered(not_null(name.clone()))], true),
        ("another default", vec![altered(with("'d'", name.clone()))], true),
        ("a foreign key", vec![foreign_key(Delta::Create(key("fk_spare", "spare", "ch")))], true),
        ("a check", vec![check("ck_p_name", "name <> 'none'")], true),
        ("an index", vec![of(|table| Change::Index { table, delta: Delta::Create(index.clone()) })], false),
    ]
}

fn without_mood() -> Vec<Change> {
    let check = Check { name: Name::Stated("ck_p_mood".into()), expression: "mood IN ('ok', 'sad')".into() };
    let mood_key = IndexKey { order: Order::Descending, ..IndexKey::column("mood") };
    let name_key = IndexKey { part: IndexPart::Expression("lower(name)".into()), ..IndexKey::column("") };
    let index = Index {
        name: Name::Stated("ix_p_name".into()),
        keys: vec![name_key, mood_key],
        predicate: Some("name IS NOT NULL".into()),
        ..Index::default()
    };
    vec![
        of(|table| Change::Check { table, delta: Delta::Drop(check.clone()) }),
        of(|table| Change::Index { table, delta: Delta::Drop(index.clone()) }),
        dropped(column("mood", "TEXT")),
    ]
}
