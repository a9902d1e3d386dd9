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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use alembic_revisions::{Place, Source};

    use super::*;
    use crate::model::ModelColumn;
    use crate::schema::ObjectName;

    fn place() -> Place {
        Place::new(Arc::new(Source::default()), 0..0)
    }

    fn choice(rust_type: RustType, settings: ColumnSettings, flavor: Flavor) -> Result<TypeChoice, NoType> {
        let column = ModelColumn {
            name: "c".into(),
            place: place(),
            rust_type,
            nullable: false,
            renamed_from: None,
            settings: settings.clone(),
            overrides: Vec::new(),
        };
        let of = |storage| ModelEnum {
            feature: "game".into(),
            rust_name: "Mood".into(),
            place: place(),
            name: ObjectName::new("mood"),
            values: vec!["sad".into(), "o'k".into()],
            renamed: Vec::new(),
            storage,
        };
        let enums = [of(EnumStorage::Native), of(EnumStorage::Text), of(EnumStorage::Integer(Box::new(RustType::I16)))];
        column_type(&TypedColumn { column: &column, settings: &settings, enums: &enums, is_only_key: false }, flavor)
    }

    #[test]
    fn types_are_those_that_sqlx_reads_and_writes() {
        for (rust_type, expected) in [
            (RustType::Bool, "boolean"),
            (RustType::I8, "tinyint"),
            (RustType::U64, "bigint unsigned"),
            (RustType::F32, "float"),
            (RustType::String, "varchar(255)"),
            (RustType::Bytes, "blob"),
            (RustType::ZonedDateTime, "timestamp(6)"),
            (RustType::NaiveDateTime, "datetime(6)"),
            (RustType::Time, "time(6)"),
            (RustType::Uuid, "binary(16)"),
            (RustType::UuidText, "char(36)"),
            (RustType::Json, "json"),
            (RustType::Ipv6Addr, "inet6"),
            (RustType::Enum(0), "enum('sad','o''k')"),
            (RustType::Enum(1), "enum('sad','o''k')"),
            (RustType::Enum(2), "smallint"),
        ] {
            let found = choice(rust_type.clone(), ColumnSettings::default(), Flavor::Mariadb).unwrap();
            assert_eq!(found.sql_type.sql, expected, "{rust_type:?}");
            let is_enum_of_text = expected.starts_with("enum");
            assert_eq!(found.warning.is_some(), is_enum_of_text, "{rust_type:?}");
        }
        let mysql = choice(RustType::Ipv6Addr, ColumnSettings::default(), Flavor::Mysql).unwrap();
        assert_eq!(mysql.sql_type.sql, "varchar(45)");
        let sized = ColumnSettings { len: Some(64), ..ColumnSettings::default() };
        assert_eq!(choice(RustType::String, sized.clone(), Flavor::Mariadb).unwrap().sql_type.sql, "varchar(64)");
        assert_eq!(choice(RustType::Bytes, sized, Flavor::Mariadb).unwrap().sql_type.sql, "varbinary(64)");
        let exact = ColumnSettings { precision: Some(10), scale: Some(2), ..ColumnSettings::default() };
        assert_eq!(choice(RustType::Decimal, exact, Flavor::Mariadb).unwrap().sql_type.sql, "decimal(10,2)");
    }

    #[test]
    fn what_no_column_holds_says_what_to_use() {
        for (rust_type, instead) in [
            (RustType::Decimal, Some("precision = …, scale = …")),
            (RustType::Array(Box::new(RustType::I32)), Some("Json<Vec<…>>")),
            (RustType::BitVec, Some("Text<…>")),
            (RustType::Interval, None),
            (RustType::Enum(7), None),
        ] {
            let refused = choice(rust_type.clone(), ColumnSettings::default(), Flavor::Mariadb).unwrap_err();
            assert_eq!(refused.instead.as_deref(), instead, "{rust_type:?}");
        }
    }

    #[test]
    fn portable_words_suit_the_type() {
        let word = |sql: &str| DefaultValue::Expression(sql.into());
        for (value, rust_type, expected) in [
            (word("now()"), RustType::ZonedDateTime, "current_timestamp(6)"),
            (word("now()"), RustType::Date, "current_date"),
            (word("uuid()"), RustType::Uuid, "unhex(replace(uuid(), '-', ''))"),
            (word("uuid()"), RustType::UuidText, "uuid()"),
            (word("true"), RustType::Bool, "true"),
            (word("lower('A')"), RustType::String, "lower('A')"),
            (DefaultValue::Value("it's \\".into()), RustType::String, "'it''s \\\\'"),
            (DefaultValue::Number("-0.5".into()), RustType::F64, "-0.5"),
            (DefaultValue::Bool(false), RustType::Bool, "false"),
        ] {
            assert_eq!(default_sql(&value, &rust_type), expected);
        }
    }

    #[test]
    fn a_lone_integer_key_numbers_its_rows_unless_told_otherwise() {
        for (says, is_only_key, expected) in
            [(None, true, true), (None, false, false), (Some(false), true, false), (Some(true), false, true)]
        {
            let settings = ColumnSettings { auto_increment: says, ..ColumnSettings::default() };
            assert_eq!(identity(&settings, is_only_key).is_some(), expected, "{says:?} {is_only_key}");
        }
    }
}
