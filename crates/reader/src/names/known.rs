//! Types from elsewhere that sqlx stores, by their crate and their name.

use alembic_schema::model::RustType;

/// The crate whose derives make tables.
pub const MODEL_CRATE: &str = "alembic_model";

/// What a type from elsewhere is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    Plain(RustType),
    Option,
    Vec,
    /// `Box`, `Arc`, `Rc`, `Cow`: the type inside.
    Pointer,
    /// `chrono::DateTime<Tz>`.
    DateTime,
    /// It is known that sqlx has no column for it, and why.
    Never(&'static str),
}

/// Returns what the type at a path is, if it is known.
pub fn known(path: &[String]) -> Option<Known> {
    let (krate, name) = (path.first()?.as_str(), path.last()?.as_str());
    let within = path.get(1..path.len().checked_sub(1)?)?;
    let plain = |rust_type| Some(Known::Plain(rust_type));
    match (krate, name) {
        ("sqlx" | "sqlx_core" | "sqlx_postgres" | "sqlx_mysql" | "sqlx_sqlite", _) => of_sqlx(within, name),
        ("std" | "core" | "alloc", _) => of_std(name),
        ("chrono", "DateTime") => Some(Known::DateTime),
        ("chrono", "NaiveDateTime") | ("time", "PrimitiveDateTime") => plain(RustType::NaiveDateTime),
        ("time", "OffsetDateTime") => plain(RustType::ZonedDateTime),
        ("chrono", "NaiveDate") | ("time", "Date") => plain(RustType::Date),
        ("chrono", "NaiveTime") | ("time", "Time") => plain(RustType::Time),
        ("uuid", "Uuid") => plain(RustType::Uuid),
        ("uuid", "Hyphenated") => plain(RustType::UuidText),
        ("rust_decimal", "Decimal") => plain(RustType::Decimal),
        ("bigdecimal", "BigDecimal") => plain(RustType::BigDecimal),
        ("serde_json", "Value") => plain(RustType::Json),
        ("ipnetwork", "IpNetwork") => plain(RustType::IpNetwork),
        ("mac_address", "MacAddress") => plain(RustType::MacAddress),
        ("bit_vec", "BitVec") => plain(RustType::BitVec),
        _ => None,
    }
}

/// sqlx re-exports the crates whose types it stores.
fn of_sqlx(within: &[String], name: &str) -> Option<Known> {
    let at = within.iter().position(|module| {
        matches!(
            module.as_str(),
            "chrono" | "time" | "uuid" | "ipnetwork" | "mac_address" | "bigdecimal" | "rust_decimal"
        )
    });
    if let Some(at) = at {
        let path: Vec<String> = within[at..].iter().cloned().chain([name.to_owned()]).collect();
        return known(&path);
    }
    Some(Known::Plain(match name {
        "Json" | "JsonValue" => RustType::Json,
        "Text" => RustType::Text,
        "Uuid" => RustType::Uuid,
        "Decimal" => RustType::Decimal,
        "BigDecimal" => RustType::BigDecimal,
        "BitVec" => RustType::BitVec,
        "PgInterval" => RustType::Interval,
        _ => return None,
    }))
}

fn of_std(name: &str) -> Option<Known> {
    Some(match name {
        "Option" => Known::Option,
        "Vec" => Known::Vec,
        "Box" | "Arc" | "Rc" | "Cow" => Known::Pointer,
        "SystemTime" => Known::Never("sqlx has no column for `SystemTime`: use `DateTime<Utc>` or `OffsetDateTime`"),
        "Duration" => Known::Never("sqlx has no column for `Duration`: use `PgInterval`"),
        "IpAddr" => Known::Plain(RustType::IpAddr),
        "Ipv4Addr" => Known::Plain(RustType::Ipv4Addr),
        "Ipv6Addr" => Known::Plain(RustType::Ipv6Addr),
        _ => return prelude(name),
    })
}

/// Returns what a name means that nothing in the source declares.
pub fn prelude(name: &str) -> Option<Known> {
    Some(match name {
        "Option" => Known::Option,
        "Vec" => Known::Vec,
        "Box" => Known::Pointer,
        "String" | "str" => Known::Plain(RustType::String),
        "bool" => Known::Plain(RustType::Bool),
        "f32" => Known::Plain(RustType::F32),
        "f64" => Known::Plain(RustType::F64),
        "char" | "usize" | "isize" | "u128" | "i128" => Known::Never("sqlx has no column for it"),
        _ => Known::Plain(integer(name)?),
    })
}

/// Returns the integer type that is called so, as in `#[repr(i16)]`.
pub fn integer(name: &str) -> Option<RustType> {
    Some(match name {
        "i8" => RustType::I8,
        "i16" => RustType::I16,
        "i32" => RustType::I32,
        "i64" => RustType::I64,
        "u8" => RustType::U8,
        "u16" => RustType::U16,
        "u32" => RustType::U32,
        "u64" => RustType::U64,
        _ => return None,
    })
}

/// Returns whether `use a::b::*` is known to bring in the name that ends the path.
pub fn is_in_glob(path: &[String]) -> bool {
    let Some((name, module)) = path.split_last() else { return false };
    let module: Vec<&str> = module.iter().map(String::as_str).collect();
    match module.as_slice() {
        [MODEL_CRATE] => matches!(name.as_str(), "Table" | "Columns" | "Values"),
        ["chrono" | "time", "prelude"] | ["chrono", "offset" | "naive"] | ["time" | "chrono"] => {
            known(path).is_some() || matches!(name.as_str(), "Utc" | "Local" | "FixedOffset")
        }
        ["sqlx", "prelude"] => matches!(name.as_str(), "Type" | "FromRow"),
        ["sqlx"] => matches!(name.as_str(), "Type" | "FromRow" | "Encode" | "Decode"),
        ["std", "prelude", ..] | ["std"] => false,
        [_, ..] => known(path).is_some(),
        [] => false,
    }
}
