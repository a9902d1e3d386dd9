//! How a bundle is framed: a first and a last line that every version of the format has, and records between them.
//!
//! A record says how many bytes it has, so that its text may be anything. Read [`Record`] first.

use alembic_revisions::{Checksum, checksum};

/// How every bundle of every format begins; the number of the format follows.
pub(super) const FIRST: &str = "cargo-alembic bundle ";
/// How the second line of every bundle of every format begins; the version of its maker follows.
pub(super) const MAKER: &str = "made by cargo-alembic ";
/// How the last line of every bundle of every format begins; the checksum of all before it follows.
const LAST: &str = "sha256 ";
/// The format that this program writes, and the only one that it reads.
pub(super) const FORMAT: u32 = 1;

/// The digits of a checksum.
const DIGITS: usize = 64;
pub(super) const LAST_LENGTH: usize = LAST.len() + DIGITS + 1;

/// One part of a bundle: `KIND "NAME" LENGTH bytes`, then so many bytes and a line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub(super) kind: &'a str,
    /// The name with its quotes, as JSON has it.
    pub(super) name: &'a str,
    pub(super) body: &'a [u8],
}

/// What stands at an offset of a bundle.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    Record(Record<'a>),
    /// The last line.
    End,
}

/// Why there is neither a record nor the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// The bytes end in the middle of something.
    Ends,
    Strange,
}

/// The records of a bundle from an offset on.
pub(super) struct Records<'a> {
    bytes: &'a [u8],
    pub(super) next: usize,
}

impl<'a> Records<'a> {
    /// Begins behind the first two lines and the blank line below them.
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, Flaw> {
        let mut records = Records { bytes, next: 0 };
        for _ in 0..3 {
            records.line()?;
        }
        Ok(records)
    }

    /// Returns the next record, or that the last line was reached.
    pub(super) fn step(&mut self) -> Result<Found<'a>, Flaw> {
        let start = self.next;
        if self.bytes[start..].starts_with(LAST.as_bytes()) {
            return Ok(Found::End);
        }
        let line = std::str::from_utf8(self.line()?).map_err(|_| Flaw::Strange)?;
        let (kind, name, length) = header(line).ok_or(Flaw::Strange)?;
        let end = self.next.checked_add(length).filter(|end| *end < self.bytes.len()).ok_or(Flaw::Ends)?;
        let body = &self.bytes[self.next..end];
        if self.bytes[end] != b'\n' {
            return Err(Flaw::Strange);
        }
        self.next = end + 1;
        Ok(Found::Record(Record { kind, name, body }))
    }

    fn line(&mut self) -> Result<&'a [u8], Flaw> {
        let rest = &self.bytes[self.next..];
        let length = rest.iter().position(|byte| *byte == b'\n').ok_or(Flaw::Ends)?;
        self.next += length + 1;
        Ok(&rest[..length])
    }
}

/// Returns the kind, the quoted name and the length that a record's first line says.
fn header(line: &str) -> Option<(&str, &str, usize)> {
    let (kind, rest) = line.split_once(' ')?;
    let (name, length) = rest.strip_suffix(" bytes")?.rsplit_once(' ')?;
    Some((kind, name, length.parse().ok()?))
}

/// Returns the bytes above the last line, and the checksum that it says; nothing if the last line is none.
pub(super) fn sealed(bytes: &[u8]) -> Option<(&[u8], &str)> {
    let (above, last) = bytes.split_at(bytes.len().checked_sub(LAST_LENGTH)?);
    let said = last.strip_prefix(LAST.as_bytes())?.strip_suffix(b"\n")?;
    let said = std::str::from_utf8(said).ok().filter(|said| said.bytes().all(is_digit))?;
    above.ends_with(b"\n").then_some((above, said))
}

/// Returns the last line for what stands above it.
pub(super) fn seal(above: &[u8]) -> (String, Checksum) {
    let checksum = checksum::of_text(above);
    (format!("{LAST}{checksum}\n"), checksum)
}

/// True if the bytes are the beginning of a last line, and not all of it.
pub(super) fn begins_last_line(bytes: &[u8]) -> bool {
    let digits = bytes.strip_prefix(LAST.as_bytes());
    digits.is_some_and(|digits| digits.len() <= DIGITS && digits.iter().copied().all(is_digit))
}

/// True if more stands behind a whole last line at the beginning of the bytes.
pub(super) fn goes_on_behind_last_line(bytes: &[u8]) -> bool {
    let last = bytes.get(..LAST_LENGTH).and_then(|last| last.strip_prefix(LAST.as_bytes())?.strip_suffix(b"\n"));
    last.is_some_and(|digits| digits.iter().copied().all(is_digit)) && bytes.len() > LAST_LENGTH
}

/// True for what [`Checksum`] prints, and no other way to write it.
fn is_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}
