//! The models of all packages of the workspace, read from their source.
//!
//! Read [`read`] first.

use alembic_reader as source;
use alembic_revisions::diagnose::Several;
use alembic_revisions::{Code, Diagnose, Exit};
use alembic_schema::model::Models;

use crate::app::{App, Failure};
use crate::workspace::{CrateKind, Package, Workspace};

/// Returns what the workspace's source declares; nothing if there is no model at all.
pub fn read(app: &App) -> Result<Option<Models>, Failure> {
    let models = of(app.workspace()?)?;
    Ok(Some(models).filter(|models| !models.tables.is_empty()))
}

/// Returns what the source declares with the features of cargo that a workspace says are on.
pub fn of(described: &Workspace) -> Result<Models, Several<source::ReadError>> {
    source::read(&workspace(described))
}

fn workspace(workspace: &Workspace) -> source::Workspace {
    let packages = workspace.packages.iter().map(|member| package(member, workspace)).collect();
    source::Workspace {
        packages,
        shown_root: workspace.root.clone(),
        cfg: workspace.settings.cfg.iter().cloned().collect(),
    }
}

fn package(package: &Package, workspace: &Workspace) -> source::Package {
    let index = |name: &String| workspace.packages.iter().position(|package| package.name == *name);
    let roots = |kind| package.crate_roots.iter().filter(move |root| root.kind == kind);
    let library = roots(CrateKind::Library).next();
    source::Package {
        name: library.map_or(&package.name, |library| &library.name).replace('-', "_"),
        feature: package.name.clone(),
        is_feature: package.is_feature,
        knows_models: package.knows_models,
        library: library.map(|root| root.path.clone()),
        binaries: roots(CrateKind::Binary).map(|root| root.path.clone()).collect(),
        edition: source::Edition::named(package.crate_roots.first().map_or("2015", |root| root.edition.as_str())),
        features: package.features.clone(),
        dependencies: package
            .path_dependencies
            .iter()
            .filter_map(|(name, member)| Some((name.clone(), index(member)?)))
            .collect(),
        renamed: package.renamed.clone(),
    }
}

/// Nothing to compare a schema with; an empty list of models would drop every table.
#[derive(Debug, thiserror::Error)]
#[error("no model is declared in this workspace")]
pub struct NoModels;

impl Diagnose for NoModels {
    fn code(&self) -> Code {
        Code("A0801")
    }

    fn kind(&self) -> &'static str {
        "NoModels"
    }

    fn exit(&self) -> Exit {
        Exit::Project
    }

    fn help(&self) -> Option<String> {
        let help = "write `#[derive(alembic_model::Table)]` above a struct, or SQL by hand: `cargo alembic revision`";
        Some(help.to_owned())
    }
}
