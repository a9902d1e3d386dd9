//! What the derives make: an `impl` with names, and the faults as errors of the compiler.

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

use crate::generics::Generics;
use crate::grammar;
use crate::grammar::ast::{Derive, Fault, StructDecl};
use crate::tokens::Flat;

/// `derive(Table)` and `derive(Columns)`.
pub fn structure(item: TokenStream, derive: Derive) -> TokenStream {
    let flat = Flat::new(item.clone());
    let (decl, mut faults) = grammar::read_struct(&flat.tokens(), derive);
    if let (Some(decl), true) = (&decl, faults.is_empty()) {
        faults = grammar::check(decl);
    }
    let mut expanded = errors(&faults);
    // Also beside faults: that the trait is missing would be a second error, about nothing.
    if let (Some(decl), Some(generics)) = (decl, Generics::of(item)) {
        expanded.extend(implementation(&decl, generics));
    }
    expanded
}

/// `derive(Values)`.
pub fn enumeration(item: TokenStream) -> TokenStream {
    errors(&grammar::enum_faults(&Flat::new(item).tokens()))
}

fn errors(faults: &[Fault]) -> TokenStream {
    faults.iter().flat_map(error).collect()
}

/// `::core::compile_error! { "…" }` at the place of the fault.
fn error(fault: &Fault) -> Vec<TokenTree> {
    let help = fault.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    let message = TokenTree::Literal(Literal::string(&format!("{}{help}", fault.message)));
    let mut trees = Vec::new();
    path(&["core", "compile_error"], &mut trees);
    trees.push(TokenTree::Punct(Punct::new('!', Spacing::Alone)));
    trees.push(group(Delimiter::Brace, [message]));
    trees.into_iter().map(|tree| with_span(tree, fault.span)).collect()
}

fn with_span(mut tree: TokenTree, span: Span) -> TokenTree {
    if let TokenTree::Group(inside) = &tree {
        let stream = inside.stream().into_iter().map(|tree| with_span(tree, span)).collect();
        tree = TokenTree::Group(Group::new(inside.delimiter(), stream));
    }
    tree.set_span(span);
    tree
}

/// `impl … ::alembic_model::Table for Name … { const TABLE …; const COLUMNS …; }`
fn implementation(decl: &StructDecl<'_>, generics: Generics) -> TokenStream {
    let mut trees = vec![word("impl")];
    angles(generics.parameters, &mut trees);
    path(&["alembic_model", if decl.derive == Derive::Table { "Table" } else { "Columns" }], &mut trees);
    trees.push(word("for"));
    trees.push(generics.name);
    angles(generics.arguments, &mut trees);
    trees.extend(generics.bounds);
    let mut body = TokenStream::new();
    if decl.derive == Derive::Table {
        body.extend(constant("const TABLE: &'static str =", TokenTree::Literal(Literal::string(&decl.table_name()))));
    }
    let columns = decl.columns().flat_map(|field| {
        [TokenTree::Literal(Literal::string(field.column_name())), TokenTree::Punct(Punct::new(',', Spacing::Alone))]
    });
    body.extend(constant("const COLUMNS: &'static [&'static str] = &", group(Delimiter::Bracket, columns)));
    trees.push(TokenTree::Group(Group::new(Delimiter::Brace, body)));
    trees.into_iter().collect()
}

fn constant(head: &str, value: TokenTree) -> TokenStream {
    let mut constant: TokenStream = head.parse().unwrap_or_default();
    constant.extend([value, TokenTree::Punct(Punct::new(';', Spacing::Alone))]);
    constant
}

fn word(word: &str) -> TokenTree {
    TokenTree::Ident(Ident::new(word, Span::call_site()))
}

fn group(delimiter: Delimiter, trees: impl IntoIterator<Item = TokenTree>) -> TokenTree {
    TokenTree::Group(Group::new(delimiter, trees.into_iter().collect()))
}

fn path(words: &[&str], trees: &mut Vec<TokenTree>) {
    for segment in words {
        trees.push(TokenTree::Punct(Punct::new(':', Spacing::Joint)));
        trees.push(TokenTree::Punct(Punct::new(':', Spacing::Alone)));
        trees.push(word(segment));
    }
}

/// `<…>`, or nothing.
fn angles(inside: Vec<TokenTree>, trees: &mut Vec<TokenTree>) {
    if !inside.is_empty() {
        trees.push(TokenTree::Punct(Punct::new('<', Spacing::Alone)));
        trees.extend(inside);
        trees.push(TokenTree::Punct(Punct::new('>', Spacing::Alone)));
    }
}
