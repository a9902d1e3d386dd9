//! The scripts of the chosen features, or everything that is wrong with them.
//!
//! Whatever the command line would find before it runs a plan is found here. Read [`read`] first.

use std::num::NonZeroUsize;
use std::sync::Arc;

use alembic_revisions::file::{self, Folder};
use alembic_revisions::graph::{EdgeKind, GraphProblem};
use alembic_revisions::plan::{self, PlanFault};
use alembic_revisions::{Diagnose, DialectName, RevisionGraph, RevisionId, Script, Section};

use crate::error::EmbedError;
use crate::metadata::{Package, Workspace};

/// Returns the scripts of these features in load order, if a graph can be built of them and their SQL be split.
pub(crate) fn read(workspace: &Workspace, features: &[&Package]) -> Result<Vec<Arc<Script>>, Vec<Box<dyn Diagnose>>> {
    let folders: Vec<Folder> = features.iter().map(|feature| folder(workspace, feature)).collect();
    let read = file::read_all(&folders, threads());
    let scripts: Vec<Arc<Script>> = read.scripts.into_iter().map(Arc::new).collect();
    let mut faults = boxed(read.faults);
    if faults.is_empty()
        && let Err(problems) = RevisionGraph::build(scripts.clone())
    {
        faults.extend(problems.into_iter().map(|problem| explained(problem, workspace, features, &scripts)));
    }
    for script in &scripts {
        faults.extend(boxed(unusable(script, &workspace.dialects)));
    }
    if faults.is_empty() { Ok(scripts) } else { Err(faults) }
}

fn folder(workspace: &Workspace, feature: &Package) -> Folder {
    Folder {
        feature: feature.name.as_str().into(),
        dir: feature.migrations.clone(),
        shown: workspace.shown(&feature.migrations),
        root: workspace.root.clone(),
    }
}

fn threads() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

fn boxed<E: Diagnose + 'static>(faults: Vec<E>) -> Vec<Box<dyn Diagnose>> {
    faults.into_iter().map(|fault| Box::new(fault) as Box<dyn Diagnose>).collect()
}

/// Returns what no plan could use of a script.
fn unusable(script: &Script, dialects: &[DialectName]) -> Vec<PlanFault> {
    script.sections.iter().filter_map(|section| fault_of(script, section, dialects)).collect()
}

/// Returns the fault of a section; a common one of a project that does not name its dialects must suit one of them.
fn fault_of(script: &Script, section: &Section, dialects: &[DialectName]) -> Option<PlanFault> {
    let fault = |dialect: &DialectName| plan::statements(script, section, *dialect).err();
    let reads = |dialect: &&DialectName| script.section(section.direction, **dialect) == Some(section);
    match section.dialect {
        Some(dialect) => fault(&dialect),
        None if !dialects.is_empty() => dialects.iter().filter(reads).find_map(fault),
        None => {
            let mut faults = DialectName::ALL.iter().filter(reads).map(fault);
            // Only if every dialect has one, it is the first.
            faults.next()?.filter(|_| faults.all(|fault| fault.is_some()))
        }
    }
}

/// Returns the problem, or where the missing revision is if another feature has it.
fn explained(
    problem: GraphProblem,
    workspace: &Workspace,
    features: &[&Package],
    scripts: &[Arc<Script>],
) -> Box<dyn Diagnose> {
    let (id, name, kind, place) = match &problem {
        GraphProblem::MissingParent { id, name, place, .. } => (id, name, EdgeKind::Parent, place),
        GraphProblem::MissingDependency { id, name, place, .. } => (id, name, EdgeKind::Dependency, place),
        _ => return Box::new(problem),
    };
    let Some(owner) = owner(workspace, features, name, kind) else { return Box::new(problem) };
    Box::new(EmbedError::LeftOut {
        id: id.clone(),
        feature: feature_of(scripts, id),
        kind,
        name: name.clone(),
        owner,
        chosen: features.iter().map(|feature| feature.name.clone()).collect(),
        place: place.clone(),
    })
}

fn feature_of(scripts: &[Arc<Script>], id: &RevisionId) -> String {
    let script = scripts.iter().find(|script| script.revision.id == *id);
    script.map(|script| script.revision.feature.to_string()).unwrap_or_default()
}

/// Returns the feature among the others whose revision has this id, or this label where labels count.
fn owner(workspace: &Workspace, features: &[&Package], name: &str, kind: EdgeKind) -> Option<String> {
    let is_chosen = |package: &Package| features.iter().any(|feature| feature.name == package.name);
    let others = workspace.features().filter(|package| !is_chosen(package));
    let folders: Vec<Folder> = others.map(|package| folder(workspace, package)).collect();
    let is_meant = |script: &Script| {
        let mut labels = script.revision.branch_labels.iter();
        script.revision.id.as_str() == name
            || kind == EdgeKind::Dependency && labels.any(|(label, _)| label.as_str() == name)
    };
    let found = file::read_all(&folders, threads()).scripts.into_iter().find(is_meant)?;
    Some(found.revision.feature.to_string())
}

#[cfg(test)]
mod tests;
