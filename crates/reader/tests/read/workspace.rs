//! Workspaces written as text: `//- path` begins a file, whose first folder is its package.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use alembic_reader::{Edition, Package, ReadError, Workspace, read};
use alembic_revisions::Diagnose;
use alembic_schema::model::{Model, Models};
use camino::Utf8PathBuf;

/// A workspace whose crates are called as their folders; each depends on all before it, and all but `shared` are
/// features.
pub struct Source {
    pub text: String,
    pub cfg: Vec<&'static str>,
    pub features: Vec<&'static str>,
    pub edition: Edition,
}

/// Returns a workspace of one feature with one file, which imports the derives.
pub fn one(text: &str) -> Source {
    files(&format!("//- app/lib.rs\nuse alembic_model::{{Table, Columns}};\n{text}"))
}

pub fn files(text: &str) -> Source {
    Source { text: text.to_owned(), cfg: Vec::new(), features: Vec::new(), edition: Edition::Rust2018 }
}

impl Source {
    pub fn read(&self) -> Result<Models, Vec<ReadError>> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("a UTF-8 path");
        let mut packages: Vec<Package> = Vec::new();
        for file in self.text.split("//- ").skip(1) {
            let (path, content) = file.split_once('\n').expect("a path on its line");
            let full = root.join(path);
            fs::create_dir_all(full.parent().expect("a folder")).expect("a folder");
            fs::write(&full, content).expect("a file");
            let name = path.split('/').next().expect("a folder").to_owned();
            if packages.iter().all(|package| package.feature != name) {
                packages.push(self.package(&name, &packages, &root));
            }
            let package = packages.iter_mut().find(|package| package.feature == name).expect("just added");
            if path.ends_with("/main.rs") && path.matches('/').count() == 1 {
                package.binaries.push(full);
            } else if path.ends_with("/lib.rs") && path.matches('/').count() == 1 {
                package.library = Some(full);
            }
        }
        let cfg = self.cfg.iter().map(|&name| name.to_owned()).collect();
        read(&Workspace { packages, shown_root: root, cfg }).map_err(|errors| errors.into_iter().collect())
    }

    fn package(&self, name: &str, before: &[Package], _root: &Utf8PathBuf) -> Package {
        let dependencies = before.iter().enumerate().map(|(at, package)| (package.name.clone(), at));
        Package {
            name: name.replace('-', "_"),
            feature: name.to_owned(),
            is_feature: name != "shared",
            knows_models: false,
            library: None,
            binaries: Vec::new(),
            edition: self.edition,
            features: self.features.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>(),
            dependencies: dependencies.collect(),
            renamed: BTreeMap::from([("renamed_chrono".to_owned(), "chrono".to_owned())]),
        }
    }

    /// Returns the models of a workspace without faults.
    #[track_caller]
    pub fn models(&self) -> Models {
        self.read().unwrap_or_else(|errors| panic!("{}\n{}", self.text, brief(&errors).join("\n")))
    }

    /// Returns `table: column, …` for each table.
    #[track_caller]
    pub fn tables(&self) -> Vec<String> {
        self.models().tables.iter().map(columns).collect()
    }

    /// Returns the errors, each with its code, its place and its message.
    #[track_caller]
    pub fn errors(&self) -> Vec<String> {
        match self.read() {
            Ok(models) => panic!("{}\nis read as {:?}", self.text, models.tables.iter().map(columns)),
            Err(errors) => brief(&errors),
        }
    }

    /// Returns the places where models could hide.
    #[track_caller]
    pub fn blind_spots(&self) -> Vec<String> {
        self.models().blind_spots.iter().map(|spot| format!("{}: {}", spot.feature, spot.reason)).collect()
    }
}

fn columns(table: &Model) -> String {
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    format!("{}: {}", table.name, columns.join(", "))
}

fn brief(errors: &[ReadError]) -> Vec<String> {
    let place = |error: &ReadError| {
        error.places.first().map_or_else(String::new, |place| {
            let (line, column) = place.line_column();
            let marked = place.source.text.get(place.span.range()).unwrap_or("?");
            format!("{}:{line}:{column} `{marked}` ", place.source.path)
        })
    };
    errors.iter().map(|error| format!("{} {}{error}", error.code(), place(error))).collect()
}
