//! Structs as the grammar reads them, each once, without the fields that `cfg` removes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use alembic_revisions::Span;

use super::{Workshop, owned};
use crate::attributes::expand;
use crate::cfg::{Cfg, Truth, Unknown};
use crate::fault::Problem;
use crate::grammar;
use crate::grammar::ast::{Derive, Fault, FieldDecl, StructDecl, Token};
use crate::lexer::push_tokens;
use crate::tree::{Doubt, FileId, ItemId, ModuleId};

/// A struct, and where it stands.
pub struct Declared<'s> {
    pub id: ItemId,
    pub module: ModuleId,
    pub file: FileId,
    pub decl: StructDecl<'s>,
}

/// Structs, of which those that are flattened are kept.
pub struct Decls<'s> {
    shop: &'s Workshop<'s>,
    known: RefCell<HashMap<ItemId, Option<Rc<Declared<'s>>>>>,
    /// Room for the tokens of one struct.
    tokens: RefCell<Vec<Token<'s>>>,
}

impl<'s> Decls<'s> {
    pub fn new(shop: &'s Workshop<'s>) -> Self {
        Decls { shop, known: RefCell::default(), tokens: RefCell::default() }
    }

    /// Returns a table; what is wrong with it is reported.
    pub fn table(&self, id: ItemId) -> Option<Rc<Declared<'s>>> {
        self.read(id, Derive::Table).map(Rc::new)
    }

    /// Returns a struct with `derive(Columns)`; what is wrong with it is reported the first time.
    pub fn columns(&self, id: ItemId) -> Option<Rc<Declared<'s>>> {
        if let Some(known) = self.known.borrow().get(&id) {
            return known.clone();
        }
        let read = self.read(id, Derive::Columns).map(Rc::new);
        self.known.borrow_mut().insert(id, read.clone());
        read
    }

    /// Returns whether [`columns`](Self::columns) was asked for it.
    pub fn has_read(&self, id: ItemId) -> bool {
        self.known.borrow().contains_key(&id)
    }

    fn read(&self, id: ItemId, derive: Derive) -> Option<Declared<'s>> {
        let (shop, tree) = (self.shop, self.shop.tree);
        let item = &tree.items[id];
        let cfg = tree.cfg(tree.modules[item.module].package);
        let mut tokens = self.tokens.borrow_mut();
        tokens.clear();
        push_tokens(&tree.files[item.file].text, item.item.span.range(), &mut tokens);
        let mut unknown = Vec::new();
        if memchr::memmem::find(tree.text(item.file, item.item.span).as_bytes(), b"cfg_attr").is_some() {
            (*tokens, unknown) = expand(&tokens, &cfg);
        }
        for truth in unknown {
            if let Truth::Unknown(unknown) = truth {
                owned::unknown_cfg(shop, &item.name, &Doubt { unknown, file: item.file });
            }
        }
        let (decl, mut faults) = grammar::read_struct(&tokens, derive);
        let decl = decl.map(|mut decl| {
            decl.fields.retain(|field| self.is_there(field, &cfg, &item.name, item.file));
            if faults.is_empty() {
                faults = grammar::check(&decl);
            }
            decl
        });
        let is_sound = faults.is_empty();
        for Fault { message, help, span } in faults {
            shop.fault(Problem::Grammar { message, help }, vec![tree.place(item.file, span)]);
        }
        decl.filter(|_| is_sound).map(|decl| Declared { id, module: item.module, file: item.file, decl })
    }

    fn is_there(&self, field: &FieldDecl<'_>, cfg: &Cfg<'_>, model: &str, file: FileId) -> bool {
        let condition = field.cfg.iter().fold(Truth::True, |truth, predicate| truth.and(cfg.holds(predicate)));
        match condition {
            Truth::True => true,
            Truth::False => false,
            Truth::Unknown(Unknown { name, span }) => {
                let subject = format!("{model}.{}", field.name.value);
                owned::unknown_cfg(self.shop, &subject, &Doubt { unknown: Unknown { name, span }, file });
                true
            }
        }
    }
}

/// Returns where a field's type stands, or the field if it has none.
pub fn type_span(field: &FieldDecl<'_>) -> Span {
    match (field.rust_type.first(), field.rust_type.last()) {
        (Some(first), Some(last)) => Span { start: first.span.start, end: last.span.end },
        _ => field.name.span,
    }
}
