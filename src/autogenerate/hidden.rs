//! Tables that have a model where nobody compiles now: behind a feature of cargo that is off.
//!
//! Asked only of tables that would be dropped: their models are read again, once for each such feature. Read [`hidden`]
//! first.

use std::collections::BTreeMap;

use alembic_schema::ObjectName;

use super::models;
use crate::app::{App, Failure};
use crate::workspace::Workspace;

/// A table without a model, and the package whose revision made it.
pub type Candidate = (ObjectName, String);

/// Returns those of the candidates that a model may declare once a feature of cargo is on, with the reason.
pub fn hidden(app: &App, candidates: &[Candidate]) -> Result<BTreeMap<ObjectName, String>, Failure> {
    let mut found = BTreeMap::new();
    if candidates.is_empty() {
        return Ok(found);
    }
    let workspace = app.workspace()?;
    for (at, package) in workspace.packages.iter().enumerate().filter(|(_, package)| package.is_feature) {
        for (feature, more) in &package.inactive_features {
            let mut with = workspace.clone();
            with.packages[at].features.extend(more.iter().cloned());
            let off = format!("the feature `{feature}` of `{}`, which is off", package.name);
            for (table, why) in behind(&with, candidates, &package.name, &off) {
                found.entry(table).or_insert(why);
            }
        }
    }
    Ok(found)
}

/// Returns what the models of `with` declare; what cannot be read could be anything that the package made.
fn behind(with: &Workspace, candidates: &[Candidate], package: &str, off: &str) -> Vec<(ObjectName, String)> {
    match models::of(with) {
        Ok(models) => {
            let is_declared = |name: &ObjectName| {
                models.tables.iter().any(|model| {
                    let schemas = (&model.name.schema, &name.schema);
                    let agree = matches!(schemas, (None, _) | (_, None)) || schemas.0 == schemas.1;
                    agree && model.name.name.eq_ignore_ascii_case(&name.name)
                })
            };
            let declared = candidates.iter().filter(|(name, _)| is_declared(name));
            declared.map(|(name, _)| (name.clone(), format!("its model is behind {off}"))).collect()
        }
        Err(_) => {
            let own = candidates.iter().filter(|(_, owner)| owner == package);
            own.map(|(name, _)| (name.clone(), format!("the models cannot be read with {off}"))).collect()
        }
    }
}
