//! Which changes SQLite makes itself, and which rebuild the table: `models.md` §6.6.

use alembic_schema::change::{Change, Delta, Fill};
use alembic_schema::schema::{Check, Column, Generated, Index, IndexKey, IndexPart, Name, Order, Storage};

use super::*;
use crate::support::{Database, Kind, run};

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
        run(Kind::Sqlite, async |database: &mut Database| {
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
