//! What can be wrong with a setting, and where it stands in its manifest.
//!
//! Cargo hands settings over without places, so the manifest is read once more, but only for an error. Read
//! [`SettingsError`] first.

use std::ops::Range;
use std::sync::Arc;

use alembic_revisions::diagnose::Several;
use alembic_revisions::dialect::UnknownDialect;
use alembic_revisions::revision::IllegalName;
use alembic_revisions::settings::IllegalText;
use alembic_revisions::{Code, Diagnose, Exit, Place, Source};
use camino::Utf8Path;
use toml_edit::{Document, Item, Key, TableLike};

use super::database::without_passwords;
use super::file_template::FileTemplateError;

/// Where settings came from, for errors.
#[derive(Clone, Copy, Debug)]
pub struct SettingsOrigin<'a> {
    /// The workspace root; manifests are shown relative to it.
    pub root: &'a Utf8Path,
    pub manifest: &'a Utf8Path,
    pub table: &'static str,
}

/// Why a value of the right type is not allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IllegalValue {
    #[error(transparent)]
    Text(#[from] IllegalText),
    #[error("names no database: give it `url-env` or `database-url`")]
    NoDatabase,
    #[error("needs the history, which `history = false` turns off")]
    NoHistory,
    #[error(transparent)]
    FileTemplate(#[from] FileTemplateError),
    #[error("is no dialect: {0}")]
    Dialect(#[from] UnknownDialect),
    #[error(transparent)]
    Label(#[from] IllegalName),
}

/// What is wrong with one setting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("unknown setting `{}` in `[{table}]`", .key.escape_debug())]
    Unknown { key: String, table: String, near: Option<&'static str>, known: &'static [&'static str] },
    #[error("the setting `{key}` must be {expected}, not {found}")]
    WrongType { key: String, expected: &'static str, found: &'static str },
    #[error("the setting `{key}` {reason}")]
    Illegal { key: String, reason: IllegalValue },
}

/// One wrong setting and its place.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct SettingFault {
    pub problem: Problem,
    place: Place,
}

/// All wrong settings of one manifest, in the order of reading.
pub type SettingsError = Several<SettingFault>;

impl Diagnose for SettingFault {
    fn code(&self) -> Code {
        Code(match self.problem {
            Problem::Unknown { .. } => "A0610",
            Problem::WrongType { .. } => "A0611",
            Problem::Illegal { .. } => "A0612",
        })
    }

    fn kind(&self) -> &'static str {
        match self.problem {
            Problem::Unknown { .. } => "UnknownSetting",
            Problem::WrongType { .. } => "SettingType",
            Problem::Illegal { .. } => "IllegalSetting",
        }
    }

    fn exit(&self) -> Exit {
        Exit::Project
    }

    fn help(&self) -> Option<String> {
        match &self.problem {
            Problem::Unknown { near: Some(near), .. } => Some(format!("write `{near}`")),
            Problem::Unknown { known, .. } => Some(format!("write one of `{}`", known.join("`, `"))),
            Problem::WrongType { .. } | Problem::Illegal { .. } => None,
        }
    }

    fn places(&self) -> Vec<Place> {
        vec![self.place.clone()]
    }
}

/// A problem with the keys that lead to it from the settings' table.
pub(super) type Found = (Vec<String>, Problem);

/// Returns the error for what was found, or None if nothing was.
pub(super) fn settings_error(found: Vec<Found>, origin: &SettingsOrigin<'_>) -> Option<SettingsError> {
    if found.is_empty() {
        return None;
    }
    let text = fs_err::read_to_string(origin.manifest).unwrap_or_default();
    let shown = origin.manifest.strip_prefix(origin.root).unwrap_or(origin.manifest);
    let path = shown.as_str().replace('\\', "/").into();
    let document = Document::parse(text.as_str()).ok();
    let span = |keys: &[String], problem: &Problem| {
        let keys = origin.table.split('.').chain(keys.iter().map(String::as_str));
        locate(document.as_ref()?.as_table(), &keys.collect::<Vec<_>>(), problem)
    };
    let spans: Vec<_> = found.iter().map(|(keys, problem)| span(keys, problem).unwrap_or_default()).collect();
    drop(document);
    // As long as before, so that the places still hold.
    let source = Arc::new(Source { path, text: without_passwords(&text) });
    let faults = found
        .into_iter()
        .zip(spans)
        .map(|((_, problem), span)| SettingFault { problem, place: Place::new(source.clone(), span) });
    Several::new(faults.collect())
}

/// Returns the range of the key for an unknown key, else of the value.
fn locate(table: &dyn TableLike, keys: &[&str], problem: &Problem) -> Option<Range<usize>> {
    let (first, rest) = keys.split_first()?;
    let (key, item): (&Key, &Item) = table.get_key_value(first)?;
    if rest.is_empty() {
        let value = if matches!(problem, Problem::Unknown { .. }) { None } else { item.span() };
        return value.or_else(|| key.span());
    }
    if let Some(array) = item.as_array() {
        let element = rest.first()?.parse().ok().and_then(|index| array.get(index))?;
        return element.span();
    }
    locate(item.as_table_like()?, rest, problem).or_else(|| key.span())
}
