//! The leading words of a statement: what it is, without parsing it.
//!
//! Comments are passed over in every dialect's notation, version comments are looked into. Read [`keywords`] first.

use std::ops::Range;

use super::lex;

/// Returns the words that a statement starts with, in upper case, at most `at_most`; they end at anything else, such
/// as a quoted name or a parenthesis.
pub fn keywords(sql: &str, at_most: usize) -> Vec<String> {
    words(sql).take(at_most).map(|(_, word)| word.to_ascii_uppercase()).collect()
}

/// Returns the words of `text[range]` that start or end a transaction, if the statement there is such a one.
///
/// Savepoints are none, nor is MariaDB's block `BEGIN NOT ATOMIC`.
pub fn transaction_control<'t>(text: &'t str, range: &Range<usize>) -> Option<&'t str> {
    let sql = text.get(range.clone())?;
    let words: Vec<(Range<usize>, &str)> = words(sql).take(4).collect();
    let upper: Vec<String> = words.iter().map(|(_, word)| word.to_ascii_uppercase()).collect();
    let upper: Vec<&str> = upper.iter().map(String::as_str).collect();
    let count = match upper[..] {
        ["BEGIN", "NOT", ..] | ["ROLLBACK", "TO", ..] | ["ROLLBACK", "WORK" | "TRANSACTION", "TO", ..] => return None,
        ["BEGIN" | "COMMIT" | "ROLLBACK" | "END" | "ABORT" | "XA", ..] => 1,
        ["START" | "PREPARE", "TRANSACTION", ..] | ["SET", "AUTOCOMMIT", ..] => 2,
        ["SET", "SESSION" | "LOCAL", "AUTOCOMMIT", ..] => 3,
        ["SET"] if sets_autocommit(&sql[words[0].0.end..]) => 1,
        _ => return None,
    };
    sql.get(words[0].0.start..words[count - 1].0.end)
}

/// Whether what follows SET is MySQL's `@@autocommit` or `@@session.autocommit`.
fn sets_autocommit(rest: &str) -> bool {
    let rest = rest.trim_start().to_ascii_lowercase();
    let name = rest.strip_prefix("@@").unwrap_or("");
    name.strip_prefix("session.").or(name.strip_prefix("local.")).unwrap_or(name).starts_with("autocommit")
}

/// Iterates over the leading words with their places.
pub(super) fn words(sql: &str) -> Words<'_> {
    Words { sql, at: 0, version_comments: 0 }
}

pub(super) struct Words<'t> {
    sql: &'t str,
    at: usize,
    version_comments: usize,
}

impl<'t> Iterator for Words<'t> {
    type Item = (Range<usize>, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.sql.as_bytes();
        loop {
            let rest = bytes.get(self.at..)?;
            match rest {
                [byte, ..] if lex::is_blank(*byte) => self.at += 1,
                [b'-', b'-', ..] | [b'#', ..] => self.at += memchr::memchr(b'\n', rest)?,
                [b'*', b'/', ..] if self.version_comments > 0 => {
                    self.version_comments -= 1;
                    self.at += 2;
                }
                [b'/', b'*', ..] => match lex::version_start(rest) {
                    Some(length) => {
                        self.version_comments += 1;
                        self.at += length;
                    }
                    // What is a whole nested comment on one database is the start of one on another.
                    None => {
                        self.at += lex::block_comment(rest, true).or_else(|| lex::block_comment(rest, false))?;
                    }
                },
                [byte, ..] if lex::starts_word(*byte) => break,
                _ => return None,
            }
        }
        let start = self.at;
        let length = bytes[start..].iter().position(|byte| !lex::continues_word(*byte));
        self.at = length.map_or(bytes.len(), |length| start + length);
        Some((start..self.at, &self.sql[start..self.at]))
    }
}
