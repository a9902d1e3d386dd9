//! Keys, uniques, checks and indexes of a table that exists.

use alembic_revisions::DialectName;

use super::{INK, alter, part};
use crate::backend::{Statement, Unsupported};
use crate::change::Delta;
use crate::schema::{Check, ForeignKey, Index, Name, ObjectName, PrimaryKey, Unique};

type Statements = Result<Vec<Statement>, Unsupported>;

pub(super) fn primary_key(table: &ObjectName, delta: &Delta<PrimaryKey>) -> Statements {
    // PostgreSQL's own name for a key that got none.
    let own = Name::Stated(format!("{}_pkey", table.name));
    let name = |key: &PrimaryKey| if key.name == Name::Unnamed { own.clone() } else { key.name.clone() };
    let names = delta.from().map(name).zip(delta.to().map(name));
    constraint(table, delta, delta.from().map(name), names, part::primary_key)
}

pub(super) fn foreign_key(table: &ObjectName, delta: &Delta<ForeignKey>) -> Statements {
    let name = |key: &ForeignKey| key.name.clone();
    let names = delta.from().map(name).zip(delta.to().map(name));
    constraint(table, delta, delta.from().map(name), names, |key| INK.foreign_key(key))
}

pub(super) fn unique(table: &ObjectName, delta: &Delta<Unique>) -> Statements {
    let name = |unique: &Unique| unique.name.clone();
    let names = delta.from().map(name).zip(delta.to().map(name));
    constraint(table, delta, delta.from().map(name), names, part::unique)
}

pub(super) fn check(table: &ObjectName, delta: &Delta<Check>) -> Statements {
    let name = |check: &Check| check.name.clone();
    let names = delta.from().map(name).zip(delta.to().map(name));
    constraint(table, delta, delta.from().map(name), names, part::check)
}

fn constraint<T>(
    table: &ObjectName,
    delta: &Delta<T>,
    old: Option<Name>,
    names: Option<(Name, Name)>,
    sql: impl Fn(&T) -> String,
) -> Statements {
    let drop = |name: Option<Name>| {
        let name = name.unwrap_or_default();
        let name = name.text().map(|name| INK.name(name).into_owned());
        name.map(|name| format!("DROP CONSTRAINT {name}")).ok_or_else(|| nameless(table, "constraint"))
    };
    let commands = match (delta, names) {
        (Delta::Create(to), _) => vec![format!("ADD {}", sql(to))],
        (Delta::Drop(_), _) => vec![drop(old)?],
        (Delta::Rename { .. }, Some((from, to))) => match (from.text(), to.text()) {
            (Some(from), Some(to)) => {
                vec![format!("RENAME CONSTRAINT {} TO {}", INK.name(from), INK.name(to))]
            }
            _ => return Err(nameless(table, "constraint")),
        },
        (Delta::Alter { to, .. } | Delta::Rename { to, .. }, _) => vec![drop(old)?, format!("ADD {}", sql(to))],
    };
    Ok(vec![alter(table, &commands)])
}

pub(super) fn index(table: &ObjectName, delta: &Delta<Index>) -> Statements {
    let create = |index: &Index| {
        // Inside a transaction there is no CONCURRENTLY.
        let index = Index { concurrently: false, ..index.clone() };
        Statement::new(part::create_index(table, &index))
    };
    let existing = |index: &Index| part::index_name(table, &index.name).ok_or_else(|| nameless(table, "index"));
    let drop = |index: &Index| Ok(Statement::new(format!("DROP INDEX {}", existing(index)?)));
    Ok(match delta {
        Delta::Create(to) => vec![create(to)],
        Delta::Drop(from) => vec![drop(from)?],
        Delta::Alter { from, to } => vec![drop(from)?, create(to)],
        Delta::Rename { from, to } => {
            let name = to.name.text().ok_or_else(|| nameless(table, "index"))?;
            vec![Statement::new(format!("ALTER INDEX {} RENAME TO {}", existing(from)?, INK.name(name)))]
        }
    })
}

/// Without a lock on the table, and so without a transaction around.
pub(super) fn index_concurrently(table: &ObjectName, delta: &Delta<Index>) -> Statements {
    Ok(match delta {
        Delta::Create(to) => vec![Statement::new(part::create_index(table, to))],
        Delta::Drop(from) => {
            let name = part::index_name(table, &from.name).ok_or_else(|| nameless(table, "index"))?;
            vec![Statement::new(format!("DROP INDEX CONCURRENTLY {name}"))]
        }
        Delta::Alter { .. } | Delta::Rename { .. } => index(table, delta)?,
    })
}

fn nameless(table: &ObjectName, what: &str) -> Unsupported {
    Unsupported {
        dialect: DialectName::Postgres,
        change: format!("alter a nameless {what} of `{table}`"),
        reason: "its name is not known".to_owned(),
        help: format!("write the change by hand; `\\d {table}` in psql shows the name of the {what}"),
    }
}
