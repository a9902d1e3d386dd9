//! The grammar of the derives, fed with tokens of a lexer that knows just enough of Rust.

mod faults;
mod lexer;
mod structs;
mod values;

use alembic_reader::grammar::ast::{Derive, Fault, StructDecl};
use alembic_reader::grammar::{check, parse_struct};

/// The struct, which must have no fault at all.
fn struct_of(source: &str) -> StructDecl<'_> {
    let decl =
        parse_struct(&lexer::tokens(source), Derive::Table).unwrap_or_else(|faults| panic!("{source}: {faults:?}"));
    let faults = check(&decl);
    assert!(faults.is_empty(), "{source}: {faults:?}");
    decl
}

/// `message | help @ source under the span` for each fault, of the text or else of the parts beside each other.
fn faults_of(source: &str, derive: Derive) -> Vec<String> {
    let faults = match parse_struct(&lexer::tokens(source), derive) {
        Ok(decl) => check(&decl),
        Err(faults) => faults,
    };
    faults.iter().map(|fault| told(fault, source)).collect()
}

fn told(fault: &Fault, source: &str) -> String {
    let help = fault.help.as_ref().map(|help| format!(" | {help}")).unwrap_or_default();
    format!("{}{help} @ {}", fault.message, &source[fault.span.range()])
}
