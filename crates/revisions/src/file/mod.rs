//! Scripts as files: text to [`crate::Script`] and back.
//!
//! Only `folder` touches the file system. Read [`parse`] first: a script's text to its value, or every fault in it.

mod fault;
mod folder;
mod front_matter;
mod line;
mod sections;
mod settings;
#[cfg(test)]
mod tests;
mod write;

use std::sync::Arc;

pub use fault::{FileFault, FileFaults, FileProblem, Unreadable};
pub use folder::{FIXTURES, Folder, FolderRead, fixture_name, read_all, read_folder};
pub use write::{IllegalMessage, NewScript, NewSection, check_message, write};

use crate::diagnose::Source;
use crate::line::lines;
use crate::revision::Revision;
use crate::script::Script;
use fault::Faults;

/// Returns the script that a file's text is, or every fault of the file.
///
/// A script needs no section: only a plan knows which direction of which dialect is wanted.
pub fn parse(source: Arc<Source>, feature: &Arc<str>) -> Result<Script, FileFaults> {
    let mut faults = Faults::of(&source);
    let text = source.text.as_str();
    if let Some(offset) = memchr::memchr(0, text.as_bytes()) {
        faults.add(offset..offset + 1, FileProblem::NulByte);
    }
    let outline = sections::outline(text, &mut faults);
    let fields = outline.front_matter.map(|front_matter| front_matter.read(&mut faults)).unwrap_or_default();
    if let (Some((id, id_span)), true) = (fields.id, faults.is_empty()) {
        let revision = Revision {
            id,
            id_span,
            parents: fields.parents,
            depends_on: fields.depends_on,
            branch_labels: fields.branch_labels,
            message: message(text, outline.message),
            created: fields.created,
            feature: feature.clone(),
            source: source.clone(),
        };
        return Ok(Script { revision, sections: outline.sections });
    }
    Err(faults.finish())
}

/// Returns the comment above `[alembic]` without its dashes.
fn message(text: &str, range: std::ops::Range<usize>) -> String {
    let mut message = String::with_capacity(range.len());
    for line in lines(&text[..range.end], range.start) {
        let comment = write::unguarded(line.comment().unwrap_or(line).text.trim_end());
        if message.is_empty() {
            message.push_str(comment.trim_start());
        } else {
            message.push('\n');
            message.push_str(comment);
        }
    }
    message
}
