//! Types as text: their parts, their normal form, what fits into what.
//!
//! Read [`SqlType`] first.

use super::expression::{closing, print};
use super::lex::{Token, tokens};

/// A type, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SqlType {
    /// In lower case, aliases resolved.
    pub name: String,
    /// What stands in parentheses: numbers, or values of an enum.
    pub arguments: Vec<Token>,
    pub unsigned: bool,
    pub zerofill: bool,
    /// Only as long as no collation says more.
    pub charset: Option<String>,
    pub collation: Option<String>,
    /// Words that we do not know, as they are.
    pub rest: Vec<Token>,
}

/// What kind of values a type holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Boolean,
    Integer,
    Decimal,
    Float,
    Bit,
    /// `char`, `varchar` and the texts.
    Text,
    /// `enum`, `set`.
    Values,
    /// `binary`, `varbinary` and the blobs.
    Bytes,
    Date,
    /// `datetime`, `timestamp`.
    DateTime,
    Time,
    Year,
    Json,
    Other,
}

/// Names of several words or several names, and the normal one.
const ALIASES: &[(&str, &str)] = &[
    ("bool", "boolean"),
    ("char varying", "varchar"),
    ("character", "char"),
    ("character varying", "varchar"),
    ("dec", "decimal"),
    ("double precision", "double"),
    ("fixed", "decimal"),
    ("float4", "float"),
    ("float8", "double"),
    ("geomcollection", "geometrycollection"),
    ("int1", "tinyint"),
    ("int2", "smallint"),
    ("int3", "mediumint"),
    ("int4", "int"),
    ("int8", "bigint"),
    ("integer", "int"),
    ("long", "mediumtext"),
    ("long varbinary", "mediumblob"),
    ("long varchar", "mediumtext"),
    ("middleint", "mediumint"),
    ("numeric", "decimal"),
    ("real", "double"),
    ("varcharacter", "varchar"),
];

const INTEGERS: &[&str] = &["tinyint", "smallint", "mediumint", "int", "bigint"];

impl SqlType {
    /// Reads a type and brings it to its normal form.
    pub(super) fn of(sql: &str) -> Self {
        SqlType::from_tokens(&tokens(sql))
    }

    /// Reads a type from its tokens.
    pub(super) fn from_tokens(tokens: &[Token]) -> Self {
        let mut words = 1;
        // Two words are one name if together they are in the table: `double precision`.
        let two = tokens.iter().take(2).filter_map(Token::name).collect::<Vec<_>>().join(" ").to_lowercase();
        if ALIASES.iter().any(|(name, _)| *name == two && name.contains(' ')) {
            words = 2;
        }
        let name = tokens.iter().take(words).filter_map(Token::name).collect::<Vec<_>>().join(" ").to_lowercase();
        let mut found = SqlType {
            name: ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, normal)| (*normal).to_owned()),
            ..SqlType::default()
        };
        let mut at = words.min(tokens.len());
        if tokens.get(at).is_some_and(|token| token.is_symbol("(")) {
            let end = closing(tokens, at).unwrap_or(tokens.len());
            let inside = &tokens[at + 1..end.max(at + 1)];
            found.arguments = inside.iter().filter(|token| !token.is_symbol(",")).cloned().collect();
            at = (end + 1).min(tokens.len());
        }
        found.attributes(&tokens[at..]);
        found.settle();
        found
    }

    fn attributes(&mut self, mut rest: &[Token]) {
        while let [first, after @ ..] = rest {
            let value = after.first().and_then(Token::name).map(charset_name);
            rest = after;
            if first.is_word("unsigned") {
                self.unsigned = true;
            } else if first.is_word("zerofill") {
                self.zerofill = true;
                self.unsigned = true;
            } else if first.is_word("signed") {
            } else if first.is_word("collate") && value.is_some() {
                self.collation = value;
                rest = &after[1..];
            } else if first.is_word("charset") && value.is_some() {
                self.charset = value;
                rest = &after[1..];
            } else if first.is_word("character") && after.first().is_some_and(|token| token.is_word("set")) {
                self.charset = after.get(1).and_then(Token::name).map(charset_name);
                rest = after.get(2..).unwrap_or_default();
            } else {
                self.rest.push(first.clone());
            }
        }
    }

    /// Lengths that are implied are written, widths that mean nothing are not.
    fn settle(&mut self) {
        let number = |text: &str| Token::Number(text.to_owned());
        let first = self.number(0);
        match self.name.as_str() {
            "tinyint" if first == Some(1) && !self.unsigned => {
                self.name = "boolean".to_owned();
                self.arguments.clear();
            }
            name if INTEGERS.contains(&name) && !self.zerofill => self.arguments.clear(),
            "boolean" | "year" => self.arguments.clear(),
            "decimal" if self.arguments.is_empty() => self.arguments = vec![number("10"), number("0")],
            "decimal" if self.arguments.len() == 1 => self.arguments.push(number("0")),
            "float" if self.arguments.len() == 1 => {
                if first > Some(24) {
                    self.name = "double".to_owned();
                }
                self.arguments.clear();
            }
            "bit" | "char" | "binary" if self.arguments.is_empty() => self.arguments.push(number("1")),
            "datetime" | "timestamp" | "time" if first == Some(0) => self.arguments.clear(),
            _ => {}
        }
        if self.collation.is_some() {
            self.charset = None;
        }
    }

    /// Returns an argument that is a number.
    pub(super) fn number(&self, at: usize) -> Option<u64> {
        match self.arguments.get(at) {
            Some(Token::Number(text)) => text.parse().ok(),
            _ => None,
        }
    }

    /// Returns the values of an enum or a set.
    pub(super) fn values(&self) -> Vec<&str> {
        let mut values = Vec::new();
        for argument in &self.arguments {
            if let Token::Text(value) = argument {
                values.push(value.as_str());
            }
        }
        values
    }

    /// Returns it as SQL, without its collation.
    pub(super) fn sql(&self) -> String {
        let mut sql = self.name.clone();
        if !self.arguments.is_empty() {
            let arguments: Vec<String> =
                self.arguments.iter().map(|token| print(std::slice::from_ref(token))).collect();
            sql.push_str(&format!("({})", arguments.join(",")));
        }
        if self.unsigned {
            sql.push_str(" unsigned");
        }
        if self.zerofill {
            sql.push_str(" zerofill");
        }
        if let Some(charset) = &self.charset {
            sql.push_str(&format!(" character set {charset}"));
        }
        if !self.rest.is_empty() {
            sql.push_str(&format!(" {}", print(&self.rest)));
        }
        sql
    }

    pub(super) fn family(&self) -> Family {
        match self.name.as_str() {
            "boolean" => Family::Boolean,
            name if INTEGERS.contains(&name) => Family::Integer,
            "decimal" => Family::Decimal,
            "float" | "double" => Family::Float,
            "bit" => Family::Bit,
            "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => Family::Text,
            "enum" | "set" => Family::Values,
            "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => Family::Bytes,
            "date" => Family::Date,
            "datetime" | "timestamp" => Family::DateTime,
            "time" => Family::Time,
            "year" => Family::Year,
            "json" => Family::Json,
            _ => Family::Other,
        }
    }

    /// Whether the column is left out of `SELECT *`: MariaDB and MySQL know it, no model says it.
    pub(super) fn is_invisible(&self) -> bool {
        self.rest.iter().any(|token| token.is_word("invisible"))
    }

    /// Whether an index needs to be told how much of it to hold.
    pub(super) fn is_long(&self) -> bool {
        self.name == "json" || self.name.ends_with("text") || self.name.ends_with("blob")
    }

    /// How many characters or bytes fit; for bytes and texts alone.
    pub(super) fn capacity(&self) -> u64 {
        match self.name.as_str() {
            "tinytext" | "tinyblob" => 255,
            "text" | "blob" => 65_535,
            "mediumtext" | "mediumblob" => 16_777_215,
            "longtext" | "longblob" => u64::from(u32::MAX),
            _ => self.number(0).unwrap_or(1),
        }
    }
}

/// A charset or a collation, in lower case and by its long name.
pub(super) fn charset_name(name: &str) -> String {
    let name = name.to_lowercase();
    match name.strip_prefix("utf8") {
        Some(rest) if rest.is_empty() || rest.starts_with('_') => format!("utf8mb3{rest}"),
        _ => name,
    }
}

/// The range of an integer type, as the exponents of two below and above zero.
fn bits(of: &SqlType) -> Option<(u32, u32)> {
    let bits = match of.name.as_str() {
        "boolean" | "tinyint" => 8,
        "smallint" => 16,
        "mediumint" => 24,
        "int" => 32,
        "bigint" => 64,
        _ => return None,
    };
    Some(if of.unsigned { (0, bits) } else { (bits - 1, bits - 1) })
}

/// True if some value of `from` may not fit into `to`.
pub(super) fn narrows(from: &SqlType, to: &SqlType) -> bool {
    if from == to {
        return false;
    }
    if let (Some(from), Some(to)) = (bits(from), bits(to)) {
        return to.0 < from.0 || to.1 < from.1;
    }
    let numbers = |of: &SqlType| (of.number(0).unwrap_or(0), of.number(1).unwrap_or(0));
    match (from.family(), to.family()) {
        (Family::Decimal, Family::Decimal) => {
            let ((digits, scale), (to_digits, to_scale)) = (numbers(from), numbers(to));
            let loses_sign = to.unsigned && !from.unsigned;
            loses_sign || to_scale < scale || to_digits.saturating_sub(to_scale) < digits.saturating_sub(scale)
        }
        (Family::Boolean | Family::Integer, Family::Decimal) => {
            let (below, above) = bits(from).unwrap_or((64, 64));
            // A bit is a little less than a third of a digit.
            let needed = u64::from(below.max(above)) * 302 / 1000 + 1;
            let (digits, scale) = numbers(to);
            digits.saturating_sub(scale) < needed || (to.unsigned && below > 0)
        }
        (Family::Float, Family::Float) => to.name == "float" || !to.arguments.is_empty(),
        (Family::Text, Family::Text) | (Family::Bytes, Family::Bytes) => to.capacity() < from.capacity(),
        (Family::Values, Family::Values) => {
            from.name != to.name || from.values().iter().any(|value| !to.values().contains(value))
        }
        (Family::Values, Family::Text) => {
            let length = |values: &[&str]| match from.name.as_str() {
                "set" => values.iter().map(|value| value.chars().count() + 1).sum::<usize>(),
                _ => values.iter().map(|value| value.chars().count()).max().unwrap_or(0),
            };
            to.capacity() < length(&from.values()) as u64
        }
        (Family::Json, Family::Text) => to.name != "longtext",
        // Twenty characters hold any integer with its sign.
        (Family::Boolean | Family::Integer, Family::Text) => to.capacity() < 20,
        (Family::Bit, Family::Bit) => numbers(to).0 < numbers(from).0,
        (Family::DateTime, Family::DateTime) => {
            numbers(to).0 < numbers(from).0 || (from.name == "datetime" && to.name == "timestamp")
        }
        (Family::Time, Family::Time) => numbers(to).0 < numbers(from).0,
        (Family::Date, Family::DateTime) => to.name == "timestamp",
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_have_one_spelling() {
        for (written, expected) in [
            ("INTEGER", "int"),
            ("int(11)", "int"),
            ("int(10) unsigned", "int unsigned"),
            ("int(5) unsigned zerofill", "int(5) unsigned zerofill"),
            ("int(5) zerofill", "int(5) unsigned zerofill"),
            ("bool", "boolean"),
            ("tinyint(1)", "boolean"),
            ("tinyint(1) unsigned", "tinyint unsigned"),
            ("tinyint(4)", "tinyint"),
            ("BIGINT SIGNED", "bigint"),
            ("numeric", "decimal(10,0)"),
            ("dec(5)", "decimal(5,0)"),
            ("Numeric( 12 , 2 )", "decimal(12,2)"),
            ("double precision", "double"),
            ("float(24)", "float"),
            ("float(53)", "double"),
            ("float(7,2)", "float(7,2)"),
            ("real", "double"),
            ("char", "char(1)"),
            ("bit", "bit(1)"),
            ("character varying(20)", "varchar(20)"),
            ("datetime(0)", "datetime"),
            ("TIMESTAMP(6)", "timestamp(6)"),
            ("year(4)", "year"),
            ("ENUM('Sad', \"o'k\")", "enum('Sad','o''k')"),
            ("varchar(10) charset utf8", "varchar(10) character set utf8mb3"),
            ("varchar(10) character set utf8 collate utf8_bin", "varchar(10)"),
            ("long varchar", "mediumtext"),
            ("geometry", "geometry"),
            ("", ""),
            ("int(", "int"),
        ] {
            assert_eq!(SqlType::of(written).sql(), expected, "{written}");
            assert_eq!(SqlType::of(expected).sql(), expected, "{expected} is its own normal form");
        }
        assert_eq!(SqlType::of("text collate UTF8_bin").collation.as_deref(), Some("utf8mb3_bin"));
    }

    #[test]
    fn a_type_narrows_if_a_value_may_not_fit() {
        for (from, to, expected) in [
            ("int", "bigint", false),
            ("bigint", "int", true),
            ("int", "int unsigned", true),
            ("int unsigned", "int", true),
            ("int unsigned", "bigint", false),
            ("boolean", "int", false),
            ("int", "boolean", true),
            ("varchar(10)", "varchar(20)", false),
            ("varchar(20)", "varchar(10)", true),
            ("varchar(20)", "text", false),
            ("text", "varchar(255)", true),
            ("decimal(10,2)", "decimal(12,2)", false),
            ("decimal(10,2)", "decimal(10,3)", true),
            ("int", "decimal(10,0)", false),
            ("bigint", "decimal(10,0)", true),
            ("float", "double", false),
            ("double", "float", true),
            ("datetime(6)", "datetime", true),
            ("datetime", "datetime(6)", false),
            ("date", "datetime", false),
            ("timestamp", "datetime", false),
            ("datetime", "timestamp", true),
            ("enum('a','b')", "enum('b','a','c')", false),
            ("enum('a','b')", "enum('a')", true),
            ("enum('a','bc')", "varchar(2)", false),
            ("enum('a','bc')", "varchar(1)", true),
            ("int", "varchar(20)", false),
            ("varchar(20)", "int", true),
            ("json", "longtext", false),
            ("uuid", "char(36)", true),
        ] {
            assert_eq!(narrows(&SqlType::of(from), &SqlType::of(to)), expected, "{from} to {to}");
        }
    }
}
