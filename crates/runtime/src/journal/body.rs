//! The text that ran, as the journal keeps it: compressed (zlib, RFC 1950), then Base64, so that it is text everywhere.
//!
//! Read [`packed`] first.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

/// Data revisions can be huge; their checksum is kept, their text is not.
const LONGEST: usize = 1024 * 1024;
const LEVEL: u8 = 6;

/// Returns the text as the journal keeps it; none if it is too long to be kept.
pub fn packed(text: &str) -> Option<String> {
    (text.len() <= LONGEST).then(|| STANDARD.encode(compress_to_vec_zlib(text.as_bytes(), LEVEL)))
}

/// Returns the text behind what the journal kept; none if somebody changed it.
pub fn unpacked(packed: &str) -> Option<String> {
    let compressed = STANDARD.decode(packed).ok()?;
    String::from_utf8(decompress_to_vec_zlib_with_limit(&compressed, LONGEST).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() {
        for text in ["", "CREATE TABLE é (id int);\r\n", &"INSERT INTO t VALUES (1);\n".repeat(10_000)] {
            assert_eq!(unpacked(&packed(text).unwrap()).as_deref(), Some(text));
        }
        assert_eq!(packed(&"x".repeat(LONGEST + 1)), None);
        for bad in ["", "no base64!", "AAAA"] {
            assert_eq!(unpacked(bad), None, "{bad}");
        }
    }
}
