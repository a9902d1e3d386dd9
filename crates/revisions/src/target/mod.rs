//! What a user types to name revisions: `head`, `users@head`, `ae10`, `+1`, `ae10-2`, `current`.
//!
//! [`Target`] is the text taken apart, without a look at the graph; [`Resolver`] finds the revisions. Only
//! [`Target::form`] needs both, because a branch label may look like `feat-1`. Read [`Target`] first.

mod error;
mod find;
mod parse;
mod resolve;

pub use error::TargetError;
pub use parse::{Form, IllegalTarget, Steps, Symbol, Target, TargetRange};
pub(crate) use resolve::Fall;
pub use resolve::{Branch, HeadRule, Resolver};
