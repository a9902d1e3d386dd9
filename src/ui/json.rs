//! The documents of `--format json`.
//!
//! Builds values only; [`crate::ui::Ui`] writes them. Their shape is part of the contract: fields are added, never
//! renamed. Read [`failure`] first.

use alembic_revisions::diagnose::{Diagnose, Place};
use serde_json::{Value, json};

const FORMAT_VERSION: u32 = 1;

/// Returns the document of an outcome.
pub(super) fn outcome(value: Value, warnings: &[String]) -> Value {
    let mut document = match value {
        Value::Object(fields) => fields,
        other => serde_json::Map::from_iter([("value".to_owned(), other)]),
    };
    document.insert("format_version".to_owned(), FORMAT_VERSION.into());
    add_warnings(document, warnings)
}

/// Returns the document of a failure; others of the same run have the same shape.
pub(super) fn failure(error: &dyn Diagnose, warnings: &[String]) -> Value {
    let document = serde_json::Map::from_iter([
        ("format_version".to_owned(), FORMAT_VERSION.into()),
        ("error".to_owned(), diagnosis(error)),
    ]);
    add_warnings(document, warnings)
}

fn add_warnings(mut document: serde_json::Map<String, Value>, warnings: &[String]) -> Value {
    if !warnings.is_empty() {
        document.insert("warnings".to_owned(), warnings.into());
    }
    Value::Object(document)
}

fn diagnosis(error: &dyn Diagnose) -> Value {
    json!({
        "code": error.code().0,
        "kind": error.kind(),
        "message": error.to_string(),
        "help": error.help(),
        "notes": super::error::notes(error),
        "places": error.places().iter().map(place).collect::<Vec<_>>(),
        "others": error.others().into_iter().map(diagnosis).collect::<Vec<_>>(),
    })
}

fn place(place: &Place) -> Value {
    let (line, column) = place.line_column();
    json!({ "path": place.source.path, "line": line, "column": column, "label": place.label })
}
