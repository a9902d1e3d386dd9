//! Which file and which module an item of a world stands in: anywhere that Rust finds it.

use super::source;
use super::spelling::{self, Forms};
use super::world::{Feature, Table, World};

/// Where the structs of a feature are.
const PLACES: [&str; 4] = ["file", "root", "modules", "path"];

/// Files of the workspace with their paths.
pub fn files(world: &World) -> Vec<(String, String)> {
    let manifest = |name: &str, rest: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[package.metadata.alembic]\n{rest}"
        )
    };
    let mut files = vec![
        ("alpha/Cargo.toml".to_owned(), manifest("alpha", "")),
        ("beta/Cargo.toml".to_owned(), manifest("beta", "\n[dependencies]\nalpha = { path = \"../alpha\" }\n")),
    ];
    let shared = format!("{}{}{}", spelling::TYPES, source::enums(world), source::base(world));
    files.extend(feature(world, Feature::Alpha, "alpha", &shared));
    files.extend(feature(world, Feature::Beta, "beta", ""));
    files
}

fn feature(world: &World, feature: Feature, name: &str, shared: &str) -> [(String, String); 3] {
    let at = |place: &str| {
        let stands = |table: &&Table| Forms::of(world, table.id).pick("place", &PLACES) == place;
        let tables = world.tables.iter().filter(|table| table.feature == feature).filter(stands);
        tables.map(|table| source::table(world, table)).collect::<String>()
    };
    let used = if feature == Feature::Alpha { "use crate as alpha;\n" } else { "" };
    let head = format!("use alembic_model::{{Columns, Table, Values}};\n{used}\n");
    let modules = format!("pub mod deep {{\npub mod inner {{\n{head}{}}}\n}}\n", at("modules"));
    let root =
        format!("{head}{shared}{}{modules}pub mod tables;\n#[path = \"elsewhere/part.rs\"]\nmod more;\n", at("root"));
    [
        (format!("{name}/src/lib.rs"), root),
        (format!("{name}/src/tables.rs"), format!("{head}{}", at("file"))),
        (format!("{name}/src/elsewhere/part.rs"), format!("{head}{}", at("path"))),
    ]
}
