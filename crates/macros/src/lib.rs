//! `embed!`: the revisions of a workspace, checked and embedded when an application is compiled.
//!
//! Scripts are read, checked and split by `alembic-revisions`, as the command line does it; nothing here opens a
//! connection, and nothing knows how revisions run. Applications use it through `alembic-runtime`, whose `embedded`
//! module has the types that the expansion names. Read [`embed`] first.

mod error;
mod excerpt;
mod expand;
mod metadata;
mod scripts;
mod select;
mod watch;

use std::path::{Path, PathBuf};

use alembic_revisions::Diagnose;
use proc_macro::{Delimiter, TokenStream, TokenTree};

use crate::error::EmbedError;
use crate::expand::Embedding;
use crate::metadata::Workspace;
use crate::watch::Watches;

/// Expands to the revisions of all features of the workspace, or of the packages that are named.
///
/// `alembic_runtime::embed!` calls it, where the names of its expansion are known.
#[proc_macro]
pub fn embed(arguments: TokenStream) -> TokenStream {
    let expanded = match names(arguments).map_err(only).and_then(|names| expand(&names)) {
        Ok(expanded) => expanded,
        Err(faults) => errors(&faults),
    };
    expanded.parse().unwrap_or_default()
}

/// Expands to an empty text, and turns the file that was read just before into the folder that it stands for.
///
/// For the expansion of [`embed`] alone, see `watch`.
#[doc(hidden)]
#[proc_macro]
pub fn watched(arguments: TokenStream) -> TokenStream {
    let paths: Vec<PathBuf> = strings(arguments).into_iter().flatten().map(PathBuf::from).collect();
    if let Some((file, targets)) = paths.split_first() {
        watch::link(file, targets);
    }
    "\"\"".parse().unwrap_or_default()
}

type Faults = Vec<Box<dyn Diagnose>>;

fn only(error: EmbedError) -> Faults {
    vec![Box::new(error)]
}

fn expand(names: &[String]) -> Result<String, Faults> {
    let variable = |name| std::env::var_os(name).ok_or_else(|| only(EmbedError::NoCargo(name)));
    let (cargo, package) = (variable("CARGO")?, variable("CARGO_MANIFEST_DIR")?);
    let workspace = Workspace::ask(Path::new(&cargo), Path::new(&package)).map_err(only)?;
    let features = workspace.select(names).map_err(only)?;
    let scripts = scripts::read(&workspace, &features)?;
    let watches = Watches::begin(&workspace, &workspace.watched_folders(names, &features));
    let inputs = workspace.inputs(names, &features);
    Ok(Embedding { workspace: &workspace, scripts: &scripts, inputs: &inputs, watches: &watches }.tokens())
}

/// Returns the code that fails with these faults, each as an error of its own.
fn errors(faults: &Faults) -> String {
    let shown = faults.iter().map(|fault| format!("::core::compile_error!({:?})", excerpt::shown(fault.as_ref())));
    format!("{{ {} }}", shown.collect::<Vec<_>>().join(";"))
}

/// Returns the packages that are named, in their order.
fn names(arguments: TokenStream) -> Result<Vec<String>, EmbedError> {
    let mut names = Vec::new();
    for name in strings(arguments) {
        names.push(name.map_err(EmbedError::NotAName)?);
    }
    Ok(names)
}

/// Returns the values of string literals with commas between them; whatever else stands there, as it is written.
fn strings(arguments: TokenStream) -> Vec<Result<String, String>> {
    let mut strings = Vec::new();
    let mut is_due = true;
    for token in arguments {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == ',' && !is_due => is_due = true,
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                strings.extend(self::strings(group.stream()))
            }
            TokenTree::Literal(literal) if is_due => {
                strings.push(value(&literal.to_string()).ok_or_else(|| token.to_string()));
                is_due = false;
            }
            _ => strings.push(Err(token.to_string())),
        }
    }
    strings
}

/// Returns the value of a string literal, in which only quotes and backslashes may be escaped.
fn value(literal: &str) -> Option<String> {
    let inside = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut value = String::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => value.push(characters.next().filter(|escaped| matches!(escaped, '\\' | '"' | '\''))?),
            character => value.push(character),
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_its_text() {
        for (literal, expected) in [
            (r#""players""#, Some("players")),
            (r#""C:\\a\"b""#, Some("C:\\a\"b")),
            (r#""""#, Some("")),
            (r#""a\nb""#, None),
            (r##"r#"players"#"##, None),
            ("7", None),
            ("b\"players\"", None),
        ] {
            assert_eq!(value(literal).as_deref(), expected, "{literal}");
        }
    }
}
