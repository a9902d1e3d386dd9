//! Splits SQL as MariaDB and MySQL write it into tokens.
//!
//! Total: any text gives tokens. Strings and quoted names come out as what they mean, not as how they are spelled.
//! Read [`Token`] first.

use std::iter::Peekable;
use std::str::Chars;

/// A piece of SQL; space and comments are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A keyword or a bare name, as written.
    Word(String),
    /// The name inside of backticks.
    Quoted(String),
    /// The value of a string.
    Text(String),
    /// As written: `1`, `.5`, `1e3`, `0x1F`.
    Number(String),
    Symbol(&'static str),
    /// A character that SQL has no use for.
    Other(char),
}

/// Longest first, so that `<=>` is not taken for `<=`.
const SYMBOLS: &[&str] = &[
    "<=>", "->>", "<=", ">=", "<>", "!=", "&&", "||", "<<", ">>", "->", ":=", "(", ")", ",", ".", "=", "<", ">", "+",
    "-", "*", "/", "%", "!", "~", "&", "|", "^", ";", "@", ":", "?", "{", "}",
];

impl Token {
    /// Whether it is this keyword, which is given in lower case.
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self, Token::Word(text) if text.eq_ignore_ascii_case(word))
    }

    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self, Token::Symbol(text) if *text == symbol)
    }

    /// Returns the name that it is, if it can be one.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Token::Word(name) | Token::Quoted(name) => Some(name),
            _ => None,
        }
    }
}

/// Splits `sql`.
pub(super) fn tokens(sql: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let (token, length) = next(rest, first);
        found.extend(token);
        rest = &rest[length..];
    }
    found
}

fn next(rest: &str, first: char) -> (Option<Token>, usize) {
    if let Some(length) = blank(rest, first) {
        return (None, length);
    }
    match first {
        '\'' | '"' => {
            let (value, length) = string(rest, first);
            (Some(Token::Text(value)), length)
        }
        '`' => {
            let (name, length) = quoted(rest);
            (Some(Token::Quoted(name)), length)
        }
        _ if starts_number(rest) => {
            let length = number(rest);
            let text = rest[..length].to_owned();
            // `1st` is a name, for MariaDB and MySQL let names start with digits.
            let is_name = text.chars().any(|c| c.is_alphabetic() || c == '_') && !is_number(&text);
            (Some(if is_name { Token::Word(text) } else { Token::Number(text) }), length)
        }
        _ if is_part_of_name(first) => {
            let length = run(rest, is_part_of_name);
            (Some(Token::Word(rest[..length].to_owned())), length)
        }
        _ => match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            Some(symbol) => (Some(Token::Symbol(symbol)), symbol.len()),
            None => (Some(Token::Other(first)), first.len_utf8()),
        },
    }
}

/// The length of the space or the comment at the start, if there is one.
fn blank(rest: &str, first: char) -> Option<usize> {
    let line = || rest.find('\n').map_or(rest.len(), |end| end + 1);
    match first {
        _ if first.is_whitespace() => Some(run(rest, char::is_whitespace)),
        '#' => Some(line()),
        '-' if rest.starts_with("--") && rest[2..].chars().next().is_none_or(char::is_whitespace) => Some(line()),
        '/' if rest.starts_with("/*") => Some(rest.find("*/").map_or(rest.len(), |end| end + 2)),
        _ => None,
    }
}

fn is_part_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

fn run(rest: &str, belongs: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !belongs(c)).unwrap_or(rest.len())
}

fn starts_number(rest: &str) -> bool {
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    rest.starts_with(|c: char| c.is_ascii_digit())
}

fn number(rest: &str) -> usize {
    let mut length = run(rest, is_part_of_name);
    if let Some(fraction) = rest[length..].strip_prefix('.')
        && rest[..length].bytes().all(|byte| byte.is_ascii_digit())
    {
        length += 1 + run(fraction, is_part_of_name);
    }
    let is_open = rest[..length].ends_with(['e', 'E']) && is_number(&rest[..length - 1]);
    if let Some(exponent) = rest[length..].strip_prefix(['+', '-'])
        && is_open
        && exponent.starts_with(|c: char| c.is_ascii_digit())
    {
        length += 1 + run(exponent, |c| c.is_ascii_digit());
    }
    length
}

/// Whether `text` is a whole number literal without a sign.
fn is_number(text: &str) -> bool {
    if let Some(digits) = text.strip_prefix("0x") {
        return !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let are_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    are_digits(whole)
        && are_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && !exponent.is_empty()
        && are_digits(exponent)
}

/// Returns the value of the string at the start, and the length of its spelling.
fn string(rest: &str, quote: char) -> (String, usize) {
    let mut value = String::new();
    let mut characters = rest.chars().peekable();
    characters.next();
    let mut length = quote.len_utf8();
    while let Some(c) = characters.next() {
        length += c.len_utf8();
        if c == quote {
            if characters.next_if_eq(&quote).is_none() {
                break;
            }
            length += quote.len_utf8();
            value.push(quote);
        } else if c == '\\' {
            length += escape(&mut characters, &mut value);
        } else {
            value.push(c);
        }
    }
    (value, length)
}

/// Adds what follows a backslash to `value`; returns its length.
fn escape(characters: &mut Peekable<Chars<'_>>, value: &mut String) -> usize {
    let Some(c) = characters.next() else {
        value.push('\\');
        return 0;
    };
    match c {
        'n' => value.push('\n'),
        't' => value.push('\t'),
        'r' => value.push('\r'),
        'b' => value.push('\u{8}'),
        '0' => value.push('\0'),
        'Z' => value.push('\u{1a}'),
        // Patterns of LIKE: the backslash is part of the value.
        '%' | '_' => value.extend(['\\', c]),
        _ => value.push(c),
    }
    c.len_utf8()
}

fn quoted(rest: &str) -> (String, usize) {
    let mut name = String::new();
    let mut characters = rest.chars().peekable();
    characters.next();
    let mut length = 1;
    while let Some(c) = characters.next() {
        length += c.len_utf8();
        if c == '`' {
            if characters.next_if_eq(&'`').is_none() {
                break;
            }
            length += 1;
        }
        name.push(c);
    }
    (name, length)
}

/// Returns the value as a string of MariaDB and MySQL; what would break the line is escaped.
pub(super) fn literal(value: &str) -> String {
    let mut text = String::from("'");
    for c in value.chars() {
        match c {
            '\'' => text.push_str("''"),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\0' => text.push_str("\\0"),
            '\u{1a}' => text.push_str("\\Z"),
            _ => text.push(c),
        }
    }
    text.push('\'');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_names_are_what_they_mean() {
        for (sql, expected) in [
            (r"'it''s'", Token::Text("it's".into())),
            (r"'it\'s'", Token::Text("it's".into())),
            (r#""x""y""#, Token::Text("x\"y".into())),
            (r"'a\\b\n\%'", Token::Text("a\\b\n\\%".into())),
            ("'open", Token::Text("open".into())),
            (r"'open\", Token::Text("open\\".into())),
            ("`a``b`", Token::Quoted("a`b".into())),
            ("1e-3", Token::Number("1e-3".into())),
            (".5", Token::Number(".5".into())),
            ("1st", Token::Word("1st".into())),
            ("0x1F", Token::Number("0x1F".into())),
            ("<=>", Token::Symbol("<=>")),
            ("\u{7}", Token::Other('\u{7}')),
        ] {
            assert_eq!(tokens(sql), [expected], "{sql}");
        }
        assert_eq!(tokens(" a -- b\n # c\n /* d */ /*"), [Token::Word("a".into())]);
        assert_eq!(tokens("1--1").len(), 4);
    }

    #[test]
    fn a_literal_is_read_as_the_value_that_it_was_made_of() {
        for value in ["", "it's", "a\\b", "\n\r\0\u{1a}\t", "100%", "\\%", "größe"] {
            assert_eq!(tokens(&literal(value)), [Token::Text(value.into())]);
        }
    }
}
