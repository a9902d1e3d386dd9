//! A bundle's text: the same values always give the same bytes.
//!
//! Read [`pack`] first.

use std::fmt::Write;

use alembic_revisions::Checksum;
use serde_json::Value;

use super::record::{FIRST, FORMAT, MAKER, seal};
use super::{Bundle, BundledFile};

/// Returns the text of a bundle, and its checksum.
pub fn pack(bundle: &Bundle) -> (String, Checksum) {
    let mut text = format!("{FIRST}{FORMAT}\n{MAKER}{}\n\n", bundle.made_by);
    record(&mut text, "settings", "workspace", &table(&bundle.settings));
    for feature in &bundle.features {
        record(&mut text, "feature", &feature.name, &table(&feature.settings));
        files(&mut text, "script", &feature.scripts);
        files(&mut text, "fixture", &feature.fixtures);
    }
    let (last, checksum) = seal(text.as_bytes());
    text.push_str(&last);
    (text, checksum)
}

/// True if a file that begins so is a bundle of any version, whole or not.
pub fn is_bundle(text: &str) -> bool {
    text.starts_with(FIRST)
}

fn files(text: &mut String, kind: &str, files: &[BundledFile]) {
    files.iter().for_each(|file| record(text, kind, file.path.as_str(), &file.text));
}

fn record(text: &mut String, kind: &str, name: &str, body: &str) {
    // JSON writes a line end, a quote and what a terminal would obey out.
    let name = Value::from(name);
    let _ = write!(text, "{kind} {name} {} bytes\n{body}\n", body.len());
}

/// Returns a table of settings for a person to read; keys are in one order whoever made the value.
fn table(value: &Value) -> String {
    format!("{:#}\n", sorted(value))
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            fields.sort_by(|left, right| left.0.cmp(&right.0));
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}
