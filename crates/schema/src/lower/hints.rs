//! The schema from its tables, and what models say that no database holds: owners, renames, exceptions.
//!
//! Read [`wanted`] first.

use std::collections::{BTreeMap, BTreeSet};

use alembic_revisions::DialectName;

use super::error::labeled;
use super::{Lowered, ModelError, Surroundings};
use crate::model::{EnumStorage, Model, ModelColumn, ModelEnum, RustType, Warning};
use crate::schema::{EnumType, ObjectName, Table};
use crate::wanted::{Hints, Owner, Wanted};

/// Returns the schema of the tables that are ours, with all hints of the models.
pub fn wanted(around: &Surroundings<'_>, tables: Vec<Lowered<'_>>, faults: &mut Vec<ModelError>) -> Wanted {
    let mut wanted = Wanted::default();
    let names: BTreeMap<ObjectName, &Model> =
        tables.iter().map(|lowered| (lowered.table.name.clone(), lowered.model)).collect();
    for Lowered { model, table } in tables {
        let name = table.name.clone();
        if model.external {
            wanted.hints.external.insert(name);
            continue;
        }
        let owner = Owner { feature: model.feature.clone(), place: model.place.clone() };
        wanted.hints.owners.insert(name.clone(), owner);
        renamed_table(model, &names, &mut wanted.hints);
        for column in &model.columns {
            renamed_column(model, column, &mut wanted.hints);
            renamed_values(around, model, column, &table, &mut wanted.hints);
        }
        wanted.schema.tables.insert(name, table);
    }
    enums(around, &mut wanted, faults);
    wanted
}

/// A name that another model still has is no old name, unless that one has a new name, too.
fn renamed_table(model: &Model, names: &BTreeMap<ObjectName, &Model>, hints: &mut Hints) {
    let Some(old) = &model.renamed_from else { return };
    let old = ObjectName { schema: model.name.schema.clone(), name: old.clone() };
    if names.get(&old).is_some_and(|holder| holder.renamed_from.is_none()) {
        hints.warnings.push(Warning {
            message: format!("`renamed_from = \"{}\"` has no effect: `{old}` is still a table of the models", old.name),
            help: Some("remove one of the two".to_owned()),
            place: model.place.clone(),
        });
        return;
    }
    hints.tables.insert(model.name.clone(), old);
}

fn renamed_column(model: &Model, column: &ModelColumn, hints: &mut Hints) {
    let Some(old) = &column.renamed_from else { return };
    if model.columns.iter().any(|other| other.name == *old && other.renamed_from.is_none()) {
        hints.warnings.push(Warning {
            message: format!("`renamed_from = \"{old}\"` has no effect: `{}` still has that column", model.name),
            help: Some("remove one of the two".to_owned()),
            place: column.place.clone(),
        });
        return;
    }
    hints.columns.insert((model.name.clone(), column.name.clone()), old.clone());
}

/// Only a database that keeps the values of an enum beside its column can tell whether they have their new names.
fn renamed_values(around: &Surroundings<'_>, model: &Model, column: &ModelColumn, table: &Table, hints: &mut Hints) {
    let Some(of) = enum_of(around, &column.rust_type) else { return };
    let keeps_values = table.column(&column.name).is_some_and(|column| {
        column.sql_type.enum_type.is_none() && column.sql_type.sql.to_ascii_lowercase().starts_with("enum(")
    });
    if keeps_values {
        hints.column_values.extend(
            of.renamed.iter().map(|(old, new)| ((model.name.clone(), column.name.clone(), new.clone()), old.clone())),
        );
    }
}

fn enum_of<'a>(around: &Surroundings<'a>, rust_type: &RustType) -> Option<&'a ModelEnum> {
    match rust_type {
        RustType::Enum(number) => around.models.enums.get(*number),
        RustType::Array(element) => enum_of(around, element),
        _ => None,
    }
}

/// Adds the types that columns are of; two Rust enums may be one type if they agree on its values.
fn enums(around: &Surroundings<'_>, wanted: &mut Wanted, faults: &mut Vec<ModelError>) {
    let columns = wanted.schema.tables.values().flat_map(|table| &table.columns);
    let used: BTreeSet<ObjectName> = columns.filter_map(|column| column.sql_type.enum_type.clone()).collect();
    let mut first: BTreeMap<&ObjectName, &ModelEnum> = BTreeMap::new();
    let keeps_types = around.backend.dialect() == DialectName::Postgres;
    for declared in around.models.enums.iter().filter(|of| of.storage == EnumStorage::Native) {
        match first.get(&declared.name) {
            Some(other) if keeps_types && other.values != declared.values => faults.push(ModelError::EnumTwice {
                name: declared.name.clone(),
                places: [labeled(&other.place, "this one"), labeled(&declared.place, "and this one")],
            }),
            Some(_) => {}
            None => _ = first.insert(&declared.name, declared),
        }
    }
    for name in used {
        let Some(declared) = first.get(&name) else { continue };
        let owner = Owner { feature: declared.feature.clone(), place: declared.place.clone() };
        wanted.hints.enum_owners.insert(name.clone(), owner);
        wanted
            .hints
            .enum_values
            .extend(declared.renamed.iter().map(|(old, new)| ((name.clone(), new.clone()), old.clone())));
        let enum_type = EnumType { name: name.clone(), values: declared.values.clone() };
        wanted.schema.enums.insert(name, enum_type);
    }
}
