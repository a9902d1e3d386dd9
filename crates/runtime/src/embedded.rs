//! Revisions inside of the application: what `embed!` expands to.
//!
//! All of it is constant: nothing is parsed at start-up, and no file is opened. Whether the scripts are right was
//! decided when the application was compiled. Read [`Embedded::graph`] first.

use std::sync::Arc;

use alembic_revisions::graph::GraphProblems;
use alembic_revisions::revision::{IllegalName, Reference};
use alembic_revisions::{
    Code, Diagnose, DialectName, Direction, Exit, Place, Revision, RevisionGraph, Script, Section, SectionSettings,
    Source, Span, TableName,
};

use crate::journal::{History, Scripts};

/// The revisions of a workspace, or of some of its features, with the settings that a run needs.
#[derive(Clone, Copy, Debug)]
pub struct Embedded {
    /// In load order.
    pub scripts: &'static [EmbeddedScript],
    pub table_schema: Option<&'static str>,
    pub table: &'static str,
    pub history: History,
    pub store: Scripts,
}

/// A parsed script.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddedScript {
    /// From the workspace root on.
    pub path: &'static str,
    pub text: &'static str,
    pub feature: &'static str,
    pub id: Named,
    pub parents: &'static [Named],
    pub depends_on: &'static [Named],
    pub branch_labels: &'static [Named],
    pub message: &'static str,
    pub created: Option<&'static str>,
    pub sections: &'static [EmbeddedSection],
}

/// An id or a label, and where the script says it.
#[derive(Clone, Copy, Debug)]
pub struct Named {
    pub name: &'static str,
    pub span: Span,
}

/// A section of a script, with its settings.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddedSection {
    pub direction: Direction,
    pub dialect: Option<DialectName>,
    pub marker: Span,
    pub body: Span,
    pub transaction: bool,
    pub irreversible: Option<&'static str>,
    pub rebuild: bool,
    pub breaking: Option<bool>,
    pub rust: bool,
}

/// Returns the text if it is as long as it was when it was parsed.
#[doc(hidden)]
pub const fn text(text: &'static str, length: usize) -> &'static str {
    assert!(text.len() == length, "the script changed while it was compiled; compile again");
    text
}

impl Embedded {
    /// Returns the graph of the revisions.
    ///
    /// Fails only for what `embed!` did not write.
    pub fn graph(&self) -> Result<RevisionGraph, EmbeddedError> {
        Ok(RevisionGraph::build(self.scripts()?.into_iter().map(Arc::new).collect())?)
    }

    /// Returns the scripts in load order, as the command line reads them from their files.
    pub fn scripts(&self) -> Result<Vec<Script>, EmbeddedError> {
        self.scripts.iter().map(EmbeddedScript::script).collect()
    }

    /// Returns the version table that the workspace's settings name.
    pub fn version_table(&self) -> TableName {
        TableName { schema: self.table_schema.map(str::to_owned), name: self.table.to_owned() }
    }

    /// Returns what becomes of a run that can keep no history.
    pub fn history(&self) -> History {
        self.history
    }

    /// Returns whether the history keeps the whole text of each script.
    pub fn store(&self) -> Scripts {
        self.store
    }
}

impl EmbeddedScript {
    fn script(&self) -> Result<Script, EmbeddedError> {
        let illegal = |why| EmbeddedError::Name { path: self.path, why };
        let label = |label: &Named| Ok((label.name.parse()?, label.span));
        let source = Arc::new(Source { path: self.path.into(), text: self.text.to_owned() });
        let revision = Revision {
            id: self.id.name.parse().map_err(illegal)?,
            id_span: self.id.span,
            parents: self.parents.iter().map(Named::reference).collect(),
            depends_on: self.depends_on.iter().map(Named::reference).collect(),
            branch_labels: self.branch_labels.iter().map(label).collect::<Result<_, _>>().map_err(illegal)?,
            message: self.message.to_owned(),
            created: self.created.map(str::to_owned),
            feature: self.feature.into(),
            source,
        };
        Ok(Script { revision, sections: self.sections.iter().map(EmbeddedSection::section).collect() })
    }
}

impl Named {
    fn reference(&self) -> Reference {
        Reference { name: self.name.into(), span: self.span }
    }
}

impl EmbeddedSection {
    fn section(&self) -> Section {
        let settings = SectionSettings {
            transaction: self.transaction,
            irreversible: self.irreversible.map(str::to_owned),
            rebuild: self.rebuild,
            breaking: self.breaking,
            rust: self.rust,
        };
        Section { direction: self.direction, dialect: self.dialect, marker: self.marker, body: self.body, settings }
    }
}

/// Why embedded revisions make no graph.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EmbeddedError {
    #[error("the embedded script {path} has a name that {why}")]
    Name { path: &'static str, why: IllegalName },
    #[error(transparent)]
    Graph(#[from] GraphProblems),
}

impl Diagnose for EmbeddedError {
    fn code(&self) -> Code {
        match self {
            EmbeddedError::Name { .. } => Code("A0590"),
            EmbeddedError::Graph(problems) => problems.code(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            EmbeddedError::Name { .. } => "IllegalEmbedding",
            EmbeddedError::Graph(problems) => problems.kind(),
        }
    }

    fn exit(&self) -> Exit {
        Exit::Project
    }

    fn help(&self) -> Option<String> {
        match self {
            EmbeddedError::Name { .. } => Some("embed the scripts with `embed!`, which checks their names".to_owned()),
            EmbeddedError::Graph(problems) => problems.help(),
        }
    }

    fn places(&self) -> Vec<Place> {
        match self {
            EmbeddedError::Name { .. } => Vec::new(),
            EmbeddedError::Graph(problems) => problems.places(),
        }
    }

    fn others(&self) -> Vec<&dyn Diagnose> {
        match self {
            EmbeddedError::Name { .. } => Vec::new(),
            EmbeddedError::Graph(problems) => problems.others(),
        }
    }
}
