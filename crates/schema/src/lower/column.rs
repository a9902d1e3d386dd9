//! Columns: settings with the overrides of one database, types, defaults, identity, what the database computes.
//!
//! Read [`lowered`] first.

use alembic_revisions::DialectName;

use super::{ModelError, Surroundings};
use crate::backend::{NoType, TypeChoice, TypedColumn};
use crate::model::{ColumnSettings, EnumStorage, Model, ModelColumn, ModelDialect, RustType, Warning};
use crate::schema::{Column, ColumnType, Generated, Identity, ObjectName, Storage};

/// Returns the settings of a column as a database sees it: its overrides win, the last one most.
pub fn settings(column: &ModelColumn, overrides: &[ModelDialect]) -> ColumnSettings {
    let mut settings = column.settings.clone();
    for dialect in overrides {
        for (_, over) in column.overrides.iter().filter(|(of, _)| of == dialect) {
            apply(&mut settings, over);
        }
    }
    settings
}

fn apply(settings: &mut ColumnSettings, over: &ColumnSettings) {
    fn take<T: Clone>(setting: &mut Option<T>, over: &Option<T>) {
        if over.is_some() {
            setting.clone_from(over);
        }
    }
    // A length that one dialect states is meant against a type that all share.
    if over.sql_type.is_none() && (over.len.is_some() || over.precision.is_some()) {
        settings.sql_type = None;
    }
    take(&mut settings.auto_increment, &over.auto_increment);
    take(&mut settings.identity, &over.identity);
    take(&mut settings.nullable, &over.nullable);
    take(&mut settings.default, &over.default);
    take(&mut settings.sql_type, &over.sql_type);
    take(&mut settings.len, &over.len);
    take(&mut settings.precision, &over.precision);
    take(&mut settings.scale, &over.scale);
    take(&mut settings.check, &over.check);
    take(&mut settings.collate, &over.collate);
    take(&mut settings.generated, &over.generated);
    take(&mut settings.comment, &over.comment);
}

/// Returns the column; without a type where there is none, which is among the faults then.
pub fn lowered(
    around: &Surroundings<'_>,
    model: &Model,
    column: &ModelColumn,
    faults: &mut Vec<ModelError>,
    warnings: &mut Vec<Warning>,
) -> Column {
    let settings = settings(column, around.backend.overrides());
    let is_only_key = model.primary_key.len() == 1 && model.primary_key[0] == column.name;
    let is_key = model.primary_key.contains(&column.name);
    let choice = sql_type(around, model, column, &settings, is_only_key, faults);
    warnings.extend(choice.warning.map(|message| Warning { message, help: None, place: column.place.clone() }));
    let nullable = settings.nullable.unwrap_or(column.nullable);
    if is_key && nullable {
        let (table, column_name) = (model.name.clone(), column.name.clone());
        faults.push(ModelError::NullableKey { table, column: column_name, place: column.place.clone() });
    }
    let identity = identity(around, model, column, &settings, is_only_key);
    contradictions(model, column, &settings, identity.is_some(), faults);
    let default = settings.default.as_ref().map(|value| around.backend.default_sql(value, &column.rust_type));
    let dialect = around.backend.dialect();
    Column {
        name: column.name.clone(),
        sql_type: choice.sql_type,
        nullable: nullable && !is_key,
        default,
        generated: settings.generated.map(|(expression, storage)| {
            let storage = storage.unwrap_or(usual_storage(dialect));
            Generated { expression, storage }
        }),
        identity,
        collation: settings.collate,
        comment: settings.comment.filter(|_| around.knows.comments),
    }
}

/// What a database does if a model does not say: the only thing that PostgreSQL before 18 can, the default elsewhere.
fn usual_storage(dialect: DialectName) -> Storage {
    match dialect {
        DialectName::Postgres => Storage::Stored,
        DialectName::Sqlite | DialectName::Mysql => Storage::Virtual,
    }
}

/// Returns the type; an empty one is among the faults.
fn sql_type(
    around: &Surroundings<'_>,
    model: &Model,
    column: &ModelColumn,
    settings: &ColumnSettings,
    is_only_key: bool,
    faults: &mut Vec<ModelError>,
) -> TypeChoice {
    if let Some(sql) = &settings.sql_type {
        let enum_type = stated_enum(around, sql);
        return TypeChoice { sql_type: ColumnType { sql: sql.clone(), enum_type }, warning: None };
    }
    if let RustType::Unresolved { written, reason } = innermost(&column.rust_type) {
        faults.push(ModelError::UnresolvedType {
            table: model.name.clone(),
            column: column.name.clone(),
            written: written.clone(),
            reason: reason.clone(),
            example: any_type(around.backend.dialect()).to_owned(),
            place: column.place.clone(),
        });
        return TypeChoice::default();
    }
    let typed = TypedColumn { column, settings, enums: &around.models.enums, is_only_key };
    around.backend.column_type(&typed).unwrap_or_else(|fault| {
        faults.push(no_type(around, model, column, fault));
        TypeChoice::default()
    })
}

fn innermost(rust_type: &RustType) -> &RustType {
    match rust_type {
        RustType::Array(element) => innermost(element),
        other => other,
    }
}

fn no_type(around: &Surroundings<'_>, model: &Model, column: &ModelColumn, fault: NoType) -> ModelError {
    let dialect = around.backend.dialect();
    let help = match fault.instead {
        Some(setting) if setting.contains(" = ") => format!("add `#[column({setting})]`"),
        Some(instead) => format!("write `{instead}`"),
        None => format!("state one for it: `#[column({dialect}(sql_type = \"{}\"))]`", any_type(dialect)),
    };
    ModelError::NoColumnType {
        dialect,
        table: model.name.clone(),
        column: column.name.clone(),
        reason: fault.reason,
        help,
        place: column.place.clone(),
    }
}

/// A type that holds anything with a textual form, as an example.
fn any_type(dialect: DialectName) -> &'static str {
    match dialect {
        DialectName::Postgres => "text",
        DialectName::Sqlite => "TEXT",
        DialectName::Mysql => "varchar(255)",
    }
}

/// Returns the enum that a stated type names, if types are the database's own.
fn stated_enum(around: &Surroundings<'_>, sql: &str) -> Option<ObjectName> {
    if around.backend.dialect() != DialectName::Postgres {
        return None;
    }
    let element = sql.trim().trim_end_matches("[]").replace('"', "");
    let native = around.models.enums.iter().filter(|of| of.storage == EnumStorage::Native);
    native.map(|of| &of.name).find(|name| name.to_string() == element).cloned()
}

fn identity(
    around: &Surroundings<'_>,
    model: &Model,
    column: &ModelColumn,
    settings: &ColumnSettings,
    is_only_key: bool,
) -> Option<Identity> {
    let is_stated = settings.auto_increment.is_some() || settings.identity.is_some();
    // A key that repeats another table's, has a default or is computed gets its values from there.
    let has_source = settings.default.is_some()
        || settings.generated.is_some()
        || model.foreign_keys.iter().any(|key| key.columns.contains(&column.name));
    let numbers_itself = is_only_key && !has_source;
    (is_stated || (is_integer(&column.rust_type) && numbers_itself))
        .then(|| around.backend.identity(settings, numbers_itself))
        .flatten()
}

fn is_integer(rust_type: &RustType) -> bool {
    use RustType as T;
    matches!(rust_type, T::I8 | T::I16 | T::I32 | T::I64 | T::U8 | T::U16 | T::U32 | T::U64)
}

/// A column has one source of its values.
fn contradictions(
    model: &Model,
    column: &ModelColumn,
    settings: &ColumnSettings,
    has_identity: bool,
    faults: &mut Vec<ModelError>,
) {
    let sources = [
        (settings.generated.is_some(), "is computed"),
        (has_identity, "numbers its rows"),
        (settings.default.is_some(), "has a default"),
    ];
    let mut stated = sources.into_iter().filter(|(is_stated, _)| *is_stated).map(|(_, words)| words);
    if let (Some(one), Some(other)) = (stated.next(), stated.next()) {
        let (table, column_name) = (model.name.clone(), column.name.clone());
        faults.push(ModelError::TwoValues { table, column: column_name, one, other, place: column.place.clone() });
    }
}
