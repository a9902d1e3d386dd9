//! Rows that a revision finds when it is tried: `migrations/fixtures/REVISION.sql`, or `REVISION.DIALECT.sql`.
//!
//! Read [`Fixtures::read`] first.

use std::collections::BTreeMap;
use std::sync::Arc;

use alembic_revisions::file::fixture_name;
use alembic_revisions::{DialectName, NodeId, RevisionGraph, Source, checksum};

use crate::app::{App, Failure};

/// The fixtures of all features, by the revision before whose upgrade they run.
#[derive(Clone, Debug, Default)]
pub struct Fixtures(BTreeMap<NodeId, Arc<Source>>);

impl Fixtures {
    /// Reads the fixtures of a dialect: its own, else the common one.
    pub fn read(app: &App, graph: &RevisionGraph, dialect: DialectName) -> Result<Self, Failure> {
        let project = app.project()?;
        let mut found = BTreeMap::new();
        for node in graph.nodes() {
            let (id, feature) = (graph.id(node), &graph.revision(node).feature);
            for dialect in [Some(dialect), None] {
                if let Some(source) = project.fixture(feature, &fixture_name(id, dialect))? {
                    found.insert(node, source);
                    break;
                }
            }
        }
        Ok(Fixtures(found))
    }

    pub fn get(&self, node: NodeId) -> Option<&Arc<Source>> {
        self.0.get(&node)
    }

    /// Returns the checksum of a revision's fixture; empty if it has none.
    pub fn checksum(&self, node: NodeId, dialect: DialectName) -> String {
        self.get(node).map(|source| checksum::of_statement(&source.text, dialect).to_string()).unwrap_or_default()
    }
}
