//! What the inspection finds.

use alembic_schema::backend::Scope;
use alembic_schema::schema::{Deferrable, Identity, IndexKey, IndexPart, Name, Nulls, Order, Storage};
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

scenario!(every_part_of_an_index_is_read on Postgres);
async fn every_part_of_an_index_is_read(database: &mut Database) {
    database.sql(EVERYTHING).await;
    let schema = database.inspect().await;
    let [by_path, by_region, by_meta, by_days] = table(&schema, "players").indexes.as_slice() else { panic!() };
    let expression = |text: &str| IndexKey { part: IndexPart::Expression(text.into()), ..IndexKey::column("") };
    assert_eq!(by_path.keys, [IndexKey { collation: Some("C".into()), ..IndexKey::column("path") }]);
    assert_eq!(
        by_region.keys,
        [
            IndexKey { order: Order::Descending, nulls: Nulls::Last, ..expression("lower(region::text)") },
            IndexKey { operator_class: Some("varchar_pattern_ops".into()), ..IndexKey::column("region") },
            IndexKey { nulls: Nulls::First, ..expression("debt + 1") },
        ]
    );
    assert_eq!(by_region.include, ["score", "debt"], "they are no keys");
    assert_eq!(by_region.predicate.as_deref(), Some("(score > 0::numeric) AND (region IS NOT NULL)"));
    assert_eq!(by_meta.method.as_deref(), Some("gin"));
    assert_eq!(by_meta.keys[0].operator_class.as_deref(), Some("jsonb_path_ops"));
    assert_eq!((by_days.unique, by_days.nulls_not_distinct), (true, true));
    let [by_order, by_ip] = table(&schema, "players").uniques.as_slice() else { panic!() };
    assert_eq!((by_ip.nulls_not_distinct, by_ip.deferrable), (true, Deferrable::Deferred));
    assert_eq!((by_order.nulls_not_distinct, by_order.deferrable), (false, Deferrable::No));
}

scenario!(what_belongs_to_a_constraint_is_seen_once on Postgres);
async fn what_belongs_to_a_constraint_is_seen_once(database: &mut Database) {
    database
        .sql(
            "CREATE TABLE parted (id integer PRIMARY KEY) PARTITION BY RANGE (id);
             CREATE TABLE part_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
             CREATE TABLE part_2 PARTITION OF parted FOR VALUES FROM (10) TO (20);
             CREATE TABLE pairs (a integer, b integer);
             CREATE UNIQUE INDEX ux_pairs ON pairs (a, b);
             CREATE TABLE refers (
                 a integer, b integer, id integer REFERENCES parted,
                 CONSTRAINT fk_pairs FOREIGN KEY (a, b) REFERENCES pairs (a, b),
                 CONSTRAINT apart EXCLUDE USING btree (a WITH =)
             );",
        )
        .await;
    let schema = database.inspect().await;
    let refers = table(&schema, "refers");
    let keys: Vec<String> = refers.foreign_keys.iter().map(|key| key.references.to_string()).collect();
    assert_eq!(keys, ["pairs", "parted"], "none for each partition");
    assert!(refers.indexes.is_empty(), "the index of the exclusion");
    assert_eq!(table(&schema, "pairs").indexes.len(), 1, "an index that a key of another table needs is nobody's own");
}

scenario!(not_null_is_no_check on Postgres);
async fn not_null_is_no_check(database: &mut Database) {
    // Since 18 it is a constraint, which can have a name.
    let version = database.rows("SELECT current_setting('server_version_num')").await;
    let name = if version[0].parse::<u32>().unwrap() >= 180_000 { "CONSTRAINT given " } else { "" };
    database.sql(&format!("CREATE TABLE t (id bigint PRIMARY KEY, n integer {name}NOT NULL, m text NOT NULL)")).await;
    let before = database.inspect().await;
    let found = table(&before, "t").clone();
    assert!(found.checks.is_empty() && found.columns.iter().all(|column| !column.nullable), "{found:?}");
    let n = found.columns[1].clone();
    let free = alembic_schema::schema::Column { nullable: true, ..n.clone() };
    let change = Change::Column { table: object("t"), delta: Delta::Alter { from: n, to: free }, fill: None };
    let changes = [change];
    database.make(&changes).await;
    assert!(table(&database.inspect().await, "t").columns[1].nullable);
    database.make(&alembic_schema::change::reversed(&changes)).await;
    assert_eq!(database.inspect().await, before);
}

scenario!(the_search_path_does_not_matter on Postgres);
async fn the_search_path_does_not_matter(database: &mut Database) {
    database
        .sql(
            "CREATE SCHEMA game; CREATE TYPE game.grade AS ENUM ('a', 'b');
             CREATE FUNCTION game.twice(integer) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT $1 * 2';
             CREATE TABLE game.t (id integer PRIMARY KEY, r game.grade DEFAULT 'a', CONSTRAINT c CHECK (r <> 'b'));
             CREATE TABLE t (
                 r game.grade[], id integer REFERENCES game.t DEFAULT game.twice(2), CONSTRAINT c CHECK (game.twice(id) > 1)
             );
             CREATE INDEX ix ON t (game.twice(id)); CREATE VIEW v AS SELECT id FROM game.t",
        )
        .await;
    let scope = Scope { schemas: vec!["game".into()], ..Scope::default() };
    let plain = database.inspect_in(&scope).await;
    let graded = table(&plain, "t").columns[0].sql_type.clone();
    assert_eq!(graded.sql, "game.grade[]");
    assert!(plain.enums.contains_key(graded.enum_type.as_ref().unwrap()));
    database.sql("SET search_path = public, game").await;
    assert_eq!(database.inspect_in(&scope).await, plain);
    let mut other = plain.clone();
    super::agreed(database, &plain, &mut other).await;
    assert_eq!(other, plain);
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

scenario!(no_query_is_compiled on Postgres);
async fn no_query_is_compiled(database: &mut Database) {
    database.sql("CREATE TABLE t (i integer CHECK (i > 0)); SET jit = on").await;
    let schema = database.inspect().await;
    let mut look = database.backend.inspection(&Scope::default());
    look.retain(|statement| !statement.contains("SELECT") && statement != "ROLLBACK");
    let make = database.backend.scratch(&[table(&schema, "t")], &[]).unwrap().make;
    for statements in [look, make] {
        database.sql(&statements.join(";")).await;
        assert_eq!(database.rows("SHOW jit").await, ["off"], "{statements:?}");
        database.sql("ROLLBACK").await;
        assert_eq!(database.rows("SHOW jit").await, ["on"]);
    }
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
