//! The lines of a text, each with its place.
//!
//! What a line means is decided elsewhere. Read [`lines`] first.

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
    pub(crate) next: usize,
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
}

impl Line<'_> {
    pub(crate) fn range(self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// Returns the range of the line without the blanks around it.
    pub(crate) fn trimmed(self) -> Range<usize> {
        let start = self.start + self.text.len() - self.text.trim_start().len();
        start..start + self.text.trim().len()
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
}
