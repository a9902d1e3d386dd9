//! Rows that a revision finds when it is tried: `migrations/fixtures/REVISION.sql`, or `REVISION.DIALECT.sql`.
//!
//! Read [`Fixtures::read`] first.

use std::collections::BTreeMap;
use std::sync::Arc;

use alembic_revisions::file::FIXTURES;
use alembic_revisions::{Code, Diagnose, DialectName, Exit, NodeId, RevisionGraph, Source, checksum};
use camino::Utf8PathBuf;

use crate::app::{App, Failure};

/// The fixtures of all features, by the revision before whose upgrade they run.
#[derive(Clone, Debug, Default)]
pub struct Fixtures(BTreeMap<NodeId, Arc<Source>>);

impl Fixtures {
    /// Reads the fixtures of a dialect: its own, else the common one.
    pub fn read(app: &App, graph: &RevisionGraph, dialect: DialectName) -> Result<Self, Failure> {
        let workspace = app.workspace()?;
        let mut found = BTreeMap::new();
        for feature in workspace.features() {
            let folder = feature.migrations_dir().join(FIXTURES);
            if !folder.is_dir() {
                continue;
            }
            let nodes = graph.nodes().filter(|node| *graph.revision(*node).feature == *feature.name);
            for node in nodes {
                let id = graph.id(node);
                for name in [format!("{id}.{dialect}.sql"), format!("{id}.sql")] {
                    let path = folder.join(name);
                    let shown = workspace.shown(&path);
                    match fs_err::read_to_string(&path) {
                        Ok(text) => {
                            found.insert(node, Arc::new(Source { path: shown, text }));
                            break;
                        }
                        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                        Err(error) => return Err(UnreadableFixture { path: shown, error }.into()),
                    }
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

/// A fixture's file cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {path}: {error}")]
pub struct UnreadableFixture {
    path: Utf8PathBuf,
    error: std::io::Error,
}

impl Diagnose for UnreadableFixture {
    fn code(&self) -> Code {
        Code("A0832")
    }

    fn kind(&self) -> &'static str {
        "UnreadableFixture"
    }

    fn exit(&self) -> Exit {
        Exit::Project
    }

    fn help(&self) -> Option<String> {
        Some("make it readable, and save it as UTF-8".to_owned())
    }
}
