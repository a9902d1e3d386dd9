//! Types of the database: what comes before their users, what after.
//!
//! Values are added first and taken away last, so that every default and every row in between has its value. Read
//! [`compare`] first.

use super::keyed::keyed;
use super::renames::Renamed;
use super::steps::{Phase, Steps};
use crate::change::{Change, Delta};
use crate::schema::{EnumType, Schema};

pub(super) fn compare(renamed: &Renamed<'_>, wanted: &Schema, steps: &mut Steps) {
    let found = keyed(renamed.base.enums.values(), wanted.enums.values(), |enum_type| &enum_type.name);
    for enum_type in found.came {
        let change = Change::Enum(Delta::Create(enum_type.clone()));
        steps.add(Phase::CreateEnum, &enum_type.name, 0, "", change);
    }
    for enum_type in found.gone {
        steps.add(Phase::DropEnum, &enum_type.name, 0, "", Change::Enum(Delta::Drop(enum_type.clone())));
    }
    for (from, to) in found.kept {
        let all = EnumType { values: union(&from.values, &to.values), ..from.clone() };
        if all.values != from.values {
            let old = |values: &[String]| EnumType { values: renamed.old_values(&from.name, values), ..from.clone() };
            let change = Change::Enum(Delta::Alter { from: old(&from.values), to: old(&all.values) });
            steps.add(Phase::AddEnumValues, &from.name, 0, "", change);
        }
        if all.values != to.values {
            let change = Change::Enum(Delta::Alter { from: all, to: to.clone() });
            steps.add(Phase::RebuildEnum, &from.name, 0, "", change);
        }
    }
}

/// Returns the old values in their order with the new ones among them, each behind its predecessor.
fn union(old: &[String], new: &[String]) -> Vec<String> {
    let mut all = old.to_vec();
    let mut behind = 0;
    for (at, value) in new.iter().enumerate() {
        match all.iter().position(|present| present == value) {
            Some(present) => behind = present + 1,
            // A first value goes before the one that follows it.
            None if at == 0 => {
                let follower = new.iter().find_map(|next| all.iter().position(|present| present == next));
                behind = follower.unwrap_or(all.len());
                all.insert(behind, value.clone());
                behind += 1;
            }
            None => {
                all.insert(behind, value.clone());
                behind += 1;
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn added_values_stand_where_they_will_stay() {
        for (old, new, expected) in [
            ("a b", "a b c", "a b c"),
            ("a b", "x a b", "x a b"),
            ("a b", "x y a b", "x y a b"),
            ("a b", "a x b", "a x b"),
            ("a b c", "b x", "a b x c"),
            ("a b", "b a", "a b"),
            ("a b", "x y", "a b x y"),
            ("", "x y", "x y"),
        ] {
            assert_eq!(union(&values(old), &values(new)), values(expected), "{old} to {new}");
        }
    }
}
