//! Constraints and indexes of tables on both sides: from what a [`Pair`] found to changes in their phases.
//!
//! A dropped one that has the name of a new one goes before it. Read [`Claims`] first.

use std::collections::{BTreeMap, BTreeSet};

use super::pair::{Pair, Parts, all_names};
use super::renames::Renamed;
use super::steps::{Phase, Steps};
use crate::change::{Change, Delta};
use crate::schema::{Check, ForeignKey, Index, Name, ObjectName, PrimaryKey, Table, Unique};
use crate::structure::{Listed, Structured};

/// Names that will be taken: those of the database's indexes are one space in PostgreSQL, those of its foreign keys in
/// MariaDB.
#[derive(Default)]
pub(super) struct Claims {
    created: BTreeMap<String, BTreeSet<ObjectName>>,
    /// Of renames and primary keys, which come before the other parts of their table.
    early: BTreeSet<String>,
}

impl Claims {
    pub fn of<'a>(
        pairs: impl Iterator<Item = &'a Pair<'a>>,
        keys: &BTreeMap<&ObjectName, Parts<ForeignKey>>,
        tables: impl Iterator<Item = &'a Table>,
    ) -> Self {
        let mut claims = Claims::default();
        for pair in pairs {
            claims.parts(&pair.base.name, &pair.uniques);
            claims.parts(&pair.base.name, &pair.checks);
            claims.parts(&pair.base.name, &pair.indexes);
            match &pair.primary_key {
                Some(Delta::Rename { to, .. } | Delta::Create(to) | Delta::Alter { to, .. }) => {
                    claims.early.extend(to.name.text().map(str::to_owned));
                }
                Some(Delta::Drop(_)) | None => {}
            }
        }
        for (table, keys) in keys {
            claims.parts(table, keys);
        }
        for table in tables {
            all_names(table).into_iter().for_each(|name| claims.create(&table.name, name));
        }
        claims
    }

    fn parts<T: Structured>(&mut self, table: &ObjectName, parts: &Parts<T>) {
        parts.came.iter().for_each(|part| self.create(table, part.name()));
        self.early.extend(parts.renamed.iter().filter_map(|(_, to)| to.name().text()).map(str::to_owned));
    }

    fn create(&mut self, table: &ObjectName, name: &Name) {
        if let Some(name) = name.text() {
            self.created.entry(name.to_owned()).or_default().insert(table.clone());
        }
    }

    /// Whether somebody else will have the name: it must be free long before.
    pub fn is_claimed_elsewhere(&self, table: &ObjectName, name: &Name) -> bool {
        let Some(name) = name.text() else { return false };
        let by_another = |tables: &BTreeSet<ObjectName>| tables.iter().any(|other| other != table);
        self.early.contains(name) || self.created.get(name).is_some_and(by_another)
    }

    fn is_claimed_here(&self, table: &ObjectName, name: &Name) -> bool {
        let tables = name.text().and_then(|name| self.created.get(name));
        tables.is_some_and(|tables| tables.contains(table))
    }
}

/// A kind of constraint: its phases, and how it is a change.
pub(super) trait Kind: Listed {
    /// When it goes if it is in the way.
    const BLOCKING: Phase;
    /// When it goes else.
    const DROP: Phase;
    const CREATE: Phase;
    /// Its place among the parts of one table.
    const RANK: usize;

    fn change(table: ObjectName, delta: Delta<Self>) -> Change;

    /// What ties are ordered by.
    fn order(&self) -> String;
}

macro_rules! kind {
    ($part:ident, $blocking:ident, $drop:ident, $create:ident, $rank:literal, $order:expr) => {
        impl Kind for $part {
            const BLOCKING: Phase = Phase::$blocking;
            const DROP: Phase = Phase::$drop;
            const CREATE: Phase = Phase::$create;
            const RANK: usize = $rank;

            fn change(table: ObjectName, delta: Delta<Self>) -> Change {
                Change::$part { table, delta }
            }

            fn order(&self) -> String {
                let order: fn(&Self) -> String = $order;
                format!("{} {}", self.name.text().unwrap_or_default(), order(self))
            }
        }
    };
}

kind!(ForeignKey, DropForeignKey, DropForeignKey, CreateForeignKey, 0, |key| key.columns.join(" "));
kind!(Unique, DropBlockingUnique, DropUnique, ChangePart, 1, |unique| unique.columns.join(" "));
kind!(Check, DropCheck, DropCheck, ChangePart, 2, |check| check.expression.clone());
kind!(Index, DropBlockingIndex, DropIndex, ChangePart, 3, |index| super::pair::columns_of(index).join(" "));

/// Adds the changes of all constraints and indexes but foreign keys.
pub(super) fn compare(pair: &Pair<'_>, renamed: &Renamed<'_>, claims: &Claims, steps: &mut Steps) {
    primary_key(pair, renamed, steps);
    kind(&pair.base.name, &pair.uniques, renamed, claims, steps);
    kind(&pair.base.name, &pair.checks, renamed, claims, steps);
    kind(&pair.base.name, &pair.indexes, renamed, claims, steps);
}

/// Adds the changes of one kind of part of one table.
pub(super) fn kind<T: Kind>(
    table: &ObjectName,
    parts: &Parts<T>,
    renamed: &Renamed<'_>,
    claims: &Claims,
    steps: &mut Steps,
) {
    for part in &parts.gone {
        let is_early =
            T::DROP == T::BLOCKING || parts.blocking.contains(part) || claims.is_claimed_elsewhere(table, part.name());
        if is_early {
            drop_early(table, part, renamed, steps);
            continue;
        }
        let change = T::change(table.clone(), Delta::Drop(part.clone()));
        let phase = if claims.is_claimed_here(table, part.name()) { Phase::ChangePart } else { T::DROP };
        steps.add(phase, table, 0, &part.order(), change);
    }
    for (from, to) in &parts.renamed {
        let change = T::change(table.clone(), Delta::Rename { from: from.clone(), to: to.clone() });
        steps.add(Phase::RenamePart, table, T::RANK, &from.order(), change);
    }
    for part in &parts.came {
        create(table, part, steps);
    }
}

pub(super) fn create<T: Kind>(table: &ObjectName, part: &T, steps: &mut Steps) {
    let change = T::change(table.clone(), Delta::Create(part.clone()));
    steps.add(T::CREATE, table, T::RANK, &part.order(), change);
}

/// Drops a part of a table of the renamed schema before the renames.
pub(super) fn drop_early<T: Kind>(table: &ObjectName, part: &T, renamed: &Renamed<'_>, steps: &mut Steps) {
    let old = renamed.old_part(table, part);
    let change = T::change(renamed.old_name(table).clone(), Delta::Drop(old));
    steps.add(T::BLOCKING, table, T::RANK, &part.order(), change);
}

fn primary_key(pair: &Pair<'_>, renamed: &Renamed<'_>, steps: &mut Steps) {
    let table = &pair.base.name;
    let change = |delta: Delta<PrimaryKey>| Change::PrimaryKey { table: table.clone(), delta };
    if pair.remakes_key {
        if let Some(key) = renamed.old_primary_key(table) {
            let change = Change::PrimaryKey { table: renamed.old_name(table).clone(), delta: Delta::Drop(key) };
            steps.add(Phase::DropBlockingKey, table, 0, "", change);
        }
        let to = match (&pair.primary_key, &pair.base.primary_key) {
            (Some(delta), _) => delta.to(),
            (None, base) => base.as_ref(),
        };
        if let Some(to) = to {
            steps.add(Phase::ChangeKey, table, 0, "", change(Delta::Create(to.clone())));
        }
    } else if let Some(delta) = &pair.primary_key {
        let phase = if matches!(delta, Delta::Rename { .. }) { Phase::RenamePart } else { Phase::ChangeKey };
        steps.add(phase, table, 0, "", change(delta.clone()));
    }
}
