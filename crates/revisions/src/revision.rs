//! The header of a script: who it is, what it stands on. No SQL here, see [`crate::script`].
//!
//! Read [`Revision`] first.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::diagnose::{Source, Span};

/// The width of `alembic_version.version_num`, in characters.
pub const ID_WIDTH: usize = 32;

/// Words that mean something else wherever an id or a label may stand.
pub const RESERVED: [&str; 4] = ["head", "heads", "base", "current"];

/// Why a text is no id or no label.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IllegalName {
    #[error("is empty")]
    Empty,
    #[error("is longer than {ID_WIDTH} characters, the width of the version table's column")]
    TooLong,
    #[error("contains {}, which is not allowed", shown(*.0))]
    Character(char),
    #[error("is a reserved word")]
    Reserved,
}

fn shown(character: char) -> String {
    if character == ' ' { "a blank".to_owned() } else { format!("`{}`", character.escape_debug()) }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $check:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl FromStr for $name {
            type Err = IllegalName;
            fn from_str(text: &str) -> Result<Self, IllegalName> {
                $check(text).map(|()| Self(text.into()))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

name!(
    /// The id of a revision: 1 to 32 characters, none of `@ - + :`, no blanks, no `/ \ ,`, no reserved word.
    RevisionId,
    check_id
);
name!(
    /// The name of a branch. Scripts that exist may say almost anything, as Alembic lets them; see
    /// [`BranchLabel::for_new`] for what a new one may be.
    BranchLabel,
    check_label
);

fn check_id(text: &str) -> Result<(), IllegalName> {
    check_name(text, &['@', '-', '+', ':', '/', '\\', ',', '"', '\'', ';', '`'])?;
    if text.chars().count() > ID_WIDTH { Err(IllegalName::TooLong) } else { Ok(()) }
}

fn check_label(text: &str) -> Result<(), IllegalName> {
    if text.is_empty() {
        return Err(IllegalName::Empty);
    }
    let is_bad = |character: &char| character.is_control() || matches!(character, '@' | ':');
    text.chars().find(is_bad).map_or(Ok(()), |character| Err(IllegalName::Character(character)))
}

impl BranchLabel {
    /// Returns a label that every target can name: as an id, but `-` and `/` may stand inside, and no width limits it.
    pub fn for_new(text: &str) -> Result<Self, IllegalName> {
        check_name(text, &['@', '+', ':', '\\', ',', '"', '\'', ';', '`'])?;
        match text.chars().next() {
            Some(first) if !first.is_alphanumeric() && first != '_' => Err(IllegalName::Character(first)),
            _ => text.parse(),
        }
    }
}

fn check_name(text: &str, forbidden: &[char]) -> Result<(), IllegalName> {
    if text.is_empty() {
        return Err(IllegalName::Empty);
    }
    if RESERVED.contains(&text) {
        return Err(IllegalName::Reserved);
    }
    let is_bad =
        |character: &char| character.is_whitespace() || character.is_control() || forbidden.contains(character);
    text.chars().find(is_bad).map_or(Ok(()), |character| Err(IllegalName::Character(character)))
}

/// A name that a script mentions, an id or a label, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub name: Arc<str>,
    pub span: Span,
}

/// A node of the graph, as its script declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    pub id: RevisionId,
    /// Where the id stands in `source`.
    pub id_span: Span,
    /// Alembic's `down_revision`, in written order: none for a base, several for a merge. Full ids only.
    pub parents: Vec<Reference>,
    /// Ids or labels of revisions that must be applied earlier without belonging to the same line.
    pub depends_on: Vec<Reference>,
    pub branch_labels: Vec<(BranchLabel, Span)>,
    /// The whole comment above `[alembic]`; see [`Revision::title`].
    pub message: String,
    /// RFC 3339, as written.
    pub created: Option<String>,
    /// The name of the package that owns the script.
    pub feature: Arc<str>,
    pub source: Arc<Source>,
}

impl Revision {
    /// Returns the one-line message: the first line of [`Revision::message`].
    pub fn title(&self) -> &str {
        self.message.lines().next().unwrap_or("")
    }

    /// Returns a base revision of the feature `app` without labels, for graphs that no file backs.
    pub fn new(id: RevisionId) -> Self {
        Revision {
            id,
            id_span: Span::default(),
            parents: Vec::new(),
            depends_on: Vec::new(),
            branch_labels: Vec::new(),
            message: String::new(),
            created: None,
            feature: "app".into(),
            source: Arc::default(),
        }
    }
}
