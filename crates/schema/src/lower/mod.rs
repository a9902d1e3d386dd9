//! From models to the schema that one database should have.
//!
//! What a struct says is taken as written; what all of them together, or this database, cannot have is a fault here.
//! No look at what the database has now. Read [`lower`] first.

mod abilities;
mod column;
mod enumeration;
mod error;
mod hints;
pub(crate) mod index;
pub(crate) mod naming;
mod reference;
mod table;

use alembic_revisions::Place;
use alembic_revisions::diagnose::Several;

pub(crate) use abilities::Abilities;
pub use error::{Count, ModelError};

use crate::backend::Backend;
use crate::model::{Model, Models};
use crate::schema::Table;
use crate::wanted::Wanted;

/// What every part looks at.
struct Surroundings<'a> {
    models: &'a Models,
    backend: &'a dyn Backend,
    knows: Abilities,
}

/// A model with its table.
struct Lowered<'a> {
    model: &'a Model,
    table: Table,
}

/// Returns what the models want of a database, or every fault that stands in the way.
pub fn lower(models: &Models, backend: &dyn Backend) -> Result<Wanted, Several<ModelError>> {
    let around = Surroundings { models, backend, knows: Abilities::of(backend) };
    let mut faults = Vec::new();
    let mut warnings = models.warnings.clone();
    let mut tables: Vec<Lowered<'_>> = table::distinct(&around, &mut faults)
        .into_iter()
        .map(|model| table::lowered(&around, model, &mut faults, &mut warnings))
        .collect();
    reference::added(&around, &mut tables, &mut faults, &mut warnings);
    enumeration::check(&around, &mut faults);
    naming::settle(&mut tables, backend, &mut faults);
    let mut wanted = hints::wanted(&around, tables, &mut faults);
    wanted.hints.warnings.splice(0..0, warnings);
    match Several::new(faults) {
        Some(faults) => Err(faults),
        None => Ok(wanted),
    }
}

/// Returns the fault of naming a column that a table lacks.
fn unknown_column(user: &'static str, of: &Model, column: &str, place: &Place) -> Option<ModelError> {
    if of.columns.iter().any(|known| known.name == column) {
        return None;
    }
    Some(ModelError::UnknownColumn {
        user,
        table: of.name.clone(),
        column: column.to_owned(),
        known: of.columns.iter().map(|known| known.name.clone()).collect(),
        place: place.clone(),
    })
}

#[cfg(test)]
pub(crate) mod tests;
