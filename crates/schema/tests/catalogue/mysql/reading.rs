//! The catalogue, read in two ways and written again.

use alembic_schema::backend::{Place, Scope};
use alembic_schema::change::{Change, Delta};
use alembic_schema::schema::{Identity, Name, Order, Storage};
use alembic_schema::{ObjectName, Schema};

use super::{ARENA, sorted, table};
use crate::support::{Database, scenario};

scenario!(every_part_is_read on Mariadb);
scenario!(both_readers_agree on Mariadb);
scenario!(a_table_is_made_again_as_it_was on Mariadb);
scenario!(scratch_tables_leave_nothing on Mariadb);
scenario!(views_triggers_and_other_databases_are_seen on Mariadb);
scenario!(checks_of_one_name_stay_with_their_tables on Mariadb);

async fn every_part_is_read(database: &mut Database) {
    database.sql(ARENA).await;
    let schema = database.inspect().await;
    let arena = table(&schema, "arena");
    for (name, sql_type, default) in [
        ("id", "bigint unsigned", None),
        ("a", "int", Some("0")),
        ("b", "int", Some("5")),
        ("c", "boolean", Some("true")),
        ("d", "tinyint", None),
        ("f", "decimal(10,2)", Some("0.00")),
        ("g", "decimal(5,0)", None),
        ("h", "double", Some("1.5")),
        ("j", "bit(4)", Some("b'101'")),
        ("k", "char(1)", None),
        ("l", "varchar(20)", Some("'it''s'")),
        ("m", "text", Some("'x\\\\y'")),
        ("o", "binary(16)", Some("unhex(replace(uuid(), '-', ''))")),
        ("p", "timestamp(6)", Some("current_timestamp(6) on update current_timestamp(6)")),
        ("q", "datetime", Some("current_timestamp")),
        ("r", "date", Some("current_date + interval 1 day")),
        ("u", "json", Some("'{}'")),
        ("v", "enum('sad','o''k','a,b')", Some("'sad'")),
        ("ac", "int", Some("a + 1")),
        ("ag", "datetime", Some("on update current_timestamp")),
        ("ah", "int(5) unsigned zerofill", None),
        ("ai", "json", None),
    ] {
        let column = arena.column(name).unwrap();
        assert_eq!((column.sql_type.sql.as_str(), column.default.as_deref()), (sql_type, default), "{name}");
    }
    assert_eq!(arena.column("id").unwrap().identity, Some(Identity::AutoIncrement));
    assert_eq!(arena.column("aa").unwrap().collation.as_deref(), Some("utf8mb4_bin"));
    assert_eq!(arena.column("ab").unwrap().collation.as_deref(), Some("latin1_swedish_ci"));
    assert_eq!(arena.column("l").unwrap().collation, None);
    assert_eq!(arena.column("aa").unwrap().comment.as_deref(), Some("it's a \"comment\" \\"));
    assert_eq!(arena.column("x").unwrap().generated.as_ref().unwrap().storage, Storage::Stored);
    assert_eq!(arena.column("y").unwrap().generated.as_ref().unwrap().expression, "concat(lower(l), 'x')");
    assert_eq!(arena.comment.as_deref(), Some("The 'arena'"));
    assert_eq!(arena.options.collate.as_deref(), Some("utf8mb4_unicode_ci"));
    assert_eq!(arena.primary_key.as_ref().unwrap().columns, ["id"]);
    assert_eq!(arena.uniques.iter().filter_map(|unique| unique.name.text()).collect::<Vec<_>>(), ["uq_arena_a"]);
    let index = |name: &str| arena.indexes.iter().find(|index| index.name.text() == Some(name)).unwrap();
    assert_eq!((index("ux_arena_l").unique, index("ux_arena_l").keys[0].length), (true, Some(5)));
    assert_eq!(index("ix_arena_m").keys[1].order, Order::Descending);
    assert_eq!(index("ft_arena_m").method.as_deref(), Some("fulltext"));
    assert_eq!((index("sp_arena_ad").method.as_deref(), index("sp_arena_ad").keys[0].length), (Some("spatial"), None));
    let checks: Vec<_> =
        arena.checks.iter().map(|check| (check.name.text().unwrap(), check.expression.as_str())).collect();
    assert_eq!(
        checks,
        [
            ("ck_arena_a", "a > 0 and lower(l) = 'x' or b is not null"),
            ("CONSTRAINT_1", "b <> 7 and a in (1, 2) and c = 0"),
            ("ae", "ae > 0 and a < 9"),
        ]
    );
    let key = &arena.foreign_keys[0];
    assert_eq!((key.on_delete.sql(), key.on_update.sql()), ("CASCADE", "NO ACTION"));
    assert_eq!((key.references.to_string().as_str(), key.referenced_columns[0].as_str()), ("parents", "id"));
}

async fn both_readers_agree(database: &mut Database) {
    database.sql(ARENA).await;
    let mut live = database.inspect().await;
    let names: Vec<ObjectName> = live.tables.keys().cloned().collect();
    let shown = database.inspect_in(&Scope { schemas: Vec::new(), place: Place::Scratch(names) }).await;
    for table in live.tables.values_mut() {
        table.foreign_keys.clear();
    }
    assert_eq!(sorted(shown), sorted(live));
}

async fn a_table_is_made_again_as_it_was(database: &mut Database) {
    database.sql(ARENA).await;
    let before = database.inspect().await;
    let drop = [Change::Table(Delta::Drop(table(&before, "arena").clone()))];
    let sql = database.make(&drop).await;
    assert_eq!(sql, "-- destructive: the rows of arena are lost\nDROP TABLE arena;\n");
    database.make_from(&alembic_schema::change::reversed(&drop), &before).await;
    assert_eq!(sorted(database.inspect().await), sorted(before));
}

async fn scratch_tables_leave_nothing(database: &mut Database) {
    database.sql(ARENA).await;
    let before = database.inspect().await;
    let mut side = before.clone();
    let arena = side.tables.get_mut(&ObjectName::new("arena")).unwrap();
    arena.checks[0].expression = "((`a`)>(0)) AND (LCASE(`l`) = 'y')".into();
    let scratch = database.in_scratch(&side).await.unwrap();
    assert_eq!(table(&scratch, "arena").checks[0].expression, "a > 0 and lower(l) = 'y'");
    // The checks apart, the temporary table is the live one, but for what no temporary table can have.
    let mut expected: Schema = before.clone();
    let arena = expected.tables.get_mut(&ObjectName::new("arena")).unwrap();
    arena.checks[0].expression = "a > 0 and lower(l) = 'y'".into();
    arena.foreign_keys.clear();
    arena.indexes.retain(|index| index.method.as_deref() != Some("fulltext"));
    assert_eq!(sorted(scratch), sorted(expected));
    assert_eq!(database.inspect().await, before);
    assert_eq!(database.rows("SELECT count(*) FROM arena").await, ["0"]);
}

async fn views_triggers_and_other_databases_are_seen(database: &mut Database) {
    database.sql(ARENA).await;
    database.sql("CREATE VIEW cheap AS SELECT p.id, a.a FROM arena a JOIN parents p ON p.id = a.parent_id").await;
    database.sql("CREATE TRIGGER arena_a BEFORE INSERT ON arena FOR EACH ROW SET NEW.a = 1").await;
    database.sql("CREATE SEQUENCE numbers").await;
    let schema = database.inspect().await;
    assert_eq!(schema.tables.keys().map(|name| name.name.as_str()).collect::<Vec<_>>(), ["arena", "parents"]);
    let view = &schema.views[&ObjectName::new("cheap")];
    assert_eq!(view.reads, [ObjectName::new("arena"), ObjectName::new("parents")]);
    let trigger = table(&schema, "arena").triggers[0].clone();
    database.sql("DROP TRIGGER arena_a").await;
    database.sql(&trigger.sql).await;
    assert_eq!(table(&database.inspect().await, "arena").triggers, [trigger]);

    let scope = Scope { schemas: vec!["mysql".into()], place: Place::Live };
    let wide = database.inspect_in(&scope).await;
    let outer = ObjectName { schema: Some("mysql".into()), name: "proc".into() };
    assert_eq!(wide.tables[&outer].primary_key.as_ref().unwrap().name, Name::Unnamed);
    assert_eq!(wide.tables[&ObjectName::new("arena")], schema.tables[&ObjectName::new("arena")]);
}

async fn checks_of_one_name_stay_with_their_tables(database: &mut Database) {
    database.sql("CREATE TABLE a (x int, y int CHECK (y > 1), CONSTRAINT ck CHECK (x > 1))").await;
    database.sql("CREATE TABLE b (x int, y int CHECK (y > 2), CONSTRAINT ck CHECK (x > 2))").await;
    let schema = database.inspect().await;
    for (name, checks) in [("a", ["x > 1", "y > 1"]), ("b", ["x > 2", "y > 2"])] {
        let mut found: Vec<&str> = table(&schema, name).checks.iter().map(|check| check.expression.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, checks, "{name}");
    }
}
