//! The derives of `alembic-model`, which re-exports them and says how they are used.
//!
//! Owns the way from the compiler's tokens to the grammar's and back; what the attributes mean is in `grammar`, which the
//! command line compiles too. No dependencies. Read [`expand`] first.

mod expand;
mod generics;
#[expect(dead_code, clippy::enum_variant_names, reason = "the command line compiles this folder too, for all it says")]
mod grammar;
mod tokens;

use grammar::ast::Derive;
use proc_macro::TokenStream;

/// The place of a token, under the name that the grammar knows.
type Span = proc_macro::Span;

/// Makes a struct a table: see the crate `alembic-model`.
#[proc_macro_derive(Table, attributes(table, column))]
pub fn table(item: TokenStream) -> TokenStream {
    expand::structure(item, Derive::Table)
}

/// Makes a struct a group of columns that tables flatten: see the crate `alembic-model`.
#[proc_macro_derive(Columns, attributes(table, column))]
pub fn columns(item: TokenStream) -> TokenStream {
    expand::structure(item, Derive::Columns)
}

/// Lets an enum say `#[table(…)]`: see the crate `alembic-model`.
#[proc_macro_derive(Values, attributes(table))]
pub fn values(item: TokenStream) -> TokenStream {
    expand::enumeration(item)
}
