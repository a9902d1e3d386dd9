//! Every key that `docs/models.md` lists is in the random models: a new key that nobody generates fails here.

use std::collections::BTreeSet;
use std::path::Path;

use crate::databases::Server;

use super::{Pair, layout};

/// Enough for the rarest key; nothing is run.
const SEEDS: u64 = 400;

/// Forms that are no keys of the tables.
const FORMS: [&str; 21] = [
    "#[cfg_attr(any(), derive(Table)",
    "#[cfg_attr(any(), column(",
    "#[path = ",
    "pub mod deep {",
    "pub type ",
    "#[sqlx(transparent)]",
    "#[repr(i16)]",
    "type_name = \"text\"",
    "#[sqlx(rename = ",
    "#[sqlx(rename_all = \"PascalCase\")]",
    "#[sqlx(rename_all = \"lowercase\")]",
    "#[sqlx(json)]",
    "#[sqlx(try_from = ",
    "#[sqlx(skip)]",
    "#[sqlx(flatten)]",
    "default = \"uuid()\"",
    ".nulls_first",
    ".desc.nulls_last",
    ".asc",
    "unique = \"",
    "index = \"",
];

#[test]
fn every_documented_key_is_generated() {
    let (mut emitted, mut text) = (BTreeSet::new(), String::new());
    for server in Server::ALL {
        for seed in 0..SEEDS {
            let pair = Pair::new(server, seed);
            for (_, source) in layout::files(&pair.first).into_iter().chain(layout::files(&pair.second())) {
                emitted.extend(paths(&source));
                text.push_str(&source);
            }
        }
    }
    let documented = documented();
    assert!(documented.len() > 80, "the tables of docs/models.md are not read: {documented:?}");
    let missing: Vec<&String> = documented.iter().filter(|key| !emitted.contains(*key)).collect();
    assert!(missing.is_empty(), "never generated: {missing:?}");
    let missing: Vec<&&str> = FORMS.iter().filter(|form| !text.contains(**form)).collect();
    assert!(missing.is_empty(), "never generated: {missing:?}");
}

/// The keys of the tables and lists in `docs/models.md`, with those around them: `column/on_delete=cascade`.
fn documented() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/models.md");
    let text = std::fs::read_to_string(path).expect("the documentation of models");
    let mut keys = BTreeSet::new();
    let mut section = "";
    for line in text.lines() {
        section = match line {
            "## Tables" => "table",
            "### Indexes" => "table/index",
            "### Checks and foreign keys" => "table/foreign_key",
            "## Columns" => "column",
            "## Enums" => "values",
            _ if line.starts_with("## ") => "",
            _ => section,
        };
        if let [_, names, means, ..] = line.split('|').collect::<Vec<_>>()[..] {
            row(section, &quoted(names), &quoted(means), &mut keys);
        }
        if line.starts_with("`foreign_key` takes") {
            keys.extend(quoted(line).iter().skip(1).map(|key| format!("{section}/{}", key.trim_end_matches("(…)"))));
        }
    }
    let block = text.split("The block of a database may have").nth(1).and_then(|rest| rest.split('.').next());
    keys.extend(quoted(block.unwrap_or_default()).iter().map(|key| format!("column/block/{key}")));
    keys
}

fn row(section: &str, names: &[String], means: &[String], keys: &mut BTreeSet<String>) {
    for name in names.iter().filter(|_| !section.is_empty()) {
        keys.insert(format!("{section}/{name}"));
        match name.as_str() {
            "on_delete" | "on_update" | "deferrable" | "identity" => {
                keys.extend(means.iter().map(|value| format!("{section}/{name}={value}")));
            }
            "mysql" | "mariadb" | "sqlite" if section == "table" => {
                keys.extend(means.iter().map(|key| format!("{section}/{name}/{key}")));
            }
            _ => {}
        }
    }
}

fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Every key of every attribute, in the words of [`documented`].
fn paths(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut pending = Vec::new();
    for attribute in source.split("#[").skip(1) {
        pending.extend(inside(attribute));
        let item = attribute.lines().find(|line| is_item(line));
        if let Some(item) = item {
            let is_enum = item.starts_with("pub enum");
            for path in pending.drain(..) {
                let of_enum = path.strip_prefix("table").filter(|_| is_enum).map(|rest| format!("values{rest}"));
                found.insert(of_enum.unwrap_or(path));
            }
        }
    }
    found.extend(pending);
    found
}

fn is_item(line: &str) -> bool {
    line.starts_with("pub struct") || line.starts_with("pub enum")
}

/// The paths of one attribute, which ends where its parentheses do.
fn inside(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut around: Vec<String> = Vec::new();
    let (mut word, mut key) = (String::new(), String::new());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            found.push(path(&around, &word));
            key = std::mem::take(&mut word);
        }
        match c {
            '"' => {
                let mut value = String::new();
                while let Some(c) = characters.next().filter(|c| *c != '"') {
                    value.push(c);
                    value.extend((c == '\\').then(|| characters.next()).flatten());
                }
                found.push(path(&around, &format!("{key}={value}")));
            }
            '(' => around.push(key.clone()),
            ')' | ']' if around.is_empty() => break,
            ')' => _ = around.pop(),
            _ => {}
        }
    }
    found
}

fn path(around: &[String], key: &str) -> String {
    let mut parts: Vec<&str> =
        around.iter().map(String::as_str).filter(|of| !matches!(*of, "cfg_attr" | "any")).collect();
    match parts[..] {
        ["column", "postgres" | "sqlite" | "mysql" | "mariadb"] => parts = vec!["column", "block"],
        ["table", "unique"] => parts = vec!["table", "index"],
        _ => {}
    }
    format!("{}/{key}", parts.join("/"))
}
