//! `#[column(…)]` and `extra_column(…)`: every key of a column, and which keys go together.
//!
//! Read [`ColumnReader`] first; what needs the whole struct is in `check`.

use super::ast::{
    Action, At, Column, DefaultItem, Deferrable, Dialect, Fault, ForeignKeyOptions, Identity, Storage, Token,
};
use super::entry::{self, Keyed, set};
use super::fault::{twice, unknown};
use super::literal::Value;
use super::reference::reference;

/// Where the keys of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Field,
    /// `extra_column(…)`
    Extra,
    /// `postgres(…)`
    Dialect,
}

pub(super) const DIALECTS: &[(&str, Dialect)] = &[
    ("postgres", Dialect::Postgres),
    ("sqlite", Dialect::Sqlite),
    ("mysql", Dialect::Mysql),
    ("mariadb", Dialect::Mariadb),
];

/// Keys that one dialect may see otherwise.
const BY_DIALECT: &[&str] = &[
    "sql_type",
    "default",
    "default_value",
    "len",
    "precision",
    "scale",
    "check",
    "collate",
    "generated",
    "stored",
    "virtual",
    "auto_increment",
    "identity",
    "nullable",
    "not_null",
    "comment",
];

/// Keys that are the same in every dialect.
const COMMON: &[&str] = &[
    "name",
    "renamed_from",
    "primary_key",
    "unique",
    "index",
    "references",
    "on_delete",
    "on_update",
    "deferrable",
    "fk_name",
    "postgres",
    "sqlite",
    "mysql",
    "mariadb",
];

/// Keys that say what a field of Rust is to the table.
const OF_FIELDS: &[&str] = &["skip", "flatten", "prefix"];

impl Scope {
    fn keys(self) -> Vec<&'static str> {
        match self {
            Scope::Field => [BY_DIALECT, COMMON, OF_FIELDS].concat(),
            Scope::Extra => [BY_DIALECT, COMMON].concat(),
            Scope::Dialect => BY_DIALECT.to_vec(),
        }
    }

    fn has(self, key: &str) -> bool {
        match self {
            Scope::Field => is_key(key),
            Scope::Extra => is_key(key) && !OF_FIELDS.contains(&key),
            Scope::Dialect => BY_DIALECT.contains(&key),
        }
    }
}

/// Whether a column has such a key anywhere.
pub(super) fn is_key(key: &str) -> bool {
    [BY_DIALECT, COMMON, OF_FIELDS].iter().any(|keys| keys.contains(&key))
}

/// Keys of which one column has at most one.
const EXCLUSIVE: &[&[&str]] = &[
    &["nullable", "not_null"],
    &["nullable", "primary_key"],
    &["stored", "virtual"],
    &["identity", "auto_increment"],
    &["default", "default_value", "generated"],
    &["generated", "identity"],
    &["generated", "auto_increment"],
    &["identity", "default"],
    &["identity", "default_value"],
];

/// Keys that say nothing without another.
const NEEDS: &[(&str, &str)] = &[
    ("stored", "generated"),
    ("virtual", "generated"),
    ("scale", "precision"),
    ("prefix", "flatten"),
    ("on_delete", "references"),
    ("on_update", "references"),
    ("deferrable", "references"),
    ("fk_name", "references"),
];

/// Keys beside which there are only those of the list.
const ALONE: &[(&str, &[&str])] = &[("skip", &[]), ("flatten", &["prefix"])];

/// Reads the attributes of one column, which may be several.
pub(super) struct ColumnReader<'f, 's> {
    scope: Scope,
    items: Column,
    keys: Vec<At<&'s str>>,
    /// The keys of each dialect's block.
    blocks: Vec<Vec<At<&'s str>>>,
    faults: &'f mut Vec<Fault>,
}

impl<'f, 's> ColumnReader<'f, 's> {
    pub fn new(scope: Scope, faults: &'f mut Vec<Fault>) -> Self {
        ColumnReader { scope, items: Column::default(), keys: Vec::new(), blocks: Vec::new(), faults }
    }

    /// What stands between the parentheses of an attribute.
    pub fn read(&mut self, tokens: &[Token<'s>]) {
        for keyed in entry::keyed(tokens, self.faults) {
            if let Err(fault) = self.key(&keyed) {
                self.faults.push(fault);
            }
        }
    }

    pub fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    pub fn finish(self) -> Column {
        let ColumnReader { items, keys, blocks, faults, scope } = self;
        if scope != Scope::Dialect && !keys.is_empty() {
            together(&keys, &[], faults);
            blocks.iter().for_each(|block| together(block, &keys, faults));
        }
        items
    }

    fn key(&mut self, keyed: &Keyed<'_, 's>) -> Result<(), Fault> {
        let key = &keyed.key;
        if !self.scope.has(key.value) {
            return Err(self.misplaced(key));
        }
        self.keys.push(key.clone());
        if let Some((_, dialect)) = DIALECTS.iter().find(|(word, _)| *word == key.value) {
            return self.dialect(*dialect, keyed);
        }
        let items = &mut *self.items;
        match key.value {
            "name" => set(&mut items.name, key, keyed.string()),
            "renamed_from" => set(&mut items.renamed_from, key, keyed.string()),
            "skip" => set(&mut items.skip, key, keyed.word()),
            "comment" => set(&mut items.comment, key, keyed.string()),
            "primary_key" => set(&mut items.primary_key, key, keyed.word()),
            "auto_increment" => set(&mut items.auto_increment, key, keyed.optional_bool()),
            "identity" => set(&mut items.identity, key, keyed.choice(IDENTITIES)),
            "nullable" => set(&mut items.nullable, key, keyed.word()),
            "not_null" => set(&mut items.not_null, key, keyed.word()),
            "unique" => set(&mut items.unique, key, keyed.optional_string()),
            "index" => set(&mut items.index, key, keyed.optional_string()),
            "references" => set(&mut items.references, key, keyed.string().and_then(|text| reference(&text))),
            "default" => set(&mut items.default, key, default(keyed)),
            "default_value" => set(&mut items.default_value, key, keyed.text()),
            "sql_type" => set(&mut items.sql_type, key, keyed.string()),
            "len" => set(&mut items.len, key, keyed.whole_number()),
            "precision" => set(&mut items.precision, key, keyed.whole_number()),
            "scale" => set(&mut items.scale, key, keyed.whole_number()),
            "check" => set(&mut items.check, key, keyed.string()),
            "collate" => set(&mut items.collate, key, keyed.string()),
            "generated" => set(&mut items.generated, key, keyed.string()),
            "stored" => storage(&mut items.storage, keyed, Storage::Stored),
            "virtual" => storage(&mut items.storage, keyed, Storage::Virtual),
            "flatten" => set(&mut items.flatten, key, keyed.word()),
            "prefix" => set(&mut items.prefix, key, keyed.string()),
            _ => foreign_key_option(&mut items.foreign_key, keyed).unwrap_or_else(|| Err(unknown(key, &[]))),
        }
    }

    /// The fault of a key that is none here.
    fn misplaced(&self, key: &At<&str>) -> Fault {
        let name = key.value;
        match self.scope {
            Scope::Dialect if is_key(name) => Fault::new(key.span, format!("`{name}` is the same in every dialect"))
                .help(format!("write `{name}` outside of the dialect")),
            Scope::Extra if is_key(name) => Fault::new(key.span, format!("`{name}` is for fields")),
            _ => unknown(key, &self.scope.keys()),
        }
    }

    fn dialect(&mut self, dialect: Dialect, keyed: &Keyed<'_, 's>) -> Result<(), Fault> {
        let key = &keyed.key;
        let tokens = keyed.list(format_args!("{}(sql_type = \"…\")", key.value))?;
        if self.items.dialects.iter().any(|(given, _)| given.value == dialect) {
            return Err(twice(key));
        }
        let mut block = ColumnReader::new(Scope::Dialect, self.faults);
        block.read(tokens);
        let keys = std::mem::take(&mut block.keys);
        let items = block.finish();
        self.blocks.push(keys);
        self.items.dialects.push((At { value: dialect, span: key.span }, items));
        Ok(())
    }
}

const IDENTITIES: &[(&str, Identity)] = &[("always", Identity::Always), ("by_default", Identity::ByDefault)];

const ACTIONS: &[(&str, Action)] = &[
    ("cascade", Action::Cascade),
    ("restrict", Action::Restrict),
    ("set_null", Action::SetNull),
    ("set_default", Action::SetDefault),
    ("no_action", Action::NoAction),
];

const DEFERRABLE: &[(&str, Deferrable)] = &[("immediate", Deferrable::Immediate), ("deferred", Deferrable::Deferred)];

/// Reads a key of a foreign key; None if it is none.
pub(super) fn foreign_key_option(options: &mut ForeignKeyOptions, keyed: &Keyed<'_, '_>) -> Option<Result<(), Fault>> {
    let key = &keyed.key;
    Some(match key.value {
        "on_delete" => set(&mut options.on_delete, key, keyed.choice(ACTIONS)),
        "on_update" => set(&mut options.on_update, key, keyed.choice(ACTIONS)),
        "deferrable" => {
            let bare = || At { value: Deferrable::Immediate, span: key.span };
            let value = if keyed.is_word() { Ok(bare()) } else { keyed.choice(DEFERRABLE) };
            set(&mut options.deferrable, key, value)
        }
        "fk_name" => set(&mut options.name, key, keyed.string()),
        _ => return None,
    })
}

/// `stored` beside `virtual` is told by [`EXCLUSIVE`].
fn storage(slot: &mut Option<At<Storage>>, keyed: &Keyed<'_, '_>, value: Storage) -> Result<(), Fault> {
    if slot.as_ref().is_some_and(|given| given.value == value) {
        return Err(twice(&keyed.key));
    }
    *slot = Some(At { value, span: keyed.word()?.span });
    Ok(())
}

fn default(keyed: &Keyed<'_, '_>) -> Result<At<DefaultItem>, Fault> {
    let found = keyed.value("a number, `true`, `false` or SQL in a string", "default = \"now()\"")?;
    let value = match found.value {
        Value::Number { digits, .. } => DefaultItem::Number(digits),
        Value::Bool(value) => DefaultItem::Bool(value),
        Value::Text(text) if is_data(&text) => {
            return Err(Fault::new(found.span, format!("`default` takes SQL, and {text:?} is a bare word"))
                .help(format!("write `default_value = {text:?}` for the text itself")));
        }
        Value::Text(text) => DefaultItem::Expression(text),
    };
    Ok(At { value, span: found.span })
}

/// Whether a string is one word, but no expression of SQL.
fn is_data(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "current_date",
        "current_time",
        "current_timestamp",
        "current_user",
        "current_role",
        "current_catalog",
        "current_schema",
        "session_user",
        "user",
        "localtime",
        "localtimestamp",
        "utc_date",
        "utc_time",
        "utc_timestamp",
        "true",
        "false",
        "null",
    ];
    let text = text.trim();
    let is_word = text.chars().all(|c| c.is_alphanumeric() || c == '_') && !text.starts_with(|c: char| c.is_numeric());
    is_word && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// Tells keys that contradict each other, and keys that lack another one. `outer` are those around a dialect's block.
fn together(keys: &[At<&str>], outer: &[At<&str>], faults: &mut Vec<Fault>) {
    let has = |name: &str| keys.iter().chain(outer).any(|key| key.value == name);
    // Most columns have one key.
    for group in EXCLUSIVE.iter().filter(|_| keys.len() > 1) {
        let mut given = group.iter().filter_map(|name| keys.iter().find(|key| key.value == *name));
        if let (Some(first), Some(second)) = (given.next(), given.next()) {
            let message = format!("`{}` and `{}` exclude each other", first.value, second.value);
            faults.push(Fault::new(second.span, message).help("remove one of the two"));
        }
    }
    for (name, needed) in NEEDS {
        if let Some(key) = keys.iter().find(|key| key.value == *name && !has(needed)) {
            faults.push(Fault::new(key.span, format!("`{name}` says nothing without `{needed}`")));
        }
    }
    for (name, beside) in ALONE {
        let others = || keys.iter().find(|key| key.value != *name && !beside.contains(&key.value));
        if let (true, Some(other)) = (has(name), others()) {
            let message = format!("`{}` is for a column, and with `{name}` the field is none", other.value);
            faults.push(Fault::new(other.span, message).help("remove one of the two"));
        }
    }
}
