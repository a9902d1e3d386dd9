//! Names: conventional, stated, cut, and apart from each other.

use std::collections::BTreeSet;

use super::*;

fn index_names(indexes: Vec<ModelIndex>) -> Vec<String> {
    let columns = ["id", "a", "b"].map(|name| column(name, RustType::I32)).to_vec();
    let models = models(vec![Model { indexes, ..model("t", columns) }]);
    let wanted = wanted(&models, DialectName::Postgres);
    let table = table(&wanted, "t");
    let all = table.indexes.iter().map(|index| &index.name).chain(table.uniques.iter().map(|unique| &unique.name));
    names(all).into_iter().map(str::to_owned).collect()
}

fn partial(predicate: &str) -> ModelIndex {
    ModelIndex { predicate: Some(predicate.to_owned()), ..an_index(&["a"]) }
}

#[test]
fn twins_become_one_and_stated_names_win() {
    let stated = || ModelIndex { name: Some("mine".into()), ..an_index(&["a"]) };
    for (indexes, expected) in [
        (vec![an_index(&["a", "b"])], vec!["ix_t_a_b"]),
        (vec![unique(&["a", "b"])], vec!["uq_t_a_b"]),
        (vec![an_index(&["a"]), an_index(&["a"])], vec!["ix_t_a"]),
        (vec![an_index(&["a"]), stated()], vec!["mine"]),
        (vec![stated(), an_index(&["a"])], vec!["mine"]),
        (vec![unique(&["a"]), unique(&["a"])], vec!["uq_t_a"]),
        (vec![stated(), ModelIndex { name: Some("other".into()), ..an_index(&["a"]) }], vec!["mine", "other"]),
    ] {
        assert_eq!(index_names(indexes), expected);
    }
}

#[test]
fn names_that_clash_do_not_depend_on_the_order() {
    let one = index_names(vec![partial("a > 1"), partial("a > 2")]);
    let mut other = index_names(vec![partial("a > 2"), partial("a > 1")]);
    other.reverse();
    assert_eq!(one, other);
    assert_ne!(one[0], one[1]);
    assert!(one.iter().all(|name| name.starts_with("ix_t_a_") && name.len() == "ix_t_a_".len() + 8), "{one:?}");
    assert_eq!(index_names(vec![partial("a > 2")]), ["ix_t_a"]);
}

#[test]
fn what_differs_in_any_way_differs_in_name() {
    let strict = ModelIndex { nulls_not_distinct: true, ..unique(&["a"]) };
    let names_of_uniques = index_names(vec![strict, unique(&["a"])]);
    assert!(names_of_uniques.len() == 2 && names_of_uniques[0] != names_of_uniques[1], "{names_of_uniques:?}");

    let mut keyed = model("t", vec![column("id", RustType::I32), column("a", RustType::I32)]);
    let key = || reference(&["a"], "t", &["id"]);
    let cascading = ModelForeignKey { on_delete: Action::Cascade, ..key() };
    let waiting = ModelForeignKey { deferrable: Deferrable::Deferred, ..key() };
    keyed.foreign_keys = vec![key(), cascading, waiting];
    let wanted = wanted(&models(vec![keyed]), DialectName::Postgres);
    let found: BTreeSet<_> = names(table(&wanted, "t").foreign_keys.iter().map(|key| &key.name)).into_iter().collect();
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn tables_of_one_schema_share_their_names() {
    let with = |name: &str, index: &[&str]| {
        let columns = ["id", "b_c", "c"].map(|name| column(name, RustType::I32)).to_vec();
        Model { indexes: vec![an_index(index)], ..model(name, columns) }
    };
    let wanted = wanted(&models(vec![with("a", &["b_c"]), with("a_b", &["c"])]), DialectName::Postgres);
    let [one, other] = ["a", "a_b"].map(|name| names(table(&wanted, name).indexes.iter().map(|index| &index.name))[0]);
    assert!(one.starts_with("ix_a_b_c_") && other.starts_with("ix_a_b_c_") && one != other, "{one} {other}");
}

#[test]
fn long_names_keep_to_the_limit() {
    let long = "a_column_with_a_name_of_some_length";
    for dialect in DialectName::ALL {
        let mut wide = model("a_table_with_a_name_that_says_what_is_in_it", vec![column(long, RustType::I32)]);
        wide.indexes = vec![an_index(&[long]), ModelIndex { name: Some("n".repeat(200)), ..unique(&[long]) }];
        let limit = backend::of(dialect, None).identifier_limit();
        let wanted = wanted(&models(vec![wide]), dialect);
        let table = wanted.schema.tables.values().next().expect("a table");
        let all = names(table.indexes.iter().map(|index| &index.name).chain(table.uniques.iter().map(|of| &of.name)));
        assert_eq!(all.len(), 2);
        assert!(all.iter().all(|name| name.len() <= limit), "{all:?}");
    }
}

#[test]
fn checks_without_a_name_are_called_by_what_they_say() {
    let mut table_model = players();
    let check = |expression: &str| ModelCheck {
        place: place("check"),
        name: None,
        expressions: vec![(None, expression.to_owned())],
    };
    table_model.checks = vec![check("id > 0"), check("id < 9")];
    table_model.columns[0].settings.check = Some("id <> 5".into());
    let wanted = wanted(&models(vec![table_model]), DialectName::Postgres);
    let found = names(table(&wanted, "players").checks.iter().map(|check| &check.name));
    assert_eq!(found[0], "ck_players_id");
    assert!(found[1] != found[2] && found[1..].iter().all(|name| name.len() == "ck_players_".len() + 8), "{found:?}");
}
