//! A world as source text, in every form that the grammar has for a thing.

use std::fmt::Write;

use crate::databases::Server;

use super::kind::Kind;
use super::world::{Check, Column, Feature, Index, Reference, Table, World};

/// Files of the workspace with their paths.
pub fn files(world: &World) -> Vec<(String, String)> {
    let manifest = |name: &str, rest: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[package.metadata.alembic]\n{rest}"
        )
    };
    let of = |feature: Feature| {
        world.tables.iter().filter(|table| table.feature == feature).map(|of| table(world, of)).collect::<String>()
    };
    let head = "use alembic_model::{Columns, Table, Values};\n\n";
    vec![
        ("alpha/Cargo.toml".to_owned(), manifest("alpha", "")),
        ("beta/Cargo.toml".to_owned(), manifest("beta", "\n[dependencies]\nalpha = { path = \"../alpha\" }\n")),
        ("alpha/src/lib.rs".to_owned(), format!("{head}{}{}pub mod tables;\n", enums(world), base(world))),
        ("alpha/src/tables.rs".to_owned(), format!("{head}use crate as alpha;\n\n{}", of(Feature::Alpha))),
        ("beta/src/lib.rs".to_owned(), format!("{head}{}", of(Feature::Beta))),
    ]
}

/// A text as a literal of Rust.
fn literal(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn enums(world: &World) -> String {
    let mut text = String::new();
    for of in &world.enums {
        let renamed: Vec<String> =
            of.renamed.iter().map(|(old, new)| format!("{} = {}", literal(old), literal(new))).collect();
        let _ = write!(text, "#[derive(sqlx::Type, Values)]\n#[sqlx(type_name = \"mood_{}\")]\n", of.id);
        if !renamed.is_empty() {
            let _ = writeln!(text, "#[table(renamed({}))]", renamed.join(", "));
        }
        let _ = writeln!(text, "pub enum Mood{} {{", of.id);
        for (number, value) in of.values.iter().enumerate() {
            let _ = writeln!(text, "    #[sqlx(rename = {})]\n    Value{number},", literal(value));
        }
        text.push_str("}\n\n");
    }
    text
}

fn base(world: &World) -> String {
    let mut text = "#[derive(Columns)]\npub struct Base {\n".to_owned();
    for (number, of) in world.base.iter().enumerate() {
        let key = (number == 0).then(|| "primary_key".to_owned());
        text.push_str(&field(of, key.into_iter().collect(), None));
    }
    text + "}\n\n"
}

fn table(world: &World, table: &Table) -> String {
    let name = |id| world.column(table, id).map(field_name).unwrap_or_default();
    let mut items = vec![format!("name = {}", literal(&table.name))];
    items.extend(table.renamed_from.as_ref().map(|old| format!("renamed_from = {}", literal(old))));
    items.extend(table.comment.as_ref().map(|comment| format!("comment = {}", literal(comment))));
    let one_key = (table.key.len() == 1 && table.id.is_multiple_of(2)).then(|| table.key[0]);
    if !table.has_base && table.key.is_empty() {
        items.push("no_primary_key".to_owned());
    } else if !table.has_base && one_key.is_none() {
        items.push(format!("primary_key({})", table.key.iter().map(|id| name(*id)).collect::<Vec<_>>().join(", ")));
    }
    items.extend(table.indexes.iter().filter(|index| !index.at_column).map(|of| index(world, table, of)));
    items.extend(table.checks.iter().filter(|check| !check.at_column).map(|of| check(world, table, of)));
    items.extend(table.references.iter().filter(|of| !of.at_column).map(|of| reference(world, table, of)));
    items.extend(table.options.iter().cloned());
    let mut text =
        format!("#[derive(Table)]\n#[table(\n    {}\n)]\npub struct Table{} {{\n", items.join(",\n    "), table.id);
    if table.has_base {
        text.push_str("    #[column(flatten)]\n    pub base: alpha::Base,\n");
    }
    for column in &table.columns {
        let key = (one_key == Some(column.id)).then(|| "primary_key".to_owned());
        let settings = key.into_iter().chain(of_column(world, table, column)).collect();
        let generated = column.generated.as_ref().map(|of| expression(world, table, &of.expression, of.of));
        text.push_str(&field(column, settings, generated));
    }
    text + "}\n\n"
}

fn column_name(world: &World, table: &Table, id: usize) -> String {
    world.column(table, id).map(|column| column.name.clone()).unwrap_or_default()
}

/// An expression with the column in it, as SQL writes its name.
fn expression(world: &World, table: &Table, text: &str, id: usize) -> String {
    let name = column_name(world, table, id);
    let is_folded = world.server == Server::Postgres && name.chars().any(|c| c.is_ascii_uppercase());
    let of = world.column(table, id).and_then(|column| world.enums.iter().find(|of| column.kind == Kind::Enum(of.id)));
    let value = of.map(|of| of.values[0].replace('\'', "''")).unwrap_or_default();
    text.replace("{value}", &value).replace("{}", &if is_folded { format!("\"{name}\"") } else { name })
}

/// Names that are no identifiers of Rust are stated.
fn field_name(column: &Column) -> String {
    if matches!(column.name.as_str(), "type" | "order") { format!("field_{}", column.id) } else { column.name.clone() }
}

fn field(column: &Column, mut settings: Vec<String>, generated: Option<String>) -> String {
    let name = field_name(column);
    if name != column.name {
        settings.push(format!("name = {}", literal(&column.name)));
    }
    settings.extend(column.renamed_from.as_ref().map(|old| format!("renamed_from = {}", literal(old))));
    settings.extend(column.comment.as_ref().map(|comment| format!("comment = {}", literal(comment))));
    settings.extend(column.kind.settings());
    settings.extend(column.default.clone());
    if let (Some(expression), Some(of)) = (generated, &column.generated) {
        settings.push(format!("generated = {}, {}", literal(&expression), of.storage));
    }
    settings.extend(column.settings.iter().cloned());
    let rust = column.kind.rust();
    let rust = if column.nullable { format!("Option<{rust}>") } else { rust };
    let attribute =
        if settings.is_empty() { String::new() } else { format!("    #[column({})]\n", settings.join(", ")) };
    format!("{attribute}    pub {name}: {rust},\n")
}

/// What stands at a column and is about more than the column.
fn of_column(world: &World, table: &Table, column: &Column) -> Vec<String> {
    let mut settings = Vec::new();
    for index in table.indexes.iter().filter(|index| index.at_column && index.keys[0].column == column.id) {
        settings.push(if index.unique { "unique" } else { "index" }.to_owned());
    }
    for check in table.checks.iter().filter(|check| check.at_column && check.column == column.id) {
        settings.push(format!("check = {}", literal(&expression(world, table, &check.expression, column.id))));
    }
    for reference in table.references.iter().filter(|of| of.at_column && of.columns == [column.id]) {
        let (target, columns) = target(world, reference);
        settings.push(format!("references = \"{target}.{}\"", columns[0]));
        settings.extend(reference.settings.iter().cloned());
    }
    settings
}

fn target(world: &World, reference: &Reference) -> (String, Vec<String>) {
    let Some(target) = world.table(reference.target) else { return Default::default() };
    let columns = reference.target_columns.iter().map(|id| column_name(world, target, *id));
    (target.name.clone(), columns.collect())
}

fn index(world: &World, table: &Table, index: &Index) -> String {
    let field = |id| world.column(table, id).map(field_name).unwrap_or_default();
    let mut items: Vec<String> = index
        .keys
        .iter()
        .map(|key| match &key.expression {
            Some(text) => format!("expr = {}", literal(&expression(world, table, text, key.column))),
            None => format!("{}{}", field(key.column), key.order),
        })
        .collect();
    let classes: Vec<String> =
        index.keys.iter().filter_map(|key| Some(format!("{} = \"{}\"", field(key.column), key.class?))).collect();
    if !classes.is_empty() {
        items.push(format!("ops({})", classes.join(", ")));
    }
    if let Some((predicate, of)) = &index.predicate {
        items.push(format!("where = {}", literal(&expression(world, table, predicate, *of))));
    }
    if !index.include.is_empty() {
        items.push(format!("include({})", index.include.iter().map(|id| field(*id)).collect::<Vec<_>>().join(", ")));
    }
    items.extend(index.settings.iter().cloned());
    format!("{}({})", if index.unique { "unique" } else { "index" }, items.join(", "))
}

fn check(world: &World, table: &Table, check: &Check) -> String {
    let expression = literal(&self::expression(world, table, &check.expression, check.column));
    match &check.name {
        // One for each database, where another spelling would do.
        Some(name) if name.ends_with("each") => {
            format!("check(name = \"{name}\", postgres = {expression}, sqlite = {expression}, mysql = {expression})")
        }
        Some(name) => format!("check(name = \"{name}\", {expression})"),
        None => format!("check({expression})"),
    }
}

fn reference(world: &World, table: &Table, reference: &Reference) -> String {
    let fields = reference.columns.iter().filter_map(|id| world.column(table, *id)).map(field_name);
    let (target, columns) = target(world, reference);
    let mut items = vec![
        format!("columns({})", fields.collect::<Vec<_>>().join(", ")),
        format!("references = \"{target}({})\"", columns.join(", ")),
    ];
    items.extend(reference.settings.iter().cloned());
    format!("foreign_key({})", items.join(", "))
}
