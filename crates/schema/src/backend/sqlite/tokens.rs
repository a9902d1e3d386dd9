//! SQL text as SQLite's own tokenizer cuts it, without blanks and comments.
//!
//! Never fails: what is not closed ends with the text. Read [`tokens`] first.

use std::borrow::Cow;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword or a bare identifier.
    Word,
    /// An identifier in `"`, `` ` `` or `[ ]`.
    Quoted,
    String,
    /// `x'00'`
    Blob,
    Number,
    Symbol,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'s> {
    pub kind: Kind,
    pub text: &'s str,
    /// Where it begins.
    pub at: usize,
}

impl<'s> Token<'s> {
    pub fn end(&self) -> usize {
        self.at + self.text.len()
    }

    /// True for the keyword, in any case; a quoted word is none.
    pub fn is(&self, keyword: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }

    /// Returns the name that the token can be, without its quotes. SQLite takes a string for one, too.
    pub fn name(&self) -> Option<Cow<'s, str>> {
        let quote = match self.kind {
            Kind::Word => return Some(Cow::Borrowed(self.text)),
            Kind::Quoted | Kind::String => self.text.chars().next()?,
            Kind::Blob | Kind::Number | Kind::Symbol => return None,
        };
        let closing = if quote == '[' { ']' } else { quote };
        let inner = &self.text[1..];
        let inner = inner.strip_suffix(closing).unwrap_or(inner);
        if quote != '[' && inner.contains(quote) {
            let doubled: String = [quote, quote].iter().collect();
            return Some(Cow::Owned(inner.replace(&doubled, &quote.to_string())));
        }
        Some(Cow::Borrowed(inner))
    }
}

/// Returns the tokens of `sql`.
pub(super) fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = sql[at..].chars().next() {
        let rest = &sql[at..];
        if next.is_ascii_whitespace() || next == '\u{feff}' {
            at += next.len_utf8();
        } else if rest.starts_with("--") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if let Some(comment) = rest.strip_prefix("/*") {
            at += comment.find("*/").map_or(rest.len(), |end| end + 4);
        } else {
            let (kind, length) = token(rest, next);
            found.push(Token { kind, text: &rest[..length], at });
            at += length;
        }
    }
    found
}

fn token(rest: &str, first: char) -> (Kind, usize) {
    let after_dot = || rest[1..].starts_with(|next: char| next.is_ascii_digit());
    match first {
        '\'' => (Kind::String, quoted(rest, '\'')),
        '"' | '`' => (Kind::Quoted, quoted(rest, first)),
        '[' => (Kind::Quoted, rest.find(']').map_or(rest.len(), |end| end + 1)),
        'x' | 'X' if rest[1..].starts_with('\'') => (Kind::Blob, 1 + quoted(&rest[1..], '\'')),
        '0'..='9' => (Kind::Number, number(rest)),
        '.' if after_dot() => (Kind::Number, number(rest)),
        _ if is_word(first) => (Kind::Word, rest.find(|next| !is_word(next)).unwrap_or(rest.len())),
        _ => (Kind::Symbol, symbol(rest, first)),
    }
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '$') || !character.is_ascii()
}

/// Returns the length of a quoted token; a doubled quote does not end it.
fn quoted(rest: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(end) = rest[at..].find(quote) {
        at += end + 1;
        if !rest[at..].starts_with(quote) {
            return at;
        }
        at += 1;
    }
    rest.len()
}

fn number(rest: &str) -> usize {
    let mut before = ' ';
    let is_inside = |next: char| {
        let exponent = matches!(before, 'e' | 'E') && matches!(next, '+' | '-') && !rest.starts_with("0x");
        let inside = next.is_ascii_alphanumeric() || matches!(next, '.' | '_') || exponent;
        before = next;
        !inside
    };
    rest.find(is_inside).unwrap_or(rest.len())
}

fn symbol(rest: &str, first: char) -> usize {
    const LONG: [&str; 11] = ["->>", "->", "||", "<<", ">>", "<=", ">=", "<>", "!=", "==", "::"];
    LONG.iter().find(|symbol| rest.starts_with(**symbol)).map_or(first.len_utf8(), |symbol| symbol.len())
}

/// Returns the text from one token to another, with what stands between them.
pub(super) fn slice<'s>(sql: &'s str, tokens: &[Token<'s>]) -> &'s str {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => &sql[first.at..last.end()],
        _ => "",
    }
}

/// Returns the index of the parenthesis that closes the one at `open`; the end if there is none.
pub(super) fn closing(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return index;
            }
        }
    }
    tokens.len()
}

/// Returns the parts between commas outside of parentheses.
pub(super) fn parts<'t, 's>(tokens: &'t [Token<'s>]) -> Vec<&'t [Token<'s>]> {
    let mut found = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (index, token) in tokens.iter().enumerate() {
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && token.is_symbol(",") {
            found.push(&tokens[start..index]);
            start = index + 1;
        }
    }
    found.push(&tokens[start..]);
    found.retain(|part| !part.is_empty());
    found
}

/// True if `sql` names the object, bare or quoted; a string is no name.
pub(super) fn mentions(sql: &str, name: &str) -> bool {
    tokens(sql)
        .iter()
        .any(|token| token.kind != Kind::String && token.name().is_some_and(|found| found.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_cut_as_sqlite_cuts_it() {
        for (sql, expected) in [
            ("a -- b\n/* c; */d", &["a", "d"][..]),
            ("a /* open", &["a"]),
            ("'it''s'\"a\"\"b\"[c d]`e`", &["'it''s'", "\"a\"\"b\"", "[c d]", "`e`"]),
            ("'open", &["'open"]),
            ("x'00'+x", &["x'00'", "+", "x"]),
            ("1.5e-3-2 0x1F-1 .5 1_000", &["1.5e-3", "-", "2", "0x1F", "-", "1", ".5", "1_000"]),
            ("a->>'$.b'||c<>d", &["a", "->>", "'$.b'", "||", "c", "<>", "d"]),
            ("größe(t.x)", &["größe", "(", "t", ".", "x", ")"]),
        ] {
            let found: Vec<&str> = tokens(sql).iter().map(|token| token.text).collect();
            assert_eq!(found, expected, "{sql}");
        }
    }

    #[test]
    fn names_lose_their_quotes() {
        for (sql, expected) in
            [("a", "a"), ("\"a\"\"b\"", "a\"b"), ("[a b]", "a b"), ("`a`", "a"), ("'a'", "a"), ("\"open", "open")]
        {
            assert_eq!(tokens(sql)[0].name().unwrap(), expected, "{sql}");
        }
    }

    #[test]
    fn parts_end_at_commas_outside_of_parentheses() {
        let found = tokens("a, f(b, c) , 'd,e',");
        let texts: Vec<usize> = parts(&found).iter().map(|part| part.len()).collect();
        assert_eq!(texts, [1, 6, 1]);
        assert_eq!(closing(&found, 3), 7);
        assert_eq!(closing(&found[..5], 3), 5);
    }

    #[test]
    fn a_string_is_no_mention() {
        assert!(mentions("SELECT \"Name\" FROM p", "name") && mentions("select NAME", "name"));
        assert!(!mentions("SELECT 'name', names -- name", "name"));
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(sql in "\\PC{0,60}|[a-z'\"`\\[\\](),;./*x0-9eäß -]{0,60}") {
            let found = tokens(&sql);
            for pair in found.windows(2) {
                prop_assert!(pair[0].end() <= pair[1].at);
            }
            for token in &found {
                prop_assert_eq!(&sql[token.at..token.end()], token.text);
                let _ = token.name();
            }
            let _ = (parts(&found).len(), closing(&found, 0), slice(&sql, &found));
        }
    }
}
