//! What no run can do, found before it begins.
//!
//! Read [`refuse`] first.

use alembic_revisions::{DialectName, Plan};

use super::options::{RunOptions, Transactions};
use super::words::is_dml;
use crate::session::Session;

/// Why a run cannot be done this way at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsupported {
    #[error("the plan was made for another database")]
    OtherDialect,
    #[error("MySQL cannot run a plan in one transaction: it commits at each DDL")]
    SingleOnMysql,
    #[error("one transaction cannot surround `{revision}`, which says `transaction = false`")]
    SingleWithout { revision: String },
    /// An application lent just one.
    #[error("`{revision}` says `transaction = false`, which takes a second connection to PostgreSQL")]
    OneConnection { revision: String },
    /// MySQL commits at each of them, so no transaction surrounds the Rust code.
    #[error("`{revision}` has Rust code behind statements that change more than rows, which MySQL commits one by one")]
    RustBesideDdl { revision: String },
}

impl Unsupported {
    pub(super) fn help(&self) -> Option<String> {
        match self {
            Unsupported::OtherDialect => None,
            Unsupported::SingleOnMysql | Unsupported::SingleWithout { .. } => {
                Some("leave out `--single-transaction`".to_owned())
            }
            Unsupported::OneConnection { .. } => {
                Some("pass a pool or the database URL to `upgrade`, not one connection".to_owned())
            }
            Unsupported::RustBesideDdl { .. } => {
                Some("put the DDL into a revision of its own, below the one that says `rust = true`".to_owned())
            }
        }
    }
}

/// Refuses a plan that this session cannot run.
pub(super) fn refuse(session: &dyn Session, plan: &Plan, options: &RunOptions) -> Result<(), Unsupported> {
    if session.url().dialect() != plan.dialect {
        return Err(Unsupported::OtherDialect);
    }
    let id = |step: &alembic_revisions::Step| step.script.revision.id.as_str().to_owned();
    let without = plan.steps.iter().find(|step| !step.transaction);
    if let Some(step) = without.filter(|_| plan.dialect == DialectName::Postgres && session.door().is_none()) {
        return Err(Unsupported::OneConnection { revision: id(step) });
    }
    let changes_more =
        |step: &&alembic_revisions::Step| step.rust && !step.statements.iter().all(|statement| is_dml(statement.sql()));
    if let Some(step) = plan.steps.iter().find(changes_more).filter(|_| plan.dialect == DialectName::Mysql) {
        return Err(Unsupported::RustBesideDdl { revision: id(step) });
    }
    match without {
        _ if options.transactions == Transactions::PerRevision => Ok(()),
        _ if plan.dialect == DialectName::Mysql => Err(Unsupported::SingleOnMysql),
        Some(step) => Err(Unsupported::SingleWithout { revision: id(step) }),
        None => Ok(()),
    }
}
