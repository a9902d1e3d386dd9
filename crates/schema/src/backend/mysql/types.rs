//! Rust types to column types, and defaults to SQL.
//!
//! What sqlx really reads and writes decides, not what sounds alike. Read [`column_type`] first.

use super::Flavor;
use super::lex::literal;
use crate::backend::{NoType, TypeChoice, TypedColumn};
use crate::model::{ColumnSettings, DefaultValue, EnumStorage, ModelEnum, RustType};
use crate::schema::{ColumnType, Identity};

/// Returns the type of a column that states none.
pub(super) fn column_type(column: &TypedColumn<'_>, flavor: Flavor) -> Result<TypeChoice, NoType> {
    choose(&column.column.rust_type, column, flavor)
}

fn choose(rust_type: &RustType, column: &TypedColumn<'_>, flavor: Flavor) -> Result<TypeChoice, NoType> {
    let length = |name: &str| format!("{name}({})", column.settings.len.unwrap_or(255));
    let sql = match rust_type {
        RustType::Bool => "boolean".to_owned(),
        RustType::I8 => "tinyint".to_owned(),
        RustType::I16 => "smallint".to_owned(),
        RustType::I32 => "int".to_owned(),
        RustType::I64 => "bigint".to_owned(),
        RustType::U8 => "tinyint unsigned".to_owned(),
        RustType::U16 => "smallint unsigned".to_owned(),
        RustType::U32 => "int unsigned".to_owned(),
        RustType::U64 => "bigint unsigned".to_owned(),
        RustType::F32 => "float".to_owned(),
        RustType::F64 => "double".to_owned(),
        RustType::String | RustType::Text => length("varchar"),
        RustType::Bytes if column.settings.len.is_some() => length("varbinary"),
        RustType::Bytes => "blob".to_owned(),
        // Without a precision both lose the microseconds that sqlx sends.
        RustType::ZonedDateTime => "timestamp(6)".to_owned(),
        RustType::NaiveDateTime => "datetime(6)".to_owned(),
        RustType::Date => "date".to_owned(),
        RustType::Time => "time(6)".to_owned(),
        RustType::Uuid => "binary(16)".to_owned(),
        RustType::UuidText => "char(36)".to_owned(),
        RustType::Decimal | RustType::BigDecimal => decimal(column.settings)?,
        RustType::Json => "json".to_owned(),
        RustType::IpAddr => "varchar(45)".to_owned(),
        RustType::Ipv4Addr => by_flavor(flavor, "inet4", "varchar(15)"),
        RustType::Ipv6Addr => by_flavor(flavor, "inet6", "varchar(45)"),
        RustType::Enum(number) => return of_enum(*number, column, flavor),
        RustType::Array(_) => return Err(none("MariaDB and MySQL have no arrays", Some("Json<Vec<…>>"))),
        RustType::Interval => return Err(none("sqlx has no interval on MariaDB and MySQL", None)),
        RustType::IpNetwork | RustType::MacAddress | RustType::BitVec => {
            return Err(none("sqlx keeps it on PostgreSQL only", Some("Text<…>")));
        }
        RustType::Unresolved { reason, .. } => return Err(none(reason, None)),
        RustType::None => return Err(none("the column has no field to tell its type", None)),
    };
    Ok(TypeChoice { sql_type: ColumnType::new(sql), warning: None })
}

fn none(reason: &str, instead: Option<&str>) -> NoType {
    NoType { reason: reason.to_owned(), instead: instead.map(str::to_owned) }
}

fn by_flavor(flavor: Flavor, mariadb: &str, mysql: &str) -> String {
    match flavor {
        Flavor::Mariadb => mariadb.to_owned(),
        Flavor::Mysql => mysql.to_owned(),
    }
}

fn decimal(settings: &ColumnSettings) -> Result<String, NoType> {
    match (settings.precision, settings.scale) {
        (Some(precision), scale) => Ok(format!("decimal({precision},{})", scale.unwrap_or(0))),
        (None, _) => {
            Err(none("a DECIMAL without precision and scale keeps no fraction", Some("precision = …, scale = …")))
        }
    }
}

fn of_enum(number: usize, column: &TypedColumn<'_>, flavor: Flavor) -> Result<TypeChoice, NoType> {
    let Some(ModelEnum { values, storage, rust_name, .. }) = column.enums.get(number) else {
        return Err(none("the enum is not declared", None));
    };
    match storage {
        EnumStorage::Integer(repr) if matches!(**repr, RustType::Enum(_)) => {
            Err(none("the enum's representation is no integer", None))
        }
        EnumStorage::Integer(repr) => choose(repr, column, flavor),
        // Whatever a derived enum calls its type, sqlx takes it for an ENUM here and refuses texts.
        EnumStorage::Text | EnumStorage::Native => {
            let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
            let nullable = column.settings.nullable.unwrap_or(column.column.nullable);
            let warning = (!nullable)
                .then(|| format!("sqlx cannot read `{rust_name}` from an ENUM that is NOT NULL (sqlx issue 3750)"));
            Ok(TypeChoice { sql_type: ColumnType::new(format!("enum({})", values.join(","))), warning })
        }
    }
}

/// Returns a default as SQL, the portable words in this database's.
pub(super) fn default_sql(value: &DefaultValue, rust_type: &RustType) -> String {
    match value {
        DefaultValue::Number(number) => number.clone(),
        DefaultValue::Bool(value) => value.to_string(),
        DefaultValue::Value(text) => literal(text),
        DefaultValue::Expression(sql) => expression(sql, rust_type),
    }
}

fn expression(sql: &str, rust_type: &RustType) -> String {
    let has_microseconds = matches!(rust_type, RustType::ZonedDateTime | RustType::NaiveDateTime);
    match sql {
        "now()" if has_microseconds => "current_timestamp(6)".to_owned(),
        "now()" if *rust_type == RustType::Time => "curtime(6)".to_owned(),
        "now()" if *rust_type == RustType::Date => "current_date".to_owned(),
        "now()" => "current_timestamp".to_owned(),
        "uuid()" if *rust_type == RustType::Uuid => "unhex(replace(uuid(), '-', ''))".to_owned(),
        _ => sql.to_owned(),
    }
}

/// Whether a column numbers its rows.
pub(super) fn identity(settings: &ColumnSettings, is_only_key: bool) -> Option<Identity> {
    let says = settings.auto_increment.or(settings.identity.map(|_| true));
    says.unwrap_or(is_only_key && settings.default.is_none()).then_some(Identity::AutoIncrement)
}
