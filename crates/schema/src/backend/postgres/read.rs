//! From the rows of the catalogue to a schema.
//!
//! Reads every row that the query can give; what it does not know is named in the error. Read [`read`] first.

use alembic_revisions::DialectName;
use serde_json::Value;

use super::inspect::{each_text, scratch_name};
use super::tokens::renamed;
use crate::backend::ink::Ink;
use crate::backend::{Place, Row, Scope, Unreadable};
use crate::schema::{
    Action, Check, Column, ColumnType, Deferrable, EnumType, ForeignKey, Generated, Identity, Index, IndexKey,
    IndexPart, Name, Nulls, ObjectName, Order, PrimaryKey, Schema, Storage, Table, Trigger, Unique, View,
};

const INK: Ink = Ink(DialectName::Postgres);

pub(super) fn read(scope: &Scope, rows: &[Row]) -> Result<Schema, Unreadable> {
    let mut schema = Schema::default();
    for row in rows {
        let [Some(kind), namespace, Some(name), Some(body)] = row.as_slice() else {
            return Err(Unreadable { reason: format!("a row of {} values instead of 4", row.len()) });
        };
        let name = ObjectName { schema: namespace.clone(), name: name.clone() };
        let body: Value = serde_json::from_str(body)
            .map_err(|error| Unreadable { reason: format!("the row of {kind} `{name}` is no JSON: {error}") })?;
        read_object(&mut schema, kind, name, &body)?;
    }
    Ok(match &scope.place {
        Place::Live => schema,
        Place::Scratch(tables) => at_home(schema, tables),
    })
}

fn read_object(schema: &mut Schema, kind: &str, name: ObjectName, body: &Value) -> Result<(), Unreadable> {
    match kind {
        "table" => {
            schema.tables.insert(name.clone(), table(name, body)?);
        }
        "enum" => {
            let values = strings(body);
            schema.enums.insert(name.clone(), EnumType { name, values });
        }
        "view" => {
            schema.views.insert(name.clone(), view(name, body));
        }
        _ => return Err(Unreadable { reason: format!("`{name}` is of the unknown kind `{kind}`") }),
    }
    Ok(())
}

fn table(name: ObjectName, body: &Value) -> Result<Table, Unreadable> {
    let mut table = Table { name, comment: text(body, "comment"), ..Table::default() };
    for column in list(body, "columns") {
        table.columns.push(read_column(column));
    }
    for constraint in list(body, "constraints") {
        read_constraint(&mut table, constraint)?;
    }
    table.indexes = list(body, "indexes").iter().map(index).collect();
    for trigger in list(body, "triggers") {
        table.triggers.push(Trigger { name: word(trigger, "name"), sql: word(trigger, "sql") });
    }
    Ok(table)
}

fn read_column(column: &Value) -> Column {
    let expression = text(column, "expression");
    let storage = match word(column, "generated").as_str() {
        "s" => Some(Storage::Stored),
        "v" => Some(Storage::Virtual),
        _ => None,
    };
    let sequence = object(&column["sequence"])
        .filter(|_| expression.as_deref().is_some_and(|default| default.starts_with("nextval(")));
    let identity = match (word(column, "identity").as_str(), sequence) {
        ("a", _) => Some(Identity::Always),
        ("d", _) => Some(Identity::ByDefault),
        (_, Some(sequence)) => Some(Identity::Serial { sequence }),
        _ => None,
    };
    let is_default = storage.is_none() && !matches!(identity, Some(Identity::Serial { .. }));
    Column {
        name: word(column, "name"),
        sql_type: ColumnType { sql: word(column, "type"), enum_type: object(&column["enum"]) },
        nullable: !flag(column, "not_null"),
        default: expression.clone().filter(|_| is_default),
        generated: storage.and_then(|storage| expression.map(|expression| Generated { expression, storage })),
        identity,
        collation: text(column, "collation"),
        comment: text(column, "comment"),
    }
}

fn read_constraint(table: &mut Table, constraint: &Value) -> Result<(), Unreadable> {
    let name = Name::Stated(word(constraint, "name"));
    let columns = strings(&constraint["columns"]);
    let deferrable = match (flag(constraint, "deferrable"), flag(constraint, "deferred")) {
        (false, _) => Deferrable::No,
        (true, false) => Deferrable::Immediate,
        (true, true) => Deferrable::Deferred,
    };
    let nulls_not_distinct = flag(constraint, "nulls_not_distinct");
    match word(constraint, "kind").as_str() {
        "p" => table.primary_key = Some(PrimaryKey { name, columns }),
        "u" => table.uniques.push(Unique { name, columns, nulls_not_distinct, deferrable }),
        "c" => table.checks.push(Check { name, expression: word(constraint, "expression") }),
        "f" => table.foreign_keys.push(ForeignKey {
            name,
            columns,
            references: object(&constraint["references"]).ok_or_else(|| Unreadable {
                reason: format!("a foreign key of `{}` references no table", table.name),
            })?,
            referenced_columns: strings(&constraint["referenced"]),
            on_delete: action(&word(constraint, "on_delete")),
            on_update: action(&word(constraint, "on_update")),
            deferrable,
        }),
        kind => {
            let reason = format!("a constraint of `{}` is of the unknown kind `{kind}`", table.name);
            return Err(Unreadable { reason });
        }
    }
    Ok(())
}

fn action(letter: &str) -> Action {
    match letter {
        "r" => Action::Restrict,
        "c" => Action::Cascade,
        "n" => Action::SetNull,
        "d" => Action::SetDefault,
        _ => Action::NoAction,
    }
}

fn index(index: &Value) -> Index {
    Index {
        name: Name::Stated(word(index, "name")),
        keys: list(index, "keys").iter().map(key).collect(),
        unique: flag(index, "unique"),
        method: text(index, "method"),
        predicate: text(index, "predicate"),
        include: strings(&index["include"]),
        nulls_not_distinct: flag(index, "nulls_not_distinct"),
        concurrently: false,
    }
}

fn key(key: &Value) -> IndexKey {
    let part = match text(key, "expression") {
        Some(expression) => IndexPart::Expression(expression),
        None => IndexPart::Column(word(key, "column")),
    };
    let (order, nulls) = match (flag(key, "descending"), flag(key, "nulls_first")) {
        (false, false) => (Order::Ascending, Nulls::Default),
        (false, true) => (Order::Ascending, Nulls::First),
        (true, false) => (Order::Descending, Nulls::Last),
        (true, true) => (Order::Descending, Nulls::Default),
    };
    IndexKey { part, order, nulls, operator_class: text(key, "class"), collation: text(key, "collation"), length: None }
}

fn view(name: ObjectName, body: &Value) -> View {
    let materialized = if flag(body, "materialized") { "MATERIALIZED " } else { "" };
    let options = text(body, "options").map_or_else(String::new, |options| format!(" WITH ({options})"));
    let query = word(body, "query");
    let query = query.trim().trim_end_matches(';');
    let sql = format!("CREATE {materialized}VIEW {}{options} AS\n{query}", INK.object(&name));
    View { name, sql, reads: list(body, "reads").iter().filter_map(object).collect() }
}

/// Gives scratch tables and types the names that they have outside.
fn at_home(mut schema: Schema, tables: &[ObjectName]) -> Schema {
    let found = std::mem::take(&mut schema.tables);
    for name in tables {
        if let Some(table) = found.get(&ObjectName::new(scratch_name(name))) {
            schema.tables.insert(name.clone(), Table { name: name.clone(), ..table.clone() });
        }
    }
    let qualified: Vec<(String, ObjectName)> = schema
        .enums
        .keys()
        .filter_map(|found| {
            let (namespace, name) = found.name.split_once('.')?;
            let outside = ObjectName { schema: Some(namespace.to_owned()), name: name.to_owned() };
            Some((found.name.clone(), outside))
        })
        .collect();
    for (inside, outside) in &qualified {
        rename_type(&mut schema, inside, outside);
    }
    schema
}

fn rename_type(schema: &mut Schema, inside: &str, outside: &ObjectName) {
    let to = INK.object(outside);
    if let Some(declared) = schema.enums.remove(&ObjectName::new(inside)) {
        schema.enums.insert(outside.clone(), EnumType { name: outside.clone(), values: declared.values });
    }
    for table in schema.tables.values_mut() {
        for column in &mut table.columns {
            if column.sql_type.enum_type.as_ref().is_some_and(|name| name.schema.is_none() && name.name == inside) {
                column.sql_type.enum_type = Some(outside.clone());
            }
        }
        each_text(table, &mut |text| *text = renamed(text, &[inside], &to));
    }
}

fn list<'v>(value: &'v Value, field: &str) -> &'v [Value] {
    value[field].as_array().map_or(&[], Vec::as_slice)
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn text(value: &Value, field: &str) -> Option<String> {
    value[field].as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn word(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

fn flag(value: &Value, field: &str) -> bool {
    value[field].as_bool().unwrap_or_default()
}

/// `[schema, name]`, the schema being null for that of unqualified names.
fn object(value: &Value) -> Option<ObjectName> {
    let schema = value.get(0)?.as_str().map(str::to_owned);
    Some(ObjectName { schema, name: value.get(1)?.as_str()?.to_owned() })
}
