//! The grammar's words as the model's: dialects, actions, options, settings of a column.

use alembic_schema::model::{
    ColumnSettings, DefaultValue, IdentityKind, ModelDialect, RustType, TableOption as ModelOption,
};
use alembic_schema::schema;

use crate::grammar::ast;

pub fn dialect(dialect: ast::Dialect) -> ModelDialect {
    match dialect {
        ast::Dialect::Postgres => ModelDialect::Postgres,
        ast::Dialect::Sqlite => ModelDialect::Sqlite,
        ast::Dialect::Mysql => ModelDialect::Mysql,
        ast::Dialect::Mariadb => ModelDialect::Mariadb,
    }
}

pub fn option(option: &ast::TableOption) -> ModelOption {
    match option {
        ast::TableOption::Engine(engine) => ModelOption::Engine(engine.clone()),
        ast::TableOption::Charset(charset) => ModelOption::Charset(charset.clone()),
        ast::TableOption::Collate(collation) => ModelOption::Collate(collation.clone()),
        ast::TableOption::Strict => ModelOption::Strict,
        ast::TableOption::WithoutRowid => ModelOption::WithoutRowid,
    }
}

pub fn action(action: Option<&ast::At<ast::Action>>) -> schema::Action {
    match action.map(|action| action.value) {
        None | Some(ast::Action::NoAction) => schema::Action::NoAction,
        Some(ast::Action::Cascade) => schema::Action::Cascade,
        Some(ast::Action::Restrict) => schema::Action::Restrict,
        Some(ast::Action::SetNull) => schema::Action::SetNull,
        Some(ast::Action::SetDefault) => schema::Action::SetDefault,
    }
}

pub fn deferrable(deferrable: Option<&ast::At<ast::Deferrable>>) -> schema::Deferrable {
    match deferrable.map(|deferrable| deferrable.value) {
        None => schema::Deferrable::No,
        Some(ast::Deferrable::Immediate) => schema::Deferrable::Immediate,
        Some(ast::Deferrable::Deferred) => schema::Deferrable::Deferred,
    }
}

pub fn nulls(nulls: Option<ast::NullsItem>) -> schema::Nulls {
    match nulls {
        None => schema::Nulls::Default,
        Some(ast::NullsItem::First) => schema::Nulls::First,
        Some(ast::NullsItem::Last) => schema::Nulls::Last,
    }
}

/// Returns the settings of a column for all dialects.
pub fn settings(items: &ast::ColumnItems) -> ColumnSettings {
    let text = |text: &Option<ast::At<String>>| text.as_ref().map(|text| text.value.clone());
    let number = |number: &Option<ast::At<u64>>| number.as_ref().map(|number| number.value);
    let storage = items.storage.as_ref().map(|storage| match storage.value {
        ast::Storage::Stored => schema::Storage::Stored,
        ast::Storage::Virtual => schema::Storage::Virtual,
    });
    ColumnSettings {
        auto_increment: items.auto_increment.as_ref().map(|setting| setting.value),
        identity: items.identity.as_ref().map(|identity| match identity.value {
            ast::Identity::Always => IdentityKind::Always,
            ast::Identity::ByDefault => IdentityKind::ByDefault,
        }),
        nullable: None,
        default: default(items),
        sql_type: text(&items.sql_type),
        len: number(&items.len),
        precision: number(&items.precision),
        scale: number(&items.scale),
        check: text(&items.check),
        collate: text(&items.collate),
        generated: text(&items.generated).map(|expression| (expression, storage)),
        comment: text(&items.comment),
    }
}

/// Returns what the dialects see otherwise.
pub fn overrides(items: &ast::ColumnItems) -> Vec<(ModelDialect, ColumnSettings)> {
    let one = |(name, items): &(ast::At<ast::Dialect>, ast::Column)| {
        let nullable = match (&items.nullable, &items.not_null) {
            (Some(_), _) => Some(true),
            (None, Some(_)) => Some(false),
            (None, None) => None,
        };
        (dialect(name.value), ColumnSettings { nullable, ..settings(items) })
    };
    items.dialects.iter().map(one).collect()
}

fn default(items: &ast::ColumnItems) -> Option<DefaultValue> {
    if let Some(value) = &items.default_value {
        return Some(DefaultValue::Value(value.value.clone()));
    }
    items.default.as_ref().map(|default| match &default.value {
        ast::DefaultItem::Number(number) => DefaultValue::Number(number.clone()),
        ast::DefaultItem::Bool(value) => DefaultValue::Bool(*value),
        ast::DefaultItem::Expression(expression) => DefaultValue::Expression(expression.clone()),
    })
}

/// Returns the enum that a type, or the type of its elements, is.
pub fn enum_of(rust_type: &RustType) -> Option<usize> {
    match rust_type {
        RustType::Enum(index) => Some(*index),
        RustType::Array(element) => enum_of(element),
        _ => None,
    }
}
