use super::*;
use crate::workspace::fixture::{Fixture, package};

fn feature<'a>(workspace: &'a Workspace, name: &str) -> NewFeature<'a> {
    NewFeature { package: workspace.package(name).unwrap(), migrations: None, branch_label: None }
}

fn shown(workspace: &Workspace, changes: &[Change]) -> Vec<String> {
    changes.iter().map(|change| workspace.shown(change.path()).into_string()).collect()
}

#[test]
fn init_makes_what_cargo_then_reports() {
    let fixture = Fixture::workspace();
    let workspace = fixture.find("").unwrap();
    let label = "billing".parse().unwrap();
    let b = NewFeature { branch_label: Some(&label), migrations: Some("db/sql".into()), ..feature(&workspace, "b") };
    let init = Init {
        workspace: &workspace,
        database_url: Some("sqlite:arena.db"),
        features: vec![feature(&workspace, "a"), b],
    };
    let changes = plan_init(&init).unwrap();
    assert_eq!(
        shown(&workspace, &changes),
        ["Cargo.toml", "crates/a/Cargo.toml", "crates/b/Cargo.toml", "crates/b/db/sql"]
    );
    assert!(!fixture.read("Cargo.toml").contains("alembic"), "a plan writes nothing");
    apply_init(&changes).unwrap();

    let after = fixture.find("").unwrap();
    assert_eq!(after.settings.database_url.as_deref(), Some("sqlite:arena.db"));
    let features: Vec<&str> = after.features().map(|feature| feature.name.as_str()).collect();
    assert_eq!(features, ["a", "b"]);
    assert_eq!(after.feature("b").unwrap().migrations_dir(), fixture.root.join("crates/b/db/sql"));
    assert_eq!(after.feature("b").unwrap().settings.branch_label.as_ref(), Some(&label));
    let again = Init {
        workspace: &after,
        database_url: Some("sqlite:arena.db"),
        features: vec![
            NewFeature { migrations: Some("./migrations".into()), ..feature(&after, "a") },
            NewFeature { branch_label: Some(&label), ..feature(&after, "b") },
        ],
    };
    assert_eq!(plan_init(&again).unwrap(), [], "a second time changes nothing");
}

#[test]
fn a_feature_survives_the_loss_of_its_empty_folder() {
    let fixture = Fixture::workspace();
    let workspace = fixture.find("").unwrap();
    let init = Init { workspace: &workspace, database_url: None, features: vec![feature(&workspace, "b")] };
    apply_init(&plan_init(&init).unwrap()).unwrap();
    fs_err::remove_dir(fixture.root.join("crates/b/migrations")).unwrap();
    assert!(fixture.find("").unwrap().feature("b").is_ok());
    assert!(!fixture.read("Cargo.toml").contains("alembic"), "no URL, so the root manifest is left alone");
}

#[test]
fn a_lone_package_becomes_root_and_feature() {
    let fixture = Fixture::new(&[("Cargo.toml", &package("solo", "\n[dependencies]\n")), ("src/lib.rs", "")]);
    let workspace = fixture.find("").unwrap();
    let init = Init {
        workspace: &workspace,
        database_url: Some("sqlite:solo.db"),
        features: vec![feature(&workspace, "solo")],
    };
    let changes = plan_init(&init).unwrap();
    assert_eq!(shown(&workspace, &changes), ["Cargo.toml", "migrations"], "one manifest changes once");
    apply_init(&changes).unwrap();
    let after = fixture.find("").unwrap();
    assert_eq!(after.settings.database_url.as_deref(), Some("sqlite:solo.db"));
    assert!(after.feature("solo").is_ok());
}

#[test]
fn a_password_stays_out_of_the_manifest() {
    let fixture = Fixture::workspace();
    let workspace = fixture.find("").unwrap();
    let init = Init { workspace: &workspace, database_url: Some("postgres://u:secret@h/d"), features: Vec::new() };
    let error = plan_init(&init).unwrap_err();
    assert_eq!(error.exit(), Exit::Usage);
    let told = format!("{error} {error:?} {}", error.help().unwrap());
    assert!(!told.contains("secret") && told.contains(".env"), "{told}");
}

#[test]
fn a_folder_outside_the_package_is_refused() {
    let fixture = Fixture::workspace();
    let workspace = fixture.find("").unwrap();
    for dir in ["../b/migrations", "/tmp/x", ""] {
        let new = NewFeature { migrations: Some(dir.into()), ..feature(&workspace, "b") };
        let init = Init { workspace: &workspace, database_url: None, features: vec![new] };
        assert!(matches!(plan_init(&init), Err(InitError::Folder(_))), "{dir}");
    }
}

#[test]
fn a_manifest_changed_after_the_plan_is_left_alone() {
    let fixture = Fixture::workspace();
    let workspace = fixture.find("").unwrap();
    let init = Init { workspace: &workspace, database_url: Some("sqlite:a.db"), features: Vec::new() };
    let changes = plan_init(&init).unwrap();
    fixture.write("Cargo.toml", "# theirs\n");
    let error = apply_init(&changes).unwrap_err();
    assert_eq!((error.kind(), fixture.read("Cargo.toml").as_str()), ("FileChanged", "# theirs\n"));
}
