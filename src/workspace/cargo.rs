//! One call of `cargo metadata --no-deps`, reduced to what this tool needs.
//!
//! `--no-deps` resolves nothing: no network, no lock file, no build script. Read [`ask`] first.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;

use alembic_revisions::{Code, Diagnose, Exit};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Dependency, DependencyKind, Metadata, MetadataCommand, Package, TargetKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::{Environment, without_passwords};
use crate::options::ManifestOptions;

/// What cargo said about a workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) root: Utf8PathBuf,
    pub(super) target_directory: Utf8PathBuf,
    pub(super) metadata: Value,
    pub(super) packages: Vec<AnsweredPackage>,
}

/// What cargo said about a member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct AnsweredPackage {
    pub(super) name: String,
    pub(super) manifest: Utf8PathBuf,
    pub(super) metadata: Value,
    pub(super) path_dependencies: BTreeMap<String, String>,
    pub(super) renamed: BTreeMap<String, String>,
    pub(super) knows_models: bool,
    pub(super) features: BTreeSet<String>,
    pub(super) inactive_features: BTreeMap<String, BTreeSet<String>>,
    pub(super) crate_roots: Vec<CrateRoot>,
}

/// The file from which a library or a binary is compiled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrateRoot {
    pub kind: CrateKind,
    pub name: String,
    pub path: Utf8PathBuf,
    /// The edition, as `2024`.
    pub edition: String,
}

/// What a [`CrateRoot`] is compiled to; tests, examples and the like own no models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CrateKind {
    Library,
    Binary,
}

/// Why cargo gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum CargoError {
    #[error("there is no Cargo workspace here: {words}")]
    NoWorkspace { words: String },
    #[error("cargo is needed to find the workspace, and `{cargo}` was not found")]
    NoCargo { cargo: String },
    #[error("cargo cannot read the workspace: {words}")]
    Rejected { words: String, rest: Vec<String> },
    #[error("cargo could not be run: {0}")]
    Run(#[source] std::io::Error),
    #[error("cargo's answer cannot be understood: {0}")]
    Answer(#[source] cargo_metadata::Error),
}

impl Diagnose for CargoError {
    fn code(&self) -> Code {
        Code(match self {
            CargoError::NoWorkspace { .. } => "A0601",
            CargoError::NoCargo { .. } => "A0602",
            CargoError::Rejected { .. } => "A0603",
            CargoError::Run(_) | CargoError::Answer(_) => "A0604",
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            CargoError::NoWorkspace { .. } => "NoWorkspace",
            CargoError::NoCargo { .. } => "NoCargo",
            CargoError::Rejected { .. } => "ManifestRejected",
            CargoError::Run(_) | CargoError::Answer(_) => "CargoFailed",
        }
    }

    fn exit(&self) -> Exit {
        Exit::Project
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            CargoError::NoWorkspace { .. } => {
                "change into a workspace, or name it: `cargo alembic --manifest-path PATH/Cargo.toml …`".to_owned()
            }
            CargoError::NoCargo { .. } => {
                "install Rust from https://rustup.rs, or set CARGO to the path of a cargo; where there is neither, as in a \
                 container, name a bundle: `cargo-alembic --bundle FILE …`"
                    .to_owned()
            }
            CargoError::Rejected { .. } => {
                "mend the manifest; cargo shows the same error for `cargo metadata --no-deps`".to_owned()
            }
            CargoError::Run(_) => "see what `cargo --version` says".to_owned(),
            CargoError::Answer(_) => "update cargo: `rustup update`".to_owned(),
        })
    }

    fn notes(&self) -> Vec<String> {
        match self {
            CargoError::Rejected { rest, .. } => rest.clone(),
            _ => Vec::new(),
        }
    }
}

/// Returns cargo's answer for the current directory or `--manifest-path`.
///
/// Fails if cargo is missing, finds no manifest, or rejects one.
pub(super) fn ask(options: &ManifestOptions, environment: &Environment) -> Result<Answer, CargoError> {
    let cargo =
        environment.raw("CARGO").filter(|path| !path.is_empty()).map_or_else(|| "cargo".into(), |path| path.to_owned());
    let mut command = MetadataCommand::new();
    command.cargo_path(&cargo).current_dir(environment.current_dir()).no_deps().other_options(flags(options));
    if let Some(path) = &options.manifest_path {
        command.manifest_path(path);
    }
    let metadata = command.exec().map_err(|error| match error {
        cargo_metadata::Error::CargoMetadata { stderr } => rejection(&stderr),
        cargo_metadata::Error::Io(error) if error.kind() == ErrorKind::NotFound => {
            CargoError::NoCargo { cargo: clean(&cargo.to_string_lossy()) }
        }
        cargo_metadata::Error::Io(error) => CargoError::Run(error),
        error => CargoError::Answer(error),
    })?;
    Ok(reduce(metadata))
}

fn flags(options: &ManifestOptions) -> Vec<String> {
    let given = [(options.locked, "--locked"), (options.offline, "--offline"), (options.frozen, "--frozen")];
    let given = given.into_iter().filter(|(is_given, _)| *is_given).map(|(_, flag)| flag.to_owned());
    ["--color".to_owned(), "never".to_owned()].into_iter().chain(given).collect()
}

fn reduce(metadata: Metadata) -> Answer {
    let packages = metadata.workspace_packages();
    let member_at =
        |dir: &Utf8Path| packages.iter().find(|package| package.manifest_path.parent() == Some(dir)).copied();
    let packages = packages.iter().map(|package| {
        let mut path_dependencies = BTreeMap::new();
        let mut renamed = BTreeMap::new();
        for dependency in built_from(package) {
            let rename = dependency.rename.as_deref().map(crate_name);
            match (dependency.path.as_deref().and_then(member_at), rename) {
                (Some(member), rename) => {
                    path_dependencies.insert(rename.unwrap_or_else(|| library_name(member)), member.name.to_string());
                }
                (None, Some(name)) => _ = renamed.insert(name, crate_name(&dependency.name)),
                (None, None) => {}
            }
        }
        let features = active_features(package, &packages);
        AnsweredPackage {
            name: package.name.to_string(),
            manifest: package.manifest_path.clone(),
            metadata: alembic_table(&package.metadata),
            path_dependencies,
            renamed,
            knows_models: built_from(package).any(|dependency| dependency.name == "alembic-model"),
            inactive_features: inactive_features(package, &features),
            features,
            crate_roots: package.targets.iter().filter_map(crate_root).collect(),
        }
    });
    Answer {
        packages: packages.collect(),
        metadata: alembic_table(&metadata.workspace_metadata),
        root: metadata.workspace_root.clone(),
        target_directory: metadata.target_directory.clone(),
    }
}

/// Returns the dependencies without those of tests.
fn built_from(package: &Package) -> impl Iterator<Item = &Dependency> {
    package.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development)
}

/// Returns the name that source has for a member's library.
fn library_name(package: &Package) -> String {
    let library =
        package.targets.iter().find(|target| crate_root(target).is_some_and(|root| root.kind == CrateKind::Library));
    crate_name(library.map_or(&package.name, |target| &target.name))
}

/// Returns the name of a crate as source writes it.
fn crate_name(name: &str) -> String {
    name.replace('-', "_")
}

/// Returns the features that a build of the whole workspace turns on: the default ones, and what members ask for.
fn active_features(package: &Package, members: &[&Package]) -> BTreeSet<String> {
    let dir = package.manifest_path.parent();
    let uses = members.iter().flat_map(|member| built_from(member)).filter(|used| used.path.as_deref() == dir);
    let asked = uses.flat_map(|used| used.features.iter().map(String::as_str));
    turned_on(package, asked.chain(["default"]).collect())
}

/// Returns the features that nobody turns on, each with all that it would.
fn inactive_features(package: &Package, active: &BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
    let inactive = package.features.keys().filter(|feature| !active.contains(*feature));
    inactive.map(|feature| (feature.clone(), turned_on(package, vec![feature]))).collect()
}

/// Returns the features and all that they turn on in their package.
fn turned_on<'p>(package: &'p Package, mut open: Vec<&'p str>) -> BTreeSet<String> {
    let mut active = BTreeSet::new();
    while let Some(feature) = open.pop() {
        if let Some(more) = package.features.get(feature)
            && active.insert(feature.to_owned())
        {
            open.extend(more.iter().map(String::as_str));
        }
    }
    active
}

fn alembic_table(metadata: &Value) -> Value {
    metadata.get("alembic").cloned().unwrap_or_default()
}

fn crate_root(target: &cargo_metadata::Target) -> Option<CrateRoot> {
    let is_library = |kind: &TargetKind| {
        use TargetKind::{CDyLib, DyLib, Lib, RLib, StaticLib};
        matches!(kind, Lib | RLib | DyLib | CDyLib | StaticLib)
    };
    let kind = if target.kind.iter().any(is_library) {
        CrateKind::Library
    } else if target.kind.contains(&TargetKind::Bin) {
        CrateKind::Binary
    } else {
        return None;
    };
    let edition = target.edition.to_string();
    Some(CrateRoot { kind, name: target.name.clone(), path: target.src_path.clone(), edition })
}

/// How many lines of cargo's explanation are kept.
const KEPT_LINES: usize = 14;

/// Returns the error in cargo's own words, shortened.
fn rejection(stderr: &str) -> CargoError {
    let lines: Vec<String> = without_passwords(stderr).lines().map(clean).collect();
    let start = lines.iter().position(|line| line.starts_with("error")).unwrap_or(0);
    let first = lines.get(start).map_or("", String::as_str);
    let words = first.strip_prefix("error: ").unwrap_or(first).to_owned();
    if words.starts_with("could not find `Cargo.toml`")
        || (words.starts_with("manifest path `") && words.ends_with("does not exist"))
    {
        return CargoError::NoWorkspace { words };
    }
    let rest = lines.into_iter().skip(start + 1).filter(|line| !line.trim().is_empty());
    CargoError::Rejected { words, rest: rest.take(KEPT_LINES).collect() }
}

/// Returns the text without control characters, which a manifest may bring into cargo's words.
fn clean(text: &str) -> String {
    text.chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect::<String>()
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_is_quoted_briefly() {
        let stderr = "warning: x\nerror: failed to load manifest for workspace member `/w/a`\nreferenced via `a`\n\n\
                      Caused by:\n  bad\u{1b}[31m key\n";
        let CargoError::Rejected { words, rest } = rejection(stderr) else { panic!("rejected") };
        assert_eq!(words, "failed to load manifest for workspace member `/w/a`");
        assert_eq!(rest, ["referenced via `a`", "Caused by:", "  bad [31m key"]);
        let long = format!("error: x\n{}", "line\n".repeat(100));
        let CargoError::Rejected { rest, .. } = rejection(&long) else { panic!("rejected") };
        assert_eq!(rest.len(), KEPT_LINES);
    }

    #[test]
    fn silence_is_an_error_too() {
        let CargoError::Rejected { words, rest } = rejection("") else { panic!("rejected") };
        assert_eq!((words.as_str(), rest.len()), ("", 0));
    }
}
