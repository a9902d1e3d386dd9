//! Rust code that was registered for the wrong revision: a slip of the program, found before anything is opened.
//!
//! Read [`UnknownSteps::refuse`] first.

use alembic_revisions::RevisionGraph;
use alembic_revisions::diagnose::{Code, Diagnose, Exit, Place};

use crate::executor::RustSteps;

/// Rust code was registered for revisions that the graph does not have, or whose scripts do not say `rust = true`.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", .faults.iter().map(|fault| fault.message.as_str()).collect::<Vec<_>>().join("; "))]
pub struct UnknownSteps {
    faults: Vec<Fault>,
}

#[derive(Clone, Debug)]
struct Fault {
    message: String,
    place: Option<Place>,
}

impl UnknownSteps {
    /// Refuses code that would never run.
    pub(super) fn refuse(graph: &RevisionGraph, steps: &RustSteps) -> Result<(), UnknownSteps> {
        let fault = |id: &str| {
            let shown = id.escape_debug();
            let Some(node) = graph.get(id) else {
                let message = format!("a Rust step is registered for `{shown}`, which is no revision of this program");
                return Some(Fault { message, place: None });
            };
            let says_so = graph.script(node).sections.iter().any(|section| section.settings.rust);
            let message =
                || format!("a Rust step is registered for `{shown}`, whose script does not say `rust = true`");
            (!says_so).then(|| Fault { message: message(), place: Some(graph.place(node, "")) })
        };
        let faults: Vec<Fault> = steps.revisions().filter_map(fault).collect();
        if faults.is_empty() { Ok(()) } else { Err(UnknownSteps { faults }) }
    }
}

impl Diagnose for UnknownSteps {
    fn code(&self) -> Code {
        Code("A0535")
    }

    fn kind(&self) -> &'static str {
        "UnknownStep"
    }

    fn exit(&self) -> Exit {
        Exit::Project
    }

    fn help(&self) -> Option<String> {
        let known = self.faults.iter().any(|fault| fault.place.is_some());
        Some(match known {
            true => "write `-- rust = true` below `-- [upgrade]` of that script, or remove the step".to_owned(),
            false => "write the whole id of the revision, as `cargo alembic history` shows it".to_owned(),
        })
    }

    fn places(&self) -> Vec<Place> {
        self.faults.iter().filter_map(|fault| fault.place.clone()).collect()
    }
}
