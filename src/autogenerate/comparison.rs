//! Both sides of a comparison: what the revisions made and what the models want, of the tables that are ours.
//!
//! Read [`Comparison::of`] first.

use std::collections::{BTreeMap, BTreeSet};

use alembic_schema::backend::Backend;
use alembic_schema::diff::{self, Renames};
use alembic_schema::model::{Models, Warning};
use alembic_schema::split::Owners;
use alembic_schema::{Change, ObjectName, Schema, Table, Wanted, lower};

use super::hidden::hidden;
use super::ownership::{Excluded, Ownership, Partition, partition};
use super::settling;
use super::sight::Sight;
use crate::app::{App, Failure};

/// What is compared.
pub struct Comparison {
    /// Of the database in use.
    pub backend: Box<dyn Backend>,
    /// What is ours of the schema, normalized.
    pub current: Schema,
    /// Normalized, in the spelling of `current` where both mean the same.
    pub wanted: Wanted,
    pub models: Models,
    /// Claimed by a model, made by no revision; among `current`.
    pub unowned: BTreeSet<ObjectName>,
    pub ignored: Vec<ObjectName>,
    ownership: Ownership,
    /// Features in whose source models could hide, with the reason.
    blind: BTreeMap<String, String>,
    /// Tables whose model is not compiled now, with the reason.
    hidden: BTreeMap<ObjectName, String>,
}

impl Comparison {
    pub fn of(app: &App, sight: &mut Sight, models: Models) -> Result<Self, Failure> {
        let dialect = app.dialect()?;
        let backend = sight.backend();
        let mut wanted = lower(&models, backend.as_ref())?;
        models.warnings.iter().chain(&wanted.hints.warnings).for_each(|warning| warn(app, warning));
        let ownership = Ownership::of(app.graph()?.as_ref(), dialect);
        let found = sight.schema(app, schemas(&wanted, &ownership))?;
        let (settings, version_table) = (app.settings()?, app.version_table()?);
        let excluded = Excluded { settings, version_table: &version_table };
        let Partition { ours, mut unowned, ignored } = partition(found, &mut wanted, &ownership, &excluded);
        if sight.is_replay {
            // Only revisions made it, in words that could not be read.
            unowned.clear();
        }
        backend.normalize(&mut wanted.schema);
        backend.align(&ours, &mut wanted.schema);
        let blind = models.blind_spots.iter().map(|spot| (spot.feature.clone(), spot.reason.clone())).collect();
        let without_model = ours.tables.keys().filter(|name| !wanted.schema.tables.contains_key(name));
        let owned = without_model.filter_map(|name| Some((name.clone(), ownership.table(name)?.to_owned())));
        let hidden = hidden(app, &owned.collect::<Vec<_>>())?;
        Ok(Comparison { backend, current: ours, wanted, models, unowned, ignored, ownership, blind, hidden })
    }

    /// Returns the current schema without what cannot have got another name, since a hidden model still has it.
    pub fn renamable(&self) -> Schema {
        let mut current = self.current.clone();
        current.tables.retain(|name, _| !self.hidden.contains_key(name));
        current
    }

    /// Lets the database itself say what text cannot: whether two expressions are the same.
    pub fn settle(&mut self, app: &App, sight: &mut Sight, renames: &Renames) -> Result<(), Failure> {
        self.wanted.schema = settling::settled(app, sight, self, renames)?;
        Ok(())
    }

    pub fn declared_renames(&self) -> Renames {
        diff::declared_renames(&self.current, &self.wanted.schema, &self.wanted.hints)
    }

    /// Returns what turns `current` into `wanted`; tables that a hidden model may declare are not dropped.
    pub fn changes(&self, renames: &Renames) -> Vec<Change> {
        diff::changes(&self.droppable(renames), &self.wanted.schema, renames)
    }

    /// Returns the current schema without what must stay although no model that can be seen declares it.
    fn droppable(&self, renames: &Renames) -> Schema {
        let mut current = self.current.clone();
        let withheld = self.withheld(renames);
        let kept: Vec<Table> = withheld.iter().filter_map(|(name, _)| current.tables.remove(name)).collect();
        let is_used = |name: &ObjectName| {
            kept.iter().flat_map(|table| &table.columns).any(|column| column.sql_type.enum_type.as_ref() == Some(name))
        };
        let is_hidden =
            |name: &ObjectName| self.ownership.enum_type(name).is_some_and(|made| self.blind.contains_key(made));
        current
            .enums
            .retain(|name, _| self.wanted.schema.enums.contains_key(name) || !(is_used(name) || is_hidden(name)));
        current
    }

    /// Returns the tables that would be dropped if no model could hide, each with the reason why one could.
    pub fn withheld(&self, renames: &Renames) -> Vec<(ObjectName, String)> {
        let is_renamed = |name: &ObjectName| renames.tables.values().any(|old| old == name);
        let dropped = self
            .current
            .tables
            .keys()
            .filter(|name| !self.wanted.schema.tables.contains_key(name) && !is_renamed(name));
        let seen = |name: &ObjectName| self.hidden.get(name).or_else(|| self.blind.get(self.ownership.table(name)?));
        let reason = |name: &ObjectName| Some((name.clone(), seen(name)?.clone()));
        dropped.filter_map(reason).collect()
    }

    /// Returns the feature to whose folder a change belongs: its model's, else that of the revision that made it.
    pub fn owners(&self) -> Owners {
        let tables = self.current.tables.keys();
        let tables = tables.filter_map(|name| Some((name.clone(), self.ownership.table(name)?.to_owned())));
        let enums = self.current.enums.keys();
        let enums = enums.filter_map(|name| Some((name.clone(), self.ownership.enum_type(name)?.to_owned())));
        let mut owners = Owners::new(&self.wanted.hints, &tables.collect());
        let claimed = std::mem::take(&mut owners.enums);
        owners.enums = enums.chain(claimed).collect();
        owners
    }
}

/// Returns the schemas besides the one of unqualified names.
fn schemas(wanted: &Wanted, ownership: &Ownership) -> Vec<String> {
    let named = wanted.schema.tables.keys().chain(wanted.schema.enums.keys()).chain(&wanted.hints.external);
    let schemas = named.filter_map(|name| name.schema.as_deref()).chain(ownership.schemas());
    schemas.collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect()
}

fn warn(app: &App, warning: &Warning) {
    let (line, column) = warning.place.line_column();
    let help = warning.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
    app.ui.warn(format!("{}:{line}:{column}: {}{help}", warning.place.source.path, warning.message));
}
