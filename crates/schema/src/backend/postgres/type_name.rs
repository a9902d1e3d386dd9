//! Names of types: the spelling a person would choose, and whether the values of one fit into another.
//!
//! Read [`TypeName::parse`] first.

use super::tokens::{Kind, Token, tokens, written};

/// Names of one type, the one we write first.
#[rustfmt::skip]
const ALIASES: &[&[&str]] = &[
    &["bigint", "int8"],
    &["integer", "int", "int4"],
    &["smallint", "int2"],
    &["boolean", "bool"],
    &["double precision", "float8"],
    &["real", "float4"],
    &["numeric", "decimal", "dec"],
    &["varchar", "character varying", "char varying"],
    &["char", "character"],
    &["varbit", "bit varying"],
    &["timestamptz", "timestamp with time zone"],
    &["timestamp", "timestamp without time zone"],
    &["timetz", "time with time zone"],
    &["time", "time without time zone"],
];

/// A type taken apart: `numeric`, `10, 2`, one dimension or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TypeName {
    /// Normalized: `timestamptz`, `mood`, `"Mood"`, `game.mood`.
    pub base: String,
    pub arguments: Vec<String>,
    pub is_array: bool,
}

impl TypeName {
    /// Takes any spelling: `int8` is `bigint`, `character varying(8)` is `varchar(8)`.
    pub fn parse(sql: &str) -> TypeName {
        let read = |sql: &str| tokens(sql).map(|tokens| parsed(&tokens));
        // What does not come back as it went in is no type that we can take apart.
        let whole = || TypeName { base: sql.trim().to_owned(), arguments: Vec::new(), is_array: false };
        read(sql).filter(|name| read(&name.sql()).as_ref() == Some(name)).unwrap_or_else(whole)
    }

    pub fn element(&self) -> TypeName {
        TypeName { is_array: false, ..self.clone() }
    }

    /// Returns the first argument, if it is a number.
    fn length(&self) -> Option<u64> {
        self.arguments.first().and_then(|length| length.parse().ok())
    }

    /// Returns the one spelling that we write.
    pub fn sql(&self) -> String {
        let mut sql = self.base.clone();
        if !self.arguments.is_empty() {
            sql.push_str(&format!("({})", self.arguments.join(",")));
        }
        if self.is_array {
            sql.push_str("[]");
        }
        sql
    }
}

fn parsed(tokens: &[Token]) -> TypeName {
    let is_array = tokens.iter().any(|token| token.is("[") || token.is("ARRAY"));
    let element: Vec<Token> = match tokens.iter().position(|token| token.is("[") || token.is("ARRAY")) {
        Some(end) => tokens[..end].to_vec(),
        None => tokens.to_vec(),
    };
    let mut words = element.as_slice();
    if let [schema, point, rest @ ..] = words
        && schema.names("pg_catalog")
        && point.is(".")
    {
        words = rest;
    }
    let open = words.iter().position(|token| token.is("("));
    let close = open.and_then(|open| words[open..].iter().position(|token| token.is(")")).map(|close| open + close));
    let (base, arguments) = match (open, close) {
        (Some(open), Some(close)) => {
            let base: Vec<Token> = words[..open].iter().chain(&words[close + 1..]).cloned().collect();
            let arguments = words[open + 1..close].split(|token| token.is(","));
            (written(&lower(base)), arguments.map(written).filter(|argument| !argument.is_empty()).collect())
        }
        _ => (written(&lower(words.to_vec())), Vec::new()),
    };
    complete(base, arguments, is_array)
}

/// Keywords are names here: `at`, `row`.
fn lower(mut tokens: Vec<Token>) -> Vec<Token> {
    for token in &mut tokens {
        if token.kind == Kind::Word {
            token.text.make_ascii_lowercase();
        }
    }
    tokens
}

/// Applies the aliases and what PostgreSQL adds to a bare name.
fn complete(base: String, mut arguments: Vec<String>, is_array: bool) -> TypeName {
    let alias = ALIASES.iter().find(|names| names.contains(&base.as_str()));
    let mut base = alias.map_or(base, |names| names[0].to_owned());
    match base.as_str() {
        "float" => {
            let is_single = arguments.first().and_then(|digits| digits.parse::<u32>().ok()).is_some_and(|n| n < 25);
            base = if is_single { "real" } else { "double precision" }.to_owned();
            arguments.clear();
        }
        "numeric" if arguments.len() == 2 && arguments[1] == "0" => drop(arguments.pop()),
        "char" | "bit" if arguments.is_empty() => arguments.push("1".to_owned()),
        "timestamp" | "timestamptz" | "time" | "timetz" if arguments == ["6"] => arguments.clear(),
        _ => {}
    }
    TypeName { base, arguments, is_array }
}

/// True for the types whose literals are numbers.
pub(super) fn is_number(base: &str) -> bool {
    matches!(base, "smallint" | "integer" | "bigint" | "real" | "double precision" | "numeric")
}

/// True for the types that hold text.
pub(super) fn is_text(base: &str) -> bool {
    matches!(base, "text" | "varchar" | "char" | "bpchar" | "citext" | "name")
}

/// True if a value of `from` may not fit into `to`, or may lose something on its way.
pub(super) fn narrows(from: &TypeName, to: &TypeName) -> bool {
    if from == to {
        return false;
    }
    if from.is_array != to.is_array {
        return !(is_text(&to.base) && !to.is_array && to.arguments.is_empty());
    }
    if is_text(&to.base) {
        return !fits_into_text(from, to);
    }
    if from.base == to.base {
        return shrinks(from, to);
    }
    !WIDENINGS.contains(&(from.base.as_str(), to.base.as_str())) && !fits_into_numeric(from, to)
        || (to.base == "numeric" && !fits_into_numeric(from, to))
        || (!to.arguments.is_empty() && to.base != "numeric")
}

/// Pairs of types of which the second holds every value of the first.
#[rustfmt::skip]
const WIDENINGS: &[(&str, &str)] = &[
    ("smallint", "integer"), ("smallint", "bigint"), ("integer", "bigint"), ("smallint", "real"),
    ("smallint", "double precision"), ("integer", "double precision"), ("real", "double precision"),
    ("boolean", "smallint"), ("boolean", "integer"), ("boolean", "bigint"), ("boolean", "numeric"),
    ("date", "timestamp"), ("date", "timestamptz"), ("timestamp", "timestamptz"), ("timestamptz", "timestamp"),
    ("time", "timetz"), ("time", "interval"), ("json", "jsonb"), ("jsonb", "json"), ("cidr", "inet"),
    ("macaddr", "macaddr8"), ("bit", "varbit"),
];

fn fits_into_text(from: &TypeName, to: &TypeName) -> bool {
    if to.arguments.is_empty() && to.base != "name" {
        return true;
    }
    is_text(&from.base) && matches!((from.length(), to.length()), (Some(from), Some(to)) if from <= to)
}

fn shrinks(from: &TypeName, to: &TypeName) -> bool {
    if to.arguments.is_empty() {
        return false;
    }
    match to.base.as_str() {
        "numeric" => !fits_into_numeric(from, to),
        _ => match (from.length(), to.length()) {
            (Some(from), Some(to)) => to < from,
            _ => true,
        },
    }
}

fn fits_into_numeric(from: &TypeName, to: &TypeName) -> bool {
    if to.base != "numeric" {
        return false;
    }
    let digits = |name: &TypeName| -> Option<(i64, i64)> {
        let number = |at: usize| name.arguments.get(at).and_then(|digits| digits.parse::<i64>().ok());
        let scale = number(1).unwrap_or(0);
        number(0).map(|precision| (precision - scale, scale))
    };
    let needed = match from.base.as_str() {
        "boolean" => Some((1, 0)),
        "smallint" => Some((5, 0)),
        "integer" => Some((10, 0)),
        "bigint" => Some((19, 0)),
        "numeric" => digits(from),
        _ => None,
    };
    match (digits(to), needed) {
        (None, _) => is_number(&from.base) || from.base == "boolean",
        (Some(_), None) => false,
        (Some((whole, fraction)), Some((needs_whole, needs_fraction))) => {
            whole >= needs_whole && fraction >= needs_fraction
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_type_is_one() {
        for (written, expected) in [
            ("int4", "integer"),
            ("INT", "integer"),
            ("pg_catalog.int8", "bigint"),
            ("character varying ( 8 )", "varchar(8)"),
            ("character varying", "varchar"),
            ("CHAR", "char(1)"),
            ("character(3)", "char(3)"),
            ("\"char\"", "\"char\""),
            ("bpchar", "bpchar"),
            ("decimal(10, 2)", "numeric(10,2)"),
            ("numeric(5,0)", "numeric(5)"),
            ("timestamp(3) with time zone", "timestamptz(3)"),
            ("timestamp without time zone", "timestamp"),
            ("TIMESTAMP(6)", "timestamp"),
            ("float(10)", "real"),
            ("float", "double precision"),
            ("Double  Precision", "double precision"),
            ("text[][]", "text[]"),
            ("character varying(3)[]", "varchar(3)[]"),
            ("int array", "integer[]"),
            ("integer[3]", "integer[]"),
            ("bit varying(4)", "varbit(4)"),
            ("bit", "bit(1)"),
            ("Mood", "mood"),
            ("\"Mo od\"[]", "\"Mo od\"[]"),
            ("game.mood", "game.mood"),
            ("interval", "interval"),
        ] {
            assert_eq!(TypeName::parse(written).sql(), expected, "{written}");
            assert_eq!(TypeName::parse(expected).sql(), expected);
        }
    }

    #[test]
    fn a_type_narrows_if_a_value_could_be_lost() {
        let cases = [
            ("integer", "bigint", false),
            ("bigint", "integer", true),
            ("varchar(8)", "varchar(9)", false),
            ("varchar(8)", "varchar(7)", true),
            ("varchar", "varchar(7)", true),
            ("text", "varchar(7)", true),
            ("varchar(8)", "text", false),
            ("uuid", "text", false),
            ("uuid", "varchar(10)", true),
            ("text", "uuid", true),
            ("text", "integer", true),
            ("integer", "numeric", false),
            ("integer", "numeric(8)", true),
            ("integer", "numeric(12,2)", false),
            ("numeric(10,2)", "numeric(12,4)", false),
            ("numeric(10,2)", "numeric(10,4)", true),
            ("numeric(10,2)", "numeric", false),
            ("numeric", "numeric(10,2)", true),
            ("bigint", "double precision", true),
            ("integer", "double precision", false),
            ("double precision", "real", true),
            ("double precision", "numeric", false),
            ("double precision", "numeric(5,1)", true),
            ("timestamp", "date", true),
            ("timestamp", "timestamptz", false),
            ("timestamp", "timestamptz(3)", true),
            ("timestamp(3)", "timestamp", false),
            ("boolean", "integer", false),
            ("mood", "text", false),
            ("text[]", "text", false),
            ("text", "text[]", true),
            ("integer[]", "bigint[]", false),
            ("bigint[]", "integer[]", true),
        ];
        for (from, to, expected) in cases {
            assert_eq!(narrows(&TypeName::parse(from), &TypeName::parse(to)), expected, "{from} to {to}");
        }
    }
}
