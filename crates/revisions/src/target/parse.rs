//! Text to [`Target`]: the grammar of `revision-graph.md` §5.1, read strictly (§5.5).
//!
//! Read [`Target::from_str`] first.

use std::fmt;
use std::str::FromStr;

use crate::diagnose::{Code, Diagnose, Exit};
use crate::script::Direction;

/// What a user typed: an optional branch, and a name or a symbol, which may be followed by steps.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    text: Box<str>,
    branch: Option<Box<str>>,
    core: Box<str>,
    /// The core as symbol and steps, if it ends so; a name that has the whole core goes before it.
    relative: Option<(Box<str>, Steps)>,
}

/// So many steps along parent edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Steps {
    pub direction: Direction,
    pub count: u32,
}

impl fmt::Display for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.direction == Direction::Up { '+' } else { '-' };
        write!(f, "{sign}{}", self.count)
    }
}

/// A word with a meaning, or a name: an id, a label, or the beginning of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbol<'t> {
    Head,
    Heads,
    Base,
    Current,
    Name(&'t str),
}

impl<'t> Symbol<'t> {
    fn of(text: &'t str) -> Self {
        match text {
            "head" => Symbol::Head,
            "heads" => Symbol::Heads,
            "base" => Symbol::Base,
            "current" => Symbol::Current,
            name => Symbol::Name(name),
        }
    }
}

/// How the core of a target reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form<'t> {
    Symbol(Symbol<'t>),
    /// Steps from a symbol, or from where the database is.
    Relative(Option<Symbol<'t>>, Steps),
}

impl Target {
    /// Returns the target `head`.
    pub fn head() -> Target {
        Target::plain("head")
    }

    /// Returns the target `heads`.
    pub fn heads() -> Target {
        Target::plain("heads")
    }

    /// Returns the target `base`.
    pub fn base() -> Target {
        Target::plain("base")
    }

    fn plain(word: &str) -> Target {
        Target { text: word.into(), branch: None, core: word.into(), relative: None }
    }

    /// Returns the text as it was typed.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the name before the `@`.
    pub fn branch(&self) -> Option<&str> {
        self.branch.as_deref()
    }

    /// Returns how the core reads, given which names exist: a label `feat-1` is no step below `feat`.
    pub fn form(&self, is_name: impl Fn(&str) -> bool) -> Form<'_> {
        match &self.relative {
            Some((symbol, steps)) if !is_name(&self.core) => {
                let symbol = Some(Symbol::of(symbol)).filter(|_| !symbol.is_empty());
                Form::Relative(symbol, *steps)
            }
            _ => Form::Symbol(Symbol::of(&self.core)),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// Why a text is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IllegalTarget {
    #[error("a target is empty")]
    Empty,
    #[error("`{}` names nothing after the `@`", .0.escape_debug())]
    NoCore(String),
    #[error("`{}` names no branch before the `@`", .0.escape_debug())]
    NoBranch(String),
    #[error("`{}` has more than one `@`", .0.escape_debug())]
    TwoBranches(String),
    #[error("`{}` is no target: after `+` come digits and nothing else", .0.escape_debug())]
    Steps(String),
    #[error("`{}` is a range, and one target is wanted", .0.escape_debug())]
    Range(String),
    #[error("`{}` is no range: it takes one `:`", .0.escape_debug())]
    NoRange(String),
}

impl FromStr for Target {
    type Err = IllegalTarget;

    fn from_str(text: &str) -> Result<Target, IllegalTarget> {
        let (branch, core) = match text.split_once('@') {
            // Alembic takes `@head` for `head`.
            Some((branch, core)) => (Some(branch).filter(|branch| !branch.is_empty()), core),
            None => (None, text),
        };
        let refused: Option<fn(String) -> IllegalTarget> = match (branch, core) {
            _ if text.contains(':') => Some(IllegalTarget::Range),
            (None, "") if text.is_empty() => return Err(IllegalTarget::Empty),
            (_, "") => Some(IllegalTarget::NoCore),
            (_, core) if core.contains('@') => Some(IllegalTarget::TwoBranches),
            _ => None,
        };
        if let Some(refused) = refused {
            return Err(refused(text.to_owned()));
        }
        let relative: Option<(Box<str>, Steps)> = split_steps(core).map(|(symbol, steps)| (symbol.into(), steps));
        if text.starts_with('@') && relative.is_some() {
            return Err(IllegalTarget::NoBranch(text.to_owned()));
        }
        // No name has a `+`, so a core with one is symbol and steps, or a mistake.
        let plus_ends = relative.as_ref().is_some_and(|(symbol, _)| !symbol.contains('+'));
        if core.contains('+') && !plus_ends {
            return Err(IllegalTarget::Steps(text.to_owned()));
        }
        Ok(Target { text: text.into(), branch: branch.map(Box::from), core: core.into(), relative })
    }
}

/// Splits a core at its last sign, if digits and nothing else follow. Whoever types 5000000000 wants too many steps.
fn split_steps(core: &str) -> Option<(&str, Steps)> {
    let sign = core.rfind(['+', '-'])?;
    let digits = &core[sign + 1..];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let direction = if core[sign..].starts_with('+') { Direction::Up } else { Direction::Down };
    Some((&core[..sign], Steps { direction, count: digits.parse().unwrap_or(u32::MAX) }))
}

/// `a:b`, with either end left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetRange {
    pub lower: Option<Target>,
    pub upper: Option<Target>,
}

impl FromStr for TargetRange {
    type Err = IllegalTarget;

    fn from_str(text: &str) -> Result<TargetRange, IllegalTarget> {
        let (lower, upper) = text.split_once(':').ok_or_else(|| IllegalTarget::NoRange(text.to_owned()))?;
        if upper.contains(':') {
            return Err(IllegalTarget::NoRange(text.to_owned()));
        }
        let end = |text: &str| if text.is_empty() { Ok(None) } else { text.parse().map(Some) };
        Ok(TargetRange { lower: end(lower)?, upper: end(upper)? })
    }
}

impl Diagnose for IllegalTarget {
    fn code(&self) -> Code {
        Code(match self {
            IllegalTarget::Range(_) => "A0309",
            IllegalTarget::NoRange(_) => "A0310",
            _ => "A0307",
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            IllegalTarget::Range(_) => "RangeNotAllowed",
            IllegalTarget::NoRange(_) => "RangeRequired",
            _ => "IllegalTarget",
        }
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            IllegalTarget::Range(_) => "name one revision; `FROM:TO` is for `history -r` and for `--sql`".to_owned(),
            IllegalTarget::NoRange(_) => "write `FROM:TO`; either end may be left out".to_owned(),
            _ => "write an id or the beginning of one, a branch label, `head`, `heads`, `base` or `current`, with `+N` or `-N` \
                  after it or alone, and `BRANCH@` before it if need be"
                .to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_symbols_names_or_steps() {
        let up = |count| Steps { direction: Direction::Up, count };
        let down = |count| Steps { direction: Direction::Down, count };
        for (text, branch, form) in [
            ("head", None, Form::Symbol(Symbol::Head)),
            ("heads", None, Form::Symbol(Symbol::Heads)),
            ("HEAD", None, Form::Symbol(Symbol::Name("HEAD"))),
            ("users@base", Some("users"), Form::Symbol(Symbol::Base)),
            ("feat-1@head", Some("feat-1"), Form::Symbol(Symbol::Head)),
            ("@head", None, Form::Symbol(Symbol::Head)),
            ("+1", None, Form::Relative(None, up(1))),
            ("-0", None, Form::Relative(None, down(0))),
            ("users@-12", Some("users"), Form::Relative(None, down(12))),
            ("ae10+2", None, Form::Relative(Some(Symbol::Name("ae10")), up(2))),
            ("1.0-1", None, Form::Relative(Some(Symbol::Name("1.0")), down(1))),
            ("current-1", None, Form::Relative(Some(Symbol::Current), down(1))),
            ("feat-1", None, Form::Symbol(Symbol::Name("feat-1"))),
            ("feat-1-2", None, Form::Relative(Some(Symbol::Name("feat-1")), down(2))),
            ("feat-1junk", None, Form::Symbol(Symbol::Name("feat-1junk"))),
            (" ae10", None, Form::Symbol(Symbol::Name(" ae10"))),
            ("+5000000000", None, Form::Relative(None, up(u32::MAX))),
        ] {
            let target: Target = text.parse().unwrap();
            assert_eq!((target.branch(), target.form(|name| name == "feat-1")), (branch, form), "{text}");
            assert_eq!(target.to_string(), text);
        }
    }

    #[test]
    fn what_follows_a_step_is_not_ignored() {
        for (text, kind) in [
            ("", "IllegalTarget"),
            ("users@", "IllegalTarget"),
            ("@", "IllegalTarget"),
            ("@+1", "IllegalTarget"),
            ("a@b@head", "IllegalTarget"),
            ("+1x", "IllegalTarget"),
            ("+1+1", "IllegalTarget"),
            ("ccc1+1junk", "IllegalTarget"),
            ("a:b", "RangeNotAllowed"),
        ] {
            let error = text.parse::<Target>().unwrap_err();
            assert_eq!((error.kind(), error.exit()), (kind, Exit::Usage), "{text}");
        }
    }

    #[test]
    fn ranges_have_one_colon_and_open_ends() {
        let range: TargetRange = "users@base:+2".parse().unwrap();
        assert_eq!((range.lower, range.upper), ("users@base".parse().ok(), "+2".parse().ok()));
        assert_eq!(":".parse(), Ok(TargetRange::default()));
        for text in ["ae10", "a:b:c"] {
            assert_eq!(text.parse::<TargetRange>().unwrap_err().kind(), "RangeRequired", "{text}");
        }
        assert_eq!("a:+1x".parse::<TargetRange>().unwrap_err().kind(), "IllegalTarget");
    }
}
