//! `show`: one revision, or several, with everything that is known of them.

use clap::Args;

use crate::app::{App, Failure};
use crate::listing::{Form, Revisions};
use crate::ui::Outcome;

/// Show a revision with everything that is known of it
#[derive(Args)]
pub struct Show {
    /// The revision: an id, its start, a label, `head`, `current`, `head-1`, …
    #[arg(value_name = "REV", allow_negative_numbers = true)]
    target: String,
}

impl Show {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let (listing, nodes) = app.listing_of(&self.target)?;
        let nothing = "no revision: the target names the state before the first one";
        Ok(Box::new(Revisions { listing, nodes, form: Form::Details, nothing }))
    }
}
