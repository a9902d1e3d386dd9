//! Foreign keys: their targets exist, are unique, and are of the same types.
//!
//! Read [`added`] first.

use std::collections::BTreeMap;

use alembic_revisions::{DialectName, Place};

use super::error::{Count, labeled};
use super::naming::conventional;
use super::{Lowered, ModelError, Surroundings, index, unknown_column};
use crate::model::{Model, ModelForeignKey, Warning};
use crate::schema::{Action, Deferrable, ForeignKey, IndexPart, Name, ObjectName, Schema, Table};

/// All tables of the models, as they are named and as the database would write them.
struct Targets<'t> {
    tables: BTreeMap<ObjectName, (&'t Model, &'t Table)>,
    normal: Schema,
}

/// Adds the foreign keys of all models to their tables.
pub fn added(
    around: &Surroundings<'_>,
    tables: &mut [Lowered<'_>],
    faults: &mut Vec<ModelError>,
    warnings: &mut Vec<Warning>,
) {
    let mut normal = Schema {
        tables: tables.iter().map(|lowered| (lowered.table.name.clone(), lowered.table.clone())).collect(),
        ..Schema::default()
    };
    around.backend.normalize(&mut normal);
    let targets =
        Targets { tables: tables.iter().map(|of| (of.table.name.clone(), (of.model, &of.table))).collect(), normal };
    let mut keys = Vec::new();
    for lowered in tables.iter() {
        // Nobody makes the keys of an external table from here.
        let of_table = lowered.model.foreign_keys.iter().filter(|_| !lowered.model.external);
        keys.push(of_table.filter_map(|wish| one(around, &targets, lowered, wish, faults)).collect::<Vec<_>>());
    }
    for (lowered, keys) in tables.iter_mut().zip(keys) {
        for (mut key, place) in keys {
            if key.deferrable != Deferrable::No && !around.knows.deferrable_keys {
                let message =
                    format!("{} checks a foreign key at once: `deferrable` is left out", around.backend.dialect());
                warnings.push(Warning { message, help: None, place });
                key.deferrable = Deferrable::No;
            }
            let is_twin = |other: &ForeignKey| ForeignKey { name: key.name.clone(), ..other.clone() } == key;
            if !lowered.table.foreign_keys.iter().any(is_twin) {
                lowered.table.foreign_keys.push(key);
            }
        }
    }
}

fn one(
    around: &Surroundings<'_>,
    targets: &Targets<'_>,
    lowered: &Lowered<'_>,
    wish: &ModelForeignKey,
    faults: &mut Vec<ModelError>,
) -> Option<(ForeignKey, Place)> {
    let model = lowered.model;
    let before = faults.len();
    let own = wish.columns.iter();
    faults.extend(own.filter_map(|name| unknown_column("a foreign key", model, name, &wish.place)));
    let Some((target_model, target)) = targets.tables.get(&wish.references).copied() else {
        faults.push(ModelError::UnknownTarget {
            table: model.name.clone(),
            target: wish.references.clone(),
            known: targets.tables.keys().map(ToString::to_string).collect(),
            place: wish.place.clone(),
        });
        return None;
    };
    let referenced = referenced_columns(model, wish, target, faults)?;
    let theirs = referenced.iter();
    faults.extend(theirs.filter_map(|name| unknown_column("a foreign key", target_model, name, &wish.place)));
    if faults.len() > before {
        return None;
    }
    faults.extend(not_unique(model, wish, target_model, target, &referenced));
    let pairs = wish.columns.iter().zip(&referenced);
    faults.extend(pairs.filter_map(|(column, theirs)| types_differ(around, targets, lowered, wish, column, theirs)));
    if wish.on_delete == Action::SetNull || wish.on_update == Action::SetNull {
        faults.extend(wish.columns.iter().filter_map(|column| not_null(lowered, wish, column)));
    }
    if around.knows.keys_need_length {
        let own = wish.columns.iter();
        faults.extend(own.filter_map(|name| index::unkeyable(around, model, &lowered.table, name, &wish.place)));
    }
    let name = match &wish.name {
        Some(name) => Name::Stated(name.clone()),
        None => conventional("fk", &[&model.name.name, &wish.columns.join("_"), &wish.references.name]),
    };
    let key = ForeignKey {
        name,
        columns: wish.columns.clone(),
        references: wish.references.clone(),
        referenced_columns: referenced,
        on_delete: wish.on_delete,
        on_update: wish.on_update,
        deferrable: wish.deferrable,
    };
    Some((key, wish.place.clone()))
}

fn referenced_columns(
    model: &Model,
    wish: &ModelForeignKey,
    target: &Table,
    faults: &mut Vec<ModelError>,
) -> Option<Vec<String>> {
    let referenced = match (&wish.referenced_columns[..], &target.primary_key) {
        ([], Some(key)) => key.columns.clone(),
        ([], None) => {
            let (table, target) = (model.name.clone(), target.name.clone());
            faults.push(ModelError::NoTargetKey { table, target, place: wish.place.clone() });
            return None;
        }
        (stated, _) => stated.to_vec(),
    };
    if referenced.len() == wish.columns.len() {
        return Some(referenced);
    }
    faults.push(ModelError::CountsDiffer {
        table: model.name.clone(),
        target: target.name.clone(),
        columns: Count(wish.columns.len()),
        referenced: Count(referenced.len()),
        place: wish.place.clone(),
    });
    None
}

/// What is unique in an external table may be declared elsewhere: the database will tell.
fn not_unique(
    model: &Model,
    wish: &ModelForeignKey,
    target_model: &Model,
    target: &Table,
    referenced: &[String],
) -> Option<ModelError> {
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort();
        names
    };
    let wanted = sorted(referenced);
    let indexes = target.indexes.iter().filter(|index| index.unique && index.predicate.is_none());
    let of_indexes = indexes.filter_map(|index| {
        let columns = index.keys.iter().map(|key| match &key.part {
            IndexPart::Column(name) if key.length.is_none() => Some(name.clone()),
            _ => None,
        });
        columns.collect::<Option<Vec<String>>>()
    });
    let key = target.primary_key.iter().map(|key| key.columns.clone());
    let mut unique = key.chain(target.uniques.iter().map(|unique| unique.columns.clone())).chain(of_indexes);
    if target_model.external || unique.any(|columns| sorted(&columns) == wanted) {
        return None;
    }
    let columns = referenced.join(", ");
    let help = match referenced {
        [column] => format!("write `#[column(unique)]` at `{column}` of `{}`", target.name),
        _ => format!("write `#[table(unique({columns}))]` at `{}`", target.name),
    };
    Some(ModelError::NotUnique {
        table: model.name.clone(),
        target: target.name.clone(),
        columns: format!("`{columns}`"),
        help,
        places: [wish.place.clone(), labeled(&target_model.place, "this table")],
    })
}

fn types_differ(
    around: &Surroundings<'_>,
    targets: &Targets<'_>,
    lowered: &Lowered<'_>,
    wish: &ModelForeignKey,
    column: &str,
    referenced: &str,
) -> Option<ModelError> {
    let dialect = around.backend.dialect();
    let of = |table: &ObjectName, column: &str| {
        targets.normal.tables.get(table)?.column(column).map(|column| column.sql_type.sql.clone())
    };
    let (found, wanted) = (of(&lowered.table.name, column)?, of(&wish.references, referenced)?);
    // No type: that is a fault of its own.
    if found.is_empty() || wanted.is_empty() || family(&found, dialect) == family(&wanted, dialect) {
        return None;
    }
    let place = |model: &Model, name: &str, sql_type: &str| {
        let place = model.columns.iter().find(|column| column.name == name).map_or(&model.place, |of| &of.place);
        labeled(place, sql_type)
    };
    let target_model = targets.tables.get(&wish.references)?.0;
    Some(ModelError::TypesDiffer {
        table: lowered.table.name.clone(),
        column: column.to_owned(),
        target: wish.references.clone(),
        referenced: referenced.to_owned(),
        places: [place(lowered.model, column, &found), place(target_model, referenced, &wanted)],
        found,
        wanted,
    })
}

/// Types of one family may refer to each other: texts of all lengths; on SQLite, integers of all names.
fn family(sql_type: &str, dialect: DialectName) -> String {
    let written = sql_type.trim().to_ascii_lowercase();
    let base = written.split('(').next().unwrap_or_default().trim();
    let is_text = ["char", "clob", "text"].iter().any(|word| base.contains(word));
    match (dialect, base) {
        (DialectName::Sqlite, base) if base.contains("int") => "integer".to_owned(),
        (DialectName::Postgres, "\"char\"") => written,
        (DialectName::Postgres, "smallserial" | "serial2") => "smallint".to_owned(),
        (DialectName::Postgres, "serial" | "serial4") => "integer".to_owned(),
        (DialectName::Postgres, "bigserial" | "serial8") => "bigint".to_owned(),
        _ if is_text && !written.ends_with(']') => "text".to_owned(),
        _ => written,
    }
}

fn not_null(lowered: &Lowered<'_>, wish: &ModelForeignKey, column: &str) -> Option<ModelError> {
    let place = &lowered.model.columns.iter().find(|of| of.name == column)?.place;
    let may_be_null = lowered.table.column(column).is_none_or(|column| column.nullable);
    (!may_be_null).then(|| ModelError::SetNullOnNotNull {
        table: lowered.table.name.clone(),
        column: column.to_owned(),
        places: [wish.place.clone(), labeled(place, "NOT NULL")],
    })
}
