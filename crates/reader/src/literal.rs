//! String literals as text.

/// Returns the text of a string literal, raw or not; None for other literals.
pub fn text(written: &str) -> Option<String> {
    let hashes = written.strip_prefix('r').map(|rest| rest.bytes().take_while(|byte| *byte == b'#').count());
    if let Some(hashes) = hashes {
        let inside = written.get(1 + hashes..written.len().checked_sub(hashes)?)?;
        return Some(inside.strip_prefix('"')?.strip_suffix('"')?.to_owned());
    }
    let inside = written.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        rest = escaped(&rest[at + 1..], &mut text)?;
    }
    text.push_str(rest);
    Some(text)
}

/// Appends what an escape stands for, and returns what follows it.
fn escaped<'a>(rest: &'a str, text: &mut String) -> Option<&'a str> {
    let mut characters = rest.chars();
    let (digits, behind) = match characters.next()? {
        'n' => ("a", characters.as_str()),
        'r' => ("d", characters.as_str()),
        't' => ("9", characters.as_str()),
        '0' => ("0", characters.as_str()),
        '\\' => ("5c", characters.as_str()),
        '"' => ("22", characters.as_str()),
        '\'' => ("27", characters.as_str()),
        'x' => characters.as_str().split_at_checked(2)?,
        'u' => characters.as_str().strip_prefix('{')?.split_once('}')?,
        '\n' => return Some(characters.as_str().trim_start()),
        _ => return None,
    };
    text.push(char::from_u32(u32::from_str_radix(&digits.replace('_', ""), 16).ok()?)?);
    Some(behind)
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn literals() {
        for (written, expected) in [
            (r#""a b""#, Some("a b")),
            (r#""a\"b\\\n\u{e9}\x41""#, Some("a\"b\\\n\u{e9}A")),
            (r##"r#"a"b\n"#"##, Some(r#"a"b\n"#)),
            ("r\"a\"", Some("a")),
            ("\"a\\\n   b\"", Some("ab")),
            ("'a'", None),
            ("b\"a\"", None),
            ("1", None),
            ("\"", None),
            ("r#", None),
            ("\"\\u{110000}\"", None),
        ] {
            assert_eq!(text(written).as_deref(), expected, "{written}");
        }
    }
}
