//! New revisions, checked against the graph before anything is written (`revision-graph.md` §15).
//!
//! Read [`create`] first; [`merge`] is the same with other defaults.

use crate::diagnose::{Code, Diagnose, Exit, Place};
use crate::graph::{Applied, NodeId, RevisionGraph};
use crate::revision::{BranchLabel, IllegalName, RevisionId};
use crate::target::{HeadRule, Resolver, Target, TargetError};

/// Where a new revision may stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attach {
    /// On heads only.
    #[default]
    Heads,
    /// Anywhere, as `--splice` allows; a new branch begins there.
    Anywhere,
}

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Draft<'a> {
    pub id: &'a str,
    /// The parents; when empty, `head` for [`create`] and `heads` for [`merge`].
    pub heads: &'a [Target],
    pub attach: Attach,
    pub depends_on: &'a [Target],
    pub labels: &'a [String],
    /// For targets that count from where the database is.
    pub applied: Option<&'a Applied>,
}

/// The header of a revision that the graph can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRevision {
    pub id: RevisionId,
    pub parents: Vec<RevisionId>,
    /// Ids, and labels where a label was given.
    pub depends_on: Vec<String>,
    pub labels: Vec<BranchLabel>,
}

/// Returns the header of a new revision.
///
/// # Errors
/// If the graph with it would not build, or it would stand on something that is no head.
pub fn create(graph: &RevisionGraph, draft: &Draft) -> Result<NewRevision, CreateError> {
    let parents = parents(graph, draft, "revision", &Target::head())?;
    header(graph, draft, &parents)
}

/// Returns the header of a new revision that stands on several heads.
///
/// # Errors
/// As [`create`], and if there are fewer than two heads to merge.
pub fn merge(graph: &RevisionGraph, draft: &Draft) -> Result<NewRevision, CreateError> {
    let parents = parents(graph, draft, "merge", &Target::heads())?;
    if parents.len() < 2 {
        return Err(CreateError::TooFewParents { parents: graph.ids(&parents) });
    }
    header(graph, draft, &parents)
}

fn parents(
    graph: &RevisionGraph,
    draft: &Draft,
    command: &'static str,
    default: &Target,
) -> Result<Vec<NodeId>, CreateError> {
    let resolver = resolver(graph, draft, command);
    let targets = if draft.heads.is_empty() { std::slice::from_ref(default) } else { draft.heads };
    let mut parents = Vec::new();
    for target in targets {
        parents.extend(resolver.many(target)?);
    }
    for (at, parent) in parents.iter().enumerate() {
        let id = || graph.id(*parent).clone();
        if parents[..at].contains(parent) {
            return Err(CreateError::DuplicateParents { id: id() });
        }
        if draft.attach == Attach::Heads && !graph.is_head(*parent) {
            return Err(CreateError::NotHead { id: id(), children: graph.ids(graph.children(*parent)) });
        }
    }
    match graph.overlap(&parents) {
        Some((lower, upper)) => {
            Err(CreateError::Overlap { lower: graph.id(lower).clone(), upper: graph.id(upper).clone() })
        }
        None => Ok(parents),
    }
}

fn resolver<'a>(graph: &'a RevisionGraph, draft: &Draft<'a>, command: &'static str) -> Resolver<'a> {
    let resolver = Resolver::new(graph, command).with_heads(HeadRule::Strict);
    draft.applied.map_or(resolver, |applied| resolver.at(applied))
}

fn header(graph: &RevisionGraph, draft: &Draft, parents: &[NodeId]) -> Result<NewRevision, CreateError> {
    let illegal = |text: &str, reason| CreateError::IllegalId { text: text.to_owned(), reason };
    let id: RevisionId = draft.id.parse().map_err(|reason| illegal(draft.id, reason))?;
    if let Some(taken) = graph.get(draft.id) {
        return Err(CreateError::DuplicateId { id, place: Box::new(graph.place(taken, "has the same id")) });
    }
    let duplicate = |text: &str, node: Option<NodeId>| CreateError::DuplicateLabel {
        label: text.to_owned(),
        place: node.map(|node| Box::new(graph.place(node, "has this name"))),
    };
    if let Some(taken) = graph.labeled(draft.id) {
        return Err(duplicate(draft.id, Some(taken)));
    }
    let mut labels: Vec<BranchLabel> = Vec::new();
    for text in draft.labels {
        let label = BranchLabel::for_new(text).map_err(|reason| illegal(text, reason))?;
        let taken = graph.labeled(text).or_else(|| graph.get(text));
        if taken.is_some() || text == draft.id || labels.contains(&label) {
            return Err(duplicate(text, taken));
        }
        labels.push(label);
    }
    let depends_on = depends_on(graph, draft)?;
    Ok(NewRevision { id, parents: graph.ids(parents), depends_on, labels })
}

fn depends_on(graph: &RevisionGraph, draft: &Draft) -> Result<Vec<String>, CreateError> {
    let resolver = resolver(graph, draft, "revision");
    let mut names = Vec::new();
    let mut nodes = Vec::new();
    for target in draft.depends_on {
        let Some(node) = resolver.one(target)? else {
            return Err(CreateError::DependsOnBase { target: target.to_string() });
        };
        if !nodes.contains(&node) {
            nodes.push(node);
            let is_label = graph.labeled(target.as_str()).is_some();
            names.push(if is_label { target.to_string() } else { graph.id(node).to_string() });
        }
    }
    Ok(names)
}

/// Why a revision cannot be added.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CreateError {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error("`{id}` is no head")]
    NotHead { id: RevisionId, children: Vec<RevisionId> },
    #[error("`{id}` is named as a parent twice")]
    DuplicateParents { id: RevisionId },
    #[error("`{lower}` is an ancestor of `{upper}`, so both cannot be parents")]
    Overlap { lower: RevisionId, upper: RevisionId },
    #[error("there is nothing to merge: {}", match .parents.as_slice() { [] => "no head".to_owned(), [one, ..] => format!("`{one}` is the only head") })]
    TooFewParents { parents: Vec<RevisionId> },
    #[error("a revision `{id}` exists already")]
    DuplicateId { id: RevisionId, place: Box<Place> },
    #[error("the name `{}` is taken", .label.escape_debug())]
    DuplicateLabel { label: String, place: Option<Box<Place>> },
    #[error("`{}` {reason}", .text.escape_debug())]
    IllegalId { text: String, reason: IllegalName },
    #[error("`{target}` names no revision to depend on")]
    DependsOnBase { target: String },
}

impl Diagnose for CreateError {
    fn code(&self) -> Code {
        Code(match self {
            CreateError::Target(target) => return target.code(),
            CreateError::NotHead { .. } => "A0405",
            CreateError::DuplicateParents { .. } => "A0406",
            CreateError::DuplicateId { .. } => "A0407",
            CreateError::DuplicateLabel { .. } => "A0408",
            CreateError::IllegalId { .. } => "A0409",
            CreateError::TooFewParents { .. } => "A0410",
            CreateError::Overlap { .. } => "A0403",
            CreateError::DependsOnBase { .. } => "A0302",
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            CreateError::Target(target) => target.kind(),
            CreateError::NotHead { .. } => "NotHead",
            CreateError::DuplicateParents { .. } => "DuplicateParents",
            CreateError::Overlap { .. } => "Overlap",
            CreateError::TooFewParents { .. } => "TooFewParents",
            CreateError::DuplicateId { .. } => "DuplicateId",
            CreateError::DuplicateLabel { .. } => "DuplicateLabel",
            CreateError::IllegalId { .. } => "IllegalId",
            CreateError::DependsOnBase { .. } => "NotFound",
        }
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            CreateError::Target(target) => return target.help(),
            CreateError::NotHead { id, children } => {
                let above = children.iter().map(|child| format!("`{child}`")).collect::<Vec<_>>().join(", ");
                format!("start a new branch on `{id}` with `--splice`, or choose a head; {above} stands on it")
            }
            CreateError::DuplicateParents { id } => format!("name `{id}` once"),
            CreateError::Overlap { upper, .. } => format!("name `{upper}` alone: it includes the other"),
            CreateError::TooFewParents { .. } => "see the heads with `cargo alembic heads`".to_owned(),
            CreateError::DuplicateId { .. } => "choose another `--rev-id`, or leave it out for a random one".to_owned(),
            CreateError::DuplicateLabel { .. } => "choose another name".to_owned(),
            CreateError::IllegalId { reason: IllegalName::Reserved, .. } => "choose another name".to_owned(),
            CreateError::IllegalId { .. } => {
                "write letters, digits, `_` and `.`; in a branch label also `-` and `/`".to_owned()
            }
            CreateError::DependsOnBase { .. } => "name a revision or a branch label after `--depends-on`".to_owned(),
        })
    }

    fn places(&self) -> Vec<Place> {
        match self {
            CreateError::Target(target) => target.places(),
            CreateError::DuplicateId { place, .. } | CreateError::DuplicateLabel { place: Some(place), .. } => {
                vec![(**place).clone()]
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
