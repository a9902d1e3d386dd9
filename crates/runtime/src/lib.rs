//! The doing half of `cargo alembic`: sessions, the version table, the lock and the one executor of plans.
//!
//! Nothing here decides what runs: a [`Plan`](alembic_revisions::Plan) comes from `alembic-revisions`. Nothing here
//! prints: [`Event`]s go to an [`Observer`]. An application that upgrades its own database needs one line:
//!
//! ```ignore
//! let upgraded = Migrator::embedded(embed!()).upgrade(&database_url).await?;
//! ```
//!
//! What a run needs, in the order of use:
//!
//! ```no_run
//! use alembic_revisions::Plan;
//! use alembic_runtime::{DatabaseUrl, Event, OpenOptions, RunOptions, execute, open, read_rows};
//!
//! # async fn upgrade(plan: impl Fn(&[String]) -> Plan) -> Result<(), Box<dyn std::error::Error>> {
//! let url = DatabaseUrl::parse("sqlite:arena.db")?;
//! let mut session = open(&url, &OpenOptions::default()).await?;
//! let options = RunOptions::default();
//! let rows = read_rows(&mut *session, &options.version_table).await?;
//! let report = execute(&mut *session, &plan(&rows), &options, &mut |event: &Event<'_>| println!("{event:?}")).await?;
//! println!("now at {:?}", report.rows);
//! session.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! Read [`Migrator`] first, then [`execute`].

#![forbid(unsafe_code)]

pub mod cancel;
#[cfg(feature = "macros")]
pub mod embed;
pub mod embedded;
pub mod event;
pub mod executor;
pub mod journal;
pub mod migrator;
pub mod session;
pub mod url;
pub mod version_table;

pub use cancel::Cancel;
pub use embedded::{Embedded, EmbeddedError};
pub use event::{Event, Holder, Observer, Traced};
pub use executor::{
    BoxError, Cause, Edit, ExecuteError, Report, RunOptions, RustSteps, StepFuture, StepReport, Stride, Transactions,
    execute,
};
pub use journal::{History, Scripts};
pub use migrator::{Ahead, MigrateError, Migrator, Policy, UntilError, Upgraded, run_until_done};
pub use session::{
    DatabaseError, ErrorKind, IntoSession, Missing, OpenError, OpenOptions, Session, StepConnection, open,
};
/// The driver, for Rust steps that work with its connections.
pub use sqlx;
pub use url::{DatabaseUrl, UrlError};
pub use version_table::{VersionTable, VersionTableError, ensure, read_rows};
