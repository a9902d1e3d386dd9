//! `use` trees, taken apart into their leaves.

use crate::cursor::{Cursor, PathName, between_commas};
use crate::grammar::ast::Token;

/// What a `use` brings in.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// Names and what they stand for.
    pub names: Vec<(String, PathName)>,
    /// The paths before `::*`.
    pub globs: Vec<PathName>,
}

/// Deeper trees are not looked into.
const DEEPEST: usize = 32;

/// Returns the leaves of what stands between `use` and `;`.
pub fn leaves(tokens: &[Token<'_>]) -> Uses {
    let mut uses = Uses::default();
    let prefix = PathName { from_root: false, segments: Vec::new() };
    tree(tokens, &prefix, DEEPEST, &mut uses);
    uses
}

fn tree(tokens: &[Token<'_>], prefix: &PathName, depth: usize, uses: &mut Uses) {
    let mut cursor = Cursor::new(tokens);
    let mut path = prefix.clone();
    if cursor.take_path_separator() && path.segments.is_empty() {
        path.from_root = true;
    }
    loop {
        if let Some(group) = cursor.group('{') {
            if depth > 0 {
                for part in between_commas(group) {
                    tree(part, &path, depth - 1, uses);
                }
            }
            return;
        }
        if cursor.take_punct('*') {
            uses.globs.push(path);
            return;
        }
        let Some(word) = cursor.word() else { return };
        if word == "as" {
            break;
        }
        // `self` in a group is the path before it.
        if word != "self" || path.segments.is_empty() {
            path.segments.push(word.to_owned());
        }
        if cursor.take_path_separator() {
            continue;
        }
        if !cursor.take_word("as") {
            let name = path.last().to_owned();
            if !matches!(name.as_str(), "self" | "super" | "crate") {
                uses.names.push((name, path));
            }
            return;
        }
        break;
    }
    match cursor.word() {
        Some("_") | None => {}
        Some(name) => uses.names.push((name.to_owned(), path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer::tokens;

    #[test]
    fn trees() {
        for (written, names, globs) in [
            ("a::b;", "b=a::b", ""),
            ("::a::b as c;", "c=::a::b", ""),
            ("a::{b, c as d, e::{f, self}, g::*};", "b=a::b d=a::c f=a::e::f e=a::e", "a::g"),
            ("a::{self as b};", "b=a", ""),
            ("*;", "", ""),
            ("{a, b::c};", "a=a c=b::c", ""),
            ("super::*;", "", "super"),
            ("self::x;", "x=self::x", ""),
            ("a::B as _;", "", ""),
            ("r#type::X;", "X=type::X", ""),
            ("a::{};", "", ""),
        ] {
            let uses = leaves(&tokens(written, 0..written.len()));
            let path =
                |path: &PathName| format!("{}{}", if path.from_root { "::" } else { "" }, path.segments.join("::"));
            let found: Vec<_> = uses.names.iter().map(|(name, to)| format!("{name}={}", path(to))).collect();
            assert_eq!(found.join(" "), names, "{written}");
            assert_eq!(uses.globs.iter().map(path).collect::<Vec<_>>().join(" "), globs, "{written}");
        }
    }
}
