//! Literals as values. Nothing but a literal is read, because the command line reads source without expanding it.

use super::ast::{At, Fault, Token, TokenKind};

/// What a literal says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    /// Decimal, without underscores and suffix.
    Number {
        digits: String,
        whole: bool,
    },
    Bool(bool),
}

/// The literal that all of `tokens` are; None if there are none.
pub(super) fn value(tokens: &[Token<'_>]) -> Option<Result<At<Value>, Fault>> {
    let first = tokens.first()?;
    let span = first.span;
    let (read, used) = match (&first.kind, tokens.get(1).map(|token| &token.kind)) {
        (TokenKind::Literal(written), _) => (literal(written), 1),
        (TokenKind::Punct('-'), Some(TokenKind::Literal(written))) => (negative(written), 2),
        (TokenKind::Ident(word), _) if matches!(*word, "true" | "false") => (Ok(Value::Bool(*word == "true")), 1),
        (TokenKind::Ident(name), next) => return Some(Err(not_a_literal(first, name, next))),
        _ => return Some(Err(Fault::new(span, "expected a literal"))),
    };
    Some(match (read, tokens.get(used)) {
        (Ok(_), Some(more)) => Err(Fault::new(more.span, "expected a comma after the value")),
        (Ok(value), None) => Ok(At { value, span }),
        (Err(message), _) => Err(Fault::new(span, message)),
    })
}

fn not_a_literal(at: &Token<'_>, name: &str, next: Option<&TokenKind<'_>>) -> Fault {
    let written = if next == Some(&TokenKind::Punct('!')) { format!("{name}!") } else { name.to_owned() };
    Fault::new(at.span, format!("`{written}` is not a literal"))
        .help("write the value out: `cargo alembic` reads the source without running it")
}

fn negative(written: &str) -> Result<Value, String> {
    match literal(written)? {
        Value::Number { digits, whole } => Ok(Value::Number { digits: format!("-{digits}"), whole }),
        Value::Text(_) | Value::Bool(_) => Err("expected a number after `-`".to_owned()),
    }
}

fn literal(written: &str) -> Result<Value, String> {
    match written.as_bytes() {
        [b'"', ..] => quoted(written),
        [b'r', b'"' | b'#', ..] => raw(written),
        [b'b', b'"' | b'r', ..] => Err("byte strings are not text".to_owned()),
        [b'c', b'"' | b'r', ..] => Err("C strings are not text".to_owned()),
        [b'\'', ..] | [b'b', b'\'', ..] => Err("characters are not text".to_owned()),
        [b'-', ..] => negative(&written[1..]),
        [b'0'..=b'9', ..] => number(written),
        _ => Err(format!("`{written}` is no literal of Rust")),
    }
}

fn raw(written: &str) -> Result<Value, String> {
    let hashes = written.bytes().skip(1).take_while(|&byte| byte == b'#').count();
    let guard = "#".repeat(hashes);
    written
        .get(1 + hashes..)
        .and_then(|rest| rest.strip_prefix('"'))
        .and_then(|rest| rest.strip_suffix(guard.as_str())?.strip_suffix('"'))
        .map(|text| Value::Text(text.replace("\r\n", "\n")))
        .ok_or_else(|| "the raw string does not end".to_owned())
}

fn quoted(written: &str) -> Result<Value, String> {
    let mut text = String::with_capacity(written.len());
    let mut rest = written.get(1..).unwrap_or_default();
    loop {
        let Some(special) = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\')) else {
            return Err("the string does not end".to_owned());
        };
        push_lines(&rest[..special], &mut text);
        let ends = rest[special..].starts_with('"');
        rest = &rest[special + 1..];
        if ends {
            break;
        }
        rest = escape(rest, &mut text)?;
    }
    if rest.is_empty() { Ok(Value::Text(text)) } else { Err(format!("strings have no suffix `{rest}`")) }
}

/// Appends text with the ends of lines that Rust sees.
fn push_lines(written: &str, text: &mut String) {
    if written.contains('\r') {
        text.push_str(&written.replace("\r\n", "\n"));
    } else {
        text.push_str(written);
    }
}

/// Reads what stands behind a backslash, and returns the rest.
fn escape<'w>(rest: &'w str, text: &mut String) -> Result<&'w str, String> {
    let mut chars = rest.chars();
    let escaped = match chars.next() {
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('0') => '\0',
        Some(same @ ('\\' | '\'' | '"')) => same,
        Some('\n' | '\r') => return Ok(chars.as_str().trim_start_matches([' ', '\t', '\n', '\r'])),
        Some('x') => return code_point(chars.as_str().split_at_checked(2), text),
        Some('u') => return code_point(unicode_digits(chars.as_str()), text),
        _ => return Err("unknown escape in the string".to_owned()),
    };
    text.push(escaped);
    Ok(chars.as_str())
}

fn unicode_digits(rest: &str) -> Option<(&str, &str)> {
    rest.strip_prefix('{')?.split_once('}')
}

fn code_point<'w>(digits_and_rest: Option<(&str, &'w str)>, text: &mut String) -> Result<&'w str, String> {
    let read = digits_and_rest.and_then(|(digits, rest)| {
        let code = u32::from_str_radix(&digits.replace('_', ""), 16).ok()?;
        Some((char::from_u32(code)?, rest))
    });
    let (c, rest) = read.ok_or_else(|| "unknown escape in the string".to_owned())?;
    text.push(c);
    Ok(rest)
}

fn number(written: &str) -> Result<Value, String> {
    let radix = match written.as_bytes() {
        [b'0', b'x', ..] => 16,
        [b'0', b'o', ..] => 8,
        [b'0', b'b', ..] => 2,
        _ => return decimal(written),
    };
    let body = &written[2..];
    let end = body.find(|c: char| c != '_' && !c.is_digit(radix)).unwrap_or(body.len());
    let (digits, suffix) = body.split_at(end);
    if !INTEGERS.contains(&suffix) {
        return Err(format!("numbers have no suffix `{suffix}`"));
    }
    u128::from_str_radix(&digits.replace('_', ""), radix)
        .map(|number| Value::Number { digits: number.to_string(), whole: true })
        .map_err(|_| format!("`{written}` is no number"))
}

const INTEGERS: &[&str] = &["", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize"];

fn decimal(written: &str) -> Result<Value, String> {
    let digits_from = |at: usize| {
        let rest = &written[at..];
        at + rest.find(|c: char| c != '_' && !c.is_ascii_digit()).unwrap_or(rest.len())
    };
    let mut end = digits_from(0);
    let mut whole = true;
    if written[end..].starts_with('.') {
        whole = false;
        end = digits_from(end + 1);
    }
    if written[end..].starts_with(['e', 'E']) {
        whole = false;
        let sign = usize::from(written[end + 1..].starts_with(['+', '-']));
        end = digits_from(end + 1 + sign);
    }
    let (digits, suffix) = written.split_at(end);
    let float = matches!(suffix, "f32" | "f64");
    if !float && !INTEGERS.contains(&suffix) {
        return Err(format!("numbers have no suffix `{suffix}`"));
    }
    let mut digits = digits.replace('_', "");
    if digits.ends_with('.') {
        digits.push('0');
    }
    Ok(Value::Number { digits, whole: whole && !float })
}
