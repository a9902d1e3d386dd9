//! Types as columns see them.

use alembic_schema::model::RustType;

use crate::workspace::{Source, files};

/// Returns the type and the nullability of `written` below `head`.
#[track_caller]
fn of(head: &str, written: &str) -> String {
    brief(&source(head, written))
}

fn source(head: &str, written: &str) -> Source {
    files(&format!(
        "//- shared/lib.rs\npub mod money {{ #[derive(sqlx::Type)] #[sqlx(transparent)] pub struct Cents(pub i64); \
         pub type Maybe<T> = Option<T>; }}\npub use money::Cents as Pennies;\npub use chrono;\n\
         //- app/lib.rs\n{head}\n#[derive(alembic_model::Table)] struct A {{ #[column(primary_key)] id: i64, {written} }}"
    ))
}

#[track_caller]
fn brief(source: &Source) -> String {
    let models = source.models();
    let column = models.tables[0].columns.last().expect("a column");
    let rust_type = match &column.rust_type {
        RustType::Unresolved { written, reason } => format!("{written}: {reason}"),
        RustType::Enum(index) => format!("Enum {}", models.enums[*index].rust_name),
        other => format!("{other:?}"),
    };
    format!("{rust_type}{}", if column.nullable { "?" } else { "" })
}

#[test]
fn types_of_the_language() {
    for (written, expected) in [
        ("bool", "Bool"),
        ("i8", "I8"),
        ("u64", "U64"),
        ("f32", "F32"),
        ("std::primitive::i16", "I16"),
        ("String", "String"),
        ("::std::string::String", "String"),
        ("Option<i64>", "I64?"),
        ("std::option::Option<String>", "String?"),
        ("Vec<u8>", "Bytes"),
        ("Box<[u8]>", "Bytes"),
        ("&'static [u8]", "Bytes"),
        ("Vec<i32>", "Array(I32)"),
        ("Vec<Option<i32>>", "Array(I32)"),
        ("Option<Vec<String>>", "Array(String)?"),
        ("Box<str>", "String"),
        ("&'static str", "String"),
        ("std::borrow::Cow<'static, str>", "String"),
        ("std::sync::Arc<str>", "String"),
        ("Option<Box<i32>>", "I32?"),
        ("Box<Option<i32>>", "I32?"),
        ("std::net::IpAddr", "IpAddr"),
        ("std::net::Ipv4Addr", "Ipv4Addr"),
        ("core::net::Ipv6Addr", "Ipv6Addr"),
        ("usize", "usize: sqlx has no column for it"),
        (
            "std::time::SystemTime",
            "std::time::SystemTime: sqlx has no column for `SystemTime`: use `DateTime<Utc>` or `OffsetDateTime`",
        ),
        ("Option<Option<i32>>", "Option<Option<i32>>: an `Option` in an `Option` is no column?"),
        ("(i32, i32)", "(i32, i32): sqlx has no column for such a type"),
        ("[u8; 16]", "[u8; 16]: sqlx has no column for such a type"),
        ("Vec<Vec<i32>>", "Vec<Vec<i32>>: sqlx has no arrays of arrays"),
        ("Vec", "Vec: its argument is missing"),
        ("Money", "Money: `Money` is not declared in this workspace"),
        ("Option<Money>", "Option<Money>: `Money` is not declared in this workspace?"),
        ("Vec<Option<Money>>", "Vec<Option<Money>>: `Money` is not declared in this workspace"),
        ("other::Thing", "other::Thing: `other::Thing` is not known to be a column"),
    ] {
        assert_eq!(of("", &format!("x: {written}")), expected, "{written}");
    }
}

#[test]
fn types_of_other_crates() {
    for (head, written, expected) in [
        ("", "chrono::DateTime<chrono::Utc>", "ZonedDateTime"),
        ("use chrono::{DateTime, Utc};", "Option<DateTime<Utc>>", "ZonedDateTime?"),
        ("use chrono::prelude::*;", "DateTime<FixedOffset>", "ZonedDateTime"),
        ("use chrono as c;", "c::DateTime<c::offset::Local>", "ZonedDateTime"),
        ("use sqlx::types::chrono;", "chrono::DateTime<chrono::Utc>", "ZonedDateTime"),
        ("use renamed_chrono::NaiveDate;", "NaiveDate", "Date"),
        ("use shared::chrono::NaiveTime;", "NaiveTime", "Time"),
        ("", "chrono::naive::NaiveDateTime", "NaiveDateTime"),
        ("", "sqlx::types::chrono::NaiveDateTime", "NaiveDateTime"),
        ("", "time::OffsetDateTime", "ZonedDateTime"),
        ("", "sqlx::types::time::PrimitiveDateTime", "NaiveDateTime"),
        ("use time::{Date, Time};", "Date", "Date"),
        ("use time::{Date, Time};", "Time", "Time"),
        ("use uuid::Uuid;", "Uuid", "Uuid"),
        ("use sqlx::types::*;", "Uuid", "Uuid"),
        ("", "sqlx::types::Uuid", "Uuid"),
        ("use sqlx::types::uuid::fmt::Hyphenated;", "Hyphenated", "UuidText"),
        ("", "uuid::fmt::Hyphenated", "UuidText"),
        ("", "rust_decimal::Decimal", "Decimal"),
        ("", "sqlx::types::BigDecimal", "BigDecimal"),
        ("", "bigdecimal::BigDecimal", "BigDecimal"),
        ("", "serde_json::Value", "Json"),
        ("use sqlx::types::{Json, JsonValue};", "Json<std::collections::HashMap<String, Whatever>>", "Json"),
        ("use sqlx::types::{Json, JsonValue};", "Option<JsonValue>", "Json?"),
        ("use sqlx::types::Text;", "Text<Anything>", "Text"),
        ("", "ipnetwork::IpNetwork", "IpNetwork"),
        ("", "sqlx::types::mac_address::MacAddress", "MacAddress"),
        ("", "sqlx::types::BitVec", "BitVec"),
        ("use sqlx::postgres::types::PgInterval;", "PgInterval", "Interval"),
        ("use other::*;", "Uuid", "Uuid: `Uuid` is not declared in this workspace, unless `use other::*` brings it in"),
        (
            "use chrono::DateTime;",
            "DateTime<chrono_tz::Tz>",
            "DateTime<chrono_tz::Tz>: sqlx reads `DateTime` of `Utc`, `Local` and `FixedOffset` only",
        ),
    ] {
        assert_eq!(of(head, &format!("x: {written}")), expected, "{head} {written}");
    }
}

#[test]
fn aliases_newtypes_and_enums() {
    for (head, written, expected) in [
        ("type Id = i64;", "Id", "I64"),
        ("type Id = Option<i64>;", "Id", "I64?"),
        ("type Maybe<T> = Option<T>; type Many<T> = Vec<T>;", "Maybe<Many<u8>>", "Bytes?"),
        ("type Pair<A, B: Copy> = Result<A, B>; type Second<A, B> = B;", "Second<String, i16>", "I16"),
        ("type T = i32; type Odd<T> = Vec<T>;", "Odd<T>", "Array(I32)"),
        ("type A1 = A2; type A2 = A1;", "A1", "A1: its aliases lead in a circle"),
        ("use shared::money::Maybe;", "Maybe<shared::Pennies>", "I64?"),
        ("use shared::*;", "Pennies", "I64"),
        ("#[derive(sqlx::Type)] #[sqlx(transparent)] struct Id(pub(crate) i64);", "Id", "I64"),
        ("#[derive(sqlx::Type)] struct Id(#[doc = \"x\"] i64,);", "Id", "I64"),
        ("#[derive(sqlx::Type)] #[sqlx(transparent)] struct Id { inner: String }", "Id", "String"),
        ("use sqlx::Type; #[derive(Type)] #[sqlx(transparent)] struct W<T>(T);", "Option<W<i16>>", "I16?"),
        ("#[derive(sqlx::Type)] #[sqlx(transparent)] struct W<T>(Option<T>);", "W<i16>", "I16?"),
        ("struct Id(i64);", "Id", "Id: the struct `Id` has no `derive(sqlx::Type)`"),
        ("use other::Type; #[derive(Type)] struct Id(i64);", "Id", "Id: the struct `Id` has no `derive(sqlx::Type)`"),
        (
            "#[derive(sqlx::Type)] #[sqlx(type_name = \"money\")] struct M(i64);",
            "M",
            "M: `M` is the type `money` of the database",
        ),
        ("#[derive(sqlx::Type)] struct P { x: i32, y: i32 }", "P", "P: the struct `P` has more than one field"),
        ("#[derive(sqlx::Type)] enum Mood { Sad }", "Vec<Mood>", "Array(Enum(0))"),
        ("#[derive(sqlx::Type)] enum Mood { Sad }", "Option<Mood>", "Enum Mood?"),
        ("enum Mood { Sad }", "Mood", "Mood: the enum `Mood` has no `derive(sqlx::Type)`"),
        ("struct String;", "String", "String: the struct `String` has no `derive(sqlx::Type)`"),
        ("#[cfg(test)] type Id = i32; #[cfg(not(test))] type Id = i64;", "Id", "I64"),
        ("#[cfg(loom)] type Id = i64;", "Id", "I64"),
        (
            "#[cfg(loom)] type Id = i32; #[cfg(not(loom))] type Id = i64;",
            "Id",
            "Id: which `Id` is meant depends on `cfg(loom)`, which is not known",
        ),
        ("union U { a: u8 }", "U", "U: `U` is a union"),
        ("mod m {}", "m", "m: `m` is a module"),
    ] {
        assert_eq!(of(head, &format!("x: {written}")), expected, "{head} {written}");
    }
}

#[test]
fn attributes_of_sqlx() {
    for (field, expected) in [
        ("#[sqlx(json)] x: Whatever", "Json"),
        ("#[sqlx(json)] x: Option<Whatever>", "Json?"),
        ("#[sqlx(json(nullable))] x: Option<Whatever>", "Json?"),
        ("#[sqlx(try_from = \"i64\")] x: Whatever", "I64"),
        ("#[sqlx(try_from = \"Option<String>\")] x: Whatever", "String?"),
        ("#[column(sql_type = \"money\")] x: Option<Cash>", "Option<Cash>: `Cash` is not declared in this workspace?"),
        ("#[column(nullable)] x: i32", "I32?"),
        ("#[column(not_null)] x: Option<i32>", "I32"),
    ] {
        assert_eq!(of("", field), expected, "{field}");
    }
}

#[test]
fn a_newtype_that_is_not_transparent_is_worth_a_word() {
    let models = source("#[derive(sqlx::Type)] struct Id(i64);", "x: Id, y: Id").models();
    let told: Vec<&str> = models.warnings.iter().map(|warning| warning.message.as_str()).collect();
    assert_eq!(told, ["without `transparent`, sqlx takes `Id` for a type of PostgreSQL's own"]);
}
