//! A model's table: its columns, key, checks and options.
//!
//! Read [`lowered`] first.

use std::collections::BTreeMap;

use alembic_revisions::{DialectName, Place};

use super::error::labeled;
use super::naming::{self, conventional};
use super::{Lowered, ModelError, Surroundings, column, index, unknown_column};
use crate::model::{Model, ModelCheck, ModelDialect, TableOption, Warning};
use crate::schema::{Check, PrimaryKey, Table, TableOptions};

/// Returns the models that have a table of their own, in their order; a second one for a table is a fault.
pub fn distinct<'a>(around: &Surroundings<'a>, faults: &mut Vec<ModelError>) -> Vec<&'a Model> {
    let mut seen: BTreeMap<_, &Model> = BTreeMap::new();
    let mut distinct = Vec::new();
    for model in &around.models.tables {
        // SQLite finds a table whatever the case.
        let name = match around.backend.dialect() {
            DialectName::Sqlite => model.name.to_string().to_lowercase(),
            DialectName::Postgres | DialectName::Mysql => model.name.to_string(),
        };
        match seen.get(&name) {
            Some(first) => faults.push(ModelError::TableTwice {
                table: model.name.clone(),
                places: [labeled(&first.place, "this one"), labeled(&model.place, "and this one")],
            }),
            None => {
                seen.insert(name, model);
                distinct.push(model);
            }
        }
    }
    distinct
}

/// Returns a model's table without its foreign keys, names not settled.
///
/// What an external table lacks is no fault: nobody makes it from here.
pub fn lowered<'a>(
    around: &Surroundings<'_>,
    model: &'a Model,
    faults: &mut Vec<ModelError>,
    warnings: &mut Vec<Warning>,
) -> Lowered<'a> {
    let (mut own_faults, mut own_warnings) = (Vec::new(), Vec::new());
    let mut table = Table { name: model.name.clone(), ..Table::default() };
    for column in &model.columns {
        table.columns.push(column::lowered(around, model, column, &mut own_faults, &mut own_warnings));
    }
    table.primary_key = primary_key(around, model, &table, &mut own_faults);
    index::lowered(around, model, &mut table, &mut own_faults, &mut own_warnings);
    checks(around, model, &mut table);
    table.comment = model.comment.clone().filter(|_| around.knows.comments);
    table.options = options(around, model);
    let lowered = Lowered { model, table };
    check_columns(around, model, &mut own_faults);
    naming::check_lengths(&lowered, around.backend, &mut own_faults);
    if !model.external {
        faults.append(&mut own_faults);
        warnings.append(&mut own_warnings);
    }
    lowered
}

fn check_columns(around: &Surroundings<'_>, model: &Model, faults: &mut Vec<ModelError>) {
    if model.columns.is_empty() {
        faults.push(ModelError::NoColumns { table: model.name.clone(), place: model.place.clone() });
    }
    let mut seen: BTreeMap<String, &Place> = BTreeMap::new();
    for column in &model.columns {
        let name = match around.backend.dialect() {
            DialectName::Postgres => column.name.clone(),
            DialectName::Sqlite | DialectName::Mysql => column.name.to_lowercase(),
        };
        match seen.get(&name) {
            Some(first) => faults.push(ModelError::ColumnTwice {
                table: model.name.clone(),
                column: column.name.clone(),
                places: [labeled(first, "this one"), labeled(&column.place, "and this one")],
            }),
            None => _ = seen.insert(name, &column.place),
        }
    }
}

fn primary_key(
    around: &Surroundings<'_>,
    model: &Model,
    table: &Table,
    faults: &mut Vec<ModelError>,
) -> Option<PrimaryKey> {
    let columns = &model.primary_key;
    faults.extend(columns.iter().filter_map(|name| unknown_column("the primary key", model, name, &model.place)));
    if around.knows.keys_need_length {
        faults.extend(columns.iter().filter_map(|name| {
            let place = model.columns.iter().find(|column| column.name == *name).map_or(&model.place, |of| &of.place);
            index::unkeyable(around, model, table, name, place)
        }));
    }
    let name = conventional("pk", &[&model.name.name]);
    (!columns.is_empty()).then(|| PrimaryKey { name, columns: columns.clone() })
}

/// Adds the checks that have an expression for this database; a column's is one of its table.
fn checks(around: &Surroundings<'_>, model: &Model, table: &mut Table) {
    let of_columns = model.columns.iter().filter_map(|column| {
        let expression = column::settings(column, around.backend.overrides()).check?;
        Some((Some(column.name.clone()), expression))
    });
    let of_table = model.checks.iter().filter_map(|check| Some((check.name.clone(), expression(around, check)?)));
    for (name, expression) in of_columns.chain(of_table) {
        let short = name.unwrap_or_else(|| naming::of_expression(&expression));
        let check = Check { name: conventional("ck", &[&model.name.name, &short]), expression };
        if !table.checks.contains(&check) {
            table.checks.push(check);
        }
    }
}

fn expression(around: &Surroundings<'_>, check: &ModelCheck) -> Option<String> {
    let of = |dialect: Option<ModelDialect>| {
        check.expressions.iter().find(|(of, _)| *of == dialect).map(|(_, expression)| expression.clone())
    };
    let own = around.backend.overrides().iter().rev().find_map(|dialect| of(Some(*dialect)));
    own.or_else(|| of(None))
}

fn options(around: &Surroundings<'_>, model: &Model) -> TableOptions {
    let mut options = TableOptions::default();
    for dialect in around.backend.overrides() {
        for stated in model.options.iter().filter(|option| option.dialect == *dialect) {
            match &stated.option {
                TableOption::Engine(engine) => options.engine = Some(engine.clone()),
                TableOption::Charset(charset) => options.charset = Some(charset.clone()),
                TableOption::Collate(collate) => options.collate = Some(collate.clone()),
                TableOption::Strict => options.strict = true,
                TableOption::WithoutRowid => options.without_rowid = true,
            }
        }
    }
    options
}
