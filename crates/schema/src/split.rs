//! One list of changes to lists of one feature each, in an order in which they can follow each other.
//!
//! A feature gets one batch; more only where its changes must surround those of another, where a ring of features
//! leaves a foreign key for later, or where a change must be committed before it is used. Read [`by_feature`] first.

mod needs;

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Change, Delta};
use crate::schema::{ForeignKey, ObjectName};
use crate::wanted::Hints;

/// Changes that become one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub feature: String,
    pub changes: Vec<Change>,
    /// Only changes that must be committed before others may use them.
    pub is_own: bool,
}

/// Which feature owns what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    pub tables: BTreeMap<ObjectName, String>,
    pub enums: BTreeMap<ObjectName, String>,
}

impl Owners {
    /// Takes the features of the models, and for what no model has those of `created`: whose revision made it.
    pub fn new(hints: &Hints, created: &BTreeMap<ObjectName, String>) -> Self {
        let mut owners = Owners { tables: created.clone(), enums: created.clone() };
        let features = |(name, owner): (&ObjectName, &crate::wanted::Owner)| (name.clone(), owner.feature.clone());
        owners.tables.extend(hints.owners.iter().map(features));
        owners.enums.extend(hints.enum_owners.iter().map(features));
        owners
    }
}

/// A change of something that belongs to nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no feature owns `{name}`")]
pub struct Unowned {
    pub name: ObjectName,
}

/// Splits `changes`; those of which `own` is true get batches of their own.
pub fn by_feature(changes: &[Change], owners: &Owners, own: impl Fn(&Change) -> bool) -> Result<Vec<Batch>, Unowned> {
    let owner = |changes: &[Change]| -> Result<Vec<String>, Unowned> {
        (0..changes.len()).map(|at| owner(changes, at, owners)).collect()
    };
    let features = owner(changes)?;
    let changes = without_rings(changes, &features);
    let features = owner(&changes)?;
    let labels: Vec<Label> =
        features.into_iter().zip(&changes).map(|(feature, change)| Label { feature, is_own: own(change) }).collect();
    let before = needs::before(&changes);
    Ok(scheduled(changes, &labels, &before))
}

/// What the changes of one batch have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Label {
    feature: String,
    is_own: bool,
}

fn owner(changes: &[Change], at: usize, owners: &Owners) -> Result<String, Unowned> {
    let (name, found) = match &changes[at] {
        Change::Enum(delta) => {
            let name = delta.to().or(delta.from()).map(|enum_type| enum_type.name.clone()).unwrap_or_default();
            let old = delta.from().and_then(|from| owners.enums.get(&from.name));
            let found = owners.enums.get(&name).or(old);
            (name, found)
        }
        Change::EnumValue { of, .. } => (of.clone(), owners.enums.get(of)),
        change => {
            let old = change.table().cloned().unwrap_or_default();
            let name = needs::later_name(changes, at, &old);
            let found = owners.tables.get(&name).or(owners.tables.get(&old));
            (name, found)
        }
    };
    found.cloned().ok_or(Unowned { name })
}

/// Takes foreign keys out of new tables where they would make features wait for each other in a ring.
fn without_rings(changes: &[Change], features: &[String]) -> Vec<Change> {
    let created = |(change, feature): (&Change, &String)| match change {
        Change::Table(Delta::Create(table)) => Some((table.name.clone(), feature.clone())),
        _ => None,
    };
    let created: BTreeMap<ObjectName, String> = changes.iter().zip(features).filter_map(created).collect();
    let mut waits: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (change, feature) in changes.iter().zip(features) {
        let Change::Table(Delta::Create(table)) = change else { continue };
        for target in table.foreign_keys.iter().filter_map(|key| created.get(&key.references)) {
            if target != feature {
                waits.entry(feature).or_default().insert(target);
            }
        }
    }
    let first = firsts(&waits);
    let closes_ring = |feature: &str, key: &ForeignKey| {
        let target = created.get(&key.references).map(String::as_str);
        target.is_some_and(|target| first.contains(&(feature, target)))
    };
    let mut kept = Vec::with_capacity(changes.len());
    let mut later = Vec::new();
    let mut last_table = 0;
    for (change, feature) in changes.iter().zip(features) {
        let Change::Table(Delta::Create(table)) = change else {
            kept.push(change.clone());
            continue;
        };
        let mut table = table.clone();
        let keys = std::mem::take(&mut table.foreign_keys);
        let (closing, inline): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| closes_ring(feature, key));
        let closing = closing.into_iter();
        later.extend(closing.map(|key| Change::ForeignKey { table: table.name.clone(), delta: Delta::Create(key) }));
        table.foreign_keys = inline;
        kept.push(Change::Table(Delta::Create(table)));
        last_table = kept.len();
    }
    kept.splice(last_table..last_table, later);
    kept
}

/// Returns the pairs of a feature and one that it must not wait for, because that one waits for it and goes second.
fn firsts<'a>(waits: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<(&'a str, &'a str)> {
    let mut waits = waits.clone();
    let mut pairs = BTreeSet::new();
    loop {
        let ring = waits.keys().copied().find(|feature| reaches(&waits, feature, feature));
        let Some(feature) = ring else { return pairs };
        let targets: Vec<&str> = waits.get(feature).into_iter().flatten().copied().collect();
        let closing: Vec<&str> = targets.into_iter().filter(|target| reaches(&waits, target, feature)).collect();
        for target in closing {
            pairs.insert((feature, target));
            if let Some(targets) = waits.get_mut(feature) {
                targets.remove(target);
            }
        }
    }
}

fn reaches(waits: &BTreeMap<&str, BTreeSet<&str>>, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(feature) = open.pop() {
        for target in waits.get(feature).into_iter().flatten() {
            if *target == to {
                return true;
            }
            if seen.insert(*target) {
                open.push(target);
            }
        }
    }
    false
}

/// Takes, again and again, all that one label can have now; a label that can be finished goes first.
fn scheduled(changes: Vec<Change>, labels: &[Label], before: &[BTreeSet<usize>]) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    let mut done: BTreeSet<usize> = BTreeSet::new();
    while done.len() < changes.len() {
        let open: BTreeSet<&Label> = (0..changes.len()).filter(|at| !done.contains(at)).map(|at| &labels[at]).collect();
        let rate = |label: &Label| {
            let ready = ready(label, labels, before, &done);
            let all = (0..labels.len()).filter(|at| !done.contains(at) && labels[*at] == *label).count();
            (ready.len() == all, ready)
        };
        let rated = open.into_iter().map(|label| (label, rate(label))).filter(|(_, (_, ready))| !ready.is_empty());
        // Of equals the first by name.
        let best = rated.rev().max_by_key(|(label, (is_all, ready))| match is_all {
            true => (true, label.is_own, 0),
            false => (false, label.is_own, ready.len()),
        });
        let Some((label, (_, ready))) = best else { break };
        done.extend(&ready);
        batches.push(Batch {
            feature: label.feature.clone(),
            changes: ready.into_iter().map(|at| changes[at].clone()).collect(),
            is_own: label.is_own,
        });
    }
    batches
}

/// Returns what of a label needs nothing but what is done or is in the same batch.
fn ready(label: &Label, labels: &[Label], before: &[BTreeSet<usize>], done: &BTreeSet<usize>) -> Vec<usize> {
    let mut ready: BTreeSet<usize> = BTreeSet::new();
    for at in (0..labels.len()).filter(|at| labels[*at] == *label && !done.contains(at)) {
        if before[at].iter().all(|need| done.contains(need) || ready.contains(need)) {
            ready.insert(at);
        }
    }
    ready.into_iter().collect()
}

#[cfg(test)]
mod tests;
