//! The lines of a script: blank, comment or SQL, and which comments are markers.
//!
//! Nothing here knows what a marker means; `outline` does. Read [`Line::marker`] first.

use std::ops::Range;

/// One line without its line end, as a range of the text it was cut from.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) text: &'a str,
    pub(crate) start: usize,
}

/// The lines of a text from `next` on; they end at LF or CRLF.
pub(crate) struct Lines<'a> {
    text: &'a str,
    next: usize,
}

/// What a comment line with a bracketed name is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Marker<'a> {
    /// `-- [name]`, alone on its line.
    Whole(&'a str),
    /// A marker's name, but indented or with something behind it.
    Crowded(&'a str),
}

/// Iterates over the lines of `text` from the offset `next` on.
pub(crate) fn lines(text: &str, next: usize) -> Lines<'_> {
    Lines { text, next }
}

impl Lines<'_> {
    /// The offset of the first line that was not handed out yet.
    pub(crate) fn offset(&self) -> usize {
        self.next
    }

    pub(crate) fn skip_to(&mut self, offset: usize) {
        self.next = offset;
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let start = self.next;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr(b'\n', rest.as_bytes());
        self.next = start + length.map_or(rest.len(), |length| length + 1);
        let line = &rest[..length.unwrap_or(rest.len())];
        Some(Line { text: line.strip_suffix('\r').unwrap_or(line), start })
    }
}

impl<'a> Line<'a> {
    pub(crate) fn range(self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// Returns the range of the line without the blanks around it.
    pub(crate) fn trimmed(self) -> Range<usize> {
        let start = self.start + self.text.len() - self.text.trim_start().len();
        start..start + self.text.trim().len()
    }

    pub(crate) fn is_blank(self) -> bool {
        self.text.trim_start().is_empty()
    }

    /// Returns what follows `--` and at most one blank, if the line is a comment.
    pub(crate) fn comment(self) -> Option<Line<'a>> {
        let rest = self.text.trim_start_matches([' ', '\t']).strip_prefix("--")?;
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        Some(Line { text: rest, start: self.start + self.text.len() - rest.len() })
    }

    /// Returns the bracketed name of a marker. Prose in brackets is none: a name starts with a letter and holds no blank.
    pub(crate) fn marker(self) -> Option<Marker<'a>> {
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
    fn lines_end_at_lf_or_crlf() {
        let of = |text| lines(text, 0).map(|line| line.text).collect::<Vec<_>>();
        assert_eq!(of(""), Vec::<&str>::new());
        assert_eq!(of("a\r\nb\n\nc"), ["a", "b", "", "c"]);
        assert_eq!(of("a\n"), ["a"]);
    }

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
