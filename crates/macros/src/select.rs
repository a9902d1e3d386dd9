//! Which features are embedded, and which files and folders of the workspace decide on that.
//!
//! Read [`Workspace::select`] first.

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::EmbedError;
use crate::metadata::{Package, Workspace};

impl Workspace {
    /// Returns the packages that are named, each once; without names, all features. By name.
    pub(crate) fn select(&self, names: &[String]) -> Result<Vec<&Package>, EmbedError> {
        if names.is_empty() {
            let features: Vec<&Package> = self.features().collect();
            return if features.is_empty() { Err(EmbedError::NoFeature) } else { Ok(features) };
        }
        let mut chosen = names.iter().map(|name| self.feature(name)).collect::<Result<Vec<_>, _>>()?;
        chosen.sort_by(|left, right| left.name.cmp(&right.name));
        chosen.dedup_by(|left, right| left.name == right.name);
        Ok(chosen)
    }

    pub(crate) fn features(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.is_feature)
    }

    fn feature(&self, name: &str) -> Result<&Package, EmbedError> {
        let features = || self.features().map(|feature| feature.name.clone()).collect();
        let package = self.packages.iter().find(|package| package.name == name);
        let package =
            package.ok_or_else(|| EmbedError::UnknownPackage { name: name.to_owned(), features: features() })?;
        if package.is_feature { Ok(package) } else { Err(EmbedError::NotAFeature { name: name.to_owned() }) }
    }

    /// Returns the members whose manifests and folders matter: those that are named, or all of them.
    fn regarded<'a>(&'a self, names: &[String], features: &[&'a Package]) -> Vec<&'a Package> {
        if names.is_empty() { self.packages.iter().collect() } else { features.to_vec() }
    }

    /// Returns the folders that must be watched for new and removed scripts, whether or not they exist.
    ///
    /// A package without migrations becomes a feature by getting such a folder.
    pub(crate) fn watched_folders<'a>(&'a self, names: &[String], features: &[&'a Package]) -> Vec<&'a Utf8Path> {
        self.regarded(names, features).into_iter().map(|package| package.migrations.as_path()).collect()
    }

    /// Returns the files besides the scripts that decide on what is embedded.
    pub(crate) fn inputs(&self, names: &[String], features: &[&Package]) -> Vec<Utf8PathBuf> {
        let mut inputs: Vec<Utf8PathBuf> = vec![self.root.join("Cargo.toml")];
        inputs.extend(self.regarded(names, features).into_iter().map(|package| package.manifest.clone()));
        if names.is_empty() {
            // `members = ["features/*"]` takes new members in without a change; the lock file names them.
            inputs.push(self.root.join("Cargo.lock"));
        }
        inputs.sort();
        inputs.dedup();
        inputs.retain(|path| path.is_file());
        inputs
    }
}

#[cfg(test)]
mod tests {
    use alembic_revisions::{Diagnose, TableName};

    use super::*;

    fn workspace() -> Workspace {
        let package = |name: &str, is_feature| Package {
            name: name.to_owned(),
            manifest: format!("/w/{name}/Cargo.toml").into(),
            is_feature,
            migrations: format!("/w/{name}/migrations").into(),
        };
        Workspace {
            root: "/w".into(),
            target_directory: "/w/target".into(),
            version_table: TableName::default(),
            history: true,
            store_scripts: false,
            dialects: Vec::new(),
            packages: vec![package("api", false), package("matches", true), package("players", true)],
        }
    }

    #[test]
    fn features_are_chosen_by_name() {
        let workspace = workspace();
        for (names, expected) in [
            (&[][..], Ok("matches players")),
            (&["players"], Ok("players")),
            (&["players", "matches", "players"], Ok("matches players")),
            (&["player"], Err("no package of this workspace is called `player`; write `\"players\"`")),
            (&["xyz"], Err("no package of this workspace is called `xyz`; write one of \"matches\", \"players\"")),
            (
                &["api"],
                Err(
                    "the package `api` has no migrations yet; make it a feature: `cargo alembic init -p api`, or leave it out",
                ),
            ),
        ] {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let chosen = workspace.select(&names);
            let chosen =
                chosen.map(|chosen| chosen.iter().map(|feature| feature.name.as_str()).collect::<Vec<_>>().join(" "));
            let chosen = chosen.map_err(|error| format!("{error}; {}", error.help().unwrap_or_default()));
            assert_eq!(chosen.as_deref().map_err(String::as_str), expected);
        }
        let none = Workspace { packages: Vec::new(), ..workspace };
        assert!(matches!(none.select(&[]), Err(EmbedError::NoFeature)));
    }

    #[test]
    fn all_members_are_watched_unless_some_are_named() {
        let workspace = workspace();
        let watched = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let features = workspace.select(&names).unwrap();
            workspace.watched_folders(&names, &features).len()
        };
        assert_eq!((watched(&[]), watched(&["players"])), (3, 1));
    }
}
