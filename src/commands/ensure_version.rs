//! `ensure-version`: makes the version table.

use clap::Args;
use serde_json::{Value, json};

use crate::app::{App, Failure};
use crate::ui::{Outcome, Page};

/// Make the version table, if it is missing
#[derive(Args)]
pub struct EnsureVersion {}

struct Ensured {
    table: String,
}

impl EnsureVersion {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let table = app.ensure_version_table()?;
        Ok(Box::new(Ensured { table }))
    }
}

impl Outcome for Ensured {
    fn json(&self) -> Value {
        json!({ "command": "ensure-version", "table": self.table })
    }

    fn render(&self, page: &mut Page) {
        page.line(format!("the table {} is there", self.table));
    }
}
