use alembic_revisions::{Code, Diagnose, Exit};
use camino::Utf8Path;

use super::fixture::{Fixture, package, settle};
use super::*;

fn names<'a>(packages: impl IntoIterator<Item = &'a Package>) -> Vec<&'a str> {
    packages.into_iter().map(|package| package.name.as_str()).collect()
}

#[test]
fn members_and_features_are_what_cargo_says() {
    let fixture = Fixture::workspace();
    let workspace = fixture.find("crates/b/src").unwrap();
    assert_eq!(workspace.root, fixture.root);
    assert_eq!(names(&workspace.packages), ["a", "b"]);
    assert_eq!(names(workspace.features()), ["a"]);
    let a = workspace.package("a").unwrap();
    assert_eq!(a.path_dependencies, [("b".to_owned(), "b".to_owned())].into());
    assert_eq!(a.migrations_dir(), fixture.root.join("crates/a/migrations"));
    assert_eq!(workspace.shown(&a.migrations_dir()), "crates/a/migrations");
    let [root] = a.crate_roots.as_slice() else { panic!("one library in {:?}", a.crate_roots) };
    assert_eq!((root.kind, &root.path), (CrateKind::Library, &fixture.root.join("crates/a/src/lib.rs")));
    assert_eq!(workspace.package("b").unwrap().crate_roots[0].kind, CrateKind::Binary);
}

#[test]
fn a_table_makes_a_feature_without_a_folder() {
    let fixture = Fixture::workspace();
    fixture.write("crates/b/Cargo.toml", &package("b", "\n[package.metadata.alembic]\nmigrations = \"db\"\n"));
    let workspace = fixture.find("").unwrap();
    assert_eq!(names(workspace.features()), ["a", "b"]);
    assert_eq!(workspace.feature("b").unwrap().migrations_dir(), fixture.root.join("crates/b/db"));
}

#[test]
fn a_folder_counts_at_once_even_with_a_remembered_answer() {
    let fixture = Fixture::workspace();
    fixture.write("target/.keep", "");
    settle();
    assert_eq!(names(fixture.find("").unwrap().features()), ["a"]);
    assert!(fixture.root.join("target/alembic/workspace.json").is_file());
    fixture.write("crates/b/migrations/.gitkeep", "");
    fs_err::remove_dir_all(fixture.root.join("crates/a/migrations")).unwrap();
    assert_eq!(names(fixture.find("").unwrap().features()), ["b"]);
}

#[test]
fn every_kind_of_path_dependency_is_a_member() {
    let dependencies = "[dependencies]\nnormal = { path = \"../normal\" }\n[dev-dependencies]\ndev = { path = \"../dev\" }\n\
                        [target.'cfg(windows)'.dependencies]\nwindows = { path = \"../windows\" }\n\
                        [build-dependencies]\nbuild = { workspace = true }\n";
    let mut files = vec![
        (
            "Cargo.toml".to_owned(),
            "[workspace]\nmembers = [\"app\"]\nresolver = \"3\"\n[workspace.dependencies]\nbuild = { path = \"build\" }\n"
                .to_owned(),
        ),
        ("app/Cargo.toml".to_owned(), package("app", dependencies)),
        ("app/src/lib.rs".to_owned(), String::new()),
    ];
    for name in ["normal", "dev", "windows", "build"] {
        files.push((format!("{name}/Cargo.toml"), package(name, "")));
        files.push((format!("{name}/src/lib.rs"), String::new()));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let fixture = Fixture::new(&files);
    let workspace = fixture.find("").unwrap();
    assert_eq!(names(&workspace.packages), ["app", "build", "dev", "normal", "windows"]);
    let dependencies: Vec<&String> = workspace.package("app").unwrap().path_dependencies.keys().collect();
    assert_eq!(dependencies, ["build", "normal", "windows"], "a cycle through tests is legal, so they do not count");
}

#[test]
fn a_lone_package_is_a_workspace() {
    let fixture = Fixture::new(&[("Cargo.toml", &package("solo", "")), ("src/lib.rs", ""), ("migrations/x.sql", "")]);
    let workspace = fixture.find("src").unwrap();
    assert_eq!((names(workspace.features()), &workspace.root), (vec!["solo"], &fixture.root));
    let metadata = "[workspace.metadata.alembic]\ndatabase-url = \"sqlite:x.db\"\n";
    fixture.write("Cargo.toml", &package("solo", metadata));
    assert_eq!(fixture.find("").unwrap().settings.database_url.as_deref(), Some("sqlite:x.db"));
}

#[test]
fn the_manifest_path_wins_over_the_current_directory() {
    let (here, there) = (Fixture::workspace(), Fixture::workspace());
    let path = there.root.join("crates/b/Cargo.toml");
    let options =
        ManifestOptions { manifest_path: Some(path), locked: true, offline: true, frozen: true, bundle: None };
    assert_eq!(Workspace::find(&options, &here.environment("")).unwrap().root, there.root);
}

#[test]
fn the_feature_of_a_directory_is_the_deepest_one() {
    let fixture = Fixture::new(&[
        ("Cargo.toml", &package("outer", "[workspace]\nmembers = [\"inner\"]\n")),
        ("src/lib.rs", ""),
        ("migrations/x.sql", ""),
        ("inner/Cargo.toml", &package("inner", "")),
        ("inner/src/lib.rs", ""),
    ]);
    let workspace = fixture.find("").unwrap();
    let at = |dir: &str| workspace.package_at(&fixture.root.join(dir)).map(|package| package.name.as_str());
    assert_eq!(
        (at("src"), at("inner/src"), at("innermost"), at("/")),
        (Some("outer"), Some("inner"), Some("outer"), None)
    );
    let feature = |dir: &str| workspace.feature_at(&fixture.root.join(dir)).map(|package| package.name.as_str());
    assert_eq!((feature("migrations"), feature("inner")), (Some("outer"), None));
}

#[cfg(unix)]
#[test]
fn a_directory_is_found_through_a_link() {
    let fixture = Fixture::workspace();
    let link = fixture.root.with_file_name("link");
    std::os::unix::fs::symlink(&fixture.root, &link).unwrap();
    let workspace = fixture.find("").unwrap();
    assert_eq!(workspace.feature_at(&link.join("crates/a/src")).unwrap().name, "a");
}

#[test]
fn what_cargo_refuses_is_told_in_its_words() {
    // Root manifest (none if empty), code, message, help.
    let rows = [
        ("", "A0601", "there is no Cargo workspace here: could not find `Cargo.toml`", "--manifest-path"),
        ("[package\n", "A0603", "cargo cannot read the workspace: unclosed table", "mend the manifest"),
        ("[package]\n", "A0603", "cargo cannot read the workspace: ", "mend the manifest"),
        (
            "[workspace]\nmembers = [\"gone\"]\n",
            "A0603",
            "cargo cannot read the workspace: failed to load manifest",
            "mend the manifest",
        ),
    ];
    for (manifest, code, message, help) in rows {
        let files: &[(&str, &str)] = if manifest.is_empty() { &[] } else { &[("Cargo.toml", manifest)] };
        let error = Fixture::new(files).find("").unwrap_err();
        assert_eq!((error.code(), error.exit()), (Code(code), Exit::Project));
        assert!(error.to_string().starts_with(message), "{error}");
        assert!(error.help().unwrap().contains(help), "{:?}", error.help());
        assert!(!error.to_string().contains('\n'), "{error}");
    }
    let fixture = Fixture::workspace();
    let options = ManifestOptions { manifest_path: Some("none/Cargo.toml".into()), ..ManifestOptions::default() };
    let error = Workspace::find(&options, &fixture.environment("")).unwrap_err();
    assert_eq!(error.to_string(), "there is no Cargo workspace here: manifest path `none/Cargo.toml` does not exist");
}

#[test]
fn a_missing_cargo_is_named() {
    let fixture = Fixture::workspace();
    let environment = fixture.environment_with("", &[("CARGO", "/no/such/cargo")]);
    let error = Workspace::find(&ManifestOptions::default(), &environment).unwrap_err();
    assert_eq!(error.to_string(), "cargo is needed to find the workspace, and `/no/such/cargo` was not found");
    assert_eq!((error.kind(), error.exit()), ("NoCargo", Exit::Project));
}

#[test]
fn wrong_settings_point_into_their_manifest() {
    let fixture = Fixture::workspace();
    fixture.write("crates/b/Cargo.toml", &package("b", "\n[package.metadata.alembic]\nmigration = \"db\"\n"));
    let error = fixture.find("").unwrap_err();
    assert_eq!(error.to_string(), "unknown setting `migration` in `[package.metadata.alembic]`");
    let place = &error.places()[0];
    assert_eq!(place.source.path, Utf8Path::new("crates/b/Cargo.toml"));
    assert_eq!(place.line_column(), (7, 1));
    assert_eq!(error.help().as_deref(), Some("write `migrations`"));
}

#[test]
fn selection_knows_names_and_says_what_to_type() {
    let fixture = Fixture::workspace();
    fixture.write("crates/players/Cargo.toml", &package("players", "\n[package.metadata.alembic]\n"));
    fixture.write("crates/players/src/lib.rs", "");
    let workspace = fixture.find("").unwrap();
    let select = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        workspace.selected_features(&names)
    };
    assert_eq!(names(select(&[]).unwrap()), ["a", "players"]);
    assert_eq!(names(select(&["players", "a", "players"]).unwrap()), ["a", "players"]);
    let unknown = select(&["plyers"]).unwrap_err();
    assert_eq!((unknown.code(), unknown.exit()), (Code("A0606"), Exit::Usage));
    assert_eq!(unknown.help().as_deref(), Some("pass `-p players`"));
    assert_eq!(unknown.notes(), ["the features are a, players"]);
    let bare = select(&["b"]).unwrap_err();
    assert_eq!((bare.code(), bare.exit()), (Code("A0607"), Exit::Usage));
    assert_eq!(bare.help().as_deref(), Some("make it a feature: `cargo alembic init -p b`"));
}

#[test]
fn a_workspace_without_features_says_how_to_make_one() {
    let fixture = Fixture::new(&[("Cargo.toml", &package("solo", "")), ("src/lib.rs", "")]);
    let workspace = fixture.find("").unwrap();
    let error = workspace.require_features().unwrap_err();
    assert_eq!(
        (error.exit(), error.help().unwrap().as_str()),
        (Exit::Project, "make one a feature: `cargo alembic init -p solo`")
    );
}
