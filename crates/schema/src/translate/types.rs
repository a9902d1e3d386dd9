//! What a column's type of one database is in Rust, and from there in another: the way that models go, walked back.
//!
//! Read [`portable`] first, then [`chosen`].

use std::sync::Arc;

use alembic_revisions::{DialectName, Place, Source};

use super::parts::Translating;
use crate::backend::TypedColumn;
use crate::model::{ColumnSettings, EnumStorage, ModelColumn, ModelEnum, RustType};
use crate::schema::{Column, ColumnType, ObjectName, Schema};
use crate::tokens::{Kind, tokens};

/// A type that every database has a word for, or nearly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Portable {
    of: Option<RustType>,
    len: Option<u64>,
    precision: Option<u64>,
    scale: Option<u64>,
    /// The values of an enum.
    values: Option<Vec<String>>,
    /// The word stands for several types, and this one is the usual.
    is_guess: bool,
}

impl Portable {
    fn of(rust_type: RustType) -> Self {
        Portable { of: Some(rust_type), ..Portable::default() }
    }

    fn guess(rust_type: RustType) -> Self {
        Portable { is_guess: true, ..Portable::of(rust_type) }
    }

    fn text(len: Option<u64>) -> Self {
        Portable { len, ..Portable::of(RustType::String) }
    }

    fn decimal(arguments: &[u64]) -> Self {
        let precision = arguments.first().copied();
        let scale = precision.map(|_| arguments.get(1).copied().unwrap_or(0));
        Portable { precision, scale, ..Portable::of(RustType::Decimal) }
    }

    pub fn rust_type(&self) -> RustType {
        self.of.clone().unwrap_or(RustType::None)
    }
}

/// A type of the second database, with what a person should know of it.
pub struct Chosen {
    pub sql_type: ColumnType,
    pub note: Option<String>,
}

/// Returns the Rust type of which a column is.
pub fn portable(dialect: DialectName, sql_type: &ColumnType, schema: &Schema) -> Portable {
    let written = sql_type.sql.trim();
    if let Some(element) = written.strip_suffix("[]") {
        let element = ColumnType { sql: element.to_owned(), enum_type: sql_type.enum_type.clone() };
        return Portable::of(RustType::Array(Box::new(portable(dialect, &element, schema).rust_type())));
    }
    if let Some(of) = sql_type.enum_type.as_ref().and_then(|name| schema.enums.get(name)) {
        return Portable { values: Some(of.values.clone()), ..Portable::of(RustType::Enum(0)) };
    }
    if let Some(values) = values(written) {
        return Portable { values: Some(values), ..Portable::of(RustType::Enum(0)) };
    }
    let (base, arguments) = parts(written);
    match dialect {
        DialectName::Postgres => postgres(&base, &arguments),
        DialectName::Sqlite => sqlite(&base, &arguments),
        DialectName::Mysql => mysql(&base, &arguments),
    }
}

/// `character varying(20)`: the words without what is in parentheses, and the numbers in there.
fn parts(sql: &str) -> (String, Vec<u64>) {
    let lower = sql.to_ascii_lowercase();
    let Some((before, rest)) = lower.split_once('(') else { return (lower, Vec::new()) };
    let (inside, after) = rest.split_once(')').unwrap_or((rest, ""));
    let numbers = inside.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    (format!("{} {}", before.trim(), after.trim()).trim().to_owned(), numbers)
}

fn postgres(base: &str, arguments: &[u64]) -> Portable {
    use RustType as T;
    let len = arguments.first().copied();
    match base {
        "boolean" | "bool" => Portable::of(T::Bool),
        "\"char\"" => Portable::of(T::I8),
        "smallint" | "int2" | "smallserial" => Portable::of(T::I16),
        "integer" | "int" | "int4" | "serial" => Portable::of(T::I32),
        "bigint" | "int8" | "bigserial" => Portable::of(T::I64),
        "real" | "float4" => Portable::of(T::F32),
        "double precision" | "float8" => Portable::of(T::F64),
        "text" => Portable::text(None),
        "character varying" | "varchar" => Portable::text(len),
        "character" | "char" | "bpchar" => Portable { is_guess: true, ..Portable::text(len) },
        "bytea" => Portable::of(T::Bytes),
        "timestamptz" | "timestamp with time zone" => Portable::of(T::ZonedDateTime),
        "timestamp" | "timestamp without time zone" => Portable::of(T::NaiveDateTime),
        "date" => Portable::of(T::Date),
        "time" | "time without time zone" => Portable::of(T::Time),
        "interval" => Portable::of(T::Interval),
        "uuid" => Portable::of(T::Uuid),
        "numeric" | "decimal" => Portable::decimal(arguments),
        "jsonb" => Portable::of(T::Json),
        "json" => Portable::guess(T::Json),
        "inet" => Portable::of(T::IpNetwork),
        "cidr" => Portable::guess(T::IpNetwork),
        "macaddr" => Portable::of(T::MacAddress),
        "bit varying" | "varbit" => Portable::of(T::BitVec),
        _ => Portable::default(),
    }
}

fn sqlite(base: &str, arguments: &[u64]) -> Portable {
    use RustType as T;
    match base {
        "boolean" | "bool" => Portable::of(T::Bool),
        "smallint" => Portable::of(T::I16),
        "integer" | "bigint" => Portable::of(T::I64),
        "real" | "double" | "double precision" | "float" => Portable::of(T::F64),
        "text" | "clob" => Portable::text(None),
        "varchar" | "char" | "nvarchar" => Portable::text(arguments.first().copied()),
        "blob" => Portable::of(T::Bytes),
        "datetime" | "timestamp" => Portable::guess(T::ZonedDateTime),
        "date" => Portable::of(T::Date),
        "time" => Portable::of(T::Time),
        "numeric" | "decimal" => Portable::decimal(arguments),
        "json" => Portable::of(T::Json),
        "uuid" => Portable::of(T::Uuid),
        other if other.contains("int") => Portable::guess(T::I64),
        _ => Portable::default(),
    }
}

fn mysql(base: &str, arguments: &[u64]) -> Portable {
    use RustType as T;
    match (base, arguments) {
        ("boolean" | "bool", _) | ("tinyint", [1]) => Portable::of(T::Bool),
        ("tinyint", _) => Portable::of(T::I8),
        ("smallint", _) => Portable::of(T::I16),
        ("int" | "integer", _) => Portable::of(T::I32),
        ("mediumint", _) => Portable::guess(T::I32),
        ("bigint", _) => Portable::of(T::I64),
        ("tinyint unsigned", _) => Portable::of(T::U8),
        ("smallint unsigned", _) => Portable::of(T::U16),
        ("int unsigned" | "integer unsigned", _) => Portable::of(T::U32),
        ("bigint unsigned", _) => Portable::of(T::U64),
        ("float", _) => Portable::of(T::F32),
        ("double", _) => Portable::of(T::F64),
        // What a String without a length gets.
        ("varchar", [255]) => Portable::text(None),
        ("varchar", [len]) => Portable::text(Some(*len)),
        ("char", [36]) => Portable::of(T::UuidText),
        ("char", [len]) => Portable { is_guess: true, ..Portable::text(Some(*len)) },
        ("tinytext" | "text" | "mediumtext" | "longtext", _) => Portable::text(None),
        ("binary", [16]) => Portable::of(T::Uuid),
        ("tinyblob" | "blob" | "mediumblob" | "longblob" | "binary" | "varbinary", _) => Portable::of(T::Bytes),
        ("timestamp", _) => Portable::of(T::ZonedDateTime),
        ("datetime", _) => Portable::of(T::NaiveDateTime),
        ("date", _) => Portable::of(T::Date),
        ("time", _) => Portable::of(T::Time),
        ("decimal" | "numeric", arguments) => Portable::decimal(arguments),
        ("json", _) => Portable::of(T::Json),
        ("uuid", _) => Portable::guess(T::Uuid),
        ("inet4" | "inet6", _) => Portable::guess(T::IpAddr),
        _ => Portable::default(),
    }
}

/// Returns the values of a type `enum('a','b')`.
pub fn values(sql: &str) -> Option<Vec<String>> {
    let rest = sql.trim();
    let begins = rest.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("enum("));
    let inside = rest.get(5..)?.strip_suffix(')').filter(|_| begins)?;
    let literals = tokens(inside).into_iter().filter(|token| token.kind == Kind::Literal);
    Some(literals.map(|token| unquoted(token.raw)).collect())
}

pub fn of_values(values: &[String]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| crate::tokens::literal(value)).collect();
    format!("enum({})", quoted.join(","))
}

/// Returns the text of a string literal.
pub fn unquoted(literal: &str) -> String {
    let body = literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default();
    body.replace("''", "'")
}

/// Returns the type that the second database has for a column of the first.
pub fn chosen(at: &Translating<'_>, column: &Column) -> Chosen {
    let found = portable(at.primary.dialect(), &column.sql_type, at.schema);
    let is_only_key = at.table.primary_key.as_ref().is_some_and(|key| key.columns == [column.name.clone()]);
    for (attempt, candidate) in candidates(&found).into_iter().enumerate() {
        if let Some(sql_type) = spelled(at, column, &candidate, is_only_key) {
            let is_exact = attempt == 0 && !candidate.is_guess && found.of.is_some();
            let note = format!("it was {}, which {} is taken for", column.sql_type.sql, sql_type.sql);
            return Chosen { sql_type, note: (!is_exact).then_some(note) };
        }
    }
    let note = format!("it was {}, and nothing is known to be like it", column.sql_type.sql);
    Chosen { sql_type: ColumnType::new("text"), note: Some(note) }
}

/// What the type is, then what would do: the next wider number, a text.
fn candidates(found: &Portable) -> Vec<Portable> {
    use RustType as T;
    let wider = match &found.of {
        Some(T::U8) => Some(Portable::of(T::I16)),
        Some(T::U16) => Some(Portable::of(T::I32)),
        Some(T::U32) => Some(Portable::of(T::I64)),
        Some(T::U64) => Some(Portable { precision: Some(20), scale: Some(0), ..Portable::of(T::Decimal) }),
        Some(T::Decimal) if found.precision.is_none() => {
            Some(Portable { precision: Some(38), scale: Some(10), ..Portable::of(T::Decimal) })
        }
        Some(T::Array(_)) => Some(Portable::of(T::Json)),
        Some(T::UuidText) => Some(Portable::text(Some(36))),
        _ => None,
    };
    let own = found.of.is_some().then(|| found.clone());
    own.into_iter().chain(wider).chain([Portable::text(None)]).collect()
}

fn spelled(at: &Translating<'_>, column: &Column, portable: &Portable, is_only_key: bool) -> Option<ColumnType> {
    let rust_type = portable.of.clone()?;
    let nowhere = Place::new(Arc::new(Source::default()), 0..0);
    // A type of the database's own would have to be made first, under a name that nobody knows.
    let storage = if at.secondary.dialect() == DialectName::Postgres { EnumStorage::Text } else { EnumStorage::Native };
    let of_values = portable.values.as_ref().map(|values| ModelEnum {
        feature: String::new(),
        rust_name: String::new(),
        place: nowhere.clone(),
        name: ObjectName::default(),
        values: values.clone(),
        renamed: Vec::new(),
        storage,
    });
    let settings = ColumnSettings {
        len: portable.len,
        precision: portable.precision,
        scale: portable.scale,
        ..ColumnSettings::default()
    };
    let model = ModelColumn {
        name: column.name.clone(),
        place: nowhere,
        rust_type,
        nullable: column.nullable,
        renamed_from: None,
        settings: settings.clone(),
        overrides: Vec::new(),
    };
    let enums: Vec<ModelEnum> = of_values.into_iter().collect();
    let typed = TypedColumn { column: &model, settings: &settings, enums: &enums, is_only_key };
    at.secondary.column_type(&typed).ok().map(|choice| choice.sql_type)
}
