//! Expressions as another database writes them: casts, quotes and the clock; everything else stays as it is.
//!
//! A scanner's work, no parser's: whatever it changes is noted for a person. Read [`default`] first.

use alembic_revisions::DialectName;

use super::types::unquoted;
use crate::model::{DefaultValue, RustType};
use crate::tokens::{Kind, Token, tokens};

const NOW: [&str; 7] = [
    "now()",
    "current_timestamp",
    "current_timestamp()",
    "localtimestamp",
    "localtimestamp()",
    "datetime('now')",
    "strftime('%y-%m-%dt%h:%m:%f+00:00','now')",
];
const TODAY: [&str; 4] = ["current_date", "current_date()", "curdate()", "date('now')"];
const UUID: [&str; 3] = ["gen_random_uuid()", "uuid_generate_v4()", "uuid()"];

/// Returns a default as a model would state it, and whether that is all it was; none for NULL.
pub fn default(sql: &str, rust_type: &RustType, to: DialectName) -> Option<(DefaultValue, bool)> {
    let bare = without_parentheses(&without_casts(sql)).trim().to_owned();
    let word = without_precision(&bare.to_ascii_lowercase().replace(' ', ""));
    let known = |value| Some((value, true));
    let number =
        |text: &str| text.parse::<f64>().is_ok_and(f64::is_finite).then(|| DefaultValue::Number(text.to_owned()));
    if word == "null" {
        return None;
    }
    if let Some(portable) = [("now()", &NOW[..]), ("current_date", &TODAY), ("uuid()", &UUID)]
        .into_iter()
        .find_map(|(portable, words)| words.contains(&word.as_str()).then_some(portable))
    {
        return known(DefaultValue::Expression(portable.to_owned()));
    }
    match (word.as_str(), rust_type) {
        ("true", _) | ("1" | "'1'" | "b'1'", RustType::Bool) => return known(DefaultValue::Bool(true)),
        ("false", _) | ("0" | "'0'" | "b'0'", RustType::Bool) => return known(DefaultValue::Bool(false)),
        _ => {}
    }
    if let [Token { kind: Kind::Literal, raw }] = tokens(&bare)[..]
        && raw.starts_with('\'')
    {
        let text = unquoted(raw);
        let quoted_number = is_number(rust_type).then(|| number(&text)).flatten();
        return known(quoted_number.unwrap_or(DefaultValue::Value(text)));
    }
    match number(&bare) {
        Some(number) => known(number),
        None => Some((DefaultValue::Expression(expression(&bare, to)), false)),
    }
}

fn is_number(rust_type: &RustType) -> bool {
    use RustType as T;
    matches!(
        rust_type,
        T::I8 | T::I16 | T::I32 | T::I64 | T::U8 | T::U16 | T::U32 | T::U64 | T::F32 | T::F64 | T::Decimal
    )
}

/// `current_timestamp(6)` is `current_timestamp`.
fn without_precision(word: &str) -> String {
    match word.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) {
        Some((name, digits)) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            name.to_owned()
        }
        _ => word.to_owned(),
    }
}

/// Returns the expression in the quotes of another database, without casts.
pub fn expression(sql: &str, to: DialectName) -> String {
    let bare = without_casts(sql);
    tokens(&bare)
        .iter()
        .map(|token| match (token.kind, to) {
            (Kind::Quoted, DialectName::Mysql) if token.raw.starts_with('"') => requoted(token.raw, '`'),
            (Kind::Quoted, DialectName::Postgres | DialectName::Sqlite) if token.raw.starts_with('`') => {
                requoted(token.raw, '"')
            }
            _ => token.raw.to_owned(),
        })
        .collect()
}

fn requoted(raw: &str, quote: char) -> String {
    let body = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
    format!("{quote}{body}{quote}")
}

/// True if two expressions differ in no more than casts, quotes, parentheses, blanks and case.
pub fn is_same(one: &str, other: &str) -> bool {
    fn plain(sql: &str) -> String {
        let bare = without_casts(sql);
        let solid = tokens(&bare).into_iter().filter(|token| token.kind != Kind::Space && !"()".contains(token.raw));
        let words = solid.map(|token| match token.kind {
            Kind::Literal => token.raw.to_owned(),
            _ => token.raw.trim_matches(['"', '`', '[', ']']).to_lowercase(),
        });
        words.collect::<Vec<_>>().join(" ")
    }
    plain(one) == plain(other)
}

fn without_parentheses(sql: &str) -> &str {
    let mut rest = sql.trim();
    while let Some(inside) = rest.strip_prefix('(').and_then(|inside| inside.strip_suffix(')')) {
        // `(a) + (b)` has no outer pair.
        let mut depth = 0_i32;
        let closes_early = tokens(inside).iter().any(|token| {
            depth += i32::from(token.raw == "(") - i32::from(token.raw == ")");
            depth < 0
        });
        if closes_early {
            break;
        }
        rest = inside.trim();
    }
    rest
}

/// PostgreSQL writes `'x'::character varying(20)` where others write `'x'`.
fn without_casts(sql: &str) -> String {
    let tokens = tokens(sql);
    let mut text = String::with_capacity(sql.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if token.raw == "::" {
            at = after_type(&tokens, at + 1);
        } else {
            text.push_str(token.raw);
            at += 1;
        }
    }
    text
}

/// Returns where the type that begins at a token ends.
fn after_type(tokens: &[Token<'_>], start: usize) -> usize {
    let is = |at: usize, raw: &str| tokens.get(at).is_some_and(|token| token.raw.eq_ignore_ascii_case(raw));
    let mut at = start + 1;
    while is(at, ".") {
        at += 2;
    }
    for words in [&["varying"][..], &["precision"], &["with", "time", "zone"], &["without", "time", "zone"]] {
        if at > start && words.iter().enumerate().all(|(number, word)| is(at + 1 + 2 * number, word)) {
            at += 2 * words.len();
        }
    }
    if is(at, "(") {
        at = tokens[at..].iter().position(|token| token.raw == ")").map_or(tokens.len(), |end| at + end + 1);
    }
    while is(at, "[") && is(at + 1, "]") {
        at += 2;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_and_outer_parentheses_go() {
        for (sql, expected) in [
            ("'x'::text", "'x'"),
            ("'x'::character varying(20)", "'x'"),
            ("((a)::double precision >= (0)::double precision)", "((a) >= (0))"),
            ("'{}'::text[]", "'{}'"),
            ("'ok'::public.mood", "'ok'"),
            ("'a::b'", "'a::b'"),
            ("(at)::timestamp with time zone < now()", "(at) < now()"),
        ] {
            assert_eq!(without_casts(sql), expected);
        }
        assert_eq!(without_parentheses("((1 + 2))"), "1 + 2");
        assert_eq!(without_parentheses("(1) + (2)"), "(1) + (2)");
    }

    #[test]
    fn defaults_are_read_in_the_words_of_all_three() {
        use DefaultValue as D;
        for (sql, rust_type, expected, is_known) in [
            ("now()", RustType::ZonedDateTime, D::Expression("now()".into()), true),
            ("current_timestamp(6)", RustType::ZonedDateTime, D::Expression("now()".into()), true),
            (
                "(strftime('%Y-%m-%dT%H:%M:%f+00:00','now'))",
                RustType::ZonedDateTime,
                D::Expression("now()".into()),
                true,
            ),
            ("CURRENT_DATE", RustType::Date, D::Expression("current_date".into()), true),
            ("gen_random_uuid()", RustType::Uuid, D::Expression("uuid()".into()), true),
            ("'it''s'::text", RustType::String, D::Value("it's".into()), true),
            ("'-1'::integer", RustType::I32, D::Number("-1".into()), true),
            ("0", RustType::Bool, D::Bool(false), true),
            ("true", RustType::Bool, D::Bool(true), true),
            ("0.50", RustType::F64, D::Number("0.50".into()), true),
            ("(length('x'::text) + 1)", RustType::I32, D::Expression("length('x') + 1".into()), false),
        ] {
            assert_eq!(default(sql, &rust_type, DialectName::Sqlite), Some((expected, is_known)), "{sql}");
        }
        assert_eq!(default("NULL::text", &RustType::String, DialectName::Sqlite), None);
    }

    #[test]
    fn one_expression_in_two_spellings() {
        assert!(is_same("((level >= 0))", "level >= 0"));
        assert!(is_same("(\"order\" > 1)", "`order` > 1"));
        assert!(!is_same("name = 'A'", "name = 'a'"));
    }
}
