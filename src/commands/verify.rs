//! `verify`: revisions tried in a scratch database, up, down and up again.
//!
//! What is tried and how is decided by `verify`. Read [`Verify::run`] first.

use std::collections::BTreeSet;

use clap::Args;

use crate::app::{App, Failure};
use crate::scratch::ScratchFlags;
use crate::ui::Outcome;
use crate::verify::{self, Request};

/// Try revisions in a scratch database: up, down and up again must leave no trace
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Verify {
    /// Only these revisions; the others run where these stand on them
    #[arg(value_name = "REV")]
    revisions: Vec<String>,

    /// Also try the sides of each merge in both orders, which must give one schema
    #[arg(long)]
    merge: bool,

    /// Also show which locks each statement takes on PostgreSQL, and what it rewrites
    #[arg(long)]
    locks: bool,

    /// Try again what passed and did not change since
    #[arg(long)]
    fresh: bool,

    /// Fail for another order of columns and for other words, too
    #[arg(long)]
    strict: bool,

    #[command(flatten)]
    scratch: ScratchFlags,
}

const EXAMPLES: &str = "\
The live database is not touched: SQLite works in memory, servers make a database and drop it.
Rows for a revision to work on come from `migrations/fixtures/REV.sql` of its feature.

Examples:
  cargo alembic verify                    every revision that changed since it passed
  cargo alembic verify --merge --fresh    all of it, for CI
  cargo alembic verify --locks head       what the newest revision blocks, on PostgreSQL
  cargo alembic verify --scratch sqlite::memory:";

impl Verify {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let mut request = Request {
            given: self.scratch.url()?,
            revisions: None,
            fresh: self.fresh,
            strict: self.strict,
            merge: self.merge,
            locks: self.locks,
        };
        if !self.revisions.is_empty() || !app.options.packages.packages.is_empty() {
            let mut named = BTreeSet::new();
            for typed in &self.revisions {
                named.extend(app.listing_of(typed)?.1);
            }
            let nodes =
                if self.revisions.is_empty() { app.graph()?.nodes().collect() } else { named.into_iter().collect() };
            request.revisions = Some(app.in_packages(nodes, &[])?.into_iter().collect());
        }
        let mut verified = verify::verify(app, &request)?;
        verified.verbosity = app.verbosity();
        Ok(Box::new(verified))
    }
}
