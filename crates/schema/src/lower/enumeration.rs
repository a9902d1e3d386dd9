//! What no database can store of an enum: no value at all, one value twice, a default that is none of its values.
//!
//! Read [`check`] first.

use std::collections::BTreeSet;

use alembic_revisions::DialectName;

use super::{ModelError, Surroundings, column};
use crate::model::{DefaultValue, EnumStorage, Model, ModelEnum, RustType};

/// Adds the faults of the enums that are kept by their values, and of the defaults of their columns.
pub fn check(around: &Surroundings<'_>, faults: &mut Vec<ModelError>) {
    let kept = |of: &&ModelEnum| !matches!(of.storage, EnumStorage::Integer(_));
    for of in around.models.enums.iter().filter(kept) {
        let (name, place) = (of.rust_name.clone(), of.place.clone());
        if of.values.is_empty() {
            faults.push(ModelError::NoValues { name, place });
        } else if let Some(value) = repeated(&of.values, around.backend.dialect()) {
            faults.push(ModelError::ValueTwice { name, value, place });
        }
    }
    for model in around.models.tables.iter().filter(|model| !model.external) {
        defaults(around, model, faults);
    }
}

fn repeated(values: &[String], dialect: DialectName) -> Option<String> {
    let mut seen = BTreeSet::new();
    let spelled = |value: &String| match dialect {
        // Its collations take both cases for one value.
        DialectName::Mysql => value.to_lowercase(),
        DialectName::Postgres | DialectName::Sqlite => value.clone(),
    };
    values.iter().find(|value| !seen.insert(spelled(value))).cloned()
}

fn defaults(around: &Surroundings<'_>, model: &Model, faults: &mut Vec<ModelError>) {
    for column in &model.columns {
        let RustType::Enum(number) = &column.rust_type else { continue };
        let Some(of) = around.models.enums.get(*number) else { continue };
        let settings = column::settings(column, around.backend.overrides());
        let Some(DefaultValue::Value(value)) = settings.default else { continue };
        if matches!(of.storage, EnumStorage::Integer(_)) || settings.sql_type.is_some() || of.values.contains(&value) {
            continue;
        }
        faults.push(ModelError::DefaultOutside {
            table: model.name.clone(),
            column: column.name.clone(),
            value,
            known: of.values.clone(),
            place: column.place.clone(),
        });
    }
}
