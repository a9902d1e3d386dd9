//! The pattern of a new script's file name, such as `{revision}_{slug}`, as parsed parts.
//!
//! Filling the parts is `scaffold`'s work. Read [`FileTemplate`] first.

use std::fmt;
use std::str::FromStr;

use alembic_revisions::diagnose::nearest;

/// What a pair of braces stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    Revision,
    Slug,
    Year,
    Month,
    Day,
    Hour,
    Minute,
}

impl Placeholder {
    pub const ALL: [Placeholder; 7] = [
        Placeholder::Revision,
        Placeholder::Slug,
        Placeholder::Year,
        Placeholder::Month,
        Placeholder::Day,
        Placeholder::Hour,
        Placeholder::Minute,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Placeholder::Revision => "revision",
            Placeholder::Slug => "slug",
            Placeholder::Year => "year",
            Placeholder::Month => "month",
            Placeholder::Day => "day",
            Placeholder::Hour => "hour",
            Placeholder::Minute => "minute",
        }
    }
}

/// A piece of a [`FileTemplate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Text(String),
    Placeholder(Placeholder),
}

/// A parsed `file-template`, without the `.sql` that every script's name ends in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileTemplate {
    pub parts: Vec<Part>,
}

impl Default for FileTemplate {
    fn default() -> Self {
        let parts = vec![
            Part::Placeholder(Placeholder::Revision),
            Part::Text("_".to_owned()),
            Part::Placeholder(Placeholder::Slug),
        ];
        FileTemplate { parts }
    }
}

/// Why a text is no file template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileTemplateError {
    #[error("has the unknown placeholder `{{{}}}`{}", .name.escape_debug(), suggestion(.near))]
    UnknownPlaceholder { name: String, near: Option<&'static str> },
    #[error("has a `{0}` without its partner")]
    LoneBrace(char),
    #[error("contains `{}`, which a file name must not hold", .0.escape_debug())]
    Character(char),
    #[error("starts with a dot, so its files would be hidden")]
    Hidden,
    #[error("needs `{{revision}}` or `{{slug}}`, or every script would have the same name")]
    Constant,
}

fn suggestion(near: &Option<&'static str>) -> String {
    match near {
        Some(name) => format!("; did you mean `{{{name}}}`?"),
        None => format!("; known are {}", Placeholder::ALL.map(|known| format!("`{{{}}}`", known.as_str())).join(", ")),
    }
}

impl FromStr for FileTemplate {
    type Err = FileTemplateError;

    fn from_str(text: &str) -> Result<Self, FileTemplateError> {
        let mut rest = text.strip_suffix(".sql").unwrap_or(text);
        if rest.starts_with('.') {
            return Err(FileTemplateError::Hidden);
        }
        let mut parts = Vec::new();
        while !rest.is_empty() {
            let literal = rest.find(['{', '}']).unwrap_or(rest.len());
            if literal > 0 {
                parts.push(Part::Text(check_text(&rest[..literal])?.to_owned()));
            }
            rest = &rest[literal..];
            if let Some(inside) = rest.strip_prefix('{') {
                let end = inside.find('}').ok_or(FileTemplateError::LoneBrace('{'))?;
                parts.push(Part::Placeholder(placeholder(&inside[..end])?));
                rest = &inside[end + 1..];
            } else if rest.starts_with('}') {
                return Err(FileTemplateError::LoneBrace('}'));
            }
        }
        let differs = |part: &Part| {
            matches!(part, Part::Placeholder(Placeholder::Revision) | Part::Placeholder(Placeholder::Slug))
        };
        if parts.iter().any(differs) { Ok(FileTemplate { parts }) } else { Err(FileTemplateError::Constant) }
    }
}

fn check_text(text: &str) -> Result<&str, FileTemplateError> {
    match text.chars().find(|character| is_forbidden_in_name(*character)) {
        Some(character) => Err(FileTemplateError::Character(character)),
        None => Ok(text),
    }
}

/// True for what some file system forbids in a name, and for separators of paths.
pub(crate) fn is_forbidden_in_name(character: char) -> bool {
    character.is_control() || matches!(character, '/' | '\\' | '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

fn placeholder(name: &str) -> Result<Placeholder, FileTemplateError> {
    Placeholder::ALL.into_iter().find(|known| known.as_str() == name).ok_or_else(|| {
        let near = nearest(name, Placeholder::ALL.map(Placeholder::as_str)).first().copied();
        FileTemplateError::UnknownPlaceholder { name: name.to_owned(), near }
    })
}

impl fmt::Display for FileTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Placeholder(placeholder) => write!(f, "{{{}}}", placeholder.as_str()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_comes_back() {
        let cases = ["{revision}_{slug}", "{year}{month}{day}-{hour}{minute}_{slug}", "v{revision}"];
        for text in cases {
            assert_eq!(text.parse::<FileTemplate>().unwrap().to_string(), text);
        }
        assert_eq!("{revision}.sql".parse::<FileTemplate>().unwrap().to_string(), "{revision}");
        assert_eq!("{revision}_{slug}".parse::<FileTemplate>().unwrap(), FileTemplate::default());
    }

    #[test]
    fn faults_say_what_is_wrong() {
        let cases = [
            ("{revison}_{slug}", "has the unknown placeholder `{revison}`; did you mean `{revision}`?"),
            ("{slug}{", "has a `{` without its partner"),
            ("{slug}}", "has a `}` without its partner"),
            ("../{slug}", "starts with a dot, so its files would be hidden"),
            ("x/../{slug}", "contains `/`, which a file name must not hold"),
            ("x\\{slug}", "contains `\\\\`, which a file name must not hold"),
            ("\u{1b}{slug}", "contains `\\u{1b}`, which a file name must not hold"),
            ("{year}", "needs `{revision}` or `{slug}`, or every script would have the same name"),
            ("", "needs `{revision}` or `{slug}`, or every script would have the same name"),
        ];
        for (text, message) in cases {
            assert_eq!(text.parse::<FileTemplate>().unwrap_err().to_string(), message, "{text}");
        }
        let unknown = "{zzz}".parse::<FileTemplate>().unwrap_err().to_string();
        assert!(
            unknown.ends_with("known are `{revision}`, `{slug}`, `{year}`, `{month}`, `{day}`, `{hour}`, `{minute}`")
        );
    }
}
