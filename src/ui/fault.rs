//! An error for the tests of this module that says whatever a test wants.

use std::sync::Arc;

use alembic_revisions::diagnose::{Code, Diagnose, Exit, Place, Source, Span};

#[derive(Debug, Default, thiserror::Error)]
#[error("{message}")]
pub(super) struct Fault {
    pub message: String,
    pub places: Vec<Place>,
    pub notes: Vec<String>,
    pub help: Option<String>,
    pub others: Vec<Fault>,
    pub source: Option<std::io::Error>,
}

impl Fault {
    pub(super) fn saying(message: &str) -> Self {
        Fault { message: message.to_owned(), ..Fault::default() }
    }
}

impl Diagnose for Fault {
    fn code(&self) -> Code {
        Code("A0203")
    }

    fn kind(&self) -> &'static str {
        "Fault"
    }

    fn exit(&self) -> Exit {
        Exit::Project
    }

    fn help(&self) -> Option<String> {
        self.help.clone()
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }

    fn places(&self) -> Vec<Place> {
        self.places.clone()
    }

    fn others(&self) -> Vec<&dyn Diagnose> {
        self.others.iter().map(|other| other as &dyn Diagnose).collect()
    }
}

/// Returns the place of `marked` in `text`, which must hold it.
pub(super) fn place(path: &str, text: &str, marked: &str, label: &str) -> Place {
    let start = text.find(marked).expect("the marked text is in the source");
    let source = Arc::new(Source { path: path.into(), text: text.into() });
    Place { source, span: Span::from(start..start + marked.len()), label: label.into() }
}
