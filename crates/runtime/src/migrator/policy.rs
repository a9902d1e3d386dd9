//! What a program that starts does about its database.
//!
//! Plain values with their words, so that an application can read them from its environment. Read [`Policy`] first.

use std::fmt;
use std::str::FromStr;

use alembic_revisions::diagnose::{Code, Diagnose, Exit, nearest};

/// What a program does about revisions that are not applied when it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// It applies them. Several programs may do so at once: each revision runs once, and all of them succeed.
    #[default]
    Apply,
    /// It waits until another program has applied them.
    Wait,
    /// It fails.
    Verify,
    /// It does not look at the database.
    Off,
}

/// What a program does when its database has revisions that it does not know: it is the older one of two versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ahead {
    /// It fails.
    #[default]
    Refuse,
    /// It runs on, and upgrades nothing, if each of them is known to break nothing and all of its own are applied.
    RunOn,
}

/// A word that is no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no policy {about}", .word.escape_debug())]
pub struct UnknownPolicy {
    word: String,
    about: &'static str,
    known: &'static [&'static str],
}

const POLICIES: [Policy; 4] = [Policy::Apply, Policy::Wait, Policy::Verify, Policy::Off];

impl Policy {
    /// Returns the policy's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Policy::Apply => "apply",
            Policy::Wait => "wait",
            Policy::Verify => "verify",
            Policy::Off => "off",
        }
    }
}

impl Ahead {
    /// Returns the policy's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Ahead::Refuse => "refuse",
            Ahead::RunOn => "run-on",
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Ahead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Policy {
    type Err = UnknownPolicy;

    fn from_str(text: &str) -> Result<Self, UnknownPolicy> {
        let unknown = || UnknownPolicy {
            word: text.to_owned(),
            about: "for revisions that are not applied",
            known: &["apply", "wait", "verify", "off"],
        };
        POLICIES.into_iter().find(|policy| is_word(text, policy.as_str())).ok_or_else(unknown)
    }
}

impl FromStr for Ahead {
    type Err = UnknownPolicy;

    fn from_str(text: &str) -> Result<Self, UnknownPolicy> {
        let unknown = || UnknownPolicy {
            word: text.to_owned(),
            about: "for a database that is ahead",
            known: &["refuse", "run-on"],
        };
        [Ahead::Refuse, Ahead::RunOn].into_iter().find(|ahead| is_word(text, ahead.as_str())).ok_or_else(unknown)
    }
}

/// Environment variables are often in upper case.
fn is_word(text: &str, word: &str) -> bool {
    text.trim().replace('_', "-").eq_ignore_ascii_case(word)
}

impl Diagnose for UnknownPolicy {
    fn code(&self) -> Code {
        Code("A0530")
    }

    fn kind(&self) -> &'static str {
        "UnknownPolicy"
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        let near = nearest(&self.word.to_ascii_lowercase(), self.known.iter().copied());
        Some(match near.first() {
            Some(near) => format!("write `{near}`"),
            None => format!("use one of {}", self.known.join(", ")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_read_as_they_are_shown() {
        for policy in POLICIES {
            assert_eq!(policy.to_string().parse(), Ok(policy));
        }
        for (text, expected) in [("run-on", Ahead::RunOn), (" RUN_ON\n", Ahead::RunOn), ("Refuse", Ahead::Refuse)] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn other_words_are_refused_with_the_nearest() {
        for (text, help) in
            [("aply", "write `apply`"), ("Verfy", "write `verify`"), ("", "use one of apply, wait, verify, off")]
        {
            let error = text.parse::<Policy>().unwrap_err();
            assert_eq!(error.help().as_deref(), Some(help), "{text}");
        }
        let error = "yes\u{1b}".parse::<Ahead>().unwrap_err();
        assert_eq!(error.to_string(), "`yes\\u{1b}` is no policy for a database that is ahead");
        assert_eq!(error.help().as_deref(), Some("use one of refuse, run-on"));
    }
}
