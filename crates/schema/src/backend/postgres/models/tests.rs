use std::sync::Arc;

use alembic_revisions::{Place, Source};

use super::*;
use crate::model::ModelColumn;
use crate::schema::ObjectName;

fn chosen(rust_type: RustType, settings: &ColumnSettings) -> Result<TypeChoice, NoType> {
    let place = Place::new(Arc::new(Source::default()), 0..0);
    let declared = |storage: EnumStorage| ModelEnum {
        feature: "players".into(),
        rust_name: "Mood".into(),
        place: place.clone(),
        name: ObjectName::new("Mood"),
        values: vec!["sad".into()],
        renamed: Vec::new(),
        storage,
    };
    let enums = [
        declared(EnumStorage::Native),
        declared(EnumStorage::Text),
        declared(EnumStorage::Integer(Box::new(RustType::I16))),
        declared(EnumStorage::Integer(Box::new(RustType::Enum(3)))),
    ];
    let column = ModelColumn {
        name: "x".into(),
        place: place.clone(),
        rust_type,
        nullable: false,
        renamed_from: None,
        settings: settings.clone(),
        overrides: Vec::new(),
    };
    column_type(&TypedColumn { column: &column, settings, enums: &enums, is_only_key: false })
}

#[test]
fn types_are_those_that_sqlx_binds_and_reads() {
    let none = ColumnSettings::default();
    let long = ColumnSettings { len: Some(64), ..ColumnSettings::default() };
    let exact = ColumnSettings { precision: Some(10), scale: Some(2), ..ColumnSettings::default() };
    let array = |element: RustType| RustType::Array(Box::new(element));
    for (rust, settings, expected) in [
        (RustType::Bool, &none, "boolean"),
        (RustType::I8, &none, "\"char\""),
        (RustType::I16, &none, "smallint"),
        (RustType::I32, &none, "integer"),
        (RustType::I64, &none, "bigint"),
        (RustType::F32, &none, "real"),
        (RustType::F64, &none, "double precision"),
        (RustType::String, &none, "text"),
        (RustType::String, &long, "varchar(64)"),
        (RustType::Bytes, &none, "bytea"),
        (RustType::ZonedDateTime, &none, "timestamptz"),
        (RustType::NaiveDateTime, &none, "timestamp"),
        (RustType::Date, &none, "date"),
        (RustType::Time, &none, "time"),
        (RustType::Interval, &none, "interval"),
        (RustType::Uuid, &none, "uuid"),
        (RustType::Decimal, &none, "numeric"),
        (RustType::BigDecimal, &exact, "numeric(10,2)"),
        (RustType::Json, &none, "jsonb"),
        (RustType::IpAddr, &none, "inet"),
        (RustType::MacAddress, &none, "macaddr"),
        (RustType::BitVec, &none, "varbit"),
        (RustType::Text, &none, "text"),
        (array(RustType::Uuid), &none, "uuid[]"),
        (RustType::Enum(0), &none, "\"Mood\""),
        (array(RustType::Enum(0)), &none, "\"Mood\"[]"),
        (RustType::Enum(1), &none, "text"),
        (RustType::Enum(2), &none, "smallint"),
    ] {
        let choice = chosen(rust.clone(), settings).unwrap();
        assert_eq!(choice.sql_type.sql, expected);
        assert_eq!(choice.sql_type.enum_type.is_some(), expected.starts_with("\"Mood\""), "{rust:?}");
        assert_eq!(choice.warning.is_some(), rust == RustType::I8);
    }
}

#[test]
fn what_no_column_holds_is_refused_with_a_reason() {
    let unresolved = RustType::Unresolved { written: "Money".into(), reason: "`Money` is unknown".into() };
    for (rust, reason, instead) in [
        (RustType::U32, "sqlx has no unsigned integers on PostgreSQL", Some("i64")),
        (RustType::UuidText, "sqlx has no `Hyphenated` on PostgreSQL", Some("Uuid")),
        (RustType::Ipv4Addr, "sqlx has no `Ipv4Addr` on PostgreSQL", Some("IpAddr")),
        (RustType::Array(Box::new(RustType::U16)), "sqlx has no unsigned integers on PostgreSQL", Some("i32")),
        (
            RustType::Array(Box::new(RustType::Array(Box::new(RustType::I16)))),
            "sqlx has no arrays of arrays on PostgreSQL",
            Some("Json"),
        ),
        (unresolved, "`Money` is unknown", None),
        (RustType::Enum(9), "its enum is not among the models", None),
        (RustType::Enum(3), "its `repr` is no integer", None),
    ] {
        let error = chosen(rust, &ColumnSettings::default()).unwrap_err();
        assert_eq!((error.reason.as_str(), error.instead.as_deref()), (reason, instead));
    }
}

#[test]
fn portable_words_are_translated_and_data_is_quoted() {
    for (value, expected) in [
        (DefaultValue::Expression("now()".into()), "now()"),
        (DefaultValue::Expression("uuid()".into()), "gen_random_uuid()"),
        (DefaultValue::Expression("current_date".into()), "CURRENT_DATE"),
        (DefaultValue::Expression("upper('x')".into()), "upper('x')"),
        (DefaultValue::Value("it's".into()), "'it''s'"),
        (DefaultValue::Number("-0.5".into()), "-0.5"),
        (DefaultValue::Bool(true), "true"),
    ] {
        assert_eq!(default_sql(&value), expected);
    }
}

#[test]
fn the_only_key_numbers_itself_unless_the_model_says_otherwise() {
    let none = ColumnSettings::default();
    for (settings, is_only_key, expected) in [
        (none.clone(), true, Some(Identity::ByDefault)),
        (none.clone(), false, None),
        (ColumnSettings { auto_increment: Some(false), ..none.clone() }, true, None),
        (ColumnSettings { auto_increment: Some(true), ..none.clone() }, false, Some(Identity::ByDefault)),
        (ColumnSettings { identity: Some(IdentityKind::Always), ..none.clone() }, true, Some(Identity::Always)),
        (ColumnSettings { default: Some(DefaultValue::Number("1".into())), ..none }, true, None),
    ] {
        assert_eq!(identity(&settings, is_only_key), expected, "{settings:?}");
    }
}
