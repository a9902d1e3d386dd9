//! The command line as it was typed, so that it can be printed with what is missing.
//!
//! Shows no password. Read [`Words::with`] first.

use std::cell::RefCell;

use crate::config::holds_password;

/// The words after `cargo alembic`, and those that the answers of a person stand for.
pub struct Words {
    typed: Vec<String>,
    answered: RefCell<Vec<String>>,
}

impl Words {
    pub fn new(typed: Vec<String>) -> Self {
        Words { typed, answered: RefCell::default() }
    }

    /// Remembers the words that would have given a person's answer.
    pub fn answer(&self, words: &[&str]) {
        self.answered.borrow_mut().extend(words.iter().map(|word| (*word).to_owned()));
    }

    /// Returns the command line that gives the same without questions, if one was answered.
    pub fn answered(&self) -> Option<String> {
        let is_answered = !self.answered.borrow().is_empty();
        is_answered.then(|| self.with(&[]))
    }

    /// Returns another command line, as a shell reads it.
    pub fn instead(&self, words: &[&str]) -> String {
        let words: Vec<String> = words.iter().map(|word| shown(word)).collect();
        format!("cargo alembic {}", words.join(" "))
    }

    /// Returns the command line with the answers so far and `more`, which takes the place of the same flags.
    pub fn with(&self, more: &[&str]) -> String {
        let (before, behind) = match self.typed.iter().position(|word| word == "--") {
            Some(at) => self.typed.split_at(at),
            None => (self.typed.as_slice(), [].as_slice()),
        };
        let answered = self.answered.borrow();
        let known = without(before, more).map(|word| shown(word));
        let added = answered.iter().map(|word| quoted(word)).chain(more.iter().map(|word| quoted(word)));
        let words: Vec<String> = known.chain(added).chain(behind.iter().map(|word| shown(word))).collect();
        ["cargo alembic", &words.join(" ")].join(" ").trim_end().to_owned()
    }
}

/// Returns the words without the flags that `more` gives anew, and without their values.
fn without<'a>(words: &'a [String], more: &[&str]) -> impl Iterator<Item = &'a String> {
    let is_flag = |word: &str| word.starts_with('-');
    let with_value: Vec<&str> =
        more.windows(2).filter(|pair| is_flag(pair[0]) && !is_flag(pair[1])).map(|pair| pair[0]).collect();
    let mut kept = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
        if !with_value.contains(&name) {
            kept.push(word);
        } else if name == word {
            rest.next();
        }
    }
    kept.into_iter()
}

/// Returns a typed word for a shell, a URL with a password as the variable that may hold it.
fn shown(word: &str) -> String {
    const SECRET: &str = "\"$DATABASE_URL\"";
    match word.split_once('=') {
        Some((flag, value)) if flag.starts_with("--") && holds_password(value) => format!("{flag}={SECRET}"),
        _ if holds_password(word) && word.starts_with("-D") => format!("-D {SECRET}"),
        _ if holds_password(word) => SECRET.to_owned(),
        _ => quoted(word),
    }
}

/// Returns a word as a shell reads it back.
pub fn quoted(word: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "-_=+./:@,%^".contains(character);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Words {
        Words::new(line.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn words_survive_a_shell() {
        for (word, expected) in [
            ("head", "head"),
            ("left@-1", "left@-1"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("~/x", "'~/x'"),
            ("$(x)", "'$(x)'"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }

    #[test]
    fn what_is_missing_is_added() {
        for (typed, more, expected) in [
            ("downgrade -1", &["--yes"][..], "cargo alembic downgrade -1 --yes"),
            ("downgrade -- -1", &["--yes"], "cargo alembic downgrade --yes -- -1"),
            ("downgrade base --confirm x", &["--confirm", "a b"], "cargo alembic downgrade base --confirm 'a b'"),
            ("downgrade --confirm=x base", &["--confirm", "y"], "cargo alembic downgrade base --confirm y"),
            ("init", &["-p", "a", "-p", "b"], "cargo alembic init -p a -p b"),
            ("", &[], "cargo alembic"),
        ] {
            assert_eq!(words(typed).with(more), expected, "{typed}");
        }
    }

    #[test]
    fn answers_add_up() {
        let words = words("revision");
        assert_eq!(words.answered(), None);
        words.answer(&["-p", "players"]);
        assert_eq!(words.with(&["-m", "add x"]), "cargo alembic revision -p players -m 'add x'");
        words.answer(&["-m", "it's"]);
        assert_eq!(words.answered().as_deref(), Some(r"cargo alembic revision -p players -m 'it'\''s'"));
    }

    #[test]
    fn no_password_is_printed() {
        for (typed, expected) in [
            ("upgrade -D postgres://u:p@h/d", "cargo alembic upgrade -D \"$DATABASE_URL\""),
            ("upgrade --database-url=postgres://u:p@h/d", "cargo alembic upgrade --database-url=\"$DATABASE_URL\""),
            ("upgrade -Dpostgres://u:p@h/d", "cargo alembic upgrade -D \"$DATABASE_URL\""),
            ("upgrade -D postgres://u@h/d?password=p", "cargo alembic upgrade -D \"$DATABASE_URL\""),
            ("upgrade -D=postgres://u:p@h/d", "cargo alembic upgrade -D \"$DATABASE_URL\""),
            ("upgrade -D sqlite:a.db", "cargo alembic upgrade -D sqlite:a.db"),
        ] {
            assert_eq!(words(typed).with(&[]), expected);
        }
    }
}
