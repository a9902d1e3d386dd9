//! What can be wrong with a graph, in words.
//!
//! It owns the texts; [`super::build`] finds the faults. Read [`GraphProblem`] first.

use std::sync::Arc;

use crate::diagnose::{Code, Diagnose, Exit, Place, Several, nearest};
use crate::revision::{BranchLabel, Reference, Revision, RevisionId};
use crate::script::Script;

/// All faults of a graph, in the order of the checks.
pub type GraphProblems = Several<GraphProblem>;

/// Which of the two lists of a header an edge comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeKind {
    Parent,
    Dependency,
}

/// What already has the name of a new label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelOwner {
    Label,
    Id,
}

/// What a name that no revision has may have meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meant {
    /// Ids or labels that look alike.
    pub near: Vec<String>,
    /// A file whose name begins so, and its id.
    pub file: Option<(String, RevisionId)>,
    /// The revision that declares it as a label, where labels do not count.
    pub labeled: Option<RevisionId>,
}

/// One fault of a graph.
#[derive(Clone, Debug, thiserror::Error)]
pub enum GraphProblem {
    #[error("revision `{id}` {} itself", if *.kind == EdgeKind::Parent { "is a child of" } else { "depends on" })]
    SelfLoop { id: RevisionId, kind: EdgeKind, place: Box<Place> },
    #[error("two scripts have the id `{id}`: {} and {}", .first.source.path, .second.source.path)]
    DuplicateId { id: RevisionId, first: Box<Place>, second: Box<Place> },
    #[error("the branch label `{label}` is taken, by {}", if *.owner == LabelOwner::Id { "a revision's id" } else { "another script" })]
    DuplicateLabel { label: BranchLabel, owner: LabelOwner, first: Box<Place>, second: Box<Place> },
    #[error("revision `{id}` says its parent is `{}`, and no revision has that id", .name.escape_debug())]
    MissingParent { id: RevisionId, name: String, meant: Meant, place: Box<Place> },
    #[error("revision `{id}` depends on `{}`, and no revision has that id or label", .name.escape_debug())]
    MissingDependency { id: RevisionId, name: String, meant: Meant, place: Box<Place> },
    #[error("revisions are their own ancestors: {}", chain(ids))]
    Cycle { ids: Vec<RevisionId>, places: Vec<Place> },
    #[error("revisions depend on themselves: {}", chain(ids))]
    DependencyCycle { ids: Vec<RevisionId>, places: Vec<Place> },
}

impl Diagnose for GraphProblem {
    fn code(&self) -> Code {
        Code(match self {
            GraphProblem::SelfLoop { .. } => "A0201",
            GraphProblem::DuplicateId { .. } => "A0202",
            GraphProblem::DuplicateLabel { .. } => "A0203",
            GraphProblem::MissingParent { .. } => "A0204",
            GraphProblem::MissingDependency { .. } => "A0205",
            GraphProblem::Cycle { .. } => "A0206",
            GraphProblem::DependencyCycle { .. } => "A0207",
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            GraphProblem::SelfLoop { .. } => "SelfLoop",
            GraphProblem::DuplicateId { .. } => "DuplicateId",
            GraphProblem::DuplicateLabel { .. } => "DuplicateLabel",
            GraphProblem::MissingParent { .. } => "MissingParent",
            GraphProblem::MissingDependency { .. } => "MissingDependency",
            GraphProblem::Cycle { .. } => "Cycle",
            GraphProblem::DependencyCycle { .. } => "DependencyCycle",
        }
    }

    fn exit(&self) -> Exit {
        Exit::Project
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            GraphProblem::SelfLoop { id, kind: EdgeKind::Parent, .. } => {
                format!("remove `{id}` from its own `down_revision`")
            }
            GraphProblem::SelfLoop { id, .. } => format!("remove `{id}` from its own `depends_on`"),
            GraphProblem::DuplicateId { id, second, .. } => format!(
                "give the newer script another `revision`, and write that into whatever stands on it; if {} is only a copy of the same script, delete it (both say `{id}`)",
                second.source.path
            ),
            GraphProblem::DuplicateLabel { label, .. } => format!("rename or remove one of the two `{label}`"),
            GraphProblem::MissingParent { meant, .. } | GraphProblem::MissingDependency { meant, .. } => meant.help(),
            GraphProblem::Cycle { ids, .. } => {
                format!("change the `down_revision` of one of {}", quoted(ids.iter().map(RevisionId::as_str)))
            }
            GraphProblem::DependencyCycle { ids, .. } => format!(
                "remove one edge, most likely a `depends_on`, of {}",
                quoted(ids.iter().map(RevisionId::as_str))
            ),
        })
    }

    fn places(&self) -> Vec<Place> {
        match self {
            GraphProblem::SelfLoop { place, .. }
            | GraphProblem::MissingParent { place, .. }
            | GraphProblem::MissingDependency { place, .. } => vec![(**place).clone()],
            GraphProblem::DuplicateId { first, second, .. } | GraphProblem::DuplicateLabel { first, second, .. } => {
                vec![(**first).clone(), (**second).clone()]
            }
            GraphProblem::Cycle { places, .. } | GraphProblem::DependencyCycle { places, .. } => places.clone(),
        }
    }
}

impl Meant {
    fn help(&self) -> String {
        if let Some(id) = &self.labeled {
            return format!("write the id of the revision that has this branch label: `{id}`");
        }
        if let Some((file, id)) = &self.file {
            return format!("write the id, in full and without the rest of the file name: {file} has the id `{id}`");
        }
        if self.near.is_empty() {
            return "add the missing script (not committed, or not merged?), or correct the name".to_owned();
        }
        format!("write {}, if that is meant, or add the missing script", quoted(self.near.iter().map(String::as_str)))
    }
}

/// Returns the names between backticks, the last two joined by `or`.
fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

/// Returns a cycle in words, closed by its first id.
fn chain(ids: &[RevisionId]) -> String {
    ids.iter().chain(ids.first()).map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" needs ")
}

/// Returns the place where a revision says its id.
pub(super) fn declared(revision: &Revision, label: &str) -> Place {
    Place { source: Arc::clone(&revision.source), span: revision.id_span, label: label.to_owned() }
}

/// Returns the place where a revision mentions another.
pub(super) fn referred(revision: &Revision, reference: &Reference) -> Place {
    Place::new(Arc::clone(&revision.source), reference.span)
}

/// Returns the error for a name that no revision has, with what it may have meant.
pub(super) fn missing(
    scripts: &[Arc<Script>],
    revision: &Revision,
    reference: &Reference,
    kind: EdgeKind,
) -> GraphProblem {
    let name = &*reference.name;
    let all = || scripts.iter().map(|script| &script.revision);
    let others = || all().filter(|other| other.id != revision.id);
    let labels = |revision: &'_ Revision| revision.branch_labels.iter().any(|(label, _)| label.as_str() == name);
    let named_so = |other: &&Revision| {
        other.source.path.file_name().is_some_and(|file| !name.is_empty() && file.starts_with(name))
    };
    let mut near = nearest(name, others().map(|other| other.id.as_str()));
    if kind == EdgeKind::Dependency {
        let names = others()
            .flat_map(|other| other.branch_labels.iter().map(|(label, _)| label.as_str()).chain([other.id.as_str()]));
        near = nearest(name, names);
    }
    let meant = Meant {
        near: near.into_iter().map(str::to_owned).collect(),
        file: others().find(named_so).map(|other| (other.source.path.to_string(), other.id.clone())),
        labeled: all().find(|other| labels(other)).map(|other| other.id.clone()),
    };
    let (id, name, place) = (revision.id.clone(), name.to_owned(), Box::new(referred(revision, reference)));
    match kind {
        EdgeKind::Parent => GraphProblem::MissingParent { id, name, meant, place },
        EdgeKind::Dependency => GraphProblem::MissingDependency { id, name, meant, place },
    }
}
