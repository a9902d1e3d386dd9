//! Taking changes back on both databases at once: exactly on the one that they are of, in translation on the other.
//!
//! What the second database does not have, as it cannot hold it, is not missed. Read [`Past::take_back`] first.

use alembic_revisions::DialectName;

use super::parts::{self, Translate, Translating};
use super::types::{of_values, values};
use super::{Side, columns_of};
use crate::apply::Misfit;
use crate::backend::Backend;
use crate::change::{Change, Delta};
use crate::lower::{Abilities, index};
use crate::schema::{Column, ColumnType, ForeignKey, Index, IndexPart, ObjectName, PrimaryKey, Schema, Table, Unique};
use crate::structure::Listed;
use crate::tokens::mentions;

/// The two schemas at one moment.
#[derive(Clone)]
pub struct Past<'a> {
    pub ours: Schema,
    pub theirs: Schema,
    pub notes: Vec<String>,
    primary: &'a dyn Backend,
    secondary: &'a dyn Backend,
}

impl<'a> Past<'a> {
    /// Returns the moment after all changes.
    pub fn new(primary: Side<'a>, secondary: Side<'a>) -> Self {
        Past {
            ours: primary.wanted.clone(),
            theirs: secondary.wanted.clone(),
            notes: Vec::new(),
            primary: primary.backend,
            secondary: secondary.backend,
        }
    }

    pub fn to(&self) -> DialectName {
        self.secondary.dialect()
    }

    /// Goes to the moment before the change.
    pub fn take_back(&mut self, change: &Change) -> Result<(), Misfit> {
        let back = change.clone().reversed();
        let now = self.ours.clone();
        self.ours.apply(&back)?;
        match &back {
            Change::Enum(delta) => self.enum_type(delta.to().or(delta.from()).map(|of| &of.name)),
            Change::EnumValue { of, .. } => self.enum_type(Some(of)),
            Change::Value { table, column, from, to } => self.value(table, column, from, to),
            Change::Table(delta) => self.table(delta)?,
            Change::Column { table, delta, .. } => self.column(table, delta)?,
            Change::PrimaryKey { table, delta } => self.primary_key(table, delta),
            Change::ForeignKey { table, delta } => self.part(&now, table, delta),
            Change::Unique { table, delta } => self.unique(&now, table, delta),
            Change::Check { table, delta } => self.part(&now, table, delta),
            Change::Index { table, delta } => self.index(&now, table, delta),
        }
        Ok(())
    }

    /// MySQL gives a foreign key an index of its name; other databases never had it.
    pub fn forget_implicit_indexes(&mut self, after: &Past<'_>) {
        if self.primary.dialect() != DialectName::Mysql {
            return;
        }
        for (name, table) in &mut self.theirs.tables {
            let Some(ours) = self.ours.tables.get(name) else { continue };
            let stays = after.theirs.tables.get(name).map(|table| table.indexes.as_slice()).unwrap_or_default();
            table.indexes.retain(|index| {
                let is_implicit = ours.foreign_keys.iter().any(|key| is_implicit(index, key));
                !is_implicit || stays.iter().any(|stay| stay.name == index.name)
            });
        }
    }

    fn translating<'t>(&'t mut self, table: &'t Table) -> Translating<'t> {
        Translating {
            primary: self.primary,
            secondary: self.secondary,
            knows: Abilities::of(self.secondary),
            schema: &self.ours,
            table,
            notes: &mut self.notes,
        }
    }

    /// Where an enum is a matter of its columns, they get the values that it has now.
    fn enum_type(&mut self, name: Option<&ObjectName>) {
        let Some(now) = name.and_then(|name| self.ours.enums.get(name)).map(|of| of.values.clone()) else { return };
        let columns: Vec<(ObjectName, String)> = name
            .into_iter()
            .flat_map(|name| columns_of(&self.ours, name))
            .map(|(table, column)| (table.clone(), column.name.clone()))
            .collect();
        for (table, column) in columns {
            let Some(theirs) = self.theirs.tables.get_mut(&table) else { continue };
            for column in theirs.columns.iter_mut().filter(|of| of.name == column) {
                if values(&column.sql_type.sql).is_some() {
                    column.sql_type = ColumnType::new(of_values(&now));
                }
            }
        }
    }

    /// A text of one column is a value of a type.
    fn value(&mut self, table: &ObjectName, column: &str, from: &str, to: &str) {
        let of_column = self.theirs.tables.get(table).and_then(|table| table.column(column));
        let Some(of) = of_column.and_then(|column| column.sql_type.enum_type.clone()) else { return };
        if let Some(value) = self.theirs.enums.get_mut(&of).and_then(|of| of.values.iter_mut().find(|it| *it == from)) {
            to.clone_into(value);
        }
    }

    fn table(&mut self, delta: &Delta<Table>) -> Result<(), Misfit> {
        match delta {
            Delta::Create(table) => {
                let translated = self.translating(table).table();
                self.theirs.tables.insert(table.name.clone(), translated);
            }
            Delta::Drop(table) => {
                self.theirs.tables.remove(&table.name);
                self.forget_unused_enums();
            }
            Delta::Rename { from, to } => {
                let Some(table) = self.theirs.tables.get(&from.name).cloned() else { return Ok(()) };
                let renamed = Table { name: to.name.clone(), ..table.clone() };
                self.theirs.apply(&Change::Table(Delta::Rename { from: table, to: renamed }))?;
            }
            Delta::Alter { from, to } => {
                let keeps_comments = Abilities::of(self.secondary).comments;
                if let Some(table) = self.theirs.tables.get_mut(&from.name)
                    && keeps_comments
                    && from.comment != to.comment
                {
                    table.comment.clone_from(&to.comment);
                }
            }
        }
        Ok(())
    }

    fn column(&mut self, name: &ObjectName, delta: &Delta<Column>) -> Result<(), Misfit> {
        let Some(table) = self.theirs.tables.get(name) else { return Ok(()) };
        let held = |column: &Column| table.column(&column.name).cloned();
        match delta {
            Delta::Create(column) => {
                let ours = self.ours.tables.get(name).cloned().unwrap_or_default();
                let translated = self.translating(&ours).column(column);
                self.put(name, translated);
            }
            Delta::Drop(column) => self.remove(name, &column.name),
            Delta::Rename { from, to } => {
                let Some(column) = held(from) else { return Ok(()) };
                let to = Column { name: to.name.clone(), ..column.clone() };
                let delta = Delta::Rename { from: column, to };
                self.theirs.apply(&Change::Column { table: name.clone(), delta, fill: None })?;
            }
            Delta::Alter { from, to } => {
                let Some(column) = held(from) else { return Ok(()) };
                let mut from = from.clone();
                if let (Some(of), Some(_), Some(values)) =
                    (&column.sql_type.enum_type, values(&from.sql_type.sql), values(&to.sql_type.sql))
                {
                    // What is a matter of the column there is one of its type here.
                    self.theirs.enums.entry(of.clone()).and_modify(|of| of.values = values);
                    from.sql_type = to.sql_type.clone();
                }
                let ours = self.ours.tables.get(name).cloned().unwrap_or_default();
                let altered = self.translating(&ours).altered(column, &from, to);
                self.put(name, altered);
            }
        }
        self.forget_unused_enums();
        Ok(())
    }

    fn put(&mut self, table: &ObjectName, column: Column) {
        let Some(table) = self.theirs.tables.get_mut(table) else { return };
        match table.columns.iter_mut().find(|of| of.name == column.name) {
            Some(held) => *held = column,
            None => table.columns.push(column),
        }
    }

    /// A column takes along what only this database knew of it: a check of its own dialect, an index of an expression.
    fn remove(&mut self, name: &ObjectName, column: &str) {
        let has = |columns: &[String]| columns.iter().any(|of| of == column);
        if let Some(table) = self.theirs.tables.get_mut(name) {
            table.columns.retain(|of| of.name != column);
            table.foreign_keys.retain(|key| !has(&key.columns));
            table.uniques.retain(|unique| !has(&unique.columns));
            table.checks.retain(|check| !mentions(&check.expression, column));
            table.indexes.retain(|index| {
                let mut parts = index.keys.iter().map(|key| match &key.part {
                    IndexPart::Column(name) => name == column,
                    IndexPart::Expression(expression) => mentions(expression, column),
                });
                let in_predicate = index.predicate.as_deref().is_some_and(|predicate| mentions(predicate, column));
                !parts.any(|is_in| is_in) && !has(&index.include) && !in_predicate
            });
        }
        for table in self.theirs.tables.values_mut() {
            table.foreign_keys.retain(|key| key.references != *name || !has(&key.referenced_columns));
        }
    }

    /// A type that came with its first column goes with it.
    fn forget_unused_enums(&mut self) {
        let columns = self.theirs.tables.values().flat_map(|table| &table.columns);
        let used: Vec<ObjectName> = columns.filter_map(|column| column.sql_type.enum_type.clone()).collect();
        self.theirs.enums.retain(|name, _| used.contains(name));
    }

    fn primary_key(&mut self, name: &ObjectName, delta: &Delta<PrimaryKey>) {
        let Some(table) = self.theirs.tables.get_mut(name) else { return };
        let held = table.primary_key.take().map(|key| key.name);
        table.primary_key = delta.to().map(|key| PrimaryKey {
            name: held.unwrap_or_else(|| parts::name_of(self.secondary, &key.name, "pk", &[&name.name])),
            columns: key.columns.clone(),
        });
    }

    /// A unique index of one database may be a constraint of the other, which cannot say what made it an index.
    fn index(&mut self, now: &Schema, name: &ObjectName, delta: &Delta<Index>) {
        let Some(ours) = now.tables.get(name) else { return };
        let mut at = self.translating(ours);
        let mut as_constraint = |index: &Index| {
            let translated = index.translated(&mut at).filter(index::is_constraint)?;
            Some(index::constraint(translated))
        };
        let constraint = match delta {
            Delta::Create(to) => as_constraint(to).map(Delta::Create),
            Delta::Drop(from) => as_constraint(from).map(Delta::Drop),
            Delta::Rename { from, to } => {
                as_constraint(from).zip(as_constraint(to)).map(|(from, to)| Delta::Rename { from, to })
            }
            Delta::Alter { from, to } => {
                as_constraint(from).zip(as_constraint(to)).map(|(from, to)| Delta::Alter { from, to })
            }
        };
        match constraint {
            Some(delta) => self.part(now, name, &delta),
            None => self.part(now, name, delta),
        }
    }

    fn unique(&mut self, now: &Schema, name: &ObjectName, delta: &Delta<Unique>) {
        self.part(now, name, delta);
        let (Some(theirs), Some(from)) = (self.theirs.tables.get_mut(name), delta.from()) else { return };
        let is_other = |index: &Index| index.name.text().is_none() || index.name.text() != from.name.text();
        theirs.indexes.retain(|index| !index.unique || is_other(index));
    }

    fn part<T: Listed + Translate>(&mut self, now: &Schema, name: &ObjectName, delta: &Delta<T>) {
        let Some(ours) = now.tables.get(name).cloned() else { return };
        let at = self.theirs.tables.get(name).and_then(|theirs| {
            let from = delta.from()?;
            parts::matching(T::list(theirs), from)
        });
        let held = at.and_then(|at| self.theirs.tables.get(name).and_then(|theirs| T::list(theirs).get(at).cloned()));
        let mut translating = self.translating(&ours);
        let new = match (delta, held) {
            (Delta::Create(to), _) => to.translated(&mut translating),
            (Delta::Drop(_), _) | (_, None) => None,
            (Delta::Alter { from, to }, Some(held)) => to.altered(held, from, &mut translating),
            (Delta::Rename { to, .. }, Some(held)) => Some(held.with_name(to.name().clone())),
        };
        let Some(theirs) = self.theirs.tables.get_mut(name) else { return };
        let list = T::list_mut(theirs);
        if let Some(at) = at {
            list.remove(at);
        }
        list.extend(new);
    }
}

/// Whether the index is named for the foreign key and has just its columns.
fn is_implicit(index: &Index, key: &ForeignKey) -> bool {
    let name = index.name.text();
    let is_named_for = name.is_some() && (name == key.name.text() || name == key.columns.first().map(String::as_str));
    let columns = index.keys.iter().map(|key| match &key.part {
        IndexPart::Column(name) => Some(name),
        IndexPart::Expression(_) => None,
    });
    is_named_for && !index.unique && columns.eq(key.columns.iter().map(Some))
}
