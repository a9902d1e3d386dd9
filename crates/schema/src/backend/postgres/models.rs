//! From what models say to PostgreSQL's types, defaults and identities; and neutral values of its types.
//!
//! Read [`column_type`] first.

use alembic_revisions::DialectName;

use super::type_name::{TypeName, is_number, is_text};
use crate::backend::ink::Ink;
use crate::backend::{NoType, TypeChoice, TypedColumn};
use crate::model::{ColumnSettings, DefaultValue, EnumStorage, IdentityKind, ModelEnum, RustType};
use crate::schema::{Column, ColumnType, Identity, Schema};

const INK: Ink = Ink(DialectName::Postgres);

pub(super) fn column_type(column: &TypedColumn<'_>) -> Result<TypeChoice, NoType> {
    let sql_type = of_rust(&column.column.rust_type, column.settings, column.enums)?;
    let is_char = column.column.rust_type == RustType::I8;
    let warning =
        is_char.then(|| "i8 is `\"char\"` on PostgreSQL, which prints as a letter; i16 is a number".to_owned());
    Ok(TypeChoice { sql_type, warning })
}

fn of_rust(rust: &RustType, settings: &ColumnSettings, enums: &[ModelEnum]) -> Result<ColumnType, NoType> {
    let unsigned = |instead: &str| NoType {
        reason: "sqlx has no unsigned integers on PostgreSQL".to_owned(),
        instead: Some(instead.to_owned()),
    };
    let missing = |name: &str, instead: &str| NoType {
        reason: format!("sqlx has no {name} on PostgreSQL"),
        instead: Some(instead.to_owned()),
    };
    let with_length = |bare: &str, limited: &str| match settings.len {
        Some(length) => format!("{limited}({length})"),
        None => bare.to_owned(),
    };
    let sql = match rust {
        RustType::Bool => "boolean".to_owned(),
        RustType::I8 => "\"char\"".to_owned(),
        RustType::I16 => "smallint".to_owned(),
        RustType::I32 => "integer".to_owned(),
        RustType::I64 => "bigint".to_owned(),
        RustType::U8 => return Err(unsigned("i16")),
        RustType::U16 => return Err(unsigned("i32")),
        RustType::U32 => return Err(unsigned("i64")),
        RustType::U64 => return Err(unsigned("i64")),
        RustType::F32 => "real".to_owned(),
        RustType::F64 => "double precision".to_owned(),
        RustType::String | RustType::Text => with_length("text", "varchar"),
        RustType::Bytes => "bytea".to_owned(),
        RustType::ZonedDateTime => "timestamptz".to_owned(),
        RustType::NaiveDateTime => "timestamp".to_owned(),
        RustType::Date => "date".to_owned(),
        RustType::Time => "time".to_owned(),
        RustType::Interval => "interval".to_owned(),
        RustType::Uuid => "uuid".to_owned(),
        RustType::UuidText => return Err(missing("`Hyphenated`", "Uuid")),
        RustType::Decimal | RustType::BigDecimal => numeric(settings),
        RustType::Json => "jsonb".to_owned(),
        RustType::IpNetwork | RustType::IpAddr => "inet".to_owned(),
        RustType::Ipv4Addr => return Err(missing("`Ipv4Addr`", "IpAddr")),
        RustType::Ipv6Addr => return Err(missing("`Ipv6Addr`", "IpAddr")),
        RustType::MacAddress => "macaddr".to_owned(),
        RustType::BitVec => with_length("varbit", "varbit"),
        RustType::Array(element) => return array(element, settings, enums),
        RustType::Enum(index) => return of_enum(enums.get(*index), settings, enums),
        RustType::Unresolved { reason, .. } => return Err(NoType { reason: reason.clone(), instead: None }),
        RustType::None => {
            return Err(NoType { reason: "a column without a field has no Rust type".to_owned(), instead: None });
        }
    };
    Ok(ColumnType::new(sql))
}

fn numeric(settings: &ColumnSettings) -> String {
    match (settings.precision, settings.scale) {
        (Some(precision), None | Some(0)) => format!("numeric({precision})"),
        (Some(precision), Some(scale)) => format!("numeric({precision},{scale})"),
        (None, _) => "numeric".to_owned(),
    }
}

fn array(element: &RustType, settings: &ColumnSettings, enums: &[ModelEnum]) -> Result<ColumnType, NoType> {
    if matches!(element, RustType::Array(_)) {
        return Err(NoType {
            reason: "sqlx has no arrays of arrays on PostgreSQL".to_owned(),
            instead: Some("Json".to_owned()),
        });
    }
    let element = of_rust(element, settings, enums)?;
    Ok(ColumnType { sql: format!("{}[]", element.sql), enum_type: element.enum_type })
}

fn of_enum(declared: Option<&ModelEnum>, settings: &ColumnSettings, enums: &[ModelEnum]) -> Result<ColumnType, NoType> {
    let Some(declared) = declared else {
        return Err(NoType { reason: "its enum is not among the models".to_owned(), instead: None });
    };
    match &declared.storage {
        EnumStorage::Native => {
            Ok(ColumnType { sql: INK.object(&declared.name), enum_type: Some(declared.name.clone()) })
        }
        EnumStorage::Text => Ok(ColumnType::new("text")),
        // An integer cannot be an enum again, whatever a reader says.
        EnumStorage::Integer(rust) if matches!(**rust, RustType::Enum(_)) => {
            Err(NoType { reason: "its `repr` is no integer".to_owned(), instead: None })
        }
        EnumStorage::Integer(rust) => of_rust(rust, settings, enums),
    }
}

pub(super) fn default_sql(value: &DefaultValue) -> String {
    match value {
        DefaultValue::Number(number) => number.clone(),
        DefaultValue::Bool(value) => value.to_string(),
        DefaultValue::Value(text) => INK.literal(text),
        DefaultValue::Expression(sql) => match sql.trim().to_ascii_lowercase().as_str() {
            "now()" => "now()".to_owned(),
            "current_date" => "CURRENT_DATE".to_owned(),
            "uuid()" => "gen_random_uuid()".to_owned(),
            word @ ("true" | "false") => word.to_owned(),
            _ => sql.clone(),
        },
    }
}

pub(super) fn identity(settings: &ColumnSettings, is_only_key: bool) -> Option<Identity> {
    match (settings.identity, settings.auto_increment) {
        (Some(IdentityKind::Always), _) => Some(Identity::Always),
        (Some(IdentityKind::ByDefault), _) | (None, Some(true)) => Some(Identity::ByDefault),
        (None, Some(false)) => None,
        (None, None) => {
            let says_nothing = settings.default.is_none() && settings.generated.is_none();
            (is_only_key && says_nothing).then_some(Identity::ByDefault)
        }
    }
}

/// Returns the zero of the type: what a person would expect where nothing is known.
pub(super) fn stand_in(column: &Column, schema: &Schema) -> Option<String> {
    let name = TypeName::parse(&column.sql_type.sql);
    if name.is_array {
        return Some("'{}'".to_owned());
    }
    if let Some(found) = column.sql_type.enum_type.as_ref().and_then(|name| schema.enums.get(name)) {
        return found.values.first().map(|value| INK.literal(value));
    }
    let neutral = match name.base.as_str() {
        base if is_number(base) => "0",
        base if is_text(base) => "''",
        "boolean" => "false",
        "timestamp" | "timestamptz" | "date" => "'epoch'",
        "time" | "timetz" => "'00:00'",
        "interval" | "money" | "oid" => "'0'",
        "uuid" => "'00000000-0000-0000-0000-000000000000'",
        "json" | "jsonb" => "'{}'",
        "bytea" | "varbit" | "\"char\"" | "tsvector" => "''",
        "inet" | "cidr" => "'0.0.0.0'",
        "macaddr" => "'00:00:00:00:00:00'",
        "macaddr8" => "'00:00:00:00:00:00:00:00'",
        "point" => "'(0,0)'",
        "int4range" | "int8range" | "numrange" | "tsrange" | "tstzrange" | "daterange" => "'empty'",
        _ => return None,
    };
    Some(neutral.to_owned())
}

#[cfg(test)]
mod tests;
