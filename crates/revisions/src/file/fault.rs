//! What can be wrong with a script's file, and where.
//!
//! All faults of a file are reported at once, since a person mends them in one go. Read [`FileFaults`] first.

use std::sync::Arc;

use crate::diagnose::{Located, Place, Problem, Several, Source, Span};
use crate::revision::IllegalName;
use crate::script::Direction;

/// What is wrong at one place of a script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileProblem {
    #[error("the file has no front matter")]
    NoFrontMatter,
    #[error("the front matter names no `revision`")]
    MissingRevision,
    #[error("invalid TOML: {0}")]
    Toml(String),
    #[error("unknown key `{}`", .key.escape_debug())]
    UnknownKey { key: String, nearest: Option<&'static str>, known: &'static [&'static str] },
    #[error("`{key}` is {found}; it must be {wanted}")]
    WrongType { key: &'static str, wanted: &'static str, found: &'static str },
    #[error("`{}` in `{key}` {why}", .name.escape_debug())]
    IllegalName { key: &'static str, name: String, why: IllegalName },
    #[error("`down_revision` names `{0}` twice")]
    DuplicateParent(String),
    #[error("`{0}` stands outside of the front matter, where nothing reads it")]
    StrayKey(&'static str),
    #[error("the front matter stands below a section")]
    MisplacedFrontMatter,
    #[error("unknown section `{0}`")]
    UnknownSection(String, Option<&'static str>),
    #[error("unknown dialect `{0}`")]
    UnknownDialect(String, Option<&'static str>),
    #[error("`[{0}]` does not stand alone at the start of its line")]
    CrowdedMarker(String),
    #[error("a second section `{0}`")]
    DuplicateSection(String),
    #[error("`{0}` is set twice")]
    DuplicateSetting(&'static str),
    #[error("`{setting}` stands in {} section", article(*.found))]
    MisplacedSetting { setting: &'static str, found: Direction },
    #[error("`rust = true` and `transaction = false` stand in one section")]
    RustOutside,
    #[error("text outside of any section")]
    StrayText,
    #[error("a comment that nothing closes")]
    UnclosedComment,
    #[error("a NUL byte")]
    NulByte,
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

impl Problem for FileProblem {
    /// Where `revision-graph.md` §17 has a name, it is that name.
    fn names(&self) -> (&'static str, &'static str) {
        match self {
            FileProblem::NoFrontMatter => ("A0101", "NoFrontMatter"),
            FileProblem::MissingRevision => ("A0102", "MissingRevision"),
            FileProblem::Toml(_) => ("A0103", "InvalidToml"),
            FileProblem::UnknownKey { .. } => ("A0104", "UnknownKey"),
            FileProblem::WrongType { .. } => ("A0105", "WrongType"),
            FileProblem::IllegalName { key: "branch_labels", .. } => ("A0106", "IllegalLabel"),
            FileProblem::IllegalName { .. } => ("A0107", "IllegalId"),
            FileProblem::DuplicateParent(_) => ("A0108", "DuplicateParents"),
            FileProblem::StrayKey(_) => ("A0109", "StrayKey"),
            FileProblem::MisplacedFrontMatter => ("A0110", "MisplacedFrontMatter"),
            FileProblem::UnknownSection(..) => ("A0111", "UnknownSection"),
            FileProblem::UnknownDialect(..) => ("A0112", "UnknownDialect"),
            FileProblem::CrowdedMarker(_) => ("A0113", "CrowdedMarker"),
            FileProblem::DuplicateSection(_) => ("A0114", "DuplicateSection"),
            FileProblem::DuplicateSetting(_) => ("A0115", "DuplicateSetting"),
            FileProblem::MisplacedSetting { .. } => ("A0116", "MisplacedSetting"),
            FileProblem::RustOutside => ("A0128", "RustOutside"),
            FileProblem::StrayText => ("A0117", "StrayText"),
            FileProblem::UnclosedComment => ("A0118", "UnclosedComment"),
            FileProblem::NulByte => ("A0119", "NulByte"),
            FileProblem::Unreadable(why) => why.names(),
        }
    }

    fn help(&self) -> Option<String> {
        let known = |nearest: &Option<&str>, otherwise: &str| match nearest {
            Some(nearest) => format!("write `{nearest}`"),
            None => otherwise.to_owned(),
        };
        Some(match self {
            FileProblem::NoFrontMatter => {
                "start the file with the lines `-- [alembic]`, `-- revision = \"…\"` and `-- down_revision = \"…\"`, \
                 or create the script with `cargo alembic revision -m \"…\"`"
                    .to_owned()
            }
            FileProblem::MissingRevision => "add `-- revision = \"…\"` below `-- [alembic]`".to_owned(),
            FileProblem::Toml(_) => "write the line as TOML, `-- key = \"value\"`".to_owned(),
            FileProblem::UnknownKey { nearest, known: keys, .. } => {
                known(nearest, &format!("use one of {}", keys.join(", ")))
            }
            FileProblem::WrongType { key, .. } => format!("write `{key} = {}`", example(key)),
            FileProblem::IllegalName { key: "down_revision", why: IllegalName::Empty, .. } => {
                "write `down_revision = []` for a base".to_owned()
            }
            FileProblem::IllegalName { key: "branch_labels", .. } => {
                "use letters, digits, `_`, and `-` or `/` inside".to_owned()
            }
            FileProblem::IllegalName { .. } => "use 1 to 32 letters, digits and `_`".to_owned(),
            FileProblem::DuplicateParent(_) => "remove one of the two".to_owned(),
            FileProblem::StrayKey(_) => {
                "move it below `-- [alembic]`, without a blank line between the lines of the front matter".to_owned()
            }
            FileProblem::MisplacedFrontMatter => "move `-- [alembic]` and its keys above the first section".to_owned(),
            FileProblem::UnknownSection(_, Some(nearest)) => format!("write `-- [{nearest}]`"),
            FileProblem::UnknownSection(_, None) => {
                "use `-- [upgrade]` or `-- [downgrade]`, or put words around the brackets".to_owned()
            }
            FileProblem::UnknownDialect(_, nearest) => {
                known(nearest, "use postgres, sqlite or mysql (which MariaDB reads too)")
            }
            FileProblem::CrowdedMarker(name) => format!("write `-- [{name}]` and nothing else on the line"),
            FileProblem::DuplicateSection(_) => "join the two sections".to_owned(),
            FileProblem::DuplicateSetting(_) => "remove one of the two".to_owned(),
            FileProblem::MisplacedSetting { found: Direction::Up, .. } => "move it under `-- [downgrade]`".to_owned(),
            FileProblem::MisplacedSetting { found: Direction::Down, .. } => "move it under `-- [upgrade]`".to_owned(),
            FileProblem::RustOutside => {
                "remove one of the two: Rust code runs in the transaction of its section, and what no \
                                         transaction surrounds needs a revision of its own"
                    .to_owned()
            }
            FileProblem::StrayText => "put SQL below `-- [upgrade]` or `-- [downgrade]`".to_owned(),
            FileProblem::UnclosedComment => "close it with `*/`".to_owned(),
            FileProblem::NulByte => "remove the byte; SQL text has none".to_owned(),
            FileProblem::Unreadable(why) => return why.help(),
        })
    }
}

fn article(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "an upgrade",
        Direction::Down => "a downgrade",
    }
}

/// Returns a right value of a key, for a help text.
fn example(key: &str) -> &'static str {
    match key {
        "created" => "2026-11-22T15:30:00Z",
        "depends_on" | "branch_labels" => "[\"…\"]",
        "transaction" | "breaking" => "false",
        "rebuild" | "rust" => "true",
        _ => "\"…\"",
    }
}

/// One fault of one file.
pub type FileFault = Located<FileProblem>;

/// Why a file was not read as text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("the file is not UTF-8 at byte {byte} (line {line})")]
    NotUtf8 { byte: usize, line: usize },
    #[error("the file is UTF-16")]
    Utf16,
    #[error("the file has 4 GiB or more")]
    TooLarge,
    #[error("`{}` cannot be read: {why}", .name.escape_debug())]
    Io { name: String, why: String },
    #[error("`{}` is not a regular file", .0.escape_debug())]
    NotRegular(String),
    #[error("`{}` points outside the workspace, at {}", .name.escape_debug(), .target.escape_debug())]
    Outside { name: String, target: String },
    #[error("`{}` points at a folder that is read already", .0.escape_debug())]
    Loop(String),
    #[error("the file name `{0}` is not UTF-8")]
    Name(String),
}

impl Unreadable {
    fn names(&self) -> (&'static str, &'static str) {
        match self {
            Unreadable::NotUtf8 { .. } => ("A0120", "NotUtf8"),
            Unreadable::Utf16 => ("A0121", "Utf16"),
            Unreadable::TooLarge => ("A0122", "TooLarge"),
            Unreadable::Io { .. } => ("A0123", "Unreadable"),
            Unreadable::NotRegular(_) => ("A0124", "NotRegularFile"),
            Unreadable::Outside { .. } => ("A0125", "OutsideWorkspace"),
            Unreadable::Loop(_) => ("A0126", "LinkLoop"),
            Unreadable::Name(_) => ("A0127", "FileName"),
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Unreadable::NotUtf8 { .. } | Unreadable::Utf16 => "save it as UTF-8",
            Unreadable::TooLarge => "load the rows with the database's own tools, or split the script",
            Unreadable::Io { .. } => return None,
            Unreadable::NotRegular(_) => "rename or remove it; only files are scripts",
            Unreadable::Outside { .. } => "copy the script into the folder",
            Unreadable::Loop(_) => "remove the link",
            Unreadable::Name(_) => "rename it",
        };
        Some(help.to_owned())
    }
}

/// Every fault of one file or of many.
pub type FileFaults = Several<FileFault>;

/// The faults of one file while it is parsed.
pub(super) struct Faults<'a> {
    source: &'a Arc<Source>,
    found: Vec<FileFault>,
}

impl<'a> Faults<'a> {
    pub(super) fn of(source: &'a Arc<Source>) -> Self {
        Faults { source, found: Vec::new() }
    }

    pub(super) fn add(&mut self, span: impl Into<Span>, problem: FileProblem) {
        self.found.push(FileFault::new(problem, Place::new(self.source.clone(), span)));
    }

    pub(super) fn add_second(&mut self, span: impl Into<Span>, earlier: Span, problem: FileProblem) {
        let first = Place { label: "the first one".to_owned(), ..Place::new(self.source.clone(), earlier) };
        let places = vec![Place::new(self.source.clone(), span), first];
        self.found.push(FileFault { problem, places });
    }

    pub(super) fn report(&mut self, (place, problem): (std::ops::Range<usize>, FileProblem)) {
        self.add(place, problem);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Returns all faults in the order of their places. A script without an id and without a fault lacks its id.
    pub(super) fn finish(mut self) -> FileFaults {
        self.found.sort_by_key(|fault| fault.places.first().map(|place| place.span.start));
        let missing = || FileFault::new(FileProblem::MissingRevision, Place::new(self.source.clone(), 0..0));
        Several::new(self.found).unwrap_or_else(|| missing().into())
    }
}
