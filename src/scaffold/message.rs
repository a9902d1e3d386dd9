//! The message of a new revision, checked before anything is made of it.
//!
//! Read [`Message`] first.

use std::fmt;
use std::str::FromStr;

use alembic_revisions::{Code, Diagnose, Exit};

/// A message of one line that makes a title, a comment and a file name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message(String);

/// Why a text is no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    #[error("the message is empty")]
    Empty,
    #[error("the message has neither a letter nor a digit, so no file can be named after it")]
    NoWord,
    #[error("the message holds the control character {}", .0.escape_debug())]
    Control(char),
    #[error("the message would be read as the marker `{0}` of a script")]
    Marker(String),
}

impl Diagnose for MessageError {
    fn code(&self) -> Code {
        Code("A0650")
    }

    fn kind(&self) -> &'static str {
        "IllegalMessage"
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            MessageError::Control(_) => "write it in one line: `-m \"add players table\"`".to_owned(),
            _ => "say what the revision does: `-m \"add players table\"`".to_owned(),
        })
    }
}

impl Message {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Message {
    type Err = MessageError;

    /// Takes the text without the blanks around it.
    fn from_str(text: &str) -> Result<Self, MessageError> {
        // Looked for before trimming, which would take a line break at the end along.
        if let Some(control) = text.chars().find(|character| is_unprintable(*character)) {
            return Err(MessageError::Control(control));
        }
        let text = text.trim();
        if text.is_empty() {
            return Err(MessageError::Empty);
        }
        if !text.chars().any(char::is_alphanumeric) {
            return Err(MessageError::NoWord);
        }
        if is_marker(text) {
            return Err(MessageError::Marker(text.to_owned()));
        }
        Ok(Message(text.to_owned()))
    }
}

/// True for control characters, and for the separators and direction marks that make a line look like another one.
fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// True for a whole line in brackets that a script gives a meaning.
fn is_marker(text: &str) -> bool {
    let inside = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let word = inside.map(|inside| inside.trim().split('.').next().unwrap_or_default().trim());
    word.is_some_and(|word| ["alembic", "upgrade", "downgrade", "statement", "end"].contains(&word))
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_with_a_word() {
        let good = [("Add players", "Add players"), ("  x ", "x"), ("[wip] x", "[wip] x"), ("été", "été"), ("7", "7")];
        for (text, message) in good {
            assert_eq!(text.parse::<Message>().unwrap().as_str(), message);
        }
        let bad = [
            ("", MessageError::Empty),
            ("   ", MessageError::Empty),
            ("-- ?!", MessageError::NoWord),
            ("two\nlines", MessageError::Control('\n')),
            ("end\n", MessageError::Control('\n')),
            ("red\u{1b}[31m", MessageError::Control('\u{1b}')),
            ("a\u{202e}b", MessageError::Control('\u{202e}')),
            ("[alembic]", MessageError::Marker("[alembic]".to_owned())),
            ("[upgrade.postgres]", MessageError::Marker("[upgrade.postgres]".to_owned())),
        ];
        for (text, error) in bad {
            assert_eq!(text.parse::<Message>().unwrap_err(), error, "{text:?}");
        }
    }
}
