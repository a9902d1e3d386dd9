//! The grammar of `derive(Table)`, `derive(Columns)` and `derive(Values)`, for the compiler and the command line alike.
//!
//! Owns which keys there are, what they take and which go together; must not name anything but `std` and `super::Span`,
//! because two crates compile this folder. What needs other structs is the reader's. Read [`ast::StructDecl`] first.

pub mod ast;
mod check;
mod column;
mod columns;
mod entry;
mod enums;
mod fault;
mod group;
mod item;
mod literal;
mod reference;
mod sqlx;
mod table;
pub mod words;

use ast::{Derive, EnumItems, Fault, StructDecl, Token};

pub use check::check;
pub use columns::option_of;

/// The struct that `tokens` are, with its attributes; else every fault of its text. [`check`] tells what is wrong with
/// the fields beside each other. An empty list of faults: there were no tokens.
pub fn parse_struct<'s>(tokens: &[Token<'s>], derive: Derive) -> Result<StructDecl<'s>, Vec<Fault>> {
    match read_struct(tokens, derive) {
        (Some(decl), faults) if faults.is_empty() => Ok(decl),
        (_, faults) => Err(faults),
    }
}

/// The struct without the parts that have faults, and the faults, with those that [`check`] finds in the rest.
pub fn read_struct<'s>(tokens: &[Token<'s>], derive: Derive) -> (Option<StructDecl<'s>>, Vec<Fault>) {
    let (decl, mut faults) = item::read(tokens, derive);
    if let (Some(decl), false) = (&decl, faults.is_empty()) {
        faults.extend(check::check_rest(decl));
    }
    (decl, faults)
}

/// What `#[table(…)]` says of the enum that `tokens` are; only its attributes will do.
pub fn parse_enum_table(tokens: &[Token<'_>]) -> Result<EnumItems, Vec<Fault>> {
    let (items, faults) = enums::read(tokens);
    if faults.is_empty() { Ok(items) } else { Err(faults) }
}

/// Every fault of an enum with `derive(Values)`.
pub fn enum_faults(tokens: &[Token<'_>]) -> Vec<Fault> {
    item::no_enum(tokens).map_or_else(|| enums::read(tokens).1, |fault| vec![fault])
}
