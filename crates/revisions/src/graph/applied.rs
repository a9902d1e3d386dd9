//! What a database has: the set of revisions that have run.
//!
//! The rows of the version table are its maximal elements, always (`revision-graph.md` §10.1). Read
//! [`Applied::from_rows`] first.

use super::{NodeId, NodeSet, Over, RevisionGraph};
use crate::diagnose::{Code, Diagnose, Exit};
use crate::revision::RevisionId;

/// The revisions that have run: with a revision, all its ancestors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    nodes: NodeSet,
}

impl Applied {
    /// Returns the state of an empty database.
    pub fn nothing(graph: &RevisionGraph) -> Applied {
        Applied { nodes: NodeSet::with_capacity(graph.len()) }
    }

    /// Returns the state with exactly these revisions; the caller leaves none of their ancestors out.
    pub(crate) fn of(nodes: NodeSet) -> Applied {
        Applied { nodes }
    }

    /// Returns the state in which these revisions and all their ancestors have run.
    pub fn up_to(graph: &RevisionGraph, nodes: impl IntoIterator<Item = NodeId>) -> Applied {
        Applied { nodes: graph.ancestors(nodes, Over::All) }
    }

    /// Returns the state that the rows of the version table stand for.
    ///
    /// # Errors
    /// If a row is no revision's id (never a prefix, as Alembic allows), if one is an ancestor of another, or if one
    /// is there twice.
    pub fn from_rows(graph: &RevisionGraph, rows: &[impl AsRef<str>]) -> Result<Applied, RowsError> {
        let mut nodes = Vec::with_capacity(rows.len());
        let mut unknown = Vec::new();
        for row in rows {
            match graph.get(row.as_ref()) {
                Some(node) if nodes.contains(&node) => {
                    return Err(RowsError::Repeated { row: graph.id(node).clone() });
                }
                Some(node) => nodes.push(node),
                None => unknown.push(row.as_ref().to_owned()),
            }
        }
        if !unknown.is_empty() {
            return Err(RowsError::Unknown { rows: unknown });
        }
        if let Some((lower, upper)) = graph.overlap(&nodes) {
            return Err(RowsError::Overlap {
                lower: graph.id(lower).clone(),
                upper: graph.id(upper).clone(),
                repaired: graph.ids(&graph.maximal(&nodes)),
            });
        }
        Ok(Applied::up_to(graph, nodes))
    }

    /// True if the revision has run.
    pub fn contains(&self, node: NodeId) -> bool {
        self.nodes.contains(node)
    }

    /// Returns all revisions that have run.
    pub fn nodes(&self) -> &NodeSet {
        &self.nodes
    }

    /// Returns the rows that the version table holds in this state, in load order.
    pub fn rows(&self, graph: &RevisionGraph) -> Vec<NodeId> {
        let is_row = |node: &NodeId| !graph.dependents(*node).iter().any(|above| self.contains(*above));
        self.nodes.iter().filter(is_row).collect()
    }

    /// Returns the last applied revision of every line, also where another line's row stands for it, in load order.
    pub fn tips(&self, graph: &RevisionGraph) -> Vec<NodeId> {
        let is_tip = |node: &NodeId| !graph.children(*node).iter().any(|above| self.contains(*above));
        self.nodes.iter().filter(is_tip).collect()
    }
}

/// Why the rows of a version table are no state of the graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowsError {
    #[error("the database is at {}, which this checkout does not have", listed(rows))]
    Unknown { rows: Vec<String> },
    #[error("the version table says `{lower}` and `{upper}`, and the one is an ancestor of the other")]
    Overlap {
        lower: RevisionId,
        upper: RevisionId,
        /// The rows that say the same without overlap.
        repaired: Vec<RevisionId>,
    },
    #[error("the version table says `{row}` twice")]
    Repeated { row: RevisionId },
}

/// A table of something else may have any number of rows.
const LISTED: usize = 8;

fn listed(rows: &[String]) -> String {
    let shown = rows.iter().take(LISTED).map(|row| format!("`{}`", row.escape_debug()));
    let more = rows.len().checked_sub(LISTED).filter(|more| *more > 0).map(|more| format!("{more} more"));
    shown.chain(more).collect::<Vec<_>>().join(" and ")
}

impl Diagnose for RowsError {
    fn code(&self) -> Code {
        Code(match self {
            RowsError::Unknown { .. } => "A0209",
            RowsError::Overlap { .. } => "A0210",
            RowsError::Repeated { .. } => "A0211",
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            RowsError::Unknown { .. } => "NotFound",
            RowsError::Overlap { .. } => "Overlap",
            RowsError::Repeated { .. } => "RowMismatch",
        }
    }

    fn exit(&self) -> Exit {
        Exit::Disagree
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            RowsError::Unknown { .. } => {
                "check out the code that has it (newer code was deployed, or the file was deleted); if it is gone for good, \
                 set the rows by hand with `cargo alembic stamp --purge REVISION`"
                    .to_owned()
            }
            RowsError::Overlap { repaired, .. } => {
                let rows = repaired.iter().map(RevisionId::as_str).collect::<Vec<_>>().join(" ");
                format!("say the same without overlap: `cargo alembic stamp --purge {rows}`")
            }
            RowsError::Repeated { .. } => {
                "delete one of the two rows, and give the version table the primary key that Alembic makes".to_owned()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::drawn::{graph, names};
    use super::*;

    #[test]
    fn rows_are_the_maximal_applied_revisions() {
        let graph = graph("app1@app; app2:app1; net1@net; net2:net1!app2; net3:net2");
        for (rows, applied, tips) in [
            ("", "", ""),
            ("app2", "app1 app2", "app2"),
            ("app1 net1", "app1 net1", "app1 net1"),
            ("net2", "app1 app2 net1 net2", "app2 net2"),
        ] {
            let given: Vec<&str> = rows.split_whitespace().collect();
            let state = Applied::from_rows(&graph, &given).unwrap();
            assert_eq!(names(&graph, &state.nodes().iter().collect::<Vec<_>>()), applied, "{rows}");
            assert_eq!(names(&graph, &state.rows(&graph)), rows);
            assert_eq!(names(&graph, &state.tips(&graph)), tips, "{rows}");
        }
    }

    #[test]
    fn rows_that_are_no_state_are_refused() {
        let graph = graph("aaa1; bbb2:aaa1; ccc3!aaa1");
        for (rows, code, message) in [
            (
                vec!["zzz9", "aaa", "bbb2"],
                "A0209",
                "the database is at `zzz9` and `aaa`, which this checkout does not have",
            ),
            (
                vec!["aaa1", "ccc3"],
                "A0210",
                "the version table says `aaa1` and `ccc3`, and the one is an ancestor of the other",
            ),
            (vec!["bbb2", "bbb2"], "A0211", "the version table says `bbb2` twice"),
        ] {
            let error = Applied::from_rows(&graph, &rows).unwrap_err();
            assert_eq!((error.code().0, error.to_string().as_str()), (code, message));
            assert_eq!(error.exit(), Exit::Disagree);
        }
        let many: Vec<String> = (0..100).map(|row| format!("r{row}")).collect();
        let message = Applied::from_rows(&graph, &many).unwrap_err().to_string();
        assert!(message.contains("`r7` and 92 more, which"), "{message}");
        let error = Applied::from_rows(&graph, &["bbb2", "aaa1"]).unwrap_err();
        assert!(error.help().unwrap().contains("stamp --purge bbb2`"));
    }
}
