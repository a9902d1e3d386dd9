//! Whose the tables of a database are: a revision of the graph made them, or a model claims them, or they are not ours.
//!
//! What is not ours is never compared, so it is never changed. Read [`Ownership::of`] first, then [`partition`].

use std::collections::{BTreeMap, BTreeSet};

use alembic_revisions::dialect::TableName;
use alembic_revisions::lifetime::{Lifetime, ObjectKind, lifetimes};
use alembic_revisions::{DialectName, RevisionGraph};
use alembic_runtime::version_table;
use alembic_schema::{ObjectName, Schema, Wanted};

use crate::config::WorkspaceSettings;

/// Tables that other tools keep their own history in.
const TOOLS: [&str; 4] = ["_sqlx_migrations", "seaql_migrations", "__diesel_schema_migrations", "sqlite_sequence"];

/// What the revisions of a graph leave behind, each with the feature whose revision made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ownership {
    dialect: DialectName,
    features: BTreeMap<Object, String>,
}

/// A table or a type; the schema as a script names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Object {
    kind: ObjectKind,
    name: String,
    schema: Option<String>,
}

impl Ownership {
    /// Reads the upgrades of all revisions, oldest first.
    pub fn of(graph: &RevisionGraph, dialect: DialectName) -> Self {
        let mut ownership = Ownership { dialect, features: BTreeMap::new() };
        for node in graph.oldest_first() {
            let feature = graph.revision(*node).feature.as_ref();
            // A rebuild drops the table and gives its name to the copy: the table stays its maker's.
            let mut ended = BTreeMap::new();
            for lifetime in lifetimes(graph.script(*node), dialect) {
                ownership.live(lifetime, feature, &mut ended);
            }
        }
        ownership
    }

    fn live(&mut self, lifetime: Lifetime, feature: &str, ended: &mut BTreeMap<Object, String>) {
        match lifetime {
            Lifetime::Begins(kind, name) => {
                self.features.entry(self.object(kind, &name)).or_insert_with(|| feature.to_owned());
            }
            Lifetime::Renamed { kind, from, to } => {
                if let Some((old, made)) = self.taken(&self.object(kind, &from)) {
                    let new = Object { schema: old.schema, ..self.object(kind, &to) };
                    let made = ended.remove(&new).unwrap_or(made);
                    self.features.insert(new, made);
                }
            }
            Lifetime::Ends(kind, name) => ended.extend(self.taken(&self.object(kind, &name))),
        }
    }

    fn taken(&mut self, object: &Object) -> Option<(Object, String)> {
        let known = self.find(object)?.0.clone();
        self.features.remove_entry(&known)
    }

    fn object(&self, kind: ObjectKind, name: &TableName) -> Object {
        let folds = self.dialect != DialectName::Postgres;
        let folded = if folds { name.name.to_lowercase() } else { name.name.clone() };
        Object { kind, name: folded, schema: name.schema.clone() }
    }

    /// A script may leave out the schema that the catalogue names, or name the one that the catalogue leaves out.
    fn find(&self, wanted: &Object) -> Option<(&Object, &String)> {
        if let Some(found) = self.features.get_key_value(wanted) {
            return Some(found);
        }
        let agrees = |object: &Object| object.schema.is_none() || wanted.schema.is_none();
        self.features
            .iter()
            .find(|(object, _)| object.kind == wanted.kind && object.name == wanted.name && agrees(object))
    }

    fn feature(&self, kind: ObjectKind, name: &ObjectName) -> Option<&str> {
        let name = TableName { schema: name.schema.clone(), name: name.name.clone() };
        self.find(&self.object(kind, &name)).map(|(_, feature)| feature.as_str())
    }

    /// Returns the feature that made a table.
    pub fn table(&self, name: &ObjectName) -> Option<&str> {
        self.feature(ObjectKind::Table, name)
    }

    /// Returns the feature that made a type of the database.
    pub fn enum_type(&self, name: &ObjectName) -> Option<&str> {
        self.feature(ObjectKind::Type, name)
    }

    /// Returns the schemas that the scripts name.
    pub fn schemas(&self) -> impl Iterator<Item = &str> {
        self.features.keys().filter_map(|object| object.schema.as_deref())
    }
}

/// A found schema, divided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partition {
    /// What is compared, with all views.
    pub ours: Schema,
    /// A model claims these, and no revision made them.
    pub unowned: BTreeSet<ObjectName>,
    /// Everything else, tables of ours and of the settings left out.
    pub ignored: Vec<ObjectName>,
}

/// Names that are never looked at.
pub struct Excluded<'a> {
    pub settings: &'a WorkspaceSettings,
    pub version_table: &'a TableName,
}

impl Excluded<'_> {
    fn has(&self, name: &ObjectName) -> bool {
        self.is_internal(name) || self.settings.excludes_table(&name.name)
    }

    fn is_internal(&self, name: &ObjectName) -> bool {
        version_table::is_bookkeeping(self.version_table, &name.name)
            || TOOLS.contains(&name.name.as_str())
            || name.name.starts_with("sqlite_")
    }
}

/// Divides `found`, and takes out of `wanted` what is excluded.
pub fn partition(found: Schema, wanted: &mut Wanted, ownership: &Ownership, excluded: &Excluded<'_>) -> Partition {
    wanted.schema.tables.retain(|name, _| !excluded.has(name));
    let hints = &wanted.hints;
    let was =
        |name: &ObjectName| hints.tables.iter().any(|(new, old)| old == name && wanted.schema.tables.contains_key(new));
    let is_claimed = |name: &ObjectName| wanted.schema.tables.contains_key(name) || was(name);
    let mut divided = Partition { ours: Schema { views: found.views, ..Schema::default() }, ..Partition::default() };
    for (name, table) in found.tables {
        let is_made = ownership.table(&name).is_some();
        if hints.external.contains(&name) || excluded.has(&name) {
            if !excluded.is_internal(&name) {
                divided.ignored.push(name);
            }
        } else if is_made || is_claimed(&name) {
            if !is_made {
                divided.unowned.insert(name.clone());
            }
            divided.ours.tables.insert(name, table);
        } else {
            divided.ignored.push(name);
        }
    }
    divided.ours.enums = found
        .enums
        .into_iter()
        .filter(|(name, _)| ownership.enum_type(name).is_some() || wanted.schema.enums.contains_key(name))
        .collect();
    divided
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use alembic_revisions::{Source, file};
    use alembic_schema::{Table, schema::EnumType};

    use super::*;

    fn graph(scripts: &[(&str, &str, &str, &str)]) -> RevisionGraph {
        let parsed = scripts.iter().map(|(feature, id, parent, sql)| {
            let parent = if parent.is_empty() { String::new() } else { format!("-- down_revision = \"{parent}\"\n") };
            let text = format!("-- x\n--\n-- [alembic]\n-- revision = \"{id}\"\n{parent}\n-- [upgrade]\n{sql}\n");
            Arc::new(
                file::parse(Arc::new(Source { path: format!("{id}.sql").into(), text }), &(*feature).into()).unwrap(),
            )
        });
        RevisionGraph::build(parsed.collect()).unwrap()
    }

    #[test]
    fn a_table_belongs_to_the_feature_that_made_it() {
        let graph = graph(&[
            (
                "players",
                "a",
                "",
                "CREATE TABLE players (id int); CREATE TABLE old (id int); CREATE TYPE mood AS ENUM ('x');",
            ),
            ("matches", "b", "a", "CREATE TABLE matches (id int); DROP TABLE old;"),
            ("matches", "c", "b", "ALTER TABLE players RENAME TO Gamers; ALTER TYPE mood RENAME TO temper;"),
            (
                "other",
                "d",
                "c",
                "CREATE TABLE _alembic_new_matches (id int); DROP TABLE matches; ALTER TABLE _alembic_new_matches RENAME TO matches;",
            ),
        ]);
        let ownership = Ownership::of(&graph, DialectName::Postgres);
        for (table, feature) in [
            ("gamers", Some("players")),
            ("matches", Some("matches")),
            ("players", None),
            ("old", None),
            ("_alembic_new_matches", None),
        ] {
            assert_eq!(ownership.table(&ObjectName::new(table)), feature, "{table}");
        }
        assert_eq!(ownership.enum_type(&ObjectName::new("temper")), Some("players"));
        assert_eq!(ownership.table(&ObjectName::new("temper")), None, "a type is no table");
        assert_eq!(Ownership::of(&graph, DialectName::Sqlite).table(&ObjectName::new("GAMERS")), Some("players"));
    }

    #[test]
    fn what_is_not_ours_is_not_compared() {
        let made = graph(&[("players", "a", "", "CREATE TABLE players (id int); CREATE TABLE app.legacy (id int);")]);
        let named = |name: &str| (ObjectName::new(name), Table { name: ObjectName::new(name), ..Table::default() });
        let found = Schema {
            tables: [
                "players",
                "legacy",
                "apscheduler_jobs",
                "alembic_version_lock",
                "_sqlx_migrations",
                "adopted",
                "mapped",
            ]
            .map(named)
            .into(),
            enums: ["mood", "theirs"].map(|name| (ObjectName::new(name), EnumType::default())).into(),
            ..Schema::default()
        };
        let mut wanted = Wanted::default();
        wanted.schema.tables = ["players", "adopted", "apscheduler_jobs"].map(named).into();
        wanted.schema.enums.insert(ObjectName::new("mood"), EnumType::default());
        wanted.hints.external.insert(ObjectName::new("mapped"));
        let settings =
            WorkspaceSettings { exclude_tables: vec!["apscheduler_*".into()], ..WorkspaceSettings::default() };
        let excluded = Excluded { settings: &settings, version_table: &TableName::default() };
        let divided = partition(found, &mut wanted, &Ownership::of(&made, DialectName::Postgres), &excluded);
        let names = |names: Vec<&ObjectName>| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(divided.ours.tables.keys().collect()), ["adopted", "legacy", "players"]);
        assert_eq!(names(divided.unowned.iter().collect()), ["adopted"]);
        assert_eq!(names(divided.ignored.iter().collect()), ["apscheduler_jobs", "mapped"]);
        assert_eq!(names(divided.ours.enums.keys().collect()), ["mood"]);
        assert_eq!(
            names(wanted.schema.tables.keys().collect()),
            ["adopted", "players"],
            "excluded is excluded on both sides"
        );
    }
}
