use proptest::prelude::*;

use super::*;
use crate::schema::{Check, Generated, PrimaryKey, Storage};

fn default(sql_type: &str, sql: &str) -> Option<String> {
    normalized_default(sql, &TypeName::parse(sql_type))
}

#[test]
fn a_default_loses_what_its_column_says_already() {
    for (sql_type, stored, expected) in [
        ("varchar(8)", "'x'::character varying", Some("'x'")),
        ("bigint", "'-1'::integer", Some("-1")),
        ("bigint", "(-1)::bigint", Some("-1")),
        ("bigint", "'5000000000'::bigint", Some("5000000000")),
        ("double precision", "'-0.5'::numeric", Some("-0.5")),
        ("numeric(10,2)", "(1.7)::integer", Some("1.7::integer")),
        ("numeric", "'NaN'::numeric", Some("'NaN'")),
        ("char(3)", "'abc'::bpchar", Some("'abc'")),
        ("mood", "'ok'::mood", Some("'ok'")),
        ("mood[]", "'{}'::mood[]", Some("'{}'")),
        ("\"Mo od\"", "'x'::\"Mo od\"", Some("'x'")),
        ("text[]", "ARRAY[]::text[]", Some("ARRAY[]::text[]")),
        ("text", "'1'::integer", Some("'1'::integer")),
        ("boolean", "'t'", Some("true")),
        ("boolean", "(FALSE)", Some("false")),
        ("varchar(3)", "NULL::character varying", None),
        ("text", "null", None),
        ("timestamptz", "NOW()", Some("now()")),
        ("timestamptz", "current_timestamp", Some("CURRENT_TIMESTAMP")),
        ("text", "'a'::text || 'b'::text", Some("'a'::text || 'b'::text")),
        ("text", "'open", Some("'open")),
    ] {
        assert_eq!(default(sql_type, stored).as_deref(), expected, "{sql_type} {stored}");
    }
}

fn schema(columns: Vec<Column>, indexes: Vec<Index>) -> Schema {
    let name = ObjectName::new("t");
    let key = PrimaryKey { columns: vec!["id".into()], ..PrimaryKey::default() };
    let table = Table { name: name.clone(), columns, indexes, primary_key: Some(key), ..Table::default() };
    Schema { tables: [(name, table)].into(), ..Schema::default() }
}

fn column(name: &str, sql_type: &str) -> Column {
    Column { name: name.into(), sql_type: ColumnType::new(sql_type), nullable: true, ..Column::default() }
}

fn only(schema: &Schema) -> &Table {
    schema.tables.values().next().unwrap()
}

#[test]
fn a_key_is_not_null_and_serial_is_no_type() {
    let mut found = schema(vec![column("id", "BIGSERIAL"), column("x", "int8")], Vec::new());
    normalize(&mut found);
    let [id, x] = only(&found).columns.as_slice() else { panic!("{found:?}") };
    assert_eq!((id.sql_type.sql.as_str(), id.nullable), ("bigint", false));
    assert_eq!(id.identity, Some(Identity::Serial { sequence: ObjectName::new("t_id_seq") }));
    assert_eq!((x.sql_type.sql.as_str(), x.nullable), ("bigint", true));
}

#[test]
fn what_means_the_same_takes_the_spelling_that_is_there() {
    let numbered = |identity: Identity| Column { identity: Some(identity), ..column("id", "bigint") };
    let serial = Identity::Serial { sequence: ObjectName::new("elsewhere") };
    for (current, wanted, is_equal) in [
        (serial.clone(), Identity::ByDefault, true),
        (serial, Identity::Always, false),
        (Identity::Always, Identity::ByDefault, false),
        (Identity::ByDefault, Identity::Always, false),
    ] {
        let current = schema(vec![numbered(current)], Vec::new());
        let mut wanted = schema(vec![numbered(wanted)], Vec::new());
        align(&current, &mut wanted);
        assert_eq!(current == wanted, is_equal, "{current:?}");
    }
}

proptest! {
    #[test]
    fn normalizing_twice_is_normalizing_once(
        sql_type in "(int4|varchar ?\\([0-9]\\)|text\\[\\]|numeric\\(4,0\\)|serial|\"A b\"|[a-z (),\\[\\]\"]{0,16})",
        sql in "[a-zNUL'\"():\\[\\], =<>+.0-9-]{0,24}",
        expression in "(a and (b)|[a-z'\"():, =<>+.0-9-]{0,24})",
    ) {
        let generated = Generated { expression: expression.clone(), storage: Storage::Stored };
        let columns = vec![
            Column { default: Some(sql), ..column("a", &sql_type) },
            Column { generated: Some(generated), ..column("id", &sql_type) },
        ];
        let key = IndexKey { part: IndexPart::Expression(expression.clone()), ..IndexKey::column("") };
        let mut once = schema(columns, vec![Index { keys: vec![key], predicate: Some(expression.clone()), ..Index::default() }]);
        once.tables.values_mut().for_each(|table| table.checks = vec![Check { expression: expression.clone(), ..Check::default() }]);
        normalize(&mut once);
        let mut twice = once.clone();
        normalize(&mut twice);
        prop_assert_eq!(once, twice);
    }
}
