//! What names columns: the primary key, indexes, checks, foreign keys.
//!
//! Attributes name fields, models name columns. Read [`Keys`] first.

use alembic_revisions::diagnose::nearest;
use alembic_revisions::{Place, Span};
use alembic_schema::model::{ModelCheck, ModelForeignKey, ModelIndex, ModelKey, ModelKeyPart};
use alembic_schema::schema::{Nulls, ObjectName, Order};

use super::columns::{Column, Columns};
use super::declared::Declared;
use super::{Workshop, plain};
use crate::fault::Problem;
use crate::grammar::ast::{At, ForeignKeyOptions, IndexItem, KeyItem, Reference};

/// A model whose columns are known.
pub struct Keys<'k> {
    pub shop: &'k Workshop<'k>,
    pub declared: &'k Declared<'k>,
    pub columns: &'k Columns<'k>,
}

/// Which of the two groupings of columns by name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grouping {
    Index,
    Unique,
}

impl Keys<'_> {
    /// Returns the columns of the primary key, in their order.
    pub fn primary_key(&self) -> Vec<String> {
        let table = &self.declared.decl.table;
        let marked = || self.columns.all.iter().filter(|column| column.items().primary_key.is_some());
        let columns: Vec<&Column<'_>> = match &table.primary_key {
            // What flattened columns say of themselves yields to the table's own list.
            Some(listed) => listed.value.iter().filter_map(|field| self.column(field.value, field.span)).collect(),
            None => marked().collect(),
        };
        for column in columns.iter().filter(|column| column.model.nullable) {
            let problem = Problem::NullableKey { column: column.model.name.clone() };
            self.shop.fault(problem, vec![column.model.place.clone()]);
        }
        let needs_none = table.no_primary_key.is_some() || table.external.is_some() || !self.columns.is_complete;
        if columns.is_empty() && table.primary_key.is_none() && !needs_none {
            let name = &self.declared.decl.name;
            self.shop.fault(Problem::NoPrimaryKey { model: name.value.to_owned() }, vec![self.place(name.span)]);
        }
        columns.into_iter().map(|column| column.model.name.clone()).collect()
    }

    /// Returns the indexes and uniques of fields, then those of the table.
    pub fn indexes(&self) -> Vec<ModelIndex> {
        let table = &self.declared.decl.table;
        let mut indexes = self.of_fields(Grouping::Index);
        indexes.extend(self.of_fields(Grouping::Unique));
        indexes.extend(table.indexes.iter().map(|index| self.of_table(index, Grouping::Index)));
        indexes.extend(table.uniques.iter().map(|index| self.of_table(index, Grouping::Unique)));
        indexes
    }

    fn of_fields(&self, grouping: Grouping) -> Vec<ModelIndex> {
        let mut indexes: Vec<ModelIndex> = Vec::new();
        for column in &self.columns.all {
            let mark = match grouping {
                Grouping::Index => &column.items().index,
                Grouping::Unique => &column.items().unique,
            };
            let Some(At { value: group, span }) = mark else { continue };
            let key = plain_key(ModelKeyPart::Column(column.model.name.clone()));
            match indexes.iter_mut().find(|index| group.is_some() && index.name == *group) {
                Some(index) => index.keys.push(key),
                None => {
                    let place = column.declared.place(self.shop, *span);
                    indexes.push(ModelIndex { keys: vec![key], ..empty_index(place, group.clone(), grouping) });
                }
            }
        }
        indexes
    }

    fn of_table(&self, index: &At<IndexItem<'_>>, grouping: Grouping) -> ModelIndex {
        let item = &index.value;
        let text = |text: &Option<At<String>>| text.as_ref().map(|text| text.value.clone());
        ModelIndex {
            keys: item.keys.iter().filter_map(|key| self.key(key, item)).collect(),
            predicate: text(&item.predicate),
            method: text(&item.using),
            include: self.names(&item.include),
            nulls_not_distinct: item.nulls_not_distinct,
            concurrently: item.concurrently,
            ..empty_index(self.place(index.span), text(&item.name), grouping)
        }
    }

    fn key(&self, key: &At<KeyItem<'_>>, index: &IndexItem<'_>) -> Option<ModelKey> {
        match &key.value {
            KeyItem::Expression(expression) => Some(plain_key(ModelKeyPart::Expression(expression.clone()))),
            KeyItem::Field { name, descending, nulls } => {
                let column = self.column(name, key.span)?;
                let class = index.ops.iter().find(|(field, _)| field.value == *name);
                let length = index.len.iter().find(|(field, _)| field.value == *name);
                Some(ModelKey {
                    part: ModelKeyPart::Column(column.model.name.clone()),
                    order: if *descending { Order::Descending } else { Order::Ascending },
                    nulls: plain::nulls(*nulls),
                    operator_class: class.map(|(_, class)| class.value.clone()),
                    length: length.map(|(_, length)| u32::try_from(length.value).unwrap_or(u32::MAX)),
                })
            }
        }
    }

    pub fn checks(&self) -> Vec<ModelCheck> {
        let one = |check: &At<crate::grammar::ast::CheckItem>| {
            let expressions = check.value.expressions.iter().map(|(dialect, expression)| {
                (dialect.as_ref().map(|dialect| plain::dialect(dialect.value)), expression.value.clone())
            });
            ModelCheck {
                place: self.place(check.span),
                name: check.value.name.as_ref().map(|name| name.value.clone()),
                expressions: expressions.collect(),
            }
        };
        self.declared.decl.table.checks.iter().map(one).collect()
    }

    /// Returns the foreign keys of fields, then those of the table.
    pub fn foreign_keys(&self) -> Vec<ModelForeignKey> {
        let of_fields = self.columns.all.iter().filter_map(|column| {
            let references = column.items().references.as_ref()?;
            let place = column.declared.place(self.shop, references.span);
            Some(foreign_key(place, vec![column.model.name.clone()], &references.value, &column.items().foreign_key))
        });
        let of_table = self.declared.decl.table.foreign_keys.iter().map(|key| {
            let place = self.place(key.value.references.span);
            let columns = self.names(&key.value.columns);
            foreign_key(place, columns, &key.value.references.value, &key.value.options)
        });
        of_fields.chain(of_table).collect()
    }

    fn names(&self, fields: &[At<&str>]) -> Vec<String> {
        let name = |field: &At<&str>| Some(self.column(field.value, field.span)?.model.name.clone());
        fields.iter().filter_map(name).collect()
    }

    /// Returns the column of a field: one of the model itself, else one of what it flattens, else one of that name.
    fn column(&self, field: &str, span: Span) -> Option<&Column<'_>> {
        let all = &self.columns.all;
        if let Some(own) = all.iter().find(|column| column.is_own && column.field() == field) {
            return Some(own);
        }
        let mut flattened = all.iter().filter(|column| column.field() == field);
        let by_name = || all.iter().find(|column| column.model.name == field);
        let names = || (self.declared.decl.name.value.to_owned(), field.to_owned());
        let problem = match (flattened.next(), flattened.next()) {
            (Some(column), None) => return Some(column),
            (Some(_), Some(_)) => match by_name() {
                Some(column) => return Some(column),
                None => {
                    let (model, field) = names();
                    Problem::AmbiguousField { model, field }
                }
            },
            (None, _) => match by_name() {
                Some(column) => return Some(column),
                None if !self.columns.is_complete => return None,
                None => {
                    let (model, field) = names();
                    let near = nearest(&field, all.iter().map(|column| column.field())).first().copied();
                    Problem::UnknownField { model, nearest: near.map(str::to_owned), field }
                }
            },
        };
        self.shop.fault(problem, vec![self.place(span)]);
        None
    }

    fn place(&self, span: Span) -> Place {
        self.declared.place(self.shop, span)
    }
}

fn plain_key(part: ModelKeyPart) -> ModelKey {
    ModelKey { part, order: Order::Ascending, nulls: Nulls::Default, operator_class: None, length: None }
}

fn empty_index(place: Place, name: Option<String>, grouping: Grouping) -> ModelIndex {
    ModelIndex {
        place,
        name,
        unique: grouping == Grouping::Unique,
        keys: Vec::new(),
        predicate: None,
        method: None,
        include: Vec::new(),
        nulls_not_distinct: false,
        concurrently: false,
    }
}

fn foreign_key(
    place: Place,
    columns: Vec<String>,
    references: &Reference,
    options: &ForeignKeyOptions,
) -> ModelForeignKey {
    ModelForeignKey {
        place,
        name: options.name.as_ref().map(|name| name.value.clone()),
        columns,
        references: ObjectName { schema: references.schema.clone(), name: references.table.clone() },
        referenced_columns: references.columns.clone(),
        on_delete: plain::action(options.on_delete.as_ref()),
        on_update: plain::action(options.on_update.as_ref()),
        deferrable: plain::deferrable(options.deferrable.as_ref()),
    }
}
