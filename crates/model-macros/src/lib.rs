//! The derives.
#[expect(dead_code, reason = "the command line reads what the macro does not")]
mod grammar;
pub(crate) type Span = proc_macro::Span;
