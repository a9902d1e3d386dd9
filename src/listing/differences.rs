//! How it is shown that files and database differ: edited, missing, unknown and reordered revisions.
//!
//! Compares nothing itself. Read [`render`] first.

use alembic_runtime::journal::compare::Difference::{self, Edited, Missing, Reordered, Unknown};
use serde_json::{Value, json};

use crate::ui::{Page, Text};

/// Writes a line for each.
pub fn render(differences: &[Difference], page: &mut Page) {
    for difference in differences {
        page.line(Text::new().caution("~ ").join(told(difference)));
    }
}

fn told(difference: &Difference) -> Text {
    match difference {
        Edited { revision, .. } => Text::new()
            .strong(revision)
            .plain(format!(" was edited after it ran: restore it, or run `cargo alembic repair --accept {revision}`")),
        Missing { revision, feature, finished_at, owner } => Text::new()
            .strong(revision)
            .plain(format!(" is applied and has no file: it was {owner}'s, in `{feature}`, at {finished_at} UTC")),
        Unknown { revision } => {
            Text::new().strong(revision).plain(" is in the version table; neither a file nor the history knows it")
        }
        Reordered { revision, parent } => {
            Text::new().strong(revision).plain(format!(" ran before `{parent}`, on which it stands now"))
        }
    }
}

/// Returns one as JSON.
pub fn json(difference: &Difference) -> Value {
    match difference {
        Edited { revision, attempt } => json!({ "kind": "edited", "revision": revision, "attempt": attempt }),
        Missing { revision, feature, finished_at, owner } => json!({
            "kind": "missing", "revision": revision, "feature": feature, "finished_at": finished_at, "owner": owner,
        }),
        Unknown { revision } => json!({ "kind": "unknown", "revision": revision }),
        Reordered { revision, parent } => json!({ "kind": "reordered", "revision": revision, "parent": parent }),
    }
}
