//! Models by hand, lowered for the three databases.

use std::sync::Arc;

use alembic_revisions::diagnose::Diagnose;
use alembic_revisions::{DialectName, Place, Source};

use super::*;
use crate::backend;
use crate::model::*;
use crate::schema::*;

/// Marks `text` in a file that holds nothing else: errors are told apart by what they point at.
pub(crate) fn place(text: &str) -> Place {
    let source = Arc::new(Source { path: "app/src/lib.rs".into(), text: text.to_owned() });
    Place::new(source, 0..text.len())
}

pub(crate) fn column(name: &str, rust_type: RustType) -> ModelColumn {
    ModelColumn {
        name: name.to_owned(),
        place: place(name),
        rust_type,
        nullable: false,
        renamed_from: None,
        settings: ColumnSettings::default(),
        overrides: Vec::new(),
    }
}

pub(crate) fn model(name: &str, columns: Vec<ModelColumn>) -> Model {
    Model {
        feature: "app".to_owned(),
        rust_name: name.to_owned(),
        place: place(name),
        name: ObjectName::new(name),
        renamed_from: None,
        comment: None,
        primary_key: columns.iter().take(1).map(|column| column.name.clone()).collect(),
        columns,
        external: false,
        indexes: Vec::new(),
        checks: Vec::new(),
        foreign_keys: Vec::new(),
        options: Vec::new(),
    }
}

pub(crate) fn key(column: &str) -> ModelKey {
    ModelKey {
        part: ModelKeyPart::Column(column.to_owned()),
        order: Order::Ascending,
        nulls: Nulls::Default,
        operator_class: None,
        length: None,
    }
}

pub(crate) fn an_index(columns: &[&str]) -> ModelIndex {
    ModelIndex {
        place: place("index"),
        name: None,
        unique: false,
        keys: columns.iter().map(|name| key(name)).collect(),
        predicate: None,
        method: None,
        include: Vec::new(),
        nulls_not_distinct: false,
        concurrently: false,
    }
}

pub(crate) fn unique(columns: &[&str]) -> ModelIndex {
    ModelIndex { unique: true, ..an_index(columns) }
}

pub(crate) fn reference(columns: &[&str], target: &str, referenced: &[&str]) -> ModelForeignKey {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    ModelForeignKey {
        place: place(target),
        name: None,
        columns: owned(columns),
        references: ObjectName::new(target),
        referenced_columns: owned(referenced),
        on_delete: Action::NoAction,
        on_update: Action::NoAction,
        deferrable: Deferrable::No,
    }
}

pub(crate) fn models(tables: Vec<Model>) -> Models {
    Models { tables, ..Models::default() }
}

fn lowered(models: &Models, dialect: DialectName) -> Result<Wanted, Vec<ModelError>> {
    lower(models, &*backend::of(dialect, None)).map_err(|faults| faults.into_iter().collect())
}

#[track_caller]
fn wanted(models: &Models, dialect: DialectName) -> Wanted {
    lowered(models, dialect).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// The messages of all faults, each with what it points at.
fn faults(models: &Models, dialect: DialectName) -> Vec<String> {
    let shown = |fault: &ModelError| {
        let places: Vec<String> = fault.places().iter().map(|place| place.source.text.clone()).collect();
        format!("{} {fault} @ {}", fault.code(), places.join(", "))
    };
    lowered(models, dialect).err().unwrap_or_default().iter().map(shown).collect()
}

fn table<'w>(wanted: &'w Wanted, name: &str) -> &'w Table {
    &wanted.schema.tables[&ObjectName::new(name)]
}

fn names<'n>(names: impl IntoIterator<Item = &'n Name>) -> Vec<&'n str> {
    names.into_iter().filter_map(Name::text).collect()
}

fn players() -> Model {
    model("players", vec![column("id", RustType::I64), column("name", RustType::String)])
}

mod documented;
mod faulty;
mod named;
mod portable;
