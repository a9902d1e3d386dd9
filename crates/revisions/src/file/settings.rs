//! The settings under a section's marker: comment lines that are TOML `key = value`.
//!
//! Prose under a marker is no fault, so only a line that is TOML through and through counts. Read [`read`] first.

use toml::de::{DeTable, DeValue};

use super::fault::{Faults, FileProblem};
use super::front_matter::type_name;
use crate::diagnose::nearest;
use crate::line::Line;
use crate::script::Direction;
use crate::script::Section;

const SETTINGS: &[&str] = &["transaction", "irreversible", "rebuild", "breaking", "rust"];

/// Reads a line as a setting of `section`; returns false if it is none, which ends the settings.
pub(super) fn read(line: Line, section: &mut Section, seen: &mut Vec<&'static str>, faults: &mut Faults) -> bool {
    let Some((comment, key)) = line.comment().and_then(|comment| Some((comment, assigned_key(comment.text)?))) else {
        return false;
    };
    let table = DeTable::parse(comment.text);
    let Some(setting) = SETTINGS.iter().copied().find(|setting| *setting == key) else {
        let is_toml = table.is_ok();
        if is_toml {
            let nearest = nearest(key, SETTINGS.iter().copied()).first().copied();
            let problem = FileProblem::UnknownKey { key: key.to_owned(), nearest, known: SETTINGS };
            let start = comment.start + comment.text.len() - comment.text.trim_start().len();
            faults.add(start..start + key.len(), problem);
        }
        return is_toml;
    };
    match table {
        Err(error) => {
            let range = error.span().unwrap_or(0..comment.text.len());
            let problem = FileProblem::Toml(error.message().to_owned());
            faults.add(comment.start + range.start..comment.start + range.end, problem);
        }
        Ok(table) => {
            for value in table.get_ref().values() {
                let place = comment.start + value.span().start..comment.start + value.span().end;
                if let Err(problem) = set(section, setting, value.get_ref(), seen) {
                    faults.add(place, problem);
                }
            }
        }
    }
    true
}

fn set(
    section: &mut Section,
    setting: &'static str,
    value: &DeValue,
    seen: &mut Vec<&'static str>,
) -> Result<(), FileProblem> {
    if seen.contains(&setting) {
        return Err(FileProblem::DuplicateSetting(setting));
    }
    seen.push(setting);
    let wrong = |wanted| FileProblem::WrongType { key: setting, wanted, found: type_name(value) };
    let found = section.direction;
    let misplaced = FileProblem::MisplacedSetting { setting, found };
    let settings = &mut section.settings;
    match (setting, value) {
        ("irreversible", _) if found == Direction::Up => return Err(misplaced),
        ("breaking", _) if found == Direction::Down => return Err(misplaced),
        ("breaking", DeValue::Boolean(breaking)) => settings.breaking = Some(*breaking),
        ("irreversible", DeValue::String(why)) => settings.irreversible = Some(why.clone().into_owned()),
        ("irreversible", _) => return Err(wrong("a string that says why")),
        ("rebuild", DeValue::Boolean(rebuild)) => settings.rebuild = *rebuild,
        ("transaction", DeValue::Boolean(transaction)) => settings.transaction = *transaction,
        ("rust", DeValue::Boolean(rust)) => settings.rust = *rust,
        _ => return Err(wrong("true or false")),
    }
    let outside = settings.rust && !settings.transaction;
    if outside && matches!(setting, "rust" | "transaction") { Err(FileProblem::RustOutside) } else { Ok(()) }
}

/// Returns the key of a line that looks like `key = value`.
pub(super) fn assigned_key(text: &str) -> Option<&str> {
    let (key, value) = text.split_once('=')?;
    let key = key.trim();
    let is_bare =
        !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    (is_bare && !value.trim().is_empty()).then_some(key)
}
