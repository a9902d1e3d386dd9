//! Tables, columns, constraints and indexes of one database in the words of another.
//!
//! Read [`Translating`] first.

use super::expression::{default, expression, is_same};
use super::types;
use crate::backend::Backend;
use crate::lower::{Abilities, naming};
use crate::model::{ColumnSettings, IdentityKind, RustType};
use crate::schema::{
    Check, Column, Deferrable, ForeignKey, Generated, Identity, Index, IndexKey, IndexPart, Name, Nulls, PrimaryKey,
    Schema, Table, TableOptions, Unique,
};
use crate::structure::Structured;
use alembic_revisions::DialectName;

/// One table on its way from one database to the other.
pub struct Translating<'t> {
    pub primary: &'t dyn Backend,
    pub secondary: &'t dyn Backend,
    pub knows: Abilities,
    /// The primary's.
    pub schema: &'t Schema,
    /// The primary's.
    pub table: &'t Table,
    pub notes: &'t mut Vec<String>,
}

/// A part of a table that another database may have in other words, or not at all.
pub trait Translate: Structured {
    fn translated(&self, at: &mut Translating<'_>) -> Option<Self>;

    /// Returns `held`, the counterpart of `from`, with whatever `self` has otherwise.
    fn altered(&self, held: Self, from: &Self, at: &mut Translating<'_>) -> Option<Self>;

    /// True if the two are one in the words of two databases.
    fn is_counterpart(&self, other: &Self) -> bool;
}

/// Returns the counterpart of `wanted`: by its name, else by what it does.
pub fn matching<T: Translate>(list: &[T], wanted: &T) -> Option<usize> {
    let name = wanted.name().text();
    let named = name.and_then(|name| list.iter().position(|part| part.name().text() == Some(name)));
    named.or_else(|| list.iter().position(|part| part.is_counterpart(wanted)))
}

/// Returns the name that the other database should know the part by.
pub fn name_of(secondary: &dyn Backend, name: &Name, kind: &str, parts: &[&str]) -> Name {
    let name = match name {
        Name::Unnamed => naming::conventional(kind, parts),
        named => named.clone(),
    };
    let limit = secondary.identifier_limit();
    match name {
        Name::Unnamed => Name::Unnamed,
        Name::Conventional(text) => Name::Conventional(naming::cut(&text, limit)),
        Name::Stated(text) => Name::Stated(naming::cut(&text, limit)),
    }
}

impl Translating<'_> {
    pub fn table(&mut self) -> Table {
        let table = self.table;
        Table {
            name: table.name.clone(),
            columns: table.columns.iter().map(|column| self.column(column)).collect(),
            primary_key: table.primary_key.as_ref().map(|key| PrimaryKey {
                name: name_of(self.secondary, &key.name, "pk", &[&table.name.name]),
                columns: key.columns.clone(),
            }),
            foreign_keys: self.all(&table.foreign_keys),
            uniques: self.all(&table.uniques),
            checks: self.all(&table.checks),
            indexes: self.all(&table.indexes),
            comment: table.comment.clone().filter(|_| self.knows.comments),
            options: TableOptions::default(),
            triggers: Vec::new(),
        }
    }

    fn all<T: Translate>(&mut self, parts: &[T]) -> Vec<T> {
        parts.iter().filter_map(|part| part.translated(self)).collect()
    }

    pub fn column(&mut self, column: &Column) -> Column {
        let blank = Column { name: column.name.clone(), ..Column::default() };
        // Every field differs from one of these two.
        let nothing = Column { nullable: !column.nullable, ..blank.clone() };
        self.altered(blank, &nothing, column)
    }

    /// Returns `held`, the counterpart of `from`, with whatever `to` has otherwise.
    pub fn altered(&mut self, held: Column, from: &Column, to: &Column) -> Column {
        let mut column = held;
        let rust_type = types::portable(self.primary.dialect(), &to.sql_type, self.schema).rust_type();
        if from.sql_type != to.sql_type {
            let choice = types::chosen(self, to);
            self.note_of(to, choice.note);
            column.sql_type = choice.sql_type;
        }
        if from.nullable != to.nullable {
            column.nullable = to.nullable;
        }
        if from.default != to.default {
            column.default = to.default.as_deref().and_then(|sql| self.default(to, sql, &rust_type));
        }
        if from.generated != to.generated {
            column.generated = to.generated.as_ref().map(|of| self.generated(to, of));
        }
        if from.identity != to.identity || (from.sql_type != to.sql_type && self.is_rowid(to)) {
            column.identity = self.identity(to, &rust_type);
        }
        if from.collation != to.collation {
            let note = to.collation.as_ref().map(|of| format!("its collation {of} is left out"));
            self.note_of(to, note);
            column.collation = None;
        }
        if from.comment != to.comment && self.knows.comments {
            column.comment.clone_from(&to.comment);
        }
        column
    }

    fn note_of(&mut self, column: &Column, note: Option<String>) {
        self.notes.extend(note.map(|note| format!("`{}` of `{}`: {note}", column.name, self.table.name)));
    }

    fn default(&mut self, column: &Column, sql: &str, rust_type: &RustType) -> Option<String> {
        let (value, is_known) = default(sql, rust_type, self.secondary.dialect())?;
        let note = (!is_known).then(|| format!("its default was {sql}"));
        self.note_of(column, note);
        Some(self.secondary.default_sql(&value, rust_type))
    }

    fn generated(&mut self, column: &Column, of: &Generated) -> Generated {
        let translated = expression(&of.expression, self.secondary.dialect());
        let note = (translated != of.expression).then(|| format!("it was computed as {}", of.expression));
        self.note_of(column, note);
        Generated { expression: translated, storage: of.storage }
    }

    /// SQLite numbers the rows by their only key without a word.
    fn is_rowid(&self, column: &Column) -> bool {
        self.primary.dialect() == DialectName::Sqlite && self.is_only_key(column)
    }

    fn is_only_key(&self, column: &Column) -> bool {
        self.table.primary_key.as_ref().is_some_and(|key| key.columns == [column.name.clone()])
    }

    fn identity(&self, column: &Column, rust_type: &RustType) -> Option<Identity> {
        use RustType as T;
        let is_integer = matches!(rust_type, T::I8 | T::I16 | T::I32 | T::I64 | T::U8 | T::U16 | T::U32 | T::U64);
        let settings = ColumnSettings {
            identity: (column.identity == Some(Identity::Always)).then_some(IdentityKind::Always),
            auto_increment: (column.identity == Some(Identity::AutoIncrement) && self.is_rowid(column)).then_some(true),
            ..ColumnSettings::default()
        };
        let numbers_itself = is_integer && (column.identity.is_some() || self.is_rowid(column));
        numbers_itself.then(|| self.secondary.identity(&settings, self.is_only_key(column))).flatten()
    }

    /// Returns an expression in the other's words, with a note if that took more than copying.
    fn text(&mut self, what: &str, sql: &str) -> String {
        let translated = expression(sql, self.secondary.dialect());
        if translated != sql {
            self.notes.push(format!("{what} of `{}` was {sql}", self.table.name));
        }
        translated
    }
}

impl Translate for ForeignKey {
    fn translated(&self, at: &mut Translating<'_>) -> Option<Self> {
        let parts = [&*at.table.name.name, &self.columns.join("_"), &self.references.name];
        let deferrable = if at.knows.deferrable_keys { self.deferrable } else { Deferrable::No };
        Some(ForeignKey { name: name_of(at.secondary, &self.name, "fk", &parts), deferrable, ..self.clone() })
    }

    fn altered(&self, held: Self, _: &Self, at: &mut Translating<'_>) -> Option<Self> {
        Some(ForeignKey { name: held.name, ..self.translated(at)? })
    }

    fn is_counterpart(&self, other: &Self) -> bool {
        self.columns == other.columns
            && self.references == other.references
            && self.referenced_columns == other.referenced_columns
    }
}

impl Translate for Unique {
    fn translated(&self, at: &mut Translating<'_>) -> Option<Self> {
        let parts = [&*at.table.name.name, &self.columns.join("_")];
        let is_postgres = at.secondary.dialect() == DialectName::Postgres;
        Some(Unique {
            name: name_of(at.secondary, &self.name, "uq", &parts),
            columns: self.columns.clone(),
            nulls_not_distinct: self.nulls_not_distinct && at.knows.nulls_not_distinct,
            deferrable: if is_postgres { self.deferrable } else { Deferrable::No },
        })
    }

    fn altered(&self, held: Self, _: &Self, at: &mut Translating<'_>) -> Option<Self> {
        Some(Unique { name: held.name, ..self.translated(at)? })
    }

    fn is_counterpart(&self, other: &Self) -> bool {
        self.columns == other.columns
    }
}

impl Translate for Check {
    fn translated(&self, at: &mut Translating<'_>) -> Option<Self> {
        let parts = [&*at.table.name.name, &naming::of_expression(&self.expression)];
        let name = name_of(at.secondary, &self.name, "ck", &parts);
        let what = format!("the check `{}`", name.text().unwrap_or_default());
        Some(Check { expression: at.text(&what, &self.expression), name })
    }

    fn altered(&self, held: Self, _: &Self, at: &mut Translating<'_>) -> Option<Self> {
        Some(Check { name: held.name, ..self.translated(at)? })
    }

    fn is_counterpart(&self, other: &Self) -> bool {
        is_same(&self.expression, &other.expression)
    }
}

impl Translate for Index {
    fn translated(&self, at: &mut Translating<'_>) -> Option<Self> {
        let has_expression = self.keys.iter().any(|key| matches!(key.part, IndexPart::Expression(_)));
        let would_differ = self.unique && self.predicate.is_some() && !at.knows.predicates;
        if would_differ || (has_expression && !at.knows.expression_keys) {
            return None;
        }
        let kind = if self.unique { "uq" } else { "ix" };
        let name = name_of(at.secondary, &self.name, kind, &[&at.table.name.name, &naming::of_keys(&self.keys)]);
        let what = format!("the index `{}`", name.text().unwrap_or_default());
        let knows = at.knows;
        Some(Index {
            keys: self.keys.iter().map(|key| translated_key(key, &what, at)).collect(),
            unique: self.unique,
            method: self.method.clone().filter(|method| knows.knows_method(method)),
            predicate: self.predicate.as_ref().filter(|_| knows.predicates).map(|sql| at.text(&what, sql)),
            include: if knows.include { self.include.clone() } else { Vec::new() },
            nulls_not_distinct: self.nulls_not_distinct && knows.nulls_not_distinct,
            concurrently: false,
            name,
        })
    }

    fn altered(&self, held: Self, from: &Self, at: &mut Translating<'_>) -> Option<Self> {
        let translated = self.translated(at)?;
        Some(Index {
            name: held.name,
            keys: if self.keys == from.keys { held.keys } else { translated.keys },
            predicate: if self.predicate == from.predicate { held.predicate } else { translated.predicate },
            ..translated
        })
    }

    fn is_counterpart(&self, other: &Self) -> bool {
        let is_same_part = |(one, other): (&IndexKey, &IndexKey)| match (&one.part, &other.part) {
            (IndexPart::Column(one), IndexPart::Column(other)) => one == other,
            (IndexPart::Expression(one), IndexPart::Expression(other)) => is_same(one, other),
            _ => false,
        };
        let is_same_predicate = match (&self.predicate, &other.predicate) {
            (Some(one), Some(other)) => is_same(one, other),
            // One of the databases may have left it out.
            _ => true,
        };
        self.unique == other.unique
            && self.keys.len() == other.keys.len()
            && self.keys.iter().zip(&other.keys).all(is_same_part)
            && is_same_predicate
    }
}

fn translated_key(key: &IndexKey, what: &str, at: &mut Translating<'_>) -> IndexKey {
    let part = match &key.part {
        IndexPart::Column(name) => IndexPart::Column(name.clone()),
        IndexPart::Expression(sql) => IndexPart::Expression(at.text(what, sql)),
    };
    IndexKey {
        part,
        order: key.order,
        nulls: if at.knows.nulls_order { key.nulls } else { Nulls::Default },
        operator_class: None,
        collation: None,
        length: None,
    }
}
