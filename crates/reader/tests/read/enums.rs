//! Enums that are types of columns.

use alembic_schema::model::{EnumStorage, ModelEnum, RustType};

use crate::workspace::files;

fn only(declared: &str) -> ModelEnum {
    let text = format!(
        "//- app/lib.rs\n#[derive(alembic_model::Table)] struct A {{ #[column(primary_key)] id: i64, m: Option<Mood> }}\n{declared}"
    );
    let mut models = files(&text).models();
    assert_eq!(models.enums.len(), 1, "{declared}");
    models.enums.remove(0)
}

#[test]
fn values() {
    for (attributes, variants, expected) in [
        ("", "Sad, VeryHappy", "Sad VeryHappy"),
        ("#[sqlx(rename_all = \"lowercase\")]", "Sad, VeryHappy", "sad veryhappy"),
        (
            "#[sqlx(rename_all = \"snake_case\")]",
            "Sad, VeryHappy, HTTPError, V2Beta",
            "sad very_happy http_error v2_beta",
        ),
        ("#[sqlx(rename_all = \"UPPERCASE\")]", "VeryHappy", "VERYHAPPY"),
        ("#[sqlx(rename_all = \"SCREAMING_SNAKE_CASE\")]", "VeryHappy", "VERY_HAPPY"),
        ("#[sqlx(rename_all = \"kebab-case\")]", "VeryHappy", "very-happy"),
        ("#[sqlx(rename_all = \"camelCase\")]", "VeryHappy", "veryHappy"),
        ("#[sqlx(rename_all = \"PascalCase\")]", "Very_happy", "VeryHappy"),
        ("#[sqlx(rename_all = \"lowercase\")]", "#[sqlx(rename = \"So So\")] Meh, Ok,", "So So ok"),
        ("", "#[cfg(test)] A, #[cfg(not(test))] B, /// words, more\n r#Type", "B Type"),
        ("", "#[cfg_attr(not(test), sqlx(rename = \"x\"))] A", "x"),
    ] {
        let found = only(&format!("#[derive(Debug, sqlx::Type)] {attributes} pub enum Mood {{ {variants} }}"));
        assert_eq!(found.values.join(" "), expected, "{attributes} {variants}");
        assert_eq!(found.storage, EnumStorage::Native);
    }
}

#[test]
fn names_and_storage() {
    for (attributes, name, storage) in [
        ("", "mood", EnumStorage::Native),
        ("#[sqlx(type_name = \"Mood_Type\")]", "mood_type", EnumStorage::Native),
        ("#[sqlx(type_name = \"\\\"Mood\\\"\")]", "Mood", EnumStorage::Native),
        ("#[sqlx(type_name = \"game.mood\")]", "game.mood", EnumStorage::Native),
        ("#[sqlx(type_name = \"text\")]", "mood", EnumStorage::Text),
        ("#[sqlx(type_name = \"TEXT\", rename_all = \"lowercase\")]", "mood", EnumStorage::Text),
        ("#[repr(i16)]", "mood", EnumStorage::Integer(Box::new(RustType::I16))),
        ("#[repr(C)]", "mood", EnumStorage::Native),
        ("#[table(name = \"m\", schema = \"s\")]", "s.m", EnumStorage::Native),
        ("#[cfg_attr(any(), table(name = \"m\"))]", "m", EnumStorage::Native),
    ] {
        let found = only(&format!("#[derive(sqlx::Type)] {attributes} enum Mood {{ A = 1, B }}"));
        assert_eq!(found.name.to_string(), name, "{attributes}");
        assert_eq!(found.values.is_empty(), matches!(storage, EnumStorage::Integer(_)), "{attributes}");
        assert_eq!(found.storage, storage, "{attributes}");
        assert_eq!((found.feature.as_str(), found.rust_name.as_str()), ("app", "Mood"));
    }
}

#[test]
fn renamed_values() {
    let found = only("#[derive(sqlx::Type)] #[table(renamed(sad = \"blue\", Old = \"New\"))] enum Mood { A }");
    let pair = |old: &str, new: &str| (old.to_owned(), new.to_owned());
    assert_eq!(found.renamed, [pair("sad", "blue"), pair("Old", "New")]);
}

#[test]
fn an_enum_belongs_to_its_crate_or_to_its_first_user() {
    let text = "//- shared/lib.rs\n#[derive(sqlx::Type)] pub enum Mood { A }\n\
        //- first/lib.rs\n#[derive(sqlx::Type)] pub enum Own { A }\n\
        //- second/lib.rs\n#[derive(alembic_model::Table)] struct A { #[column(primary_key)] id: i64, m: Vec<shared::Mood>, o: first::Own }\n\
        //- third/lib.rs\n#[derive(alembic_model::Table)] struct B { #[column(primary_key)] id: i64, m: shared::Mood }\n";
    let models = files(text).models();
    let owners: Vec<_> = models.enums.iter().map(|found| format!("{} {}", found.feature, found.rust_name)).collect();
    assert_eq!(owners, ["second Mood", "first Own"]);
    assert_eq!(models.tables[1].columns[1].rust_type, RustType::Enum(0));
}

#[test]
fn enums_without_columns_are_left_out() {
    let models = files("//- app/lib.rs\n#[derive(sqlx::Type)] enum Mood { A }").models();
    assert!(models.enums.is_empty());
}
