//! Structs and enums as source text, in every form that the grammar has for a thing; their files are `layout`'s.

use std::fmt::Write;

use crate::databases::Server;

use super::kind::Kind;
use super::spelling::{self, Forms, PREFIX, Role};
use super::world::{Check, Column, Enum, Index, Reference, Table, World};

/// A text as a literal of Rust.
fn literal(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The enums that worlds have of their own.
pub fn enums(world: &World) -> String {
    world.enums.iter().map(|of| one_enum(world, of)).collect()
}

fn one_enum(world: &World, of: &Enum) -> String {
    let forms = Forms::of(world, of.id);
    let mut items: Vec<String> = of.schema.map(|schema| format!("schema = {}", literal(schema))).into_iter().collect();
    if !of.renamed.is_empty() {
        let is_word = |text: &str| text.chars().all(|c| c.is_ascii_alphabetic());
        let word = |text: &String| if is_word(text) { text.clone() } else { literal(text) };
        let renamed = of.renamed.iter().map(|(old, new)| format!("{} = {}", word(old), literal(new)));
        items.push(format!("renamed({})", renamed.collect::<Vec<_>>().join(", ")));
    }
    let mut text = "#[derive(sqlx::Type, Values)]\n".to_owned();
    if forms.says("name", 50) {
        items.push(format!("name = \"mood_{}\"", of.id));
    } else {
        let _ = writeln!(text, "#[sqlx(type_name = \"mood_{}\")]", of.id);
    }
    let has_case = forms.says("rename_all", 50);
    if has_case {
        text.push_str("#[sqlx(rename_all = \"lowercase\")]\n");
    }
    if !items.is_empty() {
        let _ = writeln!(text, "{}", forms.mode().attribute(&format!("table({})", items.join(", "))));
    }
    let _ = writeln!(text, "pub enum Mood{} {{", of.id);
    for (number, value) in of.values.iter().enumerate() {
        if has_case && value.chars().all(|c| c.is_ascii_lowercase()) {
            let _ = writeln!(text, "    {}{},", value[..1].to_uppercase(), &value[1..]);
        } else {
            let _ = writeln!(text, "    #[sqlx(rename = {})]\n    Value{number},", literal(value));
        }
    }
    text + "}\n\n"
}

/// What tables flatten.
pub fn base(world: &World) -> String {
    let fields = world.base.iter().enumerate().map(|(number, of)| {
        let key = (number == 0).then(|| "primary_key".to_owned());
        field(world, None, of, key.into_iter().collect(), None)
    });
    format!("#[derive(Columns)]\npub struct Base {{\n{}}}\n\n", fields.collect::<String>())
}

/// A table, behind the struct with the columns that have a prefix.
pub fn table(world: &World, table: &Table) -> String {
    let forms = Forms::of(world, table.id);
    let mode = forms.mode();
    let mut text = part(world, table);
    let _ = writeln!(text, "{}", mode.attribute("derive(Table)"));
    let mut items = items(world, table);
    let more = if forms.says("several", 30) { items.split_off(items.len() / 2) } else { Vec::new() };
    for items in [items, more].iter().filter(|items| !items.is_empty()) {
        let _ = writeln!(text, "{}", mode.attribute(&format!("table(\n    {}\n)", items.join(",\n    "))));
    }
    if let Some(case) = spelling::case(world, table) {
        let _ = writeln!(text, "#[sqlx(rename_all = \"{case}\")]");
    }
    let _ = writeln!(text, "pub struct {} {{", struct_name(world, table));
    if table.has_base {
        let flatten =
            forms.pick("flatten", &["#[column(flatten)]", "#[sqlx(flatten)]", "#[column(flatten)] #[sqlx(flatten)]"]);
        let _ = writeln!(text, "    {flatten}\n    pub base: alpha::Base,");
    }
    let own = |column: &&Column| !spelling::is_in_part(column) && !column.is_extra;
    table.columns.iter().filter(own).for_each(|column| text.push_str(&of_table(world, table, column)));
    if table.columns.iter().any(spelling::is_in_part) {
        let _ = writeln!(text, "    #[column(flatten, prefix = \"{PREFIX}\")]\n    pub part: Part{},", table.id);
    }
    if forms.says("skip", 20) {
        let skip = forms.pick("skipped", &["#[column(skip)]", "#[sqlx(skip)]"]);
        let _ = writeln!(text, "    {skip}\n    pub cached: Vec<Unknown>,");
    }
    text + "}\n\n"
}

fn part(world: &World, table: &Table) -> String {
    let columns = table.columns.iter().filter(|column| spelling::is_in_part(column));
    let fields: String = columns.map(|column| of_table(world, table, column)).collect();
    if fields.is_empty() {
        return fields;
    }
    let derive = Forms::of(world, table.id).mode().attribute("derive(Columns)");
    format!("{derive}\npub struct Part{} {{\n{fields}}}\n\n", table.id)
}

/// The struct whose name is the table's, if there can be one.
fn struct_name(world: &World, table: &Table) -> String {
    if is_named_by_struct(world, table) { format!("Quest{}", table.id) } else { format!("Table{}", table.id) }
}

fn is_named_by_struct(world: &World, table: &Table) -> bool {
    table.name == format!("quest{}", table.id) && Forms::of(world, table.id).says("struct", 70)
}

fn items(world: &World, table: &Table) -> Vec<String> {
    let name = |id| world.column(table, id).map(|of| field_name(world, table, of)).unwrap_or_default();
    let mut items = Vec::new();
    if !is_named_by_struct(world, table) {
        items.push(format!("name = {}", literal(&table.name)));
    }
    items.extend(table.schema.map(|schema| format!("schema = {}", literal(schema))));
    items.extend(table.is_external.then(|| "external".to_owned()));
    items.extend(table.renamed_from.as_ref().map(|old| format!("renamed_from = {}", literal(old))));
    items.extend(table.comment.as_ref().map(|comment| format!("comment = {}", literal(comment))));
    if !table.has_base && table.key.is_empty() {
        items.push("no_primary_key".to_owned());
    } else if !table.has_base && marked_key(table).is_none() {
        items.push(format!("primary_key({})", table.key.iter().map(|id| name(*id)).collect::<Vec<_>>().join(", ")));
    }
    items.extend(
        table.indexes.iter().filter(|of| !of.at_column && of.group.is_none()).map(|of| index(world, table, of)),
    );
    items.extend(table.checks.iter().filter(|check| !check.at_column).map(|of| check(world, table, of)));
    items.extend(table.references.iter().filter(|of| !of.at_column).map(|of| reference(world, table, of)));
    items.extend(table.columns.iter().filter(|of| of.is_extra).map(|of| of_table(world, table, of)));
    items.extend(table.options.iter().cloned());
    items.extend(Forms::of(world, table.id).unheard_option().map(str::to_owned));
    items
}

/// The key that stands at its only column.
fn marked_key(table: &Table) -> Option<usize> {
    (table.key.len() == 1 && table.id.is_multiple_of(2)).then(|| table.key[0])
}

fn of_table(world: &World, table: &Table, column: &Column) -> String {
    let key = (marked_key(table) == Some(column.id)).then(|| "primary_key".to_owned());
    let settings = key.into_iter().chain(of_column(world, table, column)).collect();
    let generated = column.generated.as_ref().map(|of| expression(world, table, &of.expression, of.of));
    field(world, Some(table), column, settings, generated)
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

fn field_name(world: &World, table: &Table, column: &Column) -> String {
    spelling::field_name(world, Some(table), column)
}

fn field(
    world: &World,
    table: Option<&Table>,
    column: &Column,
    mut settings: Vec<String>,
    generated: Option<String>,
) -> String {
    let forms = Forms::of(world, column.id);
    let role = match table {
        Some(table) if table.key.contains(&column.id) => Role::Key,
        Some(table) if world.is_reference(table, column.id) => Role::Reference,
        None if settings.iter().any(|of| of == "primary_key") => Role::Key,
        _ => Role::Plain,
    };
    settings.extend(column.renamed_from.as_ref().map(|old| format!("renamed_from = {}", literal(old))));
    settings.extend(column.comment.as_ref().map(|comment| format!("comment = {}", literal(comment))));
    settings.extend(column.kind.settings());
    settings.extend(column.default.clone());
    if let (Some(expression), Some(of)) = (generated, &column.generated) {
        let storage = if of.storage.is_empty() { String::new() } else { format!(", {}", of.storage) };
        settings.push(format!("generated = {}{storage}", literal(&expression)));
    }
    settings.extend(column.settings.iter().cloned());
    if column.is_extra {
        settings.extend((!column.nullable).then(|| "not_null".to_owned()));
        let settings = forms.in_blocks(settings).join(", ");
        return format!("extra_column(name = {}, {settings})", literal(&column.name));
    }
    let (name, rename) = spelling::stated_name(world, table, column);
    let typed = forms.typed(column, role);
    settings.extend(typed.settings);
    let settings: Vec<String> = name.into_iter().chain(forms.in_blocks(settings)).collect();
    let mut text = String::new();
    for sqlx in rename.into_iter().chain(typed.sqlx) {
        let _ = writeln!(text, "    #[sqlx({sqlx})]");
    }
    let mode = forms.mode();
    let halves = settings.split_at(if forms.says("several", 20) { settings.len() / 2 } else { 0 });
    for settings in [halves.0, halves.1].iter().filter(|settings| !settings.is_empty()) {
        let _ = writeln!(text, "    {}", mode.attribute(&format!("column({})", settings.join(", "))));
    }
    let _ = writeln!(text, "    pub {}: {},", spelling::field_name(world, table, column), typed.rust);
    text
}

/// What stands at a column and is about more than the column.
fn of_column(world: &World, table: &Table, column: &Column) -> Vec<String> {
    let mut settings = Vec::new();
    for index in table.indexes.iter().filter(|index| index.at_column && index.keys[0].column == column.id) {
        settings.push(if index.unique { "unique" } else { "index" }.to_owned());
    }
    for index in table.indexes.iter().filter(|index| index.keys.iter().any(|key| key.column == column.id)) {
        let word = if index.unique { "unique" } else { "index" };
        settings.extend(index.group.as_ref().map(|group| format!("{word} = {}", literal(group))));
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
    (target.full_name(), columns.collect())
}

fn index(world: &World, table: &Table, index: &Index) -> String {
    let field = |id| world.column(table, id).map(|of| field_name(world, table, of)).unwrap_or_default();
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
    let lengths: Vec<String> =
        index.keys.iter().filter_map(|key| Some(format!("{} = {}", field(key.column), key.len?))).collect();
    if !lengths.is_empty() {
        items.push(format!("len({})", lengths.join(", ")));
    }
    if let Some((predicate, of)) = &index.predicate {
        items.push(format!("where = {}", literal(&expression(world, table, predicate, *of))));
    }
    if !index.include.is_empty() {
        items.push(format!("include({})", index.include.iter().map(|id| field(*id)).collect::<Vec<_>>().join(", ")));
    }
    items.extend(index.settings.iter().cloned());
    let is_stated = |word: &str| index.settings.iter().any(|of| of.split(' ').next() == word.split(' ').next());
    let unheard = index.keys.first().and_then(|key| Forms::of(world, key.column).unheard());
    items.extend(unheard.filter(|word| !is_stated(word)).map(str::to_owned));
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
    let fields =
        reference.columns.iter().filter_map(|id| world.column(table, *id)).map(|of| field_name(world, table, of));
    let (target, columns) = target(world, reference);
    let mut items = vec![
        format!("columns({})", fields.collect::<Vec<_>>().join(", ")),
        format!("references = \"{target}({})\"", columns.join(", ")),
    ];
    items.extend(reference.settings.iter().cloned());
    format!("foreign_key({})", items.join(", "))
}
