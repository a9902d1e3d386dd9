//! How faults are made and worded where several files say the same.

use super::super::Span;
use super::ast::{At, Fault};

impl Fault {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Fault {
        Fault { message: message.into(), help: None, span }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Fault {
        self.help = Some(help.into());
        self
    }
}

/// A key that no list of this place has.
pub(super) fn unknown(key: &At<&str>, keys: &[&str]) -> Fault {
    let fault = Fault::new(key.span, format!("unknown key `{}`", key.value));
    match super::words::nearest(key.value, keys) {
        Some(near) => fault.help(format!("write `{near}`")),
        None if (1..=12).contains(&keys.len()) => fault.help(format!("write one of `{}`", keys.join("`, `"))),
        None => fault,
    }
}

/// A word that is none of those that its key takes.
pub(super) fn unknown_word(key: &str, word: &At<String>, words: &[&str]) -> Fault {
    let help = match super::words::nearest(&word.value, words) {
        Some(near) => format!("write `{key} = \"{near}\"`"),
        None => format!("write one of `{}`", words.join("`, `")),
    };
    Fault::new(word.span, format!("`{}` is nothing that `{key}` takes", word.value)).help(help)
}

pub(super) fn twice(key: &At<&str>) -> Fault {
    Fault::new(key.span, format!("`{}` is given twice", key.value)).help("remove one of the two")
}
