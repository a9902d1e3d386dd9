//! Enums and newtypes as `derive(sqlx::Type)` reads them.
//!
//! Owns what `#[sqlx(…)]` of a type says and which values an enum has. Read [`read`] first.

use alembic_revisions::Place;
use alembic_schema::model::{EnumStorage, ModelEnum};
use alembic_schema::schema::ObjectName;

use crate::attributes::{Attributes, expand};
use crate::cfg::{Cfg, Truth, Unknown};
use crate::cursor::{Cursor, between_commas};
use crate::fault::{Problem, ReadError};
use crate::grammar::ast::{EnumItems, Token, TokenKind};
use crate::grammar::{parse_enum_table, words};
use crate::lexer::tokens;
use crate::literal;
use crate::tree::{Declaration, ItemId, Tree};

/// What `#[sqlx(…)]` says of a type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    pub transparent: bool,
    pub type_name: Option<String>,
    pub rename_all: Option<String>,
}

impl Container {
    /// Adds what another `#[sqlx(…)]` says.
    pub fn add(&mut self, list: &[Token<'_>]) {
        self.transparent |= list.iter().any(|token| token.kind == TokenKind::Ident("transparent"));
        self.type_name = value(list, "type_name").or(self.type_name.take());
        self.rename_all = value(list, "rename_all").or(self.rename_all.take());
    }
}

/// Returns the integer type of `#[repr(…)]`.
pub fn integer_repr(attributes: &Attributes) -> Option<String> {
    attributes.repr.iter().find(|word| crate::names::integer(word).is_some()).cloned()
}

/// Returns an enum with its values; `feature` is the one that owns it.
pub fn read(tree: &Tree<'_>, id: ItemId, feature: String, errors: &mut Vec<ReadError>) -> ModelEnum {
    let item = &tree.items[id];
    let cfg = tree.cfg(tree.modules[item.module].package);
    let place = tree.place(item.file, item.item.name);
    let says = &item.attributes.sqlx;
    let table = table(tree, item, &cfg, errors);
    let integer = integer_repr(&item.attributes).and_then(|repr| crate::names::integer(&repr));
    let is_text = says.type_name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("text"));
    let storage = match integer {
        Some(integer) => EnumStorage::Integer(Box::new(integer)),
        None if is_text => EnumStorage::Text,
        None => EnumStorage::Native,
    };
    let sqlx_name = says.type_name.as_deref().filter(|_| !is_text).unwrap_or(&item.name);
    let mut name = type_name(sqlx_name);
    if let Some(stated) = table.name {
        name.name = stated.value;
    }
    name.schema = table.schema.map(|schema| schema.value).or(name.schema);
    let mut around = Around { tree, item, cfg: &cfg, errors };
    let values = match storage {
        EnumStorage::Integer(_) => Vec::new(),
        _ => around.values(says.rename_all.as_deref()),
    };
    let renamed = table.renamed.into_iter().map(|value| (value.old.value, value.new.value)).collect();
    ModelEnum { feature, rust_name: item.name.clone(), place, name, values, renamed, storage }
}

/// Reads `#[table(…)]` of an enum.
fn table(tree: &Tree<'_>, item: &Declaration, cfg: &Cfg<'_>, errors: &mut Vec<ReadError>) -> EnumItems {
    let text = tree.files[item.file].text.as_str();
    let (tokens, _) = expand(&tokens(text, item.item.span.start as usize..item.item.name.start as usize), cfg);
    parse_enum_table(&tokens).unwrap_or_else(|faults| {
        errors.extend(faults.into_iter().map(|fault| {
            let place = tree.place(item.file, fault.span);
            ReadError::new(Problem::Grammar { message: fault.message, help: fault.help }, place)
        }));
        EnumItems::default()
    })
}

struct Around<'a, 't> {
    tree: &'a Tree<'t>,
    item: &'a Declaration,
    cfg: &'a Cfg<'a>,
    errors: &'a mut Vec<ReadError>,
}

impl Around<'_, '_> {
    /// Returns the values that the database stores, in their order.
    fn values(&mut self, rename_all: Option<&str>) -> Vec<String> {
        let text = self.tree.files[self.item.file].text.as_str();
        let tail = tokens(text, self.item.item.body.range());
        let mut cursor = Cursor::new(&tail);
        while cursor.rest.first().is_some_and(|token| token.kind != TokenKind::Open('{')) {
            cursor.next();
        }
        let (body, unknown) = expand(cursor.group('{').unwrap_or_default(), self.cfg);
        for truth in unknown {
            if let Truth::Unknown(unknown) = truth {
                self.doubt(&self.item.name, unknown);
            }
        }
        between_commas(&body).into_iter().filter_map(|variant| self.value(variant, rename_all)).collect()
    }

    fn value(&mut self, variant: &[Token<'_>], rename_all: Option<&str>) -> Option<String> {
        let mut cursor = Cursor::new(variant);
        let (mut condition, mut renamed) = (Truth::True, None);
        while cursor.take_punct('#') {
            let mut attribute = Cursor::new(cursor.group('[').unwrap_or_default());
            match attribute.word() {
                Some("cfg") => {
                    condition = condition.and(self.cfg.holds(attribute.group('(').unwrap_or_default()));
                }
                Some("sqlx") => renamed = value(attribute.group('(').unwrap_or_default(), "rename").or(renamed),
                _ => {}
            }
        }
        let name = cursor.word()?;
        match condition {
            Truth::False => return None,
            Truth::Unknown(unknown) => self.doubt(&format!("{}::{name}", self.item.name), unknown),
            Truth::True => {}
        }
        let by_case = || rename_all.and_then(|case| words::renamed_all(name, case));
        Some(renamed.or_else(by_case).unwrap_or_else(|| name.to_owned()))
    }

    fn doubt(&mut self, subject: &str, unknown: Unknown) {
        let place: Place = self.tree.place(self.item.file, unknown.span);
        let problem = Problem::UnknownCfg { subject: subject.to_owned(), name: unknown.name };
        self.errors.push(ReadError::new(problem, place));
    }
}

/// Returns the string of `key = "…"` in the list of an attribute.
fn value(list: &[Token<'_>], key: &str) -> Option<String> {
    between_commas(list).into_iter().find_map(|part| {
        let mut cursor = Cursor::new(part);
        (cursor.take_word(key) && cursor.take_punct('=')).then(|| cursor.literal().and_then(literal::text)).flatten()
    })
}

/// Returns the name that PostgreSQL finds for what sqlx asks: in lower case, unless it is quoted.
fn type_name(written: &str) -> ObjectName {
    let mut parts = vec![String::new()];
    let mut is_quoted = false;
    for character in written.chars() {
        match character {
            '"' => is_quoted = !is_quoted,
            '.' if !is_quoted => parts.push(String::new()),
            _ => {
                if let Some(part) = parts.last_mut() {
                    if is_quoted { part.push(character) } else { part.extend(character.to_lowercase()) }
                }
            }
        }
    }
    let name = parts.pop().unwrap_or_default();
    ObjectName { schema: parts.pop(), name }
}
