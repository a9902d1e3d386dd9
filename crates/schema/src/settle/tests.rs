use super::*;
use crate::schema::{ColumnType, IndexKey, Name};

fn schema(default: &str, checks: &[&str], predicate: Option<&str>) -> Schema {
    let name = ObjectName::new("players");
    let column = Column {
        name: "score".into(),
        sql_type: ColumnType::new("numeric"),
        default: Some(default.into()),
        ..Column::default()
    };
    let named = |(at, expression): (usize, &&str)| Check {
        name: Name::Stated(format!("c{at}")),
        expression: (*expression).into(),
    };
    let index = predicate.map(|predicate| Index {
        keys: vec![IndexKey::column("score")],
        predicate: Some(predicate.into()),
        ..Index::default()
    });
    let table = Table {
        name: name.clone(),
        columns: vec![column],
        checks: checks.iter().enumerate().map(named).collect(),
        indexes: index.into_iter().collect(),
        ..Table::default()
    };
    Schema { tables: [(name, table)].into(), ..Schema::default() }
}

#[test]
fn only_differing_texts_are_unsettled() {
    let current = schema("5", &["score > 0"], Some("score > 1"));
    for (wanted, expected) in [
        (schema("5", &["score > 0"], Some("score > 1")), 0),
        (schema("5.0", &["score > 0"], Some("score > 1")), 1),
        (schema("5", &["score >= 0"], Some("score > 1")), 1),
        (schema("5", &["score > 0"], Some("score > 2")), 1),
        (schema("5", &[], Some("score > 1")), 0),
        (schema("5", &["score > 0"], None), 0),
    ] {
        assert_eq!(unsettled(&current, &wanted).len(), expected, "{wanted:?}");
    }
    assert!(unsettled(&Schema::default(), &current).is_empty(), "a new table has no other side");
}

#[test]
fn equal_texts_get_the_spelling_of_the_database_and_others_stay_as_written() {
    let current = schema("5", &["a = ANY (x)", "b"], Some("p"));
    let mut wanted = schema("5.0", &["a IN (x)", "c OR d"], Some("(p) "));
    let mut settled = [current.clone(), wanted.clone()];
    settle(&mut settled[0], &schema("5", &["A", "B"], Some("P")));
    settle(&mut settled[1], &schema("5.0", &["A", "C"], Some("P")));
    agree(&current, &mut wanted, &settled[0], &settled[1]);
    assert_eq!(wanted, schema("5.0", &["a = ANY (x)", "c OR d"], Some("p")));
}

#[test]
fn a_passage_that_changes_a_text_is_not_the_last() {
    let first = schema("5", &["a"], None);
    let mut second = first.clone();
    settle(&mut second, &schema("5", &["b"], None));
    assert!(!is_stable(&first, &second));
    assert!(is_stable(&second, &second.clone()));
}

#[test]
fn a_spelling_that_never_stays_is_no_change() {
    let named = |mut schema: Schema, name: &str| {
        for index in schema.tables.values_mut().flat_map(|table| &mut table.indexes) {
            index.name = Name::Stated(name.into());
        }
        schema
    };
    let current = named(schema("5", &["a"], Some("p")), "ix");
    let tables: Vec<ObjectName> = current.tables.keys().cloned().collect();
    let mut wanted = named(schema("five()", &["A", "new"], Some("P")), "ix");
    leave(&current, &mut wanted, &tables);
    assert_eq!(wanted, named(schema("5", &["a", "new"], Some("p")), "ix"), "what is new stays new");
    let mut other = named(schema("5", &["a"], Some("q")), "another");
    let before = other.clone();
    leave(&current, &mut other, &tables);
    assert_eq!(other, before, "an index of another name is another one");
    let mut elsewhere = named(schema("6", &["b"], Some("q")), "ix");
    leave(&current, &mut elsewhere, &[]);
    assert_eq!(elsewhere, named(schema("6", &["b"], Some("q")), "ix"));
}

#[test]
fn nameless_checks_are_found_by_their_place() {
    let mut side = schema("5", &["a", "b"], None);
    let mut scratch = schema("5", &["A", "B"], None);
    for table in side.tables.values_mut() {
        table.checks[0].name = Name::Unnamed;
    }
    for table in scratch.tables.values_mut() {
        table.checks[0].name = Name::Stated("scratch_0".into());
    }
    settle(&mut side, &scratch);
    let texts: Vec<&str> =
        side.tables.values().flat_map(|table| &table.checks).map(|check| &*check.expression).collect();
    assert_eq!(texts, ["A", "B"]);
}

#[test]
fn only_literals_are_evaluated() {
    for (text, expected) in [
        ("5", true),
        ("-5.0", true),
        ("'5'", true),
        ("'it''s'::text", true),
        ("(5)::numeric(10,2)", true),
        ("now()", false),
        ("nextval('s'::regclass)", false),
        ("'5' || random()", false),
        ("5 + f()", false),
        ("'open", false),
        ("CURRENT_DATE", false),
    ] {
        assert_eq!(is_literal(text), expected, "{text}");
    }
    let pairs = constants(&schema("5", &[], None), &schema("5.0", &[], None));
    let questions: Vec<String> = pairs.iter().map(Constants::question).collect();
    assert_eq!(questions, ["SELECT (5)::numeric IS NOT DISTINCT FROM (5.0)::numeric"]);
    assert!(constants(&schema("now()", &[], None), &schema("5.0", &[], None)).is_empty());
}
