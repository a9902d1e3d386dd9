//! The way down (`revision-graph.md` §8).
//!
//! Read [`downgrade`] first.

use super::rows::route;
use super::{Direction, PlanError, Route};
use crate::graph::{Applied, NodeId, Over, RevisionGraph};
use crate::target::{Branch, Form, Resolver, Steps, Symbol, Target, TargetError};

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
    if let Form::Relative(Some(Symbol::Base), Steps { count: 0, direction }) = resolver.form(target) {
        return Err(TargetError::OutOfRange { target: target.to_string(), direction }.into());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Diagnose;
    use crate::graph::drawn::{graph, names};
    use crate::plan::upgrade;

    const TWO: &str = "aaa1; bbb1:aaa1@left; bbb2:bbb1; ccc1:aaa1@right; ccc2:ccc1";
    const DEP: &str = "app1@app; app2:app1; app3:app2; net1@net; net2:net1!app2; net3:net2";

    fn planned(drawing: &str, rows: &str, line: &str) -> (RevisionGraph, Result<Route, PlanError>) {
        let graph = graph(drawing);
        let applied = Applied::from_rows(&graph, &rows.split_whitespace().collect::<Vec<_>>()).unwrap();
        let (command, target) = line.split_once(' ').unwrap();
        let target: Target = target.parse().unwrap();
        let route = match command {
            "upgrade" => upgrade(&graph, &applied, &[target]),
            _ => downgrade(&graph, &applied, &target),
        };
        (graph, route)
    }

    #[test]
    fn what_the_words_do_not_suggest_is_surplus() {
        for (drawing, rows, line, expected) in [
            (TWO, "bbb2 ccc2", "downgrade left@-1", ""),
            (TWO, "bbb2 ccc2", "downgrade left@aaa1", ""),
            (TWO, "bbb2 ccc2", "downgrade aaa1", ""),
            (TWO, "bbb2 ccc2", "downgrade base", ""),
            (TWO, "bbb1 ccc2", "downgrade left@-2", "ccc2 ccc1"),
            (TWO, "bbb2 ccc2", "downgrade left@base", "ccc2 ccc1"),
            (DEP, "net3 app3", "downgrade app@-2", "net3 net2"),
            (DEP, "net3 app3", "downgrade app@app1", "net3 net2"),
            (DEP, "net3 app3", "downgrade app1", ""),
            (DEP, "net1", "upgrade net@+1", "app1 app2"),
            (DEP, "net1", "upgrade net@head", ""),
            (DEP, "", "upgrade app2+1", ""),
        ] {
            let (graph, route) = planned(drawing, rows, line);
            assert_eq!(names(&graph, &route.unwrap().surplus), expected, "{{{rows}}} {line}");
        }
    }

    #[test]
    fn errors_type_out_the_commands_that_would_do() {
        for (drawing, rows, line, expected) in [
            (
                TWO,
                "bbb2 ccc2",
                "downgrade -1",
                "choose one: `cargo alembic downgrade left@-1` or `cargo alembic downgrade right@-1`",
            ),
            (
                TWO,
                "bbb1 ccc1",
                "upgrade +2",
                "choose one: `cargo alembic upgrade left@+2` or `cargo alembic upgrade right@+2`",
            ),
            (
                "aaa1; bbb1:aaa1; ccc1:aaa1; mmm1:bbb1,ccc1",
                "mmm1",
                "downgrade -1",
                "choose one: `cargo alembic downgrade bbb1` or `cargo alembic downgrade ccc1`",
            ),
            (
                "aaa1; bbb1:aaa1; ccc1:aaa1; mmm1:bbb1,ccc1",
                "mmm1",
                "downgrade -2",
                "choose one: `cargo alembic downgrade bbb1-1` or `cargo alembic downgrade ccc1-1`",
            ),
            (TWO, "aaa1", "upgrade +1", "choose one: `cargo alembic upgrade bbb1` or `cargo alembic upgrade ccc1`"),
            (
                TWO,
                "",
                "upgrade head",
                "merge them with `cargo alembic merge`, or run all of them with `cargo alembic upgrade heads`",
            ),
            (TWO, "bbb2", "downgrade +1", "go on with `cargo alembic upgrade +1`"),
            (TWO, "bbb2", "upgrade -1", "take steps back with `cargo alembic downgrade -1`"),
            (TWO, "bbb2", "upgrade lfet", "did you mean `left`? See what there is with `cargo alembic history`"),
            (TWO, "bbb2", "upgrade baes", "did you mean `base`? See what there is with `cargo alembic history`"),
            (TWO, "bbb2", "upgrade left@ccc2", "leave the branch out: `ccc2`"),
        ] {
            let error = planned(drawing, rows, line).1.unwrap_err();
            assert_eq!(error.help().as_deref(), Some(expected), "{{{rows}}} {line}");
        }
    }

    #[test]
    fn several_heads_are_shown_where_they_are_written() {
        let error = planned(TWO, "", "upgrade head").1.unwrap_err();
        let places: Vec<String> = error.places().into_iter().map(|place| place.source.path.to_string()).collect();
        assert_eq!(places, ["migrations/bbb2_step.sql", "migrations/ccc2_step.sql"]);
        assert_eq!(error.to_string(), "`head` means 2 revisions here, and one is wanted: `bbb2`, `ccc2`");
    }
}
