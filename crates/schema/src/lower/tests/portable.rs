//! One model, three databases: overrides, what each can hold, hints.

use super::*;

#[test]
fn overrides_win_where_they_apply() {
    let mut table_model = players();
    table_model.columns[1].settings =
        ColumnSettings { len: Some(40), check: Some("name <> ''".into()), ..Default::default() };
    table_model.columns[1].overrides = vec![
        (ModelDialect::Sqlite, ColumnSettings { sql_type: Some("VARCHAR".into()), ..Default::default() }),
        (ModelDialect::Mariadb, ColumnSettings { len: Some(20), nullable: Some(true), ..Default::default() }),
        (
            ModelDialect::Mysql,
            ColumnSettings { len: Some(30), check: Some("name <> 'x'".into()), ..Default::default() },
        ),
    ];
    let models = models(vec![table_model]);
    for (dialect, sql_type, nullable, check) in [
        (DialectName::Postgres, "varchar(40)", false, "name <> ''"),
        (DialectName::Sqlite, "VARCHAR", false, "name <> ''"),
        (DialectName::Mysql, "varchar(20)", true, "name <> 'x'"),
    ] {
        let wanted = wanted(&models, dialect);
        let name = table(&wanted, "players").column("name").expect("the column");
        assert_eq!((name.sql_type.sql.to_lowercase(), name.nullable), (sql_type.to_lowercase(), nullable), "{dialect}");
        assert_eq!(table(&wanted, "players").checks[0].expression, check, "{dialect}");
    }
}

#[test]
fn a_check_for_other_dialects_is_left_out() {
    let mut table_model = players();
    table_model.checks = vec![ModelCheck {
        place: place("check"),
        name: Some("long".into()),
        expressions: vec![
            (Some(ModelDialect::Postgres), "char_length(name) > 1".into()),
            (Some(ModelDialect::Sqlite), "length(name) > 1".into()),
        ],
    }];
    let models = models(vec![table_model]);
    for (dialect, expected) in [
        (DialectName::Postgres, Some("char_length(name) > 1")),
        (DialectName::Sqlite, Some("length(name) > 1")),
        (DialectName::Mysql, None),
    ] {
        let wanted = wanted(&models, dialect);
        let found = table(&wanted, "players").checks.first().map(|check| check.expression.as_str());
        assert_eq!(found, expected, "{dialect}");
    }
}

#[test]
fn an_index_keeps_what_the_database_knows() {
    let mut table_model = players();
    table_model.indexes = vec![ModelIndex {
        predicate: Some("id > 0".into()),
        method: Some("gin".into()),
        include: vec!["id".into()],
        concurrently: true,
        keys: vec![ModelKey {
            order: Order::Descending,
            nulls: Nulls::Last,
            operator_class: Some("text_pattern_ops".into()),
            length: Some(9),
            ..key("name")
        }],
        ..an_index(&[])
    }];
    let models = models(vec![table_model]);
    let shown = |dialect| {
        let wanted = wanted(&models, dialect);
        let index = table(&wanted, "players").indexes[0].clone();
        let key = &index.keys[0];
        format!(
            "{:?} {:?} {:?} {} | {:?} {:?} {:?} {:?}",
            index.method,
            index.predicate,
            index.include,
            index.concurrently,
            key.order,
            key.nulls,
            key.operator_class,
            key.length
        )
    };
    assert_eq!(
        DialectName::ALL.map(shown),
        [
            r#"Some("gin") Some("id > 0") ["id"] true | Descending Last Some("text_pattern_ops") None"#,
            r#"None Some("id > 0") [] false | Descending Default None None"#,
            r#"None None [] false | Descending Default None Some(9)"#,
        ]
    );
}

#[test]
fn a_unique_that_would_mean_something_else_is_left_out_with_a_warning() {
    let mut table_model = players();
    table_model.indexes = vec![ModelIndex { predicate: Some("id > 0".into()), ..unique(&["name"]) }];
    let wanted = wanted(&models(vec![table_model]), DialectName::Mysql);
    assert!(table(&wanted, "players").indexes.is_empty() && table(&wanted, "players").uniques.is_empty());
    assert_eq!(wanted.hints.warnings.len(), 1);
    assert!(wanted.hints.warnings[0].message.contains("partial"), "{:?}", wanted.hints.warnings);
}

#[test]
fn a_shared_key_does_not_number_its_rows() {
    let mut profile = model("profiles", vec![column("player_id", RustType::I64)]);
    profile.foreign_keys = vec![reference(&["player_id"], "players", &[])];
    let wanted = wanted(&models(vec![players(), profile]), DialectName::Postgres);
    assert_eq!(table(&wanted, "profiles").columns[0].identity, None);
    assert_eq!(table(&wanted, "players").columns[0].identity, Some(Identity::ByDefault));
    assert_eq!(table(&wanted, "profiles").foreign_keys[0].referenced_columns, ["id"]);
}

fn mood() -> ModelEnum {
    ModelEnum {
        feature: "app".into(),
        rust_name: "Mood".into(),
        place: place("Mood"),
        name: ObjectName::new("mood"),
        values: vec!["ok".into(), "down".into()],
        renamed: vec![("sad".into(), "down".into())],
        storage: EnumStorage::Native,
    }
}

#[test]
fn an_enum_is_a_type_or_a_matter_of_its_columns() {
    let table_model = model("t", vec![column("id", RustType::I64), column("mood", RustType::Enum(0))]);
    let models = Models { tables: vec![table_model], enums: vec![mood()], ..Models::default() };
    for (dialect, types, type_hints, column_hints) in
        [(DialectName::Postgres, 1, 1, 0), (DialectName::Sqlite, 0, 0, 0), (DialectName::Mysql, 0, 0, 1)]
    {
        let wanted = wanted(&models, dialect);
        let hints = &wanted.hints;
        let found = (wanted.schema.enums.len(), hints.enum_values.len(), hints.column_values.len());
        assert_eq!(found, (types, type_hints, column_hints), "{dialect}");
        assert_eq!(hints.enum_owners.len(), types);
    }
}

#[test]
fn external_tables_are_known_and_not_wanted() {
    let mut jobs = model(
        "jobs",
        vec![
            column("id", RustType::I64),
            column("blob", RustType::Unresolved { written: "Blob".into(), reason: "nobody knows".into() }),
        ],
    );
    jobs.external = true;
    let mut runs = model("runs", vec![column("id", RustType::I64), column("job_id", RustType::I64)]);
    runs.foreign_keys = vec![reference(&["job_id"], "jobs", &[])];
    let wanted = wanted(&models(vec![runs, jobs]), DialectName::Postgres);
    assert_eq!(wanted.schema.tables.len(), 1);
    assert!(wanted.hints.external.contains(&ObjectName::new("jobs")));
    assert!(!wanted.hints.owners.contains_key(&ObjectName::new("jobs")));
}

#[test]
fn an_old_name_that_is_still_in_use_is_only_warned_about() {
    let renamed = |name: &str, old: &str| ModelColumn { renamed_from: Some(old.into()), ..column(name, RustType::I32) };
    let stale = model("t", vec![column("id", RustType::I64), column("a", RustType::I32), renamed("b", "a")]);
    let swapped = model("u", vec![column("id", RustType::I64), renamed("a", "b"), renamed("b", "a")]);
    let mut table_model = model("players2", vec![column("id", RustType::I64)]);
    table_model.renamed_from = Some("players".into());
    let wanted = wanted(&models(vec![stale, swapped, table_model, players()]), DialectName::Postgres);
    assert_eq!(wanted.hints.columns.len(), 2, "a swap is meant");
    assert!(wanted.hints.columns.keys().all(|(table, _)| table.name == "u"));
    assert!(wanted.hints.tables.is_empty());
    assert_eq!(wanted.hints.warnings.len(), 2);
}
