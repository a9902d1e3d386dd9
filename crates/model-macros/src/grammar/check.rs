//! What is wrong with the parts of one struct beside each other.
//!
//! A struct that flattens another one has columns that are not known here: what names columns is then left to the
//! reader. Read [`check`] first.

use std::borrow::Cow;

use super::ast::{
    Action, At, Derive, ExtraColumn, Fault, FieldDecl, ForeignKeyOptions, IndexItem, KeyItem, StructDecl,
};
use super::words::nearest;

/// Every fault of a struct whose text has none.
pub fn check(decl: &StructDecl<'_>) -> Vec<Fault> {
    let mut faults = check_rest(decl);
    faults.extend(missing_key(decl));
    faults
}

/// [`check`] for a struct of which parts are missing: that there is no key then says nothing.
pub(super) fn check_rest(decl: &StructDecl<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    key(decl, &mut faults);
    renames(decl, &mut faults);
    indexes(decl, &mut faults);
    foreign_keys(decl, &mut faults);
    extra_columns(decl, &mut faults);
    faults
}

fn missing_key(decl: &StructDecl<'_>) -> Option<Fault> {
    let table = &decl.table;
    let mut columns =
        decl.columns().map(|field| &field.column).chain(table.extra_columns.iter().map(|it| &it.value.column));
    let told = table.primary_key.is_some() || table.no_primary_key.is_some() || table.external.is_some();
    let needless = decl.derive == Derive::Columns || decl.flattens() || told;
    (!needless && !columns.any(|column| column.primary_key.is_some())).then(|| {
        Fault::new(decl.name.span, format!("`{}` has no primary key", decl.name.value))
            .help("write `#[column(primary_key)]` at a field, or `#[table(no_primary_key)]`")
    })
}

fn key(decl: &StructDecl<'_>, faults: &mut Vec<Fault>) {
    let table = &decl.table;
    let marked = || decl.columns().find_map(|field| field.column.primary_key.as_ref());
    if let (Some(span), Some(_)) =
        (table.primary_key.as_ref().map(|at| at.span).or(marked().map(|at| at.span)), &table.no_primary_key)
    {
        faults.push(Fault::new(span, "the table has `no_primary_key`").help("remove one of the two"));
    }
    if let (Some(_), Some(mark)) = (&table.primary_key, marked()) {
        faults.push(Fault::new(mark.span, "the primary key is in `#[table(…)]` already").help("remove one of the two"));
    }
    let listed = table.primary_key.as_ref().map(|at| at.value.as_slice()).unwrap_or_default();
    names(decl, listed, faults);
    for field in decl.columns() {
        let by_list = listed.iter().find(|name| name.value == field.name.value).map(|name| name.span);
        let Some(span) = by_list.or(field.column.primary_key.as_ref().map(|at| at.span)) else { continue };
        if let Some(nullable) = field.column.nullable.as_ref().filter(|_| by_list.is_some()) {
            faults
                .push(Fault::new(nullable.span, "columns of the primary key are never NULL").help("remove `nullable`"));
        } else if super::option_of(&field.rust_type).is_some() && field.column.not_null.is_none() {
            let message = format!("`{}` is of the primary key and an `Option`", field.name.value);
            faults.push(Fault::new(span, message).help("write the type without `Option`, or add `not_null`"));
        }
    }
}

fn renames(decl: &StructDecl<'_>, faults: &mut Vec<Fault>) {
    let table = decl.table.renamed_from.as_ref().map(|from| (from, Cow::Owned(decl.table_name())));
    let fields = decl.fields.iter().map(|field| (&field.column, field.column_name()));
    let extra = decl.table.extra_columns.iter().map(|it| (&it.value.column, it.value.name.value.as_str()));
    let columns = fields.chain(extra).filter_map(|(column, name)| Some((column.renamed_from.as_ref()?, name.into())));
    for (from, name) in table.into_iter().chain(columns) {
        if from.value == name {
            let message = format!("`{name}` is renamed from its own name");
            faults.push(Fault::new(from.span, message).help("write the name that the database has, or remove it"));
        }
    }
}

/// Tells names that no column has.
fn names(decl: &StructDecl<'_>, names: &[At<&str>], faults: &mut Vec<Fault>) {
    if !decl.flattens() {
        let mut seen: Vec<&str> = Vec::new();
        for name in names {
            faults.extend(unknown_column(decl, name));
            if seen.contains(&name.value) {
                faults.push(Fault::new(name.span, format!("`{}` is named twice", name.value)));
            }
            seen.push(name.value);
        }
    }
}

fn unknown_column(decl: &StructDecl<'_>, name: &At<&str>) -> Option<Fault> {
    let extra = decl.table.extra_columns.iter().map(|it| it.value.name.value.as_str());
    let known = decl.columns().map(|field| field.name.value).chain(extra);
    if decl.flattens() || known.clone().any(|known| known == name.value) {
        return None;
    }
    let skipped = decl.fields.iter().any(|field| field.name.value == name.value);
    let message = match skipped {
        true => format!("the field `{}` is skipped", name.value),
        false => format!("`{}` has no field `{}`", decl.name.value, name.value),
    };
    let fault = Fault::new(name.span, message);
    let known: Vec<&str> = known.collect();
    Some(match (skipped, nearest(name.value, &known)) {
        (true, _) => fault.help("remove `skip` there, or the name here"),
        (false, Some(near)) => fault.help(format!("write `{near}`")),
        (false, None) if known.is_empty() => fault,
        (false, None) => fault.help(format!("write one of `{}`", known.join("`, `"))),
    })
}

fn indexes(decl: &StructDecl<'_>, faults: &mut Vec<Fault>) {
    let mut given: Vec<&str> = Vec::new();
    let table = &decl.table;
    for index in table.indexes.iter().chain(&table.uniques) {
        let index = &index.value;
        let keys = key_names(index);
        names(decl, &keys, faults);
        names(decl, &index.include, faults);
        let parts = index.ops.iter().map(|(name, _)| name).chain(index.len.iter().map(|(name, _)| name));
        faults.extend(
            parts
                .filter(|name| !keys.iter().any(|key| key.value == name.value))
                .map(|name| Fault::new(name.span, format!("`{}` is no key of this index", name.value))),
        );
        once(&mut given, index.name.as_ref(), faults);
    }
    let mut given: Vec<&str> = Vec::new();
    table.checks.iter().for_each(|check| once(&mut given, check.value.name.as_ref(), faults));
}

fn key_names<'s>(index: &IndexItem<'s>) -> Vec<At<&'s str>> {
    let field = |key: &At<KeyItem<'s>>| match key.value {
        KeyItem::Field { name, .. } => Some(At { value: name, span: key.span }),
        KeyItem::Expression(_) => None,
    };
    index.keys.iter().filter_map(field).collect()
}

fn once<'d>(given: &mut Vec<&'d str>, name: Option<&'d At<String>>, faults: &mut Vec<Fault>) {
    let Some(name) = name else { return };
    if given.contains(&name.value.as_str()) {
        faults.push(
            Fault::new(name.span, format!("the name `{}` is given twice", name.value)).help("write another name"),
        );
    }
    given.push(&name.value);
}

fn foreign_keys(decl: &StructDecl<'_>, faults: &mut Vec<Fault>) {
    for field in decl.columns() {
        let column = &field.column;
        if let Some(reference) = column.references.as_ref().filter(|at| at.value.columns.len() != 1) {
            faults.push(
                Fault::new(reference.span, "one field references one column")
                    .help("write `#[table(foreign_key(columns(…), references = \"…\"))]`"),
            );
        }
        set_null(&column.foreign_key, std::iter::once(field), faults);
    }
    for key in decl.table.foreign_keys.iter().map(|at| &at.value) {
        names(decl, &key.columns, faults);
        let (own, other) = (key.columns.len(), key.references.value.columns.len());
        if own != other {
            let message = format!("a foreign key of {own} columns references {other}");
            faults.push(Fault::new(key.references.span, message));
        }
        let of_key = |field: &&FieldDecl<'_>| key.columns.iter().any(|name| name.value == field.name.value);
        set_null(&key.options, decl.columns().filter(of_key), faults);
    }
}

fn set_null<'d>(options: &ForeignKeyOptions, fields: impl Iterator<Item = &'d FieldDecl<'d>>, faults: &mut Vec<Fault>) {
    let actions = [&options.on_delete, &options.on_update];
    let Some(action) = actions.into_iter().flatten().find(|at| at.value == Action::SetNull) else { return };
    // Of a column that is nullable in some databases, each database is asked by itself.
    let by_dialect = |field: &&FieldDecl| field.column.dialects.iter().any(|(_, items)| items.nullable.is_some());
    faults.extend(fields.filter(|field| !field.is_nullable() && !by_dialect(field)).map(|field| {
        Fault::new(action.span, format!("`{}` is never NULL", field.name.value))
            .help("write its type as `Option<…>`, or another action")
    }));
}

fn extra_columns(decl: &StructDecl<'_>, faults: &mut Vec<Fault>) {
    for extra in &decl.table.extra_columns {
        let ExtraColumn { name, column } = &extra.value;
        let by_dialect = column.dialects.iter().any(|(_, items)| items.sql_type.is_some());
        if column.sql_type.is_none() && !by_dialect {
            let message = format!("the extra column `{}` has no type", name.value);
            faults.push(Fault::new(name.span, message).help("write `sql_type = \"…\"`"));
        }
        if let Some(field) = decl.columns().find(|field| field.column_name() == name.value) {
            let message = format!("the field `{}` is the column `{}` already", field.name.value, name.value);
            faults.push(Fault::new(name.span, message));
        }
    }
}
