//! How a revision is shown: its line and its JSON, the same in every command.
//!
//! Decides nothing about which revisions are shown. Read [`Listing`] first.

pub mod differences;
pub mod half_applied;

use std::rc::Rc;

use alembic_revisions::{BranchLabel, NodeId, RevisionGraph};
use serde_json::{Value, json};

use crate::ui::{Outcome, Page, Text};

/// Revisions of one graph, with those marked that the version table names.
pub struct Listing {
    pub graph: Rc<RevisionGraph>,
    /// The rows of the version table, where the command looked at a database.
    rows: Vec<NodeId>,
    /// The labels that each node shows; empty where the graph has none.
    labels: Vec<Vec<BranchLabel>>,
}

impl Listing {
    pub fn new(graph: Rc<RevisionGraph>, rows: Vec<NodeId>) -> Self {
        let labels = if graph.labels().next().is_none() {
            Vec::new()
        } else {
            graph.decorations().into_iter().map(|labels| labels.into_iter().cloned().collect()).collect()
        };
        Listing { graph, rows, labels }
    }

    /// Returns REVISION of the contract.
    pub fn json(&self, node: NodeId) -> Value {
        let graph = &self.graph;
        let revision = graph.revision(node);
        json!({
            "revision": revision.id.as_str(),
            "parents": self.ids(graph.parents(node)),
            "depends_on": revision.depends_on.iter().map(|reference| reference.name.as_ref()).collect::<Vec<_>>(),
            "branch_labels": revision.branch_labels.iter().map(|(label, _)| label.as_str()).collect::<Vec<_>>(),
            "message": revision.title(),
            "feature": revision.feature.as_ref(),
            "path": revision.source.path.as_str(),
            "created": revision.created,
            "children": self.ids(graph.children(node)),
            "is_head": graph.is_real_head(node),
            "is_effective_head": graph.is_effective_head(node),
            "is_base": graph.is_base(node),
            "is_branch_point": graph.is_branch_point(node),
            "is_merge_point": graph.is_merge_point(node),
            "is_current": self.rows.contains(&node),
        })
    }

    fn ids(&self, nodes: &[NodeId]) -> Vec<&str> {
        nodes.iter().map(|node| self.graph.revision(*node).id.as_str()).collect()
    }

    /// Returns `id (labels) (head), message`, with the feature and the day behind it.
    pub fn line(&self, node: NodeId) -> Text {
        let marked = self.marks(node).into_iter().fold(self.name(node), |text, mark| text.good(format!(" ({mark})")));
        marked.join(self.about(node))
    }

    fn name(&self, node: NodeId) -> Text {
        let text = Text::new().strong(self.graph.id(node).as_str());
        match self.labels.get(node.index()).filter(|labels| !labels.is_empty()) {
            Some(labels) => {
                let labels: Vec<_> = labels.iter().map(BranchLabel::as_str).collect();
                text.plain(" (").accent(labels.join(", ")).plain(")")
            }
            None => text,
        }
    }

    fn about(&self, node: NodeId) -> Text {
        let revision = self.graph.revision(node);
        let text = Text::new().plain(format!(", {}", revision.title())).dim(format!("  [{}]", revision.feature));
        match revision.created.as_deref().and_then(|created| created.get(..10)) {
            Some(day) => text.dim(format!(" {day}")),
            None => text,
        }
    }

    /// Returns `id (labels), message [feature] day`, for a question about heads.
    pub fn choice(&self, node: NodeId) -> String {
        self.name(node).join(self.about(node)).to_plain()
    }

    /// Returns the line with its parents in front, `<base>` where there is none.
    pub fn line_with_parents(&self, node: NodeId) -> Text {
        let parents = self.ids(self.graph.parents(node));
        let from = if parents.is_empty() { "<base>".to_owned() } else { parents.join(", ") };
        let dependencies = self.ids(self.graph.dependencies(node));
        let mut text = Text::new().plain(from);
        if !dependencies.is_empty() {
            text = text.dim(format!(" ({})", dependencies.join(", ")));
        }
        text.plain(" -> ").join(self.line(node))
    }

    fn marks(&self, node: NodeId) -> Vec<&'static str> {
        let graph = &self.graph;
        let marks = [
            (graph.is_real_head(node), "head"),
            (graph.is_effective_head(node), "effective head"),
            (self.rows.contains(&node), "current"),
            (graph.is_branch_point(node), "branchpoint"),
            (graph.is_merge_point(node), "mergepoint"),
        ];
        marks.into_iter().filter(|(holds, _)| *holds).map(|(_, mark)| mark).collect()
    }

    /// Writes everything known of a revision, as `show` and `-v` do.
    pub fn details(&self, node: NodeId, page: &mut Page) {
        let graph = &self.graph;
        let revision = graph.revision(node);
        page.line(Text::new().plain("Rev: ").join(self.line(node)));
        let mut fields = vec![("Parent", Text::from(self.parents_text(node)))];
        if !revision.depends_on.is_empty() {
            fields.push(("Depends on", Text::from(self.ids(graph.dependencies(node)).join(", "))));
        }
        if graph.is_branch_point(node) {
            fields.push(("Branches into", Text::from(self.ids(graph.children(node)).join(", "))));
        }
        if !revision.branch_labels.is_empty() {
            let labels: Vec<_> = revision.branch_labels.iter().map(|(label, _)| label.as_str()).collect();
            fields.push(("Branch labels", Text::from(labels.join(", "))));
        }
        fields.push(("Feature", Text::from(revision.feature.as_ref())));
        fields.push(("Path", Text::from(revision.source.path.as_str())));
        if let Some(created) = &revision.created {
            fields.push(("Created", Text::from(created.as_str())));
        }
        page.fields(&fields);
        page.blank();
        for line in revision.message.lines() {
            page.line(format!("    {line}"));
        }
        page.blank();
    }

    fn parents_text(&self, node: NodeId) -> String {
        let parents = self.ids(self.graph.parents(node));
        if parents.is_empty() { "<base>".to_owned() } else { parents.join(", ") }
    }
}

/// How a list of revisions is written for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Lines,
    LinesWithParents,
    /// Each line is followed by the lines of its children.
    LinesWithChildren,
    Details,
}

impl Form {
    /// Returns the form of a listing: `-v` shows everything.
    pub fn of(verbosity: u8, usual: Form) -> Form {
        if verbosity > 0 { Form::Details } else { usual }
    }
}

/// The outcome of every command that lists revisions.
pub struct Revisions {
    pub listing: Listing,
    pub nodes: Vec<NodeId>,
    pub form: Form,
    /// Said where there is nothing to list: silence looks like a fault.
    pub nothing: &'static str,
}

impl Outcome for Revisions {
    fn json(&self) -> Value {
        json!({ "revisions": self.nodes.iter().map(|node| self.listing.json(*node)).collect::<Vec<_>>() })
    }

    fn render(&self, page: &mut Page) {
        if self.nodes.is_empty() {
            page.line(Text::new().dim(self.nothing));
        }
        for &node in &self.nodes {
            match self.form {
                Form::Lines => page.line(self.listing.line(node)),
                Form::LinesWithParents => page.line(self.listing.line_with_parents(node)),
                Form::LinesWithChildren => {
                    page.line(self.listing.line(node));
                    for child in self.listing.graph.children(node) {
                        page.line(Text::new().dim("    -> ").join(self.listing.line(*child)));
                    }
                }
                Form::Details => self.listing.details(node, page),
            }
        }
    }
}
