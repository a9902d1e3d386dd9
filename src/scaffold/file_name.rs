//! The name of a new script's file, and the id in it.
//!
//! A name never holds a separator, so no message and no id can lead out of the folder. Read [`file_name`] first.

use alembic_revisions::{Code, Diagnose, Exit, RevisionId};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::message::Message;
use crate::config::{FileTemplate, Part, Placeholder};

/// Alembic's `truncate_slug_length`.
const SLUG_LENGTH: usize = 40;

/// The longest name that every common file system takes, in bytes.
const NAME_LENGTH: usize = 255;

/// Why no file can have this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    #[error("the file name `{}` would hold `{}`", .name.escape_debug(), .character.escape_debug())]
    Character { name: String, character: char },
    #[error("the file name `{}` would start with a dot and be hidden", .name.escape_debug())]
    Hidden { name: String },
    #[error("the file name would be longer than {NAME_LENGTH} bytes")]
    TooLong,
}

impl Diagnose for FileNameError {
    fn code(&self) -> Code {
        Code("A0651")
    }

    fn kind(&self) -> &'static str {
        "IllegalFileName"
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        Some("give another id with `--rev-id`, or change `file-template` in the root Cargo.toml".to_owned())
    }
}

/// Returns the file name that the template makes, with `.sql`; times are UTC.
///
/// Fails if an id given with `--rev-id` cannot stand in a file name.
pub fn file_name(
    template: &FileTemplate,
    revision: &RevisionId,
    message: &Message,
    created: Timestamp,
) -> Result<String, FileNameError> {
    let created = created.to_zoned(TimeZone::UTC);
    let mut name = String::new();
    for part in &template.parts {
        match part {
            Part::Text(text) => name.push_str(text),
            Part::Placeholder(Placeholder::Revision) => name.push_str(revision.as_str()),
            Part::Placeholder(Placeholder::Slug) => name.push_str(&slug(message.as_str())),
            Part::Placeholder(Placeholder::Year) => name.push_str(&format!("{:04}", created.year())),
            Part::Placeholder(Placeholder::Month) => name.push_str(&format!("{:02}", created.month())),
            Part::Placeholder(Placeholder::Day) => name.push_str(&format!("{:02}", created.day())),
            Part::Placeholder(Placeholder::Hour) => name.push_str(&format!("{:02}", created.hour())),
            Part::Placeholder(Placeholder::Minute) => name.push_str(&format!("{:02}", created.minute())),
        }
    }
    name.push_str(".sql");
    check(name)
}

fn check(name: String) -> Result<String, FileNameError> {
    if let Some(character) = name.chars().find(|character| crate::config::is_forbidden_in_name(*character)) {
        Err(FileNameError::Character { name, character })
    } else if name.starts_with('.') {
        Err(FileNameError::Hidden { name })
    } else if name.len() > NAME_LENGTH {
        Err(FileNameError::TooLong)
    } else {
        Ok(name)
    }
}

/// Returns the words of a message, lower-case and joined by `_`, cut after 40 characters at a word's end plus `_`.
///
/// Alembic: `ScriptDirectory._rev_path`; see `revision-graph.md` §15.
pub fn slug(message: &str) -> String {
    let is_separator = |character: char| !(character.is_alphanumeric() || character == '_');
    let words: Vec<&str> = message.split(is_separator).filter(|word| !word.is_empty()).collect();
    let slug = words.join("_").to_lowercase();
    match slug.char_indices().nth(SLUG_LENGTH) {
        None => slug,
        Some((end, _)) => {
            let cut = &slug[..end];
            format!("{}_", cut.rsplit_once('_').map_or(cut, |(whole_words, _)| whole_words))
        }
    }
}

/// Returns a new id: the last 12 hex digits of a random UUID, as Alembic's `util.rev_id`.
pub fn new_revision_id() -> RevisionId {
    let digits = uuid::Uuid::new_v4().simple().to_string();
    digits[digits.len() - 12..].parse().expect("hex digits make an id")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn name(template: &str, revision: &str, message: &str) -> Result<String, FileNameError> {
        let created = "2026-01-02T03:04:05Z".parse().unwrap();
        file_name(&template.parse().unwrap(), &revision.parse().unwrap(), &message.parse().unwrap(), created)
    }

    #[test]
    fn templates_are_filled() {
        let rows = [
            ("{revision}_{slug}", "abc123_add_smurf_scores_table.sql"),
            (
                "{year}_{month}_{day}_{hour}{minute}-{revision}_{slug}",
                "2026_01_02_0304-abc123_add_smurf_scores_table.sql",
            ),
            ("{slug}.sql", "add_smurf_scores_table.sql"),
        ];
        for (template, expected) in rows {
            assert_eq!(name(template, "abc123", "Add smurf_scores table").unwrap(), expected);
        }
    }

    #[test]
    fn slugs_are_alembic_s() {
        // The right column is what Alembic's expressions gave in Python.
        let rows = [
            ("Add smurf_scores table", "add_smurf_scores_table"),
            ("  -- weird!!  (stuff) ", "weird_stuff"),
            ("../../x", "x"),
            ("Größe ÄNDERN", "größe_ändern"),
            ("it's 2.5x", "it_s_2_5x"),
            ("add the table of all players and their scores", "add_the_table_of_all_players_and_their_"),
            ("add a table for the very many players xyz", "add_a_table_for_the_very_many_players_"),
            ("add a table for all of the many players", "add_a_table_for_all_of_the_many_players"),
            (&"a".repeat(50), &format!("{}_", "a".repeat(40))),
            ("日本語のメッセージ", "日本語のメッセージ"),
        ];
        for (message, expected) in rows {
            assert_eq!(slug(message), expected, "{message}");
        }
        assert!(slug(&"word ".repeat(1000)).chars().count() <= SLUG_LENGTH);
    }

    #[test]
    fn no_name_leads_elsewhere() {
        assert_eq!(name("{revision}_{slug}", "a", "../../etc/passwd").unwrap(), "a_etc_passwd.sql");
        assert_eq!(
            name("{revision}_{slug}", "a|b", "x").unwrap_err().to_string(),
            "the file name `a|b_x.sql` would hold `|`"
        );
        assert!(matches!(name("{revision}", "..", "x"), Err(FileNameError::Hidden { .. })));
        let long = format!("{}{{slug}}", "x".repeat(250));
        assert_eq!(name(&long, "a", "add table"), Err(FileNameError::TooLong));
    }

    #[test]
    fn ids_are_random_hex() {
        let ids: HashSet<String> = (0..1000).map(|_| new_revision_id().to_string()).collect();
        assert_eq!(ids.len(), 1000);
        assert!(
            ids.iter().all(|id| id.len() == 12 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
        );
    }
}
