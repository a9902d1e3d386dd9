//! What a foreign key points to: `"players.id"`, `"public.players.id"`, `"players(id, region)"`.

use super::ast::{At, Fault, Reference};

pub(super) fn reference(text: &At<String>) -> Result<At<Reference>, Fault> {
    match read(text.value.trim()) {
        Some(value) => Ok(At { value, span: text.span }),
        None => {
            let table = text.value.trim();
            let is_name = table.chars().all(|c| c.is_alphanumeric() || c == '_');
            let example = if is_name { format!("{table}.id") } else { "players.id".to_owned() };
            Err(Fault::new(text.span, format!("`{table}` is not a table and a column"))
                .help(format!("write `references = \"{example}\"`")))
        }
    }
}

fn read(text: &str) -> Option<Reference> {
    let (path, listed) = match text.split_once('(') {
        Some((path, columns)) => (path, Some(columns.strip_suffix(')')?)),
        None => (text, None),
    };
    let mut parts = path.split('.').map(name).collect::<Option<Vec<String>>>()?;
    let columns = match listed {
        Some(listed) => listed.split(',').map(name).collect::<Option<Vec<String>>>()?,
        None => vec![parts.pop()?],
    };
    let table = parts.pop()?;
    let schema = parts.pop();
    parts.is_empty().then_some(Reference { schema, table, columns })
}

fn name(text: &str) -> Option<String> {
    let text = text.trim();
    let odd = |c: char| c.is_whitespace() || "()[]\"'`,;".contains(c);
    (!text.is_empty() && !text.contains(odd)).then(|| text.to_owned())
}
