//! Other words for the same thing are no change; another thing is.

use alembic_schema::Schema;
use alembic_schema::schema::{
    Check, Column, ColumnType, Generated, Index, IndexKey, IndexPart, Name, Nulls, Order, Storage,
};

use super::{agreed, object, table};
use crate::support::{Database, scenario};

const TABLE: &str =
    "CREATE TABLE t (a varchar(8), b bigint, c numeric(10,2), d text, e timestamptz, f jsonb, g boolean,
    h double precision, i integer)";

/// What a model could have written for the table that `current` has.
fn rewritten(current: &Schema, change: impl FnOnce(&mut alembic_schema::Table)) -> Schema {
    let mut wanted = current.clone();
    change(wanted.tables.get_mut(&object("t")).unwrap());
    wanted
}

scenario!(checks on Postgres);
async fn checks(database: &mut Database) {
    database.sql(TABLE).await;
    let cases = [
        ("a IN ('x', 'y')", "((A) in('x','y'))", true),
        ("a IN ('x', 'y')", "a IN ('x', 'z')", false),
        ("b BETWEEN 0 AND 1", "b >= 0 AND b <= 1", true),
        ("b BETWEEN 0 AND 1", "b >= 0 AND b < 1", false),
        ("c >= 0 AND c <> 5", "(c >= 0) and (c != 5)", true),
        ("d LIKE 'a%'", "d ~~ 'a%'", true),
        ("d LIKE 'a%'", "d LIKE 'A%'", false),
        ("char_length(d) > 3", "CHAR_LENGTH( d )>3", true),
        ("NOT (b > 3 OR c <= 2)", "not (b > 3 or c <= 2)", true),
        ("extract(year from e) > 2000", "EXTRACT(YEAR FROM e) > 2000", true),
        ("coalesce(a, 'x') <> 'y'", "COALESCE(a,'x') <> 'y'", true),
        ("f ->> 'k' IS NOT NULL", "(f->>'k') is not null", true),
        ("g IS TRUE", "g is true", true),
        ("a = ANY (ARRAY['x', 'y'])", "a IN ('x', 'y')", false),
    ];
    for (stored, written, is_equal) in cases {
        database.sql(&format!("ALTER TABLE t ADD CONSTRAINT c CHECK ({stored})")).await;
        let current = database.inspect().await;
        let mut wanted = rewritten(&current, |table| table.checks[0].expression = written.to_owned());
        agreed(database, &current, &mut wanted).await;
        let found = &table(&wanted, "t").checks;
        if is_equal {
            assert_eq!(found, &table(&current, "t").checks, "{stored} and {written}");
        } else {
            assert_ne!(found, &table(&current, "t").checks, "{stored} and {written}");
        }
        database.sql("ALTER TABLE t DROP CONSTRAINT c").await;
    }
}

scenario!(types_and_defaults on Postgres);
async fn types_and_defaults(database: &mut Database) {
    let cases = [
        ("integer", "1", "int4", "1", true),
        ("bigint", "-1", "int8", "-1", true),
        ("bigint", "1", "integer", "1", false),
        ("varchar(8)", "'x'", "character varying(8)", "'x'::text", true),
        ("varchar(8)", "'x'", "varchar(9)", "'x'", false),
        ("varchar(8)", "upper('x')", "varchar(8)", "UPPER('x')", true),
        ("text", "'it''s'", "text", "'it''s'", true),
        ("text", "'X'", "text", "'x'", false),
        ("text", "E'a\\nb'", "text", "E'a\\nb'", true),
        ("numeric(10,2)", "5.0", "decimal(10, 2)", "'5.0'", true),
        ("numeric(10,2)", "0", "numeric(10,2)", "1", false),
        ("boolean", "'t'", "bool", "true", true),
        ("boolean", "false", "bool", "true", false),
        ("timestamptz", "CURRENT_TIMESTAMP", "timestamp with time zone", "now()", true),
        ("timestamptz", "now()", "timestamptz", "clock_timestamp()", false),
        ("timestamptz", "'2020-01-01 00:00:00+00'", "timestamptz", "'2020-01-01T00:00:00Z'", true),
        ("timestamptz", "now() + interval '1 day'", "timestamptz", "(now() + '1 day'::interval)", true),
        ("timestamptz", "now() + interval '1 day'", "timestamptz", "now() + interval '2 days'", false),
        ("date", "CURRENT_DATE", "date", "current_date", true),
        ("interval", "'14 days'", "interval", "interval '14 days'", true),
        ("text[]", "'{}'", "text[]", "'{}'::text[]", true),
        ("text[]", "ARRAY['a']", "text[]", "array['a'::text]", true),
        ("jsonb", "'{}'", "jsonb", "'{}'::jsonb", true),
        ("jsonb", "'{}'", "jsonb", "'[]'", false),
        ("uuid", "gen_random_uuid()", "uuid", "gen_random_uuid ()", true),
        ("double precision", "-0.5", "float8", "-0.5", true),
        ("char(3)", "'abc'", "character(3)", "'abc'", true),
        ("integer", "(1 + 1) * 2", "integer", "( 1+1 )*2", true),
        ("integer", "(1 + 1) * 2", "integer", "1 + 1 * 2", false),
    ];
    for (sql_type, default, other_type, other_default, is_equal) in cases {
        database.sql(&format!("CREATE TABLE t (x {sql_type} DEFAULT {default})")).await;
        let current = database.inspect().await;
        let mut wanted = rewritten(&current, |table| {
            table.columns[0].sql_type = ColumnType::new(other_type);
            table.columns[0].default = Some(other_default.to_owned());
        });
        agreed(database, &current, &mut wanted).await;
        let is_same = table(&wanted, "t").columns == table(&current, "t").columns;
        assert_eq!(is_same, is_equal, "{sql_type} {default} and {other_type} {other_default}: {wanted:?}");
        database.sql("DROP TABLE t").await;
    }
}

scenario!(literals_are_compared_by_their_value on Postgres);
async fn literals_are_compared_by_their_value(database: &mut Database) {
    for (sql_type, stored, written, expected) in
        [("numeric", "5", "5.0", "t"), ("numeric", "5", "5.1", "f"), ("jsonb", "'{\"a\": 1}'", "'{\"a\":1}'", "t")]
    {
        database.sql(&format!("CREATE TABLE t (x {sql_type} DEFAULT {stored})")).await;
        let current = database.inspect().await;
        let mut wanted = rewritten(&current, |table| table.columns[0].default = Some(written.to_owned()));
        agreed(database, &current, &mut wanted).await;
        let pairs = alembic_schema::settle::constants(&current, &wanted);
        if let [pair] = pairs.as_slice() {
            assert_eq!(database.rows(&pair.question()).await, [expected], "{stored} and {written}");
        } else {
            assert_eq!(table(&current, "t"), table(&wanted, "t"), "{stored} and {written}");
            assert_eq!(expected, "t");
        }
        database.sql("DROP TABLE t").await;
    }
}

scenario!(indexes on Postgres);
async fn indexes(database: &mut Database) {
    database.sql(TABLE).await;
    let expression = |text: &str| IndexKey { part: IndexPart::Expression(text.into()), ..IndexKey::column("") };
    let cases = [
        ("(lower(a))", "LOWER( a )", None, true),
        ("(lower(a))", "upper(a)", None, false),
        ("((b + i))", "(b+i)", None, true),
        ("((b + i))", "b - i", None, false),
        ("(a) WHERE b > 1", "a", Some("(B>1)"), true),
        ("(a) WHERE b > 1", "a", Some("b > 2"), false),
        ("(a) WHERE a = 'x'", "a", Some("a = 'x'"), true),
        ("(to_tsvector('english', d))", "to_tsvector('english', d)", None, true),
        ("((f ->> 'k'))", "f->>'k'", None, true),
    ];
    for (stored, key, predicate, is_equal) in cases {
        database.sql(&format!("CREATE INDEX x ON t {stored}")).await;
        let current = database.inspect().await;
        let mut wanted = rewritten(&current, |table| {
            table.indexes = vec![Index {
                name: Name::Stated("x".into()),
                keys: vec![expression(key)],
                method: Some("BTREE".into()),
                predicate: predicate.map(str::to_owned),
                ..Index::default()
            }];
        });
        agreed(database, &current, &mut wanted).await;
        let is_same = table(&wanted, "t").indexes == table(&current, "t").indexes;
        assert_eq!(is_same, is_equal, "{stored}: {:?}", table(&wanted, "t").indexes);
        database.sql("DROP INDEX x").await;
    }
}

scenario!(an_order_that_is_the_default_may_be_said on Postgres);
async fn an_order_that_is_the_default_may_be_said(database: &mut Database) {
    database.sql(TABLE).await;
    let key = |order, nulls| IndexKey { order, nulls, ..IndexKey::column("b") };
    for (stored, written, is_equal) in [
        ("b", key(Order::Ascending, Nulls::Last), true),
        ("b ASC NULLS LAST", key(Order::Ascending, Nulls::Default), true),
        ("b DESC", key(Order::Descending, Nulls::First), true),
        ("b DESC NULLS FIRST", key(Order::Descending, Nulls::Default), true),
        ("b NULLS FIRST", key(Order::Ascending, Nulls::Default), false),
        ("b DESC NULLS LAST", key(Order::Descending, Nulls::Default), false),
        ("b int8_ops", key(Order::Ascending, Nulls::Default), true),
    ] {
        database.sql(&format!("CREATE INDEX x ON t ({stored})")).await;
        let current = database.inspect().await;
        let mut wanted = rewritten(&current, |table| table.indexes[0].keys = vec![written]);
        agreed(database, &current, &mut wanted).await;
        assert_eq!(wanted == current, is_equal, "{stored}: {wanted:?}");
        database.sql("DROP INDEX x").await;
    }
}

scenario!(generated_columns on Postgres);
async fn generated_columns(database: &mut Database) {
    database.sql("CREATE TABLE t (a varchar(8), n integer, g text GENERATED ALWAYS AS (a || '#' || coalesce(a, 'x')) STORED)").await;
    let current = database.inspect().await;
    for (expression, is_equal) in [("(a||'#'||COALESCE(a,'x'))", true), ("a || '!' || coalesce(a, 'x')", false)] {
        let mut wanted = rewritten(&current, |table| {
            table.columns[2] = Column {
                generated: Some(Generated { expression: expression.into(), storage: Storage::Stored }),
                ..table.columns[2].clone()
            };
        });
        agreed(database, &current, &mut wanted).await;
        assert_eq!(current == wanted, is_equal, "{expression}");
    }
}

scenario!(a_restored_dump_is_no_change on Postgres);
async fn a_restored_dump_is_no_change(database: &mut Database) {
    database.sql("CREATE TABLE t (a varchar(8), CONSTRAINT c CHECK (a IN ('x', 'y')))").await;
    let printed = database.rows("SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = 'c'").await;
    database.sql(&format!("DROP TABLE t; CREATE TABLE t (a varchar(8), CONSTRAINT c CHECK ({}))", printed[0])).await;
    let again = database.rows("SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = 'c'").await;
    assert_ne!(printed, again, "PostgreSQL prints its own output otherwise, or this test proves nothing");
    let current = database.inspect().await;
    let mut wanted = rewritten(&current, |table| {
        table.checks = vec![Check { name: Name::Stated("c".into()), expression: "a IN ('x', 'y')".into() }];
    });
    agreed(database, &current, &mut wanted).await;
    assert_eq!(current, wanted);
}
