//! Everything one database does differently, as facts and text. Never performs I/O.
//!
//! Read [`Dialect`] first.

use std::fmt;
use std::str::FromStr;

/// The dialects that a script can name; MariaDB reads `mysql`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DialectName {
    Postgres,
    Sqlite,
    Mysql,
}

impl DialectName {
    pub const ALL: [DialectName; 3] = [DialectName::Postgres, DialectName::Sqlite, DialectName::Mysql];

    pub fn as_str(self) -> &'static str {
        match self {
            DialectName::Postgres => "postgres",
            DialectName::Sqlite => "sqlite",
            DialectName::Mysql => "mysql",
        }
    }
}

impl fmt::Display for DialectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// No dialect has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown dialect `{0}`; known are postgres, sqlite, mysql")]
pub struct UnknownDialect(pub String);

impl FromStr for DialectName {
    type Err = UnknownDialect;

    fn from_str(text: &str) -> Result<Self, UnknownDialect> {
        DialectName::ALL.into_iter().find(|name| name.as_str() == text).ok_or_else(|| UnknownDialect(text.to_owned()))
    }
}
