//! Which structs count.

use crate::workspace::{files, one};

const BODY: &str = "pub struct Player { #[column(primary_key)] pub id: i64 }";
const BARE: &str = "pub struct Player { pub id: i64 }";

#[test]
fn derives_of_alembic_model_count() {
    for head in [
        "#[derive(alembic_model::Table)]",
        "#[derive(Debug, ::alembic_model::Table)]",
        "use alembic_model::Table; #[derive(Table)]",
        "use alembic_model::{Columns, Table as Model}; #[derive(Model)]",
        "use alembic_model as am; #[derive(am::Table)]",
        "extern crate alembic_model as am; #[derive(am::Table)]",
        "use alembic_model::*; #[derive(Table)]",
        "pub use self::prelude::*; mod prelude { pub use alembic_model::Table; } #[derive(Table)]",
        "#[macro_use] extern crate alembic_model; use other::*; #[derive(Table)]",
        "use other::prelude::*; #[derive(Table)] #[table(comment = \"x\")]",
        "use other::prelude::*; #[derive(Table)]",
        "#[cfg_attr(any(), derive(Table))]",
        "#[cfg_attr(any(), derive(Table), table(comment = \"x\"))]",
        "#[cfg_attr(not(test), derive(alembic_model::Table))]",
        "#[cfg_attr(all(), cfg_attr(unix, derive(alembic_model::Table)))]",
        "/// words\n#[doc = \"]\"] #[derive(Clone)] #[derive(alembic_model::Table)]",
    ] {
        let tables = files(&format!("//- app/lib.rs\n{head}\n{BODY}")).tables();
        assert_eq!(tables, ["player: id"], "{head}");
    }
}

#[test]
fn derives_of_others_do_not_count() {
    for head in [
        "use geekorm::Table; #[derive(Table)]",
        "use geekorm::{Table}; #[derive(Table)] #[table(x)]",
        "#[derive(geekorm::Table)]",
        "use geekorm as alembic; #[derive(alembic::Table)]",
        "#[derive(Debug)]",
        "#[cfg(test)] #[derive(alembic_model::Table)]",
        "#[cfg(any())] #[derive(alembic_model::Table)]",
        "#[cfg_attr(test, derive(alembic_model::Table))]",
        "// #[derive(alembic_model::Table)]\n",
        "/* /* */ #[derive(alembic_model::Table)] */",
        "#[derive(alembic_model::Columns)]",
        "fn f() { #[derive(alembic_model::Table)] struct X { id: i64 } }",
        "const X: &str = r#\"#[derive(alembic_model::Table)]\"#;",
    ] {
        let models = files(&format!("//- app/lib.rs\n{head}\n{BODY}")).models();
        assert!(models.tables.is_empty(), "{head}");
        assert!(models.blind_spots.is_empty(), "{head}: {:?}", models.blind_spots);
    }
}

#[test]
fn a_derive_that_nothing_tells_apart_is_a_blind_spot() {
    let source = files(&format!("//- app/lib.rs\nuse other::prelude::*;\n#[derive(Table)]\n{BARE}"));
    assert!(source.tables().is_empty());
    assert_eq!(source.blind_spots(), ["app: `derive(Table)` of `Player` may be alembic-model's"]);
}

#[test]
fn crates_of_the_workspace_may_pass_the_derive_on() {
    let text = format!(
        "//- shared/lib.rs\npub mod prelude {{ pub use alembic_model::*; }}\n\
         //- app/lib.rs\nuse shared::prelude::*;\n#[derive(Table)]\n{BODY}"
    );
    assert_eq!(files(&text).tables(), ["player: id"]);
}

#[test]
fn only_tables_of_features_count() {
    let text = format!(
        "//- shared/lib.rs\n#[derive(alembic_model::Table)]\n{BODY}\n\
         //- app/lib.rs\n#[derive(alembic_model::Table)] struct A {{ #[column(primary_key)] id: i64 }}\n"
    );
    assert_eq!(files(&text).tables(), ["a: id"]);
    let warnings = files(&text).models().warnings;
    let said: Vec<String> = warnings
        .iter()
        .map(|warning| format!("{}; {}", warning.message, warning.help.as_deref().expect("help")))
        .collect();
    assert_eq!(
        said,
        ["`Player` is passed over: `shared` has no migrations; make it a feature with `cargo alembic init -p shared`"]
    );
}

#[test]
fn without_a_dependency() {
    let source = files(
        "//- app/lib.rs\n\
         #[cfg_attr(any(), derive(Table), table(name = \"players\", index(name)))]\n\
         pub struct Player {\n\
             #[cfg_attr(any(), column(primary_key))] pub id: i64,\n\
             #[cfg_attr(any(), column(name = \"title\"))] pub name: String,\n\
             #[cfg_attr(test, column(skip))] pub level: i32,\n\
         }",
    );
    assert_eq!(source.tables(), ["players: id, title, level"]);
    let models = source.models();
    assert_eq!(models.tables[0].primary_key, ["id"]);
    assert_eq!(models.tables[0].indexes.len(), 1);
}

#[test]
fn the_same_file_of_library_and_binary_is_one_model() {
    let source = files(
        "//- app/lib.rs\nmod models;\n//- app/main.rs\nmod models;\nfn main() {}\n\
         //- app/models.rs\nuse alembic_model::Table;\n#[derive(Table)] struct A { #[column(primary_key)] id: i64 }",
    );
    assert_eq!(source.tables(), ["a: id"]);
}

#[test]
fn faults_of_the_grammar_have_their_places() {
    let source = one("#[derive(Table)]\n#[table(nam = \"x\")]\nstruct A { #[column(primary_key)] id: i64 }");
    assert_eq!(source.errors(), ["A0701 app/lib.rs:3:9 `nam` unknown key `nam`"]);
}
