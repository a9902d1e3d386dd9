//! What only the stored text of `CREATE TABLE` and `CREATE INDEX` tells: constraints with their names, collations,
//! generated columns, AUTOINCREMENT.
//!
//! The text may be spelled in any way that SQLite accepts. Read [`definition`] first.

use std::collections::BTreeMap;

use super::expression::raw;
use super::tokens::{Kind, Token, closing, parts, tokens};
use crate::schema::{
    Action, Check, Deferrable, ForeignKey, Generated, Index, IndexKey, IndexPart, Name, ObjectName, Order, PrimaryKey,
    Storage, Unique,
};

/// What a `CREATE TABLE` says besides the columns' names, types and defaults.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Definition {
    pub columns: BTreeMap<String, ColumnExtras>,
    pub primary_key: Option<PrimaryKey>,
    pub foreign_keys: Vec<ForeignKey>,
    pub uniques: Vec<Unique>,
    pub checks: Vec<Check>,
}

/// By the column's name in lower case.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ColumnExtras {
    pub collation: Option<String>,
    pub generated: Option<Generated>,
    pub auto_increment: bool,
}

/// Returns what the statement defines.
pub(super) fn definition(sql: &str) -> Definition {
    let found = tokens(sql);
    let mut definition = Definition::default();
    let Some(open) = found.iter().position(|token| token.is_symbol("(")) else { return definition };
    let body = &found[open + 1..closing(&found, open).max(open + 1)];
    for part in parts(body) {
        let is_constraint =
            ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].iter().any(|keyword| part[0].is(keyword));
        let column = if is_constraint { None } else { part[0].name().map(|name| name.into_owned()) };
        let at = usize::from(column.is_some());
        Reader { sql, tokens: part, at, column, name: Name::Unnamed, definition: &mut definition }.read();
    }
    definition
}

/// Reads one part of the body: a column, or constraints of the table, which need no comma between them.
struct Reader<'d, 's> {
    sql: &'s str,
    tokens: &'s [Token<'s>],
    at: usize,
    column: Option<String>,
    /// Of the constraint that follows.
    name: Name,
    definition: &'d mut Definition,
}

impl<'s> Reader<'_, 's> {
    fn read(mut self) {
        if let Some(column) = &self.column {
            self.definition.columns.entry(column.to_ascii_lowercase()).or_default();
        }
        while let Some(token) = self.tokens.get(self.at) {
            self.at += 1;
            if token.is("CONSTRAINT") {
                self.name = self.take_name().map_or(Name::Unnamed, Name::Stated);
            } else if token.is("PRIMARY") {
                self.primary_key();
            } else if token.is("UNIQUE") {
                let columns = self.key_columns();
                let name = self.take_constraint_name();
                self.definition.uniques.push(Unique { name, columns, ..Unique::default() });
            } else if token.is("CHECK") {
                let expression = self.group().map(|inner| raw(self.sql, inner)).unwrap_or_default();
                let name = self.take_constraint_name();
                self.definition.checks.push(Check { name, expression });
            } else if token.is("FOREIGN") {
                self.accept("KEY");
                let columns = self.key_columns();
                self.accept("REFERENCES");
                self.foreign_key(columns);
            } else if token.is("REFERENCES") {
                let columns = self.column.iter().cloned().collect();
                self.foreign_key(columns);
            } else if token.is("COLLATE") {
                let collation = self.take_name();
                self.extras(|extras| extras.collation = collation);
            } else if token.is("AS") {
                self.generated();
            } else if token.is("DEFAULT") {
                self.skip_default();
            } else if token.is_symbol("(") {
                self.at = closing(self.tokens, self.at - 1) + 1;
            }
        }
    }

    fn accept(&mut self, keyword: &str) -> bool {
        let found = self.tokens.get(self.at).is_some_and(|token| token.is(keyword));
        self.at += usize::from(found);
        found
    }

    fn take_name(&mut self) -> Option<String> {
        let name = self.tokens.get(self.at)?.name()?.into_owned();
        self.at += 1;
        Some(name)
    }

    fn take_constraint_name(&mut self) -> Name {
        std::mem::take(&mut self.name)
    }

    fn extras(&mut self, change: impl FnOnce(&mut ColumnExtras)) {
        let column = self.column.as_ref().map(|column| column.to_ascii_lowercase());
        if let Some(extras) = column.and_then(|column| self.definition.columns.get_mut(&column)) {
            change(extras);
        }
    }

    /// Returns what is in the parentheses that begin here.
    fn group(&mut self) -> Option<&'s [Token<'s>]> {
        let tokens = self.tokens;
        tokens.get(self.at).filter(|token| token.is_symbol("("))?;
        let close = closing(tokens, self.at);
        let inner = tokens.get(self.at + 1..close)?;
        self.at = close + 1;
        Some(inner)
    }

    /// Returns the columns in parentheses, else the column that this is a constraint of.
    fn key_columns(&mut self) -> Vec<String> {
        match self.group() {
            Some(inner) => names(inner),
            None => self.column.iter().cloned().collect(),
        }
    }

    fn primary_key(&mut self) {
        self.accept("KEY");
        let group = self.group();
        let is_numbered = |tokens: &[Token<'_>]| tokens.iter().any(|token| token.is("AUTOINCREMENT"));
        let columns = match group {
            Some(inner) => names(inner),
            None => self.column.iter().cloned().collect(),
        };
        // Only once in a column, and only behind its key.
        let numbered = match (group, columns.first()) {
            (Some(inner), Some(column)) if is_numbered(inner) => Some(column.clone()),
            (None, Some(column)) if is_numbered(&self.tokens[self.at..]) => Some(column.clone()),
            _ => None,
        };
        if let Some(column) = numbered {
            self.definition.columns.entry(column.to_ascii_lowercase()).or_default().auto_increment = true;
        }
        let name = self.take_constraint_name();
        self.definition.primary_key = Some(PrimaryKey { name, columns });
    }

    fn foreign_key(&mut self, columns: Vec<String>) {
        let references = ObjectName::new(self.take_name().unwrap_or_default());
        let referenced_columns = self.group().map(names).unwrap_or_default();
        let mut key = ForeignKey {
            name: self.take_constraint_name(),
            columns,
            references,
            referenced_columns,
            ..ForeignKey::default()
        };
        loop {
            if self.accept("ON") {
                let is_delete = self.accept("DELETE");
                let is_update = !is_delete && self.accept("UPDATE");
                let action = self.action();
                if is_delete {
                    key.on_delete = action;
                } else if is_update {
                    key.on_update = action;
                }
            } else if self.accept("MATCH") {
                self.at += 1;
            } else if self.is_deferrable() {
                key.deferrable = self.deferrable();
            } else {
                break;
            }
        }
        self.definition.foreign_keys.push(key);
    }

    fn action(&mut self) -> Action {
        if self.accept("CASCADE") {
            Action::Cascade
        } else if self.accept("RESTRICT") {
            Action::Restrict
        } else if self.accept("SET") {
            if self.accept("NULL") {
                return Action::SetNull;
            }
            self.accept("DEFAULT");
            Action::SetDefault
        } else {
            let _ = self.accept("NO") && self.accept("ACTION");
            Action::NoAction
        }
    }

    /// True if `[NOT] DEFERRABLE` follows: `NOT NULL` begins in the same way.
    fn is_deferrable(&self) -> bool {
        let is = |at: usize, keyword: &str| self.tokens.get(at).is_some_and(|token| token.is(keyword));
        is(self.at, "DEFERRABLE") || (is(self.at, "NOT") && is(self.at + 1, "DEFERRABLE"))
    }

    fn deferrable(&mut self) -> Deferrable {
        let is_not = self.accept("NOT");
        self.accept("DEFERRABLE");
        let is_deferred = self.accept("INITIALLY") && {
            let deferred = self.accept("DEFERRED");
            deferred || !self.accept("IMMEDIATE")
        };
        match (is_not, is_deferred) {
            (true, _) => Deferrable::No,
            (false, true) => Deferrable::Deferred,
            (false, false) => Deferrable::Immediate,
        }
    }

    fn generated(&mut self) {
        let Some(inner) = self.group() else { return };
        let expression = raw(self.sql, inner);
        let storage = if self.accept("STORED") { Storage::Stored } else { Storage::Virtual };
        self.extras(|extras| extras.generated = Some(Generated { expression, storage }));
    }

    /// A default can look like a name or a constraint.
    fn skip_default(&mut self) {
        if self.group().is_some() {
            return;
        }
        let is_sign = self.tokens.get(self.at).is_some_and(|token| token.is_symbol("-") || token.is_symbol("+"));
        self.at += 1 + usize::from(is_sign);
    }
}

/// Returns the first name of each part: columns of a key, whose order and collation do not matter to it.
fn names(inner: &[Token<'_>]) -> Vec<String> {
    parts(inner).iter().filter_map(|part| part[0].name()).map(|name| name.into_owned()).collect()
}

/// Returns the index that a `CREATE INDEX` makes.
pub(super) fn index(name: &str, sql: &str) -> Option<Index> {
    let found = tokens(sql);
    let unique = found.get(1)?.is("UNIQUE");
    let on = found.iter().position(|token| token.is("ON"))?;
    let open = on + found[on..].iter().position(|token| token.is_symbol("("))?;
    let close = closing(&found, open);
    let keys = parts(found.get(open + 1..close)?).into_iter().map(|part| index_key(sql, part)).collect();
    let predicate = match found.get(close + 1) {
        Some(token) if token.is("WHERE") => Some(raw(sql, &found[close + 2..])),
        _ => None,
    };
    Some(Index { name: Name::Stated(name.to_owned()), keys, unique, predicate, ..Index::default() })
}

fn index_key(sql: &str, mut part: &[Token<'_>]) -> IndexKey {
    let mut key = IndexKey::column("");
    if let [rest @ .., last] = part
        && !rest.is_empty()
        && (last.is("ASC") || last.is("DESC"))
    {
        key.order = if last.is("DESC") { Order::Descending } else { Order::Ascending };
        part = rest;
    }
    if let [rest @ .., collate, name] = part
        && !rest.is_empty()
        && collate.is("COLLATE")
    {
        key.collation = name.name().map(|name| name.into_owned());
        part = rest;
    }
    key.part = match part {
        [single] if matches!(single.kind, Kind::Word | Kind::Quoted | Kind::String) => {
            IndexPart::Column(single.name().unwrap_or_default().into_owned())
        }
        _ => IndexPart::Expression(raw(sql, part)),
    };
    key
}

#[cfg(test)]
mod tests;
