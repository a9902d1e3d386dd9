//! The SQL of one revision: from one list of changes both directions for every dialect.
//!
//! Pure. Read [`both_ways`] first, then [`layout`].

use alembic_revisions::DialectName;
use alembic_schema::backend::{Backend, Rendered};
use alembic_schema::change::{Fill, reversed};
use alembic_schema::{Change, Schema, diff};

use super::proposal::ProposalError;
use crate::scaffold::{Sections, TemplateSection};

/// SQL of one direction for each dialect.
pub type Directed = Vec<(DialectName, Rendered)>;

/// Returns the SQL of `changes` for a schema, both ways.
pub fn both_ways(changes: &[Change], before: &Schema, backend: &dyn Backend) -> Result<[Rendered; 2], ProposalError> {
    let mut after = before.clone();
    after.apply_all(changes)?;
    let back = with_stand_ins(reversed(changes), &after, backend);
    Ok([backend.render(changes, before)?, backend.render(&back, &after)?])
}

/// Gives the columns that come back a neutral value where they must have one.
fn with_stand_ins(changes: Vec<Change>, schema: &Schema, backend: &dyn Backend) -> Vec<Change> {
    let stand_in = |question: diff::FillQuestion| {
        let expression = backend.stand_in(&question.column, schema)?;
        let checks = diff::checks_of(&question, &changes, schema);
        Some(((question.table, question.column.name), Fill { expression, is_stand_in: true, checks }))
    };
    let answers = diff::fill_questions(&changes).into_iter().filter_map(stand_in).collect();
    diff::filled(changes, &answers)
}

/// Returns one section for a direction where all dialects say the same, else one for each.
pub fn layout(upgrade: Directed, downgrade: Directed) -> Sections {
    let sections = |directed: Directed| {
        let are_common = directed.windows(2).all(|pair| pair[0].1 == pair[1].1);
        let count = if are_common { 1 } else { directed.len() };
        let section =
            |(dialect, rendered): (DialectName, Rendered)| section((!are_common).then_some(dialect), &rendered);
        directed.into_iter().take(count).map(section).collect()
    };
    Sections { upgrade: sections(upgrade), downgrade: sections(downgrade) }
}

fn section(dialect: Option<DialectName>, rendered: &Rendered) -> TemplateSection {
    let mut settings = Vec::new();
    if rendered.rebuild {
        settings.push("rebuild = true".to_owned());
    }
    if rendered.outside_transaction {
        settings.push("transaction = false".to_owned());
    }
    TemplateSection { dialect, settings, sql: rendered.to_sql() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alembic_schema::backend::Statement;

    fn rendered(sql: &str) -> Rendered {
        Rendered { statements: vec![Statement::new(sql)], ..Rendered::default() }
    }

    #[test]
    fn what_all_dialects_say_is_said_once() {
        use DialectName::{Postgres, Sqlite};
        let section = |dialect, settings: &[&str], sql: &str| TemplateSection {
            dialect,
            settings: settings.iter().map(|line| (*line).to_owned()).collect(),
            sql: sql.to_owned(),
        };
        let same = vec![(Postgres, rendered("DROP TABLE t")), (Sqlite, rendered("DROP TABLE t"))];
        let common = layout(same.clone(), same.clone());
        assert_eq!(common.upgrade, [section(None, &[], "DROP TABLE t;\n")]);
        assert_eq!(common.downgrade, common.upgrade);

        let rebuilt = Rendered { rebuild: true, ..rendered("DROP TABLE t") };
        let apart = layout(same, vec![(Postgres, rendered("DROP TABLE t")), (Sqlite, rebuilt)]);
        assert_eq!(apart.upgrade, common.upgrade, "each direction for itself");
        assert_eq!(apart.downgrade[1], section(Some(Sqlite), &["rebuild = true"], "DROP TABLE t;\n"));

        let alone = Rendered { outside_transaction: true, ..rendered("CREATE INDEX CONCURRENTLY i ON t (x)") };
        let one = layout(vec![(Postgres, alone)], vec![(Postgres, Rendered::default())]);
        assert_eq!(one.upgrade[0].settings, ["transaction = false"]);
        assert_eq!(one.downgrade, [section(None, &[], "")]);
    }
}
