//! The types of columns: how Rust writes them, and values for rows.
//!
//! Equal numbers give equal values: row 2 of every table refers to row 2 of every other.

use crate::databases::Server;

use super::world::{Id, World};

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Bool,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F32,
    F64,
    Text,
    Varchar(u32),
    Bytes,
    Zoned,
    Naive,
    Date,
    Time,
    Uuid,
    UuidText,
    Decimal(u32, u32),
    Json,
    Enum(Id),
    /// Enums of the prelude: `#[repr(i16)]`, and stored as text.
    Level,
    Tone,
    /// PostgreSQL's own.
    Integers,
    Texts,
    Network,
    Mac,
    Interval,
    /// A type that only `sql_type` tells.
    Stated(&'static str),
}

impl Kind {
    /// Those that a database can hold, without enums.
    pub fn all(server: Server) -> Vec<Kind> {
        use Kind as K;
        let mut kinds = vec![
            K::Bool,
            K::I16,
            K::I32,
            K::I64,
            K::F32,
            K::F64,
            K::Text,
            K::Text,
            K::Varchar(16),
            K::Varchar(64),
            K::Bytes,
            K::Zoned,
            K::Naive,
            K::Date,
            K::Time,
            K::Uuid,
            K::Json,
            K::Level,
        ];
        kinds.extend(match server {
            Server::Postgres => vec![
                K::I8,
                K::Tone,
                K::Decimal(10, 2),
                K::Integers,
                K::Texts,
                K::Network,
                K::Mac,
                K::Interval,
                K::Stated("money"),
            ],
            Server::Sqlite => vec![K::I8, K::U8, K::U16, K::U32, K::UuidText, K::Tone, K::Stated("NUMERIC")],
            Server::Mariadb => {
                vec![K::I8, K::U8, K::U16, K::U32, K::U64, K::UuidText, K::Decimal(10, 2), K::Stated("mediumint")]
            }
        });
        kinds
    }

    pub fn is_integer(&self) -> bool {
        use Kind as K;
        matches!(self, K::I16 | K::I32 | K::I64 | K::U8 | K::U16 | K::U32 | K::U64)
    }

    pub fn is_text(&self) -> bool {
        matches!(self, Kind::Text | Kind::Varchar(_))
    }

    /// Values differ from row to row, and every database can compare them.
    pub fn can_be_unique(&self) -> bool {
        self.is_integer() || self.is_text() || matches!(self, Kind::Uuid | Kind::Date | Kind::Zoned | Kind::Naive)
    }

    pub fn can_be_indexed(&self) -> bool {
        self.can_be_unique()
            || matches!(
                self,
                Kind::Bool | Kind::Time | Kind::Enum(_) | Kind::I8 | Kind::UuidText | Kind::Level | Kind::Tone
            )
    }

    /// A STRICT table of SQLite has no other words than INTEGER, REAL, TEXT and BLOB.
    pub fn is_strict(&self) -> bool {
        self.is_integer()
            || self.is_text()
            || matches!(self, Kind::F32 | Kind::F64 | Kind::Bytes | Kind::Uuid | Kind::Json | Kind::Enum(_))
    }

    pub fn rust(&self) -> String {
        match self {
            Kind::Bool => "bool",
            Kind::I8 => "i8",
            Kind::I16 => "i16",
            Kind::I32 => "i32",
            Kind::I64 => "i64",
            Kind::U8 => "u8",
            Kind::U16 => "u16",
            Kind::U32 => "u32",
            Kind::U64 => "u64",
            Kind::F32 => "f32",
            Kind::F64 => "f64",
            Kind::Text | Kind::Varchar(_) => "String",
            Kind::Bytes => "Vec<u8>",
            Kind::Zoned => "chrono::DateTime<chrono::Utc>",
            Kind::Naive => "chrono::NaiveDateTime",
            Kind::Date => "chrono::NaiveDate",
            Kind::Time => "chrono::NaiveTime",
            Kind::Uuid => "uuid::Uuid",
            Kind::UuidText => "uuid::fmt::Hyphenated",
            Kind::Decimal(..) => "rust_decimal::Decimal",
            Kind::Json => "serde_json::Value",
            Kind::Level => "alpha::Level",
            Kind::Tone => "alpha::Tone",
            Kind::Enum(id) => return format!("alpha::Mood{id}"),
            Kind::Integers => "Vec<i32>",
            Kind::Texts => "Vec<String>",
            Kind::Network => "ipnetwork::IpNetwork",
            Kind::Mac => "mac_address::MacAddress",
            Kind::Interval => "sqlx::postgres::types::PgInterval",
            Kind::Stated(_) => "Unknown",
        }
        .to_owned()
    }

    /// What `#[column(…)]` says of it.
    pub fn settings(&self) -> Option<String> {
        match self {
            Kind::Varchar(len) => Some(format!("len = {len}")),
            Kind::Decimal(precision, scale) => Some(format!("precision = {precision}, scale = {scale}")),
            Kind::Stated(sql_type) => Some(format!("sql_type = \"{sql_type}\"")),
            _ => None,
        }
    }

    /// The value of row `n`, from 1 to 9, as SQL.
    pub fn value(&self, world: &World, n: usize) -> String {
        let server = world.server;
        let is_postgres = server == Server::Postgres;
        match self {
            Kind::Bool => if n % 2 == 1 { "TRUE" } else { "FALSE" }.to_owned(),
            Kind::I8 if is_postgres => format!("'{n}'"),
            Kind::F32 | Kind::F64 => format!("{n}.5"),
            Kind::Text | Kind::Varchar(_) => format!("'t{n}'"),
            Kind::Bytes if is_postgres => format!("'\\x0{n}'"),
            Kind::Bytes => format!("X'0{n}'"),
            Kind::Zoned if is_postgres => format!("'2026-01-0{n} 12:00:00+00'"),
            Kind::Zoned if server == Server::Sqlite => format!("'2026-01-0{n}T12:00:00+00:00'"),
            Kind::Zoned | Kind::Naive => format!("'2026-01-0{n} 12:00:00'"),
            Kind::Date => format!("'2026-01-0{n}'"),
            Kind::Time => format!("'12:00:0{n}'"),
            Kind::Uuid if !is_postgres => format!("X'0000000000004000800000000000000{n}'"),
            Kind::Uuid | Kind::UuidText => format!("'00000000-0000-4000-8000-00000000000{n}'"),
            Kind::Json => format!("'{{\"n\": {n}}}'"),
            Kind::Enum(id) => {
                let values = world.enums.iter().find(|of| of.id == *id).map(|of| of.values.clone()).unwrap_or_default();
                format!("'{}'", values[n % 2].replace('\'', "''"))
            }
            Kind::Tone => if n % 2 == 1 { "'calm'" } else { "'loud'" }.to_owned(),
            Kind::Integers => format!("'{{{n},7}}'"),
            Kind::Texts => format!("'{{a,t{n}}}'"),
            Kind::Network => format!("'10.0.0.{n}'"),
            Kind::Mac => format!("'08:00:2b:01:02:0{n}'"),
            Kind::Interval => format!("'{n} days'"),
            _ => n.to_string(),
        }
    }

    /// Defaults as `#[column(…)]` writes them: of data, of SQL, of the portable words.
    pub fn defaults(&self, world: &World) -> Vec<String> {
        let stated = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        match self {
            kind if kind.is_integer() => stated(&["default = 5", "default = 7", "default = \"(1 + 2)\""]),
            Kind::Bool => stated(&["default = true", "default = false", "default = \"true\""]),
            Kind::F32 | Kind::F64 => stated(&["default = 0.5", "default = 12"]),
            Kind::Text => stated(&[
                "default_value = \"euw1\"",
                "default_value = \"it's a \\\"test\\\"\"",
                "default_value = \"now()\"",
                "default_value = \"12\"",
            ]),
            Kind::Varchar(_) => stated(&["default_value = \"euw1\"", "default_value = \"b\"", "default = \"'x y'\""]),
            Kind::Zoned | Kind::Naive => stated(&["default = \"now()\""]),
            Kind::Date => stated(&["default = \"current_date\"", "default_value = \"2026-02-03\""]),
            Kind::Decimal(..) => stated(&["default = 0.25", "default = 3"]),
            Kind::Json => stated(&["default_value = \"{}\"", "default_value = \"[1, 2]\""]),
            Kind::Enum(id) => world
                .enums
                .iter()
                .filter(|of| of.id == *id)
                .flat_map(|of| of.values.iter().take(2))
                .map(|value| format!("default_value = \"{value}\""))
                .collect(),
            Kind::Level => stated(&["default = 1", "default = 2"]),
            Kind::Tone => stated(&["default_value = \"calm\""]),
            Kind::Uuid => stated(&["default = \"uuid()\""]),
            Kind::Integers | Kind::Texts => stated(&["default_value = \"{}\""]),
            _ => Vec::new(),
        }
    }

    /// Conditions that every value and every default fulfills, with `{}` for the column and `{value}` for an enum's first
    /// value.
    pub fn conditions(&self) -> Vec<String> {
        let stated = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        match self {
            kind if kind.is_integer() => stated(&[
                "{} >= 0",
                "{} BETWEEN 0 AND 30000",
                "{} IN (1, 2, 3, 4, 5, 6, 7, 8, 9)",
                "{} <> 0 AND ({} < 100 OR {} > 200)",
            ]),
            Kind::Text | Kind::Varchar(_) => {
                stated(&["{} <> ''", "length({}) < 200", "{} <> 'a''b'", "lower({}) <> 'q'"])
            }
            Kind::F32 | Kind::F64 => stated(&["{} > 0.25", "{} < 1e6"]),
            Kind::Bool => stated(&["{} = TRUE OR {} = FALSE"]),
            Kind::Enum(_) => stated(&["{} <> '{value}' OR {} = '{value}'"]),
            Kind::Date => stated(&["{} > '2020-01-01'"]),
            _ => Vec::new(),
        }
    }

    /// Types into which its values go and from which they come back.
    pub fn relatives(&self, server: Server) -> Vec<Kind> {
        match self {
            Kind::I16 => vec![Kind::I32, Kind::I64, Kind::Text],
            Kind::I32 => vec![Kind::I16, Kind::I64, Kind::Text],
            Kind::I64 => vec![Kind::I32, Kind::I16, Kind::Varchar(16)],
            Kind::F32 => vec![Kind::F64],
            Kind::F64 => vec![Kind::F32],
            Kind::Text => vec![Kind::Varchar(16), Kind::Varchar(64)],
            Kind::Varchar(16) => vec![Kind::Text, Kind::Varchar(64)],
            Kind::Varchar(_) => vec![Kind::Text, Kind::Varchar(16)],
            Kind::Decimal(..) => vec![Kind::Decimal(12, 4)],
            Kind::Bool if server != Server::Mariadb => vec![Kind::I32],
            Kind::Naive => vec![Kind::Zoned],
            Kind::Enum(_) => vec![Kind::Text],
            _ => Vec::new(),
        }
    }
}
