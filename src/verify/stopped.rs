//! A revision that did not come through, as a value to show beside others.
//!
//! Read [`Stopped`] first.

use std::sync::Arc;

use alembic_revisions::{Diagnose, NodeId, Place, Source};
use alembic_runtime::session::DatabaseError;
use serde_json::{Value, json};

/// What a revision was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    Fixture,
    Upgrade,
    Downgrade,
    UpgradeAgain,
}

impl Doing {
    pub fn words(self) -> &'static str {
        match self {
            Doing::Fixture => "the fixture fails",
            Doing::Upgrade => "the upgrade fails",
            Doing::Downgrade => "the downgrade fails",
            Doing::UpgradeAgain => "the second upgrade fails",
        }
    }
}

/// Where a run of revisions ended.
#[derive(Clone, Debug)]
pub struct Stopped {
    pub node: NodeId,
    pub doing: Doing,
    pub message: String,
    /// `path:line`.
    pub place: Option<String>,
}

impl Stopped {
    pub fn of(node: NodeId, doing: Doing, error: &dyn Diagnose) -> Self {
        Stopped { node, doing, message: error.to_string(), place: error.places().first().map(shown) }
    }

    pub fn by_fixture(node: NodeId, fixture: &Arc<Source>, error: &DatabaseError) -> Self {
        let range = error.position.clone().filter(|range| range.end <= fixture.text.len()).unwrap_or(0..0);
        let place = Place { source: Arc::clone(fixture), span: range.into(), label: String::new() };
        Stopped { node, doing: Doing::Fixture, message: error.to_string(), place: Some(shown(&place)) }
    }

    /// Returns the error and its place on one line.
    pub fn words(&self) -> String {
        match &self.place {
            Some(place) => format!("{}: {} ({place})", self.doing.words(), self.message),
            None => format!("{}: {}", self.doing.words(), self.message),
        }
    }

    pub fn json(&self) -> Value {
        json!({ "finding": self.doing.words(), "message": self.message, "place": self.place })
    }
}

fn shown(place: &Place) -> String {
    let (line, _) = place.source.line_column(place.span.range().start);
    format!("{}:{line}", place.source.path)
}
