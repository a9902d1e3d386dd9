//! `heads`: the revisions without a child.

use clap::Args;

use crate::app::{App, Failure};
use crate::listing::{Form, Revisions};
use crate::ui::Outcome;

/// Show the heads: the revisions without a child
#[derive(Args)]
pub struct Heads {
    /// Only heads that no other line depends on
    #[arg(long)]
    resolve_dependencies: bool,
}

impl Heads {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let listing = app.listing()?;
        let nodes = if self.resolve_dependencies { listing.graph.real_heads() } else { listing.graph.heads() };
        let nodes = app.in_packages(nodes, &[])?;
        let form = Form::of(app.verbosity(), Form::Lines);
        Ok(Box::new(Revisions { listing, nodes, form, nothing: "no revisions yet" }))
    }
}
