//! What a manifest may say of which scripts there are and of where their rows go.
//!
//! The command line and `embed!` read the same keys by the same rules; neither JSON nor TOML is known here. Read
//! [`migrations_folder`] first.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::dialect::TableName;

/// The keys of `[workspace.metadata.alembic]`.
pub const WORKSPACE_KEYS: &[&str] = &[
    "database-url",
    "dialects",
    "version-table",
    "history",
    "store-scripts",
    "file-template",
    "exclude-tables",
    "cfg",
    "env",
    "hooks",
];
/// The keys of `[package.metadata.alembic]`.
pub const FEATURE_KEYS: &[&str] = &["migrations", "branch-label"];
/// The folder of a feature's scripts whose manifest names none; a package that has it is a feature.
pub const MIGRATIONS: &str = "migrations";

/// PostgreSQL cuts names off at 63 bytes, so that the tables beside the version table would become one.
const TABLE_WIDTH: usize = 63 - "_progress".len();

/// Why a text cannot be the value of a setting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IllegalText {
    #[error("is empty")]
    Empty,
    #[error("holds a control character")]
    Control,
    #[error("must be a folder inside the package, as `migrations` or `db/migrations`")]
    Folder,
    #[error("must be `table` or `schema.table`")]
    Table,
    #[error("holds `{0}`, which its SQL could not quote everywhere")]
    Character(char),
    #[error("is longer than {0} bytes: with `_progress` behind it, PostgreSQL would cut it off")]
    TooLong(usize),
}

/// Returns the text if it is one line and not empty.
pub fn plain(text: &str) -> Result<String, IllegalText> {
    if text.is_empty() {
        Err(IllegalText::Empty)
    } else if text.chars().any(char::is_control) {
        Err(IllegalText::Control)
    } else {
        Ok(text.to_owned())
    }
}

/// Returns the folder that `migrations` names, if it cannot lead out of the package.
pub fn migrations_folder(text: &str) -> Result<Utf8PathBuf, IllegalText> {
    let text = plain(text)?;
    let path = Utf8Path::new(&text);
    let is_inside = |part| matches!(part, Utf8Component::Normal(_) | Utf8Component::CurDir);
    // `\` and `C:` are parts of a name here, but lead elsewhere on Windows; manifests are shared.
    if text.contains(['\\', ':']) || !path.components().all(is_inside) {
        return Err(IllegalText::Folder);
    }
    let path: Utf8PathBuf = path.components().filter(|part| *part != Utf8Component::CurDir).collect();
    if path.as_str().is_empty() { Err(IllegalText::Folder) } else { Ok(path) }
}

/// Returns the table that `version-table` names.
pub fn version_table(text: &str) -> Result<TableName, IllegalText> {
    let text = plain(text)?;
    if let Some(quote) = text.chars().find(|character| matches!(character, '"' | '`' | '\'' | '[' | ']')) {
        return Err(IllegalText::Character(quote));
    }
    let parts: Vec<&str> = text.split('.').collect();
    match parts.as_slice() {
        _ if parts.iter().any(|part| part.trim() != *part || part.is_empty()) => Err(IllegalText::Table),
        [.., name] if name.len() > TABLE_WIDTH => Err(IllegalText::TooLong(TABLE_WIDTH)),
        [name] => Ok(TableName::new(*name)),
        [schema, name] => Ok(TableName { schema: Some((*schema).to_owned()), name: (*name).to_owned() }),
        _ => Err(IllegalText::Table),
    }
}
