use alembic_schema::backend::Backend;
use alembic_schema::{Change, Delta};
pub fn line(change: &Change) -> String {
    match change {
        Change::Table(Delta::Create(t)) => format!("add table {}", t.name),
        Change::Table(Delta::Drop(t)) => format!("drop table {}", t.name),
        Change::Column { table, delta: Delta::Create(c), .. } => format!("add column {table}.{}", c.name),
        Change::Column { table, delta: Delta::Drop(c), .. } => format!("drop column {table}.{}", c.name),
        _ => format!("{change:?}"),
    }
}
pub fn message(c: &[Change]) -> String {
    line(&c[0])
}
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LossKind {
    DropTable,
    DropColumn,
    NarrowType,
}
#[derive(Debug)]
pub struct Loss {
    pub kind: LossKind,
    pub text: String,
}
pub fn losses(c: &[Change], _: &dyn Backend) -> Vec<Loss> {
    c.iter()
        .filter_map(|c| match c {
            Change::Table(Delta::Drop(_)) => Some(Loss { kind: LossKind::DropTable, text: line(c) }),
            Change::Column { delta: Delta::Drop(_), .. } => Some(Loss { kind: LossKind::DropColumn, text: line(c) }),
            _ => None,
        })
        .collect()
}
