//! `#[table(…)]` of a struct.

use super::ast::{At, Dialect, ExtraColumn, Fault, TableItems, TableOption, Token};
use super::column::{self, ColumnReader, DIALECTS, Scope};
use super::entry::{self, Keyed, set};
use super::fault::{twice, unknown};
use super::group;

const KEYS: &[&str] = &[
    "name",
    "schema",
    "comment",
    "renamed_from",
    "primary_key",
    "no_primary_key",
    "external",
    "index",
    "unique",
    "check",
    "foreign_key",
    "extra_column",
    "postgres",
    "sqlite",
    "mysql",
    "mariadb",
];

/// Reads what stands between the parentheses of one `#[table(…)]`.
pub(super) fn read<'s>(tokens: &[Token<'s>], items: &mut TableItems<'s>, faults: &mut Vec<Fault>) {
    for keyed in entry::keyed(tokens, faults) {
        if let Err(fault) = key(&keyed, items, faults) {
            faults.push(fault);
        }
    }
}

fn key<'s>(keyed: &Keyed<'_, 's>, items: &mut TableItems<'s>, faults: &mut Vec<Fault>) -> Result<(), Fault> {
    let key = &keyed.key;
    if let Some((_, dialect)) = DIALECTS.iter().find(|(word, _)| *word == key.value) {
        return options(*dialect, keyed, items, faults);
    }
    match key.value {
        "name" => return set(&mut items.name, key, keyed.string()),
        "schema" => return set(&mut items.schema, key, keyed.string()),
        "comment" => return set(&mut items.comment, key, keyed.string()),
        "renamed_from" => return set(&mut items.renamed_from, key, keyed.string()),
        "no_primary_key" => return set(&mut items.no_primary_key, key, keyed.word()),
        "external" => return set(&mut items.external, key, keyed.word()),
        "primary_key" => {
            let names = entry::names(keyed.list("primary_key(id)")?, faults);
            if names.is_empty() {
                return Err(Fault::new(key.span, "the primary key has no column").help("write `primary_key(id)`"));
            }
            return set(&mut items.primary_key, key, Ok(At { value: names, span: key.span }));
        }
        "index" => items.indexes.push(group::index(keyed, faults)?),
        "unique" => items.uniques.push(group::unique(keyed, faults)?),
        "check" => items.checks.push(group::check(keyed, faults)?),
        "foreign_key" => items.foreign_keys.extend(group::foreign_key(keyed, faults)?),
        "extra_column" => items.extra_columns.push(extra_column(keyed, faults)?),
        other if column::is_key(other) => {
            return Err(Fault::new(key.span, format!("`{other}` is for a column"))
                .help(format!("write `{other}` in the `#[column(…)]` of a field")));
        }
        _ => return Err(unknown(key, KEYS)),
    }
    Ok(())
}

fn extra_column(keyed: &Keyed<'_, '_>, faults: &mut Vec<Fault>) -> Result<At<ExtraColumn>, Fault> {
    let span = keyed.key.span;
    let tokens = keyed.list("extra_column(name = \"…\", sql_type = \"…\")")?;
    let mut reader = ColumnReader::new(Scope::Extra, faults);
    reader.read(tokens);
    let mut column = reader.finish();
    let name = column.name.take().ok_or_else(|| {
        Fault::new(span, "the extra column has no name").help("write `extra_column(name = \"…\", sql_type = \"…\")`")
    })?;
    Ok(At { value: ExtraColumn { name, column }, span })
}

/// The options that a dialect has.
fn option_keys(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Postgres => &[],
        Dialect::Sqlite => &["strict", "without_rowid"],
        Dialect::Mysql | Dialect::Mariadb => &["engine", "charset", "collate"],
    }
}

fn options(
    dialect: Dialect,
    keyed: &Keyed<'_, '_>,
    items: &mut TableItems<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(), Fault> {
    let key = &keyed.key;
    let allowed = option_keys(dialect);
    let Some(first) = allowed.first() else {
        return Err(Fault::new(key.span, format!("tables have no options in `{}`", key.value)));
    };
    if items.dialects.iter().any(|(given, _)| given.value == dialect) {
        return Err(twice(key));
    }
    let mut options: Vec<At<TableOption>> = Vec::new();
    let engine = format_args!("{}(engine = \"InnoDB\")", key.value);
    let tokens = if *first == "strict" { keyed.list("sqlite(strict)") } else { keyed.list(engine) }?;
    for option in entry::keyed(tokens, faults) {
        match option_of(&option, allowed) {
            Ok(read) if options.iter().any(|given| same_kind(&given.value, &read.value)) => {
                faults.push(twice(&option.key));
            }
            Ok(read) => options.push(read),
            Err(fault) => faults.push(fault),
        }
    }
    items.dialects.push((At { value: dialect, span: key.span }, options));
    Ok(())
}

fn option_of(option: &Keyed<'_, '_>, allowed: &[&str]) -> Result<At<TableOption>, Fault> {
    let key = &option.key;
    let text =
        |make: fn(String) -> TableOption| option.string().map(|text| At { value: make(text.value), span: text.span });
    let word = |value: TableOption| option.word().map(|word| At { value, span: word.span });
    match key.value {
        name if !allowed.contains(&name) => Err(unknown(key, allowed)),
        "engine" => text(TableOption::Engine),
        "charset" => text(TableOption::Charset),
        "collate" => text(TableOption::Collate),
        "strict" => word(TableOption::Strict),
        "without_rowid" => word(TableOption::WithoutRowid),
        _ => Err(unknown(key, allowed)),
    }
}

fn same_kind(one: &TableOption, other: &TableOption) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}
