//! The way up (`revision-graph.md` §7).
//!
//! Read [`upgrade`] first.

use super::rows::route;
use super::{Direction, PlanError, Route};
use crate::graph::{Applied, NodeId, Over, RevisionGraph};
use crate::target::{Form, Resolver, Steps, Symbol, Target, TargetError};

/// Returns the revisions that run so that all targets are applied; an empty route if they are already.
///
/// # Errors
/// If a target names nothing, several things or something below the database, or one target is an ancestor of another.
pub fn upgrade(graph: &RevisionGraph, applied: &Applied, targets: &[Target]) -> Result<Route, PlanError> {
    let resolver = Resolver::new(graph, "upgrade").at(applied);
    let mut wanted: Vec<NodeId> = Vec::new();
    let mut walked = Some(Vec::new());
    for target in targets {
        let form = resolver.form(target);
        // Nothing lies below base, whatever the branch (oracle: `nosuch@base`).
        if form == Form::Symbol(Symbol::Base) {
            continue;
        }
        if form == Form::Symbol(Symbol::Current) {
            return Err(TargetError::WrongWay {
                target: target.to_string(),
                why: "is where the database is already",
                help: format!(
                    "go on with `cargo alembic upgrade {target}+1`, or to the end with `cargo alembic upgrade`"
                ),
            }
            .into());
        }
        if let Form::Relative(None, Steps { direction: Direction::Down, count: 1.. }) = form {
            return Err(TargetError::WrongWay {
                target: target.to_string(),
                why: "leads down, and this is an upgrade",
                help: format!("take steps back with `cargo alembic downgrade {target}`"),
            }
            .into());
        }
        let located = resolver.locate(target)?;
        if let (Form::Relative(_, steps), true) = (form, located.nodes.is_empty()) {
            return Err(TargetError::OutOfRange { target: target.to_string(), direction: steps.direction }.into());
        }
        wanted.extend(located.nodes);
        walked = walked.zip(located.walked).map(|(all, walked)| [all, walked].concat());
    }
    if let Some((lower, upper)) = graph.overlap(&wanted) {
        return Err(PlanError::Overlap { lower: graph.id(lower).clone(), upper: graph.id(upper).clone() });
    }
    let todo = graph.ancestors(wanted.iter().copied(), Over::All).difference(applied.nodes());
    let mut order = graph.newest_first(&todo, &wanted);
    order.reverse();
    let mut route = route(graph, applied, Direction::Up, &order);
    if let Some(walked) = walked {
        order.retain(|node| !walked.contains(node));
        route.surplus = order;
    }
    Ok(route)
}
