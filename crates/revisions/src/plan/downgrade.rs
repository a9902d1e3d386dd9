//! The way down (`revision-graph.md` §8).
//!
//! Read [`downgrade`] first.

use super::rows::route;
use super::{Direction, PlanError, Route};
use crate::graph::{Applied, NodeId, Over, RevisionGraph};
use crate::target::{Branch, Form, Resolver, Steps, Target, TargetError};

/// Returns the revisions that are taken back so that the target is the last one of its line; it stays applied.
///
/// Whatever stands on them goes, too, in other lines as well: [`Route::surplus`] says what the target does not suggest.
///
/// # Errors
/// If the target names nothing, several things or something that is not applied.
pub fn downgrade(graph: &RevisionGraph, applied: &Applied, target: &Target) -> Result<Route, PlanError> {
    let resolver = Resolver::new(graph, "downgrade").at(applied);
    if let Form::Relative(None, Steps { direction: Direction::Up, count: 1.. }) = resolver.form(target) {
        return Err(TargetError::WrongWay {
            target: target.to_string(),
            why: "leads up, and this is a downgrade",
            help: format!("go on with `cargo alembic upgrade {target}`"),
        }
        .into());
    }
    let located = resolver.locate(target)?;
    let to = resolver.single(target, located.nodes)?;
    let roots = lines_above(graph, to, located.branch.as_ref())?;
    let drop = graph.descendants(roots, Over::All).intersection(applied.nodes());
    if let Some(node) = to.filter(|node| drop.is_empty() && !applied.contains(*node)) {
        return Err(PlanError::NotApplied { id: graph.id(node).clone() });
    }
    let order = graph.newest_first(&drop, &applied.rows(graph));
    let mut route = route(graph, applied, Direction::Down, &order);
    let is_surplus = |node: &NodeId| match (&located.walked, &located.branch) {
        (Some(walked), _) => !walked.contains(node),
        (None, Some(branch)) => !branch.lineage.contains(*node),
        (None, None) => false,
    };
    route.surplus = order.into_iter().filter(is_surplus).collect();
    Ok(route)
}

/// Returns the first revisions of the lines above a revision, or above base: of the branch alone, where there is a choice.
fn lines_above(graph: &RevisionGraph, to: Option<NodeId>, branch: Option<&Branch>) -> Result<Vec<NodeId>, PlanError> {
    let all = to.map_or_else(|| graph.bases(), |node| graph.children(node).to_vec());
    let Some(branch) = branch.filter(|_| all.len() > 1) else {
        return Ok(all);
    };
    let below = graph.ancestors([branch.node], Over::Parents);
    let kept: Vec<NodeId> = all.iter().copied().filter(|node| below.contains(*node)).collect();
    if kept.is_empty() {
        return Err(PlanError::BranchMismatch {
            branch: branch.name.clone(),
            below: to.map(|node| graph.id(node).clone()),
            lines: graph.ids(&all),
        });
    }
    Ok(kept)
}
