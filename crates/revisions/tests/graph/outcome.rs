//! What a command does to the rows, as text that can be compared.

use alembic_revisions::diagnose::Diagnose;
use alembic_revisions::plan::{self, Direction, PlanError, Route};
use alembic_revisions::{Applied, RevisionGraph, RevisionId, Target};

/// Returns the steps as `+a {a}; +b {a b}` with the rows after each, or `!Kind` for an error.
pub fn run(graph: &RevisionGraph, rows: &[&str], command: &str, targets: &[&str]) -> String {
    match try_run(graph, rows, command, targets) {
        Ok(outcome) => outcome,
        Err(kind) => format!("!{kind}"),
    }
}

fn try_run(graph: &RevisionGraph, rows: &[&str], command: &str, targets: &[&str]) -> Result<String, &'static str> {
    let targets: Vec<Target> =
        targets.iter().map(|text| text.parse()).collect::<Result<_, _>>().map_err(|error| kind(&error))?;
    let applied = Applied::from_rows(graph, rows).map_err(|error| kind(&error))?;
    let route = match command {
        "upgrade" => plan::upgrade(graph, &applied, &targets),
        "downgrade" => plan::downgrade(graph, &applied, &targets[0]),
        "stamp" => return stamp(graph, &applied, &targets),
        other => panic!("no command {other}"),
    };
    Ok(steps(graph, &route.map_err(|error| kind(&error))?))
}

fn kind(error: &dyn Diagnose) -> &'static str {
    error.kind()
}

fn stamp(graph: &RevisionGraph, applied: &Applied, targets: &[Target]) -> Result<String, &'static str> {
    let stamp = plan::stamp(graph, applied, targets).map_err(|error: PlanError| kind(&error))?;
    let mut rows = stamp.from.clone();
    stamp.change.apply(&mut rows);
    rows.sort();
    assert_eq!(braces(&rows), braces(&sorted(stamp.to)), "the change of a stamp leads to its rows");
    Ok(format!("~ {}", braces(&rows)))
}

/// Returns the steps of a route; the rows come from its changes alone, and each must find the rows that it names.
pub fn steps(graph: &RevisionGraph, route: &Route) -> String {
    let mut rows = sorted(route.from.clone());
    let mut texts = Vec::new();
    for step in &route.moves {
        let old = step.change.update.iter().map(|(old, _)| old);
        for row in step.change.delete.iter().chain(old) {
            assert!(rows.contains(row), "{row} is a row when it is changed");
        }
        step.change.apply(&mut rows);
        rows.sort();
        let sign = if step.direction == Direction::Up { '+' } else { '-' };
        texts.push(format!("{sign}{} {}", graph.id(step.node), braces(&rows)));
    }
    assert_eq!(rows, sorted(route.to.clone()), "the last rows are those that the route promises");
    texts.join("; ")
}

/// Returns the rows after a step as `{a b}`.
pub fn braces(rows: &[impl AsRef<str>]) -> String {
    let mut rows: Vec<&str> = rows.iter().map(AsRef::as_ref).collect();
    rows.sort_unstable();
    format!("{{{}}}", rows.join(" "))
}

fn sorted(mut rows: Vec<RevisionId>) -> Vec<RevisionId> {
    rows.sort();
    rows
}
