//! From roots to files, as the compiler goes.

use crate::workspace::{Source, files};

/// A file with a table of that name.
fn table(path: &str, name: &str) -> String {
    format!("//- {path}\n#[derive(alembic_model::Table)] struct {name} {{ #[column(primary_key)] id: i64 }}\n")
}

#[test]
fn files_of_modules() {
    for (root, path) in [
        ("mod a;", "app/a.rs"),
        ("pub(crate) mod a;", "app/a/mod.rs"),
        ("mod r#type;", "app/type.rs"),
        ("mod a { mod b; }", "app/a/b.rs"),
        ("mod a { pub mod b { mod c; } }", "app/a/b/c/mod.rs"),
        ("#[path = \"x/y.rs\"] mod a;", "app/x/y.rs"),
        ("#[path = \"../app/y.rs\"] mod a;", "app/y.rs"),
        ("mod a { #[path = \"y.rs\"] mod b; }", "app/a/y.rs"),
        ("#[path = \"x\"] mod a { mod b; }", "app/x/b.rs"),
        ("#[path = \"x\"] mod a { #[path = \"y.rs\"] mod b; }", "app/x/y.rs"),
        ("#[cfg_attr(not(test), path = \"x.rs\")] mod a;", "app/x.rs"),
        ("#[cfg_attr(test, path = \"x.rs\")] mod a;", "app/a.rs"),
        ("include!(\"x.in\");", "app/x.in"),
        ("mod a { include!(r\"x/y.rs\"); }", "app/x/y.rs"),
        ("cfg_if! { if #[cfg(test)] { mod t; } else if #[cfg(all())] { mod a; } else { mod c; } }", "app/a.rs"),
        ("cfg_if::cfg_if! { if #[cfg(not(test))] { mod a; } else { mod c; } }", "app/a.rs"),
        ("some_cfg! { mod a; }", "app/a.rs"),
        ("#!/usr/bin/env x\n#![allow(x)]\nmod a;", "app/a.rs"),
        ("\u{feff}mod a;", "app/a.rs"),
        (
            "trait X { fn f() -> [u8; { 1 }] { } } impl X for Y<{ 1 + 1 }> { } impl !Send for Y {} impl ::std::fmt::Debug for Y { } mod a;",
            "app/a.rs",
        ),
        ("const fn f() {} const A: [u8; 2] = { [1, 2] }; static B: fn() -> u8 = || { 1 }; mod a;", "app/a.rs"),
        (
            "extern \"C\" { fn x(); } unsafe extern \"C\" fn y() {} macro_rules! m { () => { mod z; } } mod a;",
            "app/a.rs",
        ),
        (
            "struct A<'a, T: Fn() -> u8>(&'a T) where T: X; union U { a: u8 } enum E { A = '}' as isize } mod a;",
            "app/a.rs",
        ),
        ("fn f<'a>(x: &'a str) -> char { let _ = \"}\"; let _ = r##\"}\"# \"##; '\\'' } mod a;", "app/a.rs"),
    ] {
        let text = format!("//- app/lib.rs\n{root}\n{}", table(path, "A"));
        assert_eq!(files(&text).tables(), ["a: id"], "{root}");
    }
}

#[test]
fn files_below_files() {
    for (files_between, path) in [
        ("//- app/a.rs\nmod b;\n", "app/a/b.rs"),
        ("//- app/a/mod.rs\nmod b;\n", "app/a/b.rs"),
        ("//- app/a.rs\nmod b { mod c; }\n", "app/a/b/c.rs"),
        ("//- app/a.rs\n#[path = \"x.rs\"] mod b;\n", "app/x.rs"),
        ("//- app/a.rs\nmod b { #[path = \"x.rs\"] mod c; }\n", "app/a/b/x.rs"),
        ("//- app/a/mod.rs\nmod b { #[path = \"x.rs\"] mod c; }\n", "app/a/b/x.rs"),
        ("//- app/a.rs\n#[path = \"x/y.rs\"] mod b;\n//- app/x/y.rs\nmod c;\n", "app/x/c.rs"),
        ("//- app/a.rs\nmod b;\n//- app/a/b.rs\nmod c;\n", "app/a/b/c.rs"),
        ("//- app/a.rs\ninclude!(\"x/y.rs\");\n//- app/x/y.rs\nmod c;\n", "app/x/c.rs"),
    ] {
        let text = format!("//- app/lib.rs\nmod a;\n{files_between}{}", table(path, "A"));
        assert_eq!(files(&text).tables(), ["a: id"], "{files_between}");
    }
}

#[test]
fn circles_and_files_reached_twice_end() {
    let twice = table("app/x.rs", "A");
    let text = format!("//- app/lib.rs\n#[path = \"x.rs\"] mod a;\n#[path = \"x.rs\"] mod b;\n{twice}");
    assert_eq!(files(&text).tables(), ["a: id"]);
    let circle =
        files("//- app/lib.rs\n#[path = \"lib.rs\"] mod a;\n#[path = \"lib.rs\"] mod b;\ninclude!(\"lib.rs\");\n");
    assert!(circle.tables().is_empty());
    let nested = format!("//- app/lib.rs\n{}{}", "mod a {".repeat(500), "}".repeat(500));
    assert_eq!(files(&nested).blind_spots(), ["app: the modules are nested too deeply to be read"]);
}

#[test]
fn conditions() {
    let with = |cfg: &[&'static str], features: &[&'static str], condition: &str| {
        let text = format!("//- app/lib.rs\n{condition} mod a;\n{}", table("app/a.rs", "A"));
        Source { cfg: cfg.to_vec(), features: features.to_vec(), ..files(&text) }
    };
    for (cfg, features, condition, is_there) in [
        (&[][..], &["x"][..], "#[cfg(feature = \"x\")]", true),
        (&[], &[], "#[cfg(feature = \"x\")]", false),
        (&[], &[], "#[cfg(not(feature = \"x\"))]", true),
        (&[], &["x"], "#[cfg(all(feature = \"x\", not(test)))] #[cfg(any(miri, unix, windows))]", true),
        (&[], &[], "#[cfg(any(test, doctest))]", false),
        (&[], &[], "#[cfg(all(test, loom))]", false),
        (&[], &[], "#[cfg(any(not(test), loom))]", true),
        (&["loom"], &[], "#[cfg(loom)]", true),
        (&["not(loom)"], &[], "#[cfg(loom)]", false),
        (&["db = \"pg\""], &[], "#[cfg(db = \"pg\")]", true),
        (&[], &[], "#[cfg(true)]", true),
        (&[], &[], "#[cfg(false)]", false),
        (&[], &[], "#[cfg(target_os = \"none\")]", false),
        (&[], &[], "#[cfg_attr(not(test), cfg(test))]", false),
        (&[], &[], "#[cfg_attr(test, cfg(test))]", true),
        (&[], &[], "#[cfg_attr(loom, cfg(not(test)))]", true),
    ] {
        let tables = with(cfg, features, condition).tables();
        assert_eq!(!tables.is_empty(), is_there, "{condition}");
    }
    let unknown = with(&[], &[], "#[cfg(loom)]").errors();
    assert_eq!(unknown, ["A0704 app/lib.rs:1:7 `loom` whether `A` exists depends on `cfg(loom)`, which is not known"]);
    let inner = files(
        "//- app/lib.rs\n#![cfg(loom)]\n#[derive(alembic_model::Table)] struct A { #[column(primary_key)] id: i64 }",
    );
    assert_eq!(inner.errors().len(), 1);
    let harmless =
        files("//- app/lib.rs\n#[cfg(loom)] mod a { struct X; }\n#[cfg_attr(docsrs, doc(cfg(x)))] struct Y;");
    assert!(harmless.tables().is_empty());
}

#[test]
fn missing_files() {
    for (text, expected) in [
        ("mod a;", "A0702 app/lib.rs:1:1 `mod a;` no file for `mod a`"),
        ("#[cfg(unix)]\npub mod a;", "A0702 app/lib.rs:2:1 `pub mod a;` no file for `mod a`"),
        ("#[path = \"x.rs\"] mod a;", "A0702 app/lib.rs:1:18 `mod a;` no file for `mod a`"),
    ] {
        assert_eq!(files(&format!("//- app/lib.rs\n{text}")).errors(), [expected]);
    }
    let errors = files("//- app/lib.rs\nmod a;").read().expect_err("there is no file");
    let help = alembic_revisions::Diagnose::help(&errors[0]);
    assert_eq!(help.as_deref(), Some("create `app/a.rs` or `app/a/mod.rs`, or remove `mod a;`"));
    for text in ["#[cfg(test)] mod a;", "#[cfg(feature = \"none\")] mod a;", "fn f() { mod a; }"] {
        let models = files(&format!("//- app/lib.rs\n{text}")).models();
        assert!(models.blind_spots.is_empty(), "{text}");
    }
    let doubtful = files("//- app/lib.rs\n#[cfg(loom)] mod a;\nsome! { mod b; }").blind_spots();
    assert_eq!(doubtful, ["app: the file of `mod a` is missing", "app: the file of `mod b` is missing"]);
    assert!(files("//- shared/lib.rs\nmod a;\n//- app/lib.rs\n").tables().is_empty());
}

#[test]
fn macros_in_which_tables_could_hide() {
    for (text, expected) in [
        ("tables!(#[derive(Table)] struct A { id: i64 });", "the macro `tables!` may make models"),
        ("x::tables! { A => #[derive(Debug, x::Table)] }", "the macro `tables!` may make models"),
        (
            "macro_rules! t { ($n:ident) => { #[derive(Table)] struct $n { id: i64 } } }",
            "the macro `t!` may make models",
        ),
        ("include!(concat!(env!(\"OUT_DIR\"), \"/x.rs\"));", "`include!` of a file that only the compiler can name"),
        (
            "wrap!(include!(concat!(env!(\"OUT_DIR\"), \"/x.rs\")));",
            "the macro `wrap!` includes a file that a build script makes",
        ),
        ("include!(\"none.rs\");", "the included file"),
    ] {
        let spots = files(&format!("//- app/lib.rs\n{text}")).blind_spots();
        assert_eq!(spots.len(), 1, "{text}: {spots:?}");
        assert!(spots[0].starts_with(&format!("app: {expected}")), "{text}: {spots:?}");
    }
    for text in [
        "lazy_static! { static ref X: u8 = 1; }",
        "bitflags! { struct F: u32 { const A = 1; } }",
        "macro_rules! m { () => { #[derive(Debug)] struct X; } }",
        "m!(derive Table);",
        "#[cfg(test)] tables!(#[derive(Table)] struct A {});",
        "thread_local!(static T: u8 = 1);",
    ] {
        assert_eq!(files(&format!("//- app/lib.rs\n{text}")).blind_spots(), [""; 0], "{text}");
    }
}

#[test]
fn calls_of_a_macro_that_makes_tables_are_blind_spots_of_their_feature() {
    let source = files(
        "//- shared/lib.rs\n#[macro_export] macro_rules! table { ($n:ident) => { #[derive(Table)] struct $n { id: i64 } } }\n\
         //- app/lib.rs\nshared::table!(A);",
    );
    assert_eq!(source.blind_spots(), ["app: the macro `table!` makes models"]);
}

#[test]
fn items_in_the_braces_of_a_macro_are_read() {
    let source = files(
        "//- app/lib.rs\nuse alembic_model::Table;\nsome_cfg! {\n#[derive(Table)] struct A { #[column(primary_key)] id: i64 }\nfn f() {}\n}",
    );
    assert_eq!(source.tables(), ["a: id"]);
}
