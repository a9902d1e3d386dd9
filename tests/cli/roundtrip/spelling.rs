//! One meaning in many words: which form an object has follows from its number and from the spelling of its world.
//!
//! Nothing here changes a schema, so two spellings of one world must give nothing to generate. Read [`Forms`] first.

use crate::databases::Server;

use super::kind::Kind;
use super::random::Random;
use super::world::{Column, Id, Table, World};

/// The forms of one object. Spelling 0 has the plain ones, which are easier to read.
#[derive(Clone, Copy)]
pub struct Forms {
    server: Server,
    seed: Option<u64>,
}

/// How attributes stand at an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Plain,
    /// `#[cfg_attr(any(), …)]`
    ForReadingAlone,
}

impl Mode {
    pub fn attribute(self, inside: &str) -> String {
        match self {
            Mode::Plain => format!("#[{inside}]"),
            Mode::ForReadingAlone => format!("#[cfg_attr(any(), {inside})]"),
        }
    }
}

/// What a column is to its table, as far as its type can say less then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Key,
    /// Whether it may be NULL must be seen without looking at other items.
    Reference,
    Plain,
}

/// A field's type, with what must stand beside it.
pub struct Typed {
    pub rust: String,
    pub settings: Vec<String>,
    pub sqlx: Vec<String>,
}

/// What the other files take their types from; in `alpha`.
pub const TYPES: &str = r#"pub type Count = i32;
pub type MaybeCount = Option<i32>;
#[derive(sqlx::Type)]
#[sqlx(transparent)]
pub struct Points(pub i64);
#[derive(sqlx::Type)]
#[sqlx(transparent)]
pub struct Title(Box<str>);
#[derive(sqlx::Type)]
#[repr(i16)]
pub enum Level {
    Low = 1,
    High = 2,
}
#[derive(sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Tone {
    Calm,
    Loud,
}

"#;

/// Keys that the block of a database may have.
const OF_BLOCKS: [&str; 12] = [
    "sql_type",
    "default",
    "default_value",
    "len",
    "precision",
    "check",
    "collate",
    "generated",
    "auto_increment",
    "identity",
    "nullable",
    "not_null",
];

impl Forms {
    pub fn of(world: &World, id: Id) -> Self {
        let seed = world.spelling ^ (id as u64).wrapping_mul(0x2545_f491_4f6c_dd1d);
        Forms { server: world.server, seed: (world.spelling != 0).then_some(seed) }
    }

    fn random(&self, what: &str) -> Option<Random> {
        let mix = |seed: u64, byte: u8| (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        self.seed.map(|seed| Random::new(what.bytes().fold(seed, mix)))
    }

    /// Whether an object has the form that `what` names; the answer is always the same.
    pub fn says(&self, what: &str, percent: usize) -> bool {
        self.random(what).is_some_and(|mut random| random.chance(percent))
    }

    /// One of several forms, the first if all is plain.
    pub fn pick<'t>(&self, what: &str, from: &[&'t str]) -> &'t str {
        let place = self.random(what).map_or(0, |mut random| random.below(from.len()));
        from.get(place).copied().unwrap_or_default()
    }

    pub fn mode(&self) -> Mode {
        if self.says("cfg_attr", 20) { Mode::ForReadingAlone } else { Mode::Plain }
    }

    /// The type of a field, with `nullable` and `not_null` where the type says otherwise.
    pub fn typed(&self, column: &Column, role: Role) -> Typed {
        let (rust, mut sqlx) = self.stored_as(column);
        let mut typed = |rust: String, settings: &[&str]| Typed {
            rust,
            settings: settings.iter().map(|of| (*of).to_owned()).collect(),
            sqlx: std::mem::take(&mut sqlx),
        };
        let optional = format!("Option<{rust}>");
        if role == Role::Key || column.kind == Kind::Json {
            return typed(if column.nullable { optional } else { rust }, &[]);
        }
        if role == Role::Plain && rust == "alpha::Count" && column.nullable && self.says("alias of an option", 50) {
            return typed("alpha::MaybeCount".to_owned(), &[]);
        }
        match (column.nullable, self.says("nullability", 15)) {
            (true, false) => typed(optional, &[]),
            (false, false) => typed(rust, &[]),
            (true, true) => typed(rust, &["nullable"]),
            (false, true) => typed(optional, &["not_null"]),
        }
    }

    fn stored_as(&self, column: &Column) -> (String, Vec<String>) {
        let plain = column.kind.rust();
        let forms: &[&str] = match column.kind {
            Kind::I32 => &["i32", "i32", "alpha::Count", "try_from"],
            Kind::I64 => &["i64", "i64", "alpha::Points", "try_from"],
            Kind::Text => &["String", "std::string::String", "Box<str>", "alpha::Title", "std::sync::Arc<str>"],
            Kind::Zoned => {
                &["chrono::DateTime<chrono::Utc>", "time::OffsetDateTime", "chrono::DateTime<chrono::Local>"]
            }
            Kind::Naive => &["chrono::NaiveDateTime", "sqlx::types::time::PrimitiveDateTime"],
            Kind::Json => &["serde_json::Value", "sqlx::types::Json<Unknown>", "json"],
            Kind::Uuid => &["uuid::Uuid", "sqlx::types::Uuid"],
            _ => return (plain, Vec::new()),
        };
        match self.pick("type", forms) {
            "try_from" => {
                let from = if column.nullable { format!("Option<{plain}>") } else { plain };
                ("Unknown".to_owned(), vec![format!("try_from = \"{from}\"")])
            }
            "json" if column.nullable => ("Vec<Unknown>".to_owned(), vec!["json(nullable)".to_owned()]),
            "json" => ("Vec<Unknown>".to_owned(), vec!["json".to_owned()]),
            rust => (rust.to_owned(), Vec::new()),
        }
    }

    /// The block of this database gets some of the settings, and what stands outside is for the others; the blocks of
    /// other databases say what is not to be seen here.
    pub fn in_blocks(&self, settings: Vec<String>) -> Vec<String> {
        let mut outside = Vec::new();
        let (mut first, mut last) = (Vec::new(), Vec::new());
        for setting in settings {
            let key = setting.split([' ', ',']).next().unwrap_or_default().to_owned();
            let movable = OF_BLOCKS.contains(&key.as_str()) || key == "comment";
            if !movable || !self.says(&key, 20) {
                outside.push(setting);
                continue;
            }
            let for_others = for_others(&key).to_owned();
            match self.pick(&format!("{key} elsewhere"), &["nothing", "outside", "first"]) {
                "outside" => outside.push(for_others),
                "first" if self.server == Server::Mariadb => first.push(for_others),
                _ => {}
            }
            last.push(setting);
        }
        let mut block = |name: &str, settings: Vec<String>| {
            if !settings.is_empty() {
                outside.push(format!("{name}({})", settings.join(", ")));
            }
        };
        match self.server {
            Server::Sqlite => block("sqlite", last),
            Server::Postgres => block("postgres", last),
            Server::Mariadb if first.is_empty() && self.says("mysql", 50) => block("mysql", last),
            Server::Mariadb => {
                block("mysql", first);
                block("mariadb", last);
            }
        }
        if self.says("foreign block", 10) {
            let name = if self.server == Server::Sqlite { "postgres" } else { "sqlite" };
            let said = self.pick(
                "foreign block",
                &["sql_type = \"point\"", "len = 2, comment = \"not here\"", "check = \"1 = 2\""],
            );
            block(name, vec![said.to_owned()]);
        }
        outside
    }

    /// What an index may say and this database does not know.
    pub fn unheard(&self) -> Option<&'static str> {
        let unknown: &[&str] = match self.server {
            Server::Sqlite => &["concurrently", "using = \"gin\""],
            Server::Postgres => &[""],
            Server::Mariadb => &["concurrently", "using = \"gin\""],
        };
        self.says("unheard", 15).then(|| self.pick("which", unknown)).filter(|said| !said.is_empty())
    }

    /// The same of a table.
    pub fn unheard_option(&self) -> Option<&'static str> {
        let unknown: &[&str] = match self.server {
            Server::Sqlite => &["mysql(engine = \"Aria\")", "mariadb(charset = \"latin1\", collate = \"latin1_bin\")"],
            Server::Postgres => &["sqlite(strict)", "sqlite(strict, without_rowid)"],
            Server::Mariadb => &["sqlite(without_rowid)"],
        };
        self.says("unheard", 15).then(|| self.pick("which", unknown))
    }
}

fn for_others(key: &str) -> &'static str {
    match key {
        "sql_type" => "sql_type = \"point\"",
        "default" => "default = 77",
        "default_value" => "default_value = \"elsewhere\"",
        "len" => "len = 3",
        "precision" => "precision = 5, scale = 1",
        "check" => "check = \"1 = 2\"",
        "collate" => "collate = \"nowhere\"",
        "generated" => "generated = \"1\"",
        "auto_increment" => "auto_increment",
        "identity" => "identity = \"by_default\"",
        "nullable" => "not_null",
        "not_null" => "nullable",
        _ => "comment = \"elsewhere\"",
    }
}

/// The part of a column's name that its own field says; the rest is the prefix of what is flattened.
pub fn local_name(column: &Column) -> &str {
    column.name.strip_prefix(PREFIX).unwrap_or(&column.name)
}

/// What begins the names of columns that a struct of their own has.
pub const PREFIX: &str = "home_";

/// Columns of another struct with a prefix.
pub fn is_in_part(column: &Column) -> bool {
    column.name.starts_with(PREFIX) && !column.is_extra
}

/// The case in which `rename_all` gives the columns their names, if any does.
pub fn case(world: &World, table: &Table) -> Option<&'static str> {
    Forms::of(world, table.id).says("rename_all", 30).then_some("PascalCase")
}

/// The name that attributes call a column by.
pub fn field_name(world: &World, table: Option<&Table>, column: &Column) -> String {
    let name = local_name(column);
    if column.is_extra {
        return name.to_owned();
    }
    if Forms::of(world, column.id).says("name", 15) {
        return format!("field_{}", column.id);
    }
    match table.and_then(|table| case(world, table)) {
        Some(_) if name.starts_with("Mixed") && !is_in_part(column) => name.to_lowercase(),
        _ => name.to_owned(),
    }
}

/// What `rename_all` makes of a field, as far as tables here have such fields.
fn in_case(case: Option<&str>, field: &str) -> Option<String> {
    match case {
        None => Some(field.to_owned()),
        Some(_) => field
            .strip_prefix("mixed")
            .filter(|rest| rest.chars().all(|c| c.is_ascii_digit()))
            .map(|rest| format!("Mixed{rest}")),
    }
}

/// How the column's name is told where its field does not: a setting, or one of sqlx.
pub fn stated_name(world: &World, table: Option<&Table>, column: &Column) -> (Option<String>, Option<String>) {
    let name = local_name(column);
    let case = table.filter(|_| !is_in_part(column)).and_then(|table| case(world, table));
    if in_case(case, &field_name(world, table, column)).as_deref() == Some(name) {
        return (None, None);
    }
    if Forms::of(world, column.id).says("rename", 40) {
        (None, Some(format!("rename = \"{name}\"")))
    } else {
        (Some(format!("name = \"{name}\"")), None)
    }
}
