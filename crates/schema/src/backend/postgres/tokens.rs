//! SQL expressions as tokens, and their one way of being written: blanks, case of words and needless parentheses.
//!
//! Knows nothing of types or operators' precedence: what needs that is for the database to judge. Read [`canonical`]
//! first.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An unquoted word, in lower case unless it is one of [`KEYWORDS`].
    Word,
    /// `"name"`
    Name,
    /// A literal in quotes, with its prefix.
    Text,
    Number,
    /// An operator, or a bracket, a comma, a point, a cast.
    Sign,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    pub text: String,
}

impl Token {
    pub fn is(&self, text: &str) -> bool {
        self.text == text && !matches!(self.kind, Kind::Name | Kind::Text)
    }

    /// True for an identifier that stands for this name.
    pub fn names(&self, name: &str) -> bool {
        match self.kind {
            Kind::Word => self.text.eq_ignore_ascii_case(name) && !name.bytes().any(|byte| byte.is_ascii_uppercase()),
            Kind::Name => self.text.trim_matches('"').replace("\"\"", "\"") == name,
            Kind::Text | Kind::Number | Kind::Sign => false,
        }
    }
}

/// Words that PostgreSQL prints in capitals; all others are names, which it folds to lower case.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "ALL", "AND", "ANY", "ARRAY", "AS", "AT", "BETWEEN", "CASE", "CAST", "COALESCE", "COLLATE", "CURRENT_DATE",
    "CURRENT_TIME", "CURRENT_TIMESTAMP", "CURRENT_USER", "DISTINCT", "ELSE", "END", "ESCAPE", "EXTRACT", "FROM",
    "GREATEST", "ILIKE", "IN", "IS", "ISNULL", "LEAST", "LIKE", "LOCALTIME", "LOCALTIMESTAMP", "NOT", "NOTNULL",
    "NULL", "NULLIF", "OR", "ROW", "SESSION_USER", "SIMILAR", "SOME", "SYMMETRIC", "THEN", "WHEN",
];

/// Keywords that are written as a function's name is: without a blank before `(`.
const CALLED: &[&str] = &["CAST", "COALESCE", "EXTRACT", "GREATEST", "LEAST", "NULLIF", "ROW"];

fn is_keyword(token: &Token) -> bool {
    token.kind == Kind::Word && KEYWORDS.binary_search(&token.text.as_str()).is_ok()
}

/// Returns the expression as one way of writing it; the text itself where it is no SQL that we can read and write.
pub(super) fn canonical(sql: &str) -> String {
    let simple = tokens(sql).map(simplified);
    let text = simple.as_deref().map(written).filter(|text| tokens(text) == simple);
    text.unwrap_or_else(|| sql.trim().to_owned())
}

/// Returns the tokens without comments; None where a quote or a comment does not end.
pub(super) fn tokens(sql: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("--") {
            rest = rest.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
            continue;
        }
        if rest.starts_with("/*") {
            rest = rest.split_once("*/")?.1.trim_start();
            continue;
        }
        let (kind, length) = token(rest, first)?;
        let (text, after) = rest.split_at(length);
        tokens.push(Token { kind, text: spelled(kind, text) });
        rest = after.trim_start();
    }
    Some(tokens)
}

fn spelled(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Word => {
            let upper = text.to_ascii_uppercase();
            if KEYWORDS.binary_search(&upper.as_str()).is_ok() { upper } else { text.to_lowercase() }
        }
        Kind::Text if text.starts_with(['E', 'e']) => without_escapes(text).unwrap_or_else(|| text.to_owned()),
        Kind::Sign if text == "!=" => "<>".to_owned(),
        _ => text.to_owned(),
    }
}

/// `E'a\\b'` is `'a\b'`; literals with other escapes stay.
fn without_escapes(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text[1..].chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next()? {
                '\\' => plain.push('\\'),
                '\'' => plain.push_str("''"),
                _ => return None,
            },
            _ => plain.push(character),
        }
    }
    Some(plain)
}

fn token(rest: &str, first: char) -> Option<(Kind, usize)> {
    let begins_word = |character: char| character.is_alphabetic() || character == '_';
    let in_word = |character: char| character.is_alphanumeric() || character == '_' || character == '$';
    match first {
        '\'' => Some((Kind::Text, quoted(rest, '\'', Escapes::Doubled)?)),
        '"' => Some((Kind::Name, quoted(rest, '"', Escapes::Doubled)?)),
        '$' => dollar_quoted(rest).map(|length| (Kind::Text, length)),
        'e' | 'E' if rest[1..].starts_with('\'') => {
            Some((Kind::Text, 1 + quoted(&rest[1..], '\'', Escapes::Backslash)?))
        }
        'b' | 'B' | 'x' | 'X' | 'n' | 'N' if rest[1..].starts_with('\'') => {
            Some((Kind::Text, 1 + quoted(&rest[1..], '\'', Escapes::Doubled)?))
        }
        _ if begins_word(first) => Some((Kind::Word, rest.find(|character| !in_word(character)).unwrap_or(rest.len()))),
        _ if first.is_ascii_digit() || (first == '.' && rest[1..].starts_with(|next: char| next.is_ascii_digit())) => {
            Some((Kind::Number, number(rest)))
        }
        _ => Some((Kind::Sign, sign(rest, first))),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    Doubled,
    Backslash,
}

/// Returns the length of a quoted text, which begins with its quote.
fn quoted(rest: &str, quote: char, escapes: Escapes) -> Option<usize> {
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character == '\\' && escapes == Escapes::Backslash {
            characters.next()?;
        } else if character == quote {
            if characters.peek().is_none_or(|(_, next)| *next != quote) {
                return Some(at + quote.len_utf8());
            }
            characters.next();
        }
    }
    None
}

fn dollar_quoted(rest: &str) -> Option<usize> {
    let tag = rest[1..].find('$')? + 2;
    let end = rest[tag..].find(&rest[..tag])?;
    Some(tag + end + tag)
}

fn number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut length = 0;
    while let Some(byte) = bytes.get(length) {
        let after_exponent = length > 0 && matches!(bytes[length - 1], b'e' | b'E');
        match byte {
            b'0'..=b'9' | b'.' | b'e' | b'E' => length += 1,
            b'+' | b'-' if after_exponent => length += 1,
            _ => break,
        }
    }
    length
}

fn sign(rest: &str, first: char) -> usize {
    const OPERATOR: &str = "+-*/<>=~!@#%^&|`?";
    if rest.starts_with("::") {
        return 2;
    }
    if !OPERATOR.contains(first) {
        return first.len_utf8();
    }
    let end = rest.find(|character| !OPERATOR.contains(character)).unwrap_or(rest.len());
    // A comment ends an operator; a sign after it belongs to the operand, unless the operator is an odd one.
    let mut operator = &rest[..end];
    for comment in ["--", "/*"] {
        operator = operator.split_once(comment).map_or(operator, |(before, _)| before);
    }
    let trimmed = operator.trim_end_matches(['+', '-']);
    let is_odd = operator.contains(['~', '!', '@', '#', '%', '^', '&', '|', '`', '?']);
    if operator.is_empty() || (trimmed.is_empty() && !is_odd) {
        return first.len_utf8();
    }
    if is_odd { operator.len() } else { trimmed.len() }
}

/// Takes away parentheses around the whole, and around one token where none can be meant.
pub(super) fn simplified(mut tokens: Vec<Token>) -> Vec<Token> {
    loop {
        let before = tokens.len();
        while tokens.first().is_some_and(|token| token.is("(")) && closing(&tokens, 0) == Some(tokens.len() - 1) {
            tokens.pop();
            tokens.remove(0);
        }
        if let Some(at) = (0..tokens.len()).find(|at| is_needless(&tokens, *at)) {
            tokens.remove(at + 2);
            tokens.remove(at);
        }
        if tokens.len() == before {
            return tokens;
        }
    }
}

/// True for `(x)` behind an operator, a bracket or nothing: behind a name it would be a call, behind `IN` a list.
fn is_needless(tokens: &[Token], at: usize) -> bool {
    let [open, inner, close, ..] = &tokens[at..] else { return false };
    let is_group = open.is("(") && close.is(")") && inner.kind != Kind::Sign;
    // `(x).y` is a field of a row, `x.y` a column of a table.
    let is_group = is_group && !tokens.get(at + 3).is_some_and(|after| after.is("."));
    let may_be_bare = match at.checked_sub(1).map(|before| &tokens[before]) {
        None => true,
        Some(before) if before.kind == Kind::Sign => !matches!(before.text.as_str(), "]" | ")" | "." | "::"),
        Some(before) => ["AND", "OR", "NOT"].iter().any(|word| before.is(word)),
    };
    is_group && may_be_bare
}

/// Returns where the bracket that opens at `at` closes.
pub(super) fn closing(tokens: &[Token], at: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (position, token) in tokens.iter().enumerate().skip(at) {
        if token.is("(") || token.is("[") {
            depth += 1;
        } else if token.is(")") || token.is("]") {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(position);
            }
        }
    }
    None
}

/// Returns the SQL with another name in the place of a dotted one; the text itself where it does not occur.
pub(super) fn renamed(sql: &str, from: &[&str], to: &str) -> String {
    let Some(mut tokens) = tokens(sql) else { return sql.to_owned() };
    let length = from.len() * 2 - 1;
    let is_name = |tokens: &[Token]| {
        tokens.iter().enumerate().all(|(at, token)| match at % 2 {
            0 => token.names(from[at / 2]),
            _ => token.is("."),
        })
    };
    let mut at = 0;
    let mut is_found = false;
    while at + length <= tokens.len() {
        if is_name(&tokens[at..at + length]) {
            tokens.splice(at..at + length, [Token { kind: Kind::Name, text: to.to_owned() }]);
            is_found = true;
        }
        at += 1;
    }
    if is_found { written(&tokens) } else { sql.to_owned() }
}

/// Returns tokens as text.
pub(super) fn written(tokens: &[Token]) -> String {
    let mut text = String::new();
    for (at, token) in tokens.iter().enumerate() {
        if at > 0 && has_blank_before(tokens, at) {
            text.push(' ');
        }
        text.push_str(&token.text);
    }
    text
}

fn has_blank_before(tokens: &[Token], at: usize) -> bool {
    let (before, token) = (&tokens[at - 1], &tokens[at]);
    let is_tight = |token: &Token| token.kind == Kind::Sign && matches!(token.text.as_str(), "." | "::");
    if is_tight(before) || is_tight(token) || before.is("(") || before.is("[") || is_prefix(tokens, at - 1) {
        return false;
    }
    if token.kind == Kind::Sign {
        return match token.text.as_str() {
            ")" | "]" | "," | ";" => false,
            "[" => !matches!(before.kind, Kind::Word | Kind::Name) && !before.is("]") && !before.is(")"),
            "(" => match before.kind {
                Kind::Word => is_keyword(before) && !CALLED.iter().any(|word| before.is(word)),
                Kind::Name => false,
                Kind::Text | Kind::Number | Kind::Sign => true,
            },
            _ => true,
        };
    }
    true
}

/// True for the `-` of `-1`: no operand stands before it.
fn is_prefix(tokens: &[Token], at: usize) -> bool {
    if !tokens[at].is("-") && !tokens[at].is("+") {
        return false;
    }
    match at.checked_sub(1).map(|before| &tokens[before]) {
        None => true,
        Some(before) => is_keyword(before) || (before.kind == Kind::Sign && !matches!(before.text.as_str(), ")" | "]")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keywords_are_sorted() {
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn blanks_case_and_needless_parentheses_do_not_count() {
        for (written, expected) in [
            ("  ( confidence  between 0 and 1 ) ", "confidence BETWEEN 0 AND 1"),
            ("((a) and (b))", "a AND b"),
            ("(a + 1) * (b)", "(a + 1) * b"),
            ("(a) > 0 AND (b) > 0", "a > 0 AND b > 0"),
            ("Region in('euw1' ,'NA 1')", "region IN ('euw1', 'NA 1')"),
            ("LOWER( \"Name\" )", "lower(\"Name\")"),
            ("now ( )", "now()"),
            ("a!= - 1", "a <> -1"),
            ("(x).field", "(x).field"),
            ("a-1", "a - 1"),
            ("'it''s (  )' :: text", "'it''s (  )'::text"),
            ("E'a\\\\b'", "'a\\b'"),
            ("E'a\\n'", "E'a\\n'"),
            ("x = any (array[1,2])", "x = ANY (ARRAY[1, 2])"),
            ("a -- why\n > 1 /* so */", "a > 1"),
            ("data->>'k' = $$v$$", "data ->> 'k' = $$v$$"),
            ("1.5e-3", "1.5e-3"),
            ("((a)::text)", "a::text"),
            ("coalesce(a,b)", "COALESCE(a, b)"),
            ("f(a)", "f(a)"),
            ("a IN (1)", "a IN (1)"),
            ("größe > 1", "größe > 1"),
            ("'open", "'open"),
        ] {
            assert_eq!(canonical(written), expected, "{written}");
        }
    }

    #[test]
    fn a_dotted_name_is_replaced_outside_of_literals() {
        for (sql, expected) in [
            ("r <> 'game.rank'::game.rank", "r <> 'game.rank'::\"game.rank\""),
            ("game . \"rank\" [ ]", "\"game.rank\"[]"),
            ("game  .other", "game  .other"),
        ] {
            assert_eq!(renamed(sql, &["game", "rank"], "\"game.rank\""), expected);
        }
    }

    proptest! {
        #[test]
        fn writing_is_a_fixed_point(text in "[a-zE'\"()\\[\\], :=<>+*/$.0-9\\\\-]{0,40}") {
            let once = canonical(&text);
            prop_assert_eq!(canonical(&once), once);
        }

        #[test]
        fn any_text_is_read(text in "\\PC{0,40}") {
            canonical(&text);
        }
    }
}
