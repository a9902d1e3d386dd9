//! Where several new revisions stand: each on the head of its line, those of one line in a chain.
//!
//! A line is what a branch label names. Read [`chain`] first.

use std::collections::BTreeMap;

use alembic_revisions::graph::Over;
use alembic_revisions::plan::{self, Attach, Draft, NewRevision};
use alembic_revisions::{Applied, Code, Diagnose, Exit, NodeId, RevisionGraph, RevisionId, Target, touch};

use crate::app::{App, Failure};
use crate::scaffold;
use crate::workspace::Package;

/// A revision that looks for its place.
pub struct Link<'a> {
    pub feature: &'a Package,
    /// The names of tables that it changes or refers to.
    pub tables: Vec<String>,
}

/// What the flags say of the first revision's place.
#[derive(Clone, Copy, Debug, Default)]
pub struct Placement<'a> {
    pub heads: &'a [Target],
    pub splice: Attach,
    pub depends_on: &'a [Target],
    pub labels: &'a [String],
    pub id: Option<&'a str>,
    pub applied: Option<&'a Applied>,
}

/// Returns the headers of new revisions, in their order.
pub fn chain(app: &App, links: &[Link<'_>], placement: Placement<'_>) -> Result<Vec<NewRevision>, Failure> {
    let graph = app.graph()?;
    let is_forked = graph.heads().len() > 1 && placement.heads.is_empty();
    let mut tips: BTreeMap<Option<NodeId>, usize> = BTreeMap::new();
    let mut headers: Vec<NewRevision> = Vec::new();
    for (at, link) in links.iter().enumerate() {
        let line = if is_forked { Some(head_of(app, &graph, link.feature)?) } else { None };
        let mut header = match tips.get(&line) {
            Some(tip) => behind(&headers[*tip].id),
            None => first(&graph, line, headers.is_empty(), placement)?,
        };
        if let Some(head) = line {
            let known = header.depends_on.clone();
            let needed =
                needed_of(&graph, head, link).into_iter().chain(needed_before(links, &headers, &tips, at, line));
            header.depends_on.extend(needed.filter(|id| !known.contains(id)));
        }
        add_label(&graph, &mut header, link.feature);
        tips.insert(line, at);
        headers.push(header);
    }
    Ok(headers)
}

/// Adds the feature's label: its first revision of a line of its own names the line; later ones would repeat the name.
pub fn add_label(graph: &RevisionGraph, header: &mut NewRevision, feature: &Package) {
    if let (true, true, Some(label)) =
        (header.parents.is_empty(), header.labels.is_empty(), &feature.settings.branch_label)
        && graph.labeled(label.as_str()).is_none()
    {
        header.labels.push(label.clone());
    }
}

/// Returns the first header of a line; that of the whole chain obeys the flags.
fn first(
    graph: &RevisionGraph,
    line: Option<NodeId>,
    is_first: bool,
    placement: Placement<'_>,
) -> Result<NewRevision, Failure> {
    let new = scaffold::new_revision_id().to_string();
    let own: Vec<Target> = line.map(|head| graph.id(head).as_str().parse()).transpose()?.into_iter().collect();
    let draft = match is_first {
        true => Draft {
            id: placement.id.unwrap_or(&new),
            heads: if line.is_some() { &own } else { placement.heads },
            attach: placement.splice,
            depends_on: placement.depends_on,
            labels: placement.labels,
            applied: placement.applied,
        },
        false => Draft { id: &new, heads: &own, ..Draft::default() },
    };
    Ok(plan::create(graph, &draft)?)
}

fn behind(parent: &RevisionId) -> NewRevision {
    NewRevision {
        id: scaffold::new_revision_id(),
        parents: vec![parent.clone()],
        depends_on: Vec::new(),
        labels: Vec::new(),
    }
}

/// Returns the one head of the feature's own line.
fn head_of(app: &App, graph: &RevisionGraph, feature: &Package) -> Result<NodeId, Failure> {
    let label = feature.settings.branch_label.as_ref().map_or(feature.name.as_str(), |label| label.as_str());
    let above = graph.labeled(label).map(|node| graph.descendants([node], Over::Parents));
    let heads = graph.heads();
    let mut own = heads.iter().filter(|head| above.as_ref().is_some_and(|above| above.contains(**head)));
    match (own.next(), own.next()) {
        (Some(head), None) => Ok(*head),
        _ => {
            let answer = |head: &NodeId| app.words.with(&["--head", graph.id(*head).as_str()]);
            let answers = heads.iter().map(answer).collect();
            Err(NoLine { feature: feature.name.clone(), heads: heads.len(), answers }.into())
        }
    }
}

/// Returns the revisions of other lines that made the link's tables what they are.
fn needed_of(graph: &RevisionGraph, head: NodeId, link: &Link<'_>) -> Vec<String> {
    let below = graph.ancestors([head], Over::All);
    let names = |node: &NodeId| {
        let touched = touch::tables(graph.script(*node));
        touched.iter().any(|name| link.tables.iter().any(|table| is_same(name, table)))
    };
    let touching: Vec<NodeId> = graph.nodes().filter(|node| !below.contains(*node) && names(node)).collect();
    graph.ids(&graph.maximal(&touching)).iter().map(ToString::to_string).collect()
}

/// Returns the new revisions of other lines that the link needs: the last ones of those that share a table with it.
fn needed_before(
    links: &[Link<'_>],
    headers: &[NewRevision],
    tips: &BTreeMap<Option<NodeId>, usize>,
    at: usize,
    line: Option<NodeId>,
) -> Vec<String> {
    let shares = |other: &usize| links[*other].tables.iter().any(|table| links[at].tables.contains(table));
    let tips = tips.iter().filter(|(other, tip)| **other != line && shares(tip));
    tips.map(|(_, tip)| headers[*tip].id.to_string()).collect()
}

/// True if a written name, which may have quotes and a schema, means the table.
fn is_same(written: &str, table: &str) -> bool {
    let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
    last(written).trim_matches(['"', '`', '[', ']']).eq_ignore_ascii_case(&last(table))
}

/// There are several heads, and none is the feature's own.
#[derive(Debug, thiserror::Error)]
#[error("there are {heads} heads, and `{feature}` has no line of its own among them")]
pub struct NoLine {
    feature: String,
    heads: usize,
    answers: Vec<String>,
}

impl Diagnose for NoLine {
    fn code(&self) -> Code {
        Code("A0810")
    }

    fn kind(&self) -> &'static str {
        "MultipleHeads"
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        let lines: Vec<String> = self.answers.iter().map(|line| format!("\n  {line}")).collect();
        Some(format!("join them first with `cargo alembic merge`, or choose one of{}", lines.concat()))
    }
}
