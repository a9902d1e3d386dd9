//! The example of this repository.

use alembic_reader::{Package, Workspace, read};
use camino::Utf8Path;

#[test]
fn the_models_of_the_example_are_read() {
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/arena");
    let package = |(at, name): (usize, &str), before: &[&str]| Package {
        name: name.to_owned(),
        feature: name.to_owned(),
        is_feature: true,
        library: Some(root.join("features").join(name).join("src/lib.rs")),
        dependencies: before[..at].iter().enumerate().map(|(at, name)| ((*name).to_owned(), at)).collect(),
        ..Package::default()
    };
    let names = ["players", "matches", "smurf_detection"];
    let packages = names.iter().enumerate().map(|(at, name)| package((at, name), &names)).collect();
    let models = read(&Workspace { packages, shown_root: root.clone(), ..Workspace::default() }).expect("sound models");
    let owned: Vec<String> = models.tables.iter().map(|table| format!("{} {}", table.feature, table.name)).collect();
    for expected in ["players players", "matches matches", "smurf_detection smurf_scores"] {
        assert!(owned.iter().any(|table| table == expected), "{owned:?}");
    }
    for column in models.tables.iter().flat_map(|table| &table.columns) {
        let is_known = !format!("{:?}", column.rust_type).starts_with("Unresolved");
        assert!(is_known || column.settings.sql_type.is_some(), "{}: {:?}", column.name, column.rust_type);
    }
    assert!(models.blind_spots.is_empty(), "{:?}", models.blind_spots);
    assert!(models.warnings.is_empty(), "{:?}", models.warnings);
}
