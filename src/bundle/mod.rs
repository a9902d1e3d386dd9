//! One text file with everything that a deployment needs of a workspace: from values to text, and back.
//!
//! Touches no file and builds no graph. What may be read of a bundle is read only after its checksum was found right.
//! Read [`Bundle`] first, then [`pack`].

mod fault;
mod pack;
mod record;
mod unpack;

use camino::Utf8PathBuf;
use serde_json::Value;

pub use fault::{BundleError, Damage, SaidBy};
pub use pack::{is_bundle, pack};
pub use unpack::unpack;

/// The version of this program, which a bundle names as its maker.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What stands in a bundle.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bundle {
    /// The version of the program that made it.
    pub made_by: String,
    /// The table `alembic` of the workspace's metadata as cargo gave it; null if there is none.
    pub settings: Value,
    /// By name: the order in which revisions are loaded.
    pub features: Vec<BundledFeature>,
}

/// A feature with its files, in load order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BundledFeature {
    pub name: String,
    /// The table `alembic` of the package's metadata as cargo gave it; null if there is none.
    pub settings: Value,
    pub scripts: Vec<BundledFile>,
    /// The rows that `verify` tries revisions with.
    pub fixtures: Vec<BundledFile>,
}

/// A file by its path from the workspace root, with its text byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundledFile {
    pub path: Utf8PathBuf,
    pub text: String,
}

#[cfg(test)]
mod tests;
