//! The models of a random workspace, as values that can be changed before they are written as source.

use crate::databases::Server;

use super::kind::Kind;

/// Objects keep their number when they get another name.
pub type Id = usize;

/// Two features, `alpha` and `beta`; `beta` depends on `alpha`.
#[derive(Clone, Debug)]
pub struct World {
    pub server: Server,
    pub enums: Vec<Enum>,
    /// The columns that tables flatten; in `alpha`.
    pub base: Vec<Column>,
    pub tables: Vec<Table>,
    pub next: Id,
    /// Which of many forms everything is written in.
    pub spelling: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    Alpha,
    Beta,
}

/// In `alpha`, so that both features can use it.
#[derive(Clone, Debug)]
pub struct Enum {
    pub id: Id,
    pub values: Vec<String>,
    /// Old and new.
    pub renamed: Vec<(String, String)>,
    pub schema: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub struct Table {
    pub id: Id,
    pub feature: Feature,
    pub schema: Option<&'static str>,
    /// Made by other hands.
    pub is_external: bool,
    pub name: String,
    pub renamed_from: Option<String>,
    pub comment: Option<String>,
    pub has_base: bool,
    pub columns: Vec<Column>,
    /// Of `columns`; the base brings its own.
    pub key: Vec<Id>,
    pub indexes: Vec<Index>,
    pub checks: Vec<Check>,
    pub references: Vec<Reference>,
    /// As in `#[table(…)]`.
    pub options: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Column {
    pub id: Id,
    pub name: String,
    pub kind: Kind,
    pub nullable: bool,
    pub renamed_from: Option<String>,
    pub comment: Option<String>,
    /// As in `#[column(…)]`.
    pub default: Option<String>,
    pub generated: Option<Generated>,
    /// More for `#[column(…)]`.
    pub settings: Vec<String>,
    /// `extra_column(…)`
    pub is_extra: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Generated {
    /// With `{}` for the column that it is of.
    pub expression: String,
    pub of: Id,
    pub storage: &'static str,
}

#[derive(Clone, Debug)]
pub struct Index {
    pub unique: bool,
    pub keys: Vec<Key>,
    /// With `{}` for the column that it is of.
    pub predicate: Option<(String, Id)>,
    pub include: Vec<Id>,
    /// More for `index(…)`: `using = "gin"`.
    pub settings: Vec<String>,
    /// Written at its only column.
    pub at_column: bool,
    /// Written at its columns, with this name.
    pub group: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Key {
    pub column: Id,
    /// `lower({})`, instead of the column itself.
    pub expression: Option<String>,
    /// `.desc.nulls_last`
    pub order: &'static str,
    /// An operator class.
    pub class: Option<&'static str>,
    /// How much of it.
    pub len: Option<u32>,
}

#[derive(Clone, Debug)]
pub struct Check {
    /// None for a column's.
    pub name: Option<String>,
    /// With `{}` for the column.
    pub expression: String,
    pub column: Id,
    pub at_column: bool,
}

#[derive(Clone, Debug)]
pub struct Reference {
    pub columns: Vec<Id>,
    pub target: Id,
    pub target_columns: Vec<Id>,
    /// `on_delete = "cascade"` and the like.
    pub settings: Vec<String>,
    pub at_column: bool,
}

impl Column {
    pub fn new(id: Id, name: String, kind: Kind) -> Self {
        Column {
            id,
            name,
            kind,
            nullable: false,
            renamed_from: None,
            comment: None,
            default: None,
            generated: None,
            settings: Vec::new(),
            is_extra: false,
        }
    }
}

impl Index {
    pub fn mentions(&self, column: Id) -> bool {
        self.keys.iter().any(|key| key.column == column)
            || self.include.contains(&column)
            || self.predicate.as_ref().is_some_and(|(_, of)| *of == column)
    }

    /// A unique index over no more than columns.
    pub fn is_plain_unique(&self) -> bool {
        self.unique && self.predicate.is_none() && self.keys.iter().all(|key| key.expression.is_none())
    }
}

impl Table {
    /// With its schema, as references and flags write it.
    pub fn full_name(&self) -> String {
        self.schema.map(|schema| format!("{schema}.")).unwrap_or_default() + &self.name
    }
}

impl World {
    pub fn id(&mut self) -> Id {
        self.next += 1;
        self.next
    }

    pub fn table(&self, id: Id) -> Option<&Table> {
        self.tables.iter().find(|table| table.id == id)
    }

    /// Its own columns behind those of the base.
    pub fn columns<'w>(&'w self, table: &'w Table) -> impl Iterator<Item = &'w Column> {
        self.base.iter().filter(|_| table.has_base).chain(&table.columns)
    }

    pub fn column<'w>(&'w self, table: &'w Table, id: Id) -> Option<&'w Column> {
        self.columns(table).find(|column| column.id == id)
    }

    pub fn key(&self, table: &Table) -> Vec<Id> {
        if table.has_base { self.base.iter().take(1).map(|column| column.id).collect() } else { table.key.clone() }
    }

    /// True if a key, a reference or a computed column needs it.
    pub fn is_needed(&self, table: &Table, column: Id) -> bool {
        self.key(table).contains(&column)
            || self.is_target(table, column)
            || table.columns.iter().any(|other| other.generated.as_ref().is_some_and(|of| of.of == column))
    }

    /// True if a foreign key refers to it.
    pub fn is_target(&self, table: &Table, column: Id) -> bool {
        let mut references = self.tables.iter().flat_map(|other| &other.references);
        references.any(|reference| reference.target == table.id && reference.target_columns.contains(&column))
    }

    pub fn is_reference(&self, table: &Table, column: Id) -> bool {
        table.references.iter().any(|reference| reference.columns.contains(&column))
    }

    pub fn is_referenced(&self, table: &Table) -> bool {
        self.tables
            .iter()
            .any(|other| other.id != table.id && other.references.iter().any(|reference| reference.target == table.id))
    }
}
