use super::*;
use crate::diagnose::Source;
use crate::graph::Applied;
use crate::plan;
use crate::revision::{Reference, Revision};
use crate::script::{Script, SectionSettings};
use crate::target::Target;

/// One section: direction, dialect, settings, SQL.
type Drawn<'a> = (Direction, Option<DialectName>, SectionSettings, &'a str);

/// Returns a line of revisions `r1`, `r2`, … with these sections.
pub(in crate::plan) fn line(revisions: &[&[Drawn]]) -> RevisionGraph {
    let script = |(at, sections): (usize, &&[Drawn])| {
        let mut revision = Revision::new(format!("r{}", at + 1).parse().unwrap());
        revision.message = format!("step {}\nmore", at + 1);
        let parent = Reference { name: format!("r{at}").into(), span: Default::default() };
        revision.parents.extend(Some(parent).filter(|_| at > 0));
        let mut text = String::new();
        let mut found = Vec::new();
        for (direction, dialect, settings, sql) in *sections {
            let start = text.len();
            text.push_str(sql);
            let body = (start..text.len()).into();
            let (direction, dialect, settings) = (*direction, *dialect, settings.clone());
            found.push(Section { direction, dialect, marker: body, body, settings });
        }
        revision.source = Arc::new(Source { path: format!("r{}.sql", at + 1).into(), text });
        Arc::new(Script { revision, sections: found })
    };
    RevisionGraph::build(revisions.iter().enumerate().map(script).collect()).unwrap()
}

fn up(sql: &str) -> Drawn<'_> {
    (Direction::Up, None, SectionSettings::default(), sql)
}

fn down(sql: &str) -> Drawn<'_> {
    (Direction::Down, None, SectionSettings::default(), sql)
}

fn upgrade(graph: &RevisionGraph, dialect: DialectName) -> Result<Plan, PlanFaults> {
    let route = plan::upgrade(graph, &Applied::nothing(graph), &[Target::head()]).unwrap();
    Plan::prepare(graph, &route, dialect)
}

fn downgrade(graph: &RevisionGraph) -> Result<Plan, PlanFaults> {
    let route = plan::downgrade(graph, &Applied::up_to(graph, graph.heads()), &Target::base()).unwrap();
    Plan::prepare(graph, &route, DialectName::Sqlite)
}

fn kinds(faults: &PlanFaults) -> Vec<&'static str> {
    assert_eq!(faults.exit(), Exit::Project);
    assert_eq!(faults.others().len() + 1, faults.iter().count());
    faults.iter().map(Diagnose::kind).collect()
}

#[test]
fn a_dialect_reads_its_own_section_before_the_common_one() {
    let own = (Direction::Up, Some(DialectName::Sqlite), SectionSettings::default(), "PRAGMA a; SELECT 2;");
    let graph = line(&[&[up("SELECT 1;"), own]]);
    let sql = |dialect| -> Vec<String> {
        let plan = upgrade(&graph, dialect).unwrap();
        plan.steps[0].statements.iter().map(|statement| statement.sql().to_owned()).collect()
    };
    assert_eq!(sql(DialectName::Sqlite), ["PRAGMA a", "SELECT 2"]);
    assert_eq!(sql(DialectName::Mysql), ["SELECT 1"]);
}

#[test]
fn settings_and_rows_come_along() {
    let settings = SectionSettings { transaction: false, rebuild: true, ..SectionSettings::default() };
    let graph = line(&[&[(Direction::Up, None, settings, "SELECT 1;")], &[up("")]]);
    let plan = upgrade(&graph, DialectName::Postgres).unwrap();
    assert_eq!((plan.steps[0].transaction, plan.steps[0].rebuild), (false, true));
    assert_eq!((plan.steps[1].transaction, plan.steps[1].statements.len()), (true, 0));
    assert_eq!(plan.to, graph.ids(&graph.heads()));
    assert_eq!(plan.steps[1].change.update, Some(("r1".parse().unwrap(), "r2".parse().unwrap())));
}

#[test]
fn all_steps_without_sql_are_reported_at_once() {
    let irreversible = SectionSettings { irreversible: Some("data is gone".into()), ..SectionSettings::default() };
    let only_postgres = (Direction::Down, Some(DialectName::Postgres), SectionSettings::default(), "SELECT 1;");
    let graph = line(&[
        &[up(""), down("DROP TABLE a;")],
        &[up("")],
        &[up(""), (Direction::Down, None, irreversible, "")],
        &[only_postgres],
    ]);
    let faults = downgrade(&graph).unwrap_err();
    assert_eq!(kinds(&faults), ["MissingSection", "Irreversible", "MissingDowngrade"]);
    assert_eq!(faults.notes(), ["nothing was run"]);
    let words: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        words,
        [
            "revision `r4` has no section `[downgrade]` and none `[downgrade.sqlite]`",
            "revision `r3` cannot be taken back: data is gone",
            "revision `r2` has no downgrade",
        ]
    );
    assert_eq!(kinds(&upgrade(&graph, DialectName::Sqlite).unwrap_err()), ["MissingSection"]);
}

#[test]
fn a_transaction_is_not_ended_from_inside() {
    let outside = SectionSettings { transaction: false, ..SectionSettings::default() };
    let graph = line(&[&[up("SELECT 1; COMMIT;")], &[(Direction::Up, None, outside, "COMMIT;")]]);
    let faults = upgrade(&graph, DialectName::Postgres).unwrap_err();
    assert_eq!(kinds(&faults), ["TransactionControl"]);
    let place = &faults.places()[0];
    assert_eq!(&place.source.text[place.span.range()], "COMMIT");
}
