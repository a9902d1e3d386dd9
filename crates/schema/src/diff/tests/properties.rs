use super::referee::{exact, make, meaning, valid};
use super::samples::two_schemas;
use crate::change::reversed;
use crate::diff::{Renames, changes};
use crate::schema::{Name, Schema};
use proptest::prelude::*;

fn sorted(schema: &Schema) -> Schema {
    let mut schema = schema.clone();
    schema.tables.values_mut().for_each(|table| *table = exact(table));
    schema
}

/// The stated names of `wanted`, where something of `made` has a name at all.
fn stated_names_hold(made: &Schema, wanted: &Schema) -> Result<(), String> {
    for (name, table) in &wanted.tables {
        for check in &table.checks {
            let other = made.tables[name].checks.iter().find(|other| other.expression == check.expression);
            let is_other =
                other.is_some_and(|other| other.name != Name::Unnamed && other.name.text() != check.name.text());
            if matches!(check.name, Name::Stated(_)) && is_other {
                return Err(format!("{check:?} is called {other:?}"));
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn samples_are_valid((current, wanted, _) in two_schemas()) {
        prop_assert_eq!(valid(&current, &[]), Ok(()));
        prop_assert_eq!(valid(&wanted, &[]), Ok(()));
    }

    #[test]
    fn nothing_changes_between_equals((current, wanted, _) in two_schemas()) {
        prop_assert_eq!(changes(&current, &current, &Renames::default()), []);
        prop_assert_eq!(changes(&wanted, &wanted, &Renames::default()), []);
    }

    #[test]
    fn changes_lead_there_and_back((current, wanted, renames) in two_schemas()) {
        let found = changes(&current, &wanted, &renames);
        prop_assert_eq!(&changes(&current, &wanted, &renames), &found);
        prop_assert_eq!(&reversed(&reversed(&found)), &found);

        let mut schema = current.clone();
        if let Err(reason) = make(&mut schema, &found) {
            return Err(TestCaseError::fail(format!("there: {reason}")));
        }
        prop_assert_eq!(meaning(&schema), meaning(&wanted));
        prop_assert_eq!(stated_names_hold(&schema, &wanted), Ok(()));
        prop_assert_eq!(changes(&schema, &wanted, &Renames::default()), []);

        if let Err(reason) = make(&mut schema, &reversed(&found)) {
            return Err(TestCaseError::fail(format!("back: {reason}")));
        }
        prop_assert_eq!(sorted(&schema), sorted(&current));
    }
}
