//! A script to the text of its file, in the layout of the contract.
//!
//! What `write` writes, [`super::parse`] reads back as it was. Read [`write`] first.

use std::fmt::Write as _;

use super::line::Marker;
use crate::dialect::DialectName;
use crate::line::Line;
use crate::revision::{BranchLabel, RevisionId};
use crate::script::Direction;
use crate::script::{Script, SectionSettings};

/// A script that is not a file yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewScript {
    pub id: RevisionId,
    /// Empty for a base, several for a merge.
    pub parents: Vec<RevisionId>,
    /// Ids or labels.
    pub depends_on: Vec<String>,
    pub branch_labels: Vec<BranchLabel>,
    /// RFC 3339.
    pub created: Option<String>,
    /// See [`check_message`].
    pub message: String,
    pub sections: Vec<NewSection>,
}

/// A section of a [`NewScript`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSection {
    pub direction: Direction,
    pub dialect: Option<DialectName>,
    pub settings: SectionSettings,
    /// Without blank lines around it; no line of it may be a section marker.
    pub sql: String,
}

/// Why a text cannot be the message of a new revision.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IllegalMessage {
    #[error("the message is empty")]
    Empty,
    #[error("the message contains the control character {}", .0.escape_debug())]
    Control(char),
}

/// Checks a message that a person typed for a new revision; only line feeds may control.
pub fn check_message(message: &str) -> Result<(), IllegalMessage> {
    if message.trim().is_empty() {
        return Err(IllegalMessage::Empty);
    }
    let control = message.chars().find(|character| character.is_control() && *character != '\n');
    control.map_or(Ok(()), |character| Err(IllegalMessage::Control(character)))
}

impl From<&Script> for NewScript {
    /// Returns what a script says, without its layout.
    fn from(script: &Script) -> Self {
        let revision = &script.revision;
        let section = |section: &crate::script::Section| NewSection {
            direction: section.direction,
            dialect: section.dialect,
            settings: section.settings.clone(),
            sql: script.text(section.body).trim().to_owned(),
        };
        NewScript {
            id: revision.id.clone(),
            parents: revision.parents.iter().filter_map(|parent| parent.name.parse().ok()).collect(),
            depends_on: revision.depends_on.iter().map(|dependency| dependency.name.to_string()).collect(),
            branch_labels: revision.branch_labels.iter().map(|(label, _)| label.clone()).collect(),
            created: revision.created.clone(),
            message: revision.message.clone(),
            sections: script.sections.iter().map(section).collect(),
        }
    }
}

/// Returns the text of a script's file.
pub fn write(script: &NewScript) -> String {
    let mut text = String::new();
    for line in script.message.trim().lines() {
        push_comment(&mut text, &guarded(line.trim_end()));
    }
    if !text.is_empty() {
        text.push_str("--\n");
    }
    text.push_str("-- [alembic]\n");
    let parents: Vec<&str> = script.parents.iter().map(RevisionId::as_str).collect();
    let labels: Vec<&str> = script.branch_labels.iter().map(BranchLabel::as_str).collect();
    let depends_on: Vec<&str> = script.depends_on.iter().map(String::as_str).collect();
    push_key(&mut text, "revision", &quoted(script.id.as_str()));
    match parents[..] {
        [parent] => push_key(&mut text, "down_revision", &quoted(parent)),
        _ => push_key(&mut text, "down_revision", &list(&parents)),
    }
    push_key(&mut text, "depends_on", &list(&depends_on));
    push_key(&mut text, "branch_labels", &list(&labels));
    if let Some(created) = &script.created {
        push_key(&mut text, "created", &date(created));
    }
    for section in &script.sections {
        push_section(&mut text, section);
    }
    text
}

fn push_section(text: &mut String, section: &NewSection) {
    text.push_str(match section.direction {
        Direction::Up => "\n-- [upgrade",
        Direction::Down => "\n-- [downgrade",
    });
    if let Some(dialect) = section.dialect {
        _ = write!(text, ".{dialect}");
    }
    text.push_str("]\n");
    let settings = &section.settings;
    if !settings.transaction {
        push_key(text, "transaction", "false");
    }
    if let Some(why) = &settings.irreversible {
        push_key(text, "irreversible", &quoted(why));
    }
    if settings.rebuild {
        push_key(text, "rebuild", "true");
    }
    if let Some(breaking) = settings.breaking {
        push_key(text, "breaking", &breaking.to_string());
    }
    if settings.rust {
        push_key(text, "rust", "true");
    }
    let sql = section.sql.trim();
    let first = sql.lines().next().unwrap_or("");
    if first.starts_with("--") && first.contains('=') {
        // The blank line keeps SQL's own first comment from being read as a setting.
        text.push('\n');
    }
    if !sql.is_empty() {
        text.push_str(sql);
        text.push('\n');
    }
}

fn push_comment(text: &mut String, line: &str) {
    text.push_str("--");
    if !line.is_empty() {
        text.push(' ');
        text.push_str(line);
    }
    text.push('\n');
}

fn push_key(text: &mut String, key: &str, value: &str) {
    _ = writeln!(text, "-- {key} = {value}");
}

fn list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    format!("[{}]", names.join(", "))
}

fn date(created: &str) -> String {
    let is_date = matches!(toml::de::DeValue::parse(created), Ok(value) if value.get_ref().is_datetime());
    if is_date && created.trim() == created { created.to_owned() } else { quoted(created) }
}

/// Returns a TOML basic string.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            character if character.is_control() => _ = write!(quoted, "\\u{:04X}", u32::from(character)),
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// A message line that would be read as a marker gets one blank more; [`unguarded`] takes it away again.
fn guarded(line: &str) -> std::borrow::Cow<'_, str> {
    if is_marker(line) { format!(" {line}").into() } else { line.into() }
}

/// Returns a message line as it was given to [`write`].
pub(super) fn unguarded(line: &str) -> &str {
    line.strip_prefix(' ').filter(|line| is_marker(line)).unwrap_or(line)
}

fn is_marker(line: &str) -> bool {
    line.contains('[') && {
        let comment = format!("--{line}");
        matches!(Line { text: &comment, start: 0 }.marker(), Some(Marker::Whole(_)))
    }
}
