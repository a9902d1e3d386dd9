//! Types of columns, what SQLite makes of them, and values that fit.
//!
//! A declared type is a text of which SQLite keeps only its [`Affinity`]. Read [`column_type`] first.

use super::super::{NoType, TypeChoice, TypedColumn};
use crate::model::{DefaultValue, EnumStorage, RustType};
use crate::schema::{Column, ColumnType};

/// What a column does with values of another kind, <https://www.sqlite.org/datatype3.html> §3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

/// Returns the affinity of a declared type.
pub(super) fn affinity(sql_type: &str) -> Affinity {
    let declared = sql_type.to_ascii_uppercase();
    let has = |part: &str| declared.contains(part);
    if has("INT") {
        Affinity::Integer
    } else if has("CHAR") || has("CLOB") || has("TEXT") {
        Affinity::Text
    } else if has("BLOB") || declared.trim().is_empty() {
        Affinity::Blob
    } else if has("REAL") || has("FLOA") || has("DOUB") {
        Affinity::Real
    } else {
        Affinity::Numeric
    }
}

/// Returns the type's normal form: upper case, one blank between words, none around parentheses.
pub(super) fn normal(sql_type: &str) -> String {
    let mut text = String::with_capacity(sql_type.len());
    for word in sql_type.to_ascii_uppercase().split_ascii_whitespace() {
        let joins = word.starts_with(['(', ')', ',']) || text.ends_with(['(', ',']);
        if !text.is_empty() && !joins {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// Returns one of the types that a STRICT table takes.
pub(super) fn strict(sql_type: &str) -> &'static str {
    match sql_type {
        "INT" => "INT",
        "ANY" => "ANY",
        "BOOLEAN" | "BOOL" => "INTEGER",
        "DATE" | "DATETIME" | "TIME" | "TIMESTAMP" | "JSON" => "TEXT",
        other => match affinity(other) {
            Affinity::Integer => "INTEGER",
            Affinity::Text => "TEXT",
            Affinity::Blob => "BLOB",
            Affinity::Real => "REAL",
            Affinity::Numeric => "ANY",
        },
    }
}

/// Returns the type of a column that states none.
pub(super) fn column_type(column: &TypedColumn<'_>) -> Result<TypeChoice, NoType> {
    let sql = sql_type(&column.column.rust_type, column)?;
    Ok(TypeChoice { sql_type: ColumnType::new(sql), warning: None })
}

fn sql_type(rust_type: &RustType, column: &TypedColumn<'_>) -> Result<&'static str, NoType> {
    use RustType as Rust;
    let none = |reason: &str, instead: Option<&str>| {
        Err(NoType { reason: reason.to_owned(), instead: instead.map(str::to_owned) })
    };
    match rust_type {
        Rust::Bool => Ok("BOOLEAN"),
        Rust::I8 | Rust::I16 | Rust::I32 | Rust::I64 | Rust::U8 | Rust::U16 | Rust::U32 => Ok("INTEGER"),
        Rust::U64 => none("sqlx reads u64 from SQLite but cannot write it", Some("i64")),
        Rust::F32 | Rust::F64 => Ok("REAL"),
        Rust::String | Rust::UuidText | Rust::Json | Rust::Text => Ok("TEXT"),
        Rust::Bytes | Rust::Uuid => Ok("BLOB"),
        Rust::ZonedDateTime | Rust::NaiveDateTime => Ok("DATETIME"),
        Rust::Date => Ok("DATE"),
        Rust::Time => Ok("TIME"),
        Rust::Interval => none("sqlx has no intervals on SQLite", Some("i64")),
        Rust::Decimal => none("SQLite has no exact decimals", Some("sqlx::types::Text<Decimal>")),
        Rust::BigDecimal => none("SQLite has no exact decimals", Some("sqlx::types::Text<BigDecimal>")),
        Rust::IpNetwork => none("sqlx has no networks on SQLite", Some("sqlx::types::Text<IpNetwork>")),
        Rust::IpAddr => none("sqlx has no addresses on SQLite", Some("sqlx::types::Text<IpAddr>")),
        Rust::Ipv4Addr => none("sqlx has no addresses on SQLite", Some("sqlx::types::Text<Ipv4Addr>")),
        Rust::Ipv6Addr => none("sqlx has no addresses on SQLite", Some("sqlx::types::Text<Ipv6Addr>")),
        Rust::MacAddress => none("sqlx has no addresses on SQLite", Some("sqlx::types::Text<MacAddress>")),
        Rust::BitVec => none("sqlx has no bit strings on SQLite", Some("Vec<u8>")),
        Rust::Array(_) => none("SQLite has no arrays", Some("sqlx::types::Json<Vec<_>>")),
        Rust::Enum(index) => match column.enums.get(*index).map(|found| &found.storage) {
            Some(EnumStorage::Integer(width)) => sql_type(width, column),
            Some(EnumStorage::Native | EnumStorage::Text) => Ok("TEXT"),
            None => none("its enum is not known", None),
        },
        Rust::Unresolved { reason, .. } => none(reason, None),
        Rust::None => none("a column without a field needs a stated type", None),
    }
}

/// The format in which sqlx writes a time with its zone, so that both sort together.
const NOW: &str = "(strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'))";

/// A version 4 UUID as text.
const UUID_TEXT: &str = "(lower(hex(randomblob(4))) || '-' || lower(hex(randomblob(2))) || '-4' || \
                         substr(lower(hex(randomblob(2))), 2) || '-' || substr('89ab', abs(random() % 4) + 1, 1) || \
                         substr(lower(hex(randomblob(2))), 2) || '-' || lower(hex(randomblob(6))))";

/// Returns a default as SQL.
pub(super) fn default_sql(value: &DefaultValue, rust_type: &RustType) -> String {
    match value {
        DefaultValue::Number(number) => number.clone(),
        DefaultValue::Bool(true) => "TRUE".to_owned(),
        DefaultValue::Bool(false) => "FALSE".to_owned(),
        DefaultValue::Expression(sql) => portable(sql, rust_type).map_or_else(|| sql.clone(), str::to_owned),
        DefaultValue::Value(text) => literal(text, rust_type),
    }
}

/// Returns what one of the portable words means for a column of the type.
fn portable(sql: &str, rust_type: &RustType) -> Option<&'static str> {
    match (sql.trim().to_ascii_lowercase().as_str(), rust_type) {
        ("now()", RustType::ZonedDateTime) => Some(NOW),
        ("now()", RustType::Date) | ("current_date", _) => Some("CURRENT_DATE"),
        ("now()", RustType::Time) => Some("CURRENT_TIME"),
        ("now()", _) => Some("CURRENT_TIMESTAMP"),
        ("uuid()", RustType::Uuid | RustType::Bytes) => Some("(randomblob(16))"),
        ("uuid()", _) => Some(UUID_TEXT),
        ("true", _) => Some("TRUE"),
        ("false", _) => Some("FALSE"),
        _ => None,
    }
}

/// Quotes data; what is kept as bytes becomes bytes.
fn literal(text: &str, rust_type: &RustType) -> String {
    let hex = match rust_type {
        RustType::Bytes => Some(text.bytes().map(|byte| format!("{byte:02X}")).collect()),
        RustType::Uuid => {
            let digits: String = text.chars().filter(|next| *next != '-').collect();
            (digits.len() == 32 && digits.chars().all(|next| next.is_ascii_hexdigit())).then_some(digits)
        }
        _ => None,
    };
    match hex {
        Some(hex) => format!("X'{}'", hex.to_ascii_uppercase()),
        None => format!("'{}'", text.replace('\'', "''")),
    }
}

/// True if values of one type may be lost or changed in the other.
pub(super) fn narrows(from: &ColumnType, to: &ColumnType) -> bool {
    use Affinity::{Blob, Integer, Numeric, Real, Text};
    match (affinity(&from.sql), affinity(&to.sql)) {
        (from, to) if from == to => false,
        (_, Text) | (Integer, Real | Numeric) | (Real, Numeric) | (Text, Blob) => false,
        (Integer | Real | Text | Blob | Numeric, Integer | Real | Blob | Numeric) => true,
    }
}

/// Returns a value that rows may get where nobody chose one.
pub(super) fn stand_in(column: &Column) -> String {
    let neutral = match normal(&column.sql_type.sql).as_str() {
        "BOOLEAN" | "BOOL" => "FALSE",
        "DATE" => "'1970-01-01'",
        "TIME" => "'00:00:00'",
        "DATETIME" | "TIMESTAMP" => "'1970-01-01 00:00:00'",
        "JSON" => "'null'",
        other => match affinity(other) {
            Affinity::Integer | Affinity::Numeric => "0",
            Affinity::Real => "0.0",
            Affinity::Text => "''",
            // As long as a UUID, which is what most such columns hold.
            Affinity::Blob => "zeroblob(16)",
        },
    };
    neutral.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_the_affinity_that_sqlite_gives_them() {
        for (sql, expected) in [
            ("INTEGER", Affinity::Integer),
            ("UNSIGNED BIG INT", Affinity::Integer),
            ("FLOATING POINT", Affinity::Integer),
            ("varchar(16)", Affinity::Text),
            ("CLOB", Affinity::Text),
            ("", Affinity::Blob),
            ("DOUBLE PRECISION", Affinity::Real),
            ("BOOLEAN", Affinity::Numeric),
            ("DATETIME", Affinity::Numeric),
            ("STRING", Affinity::Numeric),
        ] {
            assert_eq!(affinity(sql), expected, "{sql}");
        }
    }

    #[test]
    fn blanks_and_case_of_a_type_do_not_count() {
        for (sql, expected) in [
            ("varchar ( 64 )", "VARCHAR(64)"),
            ("Decimal(10, 2)", "DECIMAL(10,2)"),
            ("double\n precision", "DOUBLE PRECISION"),
            ("", ""),
        ] {
            assert_eq!(normal(sql), expected);
            assert_eq!(normal(expected), expected);
        }
    }

    #[test]
    fn portable_words_follow_the_column() {
        let expression = |sql: &str| DefaultValue::Expression(sql.to_owned());
        let value = |text: &str| DefaultValue::Value(text.to_owned());
        for (default, rust_type, expected) in [
            (expression("now()"), RustType::ZonedDateTime, NOW),
            (expression("now()"), RustType::NaiveDateTime, "CURRENT_TIMESTAMP"),
            (expression("NOW()"), RustType::Date, "CURRENT_DATE"),
            (expression("current_date"), RustType::Date, "CURRENT_DATE"),
            (expression("uuid()"), RustType::Uuid, "(randomblob(16))"),
            (expression("uuid()"), RustType::UuidText, UUID_TEXT),
            (expression("true"), RustType::Bool, "TRUE"),
            (expression("1 + 2"), RustType::I64, "1 + 2"),
            (DefaultValue::Bool(false), RustType::Bool, "FALSE"),
            (DefaultValue::Number("-0.5".into()), RustType::F64, "-0.5"),
            (value("it's"), RustType::String, "'it''s'"),
            (value("ab"), RustType::Bytes, "X'6162'"),
            (value("00000000-0000-4000-8000-0000000000ff"), RustType::Uuid, "X'000000000000400080000000000000FF'"),
        ] {
            assert_eq!(default_sql(&default, &rust_type), expected, "{default:?}");
        }
    }

    #[test]
    fn values_are_in_danger_where_the_affinity_changes_them() {
        for (from, to, expected) in [
            ("TEXT", "VARCHAR(3)", false),
            ("INTEGER", "TEXT", false),
            ("TEXT", "INTEGER", true),
            ("INTEGER", "REAL", false),
            ("REAL", "INTEGER", true),
            ("INTEGER", "BOOLEAN", false),
            ("DATETIME", "INTEGER", true),
        ] {
            assert_eq!(narrows(&ColumnType::new(from), &ColumnType::new(to)), expected, "{from} {to}");
        }
    }
}
