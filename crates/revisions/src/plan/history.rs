//! Ranges of revisions, for listings (`revision-graph.md` §13).
//!
//! Read [`history`] first.

use super::{Direction, PlanError};
use crate::graph::{Applied, NodeId, Over, RevisionGraph};
use crate::target::{Fall, Form, Resolver, Steps, Target, TargetError, TargetRange};

/// Returns the revisions of a range, both ends included, newest first; without a range all of them.
///
/// Steps down at the lower end count from the upper end, steps up at the upper end from the lower one; other steps and
/// `current` need the database.
///
/// # Errors
/// If the range is none, an end names nothing, or the lower end is no ancestor of the upper one.
pub fn history(
    graph: &RevisionGraph,
    applied: Option<&Applied>,
    range: Option<&str>,
) -> Result<Vec<NodeId>, PlanError> {
    let text = range.unwrap_or(":");
    let range: TargetRange = text.parse()?;
    let lower = range.lower.unwrap_or_else(Target::base);
    let upper = range.upper.unwrap_or_else(Target::heads);
    let (lower_text, upper_text) = text.split_once(':').unwrap_or_default();
    let of_lower = |error| whole(error, |choice| format!("{choice}:{upper_text}"));
    let of_upper = |error| whole(error, |choice| format!("{lower_text}:{choice}"));
    let plain = Resolver::new(graph, "history").with_fall(Fall::Stays);
    let resolver = applied.map_or(plain, |applied| plain.at(applied));
    let (lower_nodes, mut upper_nodes) = match (resolver.form(&lower), resolver.form(&upper)) {
        (Form::Relative(None, steps @ Steps { direction: Direction::Down, count: 1.. }), _) => {
            let upper = resolver.many(&upper).map_err(of_upper)?;
            let starts = in_branch_of(&resolver, &lower, upper.clone())?;
            (resolver.below(&lower, &starts, steps).map_err(of_lower)?, upper)
        }
        (_, Form::Relative(None, Steps { direction: Direction::Up, .. })) => {
            let nodes = resolver.many(&lower).map_err(of_lower)?;
            let start = Applied::up_to(graph, nodes.iter().copied());
            (nodes, plain.at(&start).many(&upper).map_err(of_upper)?)
        }
        _ => (resolver.many(&lower).map_err(of_lower)?, resolver.many(&upper).map_err(of_upper)?),
    };
    upper_nodes = in_branch_of(&resolver, &lower, upper_nodes)?;
    let below = graph.ancestors(upper_nodes.iter().copied(), Over::All);
    if let Some(outside) = lower_nodes.iter().find(|node| !below.contains(**node)) {
        return Err(PlanError::NotAncestor { lower: graph.id(*outside).clone(), range: text.to_owned() });
    }
    let listed = match lower_nodes.as_slice() {
        [] => below,
        nodes => below.intersection(&graph.descendants(nodes.iter().copied(), Over::All)),
    };
    Ok(graph.newest_first(&listed, &upper_nodes))
}

/// Returns the error with whole ranges as its choices.
fn whole(mut error: TargetError, range: impl Fn(&str) -> String) -> TargetError {
    if let TargetError::AmbiguousWalk { choices, .. } = &mut error {
        choices.iter_mut().for_each(|choice| *choice = range(choice));
    }
    error
}

/// Returns those of the nodes that are in the branch of this target; all, if it names none.
fn in_branch_of(resolver: &Resolver, target: &Target, nodes: Vec<NodeId>) -> Result<Vec<NodeId>, TargetError> {
    let Some(branch) = target.branch().map(|name| resolver.branch(name)).transpose()? else {
        return Ok(nodes);
    };
    Ok(nodes.into_iter().filter(|node| branch.lineage.contains(*node)).collect())
}

#[cfg(test)]
mod tests {
    use super::super::super::graph::drawn::graph;
    use super::*;
    use crate::diagnose::Diagnose;

    #[test]
    fn a_fork_inside_of_a_range_leaves_the_other_end_as_it_was() {
        let graph = graph("aaa1; bbb1:aaa1; ccc1:aaa1; mmm1:bbb1,ccc1");
        let applied = Applied::from_rows(&graph, &["mmm1"]).unwrap();
        for (range, first) in [
            ("-2:current", "`cargo alembic history -r bbb1-1:current`"),
            ("aaa1:+1", "`cargo alembic history -r aaa1:bbb1`"),
        ] {
            let help = history(&graph, Some(&applied), Some(range)).unwrap_err().help().unwrap();
            assert!(help.starts_with(&format!("choose one: {first}")), "{range}: {help}");
        }
    }
}
