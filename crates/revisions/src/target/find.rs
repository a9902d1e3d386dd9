//! Names to revisions: exact ids and labels, then beginnings of them (`revision-graph.md` §5.3).
//!
//! Rows of the version table never come here: they match exactly or not at all. Read [`Resolver::find`] first.

use super::error::TargetError;
use super::resolve::{Branch, Resolver};
use crate::diagnose::nearest;
use crate::graph::{NodeId, Over};
use crate::revision::RESERVED;

/// Shorter ids and labels are never found by a beginning of theirs.
const PREFIXED_FROM: usize = 4;

impl Resolver<'_> {
    /// Returns the branch that the name before an `@` stands for: the lineage of that revision.
    ///
    /// # Errors
    /// If no revision or several have that name.
    pub fn branch(&self, name: &str) -> Result<Branch, TargetError> {
        // A symbol is no branch, not even where a label from Alembic's days is called so.
        if RESERVED.contains(&name) {
            return Err(TargetError::NotFound { name: name.to_owned(), near: Vec::new(), file: None, feature: None });
        }
        let node = self.find(name, None)?;
        Ok(Branch { name: name.to_owned(), node, lineage: self.graph.lineage(node, Over::Parents) })
    }

    /// Returns the revision with this id, this label, or the only one with a name that begins so.
    ///
    /// # Errors
    /// If there is none, several, or none in the branch.
    pub fn find(&self, name: &str, branch: Option<&Branch>) -> Result<NodeId, TargetError> {
        let node = match self.exact(name) {
            Some(node) => node,
            None => self.by_prefix(name, branch)?,
        };
        match branch {
            Some(branch) if !branch.lineage.contains(node) => Err(TargetError::NotInBranch {
                id: self.graph.id(node).clone(),
                branch: branch.name.clone(),
                place: Box::new(self.graph.place(node, "in another branch")),
            }),
            _ => Ok(node),
        }
    }

    pub(super) fn exact(&self, name: &str) -> Option<NodeId> {
        self.graph.get(name).or_else(|| self.graph.labeled(name))
    }

    fn by_prefix(&self, prefix: &str, branch: Option<&Branch>) -> Result<NodeId, TargetError> {
        let begins_so =
            |name: &str| !prefix.is_empty() && name.starts_with(prefix) && name.chars().count() >= PREFIXED_FROM;
        let mut found: Vec<(NodeId, &str)> = Vec::new();
        let mut elsewhere = None;
        for node in self.graph.nodes() {
            let revision = self.graph.revision(node);
            let labels = revision.branch_labels.iter().map(|(label, _)| label.as_str());
            let Some(name) = std::iter::once(revision.id.as_str()).chain(labels).find(|name| begins_so(name)) else {
                continue;
            };
            if branch.is_none_or(|branch| branch.lineage.contains(node)) {
                found.push((node, name));
            } else {
                elsewhere.get_or_insert(node);
            }
        }
        match (found.as_slice(), elsewhere) {
            ([(node, _)], _) => Ok(*node),
            // The caller finds it outside of the branch, and says so.
            ([], Some(node)) => Ok(node),
            ([], None) => Err(self.not_found(prefix)),
            _ => Err(TargetError::AmbiguousPrefix {
                name: prefix.to_owned(),
                candidates: found.iter().map(|(_, name)| format!("`{name}`")).collect(),
                places: found.iter().map(|(node, _)| self.graph.place(*node, "")).collect(),
            }),
        }
    }

    fn not_found(&self, name: &str) -> TargetError {
        let ids = self.graph.nodes().map(|node| self.graph.id(node).as_str());
        let near = nearest(name, ids.chain(self.graph.labels().map(|(label, _)| label.as_str())).chain(RESERVED));
        let named_so = |node: &NodeId| {
            let file = self.graph.revision(*node).source.path.file_name();
            !name.is_empty() && file.is_some_and(|file| file.starts_with(name))
        };
        let file = self.graph.nodes().find(named_so).map(|node| {
            let revision = self.graph.revision(node);
            (revision.source.path.to_string(), revision.id.clone())
        });
        let mut features = self.graph.nodes().map(|node| &self.graph.revision(node).feature);
        let feature = features.find(|feature| ***feature == *name).map(ToString::to_string);
        let near = near.into_iter().map(str::to_owned).collect();
        TargetError::NotFound { name: name.to_owned(), near, file, feature }
    }
}
