//! From the rows of the catalogue to a schema.
//!
//! Reads what [`inspect`](super::inspect) asks for, and for scratch tables what [`show_create`](super::show_create)
//! finds. Nothing is normalized here but what only the catalogue's own ways explain. Read [`schema`] first.

use std::collections::{BTreeMap, BTreeSet};

use alembic_revisions::DialectName;

use super::lex::{Token, literal, tokens};
use super::sql_type::{Family, SqlType, charset_name};
use super::{Flavor, show_create};
use crate::backend::ink::Ink;
use crate::backend::{Row, Unreadable};
use crate::schema::{
    Action, Check, Column, ColumnType, ForeignKey, Generated, Identity, Index, IndexKey, IndexPart, Name, ObjectName,
    Order, Schema, Storage, Table, TableOptions, Trigger, View,
};

/// A table with what is not in its final place yet.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub table: Table,
    /// Checks that MariaDB keeps with a column: its name, if it is still right, and the expression.
    pub column_checks: Vec<(String, String)>,
}

/// A row whose values are taken by their place.
struct Values<'r> {
    row: &'r Row,
    object: String,
}

impl<'r> Values<'r> {
    fn optional(&self, at: usize) -> Option<&'r str> {
        self.row.get(at).and_then(Option::as_deref)
    }

    fn text(&self, at: usize) -> Result<&'r str, Unreadable> {
        self.optional(at).ok_or_else(|| Unreadable { reason: format!("`{}` lacks a value ({at})", self.object) })
    }

    fn number<N: std::str::FromStr>(&self, at: usize) -> Result<N, Unreadable> {
        let text = self.text(at)?;
        text.parse().map_err(|_| Unreadable { reason: format!("`{text}` of `{}` is no number", self.object) })
    }

    fn name(&self, schema: usize, name: usize) -> Result<ObjectName, Unreadable> {
        Ok(ObjectName { schema: self.optional(schema).map(str::to_owned), name: self.text(name)?.to_owned() })
    }
}

/// Returns the schema of the rows of an inspection.
pub(super) fn schema(rows: &[Row], flavor: Flavor) -> Result<Schema, Unreadable> {
    let mut by_kind: BTreeMap<&str, Vec<Values<'_>>> = BTreeMap::new();
    for row in rows {
        let value = |at: usize| row.get(at).and_then(Option::as_deref).unwrap_or_default();
        by_kind.entry(value(0)).or_default().push(Values { row, object: value(2).to_owned() });
    }
    let mut take = |kind| by_kind.remove(kind).unwrap_or_default();
    let mut found = BTreeMap::new();
    for row in take("T") {
        let name = row.name(1, 2)?;
        found.insert(name.clone(), Found { table: table(&row, name), ..Found::default() });
    }
    for (kind, add) in PARTS {
        let mut rows = take(kind);
        let numbered = matches!(*kind, "C" | "I" | "F");
        if numbered {
            let mut keyed = Vec::with_capacity(rows.len());
            for row in rows {
                keyed.push((row.number::<u64>(4)?, row));
            }
            keyed.sort_by_key(|(number, _)| *number);
            rows = keyed.into_iter().map(|(_, row)| row).collect();
        }
        for row in &rows {
            // Columns of views and sequences have no table here.
            if let Some(found) = found.get_mut(&row.name(1, 2)?) {
                add(row, found, flavor)?;
            }
        }
    }
    let tables = found.into_iter().map(|(name, found)| (name, folded(found))).collect();
    let mut schema = Schema { tables, ..Schema::default() };
    let database = take("D").iter().find_map(|row| row.optional(2).filter(|_| row.optional(1).is_none()));
    for row in take("V") {
        let view = view(&row, database, &schema)?;
        schema.views.insert(view.name.clone(), view);
    }
    Ok(schema)
}

/// Adds what a row tells to its table.
type Add = fn(&Values<'_>, &mut Found, Flavor) -> Result<(), Unreadable>;

/// Kinds of rows in the order in which they are read; those of several rows come by their number.
const PARTS: &[(&str, Add)] = &[("C", column), ("I", index_key), ("F", foreign_key), ("K", check), ("G", trigger)];

fn table(row: &Values<'_>, name: ObjectName) -> Table {
    Table {
        name,
        comment: row.optional(5).filter(|comment| !comment.is_empty()).map(str::to_owned),
        options: TableOptions {
            engine: row.optional(3).map(str::to_owned),
            collate: row.optional(4).map(charset_name),
            ..TableOptions::default()
        },
        ..Table::default()
    }
}

fn column(row: &Values<'_>, found: &mut Found, flavor: Flavor) -> Result<(), Unreadable> {
    let sql_type = row.text(5)?;
    let extra = row.optional(8).unwrap_or_default();
    let words = tokens(extra);
    let has = |word: &str| words.iter().any(|token| token.is_word(word));
    let mut default = row.optional(7).map(|text| match flavor {
        Flavor::Mariadb => text.to_owned(),
        Flavor::Mysql if has("default_generated") => unescaped(text),
        Flavor::Mysql => mysql_literal(text, sql_type),
    });
    if let Some(at) = extra.to_ascii_lowercase().find("on update") {
        let value = default.unwrap_or_else(|| "NULL".to_owned());
        default = Some(format!("{value} {}", &extra[at..]));
    }
    let generated = row.optional(9).filter(|expression| !expression.is_empty()).map(|expression| Generated {
        expression: match flavor {
            Flavor::Mariadb => expression.to_owned(),
            Flavor::Mysql => unescaped(expression),
        },
        storage: if has("stored") || has("persistent") { Storage::Stored } else { Storage::Virtual },
    });
    found.table.columns.push(Column {
        name: row.text(3)?.to_owned(),
        sql_type: ColumnType::new(if has("invisible") { format!("{sql_type} invisible") } else { sql_type.to_owned() }),
        nullable: row.text(6)? == "YES",
        default: default.filter(|_| generated.is_none()),
        generated,
        identity: has("auto_increment").then_some(Identity::AutoIncrement),
        collation: row.optional(10).map(charset_name),
        comment: row.optional(11).filter(|comment| !comment.is_empty()).map(str::to_owned),
    });
    Ok(())
}

/// MySQL shows the bare value of a literal.
fn mysql_literal(text: &str, sql_type: &str) -> String {
    match SqlType::of(sql_type).family() {
        Family::Boolean | Family::Integer | Family::Decimal | Family::Float | Family::Bit => text.to_owned(),
        Family::Bytes if text.starts_with("0x") => text.to_owned(),
        // Before 8.0.13 nothing else tells it from a text.
        Family::DateTime if text.to_ascii_uppercase().starts_with("CURRENT_TIMESTAMP") => text.to_owned(),
        _ => literal(text),
    }
}

/// Returns an expression of MySQL's `information_schema`, which escapes its quotes, as it was written.
fn unescaped(expression: &str) -> String {
    expression.replace("\\\\", "\u{0}").replace("\\'", "'").replace('\u{0}', "\\")
}

fn index_key(row: &Values<'_>, found: &mut Found, _: Flavor) -> Result<(), Unreadable> {
    let name = row.text(3)?;
    let part = match (row.optional(6), row.optional(10)) {
        (Some(column), _) => IndexPart::Column(column.to_owned()),
        (None, Some(expression)) => IndexPart::Expression(unescaped(expression)),
        (None, None) => {
            return Err(Unreadable { reason: format!("a key of index `{name}` is neither column nor expression") });
        }
    };
    if name == "PRIMARY" {
        let key = found.table.primary_key.get_or_insert_default();
        key.columns.extend(row.optional(6).map(str::to_owned));
        return Ok(());
    }
    let method = row.optional(9).filter(|method| !method.eq_ignore_ascii_case("btree")).map(str::to_ascii_lowercase);
    let is_spatial = method.as_deref() == Some("spatial");
    let key = IndexKey {
        part,
        order: if row.optional(7) == Some("D") { Order::Descending } else { Order::Ascending },
        length: row.optional(8).filter(|_| !is_spatial).and_then(|length| length.parse().ok()),
        ..IndexKey::column("")
    };
    let indexes = &mut found.table.indexes;
    let at = indexes.iter().position(|index| index.name.text() == Some(name)).unwrap_or_else(|| {
        indexes.push(Index {
            name: Name::Stated(name.to_owned()),
            unique: row.optional(5) == Some("0"),
            method,
            ..Index::default()
        });
        indexes.len() - 1
    });
    indexes[at].keys.push(key);
    Ok(())
}

fn foreign_key(row: &Values<'_>, found: &mut Found, _: Flavor) -> Result<(), Unreadable> {
    let name = row.text(3)?;
    let keys = &mut found.table.foreign_keys;
    let references = row.name(6, 7)?;
    let (on_update, on_delete) = (action(row.text(9)?)?, action(row.text(10)?)?);
    let at = keys.iter().position(|key| key.name.text() == Some(name)).unwrap_or_else(|| {
        let name = Name::Stated(name.to_owned());
        keys.push(ForeignKey { name, references, on_update, on_delete, ..ForeignKey::default() });
        keys.len() - 1
    });
    keys[at].columns.push(row.text(5)?.to_owned());
    keys[at].referenced_columns.push(row.text(8)?.to_owned());
    Ok(())
}

fn action(text: &str) -> Result<Action, Unreadable> {
    [Action::NoAction, Action::Restrict, Action::Cascade, Action::SetNull, Action::SetDefault]
        .into_iter()
        .find(|action| action.sql() == text)
        .ok_or_else(|| Unreadable { reason: format!("`{text}` is no action of a foreign key") })
}

fn check(row: &Values<'_>, found: &mut Found, flavor: Flavor) -> Result<(), Unreadable> {
    let (name, clause) = (row.text(3)?.to_owned(), row.text(5)?);
    match (row.optional(4), flavor) {
        (Some("Column"), _) => found.column_checks.push((name, clause.to_owned())),
        (_, Flavor::Mariadb) => {
            found.table.checks.push(Check { name: Name::Stated(name), expression: clause.to_owned() });
        }
        (_, Flavor::Mysql) => {
            found.table.checks.push(Check { name: Name::Stated(name), expression: unescaped(clause) });
        }
    }
    Ok(())
}

fn trigger(row: &Values<'_>, found: &mut Found, _: Flavor) -> Result<(), Unreadable> {
    let name = row.text(3)?;
    let ink = Ink(DialectName::Mysql);
    let (timing, event, statement) = (row.text(4)?, row.text(5)?, row.text(6)?);
    let table = ink.object(&found.table.name);
    let sql = format!("CREATE TRIGGER {} {timing} {event} ON {table} FOR EACH ROW {statement}", ink.name(name));
    found.table.triggers.push(Trigger { name: name.to_owned(), sql });
    Ok(())
}

fn view(row: &Values<'_>, database: Option<&str>, schema: &Schema) -> Result<View, Unreadable> {
    let name = row.name(1, 2)?;
    // Without the right to see a view's text, it is there and says nothing.
    let body = row.optional(3).unwrap_or_default();
    let mut reads = BTreeSet::new();
    for names in tokens(body).windows(3) {
        if let [Token::Quoted(place), Token::Symbol("."), Token::Quoted(table)] = names {
            let place = Some(place.clone()).filter(|place| Some(place.as_str()) != database);
            reads.insert(ObjectName { schema: place, name: table.clone() });
        }
    }
    let reads = reads.into_iter().filter(|name| schema.tables.contains_key(name)).collect();
    let sql = format!("CREATE VIEW {} AS {body}", Ink(DialectName::Mysql).object(&name));
    Ok(View { name, sql, reads })
}

/// Gives the checks of columns their place: one of `json_valid` makes a column `json`, others keep the column's name.
pub(super) fn folded(found: Found) -> Table {
    let Found { mut table, column_checks } = found;
    for (name, expression) in column_checks {
        let mentioned: Vec<Token> = tokens(&expression);
        let json = table.columns.iter_mut().find(|column| {
            let is_named = matches!(mentioned.as_slice(),
                [call, Token::Symbol("("), of, Token::Symbol(")")]
                    if call.is_word("json_valid") && of.name() == Some(&column.name));
            is_named
                && column.sql_type.sql.eq_ignore_ascii_case("longtext")
                && column.collation.as_deref() == Some("utf8mb4_bin")
        });
        if let Some(column) = json {
            column.sql_type = ColumnType::new("json");
            column.collation = None;
            continue;
        }
        // A renamed column leaves its check with the old name.
        let is_column = |name: &str| table.column(name).is_some();
        let mentions = |name: &str| mentioned.iter().any(|token| token.name() == Some(name));
        let first = || mentioned.iter().filter_map(Token::name).find(|name| is_column(name)).map(str::to_owned);
        let name = if is_column(&name) && mentions(&name) { name } else { first().unwrap_or(name) };
        table.checks.push(Check { name: Name::Stated(name), expression });
    }
    table
}

/// Returns the tables that `SHOW CREATE TABLE` shows, under the names that they were asked by.
pub(super) fn scratch(names: &[ObjectName], rows: &[Row]) -> Result<Schema, Unreadable> {
    let mut schema = Schema::default();
    for (name, row) in names.iter().zip(rows) {
        let Some(sql) = row.get(1).and_then(Option::as_deref) else {
            return Err(Unreadable { reason: format!("nothing shows `{name}`") });
        };
        let mut found = show_create::table(sql)
            .ok_or_else(|| Unreadable { reason: format!("the text that shows `{name}` is no table") })?;
        found.table.name = name.clone();
        schema.tables.insert(name.clone(), folded(found));
    }
    Ok(schema)
}
