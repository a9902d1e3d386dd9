//! Where in a text an error is, when the database says so only in words: a quoted fragment, a line.
//!
//! A place that is not certain is no place: a wrong underline is worse than none. Read [`named`] first.

use std::ops::Range;

/// How many characters of the statement MySQL quotes.
const NEAR_WIDTH: usize = 80;

/// Returns the token that begins at the byte `offset`: a name with its dots, a quoted text, else one character.
pub fn token_at(text: &str, offset: usize) -> Range<usize> {
    let mut start = offset.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let rest = &text[start..];
    let Some(first) = rest.chars().next() else { return start..start };
    let length = match first {
        '"' | '\'' | '`' => {
            rest[1..].find(first).map_or(rest.lines().next().map_or(1, str::len), |closing| closing + 2)
        }
        _ if is_word(first) => rest.find(|character| !is_word(character) && character != '.').unwrap_or(rest.len()),
        _ => first.len_utf8(),
    };
    start..start + length.max(1).min(rest.len())
}

/// Returns where the first name that `message` quotes stands in `text`, if exactly one place can be meant.
///
/// Databases quote with `"`, `'` or `` ` ``; SQLite's `no such table: x` does without.
pub fn named(message: &str, text: &str) -> Option<Range<usize>> {
    let unquoted = ["no such table: ", "no such column: ", "no such function: ", "no such index: "]
        .iter()
        .find_map(|prefix| message.split_once(prefix))
        .map(|(_, name)| name);
    if let Some(name) = unquoted {
        // The first place is as right as any other.
        let name = name.rsplit('.').next().unwrap_or(name);
        return words(text, name).next();
    }
    let only = |name| {
        let mut places = words(text, name);
        let first = places.next()?;
        places.next().is_none().then_some(first)
    };
    // MySQL writes the database before the table.
    quoted(message).find_map(|name| only(name).or_else(|| only(name.rsplit_once('.')?.1)))
}

/// Returns the place of MySQL's `near '…' at line N`, where the fragment is the text from the fault on.
pub fn near_line(message: &str, text: &str) -> Option<Range<usize>> {
    let (_, rest) = message.split_once("near '")?;
    let (fragment, line) = rest.rsplit_once("' at line ")?;
    let line: usize = line.trim().parse().ok()?;
    let line_start = match line.checked_sub(2) {
        Some(newline) => text.match_indices('\n').nth(newline)?.0 + 1,
        None => 0,
    };
    if fragment.is_empty() {
        return Some(text.len()..text.len());
    }
    let line_end = text[line_start..].find('\n').map_or(text.len(), |length| line_start + length);
    // Unless the server cut the fragment, it goes to the end of the text.
    let start = match text.strip_suffix(fragment) {
        Some(before) if fragment.chars().count() < NEAR_WIDTH => before.len(),
        _ => {
            // MariaDB shows that it cut.
            let find = |fragment| text[line_start..].find(fragment);
            line_start + find(fragment).or_else(|| find(fragment.strip_suffix("...")?))?
        }
    };
    if !(line_start..=line_end).contains(&start) {
        return None;
    }
    // After a token of one character the fragment begins behind it.
    let blanks = text[start..].len() - text[start..].trim_start().len();
    Some(token_at(text, start + blanks))
}

fn quoted(message: &str) -> impl Iterator<Item = &str> {
    ['"', '`', '\''].into_iter().flat_map(move |quote| {
        // Every second part lies between two quotes, if the quotes come in pairs.
        let pairs = message.matches(quote).count() / 2;
        message.split(quote).skip(1).step_by(2).take(pairs)
    })
}

fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let lower = text.to_ascii_lowercase();
    let wanted = word.to_ascii_lowercase();
    let mut from = 0;
    std::iter::from_fn(move || {
        while !wanted.is_empty() {
            let start = from + lower[from..].find(&wanted)?;
            let end = start + wanted.len();
            from = end;
            let starts_inside = wanted.starts_with(is_word) && lower[..start].ends_with(is_word);
            let ends_inside = wanted.ends_with(is_word) && lower[end..].starts_with(is_word);
            if !starts_inside && !ends_inside {
                return Some(start..end);
            }
        }
        None
    })
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_names_texts_or_characters() {
        for (text, offset, expected) in [
            ("SELECT é.b FROM x", 7, "é.b"),
            ("SELECT \"a b\" FROM x", 7, "\"a b\""),
            ("SELECT 'open", 7, "'open"),
            ("SELECT (1)", 7, "("),
            ("ab", 2, ""),
            ("ab", 99, ""),
        ] {
            assert_eq!(&text[token_at(text, offset)], expected, "{text}");
        }
    }

    #[test]
    fn names_in_messages_are_found() {
        for (message, text, expected) in [
            ("near \"colour\": syntax error", "ALTER TABLE x ADD é colour text", Some(21..27)),
            ("near \"x\": syntax error", "x x", None),
            ("near \",\": syntax error", "a (b,)", Some(4..5)),
            ("no such table: main.players", "INSERT INTO players SELECT * FROM players", Some(12..19)),
            ("relation \"playerz\" does not exist", "CREATE INDEX playerz_ix ON playerz (id)", Some(27..34)),
            ("Table 'db.y' doesn't exist", "UPDATE y SET a = 1", Some(7..8)),
            ("Table 'db.y' doesn't exist", "UPDATE y SET y = 1", None),
            ("Unknown column 'zz' in 'field list'", "UPDATE y SET zz = 1", Some(13..15)),
            ("out of memory", "x", None),
        ] {
            assert_eq!(named(message, text), expected, "{message}");
        }
    }

    #[test]
    fn lines_of_mysql_are_found() {
        let syntax =
            |fragment: &str, line| format!("You have an error; the syntax to use near '{fragment}' at line {line}");
        let text = "CREATE TABLE t (\n  é int,\n  oops oops oops,\n  x int)";
        for (message, expected) in [
            (syntax("oops oops,\n  x int)", 3), Some("oops")),
            (syntax("oops,\n  x int)", 3), Some("oops")),
            (syntax("", 4), Some("")),
            (syntax("é int,", 2), Some("é")),
            (syntax("é int,", 9), None),
            (syntax("nowhere", 1), None),
            ("Table 't' already exists".into(), None),
        ] {
            assert_eq!(near_line(&message, text).map(|place| &text[place]), expected, "{message}");
        }
        assert_eq!(near_line(&syntax("int,", 2), "é\nint, int,\nint, x"), Some(3..6));
        assert_eq!(near_line(&syntax("oops", 1), "ADD oops oops"), Some(9..13));
    }
}
