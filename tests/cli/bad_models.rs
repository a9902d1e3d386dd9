//! Bad models through the tool: each an error with its place and what to type, exit 3, nothing written.

use crate::databases::{Database, Server};
use crate::project::Project;

const FILE: &str = "app/src/lib.rs";

/// A feature `app` with this source, below the imports of the derives.
fn source(text: &str) -> Project {
    let project = Project::new(&["app"]);
    project.write(FILE, &format!("use alembic_model::{{Columns, Table}};\n{text}"));
    project
}

/// A table `a` with a key and these fields.
fn table(fields: &str) -> String {
    format!("#[derive(Table)]\nstruct A {{\n    #[column(primary_key)] id: i64,\n    {fields}\n}}\n")
}

/// The code, the place `line:column`, a part of the message, a part of the help.
type Fault = (&'static str, &'static str, &'static str, &'static str);

#[track_caller]
fn refuses(project: &Project, (code, place, message, help): Fault) {
    let before = project.files();
    for command in ["generate", "generate -n", "check"] {
        let finished = project.run(command);
        assert_eq!(finished.status, 3, "{command}: {}{}", finished.stdout, finished.stderr);
        for part in [&format!("error[{code}]: "), message, &format!("{FILE}:{place}"), &format!("help: {help}")] {
            assert!(finished.stderr.contains(part), "{command}: no {part:?} in\n{}", finished.stderr);
        }
        assert_eq!(finished.stdout, "");
        assert_eq!(project.run(&format!("{command} --format json")).error()["code"], code);
    }
    assert_eq!(project.files(), before, "nothing is written");
}

#[test]
fn each_names_its_place_and_the_way_out() {
    let rows: &[(String, Fault)] = &[
        (
            "#[derive(Table)] struct A { #[column(primary_kei)] id: i64 }".into(),
            ("A0701", "2:38", "unknown key `primary_kei`", "write `primary_key`"),
        ),
        (
            "#[derive(Table)] struct A { #[column(primary_key)] id: Option<i64> }".into(),
            ("A0701", "2:38", "`id` is of the primary key and an `Option`", "write the type without `Option`"),
        ),
        (
            "mod gone;\n".to_owned() + &table(""),
            ("A0702", "2:1", "no file for `mod gone`", "create `app/src/gone.rs` or `app/src/gone/mod.rs`"),
        ),
        (
            table("") + "#[derive(Table)] #[table(name = \"a\")] struct B { #[column(primary_key)] id: i64 }",
            ("A0732", "3:8", "two models are the table `a`", "give one of them another `#[table(name"),
        ),
        (
            table("#[column(references = \"nowhere.id\")] b: i64,"),
            ("A0739", "5:27", "`a` refers to `nowhere`, which no model declares", "derive `Table` for it"),
        ),
        (
            table("#[column(references = \"a.idd\")] b: i64,"),
            ("A0736", "5:27", "names the column `idd`, which `a` does not have", "did you mean `id`?"),
        ),
        (
            table("#[column(references = \"a.id\")] b: String,"),
            ("A0743", "4:32", "`a.b` is TEXT, but refers to `a.id`, which is INTEGER", "give both columns the same"),
        ),
        (table("b: Vec<String>,"), ("A0731", "5:8", "SQLite has no arrays", "write `sqlx::types::Json<Vec<_>>`")),
        (
            table("b: Strange,"),
            (
                "A0730",
                "5:8",
                "`Strange` is not declared in this workspace",
                "state it: `#[column(sql_type = \"TEXT\")]`",
            ),
        ),
        (
            table("b: Mood,") + "enum Mood { Sad }",
            ("A0730", "5:8", "the enum `Mood` has no `derive(sqlx::Type)`", "state it: `#[column(sql_type"),
        ),
        (
            table("b: Mood,") + "#[derive(sqlx::Type)] enum Mood {}",
            ("A0748", "7:28", "the enum `Mood` has no values", "add a variant"),
        ),
        (
            table("b: Mood,") + "#[derive(sqlx::Type)] enum Mood { Sad, #[sqlx(rename = \"Sad\")] Blue }",
            ("A0749", "7:28", "two values of the enum `Mood` are `Sad`", "give one of them another `#[sqlx(rename"),
        ),
        (
            table("#[column(default_value = \"Bad\")] b: Mood,") + "#[derive(sqlx::Type)] enum Mood { Sad }",
            ("A0750", "5:41", "the default `Bad` of `a.b` is no value of its enum", "write one of `Sad`"),
        ),
        (
            table("#[column(default = \"euw1\")] b: String,"),
            ("A0701", "5:24", "\"euw1\" is a bare word", "write `default_value = \"euw1\"`"),
        ),
        (
            "#[cfg(loom)]\n".to_owned() + &table(""),
            ("A0704", "2:7", "whether `A` exists depends on `cfg(loom)`", "add `cfg = [\"loom\"]` to `[workspace"),
        ),
    ];
    for (text, fault) in rows {
        refuses(&source(text), *fault);
    }
}

#[test]
fn a_type_that_one_database_lacks_is_a_fault_there_alone() {
    for database in Database::each() {
        let project = source(&table("b: u32,")).database(&database.url);
        if database.server == Server::Postgres {
            refuses(&project, ("A0731", "5:8", "sqlx has no unsigned integers on PostgreSQL", "write `i64`"));
            assert_eq!(database.tables(), [""; 0]);
        } else {
            project.ok("generate");
            project.ok("upgrade -q");
            project.ok("check");
        }
        let Some(database) = Database::new(database.server) else { continue };
        let project = source(&table("b: rust_decimal::Decimal,")).database(&database.url);
        match database.server {
            Server::Postgres => _ = project.ok("generate -n --against replay"),
            Server::Sqlite => {
                refuses(&project, ("A0731", "5:8", "no exact decimals", "write `sqlx::types::Text<Decimal>`"))
            }
            Server::Mariadb => {
                let help = "add `#[column(precision = …, scale = …)]`";
                refuses(&project, ("A0731", "5:8", "keeps no fraction", help));
            }
        }
    }
}

#[test]
fn an_unknown_cfg_is_settled_as_the_help_says() {
    let project = source(&("#[cfg(loom)]\n".to_owned() + &table("")));
    let manifest = project.read("Cargo.toml");
    for (setting, makes_it) in [("loom", true), ("not(loom)", false)] {
        project.write("Cargo.toml", &format!("{manifest}\n[workspace.metadata.alembic]\ncfg = [\"{setting}\"]\n"));
        let finished = project.run("generate -n");
        assert_eq!(finished.status, if makes_it { 0 } else { 3 }, "{}", finished.stderr);
        assert_eq!(finished.stdout.contains("CREATE TABLE a ("), makes_it, "{}", finished.stdout);
    }
}

#[test]
fn models_that_are_not_compiled_do_not_count() {
    for (text, makes_it) in [
        ("#[cfg(test)]\n".to_owned() + &table(""), false),
        ("#[cfg(test)]\nmod tests {\n    use alembic_model::Table;\n".to_owned() + &table("") + "}", false),
        ("#[cfg(feature = \"server\")]\n".to_owned() + &table(""), false),
        ("#[cfg(not(feature = \"server\"))]\n".to_owned() + &table(""), true),
    ] {
        let project = source(&text);
        let manifest = project.read("app/Cargo.toml");
        project.write("app/Cargo.toml", &format!("{manifest}\n[features]\nserver = []\n"));
        let finished = project.run("generate -n");
        assert_eq!(finished.status, if makes_it { 0 } else { 3 }, "{text}: {}", finished.stderr);
        assert_eq!(finished.stderr.contains("error[A0801]"), !makes_it, "{text}: {}", finished.stderr);
    }
    let project = source(&("#[cfg(feature = \"server\")]\n".to_owned() + &table("")));
    let manifest = project.read("app/Cargo.toml");
    project.write("app/Cargo.toml", &format!("{manifest}\n[features]\ndefault = [\"server\"]\nserver = []\n"));
    assert!(project.ok("generate -n").contains("CREATE TABLE a ("));
    project.write("app/Cargo.toml", &format!("{manifest}\n[features]\nserver = []\n"));
    let manifest = project.read("Cargo.toml");
    let settings = "[workspace.metadata.alembic]\ncfg = ['feature=\"server\"']\n";
    project.write("Cargo.toml", &format!("{manifest}\n{settings}"));
    assert!(project.ok("generate -n").contains("CREATE TABLE a ("));
}

#[test]
fn a_table_that_a_cargo_feature_hides_stays() {
    let project = source(&("#[cfg(feature = \"server\")]\n".to_owned() + &table("")));
    let other = "#[derive(Table)] struct B { #[column(primary_key)] id: i64 }\n";
    project.write(FILE, &(project.read(FILE) + other));
    let manifest = project.read("app/Cargo.toml");
    project.write("app/Cargo.toml", &format!("{manifest}\n[features]\ndefault = [\"server\"]\nserver = []\n"));
    project.ok("generate");
    project.write("app/Cargo.toml", &format!("{manifest}\n[features]\nserver = []\n"));
    let before = project.files();
    for command in ["generate", "check"] {
        let finished = project.run(command);
        assert_eq!(finished.status, 0, "{}{}", finished.stdout, finished.stderr);
        let hidden = "one may hide: its model is behind the feature `server` of `app`, which is off";
        assert!(finished.stderr.contains(hidden), "{}", finished.stderr);
    }
    assert_eq!(project.files(), before);
}

#[test]
fn a_model_of_a_package_without_migrations_is_told() {
    let project = source(&table(""));
    let members = project.read("Cargo.toml").replace("[\"app\"]", "[\"app\", \"shared\"]");
    project.write("Cargo.toml", &members);
    project.write("shared/Cargo.toml", "[package]\nname = \"shared\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    project.write(
        "shared/src/lib.rs",
        "use alembic_model::Table;\n#[derive(Table)]\nstruct B { #[column(primary_key)] id: i64 }\n",
    );
    let manifest = project.read("app/Cargo.toml");
    project.write("app/Cargo.toml", &format!("{manifest}\n[dependencies]\nshared = {{ path = \"../shared\" }}\n"));
    let finished = project.run("generate");
    assert_eq!(finished.status, 0, "{}", finished.stderr);
    let said = "shared/src/lib.rs:3:8: `B` is passed over: `shared` has no migrations; make it a feature with \
                `cargo alembic init -p shared`";
    assert!(finished.stderr.contains(said), "{}", finished.stderr);
    project.ok("init -p shared");
    assert!(project.ok("generate -n").contains("CREATE TABLE b ("));
}

#[test]
fn the_derive_may_have_any_name() {
    let model = format!("{}/crates/model", env!("CARGO_MANIFEST_DIR"));
    for text in [
        "#[derive(am::Table)] struct A { #[column(primary_key)] id: i64 }",
        "use am::Table as Row;\n#[derive(Row)] struct A { #[column(primary_key)] id: i64 }",
        "use am as other;\n#[derive(Debug, other::Table)] struct A { #[column(primary_key)] id: i64 }",
    ] {
        let project = Project::new(&["app"]);
        project.write(FILE, text);
        let manifest = project.read("app/Cargo.toml");
        let dependency = format!("[dependencies]\nam = {{ package = \"alembic-model\", path = \"{model}\" }}\n");
        project.write("app/Cargo.toml", &format!("{manifest}\n{dependency}"));
        assert!(project.ok("generate -n").contains("CREATE TABLE a ("), "{text}");
    }
}
