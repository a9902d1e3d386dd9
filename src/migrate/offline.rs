//! `--sql`: the same plans, printed for a person to run (`revision-graph.md` §16).
//!
//! Read [`offline`] first.

use alembic_revisions::target::{Resolver, TargetRange};
use alembic_revisions::{Applied, Code, Diagnose, DialectName, Exit, Plan, RevisionGraph, Target, plan};

use alembic_runtime::RustSteps;

use super::RunFlags;
use super::outcome::SqlScript;
use crate::app::{App, Failure};
use crate::ui::Outcome;

/// Plans for a database that is at `applied`.
pub type OfflinePlanner<'a> = &'a dyn Fn(&RevisionGraph, &Applied, &[Target], DialectName) -> Result<Plan, Failure>;

/// Returns the SQL of a command for a database that is not looked at: at the first end of a range, else at base.
pub fn offline(
    app: &App,
    command: &'static str,
    flags: &RunFlags,
    typed: &[String],
    planner: OfflinePlanner<'_>,
) -> Result<Box<dyn Outcome>, Failure> {
    let graph = app.graph()?;
    let (start, targets) = match typed {
        [one] if one.contains(':') => {
            let range: TargetRange = one.parse()?;
            let end =
                range.upper.unwrap_or_else(|| if command == "downgrade" { Target::base() } else { Target::heads() });
            (range.lower, vec![end])
        }
        _ if command == "downgrade" => return Err(NoStart { command: app.words.with(&[]) }.into()),
        many => (None, super::targets(many)?),
    };
    let applied = match &start {
        Some(start) => Applied::up_to(&graph, Resolver::new(&graph, command).many(start)?),
        None => Applied::nothing(&graph),
    };
    let plan = planner(&graph, &applied, &targets, app.dialect()?)?;
    RustSteps::default().refuse_missing(&plan)?;
    let mut sql = plan::offline(&plan, &app.version_table()?);
    if let Some(tag) = &flags.tag {
        sql.insert_str(0, &format!("-- Tag: {}\n\n", tag.escape_debug()));
    }
    Ok(Box::new(SqlScript { command, sql }))
}

/// A downgrade without a database and without a start.
#[derive(Debug, thiserror::Error)]
#[error("`--sql` does not look at a database, so a downgrade needs to know where it starts")]
pub struct NoStart {
    command: String,
}

impl Diagnose for NoStart {
    fn code(&self) -> Code {
        Code("A0420")
    }

    fn kind(&self) -> &'static str {
        "RangeRequired"
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        Some("write FROM:TO, as in `cargo alembic downgrade --sql head:base`".to_owned())
    }
}
