//! From models and a schema to the SQL of new revisions: what `generate` proposes and what `check` finds.
//!
//! Decides what changes, and asks what only a person knows; where revisions stand and what is written is decided by the
//! commands. Read [`propose`] first, then [`compare`].

mod adoption;
mod comparison;
mod fills;
mod hidden;
mod models;
mod names;
mod ownership;
mod proposal;
mod renames;
mod sections;
mod settling;
mod sight;

pub use adoption::AdoptFlags;
pub use names::{BackfillFlag, RenameFlag, Unrenamed};
pub use proposal::{Difference, Part, Proposal};
pub use renames::RenameFlags;
pub use sight::Against;

use adoption::Adoption;
use comparison::Comparison;
use proposal::Decided;
use sight::Sight;

use crate::app::{App, Failure};

/// What the flags of `generate` say.
pub struct Request<'a> {
    pub against: Against,
    pub renames: RenameFlags<'a>,
    pub backfills: &'a [BackfillFlag],
    pub adopt: AdoptFlags<'a>,
    /// `-p`: only these features; all of them if empty.
    pub packages: &'a [String],
}

/// Returns the revisions that bring the schema to the models.
pub fn propose(app: &App, request: &Request<'_>) -> Result<Proposal, Failure> {
    let models = models::read(app)?.ok_or(models::NoModels)?;
    Sight::with(app, request.against, |sight| {
        let mut comparison = Comparison::of(app, sight, models)?;
        if adoption::decide(app, &comparison, request.adopt)? == Adoption::First {
            return proposal::baseline(app, &comparison);
        }
        let renames = renames::decide(app, &comparison.renamable(), &comparison.wanted, request.renames)?;
        comparison.settle(app, sight, &renames)?;
        let changes = fills::decide(app, &comparison, &renames, request.backfills)?;
        proposal::of(app, &comparison, request, Decided { changes, renames })
    })
}

/// Returns what models and schema differ in, without a question; nothing if there is no model.
pub fn compare(app: &App, against: Against) -> Result<Option<Difference>, Failure> {
    if against == Against::Auto && !app.project()?.has_source() {
        app.ui.note("models are not compared: a bundle has none");
        return Ok(None);
    }
    let Some(models) = models::read(app)? else { return Ok(None) };
    Sight::with(app, against, |sight| {
        let mut comparison = Comparison::of(app, sight, models)?;
        let renames = comparison.declared_renames();
        comparison.settle(app, sight, &renames)?;
        Ok(Some(Difference::of(&comparison, &renames)))
    })
}

/// Returns the words for no difference; they name the database where scripts are for others, too, of which nobody looked
/// at the schema.
pub fn agreement(app: &App) -> Result<String, Failure> {
    let on = match app.dialects()?.len() {
        0 | 1 => String::new(),
        _ => format!(" on {}", app.dialect()?),
    };
    Ok(format!("models and schema agree{on}"))
}
