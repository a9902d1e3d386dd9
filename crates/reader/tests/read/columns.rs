//! Names, order and settings of columns; flattening.

use alembic_schema::model::{ColumnSettings, DefaultValue, IdentityKind, ModelDialect, RustType};
use alembic_schema::schema::Storage;

use crate::workspace::{files, one};

#[test]
fn names() {
    for (head, fields, expected) in [
        ("", "pub id: i64, r#type: i32", "smurf_score: id, type"),
        ("#[table(name = \"scores\", schema = \"game\")]", "id: i64", "game.scores: id"),
        ("", "#[column(name = \"a\")] #[sqlx(rename = \"b\")] id: i64", "smurf_score: a"),
        ("", "#[sqlx(rename = \"b\")] id: i64", "smurf_score: b"),
        (
            "#[sqlx(rename_all = \"camelCase\")]",
            "first_id: i64, #[sqlx(rename = \"x_y\")] x: i32",
            "smurf_score: firstId, x_y",
        ),
        ("", "id: i64, #[column(skip)] a: A, #[sqlx(skip)] b: B, c: i32", "smurf_score: id, c"),
        ("", "id: i64, #[cfg(test)] a: A, #[cfg(not(test))] b: i32", "smurf_score: id, b"),
        (
            "",
            "id: i64, #[cfg_attr(test, column(skip))] a: i32, #[cfg_attr(not(test), column(skip))] b: B",
            "smurf_score: id, a",
        ),
        ("#[table(extra_column(name = \"search\", sql_type = \"tsvector\"))]", "id: i64", "smurf_score: id, search"),
    ] {
        let text = format!("#[derive(Table)] #[table(no_primary_key)] {head} struct SmurfScore {{ {fields} }}");
        assert_eq!(one(&text).tables(), [expected], "{text}");
    }
}

#[test]
fn flattened_columns_take_the_place_of_their_field() {
    let base = "#[derive(Columns)] pub struct Base { #[column(primary_key)] pub id: i64, pub at: i32 }";
    for (text, expected) in [
        (
            format!("{base} #[derive(Table)] struct A {{ x: i32, #[column(flatten)] b: Base, y: i32 }}"),
            "a: x, id, at, y",
        ),
        (format!("{base} #[derive(Table)] struct A {{ #[sqlx(flatten)] b: Base, y: i32 }}"), "a: id, at, y"),
        (format!("{base} type B = Base; #[derive(Table)] struct A {{ #[column(flatten)] b: B }}"), "a: id, at"),
        (
            format!(
                "{base} #[derive(Columns)] struct C {{ #[column(flatten)] b: Base, c: i32 }} #[derive(Table)] struct A {{ #[column(flatten)] c: C }}"
            ),
            "a: id, at, c",
        ),
        (
            format!(
                "{base} #[derive(Columns)] struct P {{ x: i32 }} #[derive(Table)] struct A {{ #[column(flatten)] b: Base, #[column(flatten, prefix = \"p_\")] p: P, #[column(flatten, prefix = \"q_\")] q: P }}"
            ),
            "a: id, at, p_x, q_x",
        ),
        ("#[derive(Table)] struct A { #[column(flatten)] b: shared::Base }".to_owned(), "a: id, createdAt"),
    ] {
        let text = format!(
            "//- shared/lib.rs\n#[derive(alembic_model::Columns)] #[sqlx(rename_all = \"camelCase\")] pub struct Base \
             {{ #[column(primary_key)] pub id: i64, pub created_at: Stamp }} type Stamp = chrono::DateTime<chrono::Utc>;\n\
             //- app/lib.rs\nuse alembic_model::{{Table, Columns}};\n{text}"
        );
        let source = files(&text);
        assert_eq!(source.tables(), [expected], "{text}");
        let models = source.models();
        assert_eq!(models.tables[0].primary_key, ["id"], "{text}");
        assert_eq!(models.warnings.len(), text.matches("prefix").count(), "{text}");
    }
}

#[test]
fn types_of_flattened_columns_are_resolved_where_they_are_written() {
    let source = files(
        "//- shared/lib.rs\n#[derive(alembic_model::Columns)] pub struct Base { #[column(primary_key)] pub id: Id } type Id = i16;\n\
         //- app/lib.rs\n#[derive(alembic_model::Table)] struct A { #[column(flatten)] b: shared::Base }",
    );
    assert_eq!(source.models().tables[0].columns[0].rust_type, RustType::I16);
}

#[test]
fn settings() {
    let models = one(
        "#[derive(Table)]\n\
         #[table(comment = \"c\", renamed_from = \"old\", external, extra_column(name = \"e\", sql_type = \"x\", not_null))]\n\
         struct A {\n\
         #[column(primary_key, identity = \"always\", renamed_from = \"key\", comment = \"k\")] id: i64,\n\
         #[column(default = 1, len = 3, precision = 4, scale = 2, collate = \"C\", check = \"b > 0\", sql_type = \"t\")] b: i32,\n\
         #[column(default = \"now()\", postgres(default = true, nullable), mysql(auto_increment = false))] c: String,\n\
         #[column(default_value = \"x\")] d: String,\n\
         #[column(generated = \"b + 1\", stored)] f: i32,\n\
         }",
    )
    .models();
    let table = &models.tables[0];
    assert_eq!((table.comment.as_deref(), table.renamed_from.as_deref()), (Some("c"), Some("old")));
    assert!(table.external);
    assert_eq!((table.feature.as_str(), table.rust_name.as_str()), ("app", "A"));
    let some = |text: &str| Some(text.to_owned());
    let [id, b, c, d, f, e] = table.columns.as_slice() else { panic!("{:?}", table.columns) };
    assert_eq!(id.renamed_from, some("key"));
    let identity = ColumnSettings { identity: Some(IdentityKind::Always), comment: some("k"), ..Default::default() };
    assert_eq!(id.settings, identity);
    let all = ColumnSettings {
        default: Some(DefaultValue::Number("1".to_owned())),
        len: Some(3),
        precision: Some(4),
        scale: Some(2),
        collate: some("C"),
        check: some("b > 0"),
        sql_type: some("t"),
        ..Default::default()
    };
    assert_eq!(b.settings, all);
    assert_eq!(c.settings.default, Some(DefaultValue::Expression("now()".to_owned())));
    let postgres =
        ColumnSettings { default: Some(DefaultValue::Bool(true)), nullable: Some(true), ..Default::default() };
    let mysql = ColumnSettings { auto_increment: Some(false), ..Default::default() };
    assert_eq!(c.overrides, [(ModelDialect::Postgres, postgres), (ModelDialect::Mysql, mysql)]);
    assert_eq!(d.settings.default, Some(DefaultValue::Value("x".to_owned())));
    assert_eq!(f.settings.generated, Some(("b + 1".to_owned(), Some(Storage::Stored))));
    assert_eq!((e.name.as_str(), &e.rust_type, e.nullable), ("e", &RustType::None, false));
    let marked = &b.place.source.text[b.place.span.range()];
    assert_eq!(marked, "i32");
}

#[test]
fn tables_come_in_the_order_of_packages_files_and_lines() {
    let table =
        |name: &str| format!("#[derive(alembic_model::Table)] struct {name} {{ #[column(primary_key)] id: i64 }}\n");
    let text = format!(
        "//- b/lib.rs\nmod z; mod y; {}{}//- b/y.rs\n{}//- b/z.rs\n{}//- a/lib.rs\n{}",
        table("B2"),
        table("B1"),
        table("Y"),
        table("Z"),
        table("A")
    );
    assert_eq!(files(&text).tables(), ["b2: id", "b1: id", "y: id", "z: id", "a: id"]);
}
