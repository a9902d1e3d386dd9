//! The columns of a model: its fields in their order, with those of flattened structs in the places of their fields.

use std::rc::Rc;

use alembic_revisions::Place;
use alembic_schema::model::{ModelColumn, RustType, Warning};

use super::declared::{Declared, Decls, type_span};
use super::{Workshop, owned, plain};
use crate::cursor::Cursor;
use crate::fault::Problem;
use crate::grammar::ast::{ColumnItems, FieldDecl, TokenKind};
use crate::lexer::tokens;
use crate::names::{Meaning, Written, shown};
use crate::scan::Form;
use crate::tree::{ItemId, ModuleId};

/// All columns of one model.
pub struct Columns<'s> {
    pub all: Vec<Column<'s>>,
    /// What is flattened could be read; else a key may name what is not known.
    pub is_complete: bool,
}

/// A column, and the field that it comes from.
pub struct Column<'s> {
    /// The field stands in the model itself.
    pub is_own: bool,
    pub model: ModelColumn,
    pub declared: Rc<Declared<'s>>,
    source: Source,
}

/// Which part of its struct says what a column is.
#[derive(Clone, Copy)]
enum Source {
    Field(usize),
    Extra(usize),
}

impl Column<'_> {
    /// Returns the name of the field that it comes from.
    pub fn field(&self) -> &str {
        let decl = &self.declared.decl;
        match self.source {
            Source::Field(at) => decl.fields[at].name.value,
            Source::Extra(at) => &decl.table.extra_columns[at].value.name.value,
        }
    }

    pub fn items(&self) -> &ColumnItems {
        let decl = &self.declared.decl;
        match self.source {
            Source::Field(at) => &decl.fields[at].column,
            Source::Extra(at) => &decl.table.extra_columns[at].value.column,
        }
    }
}

struct Gathering<'g, 's> {
    shop: &'g Workshop<'g>,
    decls: &'g Decls<'s>,
    found: Columns<'s>,
    /// The structs that are being flattened, the model itself first.
    within: Vec<ItemId>,
}

/// Longer chains of aliases of a flattened struct are given up.
const LONGEST: usize = 32;

impl<'s> Columns<'s> {
    /// Returns the columns of a model; two of one name are reported.
    pub fn of(shop: &Workshop<'_>, decls: &Decls<'s>, declared: &Rc<Declared<'s>>) -> Self {
        // What is flattened is rarely more than a key and some dates.
        let room = declared.decl.fields.len() + declared.decl.table.extra_columns.len() + 4;
        let found = Columns { all: Vec::with_capacity(room), is_complete: true };
        let mut gathering = Gathering { shop, decls, found, within: vec![declared.id] };
        gathering.fields(declared, "");
        let mut columns = gathering.found;
        columns.add_extra(shop, declared);
        columns.tell_duplicates(shop, declared.decl.name.value);
        columns
    }

    fn add_extra(&mut self, shop: &Workshop<'_>, declared: &Rc<Declared<'s>>) {
        for (at, extra) in declared.decl.table.extra_columns.iter().enumerate() {
            let (name, items) = (&extra.value.name, &extra.value.column);
            let model = ModelColumn {
                name: name.value.clone(),
                place: declared.place(shop, name.span),
                rust_type: RustType::None,
                nullable: extra.value.is_nullable(),
                renamed_from: items.renamed_from.as_ref().map(|name| name.value.clone()),
                settings: plain::settings(items),
                overrides: plain::overrides(items),
            };
            let declared = Rc::clone(declared);
            self.all.push(Column { is_own: true, model, declared, source: Source::Extra(at) });
        }
    }

    fn tell_duplicates(&self, shop: &Workshop<'_>, model: &str) {
        let mut columns: Vec<&ModelColumn> = self.all.iter().map(|column| &column.model).collect();
        columns.sort_by_key(|column| &column.name);
        for (first, second) in columns.iter().zip(columns.iter().skip(1)).filter(|(one, other)| one.name == other.name)
        {
            let problem = Problem::DuplicateColumn { model: model.to_owned(), column: second.name.clone() };
            let first = Place { label: "the first one".to_owned(), ..first.place.clone() };
            shop.fault(problem, vec![second.place.clone(), first]);
        }
    }
}

impl<'s> Gathering<'_, 's> {
    fn fields(&mut self, declared: &Rc<Declared<'s>>, prefix: &str) {
        for (at, field) in declared.decl.fields.iter().enumerate() {
            if field.is_skipped() {
                continue;
            }
            if field.is_flattened() {
                self.flatten(declared, field, prefix);
            } else {
                let column = self.column(declared, at, field, prefix);
                self.found.all.push(column);
            }
        }
    }

    fn column(&self, declared: &Rc<Declared<'s>>, at: usize, field: &FieldDecl<'_>, prefix: &str) -> Column<'s> {
        let items = &field.column;
        let (rust_type, is_optional) = self.typed(declared, field);
        let model = ModelColumn {
            name: [prefix, field.column_name()].concat(),
            place: declared.place(self.shop, type_span(field)),
            rust_type,
            nullable: items.nullable.is_some() || is_optional && items.not_null.is_none(),
            renamed_from: items.renamed_from.as_ref().map(|name| name.value.clone()),
            settings: plain::settings(items),
            overrides: plain::overrides(items),
        };
        Column { is_own: self.within.len() == 1, model, declared: Rc::clone(declared), source: Source::Field(at) }
    }

    /// Returns what a field is stored as, and whether it may be NULL by its type.
    fn typed(&self, declared: &Declared<'_>, field: &FieldDecl<'_>) -> (RustType, bool) {
        let shop = self.shop;
        if let Some(from) = &field.sqlx.try_from {
            let tokens = tokens(&from.value, 0..from.value.len());
            let typed = shop.types.typed(declared.module, &from.value, &tokens);
            return (typed.rust_type, typed.is_optional);
        }
        let text = shop.tree.files[declared.file].text.as_str();
        let typed = shop.types.typed(declared.module, text, &field.rust_type);
        let rust_type = if field.sqlx.json.is_some() { RustType::Json } else { typed.rust_type };
        (rust_type, typed.is_optional)
    }

    fn flatten(&mut self, declared: &Declared<'_>, field: &FieldDecl<'_>, prefix: &str) {
        let shop = self.shop;
        let place = declared.place(shop, type_span(field));
        let Some(target) = self.target(declared, field, &place) else {
            self.found.is_complete = false;
            return;
        };
        let mut prefix = prefix.to_owned();
        if let Some(own) = &field.column.prefix {
            prefix.push_str(&own.value);
            shop.warnings.borrow_mut().push(Warning {
                message: "sqlx's `flatten` knows no prefix: `FromRow` will look for the columns without it".to_owned(),
                help: Some("name the columns in your queries, or write the fields out".to_owned()),
                place: declared.place(shop, own.span),
            });
        }
        if self.within.contains(&target.id) {
            shop.fault(Problem::FlattenCycle { name: target.decl.name.value.to_owned() }, vec![place]);
            self.found.is_complete = false;
            return;
        }
        self.within.push(target.id);
        self.fields(&target, &prefix);
        self.within.pop();
    }

    fn target(&self, declared: &Declared<'_>, field: &FieldDecl<'_>, place: &Place) -> Option<Rc<Declared<'s>>> {
        let shop = self.shop;
        let unknown = |reason: &str| {
            let written = shown(&shop.tree.files[declared.file].text, &field.rust_type);
            let problem = Problem::FlattenTarget { written, reason: reason.to_owned() };
            shop.fault(problem, vec![place.clone()]);
        };
        let Some(id) = self.struct_of(declared.module, &Written::read(&field.rust_type), LONGEST) else {
            unknown("no struct of this workspace is called so here");
            return None;
        };
        let item = &shop.tree.items[id];
        if item.form() != Form::Struct {
            unknown("it is no struct");
            return None;
        }
        // A circle is told when its last struct leads back to the first, which may be a table.
        if !self.decls.has_read(id) && !owned::has_columns(shop, item) && !self.within.contains(&id) {
            let declared_at = shop.tree.place(item.file, item.item.name);
            let declared_at = Place { label: "declared here".to_owned(), ..declared_at };
            shop.fault(Problem::NoColumns { name: item.name.clone() }, vec![place.clone(), declared_at]);
            return None;
        }
        if let Some(doubt) = item.attributes.derives.iter().find_map(|derived| owned::doubt(item, derived)) {
            owned::unknown_cfg(shop, &item.name, &doubt);
        }
        self.decls.columns(id)
    }

    /// Follows aliases to a struct of the workspace.
    fn struct_of(&self, module: ModuleId, written: &Written, depth: usize) -> Option<ItemId> {
        let Written::Path { path, .. } = written else { return None };
        let Meaning::Item(id) = self.shop.names.resolve(module, path) else { return None };
        let item = &self.shop.tree.items[id];
        if item.form() != Form::Alias {
            return Some(id);
        }
        let tail = tokens(&self.shop.tree.files[item.file].text, item.item.body.range());
        let mut cursor = Cursor::new(&tail);
        while cursor.next().is_some_and(|token| token.kind != TokenKind::Punct('=')) {}
        let aliased = cursor.rest.split(|token| token.kind == TokenKind::Punct(';')).next().unwrap_or_default();
        self.struct_of(item.module, &Written::read(aliased), depth.checked_sub(1)?)
    }
}
