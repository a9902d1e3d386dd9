use alembic_schema::Change;
use alembic_schema::backend::Backend;
pub struct Split {
    pub feature: String,
    pub changes: Vec<Change>,
}
pub fn by_feature(_: Vec<Change>) -> Vec<Split> {
    Vec::new()
}
pub fn line(change: &Change) -> String {
    format!("{change:?}")
}
pub fn message(_: &[Change]) -> String {
    String::new()
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
pub fn losses(_: &[Change], _: &dyn Backend) -> Vec<Loss> {
    Vec::new()
}

use alembic_schema::{Misfit, Schema};
#[derive(Clone, Copy)]
pub struct Side<'a> {
    pub backend: &'a dyn Backend,
    pub wanted: &'a Schema,
}
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Translated {
    pub changes: Vec<Change>,
    pub before: Schema,
    pub notes: Vec<String>,
}
pub fn translate(_: &[&[Change]], _: Side<'_>, _: Side<'_>) -> Result<Vec<Translated>, Misfit> {
    todo!()
}
