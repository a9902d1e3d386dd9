//! Whether a `cfg` predicate holds: yes, no, or nobody has said.
//!
//! Three values, because a model that is left out in silence would be dropped from the database. Read [`Cfg::holds`]
//! first.

use std::collections::BTreeSet;
use std::env::consts;

use alembic_revisions::Span;

use crate::cursor::{Cursor, between_commas};
use crate::grammar::ast::Token;
use crate::literal;

/// What is known where a crate is compiled.
#[derive(Clone, Copy, Debug)]
pub struct Cfg<'a> {
    pub features: &'a BTreeSet<String>,
    /// `name`, `name="value"`, or `not(…)` around one of them.
    pub settings: &'a BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    True,
    False,
    Unknown(Unknown),
}

/// The first name of a predicate on which it hangs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// As the setting `cfg` would name it.
    pub name: String,
    pub span: Span,
}

impl Truth {
    /// Both must hold.
    pub fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::Unknown(unknown), _) | (_, Truth::Unknown(unknown)) => Truth::Unknown(unknown),
            (Truth::True, Truth::True) => Truth::True,
        }
    }

    fn or(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::True, _) | (_, Truth::True) => Truth::True,
            (Truth::Unknown(unknown), _) | (_, Truth::Unknown(unknown)) => Truth::Unknown(unknown),
            (Truth::False, Truth::False) => Truth::False,
        }
    }

    pub fn not(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            unknown @ Truth::Unknown(_) => unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Truth {
        if holds { Truth::True } else { Truth::False }
    }
}

/// Deeper predicates are unknown.
const DEEPEST: usize = 64;

impl Cfg<'_> {
    /// Returns whether the predicate holds that stands between the parentheses of `cfg(…)`.
    pub fn holds(&self, predicate: &[Token<'_>]) -> Truth {
        self.predicate(predicate, DEEPEST)
    }

    fn predicate(&self, tokens: &[Token<'_>], depth: usize) -> Truth {
        let mut cursor = Cursor::new(tokens);
        let span = tokens.first().map_or_else(Span::default, |token| token.span);
        let unknown = |name: String| Truth::Unknown(Unknown { name, span });
        let Some(name) = cursor.word().filter(|_| depth > 0) else { return unknown("…".to_owned()) };
        if let Some(inside) = cursor.group('(') {
            let parts = between_commas(inside).into_iter().map(|part| self.predicate(part, depth - 1));
            return match name {
                "all" => parts.fold(Truth::True, Truth::and),
                "any" => parts.fold(Truth::False, Truth::or),
                "not" => parts.fold(Truth::True, Truth::and).not(),
                _ => unknown(name.to_owned()),
            };
        }
        if cursor.take_punct('=') {
            return match cursor.literal().and_then(literal::text) {
                Some(value) => self.pair(name, &value).unwrap_or_else(|| unknown(format!("{name}=\"{value}\""))),
                None => unknown(name.to_owned()),
            };
        }
        self.name(name).unwrap_or_else(|| unknown(name.to_owned()))
    }

    fn name(&self, name: &str) -> Option<Truth> {
        match name {
            "true" => Some(Truth::True),
            "false" | "test" | "doctest" | "miri" => Some(Truth::False),
            "unix" | "windows" => Some((consts::FAMILY == name).into()),
            _ => self.setting(name),
        }
    }

    fn pair(&self, name: &str, value: &str) -> Option<Truth> {
        let host = match name {
            "feature" => {
                let said = self.setting(&format!("{name}=\"{value}\""));
                return Some(said.unwrap_or_else(|| self.features.contains(value).into()));
            }
            "target_os" => consts::OS,
            "target_family" => consts::FAMILY,
            "target_arch" => consts::ARCH,
            "target_pointer_width" if cfg!(target_pointer_width = "64") => "64",
            "target_pointer_width" => "32",
            "target_endian" if cfg!(target_endian = "big") => "big",
            "target_endian" => "little",
            _ => return self.setting(&format!("{name}=\"{value}\"")),
        };
        Some((host == value).into())
    }

    fn setting(&self, written: &str) -> Option<Truth> {
        let is_set = |wanted: &str| self.settings.iter().any(|setting| without_blanks(setting) == wanted);
        let wanted = without_blanks(written);
        if is_set(&wanted) {
            Some(Truth::True)
        } else if is_set(&format!("not({wanted})")) {
            Some(Truth::False)
        } else {
            None
        }
    }
}

fn without_blanks(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}
