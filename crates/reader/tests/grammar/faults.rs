use alembic_reader::grammar::ast::Derive;

use crate::{faults_of, struct_of};

/// Faults that the errors of the compiler in `crates/model/tests/derive/fail` do not show yet.
#[test]
fn faults_have_their_places() {
    let cases: &[(&str, &[&str])] = &[
        (
            "#[table(name = )] struct A { #[column(primary_key)] a: i64 }",
            &["`name` takes a string | write `name = \"…\"` @ name"],
        ),
        (
            "#[table(postgres(x = 1), sqlite(strct), no_primary_key)] struct A { a: i64 }",
            &["tables have no options in `postgres` @ postgres", "unknown key `strct` | write `strict` @ strct"],
        ),
        ("struct A { #[column(primary_key)] a: i64, b }", &["expected a field @ b"]),
        ("#[table(primary_key(a, a))] struct A { a: i64 }", &["`a` is named twice @ a"]),
        (
            "#[table(primary_key())] struct A { a: i64 }",
            &["the primary key has no column | write `primary_key(id)` @ primary_key"],
        ),
        (
            "#[table(primary_key(a))] struct A { #[column(primary_key)] a: i64 }",
            &["the primary key is in `#[table(…)]` already | remove one of the two @ primary_key"],
        ),
        (
            "#[table(extra_column(name = \"b\", sql_type = \"int\", skip))] struct A { #[column(primary_key)] a: i64 }",
            &["`skip` is for fields @ skip"],
        ),
        (
            "struct A { #[column(primary_key, identity = \"never\")] a: i64 }",
            &["`never` is nothing that `identity` takes | write one of `always`, `by_default` @ \"never\""],
        ),
        (
            "struct A { #[column(primary_key, mysql(sqlite(len = 3)))] a: i64 }",
            &["`sqlite` is the same in every dialect | write `sqlite` outside of the dialect @ sqlite"],
        ),
        ("#[table(name = \"a\"] struct A { a: i64 }", &["`derive(Table)` is for structs @ #"]),
    ];
    for (source, faults) in cases {
        assert_eq!(faults_of(source, Derive::Table), *faults, "{source}");
    }
}

#[test]
fn what_is_not_known_of_one_struct_is_no_fault() {
    for source in [
        "#[table(primary_key(id, a), index(region), foreign_key(columns(x), references = \"t.x\"))]
         struct A { #[column(flatten)] base: Base, a: i64 }",
        "struct A { #[sqlx(flatten)] base: Base, a: i64 }",
        "#[table(external)] struct A { a: i64 }",
        "#[table(index(search, using = \"gin\"), extra_column(name = \"search\", sql_type = \"tsvector\"))]
         struct A { #[column(primary_key)] a: i64 }",
        "#[table(extra_column(name = \"id\", sql_type = \"int\", primary_key))] struct A { a: i64 }",
        "struct A { #[column(primary_key, not_null)] a: Option<i64>, #[sqlx(unheard_of(1 2 3), skip)] b: B }",
        "struct A { #[column(primary_key)] a: i64,
         #[column(references = \"t.x\", on_delete = \"set_null\", nullable)] b: MaybeId,
         #[column(references = \"t.x\", on_delete = \"set_null\")] #[sqlx(try_from = \"Option<i64>\")] c: Id,
         #[column(references = \"t.x\", on_delete = \"set_null\", postgres(nullable))] d: i64 }",
        "struct A { #[column(primary_key)] a: i64, #[column(generated = \"1\", mysql(virtual), postgres(stored))] b: i64 }",
    ] {
        struct_of(source);
    }
    assert!(faults_of("struct A { a: i64 }", Derive::Columns).is_empty());
}

#[test]
fn every_fault_of_a_struct_is_told_at_once() {
    let source = r#"#[table(nam = "a", index(x), check())] struct A { #[column(zip, len = "3")] a: i64, #[column(prefix = "p")] b: i64 }"#;
    assert_eq!(
        faults_of(source, Derive::Table),
        [
            "unknown key `nam` | write `name` @ nam",
            "the check has no expression | write `check(name = \"…\", \"…\")` @ check",
            "unknown key `zip` @ zip",
            "`len` takes a whole number | write `len = 64` @ \"3\"",
            "`prefix` says nothing without `flatten` @ prefix",
            "`A` has no field `x` | write one of `a`, `b` @ x",
        ]
    );
}
