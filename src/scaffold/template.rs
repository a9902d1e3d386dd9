//! The texts from which new scripts are made: those in `template-migrations/` of this crate, and a workspace's own.
//!
//! A file `template-migrations/NAME.sql.jinja` at the workspace root adds a template or stands in for ours, as Alembic's
//! `script.py.mako` does. Whether the output is a script is for the parser to say. Read [`Templates::of`] first.

use std::fmt;
use std::io::ErrorKind;
use std::sync::Arc;

use alembic_revisions::diagnose::nearest;
use alembic_revisions::{BranchLabel, Code, Diagnose, DialectName, Exit, Place, RevisionId, Source};
use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, context};

use super::message::Message;

const FOLDER: &str = "template-migrations";
const EXTENSION: &str = ".sql.jinja";

const BUILT_IN: [(&str, &str); 4] = [
    ("plain", include_str!("../../template-migrations/plain.sql.jinja")),
    ("data", include_str!("../../template-migrations/data.sql.jinja")),
    ("index", include_str!("../../template-migrations/index.sql.jinja")),
    ("merge", include_str!("../../template-migrations/merge.sql.jinja")),
];

/// What a template is filled with.
#[derive(Clone, Copy, Debug)]
pub struct NewScript<'a> {
    pub message: &'a Message,
    pub revision: &'a RevisionId,
    pub parents: &'a [RevisionId],
    /// Ids or labels.
    pub depends_on: &'a [String],
    pub branch_labels: &'a [BranchLabel],
    pub created: Timestamp,
    pub feature: &'a str,
    pub dialects: &'a [DialectName],
    /// Generated SQL; empty for one section to fill in.
    pub upgrade: &'a [TemplateSection],
    pub downgrade: &'a [TemplateSection],
}

/// Generated SQL of one direction for one dialect, or for all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateSection {
    pub dialect: Option<DialectName>,
    /// Lines as `transaction = false`.
    pub settings: Vec<String>,
    pub sql: String,
}

/// Generated SQL of both directions; where one is empty, it is left to be filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sections {
    pub upgrade: Vec<TemplateSection>,
    pub downgrade: Vec<TemplateSection>,
}

/// Where a template comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateOrigin {
    BuiltIn,
    /// A file, relative to the workspace root.
    Own(Utf8PathBuf),
}

impl fmt::Display for TemplateOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TemplateOrigin::BuiltIn => f.write_str("built in"),
            TemplateOrigin::Own(path) => write!(f, "{path}"),
        }
    }
}

/// A named text with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub name: String,
    /// The first line of the comment at the top; may be empty.
    pub description: String,
    pub origin: TemplateOrigin,
    source: Arc<Source>,
}

/// All templates of a workspace: ours in their own order, then its own by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Templates(Vec<Template>);

/// Why a template cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    #[error("no template is called `{}`", .name.escape_debug())]
    Unknown { name: String, near: Option<String>, known: Vec<String> },
    #[error("the template `{name}` cannot be filled in: {reason}")]
    Render { name: String, reason: String, place: Place },
    #[error("cannot read {path}: {source}")]
    Read { path: Utf8PathBuf, source: std::io::Error },
}

impl Diagnose for TemplateError {
    fn code(&self) -> Code {
        Code(match self {
            TemplateError::Unknown { .. } => "A0640",
            TemplateError::Render { .. } => "A0641",
            TemplateError::Read { .. } => "A0642",
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            TemplateError::Unknown { .. } => "UnknownTemplate",
            TemplateError::Render { .. } => "TemplateFault",
            TemplateError::Read { .. } => "TemplateUnreadable",
        }
    }

    fn exit(&self) -> Exit {
        match self {
            TemplateError::Unknown { .. } => Exit::Usage,
            TemplateError::Render { .. } | TemplateError::Read { .. } => Exit::Project,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            TemplateError::Unknown { near: Some(near), .. } => format!("pass `--template {near}`"),
            TemplateError::Unknown { .. } => "see what there is: `cargo alembic list-templates`".to_owned(),
            TemplateError::Render { .. } => {
                "mend the template; it may use header, upgrade, downgrade, message, revision, down_revision, \
                 depends_on, branch_labels, created, feature and dialects"
                    .to_owned()
            }
            TemplateError::Read { path, .. } => format!("see who may use it: `ls -l {path}`"),
        })
    }

    fn notes(&self) -> Vec<String> {
        match self {
            TemplateError::Unknown { known, .. } => vec![format!("the templates are {}", known.join(", "))],
            _ => Vec::new(),
        }
    }

    fn places(&self) -> Vec<Place> {
        match self {
            TemplateError::Render { place, .. } => vec![place.clone()],
            _ => Vec::new(),
        }
    }
}

impl Templates {
    /// Returns the templates that are built in.
    pub fn built_in() -> Self {
        let template = |(name, text): (&str, &str)| {
            let path = format!("{FOLDER}/{name}{EXTENSION}").into();
            Template::new(name, TemplateOrigin::BuiltIn, Source { path, text: text.to_owned() })
        };
        Templates(BUILT_IN.map(template).into())
    }

    /// Returns the templates that are built in and those of the workspace, which win.
    pub fn of(root: &Utf8Path) -> Result<Self, TemplateError> {
        let mut templates = Templates::built_in();
        for own in own_templates(root)? {
            match templates.0.iter_mut().find(|template| template.name == own.name) {
                Some(template) => *template = own,
                None => templates.0.push(own),
            }
        }
        Ok(templates)
    }

    pub fn list(&self) -> &[Template] {
        &self.0
    }

    /// Returns the template of this name.
    pub fn get(&self, name: &str) -> Result<&Template, TemplateError> {
        self.0.iter().find(|template| template.name == name).ok_or_else(|| {
            let known: Vec<String> = self.0.iter().map(|template| template.name.clone()).collect();
            let near = nearest(name, known.iter().map(String::as_str)).first().map(|near| (*near).to_owned());
            TemplateError::Unknown { name: name.to_owned(), near, known }
        })
    }
}

fn own_templates(root: &Utf8Path) -> Result<Vec<Template>, TemplateError> {
    let fail = |path: Utf8PathBuf| move |source| TemplateError::Read { path, source };
    let entries = match root.join(FOLDER).read_dir_utf8() {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(fail(FOLDER.into())(error)),
    };
    let mut own = Vec::new();
    for entry in entries {
        let file = entry.map_err(fail(FOLDER.into()))?;
        let Some(name) = file.file_name().strip_suffix(EXTENSION).filter(|name| !name.is_empty()) else { continue };
        let path = Utf8Path::new(FOLDER).join(file.file_name());
        let text = std::fs::read_to_string(file.path()).map_err(fail(path.clone()))?;
        own.push(Template::new(name, TemplateOrigin::Own(path.clone()), Source { path, text }));
    }
    own.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(own)
}

impl Template {
    fn new(name: &str, origin: TemplateOrigin, source: Source) -> Self {
        let description = describe(&source.text).to_owned();
        Template { name: name.to_owned(), description, origin, source: Arc::new(source) }
    }

    /// Returns the script, ending in a line break.
    ///
    /// Fails with a place in the template if it is no template or names something that is not there.
    pub fn render(&self, script: &NewScript<'_>) -> Result<String, TemplateError> {
        let mut engine = Environment::new();
        engine.set_debug(true);
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        engine.set_syntax(syntax.map_err(|error| self.fault(&error))?);
        engine.set_recursion_limit(100);
        engine.add_filter("toml", |value: minijinja::Value| as_toml(&value));
        let rendered = engine.template_from_named_str(self.source.path.as_str(), &self.source.text);
        let rendered = rendered.and_then(|template| template.render(variables(script)));
        let mut text = rendered.map_err(|error| self.fault(&error))?;
        text.truncate(text.trim_end().len());
        text.push('\n');
        Ok(text)
    }

    fn fault(&self, error: &minijinja::Error) -> TemplateError {
        let text = &self.source.text;
        let line = || {
            let number = error.line()?.checked_sub(1)?;
            let start: usize = text.split_inclusive('\n').take(number).map(str::len).sum();
            Some(start..start + text[start..].lines().next().map_or(0, str::len))
        };
        let span = error.range().filter(|range| range.end <= text.len()).or_else(line).unwrap_or_default();
        let reason = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        let place = Place::new(self.source.clone(), span);
        TemplateError::Render { name: self.name.clone(), reason: reason.escape_debug().to_string(), place }
    }
}

fn variables(script: &NewScript<'_>) -> minijinja::Value {
    let texts = |names: &mut dyn Iterator<Item = &str>| names.map(str::to_owned).collect::<Vec<_>>();
    context! {
        header => header(script),
        upgrade => sections("upgrade", script.upgrade),
        downgrade => sections("downgrade", script.downgrade),
        message => script.message.as_str(),
        revision => script.revision.as_str(),
        down_revision => texts(&mut script.parents.iter().map(RevisionId::as_str)),
        depends_on => script.depends_on.to_vec(),
        branch_labels => texts(&mut script.branch_labels.iter().map(BranchLabel::as_str)),
        created => created(script),
        feature => script.feature,
        dialects => texts(&mut script.dialects.iter().map(|dialect| dialect.as_str())),
    }
}

/// Returns the comment at the top of a script, without a line break at the end.
fn header(script: &NewScript<'_>) -> String {
    let list = |names: Vec<&str>| names.into_iter().collect::<toml_edit::Array>().to_string();
    let parents: Vec<&str> = script.parents.iter().map(RevisionId::as_str).collect();
    let down_revision = match parents.as_slice() {
        [] => None,
        [parent] => Some(quoted(parent)),
        _ => Some(list(parents)),
    };
    let mut lines = vec![script.message.to_string(), String::new(), "[alembic]".to_owned()];
    lines.push(format!("revision = {}", quoted(script.revision.as_str())));
    lines.extend(down_revision.map(|value| format!("down_revision = {value}")));
    lines.push(format!("depends_on = {}", list(script.depends_on.iter().map(String::as_str).collect())));
    lines.push(format!("branch_labels = {}", list(script.branch_labels.iter().map(BranchLabel::as_str).collect())));
    lines.push(format!("created = {}", created(script)));
    lines.iter().map(|line| format!("-- {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Returns the sections of a direction, or an empty one, without a line break at the end.
fn sections(direction: &str, sections: &[TemplateSection]) -> String {
    if sections.is_empty() {
        return format!("-- [{direction}]");
    }
    let section = |section: &TemplateSection| {
        let dialect = section.dialect.map(|dialect| format!(".{dialect}")).unwrap_or_default();
        let settings: String = section.settings.iter().map(|line| format!("\n-- {line}")).collect();
        format!("-- [{direction}{dialect}]{settings}\n{}", section.sql.trim_matches('\n')).trim_end().to_owned()
    };
    sections.iter().map(section).collect::<Vec<_>>().join("\n\n")
}

fn created(script: &NewScript<'_>) -> String {
    Timestamp::from_second(script.created.as_second()).unwrap_or(script.created).to_string()
}

fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

/// The filter `toml`: a text as a TOML string, a list of texts as a TOML array.
fn as_toml(value: &minijinja::Value) -> Result<String, minijinja::Error> {
    let not_text =
        || minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, "toml takes a text or a list of texts");
    match value.as_str() {
        Some(text) => Ok(quoted(text)),
        None => {
            let texts = value.try_iter()?.map(|item| item.as_str().map(str::to_owned).ok_or_else(not_text));
            Ok(texts.collect::<Result<toml_edit::Array, _>>()?.to_string())
        }
    }
}

/// Returns the first line of the comment with which a template begins.
fn describe(text: &str) -> &str {
    let comment = text.trim_start().strip_prefix("{#").and_then(|rest| rest.split("#}").next()).unwrap_or("");
    comment.trim_matches('-').trim().lines().next().unwrap_or("").trim()
}

#[cfg(test)]
mod tests;
