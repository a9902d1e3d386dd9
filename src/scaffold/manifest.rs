//! Puts keys into a table of a manifest's text and leaves every other byte alone.
//!
//! Read [`set`] first.

use std::sync::Arc;

use alembic_revisions::{Code, Diagnose, Exit, Place, Source};
use camino::Utf8Path;
use toml_edit::{Document, DocumentMut, InlineTable, Item, Table, TableLike, Value};

/// Why a manifest's text cannot be edited.
#[derive(Debug, thiserror::Error)]
pub enum ManifestEditError {
    #[error("{} is not TOML: {reason}", .place.source.path)]
    NotToml { reason: String, place: Place },
    #[error("`{key}` in {path} is not a table")]
    NotATable { key: String, path: String },
    #[error("`{table}` cannot be added to {path}")]
    Unfit { table: String, path: String },
}

impl Diagnose for ManifestEditError {
    fn code(&self) -> Code {
        Code(match self {
            ManifestEditError::NotToml { .. } => "A0630",
            ManifestEditError::NotATable { .. } => "A0631",
            ManifestEditError::Unfit { .. } => "A0632",
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            ManifestEditError::NotToml { .. } => "ManifestSyntax",
            ManifestEditError::NotATable { .. } | ManifestEditError::Unfit { .. } => "ManifestNotEditable",
        }
    }

    fn exit(&self) -> Exit {
        Exit::Project
    }

    fn help(&self) -> Option<String> {
        match self {
            ManifestEditError::NotToml { .. } => None,
            ManifestEditError::NotATable { key, .. } => Some(format!("make `{key}` a table")),
            ManifestEditError::Unfit { table, .. } => Some(format!("write `[{table}]` into it by hand")),
        }
    }

    fn places(&self) -> Vec<Place> {
        match self {
            ManifestEditError::NotToml { place, .. } => vec![place.clone()],
            _ => Vec::new(),
        }
    }
}

/// A table, made if it is missing, and the keys that it shall have.
pub(super) struct Wanted {
    pub(super) table: [&'static str; 3],
    pub(super) values: Vec<(&'static str, String)>,
}

/// Returns the manifest's text with what is wanted in it; the same text if all of it is there.
///
/// Fails if the text is no TOML or holds something else where a table is wanted.
pub(super) fn set(path: &Utf8Path, text: &str, wanted: &[Wanted]) -> Result<String, ManifestEditError> {
    let mut edited = text.to_owned();
    for want in wanted {
        edited = match place_of(path, &edited, want)? {
            TablePlace::There => edit_in_place(path, &edited, want)?,
            TablePlace::New(offset) => splice(&edited, offset, want),
        };
        // A table may be spelt in ways to which nothing can be added from outside; better to refuse than to break it.
        if !Document::parse(edited.as_str()).is_ok_and(|document| is_there(&document, want)) {
            return Err(ManifestEditError::Unfit { table: want.table.join("."), path: path.to_string() });
        }
    }
    Ok(edited)
}

/// Where the keys go.
enum TablePlace {
    /// Into a table that exists or that has to be written inline.
    There,
    /// Under a new header at this offset.
    New(usize),
}

fn place_of(path: &Utf8Path, text: &str, want: &Wanted) -> Result<TablePlace, ManifestEditError> {
    let document = Document::parse(text).map_err(|error| not_toml(path, text, &error))?;
    let mut item = document.as_item();
    for (index, key) in want.table.iter().enumerate() {
        let not_a_table =
            || ManifestEditError::NotATable { key: want.table[..index].join("."), path: path.to_string() };
        match item.as_table_like().ok_or_else(not_a_table)?.get(key) {
            Some(inner) => item = inner,
            None if item.is_inline_table() => return Ok(TablePlace::There),
            None => return Ok(TablePlace::New(offset_behind_relatives(text, &document, want))),
        }
    }
    // A table that only its sub-tables' headers imply needs a header of its own before it can have keys.
    let is_implied = item.as_table().is_some_and(|table| table.is_implicit() && !table.is_dotted());
    if is_implied && !want.values.is_empty() {
        return Ok(TablePlace::New(offset_behind_relatives(text, &document, want)));
    }
    Ok(TablePlace::There)
}

/// Returns the offset behind the last table that shares the longest beginning with the wanted one.
fn offset_behind_relatives(text: &str, document: &Document<&str>, want: &Wanted) -> usize {
    let mut headers = Vec::new();
    collect_headers(document.as_item(), &mut Vec::new(), &mut headers);
    headers.sort();
    let shared = |keys: &[String]| keys.iter().zip(want.table).take_while(|(key, wanted)| key == wanted).count();
    let last = headers.iter().enumerate().max_by_key(|(index, (_, keys))| (shared(keys), *index));
    let Some((last, _)) = last.filter(|(_, (_, keys))| shared(keys) > 0) else { return text.len() };
    let end = headers.get(last + 1).map_or(text.len(), |(start, _)| *start);
    let tail_length: usize =
        text[..end].split_inclusive('\n').rev().take_while(|line| is_aside(line)).map(str::len).sum();
    let tail = &text[end - tail_length..end];
    // Comments right below the table are about it; those below an empty line are about what follows.
    let own: usize = tail.split_inclusive('\n').take_while(|line| !line.trim().is_empty()).map(str::len).sum();
    end - tail_length + own
}

fn is_aside(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// Collects the offset and the keys of every header.
fn collect_headers(item: &Item, keys: &mut Vec<String>, headers: &mut Vec<(usize, Vec<String>)>) {
    let tables: Vec<&Table> = match item {
        Item::Table(table) => vec![table],
        Item::ArrayOfTables(tables) => tables.iter().collect(),
        Item::Value(_) | Item::None => Vec::new(),
    };
    for table in tables {
        if let Some(span) = table.span().filter(|_| !keys.is_empty() && !table.is_implicit() && !table.is_dotted()) {
            headers.push((span.start, keys.clone()));
        }
        for (key, inner) in table.iter() {
            keys.push(key.to_owned());
            collect_headers(inner, keys, headers);
            keys.pop();
        }
    }
}

fn splice(text: &str, offset: usize, want: &Wanted) -> String {
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let (before, after) = text.split_at(offset);
    let mut lines = vec![format!("[{}]", want.table.join("."))];
    lines.extend(want.values.iter().map(|(key, value)| format!("{key} = {}", Value::from(value.as_str()))));
    if !before.is_empty() {
        lines.insert(0, String::new());
    }
    let lines: String = lines.iter().map(|line| format!("{line}{line_end}")).collect();
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { line_end };
    format!("{before}{gap}{lines}{after}")
}

fn edit_in_place(path: &Utf8Path, text: &str, want: &Wanted) -> Result<String, ManifestEditError> {
    let mut document: DocumentMut = text.parse().map_err(|error| not_toml(path, text, &error))?;
    let table = table_at(document.as_item_mut(), &want.table);
    let (table, is_new) = table.map_err(|key| ManifestEditError::NotATable { key, path: path.to_string() })?;
    let mut has_changed = is_new;
    for (key, value) in &want.values {
        has_changed |= set_value(table, key, value);
    }
    Ok(if has_changed { restore_line_ends(text, &document.to_string()) } else { text.to_owned() })
}

/// Returns the table at these keys, made inline if it is missing, and whether it was; fails with the dotted key of what
/// is no table.
fn table_at<'a>(mut item: &'a mut Item, keys: &[&str]) -> Result<(&'a mut dyn TableLike, bool), String> {
    let mut is_new = false;
    for (index, key) in keys.iter().enumerate() {
        let name = || keys[..index].join(".");
        let table = item.as_table_like_mut().ok_or_else(name)?;
        if !table.contains_key(key) {
            table.insert(key, Item::Value(InlineTable::new().into()));
            is_new = true;
        }
        item = table.get_mut(key).ok_or_else(name)?;
    }
    item.as_table_like_mut().map(|table| (table, is_new)).ok_or_else(|| keys.join("."))
}

fn not_toml(path: &Utf8Path, text: &str, error: &toml_edit::TomlError) -> ManifestEditError {
    let source = Arc::new(Source { path: path.to_owned(), text: text.to_owned() });
    let span = error.span().unwrap_or_default();
    let reason = error.message().lines().next().unwrap_or_default().escape_debug().to_string();
    ManifestEditError::NotToml { reason, place: Place::new(source, span) }
}

/// Sets a value, keeping the comments around the old one; returns whether that changed anything.
fn set_value(table: &mut dyn TableLike, key: &str, text: &str) -> bool {
    match table.get_mut(key) {
        Some(item) if item.as_str() == Some(text) => false,
        Some(Item::Value(old)) => {
            let decor = old.decor().clone();
            *old = Value::from(text);
            *old.decor_mut() = decor;
            true
        }
        _ => {
            table.insert(key, toml_edit::value(text));
            true
        }
    }
}

fn is_there(document: &Document<&str>, want: &Wanted) -> bool {
    let table = want.table.iter().try_fold(document.as_item(), |item, key| item.get(key));
    let table = table.and_then(Item::as_table_like);
    table.is_some_and(|table| {
        want.values.iter().all(|(key, value)| table.get(key).and_then(Item::as_str) == Some(value.as_str()))
    })
}

/// Returns the edited text with the line ends and the byte order mark of the old one, which `toml_edit` drops.
fn restore_line_ends(old: &str, edited: &str) -> String {
    let mark = if old.starts_with('\u{feff}') && !edited.starts_with('\u{feff}') { "\u{feff}" } else { "" };
    if old.contains("\r\n") {
        format!("{mark}{}", edited.replace("\r\n", "\n").replace('\n', "\r\n"))
    } else {
        format!("{mark}{edited}")
    }
}

#[cfg(test)]
mod tests;
