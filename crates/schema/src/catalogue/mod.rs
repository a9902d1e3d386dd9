//! Everything that a database has at one moment, as named objects, whatever the models can say: what `verify` compares.
//!
//! Text and values only: whoever has a session sends [`statements`] and gives the rows back. Rows, roles and what belongs
//! to a whole server are not looked at. Read [`Catalogue`] first, then [`compare`].

mod compare;
mod sqlite;

use std::collections::BTreeMap;

use alembic_revisions::DialectName;

use crate::backend::{Flavor, Row, Scope, of};

pub use compare::{Comparison, Difference, Note, compare, shortened};

const POSTGRES: &str = include_str!("postgres.sql");
const MYSQL: &str = include_str!("mysql.sql");

/// Checks of a MariaDB, whose catalogue says which table each is of.
const CHECKS_MARIADB: &str = "SELECT 'check', x.CONSTRAINT_NAME, x.TABLE_NAME, x.CHECK_CLAUSE, NULL \
    FROM information_schema.CHECK_CONSTRAINTS x WHERE x.CONSTRAINT_SCHEMA = DATABASE()";
/// MySQL says that elsewhere.
const CHECKS_MYSQL: &str = "SELECT 'check', x.CONSTRAINT_NAME, y.TABLE_NAME, x.CHECK_CLAUSE, NULL \
    FROM information_schema.CHECK_CONSTRAINTS x JOIN information_schema.TABLE_CONSTRAINTS y \
      ON y.CONSTRAINT_SCHEMA = x.CONSTRAINT_SCHEMA AND y.CONSTRAINT_NAME = x.CONSTRAINT_NAME AND y.CONSTRAINT_TYPE = 'CHECK' \
    WHERE x.CONSTRAINT_SCHEMA = DATABASE()";

/// Returns the statements that read a catalogue; their rows are for [`Catalogue::new`]. They change nothing.
pub fn statements(dialect: DialectName, version: &str) -> Vec<String> {
    match dialect {
        // What is in the path is shown without its schema, and a role's path is nobody's schema.
        DialectName::Postgres => {
            let frame =
                ["BEGIN READ ONLY", "SET LOCAL search_path = pg_catalog", "SET LOCAL jit = off", POSTGRES, "COMMIT"];
            frame.map(str::to_owned).to_vec()
        }
        DialectName::Sqlite => of(DialectName::Sqlite, None).inspection(&Scope::default()),
        DialectName::Mysql => {
            let (expression, checks) = match Flavor::of(Some(version)) {
                Flavor::Mariadb => ("''", CHECKS_MARIADB),
                Flavor::Mysql => ("s.EXPRESSION", CHECKS_MYSQL),
            };
            let sql = MYSQL.replace("/*expression*/", expression).replace("/*checks*/", checks);
            vec!["SET SESSION group_concat_max_len = 1048576".to_owned(), sql]
        }
    }
}

/// What a database has at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    dialect: DialectName,
    rows: Vec<Row>,
}

/// One thing that a database has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The database's word: `table`, `column`, `index`, `view`.
    pub kind: String,
    /// Without the table that it is of; quoted where the database would.
    pub name: String,
    pub table: Option<String>,
    /// As the database describes it.
    pub definition: String,
    /// The same for all ways of writing it.
    canonical: String,
    /// Of a column among those of its table.
    place: Option<u32>,
}

/// What names an object: its kind, its table and its name.
type Key = (String, Option<String>, String);

impl Catalogue {
    /// Returns the catalogue that the rows of [`statements`] describe, without the tables whose bare name `is_hidden`
    /// says, and without what belongs to them.
    pub fn new(dialect: DialectName, rows: Vec<Row>, is_hidden: &dyn Fn(&str) -> bool) -> Self {
        let is_shown = |row: &Row| !subject(dialect, row).is_some_and(|name| is_hidden(bare(name)));
        let mut rows: Vec<Row> = rows.into_iter().filter(is_shown).collect();
        rows.sort_unstable();
        Catalogue { dialect, rows }
    }

    /// True without any table, view, routine or type of somebody's.
    pub fn is_empty(&self) -> bool {
        let objects = self.objects();
        objects.keys().all(|(kind, _, name)| {
            matches!(kind.as_str(), "extension" | "grant") || (kind == "schema" && name == "public")
        })
    }

    fn objects(&self) -> BTreeMap<Key, Object> {
        let objects: Vec<Object> = match self.dialect {
            DialectName::Sqlite => sqlite::objects(&self.rows),
            DialectName::Postgres | DialectName::Mysql => self.rows.iter().filter_map(object).collect(),
        };
        objects.into_iter().map(|object| (object.key(), object)).collect()
    }
}

fn object(row: &Row) -> Option<Object> {
    let text = |at: usize| row.get(at).cloned().flatten();
    let definition = text(3).unwrap_or_default().trim().trim_end_matches(';').to_owned();
    let place = text(4).and_then(|place| place.parse().ok());
    Some(Object { kind: text(0)?, name: text(1)?, table: text(2), canonical: definition.clone(), definition, place })
}

/// Returns the table that a row is of, or the object that it is of if that is of no table.
fn subject(dialect: DialectName, row: &Row) -> Option<&str> {
    let text = |at: usize| row.get(at).and_then(Option::as_deref);
    match (dialect, text(0)) {
        (DialectName::Sqlite, Some("object")) => text(3),
        (DialectName::Sqlite, Some("options")) => text(2),
        (DialectName::Sqlite, _) => text(1),
        (DialectName::Postgres | DialectName::Mysql, _) => text(2).or(text(1)),
    }
}

/// Returns a name without its schema and its quotes.
fn bare(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name).trim_matches('"')
}

impl Object {
    fn key(&self) -> Key {
        (self.kind.clone(), self.table.clone(), self.name.clone())
    }

    /// Returns what a person calls it: `column players.level`, `index ix_level of players`.
    pub fn title(&self) -> String {
        let Object { kind, name, table, .. } = self;
        match (kind.as_str(), table) {
            ("column", Some(table)) => format!("column {table}.{name}"),
            ("comment" | "grant" | "sequence" | "statistics", _) | (_, None) => format!("{kind} {name}"),
            _ if self.is_nameless() => format!("{kind} of {}", table.as_deref().unwrap_or_default()),
            (_, Some(table)) => format!("{kind} {name} of {table}"),
        }
    }

    /// A constraint without a name is known by what it says.
    fn is_nameless(&self) -> bool {
        self.name == self.canonical
    }
}

#[cfg(test)]
mod tests;
