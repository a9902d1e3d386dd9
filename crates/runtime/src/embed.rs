//! `embed!`, and what its expansion names, wherever the application has this crate.
//!
//! The macro itself is `alembic-macros`'; the types are in [`crate::embedded`]. Read [`embed!`](crate::embed!) first.

#[doc(hidden)]
pub use alembic_macros::{embed, watched};
#[doc(hidden)]
pub use alembic_revisions::{DialectName, Direction, Span};

#[doc(hidden)]
pub use crate::embedded::{Embedded, EmbeddedScript, EmbeddedSection, Named, text};
#[doc(hidden)]
pub use crate::journal::{History, Scripts};

/// Embeds the revisions of the workspace that the application is a member of: an [`Embedded`], checked at compile time.
///
/// `embed!()` takes all features of the workspace, `embed!("players", "matches")` only these. A fault in a script is
/// a compile error that shows its place in the script. A script that is added, changed or removed causes a rebuild.
///
/// ```ignore
/// let upgraded = Migrator::embedded(embed!()).upgrade(&database_url).await?;
/// ```
#[macro_export]
macro_rules! embed {
    ($($feature:tt)*) => {{
        use $crate::embed as __alembic;
        __alembic::embed!($($feature)*)
    }};
}
