//! From types as they are written to what a column can be: along aliases, newtypes and enums, through `Option`.
//!
//! Never guesses: what is not known is [`RustType::Unresolved`] with its reason. Read [`Types::typed`] first.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use alembic_schema::model::RustType;

use super::known::{self, Known};
use super::written::{shown, source};
use super::{Meaning, Names, Nothing, Written};
use crate::cursor::Cursor;
use crate::grammar::ast::{Token, TokenKind};
use crate::lexer::tokens;
use crate::scan::Form;
use crate::tree::{Declaration, ItemId, ModuleId};

/// What a column can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    pub rust_type: RustType,
    /// An `Option` is around it.
    pub is_optional: bool,
}

/// Types of the workspace; remembers the enums that are met.
pub struct Types<'t> {
    pub names: &'t Names<'t>,
    /// In the order in which columns name them: [`RustType::Enum`] is an index.
    pub enums: RefCell<Vec<ItemId>>,
    /// What was found, by module and by the type's text.
    found: RefCell<Vec<HashMap<String, Typed>>>,
    /// Newtypes whose attributes leave to sqlx more than they say.
    pub opaque_newtypes: RefCell<Vec<ItemId>>,
}

/// Where a type is written: its module, and what the parameters of a generic alias stand for.
#[derive(Clone)]
struct Scope {
    module: ModuleId,
    parameters: Rc<Vec<(String, Written, Scope)>>,
}

/// Longer chains of aliases and newtypes are given up.
const DEEPEST: usize = 32;

impl<'t> Types<'t> {
    pub fn new(names: &'t Names<'t>) -> Self {
        let found = RefCell::new(vec![HashMap::new(); names.tree.modules.len()]);
        Types { names, enums: RefCell::default(), found, opaque_newtypes: RefCell::default() }
    }

    /// Returns what a column of a type in `module` is; `text` is what the tokens are of.
    pub fn typed(&self, module: ModuleId, text: &str, tokens: &[Token<'_>]) -> Typed {
        let written = source(text, tokens);
        if let Some(known) = self.found.borrow().get(module).and_then(|types| types.get(written)) {
            return known.clone();
        }
        let scope = Scope { module, parameters: Rc::default() };
        let found = self.meaning(&scope, &Written::read(tokens), DEEPEST);
        let mut typed = found.unwrap_or_else(|reason| Typed { rust_type: unresolved(reason), is_optional: false });
        if let RustType::Unresolved { written, .. } = &mut typed.rust_type {
            *written = shown(text, tokens);
        }
        self.found.borrow_mut()[module].insert(written.to_owned(), typed.clone());
        typed
    }

    fn meaning(&self, scope: &Scope, written: &Written, depth: usize) -> Result<Typed, String> {
        if depth == 0 {
            return Err("its aliases lead in a circle".to_owned());
        }
        match written {
            Written::Other => Err("sqlx has no column for such a type".to_owned()),
            Written::Reference(inner) => self.meaning(scope, inner, depth - 1),
            Written::Slice(element) => self.sequence(scope, element, depth),
            Written::Path { path, arguments } => {
                if let ([name], false) = (path.segments.as_slice(), path.from_root)
                    && let Some((_, written, scope)) = scope.parameters.iter().find(|(known, ..)| known == name)
                {
                    return self.meaning(scope, written, depth - 1);
                }
                match self.names.resolve(scope.module, path) {
                    Meaning::Item(item) => self.item(item, scope, arguments, depth),
                    Meaning::External(path) => match known::known(&path) {
                        Some(known) => self.known(known, scope, arguments, depth),
                        None => Err(format!("`{}` is not known to be a column", path.join("::"))),
                    },
                    Meaning::Module(_) => Err(format!("`{}` is a module", path.segments.join("::"))),
                    Meaning::Nothing(nothing) => match (path.segments.as_slice(), known::prelude(path.last())) {
                        ([_], Some(known)) => self.known(known, scope, arguments, depth),
                        _ => Err(missing(&path.segments.join("::"), &nothing)),
                    },
                }
            }
        }
    }

    fn known(&self, known: Known, scope: &Scope, arguments: &[Written], depth: usize) -> Result<Typed, String> {
        let argument = || arguments.last().ok_or_else(|| "its argument is missing".to_owned());
        match known {
            Known::Plain(rust_type) => Ok(Typed { rust_type, is_optional: false }),
            Known::Never(reason) => Err(reason.to_owned()),
            Known::Pointer => self.meaning(scope, argument()?, depth - 1),
            Known::Vec => self.sequence(scope, argument()?, depth),
            Known::Option => {
                // That it is an `Option` holds whatever is in it: `sql_type` may say the rest.
                let inner = match self.meaning(scope, argument()?, depth - 1) {
                    Ok(inner) if inner.is_optional => Err("an `Option` in an `Option` is no column".to_owned()),
                    Ok(inner) => Ok(inner.rust_type),
                    Err(reason) => Err(reason),
                };
                Ok(Typed { rust_type: inner.unwrap_or_else(unresolved), is_optional: true })
            }
            Known::DateTime => {
                let zone = self.last_name(scope, argument()?);
                match zone.as_deref() {
                    Some("Utc" | "Local" | "FixedOffset") => {
                        Ok(Typed { rust_type: RustType::ZonedDateTime, is_optional: false })
                    }
                    _ => Err("sqlx reads `DateTime` of `Utc`, `Local` and `FixedOffset` only".to_owned()),
                }
            }
        }
    }

    /// `Vec<T>`, `[T]`
    fn sequence(&self, scope: &Scope, element: &Written, depth: usize) -> Result<Typed, String> {
        let inner = self.meaning(scope, element, depth - 1)?;
        let rust_type = match inner.rust_type {
            RustType::U8 if !inner.is_optional => RustType::Bytes,
            RustType::Array(_) => return Err("sqlx has no arrays of arrays".to_owned()),
            RustType::Unresolved { reason, .. } => return Err(reason),
            element => RustType::Array(Box::new(element)),
        };
        Ok(Typed { rust_type, is_optional: false })
    }

    fn last_name(&self, scope: &Scope, written: &Written) -> Option<String> {
        let Written::Path { path, .. } = written else { return None };
        if let Some((_, written, scope)) = scope.parameters.iter().find(|(known, ..)| known == path.last()) {
            return self.last_name(scope, written);
        }
        match self.names.resolve(scope.module, path) {
            Meaning::External(path) => path.last().cloned(),
            Meaning::Nothing(Nothing::Glob(_)) => Some(path.last().to_owned()),
            _ => None,
        }
    }

    fn item(&self, id: ItemId, scope: &Scope, arguments: &[Written], depth: usize) -> Result<Typed, String> {
        let tree = self.names.tree;
        let item = &tree.items[id];
        match item.form() {
            Form::Alias => {
                let text = tree.files[item.file].text.as_str();
                let tail = tokens(text, item.item.body.range());
                let mut cursor = Cursor::new(&tail);
                let parameters = parameters(&mut cursor);
                let Some(at) = cursor.rest.iter().position(|token| token.kind == TokenKind::Punct('=')) else {
                    return Err(format!("the alias `{}` stands for nothing", item.name));
                };
                let aliased = cursor.rest[at + 1..].split(|token| token.kind == TokenKind::Punct(';')).next();
                let written = Written::read(aliased.unwrap_or_default());
                self.meaning(&inner_scope(item, parameters, arguments, scope), &written, depth - 1)
            }
            Form::Enum => self.enumeration(id, item),
            Form::Struct => self.newtype(id, item, scope, arguments, depth),
            _ => Err(format!("`{}` is a union", item.name)),
        }
    }

    fn enumeration(&self, id: ItemId, item: &Declaration) -> Result<Typed, String> {
        if !self.derives_sqlx_type(item) {
            return Err(format!("the enum `{}` has no `derive(sqlx::Type)`", item.name));
        }
        let mut enums = self.enums.borrow_mut();
        let index = enums.iter().position(|known| *known == id).unwrap_or_else(|| {
            enums.push(id);
            enums.len() - 1
        });
        Ok(Typed { rust_type: RustType::Enum(index), is_optional: false })
    }

    fn newtype(
        &self,
        id: ItemId,
        item: &Declaration,
        scope: &Scope,
        arguments: &[Written],
        depth: usize,
    ) -> Result<Typed, String> {
        let tree = self.names.tree;
        let name = &item.name;
        let says = &item.attributes.sqlx;
        if !says.transparent && !self.derives_sqlx_type(item) {
            return Err(format!("the struct `{name}` has no `derive(sqlx::Type)`"));
        }
        if let Some(type_name) = says.type_name.as_ref().filter(|_| !says.transparent) {
            return Err(format!("`{name}` is the type `{type_name}` of the database"));
        }
        let tail = tokens(&tree.files[item.file].text, item.item.body.range());
        let mut cursor = Cursor::new(&tail);
        let parameters = parameters(&mut cursor);
        let Some(field) = only_field(&mut cursor) else {
            return Err(format!("the struct `{name}` has more than one field"));
        };
        if !says.transparent {
            self.opaque_newtypes.borrow_mut().push(id);
        }
        self.meaning(&inner_scope(item, parameters, arguments, scope), &Written::read(field), depth - 1)
    }

    fn derives_sqlx_type(&self, item: &Declaration) -> bool {
        item.attributes.derives.iter().any(|derived| {
            let found = self.names.is_derive(item.module, &derived.path, &["sqlx", "sqlx_core", "sqlx_macros"], "Type");
            found.unwrap_or(true)
        })
    }
}

fn unresolved(reason: String) -> RustType {
    RustType::Unresolved { written: String::new(), reason }
}

fn missing(name: &str, nothing: &Nothing) -> String {
    match nothing {
        Nothing::Undeclared => format!("`{name}` is not declared in this workspace"),
        Nothing::Doubt(cfg) => format!("which `{name}` is meant depends on `cfg({cfg})`, which is not known"),
        Nothing::Glob(glob) => {
            format!("`{name}` is not declared in this workspace, unless `use {glob}::*` brings it in")
        }
    }
}

fn inner_scope(item: &Declaration, parameters: Vec<String>, arguments: &[Written], outer: &Scope) -> Scope {
    let bound = parameters.into_iter().zip(arguments).map(|(name, written)| (name, written.clone(), outer.clone()));
    Scope { module: item.module, parameters: Rc::new(bound.collect()) }
}

/// Takes `<'a, T: Bound, U = X>`, and returns the names of its types.
fn parameters(cursor: &mut Cursor<'_, '_>) -> Vec<String> {
    let mut names = Vec::new();
    if !cursor.take_punct('<') {
        return names;
    }
    let (mut depth, mut is_name) = (1usize, true);
    while let Some(token) = cursor.next() {
        match &token.kind {
            TokenKind::Punct('<') => depth += 1,
            TokenKind::Punct('>') => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            TokenKind::Punct(',') if depth == 1 => is_name = true,
            TokenKind::Ident(name) if is_name && depth == 1 => {
                names.push((*name).to_owned());
                is_name = false;
            }
            TokenKind::Open(_) | TokenKind::Close(_) => {}
            _ => is_name = false,
        }
    }
    names
}

/// Returns the type of the only field of a struct, of which the cursor is at the body.
fn only_field<'t, 's>(cursor: &mut Cursor<'t, 's>) -> Option<&'t [Token<'s>]> {
    let (group, is_named) = match cursor.group('(') {
        Some(group) => (group, false),
        None => (cursor.group('{')?, true),
    };
    let fields = crate::cursor::between_commas(group);
    // A comma between angle brackets parts no fields.
    let depth = |part: &[Token<'_>]| {
        part.iter().fold(0i32, |depth, token| match token.kind {
            TokenKind::Punct('<') => depth + 1,
            TokenKind::Punct('>') => depth - 1,
            _ => depth,
        })
    };
    let first = *fields.first()?;
    let all = if depth(first) == 0 { (fields.len() == 1).then_some(first)? } else { group };
    let mut field = Cursor::new(all);
    while field.take_punct('#') {
        field.group('[');
    }
    if field.take_word("pub") {
        field.group('(');
    }
    if is_named {
        field.word()?;
        field.take_punct(':').then_some(())?;
    }
    match field.rest.split_last() {
        Some((Token { kind: TokenKind::Punct(','), .. }, rest)) => Some(rest),
        _ => Some(field.rest),
    }
}
