//! `branches`: the revisions with several children.

use clap::Args;

use crate::app::{App, Failure};
use crate::listing::{Form, Revisions};
use crate::ui::Outcome;

/// Show the branch points: the revisions with several children
#[derive(Args)]
pub struct Branches {}

impl Branches {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let listing = app.listing()?;
        let mut nodes = app.in_packages(listing.graph.branch_points(), &[])?;
        nodes.reverse();
        let form = Form::of(app.verbosity(), Form::LinesWithChildren);
        Ok(Box::new(Revisions { listing, nodes, form, nothing: "no revision has several children" }))
    }
}
