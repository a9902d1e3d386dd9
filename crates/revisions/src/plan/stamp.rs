//! Moving the rows without running anything (`revision-graph.md` §12).
//!
//! Read [`stamp`] first.

use super::rows::change;
use super::{PlanError, RowsChange};
use crate::graph::{Applied, NodeId, NodeSet, Over, RevisionGraph};
use crate::revision::RevisionId;
use crate::target::{Form, Resolver, Symbol, Target};

/// How the rows move, and what that declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    pub from: Vec<RevisionId>,
    pub to: Vec<RevisionId>,
    pub change: RowsChange,
    /// The revisions that count as applied from now on, oldest first.
    pub applied: Vec<NodeId>,
    /// The revisions that no longer do, newest first.
    pub forgotten: Vec<NodeId>,
}

/// Returns the rows after all targets have replaced the rows of their lineages, as one change of sets.
///
/// For `--purge` the database is [`Applied::nothing`].
///
/// # Errors
/// If a target names nothing or something ambiguous.
pub fn stamp(graph: &RevisionGraph, applied: &Applied, targets: &[Target]) -> Result<Stamp, PlanError> {
    let resolver = Resolver::new(graph, "stamp").at(applied);
    let rows = applied.rows(graph);
    let mut hit = NodeSet::with_capacity(graph.len());
    let mut wanted = Vec::new();
    for target in targets {
        // Without rows there is nothing that a branch could pick from (oracle: `nosuch@base`).
        if rows.is_empty() && resolver.form(target) == Form::Symbol(Symbol::Base) {
            continue;
        }
        let located = resolver.locate(target)?;
        for row in replaced(graph, &rows, &located.nodes, located.branch.map(|branch| branch.node)) {
            hit.insert(row);
        }
        wanted.extend(located.nodes);
    }
    let kept = rows.iter().copied().filter(|row| !hit.contains(*row));
    let to = graph.maximal(&kept.chain(wanted).collect::<Vec<_>>());
    let after = Applied::up_to(graph, to.iter().copied());
    let (from_ids, to_ids) = (graph.ids(&rows), graph.ids(&to));
    let removed: Vec<RevisionId> = from_ids.iter().filter(|row| !to_ids.contains(row)).cloned().collect();
    let added: Vec<RevisionId> = to_ids.iter().filter(|row| !from_ids.contains(row)).cloned().collect();
    let is_new = |node: &&NodeId| after.contains(**node) && !applied.contains(**node);
    let is_gone = |node: &&NodeId| applied.contains(**node) && !after.contains(**node);
    Ok(Stamp {
        from: from_ids,
        to: to_ids,
        change: change(&removed, &added),
        applied: graph.oldest_first().iter().filter(is_new).copied().collect(),
        forgotten: graph.oldest_first().iter().rev().filter(is_gone).copied().collect(),
    })
}

/// Returns the rows that make room for a target: those in the lineage of a destination.
///
/// As in Alembic (`ScriptDirectory._stamp_revs`), a named branch takes its other rows along, but only if the one
/// destination replaces a row at all; for base it alone counts, and for base without a branch every row is meant.
fn replaced(graph: &RevisionGraph, rows: &[NodeId], nodes: &[NodeId], branch: Option<NodeId>) -> Vec<NodeId> {
    let of = |nodes: &[NodeId]| -> Vec<NodeId> {
        let lineage = nodes
            .iter()
            .fold(NodeSet::with_capacity(graph.len()), |all, node| all.union(&graph.lineage(*node, Over::All)));
        rows.iter().copied().filter(|row| lineage.contains(*row)).collect()
    };
    match (nodes, branch) {
        ([], None) => rows.to_vec(),
        ([], Some(branch)) => of(&[branch]),
        ([node], _) if rows.contains(node) => Vec::new(),
        ([node], Some(branch)) if !of(&[*node]).is_empty() => of(&[*node, branch]),
        (nodes, _) => of(nodes),
    }
}
