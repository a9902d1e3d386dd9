//! Defaults: their normal form for a column's type, and how they are written.
//!
//! `ON UPDATE` is kept as the tail of a default, for nothing else of a column could carry it. Read [`normal`] first.

use super::Flavor;
use super::expression::{normal_tokens, print};
use super::lex::{Token, literal, tokens};
use super::sql_type::{Family, SqlType};

/// Returns the normal form of a default of a column of this type; nothing for `NULL`.
pub(super) fn normal(sql: &str, sql_type: &SqlType) -> Option<String> {
    let all = tokens(sql);
    let (value, on_update) = all.split_at(on_update(&all).unwrap_or(all.len()));
    let value = match normal_tokens(value.to_vec()) {
        value if value.len() == 1 && value[0].is_word("null") => String::new(),
        value => normal_value(&value, sql_type),
    };
    let on_update = match on_update {
        [_, _, expression @ ..] => format!("on update {}", print(&normal_tokens(expression.to_vec()))),
        _ => String::new(),
    };
    let separator = if value.is_empty() || on_update.is_empty() { "" } else { " " };
    Some(format!("{value}{separator}{on_update}")).filter(|text| !text.is_empty())
}

/// Returns where `ON UPDATE` begins.
fn on_update(tokens: &[Token]) -> Option<usize> {
    tokens.windows(2).position(|pair| pair[0].is_word("on") && pair[1].is_word("update"))
}

/// Returns a literal as the type would store it, and anything else as it is.
fn normal_value(value: &[Token], sql_type: &SqlType) -> String {
    let as_is = || print(value);
    let number = signed_number(value);
    match sql_type.family() {
        Family::Boolean => match number.as_deref() {
            Some("0") => "false".to_owned(),
            Some("1") => "true".to_owned(),
            Some(number) => number.to_owned(),
            None => as_is(),
        },
        Family::Integer | Family::Year => number.unwrap_or_else(as_is),
        Family::Float => number.map(|number| trimmed(&number)).unwrap_or_else(as_is),
        Family::Decimal => {
            let scale = sql_type.number(1).and_then(|scale| usize::try_from(scale).ok()).unwrap_or(0);
            number.and_then(|number| scaled(&number, scale)).unwrap_or_else(as_is)
        }
        Family::Bit => bits(value).unwrap_or_else(as_is),
        Family::Other | Family::Json => as_is(),
        // What remains keeps text, or is written as text.
        _ => number.filter(|_| !matches!(value, [Token::Text(_)])).map_or_else(as_is, |number| literal(&number)),
    }
}

/// Returns the number that a literal is, `'5'` and `- 5` among them, if it is a plain decimal one.
fn signed_number(value: &[Token]) -> Option<String> {
    let (sign, digits) = match value {
        [Token::Symbol(sign @ ("-" | "+")), Token::Number(digits)] => (*sign, digits.as_str()),
        [Token::Number(digits)] => ("", digits.as_str()),
        [Token::Text(text)] => match text.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", text.as_str()),
        },
        _ => return None,
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() && fraction.is_empty() || !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let is_zero = whole == "0" && fraction.bytes().all(|byte| byte == b'0');
    let sign = if sign == "-" && !is_zero { "-" } else { "" };
    let point = if digits.contains('.') { "." } else { "" };
    Some(format!("{sign}{whole}{point}{fraction}"))
}

/// Returns the number without zeros at the end of its fraction.
fn trimmed(number: &str) -> String {
    match number.split_once('.') {
        Some(_) => number.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => number.to_owned(),
    }
}

/// Returns the number with so many digits after the point, if no other digit is lost.
fn scaled(number: &str, scale: usize) -> Option<String> {
    let number = trimmed(number);
    let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
    if fraction.len() > scale {
        return None;
    }
    Some(if scale == 0 { whole.to_owned() } else { format!("{whole}.{fraction:0<scale$}") })
}

fn bits(value: &[Token]) -> Option<String> {
    let digits = match value {
        [Token::Word(prefix), Token::Text(digits)] if prefix == "b" => digits.trim_start_matches('0').to_owned(),
        [Token::Number(number)] => format!("{:b}", number.parse::<u64>().ok()?).trim_start_matches('0').to_owned(),
        _ => return None,
    };
    let are_bits = digits.bytes().all(|byte| matches!(byte, b'0' | b'1'));
    are_bits.then(|| format!("b'{}'", if digits.is_empty() { "0" } else { &digits }))
}

/// Returns the clause of a column definition, after a blank.
pub(super) fn clause(default: &str, sql_type: &SqlType, flavor: Flavor) -> String {
    let all = tokens(default);
    let (value, on_update) = all.split_at(on_update(&all).unwrap_or(all.len()));
    let mut sql = String::new();
    if !value.is_empty() {
        let text = print(value);
        let is_bare =
            is_now(value) || (is_literal(value) && !(flavor == Flavor::Mysql && has_no_literal_default(sql_type)));
        let is_wrapped = value[0].is_symbol("(") && super::expression::closing(value, 0) == Some(value.len() - 1);
        sql.push_str(&if is_bare || is_wrapped { format!(" DEFAULT {text}") } else { format!(" DEFAULT ({text})") });
    }
    if let [_, _, expression @ ..] = on_update {
        sql.push_str(&format!(" ON UPDATE {}", print(expression)));
    }
    sql
}

fn is_now(value: &[Token]) -> bool {
    match value {
        [now] | [now, Token::Symbol("("), _, Token::Symbol(")")] => now.is_word("current_timestamp"),
        _ => false,
    }
}

fn is_literal(value: &[Token]) -> bool {
    match value {
        [Token::Text(_) | Token::Number(_)] | [Token::Symbol("-" | "+"), Token::Number(_)] => true,
        [word] => ["null", "true", "false"].iter().any(|literal| word.is_word(literal)),
        [Token::Word(prefix), Token::Text(_)] => {
            matches!(prefix.to_lowercase().as_str(), "b" | "x" | "n" | "date" | "time" | "timestamp")
                || prefix.starts_with('_')
        }
        _ => false,
    }
}

/// MySQL takes a default of these types only as an expression in parentheses.
fn has_no_literal_default(sql_type: &SqlType) -> bool {
    sql_type.is_long() || matches!(sql_type.family(), Family::Other)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_default_are_one() {
        for (sql_type, written, expected) in [
            ("int", "'5'", Some("5")),
            ("int", "- 5", Some("-5")),
            ("int", "(a+1)", Some("a + 1")),
            ("int", "007", Some("7")),
            ("int", "-0", Some("0")),
            ("boolean", "1", Some("true")),
            ("boolean", "FALSE", Some("false")),
            ("boolean", "'1'", Some("true")),
            ("decimal(10,2)", "0", Some("0.00")),
            ("decimal(10,2)", ".5", Some("0.50")),
            ("decimal(10,2)", "1.255", Some("1.255")),
            ("decimal(5,0)", "5.0", Some("5")),
            ("double", "5.0", Some("5")),
            ("double", "1.50", Some("1.5")),
            ("double", "1e10", Some("1e10")),
            ("varchar(9)", "5", Some("'5'")),
            ("varchar(9)", "'005'", Some("'005'")),
            ("varchar(9)", "\"it's\"", Some("'it''s'")),
            ("varchar(9)", "lcase('A')", Some("lower('A')")),
            ("varchar(9)", "NULL", None),
            ("bit(4)", "b'0101'", Some("b'101'")),
            ("bit(4)", "5", Some("b'101'")),
            ("bit(4)", "0", Some("b'0'")),
            ("datetime", "NOW()", Some("current_timestamp")),
            (
                "datetime(6)",
                "current_timestamp(6) ON UPDATE current_timestamp(6)",
                Some("current_timestamp(6) on update current_timestamp(6)"),
            ),
            ("datetime", "NULL ON UPDATE now()", Some("on update current_timestamp")),
            ("json", "'{}'", Some("'{}'")),
            ("binary(16)", "(unhex(replace(uuid(),'-','')))", Some("unhex(replace(uuid(), '-', ''))")),
        ] {
            let sql_type = SqlType::of(sql_type);
            let found = normal(written, &sql_type);
            assert_eq!(found.as_deref(), expected, "{written}");
            assert_eq!(found.as_deref().and_then(|text| normal(text, &sql_type)), found, "{written} twice");
        }
    }

    #[test]
    fn only_expressions_are_in_parentheses() {
        for (sql_type, flavor, default, expected) in [
            ("int", Flavor::Mariadb, "-5", " DEFAULT -5"),
            ("int", Flavor::Mariadb, "a + 1", " DEFAULT (a + 1)"),
            ("int", Flavor::Mariadb, "(a + 1)", " DEFAULT (a + 1)"),
            ("boolean", Flavor::Mariadb, "true", " DEFAULT true"),
            ("bit(4)", Flavor::Mariadb, "b'101'", " DEFAULT b'101'"),
            (
                "datetime(6)",
                Flavor::Mysql,
                "current_timestamp(6) on update current_timestamp(6)",
                " DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6)",
            ),
            ("datetime", Flavor::Mysql, "on update current_timestamp", " ON UPDATE current_timestamp"),
            ("text", Flavor::Mariadb, "'x'", " DEFAULT 'x'"),
            ("text", Flavor::Mysql, "'x'", " DEFAULT ('x')"),
            ("json", Flavor::Mysql, "'{}'", " DEFAULT ('{}')"),
        ] {
            assert_eq!(clause(default, &SqlType::of(sql_type), flavor), expected);
        }
    }

    proptest! {
        #[test]
        fn a_normal_default_is_its_own(
            sql_type in prop::sample::select(
                &["int", "boolean", "decimal(6,2)", "double", "varchar(9)", "bit(3)", "datetime", "json"][..]
            ),
            sql in "[-+]?('?[0-9.]{0,5}'?|true|null|now[(][)]|b'[01]{0,4}')( on update now[(][)])?",
        ) {
            let sql_type = SqlType::of(sql_type);
            if let Some(once) = normal(&sql, &sql_type) {
                prop_assert_eq!(normal(&once, &sql_type), Some(once));
            }
        }
    }
}
