//! The front matter: the TOML in the comment lines from `-- [alembic]` on, to the fields of a revision.
//!
//! It is read with the `toml` crate and nothing else, so that every TOML notation works. Read [`FrontMatter::read`]
//! first.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::fault::{Faults, FileProblem};
use crate::diagnose::{Span, nearest};
use crate::line::Line;
use crate::revision::{BranchLabel, IllegalName, Reference, RevisionId};

/// The keys of `[alembic]`; sub-tables are free for tools.
pub(super) const KEYS: [&str; 5] = ["revision", "down_revision", "depends_on", "branch_labels", "created"];

/// The TOML of a script, taken out of its comment lines.
pub(super) struct FrontMatter {
    marker: Range<usize>,
    toml: String,
    /// Where each line starts: in `toml`, and in the file.
    starts: Vec<(usize, usize)>,
}

/// What the front matter says of a revision.
#[derive(Default)]
pub(super) struct Fields {
    /// Always there unless a fault was found.
    pub(super) id: Option<(RevisionId, Span)>,
    pub(super) parents: Vec<Reference>,
    pub(super) depends_on: Vec<Reference>,
    pub(super) branch_labels: Vec<(BranchLabel, Span)>,
    pub(super) created: Option<String>,
}

impl FrontMatter {
    /// Returns a front matter without lines, whose `-- [alembic]` stands at `marker`.
    pub(super) fn at(marker: Range<usize>) -> Self {
        FrontMatter { marker, toml: String::with_capacity(256), starts: Vec::with_capacity(8) }
    }

    /// Adds the text of a comment line.
    pub(super) fn push(&mut self, comment: Line) {
        self.starts.push((self.toml.len(), comment.start));
        self.toml.push_str(comment.text);
        self.toml.push('\n');
    }

    /// Returns the fields, and adds what is wrong with them to `faults`.
    pub(super) fn read(&self, faults: &mut Faults) -> Fields {
        let (root, errors) = DeTable::parse_recoverable(&self.toml);
        let mut last_line = None;
        for error in &errors {
            let place = error.span().map_or(self.marker.clone(), |range| self.place(range));
            // The parser goes on after a fault and reports what follows from it, on the same line.
            let line = self.starts.partition_point(|(_, start)| *start <= place.start);
            if last_line.replace(line) != Some(line) {
                faults.add(place, FileProblem::Toml(error.message().to_owned()));
            }
        }
        let mut fields = Fields::default();
        if !errors.is_empty() {
            return fields;
        }
        for (key, value) in root.get_ref() {
            match value.get_ref() {
                DeValue::Table(table) if *key.get_ref() == "alembic" => self.read_table(table, &mut fields, faults),
                _ => _ = self.unknown(key, faults),
            }
        }
        fields
    }

    fn read_table(&self, table: &DeTable, fields: &mut Fields, faults: &mut Faults) {
        let mut has_revision = false;
        for (key, value) in table {
            match &**key.get_ref() {
                "revision" => {
                    has_revision = true;
                    let id = |name: &str, span| Ok((legal("revision", name)?, span));
                    fields.id = self.name("revision", "a string", value, id).map_err(|fault| faults.report(fault)).ok();
                }
                "down_revision" => self.parents(value, fields, faults),
                "depends_on" => fields.depends_on = self.names("depends_on", value, faults, dependency),
                "branch_labels" => {
                    let label = |name: &str, span| Ok((legal("branch_labels", name)?, span));
                    fields.branch_labels = self.names("branch_labels", value, faults, label);
                }
                "created" => fields.created = self.created(value, faults),
                _ if matches!(value.get_ref(), DeValue::Table(_)) => {}
                // A misspelt `revision` is one fault, not two.
                _ => has_revision |= self.unknown(key, faults) == Some("revision"),
            }
        }
        if !has_revision {
            faults.add(self.marker.clone(), FileProblem::MissingRevision);
        }
    }

    fn created(&self, value: &Spanned<DeValue>, faults: &mut Faults) -> Option<String> {
        match value.get_ref() {
            DeValue::Datetime(_) => self.toml.get(value.span()).map(str::to_owned),
            DeValue::String(text) => Some(text.clone().into_owned()),
            other => {
                faults.add(self.place(value.span()), wrong_type("created", "a date and time", other));
                None
            }
        }
    }

    fn parents(&self, value: &Spanned<DeValue>, fields: &mut Fields, faults: &mut Faults) {
        let parent = |name: &str, span| legal::<RevisionId>("down_revision", name).map(|_| reference(name, span));
        let parents = self.names("down_revision", value, faults, parent);
        for (index, parent) in parents.iter().enumerate() {
            if let Some(first) = parents[..index].iter().find(|first| first.name == parent.name) {
                let problem = FileProblem::DuplicateParent(parent.name.to_string());
                faults.add_second(parent.span, first.span, problem);
            }
        }
        fields.parents = parents;
    }

    /// Returns the names of a key that takes a string or a list of strings.
    fn names<T>(
        &self,
        key: &'static str,
        value: &Spanned<DeValue>,
        faults: &mut Faults,
        read: impl Fn(&str, Span) -> Result<T, FileProblem>,
    ) -> Vec<T> {
        let (items, wanted) = match value.get_ref() {
            DeValue::Array(items) => (items.as_ref(), "a list of strings"),
            _ => (std::slice::from_ref(value), "a string or a list of strings"),
        };
        items
            .iter()
            .filter_map(|item| self.name(key, wanted, item, &read).map_err(|fault| faults.report(fault)).ok())
            .collect()
    }

    fn name<T>(
        &self,
        key: &'static str,
        wanted: &'static str,
        value: &Spanned<DeValue>,
        read: impl Fn(&str, Span) -> Result<T, FileProblem>,
    ) -> Result<T, (Range<usize>, FileProblem)> {
        let place = self.place(value.span());
        let name = match value.get_ref() {
            DeValue::String(name) => read(name, place.clone().into()),
            other => Err(wrong_type(key, wanted, other)),
        };
        name.map_err(|problem| (place, problem))
    }

    fn unknown(&self, key: &Spanned<DeString>, faults: &mut Faults) -> Option<&'static str> {
        let nearest = nearest(key.get_ref(), KEYS).first().copied();
        let problem = FileProblem::UnknownKey { key: shortened(key.get_ref()), nearest, known: &KEYS };
        faults.add(self.place(key.span()), problem);
        nearest
    }

    /// Returns the place in the file of a range of the TOML.
    fn place(&self, range: Range<usize>) -> Range<usize> {
        let in_file = |offset: usize| {
            let next = self.starts.partition_point(|(start, _)| *start <= offset);
            let toml_end = self.starts.get(next).map_or(self.toml.len(), |(start, _)| *start);
            // The line feed belongs to the TOML alone.
            let offset = offset.min(toml_end.saturating_sub(1));
            self.starts.get(next.wrapping_sub(1)).map_or(self.marker.start, |(toml, file)| file + offset - toml)
        };
        let start = in_file(range.start);
        // The end is looked up by the last byte inside, since the next line starts elsewhere.
        let last = range.end.saturating_sub(1).max(range.start);
        let length = usize::from(range.start < range.end && self.toml.as_bytes().get(last) != Some(&b'\n'));
        start..in_file(last) + length
    }
}

fn legal<T: std::str::FromStr<Err = IllegalName>>(key: &'static str, name: &str) -> Result<T, FileProblem> {
    name.parse().map_err(|why| FileProblem::IllegalName { key, name: shortened(name), why })
}

/// A name of 10 kB is no help in a message.
fn shortened(name: &str) -> String {
    match name.char_indices().nth(64) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// `depends_on` names an id or a label (`revision-graph.md` L7).
fn dependency(name: &str, span: Span) -> Result<Reference, FileProblem> {
    if name.parse::<RevisionId>().is_err() {
        legal::<BranchLabel>("depends_on", name)?;
    }
    Ok(reference(name, span))
}

fn reference(name: &str, span: Span) -> Reference {
    Reference { name: Arc::from(name), span }
}

fn wrong_type(key: &'static str, wanted: &'static str, found: &DeValue) -> FileProblem {
    FileProblem::WrongType { key, wanted, found: type_name(found) }
}

/// Returns the name of a value's type, with its article.
pub(super) fn type_name(value: &DeValue) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date and time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
