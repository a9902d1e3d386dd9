use super::*;
use crate::diff::referee::{make, meaning};
use crate::diff::samples::two_schemas;
use crate::diff::{Renames, changes};
use crate::schema::{EnumType, Schema, Table};
use proptest::prelude::*;

fn owners(letters: &[u8]) -> Owners {
    let feature = |at: usize| ["a", "b", "c"][usize::from(letters.get(at).copied().unwrap_or(0)) % 3].to_owned();
    let tables = (0..6).map(|at| (ObjectName::new(format!("t{at}")), feature(at))).collect();
    let enums = ["mood", "size"].iter().enumerate().map(|(at, name)| (ObjectName::new(*name), feature(6 + at)));
    Owners { tables, enums: enums.collect() }
}

fn adds_values(change: &Change) -> bool {
    matches!(change, Change::Enum(Delta::Alter { from, to }) if to.values.len() > from.values.len())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn batches_in_a_row_lead_there_and_back(
        (current, wanted, renames) in two_schemas(),
        letters in prop::collection::vec(any::<u8>(), 0..8),
    ) {
        let found = changes(&current, &wanted, &renames);
        let owners = owners(&letters);
        let batches = by_feature(&found, &owners, adds_values).expect("every table has an owner");
        prop_assert_eq!(&by_feature(&found, &owners, adds_values), &Ok(batches.clone()));
        for batch in &batches {
            prop_assert!(!batch.changes.is_empty());
            prop_assert!(batch.changes.iter().all(|change| adds_values(change) == batch.is_own));
        }
        let list: Vec<Change> = batches.into_iter().flat_map(|batch| batch.changes).collect();
        let mut schema = current.clone();
        if let Err(reason) = make(&mut schema, &list) {
            return Err(TestCaseError::fail(format!("there: {reason}")));
        }
        prop_assert_eq!(meaning(&schema), meaning(&wanted));
        if let Err(reason) = make(&mut schema, &crate::change::reversed(&list)) {
            return Err(TestCaseError::fail(format!("back: {reason}")));
        }
        prop_assert_eq!(meaning(&schema), meaning(&current));
    }
}

/// `b:t1>t2,t3` is a table of feature b with two foreign keys.
fn wanted(text: &str) -> (Schema, Owners) {
    let mut schema = Schema::default();
    let mut owners = Owners::default();
    for word in text.split_whitespace() {
        let (feature, table) = word.split_once(':').unwrap();
        let (name, targets) = table.split_once('>').unwrap_or((table, ""));
        let name = ObjectName::new(name);
        let key = |target: &str| ForeignKey { references: ObjectName::new(target), ..ForeignKey::default() };
        let foreign_keys = targets.split(',').filter(|target| !target.is_empty()).map(key).collect();
        owners.tables.insert(name.clone(), feature.to_owned());
        schema.tables.insert(name.clone(), Table { name, foreign_keys, ..Table::default() });
    }
    (schema, owners)
}

fn shown(batches: &[Batch]) -> String {
    let change = |change: &Change| match change {
        Change::Table(Delta::Create(table)) => {
            let keys: String = table.foreign_keys.iter().map(|key| format!(">{}", key.references)).collect();
            format!("{}{keys}", table.name)
        }
        Change::ForeignKey { table, delta: Delta::Create(key) } => format!("{table}+{}", key.references),
        other => format!("{other:?}"),
    };
    let batch = |batch: &Batch| {
        format!("{}({})", batch.feature, batch.changes.iter().map(change).collect::<Vec<_>>().join(" "))
    };
    batches.iter().map(batch).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_feature_gets_one_batch_unless_features_form_a_ring() {
    for (tables, expected) in [
        ("b:t1 a:t2 b:t3", "a(t2) b(t1 t3)"),
        ("a:t1>t2 b:t2 c:t3>t1", "b(t2) a(t1>t2) c(t3>t1)"),
        ("a:t1>t2 b:t2>t1", "a(t1) b(t2>t1) a(t1+t2)"),
        // A ring of features without a ring of tables.
        ("a:t1>t2 b:t2>t3 a:t3 b:t4>t3", "a(t3 t1) b(t2>t3 t4>t3) a(t1+t2)"),
        ("a:t1>t1", "a(t1>t1)"),
    ] {
        let (schema, owners) = wanted(tables);
        let found = changes(&Schema::default(), &schema, &Renames::default());
        assert_eq!(shown(&by_feature(&found, &owners, |_| false).unwrap()), expected, "{tables}");
    }
}

#[test]
fn a_new_value_of_an_enum_goes_before_its_users() {
    let of = |values: &[&str]| EnumType {
        name: ObjectName::new("mood"),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    let add = Change::Enum(Delta::Alter { from: of(&["sad"]), to: of(&["sad", "ok"]) });
    let (schema, mut owners) = wanted("a:t1");
    owners.enums.insert(ObjectName::new("mood"), "a".to_owned());
    let mut found = changes(&Schema::default(), &schema, &Renames::default());
    found.push(add.clone());
    let batches = by_feature(&found, &owners, adds_values).unwrap();
    assert_eq!(batches[0], Batch { feature: "a".into(), changes: vec![add], is_own: true });
    assert_eq!((batches[1].is_own, batches.len()), (false, 2));
}

#[test]
fn owners_are_models_first_then_whoever_created_it() {
    let (schema, owners) = wanted("a:t1");
    let found = changes(&schema, &Schema::default(), &Renames::default());
    assert_eq!(by_feature(&found, &owners, |_| false).unwrap()[0].feature, "a");
    let nobody = by_feature(&found, &Owners::default(), |_| false).unwrap_err();
    assert_eq!(nobody.to_string(), "no feature owns `t1`");
}
