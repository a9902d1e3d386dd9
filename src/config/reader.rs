//! Reads a table of settings from cargo's JSON and collects everything that is wrong with it.
//!
//! A method returns None both for a missing key and for a wrong one; the wrong ones are in [`Reader::found`]. Read
//! [`Reader::table`] first.

use alembic_revisions::diagnose::nearest;
use serde_json::{Map, Value};

use super::problem::{Found, IllegalValue, Problem};

/// The problems found so far.
pub(super) struct Reader {
    /// The dotted name of the outermost table, for messages.
    root: &'static str,
    pub(super) found: Vec<Found>,
}

/// A table inside the settings, with the keys that lead to it.
#[derive(Clone)]
pub(super) struct Table<'a> {
    map: &'a Map<String, Value>,
    keys: Vec<String>,
}

impl<'a> Table<'a> {
    fn path(&self, key: &str) -> Vec<String> {
        self.keys.iter().cloned().chain([key.to_owned()]).collect()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.map.keys().map(String::as_str)
    }
}

impl Reader {
    pub(super) fn new(root: &'static str) -> Self {
        Reader { root, found: Vec::new() }
    }

    /// Returns the outermost table, whose keys must be among `known`.
    pub(super) fn root<'a>(&mut self, value: &'a Value, known: &'static [&'static str]) -> Option<Table<'a>> {
        if value.is_null() {
            return None;
        }
        let table = self.as_table(value, Vec::new())?;
        self.check_keys(&table, known);
        Some(table)
    }

    /// Returns the table at `key`, whose keys may be any names.
    pub(super) fn named<'a>(&mut self, table: &Table<'a>, key: &str) -> Option<Table<'a>> {
        let value = table.map.get(key)?;
        self.as_table(value, table.path(key))
    }

    /// Returns the table at `key`, whose keys must be among `known`.
    pub(super) fn table<'a>(
        &mut self,
        table: &Table<'a>,
        key: &str,
        known: &'static [&'static str],
    ) -> Option<Table<'a>> {
        let inner = self.named(table, key)?;
        self.check_keys(&inner, known);
        Some(inner)
    }

    pub(super) fn string<'a>(&mut self, table: &Table<'a>, key: &str) -> Option<&'a str> {
        let value = table.map.get(key)?;
        let text = value.as_str();
        if text.is_none() {
            self.wrong_type(table.path(key), "a string", value);
        }
        text
    }

    /// Returns the string at `key` if `check` accepts it.
    pub(super) fn checked<T>(
        &mut self,
        table: &Table<'_>,
        key: &str,
        check: impl FnOnce(&str) -> Result<T, IllegalValue>,
    ) -> Option<T> {
        let text = self.string(table, key)?;
        check(text).map_err(|reason| self.illegal(table, key, reason)).ok()
    }

    /// Returns the strings at `key` that `check` accepts.
    pub(super) fn list<T>(
        &mut self,
        table: &Table<'_>,
        key: &str,
        check: impl Fn(&str) -> Result<T, IllegalValue>,
    ) -> Vec<T> {
        let Some(value) = table.map.get(key) else { return Vec::new() };
        let Some(elements) = value.as_array() else {
            self.wrong_type(table.path(key), "a list of strings", value);
            return Vec::new();
        };
        let inner = |index: usize| [table.path(key), vec![index.to_string()]].concat();
        let mut accepted = Vec::new();
        for (index, element) in elements.iter().enumerate() {
            match element.as_str().map(&check) {
                None => self.wrong_type(inner(index), "a list of strings", element),
                Some(Err(reason)) => self.found.push((inner(index), Problem::Illegal { key: key.to_owned(), reason })),
                Some(Ok(value)) => accepted.push(value),
            }
        }
        accepted
    }

    pub(super) fn boolean(&mut self, table: &Table<'_>, key: &str) -> Option<bool> {
        let value = table.map.get(key)?;
        let truth = value.as_bool();
        if truth.is_none() {
            self.wrong_type(table.path(key), "true or false", value);
        }
        truth
    }

    pub(super) fn illegal(&mut self, table: &Table<'_>, key: &str, reason: IllegalValue) {
        let path = table.path(key);
        self.found.push((path.clone(), Problem::Illegal { key: path.join("."), reason }));
    }

    fn as_table<'a>(&mut self, value: &'a Value, keys: Vec<String>) -> Option<Table<'a>> {
        match value.as_object() {
            Some(map) => Some(Table { map, keys }),
            None => {
                self.wrong_type(keys, "a table", value);
                None
            }
        }
    }

    fn check_keys(&mut self, table: &Table<'_>, known: &'static [&'static str]) {
        for key in table.names().filter(|key| !known.contains(key)) {
            let name = [vec![self.root.to_owned()], table.keys.clone()].concat().join(".");
            // `database_url` is the likeliest slip of all, and one that Jaro-Winkler need not rank first.
            let dashed = key.replace('_', "-");
            let same = known.iter().find(|known| **known == dashed).copied();
            let near = same.or_else(|| nearest(key, known.iter().copied()).first().copied());
            self.found.push((table.path(key), Problem::Unknown { key: key.to_owned(), table: name, near, known }));
        }
    }

    fn wrong_type(&mut self, keys: Vec<String>, expected: &'static str, found: &Value) {
        let named = keys.iter().filter(|key| key.parse::<usize>().is_err()).cloned().collect::<Vec<_>>().join(".");
        let key = if named.is_empty() { self.root.to_owned() } else { named };
        self.found.push((keys, Problem::WrongType { key, expected, found: type_name(found) }));
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}
