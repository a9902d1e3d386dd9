//! The lines of a script: blank, comment or SQL, and which comments are markers.
//!
//! Nothing here knows what a marker means; `outline` does. Read [`Line::marker`] first.

use crate::line::{Line, Lines};

/// What a comment line with a bracketed name is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Marker<'a> {
    /// `-- [name]`, alone on its line.
    Whole(&'a str),
    /// A marker's name, but indented or with something behind it.
    Crowded(&'a str),
}

impl Lines<'_> {
    pub(super) fn skip_to(&mut self, offset: usize) {
        self.next = offset;
    }
}

impl<'a> Line<'a> {
    pub(super) fn is_blank(self) -> bool {
        self.text.trim_start().is_empty()
    }

    /// Returns what follows `--` and at most one blank, if the line is a comment.
    pub(super) fn comment(self) -> Option<Line<'a>> {
        let rest = self.text.trim_start_matches([' ', '\t']).strip_prefix("--")?;
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        Some(Line { text: rest, start: self.start + self.text.len() - rest.len() })
    }

    /// Returns the bracketed name of a marker. Prose in brackets is none: a name starts with a letter and holds no blank.
    pub(super) fn marker(self) -> Option<Marker<'a>> {
        let trimmed = self.text.trim_start_matches([' ', '\t']);
        let inside = trimmed.strip_prefix("--")?.trim_start_matches([' ', '\t']).strip_prefix('[')?;
        let (name, behind) = inside.split_once(']')?;
        let name = name.trim();
        let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
        let is_alone = trimmed.len() == self.text.len() && behind.trim().is_empty();
        match (is_name, is_alone) {
            (false, _) => None,
            (true, true) => Some(Marker::Whole(name)),
            (true, false) => Some(Marker::Crowded(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_whole_comment_lines() {
        let table = [
            ("-- [upgrade]", Some(Marker::Whole("upgrade"))),
            ("--[upgrade.postgres]  ", Some(Marker::Whole("upgrade.postgres"))),
            ("--\t[ alembic.x-y ]", Some(Marker::Whole("alembic.x-y"))),
            ("  -- [upgrade]", Some(Marker::Crowded("upgrade"))),
            ("-- [upgrade] -- see below", Some(Marker::Crowded("upgrade"))),
            ("-- [see issue 12]", None),
            ("-- [12]", None),
            ("-- []", None),
            ("-- upgrade", None),
            ("[upgrade]", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(Line { text, start: 0 }.marker(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_comment_loses_one_blank() {
        let comment = |text| Line { text, start: 10 }.comment().map(|line| (line.text, line.start));
        assert_eq!(comment("-- a"), Some(("a", 13)));
        assert_eq!(comment("--  a"), Some((" a", 13)));
        assert_eq!(comment("  --a"), Some(("a", 14)));
        assert_eq!(comment("--"), Some(("", 12)));
        assert_eq!(comment("a -- b"), None);
    }
}
