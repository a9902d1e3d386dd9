//! What the inspection finds.

use alembic_schema::backend::Scope;
use alembic_schema::schema::{Identity, Name, Storage};
use alembic_schema::{Change, Delta, Schema};

use super::{EVERYTHING, object, table};
use crate::support::{Database, scenario};

scenario!(a_table_with_everything on Postgres);
async fn a_table_with_everything(database: &mut Database) {
    database.sql(EVERYTHING).await;
    let schema = database.inspect().await;
    let players = table(&schema, "players");
    let column = |name: &str| players.column(name).unwrap();
    let columns = [
        ("id", "bigint", None),
        ("legacy", "integer", None),
        ("order", "text", None),
        ("region", "varchar(8)", Some("'euw1'")),
        ("mood", "mood", Some("'ok'")),
        ("moods", "mood[]", Some("'{}'")),
        ("odd", "\"Mo od\"", Some("'x'")),
        ("score", "numeric(10,2)", Some("0")),
        ("debt", "bigint", Some("-1")),
        ("tags", "text[]", Some("'{}'")),
        ("meta", "jsonb", Some("'{}'")),
        ("p", "posint", None),
        ("letter", "\"char\"", None),
        ("code", "char(3)", None),
        ("flag", "boolean", Some("true")),
        ("created_at", "timestamptz", Some("now()")),
        ("at3", "timestamp(3)", Some("CURRENT_TIMESTAMP")),
        ("d", "interval", Some("'14 days'")),
        ("path", "text", Some("'a\\b'")),
        ("full_name", "text", None),
    ];
    for (name, sql_type, default) in columns {
        let found = column(name);
        assert_eq!((found.sql_type.sql.as_str(), found.default.as_deref()), (sql_type, default), "{name}");
    }
    assert_eq!(column("id").identity, Some(Identity::ByDefault));
    assert_eq!(column("legacy").identity, Some(Identity::Serial { sequence: object("players_legacy_seq") }));
    assert_eq!(table(&schema, "teams").columns[0].identity, Some(Identity::Always));
    assert_eq!(column("full_name").generated.as_ref().unwrap().storage, Storage::Stored);
    assert_eq!(column("moods").sql_type.enum_type, Some(object("mood")));
    assert_eq!(column("sorted").collation.as_deref(), Some("C"));
    assert!(!column("id").nullable && !column("order").nullable && column("ip").nullable);
    assert_eq!(column("order").comment.as_deref(), Some("it's a word"));
    assert_eq!(players.comment.as_deref(), Some("who plays"));
    assert_eq!(schema.enums[&object("mood")].values, ["sad", "ok", "it's"]);
    assert_eq!(players.primary_key.as_ref().unwrap().name, Name::Stated("pk_players".into()));
    assert_eq!((players.uniques.len(), players.checks.len(), players.foreign_keys.len()), (2, 3, 1));
    let indexes: Vec<&str> = players.indexes.iter().filter_map(|index| index.name.text()).collect();
    assert_eq!(indexes, ["ix_c", "ix_lower", "ix_meta", "ux_d"], "none that backs a constraint");
    assert_eq!(players.indexes[1].include, ["score", "debt"]);
}

scenario!(what_is_read_can_be_made_again on Postgres);
async fn what_is_read_can_be_made_again(database: &mut Database) {
    database.sql(EVERYTHING).await;
    let first = database.inspect().await;
    let enums = first.enums.values().cloned().map(|declared| Change::Enum(Delta::Create(declared)));
    let tables = ["teams", "players"].map(|name| Change::Table(Delta::Create(table(&first, name).clone())));
    let changes: Vec<Change> = enums.chain(tables).collect();
    database.sql("DROP TABLE players, teams; DROP TYPE mood, \"Mo od\"").await;
    let sql = database.make_from(&changes, &Schema::default()).await;
    let again = database.inspect().await;
    // Expressions over varchar print otherwise when they are stored again: that is what tier 2 is for.
    let names = |schema: &Schema| schema.tables.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&first), names(&again), "{sql}");
    assert_eq!(first.enums, again.enums);
    let mut agreed = again.clone();
    super::agreed(database, &first, &mut agreed).await;
    assert_eq!(first, agreed, "{sql}");
}

scenario!(what_is_not_ours_is_not_seen on Postgres);
async fn what_is_not_ours_is_not_seen(database: &mut Database) {
    database
        .sql(
            "CREATE TABLE parted (id integer, day date) PARTITION BY RANGE (day);
             CREATE TABLE part PARTITION OF parted FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
             CREATE INDEX ON parted (id);
             CREATE TEMP TABLE passing (id integer);
             CREATE TABLE twice (id integer); INSERT INTO twice VALUES (1), (1);
             CREATE SCHEMA game; CREATE TABLE game.scores (id integer PRIMARY KEY);
             CREATE TYPE game.grade AS ENUM ('a');
             CREATE TABLE refers (id integer REFERENCES game.scores, r game.grade DEFAULT 'a')",
        )
        .await;
    database.refusal("CREATE UNIQUE INDEX CONCURRENTLY broken ON twice (id)").await;
    let schema = database.inspect().await;
    let names: Vec<String> = schema.tables.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["parted", "refers", "twice"]);
    assert!(table(&schema, "twice").indexes.is_empty(), "an invalid index");
    let references = &table(&schema, "refers").foreign_keys[0].references;
    assert_eq!(references.to_string(), "game.scores");
    assert!(schema.enums.is_empty());
    let scope = Scope { schemas: vec!["game".into(), "it's".into()], ..Scope::default() };
    let schema = database.inspect_in(&scope).await;
    assert!(schema.tables.keys().any(|name| name.to_string() == "game.scores"));
    assert!(schema.enums.keys().any(|name| name.to_string() == "game.grade"));
    let ranked = table(&schema, "refers").column("r").unwrap();
    assert_eq!((ranked.sql_type.sql.as_str(), ranked.default.as_deref()), ("game.grade", Some("'a'")));
}

scenario!(types_of_other_schemas_pass_through_scratch on Postgres);
async fn types_of_other_schemas_pass_through_scratch(database: &mut Database) {
    database
        .sql(
            "CREATE SCHEMA game; CREATE TYPE game.grade AS ENUM ('a', 'b');
             CREATE TABLE game.t (r game.grade, CONSTRAINT c CHECK (r <> 'b'));
             CREATE TABLE t (i integer CHECK (i > 0))",
        )
        .await;
    let scope = Scope { schemas: vec!["game".into()], ..Scope::default() };
    let live = database.inspect_in(&scope).await;
    let scratch = database.in_scratch(&live).await.unwrap();
    assert_eq!(live.tables.keys().collect::<Vec<_>>(), scratch.tables.keys().collect::<Vec<_>>());
    for (name, table) in &live.tables {
        let found = &scratch.tables[name];
        assert_eq!(found.columns[0].sql_type, table.columns[0].sql_type);
        assert_eq!(found.checks[0].expression, table.checks[0].expression);
    }
}

scenario!(a_look_leaves_nothing_behind on Postgres);
async fn a_look_leaves_nothing_behind(database: &mut Database) {
    database
        .sql("CREATE TABLE t (id integer); CREATE VIEW v AS SELECT id FROM t; CREATE VIEW w AS SELECT id FROM v")
        .await;
    let settings = "SELECT current_setting('jit'), current_setting('search_path'), pg_current_xact_id_if_assigned()";
    let before = database.rows(settings).await;
    let schema = database.inspect().await;
    assert_eq!(database.rows(settings).await, before);
    assert_eq!(schema.views[&object("w")].reads, [object("v")]);
    // Plans are not kept, so a changed table is read as it is.
    database.sql("ALTER TABLE t ADD COLUMN more text").await;
    assert_eq!(table(&database.inspect().await, "t").columns.len(), 2);
}

scenario!(many_tables_take_one_query_and_no_compiler on Postgres);
async fn many_tables_take_one_query_and_no_compiler(database: &mut Database) {
    let mut sql = String::new();
    for number in 0..200 {
        sql.push_str(&format!(
            "CREATE TABLE t{number} (id bigint PRIMARY KEY, a text CHECK (a <> ''), b integer DEFAULT 1 UNIQUE); CREATE INDEX ON t{number} (lower(a));"
        ));
    }
    database.sql(&sql).await;
    let statements = database.backend.inspection(&Scope::default());
    assert_eq!(statements.iter().filter(|statement| statement.contains("SELECT")).count(), 1);
    assert!(statements.iter().any(|statement| statement == "SET LOCAL jit = off"));
    assert_eq!(database.inspect().await.tables.len(), 200);
}

scenario!(virtual_columns_are_told_from_stored_ones on Postgres);
async fn virtual_columns_are_told_from_stored_ones(database: &mut Database) {
    let version = database.rows("SELECT current_setting('server_version_num')").await;
    let knows_virtual = version[0].parse::<u32>().unwrap() >= 180_000;
    let words: &[_] = if knows_virtual {
        &[("STORED", Storage::Stored), ("VIRTUAL", Storage::Virtual)]
    } else {
        &[("STORED", Storage::Stored)]
    };
    for (word, storage) in words {
        database
            .sql(&format!("CREATE TABLE t (n integer NOT NULL, g integer GENERATED ALWAYS AS (n + 1) {word})"))
            .await;
        let schema = database.inspect().await;
        let found = table(&schema, "t").clone();
        assert_eq!(found.columns[1].generated.as_ref().unwrap().storage, *storage);
        // NOT NULL is a constraint of its own since 18, and must not be taken for a check.
        assert!(found.checks.is_empty());
        database.sql("DROP TABLE t").await;
        database.make_from(&[Change::Table(Delta::Create(found))], &Schema::default()).await;
        assert_eq!(database.inspect().await, schema);
        database.sql("DROP TABLE t").await;
    }
}
