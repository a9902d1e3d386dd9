//! Bad models: each with its place and what to do.

use alembic_revisions::Diagnose;

use crate::workspace::{files, one};

#[test]
fn bad_models() {
    for (text, expected) in [
        (
            "#[derive(Table)] struct A { #[column(primary_kei)] id: i64 }",
            "A0701 app/lib.rs:2:38 `primary_kei` unknown key `primary_kei`",
        ),
        ("#[derive(Table)] struct A(i64);", "A0701 app/lib.rs:2:25 `A` `A` has no named fields"),
        ("#[derive(Table)] struct A { id: i64 }", "A0701 app/lib.rs:2:25 `A` `A` has no primary key"),
        (
            "#[derive(Table)] struct A { #[column(primary_key)] id: Option<i64> }",
            "A0701 app/lib.rs:2:38 `primary_key` `id` is of the primary key and an `Option`",
        ),
        (
            "type Id = Option<i64>; #[derive(Table)] struct A { #[column(primary_key)] id: Id }",
            "A0712 app/lib.rs:2:79 `Id` `id` is of the primary key and may be NULL",
        ),
        (
            "#[derive(Table)] struct A { #[column(primary_key)] id: i64, #[cfg(loom)] x: i32 }",
            "A0704 app/lib.rs:2:67 `loom` whether `A.x` exists depends on `cfg(loom)`, which is not known",
        ),
        (
            "#[derive(Table)] struct A { #[column(primary_key)] id: i64, #[cfg_attr(loom, column(skip))] x: i32 }",
            "A0704 app/lib.rs:2:72 `loom` whether `A` exists depends on `cfg(loom)`, which is not known",
        ),
        (
            "#[cfg_attr(loom, derive(Table))] struct A { #[column(primary_key)] id: i64 }",
            "A0704 app/lib.rs:2:12 `loom` whether `A` exists depends on `cfg(loom)`, which is not known",
        ),
        (
            "#[derive(Table)] struct A { #[column(flatten)] b: Base }",
            "A0705 app/lib.rs:2:51 `Base` `Base` cannot be flattened: no struct of this workspace is called so here",
        ),
        (
            "enum E {} #[derive(Table)] struct A { #[column(flatten)] b: E }",
            "A0705 app/lib.rs:2:61 `E` `E` cannot be flattened: it is no struct",
        ),
        (
            "struct Base { x: i32 } #[derive(Table)] struct A { #[column(flatten)] b: Base }",
            "A0706 app/lib.rs:2:74 `Base` `Base` has no `derive(Columns)`, so it cannot be flattened",
        ),
        (
            "#[derive(Columns)] struct B { #[column(flatten)] b: B } #[derive(Table)] struct A { #[column(flatten)] b: B }",
            "A0707 app/lib.rs:2:53 `B` `B` flattens itself",
        ),
        (
            "#[derive(Columns)] struct B { id: i32 } #[derive(Table)] struct A { #[column(primary_key)] id: i64, #[column(flatten)] b: B }",
            "A0708 app/lib.rs:2:35 `i32` two columns of `A` are called `id`",
        ),
        (
            "#[derive(Table)] struct A { #[column(primary_key)] id: i64, #[sqlx(rename = \"id\")] x: i32 }",
            "A0708 app/lib.rs:2:87 `i32` two columns of `A` are called `id`",
        ),
        (
            "#[derive(Columns)] struct B { name: i32 } #[derive(Table)] #[table(no_primary_key, index(nam))] struct A { #[column(flatten)] b: B }",
            "A0709 app/lib.rs:2:90 `nam` `A` has no field `nam`",
        ),
        (
            "#[derive(Columns)] struct B { x: i32 } #[derive(Table)] #[table(no_primary_key, unique(x))] struct A { #[column(flatten, prefix = \"p\")] b: B, #[column(flatten, prefix = \"q\")] c: B }",
            "A0710 app/lib.rs:2:88 `x` several fields of `A` are called `x`, by way of what it flattens",
        ),
        (
            "#[derive(Columns)] struct B { x: i32 } #[derive(Table)] struct A { #[column(flatten)] b: B }",
            "A0711 app/lib.rs:2:64 `A` `A` has no primary key",
        ),
        (
            "#[derive(sqlx::Type)] #[table(nam = \"x\")] enum E { X } #[derive(Table)] struct A { #[column(primary_key)] id: i64, e: E }",
            "A0701 app/lib.rs:2:31 `nam` unknown key `nam`",
        ),
        (
            "#[derive(sqlx::Type)] enum E { #[cfg(loom)] X } #[derive(Table)] struct A { #[column(primary_key)] id: i64, e: E }",
            "A0704 app/lib.rs:2:38 `loom` whether `E::X` exists depends on `cfg(loom)`, which is not known",
        ),
    ] {
        let errors = one(text).errors();
        assert_eq!(errors, [expected], "{text}");
        let told = one(text).read().expect_err("just seen");
        assert!(told[0].help().is_some() || expected.contains("A0701"), "{text}");
    }
}

#[test]
fn all_faults_come_at_once_in_the_order_of_files_and_lines() {
    let errors = files(
        "//- b/lib.rs\nmod gone;\n#[derive(alembic_model::Table)] struct A { id: i64 }\n\
         //- a/lib.rs\n#[derive(alembic_model::Table)]\n#[table(x, y)] struct A { #[column(primary_key)] id: i64 }",
    )
    .errors();
    let codes: Vec<&str> = errors.iter().map(|error| error.split(" `").next().expect("a code")).collect();
    assert_eq!(codes, ["A0701 a/lib.rs:2:9", "A0701 a/lib.rs:2:12", "A0702 b/lib.rs:1:1", "A0701 b/lib.rs:2:40"]);
}

#[test]
fn the_second_place_of_a_duplicate_is_the_first_column() {
    let text = "#[derive(Table)] struct A { #[column(primary_key)] id: i64, #[column(name = \"id\")] x: i32 }";
    let errors = one(text).read().expect_err("two columns of one name");
    let marked: Vec<&str> = errors[0].places.iter().map(|place| &place.source.text[place.span.range()]).collect();
    assert_eq!(marked, ["i32", "i64"]);
}

#[test]
fn what_to_do_about_an_unknown_cfg_can_be_typed() {
    let text = "#[cfg(db = \"pg\")] #[derive(Table)] struct A { #[column(primary_key)] id: i64 }";
    let errors = one(text).read().expect_err("an unknown cfg");
    let help = errors[0].help().expect("help");
    assert!(help.contains(r#"`cfg = ["db=\"pg\""]`"#), "{help}");
    let mut settled = one(text);
    settled.cfg = vec!["db=\"pg\""];
    assert_eq!(settled.tables(), ["a: id"]);
    settled.cfg = vec!["not(db=\"pg\")"];
    assert!(settled.tables().is_empty());
}
