//! From changes to statements.
//!
//! No DDL here is part of a transaction: one statement does one thing, so that what ran of a revision that failed can
//! be told from what did not. Read [`render`] first.

mod column;
mod order;

use super::ddl::{self, Extent, INK, unsupported};
use super::lex::literal;
use super::normalize::{is_covered, is_named_for};
use super::{Flavor, Mysql};
use crate::backend::{Rendered, Statement, Unsupported, notes};
use crate::change::{Change, Delta};
use crate::schema::{Check, ForeignKey, Index, ObjectName, PrimaryKey, Schema, Table, Unique};

use order::Step;

/// Returns the SQL of `changes`.
pub(super) fn render(changes: &[Change], before: &Schema, backend: Mysql) -> Result<Rendered, Unsupported> {
    let mut script =
        Script { now: before.clone(), statements: Vec::new(), backend, renamed_keys: renamed_keys(changes) };
    for step in order::steps(changes) {
        match &step {
            Step::One(change) => script.change(change)?,
            Step::Key(group) => script.key(group)?,
            Step::Values(group) => script.values(group)?,
        }
        let (Step::Key(group) | Step::Values(group)) = &step else {
            let Step::One(change) = step else { continue };
            script.made(change);
            continue;
        };
        group.iter().for_each(|change| script.made(change));
    }
    Ok(Rendered { statements: script.statements, rebuild: false, outside_transaction: false })
}

/// The statements so far, and the schema after them.
struct Script {
    now: Schema,
    statements: Vec<Statement>,
    backend: Mysql,
    /// Foreign keys with a new name, by both names.
    renamed_keys: Vec<[ForeignKey; 2]>,
}

fn renamed_keys(changes: &[Change]) -> Vec<[ForeignKey; 2]> {
    let renamed = |change: &Change| match change {
        Change::ForeignKey { delta: Delta::Rename { from, to }, .. } => Some([from.clone(), to.clone()]),
        _ => None,
    };
    changes.iter().filter_map(renamed).collect()
}

impl Script {
    /// A change that does not fit is the server's to refuse.
    fn made(&mut self, change: &Change) {
        self.now.apply(change).ok();
    }

    fn table(&self, name: &ObjectName) -> Table {
        self.now.tables.get(name).cloned().unwrap_or_else(|| Table { name: name.clone(), ..Table::default() })
    }

    fn push(&mut self, sql: impl Into<String>) {
        self.statements.push(Statement::new(sql));
    }

    /// Adds `ALTER TABLE`, several clauses a line each.
    fn alter(&mut self, table: &ObjectName, clauses: &[String]) -> &mut Statement {
        let separator = if clauses.len() > 1 { "\n    " } else { " " };
        let clauses = clauses.join(&format!(",{separator}"));
        self.push(format!("ALTER TABLE {}{separator}{clauses}", INK.object(table)));
        let last = self.statements.len() - 1;
        &mut self.statements[last]
    }

    fn change(&mut self, change: &Change) -> Result<(), Unsupported> {
        match change {
            // Enums are a matter of their columns.
            Change::Enum(_) | Change::EnumValue { .. } => {}
            Change::Table(delta) => self.change_table(delta)?,
            Change::Column { table, delta, fill } => self.column(table, delta, fill.as_ref())?,
            Change::Value { .. } => self.values(&[change])?,
            Change::PrimaryKey { table, delta } => self.primary_key(table, delta),
            Change::ForeignKey { table, delta } => self.foreign_key(table, delta)?,
            Change::Unique { table, delta } => self.unique(table, delta)?,
            Change::Check { table, delta } => self.check(table, delta)?,
            Change::Index { table, delta } => self.index(table, delta)?,
        }
        Ok(())
    }

    fn change_table(&mut self, delta: &Delta<Table>) -> Result<(), Unsupported> {
        match delta {
            Delta::Create(table) => self.push(ddl::create_table(table, Extent::Whole, self.backend)?),
            Delta::Drop(table) => {
                let sql = format!("DROP TABLE {}", INK.object(&table.name));
                let note = notes::rows_lost(&table.name);
                self.statements.push(Statement::new(sql).noted(note));
            }
            Delta::Rename { from, to } => {
                self.push(format!("ALTER TABLE {} RENAME TO {}", INK.object(&from.name), INK.object(&to.name)))
            }
            Delta::Alter { from, to } => self.options(from, to),
        }
        Ok(())
    }

    fn options(&mut self, from: &Table, to: &Table) {
        let mut clauses = Vec::new();
        if from.options.engine != to.options.engine {
            clauses.push(format!("ENGINE = {}", to.options.engine.as_deref().unwrap_or("InnoDB")));
        }
        if from.comment != to.comment {
            clauses.push(format!("COMMENT = {}", literal(to.comment.as_deref().unwrap_or_default())));
        }
        if !clauses.is_empty() {
            self.alter(&to.name, &clauses);
        }
        let charset = |table: &Table| (table.options.charset.clone(), table.options.collate.clone());
        if charset(from) != charset(to) {
            self.convert(to);
        }
    }

    /// Converts the columns, too: else each of them would keep the old collation as one of its own.
    fn convert(&mut self, to: &Table) {
        let of_collation = |collate: &String| collate.split('_').next().unwrap_or_default().to_owned();
        let options = &to.options;
        let Some(charset) = options.charset.clone().or_else(|| options.collate.as_ref().map(of_collation)) else {
            return;
        };
        let collate = options.collate.as_ref().map(|collate| format!(" COLLATE {collate}")).unwrap_or_default();
        self.alter(&to.name, &[format!("CONVERT TO CHARACTER SET {charset}{collate}")]);
        let now = self.table(&to.name);
        let has_own = now.columns.iter().filter(|column| column.collation.is_some() || column.sql_type.sql == "json");
        let clauses: Vec<String> = has_own.map(|column| self.modify(&now, column)).collect();
        if !clauses.is_empty() {
            self.alter(&to.name, &clauses);
        }
    }

    fn primary_key(&mut self, table: &ObjectName, delta: &Delta<PrimaryKey>) {
        if !matches!(delta, Delta::Rename { .. }) {
            self.alter(table, &key_clauses(delta.from(), delta.to()));
        }
    }

    /// A column that numbers rows is never without a key, so both change at once.
    fn key(&mut self, group: &[&Change]) -> Result<(), Unsupported> {
        let of_key = |change: &&'_ Change| {
            if let Change::PrimaryKey { delta, .. } = change { Some(delta.clone()) } else { None }
        };
        let keys: Vec<Delta<PrimaryKey>> = group.iter().filter_map(of_key).collect();
        let at = group.iter().rev().find(|change| matches!(change, Change::PrimaryKey { .. }));
        let Some(table) = at.and_then(|change| change.table()) else { return Ok(()) };
        let now = self.table(table);
        let mut clauses = Vec::new();
        let mut notes = Vec::new();
        for change in group {
            let Change::Column { delta, .. } = change else { continue };
            match delta {
                Delta::Create(column) => {
                    clauses.push(format!("ADD COLUMN {}", ddl::column_definition(column, self.backend.flavor)));
                }
                Delta::Drop(column) => {
                    clauses.push(format!("DROP COLUMN {}", INK.name(&column.name)));
                    notes.push(notes::values_lost(table, column));
                }
                Delta::Alter { from, to } => {
                    clauses.push(self.modify(&now, to));
                    notes.extend(column::narrowing(table, from, to));
                }
                Delta::Rename { .. } => {}
            }
        }
        let first = keys.first().and_then(|delta| delta.from());
        let last = keys.last().and_then(|delta| delta.to());
        clauses.extend(key_clauses(first, last));
        if !clauses.is_empty() {
            self.alter(table, &clauses).notes = notes;
        }
        Ok(())
    }

    fn foreign_key(&mut self, table: &ObjectName, delta: &Delta<ForeignKey>) -> Result<(), Unsupported> {
        if let Some(from) = delta.from() {
            let name = stated(table, from.name.text(), "foreign key")?;
            let mut clauses = vec![format!("DROP FOREIGN KEY {}", INK.name(name))];
            if matches!(delta, Delta::Drop(_)) {
                clauses.extend(self.orphaned_index(table, from));
            }
            self.alter(table, &clauses);
        }
        if let Some(to) = delta.to() {
            self.alter(table, &[format!("ADD {}", ddl::foreign_key_clause(to))]);
        }
        Ok(())
    }

    /// Returns how the index goes that the server made for a foreign key, if no other can have served it.
    fn orphaned_index(&self, table: &ObjectName, key: &ForeignKey) -> Option<String> {
        let now = self.table(table);
        let is_shared =
            now.foreign_keys.iter().any(|other| other.name != key.name && other.columns.starts_with(&key.columns));
        if is_covered(&now, &key.columns) || is_shared {
            return None;
        }
        let name = INK.name(key.name.text()?);
        Some(match self.backend.flavor {
            Flavor::Mariadb => format!("DROP INDEX IF EXISTS {name}"),
            Flavor::Mysql => format!("DROP INDEX {name}"),
        })
    }

    fn unique(&mut self, table: &ObjectName, delta: &Delta<Unique>) -> Result<(), Unsupported> {
        if let Delta::Rename { from, to } = delta {
            return self.rename_index(table, from.name.text(), to.name.text());
        }
        let mut clauses = Vec::new();
        if let Some(from) = delta.from() {
            clauses.push(format!("DROP INDEX {}", INK.name(stated(table, from.name.text(), "unique constraint")?)));
        }
        match delta.to() {
            Some(to) => clauses.push(format!("ADD {}", ddl::unique_clause(table, to)?)),
            None => clauses
                .extend(self.replacements(table, |now| now.uniques.retain(|unique| Some(unique) != delta.from()))),
        }
        self.alter(table, &clauses);
        Ok(())
    }

    fn index(&mut self, table: &ObjectName, delta: &Delta<Index>) -> Result<(), Unsupported> {
        let now = self.table(table);
        match delta {
            Delta::Create(index) => {
                let keys = ddl::index_keys(&now, index, self.backend)?;
                let name = ddl::index_name(table, index);
                let (kind, table, method) = (ddl::index_kind(index), INK.object(table), ddl::method(index));
                self.push(format!("CREATE {kind} {} ON {table} ({keys}){method}", INK.name(&name)));
            }
            Delta::Drop(index) => {
                let name = ddl::index_name(table, index);
                let replacements = self.replacements(table, |now| now.indexes.retain(|other| other != index));
                if replacements.is_empty() {
                    self.push(format!("DROP INDEX {} ON {}", INK.name(&name), INK.object(table)));
                } else {
                    let drop = format!("DROP INDEX {}", INK.name(&name));
                    self.alter(table, &[vec![drop], replacements].concat());
                }
            }
            Delta::Alter { from, to } => {
                let drop = format!("DROP INDEX {}", INK.name(&ddl::index_name(table, from)));
                let add = format!("ADD {} {}", ddl::index_kind(to), ddl::index_body(&now, to, self.backend)?);
                self.alter(table, &[drop, add]);
            }
            Delta::Rename { from, to } => self.rename_index(table, from.name.text(), to.name.text())?,
        }
        Ok(())
    }

    /// Returns the indexes that foreign keys need once something is gone that served them.
    fn replacements(&self, table: &ObjectName, remove: impl FnOnce(&mut Table)) -> Vec<String> {
        let now = self.table(table);
        let mut after = now.clone();
        remove(&mut after);
        let mut clauses = Vec::new();
        for key in &now.foreign_keys {
            // An index by a name of the key may have gone when a better one came.
            let names = self.renamed_keys.iter().filter(|names| names.contains(key)).flatten();
            let names: Vec<&ForeignKey> = names.chain([key]).collect();
            let is_key_s = |index: &&Index| names.iter().any(|key| is_named_for(index, key));
            let made = now.indexes.iter().find(is_key_s).and_then(|index| index.name.text());
            after.indexes.retain(|index| !is_key_s(&index));
            if is_covered(&now, &key.columns) && !is_covered(&after, &key.columns) {
                let name = made.or(key.name.text()).or(key.columns.first().map(String::as_str)).unwrap_or_default();
                let words =
                    if self.backend.flavor == Flavor::Mariadb { "ADD INDEX IF NOT EXISTS" } else { "ADD INDEX" };
                clauses.push(format!("{words} {} ({})", INK.name(name), INK.names(&key.columns)));
            }
        }
        clauses
    }

    fn rename_index(&mut self, table: &ObjectName, from: Option<&str>, to: Option<&str>) -> Result<(), Unsupported> {
        let (from, to) = (stated(table, from, "index")?, stated(table, to, "index")?);
        self.alter(table, &[format!("RENAME INDEX {} TO {}", INK.name(from), INK.name(to))]);
        Ok(())
    }

    fn check(&mut self, table: &ObjectName, delta: &Delta<Check>) -> Result<(), Unsupported> {
        let mut now = self.table(table);
        if let Some(from) = delta.from() {
            let name = stated(table, from.name.text(), "check")?;
            match ddl::column_of(&now, from, self.backend).cloned() {
                Some(column) => {
                    now.checks.retain(|check| check != from);
                    let clause = self.modify(&now, &column);
                    self.alter(table, &[clause]);
                }
                None => {
                    self.alter(table, &[format!("DROP CONSTRAINT {}", INK.name(name))]);
                }
            }
        }
        let Some(to) = delta.to() else { return Ok(()) };
        match ddl::column_of(&now, to, self.backend).cloned() {
            Some(column) => {
                now.checks.push(to.clone());
                let clause = self.modify(&now, &column);
                self.alter(table, &[clause]);
            }
            None => {
                self.alter(table, &[format!("ADD {}", ddl::check_clause(to))]);
            }
        }
        Ok(())
    }
}

fn key_clauses(from: Option<&PrimaryKey>, to: Option<&PrimaryKey>) -> Vec<String> {
    let drop = from.map(|_| "DROP PRIMARY KEY".to_owned());
    let add = to.map(|key| format!("ADD PRIMARY KEY ({})", INK.names(&key.columns)));
    drop.into_iter().chain(add).collect()
}

/// Returns the name, without which the object cannot be reached.
fn stated<'n>(table: &ObjectName, name: Option<&'n str>, what: &str) -> Result<&'n str, Unsupported> {
    let change = || format!("change a {what} of `{table}`");
    name.ok_or_else(|| {
        unsupported(change(), "it has no name", "write the statement by hand with `cargo alembic revision`")
    })
}
