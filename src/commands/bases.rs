//! `bases`: the revisions without a parent.

use clap::Args;

use crate::app::{App, Failure};
use crate::listing::{Form, Revisions};
use crate::ui::Outcome;

/// Show the bases: the revisions without a parent
#[derive(Args)]
pub struct Bases {}

impl Bases {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let listing = app.listing()?;
        let nodes = app.in_packages(listing.graph.bases(), &[])?;
        let form = Form::of(app.verbosity(), Form::Lines);
        Ok(Box::new(Revisions { listing, nodes, form, nothing: "no revisions yet" }))
    }
}
